"""What of the mart a report looks at: one funnel or all, a period, and the deals that whoever asks may see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Double,
    FromClause,
    Select,
    Table,
    and_,
    case,
    cast,
    false,
    func,
    not_,
    select,
    true,
)

from voronka.calendars import DAY
from voronka.definition.rights import NOBODY
from voronka.frozen import frozen

__all__ = ["Slice", "behind", "bucket", "by_client", "by_us", "counted", "days_between", "total"]


@frozen
class Slice:
    """Deals of the mart. `funnel` None: of all. `start` to before `end` in UTC microseconds, None: open; `owners` None:
    everybody's; `NOBODY` among them: those without an owner, too.
    """

    connection: Connection
    tables: Mapping[str, Table]
    funnel: str | None = None
    start: int | None = None
    end: int | None = None
    owners: frozenset[str] | None = None

    @property
    def deals(self) -> Table:
        """The deals."""
        return self.tables["dim_deal"]

    @property
    def visible(self) -> ColumnElement[bool]:
        """What a deal must satisfy to be looked at, whenever it was."""
        deals = self.deals
        conditions: list[ColumnElement[bool]] = [true()]
        if self.funnel is not None:
            conditions.append(deals.c.funnel == self.funnel)
        if self.owners is not None:
            owned = deals.c.owner.in_(sorted(self.owners - {NOBODY}))
            conditions.append(owned | deals.c.owner.is_(None) if NOBODY in self.owners else owned)
        return and_(*conditions)

    def within(self, moment: ColumnElement[Any]) -> ColumnElement[bool]:
        """Return what a moment must satisfy to lie in the period."""
        conditions: list[ColumnElement[bool]] = [true()]
        if self.start is not None:
            conditions.append(moment >= self.start)
        if self.end is not None:
            conditions.append(moment < self.end)
        return and_(*conditions)


def counted(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """Return how many rows of a group a condition holds for."""
    return total(case((condition, 1), else_=0))


def total(value: ColumnElement[Any]) -> ColumnElement[int]:
    """Return a sum as an integer: databases sum integers into wider types otherwise; of nothing it is 0."""
    return cast(func.coalesce(func.sum(value), 0), BigInteger)


def days_between(start: ColumnElement[Any], end: ColumnElement[Any]) -> ColumnElement[int]:
    """Return the whole days, of 24 hours, between two moments."""
    return cast(func.floor(cast(end - start, Double) / float(DAY)), BigInteger)


def bucket(moment: ColumnElement[Any], edges: Sequence[int]) -> ColumnElement[int]:
    """Return the place of the period a moment lies in: between two neighbours of `edges`; NULL outside of all."""
    whens: Iterable[tuple[ColumnElement[bool], int]] = (
        (and_(moment >= start, moment < end), place) for place, (start, end) in enumerate(pairwise(edges))
    )
    return case(*whens)


def behind(part: Slice, found: Select[Any], most: int) -> dict[tuple[Any, ...], list[int]]:
    """Return the numbers of deals by keys, at most so many of each, the newest first.

    `found`: the keys, and last the number of a deal; one that comes several times under the same keys stands once.
    """
    rows = found.distinct().subquery()
    *keys, deal = rows.c
    rank = func.row_number().over(partition_by=keys, order_by=deal.desc()).label("newest")
    ranked = select(*keys, deal, rank).subquery()
    statement = select(*list(ranked.c)[:-1]).where(ranked.c.newest <= most).order_by(ranked.c.newest)
    by_keys: dict[tuple[Any, ...], list[int]] = {}
    for *key, number in part.connection.execute(statement):
        by_keys.setdefault(tuple(key), []).append(number)
    return by_keys


def by_us(interactions: FromClause) -> ColumnElement[bool]:
    """Return what an interaction satisfies that one of us began: neither the client nor the engine's own sends."""
    return and_(func.coalesce(interactions.c.own, false()).is_(False), not_(by_client(interactions)))


def by_client(interactions: FromClause) -> ColumnElement[bool]:
    """Return what an interaction satisfies that the client began."""
    return func.coalesce(interactions.c.direction, "") == "in"
