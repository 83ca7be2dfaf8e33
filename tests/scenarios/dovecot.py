"""A real Dovecot with one user's mailbox, on free loopback ports."""

import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import time

from mta import certificate, open_for_others

USER, PASSWORD = "bounces", "geheim"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Dovecot:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.mail = self.folder / "mail"
        self.ports = {name: free_port() for name in ("imap", "imaps", "pop3", "pop3s")}
        self.certificate, key = certificate(self.folder)
        self.count = 0
        for name in ("new", "cur", "tmp"):
            (self.mail / name).mkdir(parents=True)
        config = self.folder / "dovecot.conf"
        listeners = "".join(
            f"service {name}-login {{\n"
            f"  inet_listener {name} {{\n    port = {self.ports[name]}\n  }}\n"
            f"  inet_listener {name}s {{\n    port = {self.ports[name + 's']}\n    ssl = yes\n  }}\n"
            f"}}\n" for name in ("imap", "pop3"))
        config.write_text(f"""
protocols = imap pop3
listen = 127.0.0.1
base_dir = {self.folder}/run
state_dir = {self.folder}/state
log_path = {self.folder}/log
ssl = required
ssl_cert = <{self.certificate}
ssl_key = <{key}
ssl_dh =
mail_location = maildir:{self.mail}
first_valid_uid = 1
passdb {{
  driver = static
  args = password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={self.folder}/home
}}
{listeners}
""")
        self.own()
        open_for_others(self.folder)
        self.process = subprocess.Popen(["dovecot", "-F", "-c", str(config)],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.wait()

    def own(self):
        nobody = pwd.getpwnam("nobody")
        for path in [self.mail, *self.mail.rglob("*")]:
            os.chown(path, nobody.pw_uid, nobody.pw_gid)

    def wait(self):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                for port in self.ports.values():
                    socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise AssertionError((self.folder / "log").read_text())

    def deliver(self, *messages):
        """In this order."""
        paths = []
        for message in messages:
            self.count += 1
            paths.append(self.mail / "tmp" / f"{self.count:06}.x")
            paths[-1].write_bytes(message)
        self.own()
        for path in paths:
            path.rename(self.mail / "new" / path.name)

    def messages(self):
        return [path for folder in ("new", "cur") for path in (self.mail / folder).iterdir()]

    def settings(self, scheme):
        path = "/INBOX" if scheme.startswith("imap") else ""
        return (f'{{ url = "{scheme}://localhost:{self.ports[scheme]}{path}"; user = "{USER}"; '
                f'password = "{PASSWORD}"; ca_file = "{self.certificate}"; }}')

    def close(self):
        self.process.terminate()
        self.process.wait(30)


def is_installed():
    return shutil.which("dovecot") is not None
