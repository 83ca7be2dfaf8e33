"""Signed mails as others see them: Debian's dkimpy, and OpenDKIM with a name server of its own."""

import os
import pathlib
import re
import shutil
import subprocess
import sys

import dkim
import pytest

from conftest import plain_relay
from instance import item, people

KEYS = {"rsa-sha256": ["genrsa", "-out"],
        "ed25519-sha256": ["genpkey", "-algorithm", "ed25519", "-out"]}


def make_key(path, algorithm, *more):
    subprocess.run(["openssl", *KEYS[algorithm], path, *more], check=True, capture_output=True)
    path.chmod(0o600)


def dns_record(path, algorithm):
    """What stands at SELECTOR._domainkey.DOMAIN."""
    der = subprocess.run(["openssl", "pkey", "-in", path, "-pubout", "-outform", "DER"], check=True,
                         capture_output=True).stdout
    import base64
    if algorithm == "ed25519-sha256":  # RFC 8463, 4.2: the bare 32 octets
        return b"v=DKIM1; k=ed25519; p=" + base64.b64encode(der[-32:])
    return b"v=DKIM1; k=rsa; p=" + base64.b64encode(der)


def settings(algorithm):
    return (f'dkim = {{ domain = "news.example.org"; selector = "s1"; key_file = "dkim.pem"; '
            f'algorithm = "{algorithm}"; }};')


@pytest.fixture
def signing(mailing):
    def make(algorithm, more="", items=None, **rest):
        instance = mailing(items or [item(1, "Größe zählt"), item(2)], people=people(12, name='"Zoë"'),
                           more=settings(algorithm) + more, **rest)
        make_key(instance.folder / "dkim.pem", algorithm)
        return instance

    return make


def verifies(data, record):
    def answer(name, timeout=5):
        assert name in (b"s1._domainkey.news.example.org.", "s1._domainkey.news.example.org.")
        return record

    return dkim.verify(data, dnsfunc=answer)


@pytest.mark.parametrize("algorithm", KEYS)
def test_every_mail_verifies_and_no_changed_one(signing, smtp, algorithm):
    instance = signing(algorithm, 'base_url = "https://news.example.org";')
    instance.run("run")
    record = dns_record(instance.folder / "dkim.pem", algorithm)
    assert len(smtp.mails) == 12
    for mail in smtp.mails:
        assert verifies(mail.data, record)
    data = smtp.mails[0].data
    signature = re.search(rb"DKIM-Signature: (.*?)\r\n(?=\S)", data, re.S).group(1)
    signed = re.sub(rb"\s", b"", re.search(rb"\sh=([^;]*);", signature).group(1)).split(b":")
    assert {b"from", b"to", b"subject", b"date", b"message-id", b"list-id", b"list-unsubscribe",
            b"list-unsubscribe-post"} <= set(signed)
    assert signed.count(b"from") == 2 and b"l=" not in re.sub(rb"b=.*", b"", signature)
    assert max(len(line) for line in signature.split(b"\r\n")) <= 78
    for old, new in ((b"Subject: ", b"Subject: X "), (b"href", b"hreg"), (b"Reply-To: ", b""),
                     (b"List-Unsubscribe-Post", b"X-Post"), (b"From: ", b"From: x@y.example\r\nFrom: ")):
        changed = data.replace(old, new, 1)
        assert changed == data or not verifies(changed, record), old


@pytest.mark.parametrize("algorithm", KEYS)
def test_a_mail_that_is_sent_again_has_the_same_signature(signing, smtp, algorithm):
    instance = signing(algorithm)
    smtp.say("DOT", "p3@example.org", "swallow", times=1)
    instance.run("run", status=None)
    instance.run("run", at="2026-11-23T07:30:00Z")
    twice = [mail.data for mail in smtp.mails if mail.recipient == "p3@example.org"]
    assert len(twice) == 2 and twice[0] == twice[1]


