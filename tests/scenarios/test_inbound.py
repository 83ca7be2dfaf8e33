"""Mail that comes back: what bounces and complaints do to subscriptions, and that they do it once."""

import datetime
import json
import pathlib
import re

import pytest

import servers
from instance import SOURCE, item, people, rss
from pages import Pages, unsubscribe_path

BOUNCE = 'bounce = "bounce@news.example.org";'


def report(recipient, status, text, to, name="1"):
    """A report (RFC 3464) that RECIPIENT was not reached, for the envelope sender TO."""
    return f"""Return-Path: <>
From: MAILER-DAEMON@mx.example.org
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Message-ID: <{name}@mx.example.org>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=x

--x
Content-Type: text/plain

Your mail could not be delivered.
--x
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; {recipient}
Action: failed
Status: {status}
Diagnostic-Code: smtp; {text}
--x--
""".encode()


def complaint(kind, returned):
    """A feedback report (RFC 5965) whose recipient is redacted, about the mail RETURNED."""
    return b"""From: loop@provider.example
To: abuse@news.example.org
Subject: FW: news
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary=x

--x
Content-Type: text/plain

An abuse report.
--x
Content-Type: message/feedback-report

Feedback-Type: %s
User-Agent: Loop/1
Version: 1

--x
Content-Type: message/rfc822

%s
--x--
""" % (kind.encode(), returned)


class World:
    """An instance whose digests go to `smtp`, one each day."""

    def __init__(self, mailing, smtp, http, count=3, **more):
        more.setdefault("inbound", BOUNCE)
        self.smtp, self.http = smtp, http
        self.instance = mailing([item(0)], people=people(count), **more)
        self.day = 0

    def send(self):
        """The next day's run. What each person's mail had as envelope sender."""
        self.day += 1
        now = datetime.datetime(2026, 11, 22, 7) + datetime.timedelta(days=self.day)
        self.at = now.isoformat() + "Z"
        self.http.documents["/feed.xml"] = rss("Hafenblatt", [
            item(self.day, pubDate=now.strftime("%a, %d %b %Y 06:00:00 +0000"))])
        self.smtp.mails.clear()
        self.instance.run("run", at=self.at)
        return {mail.recipient: mail.sender for mail in self.smtp.mails}

    def inbound(self, message, recipient=None):
        words = ["--recipient", recipient] if recipient else []
        self.instance.run("inbound", *words, stdin=message, at=self.at)

    def bounce(self, sender, recipient, status="5.1.1", text="550 5.1.1 no such user"):
        self.inbound(report(recipient, status, text, sender, f"{self.day}-{recipient}"), sender)

    def states(self):
        return {each["address"]: each["state"]
                for each in self.instance.json("subscriber", "list", "--limit", "1000")}

    def history(self, address):
        [one] = self.instance.json("subscriber", "show", address)
        return [(event["what"], event["way"]) for event in one["history"]]


@pytest.fixture
def world(mailing, smtp, http):
    return lambda **more: World(mailing, smtp, http, **more)


def test_a_dead_address_is_suspended_on_the_second_day_and_probed(world):
    w = world()
    senders = w.send()
    assert senders["p0@example.org"].startswith("bounce+b")
    said = w.instance.run("inbound", at=w.at, stdin=report(
        "p0@example.org", "5.1.1", "550 5.1.1 no such user", senders["p0@example.org"], "1-p0@example.org")).stderr
    assert b'subscription 1 of "morgen": a mail came back: 5.1.1' in said
    w.bounce(senders["p0@example.org"], "p0@example.org")  # the mail server tries again
    assert w.states()["p0@example.org"] == "active"
    assert w.history("p0@example.org").count(("bounce", "mail")) == 1
    first = w.at
    w.bounce(w.send()["p0@example.org"], "somebody.else@example.org")  # the token decides
    assert w.states() == {"p0@example.org": "suspended", "p1@example.org": "active",
                          "p2@example.org": "active"}
    assert "p0@example.org" not in w.send()
    [mail] = [each for each in w.instance.json("delivery", "list", "--address", "p0@example.org")
              if each["at"] == first]
    assert mail["bounces"][0]["status"] == "5.1.1"
    w.day += 31
    assert "p0@example.org" in w.send(), "another chance"
    w.bounce(f"bounce+{senders['p1@example.org'].split('+')[1]}", "p0@example.org")
    assert w.states()["p0@example.org"] == "active", "somebody else's token"


