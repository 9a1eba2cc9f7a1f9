"""HTTP for plugins: requests to places that the configuration names, by the rules for what leaves the house."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from voronka.errors import refused_by_system
from voronka.frozen import frozen
from voronka.hooks.channels import DeliveryError
from voronka.hooks.destinations import Destination, RefusedDestination, destination
from voronka.hooks.limits import NoAnswer, call_within
from voronka.messages import Sentence, Text

if TYPE_CHECKING:
    import ssl

    from voronka.hooks.http_connection import Connection

__all__ = ["HttpAnswer", "HttpClient"]

_IDLE = 8
_IDLE_SECONDS = 30.0  # what lies between forgets a connection that is silent for longer, and tells nobody
_MOST = 64 * 1024


@frozen(kw_only=False)
class HttpAnswer:
    """What a server answered. `headers`: names in lower case. `body`: its beginning, if it is long."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def retry_after(self, now: datetime) -> float | None:
        """Return the seconds after which the server wants to be asked again, if it says so."""
        from email.utils import parsedate_to_datetime

        written = self.headers.get("retry-after", "").strip()
        if written.isascii() and written.isdigit():
            return float(written[:9])
        try:
            moment = parsedate_to_datetime(written)
        except (ValueError, OverflowError):
            return None
        moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        return max((moment - now).total_seconds(), 0.0)


class HttpClient:
    """Sends requests over connections that are kept; several threads may use it. Close it, or `Services.keep` it.

    Outside `allowed_hosts` (those of the services) only https and public addresses are reached: a name is looked up
    once, every address of it is checked, and the connection goes to the address that was checked. Redirects are not
    followed, proxies of the environment are not used. `trust`: whose certificates hold, the system's by default.
    `resolve`: host and port to addresses, the system's way by default.
    """

    def __init__(
        self,
        allowed_hosts: frozenset[str] = frozenset(),
        *,
        trust: ssl.SSLContext | None = None,
        resolve: Callable[[str, int], Iterable[str]] | None = None,
    ) -> None:
        self._allowed = allowed_hosts
        self._trust = trust
        self._resolve = resolve
        self._idle: dict[tuple[str, str, int], list[tuple[float, Connection]]] = {}
        self._lock = threading.Lock()

    def post(
        self, url: str, body: bytes, headers: Mapping[str, str], *, seconds: float, once: bool = False
    ) -> HttpAnswer:
        """Send `body` and return the answer, whatever its status; all of it takes at most so many `seconds`.

        `once`: it goes over a new connection, so that it never goes twice. Otherwise a connection that was kept and
        breaks is replaced, and the request repeated.

        Raises `DeliveryError`: one that does not count for a place that the rules refuse, since the configuration is
        to be changed, not the message; an ordinary one if there is no whole answer in time, which is `unknown` if the
        request was begun.
        """
        from http.client import HTTPException

        deadline = time.monotonic() + seconds
        place = self.check(url)
        begun = False
        try:
            connection = None if once else self._kept(place)
            if connection is not None:
                begun = True
                try:
                    return self._asked(connection, place, body, headers, deadline)
                except ConnectionError:
                    pass  # the server had closed it meanwhile: a new one tells more
            connection = self._opened(place, deadline)
            begun = True
            return self._asked(connection, place, body, headers, deadline)
        except RefusedDestination as refusal:
            raise DeliveryError(refusal.reason, counts=False) from None
        except (TimeoutError, NoAnswer):
            reason = Text("{host} does not answer within {seconds} s", host=place.host, seconds=f"{seconds:g}")
            raise DeliveryError(reason, unknown=begun) from None
        except (OSError, HTTPException) as error:
            reason = Text("{host} cannot be reached: {reason}", host=place.host, reason=_reason(error))
            raise DeliveryError(reason, unknown=begun) from None

    def check(self, url: str) -> Destination:
        """Return where a URL leads as it is written; nothing is looked up. Raises `DeliveryError`, as `post` does."""
        try:
            return destination(url, self._allowed)
        except RefusedDestination as refusal:
            raise DeliveryError(refusal.reason, counts=False) from None

    def close(self) -> None:
        """Close the connections that are kept."""
        with self._lock:
            kept = [each for connections in self._idle.values() for _, each in connections]
            self._idle.clear()
        for each in kept:
            each.close()

    def _asked(
        self, connection: Connection, place: Destination, body: bytes, headers: Mapping[str, str], deadline: float
    ) -> HttpAnswer:
        try:
            status, found, content, keep = connection.exchange(
                "POST", place.path, body, headers, most=_MOST, deadline=deadline
            )
        except BaseException:
            connection.close()
            raise
        if keep:
            self._keep(place, connection)
        else:
            connection.close()
        return HttpAnswer(status, found, content)

    def _opened(self, place: Destination, deadline: float) -> Connection:
        from voronka.hooks.http_connection import Connection, resolve  # what uses no HTTP does not load it

        lookup = self._resolve or resolve
        addresses = call_within(deadline - time.monotonic(), lambda: place.addresses(lookup))
        return Connection(place, addresses, self._trusted() if place.scheme == "https" else None, deadline)

    def _trusted(self) -> ssl.SSLContext:
        import ssl

        with self._lock:
            if self._trust is None:
                self._trust = ssl.create_default_context()  # it reads many files: once
            return self._trust

    def _kept(self, place: Destination) -> Connection | None:
        with self._lock:
            idle = self._idle.get((place.scheme, place.host, place.port), [])
            since, connection = idle.pop() if idle else (0.0, None)
        if connection is None or time.monotonic() - since < _IDLE_SECONDS:
            return connection
        connection.close()
        return self._kept(place)

    def _keep(self, place: Destination, connection: Connection) -> None:
        with self._lock:
            idle = self._idle.setdefault((place.scheme, place.host, place.port), [])
            if len(idle) < _IDLE:
                idle.append((time.monotonic(), connection))
                return
        connection.close()


def _reason(error: Exception) -> Sentence | str:
    """Return what went wrong in words that come from this machine, not from the server."""
    if isinstance(error, OSError) and error.errno:
        return refused_by_system(error)
    return type(error).__name__
