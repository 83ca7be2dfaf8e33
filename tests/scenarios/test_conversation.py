"""Servers that misbehave in each phase of a conversation, and what the ledger makes of it: nobody's mail
is lost or sent twice, and nothing that a server says without being asked for it is believed."""

import collections
import select
import shutil
import time

import pytest

import mta
import servers
from instance import Instance, item, people, rss

PEOPLE = 12
LATER = "2026-11-23T14:00:00Z"


@pytest.fixture(scope="module")
def composed(tmp_path_factory):
    """An instance whose issue is made and has still to go out."""
    http = servers.Http()
    http.documents["/feed.xml"] = rss("Hafenblatt", [item(1, "Größe zählt"), item(2)])
    nobody = f'url = "smtp://127.0.0.1:{servers.free_port()}"; tls = "none";'
    instance = Instance(tmp_path_factory.mktemp("composed"), {"hafenblatt": http.url("/feed.xml")},
                        nobody, people=people(PEOPLE))
    instance.run("run", status=75)
    http.close()
    return instance


@pytest.fixture
def sending(composed, tmp_path):
    """A copy of it that sends to a relay."""
    def make(relay):
        folder = tmp_path / "instance"
        folder.mkdir()
        for path in composed.folder.glob("depesche.db*"):
            shutil.copy(path, folder)
        return Instance(folder, composed.feeds, relay, people=composed.people)

    return make


@pytest.fixture
def start(certificate):
    """Starts a server of the kind "plain" or "tls" (STARTTLS and a login)."""
    started = []

    def make(kind, of=servers.Smtp, **more):
        if kind == "tls":
            more.update(starttls=certificate[1], auth=("digest", "geheim"))
        server = of(**more)
        server.relay = (f'url = "{server.url}"; tls = "none";' if kind == "plain" else
                        f'url = "smtp://localhost:{server.port}"; ca_file = "{certificate[0]}"; '
                        'user = "digest"; password = "geheim";')
        started.append(server)
        return server

    yield make
    for server in started:
        server.close()


def states(instance):
    """How many deliveries are in each state."""
    return dict(collections.Counter(each["state"] for each in instance.json("delivery", "list")))


def everybody(count=PEOPLE):
    return sorted(f"p{i}@example.org" for i in range(count))


# What becomes of the mail that is hit when a server misbehaves, by phase: "sent", since it goes again in
# the same run, or the state that it has in the end.
OUTCOMES = """
                421        451        554        drop
    CONNECT     sent       sent       -          sent
    EHLO        sent       sent       sent       sent
    STARTTLS    sent       sent       -          sent
    HANDSHAKE   sent       sent       sent       sent
    AUTH        sent       sent       -          sent
    MAIL        sent       deferred   deferred   sent
    RCPT        sent       deferred   refused    sent
    DATA        sent       deferred   deferred   sent
    DOT         deferred   deferred   refused    uncertain
    QUIT        sent       sent       sent       sent
"""
FAULTS = {"421": "421 4.3.2 closing", "451": "451 4.3.0 not now", "554": "554 5.0.0 no",
          "drop": "drop"}
# A login, and TLS, come before it matters what a conversation looks like.
WITH_TLS = ("STARTTLS", "HANDSHAKE", "AUTH")


def outcomes():
    """PHASE, FAULT -> what becomes of the mail, by phase."""
    faults, *rows = [line.split() for line in OUTCOMES.strip().splitlines()]
    for phase, *states in rows:
        yield phase, {fault: state for fault, state in zip(faults, states) if state != "-"}


def phases_and_modes():
    for phase, expect in outcomes():
        for mode in ["tls"] if phase in WITH_TLS else ["pipelining", "lock-step"]:
            yield pytest.param(phase, mode, expect, id=f"{phase}-{mode}")


