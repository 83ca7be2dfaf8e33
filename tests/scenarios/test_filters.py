"""Who gets what: filters of topics and people, and how it is explained."""

import pytest

from instance import IMPORT, Instance, item, part, people, rss


@pytest.fixture
def world(tmp_path):
    """Two people and a feed of its own with what each test puts there."""
    (tmp_path / "feed.xml").write_bytes(rss("Hafenblatt", [item(1)]))
    return Instance(tmp_path, {"hafenblatt": f"file://{tmp_path}/feed.xml"},
                    f'url = "maildir:{tmp_path}/mail";', people(1),
                    topics={"bahn": "straßenbahn or tram*", "neu": "topic:bahn age<2d"})


def test_filters_are_kept_in_one_spelling(world):
    world.people = '{ address = "a@example.org"; filter = "KI AND age<48h OR -(site:Example.org)"; }'
    world.write()
    world.run("run")
    (choice,) = world.json("subscriber", "show", "a@example.org")
    assert choice["filter"] == "ki age<2d or not site:example.org"
    world.run("subscriber", "add", "b@example.org", "--filter", "Topic:bahn  not  LANG:DE")
    (choice,) = world.json("subscriber", "show", "b@example.org")
    assert choice["filter"] == "topic:bahn not lang:de"


def test_a_bad_filter_is_told_where_it_stands(world):
    world.people = '{ address = "a@example.org" },\n{ address = "b@example.org"; filter = "ki and"; }'
    world.write()
    done = world.run("config", "check", status=None)
    assert b"people.conf:3: filter: column 7: expected a word" in done.stderr
    done = world.run("run")
    assert b"people.conf:3: filter: column 7" in done.stderr
    assert b"the roster was not taken over" in done.stderr

    csv = "address,filter\nc@example.org,topic:fort\nd@example.org,Topic:neu\n"
    done = world.run(*IMPORT, "-", stdin=csv.encode())
    assert b"-:2: filter: topic:fort: there is no topic of that name" in done.stderr
    assert b"1 added" in done.stderr
    (choice,) = world.json("subscriber", "show", "d@example.org")
    assert choice["filter"] == "topic:neu"


def test_files_have_words_and_not_the_numbers_of_articles(world):
    world.people = '{ address = "a@example.org"; filter = "like:1"; }'
    world.write()
    done = world.run("run")
    assert b'people.conf:2: filter: column 6: expected words in quotes: "article terms NUMBER"' in (
        done.stderr)
    done = world.run(*IMPORT, "-", stdin=b"address,filter\nc@example.org,like:1\n")
    assert b"-:2: filter: column 6: expected words in quotes" in done.stderr
    world.run("subscriber", "add", "b@example.org", "--filter", "like:1")
    (choice,) = world.json("subscriber", "show", "b@example.org")
    assert choice["filter"].startswith('like:"')
    assert [row["seq"] for row in world.json("article", "search", "like:1")] == [1]
    world.topics = {"nah": "like:1"}
    world.write()
    done = world.run("config", "check", status=None)
    assert b"depesche.conf:" in done.stderr and b"filter: column 6: expected words" in done.stderr


def test_topics_refer_to_those_before_them(world):
    world.topics = {"neu": "topic:bahn", "bahn": "tram"}
    world.write()
    done = world.run("config", "check", status=None)
    assert b"topic:bahn: there is no topic of that name" in done.stderr


def write_feed(world, *titles):
    (world.folder / "feed.xml").write_bytes(
        rss("Hafenblatt", [item(i, title) for i, title in enumerate(titles)]))


def digests(world):
    """Recipient -> the text of the mail they got."""
    return {mail["To"].addresses[0].addr_spec: part(mail, "plain") for mail in world.maildir()}


def test_topics_can_be_left_out(world):
    write_feed(world, "Straßenbahn eins", "Hafen zwei")
    world.people = '''{ address = "a@example.org"; without = ["bahn"]; },
                      { address = "b@example.org"; }'''
    world.write()
    csv = "address;without\nc@example.org;neu|bahn\n"
    world.run(*IMPORT, "-", stdin=csv.encode())
    world.run("subscriber", "add", "d@example.org", "--without", "bahn")
    world.run("run")
    texts = digests(world)
    for person in ("a", "c", "d"):
        text = texts[f"{person}@example.org"]
        assert "Hafen zwei" in text and "Straßenbahn" not in text
    assert "Straßenbahn eins" in texts["b@example.org"]


