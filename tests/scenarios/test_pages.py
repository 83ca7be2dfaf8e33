"""The pages of `depesche serve`: leaving, one-click, the way back, and what strangers send."""

import concurrent.futures
import contextlib
import http.client
import os
import random
import re
import socket
import string
import subprocess
import threading
import time

import pytest

import hostile
import pages as web
import servers
from instance import SOURCE, item, people

BASE = 'base_url = "http://localhost/news";'


@pytest.fixture
def serve():
    running = []

    def start(instance):
        running.append(web.Pages(instance))
        return running[-1]

    yield start
    for pages in running:
        if pages.process.poll() is None:
            pages.close()


@pytest.fixture
def paper(mailing, smtp, serve):
    """An instance with COUNT people who have had a digest, its pages, and each one's way out."""

    def make(count=1, archive=None, keys="", **more):
        keys = BASE + (f'\narchive_url = "{archive}";' if archive else "") + keys
        instance = mailing([item(1)], people=people(count), more=keys, **more)
        instance.run("run")
        paths = {mail.recipient: web.unsubscribe_path(mail) for mail in smtp.mails}
        return instance, serve(instance), [paths[f"p{i}@example.org"] for i in range(count)]

    return make


def states(instance):
    return {each["address"].split("@")[0]: each["state"]
            for each in instance.json("subscriber", "list")}


def test_the_button_ends_it_and_the_way_back_is_open_for_a_day(paper):
    instance, pages, [path] = paper()
    shown = pages.get(path)
    assert shown.status == 200 and "p…@example.org" in shown.text
    assert "p0@example.org" not in shown.text and 'method="post"' in shown.text
    assert states(instance) == {"p0": "active"}
    left = pages.post(path, {"action": "unsubscribe"})
    assert left.status == 200 and 'value="undo"' in left.text
    assert states(instance) == {"p0": "unsubscribed"}
    assert 'value="undo"' in pages.get(path).text, "the link leads to the way back from now on"
    assert pages.post(path, {"action": "reason", "reason": "too-many"}).status == 200
    assert pages.post(path, {"action": "reason", "reason": "<script>"}).status == 200
    assert pages.post(path, {"action": "undo"}).status == 200
    assert states(instance) == {"p0": "active"}
    [shown] = instance.json("subscriber", "show", "p0@example.org")
    assert [(each["what"], each["way"], each["reason"]) for each in shown["history"]] == [
        ("added", "roster", None), ("unsubscribe", "web", None), ("reason", "web", "too-many"),
        ("subscribe", "web", "undone")]


def test_after_a_day_there_is_no_way_back_by_a_link(paper, serve):
    instance, pages, [path] = paper()
    pages.one_click(path)
    pages.close()
    instance.now = "2026-11-24T07:00:01Z"
    pages = serve(instance)
    assert 'value="undo"' not in pages.get(path).text
    pages.post(path, {"action": "undo"})
    assert states(instance) == {"p0": "unsubscribed"}


@pytest.mark.parametrize("multipart", [False, True])
def test_one_click_as_providers_send_it(paper, multipart):
    instance, pages, [path] = paper()
    for _ in range(2):  # they may repeat it
        done = pages.one_click(path, multipart)
        assert done.status == 200 and done.getheader("Location") is None
        assert states(instance) == {"p0": "unsubscribed"}
    [shown] = instance.json("subscriber", "show", "p0@example.org")
    assert [each["what"] for each in shown["history"]] == ["added", "unsubscribe"]


def test_a_scanner_that_follows_every_link_changes_nothing(paper, smtp):
    instance, pages, [path] = paper()
    mail = servers.parse(smtp.mails[0].data)
    text = "".join(part.get_content() for part in mail.walk() if not part.is_multipart())
    links = set(re.findall(r"http://localhost/news[^\s\"'<>)]*", text)) | {"http://localhost" + path}
    before = (instance.folder / "depesche.db").read_bytes()
    for link in links:
        for method in ("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PROPFIND"):
            answer = pages.ask(method, web.path_of(link))
            assert answer.status == (200 if method in ("GET", "HEAD") else 405), (method, link)
    assert states(instance) == {"p0": "active"}
    assert (instance.folder / "depesche.db").read_bytes() == before


def test_pages_keep_their_address_to_themselves(paper):
    _, pages, [path] = paper()
    for answer in (pages.get(path), pages.post(path, {"action": "x"}), pages.get("/nothing"),
                   pages.get("/u/" + "a" * 36)):
        assert answer.getheader("Cache-Control") == "no-store"
        assert answer.getheader("Referrer-Policy") == "no-referrer"
        assert answer.getheader("X-Robots-Tag") == "noindex"
        policy = answer.getheader("Content-Security-Policy")
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
        assert answer.getheader("Set-Cookie") is None
        assert "<script" not in answer.text and "http://localhost/news/style.css" in answer.text
    assert pages.get("/news/style.css").getheader("Content-Type").startswith("text/css")
    assert pages.get("/style.css").status == 200, "a proxy may take the prefix away"
    assert "evil.example" not in pages.get(path, Host="evil.example").text