@pytest.mark.parametrize("phase, mode, expect", phases_and_modes())
def test_faults_in_a_phase(sending, start, phase, mode, expect):
    server = start("tls" if mode == "tls" else "plain", pipelining=mode != "lock-step")
    for fault in expect:  # between them a mail that is taken: three failures in a row stop a run
        server.say(phase, None, "", times=1)
        server.say(phase, None, FAULTS[fault], times=1)
    each_alone = phase not in ("MAIL", "RCPT", "DATA", "DOT")
    instance = sending(server.relay + "connections = 1; timeout = 20; "
                       f"connection_messages = {1 if each_alone else 100};")
    instance.run("send")
    hit = collections.Counter(expect.values())
    hit["sent"] += PEOPLE - hit.total()
    assert states(instance) == dict(hit) and server.has_said_all()
    refused = {each["address"] for each in instance.json("delivery", "list")
               if each["state"] == "refused"}

    server.obey()
    instance.run("send", at=LATER)
    assert server.recipients() == sorted(set(everybody()) - refused)


@pytest.mark.parametrize("phase", ["CONNECT", "STARTTLS", "AUTH"])
def test_a_server_that_does_not_want_us_gets_no_mail(sending, start, phase):
    server = start("tls")
    server.say(phase, None, FAULTS["554"])
    instance = sending(server.relay)
    done = instance.run("send", status=75)
    assert b"554" in done.stderr and states(instance) == {}
    server.obey()
    instance.run("send", at=LATER)
    assert server.recipients() == everybody() and states(instance) == {"sent": PEOPLE}


@pytest.mark.parametrize("mode", ["tls", "pipelining", "lock-step"])
def test_silence_in_each_phase(sending, start, mode):
    """All at once, on a connection each: it takes as long as one of them."""
    server = start("tls" if mode == "tls" else "plain", pipelining=mode != "lock-step")
    for phase, _ in outcomes():
        if phase != "DOT" and (mode == "tls" or phase not in WITH_TLS):
            server.say(phase, None, servers.stall, times=1)
    instance = sending(server.relay + "connections = 10; timeout = 2;")
    instance.run("send")
    assert states(instance) == {"sent": PEOPLE} and server.recipients() == everybody()
    assert server.has_said_all()


def test_the_reply_to_the_dot_may_take_longer_than_any_other(sending, start):
    server = start("plain", of=lambda: servers.Slow(2.5))
    instance = sending(server.relay + "connections = 10; timeout = 1;")
    instance.run("send")
    assert states(instance) == {"sent": PEOPLE} and server.recipients() == everybody()


# What a server says amid a text that it never gets whole: a message without its dot is none, and goes again in the
# same run, unless it is refused by that.
AMID_THE_TEXT = [FAULTS["421"], servers.last_words(FAULTS["451"]),
                 servers.last_words(FAULTS["554"]), "drop", servers.stall]


@pytest.mark.parametrize("of", [servers.Smtp, servers.Far], ids=["near", "far"])
@pytest.mark.parametrize("pipelining", [True, False], ids=["pipelining", "lock-step"])
def test_faults_amid_the_text(mailing, start, pipelining, of):
    server = start("plain", of=of, pipelining=pipelining, narrow=True)
    for fault in AMID_THE_TEXT:
        server.say("BODY", None, "", times=1)
        server.say("BODY", None, fault, times=1)
    instance = mailing([item(1)], people=people(PEOPLE),
                       relay=server.relay + "connections = 1; timeout = 2; "
                       "connection_messages = 1;")  # buffers grow with use
    template = instance.folder / "templates/plain/digest.txt.mustache"
    template.write_text(template.read_text() + "Lorem ipsum dolor sit amet.\n" * 20000)
    instance.run("run")
    assert states(instance) == {"sent": PEOPLE - 1, "refused": 1}
    assert len(server.recipients()) == len(set(server.recipients())) == PEOPLE - 1 and server.has_said_all()


class Censor(servers.Far):
    """Refuses a text as soon as it begins, reads the rest, and says nothing more to it."""
    has_refused = False

    def send(self, session, phase, data):
        if phase != "DOT" or not self.has_refused:
            super().send(session, phase, data)
        self.has_refused = phase == "BODY"


def test_a_text_that_is_refused_amid_stops_nobody_else(sending, start):
    server = start("plain", of=Censor)
    server.say("BODY", "p1@example.org", "554 5.6.0 unacceptable")
    server.say("DOT", "p1@example.org", "554 5.6.0 unacceptable")
    instance = sending(server.relay + "connections = 1; timeout = 5;")
    instance.run("send")
    assert states(instance) == {"sent": PEOPLE - 1, "refused": 1}


