"""Following the comments of an article: who gets them, when, and until when."""

import re
import shutil

import pytest
import servers
from conftest import plain_relay
from instance import Instance, item, part, people, rss

FOLLOWER, OTHER_FOLLOWER, READER = (f"p{i}@example.org" for i in range(3))


def comment(number, day=23):
    return item(1000 + number, f"Von: Leserin {number}", pubDate=f"{day} Nov 2026 10:00:00 +0000",
                description=f"Kommentar {number} zur Meldung.")


class House:
    """A newsletter of all feeds, with a feed whose one article has a feed of its comments."""

    def __init__(self, http, smtp, tmp_path, newsletter=""):
        self.http, self.smtp = http, smtp
        self.depesche = Instance(tmp_path, {"hafenblatt": http.url("/feed.xml")},
                                 plain_relay(smtp), people(3), newsletter=newsletter)
        document = rss("Hafenblatt", [item(1, "Elbtunnel gesperrt"), item(2, "Markt eröffnet")])
        http.documents["/feed.xml"] = document.replace(b"<rss ", (
            b'<rss xmlns:wfw="http://wellformedweb.org/CommentAPI/" ')).replace(
            b"<guid>artikel-1</guid>", b"<guid>artikel-1</guid><wfw:commentRss>"
            + http.url("/kommentare.xml").encode() + b"</wfw:commentRss>")
        self.say()
        self.run("2026-11-23T07:00:00Z")
        smtp.mails.clear()
        articles = self.json("article", "list")
        self.tunnel, self.market = sorted(a["seq"] for a in articles)
        if articles[-1]["title"] != "Elbtunnel gesperrt":
            self.tunnel, self.market = self.market, self.tunnel

    def say(self, *comments):
        self.http.documents["/kommentare.xml"] = rss("Kommentare zu: Elbtunnel gesperrt",
                                                     reversed(comments))

    def run(self, at):
        self.depesche.now = at
        self.depesche.run("run")
        return self

    def json(self, *words):
        return self.depesche.json(*words)

    def follow(self, *addresses, verb="follow", status=0):
        for address in addresses:
            done = self.depesche.run("subscriber", verb, address, str(self.tunnel), "--comments",
                                     status=status)
        return done

    def heard(self):
        """Recipient -> the texts of their mails about comments, which are forgotten."""
        heard = {}
        for sent in self.smtp.mails:
            mail = servers.parse(sent.data)
            if "comments-" in mail["List-Id"]:
                heard.setdefault(mail["To"].addresses[0].addr_spec, []).append(mail)
            else:
                assert "Leserin" not in part(mail, "plain"), "comments are their followers' alone"
        self.smtp.mails.clear()
        return heard


@pytest.fixture
def house(http, smtp, tmp_path):
    return House(http, smtp, tmp_path)


def test_followers_get_the_comments_at_their_hour_and_nobody_else(house):
    house.follow(FOLLOWER, OTHER_FOLLOWER)
    assert house.run("2026-11-23T10:00:00Z").heard() == {}, "nobody has said anything yet"
    house.say(*[comment(n) for n in range(1, 13)])
    assert house.run("2026-11-23T12:00:00Z").heard() == {}, "their hour has passed for today"
    heard = house.run("2026-11-24T05:00:00Z").heard()
    assert set(heard) == {FOLLOWER, OTHER_FOLLOWER}
    [mail] = heard[FOLLOWER]
    assert mail["Subject"].startswith("Kommentare zu „Elbtunnel gesperrt“: Von: Leserin 12")
    text = part(mail, "plain")
    assert "weil Sie den Kommentaren zu „Elbtunnel gesperrt“ folgen" in " ".join(text.split())
    assert all(f"Kommentar {n} zur Meldung." in text for n in range(1, 13)), "none is missed"
    assert mail["Message-ID"] != heard[OTHER_FOLLOWER][0]["Message-ID"]
    assert len(house.http.asked("/kommentare.xml")) == 3, "once a run, however many follow"
    assert house.run("2026-11-24T06:00:00Z").heard() == {}

    house.follow(READER)
    house.say(*[comment(n) for n in range(1, 13)], comment(13, 24))
    heard = house.run("2026-11-25T05:00:00Z").heard()
    assert set(heard) == {FOLLOWER, OTHER_FOLLOWER, READER}
    for mails in heard.values():
        [mail] = mails
        assert "Leserin 13" in part(mail, "plain") and "Leserin 12" not in part(mail, "plain")

    house.follow(OTHER_FOLLOWER, verb="unfollow")
    house.follow(OTHER_FOLLOWER, verb="unfollow", status=65)
    house.say(comment(13, 24), comment(14, 25))
    assert set(house.run("2026-11-26T05:00:00Z").heard()) == {FOLLOWER, READER}


