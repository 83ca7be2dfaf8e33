import os
import pathlib
import shutil
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import servers  # noqa: E402
from instance import Instance  # noqa: E402


def pytest_configure(config):
    """A folder of our own: pytest closes the one that all of a user's runs share, at any time, to
    those others whom a mail server works for."""
    if config.option.basetemp is None:
        config.option.basetemp = tempfile.mkdtemp(prefix="depesche-")


def pytest_sessionfinish(session, exitstatus):
    if exitstatus == 0:  # else it is wanted for a look
        shutil.rmtree(session.config.option.basetemp, ignore_errors=True)


@pytest.fixture
def http():
    server = servers.Http()
    yield server
    server.close()


@pytest.fixture
def smtp():
    server = servers.Smtp()
    yield server
    server.close()


@pytest.fixture
def far():
    server = servers.Far()
    yield server
    server.close()


@pytest.fixture
def slow():
    """A server whose mails take a while, so that there is time to do something meanwhile."""
    server = servers.Slow(0.05)
    yield server
    server.close()


@pytest.fixture
def new_instance(tmp_path):
    """Makes instances in folders of their own; the relay is a Maildir unless one is named."""
    count = 0

    def make(feeds, relay='url = "maildir:mail";', **more):
        nonlocal count
        count += 1
        folder = tmp_path / f"instance{count}"
        folder.mkdir()
        return Instance(folder, feeds, relay, **more)

    return make


def plain_relay(server):
    return f'url = "{server.url}"; tls = "none";'


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """The file of a certificate for localhost that signs itself, and a server's TLS with it."""
    from mta import certificate
    cert, key = certificate(tmp_path_factory.mktemp("certificate"))
    return cert, servers.tls(cert, key)


@pytest.fixture
def mailing(http, smtp, new_instance):
    """An instance that reads one feed of `items` and sends to `smtp`: the usual beginning."""
    from instance import rss

    def make(items, **more):
        http.documents["/feed.xml"] = rss("Hafenblatt", items)
        more.setdefault("relay", plain_relay(smtp))
        relay = more.pop("relay")
        return new_instance({"hafenblatt": http.url("/feed.xml")}, relay, **more)

    return make


@pytest.fixture
def start_postfix(tmp_path_factory):
    if os.geteuid() != 0:
        pytest.skip("Postfix's master has to be started by root")
    assert shutil.which("postfix"), "contrib/check installs it"
    from mta import Postfix, open_for_others
    started = []

    def start(**more):
        for attempt in range(3):  # somebody else may take the port before Postfix does
            folder = tmp_path_factory.mktemp("postfix")
            open_for_others(folder)
            server = Postfix(folder, **more)
            try:
                server.postfix("start")
            except AssertionError:
                if attempt == 2:
                    raise
                continue
            started.append(server)
            return server

    yield start
    for server in started:
        server.postfix("abort")
