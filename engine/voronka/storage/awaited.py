"""What waits to be done: asked in one question, before every wait of the engine."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from sqlalchemy import Connection, Select, select

from voronka.storage.inbox import HOW_MANY
from voronka.storage.outbox import next_ready
from voronka.storage.timers import NEXT_DUE

__all__ = ["Awaited", "read"]


class Awaited(NamedTuple):
    """When the next timer is due and the next effect may be leased, None if none waits; how many commands wait."""

    timer: int | None
    effect: int | None
    queued: int


def read(connection: Connection) -> Awaited:
    """Return what waits now."""
    return Awaited._make(connection.execute(_question()).one())


@cache
def _question() -> Select[int | None, int | None, int]:
    parts = (NEXT_DUE, next_ready(), HOW_MANY)
    return select(*(part.scalar_subquery() for part in parts))
