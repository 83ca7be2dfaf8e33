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
