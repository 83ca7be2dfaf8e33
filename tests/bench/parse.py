#!/usr/bin/python3
"""How fast depesche reads feeds, beside sfeed and xmllint. `contrib/bench parse` calls this.

    parse.py --depesche PROGRAM --work FOLDER [--quick] [ROW…]

A row is an input, made here and always the same: one feed of 60 MB, of one of three kinds, or a folder
of 2,000 ordinary ones. In each round every contender reads it once, one after the other and in turning
order; a ratio is taken within its round, and the table shows medians over the rounds.

Timed is the whole program, from before its start until after its end, with its output into /dev/null.
depesche writes all it reads as JSON; sfeed writes what it keeps
as lines; xmllint builds no tree (--stream) and writes nothing. Of the folder sfeed reads each file in a
process of its own, as it is made for; depesche reads all of them in one run.

Before the rounds every contender reads the input once, untimed, into a file: it must have found as many
entries as there are, or the row has failed."""

import dataclasses
import functools
import json
import pathlib
import random
import shutil
import subprocess
import sys

import frame
import stage
from stage import Failure

RUN_SECONDS_MAX = 300
MEGABYTE = 1_000_000

WORDS = ("der die das Hafen Wind Nacht gedreht schreibt Amt weil aus Uhr und nicht mehr Schiff heute "
         "morgen Bericht Wasserstand Zeitung Lotse Kutter Werft Boje Pegel Tonne Mole").split()
UMLAUTS = "Fähre über fällt für Küste Kapitän größer Schlösser Böe Ölzeug".split()


def sentence(chance, words, count):
    return " ".join(chance.choice(words) for _ in range(count))


