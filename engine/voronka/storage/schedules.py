"""When scheduled rules come next, and how far each has got through the deals."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from voronka.storage.tables import schedules

__all__ = ["ScheduleRow", "put", "read", "remove"]


class ScheduleRow(NamedTuple):
    """A rule's next moment. `schedule`: as it was when the moment was computed. `position`: the number of the last
    deal that was judged of the round that is due.
    """

    rule: str
    schedule: str
    due_at: int
    position: int


# Done with every round of a rule: the statements are built once.
_ALL = select(schedules)
_CHANGE = (
    update(schedules)
    .where(schedules.c.rule == bindparam("known"))
    .values({name: bindparam(name) for name in ("schedule", "due_at", "position")})
)


def read(connection: Connection) -> dict[str, ScheduleRow]:
    """Return the rows by rule."""
    return {row.rule: row for row in map(ScheduleRow._make, connection.execute(_ALL))}


def put(connection: Connection, row: ScheduleRow) -> None:
    """Write a row."""
    values = row._asdict()
    if connection.execute(_CHANGE, {**values, "known": row.rule}).rowcount == 0:
        connection.execute(insert(schedules), values)


def remove(connection: Connection, rule: str) -> None:
    """Forget the row of a rule that is not scheduled any more."""
    connection.execute(delete(schedules).where(schedules.c.rule == rule))
