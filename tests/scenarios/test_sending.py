"""What an SMTP relay may do to a run, and what the ledger makes of it."""

import ssl
import subprocess
import time

import pytest

import servers
from conftest import plain_relay
from instance import IMPORT, item, people


def test_refused_and_deferred_recipients_do_not_stop_the_others(mailing, smtp):
    instance = mailing([item(1)], people=people(6))
    smtp.say("RCPT", "p1@example.org", "550 5.1.1 no such user here")
    smtp.say("RCPT", "p3@example.org", "450 4.2.0 greylisted, come back")
    smtp.say("DOT", "p4@example.org", "552 5.2.2 mailbox full")
    instance.run("run")
    assert smtp.recipients() == ["p0@example.org", "p2@example.org", "p5@example.org"]
    states = {each["address"]: each for each in instance.json("delivery", "list")}
    assert states["p1@example.org"]["state"] == "refused"
    assert states["p1@example.org"]["code"] == 550
    assert states["p1@example.org"]["status"] == "5.1.1"
    assert "no such user here" in states["p1@example.org"]["note"]
    assert states["p3@example.org"]["state"] == "deferred"
    assert "greylisted" in states["p3@example.org"]["note"]
    assert states["p4@example.org"]["state"] == "refused"
    assert states["p0@example.org"]["state"] == "sent"

    smtp.obey()
    instance.run("run", at="2026-11-23T07:10:00Z")
    assert smtp.recipients().count("p3@example.org") == 1, "the deferred one is tried again"
    instance.run("run", at="2026-11-23T09:00:00Z")
    assert len(smtp.recipients()) == 4, "the refused ones are not"


def test_the_envelope_and_the_body_arrive_byte_for_byte(mailing, smtp):
    instance = mailing([item(1, description="\n.\n..\n.x\nFrom here\n")], people=people(1),
                       more="")
    instance.run("run")
    [mail] = smtp.mails
    assert mail.sender == "redaktion@news.example.org"
    preview = instance.run("issue", "preview", "1", "--as", "p0@example.org", "--format",
                           "eml").stdout
    assert mail.data == preview


@pytest.mark.parametrize("phase", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "BODY"])
def test_a_connection_lost_before_the_dot_loses_and_repeats_nothing(mailing, smtp, phase):
    instance = mailing([item(1)], people=people(5))
    smtp.say(phase, None, "drop", times=1)
    instance.run("run", status=None)
    instance.run("run", at="2026-11-23T07:30:00Z")
    assert smtp.recipients() == sorted(f"p{i}@example.org" for i in range(5))


@pytest.mark.parametrize("policy, copies", [("resend", 2), ("hold", 1), ("drop", 1)])
def test_a_reply_lost_after_the_dot_is_uncertain(mailing, smtp, policy, copies):
    instance = mailing([item(1)], people=people(3), more=f'on_uncertain = "{policy}";')
    smtp.say("DOT", "p1@example.org", "swallow", times=1)
    instance.run("run", status=None)
    uncertain = [each for each in instance.json("delivery", "list")
                 if each["state"] == "uncertain"]
    assert [each["address"] for each in uncertain] == ["p1@example.org"]
    instance.run("run", at="2026-11-23T07:30:00Z")
    assert smtp.recipients().count("p1@example.org") == copies
    assert smtp.recipients().count("p0@example.org") == 1
    assert smtp.recipients().count("p2@example.org") == 1
    same = {mail.data for mail in smtp.mails if mail.recipient == "p1@example.org"}
    assert len(same) == 1, "the same bytes and Message-ID again"
    [record] = [each for each in instance.json("delivery", "list")
                if each["address"] == "p1@example.org"]
    assert record["state"] == {"resend": "sent", "hold": "held", "drop": "dropped"}[policy]


def test_retry_sends_what_waits(mailing, smtp):
    instance = mailing([item(1)], people=people(4), more='on_uncertain = "hold";')
    smtp.say("DOT", "p1@example.org", "swallow", times=1)
    smtp.say("RCPT", "p2@example.org", "450 4.2.0 later", times=1)
    instance.run("run")
    instance.run("run", at="2026-11-23T07:00:02Z")  # the uncertain one is held, the other waits
    assert smtp.recipients() == ["p0@example.org", "p1@example.org", "p3@example.org"]
    [issue] = instance.json("issue", "list")
    assert issue["state"] == "open", "not every delivery is in a final state"
    instance.run("-n", "send", "--retry", at="2026-11-23T07:00:04Z")
    instance.run("send", "--retry", at="2026-11-23T07:00:04Z")
    assert smtp.recipients().count("p1@example.org") == 2
    assert smtp.recipients().count("p2@example.org") == 1
    assert len(smtp.mails) == 5
    [issue] = instance.json("issue", "list")
    assert issue["state"] == "finished"


@pytest.mark.parametrize("connections, most", [(1, 3), (5, 15)])
def test_a_relay_that_never_answers_the_dot_stops_the_run(mailing, smtp, connections, most):
    instance = mailing([item(1)], people=people(60),
                       relay=plain_relay(smtp) + f"connections = {connections};")
    smtp.say("DOT", None, "swallow")
    instance.run("run", status=75)
    lost = len(smtp.mails)
    assert 3 <= lost <= most, "the rest is not made uncertain as well"
    smtp.obey()
    instance.run("run", at="2026-11-23T10:00:00Z")
    assert len(set(smtp.recipients())) == 60 and len(smtp.mails) == 60 + lost


