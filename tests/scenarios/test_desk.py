"""The editor's desk: what is put first, held back, let go or dropped, and how articles are named."""

import re

import pytest
from instance import item, part, rss

ANNA = "anna@example.org"


@pytest.fixture
def paper(http, new_instance):
    http.documents["/feed.xml"] = rss("Hafenblatt", [
        item(n, f"{title}-{n}.", pubDate=f"23 Nov 2026 04:{n:02d}:00 +0000")
        for n, title in ((4, "Äpfel"), (3, "Birnen"), (2, "Hafenfest"), (1, "Hafenlicht"))])
    instance = new_instance({"hafenblatt": http.url("/feed.xml")},
                            people=f'{{ address = "{ANNA}"; }}',
                            newsletter="max_articles = 2; welcome_articles = 2;")
    instance.run("fetch")
    return instance


def mailed(instance):
    mails = sorted(instance.maildir(), key=lambda mail: mail["Date"].datetime)
    return [[int(n) for n in re.findall(r"-(\d+)\.", part(mail, "plain"))] for mail in mails]


def test_what_is_pinned_goes_first_while_it_is(paper):
    paper.run("article", "pin", "hafenlicht")
    (row,) = [row for row in paper.json("article", "list") if row["pinned"]]
    assert row["title"] == "Hafenlicht-1."
    assert b"already" in paper.run("article", "pin", str(row["seq"])).stderr
    paper.run("run")
    assert mailed(paper) == [[1, 4]]
    paper.run("article", "unpin", row["url"])
    again = paper.run("issue", "preview", "1", "--as", ANNA).stdout.decode()
    assert re.findall(r"-(\d+)\.", again)[:2] == ["1", "4"], "an issue keeps its order"


def test_what_is_held_waits_for_a_decision(paper):
    paper.run("article", "hold", "äpfel", "BIRNEN")
    paper.run("run")
    assert mailed(paper) == [[2, 1]]
    steps = {step["rule"]: step for step in paper.json("explain", "äpfel", ANNA)}
    assert steps["seen"]["verdict"] == "stopped"
    paper.run("article", "approve", "äpfel")
    paper.run("article", "drop", "birnen")
    paper.run("run", at="2026-11-24T07:00:00Z")
    assert mailed(paper) == [[2, 1], [4]]
    assert len(paper.json("article", "list")) == 3
    late = paper.run("article", "hold", "äpfel", status=65)
    assert b"is in an issue" in late.stderr


def test_a_name_that_may_be_several_changes_none(paper):
    several = paper.run("article", "pin", "äpfel", "hafen", status=65)
    assert b"Hafenlicht" in several.stderr and b"Hafenfest" in several.stderr
    assert not any(row["pinned"] for row in paper.json("article", "list"))
    none = paper.run("explain", "nirgends", ANNA, status=65)
    assert b'no article "nirgends"' in none.stderr


def test_more_like_this_is_a_filter_of_words(paper, http):
    texts = {5: ("Elbtunnel gesperrt: Stau bis Hamburg", "Der Elbtunnel ist nach einem Unfall gesperrt."),
             6: ("Stau vor dem Elbtunnel löst sich auf", "Die Sperrung im Elbtunnel ist vorbei."),
             7: ("Oper: neue Spielzeit", "Die Oper stellt ihre Spielzeit vor.")}
    http.documents["/feed.xml"] = rss("Hafenblatt", [
        item(n, title, description=text) for n, (title, text) in texts.items()])
    paper.run("fetch")
    terms = paper.run("article", "terms", "elbtunnel gesperrt").stdout.decode().strip()
    assert terms.startswith('like:"') and "elbtunnel" in terms
    assert {row["title"] for row in paper.json("article", "list")} >= {texts[6][0]}
    found = [row["title"] for row in paper.json("topic", "test", terms)]
    assert len(found) == 2 and not any("Oper" in title for title in found)
    seq = {row["title"]: row["seq"] for row in paper.json("article", "list")}[texts[5][0]]
    assert paper.json("topic", "test", f"like:{seq} -gesperrt") != []
    paper.run("subscriber", "add", "ben@example.org", "--filter", f"like:{seq}")
    (ben,) = paper.json("subscriber", "show", "ben@example.org")
    assert ben["filter"] == terms
    assert b"no article 999" in paper.run("topic", "test", "like:999", status=65).stderr


def test_a_followed_subject_comes_beside_the_topics_and_says_why(paper, http):
    paper.topics = {"oper": "oper"}
    paper.people = ""
    paper.newsletter = "welcome_articles = 1;"
    paper.write()
    paper.run("subscriber", "add", "ben@example.org", "--topics", "oper")
    tunnel = item(5, "Elbtunnel gesperrt: Stau bis Hamburg",
                  description="Der Elbtunnel ist nach einem Unfall gesperrt.")
    http.documents["/feed.xml"] = rss("Hafenblatt", [tunnel])
    paper.run("run")
    paper.run("subscriber", "follow", "ben@example.org", "elbtunnel", "--strictness", "wide")
    paper.run("subscriber", "follow", "ben@example.org", "--terms", "deich sturmflut")
    (ben,) = paper.json("subscriber", "show", "ben@example.org")
    assert [text.split(":")[0] for text in ben["follows"]] == ["1 wide", "2 normal"]
    later = [item(8, "Die Oper spielt"), item(7, "Handball: Sieg in Kiel"),
             item(6, "Stau vor dem Elbtunnel löst sich auf",
                  description="Die Sperrung im Elbtunnel ist vorbei.")]
    http.documents["/feed.xml"] = rss("Hafenblatt", later + [tunnel])
    paper.run("run", at="2026-11-24T07:00:00Z")
    (mail,) = [mail for mail in paper.maildir() if "Oper" in part(mail, "plain")]
    text = part(mail, "plain")
    assert "löst sich auf" in text and "Handball" not in text
    assert re.search(r"Sie verfolgen: .*elbtunnel", text), text
    assert "Sie verfolgen:" in part(mail, "html")
    steps = {step["rule"]: step for step in paper.json("explain", "löst sich", "ben@example.org")}
    assert steps["topics"]["verdict"] == "passed" and "elbtunnel" in steps["topics"]["why"]

    paper.run("subscriber", "unfollow", "ben@example.org", "1")
    (ben,) = paper.json("subscriber", "show", "ben@example.org")
    assert ben["follows"] == ["1 normal: deich sturmflut"]
    assert b"none of the 1" in paper.run("subscriber", "unfollow", "ben@example.org", "2",
                                         status=65).stderr
