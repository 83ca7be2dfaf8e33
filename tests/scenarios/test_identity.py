"""What a reader must never do to mail: send again what was sent, or lose what is new."""

import hashlib
import re
import sqlite3

import pytest
from conftest import plain_relay
from instance import SOURCE, item, part, people, rss
from servers import parse

LATER = "2026-11-23T09:00:00Z"
NEXT_DAY = "2026-11-24T06:00:00Z"
THIRD_DAY = "2026-11-25T06:00:00Z"


@pytest.fixture
def reading(http, new_instance):
    """An instance with one feed and one reader; publish(items) changes what the feed lists."""

    def publish(items):
        http.documents["/feed.xml"] = rss("Hafenblatt", items)

    def make(items, **more):
        publish(items)
        instance = new_instance({"hafenblatt": http.url("/feed.xml")}, people=people(1), **more)
        instance.publish = publish
        return instance

    return make


def titles(mail):
    return sorted(set(re.findall(r"^Meldung \d+$", part(mail, "plain"), re.MULTILINE)))


def feed_of(instance):
    [feed] = instance.json("feed", "list")
    return feed


@pytest.mark.parametrize("change", [
    {"guid": "rebuilt-{}"},
    {"guid": "rebuilt-{}", "link": "http://www.news.example.org/artikel/{}/?utm_source=rss"},
    {"link": "https://news.example.org/neu/{}"},
    {"title": "Meldung {} (mit anderem Titel)", "description": "Anderer Text."},
], ids=["guid", "guid-and-scheme-slash-campaign", "link", "text"])
def test_nobody_gets_an_article_twice(reading, change):
    instance = reading([item(i) for i in range(8)])
    instance.run("run")
    instance.publish([item(i, **{key: text.format(i) for key, text in change.items()})
                      for i in range(8)])
    instance.run("run", at=NEXT_DAY)
    assert len(instance.maildir()) == 1
    assert feed_of(instance)["held"] == 0


def test_guids_that_are_urls_may_become_https(reading):
    instance = reading([item(i, guid=f"http://news.example.org/?p={i}",
                             link=f"http://news.example.org/{i}") for i in range(8)])
    instance.run("run")
    instance.publish([item(i, guid=f"https://news.example.org/?p={i}",
                           link=f"https://news.example.org/umgezogen/{i}") for i in range(8)])
    instance.run("run", at=NEXT_DAY)
    assert len(instance.maildir()) == 1


def test_one_guid_for_all_loses_nothing(reading):
    instance = reading([item(i, guid="immer-dieselbe") for i in range(3)])
    instance.run("run")
    instance.publish([item(i, guid="immer-dieselbe") for i in range(5)])
    instance.run("run", at=NEXT_DAY)
    instance.publish([item(9, guid="immer-dieselbe")])
    instance.run("run", at=THIRD_DAY)
    sent = [titles(mail) for mail in instance.maildir()]
    assert len(sent) == 3
    assert sorted(set(sum(sent, []))) == [f"Meldung {i}" for i in (0, 1, 2, 3, 4, 9)]
    news = [each for each in sent if "Meldung 0" not in each]
    assert sorted(map(len, news)) == [1, 2], "what is new is sent once"


def rotated(count=8, **more):
    return [item(i, guid=f"neu-{i}", link=f"https://neu.example.org/{i}", **more)
            for i in range(count)]


@pytest.mark.parametrize("date", ["Mon, 23 Nov 2026 05:00:00 +0100",
                                  "Tue, 24 Nov 2026 05:00:00 +0100"], ids=["same", "reimported"])
