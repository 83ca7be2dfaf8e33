"""Feeds that have only teasers: the pages of their articles are fetched, and what stands around the text
is left out."""

import sqlite3

import servers
from instance import item, rss

PARAGRAPH = ("Der Rat hat am Dienstag lange beraten, wie es mit der Brücke Nummer {} weitergehen soll, und am "
             "Ende entschieden, dass sie gebaut wird, obwohl das Geld dafür noch immer fehlt.")
NOTICE = "Dieser Text ist im Rahmen des Projekts Brückenschlag entstanden, das viele Förderer hat."


def page(number, status=200, content_type="text/html; charset=utf-8", extra=""):
    body = f"""<html lang="de"><head><meta name="author" content="Anna Ast"></head><body>
      <nav><a href="/">Start</a></nav><article><h1>Meldung {number}</h1><div class="entry-content">
      <p>{PARAGRAPH.format(number)}</p><p>Ein zweiter Absatz über die Brücke {number}, mit
      <a href="/plan">Plan</a> und Bild.</p><div class="newsletter-box"><p>Jetzt anmelden!</p></div>
      {extra}<p>{NOTICE}</p></div></article></body></html>"""
    return servers.Http.Document(body.encode(), status, content_type=content_type)


def feed(http, numbers, **more):
    return rss("Blatt", [item(number, link=http.url(f"/artikel/{number}"), description="Kurz.",
                              pubDate=f"Mon, 23 Nov 2026 0{number}:00:00 +0000", **more)
                         for number in numbers])


def new_reader(new_instance, http, keys=""):
    instance = new_instance({"a": http.url("/a.xml")}, people='  { address = "leser@example.org"; }')
    config = instance.folder / "depesche.conf"
    config.write_text(config.read_text().replace("allow_private = true;",
                                                 f"allow_private = true; full_text = true; {keys}"))
    return instance


def texts(instance):
    """What is shown of each article: title -> (excerpt, content, author)."""
    with sqlite3.connect(instance.folder / "depesche.db") as database:
        rows = database.execute(
            "SELECT title, excerpt, content, author FROM revision JOIN article "
            "ON article.seq = revision.seq AND article.revision = revision.number").fetchall()
    return {row[0]: row[1:] for row in rows}


def test_articles_have_the_text_of_their_pages(http, new_instance):
    http.documents["/a.xml"] = feed(http, [1, 2, 3])
    http.documents["/artikel/1"] = page(1)
    http.documents["/artikel/2"] = page(2, status=404)
    http.documents["/artikel/3"] = page(3, content_type="application/pdf")
    instance = new_reader(new_instance, http)
    instance.run("fetch")
    shown = texts(instance)
    excerpt, content, author = shown["Meldung 1"]
    assert excerpt.startswith("Der Rat hat am Dienstag") and author == "Anna Ast"
    assert content.count("<p>") == 3 and f'href="{http.url("/plan")}"' in content
    assert "anmelden" not in content and "Start" not in content
    # What has no page keeps its teaser.
    assert [shown[f"Meldung {number}"][0] for number in (2, 3)] == ["Kurz.", "Kurz."]

    # Neither a page that comes later nor the same feed again changes anything, and nothing is news.
    asked = len(http.requests)
    instance.run("fetch", "a", at="2026-11-23T09:00:00Z")
    assert texts(instance) == shown
    assert [path for path, _, _ in http.requests[asked:]] == ["/a.xml"]

    # A new text in the feed is a reason to look at the page again.
    http.documents["/a.xml"] = feed(http, [1], category="Neu")
    http.documents["/artikel/1"] = page(1, extra="<p>Nachtrag: Der Bürgermeister hat sich geäußert.</p>")
    instance.run("fetch", "a", at="2026-11-23T10:00:00Z")
    assert "Nachtrag" in texts(instance)["Meldung 1"][1]


