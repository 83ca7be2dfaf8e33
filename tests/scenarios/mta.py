"""Real mail servers from Debian's packages, each on a free loopback port and in a folder of its own.
Exim and OpenSMTPD cannot be installed beside Postfix: contrib/check unpacks their packages, and each
runs with file systems of its own where it looks for its users, queue and programs."""

import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import servers

UNPACKED = pathlib.Path(os.environ.get("DEPESCHE_SERVERS", "/nonexistent"))
USER, PASSWORD = "digest", "geheim"


def certificate(folder, name="localhost", made_days_ago=0):
    """A certificate for NAME that signs itself and is good for two days, and its key."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(["faketime", f"{made_days_ago} days ago",
                    "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                    "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}",
                    "-keyout", key, "-out", cert], check=True, capture_output=True)
    key.chmod(0o600)
    return cert, key


def open_for_others(folder):
    """The servers' own users have to get in; the folders of tests are closed."""
    for parent in [folder, *folder.parents]:
        if parent == pathlib.Path(tempfile.gettempdir()):
            return
        parent.chmod(parent.stat().st_mode | 0o755)


def maildir(folder, count, seconds=90):
    """The messages in a Maildir, once COUNT are there (or time is up)."""
    deadline = time.monotonic() + seconds
    found = []
    while time.monotonic() < deadline:
        found = sorted((folder / "new").iterdir()) if (folder / "new").is_dir() else []
        if len(found) >= count:
            break
        time.sleep(0.05)
    return [servers.parse(path.read_bytes()) for path in found]


# The users that unpacked servers need are made for them, with numbers from here on.
FIRST_USER = 64100


class Unpacked:
    """A server that was unpacked from its package, run in a mount namespace of its own."""

    runs_as = pwd.getpwnam("nobody").pw_uid  # what it hands mail to

    def __init__(self, folder, accepted):
        self.folder = folder
        self.accepted = accepted
        self.port = servers.free_port()
        self.mail = folder / "mail"
        self.process = None
        open_for_others(folder)
        nobody = pwd.getpwnam("nobody")
        self.mail.mkdir()
        os.chown(self.mail, nobody.pw_uid, nobody.pw_gid)
        self.certificate, self.key = certificate(folder)

    def users(self, *names):
        """/etc/passwd and /etc/group with system users for NAMES, as lines of the start script."""
        passwd = pathlib.Path("/etc/passwd").read_text()
        group = pathlib.Path("/etc/group").read_text()
        for i, name in enumerate(names):
            number = FIRST_USER + i
            passwd += f"{name}:x:{number}:{number}::/nonexistent:/usr/sbin/nologin\n"
            group += f"{name}:x:{number}:\n"
        (self.folder / "passwd").write_text(passwd)
        (self.folder / "group").write_text(group)
        return (f"mount --bind {self.folder}/passwd /etc/passwd\n"
                f"mount --bind {self.folder}/group /etc/group\n")

    def launch(self, script):
        path = self.folder / "start.sh"
        path.write_text("set -e\n" + script)
        self.log = (self.folder / "log").open("wb")
        self.process = subprocess.Popen(["unshare", "-m", "--propagation", "private", "sh", path],
                                        stdout=self.log, stderr=self.log, start_new_session=True)
        deadline = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                assert self.process.poll() is None and time.monotonic() < deadline, self.words()
                time.sleep(0.05)

    def words(self):
        return (self.folder / "log").read_text(errors="replace")[-3000:]

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        self.log.close()

    def delivered(self, count):
        return maildir(self.mail, count)


class Exim(Unpacked):
    program = UNPACKED / "usr/sbin/exim4"
    routers = transports = ""  # that come before the usual ones

    def start(self):
        (self.folder / "recipients").write_text("\n".join(self.accepted) + "\n")
        spool = self.folder / "spool"
        # It runs itself again as its own user, who need not get in where it was unpacked.
        program = shutil.copy(self.program, self.folder / "exim4")
        if self.transports:  # it becomes the user of a pipe
            os.chmod(program, 0o4755)
        (self.folder / "exim.conf").write_text(f"""
primary_hostname = relay.example.org
daemon_smtp_ports = {self.port}
local_interfaces = 127.0.0.1
spool_directory = {spool}
log_file_path = {spool}/log/%s
exim_path = {program}
tls_advertise_hosts = *
tls_certificate = {self.certificate}
tls_privatekey = {self.key}
auth_advertise_hosts = ${{if def:tls_in_cipher {{*}}}}
smtp_accept_max = 50
smtp_accept_queue_per_connection = 0
smtp_enforce_sync = true
acl_smtp_rcpt = check_recipient
never_users = root
keep_environment =
begin acl
check_recipient:
  deny message = 5.1.1 no such person
       !recipients = lsearch;{self.folder}/recipients
  accept
begin routers
{self.routers}
everybody:
  driver = accept
  transport = store
begin transports
{self.transports}
store:
  driver = appendfile
  maildir_format
  directory = {self.mail}
  create_directory = false
  envelope_to_add
  user = nobody
  group = nogroup
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_set_id = $auth2
  server_condition = ${{if and {{{{eq{{$auth2}}{{{USER}}}}}{{eq{{$auth3}}{{{PASSWORD}}}}}}}}}
""")
        (self.folder / "exim.conf").chmod(0o644)
        self.launch(self.users("Debian-exim") + f"""
mkdir -p {spool}/log {spool}/input {spool}/msglog {spool}/db
chown -R Debian-exim:Debian-exim {spool} {self.key}
for name in new cur tmp; do mkdir -p {self.mail}/$name; done
chown -R nobody {self.mail}
mount -t tmpfs none /var/lib
mkdir /var/lib/exim4
cp {self.folder}/exim.conf /var/lib/exim4/config.autogenerated
exec {program} -bdf -q1m
""")


