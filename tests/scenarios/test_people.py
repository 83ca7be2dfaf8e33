"""Unsubscribing by mail, rosters, imports."""

import csv as tables
import io
import re
import shutil

import pages
import servers
from instance import IMPORT, item, part, people, rss


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
    instance = mailing([item(1)], people=people(3))
    instance.run("run")
    instance.people = people(2) + ',\n { address = "neu@example.org"; name = "Neu"; }'
    instance.write()
    http.documents["/feed.xml"] = rss("Hafenblatt", [item(2), item(1)])
    smtp.mails.clear()
    instance.run("run", at="2026-11-24T07:00:00Z")
    assert smtp.recipients() == ["neu@example.org", "p0@example.org", "p1@example.org"]


def test_a_mistake_in_a_roster_keeps_the_people_as_they_were(mailing, smtp, http):
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


def test_a_roster_of_more_than_10_000_is_refused_with_the_way_to_go(mailing):
    instance = mailing([item(1)], people=people(2))
    instance.run("subscriber", "sync", "--yes")
    instance.people = people(10_001)
    instance.write()
    for words, status in ((("subscriber", "sync", "--yes"), 65), (("config", "check"), 78)):
        told = instance.run(*words, status=status).stderr
        assert b"people.conf:" in told and b"10001" in told and b"depesche subscriber import" in told
    assert len(instance.json("subscriber", "list")) == 2, "as they were"


def test_import_takes_good_rows_and_names_bad_ones(mailing):
    instance = mailing([item(1)])
    csv = "email;name;topics\nÄnne@example.org;;\nok@bücher.example;Jörg Müller;\nkein-at;x;\n"
    done = instance.run(*IMPORT, "-", stdin=csv.encode("utf-8"), status=None)
    addresses = {each["address"] for each in instance.json("subscriber", "list")}
    assert "ok@xn--bcher-kva.example" in addresses
    assert b"4:" in done.stderr, "the bad row is named by its line"


def test_bad_rows_go_into_a_report_with_line_and_reason(mailing):
    instance = mailing([item(1)])
    file = instance.folder / "list.csv"
    rows = ["email,name", "a@example.org,Anna", "nobody,\"x, y\"", "A@Example.org,Other",
            "b@example.org,\"open"] + [f"bad{i},x" for i in range(20)]
    file.write_text("\n".join(rows) + "\n")
    done = instance.run(*IMPORT, file)
    assert b"1 added" in done.stderr and done.stderr.count(b"no e-mail address") <= 10
    report = list(tables.DictReader(io.StringIO((instance.folder / "list.csv.rejected.csv").read_text())))
    assert len(report) == 23
    assert {"line": "3", "reason": report[0]["reason"], "row": 'nobody,"x, y"'} == report[0]
    lines = [int(each["line"]) for each in report]
    assert lines == sorted(lines) and {4, 5, 25} <= set(lines)
    [twice] = [each for each in report if each["line"] == "4"]
    assert "twice" in twice["reason"] and twice["row"] == "A@Example.org,Other"
    # To begin again, after a crash maybe, changes nothing.
    report = instance.json(*IMPORT, file)
    assert (report["added"], report["changed"], report["unchanged"], report["rejected"]) == (0, 0, 1, 23)
    assert [each["name"] for each in instance.json("subscriber", "list")] == ["Anna"]


def test_an_import_says_why_these_people_may_be_written_to(mailing):
    instance = mailing([item(1)])
    row = b"email\na@example.org\n"
    instance.run("subscriber", "import", "-", stdin=row, status=64)
    instance.run("subscriber", "import", "-", "--consent", "x", "--basis", "none", stdin=row, status=64)
    assert instance.json("subscriber", "list") == []
    instance.run(*IMPORT, "-", stdin=row)
    data = instance.json("subscriber", "data", "a@example.org")
    [event] = data["subscriptions"][0]["history"]
    assert event["consent"]["wording"] == "form of 2024" and event["consent"]["basis"] == "consent"
    assert event["consent"]["way"] == "import" and event["consent"]["at"] == instance.now


def test_data_is_all_that_is_stored(mailing, smtp, http):
    instance = mailing([item(1)], newsletter="min_articles = 3;",
                       people='{ address = "p0@example.org"; filter = "-\\"Meldung 4\\""; },'
                              '{ address = "p1@example.org"; }')
    instance.run("run")
    http.documents["/feed.xml"] = rss("Hafenblatt", [item(n) for n in range(1, 5)])
    instance.run("run", at="2026-11-24T07:00:00Z")
    instance.run("inbound", at="2026-11-24T07:10:00Z",
                 stdin=b"From: p0@example.org\nTo: redaktion@news.example.org\nSubject: Hilfe\n"
                 b"Message-ID: <question@example.org>\n\n")
    instance.run("suppression", "add", "p1@example.org", "--reason", "by telephone")
    data = instance.json("subscriber", "data", "p0@example.org")
    assert data["suppression"] is None and not data["suppressed"]
    assert sorted(data["subscriptions"][0]["waiting"]) == ["Meldung 2", "Meldung 3"]
    assert [each["about"] for each in data["answers"]] == ["<question@example.org>"]
    other = instance.json("subscriber", "data", "p1@example.org")
    assert other["suppressed"] and other["suppression"]["reason"] == "by telephone"
    assert other["answers"] == []


