"""A real Postfix on a free loopback port takes the digests and delivers them into Maildirs."""

import os
import pwd
import re
import shutil
import smtplib
import time

import pytest

import servers
from instance import BINARY, item, part, people
from mta import Postfix, open_for_others


@pytest.fixture
def postfix(start_postfix):
    return start_postfix()


@pytest.mark.parametrize("relay", ["plain", "starttls"])
def test_postfix_takes_each_digest_once(mailing, postfix, relay):
    settings = (f'url = "smtp://127.0.0.1:{postfix.port}"; tls = "none";' if relay == "plain" else
                f'url = "smtp://localhost:{postfix.port}"; ca_file = "{postfix.certificate}";')
    instance = mailing([item(1, "Größe zählt nicht, Fähre schon"), item(2)], relay=settings,
                       people=people(25, name='"Zoë Müller-Lüdenscheidt"')
                       + ',\n{ address = "gone@example.org"; }')
    instance.run("run")
    instance.run("run", at="2026-11-23T09:00:00Z")
    mails = postfix.delivered(25)
    assert len(mails) == 25
    assert len({mail["Message-ID"] for mail in mails}) == 25
    assert {mail["Delivered-To"] for mail in mails} == {f"p{i}@example.org" for i in range(25)}
    for mail in mails:
        assert "Größe zählt nicht, Fähre schon" in part(mail, "plain")
        assert mail["To"].addresses[0].display_name == "Zoë Müller-Lüdenscheidt"
        assert mail["Return-Path"] == "<redaktion@news.example.org>"
    [refused] = [each for each in instance.json("delivery", "list") if each["state"] == "refused"]
    assert refused["address"] == "gone@example.org" and refused["code"] == 550


def test_unsubscribing_through_postfix(mailing, start_postfix, smtp):
    """The way that the README shows: a pipe transport hands the mail to "depesche inbound"."""
    instance = mailing([item(1)], people=people(3))
    instance.run("run")
    program = instance.folder / "depesche"  # where nobody may run it
    shutil.copy(BINARY, program)
    nobody = pwd.getpwnam("nobody")
    for path in [instance.folder, *instance.folder.rglob("*")]:
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    open_for_others(instance.folder)
    postfix = start_postfix(inbound=(str(program), "-c", str(instance.folder / "depesche.conf"),
                                     "inbound"))
    links = {mail.recipient: servers.parse(mail.data)["List-Unsubscribe"] for mail in smtp.mails}
    recipient = re.search(r"<mailto:([^>]+)>", links["p1@example.org"]).group(1)
    with smtplib.SMTP("127.0.0.1", postfix.port) as client:
        client.sendmail("p1@example.org", [recipient],
                        "From: p1@example.org\r\nTo: undisclosed\r\nSubject: bye\r\n\r\n.\r\n")
    deadline = time.monotonic() + 60
    state = "active"
    while state == "active" and time.monotonic() < deadline:
        time.sleep(0.1)
        [state] = [each["state"] for each in instance.json("subscriber", "list")
                   if each["address"] == "p1@example.org"]
    assert state == "unsubscribed", (postfix.folder / "maillog").read_text()
