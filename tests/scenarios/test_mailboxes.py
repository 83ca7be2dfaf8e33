"""Mail that waits in a mailbox: each message has its effect once, and then it is gone."""

import os
import pwd
import random
import re
import shutil
import subprocess

import pytest

import servers
from dovecot import Dovecot, is_installed
from instance import BINARY, SOURCE
from mta import open_for_others
from test_inbound import BOUNCE, World, report

LETTER = b"From: anna@leser.example\nTo: bounce@news.example.org\nSubject: Hallo\n\nGuten Tag.\n"


@pytest.fixture
def dovecot(tmp_path_factory):
    if os.geteuid() != 0:
        pytest.skip("Dovecot's master has to be started by root")
    assert is_installed(), "contrib/check installs it"
    server = Dovecot(tmp_path_factory.mktemp("dovecot"))
    yield server
    server.close()


def unsubscribe_addresses(smtp):
    return {mail.recipient: re.search(
        r"<mailto:([^>?]+)", servers.parse(mail.data)["List-Unsubscribe"]).group(1)
        for mail in smtp.mails}


def unsubscribing(address, number):
    return (f"From: x@example.net\nTo: {address}\nSubject: bye\n"
            f"Message-ID: <{number}@example.net>\n\n").encode()


def test_a_maildir_is_emptied(mailing, smtp, http):
    w = World(mailing, smtp, http, inbound=BOUNCE + 'mailboxes = ( { url = "maildir:in"; } );')
    box = w.instance.folder / "in"
    for name in ("new", "cur", "tmp"):
        (box / name).mkdir(parents=True)
    senders = w.send()
    (box / "new" / "1.a").write_bytes(report("p0@example.org", "5.1.1", "550 5.1.1 no",
                                             senders["p0@example.org"], "1"))
    (box / "new" / "2.a").write_bytes(LETTER)
    (box / "new" / "3.a").write_bytes(unsubscribing(unsubscribe_addresses(smtp)["p1@example.org"], 3))
    (box / "new" / "3.b").write_bytes(LETTER.replace(b"anna@leser.example", b"p2@example.org")
                                      .replace(b"Hallo", b"abmelden"))
    w.instance.run("-n", "inbound", "poll")
    assert len(list((box / "new").iterdir())) == 4
    w.instance.run("inbound", "poll", at=w.at)
    assert sorted(path.name for path in (box / "new").iterdir()) == ["2.a", "3.b"], \
        "who is only sent their links may have meant more"
    assert sorted(path.name for path in (box / "cur").iterdir()) == ["1.a:2,S", "3.a:2,S"]
    assert w.states()["p1@example.org"] == "unsubscribed"
    (box / "new" / "4.a").write_bytes(report("p0@example.org", "5.1.1", "550 5.1.1 no",
                                             senders["p0@example.org"], "4"))
    w.send()  # a run polls, too
    assert w.states()["p0@example.org"] == "suspended"


def test_a_mail_that_has_to_wait_stops_no_run(mailing, smtp, http):
    """Its answer is to a mail that another database sent."""
    w = World(mailing, smtp, http, inbound=BOUNCE + 'mailboxes = ( { url = "maildir:in"; } );')
    box = w.instance.folder / "in" / "new"
    box.mkdir(parents=True)
    w.send()
    leave = unsubscribe_addresses(smtp)
    for path in w.instance.folder.glob("depesche.db*"):
        path.unlink()
    for number, person in enumerate(["p0@example.org", "p1@example.org"]):
        (box / f"{number}.a").write_bytes(unsubscribing(leave[person], number))
    said = w.instance.run("inbound", "poll", at=w.at).stderr
    assert said.count(b"left for later: ") == 2 and b"0 messages taken in, 2 left" in said
    w.send()
    assert len(smtp.mails) == 3
    w.instance.run("inbound", "poll", at=w.at)
    assert list(box.iterdir()) == [], "they were kept until somebody knew that they mean nobody"


