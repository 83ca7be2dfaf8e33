"""Commands as people type them: output, exit codes, mistakes."""

import json
import os
import shutil
import subprocess

import pytest

import servers
from instance import BINARY, MAIN, SOURCE, Instance, item, part, people, rss


def depesche(*words, status=0, stdin=None, cwd=None):
    done = subprocess.run([str(BINARY), *words], input=stdin, capture_output=True, timeout=60,
                          cwd=cwd)
    assert b"Sanitizer" not in done.stderr and b"runtime error" not in done.stderr, done.stderr
    assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
    return done


def test_feed_show_prints_what_a_feed_says(tmp_path):
    feed = tmp_path / "feed.xml"
    feed.write_bytes(rss("Hafen & Küste", [item(1, "Tom &amp; Jerry", category="Kino")]))
    shown = json.loads(depesche("feed", "show", str(feed), "--json").stdout)
    assert shown["format"] == "rss-2.0"
    assert shown["title"] == "Hafen & Küste"
    assert list(shown) == ["format", "title", "subtitle", "link", "language", "updated", "author",
                           "image", "recovered", "left_out", "entries"]
    [entry] = shown["entries"]
    assert list(entry) == ["id", "link", "title", "author", "published", "updated", "summary",
                           "content", "categories", "enclosures", "comments_link", "comments_feed",
                           "image", "language"]
    assert entry["published"] == "2026-11-23T04:00:00Z"
    assert entry["author"] is None and entry["categories"] == ["Kino"]
    again = depesche("feed", "show", "-", "--json", stdin=feed.read_bytes())
    assert json.loads(again.stdout) == shown


def test_feed_show_takes_many_and_folders(tmp_path):
    folder = tmp_path / "feeds"
    folder.mkdir()
    for name in ("b", "a", ".hidden"):
        (folder / f"{name}.xml").write_bytes(rss(f"Feed {name}", [item(1, "x"), item(2, "y")]))
    single = json.loads(depesche("feed", "show", str(folder / "a.xml"), "--json").stdout)
    lines = depesche("feed", "show", str(folder), "--json").stdout.splitlines()
    shown = [json.loads(line) for line in lines]
    assert [feed.pop("source") for feed in shown] == [str(folder / "a.xml"), str(folder / "b.xml")]
    assert shown[0] == single and len(shown[1]["entries"]) == 2

    (folder / "b.xml").write_bytes(b"just words")
    done = depesche("feed", "show", str(folder), str(folder / "a.xml"), "--json", status=65)
    assert [json.loads(line)["title"] for line in done.stdout.splitlines()] == ["Feed a", "Feed a"]
    assert b"b.xml" in done.stderr and b"1 of 3 feeds" in done.stderr
    people = depesche("feed", "show", str(folder / "a.xml"), str(folder / "a.xml")).stdout
    assert people.count(b"source:") == 2 and people.count(b"Feed a") == 2


def test_feed_show_can_clean_what_feeds_have(tmp_path):
    feed = tmp_path / "feed.xml"
    feed.write_text("<rss><channel><item><description>&lt;p onclick='x()'&gt;Hafen&lt;script&gt;"
                    "alert(1)&lt;/script&gt;</description></item></channel></rss>")
    raw = json.loads(depesche("feed", "show", str(feed), "--json").stdout)
    clean = json.loads(depesche("feed", "show", str(feed), "--json", "--sanitized").stdout)
    assert "script" in raw["entries"][0]["summary"]
    assert clean["entries"][0]["summary"] == "<p>Hafen</p>"


@pytest.mark.parametrize("name", ["hafenblatt.xml", "werkstatt-digital.xml", "harbour-post.xml",
                                  "museum.rdf", "open-hardware.json"])
def test_the_sample_feeds_can_be_read(name):
    path = SOURCE / "contrib/sample/feeds" / name
    shown = json.loads(depesche("feed", "show", str(path), "--json").stdout)
    assert len(shown["entries"]) >= 2 and shown["recovered"] is False
    assert all(entry["title"] and entry["published"] for entry in shown["entries"])


