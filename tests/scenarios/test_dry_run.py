"""-n changes nothing at all."""

import hashlib

import pytest

from instance import item, people


def fingerprint(folder):
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("words", [("run",), ("send",), ("fetch",),
                                   ("post", "brief.md", "--subject", "Hallo")])
def test_a_dry_run_changes_no_state(mailing, smtp, http, words):
    from instance import rss
    instance = mailing([item(1)], people=people(4))
    (instance.folder / "brief.md").write_text("Guten Tag\n")
    words = [str(instance.folder / word) if word == "brief.md" else word for word in words]
    instance.run("run")
    http.documents["/feed.xml"] = rss("Hafenblatt", [item(2), item(1)])
    smtp.mails.clear()
    before = fingerprint(instance.folder)
    done = instance.run("-n", *words, at="2026-11-24T07:00:00Z")
    assert fingerprint(instance.folder) == before
    assert smtp.mails == []
    if words[0] in ("run", "post"):
        assert b"4" in done.stderr + done.stdout, "it says how many it would send"
    instance.run("run", at="2026-11-24T07:00:00Z")
    assert len(smtp.mails) == 4, "what a dry run saw is still new"


def test_a_dry_run_before_there_is_a_database(mailing, smtp):
    instance = mailing([item(1)], people=people(4))
    instance.run("-n", "run")
    assert not (instance.folder / "depesche.db").exists()
    assert smtp.mails == []


def test_a_preview_changes_no_state(mailing, smtp):
    instance = mailing([item(1)], people=people(2))
    instance.run("run")
    before = fingerprint(instance.folder)
    for form in ("html", "text", "eml"):
        out = instance.run("issue", "preview", "1", "--as", "p0@example.org", "--format", form)
        assert b"Meldung 1" in out.stdout
    assert fingerprint(instance.folder) == before


def test_the_plan_says_who_gets_what_and_who_does_not(mailing, smtp, http):
    from instance import rss
    readers = ('{ address = "a@example.org"; }, { address = "b@example.org"; },'
               '{ address = "c@example.org"; filter = "nichts"; },'
               '{ address = "d@example.org"; frequency = "weekly"; },'
               '{ address = "e@example.org"; pause_until = "2027-01-01"; }')
    instance = mailing([item(1)], people=readers)
    instance.run("run")
    http.documents["/feed.xml"] = rss("Hafenblatt", [item(3), item(2), item(1)])
    instance.run("suppression", "add", "b@example.org")
    before = fingerprint(instance.folder)
    plan = instance.json("-n", "run", at="2026-11-24T07:00:00Z")
    (issue,) = plan["issues"]
    assert (issue["newsletter"], issue["number"], issue["rhythm"]) == (
        "morgen", 3, "daily 06:00 Europe/Berlin")
    assert (issue["articles"], issue["mails"], issue["renditions"]) == (2, 1, 1)
    assert issue["not_sent"] == [{"why": "nothing in it for them", "count": 1}]
    assert {(row["why"], row["subscriptions"]) for row in plan["kept_out"]} == {
        ("suppressed", 1), ("paused", 1)}
    assert plan["silent"] == []
    text = instance.run("-n", "run", at="2026-11-24T07:00:00Z").stdout.decode()
    assert "1 nothing in it for them" in text and "suppressed" in text
    assert fingerprint(instance.folder) == before

    instance.run("run", at="2026-11-24T07:00:00Z")
    quiet = instance.json("-n", "run", at="2026-11-25T07:00:00Z")
    assert quiet["issues"] == []
    assert [(slot["rhythm"], slot["why"]) for slot in quiet["silent"]] == [
        ("daily 06:00 Europe/Berlin", "not enough that is new")]
