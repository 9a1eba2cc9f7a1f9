"""Whose turn was the last in each group, and how many open deals everybody has."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, func, select

from voronka.storage.tables import assignments, deals

__all__ = ["loads", "turns"]


def turns(connection: Connection, pools: Iterable[str]) -> dict[str, str | None]:
    """Return for each of the pools who got a deal last, None before the first."""
    wanted = list(pools)
    query = select(assignments.c.pool, assignments.c.user).where(assignments.c.pool.in_(wanted))
    found: dict[str, str | None] = dict.fromkeys(wanted)
    return found | {row.pool: row.user for row in connection.execute(query)}


def loads(connection: Connection) -> dict[str, int]:
    """Return how many open deals each owner has."""
    query = (
        select(deals.c.owner, func.count())
        .where(deals.c.closed_at.is_(None), deals.c.hidden.is_(False), deals.c.owner.is_not(None))
        .group_by(deals.c.owner)
    )
    return {row[0]: row[1] for row in connection.execute(query)}
