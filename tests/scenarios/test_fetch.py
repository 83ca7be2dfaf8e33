"""Feeds are asked politely, and nothing that a server says makes depesche go where it must not or
tell what it must not."""

import base64
import email.utils
import hashlib
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import threading
import time
import types

import pytest

import servers
from instance import item, rss


@pytest.fixture
def sites():
    made = []

    def make():
        made.append(servers.Http())
        return made[-1]

    yield make
    for site in made:
        site.close()


def page(items=(1,), **headers):
    return servers.Http.Document(rss("Blatt", [item(number) for number in items]),
                                 headers={name.replace("_", "-"): value
                                          for name, value in headers.items()})


def reply(status, **headers):
    return servers.Http.Document(b"", status, {name.replace("_", "-"): value
                                               for name, value in headers.items()})


def state(instance, name="a"):
    return {feed["name"]: feed for feed in instance.json("feed", "list")}[name]


def titles(instance):
    return {article["title"] for article in instance.json("article", "list")}


def with_feeds(new_instance, text):
    """An instance whose feeds are TEXT in the configuration."""
    instance = new_instance({})
    config = instance.folder / "depesche.conf"
    config.write_text(config.read_text().replace("feeds = (\n", f"feeds = (\n{text}\n"))
    return instance


HOUR = "2026-11-23T{:02}:{:02}:00Z".format

# When a feed is asked again


@pytest.mark.parametrize("headers, early, late", [
    ({"Cache_Control": "max-age=3600"}, (7, 58), (8, 0)),
    ({"Expires": 7200}, (8, 57), (9, 0)),  # the server sends the Date itself
    ({"Cache_Control": "max-age=999999"}, (23, 59), None),
])
def test_a_fresh_feed_is_left_alone(http, new_instance, headers, early, late):
    if "Expires" in headers:
        headers = {"Expires": email.utils.formatdate(time.time() + headers["Expires"], usegmt=True)}
    http.documents["/a.xml"] = page(**headers)
    instance = new_instance({"a": http.url("/a.xml")})
    instance.run("fetch", at=HOUR(7, 0))
    done = instance.run("fetch", at=HOUR(*early))
    assert b"0 fetched" in done.stderr and b"1 not due" in done.stderr
    assert len(http.requests) == 1
    assert HOUR(*early) < state(instance)["next_due"] <= (HOUR(*late) if late else "2026-11-24T07:00:00Z")
    if late is not None:
        instance.run("fetch", at=HOUR(*late))
        assert len(http.requests) == 2
    instance.run("fetch", "a", at=HOUR(*early))
    instance.run("fetch", "--now", at=HOUR(*early))
    assert len(http.requests) == (4 if late is not None else 3), "who asks for it gets it"


@pytest.mark.parametrize("said, early, late", [
    (b"<ttl>120</ttl>", HOUR(8, 58), HOUR(9, 0)),
    (b"<skipHours><hour>8</hour><hour>9</hour></skipHours>", HOUR(9, 59), HOUR(10, 0)),
    (b"<skipDays><day>Monday</day></skipDays>", HOUR(23, 59), "2026-11-24T00:00:00Z"),
    (b'<u:updatePeriod xmlns:u="http://purl.org/rss/1.0/modules/syndication/">hourly'
     b"</u:updatePeriod>", HOUR(7, 58), HOUR(8, 0)),
])
def test_what_the_feed_says_of_itself_is_kept_to(http, new_instance, said, early, late):
    document = rss("Blatt", [item(1)]).replace(b"<link>", said + b"<link>", 1)
    http.documents["/a.xml"] = servers.Http.Document(document, headers={"ETag": '"1"'})
    instance = new_instance({"a": http.url("/a.xml")})
    instance.run("fetch", at=HOUR(7, 0))
    instance.run("fetch", at=early)
    assert len(http.requests) == 1
    instance.run("fetch", at=late)
    assert [status for _, _, status in http.requests] == [200, 304]


