"""The circle as somebody sees it: in Debian's Chromium, on a phone and on a desk, without a mouse."""

import datetime
import shutil

import pytest

import pages as web
from browser import Browser
from test_circle import house, link_in, now, state_of, wait_for_mail  # noqa: F401 (house is a fixture)

TAB, ENTER, SPACE = "\ue004", "\ue007", " "

# What a screen reader and a finger need: a name for everything that can be used, an order of headings, a part of
# the page for everything, and room to hit it. Contrast is measured as WCAG 2.1 defines it.
CHECK = """
const problems = [];
const root = document.documentElement;
const shown = element => element.getClientRects().length > 0 && !element.closest('[aria-hidden=true]');
const all = selector => [...document.querySelectorAll(selector)];
const usable = all('a[href], button, input:not([type=hidden]), select, textarea');
if (root.scrollWidth > window.innerWidth) problems.push('wider than the window: ' + root.scrollWidth);
if (!/^[a-z]{2}(-|$)/.test(root.lang)) problems.push('no language');
if (!document.title.trim()) problems.push('no title');
if (all('h1').length !== 1) problems.push('not one heading');
if (all('main').length !== 1) problems.push('not one main part');
const viewport = document.querySelector('meta[name=viewport]');
if (!viewport || /user-scalable|maximum-scale/.test(viewport.content)) problems.push('it cannot be made larger');
all('h1, h2, h3, h4, h5, h6').reduce((level, heading) => {
    const next = Number(heading.tagName[1]);
    if (next > level + 1) problems.push('a heading of level ' + next + ' behind one of ' + level);
    if (!heading.innerText.trim()) problems.push('a heading without words');
    return next;
}, 0);
const ids = all('[id]').map(element => element.id);
for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) problems.push('two have the id ' + id);
for (const field of all('input:not([type=hidden]), select, textarea'))
    if (shown(field) && ![...field.labels].some(label => label.innerText.trim())) problems.push('no label: ' + field.name);
for (const group of all('fieldset'))
    if (!group.querySelector('legend')) problems.push('no legend');
for (const element of all('a[href], button'))
    if (!element.innerText.trim() && !element.getAttribute('aria-label')) problems.push('nothing to call it: ' + element.outerHTML);
for (const picture of document.images)
    if (!picture.hasAttribute('alt')) problems.push('a picture without words: ' + picture.src);
for (const item of all('li'))
    if (!/^(UL|OL|MENU)$/.test(item.parentElement.tagName)) problems.push('an item of no list');
for (const element of usable) {
    const box = element.getBoundingClientRect();
    const inText = getComputedStyle(element).display === 'inline';
    const small = /checkbox|radio/.test(element.type || '') ? Math.max(box.height, element.labels[0].offsetHeight) : box.height;
    if (!shown(element)) {
        if (element.tabIndex >= 0 && element.closest('[aria-hidden=true]')) problems.push('hidden, and can be reached: ' + element.name);
    } else if (!inText && small < (element.tagName === 'BUTTON' ? 44 : 24))
        problems.push('only ' + small + ' pixels high: ' + element.outerHTML);
    if (element.tabIndex > 0) problems.push('out of turn: ' + element.outerHTML);
    const among = [...element.parentElement.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (element.tagName === 'A' && inText && among && !/underline/.test(getComputedStyle(element).textDecorationLine))
        problems.push('a link that does not look like one: ' + element.innerText);
}
const light = text => {
    const part = text.match(/[0-9.]+/g).slice(0, 3).map(Number).map(c => c / 255)
        .map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part[0] + 0.7152 * part[1] + 0.0722 * part[2];
};
const contrast = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
const ground = element => {
    for (let at = element; at; at = at.parentElement) {
        const color = getComputedStyle(at).backgroundColor;
        if (!/, 0\\)$|transparent/.test(color)) return color;
    }
    return matchMedia('(prefers-color-scheme: dark)').matches ? 'rgb(18, 18, 18)' : 'rgb(255, 255, 255)';
};
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let node; (node = walker.nextNode());) {
    const element = node.parentElement;
    if (!node.data.trim() || !shown(element)) continue;
    const value = contrast(getComputedStyle(element).color, ground(element));
    if (value < 4.5) problems.push(element.tagName + ' has a contrast of ' + value.toFixed(2));
    if (!element.closest('main, header, footer, nav, aside')) problems.push('in no part of the page: ' + node.data.trim());
    if (getComputedStyle(element).opacity < 1) problems.push('it is seen through: ' + node.data.trim());
}
for (const field of all('input:not([type=hidden]), select')) {
    if (!shown(field)) continue;
    const style = getComputedStyle(field);
    if (contrast(style.color, ground(field)) < 4.5) problems.push('what is typed cannot be read: ' + field.name);
    if (/text|email|time|date|search/.test(field.type) && contrast(style.borderTopColor, ground(field.parentElement)) < 3)
        problems.push('its border cannot be seen: ' + field.name);
}
return problems;
"""

