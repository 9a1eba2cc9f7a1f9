"""What forecasts read of the mart, as it was at a moment: how long stays took to end, and what is open."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Double,
    Subquery,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from voronka.metrics.slices import Slice, behind, bucket, days_between, total
from voronka.metrics.statistics.survival import Life

__all__ = [
    "OpenDeal",
    "Won",
    "closed_by_stage",
    "lives_by_stage",
    "lives_since_creation",
    "open_deals",
    "pipeline",
    "won_by_period",
]


_ALONE = 300


class OpenDeal(NamedTuple):
    """A deal that is open: where it stands, how many days ago it first came there, how many days old it is, and its
    amount (minor units, None: it has none). `n` deals of which all this is so may stand together: `amount` is then
    their sum, and `squares` the sum of their amounts' squares.
    """

    stage: str
    days: int
    age: int
    amount: int | None
    n: int = 1
    squares: float | None = None


class Won(NamedTuple):
    """What was won in a period: of deals that were open when it began, and of those created in it."""

    pipeline: int
    fresh: int


def lives_by_stage(part: Slice, moments: Sequence[int]) -> list[dict[str, list[Life]]]:
    """Return by stage how many days deals took from their first entry to their end, as it was known at each moment."""
    deals, entries = part.deals, _entries(part)
    asked = union_all(
        *(select(literal(n, BigInteger).label("place"), _moment(at).label("at")) for n, at in enumerate(moments))
    ).subquery()
    over = and_(deals.c.outcome.is_not(None), deals.c.closed_at <= asked.c.at)
    end, closed = case((over, deals.c.outcome), else_=null()), case((over, deals.c.closed_at), else_=asked.c.at)
    statement = (
        select(
            asked.c.place,
            entries.c.stage,
            days_between(entries.c.at, closed).label("days"),
            end.label("ended"),
            func.count(),
        )
        .select_from(entries.join(deals, deals.c.deal == entries.c.deal).join(asked, entries.c.at < asked.c.at))
        .where(part.visible)
        .group_by(asked.c.place, entries.c.stage, "days", "ended")
        .order_by(asked.c.place, entries.c.stage, "days", "ended")
    )
    found: list[dict[str, list[Life]]] = [{} for _ in moments]
    for place, stage, length, outcome, n in part.connection.execute(statement):
        found[place].setdefault(stage, []).append(Life(length, outcome, n))
    return found


def lives_since_creation(part: Slice, at: int) -> list[Life]:
    """Return how many days deals lasted since they were created, as it was known at a moment."""
    deals = part.deals
    over = and_(deals.c.outcome.is_not(None), deals.c.closed_at <= at)
    end, closed = case((over, deals.c.outcome), else_=null()), case((over, deals.c.closed_at), else_=at)
    days = days_between(deals.c.created_at, closed).label("days")
    statement = (
        select(days, end.label("ended"), func.count())
        .where(part.visible, deals.c.created_at < at)
        .group_by("days", "ended")
        .order_by("days", "ended")
    )
    return [Life(*row) for row in part.connection.execute(statement)]


def pipeline(part: Slice, at: int, amount: str) -> list[OpenDeal]:
    """Return the deals that were open at a moment, with the amounts of then. `amount`: a column of deals.

    The few hundred largest stand alone, the others together with those of the same stage and age.
    """
    visits, versions, deals = part.tables["fact_visit"], part.tables["dim_deal_version"], part.deals
    entries = _entries(part)
    then = and_(
        versions.c.deal == visits.c.deal,
        versions.c.since <= at,
        or_(versions.c.until.is_(None), versions.c.until > at),
    )
    found = (
        select(
            visits.c.stage,
            days_between(entries.c.at, _moment(at)).label("days"),
            days_between(deals.c.created_at, _moment(at)).label("age"),
            versions.c[amount].label("amount"),
            func.row_number().over(order_by=(versions.c[amount].desc().nulls_last(), deals.c.deal)).label("place"),
        )
        .select_from(
            visits.join(deals, deals.c.deal == visits.c.deal)
            .join(entries, and_(entries.c.deal == visits.c.deal, entries.c.stage == visits.c.stage))
            .outerjoin(versions, then)
        )
        .where(
            part.visible,
            visits.c.outcome.is_(None),
            visits.c.entered_at <= at,
            or_(visits.c.left_at.is_(None), visits.c.left_at > at),
        )
        .subquery()
    )
    alone = case((found.c.place <= _ALONE, found.c.place), else_=0).label("alone")
    value = cast(found.c.amount, Double)
    statement = select(
        found.c.stage,
        found.c.days,
        found.c.age,
        case((func.count(found.c.amount) > 0, total(found.c.amount))),
        func.count(),
        func.sum(value * value),
        alone,
    ).group_by(found.c.stage, found.c.days, found.c.age, found.c.amount.is_(None), "alone")
    return [OpenDeal(*row) for *row, _ in part.connection.execute(statement)]


def won_by_period(part: Slice, edges: Sequence[int], amount: str) -> list[Won]:
    """Return what was won between each two neighbours of `edges`."""
    deals = part.deals
    place = bucket(deals.c.closed_at, edges).label("place")
    began = case(*((deals.c.closed_at < end, start) for start, end in pairwise(edges)))
    value = deals.c[amount]
    statement = (
        select(
            place,
            total(case((deals.c.created_at < began, value), else_=0)),
            total(case((deals.c.created_at >= began, value), else_=0)),
        )
        .where(part.visible, deals.c.outcome == "won", deals.c.closed_at >= edges[0], deals.c.closed_at < edges[-1])
        .group_by("place")
    )
    found = {number: Won(known, fresh) for number, known, fresh in part.connection.execute(statement)}
    return [found.get(number, Won(0, 0)) for number in range(len(edges) - 1)]


def closed_by_stage(part: Slice, most: int) -> dict[tuple[Any, ...], list[int]]:
    """Return by stage the deals that were ever in it and have closed, at most so many of each."""
    visits, deals = part.tables["fact_visit"], part.deals
    of = select(visits.c.stage, deals.c.deal).select_from(visits.join(deals, deals.c.deal == visits.c.deal))
    return behind(part, of.where(part.visible, visits.c.outcome.is_(None), deals.c.outcome.is_not(None)), most)


def open_deals(part: Slice, amount: str, most: int) -> dict[bool, list[int]]:
    """Return the deals that are open now: those that have an amount and those that have none, at most so many each."""
    deals = part.deals
    of = select(deals.c[amount].is_not(None), deals.c.deal).where(part.visible, deals.c.outcome.is_(None))
    return {bool(known): numbers for (known,), numbers in behind(part, of, most).items()}


def _entries(part: Slice) -> Subquery:
    """Return when each deal first came to each open stage."""
    visits = part.tables["fact_visit"]
    return (
        select(visits.c.deal, visits.c.stage, func.min(visits.c.entered_at).label("at"))
        .where(visits.c.outcome.is_(None))
        .group_by(visits.c.deal, visits.c.stage)
        .subquery()
    )


def _moment(at: int) -> ColumnElement[int]:
    return literal(at, BigInteger)
