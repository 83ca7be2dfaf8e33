"""How the templates that ship look: pictures in DEPESCHE_PICTURES, and what can be measured of them."""

import os
import pathlib
import re
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from browser import Browser  # noqa: E402
from newsroom import ADDRESS, ARTICLES, LANGUAGES, TEMPLATES, Newsroom, newsletter  # noqa: E402

INSPECT = (pathlib.Path(__file__).parent / "inspect.js").read_text()

# Name, and what is shown how. Another language has words of other lengths, but the same colours.
VIEWS = [
    ("desktop", dict(width=600)),
    ("desktop-dark", dict(width=600, dark=True)),
    ("phone", dict(width=320)),
    ("phone-dark", dict(width=320, dark=True)),
    ("desktop-no-pictures", dict(width=600, pictures=False)),
    ("desktop-no-style", dict(width=600, style=False)),
    ("phone-no-style", dict(width=320, style=False)),
    ("phone-no-style-no-pictures", dict(width=320, style=False, pictures=False)),
]


VIEWS_OF = {"de": VIEWS, "en": [view for view in VIEWS if view[0] in ("desktop", "phone",
                                                                     "phone-no-style")]}


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory):
    return Newsroom(tmp_path_factory.mktemp("newsroom"))


@pytest.fixture(scope="module")
def browser():
    with Browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = pathlib.Path(os.environ.get("DEPESCHE_PICTURES") or tmp_path_factory.mktemp("pictures"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def without_style(html):
    """As GMX, WEB.DE and some ways into Gmail show it."""
    return re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)


def look(browser, html, path, style=True, **view):
    browser.show(html if style else without_style(html), **view)
    browser.picture(path)
    return browser.evaluate(INSPECT)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", TEMPLATES)
def test_views(newsroom, browser, pictures, template, language):
    html = newsroom.mail(template, language)
    for name, view in VIEWS_OF[language]:
        complaints = look(browser, html, pictures / f"{template}-{language}-{name}.jpg", **view)
        assert complaints == [], f"{template} {language} {name}"


@pytest.mark.parametrize("template", TEMPLATES)
def test_letters(newsroom, browser, pictures, template):
    html = newsroom.letter(template)
    assert html.count("<h1") == 1 and "<strong>anders</strong>" in html
    for name, view in VIEWS_OF["en"] + [VIEWS[3]]:
        complaints = look(browser, html, pictures / f"{template}-letter-{name}.jpg", **view)
        assert complaints == [], f"{template} {name}"


def test_inspection_sees_what_is_wrong(browser, pictures):
    html = """<meta name="viewport" content="width=device-width"><body style="margin:0;background:#fff"><p style="color:#999">pale</p>
<p style="font-size:11px">small</p><p style="width:900px">wide</p><a href="https://x.example"></a>
<a href="https://y.example" style="line-height:1">low</a><img src="https://hafenblatt.example.org/a.png"
style="width:200px;height:20px"><div style="height:10px;overflow:hidden">cut off</div>"""
    complaints = look(browser, html, pictures / "wrong.jpg", width=320)
    for word in ("sideways", "contrast 2.8: pale", "11 px is small", "without words", "px high: low",
                 "without alt", "squeezed", "cuts what is in it"):
        assert any(word in one for one in complaints), f"{word}: {complaints}"


def test_own_colours(newsroom, browser, pictures):
    looks = """looks = { accent = "#a3003c"; background = "#ffffff"; text = "#222222"; width = 640;
      accent_dark = "#ff9db8"; font = "Georgia, serif"; logo_width = 200; logo_height = 50;
      logo = "https://hafenblatt.example.org/logo.png"; };"""
    newsroom.write([newsletter(template, "de", looks) for template in TEMPLATES])
    for template in TEMPLATES:
        html = newsroom.mail(template, "de")
        assert "#a3003c" in html and "#1d4f8c" not in html
        assert 'width="640"' in html and "Georgia, serif" in html and 'alt="Hafenblatt am Morgen"' in html
        for name, view in (("desktop", dict(width=700)), ("phone-dark", dict(width=320, dark=True))):
            complaints = look(browser, html, pictures / f"{template}-colours-{name}.jpg", **view)
            assert complaints == [], f"{template} {name}"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", TEMPLATES)
def test_structure(newsroom, template, language):
    newsroom.write(newsletter(name, each) for name in TEMPLATES for each in LANGUAGES)
    html, text = (newsroom.mail(template, language, form) for form in ("html", "text"))
    label = {"de": "Anzeige", "en": "Advertisement"}[language]
    assert html.startswith(f'<!doctype html>\n<html lang="{language}" dir="ltr"')
    assert html.count("<h1") == 1 and "<h2" in html and "{{" not in html + text
    assert all('role="presentation"' in table for table in re.findall(r"<table[^>]*>", html))
    assert ("src=" in html) == (template != "plain")
    assert html.index(label) < html.index("https://seil.example.org")
    assert text.index(label) < text.index("https://seil.example.org")
    for number in range(len(ARTICLES[language][1])):
        assert f'href="https://hafenblatt.example.org/{language}/{number}"' in html
        assert f"\nhttps://hafenblatt.example.org/{language}/{number}\n" in text
    for part in html, text:
        assert ADDRESS in part and "/impressum" in part and "unsubscribe+" in part
    too_wide = [line for line in text.split("\n") if len(line) > 72 and " " in line]
    assert too_wide == []
