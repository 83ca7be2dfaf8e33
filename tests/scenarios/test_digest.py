"""From a feed to a mailbox: what a publisher sees when "depesche run" works."""

import email.policy
import re

from instance import IMPORT, item, part, people, rss


def test_a_mail_has_the_articles_of_the_chosen_topics(http, new_instance):
    http.documents["/feed.xml"] = rss("Hafenblatt", [
        item(1, "Sprachmodell lernt Plattdeutsch"), item(2, "Fähre fährt elektrisch")])
    instance = new_instance(
        {"hafenblatt": http.url("/feed.xml")},
        topics={"ki": "sprachmodell or ki", "energie": "elektrisch"},
        people="""{ address = "anna@example.org"; name = "Anna Öztürk"; topics = ["ki"]; },
                  { address = "ben@example.org"; topics = ["energie", "ki"]; },
                  { address = "cem@example.org"; }""")
    instance.run("run")
    mails = {mail["To"].addresses[0].addr_spec: mail for mail in instance.maildir()}
    assert sorted(mails) == ["anna@example.org", "ben@example.org", "cem@example.org"]
    for kind in ("plain", "html"):
        anna = part(mails["anna@example.org"], kind)
        assert "Sprachmodell lernt Plattdeutsch" in anna
        assert "Fähre" not in anna
        for everything in ("ben@example.org", "cem@example.org"):
            text = part(mails[everything], kind)
            assert "Sprachmodell lernt Plattdeutsch" in text
            assert "Fähre fährt elektrisch" in text
    assert mails["anna@example.org"]["To"].addresses[0].display_name == "Anna Öztürk"


def test_what_several_feeds_report_appears_once(http, new_instance):
    for name, title in {"bote": "Kran stürzt auf Schulhof in Bremen", "kurier": "Fähre fährt elektrisch",
                        "post": "Bremen: Umgestürzter Kran trifft Schulhof"}.items():
        http.documents[f"/{name}.xml"] = rss(name.capitalize(), [item(1, title, link=f"https://{name}.example.org/1")])
    feeds = {name: http.url(f"/{name}.xml") for name in ("bote", "kurier", "post")}

    def texts(newsletter):
        instance = new_instance(feeds, newsletter=newsletter, people=people(1))
        instance.run("run")
        [mail] = instance.maildir()
        return part(mail, "plain"), part(mail, "html")

    text, html = texts('sources = [ "post" ];')
    assert "Umgestürzter Kran" in text and "Kran stürzt auf" not in text
    assert "Auch bei Bote:\nhttps://bote.example.org/1\n" in text
    assert "Auch bei <a" in html and 'href="https://bote.example.org/1"' in html
    assert "Fähre fährt elektrisch" in text and "2 Meldungen" in text

    text, html = texts("stories = false;")
    assert "Umgestürzter Kran" in text and "Kran stürzt auf" in text
    assert "Auch bei" not in text + html


def test_umlauts_are_right_in_subject_and_both_parts(http, new_instance):
    http.documents["/feed.xml"] = rss("Hafenblatt", [
        item(1, "Größere Fähren für Øresund & Çeşme – „über Nacht“ 🚢")])
    instance = new_instance({"hafenblatt": http.url("/feed.xml")},
                            newsletter='subject = "{{newsletter.title}}: Grüße";',
                            people=people(1))
    instance.run("run")
    [mail] = instance.maildir()
    assert mail["Subject"] == "Der Morgenüberblick: Grüße"
    assert mail["From"].addresses[0].display_name == "Redaktion Hafenblatt"
    assert "Größere Fähren für Øresund & Çeşme – „über Nacht“ 🚢" in " ".join(
        part(mail, "plain").split())
    assert "Größere Fähren für Øresund &amp; Çeşme" in part(mail, "html")


def test_the_header_is_what_receivers_demand(http, new_instance):
    http.documents["/feed.xml"] = rss("Hafenblatt", [item(1)])
    instance = new_instance({"hafenblatt": http.url("/feed.xml")}, people=people(1),
                            more='base_url = "https://news.example.org/n";')
    instance.run("run")
    [mail] = instance.maildir()
    assert mail["List-Id"].endswith("<morgen.news.example.org>")
    token = re.search(r"<mailto:unsubscribe\+(u[a-z2-7]+)@news\.example\.org>",
                      mail["List-Unsubscribe"]).group(1)
    assert mail["List-Unsubscribe"].startswith(f"<https://news.example.org/n/u/{token}>")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert len("unsubscribe+" + token) <= 64
    for kind in ("plain", "html"):
        assert f"https://news.example.org/n/u/{token}" in part(mail, kind)
        assert "Hafenstraße 1" in part(mail, kind)
        assert "https://news.example.org/impressum" in part(mail, kind)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Precedence"] == "bulk"
    assert mail["MIME-Version"] == "1.0"
    assert mail["Date"].datetime.isoformat() == "2026-11-23T08:00:00+01:00"
    assert not mail.defects and all(not each.defects for each in mail.walk())


