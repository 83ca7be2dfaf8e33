#!/usr/bin/python3
"""How fast depesche fills templates, beside npm's mustache, and renders digests. contrib/bench calls it.

    render.py --program PROGRAM [--mustache FOLDER] [--quick] [ROW…]

"mustache" fills one template with one set of data, over and over, parsed once, with both; each after the
other in every round, and ratios are taken within a round. Both must write the same, but for three
characters that one of them escapes and the other does not. Rows "digests-…" render distinct digests of
15 articles out of the 1,000 of an issue, subject, text and HTML, with a template that ships. Timed is
the processor."""

import argparse
import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import bench
from bench import Failure

HERE = pathlib.Path(__file__).resolve().parent
TEMPLATES = HERE.parent.parent / "templates"
MUSTACHE = pathlib.Path("/usr/share/nodejs/mustache")
RUN_SECONDS_MAX = 600
ARTICLES, TOPICS = 15, 3


@dataclasses.dataclass
class Row:
    name: str
    text: str
    template: str = None  # of digests; None: the comparison
    goal: float = None    # of the rival's rate, or digests a second


ROWS = [
    Row("mustache", "one template, 15 articles", goal=5),
    Row("digests-plain", "10,000 digests × 15 articles, plain", "plain", goal=20_000),
    Row("digests-news", "the same, news", "news", goal=20_000),
    Row("digests-magazine", "the same, magazine", "magazine", goal=20_000),
]


def article(number):
    return {
        "title": f"Number {number}: the harbour & the “wind” <again>", "has_url": number % 7 != 0,
        "url": f"https://harbour-post.example.org/2026/11/article-{number}?a=1&b=2",
        "image": f"https://harbour-post.example.org/{number}.jpg" if number % 3 else None,
        "source": "The Harbour Post", "author": "Kay Whitfield" if number % 2 else "",
        "date": "23 November 2026", "brief": number % 5 == 4, "language": "en",
        "excerpt": "Twelve of forty turbines are feeding the grid. By summer the farm should supply "
                   "the equivalent of 380,000 homes, says the company; the council is not so sure.",
        "content_html": "<p>Twelve of forty turbines are feeding the grid.</p>",
        "categories": ["Energy", "City"],
    }


def data():
    each = ARTICLES // TOPICS
    return {
        "language": "en", "headline": "Offshore wind farm delivers", "count": ARTICLES,
        "newsletter": {"title": "The Harbour Post Daily", "postal_address": "1 Quay Street"},
        "issue": {"date_long": "Monday, 23 November 2026"},
        "looks": {"background": "#f8f7f4", "text": "#25282c", "soft": "#5a5f66", "accent": "#1d4f8c"},
        "topics": [{"title": f"Topic {topic}", "has_title": topic > 0,
                    "articles": [article(topic * each + i) for i in range(each)]}
                   for topic in range(TOPICS)],
        "reason": "You receive this mail because you subscribed to it.",
        "unsubscribe": "Unsubscribe", "unsubscribe_url": "https://harbour-post.example.org/u/1234",
    }


def run(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True,
                          timeout=RUN_SECONDS_MAX)
    if done.returncode != 0:
        raise Failure(f"{words[0]} ended with {done.returncode}: {done.stderr.strip()}")
    counted = json.loads(done.stderr)
    return counted["count"] / counted["seconds"], done.stdout, counted


def plain(text):
    """npm's mustache also escapes these, which HTML does not ask for."""
    for escaped, character in (("&#x2F;", "/"), ("&#x3D;", "="), ("&#x60;", "`")):
        text = text.replace(escaped, character)
    return text