class OpenSmtpd(Unpacked):
    """Offers no PIPELINING. Debian 12's cannot do TLS with Debian 12's OpenSSL: no client gets in."""

    program = UNPACKED / "usr/sbin/smtpd"
    rules = ""  # that come before the usual ones

    def start(self):
        people = ", ".join(f'"{address}" = nobody' for address in self.accepted)
        (self.folder / "smtpd.conf").write_text(f"""
table people {{ {people} }}
listen on 127.0.0.1 port {self.port} hostname relay.example.org
{self.rules}
action store maildir "{self.mail}" virtual <people>
match from any for domain "example.org" action store
""")
        (self.folder / "smtpd.conf").chmod(0o600)
        self.launch(self.users("opensmtpd", "opensmtpq") + f"""
mount -t tmpfs -o mode=755 none /usr/libexec
mkdir /usr/libexec/opensmtpd
mount --bind {UNPACKED}/usr/libexec/opensmtpd /usr/libexec/opensmtpd
mount -t tmpfs -o mode=755 none /var/lib
mkdir -p /var/lib/opensmtpd/empty
mount -t tmpfs -o mode=755 none /var/spool
mount -t tmpfs -o mode=755 none /run
mkdir -m 711 /var/spool/smtpd
exec {self.program} -d -f {self.folder}/smtpd.conf
""")


def unpacked_is_usable(kind):
    """Why KIND cannot be run here; None: it can."""
    if os.geteuid() != 0:
        return "it has to be started by root"
    if not kind.program.exists():
        return f"there is no {kind.program} (contrib/check unpacks it)"
    if subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode != 0:
        return "no mount namespaces here"
    return None


class Postfix:
    """An instance of its own below FOLDER: one smtpd, virtual delivery, nothing else."""

    def __init__(self, folder, inbound=(), refused=("gone@example.org",), auth=False, lost=(), snippet=None):
        """INBOUND is a command that gets what comes for unsubscribe+…@news.example.org. Mail to LOST is
        taken, and then there is nobody: it comes back. SNIPPET is the text of contrib/mta/postfix, which is
        then what hands mail over."""
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
        self.certificate, key = certificate(config)
        (config / "recipients").write_text(
            "".join(f"{each} 550 5.1.1 no such person\n" for each in refused))
        (config / "transport").write_text("".join(f"{each} lost:\n" for each in lost))
        nobody_there = config / "nobody_there"
        nobody_there.write_text("#!/bin/sh\ncat >/dev/null\nexit 67\n")
        nobody_there.chmod(0o755)
        allowed = "permit_sasl_authenticated" if auth else "permit_mynetworks"
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
smtpd_recipient_restrictions = check_recipient_access texthash:{config}/recipients, {allowed}, reject
smtpd_tls_cert_file = {self.certificate}
smtpd_tls_key_file = {key}
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = {"yes" if auth else "no"}
smtpd_sasl_local_domain = $myhostname
cyrus_sasl_config_path = {config}/sasl
default_transport = error:nothing leaves this machine
recipient_delimiter = +
relay_domains = news.example.org
relay_transport = depesche:
transport_maps = texthash:{config}/transport
depesche_destination_recipient_limit = 1
depesche_destination_concurrency_limit = 4
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
fast_flush_domains =
export_environment = ASAN_OPTIONS
""")
        (config / "master.cf").write_text(f"""
{self.port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
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
lost unix - n n - 2 pipe
  flags=Rq user=nobody argv={nobody_there}
""")
        self.config = config
        if snippet is not None:
            self.add_snippet(snippet.replace("/etc/postfix", str(config)))
        if auth:
            self.add_password()

    def add_snippet(self, text):
        """Its settings and transports stand in comments, its service does not."""
        main, master = self.config / "main.cf", self.config / "master.cf"
        settings = re.findall(r"^#   (\w+) = (.*)", text, re.M)
        lines = [line for line in main.read_text().splitlines()
                 if line.split(" = ")[0] not in dict(settings)]
        main.write_text("\n".join(lines).replace("= depesche:", "= error:not by the snippet") + "\n" +
                        "".join(f"{name} = {value}\n" for name, value in settings))
        (self.config / "transport").write_text("".join(
            f"{address} {where}\n" for address, where in re.findall(r"^#   (\S+@\S+) +(\S+)", text, re.M)))
        subprocess.run(["postmap", "-c", self.config, self.config / "transport"], check=True)
        service = "".join(line + "\n" for line in text.splitlines() if not line.startswith("#"))
        master.write_text(re.sub(r"^depesche .*\n .*\n", lambda _: service, master.read_text(), flags=re.M))

    def words(self):
        return (self.folder / "maillog").read_text()[-3000:]

    def add_password(self):
        """Cyrus SASL with a database of its own."""
        sasl = self.config / "sasl"
        sasl.mkdir()
        (sasl / "smtpd.conf").write_text("pwcheck_method: auxprop\nauxprop_plugin: sasldb\n"
                                         f"sasldb_path: {sasl}/users\nmech_list: PLAIN LOGIN\n")
        subprocess.run(["saslpasswd2", "-p", "-c", "-f", sasl / "users", "-u", "relay.example.org",
                        USER], input=PASSWORD.encode(), check=True, capture_output=True)
        shutil.chown(sasl / "users", "postfix")

    def postfix(self, verb):
        done = subprocess.run(["postfix", "-c", self.config, verb], capture_output=True, timeout=60)
        log = self.folder / "maillog"
        assert verb != "start" or done.returncode == 0, (
            done.stderr, log.read_text() if log.exists() else "no log")

    def delivered(self, count):
        return maildir(self.mail / "all", count)