def plain(chance, size):
    """Text without mark-up, in ASCII."""
    return sentence(chance, WORDS, size // 6)


def markup(chance, size):
    """HTML as blogs write it, with the letters of a language that has more than ASCII."""
    words = WORDS + UMLAUTS
    parts, length = [], 0
    while length < size:
        parts.append(f'<p>{sentence(chance, words, chance.randint(10, 40))} <a href="https://'
                     f'www.example.org/artikel/{chance.randint(1, 10**6)}?a=1&amp;b=2">'
                     f"{sentence(chance, words, 3)}</a> "
                     f"{sentence(chance, words, chance.randint(5, 30))}.</p>\n")
        length += len(parts[-1])
    return "".join(parts)


def escaped(html):
    return html.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


# Kind -> what an item has as its text.
BODIES = {
    "text": lambda chance, size: f"<description>{plain(chance, size)}</description>",
    "escaped": lambda chance, size: f"<description>{escaped(markup(chance, size))}</description>",
    "CDATA": lambda chance, size: (f"<description>{plain(chance, 200)}</description>"
                                   f"<content:encoded><![CDATA[{markup(chance, size)}]]>"
                                   "</content:encoded>"),
}


def write_feed(path, kind, size, seed):
    """A feed of about SIZE bytes; returns the number of its items."""
    chance = random.Random(seed)
    count = length = 0
    with open(path, "w", encoding="utf-8") as file:
        length += file.write(
            '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" '
            'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
            'xmlns:dc="http://purl.org/dc/elements/1.1/">\n<channel><title>Hafenblatt</title>'
            "<link>https://www.example.org/</link><description>Neues vom Hafen</description>\n")
        while length < size:
            body = BODIES[kind](chance, chance.choice([500, 1500, 3000, 6000]))
            item = (f"<item><title>{sentence(chance, WORDS, 8)}</title>"
                    f"<link>https://www.example.org/artikel/{count}</link>"
                    f'<guid isPermaLink="false">hafen-{count}</guid><pubDate>Tue, '
                    f"{1 + count % 28:02d} Mar 2026 {count % 24:02d}:00:00 +0100</pubDate>"
                    f"<dc:creator>Erika Muster</dc:creator><category>Hafen</category>{body}</item>\n")
            file.write(item)
            length += len(item.encode())
            count += 1
        file.write("</channel></rss>\n")
    return count


@dataclasses.dataclass
class Row:
    name: str
    text: str
    kind: str = None    # of a single feed; None: a folder of all kinds
    size: int = 60 * MEGABYTE
    files: int = 1
    goals: dict = dataclasses.field(default_factory=dict)  # contender -> share of its speed

    def quick(self):
        """The same in a moment: whether it runs and counts, not how fast."""
        return dataclasses.replace(self, size=MEGABYTE, files=min(self.files, 6))


LONG = {"sfeed": 0.6, "xmllint": 0.5}
ROWS = [
    Row("text", "60 MB, plain text", "text", goals=LONG),
    Row("escaped", "60 MB, escaped HTML", "escaped", goals=LONG),
    Row("cdata", "60 MB, HTML in CDATA", "CDATA", goals=LONG),
    Row("folder", "2,000 feeds of 30 to 300 kB", files=2000, goals={"sfeed": 1.0}),
]


@dataclasses.dataclass
class Run:
    seconds: float
    cpu: float
    memory: float  # MB
    bytes: int

    @property
    def rate(self):
        """Megabytes a second."""
        return self.bytes / MEGABYTE / self.seconds


class Input:
    """The files of a row and how many items they have."""

    def __init__(self, row, folder):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.folder = folder
        self.items = 0
        chance = random.Random(row.files)
        for number in range(row.files):
            kind = row.kind or list(BODIES)[number % len(BODIES)]
            size = row.size if row.files == 1 else chance.randint(30_000, 300_000)
            self.items += write_feed(folder / f"{number:04d}.xml", kind, size, number)
        self.files = sorted(folder.iterdir())
        self.bytes = sum(path.stat().st_size for path in self.files)


class Readers:
    def __init__(self, depesche, work):
        self.depesche = depesche
        self.work = work
        work.mkdir(parents=True, exist_ok=True)
        self.stopwatch = stage.compile_tools(work / "tools")["stopwatch"]

    def contenders(self, row, given):
        """Name -> its command, and how to count what it found in its output."""
        is_one = row.files == 1
        target = given.files[0] if is_one else given.folder
        every = {"depesche": (f'"$0" feed show --json "{target}"', self.depesche, count_json)}
        if is_one:
            every["sfeed"] = (f'sfeed < "{target}"', "", count_lines)
            every["xmllint"] = (f'xmllint --stream --noout "{target}"', "", None)
        else:
            every["sfeed"] = (f'for f in "{target}"/*; do sfeed < "$f"; done', "", count_lines)
        return every

    def check(self, contender, given):
        """Everybody finds all of it; this also brings the input into the page cache."""
        _, _, count = contender
        output = self.work / "output"
        self.run(contender, given, output)
        if count is not None and count(output) != given.items:
            raise Failure(f"{contender[0]} found {count(output)} of {given.items} entries")
        output.unlink()

    def run(self, contender, given, output="/dev/null"):
        command, program, _ = contender
        result = self.work / "stopwatch.txt"
        try:
            done = subprocess.run(
                [self.stopwatch, result, "sh", "-c", f'{command} > "{output}"', program],
                stdin=subprocess.DEVNULL, capture_output=True, timeout=RUN_SECONDS_MAX)
        except subprocess.TimeoutExpired as error:
            raise Failure(f"{command} did not end in {RUN_SECONDS_MAX} s") from error
        if done.returncode != 0:
            raise Failure(f"stopwatch: {done.stderr.decode(errors='replace').strip()}")
        seconds, cpu, memory, status = result.read_text().split()
        if int(status) != 0:
            raise Failure(f"{command} ended with {status}: "
                          f"{done.stderr.decode(errors='replace').strip()}")
        return Run(float(seconds), float(cpu), int(memory) / 1024, given.bytes)

    def row(self, row, rounds):
        given = Input(row, self.work / "input")
        contenders = self.contenders(row, given)
        for contender in contenders.values():
            self.check(contender, given)
        runs = frame.rounds_of({name: functools.partial(self.run, contender, given)
                                for name, contender in contenders.items()}, rounds, row.name)
        shutil.rmtree(given.folder)
        return runs


def count_json(path):
    """The entries of one object, or of an object on each line; none may have been mended."""
    text = path.read_text(encoding="utf-8")
    feeds = [json.loads(text)] if text.startswith("{\n") else map(json.loads, text.splitlines())
    return sum(len(feed["entries"]) for feed in feeds if not feed["recovered"])


def count_lines(path):
    with open(path, "rb") as file:
        return sum(1 for _ in file)


COLUMNS = ["row", "contender", "MB/s", "CPU s", "RSS MB", "depesche's ratio", "goal", "met"]


def lines_of(row, runs):
    own = runs["depesche"]
    for number, (name, theirs) in enumerate(runs.items()):
        judged = ["", "", ""]
        if theirs is not own:
            judged = frame.judged(frame.ratio(own, theirs, lambda run: run.rate),
                                  row.goals.get(name), True)
        yield [f"{row.name}: {row.text}" if number == 0 else "", name,
               f"{frame.median(run.rate for run in theirs):.0f}",
               f"{frame.median(run.cpu for run in theirs):.2f}",
               f"{max(run.memory for run in theirs):.0f}", *judged]


class ParseBenchmark(frame.Benchmark):
    description = "measures how fast depesche reads feeds"
    rows = ROWS
    columns = COLUMNS
    text_columns = (0, 1)

    def add_options(self, parser):
        parser.add_argument("--depesche", type=pathlib.Path, required=True, help="the program")
        parser.add_argument("--work", type=pathlib.Path, required=True, help="a folder for inputs")

    def begin(self, arguments):
        self.readers = Readers(arguments.depesche.resolve(), arguments.work.resolve())
        return self.readers.work

    def measure(self, row, rounds):
        runs = self.readers.row(row, rounds)
        return lines_of(row, runs), {name: [dataclasses.asdict(run) for run in own]
                                     for name, own in runs.items()}


if __name__ == "__main__":
    sys.exit(frame.main(ParseBenchmark()))
