"""Chromium, spoken to through a pipe: opens pages and tells what they asked for and complained of."""

import fcntl
import json
import os
import shutil
import subprocess
from contextlib import contextmanager

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def program():
    """The browser of this machine, None where there is none."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


class Browser:
    """One Chromium with one tab."""

    def __init__(self, reading, writing):
        self._in, self._out = reading, writing
        self._count, self._session = 0, None
        self.told = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method, **params):
        self._count += 1
        message = {"id": self._count, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        self._out.write(json.dumps(message).encode() + b"\0")
        self._out.flush()
        while True:
            answer = self._read()
            if answer.get("id") == self._count:
                assert "error" not in answer, answer
                return answer["result"]

    def _read(self):
        read = bytearray()
        while (sign := self._in.read(1)) != b"\0":
            assert sign, "the browser has ended"
            read += sign
        message = json.loads(read)
        if "method" in message:
            self.told.append((message["method"], message["params"]))
        return message

    def open(self, address):
        """Open a page and wait until it is loaded, its code run."""
        self.told.clear()
        self.call("Page.navigate", url=address)
        while "Page.loadEventFired" not in [method for method, _ in self.told]:
            self._read()

    def evaluate(self, code):
        return self.call("Runtime.evaluate", expression=code, returnByValue=True)["result"].get("value")

    def complaints(self):
        """What the page's code, or the browser about it, complained of."""
        return [params for method, params in self.told if method in {"Runtime.exceptionThrown", "Log.entryAdded"}]

    def requests(self):
        return [params["request"]["url"] for method, params in self.told if method == "Network.requestWillBeSent"]


@contextmanager
def browser(folder):
    """Run a browser that keeps what it keeps in `folder`."""
    (to_it, ours_out), (ours_in, from_it) = os.pipe(), os.pipe()
    theirs = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (to_it, from_it)]

    def wire():
        for place, end in enumerate(theirs, 3):
            os.dup2(end, place)

    process = subprocess.Popen(
        [
            program(),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--remote-debugging-pipe",
            f"--user-data-dir={folder}",
        ],
        preexec_fn=wire,
        close_fds=False,
        stderr=subprocess.DEVNULL,
    )
    for end in (to_it, from_it, *theirs):
        os.close(end)
    with os.fdopen(ours_in, "rb") as reading, os.fdopen(ours_out, "wb") as writing:
        try:
            yield Browser(reading, writing)
        finally:
            process.terminate()
            process.wait(10)