def test_who_can_only_come_at_a_skipped_hour_comes(http, new_instance):
    document = rss("Blatt", [item(1)]).replace(b"<link>", b"<skipHours><hour>7</hour></skipHours><link>", 1)
    http.documents["/a.xml"] = document
    instance = new_instance({"a": http.url("/a.xml")})
    for day in range(23, 27):
        instance.run("fetch", at=f"2026-11-{day}T07:00:00Z")
    assert len(http.requests) == 4


def test_a_failing_feed_is_asked_less_and_less(http, new_instance):
    instance = new_instance({"a": http.url("/a.xml")})
    asked = []
    for minute in (0, 1, 2, 9, 11, 12, 29, 31, 32, 59):
        before = len(http.requests)
        instance.run("fetch", at=HOUR(7, minute))
        if len(http.requests) > before:
            asked.append(minute)
    assert asked == [0, 1, 11, 31], "with the next run, then 10 minutes later, 20, 40"
    feed = state(instance)
    assert feed["state"] == "failing" and feed["failures"] == 4
    assert feed["problem"].startswith("HTTP 404")
    http.documents["/a.xml"] = page()
    instance.run("fetch", "a", at=HOUR(8, 0))
    assert state(instance)["state"] == "ok"


@pytest.mark.parametrize("how", ["seconds", "date"])
@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_says_later_is_obeyed(http, new_instance, status, how):
    wait = "1800" if how == "seconds" else email.utils.formatdate(time.time() + 1801, usegmt=True)
    http.documents["/a.xml"] = reply(status, Retry_After=wait)
    http.documents["/b.xml"] = page()
    instance = new_instance({"a": http.url("/a.xml"), "b": http.url("/b.xml")})
    instance.run("fetch", at=HOUR(7, 0))
    instance.run("fetch", at=HOUR(7, 29))
    assert len(http.asked("/a.xml")) == 1
    assert len(http.asked("/b.xml")) == 2, "one name on a private network is many services"
    instance.run("fetch", at=HOUR(7, 31))
    assert len(http.asked("/a.xml")) == 2


def test_other_errors_have_no_retry_after(http, new_instance):
    http.documents["/a.xml"] = reply(500, Retry_After="1800")
    instance = new_instance({"a": http.url("/a.xml")})
    instance.run("fetch", at=HOUR(7, 0))
    instance.run("fetch", at=HOUR(7, 1))
    assert len(http.requests) == 2


def test_a_public_host_that_says_later_is_left_alone_by_all_its_feeds(http, new_instance):
    # A proxy is asked for any host, so this one stands for the Internet.
    http.documents["http://busy.example.org/1"] = reply(429, Retry_After="1800")
    for number in range(2, 6):
        http.documents[f"http://busy.example.org/{number}"] = reply(429, Retry_After="1800")
    http.documents["http://other.example.org/"] = page()
    feeds = {f"busy{number}": f"http://busy.example.org/{number}" for number in range(1, 6)}
    instance = new_instance({**feeds, "other": "http://other.example.org/"},
                            more=f'fetch = {{ proxy = "{http.url("")}"; per_host = 1; }};')
    done = instance.run("fetch", at=HOUR(7, 0))
    asked = [path for path, _, _ in http.requests]
    assert sorted(asked) == ["http://busy.example.org/1", "http://other.example.org/"]
    assert b"1 failed, 4 not due" in done.stderr
    assert [state(instance, f"busy{n}")["state"] for n in range(1, 6)] == ["failing"] + ["new"] * 4
    instance.run("fetch", at=HOUR(7, 29))
    assert [path for path, _, _ in http.requests][2:] == ["http://other.example.org/"]
    instance.run("fetch", at=HOUR(7, 31))
    assert "http://busy.example.org/1" in [path for path, _, _ in http.requests][3:]


# Others are not kept waiting


def test_what_others_said_is_recorded_while_one_server_hangs(http, new_instance):
    class Hanging(servers.Http.Document):
        gone = threading.Event()

        def wait(self):
            self.gone.wait(60)

    http.documents["/b.xml"] = page()
    http.documents["/a.xml"] = Hanging(b"")
    instance = new_instance({"a": http.url("/a.xml"), "b": http.url("/b.xml")},
                            more="fetch = { timeout = 120; };")
    process = instance.start("fetch")
    try:
        while process.poll() is None and "b" not in {
                feed["name"] for feed in instance.json("feed", "list") if feed["state"] == "ok"}:
            time.sleep(0.1)
        assert process.poll() is None and state(instance)["checked"] is None
        assert titles(instance) == {"Meldung 1"}
    finally:
        Hanging.gone.set()
        process.wait(60)
    assert state(instance)["state"] == "failing"


