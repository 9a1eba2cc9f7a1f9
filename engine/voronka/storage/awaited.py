"""What waits to be done: asked in one question, before every wait of the engine."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import Connection, Select, false, func, or_, select

from voronka.storage.inbox import HOW_MANY
from voronka.storage.outbox import next_ready
from voronka.storage.tables import schedules
from voronka.storage.timers import NEXT_DUE

__all__ = ["Awaited", "read"]


class Awaited(NamedTuple):
    """When the next timer and the next scheduled rule are due and the next effect may be leased, None if none waits;
    how many commands wait.
    """

    timer: int | None
    rule: int | None
    effect: int | None
    queued: int

    def first(self) -> int | None:
        """Return when there is something to do that has its moment; None if nothing waits for one."""
        return min((moment for moment in self[:3] if moment is not None), default=None)


def read(connection: Connection, rules: frozenset[str], unordered: frozenset[str] = frozenset()) -> Awaited:
    """Return what waits now; of scheduled rules `rules` alone. `unordered`: channels that keep no order."""
    return Awaited._make(connection.execute(_question(rules, unordered)).one())


@lru_cache(maxsize=64)
def _question(rules: frozenset[str], unordered: frozenset[str]) -> Select[int | None, int | None, int | None, int]:
    theirs = or_(false(), *(schedules.c.rule == name for name in sorted(rules)))
    rule = select(func.min(schedules.c.due_at)).where(theirs)
    parts = (NEXT_DUE, rule, next_ready(unordered), HOW_MANY)
    return select(*(part.scalar_subquery() for part in parts))
