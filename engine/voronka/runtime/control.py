"""The control endpoint: the running service takes commands and questions from this machine, over HTTP on 127.0.0.1.

One request, one connection. A request is a POST of a JSON object with the token of the control file; an answer is
``{"result": …}`` or ``{"error": …}`` on one line; long work sends lines of ``{"progress": …}`` before it.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from voronka.errors import EnvironmentFault, UsageFault, VoronkaError
from voronka.failpoints import failpoint
from voronka.messages import Text
from voronka.runtime.client import Client
from voronka.runtime.commanding import LARGEST_REQUEST
from voronka.runtime.remote import CONTROL, HOST, ControlAddress
from voronka.runtime.words import fault_to_json

__all__ = ["ControlEndpoint"]

_STATUS = {2: 422, 4: 409, 5: 503}
# Seconds after which a request that found the database away or the disk full may come again.
_AGAIN = 5
_REFUSAL_STATUS = {"key_conflict": 409, "stale": 412}
_log = logging.getLogger("voronka.control")


class ControlEndpoint:
    """Serves a client's questions from `open` to `close`."""

    def __init__(self, client: Client, state: Path, token: str) -> None:
        self.client = client
        self.token = token
        self.stopping = threading.Event()
        self._state = state
        self._telling = threading.Lock()
        self._busy = 0
        self._idle = threading.Condition()
        self._server = _Server((HOST, 0), self)
        self._thread = threading.Thread(target=self._server.serve_forever, name="control", daemon=True)

    @property
    def port(self) -> int:
        """The port that the system chose."""
        return int(self._server.server_address[1])

    @property
    def _address(self) -> ControlAddress:
        return ControlAddress(port=self.port, token=self.token)

    def open(self) -> None:
        """Begin to serve, then say where."""
        self._thread.start()
        self.announce()

    def announce(self) -> None:
        """Say in the control file where the service listens, unless it says so already or the service is ending.

        The file appears whole, readable by its owner alone.
        """
        path = self._state / CONTROL
        with self._telling:
            if self.stopping.is_set() or ControlAddress.read(self._state) == self._address:
                return
            draft = path.with_suffix(".part")
            draft.unlink(missing_ok=True)
            file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(file, "w", encoding="utf-8") as writer:
                json.dump({"port": self.port, "token": self.token, "pid": os.getpid()}, writer)
            draft.replace(path)
            failpoint("service.announced")

    def close(self, patience: float) -> None:
        """Take no more requests, wait up to `patience` seconds for those under way, and remove the control file."""
        with self._telling:
            self.stopping.set()
            (self._state / CONTROL).unlink(missing_ok=True)
        self._server.shutdown()
        with self._idle:
            self._idle.wait_for(lambda: self._busy == 0, timeout=patience)
        self._server.server_close()

    @contextlib.contextmanager
    def busy(self) -> Iterator[None]:
        """Count a request that `close` has to wait for."""
        with self._idle:
            self._busy += 1
        try:
            yield
        finally:
            with self._idle:
                self._busy -= 1
                self._idle.notify_all()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # Connections that may wait to be taken: with the library's 5, clients that come at once are turned away.
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], endpoint: ControlEndpoint) -> None:
        super().__init__(address, _Handler)
        self.endpoint = endpoint


