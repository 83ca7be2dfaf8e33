"""Unsubscribing by mail, rosters, imports."""

import re

import servers
from instance import item, part, people


def unsubscribe_address(mail):
    return re.search(r"<mailto:([^>?]+)", servers.parse(mail.data)["List-Unsubscribe"]).group(1)


def answer(recipient, **headers):
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(["From: somebody else <x@example.net>", f"To: {recipient}",
                        "Subject: whatever", *lines, "", "please"]).encode()


def state_of(instance, address):
    [record] = [each for each in instance.json("subscriber", "list")
                if each["address"] == address]
    return record["state"]


def test_a_mail_to_the_token_ends_the_subscription(mailing, smtp):
    instance = mailing([item(1)], people=people(3))
    instance.run("run")
    mails = {mail.recipient: mail for mail in smtp.mails}
    instance.run("inbound", stdin=answer(unsubscribe_address(mails["p1@example.org"])))
    assert state_of(instance, "p1@example.org") == "unsubscribed"
    assert state_of(instance, "p0@example.org") == "active"

    smtp.mails.clear()
    instance.run("run", at="2026-11-24T07:00:00Z")
    assert smtp.mails == []


def test_after_unsubscribing_no_digest_comes_although_the_roster_lists_them(mailing, smtp, http):
    from instance import rss
    instance = mailing([item(1)], people=people(3))
    instance.run("run")
    mails = {mail.recipient: mail for mail in smtp.mails}
    recipient = unsubscribe_address(mails["p1@example.org"])
    # The mail server says who it was for; upper case is what some do to local parts.
    local, domain = recipient.split("@")
    instance.run("inbound", "--recipient", f"{local.upper()}@{domain}",
                 stdin=answer("undisclosed@example.net"))
    http.documents["/feed.xml"] = rss("Hafenblatt", [item(2), item(1)])
    smtp.mails.clear()
    instance.run("run", at="2026-11-24T07:00:00Z")
    assert smtp.recipients() == ["p0@example.org", "p2@example.org"]


def test_postfix_environment_names_the_recipient(mailing, smtp):
    instance = mailing([item(1)], people=people(1))
    instance.run("run")
    recipient = unsubscribe_address(smtp.mails[0])
    instance.run("inbound", stdin=answer("list@example.net"),
                 env={"ORIGINAL_RECIPIENT": recipient})
    assert state_of(instance, "p0@example.org") == "unsubscribed"


def test_a_wrong_token_changes_nothing(mailing, smtp):
    instance = mailing([item(1)], people=people(1))
    instance.run("run")
    recipient = unsubscribe_address(smtp.mails[0])
    local, domain = recipient.split("@")
    database = (instance.folder / "depesche.db").read_bytes()
    for i in range(len("unsubscribe+"), len(local), 3):
        letter = "a" if local[i] != "a" else "b"
        wrong = f"{local[:i]}{letter}{local[i + 1:]}@{domain}"
        instance.run("inbound", stdin=answer(wrong))
    for rubbish in (b"", b"\0" * 100, b"To: " + b"<" * 5000, b"Content-Type: multipart/mixed\n" * 50,
                    b"Subject: =?utf-8?q?" + b"=" * 9000 + b"\n\n", answer("unsubscribe@" + domain)):
        instance.run("inbound", stdin=rubbish)
    assert state_of(instance, "p0@example.org") == "active"
    assert (instance.folder / "depesche.db").read_bytes() == database


def test_a_vacation_does_not_unsubscribe(mailing, smtp):
    instance = mailing([item(1)], people=people(1))
    instance.run("run")
    recipient = unsubscribe_address(smtp.mails[0])
    instance.run("inbound", stdin=answer(recipient, Auto_Submitted="auto-replied"))
    assert state_of(instance, "p0@example.org") == "active"
    instance.run("inbound", stdin=answer(recipient, Auto_Submitted="auto-generated"))
    assert state_of(instance, "p0@example.org") == "unsubscribed"


