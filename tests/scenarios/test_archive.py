"""What was sent, as web pages: complete, linked from the mails, and about nobody."""

import re
import urllib.parse
import xml.etree.ElementTree as ElementTree

import pages as web
from instance import item, part, rss

ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
URL = "https://news.example.org/archiv"


def new_publisher(new_instance, http):
    http.documents["/a.xml"] = rss("Blatt", [
        item(1, "Neues Sprachmodell & alte Sorgen", description="Ein Modell < zwei Modelle. " * 4),
        item(2, "Der Hafen bekommt Kräne")])
    return new_instance({"a": http.url("/a.xml")},
                        people='  { address = "anna.ast@example.org"; name = "Anna Ast"; }',
                        more=f'archive_url = "{URL}";\nbase_url = "https://news.example.org";',
                        topics={"ki": "sprachmodell*", "hafen": "hafen"})


def test_issues_become_pages_and_feeds(http, new_instance):
    instance = new_publisher(new_instance, http)
    instance.run("run")
    folder = instance.folder / "archive"
    instance.run("-n", "archive", "build")
    assert not folder.exists()
    instance.run("archive", "build")
    page = (folder / "morgen" / "1.html").read_text()
    assert "Neues Sprachmodell &amp; alte Sorgen" in page and "Kräne" in page
    # Nothing about a person: no address, no name, no token.
    assert "anna" not in page.lower() and "/u/" not in page and "unsubscribe" not in page
    # The mail leads to it.
    [mail] = (instance.folder / "mail" / "new").iterdir()
    assert f"{URL}/morgen/1.html" in re.sub(r"=\n", "", mail.read_text().replace("\r", ""))

    atom = ElementTree.parse(folder / "morgen" / "atom.xml").getroot()
    [entry] = atom.findall(ATOM + "entry")
    assert entry.find(ATOM + "link").get("href") == f"{URL}/morgen/1.html"
    assert entry.find(ATOM + "updated").text == "2026-11-23T07:00:00Z"
    for topic, title in (("ki", "Neues Sprachmodell & alte Sorgen"),
                         ("hafen", "Der Hafen bekommt Kräne")):
        feed = ElementTree.parse(folder / "morgen" / f"topic-{topic}.xml").getroot()
        assert [entry.find(ATOM + "title").text for entry in feed.findall(ATOM + "entry")] == [title]
    places = ElementTree.parse(folder / "sitemap.xml").getroot()
    assert [place.text for place in places.iter(SITEMAP + "loc")] == [
        f"{URL}/", f"{URL}/morgen/", f"{URL}/morgen/1.html"]
    assert f"{URL}/morgen/1.html" in (folder / "index.html").read_text()
    assert "<form" not in (folder / "index.html").read_text(), "files cannot be searched"
    assert f"{URL}/morgen/atom.xml" in (folder / "morgen" / "index.html").read_text()
    # Our own reader takes the feed.
    shown = instance.json("feed", "show", str(folder / "morgen" / "atom.xml"))
    assert shown["format"] == "atom-1.0" and len(shown["entries"]) == 1


def test_what_was_not_sent_is_not_shown(http, new_instance, tmp_path):
    instance = new_publisher(new_instance, http)
    instance.people = ""
    instance.write()
    instance.run("run")
    instance.run("archive", "build", str(tmp_path / "web"))
    assert sorted(path.name for path in (tmp_path / "web" / "morgen").iterdir()) == [
        "atom.xml", "index.html", "topic-hafen.xml", "topic-ki.xml"]


def test_a_letter_is_in_it_too(http, new_instance):
    instance = new_publisher(new_instance, http)
    letter = instance.folder / "letter.md"
    letter.write_text("# Hallo\n\nWir ziehen **um**.\n")
    instance.run("post", str(letter), "--subject", "Umzug & mehr")
    instance.run("archive", "build")
    assert "<strong>um</strong>" in (instance.folder / "archive" / "morgen" / "1.html").read_text()
    assert "Umzug &amp; mehr" in (instance.folder / "archive" / "morgen" / "index.html").read_text()


def test_a_letter_to_some_is_nobody_elses(http, new_instance):
    instance = new_publisher(new_instance, http)
    instance.people = '{ address = "redaktion@news.example.org"; }'
    instance.write()
    letter = instance.folder / "letter.md"
    letter.write_text("Nur unter uns.\n")
    instance.run("post", str(letter), "--subject", "Eins", "--to", "redaktion@news.example.org")
    instance.run("post", str(letter), "--subject", "Zwei", "--filter", "lang:de")
    texts = [part(mail, "html") for mail in instance.maildir()]
    assert len(texts) == 2 and not any(".html" in text for text in texts), "no link leads where nothing is"
    instance.run("archive", "build")
    written = [path for path in (instance.folder / "archive").rglob("*") if path.is_file()]
    assert written and not any(path.name in ("1.html", "2.html") for path in written)
    assert not any(word in path.read_text() for path in written for word in ("Eins", "Zwei", "unter uns"))


def test_it_needs_to_know_where_it_will_be(http, new_instance):
    done = new_instance({}).run("archive", "build", status=78)
    assert b"archive_url" in done.stderr


def served(instance):
    """What the archive says at PATH."""
    pages = web.Pages(instance)
    return pages, lambda path, **query: pages.get(
        f"/archiv/{path}" + ("?" + urllib.parse.urlencode(query) if query else ""))


