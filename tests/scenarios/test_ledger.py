"""What the ledger keeps, and what an operator can do with it: also while a sending is under way."""

import collections
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import time

import pytest

import servers
from conftest import plain_relay
from instance import item, people, rss


def states(instance, *words):
    return collections.Counter(each["state"]
                               for each in instance.json("delivery", "list", "--limit", "0", *words))


def wait_for(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)


def test_details_are_let_go_and_who_got_it_stays_known(mailing, smtp):
    instance = mailing([item(1)], people=people(30), more="details_days = 2;")
    smtp.say("RCPT", "p3@example.org", "550 5.1.1 nobody here")
    instance.run("run")
    before = instance.json("delivery", "list", "--limit", "0")
    assert {each["note"] for each in before if each["state"] == "sent"} == {"taken"}
    instance.run("run", at="2026-11-25T04:00:00Z")  # not yet two days
    with sqlite3.connect(instance.folder / "depesche.db") as db:
        assert db.execute("SELECT COUNT(*) FROM delivery").fetchone() == (30,)
    instance.run("send", at="2026-11-25T08:00:00Z")
    with sqlite3.connect(instance.folder / "depesche.db") as db:
        assert db.execute("SELECT COUNT(*) FROM delivery").fetchone() == (1,), "what went wrong"
        [(size, count)] = db.execute("SELECT LENGTH(sent), sent_count FROM work").fetchall()
        assert (size, count) == (512, 29)
    after = instance.json("delivery", "list", "--limit", "0")
    assert ({(each["address"], each["state"]) for each in after} ==
            {(each["address"], each["state"]) for each in before})
    assert len(instance.json("delivery", "list", "--limit", "7")) == 7
    assert instance.json("issue", "show", "1")["deliveries"]["sent"] == 29
    shown = instance.json("delivery", "show", "1", "p4@example.org")
    assert shown["state"] == "sent"
    [mail] = [each for each in smtp.mails if each.recipient == "p4@example.org"]
    assert f"<{shown['message_id']}>" in mail.data.decode()
    instance.run("send", "--retry", at="2026-11-25T09:00:00Z")
    assert len(smtp.mails) == 29, "nobody twice"


def test_deliveries_by_domain_issue_and_address(mailing, smtp):
    instance = mailing([item(1)], people=people(3) + ",\n" + people(2, domain="Other.Example"))
    smtp.say("RCPT", "p1@example.org", "451 4.2.1 full, come again")
    instance.run("run")
    assert states(instance, "--domain", "other.example") == {"sent": 2}
    assert states(instance, "--domain", "OTHER.example") == {"sent": 2}
    assert states(instance, "--domain", "ther.example") == {}
    assert states(instance, "--domain", "%") == {}
    assert states(instance, "--state", "deferred", "--domain", "example.org") == {"deferred": 1}
    assert states(instance, "--issue", "1") == {"sent": 4, "deferred": 1}
    shown = instance.json("delivery", "show", "1", "p1@example.org")
    assert (shown["code"], shown["status"], shown["note"]) == (451, "4.2.1", "full, come again")
    assert shown["next"] == "2026-11-23T07:05:00Z"
    instance.run("delivery", "show", "1", "stranger@example.org", status=65)
    instance.run("delivery", "show", "9", "p1@example.org", status=65)


@pytest.mark.parametrize("verb", ["pause", "cancel"])
def test_an_issue_is_stopped_while_it_is_sent(mailing, slow, verb):
    instance = mailing([item(1)], people=people(600), relay=plain_relay(slow))
    process = instance.start("run")
    wait_for(lambda: len(slow.mails) >= 10)
    instance.run("issue", verb, "1")
    told = len(slow.mails)
    assert process.wait(20) == 0
    # Five connections take a mail in 50 ms: within a second that is a hundred at the most.
    assert len(slow.mails) <= told + 100, "it took more than a second"
    assert states(instance) == {"sent": len(slow.mails)}
    [issue] = instance.json("issue", "list")
    assert issue["state"] == {"pause": "paused", "cancel": "cancelled"}[verb]
    instance.run("run", at="2026-11-23T07:10:00Z")
    assert len(slow.mails) <= told + 100, "and stays so"
    if verb == "cancel":
        instance.run("issue", "resume", "1", status=65)
        return
    instance.run("issue", "resume", "1")
    instance.run("send", at="2026-11-23T07:20:00Z")
    assert len(slow.mails) == 600 and len(set(slow.recipients())) == 600
    [issue] = instance.json("issue", "list")
    assert issue["state"] == "finished"