def test_a_feed_that_changes_all_ids_is_held(reading, date):
    instance = reading([item(i) for i in range(8)])
    instance.run("run")
    instance.publish(rotated(pubDate=date))
    done = instance.run("run", at=NEXT_DAY)
    assert b"feed approve hafenblatt" in done.stderr
    assert len(instance.maildir()) == 1
    feed = feed_of(instance)
    assert feed["held"] == 8 and feed["held_since"] == NEXT_DAY
    # It is told once, and what is new goes out meanwhile.
    instance.publish([item(50, pubDate="Wed, 25 Nov 2026 05:00:00 +0100"), *rotated(pubDate=date)])
    assert b"approve" not in instance.run("run", at=THIRD_DAY).stderr
    assert len(instance.maildir()) == 2
    assert [["Meldung 50"]] == [titles(mail) for mail in instance.maildir()
                                if "Meldung 50" in titles(mail)]


def test_a_part_of_a_site_that_moves_is_held(reading):
    instance = reading([item(i) for i in range(20)])
    instance.run("run")
    instance.publish([item(50, pubDate="Tue, 24 Nov 2026 05:00:00 +0100"), *rotated(8),
                      *[item(i) for i in range(8, 20)]])
    instance.run("run", at=NEXT_DAY)
    assert feed_of(instance)["held"] == 8
    assert [titles(mail) for mail in instance.maildir() if "Meldung 50" in titles(mail)] == [["Meldung 50"]]


def test_the_same_words_again_are_news_beside_the_first(reading):
    """As photographs have, or warnings for one district after the other."""
    same = {"title": "Meldung 0", "description": "Ohne Worte."}
    instance = reading([item(i, **same) for i in range(8)])
    instance.run("run")
    instance.publish([item(i, **same) for i in range(12)])
    instance.run("run", at=NEXT_DAY)
    assert feed_of(instance)["held"] == 0 and len(instance.json("article", "list")) == 12


def test_what_is_held_can_be_let_go(reading):
    instance = reading([item(i) for i in range(8)], newsletter="welcome_articles = 3;")
    instance.run("run")
    instance.publish(rotated())
    instance.run("run", at=NEXT_DAY)
    instance.run("-n", "feed", "approve", "hafenblatt")
    assert feed_of(instance)["held"] == 8, "a dry run decides nothing"
    instance.run("feed", "approve", "hafenblatt")
    assert feed_of(instance)["held"] == 0
    instance.run("run", at=THIRD_DAY)
    assert sorted(map(len, map(titles, instance.maildir()))) == [3, 8]


def test_what_is_held_can_be_taken_for_seen(reading):
    instance = reading([item(i) for i in range(8)])
    instance.run("run")
    instance.publish(rotated())
    instance.run("run", at=NEXT_DAY)
    instance.run("feed", "drop", "hafenblatt")
    instance.run("run", at=THIRD_DAY)
    assert len(instance.maildir()) == 1
    assert len(instance.json("article", "list")) == 8
    assert feed_of(instance)["held"] == 0


@pytest.mark.parametrize("date", ["Mon, 23 Nov 2026 05:00:00 +0100", ""], ids=["dated", "undated"])
def test_a_feed_with_new_ids_each_time_is_dropped_once(reading, date):
    """As one whose links hold a session: what is new comes, and nothing else, and nobody is asked again."""
    def session(number, articles):
        return [item(i, guid=f"{number}-{i}", link=f"https://neu.example.org/{i}?sid={number}", pubDate=date)
                for i in articles]

    instance = reading(session(1, range(8)))
    instance.run("run")
    instance.publish(session(2, range(8)))
    assert b"feed drop" in instance.run("run", at=NEXT_DAY).stderr
    instance.run("feed", "drop", "hafenblatt")
    instance.publish([*session(3, [20]), *session(3, range(8))])
    instance.run("run", at=THIRD_DAY)
    instance.publish([*session(4, [21, 20]), *session(4, range(7))])
    done = instance.run("run", at="2026-11-26T06:00:00Z")
    assert b"held" not in done.stderr and feed_of(instance)["held"] == 0
    sent = sorted(map(titles, instance.maildir()), key=len)
    assert sent[:2] in ([["Meldung 20"], ["Meldung 21"]], [["Meldung 21"], ["Meldung 20"]])
    assert len(sent) == 3 and len(sent[2]) == 5


