"""A thousand people, a real Postfix, and every twentieth address bounces after the mail was taken."""

import os
import pwd
import shutil
import time

from instance import BINARY, item, people, rss
from mta import open_for_others

COUNT = 1000
LOST = [f"p{i}@example.org" for i in range(0, COUNT, 20)]

# Ends the program at some moment of every third message, as a power cut would; the mail server is told
# to try again, as by whatever wakes up after that.
KILLER = """#!/bin/sh
exec 3<&0
{program} "$@" <&3 &
pid=$!
chance=$(od -An -N1 -tu1 /dev/urandom)
if [ $((chance % 3)) -eq 0 ]; then
    sleep 0.$((chance % 4))$((chance % 10))
    kill -9 $pid 2>/dev/null && echo killed >>{count}
fi
wait $pid
status=$?
[ $status -lt 128 ] || exit 75
exit $status
"""


def bounces_of(instance):
    """How many bounces each person has, as the state knows them."""
    import sqlite3
    with sqlite3.connect(f"file:{instance.folder}/depesche.db?mode=ro", uri=True) as database:
        return dict(database.execute(
            "SELECT subscriber.address, COUNT(*) FROM bounce "
            "JOIN subscription ON subscription.id = bounce.subscription_id "
            "JOIN subscriber ON subscriber.id = subscription.subscriber_id GROUP BY 1"))


def test_reports_flow_back_through_the_pipe(mailing, start_postfix, http, tmp_path):
    kills = tmp_path / "kills"
    kills.touch()
    kills.chmod(0o666)
    program = tmp_path / "depesche"
    shutil.copy(BINARY, program)
    killer = tmp_path / "killer"
    killer.write_text(KILLER.format(program=program, count=kills))
    killer.chmod(0o755)
    open_for_others(tmp_path)

    instance = mailing([item(1)], people=people(COUNT), relay='url = "null:";',
                       inbound='bounce = "bounce@news.example.org";',
                       more="bounces = { dead_hours = 0; };")
    postfix = start_postfix(lost=LOST, inbound=(
        str(killer), "-c", str(instance.folder / "depesche.conf"), "inbound"))
    instance.relay = f'url = "smtp://127.0.0.1:{postfix.port}"; tls = "none"; connections = 20;'
    instance.write()
    nobody = pwd.getpwnam("nobody")
    for day in (1, 2):
        at = f"2026-11-{22 + day}T07:00:00Z"
        http.documents["/feed.xml"] = rss("Hafenblatt", [
            item(day, pubDate=f"Mon, {22 + day} Nov 2026 05:00:00 +0000")])
        instance.run("run", at=at)
        for path in [instance.folder, *instance.folder.rglob("*")]:
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
        open_for_others(instance.folder)
        deadline = time.monotonic() + 90
        while (time.monotonic() < deadline and
               bounces_of(instance) != dict.fromkeys(LOST, day)):
            time.sleep(0.2)
        assert bounces_of(instance) == dict.fromkeys(LOST, day), \
            (postfix.folder / "maillog").read_text()[-5000:]
    time.sleep(3)  # what was killed comes once more
    assert bounces_of(instance) == dict.fromkeys(LOST, 2)
    states = {each["address"]: each["state"]
              for each in instance.json("subscriber", "list", "--limit", str(COUNT))}
    assert [address for address in states if states[address] == "suspended"] == LOST
    assert list(states.values()).count("active") == COUNT - len(LOST)
    assert kills.read_text() != ""
