"""Letters by hand: what they say of themselves before their text."""

import email
import email.policy

PEOPLE = """
  { address = "anna@example.org"; topics = [ "ki" ]; },
  { address = "bert@example.org"; topics = [ "hafen" ]; },
  { address = "cora@example.org"; language = "en"; }"""

TOPICS = {"ki": "sprachmodell*", "hafen": "hafen", "kino": "film"}


def letter(instance, matter, text="Guten Tag, **alle**!"):
    path = instance.folder / "brief.md"
    lines = "".join(f"{key}: {value}\n" for key, value in matter.items())
    path.write_text(f"---\n{lines}---\n{text}\n")
    return str(path)


def mails(instance):
    folder = instance.folder / "mail" / "new"
    found = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
             for path in (folder.iterdir() if folder.exists() else [])]
    return {mail["To"].addresses[0].addr_spec.split("@")[0]: mail for mail in found}


def test_topics_and_language(new_instance):
    instance = new_instance({}, people=PEOPLE, topics=TOPICS)
    instance.run("post", letter(instance, {"subject": '"Umzug: jetzt"', "topics": "[ki, kino]",
                                           "language": "en"}))
    sent = mails(instance)
    assert sorted(sent) == ["anna", "cora"]
    assert sent["anna"]["Subject"] == "Umzug: jetzt" and sent["anna"]["Content-Language"] == "en"


def test_one_address_and_options_win(new_instance):
    instance = new_instance({}, people=PEOPLE, topics=TOPICS)
    instance.run("post", letter(instance, {"subject": "Nur du", "to": "anna@example.org"}),
                 "--to", "Bert@example.org", "--subject", "Nur Bert")
    [(name, mail)] = mails(instance).items()
    assert name == "bert" and mail["Subject"] == "Nur Bert"
    done = instance.run("post", letter(instance, {"subject": "x", "to": "dora@example.org"}), status=64)
    assert b"dora@example.org" in done.stderr


def test_a_letter_waits_for_its_time(new_instance):
    instance = new_instance({}, people=PEOPLE, topics=TOPICS)
    # Half past six in Berlin.
    instance.run("post", letter(instance, {"subject": "Morgen", "send": "2026-11-24 06:30"}))
    instance.run("run", at="2026-11-24T05:29:00Z")
    assert mails(instance) == {}
    instance.run("run", at="2026-11-24T05:30:00Z")
    assert sorted(mails(instance)) == ["anna", "bert", "cora"]


def test_mistakes_are_told(new_instance):
    instance = new_instance({}, people=PEOPLE, topics=TOPICS)
    for matter, status, word in [({"subjekt": "x"}, 65, b'is "subject" meant?'),
                                 ({"topics": "ki"}, 64, b"needs a subject"),
                                 ({"subject": "x", "topics": "kii"}, 64, b"kii"),
                                 ({"subject": "x", "send": "bald"}, 64, b"bald")]:
        done = instance.run("post", letter(instance, matter), status=status)
        assert word in done.stderr
    assert mails(instance) == {}