# Moving


def test_a_feed_that_moved_for_good_is_asked_at_its_new_address(http, new_instance):
    http.documents["/a.xml"] = reply(301, Location="/b.xml", ETag='"of the hop"')
    http.documents["/b.xml"] = reply(308, Location=http.url("/c.xml"))
    http.documents["/c.xml"] = page(ETag='"of the document"')
    instance = new_instance({"a": http.url("/a.xml")})
    done = instance.run("fetch")
    assert b"has moved for good" in done.stderr and http.url("/c.xml").encode() in done.stderr
    done = instance.run("fetch")
    assert b"moved" not in done.stderr
    assert state(instance)["url"] == http.url("/a.xml")
    assert state(instance)["moved_to"] == http.url("/c.xml")
    assert [path for path, _, _ in http.requests] == ["/a.xml", "/b.xml", "/c.xml", "/c.xml"]
    assert http.requests[-1][1]["If-None-Match"] == '"of the document"' and http.requests[-1][2] == 304


@pytest.mark.parametrize("hops", [(302, 301), (301, 307), (303, 308)])
def test_one_hop_for_now_and_it_has_not_moved(http, new_instance, hops):
    http.documents["/a.xml"] = reply(hops[0], Location="/b.xml")
    http.documents["/b.xml"] = reply(hops[1], Location="/c.xml")
    http.documents["/c.xml"] = page()
    instance = new_instance({"a": http.url("/a.xml")})
    instance.run("fetch")
    instance.run("fetch")
    assert len(http.asked("/a.xml")) == 2


def test_a_feed_does_not_move_to_what_is_no_feed(http, new_instance):
    http.documents["/a.xml"] = reply(301, Location="/")
    http.documents["/"] = servers.Http.Document(b"<!DOCTYPE html><title>Start</title>")
    instance = new_instance({"a": http.url("/a.xml")})
    done = instance.run("fetch")
    assert b"has moved for good" not in done.stderr
    http.documents["/a.xml"] = page()
    instance.run("fetch")
    assert state(instance)["state"] == "ok" and titles(instance) == {"Meldung 1"}


def test_a_feed_that_is_lost_where_it_moved_to_is_looked_for_at_home(http, new_instance):
    http.documents["/a.xml"] = reply(301, Location="/b.xml")
    http.documents["/b.xml"] = page(ETag='"b"')
    instance = new_instance({"a": http.url("/a.xml")})
    instance.run("fetch")
    del http.documents["/b.xml"]
    http.documents["/a.xml"] = page([1, 2], ETag='"a"')
    for hour in range(8, 11):
        instance.run("fetch", at=HOUR(hour, 0), status=None)
    assert state(instance)["failures"] == 3 and len(http.asked("/a.xml")) == 1
    for hour in range(11, 13):
        instance.run("fetch", at=HOUR(hour, 0))
    assert state(instance)["state"] == "ok" and state(instance)["moved_to"] is None
    assert titles(instance) == {"Meldung 1", "Meldung 2"}
    assert len(http.asked("/a.xml")) == 3 and len(http.asked("/b.xml")) == 4


def test_keep_url_keeps_the_url(http, new_instance):
    http.documents["/a.xml"] = reply(301, Location="/b.xml")
    http.documents["/b.xml"] = page()
    instance = with_feeds(new_instance, f'{{ name = "a"; url = "{http.url("/a.xml")}"; '
                                        "allow_private = true; keep_url = true; }")
    instance.run("fetch")
    instance.run("fetch")
    assert len(http.asked("/a.xml")) == 2 and state(instance)["moved_to"] is None


