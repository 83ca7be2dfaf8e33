"""Servers for whole runs: an HTTP server for feeds, and an SMTP server that records what it takes
and misbehaves on command. Both listen on a free loopback port and run in threads of the test."""

import collections
import email
import email.policy
import http.server
import select
import socket
import socketserver
import ssl
import threading
import time


class Http:
    """Serves `documents` (path -> bytes or Document) and remembers each request."""

    class Document:
        def __init__(self, body, status=200, headers=None, content_type="application/xml"):
            self.body = body
            self.status = status
            self.headers = dict(headers or {})
            self.headers.setdefault("Content-Type", content_type)

        def wait(self):
            """Is called before the answer."""

    def __init__(self, tls=None):
        self.documents = {}
        self.requests = []  # (path, headers, status)
        self.tls = tls
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                document = outer.documents.get(self.path)
                if document is None:
                    document = Http.Document(b"nothing here", 404, content_type="text/plain")
                elif isinstance(document, bytes):
                    document = Http.Document(document)
                status, body = document.status, document.body
                etag = document.headers.get("ETag")
                if etag is not None and self.headers.get("If-None-Match") == etag:
                    status, body = 304, b""
                outer.requests.append((self.path, dict(self.headers), status))
                document.wait()
                self.send_response(status)
                for name, value in document.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        if tls is not None:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def url(self, path):
        if self.tls is not None:
            return f"https://localhost:{self.port}{path}"
        return f"http://127.0.0.1:{self.port}{path}"

    def asked(self, path=None):
        """The headers of each request, for one path or for all."""
        return [headers for asked, headers, _ in self.requests if path in (None, asked)]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


Mail = collections.namedtuple("Mail", "sender recipient data tls user")


class Smtp:
    """Takes mail. What it says instead of its usual reply is set per phase and recipient:

        server.say("RCPT", "gone@example.org", "550 5.1.1 no such user")
        server.say("DOT", None, "drop", times=1)     # None: anybody; "drop": close the connection
        server.say("DOT", None, "", times=1)         # and then once as usual

    Phases: CONNECT, EHLO, STARTTLS, HANDSHAKE, AUTH, MAIL, RCPT, DATA, BODY (said amid the text), DOT,
    RSET, QUIT. A reply is a line or more; bytes are said as they are; a function is called with the
    session. "swallow" at DOT takes the message and closes the connection without a reply: the client
    cannot know.

    A NARROW server has next to no room for what it has not read yet."""

    def __init__(self, tls=None, starttls=None, auth=None, pipelining=True, narrow=False):
        self.pipelining = pipelining
        self.mails = []
        self.commands = []
        self.in_clear = []  # those commands that came without TLS
        self.connections = 0
        self.orders = []  # [phase, recipient, reply, times left]
        self.auth = auth
        self.starttls = starttls
        self.lock = threading.Lock()
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                try:
                    if tls is not None:
                        self.use_tls(tls)
                    Session(outer, self, tls is not None).run()
                except (ConnectionError, ssl.SSLError, Dropped, ValueError, OSError):
                    pass

            def use_tls(self, context):
                self.connection = context.wrap_socket(self.connection, server_side=True)
                self.rfile = self.connection.makefile("rb")
                self.wfile = self.connection.makefile("wb", buffering=0)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

            def server_bind(self):
                if narrow:
                    self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                    self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
                super().server_bind()

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self.port}"

    def send(self, session, phase, data):
        """How a reply leaves; for those who want it otherwise."""
        session.handler.wfile.write(data)

    def say(self, phase, recipient, reply, times=None):
        with self.lock:
            self.orders.append([phase, recipient, reply, times])

    def obey(self):
        """Forgets all orders: from now on the server behaves."""
        with self.lock:
            self.orders.clear()

    def has_said_all(self):
        """Whether everything has happened that was to happen so many times."""
        with self.lock:
            return not any(order[3] for order in self.orders)

    def order_for(self, phase, recipient):
        with self.lock:
            for order in self.orders:
                if order[0] != phase or order[1] not in (None, recipient) or order[3] == 0:
                    continue
                if order[3] is not None:
                    order[3] -= 1
                return order[2]
        return None

    def recipients(self):
        return sorted(mail.recipient for mail in self.mails)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Slow(Smtp):
    """Answers the final dot after some seconds."""

    def __init__(self, seconds, **more):
        super().__init__(**more)
        self.seconds = seconds

    def order_for(self, phase, recipient):
        if phase == "DOT":
            time.sleep(self.seconds)
        return super().order_for(phase, recipient)


class Far(Smtp):
    """Some milliseconds away: once it has answered, the texts of mails leave ahead of their dots."""

    def send(self, session, phase, data):
        time.sleep(0.003)
        super().send(session, phase, data)


class Dropped(Exception):
    pass


def stall(session):
    """Says nothing more, and reads nothing, until the client has gone."""
    gone = select.poll()
    gone.register(session.handler.connection, select.POLLRDHUP)
    gone.poll(60000)
    raise Dropped


def endless(data):
    """Says DATA again and again until the client has gone."""
    def say(session):
        while True:
            session.handler.wfile.write(data)
    return say