def test_a_paused_issue_does_not_wait_for_its_rate(mailing, smtp):
    instance = mailing([item(1)], people=people(30), relay=plain_relay(smtp) + "per_minute = 3;")
    process = instance.start("run")
    wait_for(lambda: len(smtp.mails) >= 1)
    instance.run("issue", "pause", "1")
    assert process.wait(20) == 0, "the letters that wait for the rate are called back"
    assert states(instance) == {"sent": len(smtp.mails)} and len(smtp.mails) < 5


def test_a_cancelled_issue_drops_what_waits(mailing, smtp):
    instance = mailing([item(1)], people=people(4))
    smtp.say("RCPT", "p1@example.org", "450 4.2.0 later")
    instance.run("run")
    instance.run("issue", "cancel", "1")
    assert states(instance) == {"sent": 3, "dropped": 1}
    smtp.obey()
    instance.run("send", at="2026-11-23T12:00:00Z")
    assert len(smtp.mails) == 3


def test_an_issue_that_is_too_old_is_not_sent(mailing, smtp):
    instance = mailing([item(1)], people=people(4), newsletter="not_after_hours = 5;")
    smtp.say("CONNECT", None, "554 5.3.2 closed for repair")
    instance.run("run", status=75)
    smtp.obey()
    done = instance.run("send", at="2026-11-23T12:00:01Z")
    assert b"too old" in done.stderr and smtp.mails == []
    [issue] = instance.json("issue", "list")
    assert issue["state"] == "cancelled"


def test_a_deferred_mail_is_not_tried_beyond_the_end_of_its_issue(mailing, smtp):
    instance = mailing([item(1)], people=people(1), newsletter="not_after_hours = 1;")
    smtp.say("RCPT", None, "450 4.2.0 later")
    instance.run("run")
    for minutes in (6, 22, 53):
        instance.run("run", at=f"2026-11-23T07:{minutes:02d}:00Z", status=None)
    [record] = instance.json("delivery", "list")
    assert record["state"] == "dropped"


def test_a_restored_backup_sends_nothing_until_it_is_adopted(mailing, smtp):
    instance = mailing([item(1)], people=people(5))
    smtp.say("CONNECT", None, "554 5.3.2 closed")
    instance.run("run", status=75)  # composed, not sent
    smtp.obey()
    shutil.copy(instance.folder / "depesche.db", instance.folder / "backup.db")
    instance.run("send", at="2026-11-23T08:00:00Z")
    assert len(smtp.mails) == 5
    shutil.copy(instance.folder / "backup.db", instance.folder / "depesche.db")
    done = instance.run("send", at="2026-11-23T09:00:00Z", status=78)
    assert b"db adopt" in done.stderr and b"backup" in done.stderr
    instance.run("-n", "send", at="2026-11-23T09:00:00Z", status=78)
    assert len(smtp.mails) == 5, "nobody twice"
    done = instance.run("db", "adopt", at="2026-11-23T09:00:00Z")
    assert b"issue cancel 1" in done.stderr
    instance.run("issue", "cancel", "1", at="2026-11-23T09:00:00Z")
    instance.run("send", at="2026-11-23T09:00:00Z")
    assert len(smtp.mails) == 5
    instance.run("run", at="2026-11-24T09:00:00Z")


def test_a_backup_amid_a_sending_is_whole_and_refused_until_it_is_adopted(mailing, slow):
    instance = mailing([item(1)], people=people(400), relay=plain_relay(slow))
    sending = instance.start("run")
    backup = instance.folder / "backup.db"
    while not 40 <= len(slow.mails) < 400:
        assert sending.poll() is None
        time.sleep(0.02)
    instance.run("db", "backup", str(backup))
    assert len(slow.mails) < 400, "too late to prove anything"
    assert sending.wait() == 0 and len(set(slow.recipients())) == len(slow.mails) == 400
    assert backup.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in instance.folder.glob("backup.db*")] == ["backup.db"]
    with sqlite3.connect(backup) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        known = {row[0] for row in db.execute(
            "SELECT address FROM subscriber JOIN subscription ON subscriber_id = subscriber.id "
            "JOIN delivery ON subscription_id = subscription.id WHERE delivery.state = 2")}
    assert 20 <= len(known) < 400 and known <= set(slow.recipients())
    db.close()
    shutil.move(backup, instance.folder / "depesche.db")
    assert b"db adopt" in instance.run("send", at="2026-11-23T08:00:00Z", status=78).stderr
    assert len(slow.mails) == 400, "nobody twice"


@pytest.fixture
def shelf(tmp_path):
    folder = tmp_path / "shelf"
    folder.mkdir()
    return folder


