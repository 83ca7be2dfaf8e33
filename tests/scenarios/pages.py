"""`depesche serve` for a test, and what browsers, providers and attackers send to it."""

import http.client
import re
import socket
import subprocess
import urllib.parse

import servers


class Pages:
    """The running server of an instance; on the real clock, or on the instance's."""

    def __init__(self, instance, place="127.0.0.1:0", clock=True):
        command = instance.command("serve", "--listen", place)
        if not clock:
            del command[command.index("--at"):command.index("serve")]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.log = []
        for line in self.process.stderr:
            self.log.append(line.decode())
            found = re.search(rb"serving .* on 127\.0\.0\.1:(\d+)", line)
            if found:
                self.port = int(found.group(1))
                return
        raise AssertionError("".join(self.log))

    def close(self):
        """Ends it; whatever it complained of is returned."""
        self.process.terminate()
        _, rest = self.process.communicate(timeout=60)
        text = "".join(self.log) + rest.decode()
        assert "Sanitizer" not in text and "runtime error" not in text, text
        assert self.process.returncode == 0, (self.process.returncode, text)
        return text

    def kill(self):
        self.process.kill()
        self.process.wait()

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def ask(self, method, path, body=None, **headers):
        """One request on a connection of its own: its response with .text."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, body,
                           {name.replace("_", "-"): text for name, text in headers.items()})
        response = connection.getresponse()
        response.text = response.read().decode()
        connection.close()
        return response

    def get(self, path, **headers):
        return self.ask("GET", path, **headers)

    def post(self, path, fields, **headers):
        return self.ask("POST", path, urllib.parse.urlencode(fields, doseq=True),
                        Content_Type="application/x-www-form-urlencoded", **headers)

    def one_click(self, path, multipart=False, **headers):
        """As a mailbox provider does it (RFC 8058, 3.2)."""
        if not multipart:
            return self.post(path, {"List-Unsubscribe": "One-Click"}, **headers)
        body = ('--x0x0x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\n'
                "One-Click\r\n--x0x0x--\r\n")
        return self.ask("POST", path, body, Content_Type='multipart/form-data; boundary="x0x0x"',
                        **headers)


def path_of(url):
    """What of a link of a mail is asked of the server."""
    return urllib.parse.urlsplit(url).path


def unsubscribe_path(mail):
    header = servers.parse(mail.data)["List-Unsubscribe"]
    return path_of(re.search(r"<(https?:[^>]+)>", header).group(1))


def raw(pages, data):
    """Sends octets, and that no more will come, and returns all that comes back."""
    parts = []
    with pages.connect() as connection:
        connection.settimeout(2)  # who sends half a request may wait for ten seconds
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65536):
                parts.append(part)
        except OSError:
            pass
    return b"".join(parts)
