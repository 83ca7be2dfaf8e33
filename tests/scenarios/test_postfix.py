"""A real Postfix on a free loopback port takes the digests and delivers them into Maildirs."""

import os
import pathlib
import pwd
import re
import shutil
import smtplib
import subprocess
import time

import pytest

import servers
from instance import BINARY, item, part, people


class Postfix:
    """An instance of its own below FOLDER: one smtpd, virtual delivery, nothing else."""

    def __init__(self, folder, inbound=()):
        """INBOUND is a command that gets what comes for unsubscribe+…@news.example.org."""
        self.folder = pathlib.Path(folder)
        self.port = servers.free_port()
        self.mail = self.folder / "mail"
        config, queue, data = (self.folder / name for name in ("config", "queue", "data"))
        for each in (config, queue, data, self.mail):
            each.mkdir(parents=True)
        owner = pwd.getpwnam("postfix")
        os.chown(data, owner.pw_uid, owner.pw_gid)
        nobody = pwd.getpwnam("nobody")
        os.chown(self.mail, nobody.pw_uid, nobody.pw_gid)
        self.certificate = config / "cert.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                        "-keyout", config / "key.pem", "-out", self.certificate],
                       check=True, capture_output=True)
        (config / "recipients").write_text("gone@example.org 550 5.1.1 no such person\n")
        (config / "main.cf").write_text(f"""
compatibility_level = 3.6
queue_directory = {queue}
data_directory = {data}
mail_owner = postfix
maillog_file = {self.folder}/maillog
maillog_file_prefixes = {self.folder}
myhostname = relay.example.org
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = example.org
virtual_mailbox_base = {self.mail}
virtual_mailbox_maps = static:all/
virtual_uid_maps = static:{nobody.pw_uid}
virtual_gid_maps = static:{nobody.pw_gid}
smtpd_recipient_restrictions = check_recipient_access texthash:{config}/recipients, permit_mynetworks, reject
smtpd_tls_cert_file = {self.certificate}
smtpd_tls_key_file = {config}/key.pem
smtpd_tls_security_level = may
default_transport = error:nothing leaves this machine
recipient_delimiter = +
relay_domains = news.example.org
relay_transport = depesche:
depesche_destination_recipient_limit = 1
export_environment = ASAN_OPTIONS
""")
        (config / "master.cf").write_text(f"""
{self.port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
proxymap unix - - n - - proxymap
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
tlsmgr unix - - n 1000? 1 tlsmgr
depesche unix - n n - - pipe
  flags=Rq user=nobody argv={" ".join(inbound) or "/bin/false"} --recipient ${{original_recipient}}
""")
        self.config = config

    def postfix(self, verb):
        done = subprocess.run(["postfix", "-c", self.config, verb], capture_output=True, timeout=60)
        log = self.folder / "maillog"
        assert verb != "start" or done.returncode == 0, (
            done.stderr, log.read_text() if log.exists() else "no log")

    def delivered(self, count, seconds=60):
        """The messages in the Maildir, once COUNT are there (or time is up)."""
        new = self.mail / "all/new"
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = sorted(new.iterdir()) if new.is_dir() else []
            if len(found) >= count:
                break
            time.sleep(0.05)
        return [servers.parse(path.read_bytes()) for path in found]


def open_for_others(folder):
    """Postfix's own users have to get in; pytest's folders are closed."""
    for parent in [folder, *folder.parents][:3]:
        parent.chmod(parent.stat().st_mode | 0o755)


@pytest.fixture
def start_postfix(tmp_path_factory):
    if os.geteuid() != 0:
        pytest.skip("Postfix's master has to be started by root")
    assert shutil.which("postfix"), "contrib/check installs it"
    started = []

    def start(**more):
        for attempt in range(3):  # somebody else may take the port before Postfix does
            folder = tmp_path_factory.mktemp("postfix")
            open_for_others(folder)
            server = Postfix(folder, **more)
            try:
                server.postfix("start")
            except AssertionError:
                if attempt == 2:
                    raise
                continue
            started.append(server)
            return server

    yield start
    for server in started:
        server.postfix("abort")


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
