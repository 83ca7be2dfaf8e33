#!/usr/bin/python3
"""Requests that no browser sends, made by a seed, and what must come of them: clean errors, and nothing else.

    hostile.py --depesche PROGRAM [--count 10000] [--seed 1] [--tokens 0]

starts `depesche serve` with somebody who could be unsubscribed, sends COUNT requests of every kind below, and
as many random tokens as are wished for, and says what came back. Somebody who is unsubscribed by that, an
answer that is none, or a server that is not there at the end are failures."""

import argparse
import collections
import concurrent.futures
import pathlib
import random
import re
import socket
import string
import subprocess
import sys
import tempfile
import time

STATUSES = {200, 400, 404, 405, 411, 413, 414, 417, 429, 431, 501, 505}
LETTERS = string.ascii_lowercase + "234567"
PATHS = ["/", "/u/", "/u/x", "/p/x", "/c/x", "/s/morgen", "/s/x", "/style.css", "/healthz", "/metrics", "/index",
         "/archive/", "/archive/search?q=a"]


def token(chance, kind="u"):
    return kind + "".join(chance.choices(LETTERS, k=35))


class Maker:
    """Makes one request after the other; the same seed makes the same ones."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.kinds = [getattr(self, name) for name in sorted(dir(self)) if name.startswith("make_")]

    def next(self):
        """(name, octets, seconds between pieces of them)"""
        kind = self.chance.choice(self.kinds)
        made = kind()
        data, pause = made if isinstance(made, tuple) else (made, 0)
        return kind.__name__[5:], data, pause

    def octets(self, most):
        return self.chance.randbytes(self.chance.randrange(most + 1))

    def head(self, method=b"GET", target=None, version=b"HTTP/1.1", fields=(b"Host: x",)):
        target = self.chance.choice(PATHS).encode() if target is None else target
        return b"\r\n".join([method + b" " + target + b" " + version, *fields, b"", b""])

    def post(self, *fields, body=b"", target=b"/u/x"):
        return self.head(b"POST", target, fields=(b"Host: x", *fields)) + body

    def make_noise(self):
        return self.octets(3000) + self.chance.choice([b"", b"\r\n\r\n", b"\n\n", b"\0"])

    def make_tls(self):
        return b"\x16\x03\x01" + self.octets(400) + b"\r\n\r\n"

    def make_method(self):
        method = self.chance.choice([b"TRACE", b"CONNECT", b"OPTIONS", b"PUT", b"DELETE", b"PATCH", b"get", b"GE T", b"",
                                     b"\xff\xfe", b"A" * self.chance.randrange(1, 20000), b"POST\0", b"HEAD"])
        return self.head(method)

    def make_version(self):
        return self.head(version=self.chance.choice([b"HTTP/9.9", b"HTTP/1.", b"HTTP/-1.1", b"http/1.1", b"", b"HTTP/2.0",
                                                     b"HTTP/1.1 HTTP/1.1", b"HTTP/" + b"1" * 5000, b"ICY/1.1", b"HTTP/0.9"]))

    def make_traversal(self):
        up = self.chance.choice([b"../", b"..%2f", b"%2e%2e/", b"%2e%2e%2f", b"..\\", b"%c0%ae%c0%ae/", b"..%00/", b"....//",
                                 b"%252e%252e%252f"])
        first = self.chance.choice([b"/", b"/u/", b"/archive/", b"/archive/morgen/", b"/s/", b"//", b""])
        return self.head(target=first + up * self.chance.randrange(1, 30) + self.chance.choice([b"etc/passwd", b"depesche.db"]))

    def make_target(self):
        return self.head(target=self.chance.choice([
            b"/" + b"a" * self.chance.randrange(100000), b"/" * self.chance.randrange(1, 5000), b"*", b"", b"x", b"/%", b"/%zz",
            b"/%00", b"/u/%00" + self.octets(20).replace(b" ", b"").replace(b"\n", b""), b"/u/" + b"%41" * 3000,
            b"http://evil.example/", b"http://[::1", b"//evil.example//u/x", b"/u/x#y", b"/u/x?" + b"a=b&" * 3000,
            b"/archive/search?q=" + b"(" * self.chance.randrange(1, 4000), b"/archive/search?q=%ff%fe%00",
            b"/archive/morgen/" + b"9" * 40 + b".html", b"/archive/morgen/-1.html", b"/archive/x/older-0.html",
            "/ü/\u202e".encode()]))

    def make_injection(self):
        evil = self.chance.choice([b"%0d%0aX-Evil:%201", b"%0aX-Evil:1", b"\rX-Evil: 1", b"%e5%98%8a%e5%98%8dX-Evil:1",
                                   b"%0d%0a%0d%0a<script>"])
        where = self.chance.choice([b"/u/", b"/s/", b"/", b"/archive/", b"/archive/search?q="])
        return self.head(target=where + evil, fields=(b"Host: x" + self.chance.choice([b"", evil]),
                                                       b"Accept-Language: de" + evil))

    def make_fields(self):
        return self.head(fields=self.chance.choice([
            (b"Host: x",) + (b"X: y",) * self.chance.randrange(20000), (b"X: " + b"z" * self.chance.randrange(100000),),
            (b"Host: x", b"Host: y"), (), (b"Host: x", b" folded: yes"), (b"Host",), (b"Host: x", b": y"),
            (b"Host : x",), (b"Host: x", b"X" * self.chance.randrange(1, 9000) + b": y"), (b"Host: \0\x01\x7f",),
            (b"Host: x", b"Cookie: " + b"a=b; " * 2000), (b"Host: x", b"X-Forwarded-For: " + b"1.1.1.1, " * 1000),
            (b"Host: x", b"X-Forwarded-For: ::::,,,, \xff"), (b"Host: x", b"Range: bytes=0-,-1," + b"0-0," * 1000),
            (b"Host: x", b"Expect: 100-continue", b"Connection: upgrade", b"Upgrade: h2c"),
            (b"Host: x", b"Accept-Language: " + self.octets(500).replace(b"\n", b"").replace(b"\r", b""))]))

    def make_length(self):
        length = self.chance.choice([b"99999999", b"-5", b"+4", b"0x4", b"4 4", b"", b"18446744073709551616", b"9" * 300,
                                     b"4, 4", b"4\r\nContent-Length: 5", b"\xff"])
        return self.post(b"Content-Length: " + length, body=b"abcd")

    def make_smuggled(self):
        inner = self.head(target=b"/healthz")
        fields = self.chance.choice([
            (b"Content-Length: 5", b"Transfer-Encoding: chunked"), (b"Transfer-Encoding: chunked", b"Content-Length: 5"),
            (b"Transfer-Encoding: xchunked", b"Content-Length: 0"), (b"Transfer-Encoding : chunked", b"Content-Length: 5"),
            (b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity"), (b"Transfer-Encoding:\x0bchunked",),
            (b"Transfer-Encoding: identity, chunked, chunked",), (b"Content-Length: 5", b"Content-Length: 6")])
        return self.post(*fields, body=b"0\r\n\r\n" + inner)

    def make_chunks(self):
        body = self.chance.choice([b"ZZZZ\r\n", b"-1\r\nx\r\n", b"ffffffffffffffffff\r\nx", b"5\r\nabc\r\n0\r\n\r\n",
                                   b"1;" + b"e" * 20000 + b"\r\nx\r\n0\r\n\r\n", (b"1000\r\n" + b"a" * 4096 + b"\r\n") * 3,
                                   b"1\r\nx\r\n" * 5000 + b"0\r\n\r\n", b"0\r\nX-Evil: 1\r\n\r\n", b"3\nabc\n0\n\n"])
        return self.post(b"Transfer-Encoding: chunked", body=body)

    def make_form(self):
        body = self.chance.choice([b"%=%&%zz=%", b"&" * 4000, b"a=b&" * 1000, b"=" * 4096, b"action=" + b"%ff" * 1000,
                                   b"List-Unsubscribe=One-Click", b"action=unsubscribe\0", self.octets(4096), b"x" * 5000])
        return self.post(b"Content-Type: application/x-www-form-urlencoded", b"Content-Length: %d" % len(body), body=body,
                         target=b"/" + self.chance.choice([b"u", b"p", b"c", b"s"]) + b"/" + token(self.chance).encode())

    def make_multipart(self):
        mark = self.chance.choice([b"", b"--", b"x" * 3000, b'"', b'"x', b"x; boundary=y", b"\0", b"x"])
        body = self.chance.choice([b"--", b"--x\r\n\r\n", b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n",
                                   (b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n") * 60, self.octets(4000),
                                   b"--x\n\n--x--", b"-" * 4000])
        return self.post(b"Content-Type: multipart/form-data; boundary=" + mark, b"Content-Length: %d" % len(body), body=body)

    def make_cut(self):
        data = self.chance.choice(self.kinds[:3] + [self.make_form, self.make_fields, self.make_chunks])()
        return data[:self.chance.randrange(len(data) + 1)]

    def make_changed(self):
        data = bytearray(self.chance.choice([self.make_form, self.make_multipart, self.make_length, self.make_target])()[:3000])
        for _ in range(self.chance.randrange(1, 8)):
            if data:
                data[self.chance.randrange(len(data))] = self.chance.randrange(256)
        return bytes(data) + b"\r\n\r\n"

    def make_many(self):
        return b"".join(self.head() for _ in range(self.chance.randrange(2, 40)))

    def make_slow(self):
        return self.make_form()[:self.chance.randrange(20, 120)], 0.02

    def make_token(self):
        return self.head(target=("/u/" + token(self.chance, self.chance.choice("ubc"))).encode())


def ask(port, data, pause=0):
    """All that comes back when DATA is sent, in pieces with PAUSE seconds between them; b"" when nothing does."""
    parts = []
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.settimeout(2)  # half a request may be waited for
        try:
            for at in range(0, len(data), 7 if pause else len(data) or 1):
                connection.sendall(data[at:at + (7 if pause else len(data))])
                time.sleep(pause)
            connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65536):
                parts.append(part)
        except OSError:
            pass
    return b"".join(parts)


def judge(name, data, answer):
    """What is wrong with ANSWER, or None; its status is the first word, 0 for nothing."""
    if not answer:
        return 0, None
    first = re.match(rb"(?:HTTP/1\.1 100 Continue\r\n\r\n)?HTTP/1\.[01] (\d{3}) ", answer)
    if first is None:
        return 0, "no answer of HTTP"
    status = int(first.group(1))
    if status not in STATUSES:
        return status, "a status that is not meant"
    head = answer.split(b"\r\n\r\n", 1)[0]
    if re.search(rb"^X-Evil", head, re.M | re.I):
        return status, "it lets others write its header"
    if b"root:" in answer or b"SQLite" in answer or b"<script" in answer:
        return status, "it lets something out"
    if name == "smuggled" and len(re.findall(rb"HTTP/1\.1 \d{3} ", answer)) > 1 and b"ok\n" in answer:
        return status, "a request within a body was answered"
    return status, None


def attack(port, seed, count, threads=48):
    """Sends COUNT requests: how often each status came, and what was wrong (of str)."""
    maker = Maker(seed)
    made = [maker.next() for _ in range(count)]

    def one(request):
        name, data, pause = request
        status, problem = judge(name, data, ask(port, data, pause))
        return status, problem and f"{name}: {problem}: {data[:120]!r}"

    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        done = list(pool.map(one, made))
    return collections.Counter(status for status, _ in done), [problem for _, problem in done if problem]


def read_status(stream):
    """Reads one answer: its status."""
    status = int(stream.readline().split()[1])
    length = 0
    while (line := stream.readline().strip()):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    stream.read(length)
    return status


def guess(port, seed, count):
    """Tries COUNT random tokens by one-click: how often each status came."""
    chance = random.Random(seed)
    statuses = collections.Counter()
    body = b"List-Unsubscribe=One-Click"
    fields = (b" HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
              b"Content-Length: %d\r\n\r\n" % len(body))
    if count == 0:
        return statuses
    connections = [socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(32)]
    streams = [connection.makefile("rwb") for connection in connections]
    for first in range(0, count, len(streams)):
        some = streams[:count - first]
        for stream in some:
            stream.write(b"POST /u/" + token(chance).encode() + fields + body)
            stream.flush()
        statuses.update(read_status(stream) for stream in some)
    for stream, connection in zip(streams, connections):
        stream.close()
        connection.close()
    return statuses


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--depesche", type=pathlib.Path, required=True)
    parser.add_argument("--count", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tokens", type=int, default=0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "depesche.conf").write_text("""
