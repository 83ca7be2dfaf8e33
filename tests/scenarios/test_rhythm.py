"""Who gets a digest when: rhythms, floors, pauses, clocks that jump, and hours that come twice."""

import datetime
import os
import pathlib
import re
import shutil
import subprocess
import time

import pytest
from conftest import plain_relay
from instance import IMPORT, Instance, item, part, rss


def news(number, day):
    """Article NUMBER, published on a day of November 2026 at four in the morning (UTC)."""
    return item(number, f"Meldung-{number}.", pubDate=f"{day:02d} Nov 2026 04:00:00 +0000")


def heard(instance, address):
    """The numbers of the articles in each mail to ADDRESS, in the order of their dates."""
    mails = [mail for mail in instance.maildir()
             if mail["To"].addresses[0].addr_spec == address]
    mails.sort(key=lambda mail: mail["Date"].datetime)
    return [sorted({int(n) for n in re.findall(r"Meldung-(\d+)\.", part(mail, "plain"))})
            for mail in mails]


def heard_of(smtp):
    """The same of each mail that SMTP took, in the order of their arrival."""
    return [sorted({int(n) for n in re.findall(rb"Meldung-(\d+)\.", mail.data)}) for mail in smtp.mails]


@pytest.fixture
def paper(http, new_instance):
    """One feed whose articles a test sets, and its readers: `paper.publish([…])`."""
    def make(people, **more):
        instance = new_instance({"hafenblatt": http.url("/feed.xml")}, people=people, **more)
        instance.publish = lambda items: http.documents.__setitem__(
            "/feed.xml", rss("Hafenblatt", items))
        return instance
    return make


ANNA = "anna@example.org"


def test_a_floor_holds_for_those_who_are_there_and_those_who_come(paper):
    instance = paper('{ address = "anna@example.org"; frequency = "each"; }')
    instance.publish([news(1, 23)])
    instance.run("run")
    instance.newsletter = 'min_frequency = "daily";'
    instance.people = ""
    instance.write()
    done = instance.run("subscriber", "add", "ben@example.org", "--frequency", "hourly", status=65)
    assert b"min_frequency" in done.stderr
    instance.run("subscriber", "add", "ben@example.org", "--frequency", "weekly")
    instance.people = '{ address = "anna@example.org"; frequency = "each"; }'
    instance.write()
    instance.publish([news(2, 23), news(1, 23)])
    done = instance.run("run", at="2026-11-23T09:00:00Z")
    assert b"min_frequency" in done.stderr, "the roster's mistake is told, and it is left as it was"
    assert heard(instance, ANNA) == [[1]]
    instance.run("run", at="2026-11-24T04:59:59Z")
    assert heard(instance, ANNA) == [[1]]
    instance.run("run", at="2026-11-24T05:00:00Z")
    assert heard(instance, ANNA) == [[1], [2]], "at the newsletter's own hour"
    instance.newsletter = 'min_frequency = "weekly"; frequency = "daily";'
    instance.write()
    assert b"min_frequency" in instance.run("config", "check", status=78).stderr


def test_away_means_silence_and_back_means_no_flood(paper):
    instance = paper('{ address = "anna@example.org"; }, { address = "ben@example.org"; }',
                     newsletter="welcome_articles = 2; max_age_days = 5;")
    instance.publish([news(1, 10)])
    instance.run("run", at="2026-11-10T05:00:00Z")
    instance.run("subscriber", "set", ANNA, "--pause-until", "2026-11-20",
                 at="2026-11-10T12:00:00Z")
    [anna] = instance.json("subscriber", "show", ANNA)
    assert anna["state"] == "paused" and anna["paused_until"] == "2026-11-19T23:00:00Z", \
        "midnight in Berlin"
    for day in range(11, 20):
        instance.publish([news(n, n) for n in range(day, 10, -1)] + [news(1, 10)])
        instance.run("run", at=f"2026-11-{day}T05:00:00Z")
    assert heard(instance, ANNA) == [[1]]
    assert heard(instance, "ben@example.org") == [[1]] + [[n] for n in range(11, 20)]
    instance.publish([news(n, n) for n in range(20, 10, -1)])
    instance.run("run", at="2026-11-19T23:30:00Z")
    assert heard(instance, ANNA) == [[1]], "back, but it is not their hour"
    instance.run("run", at="2026-11-20T05:00:00Z")
    assert heard(instance, ANNA) == [[1], [19, 20]], "the newest two: a welcome's worth"
    instance.publish([news(n, n) for n in range(21, 10, -1)])
    instance.run("run", at="2026-11-21T05:00:00Z")
    assert heard(instance, ANNA) == [[1], [19, 20], [21]]
    [anna] = instance.json("subscriber", "show", ANNA)
    assert [(each["what"], each["way"], each.get("reason")) for each in anna["history"]] == [
        ("added", "roster", None), ("pause", "command", "until 2026-11-19T23:00:00Z"),
        ("resume", "calendar", None)]


