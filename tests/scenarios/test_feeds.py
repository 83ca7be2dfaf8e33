"""Feeds come and go: found on pages, imported and exported, paused and shown."""

import re
import xml.etree.ElementTree

import pytest

from instance import item, part, people, rss


def opml(body):
    return f'<?xml version="1.0"?><opml version="2.0"><body>{body}</body></opml>'.encode()


def names(instance):
    return [feed["name"] for feed in instance.json("feed", "list")]


@pytest.fixture
def instance(http, new_instance):
    http.documents["/feed.xml"] = rss("Hafenblatt", [item(1)])
    return new_instance({"hafenblatt": http.url("/feed.xml")}, people=people(1))


# Discovery

def found(instance, url):
    done = instance.json("feed", "discover", "--allow-private", url)
    return [(each["url"], each["found"]) for each in done]


def page(http, path, html):
    http.documents[path] = http.Document(html.encode(), content_type="text/html; charset=utf-8")
    return http.url(path)


def test_a_page_declares_and_links_its_feeds(http, instance):
    http.documents["/atom.xml"] = rss("Zweitblatt", [item(2), item(3)])
    url = page(http, "/", '''<!doctype html><html><head>
        <link rel="alternate" type="application/rss+xml" title="Alles" href="feed.xml">
        <link rel="alternate" type="application/rss+xml" href="/is/gone.xml"></head>
        <body><a href="/atom.xml">Atom</a> <a href="/rss-hilfe">Was ist RSS?</a></body></html>''')
    page(http, "/rss-hilfe", "<p>Hilfe</p>")
    assert found(instance, url) == [(http.url("/feed.xml"), "declared"),
                                    (http.url("/atom.xml"), "link")]
    [first, second] = instance.json("feed", "discover", "--allow-private", url)
    assert (first["title"], first["format"], first["entries"]) == ("Hafenblatt", "rss-2.0", 1)
    assert second["entries"] == 2


def test_a_page_that_is_a_feed_or_says_nothing(http, instance):
    assert found(instance, http.url("/feed.xml")) == [(http.url("/feed.xml"), "itself")]
    url = page(http, "/blog/", "<p>Willkommen</p>")
    assert found(instance, url) == [(http.url("/feed.xml"), "path")]
    del http.documents["/feed.xml"]
    instance.run("feed", "discover", "--allow-private", url, status=65)
    instance.run("feed", "discover", "--allow-private", http.url("/nirgends"), status=65)


def test_addresses_of_this_host_are_not_looked_at_unasked(http, instance):
    done = instance.run("feed", "discover", http.url("/feed.xml"), status=65)
    assert not http.requests and done.stderr


def test_a_page_full_of_links_is_not_followed_without_end(http, instance):
    url = page(http, "/", "".join(f"<a href='/feed/{i}'>x</a>" for i in range(500)))
    instance.run("feed", "discover", "--allow-private", url, status=None)
    assert len(http.requests) < 50


# OPML

def test_import_says_what_it_did_and_knows_what_is_there(http, instance):
    instance.run("fetch")
    known = http.url("/feed.xml").replace("http:", "https:") + "/?utm_source=opml"
    file = opml(f"""
        <outline text="Technik"><outline text="Netze">
          <outline text="Übersee &amp; Kabel" xmlUrl="https://kabel.example.org/rss"/></outline>
          <outline text="Strom" xmlUrl="https://strom.example.org/rss"/></outline>
        <outline text="Strom" xmlUrl="https://anderer-strom.example.org/rss"/>
        <outline text="Strom" xmlUrl="http://www.strom.example.org/rss/"/>
        <outline text="Da" xmlUrl="{known.replace('&', '&amp;')}"/>
        <outline text="Datei" xmlUrl="file:///etc/passwd"/>""")
    done = [(each["result"], each["name"], each["category"])
            for each in instance.json("feed", "import", "-", stdin=file)]
    assert done == [("added", "bersee-kabel", "Technik/Netze"), ("added", "strom", "Technik"),
                    ("added", "strom-2", None), ("known", "strom", None),
                    ("known", "hafenblatt", None), ("refused", None, None)]
    assert names(instance) == ["bersee-kabel", "hafenblatt", "strom", "strom-2"]
    again = instance.json("feed", "import", "-", stdin=file)
    assert {each["result"] for each in again} == {"known", "refused"}
    assert len(names(instance)) == 4


