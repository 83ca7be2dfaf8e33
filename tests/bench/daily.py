#!/usr/bin/python3
"""How long a daily run over many people takes. `contrib/bench daily` calls this.

    daily.py --depesche PROGRAM --work FOLDER [--quick] [ROW...]

Everybody has a filter of their own choice: one of 10,000, some much more often than others (Zipf), of one
to three words that articles use as often as words are used. Yesterday all have had their first digest.
Today there are 1,000 new articles; timed is `depesche run` from its start until its end: the feed is read,
an issue is cut, digests are chosen, rendered and made into mails, which the transport "null:" takes and
throws away; the ledger is kept as ever.

Most must have got a mail, and no delivery may be in another state; else the row has failed."""

import dataclasses
import itertools
import json
import pathlib
import random
import shutil
import subprocess
import sys

import frame
import prepare
import stage
from stage import Failure

RUN_SECONDS_MAX = 3600
YESTERDAY, TODAY = "2026-11-23T06:00:00Z", "2026-11-24T06:00:00Z"
WORDS_MAX = 5000
COMMON_WORDS = 30
EXCERPT_WORDS = 36
SYLLABLES = "ha fen wa sser bri cke mar kt tor nord see boot le be ru mo sta li ger dam ker wo".split()


@dataclasses.dataclass
class Row:
    name: str
    text: str
    people: int
    articles: int = 1000
    filters: int = 10_000
    seconds_goal: float = None
    memory_goal: float = 64  # MB

    def quick(self):
        return dataclasses.replace(self, people=300, articles=30, filters=50)


ROWS = [
    Row("daily-100k", "100,000 people, 10,000 filters, 1,000 articles", 100_000),
    Row("daily-1m", "1,000,000 people, the same", 1_000_000, seconds_goal=120),
]


class Language:
    """Made-up words, the first ones much more often than the last."""

    def __init__(self):
        self.random = random.Random(1)
        parts = itertools.product(SYLLABLES, repeat=3)
        self.words = ["".join(part) for part in itertools.islice(parts, WORDS_MAX)]
        self.random.shuffle(self.words)
        self.common = set(self.words[:COMMON_WORDS])
        self.weights = list(itertools.accumulate(1 / rank for rank in range(1, WORDS_MAX + 1)))

    def take(self, count):
        return self.random.choices(self.words, cum_weights=self.weights, k=count)

    def filter(self):
        """Nobody asks for the words that every article has."""
        words = [word for word in self.take(12) if word not in self.common]
        return " or ".join(words[:self.random.randint(1, 3)]) or self.words[-1]


def feed(language, numbers, day):
    items = "".join(
        f"<item><guid>{number}</guid><title>{' '.join(language.take(7)).capitalize()}</title>"
        f"<link>https://harbour.example.org/{day}/{number}</link>"
        f"<pubDate>{day} 04:{number % 60:02d}:00 +0000</pubDate>"
        f"<description>{' '.join(language.take(EXCERPT_WORDS)).capitalize()}.</description></item>"
        for number in numbers)
    return f'<rss version="2.0"><channel><title>Harbour</title>{items}</channel></rss>'