def test_a_busy_feed_is_not_held(reading):
    instance = reading([item(i) for i in range(8)])
    instance.run("run")
    instance.publish([item(i, pubDate="Tue, 24 Nov 2026 05:00:00 +0100") for i in range(20, 28)])
    instance.run("run", at=NEXT_DAY)
    assert sorted(map(len, map(titles, instance.maildir()))) == [5, 8]


def test_an_item_that_comes_back_is_known_for_90_days(reading):
    undated = {"pubDate": ""}
    instance = reading([item(1, **undated), item(2, **undated)])
    instance.run("run")
    for at in ("2026-11-25T06:00:00Z", "2027-02-20T06:00:00Z"):
        instance.publish([item(2, **undated)])
        instance.run("run", at=at)
    instance.publish([item(1, **undated), item(2, **undated)])
    instance.run("run", at="2027-02-20T07:00:00Z")
    assert len(instance.maildir()) == 1

    for at in ("2027-02-22T06:00:00Z", "2027-06-01T06:00:00Z"):
        instance.publish([item(2, **undated)])
        instance.run("run", at=at)
    instance.publish([item(1, **undated), item(2, **undated)])
    instance.run("run", at="2027-06-02T06:00:00Z")
    assert sorted(map(titles, instance.maildir())) == [["Meldung 1"], ["Meldung 1", "Meldung 2"]]


@pytest.mark.parametrize("updates", ["never", "notify"])
def test_updates(reading, updates):
    instance = reading([item(1), item(2)], newsletter=f'updates = "{updates}";')
    instance.run("fetch")
    instance.publish([item(1, description="Mit besserem Text."), item(2)])
    instance.run("run", at=LATER)
    [first] = instance.maildir()
    assert "Mit besserem Text." in part(first, "plain"), "what was not sent goes out as it is now"
    assert "Aktualisiert" not in part(first, "plain")

    instance.publish([item(1, description="Mit noch besserem Text."), item(2)])
    instance.run("run", at=NEXT_DAY)
    more = [mail for mail in instance.maildir() if "noch besserem" in part(mail, "plain")]
    if updates == "never":
        assert len(instance.maildir()) == 1
    else:
        [again] = more
        assert titles(again) == ["Meldung 1"]
        assert all("Aktualisiert" in part(again, kind) for kind in ("plain", "html"))
    instance.run("run", at=THIRD_DAY)
    assert len(instance.maildir()) == (1 if updates == "never" else 2)


def test_a_lost_state_floods_nobody(reading):
    instance = reading([item(i) for i in range(40)], newsletter="welcome_articles = 4;",
                       more="fetch = { new_articles = 3; };")
    instance.run("run")
    for name in ("depesche.db", "depesche.db-wal", "depesche.db-shm"):
        (instance.folder / name).unlink(missing_ok=True)
    instance.run("run", at=LATER, status=78)
    assert len(instance.maildir()) == 1, "nobody knows what was sent: the operator is asked"
    instance.run("db", "adopt", at=LATER)
    instance.run("run", at=LATER)
    instance.run("run", at=NEXT_DAY)
    welcomes = instance.maildir()
    assert len(welcomes) == 2, "one welcome more, and nothing the day after"
    assert all(len(titles(mail)) == 4 for mail in welcomes)


def test_a_failed_fetch_changes_nothing(http, reading):
    instance = reading([item(i) for i in range(8)])
    instance.run("run")
    before = instance.json("article", "list")
    for wrong in (http.Document(b"", 500), b"", b"<html>Wartung</html>", b"<rss><channel>"):
        http.documents["/feed.xml"] = wrong
        instance.run("fetch", "hafenblatt")
        assert instance.json("article", "list") == before
    instance.publish([item(i) for i in range(8)])
    instance.run("run", at=NEXT_DAY)
    assert len(instance.maildir()) == 1


