"""What a run needs around it: the small programs of this folder, a sink that takes the mail, and a
longer way to it."""

import os
import pathlib
import re
import socket
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent


class Failure(Exception):
    """A run that failed, or whose numbers cannot be right."""


def compile_tools(folder):
    """The programs of this folder, compiled into FOLDER: a dict from name to path."""
    folder.mkdir(parents=True, exist_ok=True)
    tools = {}
    for source in sorted(HERE.glob("*.c")):
        tools[source.stem] = folder / source.stem
        subprocess.run([os.environ.get("CC", "cc"), "-std=c17", "-O2", "-Wall", "-Wextra", "-o",
                        tools[source.stem], source], check=True)
    return tools


def dead_port():
    """A socket that keeps a loopback port on which nobody listens: connecting to it is refused."""
    keeper = socket.socket()
    keeper.bind(("127.0.0.1", 0))
    return keeper


def free_port():
    with dead_port() as keeper:
        return keeper.getsockname()[1]


class Server:
    """A program that listens on loopback, from `with` to its end."""

    def __init__(self, command, port, output=subprocess.DEVNULL):
        self.command = [str(word) for word in command]
        self.port = port
        self.output = output
        self.process = None

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=self.output)
        self.wait_until_it_listens()
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait()

    def wait_until_it_listens(self):
        # Asks the kernel, not the server: a connection would be counted as a session.
        listens = re.compile(rf"^ *\d+: 0100007F:{self.port:04X} 0+:0+ 0A ", re.MULTILINE)
        deadline = time.monotonic() + 10
        while not listens.search(pathlib.Path("/proc/net/tcp").read_text()):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise Failure(f"{self.command[0]} does not listen")
            time.sleep(0.005)


class DelayProxy(Server):
    """Makes the way to PORT longer: a round trip takes MILLISECONDS more."""

    def __init__(self, tools, target, milliseconds):
        port = free_port()
        super().__init__([tools["delayproxy"], "--listen", port, "--target", target, "--delay",
                          round(milliseconds * 1000 / 2)], port)


class PostfixSink(Server):
    """Postfix's smtp-sink. It shows its counters after each mail, into a file here."""

    def __init__(self, folder, pipelining=True):
        port = free_port()
        self.file = open(folder / "sink.count", "w+b")
        command = ["smtp-sink", "-4", "-c"]
        if os.geteuid() == 0:
            command += ["-u", "nobody"]
        if not pipelining:
            command += ["-p"]
        super().__init__([*command, f"127.0.0.1:{port}", "1000"], port, self.file)

    def __exit__(self, *more):
        super().__exit__(*more)
        self.file.close()

    def counts(self):
        self.process.terminate()
        self.process.wait()
        self.file.seek(0)
        shown = re.findall(rb"sess=\s*(\d+) quit=\s*(\d+) mesg=\s*(\d+)", self.file.read())
        if not shown:
            return {"sessions": 0, "messages": 0, "refused": 0}
        sessions, _, messages = map(int, shown[-1])
        return {"sessions": sessions, "messages": messages, "refused": 0}


class PickySink(Server):
    """The sink of this folder, which refuses every Nth recipient (0: nobody)."""

    def __init__(self, tools, folder, refuse_every=0):
        port = free_port()
        self.file = folder / "sink.count"
        super().__init__([tools["pickysink"], "--listen", port, "--count", self.file,
                          "--refuse-every", refuse_every], port)

    def counts(self):
        self.process.terminate()
        self.process.wait()
        counts = {name: int(number)
                  for name, number in re.findall(r"(\w+)=(\d+)", self.file.read_text())}
        return {name: counts[name] for name in ("sessions", "messages", "refused")}