def test_connections_that_are_lost_together_amid_their_texts_are_one_fault(mailing, start):
    """A server that is started anew in a moment, and is there again."""
    server = start("plain", of=servers.Far)
    server.say("BODY", None, "", times=12)
    server.say("BODY", None, "drop", times=6)
    instance = mailing([item(1)], people=people(60), relay=server.relay + "connections = 6; timeout = 5;")
    instance.run("run")
    sent = collections.Counter(server.recipients())
    assert len(sent) == 60 - states(instance).get("uncertain", 0) and set(sent.values()) == {1}
    assert server.has_said_all()


def odd_replies():
    """NAME, reply, the phases where it is the wrong one."""
    envelope = ["MAIL", "RCPT", "DATA"]
    before = ["CONNECT", "EHLO", *envelope]
    for name, reply, phases in [
            ("a line of 100 kB", b"250 " + 100000 * b"x" + b"\r\n", before),
            ("lines without end", servers.endless(b"250-and so on\r\n"), before),
            ("a line without end", servers.endless(b"250 and so on, "), before),
            ("no SMTP", b"\x00\xff\xfe\x16\x03\x01 HTTP/1.1 400\r\n", envelope),
            ("a code of two digits", b"25 ok\r\n", envelope),
            ("no code", b"ok\r\n", envelope),
            ("a code beyond all", b"999 ok\r\n", envelope),
            ("codes that change", b"250-ok\r\n550 5.1.1 or not\r\n", envelope),
            ("an early go-ahead", b"354 go on\r\n", ["MAIL", "RCPT"]),
            ("a consent instead of the go-ahead", b"250 ok\r\n", ["DATA"])]:
        yield pytest.param(reply, phases, id=name.replace(" ", "-"))


@pytest.mark.parametrize("reply, phases", odd_replies())
def test_odd_replies_are_not_believed(sending, start, reply, phases):
    server = start("plain", pipelining=False)
    for phase in phases:
        server.say(phase, None, reply, times=1)
    instance = sending(server.relay + "connections = 10; timeout = 20;")
    instance.run("send")
    assert states(instance) == {"sent": PEOPLE} and server.recipients() == everybody()
    assert server.has_said_all()


@pytest.mark.parametrize("reply", [each.values[0] for each in odd_replies()][:-1],
                         ids=[each.id for each in odd_replies()][:-1])
def test_an_odd_reply_to_the_dot_is_uncertain(sending, start, reply):
    server = start("plain")
    server.say("DOT", "p3@example.org", reply, times=1)
    instance = sending(server.relay + "connections = 1; timeout = 20;")
    instance.run("send")
    assert states(instance) == {"sent": PEOPLE - 1, "uncertain": 1}
    assert server.recipients() == [who for who in everybody() if who != "p3@example.org"]


@pytest.mark.parametrize("phase", ["MAIL", "RCPT", "DOT", "QUIT"])
def test_replies_that_nobody_asked_for(sending, start, phase):
    """Without pipelining the second one answers nothing, and must not be taken for the next."""
    server = start("plain", pipelining=False)
    server.say(phase, None, "250 2.0.0 ok\r\n250 2.0.0 and again", times=1)
    instance = sending(server.relay + "connections = 1;")
    instance.run("send")
    assert states(instance) == {"sent": PEOPLE} and server.recipients() == everybody()
    assert server.has_said_all()


@pytest.mark.parametrize("pipelining", [True, False], ids=["pipelining", "lock-step"])
def test_a_connection_that_ends_between_the_go_ahead_and_the_text(sending, start, pipelining):
    server = start("plain", pipelining=pipelining)
    server.say("DATA", None, servers.last_words("354 go on"), times=2)
    instance = sending(server.relay)
    instance.run("send")
    assert states(instance) == {"sent": PEOPLE} and server.recipients() == everybody()
    assert server.has_said_all()


def slow_drop(session):
    time.sleep(0.5)
    raise servers.Dropped


@pytest.mark.parametrize("pipelining", [True, False], ids=["pipelining", "lock-step"])
def test_a_mail_that_comes_back_late_finds_a_connection(sending, start, pipelining):
    """Nobody says QUIT while that can happen: the server would not let another one in."""
    server = start("plain", pipelining=pipelining)
    server.say("CONNECT", None, "220 ready", times=2)
    server.say("CONNECT", None, "421 4.7.0 too many connections")
    server.say("RCPT", everybody()[-1], slow_drop, times=1)
    instance = sending(server.relay + "connections = 2;")
    instance.run("send")
    assert states(instance) == {"sent": PEOPLE} and server.recipients() == everybody()
    assert server.connections == 2