def test_what_another_feed_had_comes_once(http, new_instance):
    """An article that a second feed of the newsletter brings a day later: for those who had it, it is no
    news; who may have missed it gets it."""
    words = {"ferry": "Fähre fährt elektrisch", "crane": "Kran stürzt auf Schulhof", "zoo": "Elefant im Zoo geboren",
             "bridge": "Brücke wird gesperrt", "other": "Umgestürzter Kran ist geborgen"}

    def publish(name, *items):
        http.documents[f"/{name}.xml"] = rss(name.capitalize(), items)

    def told(key, number, **more):
        return item(number, words[key], description=f"{words[key]}, heißt es.", **more)

    publish("bote", told("crane", 2))
    publish("post", told("zoo", 9))
    instance = new_instance(
        {name: http.url(f"/{name}.xml") for name in ("bote", "post")},
        people="""{ address = "all@example.org"; },
                  { address = "changed@example.org"; filter = "-abitur"; },
                  { address = "post@example.org"; filter = "feed:post"; },
                  { address = "away@example.org"; },
                  { address = "words@example.org"; filter = "-abitur"; }""")
    instance.run("run") # a welcome, which could have left something out
    publish("bote", told("crane", 2), told("ferry", 1))
    instance.run("suppression", "add", "away@example.org")
    instance.run("run", at=NEXT_DAY)
    instance.run("suppression", "remove", "away@example.org")
    instance.run("subscriber", "set", "--filter", "feed:post or feed:bote", "changed@example.org")
    instance.run("subscriber", "add", "late@example.org", "--basis", "consent", "--consent", "by phone")
    publish("post", told("zoo", 9), told("bridge", 3), told("other", 1, guid="post-2"),
            told("ferry", 1, guid="post-1", link="http://www.news.example.org/artikel/1/?utm_source=rss"))
    instance.run("run", at=THIRD_DAY)
    got = {}
    for mail in instance.maildir():
        text = part(mail, "plain")
        got.setdefault(mail["To"].addresses[0].addr_spec.split("@")[0], []).append(
            sorted(key for key in words if words[key] in text))
    welcome = ["crane", "zoo"]
    assert got["all"] == got["words"] == [welcome, ["ferry"], ["bridge", "other"]], "another title is news"
    assert got["changed"] == [welcome, ["ferry"], ["bridge", "ferry", "other"]]
    assert got["away"] == [welcome, ["bridge", "ferry", "other"]]
    assert got["post"] == [["zoo"], ["bridge", "ferry", "other"]]
    [late] = [part(mail, "plain") for mail in instance.maildir() if "late@example.org" in str(mail["To"])]
    assert late.count(f"\n{words['ferry']}\n") == 1

    [copy] = [article["seq"] for article in instance.json("article", "list", at=THIRD_DAY)
              if article["feed"] == "post" and article["title"] == words["ferry"]]
    [stop] = [step for step in instance.json("explain", str(copy), "all@example.org", at=THIRD_DAY)
              if step["verdict"] == "stopped"]
    assert stop["rule"] == "repeat" and stop["why"].startswith('an earlier digest had it from "bote"')


