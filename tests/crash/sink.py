"""A hostile receiver of webhooks in a process of its own: it fails, puts off, dawdles, hangs up, and remembers all."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

__all__ = ["Received", "Sink", "sink"]

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Received:
    """A delivery as it came. `taken`: whether it was kept, and so counts as done to whoever receives it."""

    id: str
    body: str
    taken: bool


class Sink:
    """The sink as its harness sees it: its address and what it has received."""

    def __init__(self, url: str, log: Path) -> None:
        self.url = f"{url}/sink"
        self._url = url
        self._log = log

    def be(self, mood: str) -> None:
        """Let it be ``hostile`` (as it is at first), ``busy`` (429 for everything) or ``calm`` from now on."""
        urllib.request.urlopen(f"{self._url}/{mood}", data=b"", timeout=10).close()

    def received(self) -> list[Received]:
        """Return all deliveries in the order in which they came."""
        return [Received(**json.loads(line)) for line in self._log.read_text(encoding="utf-8").splitlines()]


@contextmanager
def sink(folder: Path, seed: int) -> Iterator[Sink]:
    """Run a sink for the time of a block."""
    log = folder / "received.jsonl"
    log.touch()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.crash.sink", str(log), str(seed)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield Sink(f"http://127.0.0.1:{process.stdout.readline().strip()}", log)
    finally:
        process.kill()
        process.communicate()


_SURE = {"calm": 1.0, "busy": 0.15}
"""How an answer turns out that is not left to chance: see `_Handler.do_POST`."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, log: Path, seed: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.chance = random.Random(seed)
        self.mood = "hostile"
        self.writing = threading.Lock()
        self.log = log.open("a", encoding="utf-8")

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: those who call are killed amid their calls."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"] or 0)
        body = self.rfile.read(length)
        if len(body) < length:  # whoever sent it was killed amid it
            self.close_connection = True
            return
        if self.path != "/sink":
            self.server.mood = self.path.strip("/")
            self._answer(200)
            return
        with self.server.writing:
            lot = _SURE.get(self.server.mood) or self.server.chance.random()
            taken = lot >= 0.3
            told = {
                "id": self.headers["webhook-id"],
                "body": body.decode(),
                "taken": taken,
            }
            self.server.log.write(json.dumps(told) + "\n")
            self.server.log.flush()
        if lot < 0.1:
            self._answer(500)
        elif lot < 0.2:
            self._answer(429, {"Retry-After": "1"})
        elif lot < 0.3 or 0.4 > lot >= 0.35:  # hung up, before it was taken or after
            self.close_connection = True
        else:
            if lot < 0.35:
                time.sleep(0.2)
            self._answer(200)

    def _answer(self, status: int, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": "0", **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        pass


if __name__ == "__main__":
    server = _Server(Path(sys.argv[1]), int(sys.argv[2]))
    print(server.server_address[1], flush=True)
    server.serve_forever()