def test_what_a_host_repeats_is_part_of_no_article(http, new_instance):
    http.documents["/a.xml"] = feed(http, [1, 2, 3])
    for number in range(1, 6):
        http.documents[f"/artikel/{number}"] = page(number)
    instance = new_reader(new_instance, http)
    instance.run("fetch")
    assert all(NOTICE in content for _, content, _ in texts(instance).values())
    http.documents["/a.xml"] = feed(http, [1, 2, 3, 4, 5])
    instance.run("fetch", "a", at="2026-11-23T09:00:00Z")
    shown = texts(instance)
    for number in (4, 5):
        content = shown[f"Meldung {number}"][1]
        assert NOTICE not in content and PARAGRAPH.format(number) in content


def test_pages_are_asked_as_feeds_are(http, new_instance):
    """Login, cookies and headers go to the feed's own place; another port of its host gets none, nor does
    another name for it; and the guard stands before all."""
    other = servers.Http()
    try:
        http.documents["/a.xml"] = rss("Blatt", [
            item(1, link=http.url("/artikel/1")), item(2, link=other.url("/artikel/2")),
            item(3, link=http.url("/artikel/3").replace("127.0.0.1", "localhost"))])
        http.documents["/artikel/1"] = http.documents["/artikel/3"] = page(1)
        instance = new_reader(new_instance, http, 'headers = [ "X-Token: geheim" ]; cookies = "a=b"; '
                                                  'user = "ich"; password = "geheim"; auth = "basic";')
        instance.run("fetch")
        secrets = {"X-Token", "Cookie", "Authorization"}
        [headers] = http.asked("/artikel/1")
        assert secrets <= set(headers)
        [headers], [elsewhere] = http.asked("/artikel/3"), other.asked("/artikel/2")
        assert not secrets & (set(headers) | set(elsewhere))

        config = instance.folder / "depesche.conf"
        config.write_text(config.read_text().replace("allow_private = true; full", "full"))
        seen = len(http.requests)
        instance.run("fetch", "a", at="2026-11-23T12:00:00Z", status=None)
        assert len(http.requests) == seen
    finally:
        other.close()


def test_the_words_of_pages_are_found(http, new_instance):
    http.documents["/a.xml"] = feed(http, [1, 2])
    http.documents["/artikel/1"] = page(1, extra="<p>Der Kämmerer nannte das eine Zumutung.</p>")
    http.documents["/artikel/2"] = page(2)
    instance = new_reader(new_instance, http)
    instance.run("fetch")
    [found] = instance.json("article", "search", "Kämmerer", "not", "title:Bahn")
    assert found["title"] == "Meldung 1" and found["feed"] == "a"
    assert len(instance.json("article", "search", "brücke")) == 2
    [newest] = instance.json("article", "search", "brücke", "--limit", "1")
    assert newest["title"] == "Meldung 2"
    assert instance.json("article", "search", "Einhorn") == []
    instance.run("article", "search", "(", status=65)


def test_what_waits_for_pages_is_not_piled_up(http, new_instance):
    """Twenty documents of a megabyte, each with eight pages: before the last is asked for, pages are."""
    names = [f"f{number:02d}" for number in range(20)]
    for name in names:
        document = rss(name, [item(number, link=http.url(f"/{name}/{number}")) for number in range(8)])
        http.documents[f"/{name}.xml"] = document.replace(b"</channel>",
                                                          b"<!--" + b"x" * 1_000_000 + b"--></channel>")
        http.documents[f"/{name}/3"] = page(int(name[1:]))
    instance = new_instance({name: http.url(f"/{name}.xml") for name in names},
                            more="fetch = { spacing = 0; };")
    config = instance.folder / "depesche.conf"
    config.write_text(config.read_text().replace("allow_private = true;",
                                                 "allow_private = true; full_text = true;"))
    instance.run("fetch")
    asked = [path for path, _, _ in http.requests]
    assert len(asked) == len(set(asked)) == 20 * 9
    documents = [asked.index(f"/{name}.xml") for name in names]
    assert any(path.endswith("/3") for path in asked[:max(documents)])
    with sqlite3.connect(instance.folder / "depesche.db") as database:
        [(count, with_text)] = database.execute(
            "SELECT COUNT(*), SUM(content LIKE '%Der Rat hat%') FROM revision")
    assert (count, with_text) == (20 * 8, 20)