def test_the_sample_instance_shows_what_it_is_for(tmp_path):
    """As contrib/quickstart makes it: topics, two rhythms, a story of two feeds, a filter at work."""
    shutil.copytree(SOURCE / "contrib/sample/feeds", tmp_path / "feeds")
    shutil.copytree(SOURCE / "templates", tmp_path / "templates")
    shutil.copy(SOURCE / "contrib/sample/depesche.conf", tmp_path)
    shutil.copy(SOURCE / "subscribers/newsroom.conf", tmp_path / "subscribers.conf")
    depesche("init", "--yes", ".", cwd=tmp_path)
    depesche("--at", "2026-11-23T07:00:00Z", "run", cwd=tmp_path)
    mails = {}
    for path in (tmp_path / "mail/new").iterdir():
        mail = servers.parse(path.read_bytes())
        mails[mail["To"].addresses[0].username] = part(mail, "plain")
    assert set(mails) == {"anna.petersen", "joerg.muessig", "zoe", "siobhan", "redaktion"}
    for topic in ("Künstliche Intelligenz", "Energie"):
        assert f"\n{topic}\n---" in mails["anna.petersen"]
    assert "Auch bei" in mails["anna.petersen"], "of a story"
    assert mails["anna.petersen"].count("Stadtrat streitet") == 1
    assert "Straßenbahn" in mails["redaktion"] and "Straßenbahn" not in mails["zoe"]
    steps = json.loads(depesche("explain", "straßenbahn", "zoe@lesekreis.example.net", "--json",
                                cwd=tmp_path).stdout)
    assert [s["rule"] for s in steps if s["verdict"] == "stopped"] == ["filter"]
    issues = json.loads(depesche("issue", "list", "--json", cwd=tmp_path).stdout)
    assert {issue["rhythm"].split()[0] for issue in issues} == {"daily", "weekly"}


@pytest.mark.parametrize("content, why", [(b"", b"empty"), (b"<html><p>x", b"HTML"),
                                          (b"just words", b""), (b"\x89PNG\r\n\x1a\n" + bytes(40), b"")])
def test_feed_show_says_why_something_is_no_feed(tmp_path, content, why):
    path = tmp_path / "x"
    path.write_bytes(content)
    done = depesche("feed", "show", str(path), "--json", status=65)
    assert done.stdout == b"" and done.stderr.count(b"\n") == 1 and why in done.stderr


def test_template_render(tmp_path):
    (tmp_path / "t.mustache").write_text("Hallo {{name}}{{>rest}}{{#list}}[{{.}}]{{/list}}")
    (tmp_path / "rest.mustache").write_text(", {{{raw}}}!")
    (tmp_path / "d.json").write_text('{"name": "A & B", "raw": "<b>", "list": [1, 2.5, "x"]}')
    done = depesche("template", "render", str(tmp_path / "t.mustache"), str(tmp_path / "d.json"),
                    "--partials", str(tmp_path))
    assert done.stdout == b"Hallo A &amp; B, <b>![1][2.5][x]"
    done = depesche("template", "render", str(tmp_path / "t.mustache"), str(tmp_path / "d.json"))
    assert done.stdout == b"Hallo A &amp; B[1][2.5][x]"
    (tmp_path / "bad.mustache").write_text("a\n{{#open}}\n")
    done = depesche("template", "render", str(tmp_path / "bad.mustache"),
                    str(tmp_path / "d.json"), status=65)
    assert b"bad.mustache:2" in done.stderr and b"open" in done.stderr
    (tmp_path / "rest.mustache").write_text("{{/list}}")
    done = depesche("template", "render", str(tmp_path / "t.mustache"), str(tmp_path / "d.json"),
                    "--partials", str(tmp_path), status=65)
    assert f"{tmp_path}/rest.mustache:1:1: ".encode() in done.stderr


