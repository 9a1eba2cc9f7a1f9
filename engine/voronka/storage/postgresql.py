"""Connections to PostgreSQL: what each is told at its beginning, and how one that has died is found out."""

from __future__ import annotations

import select
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError

from voronka.errors import EnvironmentFault
from voronka.messages import Text

if TYPE_CHECKING:
    import psycopg

__all__ = ["IDLE_LIMIT", "LOCK_LIMIT", "engine", "session"]

IDLE_LIMIT = 30_000
"""Milliseconds for which a transaction may stand still before the server ends it and frees what it has locked."""

LOCK_LIMIT = 10_000
"""Milliseconds that a transaction waits for another one's lock."""

_CONNECT_WITHIN = 5
# A machine that is gone without a word is noticed by either side within 25 seconds.
_ALIVE: Mapping[str, Any] = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
_SETTINGS = {
    "idle_in_transaction_session_timeout": f"{IDLE_LIMIT}",
    "lock_timeout": f"{LOCK_LIMIT}",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "25000",
}
_SET = "SELECT " + ", ".join(f"set_config('{name}', '{value}', false)" for name, value in _SETTINGS.items())
# `local` waits for this server's disk, `remote_apply` for more than that: both stay as the server has them.
_DURABLE = "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
_HASTY = "SET synchronous_commit = off"
_POOL = {"pool_size": 5, "max_overflow": 25, "pool_timeout": 10}


def engine(url: URL, *, read_only: bool, durable: bool) -> Engine:
    """Return an engine. Raises `EnvironmentFault` if the driver is not installed."""

    def text(raw: bytes | str) -> str:
        return raw.decode() if isinstance(raw, bytes) else raw

    try:
        made = create_engine(
            url,
            hide_parameters=True,
            json_deserializer=text,
            isolation_level="READ COMMITTED",  # whoever waits for others sees what they did, whatever the database says
            connect_args={"connect_timeout": _CONNECT_WITHIN, **_ALIVE},
            **_POOL,
        )
    except ModuleNotFoundError as error:
        raise EnvironmentFault(
            Text("The database is PostgreSQL, and its driver psycopg is not installed."),
            Text("Install it: pip install 'voronka[postgresql]'"),
        ) from error

    def prepare(connection: DBAPIConnection, _: object) -> None:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(_SET)
        cursor.execute(_DURABLE if durable else _HASTY)
        cursor.close()
        connection.autocommit = False

    event.listen(made, "connect", prepare)
    event.listen(made, "checkout", _check)
    if not read_only:
        return made
    return made.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def session(url: URL) -> psycopg.Connection:
    """Return a connection outside any pool, each statement of which commits by itself."""
    import psycopg

    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    made = psycopg.connect(address, autocommit=True, connect_timeout=_CONNECT_WITHIN, **_ALIVE)
    made.execute(_SET)
    return made


def _check(connection: DBAPIConnection, _: object, __: object) -> None:
    """Refuse a connection on which the server has said something unasked: that it ends, or nothing ever more.

    No question is asked for it. SQLAlchemy then takes another connection, and drops those as old as this one.
    """
    if _has_word(connection.fileno()):
        raise DisconnectionError


if sys.platform == "win32":

    def _has_word(socket: int) -> bool:
        """Return whether something can be read from a socket at once."""
        return bool(select.select([socket], [], [], 0)[0])

else:

    def _has_word(socket: int) -> bool:
        """Return whether something can be read from a socket at once."""
        poll = select.poll()  # `select` knows no number above 1,023
        poll.register(socket, select.POLLIN)
        return bool(poll.poll(0))