def test_who_comes_back_early_has_missed_nothing(paper):
    instance = paper('{ address = "anna@example.org"; frequency = "weekly"; day = "fri"; }',
                     newsletter="welcome_articles = 1;")
    instance.publish([news(1, 13)])
    instance.run("run", at="2026-11-13T05:00:00Z")
    instance.publish([news(n, 14) for n in (4, 3, 2)] + [news(1, 13)])
    instance.run("run", at="2026-11-14T05:00:00Z")
    instance.run("subscriber", "set", ANNA, "--pause-until", "2026-12-24",
                 at="2026-11-15T05:00:00Z")
    instance.run("subscriber", "set", ANNA, "--resume", at="2026-11-16T05:00:00Z")
    instance.run("run", at="2026-11-20T05:00:00Z")
    assert heard(instance, ANNA) == [[1], [2, 3, 4]]


def test_the_files_pause_people_too(paper):
    entry = '{ address = "anna@example.org"; %s }'
    instance = paper(entry % 'pause_until = "2026-11-25";')
    instance.publish([news(1, 23)])
    instance.run("run")
    assert heard(instance, ANNA) == []
    assert instance.json("subscriber", "list")[0]["state"] == "paused"
    # What the file says is news once: the person's own word is not overruled with every run.
    instance.run("subscriber", "set", ANNA, "--resume")
    instance.run("run")
    assert heard(instance, ANNA) == [[1]]
    instance.people = entry % 'pause_until = "2026-11-30T06:00:00+01:00";'
    instance.write()
    instance.run("run")
    assert instance.json("subscriber", "list")[0]["paused_until"] == "2026-11-30T05:00:00Z"
    instance.people = entry % ""
    instance.write()
    instance.run("run")
    assert instance.json("subscriber", "list")[0]["state"] == "active"
    instance.people = entry % 'pause_until = "morgen";'
    instance.write()
    assert b"pause_until" in instance.run("config", "check", status=78).stderr

    csv = instance.folder / "list.csv"
    csv.write_text("email,pause_until\nben@example.org,2026-12-24\ncem@example.org,\n")
    instance.run(*IMPORT, csv)
    states = {each["address"]: each["state"] for each in instance.json("subscriber", "list")}
    assert states["ben@example.org"] == "paused" and states["cem@example.org"] == "active"


def test_set_changes_only_what_it_names(paper):
    instance = paper("", topics={"ki": "ki"})
    instance.run("subscriber", "add", ANNA, "--name", "Anna", "--topics", "ki", "--filter",
                 "not sport", "--frequency", "hourly")
    instance.run("subscriber", "set", ANNA, "--frequency", "weekly", "--day", "sun")
    [anna] = instance.json("subscriber", "show", ANNA)
    assert anna["rhythm"] == "weekly sun 06:00 Europe/Berlin", "the hour is the newsletter's"
    assert (anna["name"], anna["topics"], anna["filter"]) == ("Anna", ["ki"], "not sport")
    instance.run("subscriber", "set", ANNA, "--hour", "7:30", "--zone", "America/Santiago",
                 "--topics", "", "--filter", "")
    [anna] = instance.json("subscriber", "show", ANNA)
    assert anna["rhythm"] == "weekly sun 07:30 America/Santiago"
    assert anna["topics"] == [] and anna.get("filter") is None
    instance.run("subscriber", "set", ANNA, "--pause-until", "2020-01-01", status=64)
    instance.run("subscriber", "set", ANNA, "--pause-until", "2027-01-01", "--resume", status=64)
    instance.run("subscriber", "set", "dora@example.org", "--hour", "7", status=65)
    instance.run("subscriber", "unsubscribe", ANNA)
    instance.run("subscriber", "set", ANNA, "--hour", "8", status=65)
    instance.run("subscriber", "set", ANNA, "--pause-until", "2027-01-01", status=65)


