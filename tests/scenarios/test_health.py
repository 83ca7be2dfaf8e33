"""How feeds are, and the operator's mail when that changes: once, whatever happens."""

import collections
import os
import re
import shutil
import subprocess

import pytest

from conftest import plain_relay
from instance import item, part, people, rss
import servers

OPERATOR = 'operator = "betrieb@news.example.org";'


def moment(day, hour):
    return f"2026-12-{day:02d}T{hour:02d}:00:00Z"


class Watched:
    """One feed, no reader but the operator."""

    def __init__(self, http, smtp, new_instance):
        self.http = http
        self.smtp = smtp
        self.well()
        self.instance = new_instance({"hafenblatt": http.url("/feed.xml")}, plain_relay(smtp),
                                     more=OPERATOR)

    def well(self):
        self.http.documents["/feed.xml"] = rss("Hafenblatt", [item(i) for i in range(8)])

    def ill(self, status=500):
        self.http.documents["/feed.xml"] = self.http.Document(b"", status)

    def run(self, day, hour, status=0):
        self.instance.run("run", at=moment(day, hour), status=status)

    def state(self):
        [feed] = self.instance.json("feed", "list")
        return feed["state"]

    def subjects(self):
        assert set(self.smtp.recipients()) <= {"betrieb@news.example.org"}
        return [servers.parse(mail.data)["Subject"] for mail in self.smtp.mails]


@pytest.fixture
def watched(http, smtp, new_instance):
    return Watched(http, smtp, new_instance)


FAILING = "feed hafenblatt: failing"
DEAD = "feed hafenblatt: dead"
WELL = "feed hafenblatt: ok"


def test_each_change_is_told_once(watched):
    watched.run(1, 6)
    watched.ill()
    watched.run(1, 7)
    assert watched.state() == "failing" and watched.subjects() == [], "a hiccup"
    watched.well()
    watched.run(1, 8)
    assert watched.subjects() == []

    watched.ill()
    for hour in range(9, 20):
        watched.run(1, hour)
    assert watched.subjects() == [FAILING]
    text = part(servers.parse(watched.smtp.mails[0].data), "plain")
    assert "500" in text and "2026-12-01T09:00:00Z" in text and "2026-12-01T08:00:00Z" in text
    for day in range(2, 12):
        watched.run(day, 8)
    assert watched.state() == "dead" and watched.subjects() == [FAILING, DEAD]

    watched.well()
    for hour in range(9, 12):
        watched.run(12, hour)
    assert watched.state() == "ok" and watched.subjects() == [FAILING, DEAD, WELL]


def test_gone_is_dead(watched):
    watched.run(1, 6)
    watched.ill(410)
    watched.run(1, 7)
    watched.run(1, 8)
    assert watched.state() == "gone" and watched.subjects() == [DEAD]
    watched.well()
    watched.instance.run("feed", "reset", "hafenblatt", at=moment(1, 9))
    watched.run(1, 10)
    assert watched.subjects() == [DEAD, WELL]


def test_an_alarm_is_told_once(watched):
    watched.run(1, 6)
    for number, hour in enumerate(range(7, 10)):
        watched.http.documents["/feed.xml"] = rss("Hafenblatt", [
            item(i, guid=f"{number}-{i}", link=f"https://neu.example.org/{number}/{i}")
            for i in range(8)])
        watched.run(1, hour)
    assert watched.subjects() == ["feed hafenblatt: articles are held"]
    text = part(servers.parse(watched.smtp.mails[0].data), "plain")
    assert "feed approve hafenblatt" in text and "8 articles" in text