def test_without_base_url_the_link_is_a_mail(http, new_instance):
    http.documents["/feed.xml"] = rss("Hafenblatt", [item(1)])
    instance = new_instance({"hafenblatt": http.url("/feed.xml")}, people=people(1))
    instance.run("run")
    [mail] = instance.maildir()
    assert mail["List-Unsubscribe-Post"] is None
    assert "https:" not in mail["List-Unsubscribe"]
    for kind in ("plain", "html"):
        assert "mailto:unsubscribe+u" in part(mail, kind)


def test_a_second_run_sends_nothing_and_the_next_day_only_what_is_new(http, new_instance):
    http.documents["/feed.xml"] = rss("Hafenblatt", [item(1)])
    instance = new_instance({"hafenblatt": http.url("/feed.xml")}, people=people(3))
    instance.run("run")
    assert len(instance.maildir()) == 3
    instance.run("run")
    instance.run("run", at="2026-11-23T12:00:00Z")
    assert len(instance.maildir()) == 3
    http.documents["/feed.xml"] = rss("Hafenblatt", [item(2, "Neues vom Tag"), item(1)])
    instance.run("run", at="2026-11-23T20:00:00Z")
    assert len(instance.maildir()) == 3, "the slot comes round at six in the morning"
    instance.run("run", at="2026-11-24T05:00:00Z")
    new = [mail for mail in instance.maildir() if "Neues vom Tag" in part(mail, "plain")]
    assert len(instance.maildir()) == 6 and len(new) == 3
    assert all("Meldung 1" not in part(mail, "plain") for mail in new)


def test_nobody_gets_an_empty_mail(http, new_instance):
    http.documents["/feed.xml"] = rss("Hafenblatt", [item(1)])
    instance = new_instance({"hafenblatt": http.url("/feed.xml")}, topics={"sport": "fußball"},
                            people=people(2, topics='["sport"]'))
    instance.run("run")
    assert instance.maildir() == []


def test_one_broken_feed_does_not_stop_the_others(http, new_instance):
    http.documents["/good.xml"] = rss("Hafenblatt", [item(1)])
    http.documents["/broken.xml"] = b"<html><body>Wartungsarbeiten</body></html>"
    instance = new_instance({"gut": http.url("/good.xml"), "kaputt": http.url("/broken.xml"),
                             "fort": http.url("/missing.xml")}, people=people(1))
    done = instance.run("run")
    assert b'"kaputt"' in done.stderr and b'"fort"' in done.stderr and b"404" in done.stderr
    assert len(instance.maildir()) == 1
    states = {feed["name"]: feed for feed in instance.json("feed", "list")}
    assert states["gut"]["state"] == "ok"
    assert states["kaputt"]["state"] == "failing" and states["kaputt"]["problem"]
    assert states["fort"]["state"] == "failing" and "404" in states["fort"]["problem"]


def test_a_feed_is_asked_conditionally(http, new_instance):
    document = rss("Hafenblatt", [item(1)])
    http.documents["/feed.xml"] = http.Document(document, headers={"ETag": '"v1"'})
    instance = new_instance({"hafenblatt": http.url("/feed.xml")}, people=people(1))
    instance.run("fetch")
    instance.run("fetch")
    assert [status for _, _, status in http.requests] == [200, 304]
    assert len(instance.json("article", "list")) == 1


def test_a_feed_that_is_too_large_is_refused(http, new_instance):
    http.documents["/feed.xml"] = rss("Hafenblatt", [item(1, description="x" * 3_000_000)])
    instance = new_instance({"hafenblatt": http.url("/feed.xml")}, people=people(1),
                            more="fetch = { max_megabytes = 1; };")
    done = instance.run("fetch")
    assert b"1 MB" in done.stderr
    assert instance.json("article", "list") == []


def test_an_article_is_stored_once_whatever_the_feed_changes(http, new_instance):
    instance = new_instance({"hafenblatt": http.url("/feed.xml")}, people=people(1))
    for version in (item(1), item(1, title="Meldung 1 (aktualisiert)"),
                    item(1, guid="ganz-anders"),
                    item(1, guid="noch-anders",
                         link="http://news.example.org/artikel/1/?utm_source=rss")):
        http.documents["/feed.xml"] = rss("Hafenblatt", [version])
        instance.run("fetch")
    assert len(instance.json("article", "list")) == 1