def test_a_letter_that_stays_is_answered_once(mailing, smtp, http):
    """Longer than messages are remembered that are not there any more."""
    w = World(mailing, smtp, http, inbound=BOUNCE + 'mailboxes = ( { url = "maildir:in"; } );')
    letter = w.instance.folder / "in" / "new" / "1.a"
    letter.parent.mkdir(parents=True)
    w.send()
    letter.write_bytes(LETTER.replace(b"anna@leser.example", b"p2@example.org").replace(b"Hallo", b"abmelden"))
    answers = []
    for _ in range(7):
        w.send()
        answers += [mail.recipient for mail in smtp.mails if mail.sender == ""]
        w.day += 19
    assert letter.exists() and answers == ["p2@example.org"]


@pytest.mark.parametrize("scheme", ["imap", "pop3s"])
def test_a_mailbox_is_emptied(mailing, smtp, http, dovecot, scheme):
    w = World(mailing, smtp, http, count=6,
              inbound=BOUNCE + f"mailboxes = ( {dovecot.settings(scheme)} );")
    senders = w.send()
    leave = unsubscribe_addresses(smtp)
    dovecot.deliver(LETTER)
    for i in range(3):
        recipient = f"p{i}@example.org"
        dovecot.deliver(unsubscribing(leave[recipient], i))
        dovecot.deliver(report(f"p{i + 3}@example.org", "5.1.1", "550 5.1.1 no",
                               senders[f"p{i + 3}@example.org"], str(i)))
    dovecot.deliver(LETTER.replace(b"Guten Tag", b"x" * 600000))
    w.instance.run("inbound", "poll", at=w.at)
    assert len(dovecot.messages()) == 2, "letters of people stay"
    assert [w.states()[f"p{i}@example.org"] for i in range(4)] == ["unsubscribed"] * 3 + ["active"]
    assert all(("bounce", "mail") in w.history(f"p{i}@example.org") for i in range(3, 6))
    w.instance.run("inbound", "poll", at=w.at)
    assert len(dovecot.messages()) == 2


def test_what_lies_behind_hundreds_of_letters_is_found(mailing, smtp, http, dovecot):
    """A mailbox is listed in pages of 500: what stays there must not hide the rest."""
    w = World(mailing, smtp, http, count=2,
              inbound=BOUNCE + f"mailboxes = ( {dovecot.settings('imaps')} );")
    w.send()
    leave = unsubscribe_addresses(smtp)
    letters = [LETTER.replace(b"Guten Tag", b"%d" % i) for i in range(598)]
    dovecot.deliver(unsubscribing(leave["p0@example.org"], 0), *letters,
                    unsubscribing(leave["p1@example.org"], 1))
    last = max(dovecot.messages(), key=lambda path: path.name)  # marked by whoever died before its end
    last.rename(dovecot.mail / "cur" / f"{last.name}:2,ST")
    said = w.instance.run("inbound", "poll", at=w.at).stderr
    assert b"2 messages taken in, 598 left" in said
    assert set(w.states().values()) == {"unsubscribed"}
    assert len(dovecot.messages()) == 598


def test_killed_while_polling(mailing, smtp, http, dovecot):
    count = 15
    w = World(mailing, smtp, http, count=count,
              inbound=BOUNCE + f"mailboxes = ( {dovecot.settings('imaps')} );")
    senders = w.send()
    for i in range(count):
        dovecot.deliver(report(f"p{i}@example.org", "5.2.2", "552 5.2.2 full",
                               senders[f"p{i}@example.org"], str(i)))
    chance = random.Random(17)
    kills = 0
    for _ in range(10):  # some too early and some too late, on any machine
        kills += w.instance.kill_after(chance.uniform(0.02, 0.6), "inbound", "poll")
    w.instance.run("inbound", "poll", at=w.at)
    assert kills > 0 and dovecot.messages() == []
    for i in range(count):
        assert w.history(f"p{i}@example.org").count(("bounce", "mail")) == 1