def test_a_feed_whose_url_is_changed_begins_anew(http, new_instance):
    http.documents["/a.xml"] = reply(301, Location="/b.xml")
    http.documents["/b.xml"] = page(Cache_Control="max-age=9999")
    http.documents["/c.xml"] = page()
    instance = new_instance({"a": http.url("/a.xml")})
    instance.run("fetch")
    instance.feeds["a"] = http.url("/c.xml")
    instance.write()
    instance.run("fetch")
    assert len(http.asked("/c.xml")) == 1


# What goes where


def test_logins_cookies_and_headers_stay_with_their_host(sites, new_instance):
    home, away = sites(), sites()
    home.documents["/a.xml"] = reply(302, Location="/b.xml")
    home.documents["/b.xml"] = reply(302, Location=away.url("/c.xml"))
    away.documents["/c.xml"] = reply(302, Location=away.url("/d.xml"))
    away.documents["/d.xml"] = page()
    url = home.url("/a.xml")
    instance = with_feeds(new_instance, f"""
      {{ name = "a"; url = "{url}"; allow_private = true; user = "leser"; password = "geheim";
        auth = "basic"; cookies = "session=1234"; headers = [ "X-Token: 5678" ]; }},
      {{ name = "b"; url = "{url.replace("//", "//leser:geheim@")}"; allow_private = true; }}""")
    login = "Basic " + base64.b64encode(b"leser:geheim").decode()
    instance.run("fetch")
    mine = [headers for headers in home.asked() if "X-Token" in headers]
    assert len(mine) == 2 and len(home.asked()) == 4 and len(away.asked()) == 4
    for headers in mine:
        assert headers["Authorization"] == login
        assert headers["Cookie"] == "session=1234" and headers["X-Token"] == "5678"
    for headers in away.asked():
        assert not {"Authorization", "Cookie", "X-Token"} & set(headers)
    shown = instance.run("config", "show").stdout
    for secret in (b"geheim", b"1234", b"5678"):
        assert secret not in shown


def test_secrets_do_not_move_with_a_feed(sites, new_instance):
    """The second run asks the new address at once, where nobody knows the reader."""
    home, away = sites(), sites()
    home.documents["/a.xml"] = reply(301, Location=away.url("/b.xml"))
    away.documents["/b.xml"] = page()
    home.documents["/c.xml"] = reply(301, Location="/d.xml")
    home.documents["/d.xml"] = page()
    instance = with_feeds(new_instance, ",".join(f"""
      {{ name = "{name}"; url = "{home.url(f"/{name}.xml")}"; allow_private = true; user = "leser";
        password = "geheim"; auth = "basic"; cookies = "session=1234"; headers = [ "X-Token: 5678" ]; }}"""
                                                 for name in "ac"))
    for _ in range(2):
        instance.run("fetch")
    assert len(home.asked("/a.xml")) == 1 and len(away.asked("/b.xml")) == 2
    for headers in away.asked():
        assert not {"Authorization", "Cookie", "X-Token"} & set(headers)
    assert len(home.asked("/d.xml")) == 2
    for headers in home.asked():
        assert {"Authorization", "Cookie", "X-Token"} <= set(headers)


def test_no_password_is_logged(http, new_instance):
    url = http.url("/a.xml").replace("//", "//leser:geheim@")
    instance = new_instance({"a": url})
    done = instance.run("fetch", status=None)
    assert b"HTTP 404" in done.stderr and http.url("/a.xml").encode() in done.stderr
    http.documents["/a.xml"] = reply(301, Location="/b.xml")
    http.documents["/b.xml"] = page()
    again = instance.run("fetch")
    assert http.url("/b.xml").encode() in again.stderr
    assert b"geheim" not in done.stderr + again.stderr


def test_cookies_of_one_hop_are_known_at_the_next(http, new_instance):
    http.documents["/a.xml"] = reply(302, Location="/b.xml", Set_Cookie="seen=yes")
    http.documents["/b.xml"] = page()
    instance = new_instance({"a": http.url("/a.xml")})
    instance.run("fetch")
    assert http.asked("/b.xml")[0]["Cookie"] == "seen=yes"
    instance.run("fetch")
    assert "Cookie" not in http.asked("/a.xml")[1]


