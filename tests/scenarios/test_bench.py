"""The benchmark counts right: whoever trusts its table trusts that nothing was missing. How fast
anything is does not matter here."""

import json
import os
import socket
import subprocess
import sys
import threading

import pytest

from instance import BINARY, SOURCE

BENCH = SOURCE / "tests" / "bench"
sys.path.insert(0, str(BENCH))

import stage  # noqa: E402


@pytest.fixture(scope="session")
def tools(tmp_path_factory):
    return stage.compile_tools(tmp_path_factory.mktemp("tools"))


def bench(work, *rows, depesche=BINARY):
    return subprocess.run(
        [sys.executable, BENCH / "send.py", "--depesche", depesche, "--work", work, "--quick",
         "--json", work / "runs.json", *rows],
        capture_output=True, text=True, timeout=300)


def test_rows_are_run_and_counted(tmp_path):
    done = bench(tmp_path, "0ms-5k", "50ms-refused")
    assert done.returncode == 0, done.stderr
    rows = json.loads((tmp_path / "runs.json").read_text())["rows"]
    assert set(rows) == {"0ms-5k", "50ms-refused"}
    fast, refused = rows["0ms-5k"], rows["50ms-refused"]
    for contender in ("depesche", "smtp-source", "baresender"):
        assert [run["messages"] for run in fast[contender]] == [200]
    assert [(run["messages"], run["refused"]) for run in refused["depesche"]] == [(36, 4)]
    assert [(run["messages"], run["refused"]) for run in refused["nobody refused"]] == [(40, 0)]
    for runs in (*fast.values(), *refused.values()):
        assert all(1 <= run["sessions"] <= 10 and run["memory"] > 1 for run in runs)

    table = [line for line in done.stdout.splitlines() if line.startswith("|")]
    assert [cell.strip() for cell in table[0].strip("|").split("|")] == [
        "row", "conn.", "contender", "mails/s", "ratio", "goal", "met", "CPU µs/mail", "ratio",
        "goal", "met", "RSS MB", "goal", "met"]
    assert len(table) == 2 + 5, "a line for each contender of each row"
    assert len({len(line) for line in table}) == 1, "its columns stand below each other"


def test_feeds_are_fetched_and_counted(tmp_path):
    done = subprocess.run(
        [sys.executable, BENCH / "fetch.py", "--depesche", BINARY, "--work", tmp_path, "--quick",
         "--json", tmp_path / "runs.json"], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    rows = json.loads((tmp_path / "runs.json").read_text())["rows"]
    assert set(rows) == {"alone", "first", "again"}
    for runs in rows.values():
        assert [run["feeds"] for own in runs.values() for run in own] == [20, 20]
    table = [line for line in done.stdout.splitlines() if line.startswith("|")]
    assert len(table) == 2 + 6 and len({len(line) for line in table}) == 1


@pytest.mark.parametrize("behaviour, says", [
    ("exit 0", "the sink has"),  # sends nothing and is content
    ('"$REAL" "$@"; exit 1', "ended with 1"),
])
def test_a_run_that_is_wrong_fails(tmp_path, behaviour, says):
    fake = tmp_path / "fake"
    fake.write_text(f"""#!/bin/sh
REAL='{BINARY}'
case " $* " in *" send "*) {behaviour} ;; esac
exec "$REAL" "$@"
""")
    fake.chmod(0o700)
    done = bench(tmp_path, "0ms-5k", depesche=fake)
    assert done.returncode == 1
    assert "error: 0ms-5k" in done.stderr and says in done.stderr, done.stderr
    assert "0ms-5k: FAILED" in done.stdout


def read_all(connection):
    return b"".join(iter(lambda: connection.recv(65536), b""))


def test_the_proxy_changes_nothing(tools):
    # More than sockets hold, so that the proxy has to wait for the one who does not read yet.
    there, back = os.urandom(16_000_001), os.urandom(2_000_003)
    heard = []
    all_sent = threading.Event()

    def answer(listener):
        connection, _ = listener.accept()
        with connection:
            all_sent.wait()
            heard.append(read_all(connection))  # all of it, and its end
            connection.sendall(back)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=answer, args=[listener])
        server.start()
        with stage.DelayProxy(tools, listener.getsockname()[1], 4) as proxy, \
                socket.create_connection(("127.0.0.1", proxy.port), timeout=30) as client:
            client.sendall(there)
            client.shutdown(socket.SHUT_WR)
            all_sent.set()
            assert read_all(client) == back, "although the other direction has ended"
        server.join()
    assert heard == [there]


def test_the_sink_sees_the_end_of_a_mail_however_it_is_cut(tools, tmp_path):
    envelope = b"MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n"
    empty = b".\r\n"
    tricky = b"x\r\n..\r\n\r.\r\n\n.\r\r\n.\r\n"
    words = envelope + empty + envelope + tricky + b"QUIT\r\n"
    with stage.PickySink(tools, tmp_path) as sink:
        for size in (1, 2, 3, 5, 7, 11, len(words)):
            with socket.create_connection(("127.0.0.1", sink.port), timeout=30) as client:
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for at in range(0, len(words), size):
                    client.sendall(words[at:at + size])
                replies = read_all(client).split(b"\r\n")
            assert [reply[:3] for reply in replies] == [
                b"220", b"250", b"250", b"354", b"250", b"250", b"250", b"354", b"250", b"221", b""]
        assert sink.counts() == {"sessions": 7, "messages": 14, "refused": 0}