def test_policy_and_full_mailboxes_suspend_nobody(world):
    w = world()
    for _ in range(3):
        senders = w.send()
        w.bounce(senders["p0@example.org"], "p0@example.org", "5.7.1", "550 5.7.1 blocked")
        w.bounce(senders["p1@example.org"], "p1@example.org", "5.2.2", "552 5.2.2 mailbox full")
    said = w.instance.run("run", at=w.at).stderr
    assert b"1 mails since yesterday were refused by policy" in said
    assert b"0 of dead addresses, 1 of mailboxes" in said
    assert set(w.states().values()) == {"active"}


def test_refusals_and_reports_count_together(world, smtp):
    w = world(count=2)
    smtp.say("RCPT", "p0@example.org", "550 5.1.1 no such user")
    w.send()
    assert w.states()["p0@example.org"] == "active"
    smtp.obey()
    w.bounce(w.send()["p0@example.org"], "p0@example.org", "5.0.0", "550 user unknown")
    assert w.states() == {"p0@example.org": "suspended", "p1@example.org": "active"}


def test_a_broken_relay_suspends_nobody(world):
    w = world(count=12)
    for _ in range(3):
        for recipient, sender in w.send().items():
            w.bounce(sender, recipient)
    assert set(w.states().values()) == {"active"}


def test_a_complaint_ends_it_at_once(world, smtp):
    w = world()
    w.send()
    mails = {mail.recipient: mail.data for mail in smtp.mails}
    w.inbound(complaint("not-spam", mails["p1@example.org"]))
    w.inbound(complaint("abuse", mails["p0@example.org"]))
    assert w.states()["p0@example.org"] == "unsubscribed"
    assert w.states()["p1@example.org"] == "active"
    assert [each["address"] for each in w.instance.json("suppression", "list")] == [
        "p0@example.org"]


def test_what_is_no_bounce_or_has_no_token_does_nothing(world):
    w = world()
    senders = w.send()
    for sender in [senders["p0@example.org"], "bounce@news.example.org",
                   "bounce+" + "b" * 41 + "@news.example.org"]:
        w.inbound(b"From: p0@example.org\nTo: %s\nSubject: Out of office\n"
                  b"Auto-Submitted: auto-replied\n\nAway.\n" % sender.encode())
        w.inbound(report("p1@example.org", "5.1.1", "550", "x@example.org").replace(
            b"Action: failed", b"Action: delayed"), sender)
    w.inbound(report("p0@example.org", "5.1.1", "550 no", "bounce@news.example.org"))
    assert [event for event in w.history("p0@example.org") if event[0] == "bounce"] == []
    assert set(w.states().values()) == {"active"}


def test_a_dry_run_says_what_a_mail_is(world):
    w = world()
    sender = w.send()["p0@example.org"]
    before = (w.instance.folder / "depesche.db").read_bytes()
    said = json.loads(w.instance.run("-n", "inbound", "--json", stdin=report(
        "p0@example.org", "5.1.1", "550 5.1.1 no", sender)).stdout)
    assert said == {"kind": "bounce", "token_valid": True, "recipients": [
        {"address": "p0@example.org", "permanent": True, "status": "5.1.1",
         "diagnostic": "550 5.1.1 no"}]}
    wrong = sender.replace("+b", "+bb")
    said = json.loads(w.instance.run("-n", "inbound", "--json", stdin=report(
        "p0@example.org", "5.1.1", "550 5.1.1 no", wrong)).stdout)
    assert said["token_valid"] is False
    assert (w.instance.folder / "depesche.db").read_bytes() == before


def test_whatever_is_wrong_the_mail_server_keeps_the_mail(world):
    w = world()
    config = w.instance.folder / "depesche.conf"
    for words in (["--recipeint", "x"], ["--recipient"], ["now"], ["--at", "soon"]):
        w.instance.run("inbound", *words, stdin=b"From: a@b.example\n\n", status=75)
    for words in (["--recipient", "x"], ["--comfig", "x"], ["--at", "soon"], ["-x"]):
        w.instance.run(*words, "inbound", stdin=b"From: a@b.example\n\n", status=75)
    config.write_text(config.read_text() + "nonsense = 1;\n")
    w.instance.run("inbound", stdin=b"From: a@b.example\n\n", status=75)
    config.unlink()
    w.instance.run("inbound", stdin=b"From: a@b.example\n\n", status=75)


