"""Mails that something went wrong with on their way, handed to `depesche inbound` one after the other, as
a mail server would: whatever they are, it ends soon, with 0, or with 75 when the state could not be saved.

    DEPESCHE=build/depesche DEPESCHE_SOURCE=. python3 tests/scenarios/mutants.py --count 20000
    … --only 4711        writes that one to standard output

The same number gives the same mail. test_mutants.py does it with fewer."""

import argparse
import collections
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

# A mail is read within seconds or given up; this is a hang.
PATIENCE = 20

CHARSETS = [b"utf-8", b"utf-7", b"utf-16", b"iso-2022-jp", b"big5", b"x-unknown", b"", b"=" * 90]
NOISE = [b"\0", b"\xff\xfe", b"\x1b$B", b"\r", b"\n\n", b"--", b"=?utf-8?b?w6Q=?=", b"=\n", b"<", b"@",
         b"((((", b'"', b"\\", b";charset*1*=", b"boundary=", b"\t" * 40, b"\xe2\x80\xae"]
FIELDS = [b"Content-Type: multipart/report; boundary=x\n", b"Content-Transfer-Encoding: base64\n",
          b"Content-Type: message/rfc822\n", b"Auto-Submitted: auto-replied\n", b"To: a:b,c;d\n",
          b"X-Failed-Recipients: @@\n", b"Action: failed\nFinal-Recipient: rfc822\n"]


def place(chance, mail):
    return chance.randrange(len(mail) + 1)


def change_octets(chance, mail, _):
    out = bytearray(mail)
    for _ in range(chance.randint(1, 40)):
        out[chance.randrange(len(out))] = chance.randrange(256)
    return bytes(out)


def lose_a_piece(chance, mail, _):
    begin = place(chance, mail)
    return mail[:begin] + mail[begin + chance.randint(1, 400):]


def double_a_piece(chance, mail, _):
    begin = place(chance, mail)
    piece = mail[begin:begin + chance.randint(1, 400)]
    return mail[:begin] + piece * chance.choice([2, 3, 500]) + mail[begin:]


def add_noise(chance, mail, _):
    for _ in range(chance.randint(1, 8)):
        at = place(chance, mail)
        mail = mail[:at] + chance.choice(NOISE) * chance.choice([1, 1, 30]) + mail[at:]
    return mail


def add_a_field(chance, mail, _):
    lines = mail.splitlines(keepends=True)
    lines.insert(chance.randrange(len(lines) + 1), chance.choice(FIELDS) * chance.choice([1, 1, 200]))
    return b"".join(lines)


def shuffle_lines(chance, mail, _):
    lines = mail.splitlines(keepends=True)
    begin = chance.randrange(len(lines))
    some = lines[begin:begin + 12]
    chance.shuffle(some)
    return b"".join(lines[:begin] + some + lines[begin + 12:])


def cut(chance, mail, _):
    return mail[:place(chance, mail)]


def name_another_charset(chance, mail, _):
    return mail.replace(b"utf-8", chance.choice(CHARSETS))


def join_two(chance, mail, other):
    return mail[:place(chance, mail)] + other[place(chance, other):]


def nest(chance, mail, _):
    for depth in range(chance.choice([1, 5, 200])):
        mail = (b"Content-Type: multipart/mixed; boundary=n%d\n\n--n%d\n"
                b"Content-Type: message/rfc822\n\n" % (depth, depth)) + mail
    return mail


def make_long(chance, mail, _):
    return mail + chance.choice(NOISE) * chance.choice([1000, 300000])


CHANGES = [change_octets, lose_a_piece, double_a_piece, add_noise, add_a_field, shuffle_lines, cut,
           name_another_charset, join_two, nest, make_long]


def samples(source):
    found = [path.read_bytes() for path in sorted((source / "tests/data/inbound").glob("*.eml"))]
    return [sample for sample in found if sample]


def mutant(pool, number, addresses):
    """Mail number NUMBER, and the recipient it is for, if a mail server says so."""
    chance = random.Random(number)
    mail = chance.choice(pool)
    if addresses:
        mail = mail.replace(b"digest@depesche.example", chance.choice(addresses).encode())
    for _ in range(chance.randint(1, 4)):
        mail = chance.choice(CHANGES)(chance, mail, chance.choice(pool)) or b"x"
    recipient = chance.choice(addresses) if addresses and chance.random() < 0.3 else None
    return mail, recipient


def hand_in(command, mail, recipient):
    """The exit status (None: it hung), what was said, and how long it took."""
    begin = time.monotonic()
    words = ["--recipient", recipient] if recipient else []
    try:
        done = subprocess.run([*command, *words], input=mail, capture_output=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return None, b"", PATIENCE
    return done.returncode, done.stdout + done.stderr, time.monotonic() - begin


def hand_in_all(command, pool, numbers, addresses):
    """How often each exit status came, the numbers of those that should not be, and all times."""
    counts, wrong, times = collections.Counter(), [], []
    for number in numbers:
        mail, recipient = mutant(pool, number, addresses)
        status, said, seconds = hand_in(command, mail, recipient)
        counts[status] += 1
        times.append(seconds)
        if status not in (0, 75) or b"Sanitizer" in said or b"runtime error" in said:
            wrong.append((number, status, said[-300:]))
    return counts, wrong, times


def make_instance(folder):
    """An instance whose three readers have had a mail, and where they could write to."""
    from instance import Instance, item, people, rss
    (folder / "feed.xml").write_bytes(rss("Hafenblatt", [item(1)]))
    instance = Instance(folder, {"hafenblatt": f"file://{folder}/feed.xml"},
                        'url = "maildir:mail";', people=people(3),
                        inbound='bounce = "bounce@news.example.org";')
    instance.run("run")
    mails = instance.maildir()
    return instance, [mail["List-Unsubscribe"].split("mailto:")[1].split(">")[0] for mail in mails] + [
        mail["Return-Path"].strip("<>") for mail in mails if mail["Return-Path"]]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=20000)
    parser.add_argument("--first", type=int, default=0, help="the number of the first")
    parser.add_argument("--only", type=int, help="write this one to standard output")
    options = parser.parse_args()
    from instance import SOURCE
    pool = samples(SOURCE)
    with tempfile.TemporaryDirectory() as folder:
        instance, addresses = make_instance(pathlib.Path(folder))
        if options.only is not None:
            sys.stdout.buffer.write(mutant(pool, options.only, addresses)[0])
            return 0
        numbers = range(options.first, options.first + options.count)
        counts, wrong, times = hand_in_all(instance.command("inbound"), pool, numbers, addresses)
    print(f"{len(times)} mails: exit {dict(counts)}; {statistics.median(times) * 1000:.1f} ms in the "
          f"middle, {statistics.quantiles(times, n=100)[-1] * 1000:.1f} ms for one in a hundred, "
          f"{max(times) * 1000:.0f} ms at most")
    for number, status, said in wrong:
        print(f"number {number}: {'hung' if status is None else status}: {said!r}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