def test_pages_speak_the_language_of_their_reader(mailing, smtp, serve):
    instance = mailing([item(1)], more=BASE, people='{ address = "p0@example.org"; language = "en"; }')
    instance.run("run")
    path = web.unsubscribe_path(smtp.mails[0])
    pages = serve(instance)
    assert '<html lang="en"' in pages.get(path).text and "One click ends it" in pages.get(path).text
    assert '<html lang="de"' in pages.get("/nothing").text
    assert '<html lang="en"' in pages.get("/nothing", Accept_Language="en-GB,de;q=0.5").text


def test_who_publishes_stands_on_every_page(paper):
    instance, pages, [path] = paper()
    for place in ("/", "/nothing", path):
        assert "https://news.example.org/impressum" in pages.get(place).text, place


def test_wrong_tokens_are_slow_and_right_ones_still_work(paper):
    instance, pages, [path] = paper()
    kind_of_bounce = path.replace("/u/u", "/u/b", 1)
    wrong = [path[:-1] + ("a" if path[-1] != "a" else "b"), kind_of_bounce, path + "a", path[:-1], "/u/"]
    for each in wrong:
        assert pages.get(each).status == 404 and pages.one_click(each).status == 404
    assert pages.get(wrong[0]).status == 429
    assert pages.get(wrong[0], X_Forwarded_For="192.0.2.1, 198.51.100.7").status == 404, "another one"
    for i in range(12):
        answer = web.raw(pages, (f"GET {wrong[0]} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.{i}.9\r\n"
                                 "X-Forwarded-For: 198.51.99.7\r\n\r\n").encode())
    assert b" 429 " in answer, "what a stranger said before the proxy did is not believed"
    assert pages.get(path.upper().replace("/NEWS/U/", "/news/u/")).status == 200, "case does not matter"
    assert pages.one_click(path).status == 200
    assert states(instance) == {"p0": "unsubscribed"}


def test_random_tokens_never_fit(paper):
    instance, pages, _ = paper()
    statuses = hostile.guess(pages.port, seed=8, count=20000)
    assert set(statuses) == {404, 429} and sum(statuses.values()) == 20000
    assert states(instance) == {"p0": "active"}


def test_metrics_and_health(paper):
    _, pages, [path] = paper()
    pages.one_click(path)
    assert pages.get("/healthz").text == "ok\n"
    text = pages.get("/metrics").text
    assert "depesche_unsubscribed_total 1\n" in text and "# TYPE depesche_unsubscribed_total counter" in text
    assert pages.get("/metrics", X_Forwarded_For="192.0.2.1").status == 404


def test_hostile_requests_get_clean_errors_and_break_nothing(paper):
    instance, pages, [path] = paper(archive="http://localhost/news/archive")
    statuses, problems = hostile.attack(pages.port, seed=5, count=400)
    assert problems == [] and len(statuses) > 5, statuses
    maker = hostile.Maker(6)
    with concurrent.futures.ThreadPoolExecutor(24) as pool:

        def close_at_once(data):
            with pages.connect() as connection:
                connection.sendall(data)

        list(pool.map(close_at_once, [maker.make_form() for _ in range(50)]))
    assert pages.get(path).status == 200
    assert states(instance) == {"p0": "active"}


def test_too_much_is_refused_before_it_is_read(paper):
    _, pages, [path] = paper()
    assert pages.post(path, {"action": "unsubscribe", "x": "y" * 5000}).status == 413
    answer = web.raw(pages, b"POST /u/x HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n")
    assert b" 413 " in answer.split(b"\r\n")[0]


def test_who_is_slow_is_cut(paper):
    _, pages, [path] = paper()
    began = time.monotonic()
    with pages.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n")
        connection.settimeout(1)
        while time.monotonic() - began < 60:  # an octet now and then does not help
            try:
                connection.sendall(b"X")
                if connection.recv(1) == b"":
                    break
            except socket.timeout:
                assert pages.get(path).status == 200, "others are served meanwhile"
            except OSError:
                break
        else:
            raise AssertionError("it may go on for ever")


def is_answered(connection):
    with contextlib.suppress(OSError):
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        return connection.recv(4096).startswith(b"HTTP/1.1 200 ")
    return False


def wait_for_room(pages, count):
    """Until COUNT connections are taken at the same time: those that were closed are noticed by and by."""
    until = time.monotonic() + 30
    while True:
        with contextlib.ExitStack() as stack:
            fresh = [stack.enter_context(pages.connect()) for _ in range(count)]
            if all(is_answered(connection) for connection in fresh):
                return
        assert time.monotonic() < until


def test_nobody_takes_all_connections(paper):
    _, pages, [path] = paper(keys="web = { proxies = [ \"192.0.2.1\" ]; };")
    held = [pages.connect() for _ in range(100)]
    try:
        assert all(is_answered(connection) for connection in held)
        with pages.connect() as one_more:
            with contextlib.suppress(OSError):
                one_more.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                assert one_more.recv(4096) == b""
        held.pop().close()
        wait_for_room(pages, 1)
    finally:
        for connection in held:
            connection.close()
    wait_for_room(pages, 20)
    for i in range(12):  # who is no proxy of ours says nothing that counts
        wrong = pages.get("/news/u/" + "a" * 36, X_Forwarded_For=f"198.51.100.{i}")
    assert wrong.status == 429 and pages.get(path).status == 200


