"""depesche inbound as mail servers start it: with little, with less than that, and ended in the middle. Either
the mail is taken in, or the exit status is 75 and it is taken in when it comes again."""

import os
import pathlib
import resource
import signal
import subprocess
import threading
import time

import pytest

from instance import item, people
from test_inbound import BOUNCE, report
from test_people import state_of, unsubscribe_address


class Pipe:
    """An instance whose three readers have had a mail; `leave` is a mail by which p0 is taken off."""

    def __init__(self, mailing, smtp):
        self.instance = mailing([item(0)], people=people(3), inbound=BOUNCE)
        self.instance.run("run")
        [mail] = [mail for mail in smtp.mails if mail.recipient == "p0@example.org"]
        self.sender = mail.sender
        self.words = self.instance.command("inbound", "--recipient", unsubscribe_address(mail))
        self.leave = b"From: p0@example.org\nSubject: x\nMessage-ID: <leave@example.org>\n\nbye\n"

    def start(self, words=None, **more):
        more.setdefault("stdin", subprocess.PIPE)
        return subprocess.Popen(words or self.words, stderr=subprocess.PIPE, **more)

    def give(self, **more):
        process = self.start(**more)
        said = process.communicate(self.leave if process.stdin else None)[1]
        assert b"Sanitizer" not in said, said
        return process.returncode

    def state(self):
        return state_of(self.instance, "p0@example.org")


@pytest.fixture
def pipe(mailing, smtp):
    return Pipe(mailing, smtp)


def test_what_cannot_be_read_is_no_mail(pipe, tmp_path):
    folder = os.open(tmp_path, os.O_RDONLY)
    assert pipe.give(stdin=folder) == 75
    assert pipe.give(stdin=subprocess.DEVNULL, preexec_fn=lambda: os.close(0)) == 75
    assert pipe.state() == "active"
    assert pipe.give() == 0
    assert pipe.state() == "unsubscribed"
    os.close(folder)


def test_a_pipe_that_does_not_block_is_waited_for(pipe):
    pipe.leave = pipe.leave.replace(b"Subject: x", b"Subject: pause 14 days")
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    process = pipe.start(stdin=reader)
    os.close(reader)
    os.write(writer, pipe.leave[:20])
    time.sleep(0.3)
    os.write(writer, pipe.leave[20:])
    os.close(writer)
    assert process.wait() == 0, process.stderr.read()
    assert pipe.state() == "paused"


def test_files_that_may_not_grow_are_an_error_like_another(pipe):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

    assert pipe.give(preexec_fn=limit) == 75
    assert pipe.give() == 0
    assert pipe.state() == "unsubscribed"


def test_nobody_has_to_read_what_is_said(pipe):
    reader, writer = os.pipe()
    os.close(reader)
    process = subprocess.Popen([*pipe.words, "--verbose"], stdin=subprocess.PIPE, stdout=writer, stderr=writer)
    os.close(writer)
    process.communicate(pipe.leave)
    assert process.returncode == 0
    assert pipe.state() == "unsubscribed"


def catches(pid, number):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    [mask] = [line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:")]
    return int(mask, 16) >> (number - 1) & 1


def test_an_answer_that_finds_no_room_is_temporary(pipe):
    words = [pipe.words[0], *pipe.words[1:], "--dry-run", "--json"]
    with open("/dev/full", "wb") as full:
        assert pipe.give(words=words, stdout=full) == 75
    assert pipe.state() == "active"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGXCPU, signal.SIGTRAP])
def test_who_is_told_to_end_lets_the_mail_come_again(pipe, number):
    process = pipe.start()
    process.stdin.write(pipe.leave)
    process.stdin.flush()
    while not catches(process.pid, number):
        time.sleep(0.01)
    process.send_signal(number)
    assert process.wait() == 75
    process.stdin.close()
    assert pipe.state() == "active"
    assert pipe.give() == 0
    assert pipe.state() == "unsubscribed"


def kill_children(process):
    """Kills the first child of PROCESS that is there."""
    path = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children")
    while process.poll() is None:
        for child in path.read_text().split() if path.exists() else []:
            os.kill(int(child), signal.SIGKILL)
            return


def test_when_the_reader_is_killed_the_mail_comes_again(pipe):
    """A bounce of which nothing is known but the token would otherwise be lost."""
    bounce = report("p0@example.org", "5.1.1", "550 5.1.1 no", pipe.sender) + b"x\n" * 100000
    words = pipe.instance.command("inbound", "--recipient", pipe.sender)
    killed = 0
    for _ in range(4):
        process = pipe.start(words)
        hunter = threading.Thread(target=kill_children, args=[process])
        hunter.start()
        said = process.communicate(bounce)[1]
        hunter.join()
        assert process.returncode == (75 if b"Killed" in said else 0), said
        killed += process.returncode == 75
    pipe.instance.run("inbound", "--recipient", pipe.sender, stdin=bounce)
    [one] = pipe.instance.json("subscriber", "show", "p0@example.org")
    assert [event["what"] for event in one["history"]].count("bounce") == 1
    assert killed > 0


def test_another_database_than_the_one_that_sent_the_mail_takes_none(pipe):
    """As when its disk is not there yet: a new one would be made, and know nobody."""
    database = pipe.instance.folder / "depesche.db"
    kept = database.rename(database.with_suffix(".away"))
    assert pipe.give() == 75
    database.unlink()
    kept.rename(database)
    assert pipe.give() == 0
    assert pipe.state() == "unsubscribed"
