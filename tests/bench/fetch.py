#!/usr/bin/python3
"""How fast depesche fetches feeds, beside curl. `contrib/bench fetch` calls this.

    fetch.py --depesche PROGRAM --work FOLDER [--quick] [ROW...]

nginx serves 1,000 feeds of 5 to 60 kB on loopback, always the same ones. In each round both contenders
fetch all of them, one after the other and in turning order, each over no more than 50 connections; a
ratio is taken within its round, and the table shows medians over the rounds.

Timed is the whole program, from before its start until after its end. `curl --parallel
--parallel-max 50` writes the bodies into files and does nothing else. So does the contender of the row
"alone": depesche's fetcher in a program of its own (rooms/fetching.c). In the row "first", `depesche
fetch` reads the bodies, makes articles of their items, sanitises these and has them on the disk when it
ends: that is other work than curl's, and its ratio has no goal. All feeds are on
one host, and depesche is polite to hosts: the configuration raises per_host to 50 and sets spacing to
0, as nobody should to the host of another.

In the row "again" nothing is new. curl asks with --etag-compare, each feed in a section of its own of
one configuration file; both get 1,000 times 304.

nginx must have answered as many requests as there are feeds, with the right status, and all articles
must be there; else the run has failed. Memory is that of all processes together (the sum of their PSS at
its highest), from a run more that nobody times."""

import dataclasses
import functools
import http.client
import json
import math
import pathlib
import shutil
import subprocess
import sys

import frame
import prepare
import scales
import stage
import website
from stage import Failure

RUN_SECONDS_MAX = 300
CONNECTIONS = 50


@dataclasses.dataclass
class Row:
    name: str
    text: str
    status: int
    feeds: int = 1000
    rate_goal: float = None
    memory_goal: float = 64
    contender: str = "depesche"

    def quick(self):
        """The same in a moment: whether it runs and counts, not how fast."""
        return dataclasses.replace(self, feeds=20)


ROWS = [
    Row("alone", "bodies into files", 200, rate_goal=0.8, contender="fetcher"),
    Row("first", "all feeds are new, everything is stored", 200),
    Row("again", "no feed has changed", 304, rate_goal=1.0),
]


@dataclasses.dataclass
class Run:
    seconds: float
    cpu: float
    memory: float  # MB
    feeds: int

    @property
    def rate(self):
        return self.feeds / self.seconds

    @property
    def cpu_each(self):
        """Microseconds for a feed."""
        return self.cpu * 1e6 / self.feeds