def test_a_change_of_rhythm_loses_and_repeats_nothing(paper):
    instance = paper("")
    instance.run("subscriber", "add", ANNA, at="2026-11-20T05:00:00Z")
    instance.publish([news(1, 20)])
    instance.run("run", at="2026-11-20T05:00:00Z")
    instance.publish([news(2, 20), news(1, 20)])
    instance.run("run", at="2026-11-20T12:00:00Z")
    instance.run("subscriber", "set", ANNA, "--frequency", "weekly", "--day", "mon",
                 at="2026-11-20T13:00:00Z")
    instance.run("run", at="2026-11-21T05:00:00Z")
    assert heard(instance, ANNA) == [[1]]
    instance.publish([news(3, 22), news(2, 20), news(1, 20)])
    instance.run("run", at="2026-11-23T05:00:00Z")
    assert heard(instance, ANNA) == [[1], [2, 3]]
    instance.run("subscriber", "set", ANNA, "--frequency", "each", at="2026-11-23T06:00:00Z")
    instance.run("run", at="2026-11-23T06:00:00Z")
    instance.publish([news(4, 23)])
    instance.run("run", at="2026-11-23T06:10:00Z")
    assert heard(instance, ANNA) == [[1], [2, 3], [4]]


@pytest.mark.parametrize("away", [False, True], ids=["moves", "goes away"])
def test_what_was_put_off_is_not_lost_to_who_changes(mailing, http, smtp, away):
    """A mail that is put off, of an issue that began where the slot did that its reader moves to."""
    instance = mailing([news(1, 20)])
    for address in (ANNA, "bert@example.org"):
        instance.run("subscriber", "add", address, at="2026-11-20T05:00:00Z")
    instance.run("run", at="2026-11-20T05:00:00Z")
    weekly = ["--frequency", "weekly", "--day", "wed"]
    instance.run("subscriber", "set", "bert@example.org", *weekly, at="2026-11-20T05:00:00Z")
    http.documents["/feed.xml"] = rss("Hafenblatt", [news(2, 20), news(1, 20)])
    smtp.say("RCPT", ANNA, "450 4.2.0 greylisted, come back")
    instance.run("run", at="2026-11-21T05:00:00Z")
    smtp.obey()
    change = ["--pause-until", "2026-12-24"] if away else weekly
    instance.run("subscriber", "set", ANNA, *change, at="2026-11-21T05:00:01Z")
    instance.run("run", at="2026-11-21T07:00:00Z")
    if away:
        instance.run("subscriber", "set", ANNA, "--resume", at="2026-11-21T08:00:00Z")
    http.documents["/feed.xml"] = rss("Hafenblatt", [news(3, 22), news(2, 20), news(1, 20)])
    instance.run("run", at="2026-11-25T06:00:00Z")
    got = [sorted(map(int, re.findall(rb"Meldung-(\d+)\.\r\n", mail.data))) for mail in smtp.mails
           if mail.recipient == ANNA]
    assert got == [[1], [2, 3]]
    [end] = [each for each in instance.json("delivery", "list") if each["state"] == "dropped"]
    assert end["address"] == ANNA and end["note"] == "comes with a later digest"


def test_what_may_have_arrived_goes_its_way_to_who_moves(mailing, http, smtp):
    """A mail that was put off after its text had left, once."""
    instance = mailing([news(1, 20)])
    instance.run("subscriber", "add", ANNA, at="2026-11-20T05:00:00Z")
    instance.run("run", at="2026-11-20T05:00:00Z")
    http.documents["/feed.xml"] = rss("Hafenblatt", [news(2, 20), news(1, 20)])
    smtp.say("DOT", ANNA, "450 4.2.0 come back")
    instance.run("run", at="2026-11-21T05:00:00Z")
    smtp.obey()
    instance.run("subscriber", "set", ANNA, "--frequency", "weekly", "--day", "wed", at="2026-11-21T05:00:01Z")
    instance.run("run", at="2026-11-21T07:00:00Z")
    assert len(smtp.mails) == 2
    http.documents["/feed.xml"] = rss("Hafenblatt", [news(3, 22), news(2, 20), news(1, 20)])
    instance.run("run", at="2026-11-25T06:00:00Z")
    got = [sorted(map(int, re.findall(rb"Meldung-(\d+)\.\r\n", mail.data))) for mail in smtp.mails]
    assert got == [[1], [2], [3]]