def test_commands_know_who_follows_what(house):
    house.follow(FOLLOWER)
    house.say(comment(1))
    assert set(house.run("2026-11-24T05:00:00Z").heard()) == {FOLLOWER}
    name = f"morgen/comments/{house.tunnel}"
    newsletter, comments = house.json("subscriber", "show", FOLLOWER)
    assert (newsletter["newsletter"], comments["newsletter"]) == ("morgen", name)
    assert comments["comments_on"] == "Elbtunnel gesperrt" and comments["state"] == "active"
    [feed] = [feed for feed in house.json("feed", "list") if feed["origin"] == "follow"]
    assert (feed["name"], feed["articles"]) == (f"comments/{house.tunnel}", 1)
    assert house.json("feed", "show", feed["name"])["url"] == feed["url"]

    assert [a["title"] for a in house.json("article", "list", "--feed", feed["name"])] == [
        "Von: Leserin 1"]
    assert "Von: Leserin 1" not in [a["title"] for a in house.json("article", "list")]
    assert house.json("topic", "test", "leserin") == []
    [seq] = [a["seq"] for a in house.json("article", "list", "--feed", feed["name"])]
    steps = {step["rule"]: step for step in house.json("explain", str(seq), FOLLOWER)}
    assert "stopped" not in {step["verdict"] for step in steps.values()}
    assert steps["sent"]["why"].startswith("sent at 2026-11-24T05:00:0")
    done = house.depesche.run("explain", str(seq), READER, status=65)
    assert f'"{READER}" is no subscriber of "{name}"'.encode() in done.stderr

    data = house.json("subscriber", "data", FOLLOWER)
    assert name in {mail["newsletter"] for mail in data["mails"]}
    assert name.encode() not in house.depesche.run("subscriber", "export").stdout
    assert feed["url"].encode() not in house.depesche.run("feed", "export").stdout
    house.depesche.run("subscriber", "set", FOLLOWER, "--format", "text")
    house.depesche.run("subscriber", "forget", FOLLOWER)
    house.say(comment(1), comment(2, 24))
    assert house.run("2026-11-25T05:00:00Z").heard() == {}
    assert house.run("2026-11-25T06:00:00Z").json("feed", "list")[0]["origin"] == "config"


def test_what_cannot_be_followed_is_told(house):
    depesche = house.depesche
    done = depesche.run("subscriber", "follow", FOLLOWER, str(house.market), "--comments", status=65)
    assert b"its feed names no feed of its comments" in done.stderr
    for words in (["--comments"], [str(house.tunnel), "--comments", "--strictness", "wide"]):
        done = depesche.run("subscriber", "follow", FOLLOWER, *words, status=64)
        assert b"--comments needs an article" in done.stderr
    depesche.run("subscriber", "unsubscribe", FOLLOWER)
    assert b"is unsubscribed" in house.follow(FOLLOWER, status=65).stderr


def test_comments_end_when_they_are_quiet_and_not_before_all_are_mailed(http, smtp, tmp_path):
    house = House(http, smtp, tmp_path, newsletter="comments_days = 3;")
    house.depesche.people = '{ address = "p0@example.org"; frequency = "weekly"; day = "tue"; }'
    house.depesche.write()
    house.run("2026-11-24T05:00:00Z").follow(FOLLOWER)
    house.say(comment(1, 25))
    for day in (25, 27, 30):
        assert house.run(f"2026-11-{day}T05:00:00Z").heard() == {}
    assert set(house.run("2026-12-01T05:00:00Z").heard()) == {FOLLOWER}, "it has waited for Tuesday"
    house.run("2026-12-01T06:00:00Z")
    assert [s["newsletter"] for s in house.json("subscriber", "show", FOLLOWER)] == ["morgen"]
    asked = len(http.asked("/kommentare.xml"))
    house.say(comment(1, 25), comment(2, 30))
    assert house.run("2026-12-08T05:00:00Z").heard() == {}
    assert len(http.asked("/kommentare.xml")) == asked, "nobody asks for it any more"