def test_init_makes_an_instance_that_passes_its_own_check(tmp_path):
    folder = tmp_path / "neu"
    depesche("init", str(folder))
    assert {"depesche.conf", "depesche.keys", "depesche.db", "templates", "subscribers"} <= {
        path.name for path in folder.iterdir()}
    assert (folder / "depesche.keys").stat().st_mode & 0o077 == 0
    depesche("config", "check", cwd=folder)
    depesche("-n", "send", cwd=folder)
    before = (folder / "depesche.conf").read_bytes(), (folder / "depesche.keys").read_bytes()
    (folder / "depesche.conf").write_bytes(before[0] + b"# mine\n")
    depesche("init", str(folder))
    assert (folder / "depesche.conf").read_bytes() == before[0] + b"# mine\n"
    assert (folder / "depesche.keys").read_bytes() == before[1]


MISTAKES = {
    "an unknown key, with the one that was meant": (
        'language = "de";', 'langauge = "de";', [b"langauge", b"language"]),
    "a wrong type": ('hour = "06:00";', "hour = true;", [b"hour"]),
    "a bad hour": ('hour = "06:00";', 'hour = "25:00";', [b"25:00"]),
    "a bad zone": ("Europe/Berlin", "Europe/Berln", [b"Berln"]),
    "a bad address": ("<redaktion@news.example.org>", "<redaktion@@x>", [b"from"]),
    "an address of our own beyond ASCII": (
        "<redaktion@news.example.org>", "<rédaktion@news.example.org>", [b"from", b"ASCII"]),
    "a bad filter": ('filter = "ki"', 'filter = "ki and ("', [b"column", b"filter"]),
    "a missing key": ('title = "Der Morgenüberblick";', "", [b"title"]),
    "a bad URL": ('url = "http://127', 'url = "gopher://127', [b"url"]),
    "a syntax error": ("relays = (", "relays = = (", [b"syntax"]),
    "a template that is not there": ('zone = "Europe/Berlin";',
                                     'zone = "Europe/Berlin"; template = "fehlt";', [b"fehlt"]),
    "a number out of range": ('zone = "Europe/Berlin";',
                              'zone = "Europe/Berlin"; max_articles = 0;', [b"max_articles"]),
    "a key twice": ('zone = "Europe/Berlin";',
                    'zone = "Europe/Berlin"; zone = "UTC";', [b"zone"]),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_config_check_names_file_line_and_key(http, new_instance, name):
    right, wrong, words = MISTAKES[name]
    instance = new_instance({"hafenblatt": http.url("/feed.xml")}, topics={"ki": "ki"},
                            people=people(1))
    instance.run("config", "check")
    config = instance.folder / "depesche.conf"
    text = config.read_text()
    assert right in text
    config.write_text(text.replace(right, wrong, 1))
    done = instance.run("config", "check", status=78)
    said = done.stdout + done.stderr
    assert b"depesche.conf:" in said
    for word in words:
        assert word in said, said
    line = 1 + text[:text.index(right)].count("\n")
    lines = [int(each.split(b"depesche.conf:")[1].split(b":")[0]) for each in said.splitlines()
             if b"depesche.conf:" in each]
    if name == "a missing key":
        assert any(abs(line - each) <= 1 for each in lines), (line, said)
    else:
        assert line in lines, (line, said)
    instance.run("run", status=78)


def test_a_mistake_in_a_template_keeps_no_feed_from_being_fetched(http, new_instance):
    http.documents["/feed.xml"] = rss("Hafenblatt", [item(1)])
    instance = new_instance({"hafenblatt": http.url("/feed.xml")}, people=people(1))
    template = next((instance.folder / "templates").rglob("digest.html.mustache"))
    text = template.read_text()
    template.write_text(text + "{{#open}}")
    for words in (("config", "check"), ("run",), ("send",)):
        done = instance.run(*words, status=78)
        assert b"digest.html.mustache" in done.stdout + done.stderr, done
    instance.run("fetch")
    assert json.loads(instance.run("feed", "list", "--json").stdout)[0]["articles"] == 1
    template.write_text(text)
    instance.run("run")


def test_config_check_looks_for_the_roster(http, new_instance):
    instance = new_instance({"hafenblatt": http.url("/feed.xml")}, people=people(1))
    (instance.folder / "people.conf").unlink()
    done = instance.run("config", "check", status=78)
    assert b"depesche.conf:" in done.stderr + done.stdout and b"people.conf" in done.stderr + done.stdout


def test_usage_mistakes_exit_64():
    for words in (("rnu",), ("run", "--nosuch"), ("feed", "ad"), ("subscriber", "add")):
        done = depesche(*words, status=64)
        assert done.stdout == b"" and done.stderr
    assert b"run" in depesche("rnu", status=64).stderr
    assert b"depesche" in depesche("help").stdout
    assert b"--topic" in depesche("help", "post").stdout
    assert depesche("version").stdout.startswith(b"depesche ")


def test_without_a_configuration_it_says_where_it_looked(tmp_path):
    done = subprocess.run([str(BINARY), "run"], capture_output=True, cwd=tmp_path,
                          env={"HOME": str(tmp_path), "PATH": "/usr/bin"})
    assert done.returncode == 78 and b"depesche.conf" in done.stderr


def test_feed_add_list_remove(http, new_instance):
    http.documents["/a.xml"] = rss("A", [item(1)])
    http.documents["/b.xml"] = rss("B", [item(2)])
    instance = new_instance({"a": http.url("/a.xml")}, people=people(1))
    instance.run("feed", "add", http.url("/b.xml"), "--name", "b", "--allow-private")
    instance.run("run")
    assert {each["name"] for each in instance.json("feed", "list")} == {"a", "b"}
    assert {each["feed"] for each in instance.json("article", "list")} == {"a", "b"}
    instance.run("feed", "remove", "b")
    assert {each["name"] for each in instance.json("feed", "list")} == {"a"}
    instance.run("feed", "remove", "nosuch", status=65)


def test_instances_are_told_apart_by_folder(http, new_instance):
    instance = new_instance({"a": http.url("/a.xml")}, people=people(1))
    assert isinstance(instance, Instance)
    done = subprocess.run([str(BINARY), "config", "check"], cwd=instance.folder,
                          capture_output=True)
    assert done.returncode == 0, done.stderr


def test_article_group_names_the_story_of_each(tmp_path):
    titles = {"1": "Kran stürzt auf Schulhof in Bremen", "2": "Regen im Süden",
              "3": "Bremen: Umgestürzter Kran trifft Schulhof"}
    lines = [json.dumps({"id": id, "title": title, "published": f"2026-11-23T0{id}:00:00Z",
                         "language": "de"}) for id, title in titles.items()]
    file = tmp_path / "articles.jsonl"
    file.write_text("\n".join(lines) + "\n\n")
    done = depesche("article", "group", "--json", str(file))
    assert json.loads(done.stdout) == {"1": "1", "2": "2", "3": "1"}
    apart = depesche("article", "group", "--json", "--hours", "1", str(file))
    assert json.loads(apart.stdout) == {"1": "1", "2": "2", "3": "3"}
    marked = b"\xef\xbb\xbf" + file.read_bytes().replace(
        b'"2026-11-23T02:00:00Z"', b"1795399200000").replace(b'"2026-11-23T03:00:00Z"', b'"1795402800"')
    assert depesche("article", "group", "--json", "-", stdin=marked).stdout == done.stdout
    people = depesche("article", "group", "-", stdin=file.read_bytes()).stdout.decode()
    assert titles["1"] in people and titles["2"] not in people


@pytest.mark.parametrize("line, mistake", [
    ("[]", "no id"), ('{"id": 1}', "no title"), ('{"id": 1, "title": "x"}', "no date"),
    ('{"id": 1, "title": "x", "published": 9223372036854775807}', "no date"), ('{"id": "7"}', "second time"), ("{", "line 2"),
])
def test_article_group_says_what_is_wrong(line, mistake):
    good = '{"id": 7, "title": "x", "published": 0}\n'
    done = depesche("article", "group", "-", stdin=(good + line).encode(), status=65)
    assert b"line 2: " in done.stderr and mistake.encode() in done.stderr


def test_templates_are_listed_and_checked(tmp_path):
    templates = str(SOURCE / "templates")
    listed = json.loads(depesche("template", "list", "--folder", templates, "--json").stdout)
    assert [each["template"] for each in listed] == ["magazine", "news", "plain"]
    assert depesche("template", "check", "--folder", templates).stdout == b""
    values = json.loads(depesche("template", "values", "--json").stdout)
    assert {"name": "topics.articles.title", "kind": "text"} in values

    (tmp_path / "own").mkdir()
    (tmp_path / "strings").mkdir()
    (tmp_path / "strings" / "en.json").write_text("{}")
    (tmp_path / "own" / "digest.html.mustache").write_text("{{newsletter.titel}}\n{{{headline}}}")
    done = depesche("template", "check", "own", "--folder", str(tmp_path), status=65)
    lines = done.stdout.decode().splitlines()
    assert lines[0].startswith("own/digest.html.mustache:1:1: ") and '"title"?' in lines[0]
    assert lines[1].startswith("own/digest.html.mustache:2:1: ")
    assert f"{len(lines)} things to look at".encode() in done.stderr
    assert b"other" in depesche("template", "check", "other", "--folder", str(tmp_path),
                                status=65).stderr


@pytest.mark.parametrize("words", [
    ["version"], ["--version"], ["help"], ["--help"], ["help", "inbound"], ["inbound", "-h"], [],
    ["inbound", "poll", "-c", "/nowhere/x"], ["fedd", "list"], ["feed", "show", "/nowhere/x"],
    ["inbound", "--recipeint", "x"], ["inbound", "now"], ["--recipeint", "x", "inbound"],
    ["inbound", "-c", "/nowhere/x"]])
def test_the_whole_program_says_the_same(words):
    """The one that is called takes in mails by itself and becomes the other for the rest."""
    called, whole = (subprocess.run([program, *words], input=b"", capture_output=True)
                     for program in (BINARY, MAIN))
    assert (called.returncode, called.stdout, called.stderr) == (
        whole.returncode, whole.stdout, whole.stderr)


def test_the_whole_program_is_found_beside_the_one_that_is_called(tmp_path):
    link = tmp_path / "news"
    link.symlink_to(BINARY)
    for called in ([link], ["news"]):
        done = subprocess.run([*called, "version"], capture_output=True, cwd="/",
                              env={"PATH": str(tmp_path)})
        assert done.returncode == 0 and done.stdout.startswith(b"depesche "), done.stderr


def test_without_the_whole_program_mails_are_taken_in_all_the_same(tmp_path):
    alone = shutil.copy(BINARY, tmp_path)
    done = subprocess.run([alone, "-n", "inbound"], input=b"From: a@b.example\n\n",
                          capture_output=True, cwd=tmp_path,
                          env={"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)})
    assert (done.returncode, done.stdout) == (0, b"other\n"), done.stderr
    for words in (["run"], ["inbound", "poll"], ["inbound", "--recipeint", "x"]):
        done = subprocess.run([alone, *words], input=b"", capture_output=True)
        assert done.returncode == 75 and done.stdout == b""
        [line] = done.stderr.decode().splitlines()
        assert line == (f'depesche: cannot run "{tmp_path}/depesche-main", which has all commands '
                        "but inbound: No such file or directory")


def test_a_closed_descriptor_is_nobody_elses(mailing, smtp):
    """Else the lock would be standard error, and hold what is said there."""
    instance = mailing([item(0)], people=people(1))
    lock = instance.folder / "depesche.db.lock"
    done = subprocess.run(instance.command("--verbose", "run"), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          preexec_fn=lambda: os.close(2))
    assert done.returncode == 0
    assert len(smtp.mails) == 1
    assert lock.read_text().strip().isdigit()