def test_a_dry_import_changes_nothing(instance):
    file = opml('<outline text="Strom" xmlUrl="https://strom.example.org/rss"/>')
    [done] = instance.json("-n", "feed", "import", "-", stdin=file)
    assert done["result"] == "added" and names(instance) == ["hafenblatt"]


def test_what_is_exported_can_be_imported(http, instance, new_instance):
    instance.run("fetch")
    file = opml("""<outline text="A &lt;b&gt;"><outline text="C" xmlUrl="https://c.example.org/?a=1&amp;b=2"/>
        <outline text="D"><outline text="E „e“" xmlUrl="https://e.example.org/"/></outline></outline>""")
    instance.run("feed", "import", "-", stdin=file)
    exported = instance.run("feed", "export").stdout
    tree = xml.etree.ElementTree.fromstring(exported)
    assert tree.tag == "opml" and tree.get("version") == "2.0"
    other = new_instance({}, people=people(1))
    other.run("feed", "import", "-", stdin=exported)
    keep = ("url", "title", "category")
    before = sorted(tuple(str(feed[key]) for key in keep) for feed in instance.json("feed", "list"))
    after = sorted(tuple(str(feed[key]) for key in keep) for feed in other.json("feed", "list"))
    assert before == after and len(after) == 3
    assert other.run("feed", "export").stdout == exported


def test_imported_feeds_flood_nobody(http, instance):
    instance.more = "fetch = { new_articles = 2; };"
    instance.write()
    instance.run("run")
    http.documents["/neu.xml"] = rss("Neublatt", [
        item(i, link=f"https://neu.example.org/{i}") for i in range(100, 140)])
    file = opml(f'<outline text="Neu" xmlUrl="{http.url("/neu.xml")}"/>')
    instance.run("feed", "import", "--allow-private", "-", stdin=file)
    instance.run("run", at="2026-11-24T06:00:00Z")
    [news] = [part(mail, "plain") for mail in instance.maildir()
              if "neu.example.org" in part(mail, "plain")]
    assert len(re.findall(r"https://neu\.example\.org/\d+", news)) == 2


@pytest.mark.parametrize("file", [
    b"", b"nothing of the kind", b"<html><body>OPML</body></html>",
    rss("Hafenblatt", [item(1)]),
    b"<opml><body>" + b"<outline text='x'>" * 300_000,
    b'<!DOCTYPE o [<!ENTITY a "' + b"a" * 100_000 + b'">]><opml><body><outline xmlUrl="x" text="'
    + b"&a;" * 20_000 + b'"/></body></opml>',
    b'<!DOCTYPE o [<!ENTITY a SYSTEM "file:///etc/passwd">]><opml><body>'
    b'<outline text="&a;" xmlUrl="gopher://x/"/></body></opml>',
], ids=["empty", "text", "page", "feed", "deep", "entities", "files"])
def test_hostile_lists_add_nothing(instance, file):
    done = instance.run("feed", "import", "-", stdin=file, status=None)
    assert done.returncode in (0, 65), done.stderr
    assert b"root:" not in done.stdout
    assert names(instance) == ["hafenblatt"]


# By hand

