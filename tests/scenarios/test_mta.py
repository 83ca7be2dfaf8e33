"""Five hundred mails to each real server, every tenth refused: each recipient exactly once."""

import collections
import os
import pwd
import re
import shutil
import smtplib
import time

import pytest

import mta
import servers
from instance import BINARY, SOURCE, item, people

PEOPLE = 500
EVERYBODY = [f"p{i}@example.org" for i in range(PEOPLE)]
REFUSED = EVERYBODY[::10]
ACCEPTED = [each for each in EVERYBODY if each not in REFUSED]

SETTINGS = {
    "plain": 'url = "smtp://127.0.0.1:{port}"; tls = "none";',
    "lock-step": 'url = "smtp://127.0.0.1:{port}"; tls = "none"; pipelining = "off";',
    "starttls and auth": 'url = "smtp://localhost:{port}"; ca_file = "{certificate}"; '
                         f'user = "{mta.USER}"; password = "{mta.PASSWORD}";',
}


def send_to(server, mailing, way):
    relay = SETTINGS[way].format(port=server.port, certificate=server.certificate)
    instance = mailing([item(1, "Größe zählt nicht, Fähre schon"), item(2)], relay=relay,
                       people=people(PEOPLE))
    for hour in (7, 8):
        done = instance.run("run", at=f"2026-11-23T{hour:02d}:00:00Z")
    mails = server.delivered(len(ACCEPTED))
    counts = collections.Counter(str(mail["To"]) for mail in mails)
    assert counts == {each: 1 for each in ACCEPTED}, done.stderr
    assert len({mail["Message-ID"] for mail in mails}) == len(ACCEPTED)
    records = instance.json("delivery", "list", "--limit", "0")
    states = collections.Counter(each["state"] for each in records)
    assert states == {"sent": len(ACCEPTED), "refused": len(REFUSED)}
    refused = [each for each in records if each["state"] == "refused"]
    assert sorted(each["address"] for each in refused) == sorted(REFUSED)
    assert all(500 <= each["code"] <= 559 for each in refused)
    return refused


@pytest.mark.parametrize("way", SETTINGS)
def test_postfix(mailing, start_postfix, way):
    server = start_postfix(refused=REFUSED, auth="auth" in way)
    refused = send_to(server, mailing, way)
    assert all("no such person" in each["note"] for each in refused)
    assert {each["status"] for each in refused} == {"5.1.1"}


@pytest.fixture
def start_unpacked(tmp_path):
    started = []

    def start(kind):
        why = mta.unpacked_is_usable(kind)
        if why is not None:
            pytest.skip(why)
        folder = tmp_path / "server"
        folder.mkdir()
        server = kind(folder, ACCEPTED)
        started.append(server)
        server.start()
        return server

    yield start
    for server in started:
        server.stop()


@pytest.mark.parametrize("kind, way", [(mta.Exim, "plain"), (mta.Exim, "starttls and auth"),
                                       (mta.OpenSmtpd, "plain")])
def test_others(mailing, start_unpacked, kind, way):
    server = start_unpacked(kind)
    try:
        refused = send_to(server, mailing, way)
    except AssertionError:
        print(server.words())
        raise
    assert all(each["note"] for each in refused)


def snippet(name, program):
    """contrib/mta/NAME as it stands there, for PROGRAM run as nobody."""
    text = (SOURCE / "contrib/mta" / name).read_text()
    text = text.replace("/usr/bin/depesche -c /etc/depesche/depesche.conf", program)
    return (text.replace("user = depesche", "user = nobody").replace('"@" = depesche', '"@" = nobody')
            .replace("group = depesche", "group = nogroup").replace("user=depesche", "user=nobody"))


def configure_exim(server, program):
    before, server.transports = snippet("exim", program).split("# begin transports\n")
    server.routers = before.split("# begin routers\n")[1]


def configure_opensmtpd(server, program):
    server.rules = snippet("opensmtpd", program)


def configure_aliases(server, program):
    """contrib/mta/aliases, as OpenSMTPD reads it."""
    path = server.folder / "aliases"
    path.write_text(snippet("aliases", program))
    path.chmod(0o644)
    # OpenSMTPD runs commands of aliases as itself, where servers run as what they were unpacked for.
    server.runs_as = mta.FIRST_USER
    server.rules = (f'table aliases file:{path}\naction "local" maildir "{server.mail}" alias <aliases>\n'
                    'match from any for domain "news.example.org" action "local"')


def reader_who_leaves(mailing, smtp):
    """An instance, where p1 can write to, and the program where nobody may run it."""
    instance = mailing([item(1)], people=people(2))
    instance.run("run")
    leave = {mail.recipient: re.search(r"<mailto:([^>?]+)", servers.parse(
        mail.data)["List-Unsubscribe"]).group(1) for mail in smtp.mails}["p1@example.org"]
    program = instance.folder / "depesche"
    shutil.copy(BINARY, program)
    return instance, leave, program


def give_to(instance, user):
    for path in [instance.folder, *instance.folder.rglob("*")]:
        os.chown(path, user, user)
    mta.open_for_others(instance.folder)


def write_and_wait(server, instance, leave):
    """A mail to LEAVE takes that reader off and no other."""
    with smtplib.SMTP("127.0.0.1", server.port) as client:
        client.sendmail("p1@example.org", [leave], "To: undisclosed\r\nSubject: x\r\n\r\n.\r\n")
    deadline = time.monotonic() + 30
    states = {}
    while states.get("p1@example.org") != "unsubscribed" and time.monotonic() < deadline:
        time.sleep(0.1)
        states = {each["address"]: each["state"] for each in instance.json("subscriber", "list")}
    assert states == {"p0@example.org": "active", "p1@example.org": "unsubscribed"}, server.words()


@pytest.mark.parametrize("kind, configure", [
    (mta.Exim, configure_exim), (mta.OpenSmtpd, configure_opensmtpd),
    (mta.OpenSmtpd, configure_aliases)])
def test_mail_is_handed_over(mailing, smtp, tmp_path, kind, configure):
    why = mta.unpacked_is_usable(kind)
    if why is not None:
        pytest.skip(why)
    instance, leave, program = reader_who_leaves(mailing, smtp)
    folder = tmp_path / "server"
    folder.mkdir()
    server = kind(folder, [leave])
    configure(server, f"{program} -c {instance.folder}/depesche.conf")
    give_to(instance, server.runs_as)
    server.start()
    try:
        write_and_wait(server, instance, leave)
    finally:
        server.stop()


def test_postfix_hands_mail_over(mailing, smtp, start_postfix):
    instance, leave, program = reader_who_leaves(mailing, smtp)
    give_to(instance, pwd.getpwnam("nobody").pw_uid)
    server = start_postfix(snippet=snippet("postfix", f"{program} -c {instance.folder}/depesche.conf"))
    write_and_wait(server, instance, leave)