def compare(arguments, rounds, seconds, work):
    facts = work / "data.json"
    facts.write_text(json.dumps(data()))
    template = HERE / "digest.mustache"
    rates = {"depesche": [], "npm mustache": []}
    for number in range(rounds):
        bench.talk(f"mustache: round {number + 1}")
        ours, our_text, _ = run(arguments.program, "mustache", template, facts, seconds)
        theirs, their_text, _ = run("node", HERE / "render.js", arguments.mustache, template, facts,
                                    seconds)
        if our_text != plain(their_text) or our_text.count("<h3") != ARTICLES:
            raise Failure("the two do not write the same")
        rates["depesche"].append(ours)
        rates["npm mustache"].append(theirs)
    return rates


def digests(arguments, row, rounds, count):
    rates, octets = [], set()
    for number in range(rounds):
        bench.talk(f"{row.name}: round {number + 1}")
        rate, _, counted = run(arguments.program, "digests", TEMPLATES, row.template, count)
        rates.append(rate)
        octets.add((counted["count"], counted["octets"]))
    if len(octets) > 1 or octets.pop()[1] < count * ARTICLES * 500:
        raise Failure("digests are missing")
    return rates


COLUMNS = ["row", "contender", "per second", "ratio", "goal", "met"]


def lines_of(row, rates):
    if row.template is not None:
        rate = bench.median(rates)
        return [[f"{row.name}: {row.text}", "depesche", f"{rate:,.0f}", "",
                 *bench.judged(rate, row.goal, True)[1:]]]
    ratio = bench.median(ours / theirs for ours, theirs in zip(rates["depesche"],
                                                               rates["npm mustache"]))
    return [[f"{row.name}: {row.text}", "depesche", f"{bench.median(rates['depesche']):,.0f}",
             f"{ratio:.1f}", *bench.judged(ratio, row.goal, True)[1:]],
            ["", "npm mustache", f"{bench.median(rates['npm mustache']):,.0f}", "1", "", ""]]


def arguments_parse():
    parser = argparse.ArgumentParser(description="measures how fast templates are filled")
    parser.add_argument("rows", metavar="ROW", nargs="*", help="rows to run; else all")
    parser.add_argument("--program", type=pathlib.Path, required=True, help="bench-rendering")
    parser.add_argument("--mustache", type=pathlib.Path, default=MUSTACHE,
                        help="the folder of npm's mustache (%(default)s)")
    parser.add_argument("--quick", action="store_true", help="every row once, in a moment")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of a row (%(default)s)")
    parser.add_argument("--json", type=pathlib.Path, help="write all rates into this file")
    parser.add_argument("--list", action="store_true", help="name the rows and stop")
    arguments = parser.parse_args()
    unknown = set(arguments.rows) - {row.name for row in ROWS}
    if unknown:
        parser.error(f"there is no row {', '.join(sorted(unknown))}; --list names them")
    if arguments.rounds < 1:
        parser.error("--rounds must be at least 1")
    return arguments


def measure(arguments, row):
    rounds = 1 if arguments.quick else arguments.rounds
    if row.template is not None:
        return digests(arguments, row, rounds, 100 if arguments.quick else 10_000)
    with tempfile.TemporaryDirectory(prefix="depesche-bench-") as work:
        return compare(arguments, rounds, 0.05 if arguments.quick else 2, pathlib.Path(work))


def main():
    arguments = arguments_parse()
    if arguments.list:
        for row in ROWS:
            print(f"{row.name:18} {row.text}")
        return 0
    rows = [row for row in ROWS if row.name in arguments.rows or not arguments.rows]
    lines, everything, failed = [], {}, False
    for row in rows:
        try:
            everything[row.name] = measure(arguments, row)
            lines.extend(lines_of(row, everything[row.name]))
        except Failure as failure:
            failed = True
            bench.talk(f"error: {row.name}: {failure}")
            lines.append([f"{row.name}: FAILED"] + [""] * (len(COLUMNS) - 1))
    head = bench.machine_text(pathlib.Path(os.getcwd()))
    print(f"{head}\n\n{bench.table(COLUMNS, lines, text_columns=(0, 1))}")
    if arguments.json:
        arguments.json.write_text(json.dumps({"machine": head, "rows": everything}, indent=1))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