def test_articles_that_are_left_out_are_told_of_once(watched):
    watched.run(1, 6)
    document = rss("Hafenblatt", [item(i) for i in range(8)])
    watched.http.documents["/feed.xml"] = document.replace(b"</channel>",
                                                           b"<item/>" * 100_000 + b"</channel>")
    done = watched.instance.run("run", at=moment(1, 7))
    note = "lists more than 100000 articles: 8 were left out"
    assert f'feed "hafenblatt": it {note}'.encode() in done.stderr
    watched.run(1, 8)
    [feed] = watched.instance.json("feed", "list")
    assert (feed["state"], feed["left_out"], feed["problem"]) == ("ok", 8, note)
    assert watched.subjects() == ["feed hafenblatt: articles are left out"]
    assert note in part(servers.parse(watched.smtp.mails[0].data), "plain")

    watched.well()
    watched.run(1, 9)
    watched.run(1, 10)
    [feed] = watched.instance.json("feed", "list")
    assert (feed["left_out"], feed["problem"]) == (0, None)
    assert watched.subjects()[1:] == ["feed hafenblatt: articles are not left out any more"]


def test_a_relay_that_is_away_loses_nothing(watched):
    watched.run(1, 6)
    watched.smtp.say("CONNECT", None, "554 5.3.2 closed")
    watched.ill(410)
    watched.run(1, 7, status=75)
    watched.run(1, 8, status=75)
    watched.smtp.obey()
    for hour in range(9, 12):
        watched.run(1, hour)
    assert watched.subjects() == [DEAD]


def test_without_an_operator_nobody_is_told(http, smtp, new_instance):
    http.documents["/feed.xml"] = http.Document(b"", 410)
    instance = new_instance({"hafenblatt": http.url("/feed.xml")}, plain_relay(smtp))
    instance.run("run")
    assert smtp.mails == []


def test_the_operator_may_change_and_must_be_an_address(watched):
    watched.run(1, 6)
    watched.ill(410)
    watched.run(1, 7)
    watched.instance.more = 'operator = "neu@news.example.org";'
    watched.instance.write()
    watched.well()
    watched.instance.run("feed", "reset", "hafenblatt", at=moment(1, 8))
    watched.run(1, 9)
    assert [mail.recipient for mail in watched.smtp.mails] == ["betrieb@news.example.org",
                                                               "neu@news.example.org"]
    watched.instance.more = 'operator = "Nicht so";'
    watched.instance.write()
    done = watched.instance.run("config", "check", status=78)
    assert b"operator" in done.stdout + done.stderr


def test_a_kill_at_any_system_call(watched, tmp_path):
    if not shutil.which("strace") or subprocess.run(["strace", "-qq", "true"],
                                                    capture_output=True).returncode != 0:
        pytest.skip("strace cannot trace here")
    watched.run(1, 6)
    watched.ill(410)
    folder = watched.instance.folder
    (folder / "clean").mkdir()
    for path in folder.glob("depesche.db*"):
        shutil.copy(path, folder / "clean")
    trace = tmp_path / "trace"
    calls = ("pwrite64", "fdatasync", "sendto", "recvfrom")

    def restore():
        for path in folder.glob("depesche.db*"):
            path.unlink()
        for path in (folder / "clean").iterdir():
            shutil.copy(path, folder)
        watched.smtp.mails.clear()

    def traced(*inject):
        command = ["strace", "-f", "-qq", "-o", str(trace), "-e", "trace=" + ",".join(calls)]
        for each in inject:
            command += ["-e", "inject=" + each]
        return subprocess.run([*command, *watched.instance.command("run", at=moment(1, 7))],
                              capture_output=True, timeout=120,
                              env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})

    assert traced().returncode == 0 and watched.subjects() == [DEAD]
    counts = collections.Counter(re.findall(r"^\d+ +(\w+)\(", trace.read_text(), re.M))
    tried = 0
    for call in calls:
        for number in range(1, counts[call] + 1, max(1, counts[call] // 8)):
            restore()
            traced(f"{call}:signal=KILL:when={number}")
            tried += 1
            uncertain = [each for each in watched.instance.json("delivery", "list")
                         if each["state"] == "uncertain"]
            for hour in range(8, 11):
                watched.run(1, hour, status=None)
            assert len(watched.smtp.mails) == 1 or (len(watched.smtp.mails) == 2 and uncertain), (
                call, number)
            assert len({mail.data for mail in watched.smtp.mails}) == 1
    assert tried >= 20
