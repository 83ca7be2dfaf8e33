"""What was sent, as web pages: complete, linked from the mails, and about nobody."""

import re
import xml.etree.ElementTree as ElementTree

from instance import item, rss

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


def test_it_needs_to_know_where_it_will_be(http, new_instance):
    done = new_instance({}).run("archive", "build", status=78)
    assert b"archive_url" in done.stderr
