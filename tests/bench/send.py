#!/usr/bin/python3
"""How fast depesche sends, beside Postfix's smtp-source. contrib/bench builds and calls this.

    send.py --depesche PROGRAM --work FOLDER [--quick] [ROW…]

A row is a setting: a sink, the length of the way to it, the number of connections, the size of a
mail. In each round of a row every contender sends the same number of mails to a sink of its own,
one contender after the other and in turning order. A ratio is taken within its round, where both
met the same machine; what the table shows are medians over the rounds.

Timed is the whole program, from before its start until after its end: for depesche that is
`depesche send` with start-up, database, rendering, ledger and the end of its connections; nothing
is subtracted. Everybody's mail is distinct (address, token, Message-ID). smtp-source sends one of
these mails over and over, and so does baresender where there is no delay, which talks as depesche
does and waits for a block on the disk before texts leave: a ledger that costs nothing but the disk.
The sink must have taken exactly what was sent, over no more than the connections that were asked
for, and the ledger must agree; else the run has failed."""

import dataclasses
import pathlib
import shutil
import subprocess
import sys

import frame
import prepare
import stage
from stage import Failure

RUN_SECONDS_MAX = 1800


@dataclasses.dataclass
class Row:
    name: str
    text: str
    mails: int
    connections: int
    size: int = 30_000
    round_trip: float = 0  # milliseconds
    pipelining: bool = True
    rival: str = "smtp-source"  # whose rate is 1 in the ratios
    rate_goal: float = None     # of the rival's rate
    cpu_goal: float = None      # of the rival's CPU for a mail
    memory_goal: float = None   # MB
    once: bool = False
    on_demand: bool = False     # only when it is named

    def quick(self):
        """The same in a moment: whether it runs and counts, not how fast."""
        each = 20 if self.round_trip == 0 else 4
        return dataclasses.replace(self, mails=each * self.connections, once=True)


# A connection needs 3 round trips before its first mail (TCP, greeting, EHLO). With PIPELINING it needs
# one for the first envelope and one for each mail; smtp-source needs four for each and one for QUIT: with
# 80 mails the best possible ratio is 324 / 84 = 3.86. Each row takes depesche four to six seconds, so that
# its start, a tenth of one, is about as much of each.
ROWS = [
    Row("0ms-30k", "no delay, 30 kB", 20_000, 10, rate_goal=0.95, cpu_goal=1.0),
    Row("0ms-5k", "no delay, 5 kB", 40_000, 10, size=5_000, rate_goal=1.3),
    Row("5ms", "5 ms round trip", 6_000, 10, round_trip=5, rate_goal=3.4),
    Row("50ms", "50 ms round trip", 800, 10, round_trip=50, rate_goal=3.6),
    Row("50ms-50", "50 ms round trip", 4_000, 50, round_trip=50, rate_goal=3.6),
    Row("50ms-lockstep", "50 ms, no PIPELINING", 300, 10, round_trip=50, pipelining=False,
        rate_goal=0.95),
    Row("50ms-refused", "50 ms, every 10th refused", 800, 10, round_trip=50,
        rival="nobody refused", rate_goal=0.9),
    Row("memory-100k", "100,000 people", 100_000, 50, rival=None, memory_goal=32, once=True),
    Row("memory-1m", "1,000,000 people", 1_000_000, 50, rival=None, memory_goal=32, once=True,
        on_demand=True),
]


@dataclasses.dataclass
class Run:
    """What one contender did in one round."""
    seconds: float
    cpu: float
    memory: float  # MB
    messages: int  # that the sink took
    sessions: int  # that the sink saw
    refused: int = 0

    @property
    def rate(self):
        return self.messages / self.seconds

    @property
    def cpu_each(self):
        """Microseconds of the contender's CPU for a mail that was taken."""
        return self.cpu * 1e6 / self.messages