def uncertain_digest(mailing, http, smtp, reply="swallow", **settings):
    """Anna has had an issue; of the next one, with three articles, nobody knows whether it arrived."""
    instance = mailing([news(1, 20)], topics={"hafen": "meldung*", "bahn": "bahn"}, **settings)
    instance.run("subscriber", "add", ANNA, "--topics", "hafen", at="2026-11-20T05:00:00Z")
    instance.run("run", at="2026-11-20T05:00:00Z")
    http.documents["/feed.xml"] = rss("Hafenblatt", [news(n, 20) for n in (4, 3, 2, 1)])
    smtp.say("DOT", ANNA, reply, times=1)
    instance.run("run", at="2026-11-21T05:00:00Z", status=None)
    assert len(smtp.mails) == 2 or reply != "swallow"
    return instance


@pytest.mark.parametrize("reply, change", [
    ("swallow", ["--frequency", "weekly", "--day", "wed"]), ("swallow", ["--topics", "bahn"]),
    ("swallow", ["--language", "en"]), ("swallow", ["--name", "Anna Albers"]), ("swallow", ["--format", "text"]),
    ("swallow", ["--max-articles", "1"]), ("swallow", ["--pause-until", "2026-12-24"]),
    ("450 4.2.0 come back", ["--frequency", "weekly", "--day", "wed"]),
    ("450 4.2.0 come back", ["--filter", "nirgends"])], ids=lambda words: words[0])
def test_what_may_have_arrived_comes_again_as_it_was(mailing, http, smtp, reply, change):
    """Whatever its reader has changed since its text left."""
    instance = uncertain_digest(mailing, http, smtp, reply)
    first = smtp.mails[-1].data if reply == "swallow" else None
    instance.run("subscriber", "set", ANNA, *change, at="2026-11-21T05:00:10Z")
    if change[0] == "--pause-until":
        instance.run("subscriber", "set", ANNA, "--resume", at="2026-11-21T05:00:20Z")
    instance.run("run", at="2026-11-21T07:00:00Z")
    assert heard_of(smtp) == [[1]] + [[2, 3, 4]] * (1 + (first is not None))
    assert first is None or smtp.mails[-1].data == first
    http.documents["/feed.xml"] = rss("Hafenblatt", [news(n, 20) for n in (5, 4, 3, 2, 1)])
    instance.run("subscriber", "set", ANNA, "--topics", "hafen", "--filter", "", "--format", "html",
                 at="2026-11-21T08:00:00Z")
    instance.run("run", at="2026-11-25T06:00:00Z")
    assert heard_of(smtp)[-1] == [5], "and nothing of it once more"


@pytest.mark.parametrize("policy, later", [("resend", [2, 3, 4, 5]), ("hold", [5]), ("drop", [5])])
def test_what_may_have_arrived_waits_for_who_is_away_where_it_would_be_sent_again(
        mailing, http, smtp, policy, later):
    instance = uncertain_digest(mailing, http, smtp, more=f'on_uncertain = "{policy}";')
    instance.run("subscriber", "set", ANNA, "--pause-until", "2026-12-24", at="2026-11-21T05:00:10Z")
    instance.run("run", at="2026-11-21T07:00:00Z")
    instance.run("run", at="2026-11-22T07:00:00Z")
    assert len(smtp.mails) == 2
    [end] = [each for each in instance.json("delivery", "list") if each["state"] != "sent"]
    assert (end["state"], end["note"]) == {
        "resend": ("dropped", "comes with a later digest"),
        "hold": ("held", "uncertain: it may have arrived"),
        "drop": ("dropped", "uncertain: it may have arrived")}[policy]
    instance.run("subscriber", "set", ANNA, "--resume", at="2026-11-22T08:00:00Z")
    http.documents["/feed.xml"] = rss("Hafenblatt", [news(n, 20) for n in (5, 4, 3, 2, 1)])
    instance.run("run", at="2026-11-23T06:00:00Z")
    assert heard_of(smtp)[2:] == [later]
    instance.run("run", at="2026-11-24T06:00:00Z")
    assert heard_of(smtp)[2:] == [later]


