#!/usr/bin/python3
"""How fast people come in and go: imports, and one-click requests. contrib/bench builds and calls this.

    people.py --depesche PROGRAM --work FOLDER [--quick] [ROW...]

"import" times the whole program with a CSV file of addresses in no order, 3 % of them twice and 0.1 %
broken; the rows that it says it took must be those that are right. "leave" has wrk send one-clicks with the
tokens of as many people, 64 connections at a time; everybody whose token was sent must have left after
the server was killed."""

import dataclasses
import hashlib
import hmac
import json
import os
import pathlib
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

import frame
from stage import Failure

SOURCE = frame.SOURCE
KEY = bytes.fromhex("5a" * 32)
DIGITS = "abcdefghijklmnopqrstuvwxyz234567"
CONSENT = ["--basis", "consent", "--consent", "a list made up for a measurement"]


@dataclasses.dataclass
class Row:
    name: str
    text: str
    people: int
    rate_goal: float    # a second
    memory_goal: float  # MB
    seconds: int = 8
    on_demand: bool = False

    def quick(self):
        return dataclasses.replace(self, people=2000, seconds=1)


ROWS = [
    Row("import", "100,000 people from a file", 100_000, 100_000, 64),
    Row("import-1m", "1,000,000 people from a file", 1_000_000, 100_000, 64, on_demand=True),
    Row("leave", "one-click requests", 100_000, 5_000, 32),
]


def write_list(path, count):
    """Writes COUNT rows; how many of them are people."""
    chance = random.Random(count)
    taken = 0
    written = []
    with path.open("w", encoding="utf-8") as file:
        file.write("email,name\n")
        for i in range(count):
            kind = chance.random()
            if kind < 0.001:
                file.write(f"broken{i},Name\n")
            elif kind < 0.031 and written:
                file.write(f"{chance.choice(written).upper()},Again\n")
            else:
                address = f"p{chance.getrandbits(40):x}.{i}@mail{chance.randrange(5000)}.example.org"
                file.write(f"{address},Name {i}\n")
                taken += 1
                if len(written) < 1000:
                    written.append(address)
    return taken


def number(value, length):
    return "".join(DIGITS[value >> 5 * (i - 1) & 31] for i in range(length, 0, -1))


def base32(octets):
    value = int.from_bytes(octets, "big") << -len(octets) * 8 % 5
    return number(value, -(-len(octets) * 8 // 5))


def token_of(reference):
    """As base/token.h describes it."""
    head = "ua" + number(reference, 13)
    return head + base32(hmac.new(KEY, b"depesche1" + head.encode(), hashlib.sha256).digest()[:13])


class People(frame.Benchmark):
    description = __doc__.splitlines()[0]
    rows = ROWS
    columns = ["", "a second", "goal", "", "MB", "goal", ""]

    def add_options(self, parser):
        parser.add_argument("--depesche", type=pathlib.Path, required=True)
        parser.add_argument("--work", type=pathlib.Path, required=True)

    def is_usual(self, row):
        return not row.on_demand

    def begin(self, arguments):
        self.depesche = arguments.depesche.resolve()
        self.work = arguments.work.resolve() / "people"
        self.work.mkdir(parents=True, exist_ok=True)
        return self.work

    def instance(self):
        """A fresh one."""
        folder = self.work / "instance"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(SOURCE / "templates", folder / "templates")
        (folder / "depesche.keys").write_text(f"a {KEY.hex()}\n")
        (folder / "depesche.keys").chmod(0o600)
        (folder / "depesche.conf").write_text("""
base_url = "http://localhost"; imprint = "Example Press"; postal_address = "1 Quay Street";
inbound = { unsubscribe = "unsubscribe@example.org"; };
relays = ( { url = "null:"; } );
newsletters = ( { name = "digest"; title = "The Digest"; from = "digest@example.org"; } );
""")
        (folder / "depesche.conf").chmod(0o600)
        return folder

    def command(self, folder, *words):
        return [self.depesche, "-q", "-c", folder / "depesche.conf", *words]

    def load(self, row):
        """Imports a list: the folder, seconds, and MB."""
        folder = self.instance()
        list_file = self.work / "list.csv"
        taken = write_list(list_file, row.people)
        began = time.monotonic()
        process = subprocess.Popen(self.command(folder, "subscriber", "import", list_file, *CONSENT,
                                                "--json"), stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL)
        out = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - began
        process.returncode = status
        report = json.loads(out) if status == 0 else {}
        if report.get("added") != taken or report.get("rows") != row.people:
            raise Failure(f"{taken} people are in the list, and it says {report}")
        return folder, seconds, usage.ru_maxrss / 1024

    def import_once(self, row):
        _, seconds, memory = self.load(row)
        return {"rate": row.people / seconds, "memory": memory}

    def leave_once(self, row):
        folder, _, _ = self.load(row)
        with sqlite3.connect(folder / "depesche.db") as database:
            references = [each for each, in database.execute("SELECT reference FROM subscription")]
        database.close()
        (self.work / "tokens").write_text("".join(token_of(each) + "\n" for each in references))
        script = self.work / "leave.lua"
        script.write_text(f"""
local tokens, sent = {{}}, 0
for line in io.lines("{self.work}/tokens") do tokens[#tokens + 1] = line end
function request()
  sent = sent % #tokens + 1
  return wrk.format("POST", "/u/" .. tokens[sent],
    {{["Content-Type"] = "application/x-www-form-urlencoded"}}, "List-Unsubscribe=One-Click")
end
""")
        server = subprocess.Popen([each for each in self.command(folder, "serve", "--listen",
                                                                 "127.0.0.1:0") if each != "-q"],
                                  stderr=subprocess.PIPE, text=True)
        port = re.search(r"on 127\.0\.0\.1:(\d+)", server.stderr.readline()).group(1)
        done = subprocess.run(["wrk", "-t1", "-c64", f"-d{row.seconds}s", "-s", script,
                               f"http://127.0.0.1:{port}/"], capture_output=True, text=True, check=True)
        status = pathlib.Path(f"/proc/{server.pid}/status").read_text()
        server.send_signal(signal.SIGKILL)
        server.wait()
        answered = int(re.search(r"(\d+) requests in", done.stdout).group(1))
        if "Non-2xx" in done.stdout:
            raise Failure(done.stdout)
        with sqlite3.connect(folder / "depesche.db") as database:
            (left,), = database.execute("SELECT COUNT(*) FROM subscription WHERE state = 4")
        database.close()
        if left < min(answered, len(references)):
            raise Failure(f"{answered} requests were answered, and {left} people have left")
        memory = int(re.search(r"VmHWM:\s+(\d+)", status).group(1)) / 1024
        return {"rate": float(re.search(r"Requests/sec:\s+([\d.]+)", done.stdout).group(1)),
                "memory": memory}

    def measure(self, row, rounds):
        once = self.leave_once if row.name == "leave" else self.import_once
        runs = [once(row) for _ in range(rounds)]
        rate = frame.median(run["rate"] for run in runs)
        memory = max(run["memory"] for run in runs)
        line = [row.text, f"{rate:,.0f}", f"≥ {row.rate_goal:,}", "yes" if rate >= row.rate_goal else "NO",
                *frame.judged(memory, row.memory_goal, False)]
        return [line], runs


if __name__ == "__main__":
    sys.exit(frame.main(People()))
