"""Runs that die at any moment, and disks that fail: nobody is missed, what went out twice is known
and the same, and with on_uncertain = "hold" nothing goes out twice."""

import collections
import os
import random
import re
import shutil
import sqlite3
import subprocess
import time

import pytest

from conftest import plain_relay
from instance import item, people

CONNECTIONS = 5  # of the relay, when nothing else is said


class Run:
    """One issue for some people, sent again and again until it is finished."""

    def __init__(self, mailing, smtp, count, policy="resend"):
        self.smtp = smtp
        self.count = count
        self.instance = mailing([item(1), item(2)], people=people(count), relay=plain_relay(smtp),
                                more=f'on_uncertain = "{policy}";')
        self.instance.run("fetch")

    def finish(self):
        for hour in range(8, 14):
            self.instance.run("run", status=None, at=f"2026-11-23T{hour:02d}:00:00Z")

    def check(self, most_again):
        sent = collections.Counter(mail.recipient for mail in self.smtp.mails)
        with sqlite3.connect(self.instance.folder / "depesche.db") as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        again = sum(sent.values()) - len(sent)
        assert again <= most_again, f"{again} repeated"
        same = collections.defaultdict(set)
        for mail in self.smtp.mails:
            same[mail.recipient].add(mail.data)
        assert all(len(each) == 1 for each in same.values()), "a repeated mail has the same bytes"
        return sent


def seeded(default=None):
    seed = int(os.environ.get("SEED", random.SystemRandom().randrange(10**6)))
    print(f"SEED={seed}")
    return random.Random(seed)


@pytest.mark.parametrize("away, policy, kills", [
    ("smtp", "resend", 100), ("far", "resend", 60), ("smtp", "hold", 40), ("far", "hold", 20)])
def test_kills_at_random_moments(mailing, request, away, policy, kills):
    smtp = request.getfixturevalue(away)
    rng = seeded()
    done = 0
    rounds = 0
    while done < kills:
        rounds += 1
        assert rounds < 40, "the kills came too late to prove anything"
        smtp.mails.clear()
        run = Run(mailing, smtp, 400, policy)
        killed = 0
        for _ in range(25):
            before = len(smtp.mails)
            process = run.instance.start("run")
            goal = before + rng.randrange(0, 60)
            deadline = time.monotonic() + 20
            while len(smtp.mails) < goal and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.0005)
            time.sleep(rng.random() * 0.02)
            if process.poll() is not None:
                break
            process.kill()
            process.wait()
            killed += 1
        run.finish()
        sent = run.check(killed * CONNECTIONS if policy == "resend" else 0)
        if policy == "resend":
            assert len(sent) == run.count, f"missed: {run.count - len(sent)}"
        else:
            held = {each["address"] for each in
                    run.instance.json("delivery", "list", "--limit", "0", "--state", "held")}
            assert set(sent) | held == {f"p{i}@example.org" for i in range(run.count)}
            assert len(held) <= killed * CONNECTIONS
        done += killed


# Kinds of system calls after which a death may leave something half done.
CALLS = ["pwrite64", "fdatasync", "fsync", "write", "sendto", "recvfrom", "ftruncate", "rename",
         "renameat", "renameat2", "unlink", "openat", "epoll_pwait2", "futex"]


def traced(instance, out, *inject):
    command = ["strace", "-f", "-qq", "-o", str(out), "-e", "trace=" + ",".join(CALLS)]
    for each in inject:
        command += ["-e", "inject=" + each]
    environment = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
    return subprocess.run([*command, *instance.command("send")], capture_output=True, timeout=120,
                          env=environment)


@pytest.fixture
def may_trace():
    if not shutil.which("strace") or subprocess.run(["strace", "-qq", "true"],
                                                    capture_output=True).returncode != 0:
        pytest.skip("strace cannot trace here")


def composed(mailing, smtp, count, **more):
    """An issue that is cut and not sent."""
    instance = mailing([item(1)], people=people(count), **more)
    smtp.say("CONNECT", None, "554 5.3.2 closed")
    instance.run("run", status=75)
    smtp.obey()
    (instance.folder / "clean").mkdir()
    for path in instance.folder.glob("depesche.db*"):
        shutil.copy(path, instance.folder / "clean")
    return instance


def restore(instance):
    for path in instance.folder.glob("depesche.db*"):
        path.unlink()
    for path in (instance.folder / "clean").iterdir():
        shutil.copy(path, instance.folder)