def test_what_was_put_off_after_its_text_is_not_lost_to_who_is_away(mailing, http, smtp):
    instance = uncertain_digest(mailing, http, smtp, "450 4.2.0 come back", newsletter="max_articles = 2;",
                                more='on_uncertain = "drop";')
    instance.run("subscriber", "set", ANNA, "--pause-until", "2026-12-24", at="2026-11-21T05:00:10Z")
    instance.run("run", at="2026-11-21T07:00:00Z")
    instance.run("subscriber", "set", ANNA, "--resume", at="2026-11-22T08:00:00Z")
    instance.run("run", at="2026-11-23T06:00:00Z")
    instance.run("run", at="2026-11-24T06:00:00Z")
    assert heard_of(smtp) == [[1], [3, 4], [2]]


@pytest.mark.parametrize("reply", [None, "450 4.2.0 greylisted, come back"], ids=["sent", "put off"])
def test_who_changes_while_a_run_sends_gets_nothing_twice(mailing, slow, reply):
    """Their mail waits for its turn in the run, and they have moved when it comes."""
    last = "p39@example.org"
    instance = mailing([news(1, 20)], relay=f'{plain_relay(slow)} connections = 1;')
    (instance.folder / "list.csv").write_text("email\n" + "\n".join(f"p{i}@example.org" for i in range(40)))
    instance.run(*IMPORT, instance.folder / "list.csv")
    if reply is not None:
        slow.say("RCPT", last, reply)
    instance.now = "2026-11-20T05:00:00Z"
    run = instance.start("run")
    while len(slow.mails) < 5 and run.poll() is None:
        time.sleep(0.01)
    instance.run("subscriber", "set", last, "--frequency", "weekly", "--day", "wed")
    assert len(slow.mails) < 35, "the run is not over"
    assert run.wait(60) == 0
    slow.obey()
    instance.run("run", at="2026-11-20T07:00:00Z")
    instance.run("run", at="2026-11-25T06:00:00Z")
    assert [mail.recipient for mail in slow.mails].count(last) == 1
    assert len(slow.mails) == 40


def test_a_digest_waits_two_hours_for_feeds_that_cannot_be_read(http, paper):
    instance = paper('{ address = "anna@example.org"; }')
    instance.publish([news(1, 22)])
    instance.run("run", at="2026-11-22T05:00:00Z")
    del http.documents["/feed.xml"]
    done = instance.run("run", at="2026-11-23T05:00:00Z")
    assert b"waits for the next run" in done.stderr
    instance.publish([news(2, 23), news(1, 22)])
    instance.run("fetch", "--now", at="2026-11-23T05:30:00Z")
    instance.run("run", at="2026-11-23T05:30:00Z")
    assert heard(instance, ANNA) == [[1], [2]], "the same morning"

    del http.documents["/feed.xml"]
    instance.run("run", at="2026-11-24T05:00:00Z")
    done = instance.run("run", at="2026-11-24T07:00:00Z")
    assert b"waits for the next run" not in done.stderr
    instance.publish([news(3, 24)])
    instance.run("fetch", "--now", at="2026-11-24T15:00:00Z")
    instance.run("run", at="2026-11-24T15:00:00Z")
    assert heard(instance, ANNA) == [[1], [2]], "the morning is over"
    instance.run("run", at="2026-11-25T05:00:00Z")
    assert heard(instance, ANNA) == [[1], [2], [3]]


def test_a_missed_week_is_one_digest(paper):
    instance = paper('{ address = "anna@example.org"; }', newsletter="max_age_days = 10;")
    instance.publish([news(1, 10)])
    instance.run("run", at="2026-11-10T05:00:00Z")
    instance.publish([news(n, n) for n in range(18, 10, -1)] + [news(1, 10)])
    instance.run("run", at="2026-11-18T11:00:00Z")
    instance.run("run", at="2026-11-18T12:00:00Z")
    assert heard(instance, ANNA) == [[1], list(range(11, 19))]


RHYTHMS = {"each": 13, "hourly": 12, "daily": 11, "weekdays": 7, "weekly": 3, "monthly": 2}


