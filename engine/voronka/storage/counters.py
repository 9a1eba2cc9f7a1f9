"""Numbers that live on their own: the next deal's number, and moments the runtime keeps (its beat)."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update

from voronka.storage.tables import counters

__all__ = [
    "AUDIT",
    "BACKUP",
    "DEAL",
    "HELD",
    "REACH",
    "REACH_STEP",
    "advance",
    "give_back",
    "move",
    "reach",
    "read",
    "shadow",
    "write",
]

DEAL = "deal"
AUDIT = "audit"
REACH = "recorded_until"
"""The newest moment at which anything was recorded, to a minute."""

HELD = "effects_held"
"""Since when effects are held, in UTC microseconds; 0: they leave."""

BACKUP = "backup"
"""When the last backup was made, in UTC microseconds."""

REACH_STEP = 60_000_000
"""Microseconds by which `REACH` may stand before the newest entry."""

_FAR = 1 << 40


def read(connection: Connection, name: str) -> int | None:
    """Return a counter's value; None if it was never set."""
    query = select(counters.c.value).where(counters.c.name == name)
    return connection.execute(query).scalar_one_or_none()


def write(connection: Connection, name: str, value: int) -> None:
    """Set a counter."""
    if connection.execute(update(counters).where(counters.c.name == name).values(value=value)).rowcount == 0:
        connection.execute(insert(counters), {"name": name, "value": value})


def move(connection: Connection, name: str, value: int, *, least: int, most: int) -> bool:
    """Set a counter that stands between two values; return whether it did."""
    query = update(counters).where(counters.c.name == name, counters.c.value.between(least, most))
    return connection.execute(query.values(value=value)).rowcount == 1


def reach(connection: Connection, moment: int, known: int | None) -> int:
    """Keep in mind that something is recorded at a moment; return the newest that is kept in mind then.

    `known`: what an earlier call returned. Written once a minute, and asked no more often.
    """
    if known is not None and moment <= known + REACH_STEP:
        return known
    # In one statement: another process may be writing a later one.
    behind = counters.c.value < moment - REACH_STEP
    if connection.execute(update(counters).where(counters.c.name == REACH, behind).values(value=moment)).rowcount:
        return moment
    kept = read(connection, REACH)
    if kept is None:
        connection.execute(insert(counters), {"name": REACH, "value": moment})
        return moment
    return kept


def advance(connection: Connection, name: str, by: int) -> range:
    """Draw the next `by` numbers, from 1. A rolled back transaction gives its numbers back."""
    query = update(counters).where(counters.c.name == name).values(value=counters.c.value + by)
    last = connection.execute(query.returning(counters.c.value)).scalar_one_or_none()
    if last is None:
        write(connection, name, by)
        last = by
    return range(last - by + 1, last + 1)


def give_back(connection: Connection, name: str, count: int) -> None:
    """Give back the last `count` numbers drawn in this transaction, which holds the counter until its end."""
    connection.execute(update(counters).where(counters.c.name == name).values(value=counters.c.value - count))


def shadow(connection: Connection) -> None:
    """Put a copy in the place of the counters until the transaction is rolled back. PostgreSQL.

    Numbers are drawn far from those of other transactions: the same number would make them wait for this one's end.
    """
    connection.exec_driver_sql("CREATE TEMPORARY TABLE counters ON COMMIT DROP AS TABLE counters")
    for name in (DEAL, AUDIT):
        write(connection, name, (read(connection, name) or 0) + _FAR)
