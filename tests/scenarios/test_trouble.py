"""Trouble of the kinds that only come together: two relays, two processes, a policy and a list. Nobody
gets a mail twice for it, and nobody is kept from theirs."""

import collections
import os
import signal
import socket
import sqlite3
import subprocess
import threading
import time

import pytest

import servers
from conftest import plain_relay
from instance import BINARY, item, people


def wait_for(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)


def twice(smtp):
    return {who: n for who, n in collections.Counter(smtp.recipients()).items() if n > 1}


def states(instance, *words):
    return collections.Counter(each["state"]
                               for each in instance.json("delivery", "list", "--limit", "0", *words))


def test_an_uncertain_mail_is_not_sent_again_with_each_run_for_ever(mailing, smtp):
    instance = mailing([item(1)], people=people(4))
    smtp.say("DOT", "p2@example.org", "swallow")
    instance.run("run", status=None)
    for i in range(1, 13):
        instance.run("send", status=None, at=f"2026-11-23T07:{i * 4:02}:00Z")
    assert collections.Counter(smtp.recipients())["p2@example.org"] <= 3


def test_a_damaged_person_makes_nobody_else_get_it_twice(mailing, slow):
    instance = mailing([item(1)], people=people(300), relay=plain_relay(slow))
    slow.say("CONNECT", None, "554 go away")
    instance.run("run", status=None, at="2026-11-23T06:59:00Z")
    slow.obey()
    with sqlite3.connect(instance.folder / "depesche.db") as db:
        ids = [row[0] for row in db.execute("SELECT id FROM subscriber ORDER BY id")]
        db.execute("UPDATE subscriber SET address = 'no address' WHERE id = ?", (ids[150],))
    outs = []
    # no roster now: it would mend the row
    for i in range(4):
        outs.append(instance.run("send", status=None, at=f"2026-11-23T07:{i * 10:02}:00Z"))
    assert not twice(slow)
    assert len(slow.mails) == 299


def test_an_older_issue_that_cannot_be_opened_makes_nobody_get_the_new_one_twice(mailing, slow, http):
    from instance import rss
    instance = mailing([item(1)], people=people(60), relay=plain_relay(slow))
    instance.run("run", at="2026-11-23T07:00:00Z")
    first = list(slow.mails)
    with sqlite3.connect(instance.folder / "depesche.db") as db:
        db.execute("UPDATE issue SET state = 0, finished_at = 0")
        db.execute("UPDATE work SET state = 0, next_at = 0")
        db.execute("DELETE FROM delivery WHERE subscription_id > 3")
        db.execute("PRAGMA foreign_keys = OFF")
        db.execute("UPDATE snapshot SET body = 'x' WHERE hash IN (SELECT settings_hash FROM issue)")
    slow.mails.clear()
    http.documents["/feed.xml"] = rss("Hafenblatt", [item(2, pubDate="Tue, 24 Nov 2026 05:00:00 +0100")])
    config = instance.folder / "depesche.conf"
    config.write_text(config.read_text().replace("Der Morgenüberblick", "Der neue Morgen"))
    outs = []
    for i in range(4):
        outs.append(instance.run("run" if i == 0 else "send", status=None,
                                 at=f"2026-11-24T07:{i * 10:02}:00Z"))
    assert not twice(slow)