def test_it_is_served_as_it_is_built(http, new_instance):
    instance = new_publisher(new_instance, http)
    instance.run("run")
    instance.run("archive", "build")
    before = (instance.folder / "depesche.db").read_bytes()
    folder = instance.folder / "archive"
    pages, get = served(instance)
    try:
        for path in ("morgen/1.html", "morgen/atom.xml", "morgen/topic-ki.xml", "sitemap.xml"):
            for _ in range(2):  # made, and kept
                answer = get(path)
                assert answer.status == 200 and answer.text == (folder / path).read_text(), path
        for path in ("", "morgen/", "index.html", "morgen/index.html"):
            answer = get(path)
            assert answer.status == 200 and f"{URL}/morgen/1.html" in answer.text
            assert "anna" not in answer.text.lower() and "/u/" not in answer.text
        page = get("morgen/1.html")
        assert page.getheader("X-Robots-Tag") is None and page.getheader("Cache-Control") == "max-age=60"
        assert "img-src" in page.getheader("Content-Security-Policy") and "<script" not in page.text
        for path in ("nothing", "morgen/2.html", "morgen/01.html", "morgen/../index.html", "morgen/topic-x.xml",
                     "abend/", "morgen/1.html/", "%2e%2e/u/x"):
            assert get(path).status == 404, path
        assert pages.post("/archiv/morgen/1.html", {"x": "y"}).status == 405
        [mail] = (instance.folder / "mail" / "new").iterdir()
        link = re.search(re.escape(URL) + r"\S+?\.html", re.sub(r"=\r?\n", "", mail.read_bytes().decode())).group(0)
        assert pages.get(web.path_of(link)).status == 200
    finally:
        pages.close()
    assert (instance.folder / "depesche.db").read_bytes() == before


def test_it_can_be_searched(http, new_instance):
    instance = new_publisher(new_instance, http)
    instance.run("run")
    pages, get = served(instance)
    try:
        found = get("search", q="hafen").text
        assert "Der «Hafen» bekommt Kräne" in found and "Sprachmodell" not in found
        assert f'href="{URL}/morgen/1.html"' in found
        assert "Nichts gefunden" in get("search", q="seehund").text
        assert "column" in get("search", q="(hafen").text, "what is wrong with it is told"
        assert "<script" not in get("search", q='"><script>').text
        assert get("search").status == 200 and "<form" in get("search").text
        statuses = [get("search", q=f"wort{i}").status for i in range(12)]
        assert statuses[0] == 200 and statuses[-1] == 429, "nobody searches all day"
        assert get("morgen/").status == 200
    finally:
        pages.close()


def test_a_search_keeps_nobody_waiting(http, new_instance):
    """Much text is not looked at to its end, and many cannot search all the time."""
    instance = new_publisher(new_instance, http)
    http.documents["/a.xml"] = rss("Blatt", [
        item(i, f"Nummer{i}", description="Der Hafen hat Kräne. " * 11000,
             pubDate=f"Mon, 23 Nov 2026 0{i}:00:00 +0000") for i in range(9, -1, -1)])
    instance.run("run")
    pages, get = served(instance)
    try:
        assert "Nummer9" in get("search", q="nummer9").text
        assert "Nichts gefunden" in get("search", q="nummer0").text
        statuses = [pages.get(f"/archiv/search?q=wort{i}", X_Forwarded_For=f"198.51.{i}.7").status for i in range(30)]
        assert statuses[0] == 200 and statuses[-1] == 429
    finally:
        pages.close()


def test_what_nobody_was_sent_is_not_found(http, new_instance):
    instance = new_publisher(new_instance, http)
    instance.newsletter = 'filter = "hafen";'
    instance.write()
    instance.run("run")
    pages, get = served(instance)
    try:
        assert "Kräne" in get("search", q="topic:hafen").text
        assert "Nichts gefunden" in get("search", q="sprachmodell").text
    finally:
        pages.close()


def test_what_is_older_stands_on_pages_behind(http, new_instance):
    instance = new_publisher(new_instance, http)
    letter = instance.folder / "letter.md"
    letter.write_text("Hallo\n")
    for number in range(1, 28):
        instance.run("post", str(letter), "--subject", f"Brief {number}")
    instance.run("archive", "build")
    folder = instance.folder / "archive" / "morgen"
    assert len(re.findall(r"<li>", (folder / "index.html").read_text())) == 25
    assert f"{URL}/morgen/older-3.html" in (folder / "index.html").read_text()
    older = (folder / "older-3.html").read_text()
    assert re.findall(r"Brief (\d+)<", older) == ["2", "1"] and "older-" not in older
    pages, get = served(instance)
    try:
        assert "Brief 27<" in get("morgen/").text and "Brief 2<" in get("morgen/older-3.html").text
    finally:
        pages.close()


def test_it_is_in_nobodys_way_out(http, new_instance):
    instance = new_publisher(new_instance, http)
    instance.more = instance.more.replace(URL, "https://news.example.org/u")
    instance.write()
    instance.run("run")
    [mail] = (instance.folder / "mail" / "new").iterdir()
    way_out = re.search(r"List-Unsubscribe: <https://news.example.org(/u/\w+)>", mail.read_text()).group(1)
    pages = web.Pages(instance)
    try:
        assert pages.one_click(way_out).status == 200
        assert instance.json("subscriber", "list", "--state", "unsubscribed")
    finally:
        pages.close()


def test_without_a_place_of_its_own_it_is_not_served(http, new_instance):
    instance = new_publisher(new_instance, http)
    instance.more = instance.more.replace(URL, "https://elsewhere.example.org/archiv")
    instance.write()
    instance.run("run")
    pages, get = served(instance)
    try:
        assert get("").status == 404 and get("morgen/1.html").status == 404
    finally:
        pages.close()