@pytest.mark.parametrize("pipelining", [True, False], ids=["pipelining", "lock-step"])
def test_a_server_that_will_forward_or_see(sending, start, pipelining):
    server = start("plain", pipelining=pipelining)
    server.say("RCPT", None, "251 2.1.5 will forward", times=4)
    server.say("RCPT", None, "252 2.1.5 cannot verify", times=4)
    instance = sending(server.relay)
    instance.run("send")
    assert states(instance) == {"sent": PEOPLE} and server.recipients() == everybody()
    assert server.connections <= 5


class Impatient(servers.Smtp):
    """Says goodbye to who has nothing to say for a while."""

    def send(self, session, phase, data):
        super().send(session, phase, data)
        if phase == "DOT":
            waits = select.poll()
            waits.register(session.handler.connection, select.POLLIN)
            if not waits.poll(100):
                super().send(session, phase, b"421 4.4.2 idle for too long\r\n")
                raise servers.Dropped


def test_a_server_that_tires_of_waiting_for_our_rate(sending, start):
    server = start("plain", of=Impatient, pipelining=False)
    instance = sending(server.relay + "connections = 2; per_second = 4;")
    instance.run("send")
    assert states(instance) == {"sent": PEOPLE} and server.recipients() == everybody()
    assert server.connections > 2


class Narrow(servers.Smtp):
    """Lets no more than four in at a time."""

    def __init__(self, **more):
        super().__init__(**more)
        self.inside = self.refused = 0
        outer = self

        class Handler(self.server.RequestHandlerClass):
            def handle(self):
                with outer.lock:
                    outer.inside += 1
                    full = outer.inside > 4
                    outer.refused += full
                try:
                    if full:
                        self.wfile.write(b"421 4.7.0 too many connections\r\n")
                    else:
                        super().handle()
                finally:
                    with outer.lock:
                        outer.inside -= 1

        self.server.RequestHandlerClass = Handler


def test_a_server_that_allows_fewer_connections(mailing, start):
    server = start("plain", of=Narrow)
    instance = mailing([item(1)], people=people(200), relay=server.relay + "connections = 20;")
    instance.run("run")
    assert server.recipients() == everybody(200)
    assert server.refused > 0


# Replies that come in pieces

class Pieces(servers.Smtp):
    """Says each reply in pieces; with PIPELINING the replies to an envelope are one."""

    def __init__(self, cut, **more):
        super().__init__(**more)
        self.cut = cut
        self.said = collections.Counter()

    def send(self, session, phase, data):
        data = session.__dict__.pop("held", b"") + data
        if self.pipelining and phase in ("MAIL", "RCPT"):
            session.held = data
            return
        with self.lock:
            self.said[phase] += 1
            number = self.said[phase]
        for piece in self.cut(number, data):
            super().send(session, phase, piece)
            time.sleep(0.001)


def byte_by_byte(number, data):
    return [data[i:i + 1] for i in range(len(data))]


def in_two(number, data):
    """A byte further on each time."""
    at = number % len(data)
    return [data[:at], data[at:]] if at > 0 else [data]


@pytest.mark.parametrize("kind", ["plain", "tls"])
@pytest.mark.parametrize("pipelining", [True, False], ids=["pipelining", "lock-step"])
def test_replies_byte_by_byte(sending, start, kind, pipelining):
    server = start(kind, of=Pieces, cut=byte_by_byte, pipelining=pipelining)
    instance = sending(server.relay)
    instance.run("send")
    assert states(instance) == {"sent": PEOPLE} and server.recipients() == everybody()


# So many mails that every reply is cut at each of its bytes; EHLO has the longest.
@pytest.mark.parametrize("count, each_alone", [(110, True), (50, False)],
                         ids=["a-connection-each", "one-connection"])