# Where the keyboard is, and whether that can be seen.
FOCUS = """
const at = document.activeElement, style = getComputedStyle(at);
if (at === document.body) return null;
return [at.outerHTML, style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2];
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
    walk(browser, name)


def walk(browser, name):
    """By keyboard: everything that can be used is come to, and it can be seen where one is."""
    wanted = browser.script("return [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select')]"
                            ".filter(e => e.tabIndex >= 0 && e.getClientRects().length).map(e => e.outerHTML)")
    browser.script("document.activeElement.blur(); window.getSelection().removeAllRanges();")
    seen = set()
    for _ in range(len(wanted) * 4 + 4):  # fields of dates and times have parts
        browser.keys([TAB])
        found = browser.script(FOCUS)
        if found is not None:
            assert found[1], (name, found[0])
            seen.add(found[0])
        elif seen:
            break
    radios = [each for each in wanted if 'type="radio"' in each]
    assert set(wanted) - set(radios) <= seen, (name, set(wanted) - seen)


def test_the_circle_by_hand(house, browser, smtp, tmp_path):  # noqa: F811
    instance, pages = house
    home = f"http://127.0.0.1:{pages.port}"
    browser.go(home + "/")
    check(browser, tmp_path, "index")
    browser.click("main a")
    browser.wait_for("E-Mail")
    check(browser, tmp_path, "sign-up")
    browser.type("input[name=email]", "anna@example.org")
    browser.click("input[value=ki]")
    until = datetime.datetime.now() + datetime.timedelta(seconds=2.5)
    while datetime.datetime.now() < until:  # to read takes time
        browser.text()
    browser.click("main button")
    browser.wait_for("Postfach")
    assert "anna" not in browser.text()
    check(browser, tmp_path, "thanks")

    browser.go(home + link_in(wait_for_mail(smtp), "c"))
    check(browser, tmp_path, "confirm")
    assert state_of(instance, "anna@example.org") == "pending"
    browser.keys([TAB, ENTER])  # the button is the first thing that the keyboard comes to
    browser.wait_for("Bestellt")
    assert state_of(instance, "anna@example.org") == "active"

    instance.run("run", at=(now() + datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ"))
    wait_for_mail(smtp, 2)
    browser.go(home + "/archive/")
    check(browser, tmp_path, "archive")
    browser.type("input[name=q]", "hafen" + ENTER)
    browser.wait_for("«Hafen»")
    check(browser, tmp_path, "search")
    browser.click("li p a")
    browser.wait_for("Intelligenz im Hafen")
    assert "anna" not in browser.text()
    way_out = web.unsubscribe_path(smtp.mails[1])
    browser.go(home + way_out)
    check(browser, tmp_path, "unsubscribe")
    browser.click("main p a")
    browser.wait_for("Einstellungen")
    check(browser, tmp_path, "preferences")
    browser.click("input[value=sport]")
    browser.click("option[value=weekly]")
    browser.click("button[value=save]")
    browser.wait_for("Gespeichert")
    [anna] = instance.json("subscriber", "show", "anna@example.org")
    assert anna["topics"] == ["ki", "sport"] and anna["rhythm"].startswith("weekly mon")
    browser.go(home + way_out)
    browser.click("button[value=unsubscribe]")
    browser.wait_for("Abbestellt")
    check(browser, tmp_path, "unsubscribed")
    assert state_of(instance, "anna@example.org") == "unsubscribed"
    browser.click("button[value=undo]")
    browser.wait_for("Weiter dabei")
    assert state_of(instance, "anna@example.org") == "active"
    browser.go(home + "/nothing")
    check(browser, tmp_path, "nothing")
    assert browser.script("return document.cookie + document.scripts.length") == "0"
