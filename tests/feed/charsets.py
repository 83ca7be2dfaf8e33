#!/usr/bin/python3
"""Writes the documents tests/data/feeds/charset-set-*, one for each character set of the WHATWG
encoding standard that has a decoder here, with the expectation beside each.

The text is written below; Python's codecs make the bytes, so what is expected owes nothing to the
reader that is tested. Run it after a change and look at what git says.
"""

import json
import pathlib

FEEDS = pathlib.Path(__file__).parent.parent / "data" / "feeds"

# file, label that the document declares, codec, text
SETS = [
    ("utf-8", "utf-8", "utf-8", "Fünf Öre – 五円 🐟"),
    ("ibm866", "ibm866", "cp866", "Съешь ещё булок, ёж № 5"),
    ("iso-8859-2", "iso-8859-2", "iso8859_2", "Příliš žluťoučký kůň, łódź"),
    ("iso-8859-3", "iso-8859-3", "iso8859_3", "Ĝis la ĥoro, ċavetta ħażina"),
    ("iso-8859-4", "iso-8859-4", "iso8859_4", "Šķērsiela ąžuolas Ŋ"),
    ("iso-8859-5", "iso-8859-5", "iso8859_5", "Њушка и ђак, №"),
    ("iso-8859-6", "iso-8859-6", "iso8859_6", "سوق السمك؟"),
    ("iso-8859-7", "iso-8859-7", "iso8859_7", "Ψάρια στην αγορά"),
    ("iso-8859-8", "iso-8859-8", "iso8859_8", "דגים בשוק"),
    ("iso-8859-8-i", "iso-8859-8-i", "iso8859_8", "ים ושמש"),
    ("iso-8859-10", "iso-8859-10", "iso8859_10", "Þórr ŋuohkki ąįų"),
    ("iso-8859-13", "iso-8859-13", "iso8859_13", "„Žuvų turgus“ ēģķļ"),
    ("iso-8859-14", "iso-8859-14", "iso8859_14", "Ŵy a ŷd, ḃainne ṡona"),
    ("iso-8859-15", "iso-8859-15", "iso8859_15", "Cœur à 5 €, Žižka"),
    ("iso-8859-16", "iso-8859-16", "iso8859_16", "Țară și peștișor, 5 €"),
    ("koi8-r", "koi8-r", "koi8_r", "Рыбный рынок, ёрш"),
    ("koi8-u", "koi8-u", "koi8_u", "Їжак і ґава, єнот"),
    ("macintosh", "macintosh", "mac_roman", "Façade – “Œuvre” 5 €"),
    ("windows-874", "windows-874", "cp874", "ตลาดปลา 5 €"),
    ("windows-1250", "windows-1250", "cp1250", "„Žlutý“ kůň – łąka"),
    ("windows-1251", "windows-1251", "cp1251", "«Рынок» – ўлада, ґанок №"),
    ("windows-1252", "windows-1252", "cp1252", "“Fish” – 5 €… Štat’"),
    ("windows-1253", "windows-1253", "cp1253", "“Ψάρια” – Ά €"),
    ("windows-1254", "windows-1254", "cp1254", "“Balık” – ğış İ €"),
    ("windows-1255", "windows-1255", "cp1255", "“דָּג” – ₪ €"),
    ("windows-1256", "windows-1256", "cp1256", "“سمك” – پچژ €"),
    ("windows-1257", "windows-1257", "cp1257", "“Žuvis” – ąčę €"),
    ("windows-1258", "windows-1258", "cp1258", "“Cá” – đư ơ ₫ €"),
    ("x-mac-cyrillic", "x-mac-cyrillic", "mac_cyrillic", "Рыба – Ёж, Ґ ґ, №"),
    ("gbk", "gbk", "gbk", "鱼市，镕基，㎡"),
    ("gb18030", "gb18030", "gb18030", "鱼市 ß 😀 ẞ"),
    ("big5", "big5", "big5", "魚市，許功蓋"),
    ("big5-hkscs", "big5-hkscs", "big5hkscs", "魚市，喺嘅咁"),
    ("euc-jp", "euc-jp", "euc_jp", "魚市場、ｻｶﾅ、鷗"),
    ("iso-2022-jp", "iso-2022-jp", "iso2022_jp", "魚市場 < 若い & 表"),
    ("shift_jis", "shift_jis", "cp932", "魚市場、①表～ソ髙"),
    ("euc-kr", "euc-kr", "cp949", "생선 시장, 뷁 펲시"),
    # Labels that mean another, larger set
    ("ascii-is-1252", "us-ascii", "cp1252", "“Fish” – naïve"),
    ("iso-8859-1-is-1252", "iso-8859-1", "cp1252", "“Fisch” – 5 €"),
    ("iso-8859-9-is-1254", "iso-8859-9", "cp1254", "“Balık” – ğ €"),
    ("iso-8859-11-is-874", "iso-8859-11", "cp874", "ปลา “5” €"),
    ("tis-620-is-874", "tis-620", "cp874", "ปลา – €"),
    ("gb2312-is-gbk", "gb2312", "gbk", "镕基、㎡"),
    ("ks-c-5601-is-949", "ks_c_5601-1987", "cp949", "뷁, 똠방각하"),
    ("windows-31j", "windows-31j", "cp932", "①㈱髙"),
    # Labels as they are met
    ("label-utf8", "utf8", "utf-8", "Öre – 円"),
    ("label-unicode-1-1-utf-8", "unicode-1-1-utf-8", "utf-8", "Öre – 円"),
    ("label-latin1", "latin1", "cp1252", "Öre – ß"),
    ("label-l1", "l1", "cp1252", "Öre – ß"),
    ("label-latin-1", "Latin-1", "cp1252", "Öre – ß"),
    ("label-iso8859-1", "ISO8859-1", "cp1252", "Öre – ß"),
    ("label-iso-ir-100", "iso-ir-100", "cp1252", "Öre – ß"),
    ("label-cp819", "cp819", "cp1252", "Öre – ß"),
    ("label-l2", "l2", "iso8859_2", "Kůň a ł"),
    ("label-iso-ir-101", "iso-ir-101", "iso8859_2", "Kůň, ł"),
    ("label-cyrillic", "cyrillic", "iso8859_5", "Рыба"),
    ("label-arabic", "arabic", "iso8859_6", "سمك"),
    ("label-greek", "greek", "iso8859_7", "Ψάρια"),
    ("label-hebrew", "hebrew", "iso8859_8", "דג"),
    ("label-logical", "logical", "iso8859_8", "דגים"),
    ("label-l5", "l5", "cp1254", "Balık ğ"),
    ("label-l6", "l6", "iso8859_10", "Þórr ŋ"),
    ("label-l9", "l9", "iso8859_15", "Cœur, 5 €"),
    ("label-cp1251", "cp1251", "cp1251", "Рынок"),
    ("label-x-cp1251", "x-cp1251", "cp1251", "Рынок"),
    ("label-win-1251", "win-1251", "cp1251", "Рынок"),
    ("label-windows1251", "Windows1251", "cp1251", "Рынок"),
    ("label-koi8", "koi8", "koi8_r", "Рынок"),
    ("label-cskoi8r", "cskoi8r", "koi8_r", "Рынок"),
    ("label-koi8-ru", "koi8-ru", "koi8_u", "Їжак"),
    ("label-866", "866", "cp866", "Рынок"),
    ("label-csibm866", "csibm866", "cp866", "Рынок"),
    ("label-mac", "mac", "mac_roman", "Façade"),
    ("label-x-mac-roman", "x-mac-roman", "mac_roman", "Façade"),
    ("label-x-mac-ukrainian", "x-mac-ukrainian", "mac_cyrillic", "Рыба ґ"),
    ("label-dos-874", "dos-874", "cp874", "ปลา"),
    ("label-chinese", "chinese", "gbk", "鱼市"),
    ("label-csgb2312", "csgb2312", "gbk", "鱼市"),
    ("label-gb-2312-80", "gb_2312-80", "gbk", "鱼市"),
    ("label-cp936", "cp936", "gbk", "鱼市"),
    ("label-csbig5", "csbig5", "big5", "魚市"),
    ("label-cn-big5", "cn-big5", "big5", "魚市"),
    ("label-x-x-big5", "x-x-big5", "big5", "魚市"),
    ("label-x-euc-jp", "x-euc-jp", "euc_jp", "魚市場"),
    ("label-cseucpkdfmtjapanese", "cseucpkdfmtjapanese", "euc_jp", "魚市場"),
    ("label-csiso2022jp", "csiso2022jp", "iso2022_jp", "魚市場"),
    ("label-sjis", "sjis", "cp932", "魚市場①"),
    ("label-x-sjis", "x-sjis", "cp932", "魚市場①"),
    ("label-csshiftjis", "csshiftjis", "cp932", "魚市場①"),
    ("label-ms-kanji", "ms_kanji", "cp932", "魚市場①"),
    ("label-korean", "korean", "cp949", "생선 뷁"),
    ("label-ksc5601", "ksc5601", "cp949", "생선 뷁"),
    ("label-ks-c-5601-1989", "ks_c_5601-1989", "cp949", "생선 뷁"),
    ("label-cp949", "cp949", "cp949", "생선 뷁"),
    ("label-windows-949", "windows-949", "cp949", "생선 뷁"),
]