base_url = "http://localhost"; archive_url = "http://localhost/archive"; imprint = "Example"; postal_address = "1 Quay Street";
inbound = { unsubscribe = "unsubscribe@example.org"; };
relays = ( { url = "null:"; } );
newsletters = ( { name = "morgen"; title = "Morgen"; from = "m@example.org"; } );
""")
        (folder / "depesche.conf").chmod(0o600)
        (folder / "depesche.keys").write_text("a " + "5a" * 32 + "\n")
        (folder / "depesche.keys").chmod(0o600)
        (folder / "templates").symlink_to(pathlib.Path(__file__).resolve().parents[2] / "templates")
        command = [arguments.depesche.resolve(), "-c", folder / "depesche.conf"]
        subprocess.run([*command, "-q", "subscriber", "add", "anna@example.org"], check=True)
        server = subprocess.Popen([*command, "serve", "--listen", "127.0.0.1:0"], stderr=subprocess.PIPE, text=True)
        port = int(re.search(r"on 127\.0\.0\.1:(\d+)", server.stderr.readline()).group(1))
        began = time.monotonic()
        statuses, problems = attack(port, arguments.seed, arguments.count)
        print(f"{arguments.count} requests in {time.monotonic() - began:.0f} s: {dict(sorted(statuses.items()))}")
        began = time.monotonic()
        guessed = guess(port, arguments.seed, arguments.tokens)
        print(f"{arguments.tokens} tokens in {time.monotonic() - began:.0f} s: {dict(guessed)}")
        if set(guessed) - {404, 429}:
            problems.append("a random token was taken")
        memory = re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{server.pid}/status").read_text()).group(1)
        print(f"the server took {int(memory) / 1024:.0f} MB")
        if not ask(port, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").endswith(b"ok\n"):
            problems.append("the server is not there any more")
        server.terminate()
        server.communicate(timeout=60)
        shown = subprocess.run([*command, "subscriber", "show", "anna@example.org", "--json"], capture_output=True, text=True)
        if '"active"' not in shown.stdout:
            problems.append("somebody was unsubscribed")
    for problem in problems[:20]:
        print("FAILED", problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
