"""What holds up a lane of the outbox, or one address of it: rates, and the pauses that the other side asks for.

It is kept in the database, so that workers share it and no restart forgets it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, delete, insert, select, text, tuple_, update

from voronka.frozen import frozen
from voronka.storage.dialects import has_row_locks
from voronka.storage.tables import throttles

__all__ = ["Throttle", "ThrottleKey", "call_in", "put", "read", "sweep"]

ThrottleKey = tuple[str, str]
"""A lane and an address, which is never kept as it is written; without an address, the whole lane."""

_CHUNK = 300


@frozen
class Throttle:
    """What holds up a lane or an address. Times in UTC microseconds.

    `free_at`: nothing leaves before. `paused_until`: the part of it for which the other side has asked. `taken`: when
    how many were leased, the oldest first. `stale_at`: from then on it says nothing any more.
    """

    free_at: int = 0
    paused_until: int = 0
    taken: tuple[tuple[int, int], ...] = ()
    stale_at: int = 0


def read(connection: Connection, keys: Iterable[ThrottleKey], *, hold: bool = False) -> dict[ThrottleKey, Throttle]:
    """Return what is kept of each key; with `hold` no other worker that holds it looks at it before the commit."""
    wanted = sorted(set(keys))
    locks = hold and has_row_locks(connection.dialect)
    found: dict[ThrottleKey, Throttle] = {}
    for start in range(0, len(wanted), _CHUNK):
        chunk = wanted[start : start + _CHUNK]
        if locks:
            # A row that is not there cannot be locked.
            connection.execute(
                text(
                    "INSERT INTO throttles (channel, address, free_at, taken, stale_at) "
                    "VALUES (:channel, :address, 0, '[]', 0) ON CONFLICT DO NOTHING"
                ),
                [{"channel": channel, "address": address} for channel, address in chunk],
            )
        query = (
            select(throttles)
            .where(tuple_(throttles.c.channel, throttles.c.address).in_(chunk))
            .order_by(throttles.c.channel, throttles.c.address)
        )
        if locks:
            query = query.with_for_update()
        for row in connection.execute(query):
            taken = tuple((at, count) for at, count in json.loads(row.taken))
            found[row.channel, row.address] = Throttle(
                free_at=row.free_at, paused_until=row.paused_until or 0, taken=taken, stale_at=row.stale_at
            )
    return {key: found.get(key, Throttle()) for key in wanted}


def put(connection: Connection, changed: Mapping[ThrottleKey, Throttle]) -> None:
    """Write down what holds up lanes and addresses; each has been held."""
    for (channel, address), each in sorted(changed.items()):
        values = {
            "free_at": each.free_at,
            "paused_until": each.paused_until,
            "taken": json.dumps(each.taken),
            "stale_at": each.stale_at,
        }
        query = update(throttles).where(throttles.c.channel == channel, throttles.c.address == address)
        if connection.execute(query.values(values)).rowcount == 0:
            connection.execute(insert(throttles), {"channel": channel, "address": address, **values})


def call_in(connection: Connection, *, now: int, latest: int) -> None:
    """Let nothing be held up for longer than until `latest`, and nothing have left after `now`."""
    query = select(throttles).where(throttles.c.stale_at > latest)
    if has_row_locks(connection.dialect):
        query = query.with_for_update()
    changed: dict[ThrottleKey, Throttle] = {}
    for row in connection.execute(query):
        counts: dict[int, int] = {}
        newest = now
        for at, count in json.loads(row.taken):
            counts[min(at, now)] = counts.get(min(at, now), 0) + count
            newest = max(newest, at)
        free_at = min(row.free_at, latest)
        if newest > now:
            free_at = min(free_at, max(now + row.free_at - newest, now))
        if (newest, free_at) != (now, row.free_at):
            stale_at = max(free_at, now + row.stale_at - newest)
            changed[row.channel, row.address] = Throttle(
                free_at=free_at,
                paused_until=min(row.paused_until or 0, free_at),
                taken=tuple(sorted(counts.items())),
                stale_at=stale_at,
            )
    put(connection, changed)


def sweep(connection: Connection, now: int) -> None:
    """Forget what says nothing any more."""
    stale = select(throttles.c.channel, throttles.c.address).where(throttles.c.stale_at < now).limit(_CHUNK)
    if has_row_locks(connection.dialect):
        stale = stale.with_for_update(skip_locked=True)
    gone = [tuple(row) for row in connection.execute(stale)]
    if gone:
        connection.execute(delete(throttles).where(tuple_(throttles.c.channel, throttles.c.address).in_(gone)))