def test_who_is_in_a_file_twice_has_left_when_one_row_says_so(mailing, smtp):
    instance = mailing([item(1)])
    rows = ["email,status,frequency", "a@example.org,unsubscribed,", "A@example.org,enabled,",
            "b@example.org,enabled,", "B@example.org,unsubscribed,",
            "c@example.org,enabled,never", "C@example.org,enabled,"]
    instance.run(*IMPORT, "-", stdin="\n".join(rows).encode())
    instance.run("run")
    assert smtp.recipients() == ["C@example.org"], "a row with a mistake does not count"


def test_who_left_elsewhere_is_never_written_to(mailing, smtp):
    instance = mailing([item(1)])
    instance.run(*IMPORT, "-", stdin=b"email,status\na@example.org,enabled\nb@example.org,blocklisted\n"
                 b"c@example.org,unsubscribed\nd@example.org,unconfirmed\n")
    instance.run(*IMPORT, "-", stdin=b"email\nb@example.org\nc@example.org\n")
    instance.run("run")
    assert smtp.recipients() == ["a@example.org"]
    assert [each["address"] for each in instance.json("suppression", "list")] == [
        "b@example.org", "c@example.org"]


def test_what_is_exported_can_be_imported(mailing, new_instance, http):
    instance = mailing([item(1)], topics={"ki": "ki", "sport": "sport"})
    instance.run("subscriber", "add", "a@example.org", "--name", "Petersen, \"A\"", "--topics", "ki sport",
                 "--frequency", "weekly", "--day", "fri", "--hour", "16:30", "--filter", "ki and not x")
    instance.run("subscriber", "add", "b@example.org", "--frequency", "hourly", "--format", "text")
    instance.run(*IMPORT, "-", "--keep", "city", stdin=b"email,city\nc@example.org,Kiel\n")
    instance.run("subscriber", "add", "gone@example.org")
    instance.run("subscriber", "unsubscribe", "gone@example.org")
    exported = instance.run("subscriber", "export").stdout
    other = new_instance({"hafenblatt": http.url("/feed.xml")}, topics=instance.topics)
    other.run(*IMPORT, "-", stdin=exported)
    def facts(each):
        return {key: value for key, value in each.items() if key not in ("origin", "created")}
    theirs = [facts(each) for each in other.json("subscriber", "list")]
    assert theirs == [facts(each) for each in instance.json("subscriber", "list")
                      if each["address"] != "gone@example.org"]
    assert theirs[2]["attributes"] == {"city": "Kiel"}
    other.run("subscriber", "add", "gone@example.org", status=65)


def test_to_forget_leaves_a_hash_that_keeps_the_address_out(mailing, smtp):
    instance = mailing([item(1)], people="")
    instance.run("subscriber", "add", "Anna@example.org", "--name", "Anna Petersen", "--filter", "secretword")
    instance.run("run")
    shutil.copy(instance.folder / "depesche.db", instance.folder / "backup.db")
    instance.run("subscriber", "forget", "anna@example.org")
    for name in ("depesche.db", "depesche.db.suppressed"):
        data = (instance.folder / name).read_bytes().lower()
        assert b"anna" not in data and b"petersen" not in data and b"secretword" not in data, name
    instance.run(*IMPORT, "-", stdin=b"email\nANNA@example.org\n")
    instance.run("subscriber", "add", "anna@example.org", status=65)
    assert [each["state"] for each in instance.json("subscriber", "list")] == ["forgotten"]
    assert instance.json("subscriber", "data", "anna@example.org") == {
        "address": "anna@example.org", "suppressed": True,
        "suppression": {"since": instance.now, "reason": "forgotten"}, "subscriptions": [],
        "mails": [], "bounces": [], "requests": [], "answers": []}

    shutil.copy(instance.folder / "backup.db", instance.folder / "depesche.db")
    instance.run("db", "adopt")
    smtp.mails.clear()
    instance.run("run", at="2026-11-25T07:00:00Z")
    assert smtp.mails == [], "a restored backup does not bring her back"
    assert [each["state"] for each in instance.json("subscriber", "list")] == ["forgotten"], "nor what is known of her"