def test_comments_pause_and_end_with_the_newsletter(house):
    house.follow(FOLLOWER, OTHER_FOLLOWER)
    house.depesche.run("subscriber", "set", FOLLOWER, "--pause-until", "2026-11-26")
    house.depesche.run("subscriber", "unsubscribe", OTHER_FOLLOWER)
    house.say(comment(1))
    assert house.run("2026-11-24T05:00:00Z").heard() == {}
    house.say(comment(1), comment(2, 25))
    [mail] = house.run("2026-11-26T05:00:00Z").heard()[FOLLOWER]
    assert "Leserin 1" in part(mail, "plain") and "Leserin 2" in part(mail, "plain")


def test_a_killed_run_repeats_and_loses_no_comments(http, slow, tmp_path):
    house = House(http, slow, tmp_path)
    house.follow(FOLLOWER, OTHER_FOLLOWER, READER)
    house.say(comment(1))
    house.depesche.now = "2026-11-24T05:00:00Z"
    for seconds in (0.2, 0.3, 0.4, 0.5):
        house.depesche.kill_after(seconds, "run")
    house.run("2026-11-24T06:00:00Z")
    heard = house.heard()
    assert set(heard) == {FOLLOWER, OTHER_FOLLOWER, READER}
    for mails in heard.values():
        assert len({(mail["Message-ID"], part(mail, "plain")) for mail in mails}) == 1, \
            "what is sent again is the same"


def test_the_link_in_a_mail_ends_the_comments_alone(house):
    house.follow(FOLLOWER)
    house.say(comment(1))
    [mail] = house.run("2026-11-24T05:00:00Z").heard()[FOLLOWER]
    [leave] = [link for link in mail["List-Unsubscribe"].split(",") if "mailto:" in link]
    recipient = leave.strip(" <>").removeprefix("mailto:").split("?")[0]
    house.depesche.run("inbound", "--recipient", recipient, stdin=b"From: p0@example.org\n\n\n")
    newsletter, comments = house.json("subscriber", "show", FOLLOWER)
    assert (newsletter["state"], comments["state"]) == ("active", "unsubscribed")
    house.say(comment(1), comment(2, 24))
    assert house.run("2026-11-25T05:00:00Z").heard() == {}
    assert b"only they can come back" in house.follow(FOLLOWER, status=65).stderr


def test_who_left_comments_after_a_backup_keeps_the_newsletter(house):
    folder = house.depesche.folder
    shutil.copy(folder / "depesche.db", folder / "backup.db")
    house.follow(FOLLOWER)
    house.say(comment(1))
    house.run("2026-11-23T10:00:00Z").run("2026-11-24T07:00:00Z")
    [mail] = house.heard()[FOLLOWER]
    leave = re.search(r"<mailto:([^>?]+)", mail["List-Unsubscribe"]).group(1)
    house.depesche.run("inbound", stdin=f"To: {leave}\nMessage-ID: <1@example.org>\n\n\n".encode())
    for name in ("depesche.db-wal", "depesche.db-shm"):
        (folder / name).unlink(missing_ok=True)
    shutil.copy(folder / "backup.db", folder / "depesche.db")
    house.depesche.run("run", status=78)
    house.depesche.run("db", "adopt")
    assert house.json("suppression", "list") == []
    assert [each["state"] for each in house.json("subscriber", "list")] == ["active"] * 3


def test_a_feed_cannot_lead_into_a_private_network(http, tmp_path):
    """Atom names comments in a relative link. Its feed is no reason to ask this host: it is a file."""
    (tmp_path / "feed.xml").write_text(f"""<feed xmlns="http://www.w3.org/2005/Atom"
        xml:base="{http.url("/")}"><title>Hafenblatt</title><id>urn:x</id><entry>
        <title>Elbtunnel gesperrt</title><id>urn:x:1</id><updated>2026-11-23T05:00:00Z</updated>
        <link rel="replies" type="application/atom+xml" href="kommentare.atom"/></entry></feed>""")
    depesche = Instance(tmp_path, {"hafenblatt": f"file://{tmp_path}/feed.xml"},
                        'url = "maildir:mail";', people(1))
    config = tmp_path / "depesche.conf"
    config.write_text(config.read_text().replace("allow_private = true; ", ""))
    depesche.run("run")
    depesche.run("subscriber", "follow", FOLLOWER, "elbtunnel", "--comments")
    depesche.run("run", at="2026-11-23T08:00:00Z")
    [feed] = [feed for feed in depesche.json("feed", "list") if feed["origin"] == "follow"]
    assert feed["url"] == http.url("/kommentare.atom") and feed["state"] == "failing"
    assert http.requests == [], feed["problem"]