def test_each_rhythm_has_all_once_in_as_many_mails_as_it_has_hours(paper):
    """Eleven days of news, over a change of the clocks, two weekends and the first of a month. In all
    rhythms the first digest is a welcome, and comes at once."""
    instance = paper(", ".join(f'{{ address = "{name}@example.org"; frequency = "{name}"; }}'
                               for name in RHYTHMS),
                     newsletter="max_age_days = 40; max_articles = 500; welcome_articles = 100;")
    days = [datetime.date(2026, 10, 23) + datetime.timedelta(days=n) for n in range(11)]
    ticks = [f"{day}T05:30:00Z" for day in days]
    ticks[6:6] = ["2026-10-28T06:10:00Z", "2026-10-28T06:50:00Z"]  # hourly has one of these
    for number, tick in enumerate(ticks):
        instance.publish([item(n, f"Meldung-{n}.", pubDate="23 Oct 2026 00:00:00 +0000")
                          for n in range(number, -1, -1)])
        instance.run("-q", "run", at=tick)
    got = {name: heard(instance, f"{name}@example.org") for name in RHYTHMS}
    assert {name: len(mails) for name, mails in got.items()} == RHYTHMS
    for name, mails in got.items():
        articles = sum(mails, [])
        assert articles == list(range(len(articles))), f"{name}: nothing lost, nothing twice"
    assert [mails[-1][-1] for mails in got.values()] == [12, 12, 12, 12, 12, 11]


def test_two_crons_at_once_send_once(paper):
    instance = paper('{ address = "anna@example.org"; frequency = "each"; }')
    for number in range(1, 6):
        instance.publish([news(n, 22) for n in range(number, 0, -1)])
        at = f"2026-11-23T07:0{number}:00Z"
        runs = [subprocess.Popen(instance.command("run", at=at), stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL) for _ in range(2)]
        statuses = sorted(run.wait(120) for run in runs)
        assert statuses in ([0, 0], [0, 75]), "who comes second waits for the next time"
    assert heard(instance, ANNA) == [[n] for n in range(1, 6)]


def test_a_clock_set_back_and_forward(paper):
    instance = paper('{ address = "anna@example.org"; }', newsletter="max_age_days = 3650;")
    instance.publish([news(1, 10)])
    instance.run("run", at="2026-11-10T05:00:00Z")
    instance.publish([news(2, 10), news(1, 10)])
    instance.run("run", at="2026-11-09T05:00:00Z")  # a day back: that slot has been
    instance.run("run", at="2026-11-10T05:00:01Z")
    assert heard(instance, ANNA) == [[1]]
    instance.run("run", at="2031-01-01T05:00:00Z")  # far ahead
    assert heard(instance, ANNA) == [[1], [2]]
    instance.publish([news(3, 11), news(2, 10), news(1, 10)])
    done = instance.run("run", at="2026-11-11T05:00:00Z")  # and right again
    assert b"clock was wrong" in done.stderr
    assert heard(instance, ANNA) == [[1], [2]], "that slot may have been one of those"
    instance.run("run", at="2026-11-12T05:00:00Z")
    assert sorted(sum(heard(instance, ANNA), [])) == [1, 2, 3]