def test_what_another_feed_had_comes_to_who_missed_it_as_its_issue_was_called_off(http, smtp, new_instance):
    http.documents["/bote.xml"] = rss("Bote", [item(1)])
    http.documents["/post.xml"] = rss("Post", [item(9)])
    instance = new_instance({name: http.url(f"/{name}.xml") for name in ("bote", "post")}, plain_relay(smtp),
                            people="""{ address = "all@example.org"; }, { address = "anna@example.org"; }""")
    instance.run("run") # a welcome
    smtp.say("RCPT", "anna@example.org", "450 4.2.0 come back")
    http.documents["/bote.xml"] = rss("Bote", [item(i) for i in (1, 2)])
    instance.run("run", at=NEXT_DAY)
    http.documents["/post.xml"] = rss("Post", [item(9), item(2, guid="post-2"), item(3)])
    instance.run("run", at=THIRD_DAY)
    instance.run("issue", "cancel", "2", at=THIRD_DAY)
    smtp.obey()
    instance.run("run", at="2026-11-25T09:00:00Z")
    got = {}
    for mail in smtp.mails:
        got.setdefault(mail.recipient, []).append(titles(parse(mail.data.replace(b"\r\n", b"\n"))))
    assert got["all@example.org"][1:] == [["Meldung 2"], ["Meldung 3"]]
    assert got["anna@example.org"][1:] == [["Meldung 2", "Meldung 3"]]


def test_who_waits_is_not_given_what_another_feed_had(http, smtp, new_instance):
    """Their digest is chosen once more when the run that chose it came to no end."""
    http.documents["/bote.xml"] = rss("Bote", [item(1)])
    http.documents["/post.xml"] = rss("Post", [item(9)])
    instance = new_instance({name: http.url(f"/{name}.xml") for name in ("bote", "post")}, plain_relay(smtp),
                            newsletter="min_articles = 2;",
                            people="""{ address = "all@example.org"; },
                                      { address = "post@example.org"; filter = "feed:post"; }""")
    instance.run("run") # a welcome
    http.documents["/bote.xml"] = rss("Bote", [item(i) for i in (1, 2, 3)])
    instance.run("run", at=NEXT_DAY)
    http.documents["/post.xml"] = rss("Post", [item(9), item(2, guid="post-2"), item(4)])
    smtp.say("MAIL", None, "451 4.3.0 come back later")
    instance.run("run", at=THIRD_DAY)
    smtp.obey()
    instance.run("run", at="2026-11-25T09:00:00Z")
    got = {}
    for mail in smtp.mails:
        got.setdefault(mail.recipient, []).append(titles(parse(mail.data.replace(b"\r\n", b"\n"))))
    assert got["post@example.org"][-1] == ["Meldung 2", "Meldung 4"]
    assert got["all@example.org"][1:] == [["Meldung 2", "Meldung 3"]]


def test_what_waits_of_a_feed_that_is_gone_does_not_come(http, new_instance):
    """Nor does it stand in the way of the feed that has it, too."""
    words = ("Fähre fährt elektrisch", "Kran stürzt auf Schulhof", "Elefant im Zoo geboren", "Brücke wird gesperrt")
    told = [item(i, description=words[i - 2], pubDate=f"Tue, 24 Nov 2026 05:0{9 - i}:00 +0100") for i in (2, 3, 4, 5)]
    http.documents["/bote.xml"] = rss("Bote", [item(1)])
    http.documents["/post.xml"] = rss("Post", [item(9)])
    instance = new_instance({name: http.url(f"/{name}.xml") for name in ("bote", "post")}, people=people(1),
                            newsletter="max_articles = 2;")
    instance.run("run") # a welcome
    http.documents["/bote.xml"] = rss("Bote", told[:3])
    instance.run("run", at=NEXT_DAY)
    assert ["Meldung 2", "Meldung 3"] in map(titles, instance.maildir())
    del instance.feeds["bote"]
    instance.write()
    http.documents["/post.xml"] = rss("Post", [item(9), {**told[2], "guid": "post-4"}, told[3]])
    instance.run("run", at=THIRD_DAY)
    [last] = [mail for mail in instance.maildir() if "Meldung 5" in titles(mail)]
    assert titles(last) == ["Meldung 4", "Meldung 5"] and "Bote" not in part(last, "plain")


