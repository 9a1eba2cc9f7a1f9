"""What forecasts read of the mart, as it was at a moment: how long stays took to end, and what is open."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from sqlalchemy import BigInteger, ColumnElement, and_, case, func, literal, null, or_, select

from voronka.metrics.slices import Slice, bucket, days_between, total
from voronka.metrics.statistics.survival import Life

__all__ = ["OpenDeal", "Won", "lives_by_stage", "lives_since_creation", "pipeline", "won_by_period"]


class OpenDeal(NamedTuple):
    """A deal that is open: where it stands, for how many days, how many days old it is, and its amount (minor units,
    None: it has none).
    """

    stage: str
    days: int
    age: int
    amount: int | None


class Won(NamedTuple):
    """What was won in a period: of deals that were open when it began, and of those created in it."""

    pipeline: int
    fresh: int


def lives_by_stage(part: Slice, at: int) -> dict[str, list[Life]]:
    """Return by stage how many days deals took from their first entry to their end, as it was known at a moment."""
    visits, deals = part.tables["fact_visit"], part.deals
    entries = (
        select(visits.c.deal, visits.c.stage, func.min(visits.c.entered_at).label("at"))
        .where(visits.c.entered_at < at, visits.c.outcome.is_(None))
        .group_by(visits.c.deal, visits.c.stage)
        .subquery()
    )
    end, closed = _end(part, at)
    days = days_between(entries.c.at, closed).label("days")
    statement = (
        select(entries.c.stage, days, end.label("ended"), func.count())
        .select_from(entries.join(deals, deals.c.deal == entries.c.deal))
        .where(part.visible)
        .group_by(entries.c.stage, "days", "ended")
        .order_by(entries.c.stage, "days", "ended")
    )
    found: dict[str, list[Life]] = {}
    for stage, length, outcome, n in part.connection.execute(statement):
        found.setdefault(stage, []).append(Life(length, outcome, n))
    return found


def lives_since_creation(part: Slice, at: int) -> list[Life]:
    """Return how many days deals lasted since they were created, as it was known at a moment."""
    deals = part.deals
    end, closed = _end(part, at)
    days = days_between(deals.c.created_at, closed).label("days")
    statement = (
        select(days, end.label("ended"), func.count())
        .where(part.visible, deals.c.created_at < at)
        .group_by("days", "ended")
        .order_by("days", "ended")
    )
    return [Life(*row) for row in part.connection.execute(statement)]


def pipeline(part: Slice, at: int, amount: str) -> list[OpenDeal]:
    """Return the deals that were open at a moment, with the amounts of then. `amount`: a column of deals."""
    visits, versions, deals = part.tables["fact_visit"], part.tables["dim_deal_version"], part.deals
    statement = (
        select(
            visits.c.stage,
            days_between(visits.c.entered_at, _moment(at)),
            days_between(deals.c.created_at, _moment(at)),
            versions.c[amount],
        )
        .select_from(
            visits.join(deals, deals.c.deal == visits.c.deal).outerjoin(
                versions,
                and_(
                    versions.c.deal == visits.c.deal,
                    versions.c.since <= at,
                    or_(versions.c.until.is_(None), versions.c.until > at),
                ),
            )
        )
        .where(
            part.visible,
            visits.c.outcome.is_(None),
            visits.c.entered_at <= at,
            or_(visits.c.left_at.is_(None), visits.c.left_at > at),
        )
    )
    return [OpenDeal(*row) for row in part.connection.execute(statement)]


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


def _end(part: Slice, at: int) -> tuple[ColumnElement[str | None], ColumnElement[int]]:
    """Return how a deal had ended by a moment (NULL: it had not), and until when it had lasted."""
    deals = part.deals
    over = and_(deals.c.outcome.is_not(None), deals.c.closed_at <= at)
    return case((over, deals.c.outcome), else_=null()), case((over, deals.c.closed_at), else_=at)


def _moment(at: int) -> ColumnElement[int]:
    return literal(at, BigInteger)
