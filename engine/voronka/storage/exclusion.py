"""What one process alone may do at a time where several share a database: advisory locks of PostgreSQL.

They hang on a transaction or a session and go with it, however it ends. SQLite has one owner and needs none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import IntEnum

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from voronka.errors import EnvironmentFault
from voronka.messages import Text

__all__ = ["Alone", "Hold", "attempt", "attempt_each", "hold", "release", "take"]


class Alone(IntEnum):
    """What is done by one process at a time."""

    SCHEMA = 1
    """Bringing the schema to head."""
    RELEASE = 2
    """Putting a release in force. Whoever decides under one shares this lock meanwhile."""
    RULES = 3
    """Judging scheduled rules."""
    SOURCES = 4
    """Asking sources."""
    IMPORT = 5
    """Importing a file or undoing an import."""
    BEAT = 6
    """Learning of an outage."""
    MART = 7
    """Refreshing the mart or building it anew."""
    REVIEWS = 8
    """Keeping a review that was made."""


# Workspaces may share a database, each in a schema of its own.
SCOPE = "hashtext('voronka ' || current_schema())"
_RECORDS = "hashtext('voronka records ' || current_schema())"


def take(connection: Connection, what: Alone, *, shared: bool = False) -> None:
    """Wait until nobody else does it, then keep others from it until the transaction ends.

    `shared`: keep off only those who want it for themselves.
    """
    kind = "_shared" if shared else ""
    connection.execute(text(f"SELECT pg_advisory_xact_lock{kind}({SCOPE}, {what:d})"))


def attempt(connection: Connection, what: Alone) -> bool:
    """Keep others from it until the transaction ends, if nobody else does it now; return whether that is so."""
    return bool(connection.execute(text(f"SELECT pg_try_advisory_xact_lock({SCOPE}, {what:d})")).scalar_one())


class Hold:
    """That this process alone does something, as long as the session lives on which that hangs; None: it is alone
    anyway."""

    def __init__(self, session: Connection | None = None) -> None:
        self._session = session

    def check(self) -> None:
        """Raise `EnvironmentFault` if the session has ended: others may be doing the same by now."""
        if self._session is None:
            return
        try:
            self._session.execute(text("SELECT 1"))
        except DBAPIError as error:
            raise EnvironmentFault(
                Text("The connection to the database has broken off that kept others from doing the same."),
                Text("Repeat the command: it goes on where it stopped."),
            ) from error


def hold(connection: Connection, what: Alone) -> bool:
    """Keep others from it until `release` or the end of the session; return whether nobody else does it. PostgreSQL."""
    return bool(connection.execute(text(f"SELECT pg_try_advisory_lock({SCOPE}, {what:d})")).scalar_one())


def release(connection: Connection, what: Alone) -> None:
    """Let others do what was held."""
    connection.execute(text(f"SELECT pg_advisory_unlock({SCOPE}, {what:d})"))


def attempt_each(connection: Connection, records: Iterable[str]) -> set[str]:
    """Keep others from those of the named records from which nobody keeps us, until the transaction ends; return them.

    Two names may rarely fall together: then one is passed over for a moment although it is free.
    """
    wanted: Sequence[str] = list(dict.fromkeys(records))
    if not wanted:
        return set()
    query = text(
        "SELECT name FROM unnest(CAST(:names AS text[])) AS name "  # noqa: S608 - a constant of this module
        f"WHERE pg_try_advisory_xact_lock({_RECORDS}, hashtext(name))"
    )
    return set(connection.execute(query, {"names": wanted}).scalars())