def test_digest(http, new_instance):
    """The server of these tests cannot ask for it, so this one is made of two documents."""
    challenge = 'Digest realm="blatt", nonce="abc", qop="auth", algorithm=MD5'
    http.documents["/a.xml"] = reply(401, WWW_Authenticate=challenge)
    instance = with_feeds(new_instance, f'{{ name = "a"; url = "{http.url("/a.xml")}"; '
                          'allow_private = true; user = "leser"; password = "geheim"; }')
    instance.run("fetch")
    first, second = http.asked()
    assert "Authorization" not in first
    said = dict(re.findall(r'(\w+)="?([^",]*)"?', second["Authorization"]))
    one = hashlib.md5(b"leser:blatt:geheim").hexdigest()
    two = hashlib.md5(b"GET:/a.xml").hexdigest()
    expected = ":".join([one, "abc", said["nc"], said["cnonce"], "auth", two])
    assert said["response"] == hashlib.md5(expected.encode()).hexdigest()
    assert state(instance)["problem"] == "HTTP 401: the server refuses this user and password"


# Over TLS


def test_a_feed_may_have_its_own_authority(certificate, new_instance):
    file, tls = certificate
    site = servers.Http(tls)
    site.documents["/a.xml"] = page()
    url = site.url("/a.xml")
    instance = with_feeds(new_instance, f"""
      {{ name = "a"; url = "{url}"; allow_private = true; ca_file = "{file}"; }},
      {{ name = "b"; url = "{url}"; allow_private = true; }},
      {{ name = "c"; url = "{url.replace("localhost", "127.0.0.1")}"; allow_private = true;
        ca_file = "{file}"; }}""")
    instance.run("fetch")
    site.close()
    assert state(instance, "a")["state"] == "ok"
    assert "certificate" in state(instance, "b")["problem"], "one feed's authority is not the next one's"
    assert "127.0.0.1" in state(instance, "c")["problem"], "a certificate for another name"
    assert len(site.requests) == 1


def test_whose_certificate_is_not_looked_at(certificate, new_instance):
    _, tls = certificate
    home, abroad = servers.Http(tls), servers.Http(tls)
    home.documents["/a.xml"] = page()
    abroad.documents["/a.xml"] = page()
    home.documents["/away.xml"] = reply(302, Location=abroad.url("/a.xml"))
    instance = with_feeds(new_instance, ",".join(f"""
      {{ name = "{name}"; url = "{home.url(path)}"; allow_private = true; {more} }}"""
        for name, path, more in (("a", "/a.xml", "any_certificate = true;"),
                                 ("b", "/a.xml", ""),
                                 ("c", "/away.xml", "any_certificate = true;"))))
    instance.run("fetch")
    home.close()
    abroad.close()
    assert state(instance, "a")["state"] == "ok"
    assert "certificate" in state(instance, "b")["problem"]
    assert "certificate" in state(instance, "c")["problem"], "where it leads to is looked at"
    assert abroad.requests == []


@pytest.fixture
def modern(certificate, tmp_path):
    """nginx, which speaks HTTP/2 to who can, and writes down how it was spoken to."""
    file, _ = certificate
    folder = tmp_path / "nginx"
    (folder / "site").mkdir(parents=True)
    port = servers.free_port()
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    (folder / "nginx.conf").write_text(f"""
{"user root;" if os.geteuid() == 0 else ""} daemon off; pid {folder}/pid; error_log {folder}/error;
events {{}}
http {{ log_format how "$uri $server_protocol"; access_log {folder}/log how; {paths}
  server {{ listen 127.0.0.1:{port} ssl http2; root {folder}/site;
    ssl_certificate {file}; ssl_certificate_key {file.parent}/key.pem; }} }}
""")
    process = subprocess.Popen([shutil.which("nginx") or "/usr/sbin/nginx", "-e", folder / "error",
                                "-p", folder, "-c", folder / "nginx.conf"])
    while process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.01)
    yield types.SimpleNamespace(folder=folder, url=f"https://localhost:{port}", ca_file=file)
    process.terminate()
    process.wait()