class Bench:
    """Runs contenders. Instances are made once for each number of people and size of mail."""

    def __init__(self, depesche, before, work):
        self.depesche = depesche
        self.before = before
        self.work = work
        work.mkdir(parents=True, exist_ok=True)
        self.tools = stage.compile_tools(work / "tools")
        self.sentences = {}
        self.instances = {}

    def instance(self, row):
        key = (row.mails, row.size)
        if key not in self.instances:
            if row.size not in self.sentences:
                self.sentences[row.size] = prepare.sentences_for(
                    self.depesche, self.work / "measure", row.size)
            instance = prepare.Prepared(
                self.depesche, self.work / f"instance-{row.mails}-{row.size}", row.mails,
                self.sentences[row.size])
            if not 0.95 <= len(instance.message) / row.size <= 1.05:
                raise Failure(f"a mail has {len(instance.message)} bytes instead of {row.size}")
            self.instances[key] = instance
        return self.instances[key]

    def forget_instances(self):
        """A million people take a third of a gigabyte."""
        for instance in self.instances.values():
            shutil.rmtree(instance.folder)
        self.instances.clear()

    def contenders(self, row):
        """Name -> function that runs it once; the first is who the goals are for."""
        every = {"depesche": lambda: self.run_depesche(row, self.depesche)}
        if self.before:
            every["before"] = lambda: self.run_depesche(row, self.before)
        if row.rival == "smtp-source":
            every["smtp-source"] = lambda: self.run_smtp_source(row)
            if row.round_trip == 0:
                every["baresender"] = lambda: self.run_baresender(row)
        elif row.rival == "nobody refused":
            every = {"depesche": lambda: self.run_depesche(row, self.depesche, refuse_every=10),
                     "nobody refused": lambda: self.run_depesche(row, self.depesche, picky=True)}
        return every

    def run_depesche(self, row, depesche, picky=False, refuse_every=0):
        instance = self.instance(row)
        folder = self.work / "run"

        def command(port):
            instance.copy(folder, port, row.connections)
            return instance.command(folder, "-q", "send", depesche=depesche)

        run = self.run(row, command, picky or refuse_every > 0, refuse_every)
        states = instance.states(folder)
        expected = {"sent": run.messages, "refused": run.refused}
        found = {name: count for name, count in states["deliveries"].items() if count > 0}
        if found != {name: count for name, count in expected.items() if count > 0}:
            raise Failure(f"the ledger has {found}, the sink {expected}")
        shutil.rmtree(folder)
        return run

    def message(self, row):
        message = self.work / "message"
        message.write_bytes(self.instance(row).message)
        return message

    def run_smtp_source(self, row):
        message = self.message(row)
        return self.run(row, lambda port: [
            "smtp-source", "-4", "-d", "-s", row.connections, "-m", row.mails, "-F", message,
            "-f", "redaktion@news.example.org", "-t", prepare.address(0), f"127.0.0.1:{port}"])

    def run_baresender(self, row):
        message = self.message(row)
        return self.run(row, lambda port: [
            self.tools["baresender"], "--port", port, "--connections", row.connections,
            "--mails", row.mails, "--message", message, "--record", self.work / "record"])

    def run(self, row, command_for, picky=False, refuse_every=0):
        """One contender against a fresh sink; COMMAND_FOR makes its command for a port."""
        if picky:
            sink = stage.PickySink(self.tools, self.work, refuse_every)
        else:
            sink = stage.PostfixSink(self.work, row.pipelining)
        with sink:
            if row.round_trip > 0:
                with stage.DelayProxy(self.tools, sink.port, row.round_trip) as proxy:
                    measured = self.measure(command_for(proxy.port))
            else:
                measured = self.measure(command_for(sink.port))
            counts = sink.counts()
        refused = row.mails // refuse_every if refuse_every > 0 else 0
        expected = {"messages": row.mails - refused, "refused": refused}
        found = {name: counts[name] for name in expected}
        if found != expected:
            raise Failure(f"the sink has {found} instead of {expected}")
        if counts["sessions"] > row.connections:
            raise Failure(f"{counts['sessions']} connections were made instead of "
                          f"{row.connections}")
        return Run(**measured, **counts)

    def measure(self, command):
        result = self.work / "stopwatch.txt"
        result.unlink(missing_ok=True)
        words = [str(word) for word in command]
        try:
            done = subprocess.run([self.tools["stopwatch"], result, *words],
                                  stdin=subprocess.DEVNULL, capture_output=True,
                                  timeout=RUN_SECONDS_MAX)
        except subprocess.TimeoutExpired as error:
            raise Failure(f"{words[0]} did not end in {RUN_SECONDS_MAX} s") from error
        if done.returncode != 0:
            raise Failure(f"stopwatch: {done.stderr.decode(errors='replace').strip()}")
        seconds, cpu, memory, status = result.read_text().split()
        if int(status) != 0:
            raise Failure(f"{words[0]} ended with {status}: "
                          f"{done.stderr.decode(errors='replace').strip()}")
        return {"seconds": float(seconds), "cpu": float(cpu), "memory": int(memory) / 1024}

    def row(self, row, rounds):
        """Contender -> its runs, a run for each round."""
        return frame.rounds_of(self.contenders(row), 1 if row.once else rounds, row.name)