def test_a_new_feed_and_a_new_subscriber_release_no_flood(http, new_instance):
    http.documents["/feed.xml"] = rss("Hafenblatt", [item(i) for i in range(40)])
    instance = new_instance({"hafenblatt": http.url("/feed.xml")}, people=people(1),
                            newsletter="welcome_articles = 4;",
                            more="fetch = { new_articles = 3; };")
    instance.run("run")
    [first] = instance.maildir()
    assert len(re.findall(r"https://news\.example\.org/artikel/\d+", part(first, "plain"))) == 4

    instance.people = people(2)
    instance.write()
    http.documents["/feed.xml"] = rss("Hafenblatt", [item(99)] + [item(i) for i in range(40)])
    instance.run("run", at="2026-11-24T06:00:00Z")
    mails = instance.maildir()
    assert len(mails) == 3
    counts = {}
    for mail in mails:
        links = re.findall(r"https://news\.example\.org/artikel/(\d+)", part(mail, "plain"))
        counts.setdefault(mail["To"].addresses[0].addr_spec, []).append(links)
    assert ["99"] in counts["p0@example.org"], "who was there gets what is new"
    [welcome] = counts["p1@example.org"]
    assert len(welcome) == 4 and "99" in welcome, "who joins gets the newest few"

    http.documents["/second.xml"] = rss("Zweitblatt", [
        item(i, link=f"https://zweit.example.net/{i}") for i in range(500, 540)])
    instance.feeds["zweitblatt"] = http.url("/second.xml")
    instance.write()
    instance.run("run", at="2026-11-25T06:00:00Z")
    latest = [part(mail, "plain") for mail in instance.maildir()
              if "zweit.example.net" in part(mail, "plain")]
    assert len(latest) == 2
    assert all(len(re.findall(r"https://zweit\.example\.net/\d+", text)) == 3 for text in latest)


def test_old_articles_are_never_mailed(http, new_instance):
    http.documents["/feed.xml"] = rss("Hafenblatt", [
        item(1, pubDate="Mon, 02 Mar 2020 08:00:00 +0100"), item(2)])
    instance = new_instance({"hafenblatt": http.url("/feed.xml")}, people=people(1))
    instance.run("run")
    [mail] = instance.maildir()
    assert "Meldung 2" in part(mail, "plain") and "Meldung 1" not in part(mail, "plain")


def test_hostile_feed_html_does_not_reach_the_mail(http, new_instance):
    http.documents["/feed.xml"] = rss("Hafenblatt", [item(
        1, title="Eins\r\nBcc: all@example.org",
        description='<script>alert(1)</script><p onclick="x()">Guter Text</p>'
                    '<a href="javascript:x()">hier</a><img src="https://t.example.org/p.gif" '
                    'width="1" height="1">')])
    instance = new_instance({"hafenblatt": http.url("/feed.xml")}, people=people(1))
    instance.run("run")
    [mail] = instance.maildir()
    assert mail["Bcc"] is None
    html = part(mail, "html")
    for bad in ("<script", "onclick", "javascript:", "p.gif", "alert(1)"):
        assert bad not in html
    assert "Guter Text" in html


def test_the_same_clock_gives_the_same_bytes(http, new_instance):
    http.documents["/feed.xml"] = rss("Hafenblatt", [item(1), item(2)])
    instance = new_instance({"hafenblatt": http.url("/feed.xml")}, people=people(1))
    previews = []
    instance.run("fetch")
    instance.run(*IMPORT, "-", stdin=b"address\np7@example.org\n")
    for _ in range(2):
        previews.append(instance.run("issue", "preview", "--as", "p7@example.org",
                                     "--format", "eml").stdout)
    assert previews[0] == previews[1] and b"Message-ID:" in previews[0]
    instance.run("run")
    sent = [path.read_bytes() for path in (instance.folder / "mail/new").iterdir()
            if b"To: p7@example.org" in path.read_bytes()]
    assert len(sent) == 1
    body = sent[0].split(b"\n", 2)[2]  # without Return-Path and Delivered-To
    assert body == previews[0].replace(b"\r\n", b"\n"), "the preview is what goes out"


def test_who_mends_a_wrong_feed_on_the_first_day_need_not_wait(http, new_instance):
    instance = new_instance({"hafenblatt": http.url("/typo.xml")}, people=people(1))
    instance.run("run")
    assert instance.maildir() == []
    http.documents["/typo.xml"] = rss("Hafenblatt", [item(1)])
    instance.run("run", at="2026-11-23T07:05:00Z")
    assert len(instance.maildir()) == 1
    instance.run("run", at="2026-11-23T07:10:00Z")
    assert len(instance.maildir()) == 1


def test_a_file_feed_needs_permission(tmp_path, new_instance):
    feed = tmp_path / "feed.xml"
    feed.write_bytes(rss("Aus einer Datei", [item(1)]))
    instance = new_instance({"datei": f"file://{feed}"}, people=people(1))
    instance.run("run")
    assert len(instance.maildir()) == 1
    config = instance.folder / "depesche.conf"
    config.write_text(config.read_text().replace("allow_file = true;", ""))
    done = instance.run("config", "check", status=78)
    assert b"depesche.conf:" in done.stdout + done.stderr


def test_mails_are_well_formed_on_the_wire(mailing, smtp):
    instance = mailing([item(i, "Straße " * 40) for i in range(20)], people=people(1))
    instance.run("run")
    [mail] = smtp.mails
    lines = mail.data.split(b"\r\n")
    assert b"\n" not in mail.data.replace(b"\r\n", b"")
    assert max(len(line) for line in lines) <= 998
    header = mail.data.split(b"\r\n\r\n", 1)[0]
    header.decode("ascii")
    assert max(len(line) for line in header.split(b"\r\n")) <= 78 or b"List-Unsubscribe" in header
    message = email.message_from_bytes(mail.data, policy=email.policy.default)
    assert [each.get_content_type() for each in message.walk()] == [
        "multipart/alternative", "text/plain", "text/html"]