class _RequestError(Exception):
    """A request that is not taken: its HTTP status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 60
    server_version = "voronka"
    sys_version = ""

    def do_POST(self) -> None:
        with self.server.endpoint.busy():
            try:
                answer = self._answer_of(self._body())
            except _RequestError as refused:
                self.send_error(refused.status)
                return
            self._respond(answer)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer a request that is not taken in JSON, as every other; http.server calls it, too."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self._send(code, {"error": fault_to_json(_untaken(code))})

    def _body(self) -> Mapping[str, Any]:
        given = self.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, f"Bearer {self.server.endpoint.token}".encode()):
            raise _RequestError(401)
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            raise _RequestError(411)
        if len(length) > 10 or int(length) > LARGEST_REQUEST:
            raise _RequestError(413)
        try:
            body = json.loads(self.rfile.read(int(length)), object_pairs_hook=_unique, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            raise _RequestError(400) from None
        if not isinstance(body, dict):
            raise _RequestError(400)
        return body

    def _answer_of(self, body: Mapping[str, Any]) -> Callable[[Callable[[Mapping[str, Any]], None]], Any]:
        client = self.server.endpoint.client
        name, params = body.get("name", ""), body.get("params", {})
        if not isinstance(name, str) or not isinstance(params, dict):
            raise _RequestError(400)
        match self.path:
            case "/ping":
                return lambda _: {}
            case "/execute":
                return lambda _: client.execute(body)
            case "/query":
                return lambda _: client.query(name, params)
            case "/warnings":
                return lambda _: client.warnings()
            case "/work":
                return lambda progress: client.work(name, params, progress)
        raise _RequestError(404)

    def _respond(self, answer: Callable[[Callable[[Mapping[str, Any]], None]], Any]) -> None:
        started = False

        def send(status: int, line: Mapping[str, Any]) -> None:
            nonlocal started
            self._send(None if started else status, line)
            started = True

        def progress(how_far: Mapping[str, Any]) -> None:
            if self.server.endpoint.stopping.is_set():
                raise EnvironmentFault(
                    Text("The service is ending; the work stopped at a place from which it can go on."),
                    Text("Repeat the command: it goes on where it stopped."),
                )
            # Whoever asked may have gone away; the work itself goes on.
            with contextlib.suppress(OSError):
                send(200, {"progress": how_far})

        try:
            result = answer(progress)
            status, line = _status_of(result), {"result": result}
        except VoronkaError as fault:
            status, line = _STATUS.get(fault.exit_code, 422), {"error": fault_to_json(fault)}
        except Exception:
            _log.exception(Text("A request failed: {path}", path=self.path))
            status, line = 500, {"error": fault_to_json(_internal())}
        failpoint("control.answer")
        with contextlib.suppress(OSError):
            send(status, line)

    def _send(self, status: int | None, line: Mapping[str, Any]) -> None:
        """Send a line of JSON; before the first, the `status`."""
        # Escaped: what was asked for may hold half a character, which no encoding can write.
        content = json.dumps(line).encode() + b"\n"
        if status is not None:
            self.send_response(status)
            self.send_header("Content-Type", "application/x-ndjson; charset=utf-8")
            if status == HTTPStatus.SERVICE_UNAVAILABLE:
                self.send_header("Retry-After", str(_AGAIN))
            self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        _log.debug(format, *args)


def _status_of(result: Any) -> int:  # noqa: ANN401 - JSON of any shape
    refusal = result.get("refusal") if isinstance(result, dict) else None
    return 200 if refusal is None else _REFUSAL_STATUS.get(refusal["code"], 200)


def _untaken(status: int) -> VoronkaError:
    match status:
        case 401:
            return EnvironmentFault(
                Text("The token is not that of the service."),
                Text("Read it anew in .voronka/control.json of the workspace: each start of the service has its own."),
            )
        case 404:
            return UsageFault(
                Text("The service has nothing at this address."),
                Text("Its addresses are: {names}.", names="/ping, /execute, /query, /warnings, /work"),
            )
        case 411:
            return UsageFault(Text("The request does not tell its length."), Text("Send it with Content-Length."))
        case 413:
            return UsageFault(
                Text("The request is larger than {size} bytes.", size=LARGEST_REQUEST),
                Text("Import large amounts from a file: voronka import."),
            )
        case 501:
            return UsageFault(Text("The service takes no requests of this kind."), Text("Send a POST."))
    return UsageFault(
        Text("The request cannot be read."),
        Text("Send one JSON object, each key in it once, in the form that the manual shows."),
    )


def _internal() -> VoronkaError:
    return EnvironmentFault(
        Text("The service failed while it carried out the request."),
        Text("Its log tells where. Nothing half-done was kept."),
    )


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key twice in one object")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