class Stage:
    """A site, its server, and who fetches from it."""

    def __init__(self, depesche, work, feeds):
        self.depesche = depesche
        self.work = work
        self.feeds = feeds
        self.is_weighing = False  # instead of timing
        self.tools = stage.compile_tools(work / "tools")
        self.tools["fetching"] = depesche.parent / "tests" / "bench" / "rooms" / "bench-fetching"
        shutil.rmtree(work / "web", ignore_errors=True)
        (work / "web").mkdir(parents=True)
        self.items, _ = website.make_site(work / "web", feeds)
        self.server = website.Nginx(work / "web")

    def url(self, number):
        return f"http://127.0.0.1:{self.server.port}/{number}.xml"

    def measure(self, command):
        return self.weigh(command) if self.is_weighing else self.time(command)

    def weigh(self, command):
        status, said, memory = scales.weigh([str(word) for word in command])
        if status != 0:
            raise Failure(f"{command[0]} ended with {status}: "
                          f"{said.decode(errors='replace').strip()}")
        return Run(math.nan, math.nan, memory / 1024, self.feeds)

    def time(self, command):
        result = self.work / "stopwatch.txt"
        result.unlink(missing_ok=True)
        done = subprocess.run([self.tools["stopwatch"], result, *map(str, command)],
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=RUN_SECONDS_MAX)
        if done.returncode != 0:
            raise Failure(f"stopwatch: {done.stderr.decode(errors='replace').strip()}")
        seconds, cpu, memory, status = result.read_text().split()
        if int(status) != 0:
            raise Failure(f"{command[0]} ended with {status}: "
                          f"{done.stderr.decode(errors='replace').strip()}")
        return Run(float(seconds), float(cpu), int(memory) / 1024, self.feeds)

    def expect(self, status):
        found = self.server.statuses(self.feeds)
        if found != {str(status): self.feeds}:
            raise Failure(f"nginx has answered {found} instead of {self.feeds} times {status}")

    # curl

    def etag(self, number):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port)
        connection.request("HEAD", f"/{number}.xml")
        return connection.getresponse().headers["ETag"]

    def prepare_curl(self):
        folder = self.work / "curl"
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "etags").mkdir(parents=True)
        (folder / "bodies").mkdir()
        sections = {200: [], 304: []}
        for number in range(self.feeds):
            (folder / "etags" / str(number)).write_text(self.etag(number) + "\n")
            common = f'url = "{self.url(number)}"\noutput = "{folder}/bodies/{number}.xml"\n'
            sections[200].append(common)
            sections[304].append(f'{common}etag-compare = "{folder}/etags/{number}"\nsilent\n')
        (folder / "200.conf").write_text("".join(sections[200]))
        (folder / "304.conf").write_text("next\n".join(sections[304]))
        self.expect(200)

    def expect_bodies(self, folder):
        for number in range(self.feeds):
            name = f"{number}.xml"
            size = (self.work / "web" / "site" / name).stat().st_size
            if (folder / name).stat().st_size != size:
                raise Failure(f"{folder}: not all of {name}")

    def run_fetcher(self, row):
        folder = self.work / "fetcher"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        urls = folder / "urls"
        urls.write_text("".join(f"{self.url(number)} {folder}/{number}.xml\n"
                                for number in range(self.feeds)))
        run = self.measure([self.tools["fetching"], CONNECTIONS, urls])
        self.expect(row.status)
        self.expect_bodies(folder)
        return run

    def run_curl(self, row):
        folder = self.work / "curl"
        shutil.rmtree(folder / "bodies")
        (folder / "bodies").mkdir()
        run = self.measure(["curl", "--silent", "--parallel", "--parallel-max", CONNECTIONS, "-K",
                            folder / f"{row.status}.conf"])
        self.expect(row.status)
        if row.status == 200:
            self.expect_bodies(folder / "bodies")
        return run

    # depesche

    def prepare_depesche(self):
        folder = self.work / "instance"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        shutil.copytree(prepare.SOURCE / "templates", folder / "templates")
        keys = folder / "depesche.keys"
        keys.write_text("a " + "5a" * 32 + "\n")
        keys.chmod(0o600)
        feeds = ",\n".join(f'{{ name = "f{number}"; url = "{self.url(number)}"; '
                           "allow_private = true; }" for number in range(self.feeds))
        config = folder / "depesche.conf"
        config.write_text(f"""
imprint = "https://news.example.org/impressum";
postal_address = "Beispielverlag, Hafenstraße 1, 20457 Hamburg";
inbound = {{ unsubscribe = "unsubscribe@news.example.org"; }};
relays = ( {{ url = "null:"; }} );
newsletters = ( {{ name = "hafen"; title = "Hafenblatt";
    from = "Redaktion Hafenblatt <redaktion@news.example.org>"; }} );
fetch = {{ parallel = {CONNECTIONS}; per_host = {CONNECTIONS}; spacing = 0; }};
feeds = (
{feeds}
);
""")
        config.chmod(0o600)

    def words(self, *words):
        return [self.depesche, "-c", self.work / "instance" / "depesche.conf", *words]

    def run_depesche(self, row):
        if row.status == 200:
            self.prepare_depesche()
        run = self.measure(self.words("-q", "fetch"))
        self.expect(row.status)
        listed = json.loads(subprocess.run(self.words("feed", "list", "--json"), check=True,
                                           capture_output=True).stdout)
        articles = sum(feed["articles"] for feed in listed)
        if articles != self.items or any(feed["state"] != "ok" for feed in listed):
            raise Failure(f"there are {articles} articles instead of {self.items}")
        return run

    def row(self, row, rounds):
        """Contender -> its runs, a run for each round, and contender -> the run that was weighed."""
        own = {"depesche": self.run_depesche, "fetcher": self.run_fetcher}[row.contender]
        contenders = {row.contender: functools.partial(own, row),
                      "curl": functools.partial(self.run_curl, row)}
        with self.server:
            self.prepare_curl()
            if row.status == 304:  # what is to be unchanged has to be known
                self.run_depesche(dataclasses.replace(row, status=200))
            runs = frame.rounds_of(contenders, rounds, row.name)
            frame.talk(f"{row.name}: memory")
            self.is_weighing = True
            weighed = {name: start() for name, start in contenders.items()}
        return runs, weighed


COLUMNS = ["row", "contender", "feeds/s", "ratio", "goal", "met", "CPU µs/feed", "PSS MB", "goal",
           "met"]


def lines_of(row, runs, weighed):
    for name, own in runs.items():
        first = name == row.contender
        rate = frame.ratio(own, runs["curl"], lambda run: run.rate)
        memory = weighed[name].memory
        yield [f"{row.name}: {row.text}" if first else "", name,
               f"{frame.median(run.rate for run in own):.0f}",
               *(frame.judged(rate, row.rate_goal, True) if first else ["", "", ""]),
               f"{frame.median(run.cpu_each for run in own):.0f}", f"{memory:.1f}",
               *frame.judged(memory, row.memory_goal if first else None, False)[1:]]


class FetchBenchmark(frame.Benchmark):
    description = "measures how fast depesche fetches feeds"
    rows = ROWS
    columns = COLUMNS
    text_columns = (0, 1)

    def add_options(self, parser):
        parser.add_argument("--depesche", type=pathlib.Path, required=True, help="the program")
        parser.add_argument("--work", type=pathlib.Path, required=True,
                            help="a folder; on the disk that shall be measured")

    def begin(self, arguments):
        self.depesche, self.work = arguments.depesche.resolve(), arguments.work.resolve() / "fetch"
        return self.work.parent

    def conditions(self, rows, rounds):
        curl = frame.words_of("curl", "--version").split(" (")[0]
        return f"{curl}; {super().conditions(rows, rounds)}"

    def measure(self, row, rounds):
        runs, weighed = Stage(self.depesche, self.work, row.feeds).row(row, rounds)
        return lines_of(row, runs, weighed), {name: [dataclasses.asdict(run) for run in own]
                                              for name, own in runs.items()}

    def end(self):
        shutil.rmtree(self.work, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(frame.main(FetchBenchmark()))
