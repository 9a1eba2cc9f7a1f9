"""Occurrences that wait, and how each ended. Rows come and end with the events of their deal (`projections.py`)."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from itertools import islice

from sqlalchemy import ColumnElement, Connection, bindparam, func, select, text

from voronka.frozen import frozen
from voronka.process.state import TimerKey
from voronka.storage.bulk import Among
from voronka.storage.deals import owned_by
from voronka.storage.dialects import has_row_locks
from voronka.storage.tables import deals, timers

__all__ = ["NEXT_DUE", "TimerRow", "claim", "due_between", "next_due", "read"]

# The partial index stands on exactly this condition, so it is written out, not bound.
_WAITING = timers.c.state == text("'waiting'")
_CHUNK = 500
_DUE_OF = Among(
    select(
        timers.c.deal,
        timers.c.due_at,
        timers.c.visit,
        timers.c.event,
        timers.c.generation,
        timers.c.row,
        timers.c.occurrence,
    ).where(
        _WAITING,
        # The sum keeps the planner on the primary key: by the index on due_at every due timer would be read.
        timers.c.due_at + text("0") <= bindparam("now"),
    ),
    timers.c.deal,
)
NEXT_DUE = select(func.min(timers.c.due_at)).where(_WAITING)


@frozen
class TimerRow:
    """One occurrence. `state`: waiting, fired, cancelled, skipped or failed. Times in UTC microseconds.

    `planned`: where it would fire by its anchor alone.
    """

    deal: bytes
    key: TimerKey
    state: str
    offset: str
    anchor: int | None
    due: int
    planned: int
    ended_at: int | None
    reason: str
    reasons: Mapping[str, str]


def claim(
    connection: Connection, *, now: int, limit: int, watermark: int | None = None, without: Collection[bytes] = ()
) -> list[tuple[bytes, tuple[TimerKey, ...]]]:
    """Return up to `limit` deals that have due timers, the longest due first, each with all its due timers in order.

    `without`: deals that are passed over, however many due timers they have. `watermark`: nothing is due before it.
    The bound spares the walk over index entries of timers that have ended but cannot be removed yet because an old
    reader still sees them. On PostgreSQL the deals are locked until the end of the transaction, and those that another
    worker holds are left out for others; where many are held it may be content with half of `limit`.
    """
    due: list[ColumnElement[bool]] = [_WAITING, timers.c.due_at <= now]
    if watermark is not None:
        due.append(timers.c.due_at >= watermark)
    oldest = _oldest(connection, due, limit, without)
    chosen = _locked(connection, oldest, limit) if has_row_locks(connection.dialect) else list(islice(oldest, limit))
    found: dict[bytes, list[tuple[int, TimerKey]]] = {deal: [] for deal in chosen}
    for start in range(0, len(chosen), _CHUNK):
        for deal, due_at, *key in _DUE_OF.rows(connection, chosen[start : start + _CHUNK], now=now):
            found[deal].append((due_at, TimerKey(*key)))
    # Another worker may have ended those of a deal before it was locked.
    return [(deal, tuple(key for _, key in sorted(keys))) for deal, keys in found.items() if keys]


def _oldest(
    connection: Connection, due: list[ColumnElement[bool]], limit: int, without: Collection[bytes]
) -> Iterator[bytes]:
    """Yield deals, the longest due first: read row by row, for a deal may have any number of them."""
    query = select(timers.c.deal).where(*due).order_by(timers.c.due_at).execution_options(yield_per=limit)
    seen: set[bytes] = set()
    with connection.execute(query) as rows:
        for deal in rows.scalars():
            if deal not in seen and deal not in without:
                seen.add(deal)
                yield deal


def _locked(connection: Connection, oldest: Iterator[bytes], limit: int) -> list[bytes]:
    """Return deals in their order that nobody else held, and that are held now."""
    chosen: list[bytes] = []
    while 2 * len(chosen) < limit and (wanted := list(islice(oldest, limit))):
        # Rows that name a deal may come meanwhile: its key does not change.
        locking = select(deals.c.id).where(deals.c.id.in_(wanted)).with_for_update(skip_locked=True, key_share=True)
        held = set(connection.execute(locking).scalars())
        chosen += [deal for deal in wanted if deal in held]
    return chosen


def due_between(connection: Connection, start: int, end: int) -> int:
    """Return how many waiting timers came due from `start` on and before `end`."""
    query = select(func.count()).select_from(timers).where(_WAITING, timers.c.due_at >= start, timers.c.due_at < end)
    return connection.execute(query).scalar_one()


def next_due(connection: Connection) -> int | None:
    """Return when the next timer is due; None if none waits."""
    return connection.execute(NEXT_DUE).scalar_one_or_none()


def read(
    connection: Connection,
    *,
    deal: bytes | None = None,
    owners: frozenset[str] | None = None,
    waiting: bool = False,
    limit: int = 1000,
    skip: int = 0,
) -> list[TimerRow]:
    """Return timers by due time: of one deal or of all, those that wait or all, without the first `skip`.

    `owners`: of their deals alone.
    """
    query = select(timers).order_by(timers.c.due_at, *timers.primary_key).limit(limit).offset(skip)
    if deal is not None:
        query = query.where(timers.c.deal == deal)
    if waiting:
        query = query.where(_WAITING)
    if owners is not None:
        query = query.join(deals, deals.c.id == timers.c.deal).where(owned_by(owners))
    return [
        TimerRow(
            deal=row.deal,
            key=TimerKey(row.visit, row.event, row.generation, row.row, row.occurrence),
            state=row.state,
            offset=row.offset,
            anchor=row.anchor,
            due=row.due_at,
            planned=row.due_at if row.planned_at is None else row.planned_at,
            ended_at=row.ended_at,
            reason=row.reason,
            reasons=json.loads(row.reasons or "{}"),
        )
        for row in connection.execute(query)
    ]
