"""A web site of many feeds, made the same in every run, and the nginx that serves it on loopback."""

import collections
import os
import pathlib
import random
import time
import xml.sax.saxutils

import stage

LOG_SECONDS = 5
BODY_BYTES_MIN, BODY_BYTES_MAX = 5_000, 60_000

WORDS = ("Hafen Fähre Wind Schleuse Kutter Ebbe Flut Mole Speicher Werft Kran Tonne Boje Lotse Deck "
         "Segel Anker Tau Nebel Möwe und oder mit ohne für gegen über unter nach vor heute morgen "
         "gestern wieder neu alt groß klein schnell langsam offen geschlossen").split()


def sentence(chance):
    words = [chance.choice(WORDS) for _ in range(chance.randint(6, 16))]
    return " ".join(words).capitalize() + "."


def body(chance):
    """HTML as bloggers write it: paragraphs, a link, emphasis, now and then a picture or a list."""
    parts = []
    for number in range(chance.randint(1, 6)):
        parts.append(f"<p>{sentence(chance)} <em>{sentence(chance)}</em> {sentence(chance)} "
                     f'<a href="https://news.example.org/{chance.randint(1, 10**6)}">mehr</a></p>')
        if number == 2:
            parts.append(f'<p><img src="https://news.example.org/{chance.randint(1, 10**6)}.jpg" '
                         f'alt="{chance.choice(WORDS)}" width="640" height="480"></p>')
        if number == 3:
            parts.append("<ul>" + "".join(f"<li>{sentence(chance)}</li>" for _ in range(3)) + "</ul>")
    return "".join(parts)


def feed(number):
    """Feed NUMBER, RSS 2.0 with full texts of a size between the two limits, and its items."""
    chance = random.Random(number)
    escape = xml.sax.saxutils.escape
    size = chance.randint(BODY_BYTES_MIN, BODY_BYTES_MAX)
    out = [f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" '
           f'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
           f"<title>Blatt {number}</title><link>https://blatt{number}.example.org/</link>\n"]
    length, item = len(out[0]), 0
    while length < size - 400:
        text = (f"<item><title>{sentence(chance)}</title>"
                f"<link>https://blatt{number}.example.org/artikel/{item}</link>"
                f'<guid isPermaLink="false">{number}-{item}</guid>'
                f"<pubDate>Mon, 23 Nov 2026 {item % 24:02}:00:00 +0100</pubDate>"
                f"<category>{chance.choice(WORDS)}</category>"
                f"<description>{escape(sentence(chance))}</description>"
                f"<content:encoded>{escape(body(chance))}</content:encoded></item>\n")
        if item > 0 and length + len(text.encode()) > BODY_BYTES_MAX - 100:
            break
        out.append(text)
        length += len(text.encode())
        item += 1
    out.append("</channel></rss>\n")
    return "".join(out).encode(), item


class Nginx(stage.Server):
    """nginx that serves FOLDER/site from one worker, with the ETag and Last-Modified of files. It logs
    the status of each request."""

    def __init__(self, folder):
        port = stage.free_port()
        (folder / "tmp").mkdir(exist_ok=True)
        config = folder / "nginx.conf"
        user = "user root;" if os.geteuid() == 0 else ""
        config.write_text(f"""
{user} daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{ worker_connections 1024; }}
http {{
  log_format status "$status"; access_log {folder}/access.log status; sendfile on; tcp_nopush on; keepalive_requests 100000;
  client_body_temp_path {folder}/tmp; proxy_temp_path {folder}/tmp; fastcgi_temp_path {folder}/tmp;
  uwsgi_temp_path {folder}/tmp; scgi_temp_path {folder}/tmp;
  types {{ application/rss+xml xml; }}
  server {{ listen 127.0.0.1:{port}; root {folder}/site; }}
}}
""")
        super().__init__(["nginx", "-e", folder / "nginx.log", "-p", folder, "-c", config], port)
        self.log = folder / "access.log"

    def statuses(self, expected):
        """Status -> number of requests since this was asked last. nginx logs a request once it is answered,
        so this waits a little for as many as are EXPECTED."""
        until = time.monotonic() + LOG_SECONDS
        while True:
            counts = collections.Counter(self.log.read_text().split())
            if counts.total() >= expected or time.monotonic() > until:
                break
            time.sleep(0.01)
        os.truncate(self.log, 0)
        return dict(counts)


def make_site(folder, count):
    """COUNT feeds in FOLDER/site. Returns how many items they have and their bytes."""
    site = pathlib.Path(folder) / "site"
    site.mkdir(parents=True, exist_ok=True)
    items = size = 0
    for number in range(count):
        text, own = feed(number)
        (site / f"{number}.xml").write_bytes(text)
        items += own
        size += len(text)
    return items, size
