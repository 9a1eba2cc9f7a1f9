"""The probes of a service: whether it lives, whether it can work, and what it measures, over HTTP for machines."""

from __future__ import annotations

import contextlib
import json
import logging
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from voronka.errors import EnvironmentFault, refused_by_system
from voronka.messages import Text
from voronka.runtime.operations.exposition import CONTENT_TYPE, Exposition
from voronka.runtime.operations.readiness import Readiness

__all__ = ["Probes"]

_JSON = "application/json; charset=utf-8"
_PLAIN = "text/plain; charset=utf-8"
_AGAIN = 5
"""Seconds after which whoever was told that it is not ready may ask again."""
_log = logging.getLogger("voronka.probes")


class Probes:
    """Answers at an address from `open` to `close`. Once `stopping` is set, the service lives and is not ready.

    Raises `EnvironmentFault` if nobody may listen there.
    """

    def __init__(self, address: tuple[str, int], readiness: Readiness, exposition: Exposition) -> None:
        self.readiness = readiness
        self.exposition = exposition
        self.stopping = threading.Event()
        try:
            self._server = _Server(address, self)
        except OSError as error:
            raise EnvironmentFault(
                Text("Nothing can listen at this address. {reason}", reason=refused_by_system(error)),
                Text("Give an address of this machine and a port that is free."),
                place=("[{}]:{}" if ":" in address[0] else "{}:{}").format(*address),
            ) from error
        self._thread = threading.Thread(target=self._server.serve_forever, name="probes", daemon=True)

    @property
    def port(self) -> int:
        """The port at which they listen: the one given or, for 0, the one that the system chose."""
        return int(self._server.server_address[1])

    def open(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def close(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], probes: Probes) -> None:
        self.probes = probes
        found = socket.getaddrinfo(*address, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        # A name that has both is listened at as it always was.
        self.address_family, *_, own = min(found, key=lambda each: each[0] != socket.AF_INET)
        super().__init__((str(own[0]), int(own[1])), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 10.0
    server_version = "voronka"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer a probe."""
        try:
            answer = self._answer()
        except EnvironmentFault as fault:
            answer = 503, _PLAIN, f"{fault.reason.render()}\n"
        except Exception:
            _log.exception(Text("A request failed: {path}", path=self.path))
            answer = 503, _PLAIN, "\n"
        self._send(*answer)

    def _answer(self) -> tuple[int, str, str]:
        """Return status, type and text."""
        probes = self.server.probes
        match self.path.partition("?")[0]:
            case "/livez":
                return 200, _PLAIN, "ok\n"
            case "/readyz":
                return _ready(probes)
            case "/metrics":
                return 200, CONTENT_TYPE, probes.exposition.write()
        return 404, _PLAIN, "/livez, /readyz, /metrics\n"

    do_HEAD = do_GET  # noqa: N815 - the name is http.server's

    def _send(self, status: int, kind: str, text: str) -> None:
        content = text.encode()
        with contextlib.suppress(OSError):
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Cache-Control", "no-store")
            if status == 503:
                self.send_header("Retry-After", str(_AGAIN))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        _log.debug(format, *args)


def _ready(probes: Probes) -> tuple[int, str, str]:
    """Return status, type and text: each part by its name, with ``ok`` or what is wrong with it."""
    parts = {each.part: "ok" if each.told is None else each.told.render() for each in probes.readiness.look()}
    if probes.stopping.is_set():
        parts["service"] = Text("The service is ending.").render()
    ready = all(told == "ok" for told in parts.values())
    return 200 if ready else 503, _JSON, json.dumps({"ready": ready, "parts": parts}) + "\n"
