"""What rules did: one row a firing, written with the events of its deal."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, func, select

from voronka.storage.deals import owned_by
from voronka.storage.tables import deals, firings

__all__ = ["FAILED", "FIRED", "SHADOW", "FiringRow", "latest", "read"]

FIRED, SHADOW, FAILED = "fired", "shadow", "failed"


class FiringRow(NamedTuple):
    """A firing: where it stands in the history of its deal, and how it ended (``fired``, ``shadow``, ``failed``)."""

    deal: bytes
    seq: int
    n: int
    rule: str
    at: int
    result: str


def read(
    connection: Connection, rule: str, *, since: int, until: int, limit: int, owners: frozenset[str] | None = None
) -> list[FiringRow]:
    """Return the firings of a rule from `since` on and before `until`, the oldest first; not those of hidden deals.

    `owners`: only those on their deals.
    """
    query = (
        select(firings)
        .join(deals, deals.c.id == firings.c.deal)
        .where(firings.c.rule == rule, firings.c.at >= since, firings.c.at < until, deals.c.hidden.is_(False))
        .order_by(firings.c.at, deals.c.number, firings.c.seq, firings.c.n)
        .limit(limit)
    )
    if owners is not None:
        query = query.where(owned_by(owners))
    return [FiringRow(*row) for row in connection.execute(query)]


def latest(connection: Connection, owners: frozenset[str] | None = None) -> dict[tuple[str, str], tuple[int, int]]:
    """Return how often each rule has fired and when last, by rule and result; on the deals of `owners`, or on all."""
    query = select(firings.c.rule, firings.c.result, func.count(), func.max(firings.c.at)).group_by(
        firings.c.rule, firings.c.result
    )
    if owners is not None:
        query = query.join(deals, deals.c.id == firings.c.deal).where(deals.c.hidden.is_(False), owned_by(owners))
    return {(rule, result): (count, at) for rule, result, count, at in connection.execute(query)}