def test_a_letter_to_a_topic_is_not_for_those_who_left_it_out(world):
    world.run("subscriber", "add", "b@example.org", "--without", "bahn")
    (world.folder / "letter.md").write_text("Die Bahn fährt.")
    world.run("run", at="2026-11-23T03:00:00Z")
    world.run("post", str(world.folder / "letter.md"), "--subject", "Neues", "--topic", "bahn",
              at="2026-11-23T03:10:00Z")
    assert [mail["To"] for mail in world.maildir() if mail["Subject"] == "Neues"] == [
        "p0@example.org"]


def test_set_changes_only_what_it_names(world):
    world.run("subscriber", "add", "a@example.org", "--topics", "bahn", "--filter", "-neu",
              "--frequency", "weekly", "--day", "fri", "--max-articles", "3")
    world.run("subscriber", "set", "a@example.org", "--without", "neu", "--hour", "7",
              "--filter", "", "--max-articles", "0")
    (choice,) = world.json("subscriber", "show", "a@example.org")
    assert (choice["topics"], choice["without"], choice["filter"], choice["max_articles"]) == (
        ["bahn"], ["neu"], None, 0)
    assert choice["rhythm"] == "weekly fri 07:00 Europe/Berlin"
    assert world.run("subscriber", "set", "x@example.org", "--hour", "7", status=None).returncode
    assert world.run("subscriber", "set", "a@example.org", "--without", "fort",
                     status=None).returncode


def test_topic_test_shows_what_matches_and_why(world):
    write_feed(world, "Neue Straßenbahnen kommen", "Trampolin im Hafen", "Anderes")
    world.run("fetch")
    rows = world.json("topic", "test", "(topic:bahn or straßenbahn) -trampolin")
    assert [(row["title"], row["terms"]) for row in rows] == [
        ("Neue «Straßenbahnen» kommen", ["topic:bahn", "strassenbahn"])]
    (row,) = world.json("topic", "test", 'tramp* age<9w')
    assert row["title"] == "«Trampolin» im Hafen" and row["terms"] == ["tramp*", "age<9w"]
    assert world.json("topic", "test", "meldung", "--days", "1") != []
    assert world.json("topic", "test", "meldung", "--days", "1", at="2026-11-29T07:00:00Z") == []
    done = world.run("topic", "test", "title:", status=None)
    assert done.returncode == 65 and b"column 7" in done.stderr
    assert b"0 of 3 articles match" in world.run("topic", "test", "nirgends").stderr


def test_topics_are_listed(world):
    rows = world.json("topic", "list")
    assert [(row["topic"], row["filter"]) for row in rows] == [
        ("bahn", "straßenbahn or tram*"), ("neu", "topic:bahn age<2d")]


def explained(world, seq, address, **more):
    """Rule -> its verdict and what is said about it."""
    return {step["rule"]: (step["verdict"], step["why"])
            for step in world.json("explain", str(seq), address, **more)}


def article_numbers(world):
    return {row["title"]: row["seq"] for row in world.json("article", "list")}


def test_explain_says_why_before_and_after(world):
    write_feed(world, "Straßenbahnen kommen", "Hafen zwei")
    world.people = '''{ address = "a@example.org"; topics = ["bahn"]; filter = "kommen"; },
                      { address = "b@example.org"; without = ["bahn"]; },
                      { address = "c@example.org"; filter = "-kommen or feed:x"; }'''
    world.write()
    world.run("fetch")
    seq = article_numbers(world)
    steps = explained(world, seq["Straßenbahnen kommen"], "a@example.org")
    assert list(steps) == ["seen", "age", "issue", "news", "newsletter", "topics", "without",
                           "filter", "repeat", "story", "maximum", "minimum", "rhythm", "state", "suppressed"]
    assert "stopped" not in {verdict for verdict, _ in steps.values()}
    assert steps["topics"][1] == "chose: bahn; it is on: bahn (strassenbahn), neu (topic:bahn, age<2d)"
    assert steps["filter"][1] == "kommen; hit: kommen; denied: none"
    assert steps["issue"][1] == "in the next one of their slot"

    world.run("run")
    steps = explained(world, seq["Straßenbahnen kommen"], "a@example.org")
    assert steps["sent"][1].startswith("sent at 2026-11-23T07:00:00Z")
    assert steps["rhythm"][1] == "daily 06:00 Europe/Berlin; next at 2026-11-24T05:00:00Z"
    assert "in number 1 (issue 1)" in steps["issue"][1]
    for title, person, rule in (("Hafen zwei", "a", "topics"), ("Straßenbahnen kommen", "b", "without"),
                                ("Straßenbahnen kommen", "c", "filter")):
        steps = explained(world, seq[title], f"{person}@example.org")
        assert [name for name, (verdict, _) in steps.items() if verdict == "stopped"] == [rule]
    assert steps["filter"][1] == "not kommen or feed:x; hit: none; denied: kommen"
    sent = {address: text for address, text in digests(world).items()}
    assert "Hafen zwei" not in sent["a@example.org"] and "Straßen" not in sent["b@example.org"]


