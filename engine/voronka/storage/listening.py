"""Waking one another over PostgreSQL: LISTEN and NOTIFY on a connection of their own, and one leader among all.

A notice is sent in a transaction of its own, and many at once are one: within the transaction that made the work it
would let all commits wait for each other. One that is lost does no harm, since those who listen also ask by themselves.
"""

from __future__ import annotations

import contextlib
import logging
import math
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

__all__ = ["TOGETHER", "Listener", "notify", "take_lead"]

_CHANNEL = "voronka"
TOGETHER = 0.05
"""Seconds between two notices of one process."""
_LEAD = 5.0
"""Seconds between two attempts to become the leader, and between two signs of life of the one that is."""
_SILENT = 30.0
"""Seconds without a sign of life after which a leader is none: its process is stopped, or its machine is away."""
# Two keys of an advisory lock stand in `pg_locks` as numbers without a sign.
_DEPOSE = f"""
    SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND objid = {Alone.SOURCES:d}
        AND classid = CAST(CAST({SCOPE} AS bigint) & 4294967295 AS oid)
        AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND state_change < clock_timestamp() - make_interval(secs => %s)
"""  # noqa: S608 - constants of this package
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


def take_lead(connection: psycopg.Connection, silent: float = _SILENT) -> bool:
    """Try to lead as long as the connection lives; return whether it does.

    A leader that has not spoken for so many seconds loses its connection, for another to lead from the next try on.
    """
    lock = f"SELECT pg_try_advisory_lock({SCOPE}, {Alone.SOURCES:d})"
    found = connection.execute(lock).fetchone()
    if found is not None and found[0]:
        return True
    connection.execute(_DEPOSE, (silent,))
    return False


class Listener:
    """Hears of the commits of other processes, tells them of our own, and knows whether this process leads.

    `heard` is called, in a thread of the listener, when others have committed, and once a connection is there again:
    nobody knows what was said meanwhile. `leads` holds for at most one process; when that is gone or stopped, another
    one leads within 40 seconds.
    """

    def __init__(self, url: URL, heard: Callable[[], None]) -> None:
        self._url = url
        self._heard = heard
        self._ears, self._mouth = socket.socketpair()
        self._mouth.setblocking(False)
        self._ending = threading.Event()
        self._led_at = -math.inf
        self._thread = threading.Thread(target=self._run, name="listener", daemon=True)

    @property
    def leads(self) -> bool:
        """Whether this process does what one alone may do as long as it runs."""
        return time.monotonic() - self._led_at < _SILENT

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
                self._led_at = -math.inf
        self._ears.close()
        self._mouth.close()

    def _attend(self, connection: psycopg.Connection) -> None:
        connection.execute(f"LISTEN {_CHANNEL}")
        self._heard()
        told = asked = -_LEAD
        speak = leading = False
        with selectors.DefaultSelector() as sockets:
            sockets.register(connection.fileno(), selectors.EVENT_READ)
            inside = sockets.register(self._ears, selectors.EVENT_READ)
            while True:
                if (now := time.monotonic()) - asked >= _LEAD:
                    asked = now
                    if leading:
                        connection.execute("SELECT 1")  # a sign of life; it fails if another one leads by now
                    leading = leading or take_lead(connection)
                    self._led_at = now if leading else -math.inf
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