def test_what_is_only_marked_as_deleted_goes(mailing, smtp, http, dovecot):
    """As somebody leaves it who dies between the mark and the end."""
    w = World(mailing, smtp, http, count=1,
              inbound=BOUNCE + f"mailboxes = ( {dovecot.settings('imap')} );")
    senders = w.send()
    dovecot.deliver(report("p0@example.org", "5.2.2", "552 5.2.2 full", senders["p0@example.org"], "0"))
    [message] = dovecot.messages()
    message.rename(message.parent.parent / "cur" / f"{message.name}:2,ST")
    w.instance.run("inbound", "poll", at=w.at)
    assert dovecot.messages() == []
    assert w.history("p0@example.org").count(("bounce", "mail")) == 1


def test_a_mailbox_that_cannot_be_read_does_not_stop_a_run(mailing, smtp, http):
    w = World(mailing, smtp, http,
              inbound=BOUNCE + 'mailboxes = ( { url = "imap://127.0.0.1:1/INBOX"; tls = "none"; } );')
    assert len(w.send()) == 3
    done = w.instance.run("inbound", "poll", status=75)
    assert b"mailbox imap://127.0.0.1:1/INBOX" in done.stderr


def test_dovecot_hands_mail_over(mailing, smtp, http, tmp_path):
    """contrib/mta/dovecot.sieve, with the settings and the program that stand in it, where Dovecot delivers."""
    if os.geteuid() != 0:
        pytest.skip("Dovecot delivers here as somebody else")
    assert is_installed(), "contrib/check installs it"
    w = World(mailing, smtp, http)
    w.send()
    leave = unsubscribe_addresses(smtp)["p1@example.org"]
    script = shutil.copy(SOURCE / "contrib/mta/dovecot.sieve", tmp_path)
    program = shutil.copy(BINARY, tmp_path)
    text = (SOURCE / "contrib/mta/dovecot.sieve").read_text()
    said = "".join(line[4:] + "\n" for line in text.splitlines() if line.startswith("#   "))
    plugin, pipe = said.split("}\n", 1)
    pipes = tmp_path / "pipes"
    pipes.mkdir()
    (pipes / "depesche-inbound").write_text(pipe.replace(
        "/usr/bin/depesche -c /etc/depesche", f"{program} -c {w.instance.folder}"))
    (pipes / "depesche-inbound").chmod(0o755)
    config = tmp_path / "dovecot.conf"
    config.write_text(f"""
ssl = no
log_path = {tmp_path}/log
base_dir = {tmp_path}
mail_location = maildir:{tmp_path}/mail
first_valid_uid = 1
protocol lda {{
  mail_plugins = sieve
  postmaster_address = postmaster@news.example.org
}}
{plugin.replace("/usr/lib/dovecot/sieve-pipe", str(pipes))}  sieve = file:{script};active={tmp_path}/active.sieve
}}
""")
    nobody = pwd.getpwnam("nobody")
    for path in [tmp_path, *tmp_path.rglob("*")]:
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    open_for_others(tmp_path)

    def deliver(message, recipient):
        done = subprocess.run(["/usr/lib/dovecot/dovecot-lda", "-c", config, "-f", "x@example.net",
                               "-a", recipient], input=message, capture_output=True, cwd=tmp_path,
                              user="nobody", group="nogroup", extra_groups=[],
                              env={**os.environ, "USER": "nobody", "HOME": str(tmp_path)})
        assert done.returncode == 0, (done.stderr, (tmp_path / "log").read_text())

    deliver(unsubscribing("undisclosed@example.org", 1), leave)
    assert w.states() == {"p0@example.org": "active", "p1@example.org": "unsubscribed",
                          "p2@example.org": "active"}, (tmp_path / "log").read_text()
    deliver(LETTER, "redaktion@news.example.org")
    assert len(list((tmp_path / "mail" / "new").iterdir())) == 1, "the rest is kept"