@pytest.mark.parametrize("away, calls", [("smtp", CALLS), ("far", ["fdatasync", "sendto"])])
def test_a_kill_at_each_system_call(mailing, request, tmp_path, may_trace, away, calls):
    smtp = request.getfixturevalue(away)
    instance = composed(mailing, smtp, 6, relay=plain_relay(smtp) + "connections = 2;")
    trace = tmp_path / "trace"
    assert traced(instance, trace).returncode == 0
    counts = collections.Counter(re.findall(r"^\d+ +(\w+)\(", trace.read_text(), re.M))
    assert counts["fdatasync"] > 3 and counts["sendto"] > 6 and counts["pwrite64"] > 6
    tried = 0
    for call in calls:
        # Opening the program itself is most of openat: only its end is ours.
        step = max(1, counts[call] // 12)
        for number in range(counts[call], 0, -step):
            restore(instance)
            smtp.mails.clear()
            done = traced(instance, trace, f"{call}:signal=KILL:when={number}")
            tried += 1
            uncertain = [each for each in instance.json("delivery", "list")
                         if each["state"] == "uncertain"]
            assert len(uncertain) <= 2, "one for each connection"
            instance.run("run", at="2026-11-23T08:00:00Z", status=None)
            instance.run("run", at="2026-11-23T09:00:00Z", status=None)
            sent = collections.Counter(mail.recipient for mail in smtp.mails)
            assert len(sent) == 6, (call, number, done.stderr)
            assert sum(sent.values()) - 6 <= 2, (call, number)
            for recipient, times in sent.items():
                if times > 1:
                    assert recipient in {each["address"] for each in uncertain}, (call, number)
                    assert len({mail.data for mail in smtp.mails
                                if mail.recipient == recipient}) == 1
    assert tried >= 8 * len(calls)


def test_texts_for_a_far_server_leave_ahead_of_their_dots(mailing, far, tmp_path, may_trace):
    instance = composed(mailing, far, 6, relay=plain_relay(far) + "connections = 1;")
    trace = tmp_path / "trace"
    assert traced(instance, trace).returncode == 0
    told = re.findall(r'^\d+ +(fdatasync\(|sendto\(\d+, "(?:\.|From: ))', trace.read_text(), re.M)
    order = "".join("." if each.endswith(".") else each[0] for each in told)
    assert len(re.findall(r"sf\.", order)) == 5, order  # the text, its intent, its dot: all but the first
    assert len(far.mails) == 6


@pytest.mark.parametrize("call, error", [("pwrite64", "ENOSPC"), ("pwrite64", "EIO"),
                                         ("fdatasync", "EIO")])
def test_a_disk_that_fails_stops_the_sending_at_once(mailing, smtp, tmp_path, may_trace, call, error):
    instance = composed(mailing, smtp, 40)
    trace = tmp_path / "trace"
    assert traced(instance, trace).returncode == 0
    count = len(re.findall(rf"^\d+ +{call}\(", trace.read_text(), re.M))
    failed = 0
    for number in range(3, count, max(1, count // 8)):
        restore(instance)
        smtp.mails.clear()
        done = traced(instance, trace, f"{call}:error={error}:when={number}+")
        if done.returncode == 0 and len(smtp.mails) == 40:
            continue  # there were fewer calls this time: more mails shared a commit
        failed += 1
        assert done.returncode == 75, (number, done.stderr)
        assert b"depesche.db" in done.stderr, "which file"
        recorded = {each["address"] for each in instance.json("delivery", "list")
                    if each["state"] == "sent"}
        unrecorded = [mail for mail in smtp.mails if mail.recipient not in recorded]
        assert len(unrecorded) <= CONNECTIONS
        for hour in (8, 9):
            instance.run("run", at=f"2026-11-23T{hour:02d}:00:00Z", status=None)
        sent = collections.Counter(mail.recipient for mail in smtp.mails)
        assert len(sent) == 40 and sum(sent.values()) - 40 <= CONNECTIONS, number
        with sqlite3.connect(instance.folder / "depesche.db") as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert failed >= 3, "too late to prove anything"


def test_a_kernel_that_waits_for_whole_milliseconds_will_do(mailing, smtp, tmp_path, may_trace):
    instance = composed(mailing, smtp, 40)
    trace = tmp_path / "trace"
    assert traced(instance, trace, "epoll_pwait2:error=ENOSYS").returncode == 0
    assert "epoll_pwait2(" in trace.read_text()
    assert len(smtp.mails) == 40


def test_a_second_sender_leaves_at_once_and_nobody_gets_two(mailing, slow):
    instance = mailing([item(1)], people=people(200), relay=plain_relay(slow))
    first = instance.start("run")
    deadline = time.monotonic() + 30
    while len(slow.mails) < 5:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    begun = time.monotonic()
    done = instance.run("run", status=75)
    assert time.monotonic() - begun < 5 and b"at work" in done.stderr
    assert first.poll() is None, "the first was still sending"
    assert first.wait(60) == 0
    assert len(slow.mails) == 200 and len(set(slow.recipients())) == 200
