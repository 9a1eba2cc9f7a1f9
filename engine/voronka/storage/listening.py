"""Waking one another over PostgreSQL: LISTEN and NOTIFY on a connection of their own, and one leader among all.

A notice is sent in a transaction of its own, and many at once are one: within the transaction that made the work it
would let all commits wait for each other. One that is lost does no harm, since those who listen also ask by themselves.
"""

from __future__ import annotations

import contextlib
import logging
import selectors
import socket
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text
from sqlalchemy.engine import URL

from voronka.messages import Text
from voronka.storage.exclusion import SCOPE, Alone

if TYPE_CHECKING:
    import psycopg

__all__ = ["TOGETHER", "Listener", "notify"]

_CHANNEL = "voronka"
TOGETHER = 0.05
"""Seconds between two notices of one process."""
_LEAD = 5.0
"""Seconds between two attempts to become the leader."""
_RECONNECT = 1.0
_log = logging.getLogger("voronka.listening")


def notify(connection: Connection) -> None:
    """Wake all who listen; `connection` commits by itself."""
    connection.execute(text(f"NOTIFY {_CHANNEL}"))


def _heard(connection: psycopg.Connection) -> bool:
    """Return whether others have spoken since it was last asked; it never waits.

    What came while this connection had a statement carried out lies with the driver: its socket has nothing to read.
    """
    speakers = {notice.pid for notice in connection.notifies(timeout=0)}
    while (notice := connection.pgconn.notifies()) is not None:
        speakers.add(notice.be_pid)
    return bool(speakers - {connection.info.backend_pid})


class Listener:
    """Hears of the commits of other processes, tells them of our own, and knows whether this process leads.

    `heard` is called, in a thread of the listener, when others have committed, and once a connection is there again:
    nobody knows what was said meanwhile. `leads` holds for at most one process; when that is gone, another one leads
    within 35 seconds.
    """

    def __init__(self, url: URL, heard: Callable[[], None]) -> None:
        self._url = url
        self._heard = heard
        self._ears, self._mouth = socket.socketpair()
        self._mouth.setblocking(False)
        self._ending = threading.Event()
        self._leads = False
        self._thread = threading.Thread(target=self._run, name="listener", daemon=True)

    @property
    def leads(self) -> bool:
        """Whether this process does what one alone may do as long as it runs."""
        return self._leads

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def tell(self) -> None:
        """Wake the others soon; returns at once."""
        with contextlib.suppress(OSError):  # enough is said already, or nothing more is to be said
            self._mouth.send(b".")

    def close(self, patience: float = 5.0) -> None:
        """Say what is still to be said, and stop listening."""
        self._ending.set()
        self.tell()
        self._thread.join(patience)

    def _run(self) -> None:
        import psycopg

        from voronka.storage.postgresql import session

        away = False
        while not self._ending.is_set():
            try:
                with session(self._url) as connection:
                    self._attend(connection)
            except psycopg.Error as error:
                if not away:
                    reason = str(error).strip().partition("\n")[0].rstrip(".")
                    _log.warning(Text("Other processes are not heard: {reason}. It is tried again.", reason=reason))
                away = True
                self._ending.wait(_RECONNECT)
            else:
                away = False
            finally:
                self._leads = False
        self._ears.close()
        self._mouth.close()

    def _attend(self, connection: psycopg.Connection) -> None:
        connection.execute(f"LISTEN {_CHANNEL}")
        self._heard()
        told = asked = -_LEAD
        speak = False
        with selectors.DefaultSelector() as sockets:
            sockets.register(connection.fileno(), selectors.EVENT_READ)
            inside = sockets.register(self._ears, selectors.EVENT_READ)
            while True:
                if not self._leads and time.monotonic() - asked >= _LEAD:
                    asked = time.monotonic()
                    self._leads = self._take_lead(connection)
                if _heard(connection):
                    self._heard()
                pause = max(told + TOGETHER - time.monotonic(), 0.0) if speak else _LEAD
                ready = [key for key, _ in sockets.select(pause)]
                if inside in ready:
                    self._ears.recv(4096)
                    speak = True
                if speak and (self._ending.is_set() or time.monotonic() - told >= TOGETHER):
                    connection.execute(f"NOTIFY {_CHANNEL}")
                    told, speak = time.monotonic(), False
                if self._ending.is_set():
                    return

    def _take_lead(self, connection: psycopg.Connection) -> bool:
        found = connection.execute(f"SELECT pg_try_advisory_lock({SCOPE}, {Alone.SOURCES:d})").fetchone()
        return found is not None and bool(found[0])