def test_who_left_after_a_backup_has_left_when_it_is_restored(mailing, smtp, http):
    instance = mailing([item(1)], people="", more='base_url = "http://localhost";')
    for name in "abc":
        instance.run("subscriber", "add", f"{name}@example.org")
    instance.run("run")
    paths = {mail.recipient[0]: pages.unsubscribe_path(mail) for mail in smtp.mails}
    shutil.copy(instance.folder / "depesche.db", instance.folder / "backup.db")

    server = pages.Pages(instance)
    for name in "ab":
        assert server.one_click(paths[name]).status == 200
    assert server.post(paths["b"], {"action": "undo"}).status == 200
    server.kill()
    instance.run("subscriber", "add", "new@example.org")
    instance.run("suppression", "add", "never@example.org")
    with (instance.folder / "depesche.db.left").open("ab") as file:
        file.write(b"7 4711 #abc")  # a power cut
    instance.run("subscriber", "unsubscribe", "new@example.org")
    assert b"example.org" not in (instance.folder / "depesche.db.left").read_bytes()

    for name in ("depesche.db-wal", "depesche.db-shm"):
        (instance.folder / name).unlink(missing_ok=True)
    shutil.copy(instance.folder / "backup.db", instance.folder / "depesche.db")
    http.documents["/feed.xml"] = rss("Hafenblatt", [item(2), item(1)])
    smtp.mails.clear()
    done = instance.run("run", at="2026-11-25T07:00:00Z", status=78)
    assert b"restored backup" in done.stderr and smtp.mails == []
    instance.run("db", "adopt")
    instance.run(*IMPORT, "-", stdin=b"email\nnew@example.org\nnever@example.org\n")
    assert {each["address"][0] for each in instance.json("subscriber", "list")} == set("abc"), "not by a list, either"
    instance.run("run", at="2026-11-25T07:10:00Z")
    assert smtp.recipients() == ["b@example.org", "c@example.org"]
    assert state_of(instance, "a@example.org") == "unsubscribed"
    history = instance.json("subscriber", "data", "a@example.org")["subscriptions"][0]["history"]
    assert [event["way"] for event in history] == ["command", "restore"]


def test_who_was_suppressed_after_a_backup_gets_nothing_when_it_is_restored(mailing, smtp):
    instance = mailing([item(1)], people=people(3))
    instance.run("--yes", "subscriber", "sync")
    shutil.copy(instance.folder / "depesche.db", instance.folder / "backup.db")
    instance.run("suppression", "add", "p1@example.org", "--reason", "by telephone")
    for file in instance.folder.glob("depesche.db-*"):
        file.unlink()
    shutil.copy(instance.folder / "backup.db", instance.folder / "depesche.db")
    instance.run("db", "adopt")
    instance.run("run")
    assert smtp.recipients() == ["p0@example.org", "p2@example.org"]
    assert instance.json("subscriber", "data", "p1@example.org")["suppression"]["reason"] == "by telephone"


def test_sync_shows_its_plan_and_asks(mailing):
    instance = mailing([item(1)], people=people(2))
    done = instance.run("subscriber", "sync", status=64)
    assert done.stdout.decode().splitlines() == ["morgen: add p0@example.org", "morgen: add p1@example.org"]
    assert instance.json("subscriber", "list") == []
    instance.run("--yes", "subscriber", "sync")
    instance.people = people(1, name='"Neu"')
    instance.write()
    done = instance.run("--yes", "subscriber", "sync")
    assert done.stdout.decode().splitlines() == ["morgen: change p0@example.org", "morgen: remove p1@example.org"]
    assert instance.run("subscriber", "sync").stdout == b""


def test_lists_can_be_narrowed(mailing):
    instance = mailing([item(1)], topics={"ki": "ki", "kino": "kino"})
    instance.run(*IMPORT, "-", stdin=b"email,topics\n50_@example.org,ki\n50x@example.org,kino\nc@example.net,\n")
    def addresses(*words):
        return [each["address"] for each in instance.json("subscriber", "list", *words)]
    assert addresses("--match", "50_") == ["50_@example.org"]
    assert addresses("--topic", "ki") == ["50_@example.org"]
    assert addresses("--match", "EXAMPLE.NET") == ["c@example.net"]
    assert len(addresses("--limit", "2")) == 2
    assert instance.run("subscriber", "list").stdout.count(b"example") == 3


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


def test_a_topic_that_is_misspelt_is_told(mailing, smtp):
    """It would match nothing, and its reader would never hear of it."""
    instance = mailing([item(1)], topics={"ki": "meldung"}, people='{ address = "a@example.org"; topics = ["ki"]; }')
    instance.run("run")
    instance.people = """{ address = "a@example.org"; topics = ["ki"]; },
{ address = "b@example.org"; topics = ["kii"]; },
{ address = "c@example.org"; without = ["hafen"]; }"""
    instance.write()
    done = instance.run("config", "check", status=78)
    assert b'people.conf:3: topics: there is no topic "kii"' in done.stderr
    assert b'people.conf:4: without: there is no topic "hafen"' in done.stderr
    assert b"the roster was not taken over" in instance.run("run").stderr
    assert [each["address"] for each in instance.json("subscriber", "list")] == ["a@example.org"]
    file = instance.folder / "list.csv"
    file.write_text("email,topics\nd@example.org,ki\ne@example.org,kii\n")
    instance.run(*IMPORT, file)
    assert 'there is no topic ""kii""' in (instance.folder / "list.csv.rejected.csv").read_text()
    assert len(instance.json("subscriber", "list")) == 2