def test_explain_knows_what_is_too_old_and_who_left(world):
    write_feed(world, "Hafen eins")
    world.run("fetch")
    (seq,) = article_numbers(world).values()
    steps = explained(world, seq, "p0@example.org", at="2026-12-23T07:00:00Z")
    assert steps["age"][0] == "stopped" and steps["issue"][0] == "stopped"
    world.run("subscriber", "unsubscribe", "p0@example.org")
    assert explained(world, seq, "p0@example.org")["state"] == (
        "stopped", "the subscription is unsubscribed")
    assert world.run("explain", "999", "p0@example.org", status=None).returncode == 65
    assert world.run("explain", str(seq), "x@example.org", status=None).returncode == 65


def test_explain_names_who_tells_the_story(tmp_path):
    titles = {"bote": "Kran stürzt auf Schulhof in Bremen",
              "post": "Bremen: Umgestürzter Kran trifft Schulhof"}
    for name, title in titles.items():
        (tmp_path / f"{name}.xml").write_bytes(
            rss(name, [item(1, title, link=f"https://{name}.example.org/1")]))
    world = Instance(tmp_path, {name: f"file://{tmp_path}/{name}.xml" for name in titles},
                     f'url = "maildir:{tmp_path}/mail";', people(1), 'sources = [ "post" ];')
    world.run("fetch")
    seq = article_numbers(world)
    steps = explained(world, seq[titles["bote"]], "p0@example.org")
    assert steps["story"] == (
        "stopped", f'"{titles["post"]}" in "post" (article {seq[titles["post"]]}) tells it')
    assert explained(world, seq[titles["post"]], "p0@example.org")["story"][0] == "passed"


def test_preview_as_nobody_shows_everything_and_counts_for_nobody(world):
    write_feed(world, "Straßenbahn eins", "Hafen zwei")
    world.people = '{ address = "a@example.org"; topics = ["bahn"]; }'
    world.write()
    world.run("fetch")
    text = world.run("issue", "preview", "--nobody").stdout.decode()
    assert "Straßenbahn eins" in text and "Hafen zwei" in text
    assert "Hafen zwei" not in world.run("issue", "preview", "--as", "a@example.org").stdout.decode()
    world.run("run")
    assert list(digests(world)) == ["a@example.org"]
    assert "Hafen zwei" in world.run("issue", "preview", "1", "--nobody").stdout.decode()
    assert world.run("issue", "preview", status=None).returncode == 64
    assert world.run("issue", "preview", "--nobody", "--as", "a@example.org",
                     status=None).returncode == 64


def test_diff_says_what_came_and_went(world):
    write_feed(world, "Hafen eins")
    world.run("run")
    old = item(7, "Hafen alt", pubDate="Mon, 02 Nov 2026 05:00:00 +0100")
    new = item(8, "Hafen neu", pubDate="Tue, 24 Nov 2026 05:00:00 +0100")
    (world.folder / "feed.xml").write_bytes(
        rss("Hafenblatt", [new, old, item(0, "Hafen eins")]))
    world.run("run", at="2026-11-24T07:00:00Z")
    rows = world.json("issue", "diff", "2")
    assert [(row["change"], row["title"], row["why"]) for row in rows] == [
        ("in", "Hafen neu", "new"), ("out", "Hafen eins", "was in the one before"),
        ("not in", "Hafen alt", "too old (max_age_days)")]
    assert [row["change"] for row in world.json("issue", "diff", "1")] == ["in"]
    assert world.run("issue", "diff", "9", status=None).returncode == 65