class Town:
    """An instance with its people, who have had their first digest."""

    def __init__(self, depesche, folder, row):
        self.depesche = depesche
        self.folder = folder
        self.language = Language()
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        shutil.copytree(prepare.SOURCE / "templates", folder / "templates")
        prepare.write_keys(folder)
        (folder / "depesche.conf").write_text(f"""
imprint = "https://news.example.org/imprint";
postal_address = "Example Press, 1 Quay Street, Exampleton";
inbound = {{ unsubscribe = "unsubscribe@news.example.org"; }};
relays = ( {{ url = "null:"; }} );
feeds = ( {{ name = "harbour"; url = "file:{folder}/feed.xml"; allow_file = true; }} );
newsletters = (
  {{ name = "daily"; title = "The Daily"; from = "The Daily <daily@news.example.org>";
    language = "en"; zone = "UTC"; hour = "05:00"; feeds = ("harbour"); max_articles = 20; }}
);
""")
        (folder / "depesche.conf").chmod(0o600)
        self.run("config", "check")
        self.write_feed(range(20), "Mon, 23 Nov 2026")
        self.import_people(row)
        self.run("-q", "--at", YESTERDAY, "run")
        self.write_feed(range(20, 20 + row.articles), "Tue, 24 Nov 2026")

    def write_feed(self, numbers, day):
        (self.folder / "feed.xml").write_text(feed(self.language, numbers, day))

    def import_people(self, row):
        filters = [self.language.filter() for _ in range(row.filters)]
        weights = list(itertools.accumulate(1 / rank for rank in range(1, row.filters + 1)))
        with open(self.folder / "people.csv", "w") as file:
            file.write("address,filter\n")
            for number in range(row.people):
                [each] = self.language.random.choices(filters, cum_weights=weights)
                file.write(f"{prepare.address(number)},{each}\n")
        self.run("-q", "--at", YESTERDAY, "subscriber", "import", "people.csv", "--basis",
                 "consent", "--consent", "made for the benchmark")

    def some_mail(self):
        """Of the first person who has something to read."""
        for number in itertools.count():
            mail = self.run("issue", "preview", "2", "--as", prepare.address(number), "--format",
                            "eml")
            if mail:
                return mail

    def command(self, *words):
        return [str(self.depesche), "-c", str(self.folder / "depesche.conf"), *words]

    def run(self, *words):
        done = subprocess.run(self.command(*words), cwd=self.folder, stdin=subprocess.DEVNULL,
                              capture_output=True)
        if done.returncode != 0:
            raise Failure(f"depesche {' '.join(words)}: exit {done.returncode}: "
                          f"{done.stderr.decode(errors='replace').strip()}")
        return done.stdout


class DailyBenchmark(frame.Benchmark):
    description = "measures a daily run"
    rows = ROWS
    columns = ["row", "seconds", "goal", "met", "CPU s", "RSS MB", "goal", "met", "mails",
               "kB each"]

    def add_options(self, parser):
        parser.add_argument("--depesche", type=pathlib.Path, required=True, help="the program")
        parser.add_argument("--work", type=pathlib.Path, required=True,
                            help="a folder; on the disk that shall be measured")

    def is_usual(self, row):
        return row.seconds_goal is None

    def begin(self, arguments):
        self.depesche, self.work = arguments.depesche.resolve(), arguments.work.resolve() / "daily"
        self.work.mkdir(parents=True, exist_ok=True)
        self.stopwatch = stage.compile_tools(self.work / "tools")["stopwatch"]
        return self.work

    def conditions(self, rows, rounds):
        return "each once"

    def measure(self, row, rounds):
        frame.talk(f"{row.name}: people")
        town = Town(self.depesche, self.work / "town", row)
        frame.talk(f"{row.name}: the run")
        result = self.work / "stopwatch.txt"
        subprocess.run([str(word) for word in (self.stopwatch, result, *town.command(
            "-q", "--at", TODAY, "run"))], timeout=RUN_SECONDS_MAX, check=True)
        seconds, cpu, memory, status = map(float, result.read_text().split())
        if status != 0:
            raise Failure(f"the run ended with {status:.0f}")
        states = json.loads(town.run("issue", "show", "2", "--json"))["deliveries"]
        sent = states.pop("sent")
        if any(states.values()) or not row.people / 2 < sent <= row.people:
            raise Failure(f"{sent} mails were sent, and {states}")
        mail = town.some_mail()
        run = {"seconds": seconds, "cpu": cpu, "memory": memory / 1024, "mails": sent,
               "octets": len(mail)}
        return [[f"{row.name}: {row.text}", *frame.judged(seconds, row.seconds_goal, False),
                 f"{cpu:.1f}", f"{run['memory']:.1f}",
                 *frame.judged(run["memory"], row.memory_goal, False)[1:], str(sent),
                 f"{len(mail) / 1000:.1f}"]], [run]

    def end(self):
        shutil.rmtree(self.work / "town", ignore_errors=True)


if __name__ == "__main__":
    sys.exit(frame.main(DailyBenchmark()))
