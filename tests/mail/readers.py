"""Reads the messages in a folder with Python's parser and with GMime, and compares them with what was
meant (readers.c). Prints what differs; the exit status says whether anything did."""

import email
import email.policy
import html
import json
import pathlib
import sys
import unicodedata

import gi

gi.require_version("GMime", "3.0")
from gi.repository import GMime  # noqa: E402

ADDRESS = "leser@xn--bcher-kva.example"
PLAIN = ["List-Unsubscribe", "List-Unsubscribe-Post", "List-Id", "List-Help", "Precedence",
         "Auto-Submitted", "Message-ID", "MIME-Version"]


def line(text):
    """A subject or name as a reader shows it: white space at a fold may be one space or several."""
    return " ".join((text or "").split())


def person(text):
    """Python's parser shows a space between two encoded words of a name (RFC 2047, 6.2, has none there),
    so a name that had to be cut is compared without spaces."""
    return "".join((text or "").split()) if len((text or "").encode()) > 45 else line(text)


def body(text):
    """Line ends are CRLF on the wire, and a part's last one is the boundary's."""
    return text.replace("\r\n", "\n").rstrip("\n")


def by_python(raw):
    message = email.message_from_bytes(raw, policy=email.policy.default)
    parts = {part.get_content_type(): part.get_content() for part in message.walk()
             if not part.is_multipart()}
    [to] = message["To"].addresses
    return message["Subject"], to.display_name, to.addr_spec, parts, message.defects


def by_gmime(raw):
    stream = GMime.StreamMem.new_with_buffer(raw)
    message = GMime.Parser.new_with_stream(stream).construct_message(None)
    alternative = message.get_mime_part()
    parts = {}
    for i in range(alternative.get_count()):
        part = alternative.get_part(i)
        content = GMime.StreamMem.new()
        part.get_content().write_to_stream(content)
        parts[part.get_content_type().get_mime_type()] = bytes(
            content.get_byte_array()).decode("utf-8")
    to = message.get_to().get_address(0)
    return message.get_subject(), to.get_name(), to.get_idn_addr(), parts, []


def differences(raw, wanted):
    found = []
    for name, read in (("python", by_python), ("gmime", by_gmime)):
        subject, shown, address, parts, defects = read(raw)
        said = {"subject": line(subject), "name": person(shown), "address": address,
                "text": body(parts["text/plain"]),
                "html": body(html.unescape(parts["text/html"]))}
        meant = {"subject": line(wanted["subject"]), "name": person(wanted["name"]),
                 "address": ADDRESS, "text": body(wanted["body"]),
                 "html": body("<pre>" + wanted["body"] + "</pre>")}
        found += [f"{name}: {key}: {said[key]!r} is not {meant[key]!r}" for key in meant
                  if unicodedata.normalize("NFC", said[key]) != unicodedata.normalize("NFC", meant[key])]
        found += [f"{name}: {defect!r}" for defect in defects]
    return found


def faults(raw):
    """What no reader would say: lines that are too long, 8 bits, encoded words where none may be."""
    head, _, text = raw.partition(b"\r\n\r\n")
    found = [f"long line: {each[:60]!r}" for each in text.split(b"\r\n") if len(each) > 76]
    found += [f"bare line end: {each[:60]!r}" for each in raw.split(b"\r\n") if b"\n" in each]
    fields = head.replace(b"\r\n ", b" ").split(b"\r\n")
    for field in fields:
        name, _, value = field.decode("ascii").partition(": ")
        if name in PLAIN and "=?" in value:
            found.append(f"encoded: {name}")
    names = [field.split(b":")[0].decode() for field in fields]
    found += [f"no {name}" for name in PLAIN if name not in names]
    if any(byte > 126 for byte in raw):
        found.append("not ASCII")
    return found


def main(folder):
    GMime.init()
    bad = 0
    for path in sorted(pathlib.Path(folder).glob("*.eml")):
        wanted = json.loads(path.with_suffix(".json").read_text())
        raw = path.read_bytes()
        for problem in differences(raw, wanted) + faults(raw):
            print(f"{path.name}: {problem}", file=sys.stderr)
            bad += 1
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
