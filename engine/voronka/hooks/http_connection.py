"""One HTTP/1.1 connection to an address that was checked before, and a time limit for all of a request."""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from contextlib import closing
from typing import Any, cast

from voronka.hooks.destinations import Destination

__all__ = ["Connection", "resolve"]


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host. Raises `OSError`."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(place[0]) for *_, place in found]


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Incoming(io.RawIOBase):
    """The bytes that come in until the deadline."""

    def __init__(self, link: _Link) -> None:
        self._link = link

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - any writable buffer
        self._link.socket.settimeout(_left(self._link.deadline))
        return self._link.socket.recv_into(buffer)

    def close(self) -> None:
        super().close()
        self._link.read_out()


class _Link:
    """What `http.client` uses of a socket. `deadline`, of the monotonic clock, is for everything together: the time
    limit of a socket begins anew with every byte that comes."""

    def __init__(self, wire: socket.socket, deadline: float) -> None:
        self.socket = wire
        self.deadline = deadline
        self._reading = False
        self._closing = False

    def sendall(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            self.socket.settimeout(_left(self.deadline))
            rest = rest[self.socket.send(rest) :]

    def makefile(self, mode: str) -> io.BufferedReader:
        self._reading = True
        return io.BufferedReader(_Incoming(self))

    def read_out(self) -> None:
        self._reading = False
        if self._closing:
            self.socket.close()

    def close(self) -> None:
        # As with a socket: an answer that ends with the connection is read after that.
        self._closing = True
        if not self._reading:
            self.socket.close()


class Connection(http.client.HTTPConnection):
    """A connection to one of the `addresses` of a destination; the host's name stays in TLS and in the headers.

    `trust`: for TLS; None: without it. Raises `OSError` as soon as it cannot be opened by the deadline.
    """

    def __init__(
        self, place: Destination, addresses: Iterable[str], trust: ssl.SSLContext | None, deadline: float
    ) -> None:
        self.default_port = 443 if place.scheme == "https" else 80
        super().__init__(place.host, place.port)
        self._link = self._opened(place, addresses, trust, deadline)
        self.sock = cast(socket.socket, self._link)

    def _opened(
        self, place: Destination, addresses: Iterable[str], trust: ssl.SSLContext | None, deadline: float
    ) -> _Link:
        failed: OSError = ConnectionError()
        for address in addresses:
            try:
                wire = socket.create_connection((address, place.port), _left(deadline))
            except OSError as error:
                failed = error
                continue
            try:
                wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if trust is not None:
                    wire.settimeout(_left(deadline))
                    wire = trust.wrap_socket(wire, server_hostname=place.host)
            except BaseException:
                wire.close()
                raise
            return _Link(wire, deadline)
        raise failed

    def connect(self) -> None:
        """Refuse to connect anew: that would look the name up again."""
        raise ConnectionError

    def exchange(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str], *, most: int, deadline: float
    ) -> tuple[int, dict[str, str], bytes, bool]:
        """Return status, headers (names in lower case), at most so many bytes of the body, and whether to keep it.

        Raises `OSError` and `http.client.HTTPException`.
        """
        self._link.deadline = deadline
        self.request(method, path, body, dict(headers))
        with closing(self.getresponse()) as response:
            found = {name.lower(): value for name, value in response.getheaders()}
            content = response.read(most)
            keep = response.isclosed() or not response.read(1)
            return response.status, found, content, keep and not response.will_close
