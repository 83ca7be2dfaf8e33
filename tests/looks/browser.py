"""A headless Chromium, spoken to through its DevTools pipe: one page, no network.

    with Browser() as browser:
        browser.show(html, width=600, dark=False, pictures=True)
        browser.evaluate("document.title")
        browser.picture(path)

Pictures of mails are made up here, each address its own, so that nothing is asked of anybody."""

import base64
import hashlib
import json
import os
import pathlib
import shutil
import struct
import subprocess
import tempfile
import time
import zlib

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
ANSWER_SECONDS_MAX = 60
PAGE = "https://mail.example.org/"


def png(width, height, seed):
    """A landscape of two colours, so that one sees where a picture is and whether it is squeezed."""
    digest = hashlib.sha256(seed.encode()).digest()
    sky, land = bytes(150 + c // 3 for c in digest[:3]), bytes(60 + c // 3 for c in digest[3:6])
    horizon = height * (120 + digest[6] // 4) // 255
    rows = b"".join(b"\0" + (sky if y < horizon else land) * width for y in range(height))

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows))
            + chunk(b"IEND", b""))


def picture_of(url):
    """Logos are as wide as logos are; photographs have the shapes that photographs have."""
    width, height = (400, 100) if "logo" in url else (1200, 675) if "wide" in url else (800, 600)
    return png(width, height, url)


class Browser:
    def __enter__(self):
        program = next((path for path in map(shutil.which, PROGRAMS) if path), None)
        assert program, "there is no Chromium: contrib/packages.sh names the package"
        self.profile = tempfile.TemporaryDirectory(prefix="depesche-looks-")
        commands_out, self.commands = os.pipe()
        self.answers, answers_in = os.pipe()
        words = [program, "--headless=new", "--remote-debugging-pipe", "--no-sandbox",
                 "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                 "--force-color-profile=srgb", "--font-render-hinting=none",
                 f"--user-data-dir={self.profile.name}", "about:blank"]
        # Chromium reads commands from descriptor 3 and answers on 4.
        shell = f'exec "$0" "$@" 3<&{commands_out} 4>&{answers_in}'
        self.process = subprocess.Popen(["/bin/bash", "-c", shell, *words], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL,
                                        pass_fds=(commands_out, answers_in))
        os.close(commands_out)
        os.close(answers_in)
        self.buffer, self.number, self.session = b"", 0, None
        self.html, self.pictures = "", True
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.call("Page.enable")
        self.call("Fetch.enable", patterns=[{"urlPattern": "*"}])
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=ANSWER_SECONDS_MAX)
        os.close(self.commands)
        os.close(self.answers)
        shutil.rmtree(self.profile.name, ignore_errors=True)

    def message(self):
        while b"\0" not in self.buffer:
            chunk = os.read(self.answers, 1 << 20)
            assert chunk, "Chromium has ended"
            self.buffer += chunk
        text, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(text)

    def send(self, method, **parameters):
        self.number += 1
        command = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            command["sessionId"] = self.session
        os.write(self.commands, json.dumps(command).encode() + b"\0")
        return self.number

    def call(self, method, **parameters):
        number = self.send(method, **parameters)
        return self.wait(lambda message: message.get("id") == number)["result"]

    def wait(self, is_wanted):
        until = time.monotonic() + ANSWER_SECONDS_MAX
        while time.monotonic() < until:
            message = self.message()
            assert "error" not in message, message
            if message.get("method") == "Fetch.requestPaused":
                self.answer(message["params"])
            if is_wanted(message):
                return message
        raise AssertionError("Chromium does not answer")

    def answer(self, request):
        url = request["request"]["url"]
        if url != PAGE and not self.pictures:
            self.send("Fetch.failRequest", requestId=request["requestId"],
                      errorReason="BlockedByClient")
            return
        body = self.html.encode() if url == PAGE else picture_of(url)
        kind = "text/html; charset=utf-8" if url == PAGE else "image/png"
        self.send("Fetch.fulfillRequest", requestId=request["requestId"], responseCode=200,
                  responseHeaders=[{"name": "Content-Type", "value": kind}],
                  body=base64.b64encode(body).decode())

    def show(self, html, width, dark=False, pictures=True):
        self.html, self.pictures = html, pictures
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, mobile=width < 480,
                  deviceScaleFactor=1)
        self.call("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        self.send("Page.navigate", url=PAGE)
        self.wait(lambda message: message.get("method") == "Page.loadEventFired")

    def evaluate(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def picture(self, path):
        data = self.call("Page.captureScreenshot", captureBeyondViewport=True, format="jpeg",
                         quality=85, optimizeForSpeed=True)["data"]
        pathlib.Path(path).write_bytes(base64.b64decode(data))
