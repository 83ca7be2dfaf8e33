"""Instances of depesche with a letter that waits for N people: made once for each N and size, and
copied for every run, so that what is timed is `depesche send` and nothing else."""

import json
import os
import pathlib
import shutil
import subprocess

from stage import Failure, dead_port

SOURCE = pathlib.Path(__file__).resolve().parents[2]

EXIT_STOPPED = 75

# Many domains, as a list has them; limits for one domain do not matter here.
DOMAINS = 50

SENTENCE = ("Die Fähre um {number:05d} Uhr fällt aus, schreibt das Hafenamt, weil der Wind über "
            "Nacht gedreht hat.")

# The letter's own template has 6 kB of style: too much for a mail of 5 kB. This one has the same
# places where the mails differ.
BARE_LETTER = """<!doctype html>
<html lang="de">
<head><meta charset="utf-8"><title>{{subject}}</title></head>
<body>
<h1>{{subject}}</h1>
{{{content_html}}}
<p>{{t.sent_to}}<br><a href="{{unsubscribe_url}}">{{t.unsubscribe}}</a></p>
</body>
</html>
"""


class Prepared:
    """An instance with one open letter to PEOPLE, each of whose mails is about SIZE bytes.
    `message` is the mail of the first of them, as it stands in a file (LF)."""

    def __init__(self, depesche, folder, people, sentences):
        self.depesche = depesche
        self.folder = folder
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        shutil.copytree(SOURCE / "templates", folder / "templates")
        (folder / "templates/plain/post.html.mustache").write_text(BARE_LETTER)
        write_keys(folder)
        (folder / "letter.md").write_text(
            "\n\n".join(SENTENCE.format(number=number) for number in range(sentences)))
        with dead_port() as nobody:
            self.write_config(folder, nobody.getsockname()[1], 1)
            self.import_people(people)
            # Posting sends at once. Nobody listens, so it stops before the first mail.
            self.run(folder, "post", "letter.md", "--subject", "Aus dem Hafen",
                     status=EXIT_STOPPED)
        self.message = self.run(folder, "issue", "preview", "1", "--as", address(0), "--format",
                                "eml").replace(b"\r\n", b"\n")

    def import_people(self, people):
        roster = self.folder / "people.csv"
        with open(roster, "w") as file:
            file.write("email;name\n")
            for number in range(people):
                file.write(f"{address(number)};\n")
        self.run(self.folder, "-q", "subscriber", "import", "people.csv", "--basis", "consent",
                 "--consent", "made for the benchmark")
        roster.unlink()

    def write_config(self, folder, port, connections):
        config = folder / "depesche.conf"
        config.write_text(f"""
imprint = "https://news.example.org/impressum";
postal_address = "Beispielverlag, Hafenstraße 1, 20457 Hamburg";
inbound = {{ unsubscribe = "unsubscribe@news.example.org"; }};
relays = (
  {{ url = "smtp://127.0.0.1:{port}"; tls = "none"; ehlo_name = "bench.example.org";
    connections = {connections}; connection_messages = 0; connection_seconds = 0; }}
);
newsletters = (
  {{ name = "hafen"; title = "Hafenblatt";
    from = "Redaktion Hafenblatt <redaktion@news.example.org>";
    language = "de"; zone = "Europe/Berlin"; }}
);
""")
        config.chmod(0o600)

    def command(self, folder, *words, depesche=None):
        return [str(depesche or self.depesche), "-c", str(folder / "depesche.conf"), *words]

    def run(self, folder, *words, status=0):
        done = subprocess.run(self.command(folder, *words), cwd=folder, stdin=subprocess.DEVNULL,
                              capture_output=True)
        if done.returncode != status:
            raise Failure(f"depesche {' '.join(words)}: exit {done.returncode} instead of {status}: "
                          f"{done.stderr.decode(errors='replace').strip()}")
        return done.stdout

    def copy(self, folder, port, connections):
        """A copy in FOLDER that sends to PORT. It lies on the disk when this returns: the run
        shall wait for its own writes, not for these."""
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.folder, folder)
        self.write_config(folder, port, connections)
        for path in folder.iterdir():
            if path.is_file():
                with open(path, "rb") as file:
                    os.fsync(file.fileno())

    def states(self, folder):
        """How many deliveries are in which state after a run."""
        return json.loads(self.run(folder, "issue", "show", "1", "--json"))


def write_keys(folder):
    """Keys as "depesche init" makes them, but the same each time."""
    keys = folder / "depesche.keys"
    keys.write_text("a " + "5a" * 32 + "\n")
    keys.chmod(0o600)


def address(number):
    return f"person{number}@domain{number % DOMAINS}.example.net"


def sentences_for(depesche, folder, size):
    """How many sentences make a mail of about SIZE bytes: a mail grows by the same with each."""
    few, many = 5, 15
    sizes = [len(Prepared(depesche, folder, 1, count).message) for count in (few, many)]
    growth = (sizes[1] - sizes[0]) / (many - few)
    return max(1, few + round((size - sizes[0]) / growth))
