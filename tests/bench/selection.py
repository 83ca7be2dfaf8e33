#!/usr/bin/python3
"""How fast depesche decides who gets which articles. `contrib/bench select` calls this.

    selection.py --program PROGRAM [--quick] [ROW…]

The program (rooms/select.c) selects as a sending does, for one subscription after the other, in memory
and without a database; its input is always the same. In each round a row runs once. Timed is the
processor, apart for what is done once for an issue (its articles are made ready) and for what is done
for each subscription; memory is that of the whole process with its articles and filters.

All rounds of a row must select the same, and something for most; else the row has failed."""

import dataclasses
import json
import pathlib
import subprocess
import sys

import frame
from stage import Failure

RUN_SECONDS_MAX = 600


@dataclasses.dataclass
class Row:
    name: str
    text: str
    articles: int
    filters: int
    subscriptions: int
    cpu_goal: float = None     # seconds, for all subscriptions
    memory_goal: float = None  # MB

    def quick(self):
        return dataclasses.replace(self, articles=100, subscriptions=1_000)


ROWS = [
    Row("million", "1,000,000 × 1,000 articles, 10,000 filters", 1_000, 10_000, 1_000_000,
        cpu_goal=1.0, memory_goal=32),
    Row("filters", "1,000,000 × 1,000 articles, 60,000 filters", 1_000, 60_000, 1_000_000),
    Row("articles", "100,000 × 5,000 articles, 10,000 filters", 5_000, 10_000, 100_000),
]


def run(program, row):
    words = [program, row.articles, row.filters, row.subscriptions]
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True,
                          timeout=RUN_SECONDS_MAX)
    if done.returncode != 0:
        raise Failure(f"{program} ended with {done.returncode}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def runs_of(program, row, rounds):
    runs = []
    for number in range(rounds):
        frame.talk(f"{row.name}: round {number + 1}")
        runs.append(run(program, row))
    outcomes = {tuple(one[key] for key in ("mails", "articles", "cut", "sum")) for one in runs}
    if len(outcomes) > 1:
        raise Failure(f"the rounds selected differently: {outcomes}")
    if not row.subscriptions / 2 < runs[0]["mails"] <= row.subscriptions:
        raise Failure(f"{runs[0]['mails']} of {row.subscriptions} got something")
    return runs


COLUMNS = ["row", "prepare CPU s", "select CPU s", "goal", "met", "RSS MB", "goal", "met",
           "mails", "articles each"]


def line_of(row, runs):
    cpu = frame.median(one["select"] for one in runs)
    memory = max(one["memory"] for one in runs)
    mails = runs[0]["mails"]
    return [f"{row.name}: {row.text}", f"{frame.median(one['prepare'] for one in runs):.2f}",
            f"{cpu:.2f}", *frame.judged(cpu, row.cpu_goal, False)[1:],
            f"{memory:.1f}", *frame.judged(memory, row.memory_goal, False)[1:],
            str(mails), f"{runs[0]['articles'] / mails:.1f}"]


class SelectionBenchmark(frame.Benchmark):
    description = "measures how fast digests are selected"
    rows = ROWS
    columns = COLUMNS

    def add_options(self, parser):
        parser.add_argument("--program", type=pathlib.Path, required=True, help="bench-select")

    def begin(self, arguments):
        self.program = arguments.program.resolve()
        return super().begin(arguments)

    def measure(self, row, rounds):
        runs = runs_of(self.program, row, rounds)
        return [line_of(row, runs)], runs


if __name__ == "__main__":
    sys.exit(frame.main(SelectionBenchmark()))