def test_a_backup_is_there_whole_or_not_at_all(mailing, smtp, shelf):
    instance = mailing([item(1)], people=people(3))
    instance.run("run")
    backup = shelf / "backup.db"
    backup.write_text("another one")
    done = instance.run("db", "backup", str(backup), status=78)
    assert b"backup.db" in done.stderr and b"exists" in done.stderr
    assert backup.read_text() == "another one"
    done = instance.run("db", "backup", str(shelf / "nowhere" / "backup.db"), status=78)
    assert b"nowhere/backup.db" in done.stderr
    backup.unlink()
    instance.run("-n", "db", "backup", str(backup))
    assert list(shelf.iterdir()) == []

    def narrow():
        resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, 64 * 1024))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    done = subprocess.run(instance.command("db", "backup", str(backup)), preexec_fn=narrow, capture_output=True)
    assert done.returncode == 75 and str(backup).encode() in done.stderr
    assert list(shelf.iterdir()) == [], "no half of one"


def message_ids(mails):
    return {re.search(rb"^Message-ID: (.+)\r$", mail.data, re.M | re.I)[1] for mail in mails}


def test_a_backup_without_what_lay_beside_it_is_refused_as_well(mailing, http, smtp, shelf):
    """The disk is lost, and all that is there is the copy."""
    instance = mailing([item(1)], people=people(5))
    smtp.say("CONNECT", None, "554 5.3.2 closed")
    instance.run("run", status=75)
    smtp.obey()
    instance.run("db", "backup", str(shelf / "backup.db"))
    instance.run("send", at="2026-11-23T08:00:00Z")
    http.documents["/feed.xml"] = rss("Hafenblatt", [item(1), item(2)])
    instance.run("run", at="2026-11-24T07:00:00Z")
    assert len(smtp.mails) == 10
    for path in instance.folder.glob("depesche.db*"):
        path.unlink()
    shutil.move(shelf / "backup.db", instance.folder / "depesche.db")
    for dry in ([], ["-n"]):
        done = instance.run(*dry, "run", at="2026-11-24T08:00:00Z", status=78)
        assert b"restored backup" in done.stderr and b"db adopt" in done.stderr
    assert len(smtp.mails) == 10, "nobody twice"
    named = re.findall(rb"issue cancel (\d+)", instance.run("db", "adopt", at="2026-11-24T08:00:00Z").stderr)
    assert len(named) == 2 and named[0] == b"1", "what was composed before, and by the run that was refused"
    for issue in named:
        instance.run("issue", "cancel", issue.decode(), at="2026-11-24T08:00:00Z")
    http.documents["/feed.xml"] = rss("Hafenblatt", [item(1), item(2), item(3)])
    before = message_ids(smtp.mails)
    instance.run("run", at="2026-11-25T07:00:00Z")
    assert len(smtp.mails) == 15 and len(message_ids(smtp.mails) | before) == 15
    with sqlite3.connect(instance.folder / "depesche.db") as db:
        assert db.execute("SELECT value FROM counter WHERE name = 'generation'").fetchone()[0] > 0
    db.close()


def test_a_copy_of_the_files_makes_no_issue_with_a_key_that_is_out(mailing, http, smtp):
    instance = mailing([item(1)], people=people(5))
    instance.run("run")
    shutil.copy(instance.folder / "depesche.db", instance.folder / "copy.db")
    http.documents["/feed.xml"] = rss("Hafenblatt", [item(1), item(2)])
    instance.run("run", at="2026-11-24T07:00:00Z")
    shutil.move(instance.folder / "copy.db", instance.folder / "depesche.db")
    http.documents["/feed.xml"] = rss("Hafenblatt", [item(1), item(2), item(3)])
    for _ in range(2):
        instance.run("run", at="2026-11-24T08:00:00Z", status=78)
    assert b"issue cancel" in instance.run("db", "adopt", at="2026-11-24T08:00:00Z").stderr
    instance.run("run", at="2026-11-24T09:00:00Z")
    assert len(smtp.mails) == len(message_ids(smtp.mails)) == 15
    assert all(each["issue"] < 20000 for each in instance.json("delivery", "list"))


def test_without_room_for_its_number_nothing_is_adopted(mailing, smtp, shelf):
    instance = mailing([item(1)], people=people(3))
    smtp.say("CONNECT", None, "554 5.3.2 closed")
    instance.run("run", status=75)
    smtp.obey()
    instance.run("db", "backup", str(shelf / "backup.db"))
    instance.run("send", at="2026-11-23T08:00:00Z")
    shutil.move(shelf / "backup.db", instance.folder / "depesche.db")
    number = instance.folder / "depesche.db.generation"
    number.unlink()
    (number / "in the way").mkdir(parents=True)
    assert b".generation" in instance.run("db", "adopt", status=75).stderr
    shutil.rmtree(number)
    instance.run("run", at="2026-11-23T09:00:00Z", status=78)
    assert len(smtp.mails) == 3
    number.write_text("99999999999999999999\n")
    instance.run("db", "adopt")
    assert 0 < int(number.read_text()) < 100


