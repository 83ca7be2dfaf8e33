"""What a digest has no room for: it follows in the next one, or stands at the end with its link."""

import re

import pytest
from instance import item, part, rss


def news(*numbers, day=23):
    """Articles of that day of November 2026, the highest number the newest."""
    return [item(n, f"Meldung-{n}.", pubDate=f"{day:02d} Nov 2026 04:{n:02d}:00 +0000")
            for n in sorted(numbers, reverse=True)]


def morning(day):
    return f"2026-11-{day:02d}T05:00:00Z"


def mails(instance, address="anna@example.org"):
    found = [mail for mail in instance.maildir()
             if mail["To"].addresses[0].addr_spec == address]
    return [part(mail, "plain") for mail in sorted(found, key=lambda mail: mail["Date"].datetime)]


def numbers(text):
    return [int(n) for n in re.findall(r"Meldung-(\d+)\.", text)]


@pytest.fixture
def paper(http, new_instance):
    """An instance whose readers have had their welcome; `publish()` sets what its feed has."""
    def make(newsletter, people='{ address = "anna@example.org"; }'):
        instance = new_instance({"hafenblatt": http.url("/feed.xml")}, people=people,
                                newsletter="welcome_articles = 1; " + newsletter)
        instance.publish = lambda items: http.documents.__setitem__(
            "/feed.xml", rss("Hafenblatt", items))
        instance.publish(news(1, 2, 3))
        instance.run("run", at=morning(23))
        assert [numbers(text) for text in mails(instance)] == [[3]], "a welcome leaves nothing"
        return instance
    return make


def test_what_has_no_room_is_in_the_next_digest_before_what_is_new(paper):
    instance = paper("max_articles = 2;")
    instance.publish(news(4, 5, 6, 7, 8, day=24))
    instance.run("run", at=morning(24))
    assert "3 weitere Meldungen\nSie stehen in Ihren nächsten Mails." in mails(instance)[1]
    instance.publish(news(9, day=25))
    for day in (25, 26, 27, 28):
        instance.run("run", at=morning(day))
    assert [numbers(text) for text in mails(instance)] == [[3], [8, 7], [6, 5], [9, 4]]
    assert "Ihren nächsten" not in mails(instance)[3]


def test_what_waits_too_long_is_not_mailed(paper):
    instance = paper("max_articles = 1; max_age_days = 2;")
    instance.publish(news(4, 5, 6, 7, day=24))
    for day in range(24, 30):
        instance.run("run", at=morning(day))
    assert [numbers(text) for text in mails(instance)] == [[3], [7], [6]]


def test_the_rest_is_linked(paper):
    instance = paper('max_articles = 2; rest = "link";',
                     '{ address = "anna@example.org"; }, { address = "ben@example.org";'
                     ' max_articles = 4; }')
    instance.publish(news(4, 5, 6, 7, 8, day=24))
    instance.run("run", at=morning(24))
    text = mails(instance)[1]
    first, rest = text.split("Auch neu")
    assert numbers(first) == [8, 7] and numbers(rest) == [6, 5, 4] and "Ihren nächsten" not in rest
    assert "https://news.example.org/artikel/4" in rest and "Text der Meldung 4" not in rest
    first, rest = mails(instance, "ben@example.org")[1].split("Auch neu")
    assert numbers(first) == [8, 7, 6, 5] and numbers(rest) == [4]
    instance.run("run", at=morning(25))
    assert len(mails(instance)) == 2, "what was linked does not follow"


def test_a_mail_that_is_too_long_leaves_the_rest_for_the_next_one(paper):
    instance = paper("max_articles = 500;")
    many = range(100, 500)
    instance.publish([item(n, f"Meldung-{n}. " + "Lange Überschrift " * 5,
                           pubDate="24 Nov 2026 04:00:00 +0000") for n in reversed(many)])
    instance.run("run", at=morning(24))
    instance.run("run", at=morning(25))
    texts = mails(instance)[1:]
    assert len(texts) > 1 and "Ihren nächsten" in texts[0]
    got = sum((numbers(text) for text in texts), [])
    assert sorted(got) == list(many), "each article once"


def test_what_is_more_than_can_wait_is_counted(paper):
    instance = paper("max_articles = 1;")
    many = range(100, 310)
    instance.publish([item(n, f"Meldung-{n}. steht hier",
                           pubDate=f"24 Nov 2026 {n // 60:02d}:{n % 60:02d}:00 +0000")
                      for n in reversed(many)])
    instance.run("run", at="2026-11-25T05:00:00Z")
    text = " ".join(mails(instance)[-1].split())
    assert "+ 209 weitere Meldungen 200 davon stehen in Ihren nächsten Mails, die übrigen 9 in keiner" in text

    def fate(number):
        [row] = [row for row in instance.json("article", "list", "--limit", "0")
                 if row["title"].startswith(f"Meldung-{number}.")]
        steps = instance.json("explain", str(row["seq"]), "anna@example.org",
                              at="2026-11-25T05:10:00Z")
        return {step["rule"]: step["why"] for step in steps}["maximum"]
    assert fate(309).endswith("(0: none)")
    assert "waits" in fate(308) and "waits" in fate(109) and "in none" in fate(108)


def test_previews_and_explanations_know_what_waits(paper):
    instance = paper("max_articles = 2;")
    instance.publish(news(4, 5, 6, 7, day=24))
    instance.run("run", at=morning(24))

    def preview(*issue):
        return numbers(instance.run("issue", "preview", *issue, "--as", "anna@example.org",
                                    at=morning(25)).stdout.decode())
    assert preview() == [5, 4]
    seq = {row["title"]: row["seq"] for row in instance.json("article", "list")}
    steps = instance.json("explain", str(seq["Meldung-4."]), "anna@example.org", at=morning(25))
    [stop] = [step for step in steps if step["verdict"] == "stopped"]
    assert stop["rule"] == "maximum" and stop["why"].endswith("it waits for a later digest")
    instance.run("run", at=morning(25))
    assert preview("2") == [7, 6], "it is what it was"
    assert preview("3") == [5, 4]


def test_too_few_articles_wait_for_each_reader_by_themselves(paper):
    instance = paper("min_articles = 3;", '{ address = "anna@example.org"; },'
                     '{ address = "ben@example.org"; filter = "-\\"Meldung-4\\""; }')
    instance.publish(news(4, 5, 6, day=24))
    plan = instance.json("-n", "run", at=morning(24))["issues"]
    assert [(issue["mails"], issue["not_sent"]) for issue in plan] == [
        (1, [{"why": "too little for them yet (min_articles)", "count": 1}])]
    instance.run("run", at=morning(24))
    assert numbers(mails(instance)[-1]) == [6, 5, 4]
    assert [numbers(text) for text in mails(instance, "ben@example.org")] == [[3]]
    seq = {row["title"]: str(row["seq"]) for row in instance.json("article", "list")}
    steps = {step["rule"]: step["verdict"]
             for step in instance.json("explain", seq["Meldung-5."], "ben@example.org")}
    assert steps["minimum"] == "stopped"
    instance.publish(news(7, day=25))
    instance.run("run", at=morning(25))
    assert numbers(mails(instance, "ben@example.org")[-1]) == [7, 6, 5]
    assert numbers(mails(instance)[-1]) == [6, 5, 4], "one is too few"
