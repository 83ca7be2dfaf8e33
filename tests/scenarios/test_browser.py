"""The circle as somebody sees it: in Debian's Chromium, on a phone and on a desk, without a mouse."""

import datetime
import shutil

import pytest

import pages as web
from browser import Browser
from test_circle import house, link_in, now, state_of, wait_for_mail  # noqa: F401 (house is a fixture)

TAB, ENTER, SPACE = "\ue004", "\ue007", " "

# What a screen reader and a finger need: a name for everything that can be used, and room to hit it.
# Contrast is measured as WCAG 2.1 defines it.
CHECK = """
const problems = [];
const shown = element => element.getClientRects().length > 0 && !element.closest('[aria-hidden=true]');
if (document.documentElement.scrollWidth > window.innerWidth)
    problems.push('wider than the window: ' + document.documentElement.scrollWidth);
if (!document.documentElement.lang) problems.push('no language');
if (!document.title) problems.push('no title');
if (document.querySelectorAll('h1').length !== 1) problems.push('not one heading');
if (!document.querySelector('main')) problems.push('no main part');
for (const field of document.querySelectorAll('input:not([type=hidden]), select'))
    if (shown(field) && field.labels.length === 0) problems.push('no label: ' + field.name);
for (const group of document.querySelectorAll('fieldset'))
    if (!group.querySelector('legend')) problems.push('no legend');
for (const button of document.querySelectorAll('button')) {
    const box = button.getBoundingClientRect();
    if (!button.innerText.trim()) problems.push('a button without a name');
    if (box.height < 44) problems.push('a button of ' + box.height + ' pixels');
}
const light = text => {
    const part = text.match(/[0-9.]+/g).slice(0, 3).map(Number).map(c => c / 255)
        .map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part[0] + 0.7152 * part[1] + 0.0722 * part[2];
};
const ground = element => {
    for (let at = element; at; at = at.parentElement) {
        const color = getComputedStyle(at).backgroundColor;
        if (!/, 0\\)$|transparent/.test(color)) return color;
    }
    return 'rgb(255, 255, 255)';
};
for (const element of document.querySelectorAll('p, a, h1, label, legend, button, input, select')) {
    if (!shown(element)) continue;
    const both = [light(getComputedStyle(element).color), light(ground(element))].sort();
    const contrast = (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
    if (contrast < 4.5) problems.push(element.tagName + ' has a contrast of ' + contrast.toFixed(2));
}
return problems;
"""


@pytest.fixture
def browser(tmp_path):
    assert shutil.which("chromedriver"), "contrib/check installs it"
    browser = Browser(tmp_path)
    yield browser
    browser.close()


def check(browser, tmp_path, name):
    for width in (320, 1280):
        for dark in (False, True):
            browser.look(width, tmp_path / f"{name}-{width}{'-dark' if dark else ''}.png", dark)
            assert browser.script(CHECK) == [], (name, width, dark)


def test_the_circle_by_hand(house, browser, smtp, tmp_path):  # noqa: F811
    instance, pages = house
    home = f"http://127.0.0.1:{pages.port}"
    browser.go(home + "/")
    check(browser, tmp_path, "index")
    browser.click("main a")
    check(browser, tmp_path, "sign-up")
    browser.type("input[name=email]", "anna@example.org")
    browser.click("input[value=ki]")
    until = datetime.datetime.now() + datetime.timedelta(seconds=2.5)
    while datetime.datetime.now() < until:  # to read takes time
        browser.text()
    browser.click("main button")
    assert "Postfach" in browser.text() and "anna" not in browser.text()
    check(browser, tmp_path, "thanks")

    browser.go(home + link_in(wait_for_mail(smtp), "c"))
    check(browser, tmp_path, "confirm")
    assert state_of(instance, "anna@example.org") == "pending"
    browser.keys([TAB, ENTER])  # the button is the first thing that the keyboard comes to
    assert "Bestellt" in browser.text()
    assert state_of(instance, "anna@example.org") == "active"

    instance.run("run", at=(now() + datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ"))
    wait_for_mail(smtp, 2)
    way_out = web.unsubscribe_path(smtp.mails[1])
    browser.go(home + way_out)
    check(browser, tmp_path, "unsubscribe")
    browser.click("main p a")
    check(browser, tmp_path, "preferences")
    browser.click("input[value=sport]")
    browser.click("option[value=weekly]")
    browser.click("button[value=save]")
    assert "Gespeichert" in browser.text()
    [anna] = instance.json("subscriber", "show", "anna@example.org")
    assert anna["topics"] == ["ki", "sport"] and anna["rhythm"].startswith("weekly mon")
    browser.go(home + way_out)
    browser.click("button[value=unsubscribe]")
    check(browser, tmp_path, "unsubscribed")
    assert state_of(instance, "anna@example.org") == "unsubscribed"
    browser.click("button[value=undo]")
    assert state_of(instance, "anna@example.org") == "active"
    browser.go(home + "/nothing")
    check(browser, tmp_path, "nothing")
    assert browser.script("return document.cookie + document.scripts.length") == "0"