def last_words(text):
    """Says TEXT and closes the connection, in one packet: who hears it can know that it is the end."""
    def say(session):
        connection = session.handler.connection
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, True)
        session.say("OTHER", text)
        connection.shutdown(socket.SHUT_WR)
        raise Dropped
    return say


class Session:
    def __init__(self, server, handler, tls):
        self.server = server
        self.handler = handler
        self.tls = tls
        self.user = None
        self.sender = None
        self.recipient = None

    def reply(self, phase, usual):
        """Says USUAL, or what was ordered; answers with what it said."""
        return self.say(phase, self.server.order_for(phase, self.recipient) or usual)

    def say(self, phase, words):
        if words == "drop":
            raise Dropped
        if callable(words):
            words(self)
            return ""
        data = words if isinstance(words, bytes) else words.encode() + b"\r\n"
        self.server.send(self, phase, data)
        if data.startswith(b"421"):
            raise Dropped
        return data.decode("utf-8", "replace")

    def run(self):
        with self.server.lock:
            self.server.connections += 1
        self.reply("CONNECT", "220 test.example.org ready")
        while True:
            line = self.handler.rfile.readline(4096)
            if not line:
                return
            line = line.rstrip(b"\r\n").decode("utf-8", "replace")
            with self.server.lock:
                self.server.commands.append(line)
                if not self.tls:
                    self.server.in_clear.append(line)
            verb = line.split(" ")[0].split(":")[0].upper()
            if not getattr(self, "do_" + verb, self.do_unknown)(line):
                return

    def do_unknown(self, line):
        self.reply("OTHER", "500 5.5.1 unknown command")
        return True

    def do_EHLO(self, line):
        lines = ["test.example.org", "SIZE 20000000", "8BITMIME"]
        if self.server.pipelining:
            lines.append("pipelining")  # in any case (RFC 5321, 2.4)
        if self.server.starttls is not None and not self.tls:
            lines.append("STARTTLS")
        if self.server.auth is not None:
            lines.append("AUTH PLAIN LOGIN")
        lines.append("ENHANCEDSTATUSCODES")
        text = "".join(f"250{'-' if i < len(lines) - 1 else ' '}{word}\r\n"
                       for i, word in enumerate(lines))
        self.reply("EHLO", text.rstrip("\r\n"))
        return True

    def do_HELO(self, line):
        self.reply("HELO", "250 test.example.org")
        return True

    def do_STARTTLS(self, line):
        if not self.reply("STARTTLS", "220 2.0.0 go ahead").startswith("220"):
            return True
        order = self.server.order_for("HANDSHAKE", None)
        if order:
            self.say("HANDSHAKE", order)
        self.handler.use_tls(self.server.starttls)
        self.tls = True
        return True

    def do_AUTH(self, line):
        import base64
        words = line.split(" ")
        if len(words) == 2:
            self.handler.wfile.write(b"334 \r\n")
            words.append(self.handler.rfile.readline(4096).decode().strip())
        _, user, password = base64.b64decode(words[2]).decode().split("\0")
        if (user, password) == self.server.auth:
            self.user = user
            self.reply("AUTH", "235 2.7.0 welcome")
        else:
            self.reply("AUTH", "535 5.7.8 wrong password")
        return True

    def do_MAIL(self, line):
        self.recipient = None
        self.sender = line[line.index("<") + 1:line.index(">")]
        if not self.reply("MAIL", "250 2.1.0 ok").startswith("2"):
            self.sender = None
        return True

    def do_RCPT(self, line):
        recipient = line[line.index("<") + 1:line.index(">")]
        if self.sender is None:
            self.reply("OTHER", "503 5.5.1 MAIL first")
            return True
        self.recipient = recipient
        if not self.reply("RCPT", "250 2.1.5 ok").startswith("2"):
            self.recipient = None
        return True

    def do_DATA(self, line):
        if self.recipient is None:
            self.reply("OTHER", "554 5.5.1 no valid recipients")
            return True
        if not self.reply("DATA", "354 go on").startswith("3"):
            return True
        order = self.server.order_for("BODY", self.recipient)
        data = bytearray()
        while True:
            line = self.handler.rfile.readline(65536)
            if not line:
                return False
            if line == b".\r\n":
                break
            data += line[1:] if line.startswith(b".") else line
            if order:
                self.say("BODY", order)
                order = None
        mail = Mail(self.sender, self.recipient, bytes(data), self.tls, self.user)
        words = self.server.order_for("DOT", self.recipient) or "250 2.0.0 taken"
        if isinstance(words, str) and (words == "swallow" or words.startswith("2")):
            with self.server.lock:
                self.server.mails.append(mail)
        self.sender = self.recipient = None
        self.say("DOT", "drop" if words == "swallow" else words)
        return True

    def do_RSET(self, line):
        self.sender = self.recipient = None
        self.reply("RSET", "250 2.0.0 ok")
        return True

    def do_NOOP(self, line):
        self.reply("NOOP", "250 2.0.0 ok")
        return True

    def do_QUIT(self, line):
        self.reply("QUIT", "221 2.0.0 bye")
        return False


def tls(certificate, key):
    """What a server needs to speak TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def parse(data):
    """A message as Python's own reader understands it."""
    return email.message_from_bytes(data, policy=email.policy.default)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