def test_a_relay_that_blames_us_stops_the_run_and_nobody_bounces(mailing, smtp):
    instance = mailing([item(1)], people=people(9))
    smtp.say("MAIL", None, "550 5.7.1 sender not allowed")
    done = instance.run("run", status=75)
    assert b"sender not allowed" in done.stderr
    assert smtp.mails == []
    assert all(each["state"] == "deferred" for each in instance.json("delivery", "list"))
    smtp.obey()
    instance.run("run", at="2026-11-23T10:00:00Z")
    assert len(set(smtp.recipients())) == 9 and len(smtp.mails) == 9


def test_a_relay_that_is_down_stops_the_run_with_75(mailing):
    instance = mailing([item(1)], people=people(2),
                       relay=f'url = "smtp://127.0.0.1:{servers.free_port()}"; tls = "none";')
    done = instance.run("run", status=75)
    assert b"relay" in done.stderr
    assert instance.json("delivery", "list") == [], "no intent without a connection"


def test_a_second_run_at_the_same_time_exits_75_at_once(mailing, smtp):
    instance = mailing([item(1)], people=people(2))
    smtp.say("DOT", None, "421 4.3.2 wait", times=0)
    lock = instance.folder / "depesche.db.lock"
    instance.run("fetch")
    holder = subprocess.Popen(["flock", str(lock), "sleep", "30"])
    try:
        deadline = time.monotonic() + 10
        while subprocess.run(["flock", "-n", str(lock), "true"]).returncode == 0:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        done = instance.run("run", status=75)
        assert b"at work" in done.stderr
        assert smtp.mails == []
    finally:
        holder.terminate()
        holder.wait()


def test_starttls_and_auth(mailing, certificate):
    cert, context = certificate
    server = servers.Smtp(starttls=context, auth=("digest", "geheim, ja"))
    instance = mailing([item(1)], people=people(3),
                       relay=f'url = "smtp://localhost:{server.port}"; ca_file = "{cert}"; '
                             f'user = "digest"; password = "geheim, ja";')
    instance.run("run")
    assert len(server.mails) == 3
    assert all(mail.tls and mail.user == "digest" for mail in server.mails)
    server.close()


def test_smtps(mailing, certificate):
    cert, context = certificate
    server = servers.Smtp(tls=context)
    instance = mailing([item(1)], people=people(2),
                       relay=f'url = "smtps://localhost:{server.port}"; ca_file = "{cert}";')
    instance.run("run")
    assert len(server.mails) == 2
    server.close()


def test_a_certificate_of_ours_where_the_relay_wants_one(mailing, certificate, tmp_path):
    import mta
    cert, key = mta.certificate(tmp_path, "sender.example.org")
    context = servers.tls(*(certificate[0].parent / name for name in ("cert.pem", "key.pem")))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cert)
    server = servers.Smtp(starttls=context)
    url = f'url = "smtp://localhost:{server.port}"; ca_file = "{certificate[0]}";'
    instance = mailing([item(1)], people=people(2), relay=url)
    instance.run("run", status=75)
    assert server.mails == []
    instance = mailing([item(1)], people=people(2),
                       relay=url + f'client_cert = "{cert}"; client_key = "{key}";')
    instance.run("run")
    assert len(server.mails) == 2
    server.close()


def test_a_wrong_password_stops_the_run(mailing, certificate):
    cert, context = certificate
    server = servers.Smtp(starttls=context, auth=("digest", "richtig"))
    instance = mailing([item(1)], people=people(2),
                       relay=f'url = "smtp://localhost:{server.port}"; ca_file = "{cert}"; '
                             f'user = "digest"; password = "falsch";')
    done = instance.run("run", status=75)
    assert server.mails == [] and b"535" in done.stderr
    assert b"falsch" not in done.stderr
    server.close()


def test_never_in_clear_text_unless_the_configuration_says_so(mailing, smtp, certificate):
    instance = mailing([item(1)], people=people(2), relay=f'url = "{smtp.url}";')
    instance.run("run", status=75)
    assert smtp.mails == [] and not any(c.startswith("MAIL") for c in smtp.commands)

    _, context = certificate
    server = servers.Smtp(starttls=context)
    instance = mailing([item(1)], people=people(2),
                       relay=f'url = "smtp://localhost:{server.port}";')
    instance.run("run", status=75)
    assert server.mails == [], "a certificate that nobody vouches for"
    server.close()


def test_a_server_without_auth_gets_no_mail_when_a_user_is_configured(mailing, smtp):
    instance = mailing([item(1)], people=people(1),
                       relay=plain_relay(smtp) + 'user = "digest"; password = "x";')
    instance.run("run", status=75)
    assert smtp.mails == []


def test_replies_of_many_lines_and_over_long_ones(mailing, smtp):
    instance = mailing([item(1)], people=people(3))
    smtp.say("RCPT", "p0@example.org",
             "250-2.1.5 one\r\n250-2.1.5 two\r\n250 2.1.5 three")
    smtp.say("RCPT", "p1@example.org", "550 5.1.1 " + "gone " * 40000, times=1)
    instance.run("run", status=None)
    smtp.obey()
    instance.run("run", at="2026-11-23T08:00:00Z", status=None)
    assert smtp.recipients().count("p0@example.org") == 1
    assert smtp.recipients().count("p2@example.org") == 1
    assert smtp.recipients().count("p1@example.org") <= 1


def test_an_address_stays_one_line_in_every_command(mailing, smtp):
    instance = mailing([item(1)], people='{ address = "p0@example.org"; }')
    csv = ('address\n"evil@example.org>\r\nRCPT TO:<other@example.org"\n'
           "good@example.org\n").encode()
    instance.run(*IMPORT, "-", stdin=csv, status=None)
    instance.run("run")
    assert smtp.recipients() == ["good@example.org", "p0@example.org"]
    assert not any("other@" in command for command in smtp.commands)