EDGES = [
    ("Europe/Berlin", "02:30", "2026-03-28T00:00:00Z",  # 02:30 is skipped: at the change, 01:00Z
     ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]),
    ("Europe/Berlin", "02:30", "2026-10-24T00:00:00Z",  # 02:30 comes twice: at the first
     ["2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]),
    ("Australia/Sydney", "02:30", "2026-10-02T12:00:00Z",
     ["2026-10-02T16:30:00Z", "2026-10-03T16:00:00Z", "2026-10-04T15:30:00Z"]),
    ("Australia/Sydney", "02:30", "2026-04-03T12:00:00Z",
     ["2026-04-03T15:30:00Z", "2026-04-04T15:30:00Z", "2026-04-05T16:30:00Z"]),
    ("Europe/Berlin", "06:00", "2028-02-28T00:00:00Z",  # a leap day is a day
     ["2028-02-28T05:00:00Z", "2028-02-29T05:00:00Z", "2028-03-01T05:00:00Z"]),
]


def faked(instance, seconds):
    """"depesche run" without --at, in a world whose clock shows SECONDS."""
    command = [word for word in instance.command("run")]
    at = command.index("--at")
    del command[at:at + 2]
    library = next(pathlib.Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    options = os.environ.get("ASAN_OPTIONS", "")
    env = {**os.environ, "LD_PRELOAD": str(library), "TZ": "UTC", "FAKETIME_DONT_RESET": "1",
           "FAKETIME": f"@{moment:%Y-%m-%d %H:%M:%S}", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
           "NO_FAKE_STAT": "1", "ASAN_OPTIONS": f"{options}:verify_asan_link_order=0:detect_leaks=0"}
    done = subprocess.run(command, env=env, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize("fake", [False, True], ids=["at", "faketime"])
@pytest.mark.parametrize("zone, hour, start, expected", EDGES)
def test_one_digest_a_day_over_the_changes_of_the_clocks(paper, zone, hour, start, expected, fake):
    """Cron comes a minute before the hour and each half hour after it; each time there is something
    new."""
    instance = paper(f'{{ address = "anna@example.org"; zone = "{zone}"; hour = "{hour}"; }}',
                     newsletter="max_age_days = 3650; welcome_articles = 100; max_articles = 500;")
    begin = datetime.datetime.fromisoformat(start.replace("Z", "+00:00"))
    # The slot is due from its last time on: what it serves before the three days is not looked at.
    instance.publish([item(0, "Meldung-0.", pubDate="01 Jan 2026 00:00:00 +0000")])
    step = datetime.timedelta(minutes=30)
    times = [datetime.datetime.fromisoformat(text.replace("Z", "+00:00")) for text in expected]
    ticks = [begin] + [moment + step * n for moment in times for n in (-1 / 30, 0, 1, 2)]
    for number, tick in enumerate(ticks, 1):
        instance.publish([item(n, f"Meldung-{n}.", pubDate="01 Jan 2026 00:00:00 +0000")
                          for n in range(number, 0, -1)])
        if fake:
            faked(instance, tick.timestamp())
        else:
            instance.run("-q", "run", at=f"{tick:%Y-%m-%dT%H:%M:%SZ}")
    dates = sorted(mail["Date"].datetime.astimezone(datetime.timezone.utc)
                   for mail in instance.maildir())
    mailed = [f"{date:%Y-%m-%dT%H:%M:%SZ}" for date in dates if date > begin]
    assert [text[:16] for text in mailed] == [text[:16] for text in expected]
    articles = sum(heard(instance, ANNA), [])
    assert len(articles) == len(set(articles)), "nothing twice"


def test_an_issue_made_again_is_the_same_to_the_byte(http, paper):
    readers = ('{ address = "anna@example.org"; name = "Anna"; topics = ["ki"]; },'
               '{ address = "ben@example.org"; language = "en"; }')
    instance = paper(readers, topics={"ki": "ki"})
    twin = paper(readers, topics={"ki": "ki"})
    issue = [news(2, 23), {**news(1, 22), "title": "KI Meldung-1."}]
    instance.publish(issue)

    def files(one):
        new = one.folder / "mail" / "new"
        return sorted(path.read_bytes() for path in new.iterdir())

    # The same state and the same clock: another folder, the same run.
    instance.run("fetch")
    for path in instance.folder.glob("depesche.db*"):
        shutil.copy(path, twin.folder / path.name)
    instance.run("run")
    twin.run("run")
    assert len(files(instance)) == 2 and files(instance) == files(twin)

    # Later, in another world: settings, templates, texts and the clock have changed.
    raw = {re.search(rb"^To: .*?([a-z]+@example\.org)", text, re.M).group(1).decode(): text
           for text in files(instance)}
    assert set(raw) == {"anna@example.org", "ben@example.org"}
    instance.publish([{**news(2, 23), "description": "Ganz anders.", "title": "Neu"}])
    instance.newsletter = 'subject = "Anders"; max_articles = 1; welcome_articles = 1;'
    instance.write()
    for template in (instance.folder / "templates").rglob("*.mustache"):
        template.write_text("anders\n" + template.read_text())
    instance.run("run", at="2026-11-27T05:00:00Z")
    for address, text in raw.items():
        again = instance.run("issue", "preview", "1", "--as", address, "--format", "eml",
                             at="2027-05-01T00:00:00Z").stdout
        assert strip(text) == again.replace(b"\r\n", b"\n")


def strip(message):
    """Without the fields that a delivery into a Maildir puts on top."""
    return re.sub(rb"^(Return-Path|Delivered-To): .*\n", b"", message, flags=re.M)
