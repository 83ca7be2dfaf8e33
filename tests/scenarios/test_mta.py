"""Five hundred mails to each real server, every tenth refused: each recipient exactly once."""

import collections

import pytest

import mta
from instance import item, people

PEOPLE = 500
EVERYBODY = [f"p{i}@example.org" for i in range(PEOPLE)]
REFUSED = EVERYBODY[::10]
ACCEPTED = [each for each in EVERYBODY if each not in REFUSED]

SETTINGS = {
    "plain": 'url = "smtp://127.0.0.1:{port}"; tls = "none";',
    "lock-step": 'url = "smtp://127.0.0.1:{port}"; tls = "none"; pipelining = "off";',
    "starttls and auth": 'url = "smtp://localhost:{port}"; ca_file = "{certificate}"; '
                         f'user = "{mta.USER}"; password = "{mta.PASSWORD}";',
}


def send_to(server, mailing, way):
    relay = SETTINGS[way].format(port=server.port, certificate=server.certificate)
    instance = mailing([item(1, "Größe zählt nicht, Fähre schon"), item(2)], relay=relay,
                       people=people(PEOPLE))
    for hour in (7, 8):
        done = instance.run("run", at=f"2026-11-23T{hour:02d}:00:00Z")
    mails = server.delivered(len(ACCEPTED))
    counts = collections.Counter(str(mail["To"]) for mail in mails)
    assert counts == {each: 1 for each in ACCEPTED}, done.stderr
    assert len({mail["Message-ID"] for mail in mails}) == len(ACCEPTED)
    records = instance.json("delivery", "list", "--limit", "0")
    states = collections.Counter(each["state"] for each in records)
    assert states == {"sent": len(ACCEPTED), "refused": len(REFUSED)}
    refused = [each for each in records if each["state"] == "refused"]
    assert sorted(each["address"] for each in refused) == sorted(REFUSED)
    assert all(500 <= each["code"] <= 559 for each in refused)
    return refused


@pytest.mark.parametrize("way", SETTINGS)
def test_postfix(mailing, start_postfix, way):
    server = start_postfix(refused=REFUSED, auth="auth" in way)
    refused = send_to(server, mailing, way)
    assert all("no such person" in each["note"] for each in refused)
    assert {each["status"] for each in refused} == {"5.1.1"}


@pytest.fixture
def start_unpacked(tmp_path):
    started = []

    def start(kind):
        why = mta.unpacked_is_usable(kind)
        if why is not None:
            pytest.skip(why)
        folder = tmp_path / "server"
        folder.mkdir()
        server = kind(folder, ACCEPTED)
        started.append(server)
        server.start()
        return server

    yield start
    for server in started:
        server.stop()


@pytest.mark.parametrize("kind, way", [(mta.Exim, "plain"), (mta.Exim, "starttls and auth"),
                                       (mta.OpenSmtpd, "plain")])
def test_others(mailing, start_unpacked, kind, way):
    server = start_unpacked(kind)
    try:
        refused = send_to(server, mailing, way)
    except AssertionError:
        print(server.words())
        raise
    assert all(each["note"] for each in refused)
