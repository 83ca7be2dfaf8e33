"""Who gets what: filters of topics and people, and how it is explained."""

import pytest

from instance import Instance, item, people, rss


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
    done = world.run("subscriber", "import", "-", stdin=csv.encode())
    assert b"-:2: filter: topic:fort: there is no topic of that name" in done.stderr
    assert b"1 added" in done.stderr
    (choice,) = world.json("subscriber", "show", "d@example.org")
    assert choice["filter"] == "topic:neu"


def test_topics_refer_to_those_before_them(world):
    world.topics = {"neu": "topic:bahn", "bahn": "tram"}
    world.write()
    done = world.run("config", "check", status=None)
    assert b"topic:bahn: there is no topic of that name" in done.stderr