def test_http_2_can_be_switched_off(modern, new_instance):
    names = ("a", "b", "c")
    for name in names:
        (modern.folder / "site" / name).write_bytes(rss("Blatt", [item(1)]))
    http1 = {"b": 'http = "1.1";'}
    instance = with_feeds(new_instance, ", ".join(
        f'{{ name = "{name}"; url = "{modern.url}/{name}"; allow_private = true; '
        f'ca_file = "{modern.ca_file}"; {http1.get(name, "")} }}' for name in names))
    instance.run("fetch")
    assert [state(instance, name)["problem"] for name in names] == [None] * 3
    how = dict(line.split() for line in (modern.folder / "log").read_text().splitlines())
    assert how == {"/a": "HTTP/2.0", "/b": "HTTP/1.1", "/c": "HTTP/2.0"}


# Where depesche does not go


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0"])
def test_private_addresses_are_refused(http, new_instance, host):
    http.documents["/a.xml"] = page()
    instance = with_feeds(new_instance, f'{{ name = "a"; url = "http://{host}:{http.port}/a.xml"; }}')
    instance.run("fetch")
    assert "allow_private" in state(instance)["problem"]
    assert http.requests == []


def test_a_connection_that_is_there_is_no_way_around(http, new_instance):
    http.documents["/a.xml"] = http.documents["/b.xml"] = page()
    instance = with_feeds(new_instance, f"""
      {{ name = "a"; url = "{http.url("/a.xml")}"; allow_private = true; }},
      {{ name = "b"; url = "{http.url("/b.xml")}"; }}""")
    config = instance.folder / "depesche.conf"
    config.write_text(config.read_text() + "fetch = { per_host = 1; };\n")
    instance.run("fetch")
    assert state(instance, "a")["state"] == "ok"
    assert "allow_private" in state(instance, "b")["problem"]
    assert [path for path, _, _ in http.requests] == ["/a.xml"]


def test_proxies_of_the_environment_are_ignored(http, new_instance):
    instance = with_feeds(new_instance,
                          f'{{ name = "a"; url = "http://localhost:{http.port}/a.xml"; }}')
    proxy = {"http_proxy": http.url(""), "all_proxy": http.url(""), "no_proxy": "localhost"}
    instance.run("fetch", env=proxy)
    assert http.requests == [] and "allow_private" in state(instance)["problem"]


# Programs


def test_programs_are_feeds(new_instance):
    instance = with_feeds(new_instance, """
      { name = "a"; url = "exec:./print 'two words' $HOME"; allow_exec = true; },
      { name = "b"; url = "exec:./fail"; allow_exec = true; },
      { name = "c"; url = "exec:sleep 1000"; allow_exec = true; timeout = 1; },
      { name = "d"; url = "exec:cat /dev/zero"; allow_exec = true; }""")
    for name, text in {
            "print": '[ "$1" = "two words" ] && [ "$2" = \'$HOME\' ] && cat feed.xml',
            "fail": "echo one >&2; echo two >&2; exit 3"}.items():
        (instance.folder / name).write_text("#!/bin/sh\n" + text + "\n")
        (instance.folder / name).chmod(0o700)
    (instance.folder / "feed.xml").write_bytes(rss("Programm", [item(1)]))
    instance.run("fetch")
    assert state(instance, "a")["state"] == "ok" and titles(instance) == {"Meldung 1"}
    assert state(instance, "b")["problem"] == '"fail" ended with status 3: two'
    assert state(instance, "c")["problem"] == '"sleep" did not end within 1 s'
    assert state(instance, "d")["problem"] == '"cat" printed more than 16 MB'
    done = instance.run("fetch", "a")
    assert b"1 unchanged" in done.stderr


