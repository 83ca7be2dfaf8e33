"""What all benchmarks here do alike: their options, the table, and going on behind a row that failed.

A benchmark is a subclass of Benchmark, and main() runs it. What a row measures is its own; a row that
counts something wrong raises Failure, and the benchmark ends with 1. A missed goal is no failure."""

import argparse
import datetime
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys

from stage import Failure

SOURCE = pathlib.Path(__file__).resolve().parents[2]


def talk(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def median(values):
    return statistics.median(list(values))


def ratio(runs, rival, quality):
    """The median of the ratios of QUALITY within each round."""
    return median(quality(own) / quality(other) for own, other in zip(runs, rival))


def rounds_of(contenders, rounds, what):
    """Runs CONTENDERS (name -> function), each once in every round, one after the other and in turning
    order: name -> what its function has answered."""
    order = list(contenders.items())
    runs = {name: [] for name, _ in order}
    for number in range(rounds):
        turn = number % len(order)
        for name, start in order[turn:] + order[:turn]:
            talk(f"{what}: round {number + 1}, {name}")
            runs[name].append(start())
    return runs


def judged(value, goal, at_least):
    """The cells for a value, its goal and whether it was reached."""
    if goal is None:
        return [f"{value:.2f}", "", ""]
    reached = value >= goal if at_least else value <= goal
    return [f"{value:.2f}", f"{'≥' if at_least else '≤'} {goal:g}", "yes" if reached else "NO"]


def table(columns, lines, text_columns):
    """A Markdown table that is also readable as it stands."""
    widths = [max(len(line[i]) for line in [columns, *lines]) for i in range(len(columns))]

    def show(line):
        cells = [cell.ljust(width) if i in text_columns else cell.rjust(width)
                 for i, (cell, width) in enumerate(zip(line, widths))]
        return f"| {' | '.join(cells)} |"

    rule = [("-" * width) if i in text_columns else "-" * (width - 1) + ":"
            for i, width in enumerate(widths)]
    return "\n".join([show(columns), show(rule), *map(show, lines)])


def words_of(*command):
    """What a command says, or "?" where it cannot."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True,
                              cwd=SOURCE).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "?"


def filesystem(path):
    """The type of the file system that PATH lies on."""
    mounts = [line.split() for line in pathlib.Path("/proc/mounts").read_text().splitlines()]
    return max((mount for mount in mounts if path.is_relative_to(mount[1])),
               key=lambda mount: len(mount[1]))[2]


def machine_text(work):
    """When, what and where."""
    now = datetime.datetime.now(datetime.timezone.utc)
    model = next((line.split(":")[1].strip()
                  for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    return (f"{now:%Y-%m-%d %H:%M} UTC, commit {words_of('git', 'describe', '--always', '--dirty')}; "
            f"{os.cpu_count()} cores ({model}), Linux {platform.release()}, work on "
            f"{filesystem(work)}, load {os.getloadavg()[0]:.1f} before")


class Benchmark:
    """ROWS have a name, a text and quick(): the same in a moment, whether it runs and counts."""
    description = None
    rows = []
    columns = []
    text_columns = (0,)

    def add_options(self, parser):
        """Options of its own."""

    def is_usual(self, row):
        """Whether ROW is run where none is named."""
        return True

    def begin(self, arguments):
        """Before the first row. The folder that is worked in."""
        return pathlib.Path.cwd()

    def conditions(self, rows, rounds):
        """What the table has to say beside the machine."""
        return f"medians of {rounds}"

    def measure(self, row, rounds):
        """The lines of ROW in the table, and what is to be kept of it as JSON."""
        raise NotImplementedError

    def end(self):
        """After the last row."""


def arguments_parse(benchmark):
    parser = argparse.ArgumentParser(description=benchmark.description)
    parser.add_argument("rows", metavar="ROW", nargs="*", help="rows to run; else the usual ones")
    parser.add_argument("--quick", action="store_true",
                        help="every row once, in a moment: does it run?")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of a row (%(default)s)")
    parser.add_argument("--json", type=pathlib.Path, help="write all runs into this file")
    parser.add_argument("--list", action="store_true", help="name the rows and stop")
    benchmark.add_options(parser)
    arguments = parser.parse_args()
    unknown = set(arguments.rows) - {row.name for row in benchmark.rows}
    if unknown:
        parser.error(f"there is no row {', '.join(sorted(unknown))}; --list names them")
    if arguments.rounds < 1:
        parser.error("--rounds must be at least 1")
    return arguments


def show_rows(benchmark):
    for row in benchmark.rows:
        print(f"{row.name:18} {row.text}{'' if benchmark.is_usual(row) else ' (only when named)'}")


def run_rows(benchmark, rows, rounds):
    """The lines of the table, what is kept, and whether a row has failed."""
    lines, kept, failed = [], {}, False
    for row in rows:
        try:
            own, kept[row.name] = benchmark.measure(row, rounds)
            lines += own
        except Failure as failure:
            failed = True
            talk(f"error: {row.name}: {failure}")
            lines.append([f"{row.name}: FAILED"] + [""] * (len(benchmark.columns) - 1))
    return lines, kept, failed


def main(benchmark):
    arguments = arguments_parse(benchmark)
    if arguments.list:
        show_rows(benchmark)
        return 0
    rows = [row for row in benchmark.rows
            if row.name in arguments.rows or (not arguments.rows and benchmark.is_usual(row))]
    rounds = arguments.rounds
    if arguments.quick:
        rows, rounds = [row.quick() for row in rows], 1
    head = f"{machine_text(benchmark.begin(arguments))}; {benchmark.conditions(rows, rounds)}"
    lines, kept, failed = run_rows(benchmark, rows, rounds)
    benchmark.end()
    print(f"{head}\n\n{table(benchmark.columns, lines, benchmark.text_columns)}")
    if arguments.json:
        arguments.json.write_text(json.dumps({"machine": head, "rows": kept}, indent=1))
    return 1 if failed else 0
