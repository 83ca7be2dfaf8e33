#!/usr/bin/python3
"""How fast depesche finds the articles that report the same. contrib/bench builds and calls this.

    group.py --depesche PROGRAM --work FOLDER [--quick] [ROW...]

A row is an hour of 5,000 articles in 1,250 stories, made up from common German words and compounds
of them as often as words are in papers (Zipf), each report with 60 % of the words of its story.
Timed is the whole program, from its start until its end; what it prints must name every article."""

import argparse
import itertools
import json
import pathlib
import random
import resource
import statistics
import subprocess
import sys
import time

ROWS = {"headlines": 0, "texts": 150}  # words of text behind each headline
GOAL_SECONDS = 1.0
ARTICLES, QUICK_ARTICLES = 5000, 200
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


def measure(arguments, row):
    made = articles(QUICK_ARTICLES if arguments.quick else ARTICLES, ROWS[row])
    file = arguments.work / f"group-{row}.jsonl"
    file.write_text("".join(json.dumps(article, ensure_ascii=False) + "\n" for article in made))
    walls, cpus = [], []
    for _ in range(1 if arguments.quick else arguments.rounds):
        wall, cpu, stories = run(arguments.depesche, file)
        if stories.keys() != {article["id"] for article in made}:
            sys.exit(f"{row}: not every article was named")
        walls.append(wall)
        cpus.append(cpu)
    wall = statistics.median(walls)
    print(f"{row:10} {len(made):8} {len(set(stories.values())):8} {wall:8.2f} "
          f"{statistics.median(cpus):8.2f}   {'yes' if wall < GOAL_SECONDS else 'no'}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", metavar="ROW", nargs="*", choices=[[], *ROWS])
    parser.add_argument("--depesche", required=True, type=pathlib.Path)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="few articles, once: does it run?")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    print("row        articles  stories  seconds      cpu   below a second")
    for row in arguments.rows or ROWS:
        measure(arguments, row)


main()