@pytest.mark.parametrize("pipelining", [True, False], ids=["pipelining", "lock-step"])
def test_replies_cut_at_every_position(mailing, start, count, each_alone, pipelining):
    server = start("plain", of=Pieces, cut=in_two, pipelining=pipelining)
    instance = mailing([item(1)], people=people(count), relay=server.relay +
                       ("connection_messages = 1;" if each_alone else "connections = 1;"))
    instance.run("run")
    assert server.recipients() == everybody(count)
    assert server.connections == (count if each_alone else 1)


# What a server offers

EHLO = "250-test.example.org\r\n"


@pytest.mark.parametrize("offer", ["250 PIPELINING", "250 pipelining", "250-Pipelining\r\n250 ",
                                   "250-PIPELINING \r\n250 HELP"])
def test_pipelining_is_seen_however_it_is_written(sending, start, offer):
    """The server says nothing before it has the whole envelope: who waits for a reply waits in vain."""
    server = start("plain", of=Pieces, cut=lambda number, data: [data])
    server.say("EHLO", None, EHLO + offer)
    instance = sending(server.relay + "timeout = 5;")
    instance.run("send")
    assert server.recipients() == everybody()


class Strict(servers.Smtp):
    """Looks whether anything comes before it has answered."""

    def __init__(self, **more):
        super().__init__(**more)
        self.server.RequestHandlerClass.rbufsize = 0  # what is not read is seen in the socket
        self.hasty = 0

    def send(self, session, phase, data):
        readable, _, _ = select.select([session.handler.connection], [], [], 0.002)
        self.hasty += len(readable)
        super().send(session, phase, data)


@pytest.mark.parametrize("offer, setting", [("250 SIZE 1000000", ""), ("250 XPIPELINING", ""),
                                            ("250 PIPELINING", 'pipelining = "off";')])
def test_no_command_before_the_reply_where_pipelining_is_not_offered(sending, start, offer, setting):
    server = start("plain", of=Strict)
    server.say("EHLO", None, EHLO + offer)
    instance = sending(server.relay + setting)
    instance.run("send")
    assert server.recipients() == everybody() and server.hasty == 0


# An address that needs SMTPUTF8 ("ë"), what is offered, and what MAIL says then (None: there is none).
PARAMETERS = [
    ("p0", "250 HELP", []),
    ("p0", "250-size\r\n250 8bitmime", ["SIZE"]),
    ("p0", "250-SIZE 5000000\r\n250-8BITMIME\r\n250 SMTPUTF8", ["SIZE"]),
    ("zoë", "250-SIZE 5000000\r\n250-8BITMIME\r\n250 SmtpUtf8", ["SIZE", "SMTPUTF8"]),
    ("zoë", "250-8BITMIME\r\n250 SMTPUTF8", ["SMTPUTF8"]),
    ("zoë", "250-SIZE 5000000\r\n250 8BITMIME", None),
]


@pytest.mark.parametrize("name, offer, expect", PARAMETERS)
def test_parameters_only_as_they_are_offered_and_needed(mailing, start, name, offer, expect):
    server = start("plain")
    server.say("EHLO", None, EHLO + offer)
    address = f"{name}@example.org"
    instance = mailing([item(1, "Größe zählt")], people=f'{{ address = "{address}"; }}',
                       relay=server.relay)
    instance.run("run")
    said = [line.split(" ")[2:] for line in server.commands if line.startswith("MAIL")]
    [record] = instance.json("delivery", "list")
    if expect is None:
        assert said == [] and record["state"] == "refused" and record["status"] == "5.6.7"
        assert "SMTPUTF8" in record["note"]
        return
    [words] = said
    assert [word.split("=")[0] for word in words if not word.startswith("BODY=")] == expect
    [mail] = server.mails
    assert mail.recipient == address and record["state"] == "sent"
    header, _, body = mail.data.partition(b"\r\n\r\n")
    assert body.isascii() and header.isascii() == ("SMTPUTF8" not in expect)
    says_eight_bits = "BODY=8BITMIME" in words
    assert says_eight_bits == ("8BITMIME" in offer.upper() and not header.isascii())
    sizes = [int(word[len("SIZE="):]) for word in words if word.startswith("SIZE=")]
    assert all(size >= len(mail.data) for size in sizes)


def test_rset_only_after_a_failure(sending, start):
    server = start("plain")
    instance = sending(server.relay + "connections = 1;")
    instance.run("send")
    assert "RSET" not in server.commands and server.connections == 1


