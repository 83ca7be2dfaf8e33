#!/usr/bin/python3
"""How fast depesche fills templates, beside npm's mustache, and renders digests. contrib/bench calls it.

    render.py --program PROGRAM [--mustache FOLDER] [--quick] [ROW…]

"mustache" fills one template with one set of data, over and over, parsed once, with both; each after the
other in every round, and ratios are taken within a round. Both must write the same, but for three
characters that one of them escapes and the other does not. Rows "digests-…" render distinct digests of
15 articles out of the 1,000 of an issue, subject, text and HTML, with a template that ships. Timed is
the processor."""

import dataclasses
import json
import pathlib
import subprocess
import sys
import tempfile

import frame
from stage import Failure

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
    seconds: float = 2    # of the comparison
    count: int = 10_000   # of digests

    def quick(self):
        return dataclasses.replace(self, seconds=0.05, count=100)


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


def compare(row, rounds, program, mustache, work):
    facts = work / "data.json"
    facts.write_text(json.dumps(data()))
    template = HERE / "digest.mustache"
    rates = {"depesche": [], "npm mustache": []}
    for number in range(rounds):
        frame.talk(f"{row.name}: round {number + 1}")
        ours, our_text, _ = run(program, "mustache", template, facts, row.seconds)
        theirs, their_text, _ = run("node", HERE / "render.js", mustache, template, facts, row.seconds)
        if our_text != plain(their_text) or our_text.count("<h3") != ARTICLES:
            raise Failure("the two do not write the same")
        rates["depesche"].append(ours)
        rates["npm mustache"].append(theirs)
    return rates


def digests(row, rounds, program):
    rates, octets = [], set()
    for number in range(rounds):
        frame.talk(f"{row.name}: round {number + 1}")
        rate, _, counted = run(program, "digests", TEMPLATES, row.template, row.count)
        rates.append(rate)
        octets.add((counted["count"], counted["octets"]))
    if len(octets) > 1 or octets.pop()[1] < row.count * ARTICLES * 500:
        raise Failure("digests are missing")
    return rates


COLUMNS = ["row", "contender", "per second", "ratio", "goal", "met"]


def lines_of(row, rates):
    if row.template is not None:
        rate = frame.median(rates)
        return [[f"{row.name}: {row.text}", "depesche", f"{rate:,.0f}", "",
                 *frame.judged(rate, row.goal, True)[1:]]]
    ratio = frame.median(ours / theirs for ours, theirs in zip(rates["depesche"],
                                                               rates["npm mustache"]))
    return [[f"{row.name}: {row.text}", "depesche", f"{frame.median(rates['depesche']):,.0f}",
             f"{ratio:.1f}", *frame.judged(ratio, row.goal, True)[1:]],
            ["", "npm mustache", f"{frame.median(rates['npm mustache']):,.0f}", "1", "", ""]]


class RenderBenchmark(frame.Benchmark):
    description = "measures how fast templates are filled"
    rows = ROWS
    columns = COLUMNS
    text_columns = (0, 1)

    def add_options(self, parser):
        parser.add_argument("--program", type=pathlib.Path, required=True, help="bench-rendering")
        parser.add_argument("--mustache", type=pathlib.Path, default=MUSTACHE,
                            help="the folder of npm's mustache (%(default)s)")

    def begin(self, arguments):
        self.program, self.mustache = arguments.program, arguments.mustache
        return super().begin(arguments)

    def rates(self, row, rounds):
        if row.template is not None:
            return digests(row, rounds, self.program)
        with tempfile.TemporaryDirectory(prefix="depesche-bench-") as work:
            return compare(row, rounds, self.program, self.mustache, pathlib.Path(work))

    def measure(self, row, rounds):
        rates = self.rates(row, rounds)
        return lines_of(row, rates), rates


if __name__ == "__main__":
    sys.exit(frame.main(RenderBenchmark()))