def test_a_database_that_could_not_be_adopted_is_not(mailing, smtp, shelf):
    """What lies beside it cannot be read: whoever was suppressed since would get mail again."""
    instance = mailing([item(1)], people=people(3))
    instance.run("run")
    instance.run("db", "backup", str(shelf / "backup.db"))
    instance.run("suppression", "add", "p1@example.org")
    beside = instance.folder / "depesche.db.suppressed"
    listed = beside.read_bytes()
    assert listed.startswith(b"#")
    shutil.move(shelf / "backup.db", instance.folder / "depesche.db")
    beside.unlink()
    beside.mkdir()
    assert b".suppressed" in instance.run("db", "adopt", status=78).stderr
    beside.rmdir()
    beside.write_bytes(listed)
    instance.run("run", at="2026-11-24T07:00:00Z", status=78)
    assert beside.read_bytes() == listed
    assert b"1 suppression" in instance.run("-v", "db", "adopt").stderr
    instance.run("run", at="2026-11-24T07:00:00Z")
    assert [each["address"] for each in instance.json("suppression", "list")] == ["p1@example.org"]


def test_of_nothing_there_is_no_backup(mailing, smtp, shelf):
    instance = mailing([item(1)], people=people(3))
    path = instance.folder / "depesche.db"
    for content in (None, b""):
        if content is not None:
            path.write_bytes(content)
        done = instance.run("db", "backup", str(shelf / "backup.db"), status=78)
        assert b"there is no database" in done.stderr and list(shelf.iterdir()) == []
        assert (path.read_bytes() if path.exists() else None) == content


def test_a_backup_leaves_the_schema_as_it_is(mailing, smtp, shelf):
    """So that it can be made before a newer depesche migrates the database."""
    instance = mailing([item(1)], people=people(3))
    instance.run("run")
    with sqlite3.connect(instance.folder / "depesche.db") as db:
        db.execute("UPDATE meta SET value = 2 WHERE name = 'schema'")
    db.close()
    instance.run("db", "backup", str(shelf / "backup.db"))
    for path in (instance.folder / "depesche.db", shelf / "backup.db"):
        with sqlite3.connect(path) as db:
            assert db.execute("SELECT value FROM meta WHERE name = 'schema'").fetchone() == (2,)
        db.close()


def test_names_that_mean_something_else(mailing, smtp, shelf):
    instance = mailing([item(1)], people=people(3))
    instance.run("run")
    assert b'"-"' in instance.run("db", "backup", "-", status=64).stderr
    done = subprocess.run(instance.command("db", "backup", "file:x.db?mode=memory"), cwd=shelf, capture_output=True)
    assert done.returncode == 0 and [path.name for path in shelf.iterdir()] == ["file:x.db?mode=memory"]
    instance.run("-n", "db", "backup", str(shelf / "file:x.db?mode=memory"), status=78)
    instance.run("-n", "db", "backup", str(shelf / "nowhere" / "x.db"), status=78)


def test_of_two_backups_with_one_name_the_first_stays(mailing, smtp, shelf):
    instance = mailing([item(1)], people=people(3))
    instance.run("run")
    for _ in range(5):
        both = [instance.start("db", "backup", str(shelf / "backup.db")) for _ in range(2)]
        assert sorted(each.wait(60) for each in both) == [0, 78]
        assert [path.name for path in shelf.iterdir()] == ["backup.db"]
        with sqlite3.connect(shelf / "backup.db") as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        db.close()
        (shelf / "backup.db").unlink()