@pytest.mark.parametrize("pipelining", [True, False], ids=["pipelining", "lock-step"])
def test_rset_after_a_failure_and_no_new_connection(sending, start, pipelining):
    server = start("plain", pipelining=pipelining)
    for who in ("p2", "p5", "p8"):
        server.say("RCPT", f"{who}@example.org", "550 5.1.1 no such user")
    instance = sending(server.relay + "connections = 1;")
    instance.run("send")
    assert states(instance) == {"sent": PEOPLE - 3, "refused": 3}
    *others, last = [command for command in server.commands if command.startswith("RCPT")]
    refused = [command for command in others if any(f"<{who}@" in command for who in ("p2", "p5", "p8"))]
    assert server.commands.count("RSET") == len(refused) >= 2, "but for QUIT behind the last one"
    assert server.connections == 1


# Who the server is, and who we are: never in clear text, whatever it says

def broken_starttls():
    """NAME and what the server is told to say: phase -> words."""
    lie = b"250-test.example.org\r\n250-SMTPUTF8\r\n250 AUTH PLAIN\r\n"
    yield "none offered", {"EHLO": EHLO + "250-AUTH PLAIN\r\n250 HELP"}
    yield "another word", {"EHLO": EHLO + "250-AUTH PLAIN\r\n250 XSTARTTLS"}
    yield "refused for now", {"STARTTLS": "454 4.7.0 no TLS now"}
    yield "unknown", {"STARTTLS": "502 5.5.1 what?"}
    yield "a consent to something else", {"STARTTLS": "250 2.0.0 ok"}
    yield "injected replies", {"STARTTLS": b"220 go ahead\r\n" + lie}
    yield "injected replies to AUTH and MAIL",  {"STARTTLS": b"220 go ahead\r\n" + lie +
                                                 b"235 in\r\n250 ok\r\n250 ok\r\n354 go\r\n250 ok\r\n"}
    yield "clear text instead of TLS", {"HANDSHAKE": lie}
    yield "EHLO refused", {"EHLO": "502 5.5.1 what?"}


@pytest.mark.parametrize("orders", [pytest.param(orders, id=name.replace(" ", "-"))
                                    for name, orders in broken_starttls()])
def test_no_word_in_clear_text_but_ehlo_and_starttls(sending, start, orders):
    server = start("tls")
    for phase, words in orders.items():
        server.say(phase, None, words)
    instance = sending(server.relay + "timeout = 5; connections = 1;")
    instance.run("send", status=75)
    assert server.mails == [] and states(instance) == {}
    assert {line.split(" ")[0] for line in server.in_clear} <= {"EHLO", "STARTTLS", "QUIT"}


CERTIFICATES = {"expired": {"made_days_ago": 10}, "for another host": {"name": "other.example"}}


@pytest.mark.parametrize("kind", CERTIFICATES)
@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_certificate_that_is_not_good(sending, tmp_path, kind, scheme):
    cert, key = mta.certificate(tmp_path, **CERTIFICATES[kind])
    context = servers.tls(cert, key)
    server = servers.Smtp(**{"smtp": {"starttls": context}, "smtps": {"tls": context}}[scheme])
    instance = sending(f'url = "{scheme}://localhost:{server.port}"; ca_file = "{cert}";')
    done = instance.run("send", status=75)
    server.close()
    assert b"certificate" in done.stderr or b"localhost" in done.stderr
    assert server.mails == [] and states(instance) == {}
    assert {line.split(" ")[0] for line in server.commands} <= {"EHLO", "STARTTLS"}


@pytest.mark.parametrize("offer", ["", "250-AUTH CRAM-MD5 DIGEST-MD5 GSSAPI\r\n", "250-AUTH\r\n"])
def test_a_server_whose_logins_we_do_not_speak_gets_no_mail(sending, start, offer):
    server = start("plain")
    server.say("EHLO", None, EHLO + offer + "250 PIPELINING")
    instance = sending(server.relay + 'user = "digest"; password = "geheim";')
    done = instance.run("send", status=75)
    assert b"no AUTH PLAIN or LOGIN" in done.stderr
    assert server.mails == [] and not any(line.startswith(("MAIL", "AUTH")) for line in server.commands)
