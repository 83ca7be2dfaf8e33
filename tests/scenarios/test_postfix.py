"""A real Postfix on a free loopback port takes the digests and delivers them into Maildirs."""

import os
import pathlib
import pwd
import shutil
import subprocess
import time

import pytest

import servers
from instance import item, part, people


class Postfix:
    """An instance of its own below FOLDER: one smtpd, virtual delivery, nothing else."""

    def __init__(self, folder):
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
""")
        self.config = config

    def postfix(self, verb):
        return subprocess.run(["postfix", "-c", self.config, verb], capture_output=True,
                              timeout=60, check=verb == "start")

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


@pytest.fixture
def postfix(tmp_path_factory):
    if os.geteuid() != 0:
        pytest.skip("Postfix's master has to be started by root")
    assert shutil.which("postfix"), "contrib/check installs it"
    folder = tmp_path_factory.mktemp("postfix")
    for parent in [folder, *folder.parents][:3]:  # Postfix's own users have to get in
        parent.chmod(parent.stat().st_mode | 0o755)
    server = Postfix(folder)
    server.postfix("start")
    yield server
    server.postfix("abort")


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
