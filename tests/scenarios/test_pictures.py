"""Pictures of articles: linked, carried in the mail, or left out."""

import email
import email.policy
import struct
import zlib

import pytest

import servers
from instance import item, rss


def png(size=0):
    """A picture of one pixel, with a comment that makes it SIZE octets longer."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)) +
            chunk(b"tEXt", b"Comment\0" + b"x" * size) + chunk(b"IDAT", zlib.compress(b"\0\0")) +
            chunk(b"IEND", b""))


def picture_item(http, number):
    return item(number, description=f'<img src="{http.url(f"/{number}.png?a=1&b=2")}" alt="Bild"> '
                                    f"Ein langer Text der Meldung {number}, der zu lesen ist.")


def send(http, new_instance, images):
    for number, body, kind in [(1, png(), "image/png"), (2, png(200_000), "image/png"),
                               (3, b"<html>", "text/html")]:
        http.documents[f"/{number}.png?a=1&b=2"] = servers.Http.Document(body, content_type=kind)
    http.documents["/a.xml"] = rss("Blatt", [picture_item(http, number) for number in (1, 2, 3)])
    instance = new_instance({"a": http.url("/a.xml")}, people='  { address = "leser@example.org"; }',
                            newsletter=f'template = "news"; images = "{images}";')
    instance.run("run")
    [path] = (instance.folder / "mail" / "new").iterdir()
    return instance, email.message_from_bytes(path.read_bytes(), policy=email.policy.default)


def test_small_pictures_are_carried(http, new_instance):
    instance, mail = send(http, new_instance, "embed")
    assert mail.get_content_type() == "multipart/alternative"
    text, related = mail.iter_parts()
    assert (text.get_content_type(), related.get_content_type()) == ("text/plain", "multipart/related")
    html, picture = related.iter_parts()
    assert picture.get_content() == png() and picture.get_content_type() == "image/png"
    cid = picture["Content-ID"].strip("<>")
    shown = html.get_content()
    assert f'src="cid:{cid}"' in shown
    # What is too large stays a link.
    assert "/2.png?a=1&amp;b=2" in shown and "/1.png" not in shown
    asked = [path for path, _, _ in http.requests if path.startswith("/1.png")]
    assert len(asked) == 1
    instance.run("run", at="2026-11-23T09:00:00Z")
    assert [path for path, _, _ in http.requests if ".png" in path].count("/3.png?a=1&b=2") == 1


@pytest.mark.parametrize("images", ["link", "none"])
def test_others_are_linked_or_left_out(http, new_instance, images):
    _, mail = send(http, new_instance, images)
    [html] = [part.get_content() for part in mail.walk() if part.get_content_type() == "text/html"]
    assert ("/1.png" in html) == (images == "link")
    assert not any(".png" in path for path, _, _ in http.requests)
    assert mail["Feedback-ID"] == "1:morgen:digest:depesche"
