"""What was refused for want of a right: who asked for what, when and of which record. It holds no values."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, func, insert, select

from voronka.frozen import frozen
from voronka.process.state import Stream, StreamKind
from voronka.storage import counters
from voronka.storage.tables import audit

__all__ = ["ERASED", "Denial", "Denied", "count", "read", "write"]

ERASED = "erased"
"""The code of what was not refused but done: personal data of a record were erased."""


@frozen
class Denial:
    """One refusal. `what`: the command, question or work; `code` and `gates`: those of the refusal.

    `at` in UTC microseconds. `record`: which it was about, None where it was about none.
    """

    at: int
    actor: str
    source: str
    what: str
    record: Stream | None
    code: str
    gates: tuple[str, ...] = ()


@frozen
class Denied:
    """A refusal as it is kept, with its number from 1."""

    number: int
    denial: Denial


def write(connection: Connection, denials: Sequence[Denial]) -> None:
    """Keep refusals under the next numbers."""
    if not denials:
        return
    numbers = counters.advance(connection, counters.AUDIT, len(denials))
    rows = [
        {
            "number": number,
            "at": each.at,
            "actor": each.actor,
            "source": each.source,
            "what": each.what,
            "kind": None if each.record is None else each.record.kind.value,
            "record": None if each.record is None else each.record.id,
            "code": each.code,
            "gates": " ".join(each.gates),
        }
        for number, each in zip(numbers, denials, strict=True)
    ]
    connection.execute(insert(audit), rows)


def read(connection: Connection, *, actor: str | None = None, limit: int = 100, after: int = 0) -> list[Denied]:
    """Return refusals by number, those `after` one; of an `actor` or of all."""
    query = select(audit).where(audit.c.number > after).order_by(audit.c.number).limit(limit)
    if actor is not None:
        query = query.where(audit.c.actor == actor)
    return [
        Denied(
            number=row.number,
            denial=Denial(
                at=row.at,
                actor=row.actor,
                source=row.source,
                what=row.what,
                record=None if row.record is None else Stream(StreamKind(row.kind), row.record),
                code=row.code,
                gates=tuple(row.gates.split()),
            ),
        )
        for row in connection.execute(query)
    ]


def count(connection: Connection, actors: Collection[str] | None = None) -> int:
    """Return how many refusals are kept; those of `actors`, or all."""
    query = select(func.count()).select_from(audit).where(audit.c.code != ERASED)
    if actors is not None:
        query = query.where(audit.c.actor.in_(sorted(actors)))
    return connection.execute(query).scalar_one()