COLUMNS = ["row", "conn.", "contender", "mails/s", "ratio", "goal", "met",
           "CPU µs/mail", "ratio", "goal", "met", "RSS MB", "goal", "met"]


def lines_of(row, runs):
    """The lines of a row in the table, one for each contender."""
    rival = runs.get(row.rival)
    for number, (name, own) in enumerate(runs.items()):
        first = number == 0
        rate, cpu = ["", "", ""], ["", "", ""]
        if rival is not None and own is not rival:
            rate = frame.judged(frame.ratio(own, rival, lambda run: run.rate),
                          row.rate_goal if first else None, True)
            cpu = frame.judged(frame.ratio(own, rival, lambda run: run.cpu_each),
                         row.cpu_goal if first else None, False)
        memory = max(run.memory for run in own)
        yield [f"{row.name}: {row.text}" if first else "",
               str(max(run.sessions for run in own)), name,
               f"{frame.median(run.rate for run in own):.0f}", *rate,
               f"{frame.median(run.cpu_each for run in own):.1f}", *cpu,
               f"{memory:.1f}", *frame.judged(memory, row.memory_goal if first else None, False)[1:]]


class SendBenchmark(frame.Benchmark):
    description = "measures how fast depesche sends"
    rows = ROWS
    columns = COLUMNS
    text_columns = (0, 2)

    def add_options(self, parser):
        parser.add_argument("--depesche", type=pathlib.Path, required=True, help="the program")
        parser.add_argument("--before", type=pathlib.Path,
                            help="another build of it, to be compared in the same rounds")
        parser.add_argument("--work", type=pathlib.Path, required=True,
                            help="a folder for instances; on the disk that shall be measured")

    def is_usual(self, row):
        return not row.on_demand

    def begin(self, arguments):
        before = arguments.before.resolve() if arguments.before else None
        self.bench = Bench(arguments.depesche.resolve(), before, arguments.work.resolve())
        return self.bench.work

    def conditions(self, rows, rounds):
        repeated = rounds > 1 and not all(row.once for row in rows)
        return (f"Postfix {frame.words_of('postconf', '-h', 'mail_version')}; "
                f"{f'medians of {rounds}, memory once' if repeated else 'each once'}")

    def measure(self, row, rounds):
        runs = self.bench.row(row, rounds)
        return lines_of(row, runs), {name: [dataclasses.asdict(run) for run in own]
                                     for name, own in runs.items()}

    def end(self):
        self.bench.forget_instances()


if __name__ == "__main__":
    sys.exit(frame.main(SendBenchmark()))
