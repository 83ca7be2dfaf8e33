"""Letters by hand: what they say of themselves before their text."""

import email
import email.policy
import os
import struct
import zlib

import servers

PEOPLE = """
  { address = "anna@example.org"; topics = [ "ki" ]; },
  { address = "bert@example.org"; topics = [ "hafen" ]; },
  { address = "cora@example.org"; language = "en"; }"""

TOPICS = {"ki": "sprachmodell*", "hafen": "hafen", "kino": "film"}


def letter(instance, matter, text="Guten Tag, **alle**!"):
    path = instance.folder / "brief.md"
    lines = "".join(f"{key}: {value}\n" for key, value in matter.items())
    path.write_text(f"---\n{lines}---\n{text}\n")
    return str(path)


def mails(instance):
    folder = instance.folder / "mail" / "new"
    found = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
             for path in (folder.iterdir() if folder.exists() else [])]
    return {mail["To"].addresses[0].addr_spec.split("@")[0]: mail for mail in found}


def test_topics_and_language(new_instance):
    instance = new_instance({}, people=PEOPLE, topics=TOPICS)
    instance.run("post", letter(instance, {"subject": '"Umzug: jetzt"', "topics": "[ki, kino]",
                                           "language": "en"}))
    sent = mails(instance)
    assert sorted(sent) == ["anna", "cora"]
    assert sent["anna"]["Subject"] == "Umzug: jetzt" and sent["anna"]["Content-Language"] == "en"


def test_one_address_and_options_win(new_instance):
    instance = new_instance({}, people=PEOPLE, topics=TOPICS)
    instance.run("post", letter(instance, {"subject": "Nur du", "to": "anna@example.org"}),
                 "--to", "Bert@example.org", "--subject", "Nur Bert")
    [(name, mail)] = mails(instance).items()
    assert name == "bert" and mail["Subject"] == "Nur Bert"
    done = instance.run("post", letter(instance, {"subject": "x", "to": "dora@example.org"}), status=64)
    assert b"dora@example.org" in done.stderr


def test_a_letter_waits_for_its_time(new_instance):
    instance = new_instance({}, people=PEOPLE, topics=TOPICS)
    # Half past six in Berlin.
    instance.run("post", letter(instance, {"subject": "Morgen", "send": "2026-11-24 06:30"}))
    instance.run("run", at="2026-11-24T05:29:00Z")
    assert mails(instance) == {}
    instance.run("run", at="2026-11-24T05:30:00Z")
    got = mails(instance)
    assert sorted(got) == ["anna", "bert", "cora"]
    assert got["anna"]["Date"] == "Tue, 24 Nov 2026 06:30:00 +0100", "not when it was written"


def test_mistakes_are_told(new_instance):
    instance = new_instance({}, people=PEOPLE, topics=TOPICS)
    for matter, status, word in [({"subjekt": "x"}, 65, b'is "subject" meant?'),
                                 ({"topics": "ki"}, 64, b"needs a subject"),
                                 ({"subject": "x", "topics": "kii"}, 64, b"kii"),
                                 ({"subject": "x", "send": "bald"}, 64, b"bald")]:
        done = instance.run("post", letter(instance, matter), status=status)
        assert word in done.stderr
    assert mails(instance) == {}


def png(size=0):
    """A picture of one pixel, with a comment that makes it SIZE octets longer."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)) +
            chunk(b"tEXt", b"Comment\0" + b"x" * size) + chunk(b"IDAT", zlib.compress(b"\0\0")) +
            chunk(b"IEND", b""))


def html_of(mail):
    [html] = [part.get_content() for part in mail.walk() if part.get_content_type() == "text/html"]
    return html


PICTURES = """Der Plan: ![Unser Plan](plan%20a.png) und ![noch einmal](plan%20a.png)

![Die Karte]({url}/karte.png?a=1&b=2) ![zu groß]({url}/gross.png)"""


def send_pictures(http, new_instance, images):
    http.documents["/karte.png?a=1&b=2"] = servers.Http.Document(png(7), content_type="image/png")
    http.documents["/gross.png"] = servers.Http.Document(png(200_000), content_type="image/png")
    instance = new_instance({}, people=PEOPLE, topics=TOPICS, newsletter=f'images = "{images}";')
    (instance.folder / "plan a.png").write_bytes(png())
    text = PICTURES.format(url=http.url("").rstrip("/"))
    path = letter(instance, {"subject": "Plan", "to": "anna@example.org"}, text)
    instance.run("post", os.path.relpath(path), "--allow-private")
    return instance, mails(instance)["anna"]


def test_pictures_are_carried(http, new_instance):
    instance, mail = send_pictures(http, new_instance, "embed")
    carried = {part["Content-ID"].strip("<>"): part.get_content()
               for part in mail.walk() if part.get_content_maintype() == "image"}
    assert sorted(carried.values()) == sorted([png(), png(7)])
    html = html_of(mail)
    assert all(html.count(f'src="cid:{cid}"') == (2 if carried[cid] == png() else 1) for cid in carried)
    assert "/gross.png" in html and "picture.invalid/" not in html and "/karte.png" not in html
    shown = instance.run("issue", "preview", "1", "--as", "anna@example.org", "--format", "html").stdout
    assert shown.count(b'src="data:image/png;base64,') == 3
    text = mail.get_body(("plain",)).get_content()
    assert "Der Plan: Unser Plan und noch einmal" in text


def test_a_file_is_carried_where_others_are_linked(http, new_instance):
    instance, mail = send_pictures(http, new_instance, "link")
    [picture] = [part.get_content() for part in mail.walk() if part.get_content_maintype() == "image"]
    html = html_of(mail)
    assert picture == png() and html.count("cid:") == html.count('width="1" height="1"') == 2
    assert "/karte.png?a=1&amp;b=2" in html and "max-width:100%" in html
    assert not any(".png" in path for path, _, _ in http.requests)


def test_no_pictures(http, new_instance):
    instance, mail = send_pictures(http, new_instance, "none")
    html = html_of(mail)
    assert ".png" not in html and "cid:" not in html and "Unser Plan und noch einmal" in html


def test_a_file_that_cannot_be_carried(new_instance):
    instance = new_instance({}, people=PEOPLE, topics=TOPICS)
    (instance.folder / "gross.png").write_bytes(png(200_000))
    (instance.folder / "text.png").write_bytes(b"kein Bild")
    for name, word in [("gross.png", b"larger than 100 kB"), ("text.png", b"no JPEG, PNG or GIF"),
                       ("fehlt.png", b"No such file")]:
        done = instance.run("post", letter(instance, {"subject": "x"}, f"![a]({name})"), status=65)
        assert name.encode() in done.stderr and word in done.stderr
    assert mails(instance) == {}


def test_a_filter_chooses_people(new_instance):
    instance = new_instance({}, people=PEOPLE, topics=TOPICS)
    instance.run("post", letter(instance, {"subject": "x", "filter": "lang:en or topic:ki not topic:hafen"}))
    assert sorted(mails(instance)) == ["anna", "cora"]
    done = instance.run("post", letter(instance, {"subject": "y", "filter": "topic:kii"}), status=64)
    assert b"kii" in done.stderr
    done = instance.run("post", letter(instance, {"subject": "y", "filter": "(topic:ki"}), status=64)
    assert b"column" in done.stderr
