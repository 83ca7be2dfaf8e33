"""The whole circle: sign up, confirm, get a digest, choose, leave; in a browser and without one."""

import datetime
import html
import re
import socket
import time

import pytest

import pages as web
import servers
from instance import item, part


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def stamp_of(page):
    return re.search(r'name="stamp" value="([^"]+)"', page.text).group(1)


def wait_for_mail(smtp, count=1, seconds=60):
    until = time.monotonic() + seconds
    while len(smtp.mails) < count:
        assert time.monotonic() < until, "the mail does not come"
        time.sleep(0.05)
    return servers.parse(smtp.mails[count - 1].data)


@pytest.fixture
def house(mailing, smtp):
    """An instance with an open form, and its pages, on the real clock."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    at = now()
    instance = mailing([item(1, pubDate=at.strftime("%a, %d %b %Y %H:%M:%S +0000"),
                             title="Künstliche Intelligenz im Hafen"),
                        item(2, pubDate=at.strftime("%a, %d %b %Y %H:%M:%S +0000"), title="Sport am Abend")],
                       topics={"ki": "Intelligenz", "sport": "Sport"},
                       newsletter='sign_up = true; frequency = "hourly";',
                       more=f'base_url = "http://127.0.0.1:{port}"; archive_url = "http://127.0.0.1:{port}/archive"; '
                            'web = { privacy = "https://news.example.org/datenschutz"; };')
    instance.now = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    pages = web.Pages(instance, f"127.0.0.1:{port}", clock=False)
    pages.stamp, pages.stamped = stamp_of(pages.get("/s/morgen")), time.monotonic()
    yield instance, pages
    if pages.process.poll() is None:
        pages.close()


def sign_up(pages, address, **more):
    time.sleep(max(0, pages.stamped + 2.1 - time.monotonic()))  # nobody fills it in faster
    return pages.post("/s/morgen", {"email": address, "stamp": pages.stamp, **more})


def link_in(mail, kind):
    text = mail.get_content() if not mail.is_multipart() else part(mail, "plain")
    return web.path_of(re.search(rf"http://127\.0\.0\.1:\d+/{kind}/\S+", text).group(0))


def state_of(instance, address):
    return {each["address"]: each["state"] for each in instance.json("subscriber", "list")}.get(address)


def test_who_writes_without_a_token_gets_the_links_at_once(house, smtp):
    instance, pages = house
    instance.run("subscriber", "add", "anna@example.org")
    instance.run("inbound", stdin=b"From: Anna <anna@example.org>\nTo: redaktion@news.example.org\n"
                 b"Subject: Hilfe\nMessage-ID: <1@example.org>\n\n")
    mail = wait_for_mail(smtp)
    assert mail["Subject"] == "Ihre Einstellungen: Der Morgenüberblick"
    assert mail["In-Reply-To"] == "<1@example.org>" and smtp.mails[0].sender == ""
    assert pages.get(link_in(mail, "p")).status == 200
    assert pages.get(link_in(mail, "u")).status == 200
    assert state_of(instance, "anna@example.org") == "active"


def test_from_the_form_to_the_way_out(house, smtp):
    instance, pages = house
    thanks = sign_up(pages, "anna@example.org", name="Anna", has_topics="1", topic=["ki"])
    assert thanks.status == 200 and "anna" not in thanks.text
    mail = wait_for_mail(smtp)
    assert mail["To"].addresses[0].addr_spec == "anna@example.org"
    assert mail["Subject"] == "Bitte bestätigen: Der Morgenüberblick"
    assert not mail.is_multipart() and "Hafen" not in mail.get_content().replace("Hafenstraße", "")
    assert mail["List-Unsubscribe"] is None and "Hafenstraße" in mail.get_content()
    confirm = link_in(mail, "c")
    for method in ("GET", "HEAD"):
        assert pages.ask(method, confirm).status == 200
    assert state_of(instance, "anna@example.org") == "pending", "a scanner confirms nothing"
    [request] = instance.json("subscriber", "data", "anna@example.org")["requests"]
    assert (request["what"], request["new_address"], request["mails"]) == ("sign-up", None, 1)
    instance.run("run")
    assert len(smtp.mails) == 1, "and nothing goes to who has not confirmed"
    assert "Bestellt" in pages.post(confirm, {"action": "confirm"}).text
    assert "Schon bestätigt" in pages.post(confirm, {"action": "confirm"}).text
    assert "Schon bestätigt" in pages.get(confirm).text
    assert state_of(instance, "anna@example.org") == "active"

    [anna] = instance.json("subscriber", "show", "anna@example.org")
    assert (anna["topics"], anna["name"], anna["origin"]) == (["ki"], "Anna", "web")
    asked, mailed, confirmed = anna["history"]
    assert [asked["what"], mailed["what"], confirmed["what"]] == ["ask", "confirm-mail", "confirm"]
    consent = confirmed["consent"]
    assert consent == asked["consent"] and consent["page"].endswith("/s/morgen")
    assert "Der Morgenüberblick" in consent["wording"] and consent["peer"] is None
    assert mailed["reason"] in mail["Message-ID"]

    instance.run("run", at=(now() + datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ"))
    digest = wait_for_mail(smtp, 2)
    text = part(digest, "plain")
    assert "Intelligenz" in text and "Sport" not in text
    way_out = web.unsubscribe_path(smtp.mails[1])

    choose = way_out.replace("/u/", "/p/")
    shown = pages.get(choose).text
    assert re.search(r'value="ki" checked', shown) and not re.search(r'value="sport" checked', shown)
    saved = pages.post(choose, {"action": "save", "has_topics": "1", "topic": ["sport", "ki"],
                                "frequency": "weekly", "day": "fri", "hour": "17:15"})
    assert "Gespeichert" in saved.text
    [anna] = instance.json("subscriber", "show", "anna@example.org")
    assert anna["topics"] == ["ki", "sport"]
    assert anna["rhythm"] == "weekly fri 17:15 Europe/Berlin"
    assert pages.post(choose, {"action": "save", "topic": ["x"], "has_topics": "1"}).status == 400
    assert pages.post(choose, {"action": "save", "frequency": "yearly"}).status == 400
    assert pages.post(choose, {"action": "pause", "until": "2000-01-01"}).status == 400
    assert "2999-01-01" not in pages.get(choose).text
    assert pages.post(choose, {"action": "pause", "until": "2100-01-01"}).status == 200
    assert "1. Januar 2100" in pages.get(choose).text, "the day where she is, and not in UTC"
    assert state_of(instance, "anna@example.org") == "paused"
    assert pages.post(choose, {"action": "resume"}).status == 200
    assert pages.one_click(way_out).status == 200
    assert state_of(instance, "anna@example.org") == "unsubscribed"
    assert pages.get(choose).status == 404


def test_the_same_answer_for_everybody_and_one_mail_a_day(house, smtp):
    instance, pages = house
    instance.run("subscriber", "add", "known@example.org")
    instance.run("suppression", "add", "never@example.org")
    answers = {sign_up(pages, address).text for address in (
        "new@example.org", "new@example.org", "NEW@example.org", "known@example.org", "never@example.org")}
    assert len(answers) == 1
    wait_for_mail(smtp)
    pages.close()
    instance.run("run", at=(now() + datetime.timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ"))
    asked = [mail.recipient for mail in smtp.mails if b"/c/c" in mail.data]
    assert asked == ["new@example.org"]
    assert state_of(instance, "never@example.org") is None


def test_programs_that_fill_in_forms_get_no_mail(house, smtp):
    instance, pages = house
    form = pages.get("/s/morgen")
    early = pages.post("/s/morgen", {"email": "early@example.org", "stamp": stamp_of(form)})
    assert early.status == 200
    time.sleep(2)
    trapped = pages.post("/s/morgen", {"email": "trap@example.org", "stamp": stamp_of(form), "website": "x"})
    assert trapped.status == 200
    foreign = pages.post("/s/morgen", {"email": "foreign@example.org", "topic": ["ki"], "has_topics": "1"})
    assert foreign.status == 200 and 'value="foreign@example.org"' in foreign.text, "one more click"
    assert pages.post("/s/morgen", {"email": "x", "stamp": stamp_of(form)}).status == 400
    evil = pages.post("/s/morgen", {"email": '"><script>', "stamp": stamp_of(form)})
    assert evil.status == 400 and "<script>" not in evil.text and html.escape('"><script>') in evil.text
    assert pages.post("/s/other", {"email": "a@example.org", "stamp": stamp_of(form)}).status == 404
    time.sleep(2.5)
    assert smtp.mails == [] and instance.json("subscriber", "list") == []


def test_a_bomb_gets_at_most_the_budget(house, smtp):
    _, pages = house
    answers = [sign_up(pages, f"victim{i}@example.org").status for i in range(60)]
    assert answers.count(200) == 10 and answers.count(429) == 50


def test_unconfirmed_sign_ups_are_reminded_of_once_and_then_forgotten(house, smtp):
    instance, pages = house
    sign_up(pages, "late@example.org")
    mail = wait_for_mail(smtp)
    pages.close()
    def later(days):
        return (now() + datetime.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    for days in (2.9, 3.01, 6.9):
        instance.run("run", at=later(days))
    reminders = [servers.parse(each.data) for each in smtp.mails[1:]]
    assert len(reminders) == 1 and "Erinnerung" in reminders[0].get_content()
    assert link_in(reminders[0], "c") == link_in(mail, "c")
    assert state_of(instance, "late@example.org") == "pending"
    instance.run("run", at=later(7.1))
    assert state_of(instance, "late@example.org") is None
    assert b"late@" not in (instance.folder / "depesche.db").read_bytes()


def test_a_new_address_is_asked_before_it_counts(house, smtp):
    instance, pages = house
    instance.run("subscriber", "add", "old@example.org", "--name", "Anna")
    later = (now() + datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    instance.run("run", at=later)
    wait_for_mail(smtp)
    choose = web.unsubscribe_path(smtp.mails[0]).replace("/u/", "/p/")
    assert pages.post(choose, {"action": "address", "email": "x"}).status == 400
    assert "unterwegs" in pages.post(choose, {"action": "address", "email": "new@example.org"}).text
    mail = wait_for_mail(smtp, 2)
    assert mail["To"].addresses[0].addr_spec == "new@example.org"
    confirm = link_in(mail, "c")
    assert "statt an o…@example.org" in pages.get(confirm).text
    assert state_of(instance, "old@example.org") == "active", "until somebody there says yes"
    assert "n…@example.org" in pages.post(confirm, {"action": "confirm"}).text
    assert state_of(instance, "new@example.org") == "active"
    instance.run("subscriber", "add", "old@example.org", status=65)
    [moved] = instance.json("subscriber", "show", "new@example.org")
    assert moved["name"] == "Anna" and moved["history"][-1]["what"] == "address"
    assert pages.one_click(web.unsubscribe_path(smtp.mails[0])).status == 200, "old links still work"
    assert state_of(instance, "new@example.org") == "unsubscribed"


def test_who_left_comes_back_by_the_form_alone(house, smtp):
    instance, pages = house
    instance.run("subscriber", "add", "back@example.org")
    instance.run("subscriber", "unsubscribe", "back@example.org")
    sign_up(pages, "back@example.org")
    confirm = link_in(wait_for_mail(smtp), "c")
    pages.post(confirm, {"action": "confirm"})
    assert state_of(instance, "back@example.org") == "active"


def test_nothing_is_sent_without_saying_who_publishes_it(house, smtp):
    instance, pages = house
    pages.close()
    instance.run("subscriber", "add", "p0@example.org")
    config = instance.folder / "depesche.conf"
    whole = config.read_text()
    for key in ("imprint", "postal_address"):
        config.write_text(re.sub(rf"^{key} = .*$", "", whole, flags=re.M))
        done = instance.run("run", status=78, at=(now() + datetime.timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%SZ"))
        assert key.encode() in done.stderr
    assert smtp.mails == []