def test_samples_without_an_instance(tmp_path):
    """Each mail of the collection, as somebody who only has the program would try it."""
    from instance import BINARY
    import subprocess
    samples = sorted((pathlib.Path(SOURCE) / "tests/data/inbound").glob("*.eml"))[::20]
    assert len(samples) > 5
    for sample in samples:
        done = subprocess.run([BINARY, "inbound", "--dry-run", "--json"], cwd=tmp_path,
                              stdin=sample.open("rb"), capture_output=True,
                              env={"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)})
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == json.loads(sample.with_suffix(".json").read_text())


def wish(recipient, subject, text="", name="w"):
    return (f"From: p0@example.org\nTo: {recipient}\nSubject: {subject}\n"
            f"Message-ID: <{name}-{abs(hash(subject + text))}@example.org>\n\n{text}\n").encode()


def test_people_pause_choose_and_leave_by_mail(world, smtp):
    w = world(topics={"energie": "energie", "sport": "sport"})
    w.send()
    [address] = [re.search(r"<mailto:([^>?]+)", servers.parse(mail.data)["List-Unsubscribe"]).group(1)
                 for mail in smtp.mails if mail.recipient == "p0@example.org"]

    def ask(subject, text=""):
        w.inbound(wish(address, subject, text), address)
        [one] = w.instance.json("subscriber", "show", "p0@example.org")
        return one

    assert ask("topics +energie -sport")["topics"] == ["energie"]
    assert ask("x", "Themen -energie gibtesnicht")["without"] == ["energie", "sport"]
    assert ask("pause 14 days")["paused_until"] == "2026-12-07T07:00:00Z"
    assert ask("Hilfe")["state"] == "paused"
    assert ask("weiter")["state"] == "active"
    assert ask("Re: Pause bis 24.12.")["paused_until"] == "2026-12-23T23:00:00Z"
    assert ask("", "\u00a0\nHallo,\n\npause until 2026-12-25\n")["paused_until"] == "2026-12-24T23:00:00Z"
    assert ask("pause until 2020-01-01")["paused_until"] == "2026-12-24T23:00:00Z", "that is over"
    assert ask("resume")["state"] == "active"
    assert ask("pause while I am away")["state"] == "active", "who is not understood is not taken off"
    w.send()
    assert ask("whatever this is")["state"] == "unsubscribed"


def text_of(mail):
    return servers.parse(mail.data).get_body(("plain",)).get_content()


def answers(w, smtp, at):
    """The answers that leave by a run AT."""
    smtp.mails.clear()
    w.instance.run("run", at=at)
    return [mail for mail in smtp.mails if mail.sender == ""]


def test_who_changes_something_is_told_what_is_set(world, smtp):
    w = world(count=2, topics={"energie": "energie", "sport": "sport"})
    w.send()
    [first] = [mail for mail in smtp.mails if mail.recipient == "p0@example.org"]
    leave = re.search(r"<mailto:([^>?]+)", servers.parse(first.data)["List-Unsubscribe"]).group(1)
    w.inbound(wish(leave, "topics +energie -sport"), leave)
    [told] = answers(w, smtp, w.at)
    mail = servers.parse(told.data)
    assert told.recipient == "p0@example.org"
    assert mail["Auto-Submitted"] == "auto-replied" and mail["In-Reply-To"].startswith("<w-")
    assert text_of(told).startswith("Das bekommt p0@example.org jetzt von uns:")
    assert "Themen: energie" in text_of(told) and "Ohne: sport" in text_of(told)
    assert "Zur Wahl: energie, sport" in text_of(told) and "Themen +eins -anderes" in text_of(told)
    assert leave in text_of(told)

    [reply] = mail["Reply-To"].addresses
    w.inbound(wish(reply.addr_spec, "Re: Ihre Einstellungen", "Danke!"), reply.addr_spec)
    assert w.states()["p0@example.org"] == "active", "thanks are no wish to leave"
    w.inbound(wish(reply.addr_spec, "Re: Ihre Einstellungen", "Pause 14 Tage"), reply.addr_spec)
    assert w.states()["p0@example.org"] == "paused"
    assert answers(w, smtp, w.at) == [], "there was one within the hour"
    later = w.at.replace("T07:00", "T08:01")
    [told] = answers(w, smtp, later)
    assert "macht Pause bis 7. Dezember 2026" in text_of(told)
    w.inbound(wish(leave, "abmelden"), leave)
    assert w.states()["p0@example.org"] == "unsubscribed"
    assert answers(w, smtp, later.replace("T08", "T12")) == [], "who leaves gets no mail"
    assert w.history("p0@example.org").count(("answer-mail", "mail")) == 2


def test_the_link_that_pauses_needs_no_subject(world, smtp):
    w = world(count=1)
    w.send()
    [mail] = smtp.mails
    pause = re.search(r"mailto:(unsubscribe\+p[^?\s]+)\?subject=", text_of(mail)).group(1)
    w.inbound(wish(pause, ""), pause)
    assert w.states() == {"p0@example.org": "paused"}
    w.inbound(wish(pause, "weiter"), pause)
    assert w.states() == {"p0@example.org": "active"}
    for subject, kind in (("", "other"), ("abmelden", "unsubscribe")):
        assert w.instance.json("-n", "inbound", "--recipient", pause,
                               stdin=wish(pause, subject))["kind"] == kind


def test_a_mail_without_a_token_gets_the_links_once_a_day(world, smtp):
    w = world(count=2)
    w.send()

    def write(subject, sender="p0@example.org", name="1", more=""):
        w.inbound(f"From: {sender}\nTo: redaktion@news.example.org\nSubject: {subject}\n"
                  f"Message-ID: <{name}@example.org>\n{more}\n\n".encode())

    write("abmelden")
    write("pause 14 Tage", name="2")
    write("abmelden", sender="fremd@example.org")
    write("abmelden", sender="p1@example.org", more="Auto-Submitted: auto-generated\n")
    write("Eine Frage zum Hafen", sender="p1@example.org")
    assert set(w.states().values()) == {"active"}, "a From is nobody"
    [told] = answers(w, smtp, w.at)
    assert told.recipient == "p0@example.org"
    leave = re.search(r"unsubscribe\+u\S+", text_of(told)).group()
    write("abmelden", name="3")
    assert answers(w, smtp, w.at.replace("T07", "T20")) == [], "one a day"
    w.inbound(wish(leave, "egal"), leave)
    assert w.states()["p0@example.org"] == "unsubscribed"


def test_who_left_one_newsletter_gets_the_links_of_the_other(world, smtp):
    w = world(count=1, newsletter="""}, { name = "abend"; title = "Der Abend";
        from = "abend@news.example.org"; language = "en"; hour = "18:00"; """)
    w.instance.run("subscriber", "add", "p0@example.org", "--newsletter", "abend", at=w.instance.NOW)
    w.send()
    [mail] = [mail for mail in smtp.mails if b"abend@news" in mail.data]
    leave = re.search(r"<mailto:([^>?]+)", servers.parse(mail.data)["List-Unsubscribe"]).group(1)
    w.inbound(wish(leave, "unsubscribe"), leave)
    w.inbound(b"From: p0@example.org\nTo: unsubscribe@news.example.org\nSubject: ?\n"
              b"Message-ID: <7@example.org>\n\nAll of them, please.\n")
    [told] = answers(w, smtp, w.at)
    assert "Der Morgen" in text_of(told) and "Der Abend" not in text_of(told)


def test_a_relay_that_is_away_gets_the_answer_later(world, smtp):
    w = world(count=1)
    w.send()
    leave = re.search(r"<mailto:([^>?]+)",
                      servers.parse(smtp.mails[0].data)["List-Unsubscribe"]).group(1)
    w.inbound(wish(leave, "Hilfe"), leave)
    smtp.say("MAIL", None, "451 4.3.0 not now")
    assert answers(w, smtp, w.at) == []
    smtp.obey()
    assert len(answers(w, smtp, w.at.replace("T07:00", "T07:30"))) == 1


def test_a_complaint_is_known_by_its_message_id_alone(world, smtp):
    w = world()
    w.send()
    ids = {mail.recipient: servers.parse(mail.data)["Message-ID"] for mail in smtp.mails}

    def redacted(message_id):
        return complaint("abuse", f"From: redaktion@news.example.org\nTo: redacted\n"
                         f"Message-ID: {message_id}\nSubject: x\n\nredacted\n".encode())

    hash_of = re.search(r"\.(\w+)@", ids["p0@example.org"]).group(1)
    for wrong in ["<i1.x@news.example.org>", "<i99.%s@news.example.org>" % hash_of,
                  "<i1.%s@news.example.org>" % hash_of[::-1], "<i1>", "i1.@", "<@>"]:
        w.inbound(redacted(wrong))
    assert set(w.states().values()) == {"active"}
    w.inbound(redacted(ids["p1@example.org"]))
    assert w.states() == {"p0@example.org": "active", "p1@example.org": "unsubscribed",
                          "p2@example.org": "active"}


def test_a_report_counts_by_newsletter_and_time(world, smtp):
    w = world(count=5)
    senders = w.send()
    mails = {mail.recipient: mail.data for mail in smtp.mails}
    w.bounce(senders["p0@example.org"], "p0@example.org")
    w.bounce(senders["p1@example.org"], "p1@example.org", "5.2.2", "552 5.2.2 full")
    w.inbound(complaint("abuse", mails["p2@example.org"]))
    leave = re.search(r"<mailto:([^>?]+)",
                      servers.parse(mails["p3@example.org"])["List-Unsubscribe"]).group(1)
    w.inbound(wish(leave, "abmelden"), leave)
    for verb in ("add", "remove"):
        w.instance.run("subscriber", verb, "short@example.org", at=w.at)
    w.bounce(w.send()["p0@example.org"], "p0@example.org")
    first, second = w.instance.json("report", at=w.at)
    none = dict.fromkeys(["refused_by_policy", "broken_relay", "unjudged"], 0)
    assert first == {"newsletter": "morgen", "from": "2026-11-23", "joined": 6, "left": 2,
                     "complaints": 1, "suspended": 0, "dead_addresses": 1, "full_mailboxes": 1,
                     **none}
    assert second == {"newsletter": "morgen", "from": "2026-11-24", "joined": 0, "left": 0,
                      "complaints": 0, "suspended": 1, "dead_addresses": 1, "full_mailboxes": 0,
                      **none}
    [month] = w.instance.json("report", "--by", "month", "--newsletter", "morgen", at=w.at)
    assert month["from"] == "2026-11-01" and month["dead_addresses"] == 2
    [today] = w.instance.json("report", "--days", "1", "--by", "week", at=w.at)
    assert today["from"] == "2026-11-23" and today["joined"] == 0
    assert b"COMPLAINTS" in w.instance.run("report", at=w.at).stdout
    assert w.instance.json("report", at="2027-11-24T07:00:00Z") == []
    w.instance.run("report", "--by", "year", status=64)
    w.instance.run("report", "--newsletter", "abend", status=64)


@pytest.mark.parametrize("names", ["ORIGINAL_RECIPIENT", "RECIPIENT",
                                   "LOCAL_PART LOCAL_PART_SUFFIX DOMAIN", "LOCAL EXTENSION DOMAIN"])
def test_mail_servers_say_for_whom_it_is(world, smtp, names):
    w = world(count=1)
    w.send()
    address = re.search(r"<mailto:([^>?]+)",
                        servers.parse(smtp.mails[0].data)["List-Unsubscribe"]).group(1)
    local, domain = address.split("@")
    base, token = local.split("+")
    values = {1: [address], 3: [base, ("+" if "SUFFIX" in names else "") + token, domain]}
    env = dict(zip(names.split(), values[len(names.split())]))
    w.instance.run("inbound", stdin=b"Subject: bye\n\n", env=env)
    assert w.states() == {"p0@example.org": "unsubscribed"}


def test_with_a_backup_nobody_is_asked_or_answered(world, smtp, tmp_path):
    w = world(count=1, newsletter="sign_up = true;", more='base_url = "https://news.example.org"; '
                  'web = { privacy = "https://news.example.org/privacy"; };')
    w.send()
    leave = re.search(r"<mailto:([^>?]+)",
                      servers.parse(smtp.mails[0].data)["List-Unsubscribe"]).group(1)
    w.inbound(wish(leave, "Hilfe"), leave)
    w.inbound(b"From: Neu <neu@example.org>\nTo: unsubscribe@news.example.org\n"
              b"Subject: Anmelden\nMessage-ID: <1@example.org>\n\n")
    w.instance.run("db", "backup", str(tmp_path / "backup.db"))
    smtp.mails.clear()
    w.instance.run("run", at=w.at)
    asked = sorted(smtp.recipients())
    assert asked == ["neu@example.org", "p0@example.org"]
    for path in w.instance.folder.glob("depesche.db*"):
        path.unlink()
    (tmp_path / "backup.db").rename(w.instance.folder / "depesche.db")
    w.instance.run("run", at=w.at, status=78)
    assert sorted(smtp.recipients()) == asked, "nobody twice"
    w.instance.run("db", "adopt", at=w.at)
    w.instance.run("run", at=w.at)
    assert sorted(smtp.recipients()) == sorted(2 * asked), "the operator wanted it so"


def test_signing_up_by_mail_and_confirming_by_an_answer(world, smtp):
    w = world(count=1, newsletter="sign_up = true;", more='base_url = "https://news.example.org"; '
                  'web = { privacy = "https://news.example.org/privacy"; };')
    w.send()
    w.inbound(b"From: Neu <neu@example.org>\nTo: unsubscribe@news.example.org\n"
              b"Subject: Anmelden\nMessage-ID: <1@example.org>\n\n")
    w.inbound(b"From: news@liste.example\nTo: unsubscribe@news.example.org\nSubject: subscribe\n"
              b"List-Id: <liste.example>\n\n")
    assert w.states()["neu@example.org"] == "pending"
    assert "news@liste.example" not in w.states()
    smtp.mails.clear()
    w.instance.run("run", at=w.at)
    [mail] = [mail for mail in smtp.mails if mail.recipient == "neu@example.org"]
    [answer] = servers.parse(mail.data)["Reply-To"].addresses
    assert answer.addr_spec.startswith("unsubscribe+c")
    assert "Oder antworten Sie auf diese Mail" in text_of(mail)
    w.inbound(f"From: neu@example.org\nTo: {answer.addr_spec}\nSubject: Automatic reply: x\n"
              f"Auto-Submitted: auto-replied\n\nAway.\n".encode())
    assert w.states()["neu@example.org"] == "pending"
    for number, no in enumerate([
            "Nein, das war ich nicht!", "Who are you?", "abmelden", "Bonjour,\n\nNon merci",
            "Guten Tag\nich habe das nicht bestellt", "Danke für die Mail.\nBitte nicht"]):
        w.inbound(f"From: neu@example.org\nTo: {answer.addr_spec}\nSubject: Re: x\n"
                  f"Message-ID: <no{number}@example.org>\n\n{no}\n".encode())
        assert w.states()["neu@example.org"] == "pending"
    smtp.mails.clear()
    w.instance.run("run", at="2026-11-27T06:00:00Z")
    assert "neu@example.org" not in [mail.recipient for mail in smtp.mails], "no reminder"
    w.inbound(b"", answer.addr_spec)
    w.inbound(report("neu@example.org", "5.1.1", "550 no", answer.addr_spec, "1")
              .replace(b"Auto-Submitted: auto-replied\n", b""), answer.addr_spec)
    assert w.states()["neu@example.org"] == "pending", "neither is a yes"
    w.inbound(f"From: other@example.net\nTo: {answer.addr_spec}\nSubject: Re: x\n\n"
              f"Hiermit bestätige ich.\n\nAm 23.11.2026 schrieb Redaktion:\n"
              f"> Das waren Sie nicht?\nDann tun Sie nichts.\n".encode())
    assert w.states()["neu@example.org"] == "active"
    for sender, state in [("other@example.net", "active"), ("neu@example.org", "unsubscribed")]:
        w.inbound(f"From: {sender}\nTo: {answer.addr_spec}\nSubject: Re: x\n"
                  f"Message-ID: <late.{sender}>\n\nabmelden\n".encode())
        assert w.states()["neu@example.org"] == state, "a late answer is the reader's own"


def test_a_no_to_an_old_question_settles_no_new_one(world, smtp):
    """To a sign-up that was confirmed, while another address is asked whether it is the reader's."""
    w = world(count=1, newsletter="sign_up = true;", more='base_url = "https://news.example.org"; '
                  'web = { privacy = "https://news.example.org/privacy"; };')
    w.send()
    w.inbound(b"From: neu@example.org\nTo: unsubscribe@news.example.org\nSubject: Anmelden\n\n")
    smtp.mails.clear()
    w.instance.run("run", at=w.at)
    [mail] = [mail for mail in smtp.mails if mail.recipient == "neu@example.org"]
    [answer] = servers.parse(mail.data)["Reply-To"].addresses
    w.inbound(f"From: neu@example.org\nTo: {answer.addr_spec}\nSubject: Re: x\n\nJa\n".encode())
    w.send()
    [mail] = [mail for mail in smtp.mails if mail.recipient == "neu@example.org"]
    w.instance.now = w.at
    pages = Pages(w.instance)
    pages.post(unsubscribe_path(mail).replace("/u/", "/p/"), {"action": "address", "email": "new@example.org"})
    pages.close()
    w.inbound(f"From: neu@example.org\nTo: {answer.addr_spec}\nSubject: Re: x\n"
              f"Message-ID: <late@example.org>\n\nNein\n".encode())
    w.day += 3
    w.send()
    assert [mail.recipient for mail in smtp.mails].count("new@example.org") == 1, \
        "asked now, or reminded if the server had still asked"
