"""What rules did: one row a firing, written with the events of its deal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, func, select

from voronka.storage.deals import owned_by
from voronka.storage.tables import deals, firings

__all__ = ["FAILED", "FIRED", "SHADOW", "FiringCounts", "FiringRow", "count", "latest", "read"]

FIRED, SHADOW, FAILED = "fired", "shadow", "failed"


class FiringRow(NamedTuple):
    """A firing: where it stands in the history of its deal, and how it ended (``fired``, ``shadow``, ``failed``)."""

    deal: bytes
    seq: int
    n: int
    rule: str
    at: int
    result: str


class FiringCounts(NamedTuple):
    """How many firings ended how, and on how many `deals`."""

    by_result: Mapping[str, int]
    deals: int


def read(
    connection: Connection, rule: str, *, since: int, until: int, limit: int, owners: frozenset[str] | None = None
) -> list[FiringRow]:
    """Return the newest firings of a rule from `since` on and before `until`, the oldest of them first.

    Not those of hidden deals. `owners`: only those on their deals.
    """
    query = _between(select(firings), rule, since=since, until=until, owners=owners)
    newest = query.order_by(firings.c.at.desc(), deals.c.number.desc(), firings.c.seq.desc(), firings.c.n.desc())
    return [FiringRow(*row) for row in connection.execute(newest.limit(limit))][::-1]


def count(
    connection: Connection, rule: str, *, since: int, until: int, owners: frozenset[str] | None = None
) -> FiringCounts:
    """Return how many such firings there are, however many."""
    each = select(firings.c.result, func.count().label("number")).group_by(firings.c.result)
    whole = select(func.count(firings.c.deal.distinct()))
    each, whole = (_between(query, rule, since=since, until=until, owners=owners) for query in (each, whole))
    by_result = {row.result: row.number for row in connection.execute(each)}
    return FiringCounts(by_result=by_result, deals=connection.execute(whole).scalar_one())


def _between(query: Select[Any], rule: str, *, since: int, until: int, owners: frozenset[str] | None) -> Select[Any]:
    chosen = query.join_from(firings, deals, deals.c.id == firings.c.deal).where(
        firings.c.rule == rule, firings.c.at >= since, firings.c.at < until, deals.c.hidden.is_(False)
    )
    return chosen if owners is None else chosen.where(owned_by(owners))


def latest(connection: Connection, owners: frozenset[str] | None = None) -> dict[tuple[str, str], tuple[int, int]]:
    """Return how often each rule has fired and when last, by rule and result; on the deals of `owners`, or on all."""
    query = select(firings.c.rule, firings.c.result, func.count(), func.max(firings.c.at)).group_by(
        firings.c.rule, firings.c.result
    )
    if owners is not None:
        query = query.join(deals, deals.c.id == firings.c.deal).where(deals.c.hidden.is_(False), owned_by(owners))
    return {(rule, result): (count, at) for rule, result, count, at in connection.execute(query)}