def test_a_proxy_that_is_none(paper):
    instance, _, _ = paper()
    config = instance.folder / "depesche.conf"
    config.write_text(config.read_text() + "\nweb = { proxies = [ \"example.org\" ]; };\n")
    done = subprocess.run(instance.command("serve", "--listen", "127.0.0.1:0"), capture_output=True, timeout=60)
    assert done.returncode == 78 and b"web.proxies" in done.stderr and b"example.org" in done.stderr


def test_a_file_is_no_socket_that_was_left_over(paper):
    instance, _, _ = paper()
    notes = instance.folder / "notes.txt"
    notes.write_text("mine\n")
    done = subprocess.run(instance.command("serve", "--listen", f"unix:{notes}"), capture_output=True, timeout=60)
    assert done.returncode == 78 and b"notes.txt" in done.stderr
    assert notes.read_text() == "mine\n"


def test_nothing_that_was_answered_is_lost_when_it_is_killed(paper, serve):
    instance, pages, paths = paper(count=200)
    answered = set()

    def leave(numbers):
        for number in numbers:
            try:
                if pages.one_click(paths[number]).status == 200:
                    answered.add(number)
            except (OSError, http.client.HTTPException):
                return

    threads = [threading.Thread(target=leave, args=(range(first, 200, 8),)) for first in range(8)]
    for thread in threads:
        thread.start()
    while len(answered) < 40:
        time.sleep(0.005)
    pages.kill()
    for thread in threads:
        thread.join()
    assert 40 <= len(answered) < 200
    now = states(instance)
    assert all(now[f"p{number}"] == "unsubscribed" for number in answered)
    again = serve(instance)
    for number in range(200):
        assert again.one_click(paths[number]).status == 200
    assert set(states(instance).values()) == {"unsubscribed"}


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def nginx(folder, port, behind):
    """As contrib/nginx says; without the ports, users and paths of a host."""
    location = (SOURCE / "contrib/nginx/depesche.conf").read_text()
    file = folder / "nginx.conf"
    file.write_text(f"""
daemon off; pid {folder}/nginx.pid; error_log stderr; events {{ }}
http {{ access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{ listen 127.0.0.1:{port};
{location.replace("127.0.0.1:8025", f"127.0.0.1:{behind}")}
  }}
}}""")
    return ["nginx", "-p", str(folder), "-c", str(file)]


def caddy(folder, port, behind):
    site = (SOURCE / "contrib/caddy/Caddyfile").read_text()
    file = folder / "Caddyfile"
    file.write_text("{\n\tadmin off\n\tauto_https off\n}\n"
                    + site.replace("news.example.org {", f"http://127.0.0.1:{port} {{")
                    .replace("127.0.0.1:8025", f"127.0.0.1:{behind}"))
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(file)]


@pytest.mark.parametrize("proxy", [nginx, caddy])
def test_behind_a_web_server(paper, tmp_path, proxy):
    instance, pages, [path] = paper()
    port = free_port()
    process = subprocess.Popen(proxy(tmp_path, port, pages.port), stderr=subprocess.PIPE,
                               env={**os.environ, "HOME": str(tmp_path)})
    try:
        until = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except ConnectionRefusedError:
                assert process.poll() is None and time.monotonic() < until, process.stderr.read()
                time.sleep(0.05)
        pages.port = port
        assert pages.get(path).status == 200 and pages.get("/news/style.css").status == 200
        assert pages.get("/metrics").status == 404, "what the proxy passes on is not from this host"
        assert pages.post(path, {"x": "y" * 5000}).status == 413
        for i in range(12):
            wrong = pages.get("/news/u/" + "a" * 36, X_Forwarded_For="198.51.100.%d" % i)
        assert wrong.status == 429, "an address that a stranger makes up counts for nothing"
        assert pages.one_click(path, multipart=True).status == 200
        assert states(instance) == {"p0": "unsubscribed"}
    finally:
        process.terminate()
        process.communicate(timeout=30)


def test_systemd_hands_over_its_socket(paper):
    instance, pages, [path] = paper()
    pages.close()
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    command = instance.command("serve")
    script = ('import os, sys; os.dup2(int(sys.argv[1]), 3); os.set_inheritable(3, True); '
              'os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1"); '
              'os.execv(sys.argv[2], sys.argv[2:])')
    process = subprocess.Popen(["/usr/bin/python3", "-c", script, str(listener.fileno()), *command],
                               pass_fds=[listener.fileno()], stderr=subprocess.PIPE)
    try:
        pages.port = listener.getsockname()[1]
        assert pages.get(path).status == 200
    finally:
        process.terminate()
        process.communicate(timeout=30)