def test_a_damaged_database_makes_no_backup(mailing, smtp, shelf):
    instance = mailing([item(1)], people=people(50))
    instance.run("run")
    path = instance.folder / "depesche.db"
    with sqlite3.connect(path) as db:
        [(page,)] = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'subscription_slot'")
    db.close()
    with open(path, "r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 100)
    done = instance.run("db", "backup", str(shelf / "backup.db"), status=78)
    assert b"damaged" in done.stderr and done.stderr.count(b"\n") == 1
    assert list(shelf.iterdir()) == []


def test_a_damaged_generation_file_is_told(mailing, smtp):
    instance = mailing([item(1)], people=people(2))
    (instance.folder / "depesche.db.generation").write_text("many\n")
    done = instance.run("run", status=78)
    assert b"depesche.db.generation" in done.stderr
    instance.run("db", "adopt")
    instance.run("run")
    assert len(smtp.mails) == 2


def test_two_relays_share_the_mail_and_one_that_fails_is_left(mailing, smtp):
    other = servers.Smtp()
    instance = mailing([item(1)], people=people(200),
                       relay=plain_relay(smtp) + "weight = 3; }, { " + plain_relay(other))
    instance.run("run")
    assert len(smtp.mails) + len(other.mails) == 200
    assert len(set(smtp.recipients() + other.recipients())) == 200
    assert len(other.mails) > 10 and len(smtp.mails) > len(other.mails)
    before = len(smtp.mails)
    other.say("MAIL", None, "550 5.7.1 sender not allowed")
    instance.run("post", "-", "--subject", "Zweiter", stdin=b"Text", at="2026-11-23T08:00:00Z",
                 status=None)
    instance.run("send", "--retry", at="2026-11-23T08:10:00Z", status=None)
    later = [mail.recipient for mail in smtp.mails[before:]]
    assert len(later) >= 180, "the other relay goes on"
    assert all(each["state"] in ("sent", "deferred") for each in instance.json("delivery", "list"))
    other.obey()
    beside = len(other.mails)
    instance.run("send", "--retry", at="2026-11-23T08:20:00Z")
    later = [mail.recipient for mail in smtp.mails[before:] + other.mails[beside:]]
    assert len(later) == 200 and len(set(later)) == 200
    other.close()


def test_domains_get_no_more_at_a_time_than_they_may(mailing, slow):
    class Watch(servers.Slow):
        most = 0
        now = 0

        def order_for(self, phase, recipient):
            small = recipient is not None and recipient.endswith("@small.example")
            if phase == "DOT" and small:
                with self.lock:
                    self.now += 1
                    self.most = max(self.most, self.now)
            answer = super().order_for(phase, recipient)
            if phase == "DOT" and small:
                with self.lock:
                    self.now -= 1
            return answer

    watch = Watch(0.05)
    instance = mailing([item(1)], people=people(30, domain="small.example") + ",\n" + people(30),
                       relay=plain_relay(watch) + "connections = 8;",
                       more='domains = ( { names = [ "small.example" ]; messages = 2; } );')
    instance.run("run")
    assert len(watch.mails) == 60
    assert watch.most == 2
    first = [mail.recipient for mail in watch.mails[:30]]
    assert sum(each.endswith("@example.org") for each in first) >= 20, "others go first meanwhile"
    watch.close()


def test_a_rate_is_kept(mailing, smtp):
    instance = mailing([item(1)], people=people(25),
                       relay=plain_relay(smtp) + "per_second = 10;")
    started = time.monotonic()
    instance.run("run")
    assert len(smtp.mails) == 25
    assert time.monotonic() - started >= 2.3, "one at once, and the others at ten a second"


def test_a_rate_needs_no_more_connections_than_it_uses(mailing, smtp):
    instance = mailing([item(1)], people=people(60),
                       relay=plain_relay(smtp) + "per_second = 20; connections = 40;")
    instance.run("run")
    assert len(smtp.mails) == 60 and smtp.connections <= 30


def test_a_rate_is_kept_from_one_run_to_the_next(mailing, smtp):
    instance = mailing([item(1)], people=people(1), relay=plain_relay(smtp) + "per_minute = 20;")
    smtp.say("RCPT", None, "450 4.2.0 not now", times=2)
    started = time.monotonic()
    instance.run("run")
    for minutes in (10, 30):
        instance.run("send", at=f"2026-11-23T07:{minutes}:00Z")
    assert len(smtp.mails) == 1
    assert time.monotonic() - started >= 6, "three times, with three seconds between them"


def test_progress_is_told_when_it_lasts(mailing, slow):
    """A pseudo-terminal gets a bar; nothing of it is left behind."""
    import os
    import pty
    import subprocess
    instance = mailing([item(1)], people=people(250), relay=plain_relay(slow))
    master, slave = pty.openpty()
    process = subprocess.Popen(instance.command("run"), stderr=slave, stdout=subprocess.DEVNULL)
    os.close(slave)
    seen = b""
    while True:
        try:
            piece = os.read(master, 4096)
        except OSError:
            break
        if not piece:
            break
        seen += piece
    assert process.wait(60) == 0
    assert b"of 250" in seen and b"/s" in seen and b"left" in seen and b"deferred 0" in seen
    assert seen.rstrip().endswith(b"with too little yet")