# Answers TXT questions on 127.0.0.1:53 of a network of its own, where resolv.conf names that.
JUDGE = r'''
import fcntl, socket, struct, subprocess, sys, threading
record, resolv, *command = sys.argv[1:]
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:  # the loopback goes up
    request = bytearray(struct.pack("16sH14x", b"lo", 0))
    fcntl.ioctl(probe, 0x8913, request)
    flags = struct.unpack_from("H", request, 16)[0] | 1
    fcntl.ioctl(probe, 0x8914, struct.pack("16sH14x", b"lo", flags))
subprocess.run(["mount", "--bind", resolv, "/etc/resolv.conf"], check=True)
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 53))

def serve():
    while True:
        query, client = server.recvfrom(4096)
        end = query.index(b"\0", 12) + 5
        text = record.encode()
        data = b"".join(bytes([len(text[i:i + 255])]) + text[i:i + 255]
                        for i in range(0, len(text), 255))
        is_txt = query[end - 4:end - 2] == b"\0\x10"
        answer = (b"\xc0\x0c\0\x10\0\1\0\0\0\x3c" + struct.pack(">H", len(data)) + data) if is_txt else b""
        server.sendto(query[:2] + b"\x85\x80" + b"\0\1" + (b"\0\1" if is_txt else b"\0\0") + b"\0\0\0\0"
                      + query[12:end] + answer, client)

threading.Thread(target=serve, daemon=True).start()
sys.exit(subprocess.run(command, stdin=sys.stdin).returncode)
'''


def test_opendkim_takes_it(signing, smtp, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("OpenDKIM asks the name server: a network of its own has to be made by root")
    assert shutil.which("opendkim-testmsg"), "contrib/check installs it"
    instance = signing("rsa-sha256", 'base_url = "https://news.example.org";')
    instance.run("run")
    record = dns_record(instance.folder / "dkim.pem", "rsa-sha256").decode()
    resolv = tmp_path / "resolv.conf"
    resolv.write_text("nameserver 127.0.0.1\noptions timeout:2 attempts:1\n")
    judge = tmp_path / "judge.py"
    judge.write_text(JUDGE)

    def opendkim(data):
        message = tmp_path / "message.eml"
        message.write_bytes(data)
        with message.open("rb") as stdin:
            return subprocess.run(["unshare", "-m", "-n", sys.executable, judge, record, resolv,
                                   "opendkim-testmsg"], stdin=stdin, capture_output=True, timeout=60)

    for mail in smtp.mails[:3]:
        done = opendkim(mail.data)
        assert done.returncode == 0, (done.stdout, done.stderr)
    assert opendkim(smtp.mails[0].data.replace(b"Subject: ", b"Subject: X ", 1)).returncode != 0


@pytest.mark.parametrize("algorithm, make, problem", [
    ("rsa-sha256", lambda path: None, b"cannot be read"),
    ("rsa-sha256", lambda path: (make_key(path, "rsa-sha256"), path.chmod(0o640)), b"others can read"),
    ("rsa-sha256", lambda path: make_key(path, "ed25519-sha256"), b"another kind"),
    ("ed25519-sha256", lambda path: make_key(path, "rsa-sha256"), b"another kind"),
    ("rsa-sha256", lambda path: make_key(path, "rsa-sha256", "512"), b"1024"),
    ("rsa-sha256", lambda path: (path.write_text("no key\n"), path.chmod(0o600)), b"no private key"),
])
def test_a_key_that_cannot_be_used_is_told_before_anything_is_sent(mailing, smtp, algorithm, make,
                                                                   problem):
    instance = mailing([item(1)], people=people(1), more=settings(algorithm))
    make(instance.folder / "dkim.pem")
    done = instance.run("config", "check", status=78)
    assert problem in done.stdout + done.stderr and b"dkim.key_file" in done.stdout + done.stderr
    instance.run("run", status=78)
    assert smtp.mails == []