def test_old_keys_go_on_verifying(mailing, smtp):
    instance = mailing([item(1)], people=people(1))
    instance.run("run")
    recipient = unsubscribe_address(smtp.mails[0])
    keys = instance.folder / "depesche.keys"
    keys.write_text(keys.read_text() + "b " + "77" * 32 + "\n")
    instance.run("inbound", stdin=answer(recipient))
    assert state_of(instance, "p0@example.org") == "unsubscribed"


def test_a_roster_is_reconciled(mailing, smtp, http):
    from instance import rss
    instance = mailing([item(1)], people=people(3))
    instance.run("run")
    instance.people = people(2) + ',\n { address = "neu@example.org"; name = "Neu"; }'
    instance.write()
    http.documents["/feed.xml"] = rss("Hafenblatt", [item(2), item(1)])
    smtp.mails.clear()
    instance.run("run", at="2026-11-24T07:00:00Z")
    assert smtp.recipients() == ["neu@example.org", "p0@example.org", "p1@example.org"]


def test_a_mistake_in_a_roster_keeps_the_people_as_they_were(mailing, smtp, http):
    from instance import rss
    instance = mailing([item(1)], people=people(2))
    instance.run("run")
    instance.people = '{ address = "p0@example.org"; tpoics = ["x"]; }'
    instance.write()
    http.documents["/feed.xml"] = rss("Hafenblatt", [item(2), item(1)])
    smtp.mails.clear()
    done = instance.run("run", at="2026-11-24T07:00:00Z")
    assert b"people.conf:2" in done.stderr and b"tpoics" in done.stderr
    assert len(smtp.mails) == 2
    checked = instance.run("config", "check", status=78)
    assert b"people.conf:2" in checked.stdout + checked.stderr


def test_import_takes_good_rows_and_names_bad_ones(mailing):
    instance = mailing([item(1)])
    csv = "email;name;topics\nÄnne@example.org;;\nok@bücher.example;Jörg Müller;\nkein-at;x;\n"
    done = instance.run("subscriber", "import", "-", stdin=csv.encode("utf-8"), status=None)
    addresses = {each["address"] for each in instance.json("subscriber", "list")}
    assert "ok@xn--bcher-kva.example" in addresses
    assert b"4:" in done.stderr, "the bad row is named by its line"


def test_add_show_remove(mailing):
    instance = mailing([item(1)])
    instance.run("subscriber", "add", "Neu@Example.org", "--name", "Jörg")
    shown = instance.json("subscriber", "show", "neu@example.org")
    assert "Neu@example.org" in str(shown) and "Jörg" in str(shown)
    instance.run("subscriber", "unsubscribe", "neu@example.org")
    assert state_of(instance, "Neu@example.org") == "unsubscribed"
    instance.run("subscriber", "add", "kaputt@@example.org", status=65)


def test_a_letter_goes_to_a_topic(mailing, smtp):
    instance = mailing([item(1)], topics={"ki": "ki", "sport": "sport"},
                       people="""{ address = "a@example.org"; topics = ["ki"]; },
                                 { address = "b@example.org"; topics = ["sport"]; },
                                 { address = "c@example.org"; }""")
    instance.run("run")
    smtp.mails.clear()
    letter = instance.folder / "brief.md"
    letter.write_text("# Liebe Leserinnen\n\nEin *Brief* mit [Verweis](https://example.org/x) "
                      "und Grüßen.\n\n<script>alert(1)</script>\n")
    instance.run("-n", "post", str(letter), "--subject", "Grüße aus der Redaktion")
    assert smtp.mails == []
    instance.run("post", str(letter), "--subject", "Grüße aus der Redaktion", "--topic", "ki")
    assert smtp.recipients() == ["a@example.org", "c@example.org"]
    mail = servers.parse(smtp.mails[0].data)
    assert mail["Subject"] == "Grüße aus der Redaktion"
    assert mail["List-Unsubscribe"]
    html = part(mail, "html")
    assert "<em>Brief</em>" in html and "https://example.org/x" in html and "<script" not in html
    assert "https://example.org/x" in part(mail, "plain") and "Grüßen" in part(mail, "plain")
    instance.run("run", at="2026-11-23T09:00:00Z")
    assert len(smtp.mails) == 2, "a letter goes out once"
    instance.run("post", str(letter), "--subject", "x", "--topic", "gibtesnicht", status=64)
