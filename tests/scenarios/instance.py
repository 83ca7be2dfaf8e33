"""An instance of depesche in a folder of its own, and the program run on it."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import xml.sax.saxutils

import servers

BINARY = pathlib.Path(os.environ["DEPESCHE"])
# What that becomes for everything but taking in a mail.
MAIN = BINARY.with_name("depesche-main")
SOURCE = pathlib.Path(os.environ["DEPESCHE_SOURCE"])

# What an import has to say of people, whoever they are.
IMPORT = ["subscriber", "import", "--basis", "consent", "--consent", "form of 2024"]


def rss(title, items):
    """An RSS 2.0 document; items are dicts with title and what else there is."""
    escape = xml.sax.saxutils.escape
    out = [f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel>'
           f"<title>{escape(title)}</title><link>https://news.example.org/</link>"]
    for item in items:
        out.append("<item>")
        for name, value in item.items():
            out.append(f"<{name}>{escape(value)}</{name}>")
        out.append("</item>")
    out.append("</channel></rss>")
    return "".join(out).encode()


def item(number, title=None, **more):
    return {"title": title or f"Meldung {number}",
            "link": f"https://news.example.org/artikel/{number}",
            "guid": f"artikel-{number}",
            "pubDate": "Mon, 23 Nov 2026 05:00:00 +0100",
            "description": f"Text der Meldung {number}.", **more}


class Instance:
    """Writes depesche.conf from `feeds` (name -> URL), `relay` and `newsletter` (libconfig text
    that is added to the one newsletter, "morgen"). People stand in `people` (libconfig text)."""

    NOW = "2026-11-23T07:00:00Z"

    def __init__(self, folder, feeds, relay, people="", newsletter="", more="", topics=None, inbound=""):
        self.folder = pathlib.Path(folder)
        self.feeds = feeds
        self.relay = relay
        self.people = people
        self.newsletter = newsletter
        self.more = more
        self.topics = topics or {}
        self.inbound = inbound
        self.now = self.NOW
        shutil.copytree(SOURCE / "templates", self.folder / "templates", dirs_exist_ok=True)
        keys = self.folder / "depesche.keys"
        keys.write_text("a " + "5a" * 32 + "\n")
        keys.chmod(0o600)
        self.write()

    def write(self):
        feeds = ",\n".join(
            f'  {{ name = "{name}"; url = "{url}"; allow_file = true; allow_private = true; }}'
            for name, url in self.feeds.items())
        topics = ", ".join(
            f'{{ name = "{name}"; title = {json.dumps(name.title())}; filter = {json.dumps(text, ensure_ascii=False)}; }}'
            for name, text in self.topics.items())
        config = self.folder / "depesche.conf"
        config.write_text(f"""
imprint = "https://news.example.org/impressum";
postal_address = "Beispielverlag, Hafenstraße 1, 20457 Hamburg";
inbound = {{ unsubscribe = "unsubscribe@news.example.org"; {self.inbound} }};
relays = ( {{ {self.relay} }} );
feeds = (
{feeds}
);
newsletters = (
  {{ name = "morgen"; title = "Der Morgenüberblick";
    from = "Redaktion Hafenblatt <redaktion@news.example.org>";
    language = "de"; zone = "Europe/Berlin"; hour = "06:00";
    subscribers = "people.conf";
    topics = ( {topics} );
    {self.newsletter}
  }}
);
{self.more}
""")
        config.chmod(0o600)
        (self.folder / "people.conf").write_text(f"subscribers = (\n{self.people}\n);\n")

    def command(self, *words, at=None):
        """Begins with the program that does it: what is called is slow to become another one under the
        sanitizers. That it does is tried in test_commands."""
        program = BINARY if "inbound" in words and "poll" not in words else MAIN
        return [str(program), "-c", str(self.folder / "depesche.conf"), "--at", at or self.now,
                *words]

    def run(self, *words, status=0, at=None, stdin=None, env=None):
        """Runs a command and checks its exit status; status None takes any."""
        done = subprocess.run(self.command(*words, at=at), input=stdin, capture_output=True,
                              timeout=120, env={**os.environ, **(env or {})})
        for stream in (done.stdout, done.stderr):
            assert b"Sanitizer" not in stream and b"runtime error" not in stream, stream.decode()
        if status is not None:
            assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
        return done

    def json(self, *words, **more):
        return json.loads(self.run(*words, "--json", **more).stdout)

    def start(self, *words):
        return subprocess.Popen(self.command(*words), stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)

    def kill_after(self, seconds, *words):
        """Starts a command and ends it by SIGKILL after some seconds. True when it was killed."""
        process = self.start(*words)
        try:
            process.wait(seconds)
            return False
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            return True

    def maildir(self, name="mail"):
        """The messages in a Maildir of this instance."""
        new = self.folder / name / "new"
        if not new.is_dir():
            return []
        return [servers.parse(path.read_bytes()) for path in sorted(new.iterdir())]


def people(count, domain="example.org", **more):
    """COUNT people as roster text: p0@DOMAIN, p1@DOMAIN…"""
    extra = "".join(f" {key} = {value};" for key, value in more.items())
    return ",\n".join(f'  {{ address = "p{i}@{domain}";{extra} }}' for i in range(count))


def part(message, kind):
    """The text of a message's part of type text/KIND."""
    return message.get_body((kind,)).get_content()