def test_another_writer_that_takes_its_time_makes_no_mail_uncertain(mailing, slow):
    instance = mailing([item(1)], people=people(60), relay=plain_relay(slow))
    process = subprocess.Popen(instance.command("run"), stderr=subprocess.PIPE)
    wait_for(lambda: len(slow.mails) > 5)
    db = sqlite3.connect(instance.folder / "depesche.db", isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    time.sleep(7)
    db.execute("ROLLBACK")
    db.close()
    _, err = process.communicate(timeout=60)
    for i in range(3):
        instance.run("send", status=None, at=f"2026-11-23T07:{10 + i * 10}:00Z")
    assert not twice(slow)
    assert len(slow.mails) == 60


def test_a_terminal_that_closes_makes_no_mail_uncertain(mailing, slow):
    instance = mailing([item(1)], people=people(40), relay=plain_relay(slow))
    process = instance.start("run")
    wait_for(lambda: len(slow.mails) > 5)
    process.send_signal(signal.SIGHUP)
    process.wait(30)
    time.sleep(1)
    instance.run("send", status=None, at="2026-11-23T07:10:00Z")
    assert not twice(slow)


class Closing(servers.Smtp):
    """Says goodbye, or nothing, right behind its EHLO reply."""

    def __init__(self, behind):
        super().__init__()
        outer = self

        class Handler(servers.socketserver.StreamRequestHandler):
            def handle(self):
                outer.connections += 1
                try:
                    self.wfile.write(b"220 ready\r\n")
                    self.rfile.readline()
                    self.wfile.write(b"250-test\r\n250 PIPELINING\r\n" + behind)
                    if behind == b"":
                        self.request.shutdown(socket.SHUT_WR)
                except OSError:
                    pass

        self.server.RequestHandlerClass = Handler


@pytest.mark.parametrize("behind", [b"", b"421 4.3.2 too many connections\r\n"], ids=["EOF", "421"])
def test_a_server_that_closes_behind_ehlo_ends_the_run(mailing, behind):
    server = Closing(behind)
    instance = mailing([item(1)], people=people(20), relay=plain_relay(server))
    process = subprocess.Popen(instance.command("run"), stderr=subprocess.PIPE)
    try:
        _, err = process.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        _, err = process.communicate()
        assert False, server.connections
    finally:
        server.close()
    assert server.connections < 100, server.connections
    assert process.returncode == 75


def two(a, b, more_a="", more_b=""):
    return (f'url = "{a.url}"; tls = "none"; {more_a} }}, '
            f'{{ url = "{b.url}"; tls = "none"; {more_b}')


class Together(servers.Smtp):
    """Refuses every recipient because of us, but for each fourth, all answers of a round together."""

    def __init__(self, parties):
        super().__init__()
        self.barrier = threading.Barrier(parties)
        self.count = 0

    def order_for(self, phase, recipient):
        if phase == "RCPT":
            with self.lock:
                self.count += 1
                n = self.count
            try:
                self.barrier.wait(1)
            except threading.BrokenBarrierError:
                pass
            return "550 5.7.1 blocked" if n % 4 else "550 5.1.1 no such user"
        return super().order_for(phase, recipient)


def test_one_relay_that_blames_us_does_not_stop_the_other(mailing, smtp):
    bad = Together(12)
    instance = mailing([item(1)], people=people(200),
                       relay=two(bad, smtp, "connections = 12; weight = 12;", "connections = 1;"))
    done = instance.run("run", status=None)
    bad.close()
    assert b"sending stopped" not in done.stderr
    assert len(smtp.mails) > 100


class Silent(servers.Smtp):
    def order_for(self, phase, recipient):
        if phase == "MAIL":
            time.sleep(3600)
        return super().order_for(phase, recipient)


def test_a_relay_that_hangs_does_not_keep_the_other_from_sending(mailing, smtp):
    hanging = Silent()
    instance = mailing([item(1)], people=people(200),
                       relay=two(hanging, smtp, "timeout = 15; connections = 1;", "connections = 5;"))
    begun = time.monotonic()
    process = subprocess.Popen(instance.command("run"), stderr=subprocess.PIPE)
    time.sleep(10)
    sent = len(smtp.mails)
    _, err = process.communicate(timeout=200)
    hanging.close()
    assert sent >= 190


def test_a_relay_that_finds_us_too_fast_gets_less_and_goes_on(mailing, smtp):
    """It tells all connections before any of them can have slowed down: that is said once."""
    instance = mailing([item(1)], people=people(60), relay=plain_relay(smtp) + "connections = 10;")
    smtp.say("MAIL", None, "450 4.7.1 Error: too much mail", times=8)
    instance.run("run")
    assert len(smtp.mails) == 52
    instance.run("send", at="2026-11-23T07:10:00Z")
    assert smtp.recipients() == sorted(f"p{i}@example.org" for i in range(60))


def test_a_relay_that_goes_on_finding_us_too_fast_stops_the_run(mailing, smtp):
    instance = mailing([item(1)], people=people(60), relay=plain_relay(smtp) + "connections = 2;")
    smtp.say("MAIL", None, "450 4.7.1 Error: too much mail")
    done = instance.run("run", status=75)
    assert b"too much mail" in done.stderr and smtp.mails == []


def test_three_people_whose_servers_refuse_us_do_not_keep_the_mail_from_all_others(mailing, smtp):
    instance = mailing([item(1)], people=people(200), relay=plain_relay(smtp) + " connections = 1;",
                       newsletter="not_after_hours = 200;")
    for i in range(10, 13):
        smtp.say("RCPT", f"p{i}@example.org", f"554 5.7.1 <p{i}@example.org>: Recipient address "
                                              "rejected: Access denied")
    counts = []
    instance.run("run", status=None)
    counts.append(len(smtp.mails))
    for minutes in (10, 30, 65, 130, 260):
        instance.run("send", status=None,
                     at=f"2026-11-23T{7 + minutes // 60:02}:{minutes % 60:02}:00Z")
        counts.append(len(smtp.mails))
    assert counts[1] == 197, counts


def test_a_dry_run_waits_for_no_rate(mailing):
    instance = mailing([item(1)], people=people(6),
                       more='domains = ( { names = ["example.org"]; per_minute = 10; } );')
    begun = time.monotonic()
    instance.run("--dry-run", "run")
    assert time.monotonic() - begun < 10


def test_a_database_by_another_name_is_the_same_database(mailing, slow):
    instance = mailing([item(1)], people=people(60), relay=plain_relay(slow))
    instance.run("fetch")
    link = instance.folder / "other.db"
    link.symlink_to("depesche.db")
    process = instance.start("run")
    wait_for(lambda: len(slow.mails) > 5)
    config = instance.folder / "depesche.conf"
    other = instance.folder / "other.conf"
    other.write_text(config.read_text() + '\ndatabase = "sqlite:other.db";\n')
    other.chmod(0o600)
    command = instance.command("send")
    command[2] = str(other)
    done = subprocess.run(command, capture_output=True, timeout=60)
    process.wait(60)
    instance.run("send", status=None, at="2026-11-23T07:30:00Z")
    assert not twice(slow)


def test_retry_for_one_person_retries_for_nobody_else(mailing, smtp):
    instance = mailing([item(1)], people=people(6), more='on_uncertain = "hold";')
    for who in ("p1", "p4"):
        smtp.say("DOT", f"{who}@example.org", "swallow", times=1)
    instance.run("run", status=None)
    instance.run("send", status=None, at="2026-11-23T07:10:00Z")
    assert states(instance)["held"] == 2
    instance.run("send", "--retry", "--only", "p1@example.org", status=None, at="2026-11-23T07:20:00Z")
    instance.run("send", status=None, at="2026-11-23T07:30:00Z")
    assert twice(smtp).keys() == {"p1@example.org"}


def test_nothing_waits_in_a_cancelled_issue(mailing, slow):
    instance = mailing([item(1)], people=people(30), relay=plain_relay(slow) + " connections = 2;")
    slow.seconds = 3
    slow.say("DOT", None, "451 4.2.1 later")
    process = instance.start("run")
    wait_for(lambda: sum(c.startswith("DATA") for c in slow.commands) > 1)
    time.sleep(1)
    instance.run("issue", "cancel", "1")
    process.wait(30)
    instance.run("send", status=None, at="2026-11-23T09:30:00Z")
    assert not states(instance)["deferred"]


def test_the_log_says_when_it_gives_up(mailing, smtp):
    instance = mailing([item(1)], people=people(1), newsletter="not_after_hours = 1;")
    smtp.say("RCPT", None, "451 4.2.1 later")
    done = instance.run("run", status=None)
    for minute in (6, 25, 55):
        done = instance.run("send", status=None, at=f"2026-11-23T07:{minute:02}:00Z")
    assert not (b": deferred (" in done.stderr and states(instance)["dropped"])


def test_what_needs_no_mail_is_recorded_bit_by_bit(mailing, smtp):
    """However many have left before their second try: neither memory nor a commit grows with them."""
    instance = mailing([item(1)], people=people(700))
    smtp.say("RCPT", None, "451 4.2.1 later")
    instance.run("run", status=None)
    assert states(instance) == {"deferred": 700}
    with sqlite3.connect(instance.folder / "depesche.db") as db:
        db.execute("UPDATE subscription SET removed = 1")
        db.execute("CREATE TRIGGER trouble BEFORE UPDATE ON delivery WHEN NEW.subscription_id = "
                   "(SELECT MAX(subscription_id) FROM delivery) BEGIN SELECT RAISE(ABORT, 'no'); END")
    instance.run("send", status=None, at="2026-11-23T09:30:00Z")
    assert states(instance)["dropped"] > 400, "what came before the trouble"