def test_documents_go_through_a_program(http, new_instance):
    http.documents["/liste.txt"] = servers.Http.Document(
        "Größe".encode("cp1252"), headers={"ETag": '"1"'}, content_type="text/plain; charset=cp1252")
    instance = with_feeds(new_instance, f"""
      {{ name = "a"; url = "{http.url("/liste.txt")}"; allow_private = true; allow_exec = true;
        through = "./as-feed 'two words'"; }}""")
    script = instance.folder / "as-feed"
    script.write_text("""#!/bin/sh
echo run >>runs; [ "$1" = "two words" ] || exit 1
title=$(iconv -f cp1252)
echo "<rss version='2.0'><channel><item><title>$title</title><link>/1</link></item></channel></rss>"
""")
    script.chmod(0o700)
    instance.run("fetch")
    [article] = instance.json("article", "list")
    assert (article["title"], article["url"]) == ("Größe", http.url("/1"))
    assert b"1 unchanged" in instance.run("fetch").stderr
    assert (instance.folder / "runs").read_text() == "run\n"

    http.documents["/liste.txt"] = servers.Http.Document(b"Neu", headers={"ETag": '"2"'})
    script.write_text("#!/bin/sh\necho broken >&2; exit 3\n")
    instance.run("fetch", status=None)
    assert state(instance)["problem"] == '"as-feed" ended with status 3: broken'
    script.write_text("#!/bin/sh\necho '<rss><channel><item><title>'$(cat)'</title></item></channel></rss>'\n")
    instance.run("fetch")
    assert titles(instance) == {"Größe", "Neu"}, "what had failed was asked for again"


# Failing


def test_a_failed_fetch_changes_only_how_the_feed_is(http, new_instance):
    http.documents["/a.xml"] = page(ETag='"1"')
    instance = new_instance({"a": http.url("/a.xml")})
    instance.run("fetch")

    def everything():
        with sqlite3.connect(instance.folder / "depesche.db") as db:
            rows = {table: db.execute(f"SELECT * FROM {table}").fetchall()
                    for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            for changing in ("feed", "fetch", "sqlite_sequence"):
                rows.pop(changing)
            rows["validators"] = db.execute("SELECT etag, last_modified, own_title, url FROM feed "
                                            ).fetchall()
            return rows

    before = everything()
    for broken in (reply(500), reply(403), servers.Http.Document(b"no feed", content_type="text/html"),
                   servers.Http.Document(b"", headers={"ETag": '"2"'}),
                   reply(302, Location="gopher://127.0.0.1/")):
        http.documents["/a.xml"] = broken
        instance.run("fetch", "a")
        assert state(instance)["state"] == "failing"
        assert everything() == before
    http.documents["/a.xml"] = page(ETag='"1"')
    instance.run("fetch", "a")
    assert http.requests[-1][2] == 304, "what was known before still is"


def test_403_says_what_can_be_tried(http, new_instance):
    http.documents["/a.xml"] = reply(403)
    instance = new_instance({"a": http.url("/a.xml")})
    instance.run("fetch")
    assert "user_agent" in state(instance)["problem"] and "HTTP/2" in state(instance)["problem"]


@pytest.mark.parametrize("setting, says", [
    ('headers = [ "Host: other.example" ];', b'"Host" cannot be set here'),
    ('headers = [ "no header" ];', b"Name: value"),
    ('headers = [ "X-A: b\\r\\nX-C: d" ];', b"must be on one line"),
    ('user = "leser";', b"a user needs a password"),
    ('url = "exec:true";', b"needs allow_exec"),
    ('url = "http://a.example/"; through = "true";', b"needs allow_exec"),
    ('header = "X";', b'did you mean "headers"'),
    ('http = "3";', b'must be one of "auto", "1.1"'),
])
def test_wrong_settings_are_told_with_their_line(new_instance, setting, says):
    url = "" if "url" in setting else 'url = "https://news.example.org/"; '
    instance = with_feeds(new_instance, f'\n{{ name = "a"; {url}\n {setting} }}')
    done = instance.run("config", "check", status=78)
    said = done.stdout + done.stderr
    line = 1 + (instance.folder / "depesche.conf").read_text().split(setting)[0].count("\n")
    assert f"depesche.conf:{line}: feeds.a".encode() in said and says in said, said


def test_secrets_want_a_file_that_others_cannot_read(new_instance):
    for setting in ('cookies = "a=b";', 'headers = [ "X-A: b" ];', 'password = "geheim";'):
        instance = with_feeds(new_instance, '{ name = "a"; url = "https://news.example.org/"; '
                                            f'user = "leser"; {setting} }}')
        (instance.folder / "depesche.conf").chmod(0o644)
        assert b"others can read this file" in instance.run("config", "check", status=78).stderr