def parse_bench(work, *rows, depesche=BINARY):
    return subprocess.run(
        [sys.executable, BENCH / "parse.py", "--depesche", depesche, "--work", work, "--quick",
         "--json", work / "runs.json", *rows],
        capture_output=True, text=True, timeout=300)


def test_reading_is_run_and_counted(tmp_path):
    done = parse_bench(tmp_path, "cdata", "folder")
    assert done.returncode == 0, done.stderr
    rows = json.loads((tmp_path / "runs.json").read_text())["rows"]
    assert {name: list(runs) for name, runs in rows.items()} == {
        "cdata": ["depesche", "sfeed", "xmllint"], "folder": ["depesche", "sfeed"]}
    table = [line for line in done.stdout.splitlines() if line.startswith("|")]
    assert len(table) == 2 + 5 and len({len(line) for line in table}) == 1


def test_a_reading_that_is_wrong_fails(tmp_path):
    fake = tmp_path / "fake"
    fake.write_text('#!/bin/sh\necho \'{"recovered": false, "entries": [{}]}\'\n')
    fake.chmod(0o700)
    done = parse_bench(tmp_path, "folder", depesche=fake)
    assert done.returncode == 1 and "folder: FAILED" in done.stdout and "found 1 of" in done.stderr


def test_grouping_is_run_and_counted(tmp_path):
    done = subprocess.run(
        [sys.executable, BENCH / "group.py", "--depesche", BINARY, "--work", tmp_path, "--quick",
         "--json", tmp_path / "runs.json"], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    rows = json.loads((tmp_path / "runs.json").read_text())["rows"]
    assert {name: len(runs) for name, runs in rows.items()} == {"headlines": 1, "texts": 1, "long-texts": 1}
    assert all(20 <= run["stories"] < 200 for runs in rows.values() for run in runs)


def test_a_daily_run_is_counted(tmp_path):
    done = subprocess.run(
        [sys.executable, BENCH / "daily.py", "--depesche", BINARY, "--work", tmp_path, "--quick",
         "--json", tmp_path / "runs.json"], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    [run] = json.loads((tmp_path / "runs.json").read_text())["rows"]["daily-100k"]
    assert 100 < run["mails"] <= 300 and run["octets"] > 5000


def select_bench(program, *words):
    return subprocess.run(
        [sys.executable, BENCH / "selection.py", "--program", program, "--quick", *words],
        capture_output=True, text=True, timeout=300)


def test_choosing_is_run_and_counted(tmp_path):
    program = BINARY.parent / "tests" / "bench" / "rooms" / "bench-select"
    done = select_bench(program, "--json", tmp_path / "runs.json", "million")
    assert done.returncode == 0, done.stderr
    (one,) = json.loads((tmp_path / "runs.json").read_text())["rows"]["million"]
    assert one["articles"] >= one["mails"] > 500
    table = [line for line in done.stdout.splitlines() if line.startswith("|")]
    assert len(table) == 2 + 1 and len({len(line) for line in table}) == 1


def test_a_choosing_that_is_wrong_fails(tmp_path):
    fake = tmp_path / "fake"
    fake.write_text("#!/bin/sh\necho '{\"prepare\": 0, \"select\": 0, \"memory\": 1, "
                    "\"mails\": 3, \"articles\": 3, \"cut\": 0, \"sum\": 7}'\n")
    fake.chmod(0o700)
    done = select_bench(fake, "million")
    assert done.returncode == 1 and "million: FAILED" in done.stdout
    assert "3 of 1000 got something" in done.stderr


def rendering(tmp_path, *words, program=BINARY.parent / "tests" / "bench" / "rooms" / "bench-rendering"):
    return subprocess.run(
        [sys.executable, BENCH / "render.py", "--program", program, "--quick",
         "--json", tmp_path / "rates.json", *words], capture_output=True, text=True, timeout=300)


def test_rendering_is_run_and_compared(tmp_path):
    done = rendering(tmp_path)
    assert done.returncode == 0, done.stderr
    rows = json.loads((tmp_path / "rates.json").read_text())["rows"]
    assert set(rows) == {"mustache", "digests-plain", "digests-news", "digests-magazine"}
    assert set(rows["mustache"]) == {"depesche", "npm mustache"}
    assert all(rate > 0 for rates in rows["mustache"].values() for rate in rates)


def test_a_rendering_that_is_wrong_fails(tmp_path):
    program = tmp_path / "bench-rendering"
    program.write_text("#!/bin/sh\necho '{\"count\": 1, \"seconds\": 1, \"octets\": 1}' >&2\necho text\n")
    program.chmod(0o755)
    done = rendering(tmp_path, program=program)
    assert done.returncode == 1
    assert "the two do not write the same" in done.stderr
    assert done.stderr.count("digests are missing") == 3


def test_people_come_in_and_go(tmp_path):
    done = subprocess.run(
        [sys.executable, BENCH / "people.py", "--depesche", BINARY, "--work", tmp_path / "work",
         "--quick", "--rounds", "1", "--json", tmp_path / "runs.json", "import", "leave"],
        capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    rows = json.loads((tmp_path / "runs.json").read_text())["rows"]
    assert set(rows) == {"import", "leave"}
    assert all(run["rate"] > 0 for runs in rows.values() for run in runs)