# file, codec, byte order mark, declared label or None
WIDE = [
    ("utf-8-mark", "utf-8", b"\xef\xbb\xbf", None),
    ("utf-16le-mark", "utf-16-le", b"\xff\xfe", "utf-16"),
    ("utf-16be-mark", "utf-16-be", b"\xfe\xff", "utf-16"),
    ("utf-16le-bare", "utf-16-le", b"", "utf-16le"),
    ("utf-16be-bare", "utf-16-be", b"", "utf-16be"),
    ("utf-16le-mark-declares-utf-8", "utf-16-le", b"\xff\xfe", "utf-8"),
    ("utf-16be-bare-declares-latin1", "utf-16-be", b"", "iso-8859-1"),
    ("utf-16le-mark-undeclared", "utf-16-le", b"\xff\xfe", None),
    ("utf-16be-bare-undeclared", "utf-16-be", b"", None),
    ("utf-16le-bare-undeclared", "utf-16-le", b"", None),
    ("utf-32le-mark", "utf-32-le", b"\xff\xfe\x00\x00", "utf-32"),
    ("utf-32be-mark", "utf-32-be", b"\x00\x00\xfe\xff", "utf-32"),
    ("utf-32le-bare", "utf-32-le", b"", "utf-32"),
    ("utf-32be-bare", "utf-32-be", b"", "utf-32"),
    ("ucs-2-label", "utf-16-le", b"\xff\xfe", "iso-10646-ucs-2"),
]


def document(label, text):
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    declaration = "" if label is None else f'<?xml version="1.0" encoding="{label}"?>\n'
    return (
        f'{declaration}<rss version="2.0"><channel><title>{escaped}</title>\n'
        f"<item><title>{escaped}</title><description>{escaped}</description></item>\n"
        "</channel></rss>\n"
    )


def write(name, content, text):
    # A description is HTML; the first decoding is XML's, so these are its characters.
    expect = {
        "format": "rss-2.0",
        "title": text,
        "entries": [{"title": text, "summary": text}],
    }
    (FEEDS / f"charset-set-{name}.xml").write_bytes(content)
    (FEEDS / f"charset-set-{name}.expect.json").write_text(
        json.dumps(expect, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
    )


for name, label, codec, text in SETS:
    write(name, document(label, text).encode(codec), text)
for name, codec, mark, label in WIDE:
    text = "Fünf Öre – 五円 🐟"
    write(name, mark + document(label, text).encode(codec), text)
