"""A run that dies is finished by the next one: nobody is missed, and what went out twice is known."""

import collections
import csv
import os
import random
import signal
import sqlite3
import time

from instance import IMPORT, item, people

PEOPLE = 120
CONNECTIONS = 5  # of the relay, when nothing else is said


def finish(instance, times=5):
    for i in range(times):
        instance.run("run", status=None, at=f"2026-11-23T{8 + i:02d}:00:00Z")


def check(smtp, kills):
    counts = collections.Counter(mail.recipient for mail in smtp.mails)
    assert len(counts) == PEOPLE, f"missed: {PEOPLE - len(counts)}"
    again = sum(count - 1 for count in counts.values())
    assert again <= kills * CONNECTIONS, f"{again} repeated in {kills} kills"
    bodies = collections.defaultdict(set)
    for mail in smtp.mails:
        bodies[mail.recipient].add(mail.data)
    assert all(len(each) == 1 for each in bodies.values()), "a repeated mail has the same bytes"


def test_twenty_kills_at_random_points_lose_nobody(mailing, smtp):
    seed = int(os.environ.get("SEED", random.SystemRandom().randrange(10**6)))
    print(f"SEED={seed}")
    rng = random.Random(seed)
    instance = mailing([item(1), item(2)], people=people(PEOPLE))

    started = time.monotonic()
    instance.run("-n", "run")
    whole = time.monotonic() - started
    kills = 0
    for _ in range(20):
        kills += instance.kill_after(rng.uniform(0.02, 0.9) * whole, "run")
        database = instance.folder / "depesche.db"
        if database.exists():
            with sqlite3.connect(database) as db:
                assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    finish(instance)
    assert kills >= 3, "the kills came too late to prove anything"
    check(smtp, kills)


def list_of(count, rng):
    """A list in no order as a file's text; address -> name of the people in it; lines that are not taken."""
    lines, names, bad = ["email,name"], {}, set()
    for i in range(count):
        kind = rng.random()
        if kind < 0.01:
            lines.append(f"broken{i},Nobody")
        elif kind < 0.05 and names:
            lines.append(f"{rng.choice(list(names)).upper()},Again")
        else:
            address = f"p{rng.getrandbits(40):x}.{i}@example.org"
            names[address] = f"Name {i}"
            lines.append(f"{address},{names[address]}")
            continue
        bad.add(str(len(lines)))
    return "\n".join(lines) + "\n", names, bad


def imported(instance):
    """How many an import has stored by now."""
    with sqlite3.connect(instance.folder / "depesche.db") as db:
        assert db.execute("PRAGMA quick_check").fetchone() == ("ok",)
        [(count,)] = db.execute("SELECT COUNT(*) FROM subscription")
    return count


def test_an_import_that_is_killed_is_completed_by_the_same_import(mailing):
    seed = int(os.environ.get("SEED", random.SystemRandom().randrange(10**6)))
    print(f"SEED={seed}")
    rng = random.Random(seed)
    instance = mailing([item(1)], people="")
    file = instance.folder / "list.csv"
    text, names, bad = list_of(20_000, rng)
    file.write_text(text)

    started = time.monotonic()
    instance.run("-n", *IMPORT, file)
    whole = time.monotonic() - started
    instance.run("subscriber", "list")
    counts = [imported(instance)]
    for _ in range(6):
        instance.kill_after(rng.uniform(0.1, 3) * whole, *IMPORT, file)
        counts.append(imported(instance))
        assert counts[-2] <= counts[-1] <= len(names), "what is stored stays"
    print(counts)
    report = instance.json(*IMPORT, file)
    assert (report["rows"], report["changed"], report["rejected"]) == (20_000, 0, len(bad))
    assert report["added"] + report["unchanged"] == len(names)
    everybody = instance.json("subscriber", "list")
    assert len(everybody) == len(names)
    assert {each["address"]: each["name"] for each in everybody} == names, "the first row counts"
    with open(instance.folder / "list.csv.rejected.csv", newline="") as rejected:
        assert {each["line"] for each in csv.DictReader(rejected)} == bad


def test_a_kill_while_a_mail_is_in_flight_leaves_one_of_each_connection_uncertain(mailing, smtp):
    instance = mailing([item(1)], people=people(PEOPLE))
    process = instance.start("run")
    deadline = time.monotonic() + 60
    while len(smtp.mails) < 40 and time.monotonic() < deadline:
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert len(smtp.mails) < PEOPLE, "killed too late"
    states = collections.Counter(each["state"] for each in instance.json("delivery", "list"))
    assert states["uncertain"] <= CONNECTIONS
    assert states["sent"] + states["uncertain"] >= len(smtp.mails)
    finish(instance)
    check(smtp, 1)
    [issue] = instance.json("issue", "list")
    assert issue["state"] == "finished"


def test_a_signal_finishes_the_mail_in_flight_and_leaves_the_rest(mailing, smtp):
    instance = mailing([item(1)], people=people(PEOPLE))
    process = instance.start("run")
    deadline = time.monotonic() + 60
    while len(smtp.mails) < 10 and time.monotonic() < deadline:
        time.sleep(0.001)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 75
    assert 10 <= len(smtp.mails) < PEOPLE
    states = collections.Counter(each["state"] for each in instance.json("delivery", "list"))
    assert states == {"sent": len(smtp.mails)}
    finish(instance)
    check(smtp, 0)


def test_a_configuration_changed_between_two_halves_does_not_change_the_mail(mailing, smtp):
    instance = mailing([item(1)], people=people(PEOPLE))
    process = instance.start("run")
    deadline = time.monotonic() + 60
    while len(smtp.mails) < 10 and time.monotonic() < deadline:
        time.sleep(0.001)
    process.send_signal(signal.SIGTERM)
    process.wait(30)
    assert len(smtp.mails) < PEOPLE
    instance.newsletter = 'subject = "etwas ganz anderes";'
    instance.write()
    finish(instance)
    check(smtp, 0)
    assert not any(b"etwas ganz anderes" in mail.data for mail in smtp.mails)