def test_pause_resume_and_show(http, instance):
    http.documents["/zwei.xml"] = rss("Zweitblatt", [item(2)])
    instance.run("feed", "add", "--allow-private", "--name", "zwei", http.url("/zwei.xml"))
    for again in (http.url("/zwei.xml/"), http.url("/zwei.xml?utm_source=x")):
        done = instance.run("feed", "add", "--name", "drei", again, status=65)
        assert b"zwei" in done.stderr
    instance.run("feed", "pause", "zwei")
    instance.run("fetch")
    assert [path for path, _, _ in http.requests] == ["/feed.xml"]
    assert instance.json("feed", "show", "zwei")["state"] == "paused"
    instance.run("feed", "resume", "zwei")
    instance.run("fetch", "zwei")
    shown = instance.json("feed", "show", "zwei")
    assert shown["state"] == "ok" and shown["articles"] == 1
    assert shown["articles_per_week"] == 0.25 and shown["recovered_percent"] == 0
    done = instance.run("feed", "pause", "hafenblatt", status=65)
    assert b"depesche.conf:" in done.stderr
    for verb in ("pause", "resume", "reset", "approve", "drop", "show"):
        instance.run("feed", verb, "niemand", status=65)


@pytest.mark.parametrize("words, says", [
    (["--proxy", "proxy.example.org:3128"], b"--proxy must begin with one of"),
    (["--proxy", "ftp://proxy.example.org"], b"--proxy must begin with one of"),
    (["--proxy", "http://"], b"--proxy must be a URL"),
    (["--proxy", ""], b"--proxy must be a text that is not empty"),
    (["--timeout", "0"], b"--timeout must be a number from 1 to 600"),
    (["--timeout", "9s"], b"--timeout must be a number from 1 to 600"),
    (["--user-agent", "a\nX: b"], b"--user-agent must be on one line"),
    (["--title", ""], b"--title must be a text that is not empty"),
    (["--name", "Nicht so"], b"is no name for a feed"),
])
def test_wrong_options_are_told(instance, words, says):
    done = instance.run("feed", "add", "https://news.example.org/rss", *words, status=64)
    assert says in done.stderr and names(instance) == ["hafenblatt"]


@pytest.mark.parametrize("url, says", [
    ("exec:", b'URL has no path behind "exec:"'), ("exec:printf 'x", b"no command behind"),
    ("gopher://news.example.org/", b"is no http or https URL"), ("http://", b"is no http"),
])
def test_wrong_urls_are_told(instance, url, says):
    done = instance.run("feed", "add", "--allow-exec", "--name", "neu", url, status=None)
    assert done.returncode in (64, 65) and says in done.stderr, done.stderr
    assert names(instance) == ["hafenblatt"]


def test_a_feed_that_is_added_is_asked_as_its_options_say(http, instance):
    http.documents["http://neu.example.org/rss"] = rss("Neublatt", [item(2)])
    instance.run("feed", "add", "--proxy", http.url(""), "--user-agent", "Leser/1", "--title", "Neu",
                 "http://neu.example.org/rss")
    instance.run("fetch", "neu-example-org")
    [headers] = http.asked("http://neu.example.org/rss")
    assert headers["User-Agent"] == "Leser/1"
    shown = instance.json("feed", "show", "neu-example-org")
    assert shown["state"] == "ok" and shown["title"] == "Neu"


def test_reset_asks_for_all_of_it(http, instance):
    http.documents["/feed.xml"] = http.Document(rss("Hafenblatt", [item(1)]),
                                                headers={"ETag": '"v1"'})
    instance.run("fetch")
    instance.run("feed", "reset", "hafenblatt")
    instance.run("fetch")
    assert [status for _, _, status in http.requests] == [200, 200]
    assert len(instance.json("article", "list")) == 1


def test_mended_documents_are_counted(http, instance):
    for document in (rss("Hafenblatt", [item(1)]), rss("Hafenblatt", [item(1)]) + b"</x><y>"):
        http.documents["/feed.xml"] = document
        instance.run("fetch", "hafenblatt")
    [feed] = instance.json("feed", "list")
    assert feed["recovered_percent"] == 50