def test_what_a_mail_had_that_failed_comes_again(http, new_instance, smtp):
    """Of those whose digest the server refused, or did not take in two days, nobody has had the article."""
    ferry = item(1, "Fähre fährt elektrisch", guid="ferry")

    def publish(name, *items):
        http.documents[f"/{name}.xml"] = rss(name.capitalize(), items)

    publish("bote", item(2))
    publish("post", item(9))
    instance = new_instance({name: http.url(f"/{name}.xml") for name in ("bote", "post")},
                            plain_relay(smtp), people=people(3))
    instance.run("run")
    publish("bote", item(2), ferry)
    smtp.say("RCPT", "p1@example.org", "550 5.1.1 no such user", times=1)
    smtp.say("RCPT", "p2@example.org", "451 4.3.0 later", times=2)
    instance.run("run", at=NEXT_DAY)
    instance.run("send", at="2026-11-26T06:30:00Z")  # two days are over: the last try
    states = [row["state"] for row in instance.json("delivery", "list", at="2026-11-26T06:30:00Z")]
    assert sorted(states) == ["dropped", "refused"] + 4 * ["sent"], states
    smtp.mails.clear()
    publish("post", item(9), item(3), {**ferry, "guid": "post-1"})
    instance.run("run", at="2026-11-27T06:00:00Z")
    had = {mail.recipient: "Fähre fährt elektrisch" in part(parse(mail.data), "plain") for mail in smtp.mails}
    assert had == {"p0@example.org": False, "p1@example.org": True, "p2@example.org": True}


def test_aggregators(reading):
    instance = reading([
        {"title": "Fähre fährt elektrisch - Hafenblatt", "guid": "1",
         "link": "https://www.google.com/url?rct=j&url=https://blatt.example.org/1%3Futm_source%3Dg",
         "pubDate": "Mon, 23 Nov 2026 05:00:00 +0100"},
    ])
    instance.run("run")
    [article] = instance.json("article", "list")
    assert article["url"] == "https://blatt.example.org/1"
    assert article["title"] == "Fähre fährt elektrisch" and article["source"] == "Hafenblatt"
    [mail] = instance.maildir()
    assert "Hafenblatt" in part(mail, "plain") and "google" not in part(mail, "plain")


AGGREGATED = {
    "google-news": ("""<rss version="2.0"><channel><title>Suche</title><item>
        <title>Fähre fährt elektrisch - Hafenblatt</title><guid isPermaLink="false">CBMi</guid>
        <link>https://news.google.com/rss/articles/CBMiE2h0dHBzOi8veS5leGFtcGxlLzHSAQA?oc=5</link>
        <source url="https://y.example">Hafenblatt</source></item></channel></rss>"""),
    "bing-news": ("""<rss version="2.0" xmlns:News="https://www.bing.com/news/search?q=x"><channel>
        <title>Suche</title><item><title>Fähre fährt elektrisch</title>
        <link>http://www.bing.com/news/apiclick.aspx?ref=x&amp;url=https%3a%2f%2fy.example%2f1&amp;c=2</link>
        <News:Source>Hafenblatt</News:Source></item></channel></rss>"""),
    "planet": ("""<feed xmlns="http://www.w3.org/2005/Atom"><title>Planet</title><id>p</id><entry>
        <title>Fähre fährt elektrisch</title><id>tag:y.example,2026:1</id>
        <link href="https://y.example/1?utm_campaign=p"/>
        <source><title>Hafenblatt</title><id>y</id></source></entry></feed>"""),
    "feedburner": ("""<rss version="2.0" xmlns:f="http://rssnamespace.org/feedburner/ext/1.0"><channel>
        <title>Hafenblatt</title><item><title>Fähre fährt elektrisch</title><guid>1</guid>
        <link>http://feedproxy.example/~r/hafen/~3/x/</link>
        <f:origLink>https://y.example/1?utm_source=feedburner&amp;utm_medium=feed</f:origLink>
        </item></channel></rss>"""),
}


