#!/usr/bin/python3
"""How fast depesche finds the articles that report the same. contrib/bench builds and calls this.

    group.py --depesche PROGRAM --work FOLDER [--quick] [ROW...]

A row is an hour of 5,000 articles in 1,250 stories, made up from common German words and compounds
of them as often as words are in papers (Zipf), each report with 60 % of the words of its story.
Timed is the whole program, from its start until its end; what it prints must name every article."""

import dataclasses
import itertools
import json
import pathlib
import random
import resource
import subprocess
import sys
import time

import frame
from stage import Failure

GOAL_SECONDS = 1.0
REPORTS = 4  # of each story
SHARED = 0.6
TITLE_WORDS = 8

SMALL = "der die das und in im von zu mit für auf ist des den nicht ein eine sich dem nach".split()
SMALL_SHARE = 0.35
STEMS = ("Hafen Brücke Wasser Strom Stadt Rat Wald Bahn Haus Markt Schule Wahl Preis Geld Haushalt "
         "Polizei Feuer Sommer Winter Regen Küste Insel Schiff Fähre Fisch Netz Daten Karte Platz "
         "Spiel Sieg Tor Mannschaft Kirche Turm Glocke Garten Baum Acker Mühle Straße Verkehr Rad "
         "Motor Werk Arbeit Lohn Streik Vertrag Gericht Urteil Gesetz Steuer Bank Zins Kredit "
         "Firma Handel Zoll Grenze Reise Gast Hotel Theater Bühne Film Buch Verlag Zeitung").split()


@dataclasses.dataclass
class Row:
    name: str
    text: str
    length: int  # words of text behind each headline
    articles: int = 5000

    def quick(self):
        return dataclasses.replace(self, articles=200)


ROWS = [
    Row("headlines", "5,000 headlines", 0),
    Row("texts", "5,000 headlines with 150 words each", 150),
    Row("long-texts", "5,000 headlines with 300 words each", 300),
]


class Words:
    """Words as rare and as common as in a paper."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        pairs = [first + second.lower() for first in STEMS for second in STEMS]
        self.random.shuffle(pairs)
        self.words = STEMS + pairs
        self.weights = list(itertools.accumulate(1 / (rank + 5) for rank in range(len(self.words))))

    def word(self):
        if self.random.random() < SMALL_SHARE:
            return self.random.choice(SMALL)
        return self.random.choices(self.words, cum_weights=self.weights)[0]

    def text(self, length):
        return [self.word() for _ in range(length)]

    def report(self, words):
        return " ".join(word if self.random.random() < SHARED else self.word() for word in words)


def articles(count, length):
    words = Words(count + length)
    made = []
    for story in range(count // REPORTS):
        title, text = words.text(TITLE_WORDS), words.text(length)
        for report in range(REPORTS):
            second = words.random.randrange(3600)
            made.append({"id": f"{story}-{report}", "title": words.report(title),
                         "text": words.report(text), "language": "de",
                         "published": f"2026-11-23T06:{second // 60:02d}:{second % 60:02d}Z"})
    words.random.shuffle(made)
    return made


def run(program, file):
    """Seconds by the clock and of the processor, and what was printed."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run([program, "article", "group", "--json", file], stdout=subprocess.PIPE,
                          timeout=300, check=True)
    wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, json.loads(done.stdout)


class GroupBenchmark(frame.Benchmark):
    description = "measures how fast articles are grouped"
    rows = ROWS
    columns = ["row", "stories", "seconds", "goal", "met", "CPU s"]

    def add_options(self, parser):
        parser.add_argument("--depesche", type=pathlib.Path, required=True, help="the program")
        parser.add_argument("--work", type=pathlib.Path, required=True, help="a folder for inputs")

    def begin(self, arguments):
        self.depesche, self.work = arguments.depesche.resolve(), arguments.work.resolve()
        self.work.mkdir(parents=True, exist_ok=True)
        return self.work

    def measure(self, row, rounds):
        made = articles(row.articles, row.length)
        file = self.work / f"group-{row.name}.jsonl"
        file.write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in made))
        runs = []
        for number in range(rounds):
            frame.talk(f"{row.name}: round {number + 1}")
            wall, cpu, stories = run(self.depesche, file)
            if stories.keys() != {each["id"] for each in made}:
                raise Failure("not every article was named")
            runs.append({"seconds": wall, "cpu": cpu, "stories": len(set(stories.values()))})
        seconds = frame.median(each["seconds"] for each in runs)
        return [[f"{row.name}: {row.text}", str(runs[0]["stories"]),
                 *frame.judged(seconds, GOAL_SECONDS, False),
                 f"{frame.median(each['cpu'] for each in runs):.2f}"]], runs


if __name__ == "__main__":
    sys.exit(frame.main(GroupBenchmark()))