@pytest.mark.parametrize("kind", AGGREGATED)
def test_what_aggregators_wrap(http, reading, kind):
    instance = reading([])
    http.documents["/feed.xml"] = AGGREGATED[kind].encode()
    instance.run("run")
    [article] = instance.json("article", "list")
    assert article["title"] == "Fähre fährt elektrisch"
    assert article["url"] == "https://y.example/1"
    assert article["source"] == (None if kind == "feedburner" else "Hafenblatt")
    [mail] = instance.maildir()
    assert "Hafenblatt" in part(mail, "plain") and "https://y.example/1\n" in part(mail, "plain")


def old_database(instance, count):
    """The state as schema 2 had it, with COUNT articles of the feed."""
    tokens = {"{ID}": "INTEGER PRIMARY KEY AUTOINCREMENT", "{BLOB}": "BLOB",
              "{CLUSTERED}": "WITHOUT ROWID"}
    with sqlite3.connect(instance.folder / "depesche.db") as db:
        db.execute("CREATE TABLE meta (name TEXT PRIMARY KEY, value BIGINT NOT NULL)")
        for number in (1, 2):
            sql = (SOURCE / f"src/store/schema/{number:03}.sql").read_text()
            for token, text in tokens.items():
                sql = sql.replace(token, text)
            db.executescript(sql)
        db.execute("INSERT INTO meta VALUES ('schema', 2)")
        db.execute("INSERT INTO feed (id, name, url, origin, state, allow_file, succeeded_at) "
                   "VALUES (1, 'hafenblatt', ?, 0, 0, 1, 1795500000)",
                   [instance.feeds["hafenblatt"]])
        for i in range(count):
            db.execute("INSERT INTO article VALUES (?, 1, ?, ?, ?, NULL, 'de', 'Text', '', NULL, "
                       "'a\nb', 1795400000, 1795400000, 0)",
                       [i + 1, f"guid:artikel-{i}", f"https://news.example.org/artikel/{i}",
                        f"Meldung {i}"])
            seen = hashlib.sha256(f"identity:guid:artikel-{i}".encode()).digest()[:16]
            db.execute("INSERT INTO seen VALUES (1, ?, 1795500000)", [seen])
        db.execute("UPDATE counter SET value = ? WHERE name = 'sequence'", [count])


def test_an_older_database_is_taken_over(http, new_instance):
    http.documents["/feed.xml"] = rss("Hafenblatt", [item(i) for i in range(6)])
    instance = new_instance({"hafenblatt": http.url("/feed.xml")}, people=people(1))
    old_database(instance, 5)
    before = instance.json("article", "list")
    assert [article["title"] for article in before] == [f"Meldung {i}" for i in (4, 3, 2, 1, 0)]
    assert before[0]["categories"] == ["a", "b"] and before[0]["language"] == "de"
    instance.run("run")
    assert len(instance.json("article", "list")) == 6
    with sqlite3.connect(instance.folder / "depesche.db") as db:
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.parametrize("how", ["renamed", "removed", "by-command"])
def test_a_feed_under_another_name_is_the_same(reading, how):
    instance = reading([item(i) for i in range(8)])
    instance.run("run")
    url = instance.feeds.pop("hafenblatt")
    if how == "renamed":
        instance.feeds["hafen-blatt"] = url
    instance.write()
    instance.run("run", at=NEXT_DAY)
    if how == "removed":
        instance.feeds["hafen-blatt"] = url
        instance.write()
    if how == "by-command":
        instance.run("feed", "add", url, "--name", "hafen-blatt", "--allow-private")
    instance.publish([item(i) for i in range(9)])
    instance.run("run", at=THIRD_DAY)
    [mail] = [mail for mail in instance.maildir() if "Meldung 8" in titles(mail)]
    assert titles(mail) == ["Meldung 8"] and len(instance.maildir()) == 2
    feed = feed_of(instance)
    assert (feed["name"], feed["articles"], feed["state"]) == ("hafen-blatt", 9, "ok")
