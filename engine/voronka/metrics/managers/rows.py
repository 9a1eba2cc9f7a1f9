"""What is read of the mart about managers: one statement a question, grouped in the database."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Double, and_, cast, func, literal, or_, select, tuple_

from voronka.calendars import DAY
from voronka.metrics.slices import Slice, behind, bucket, by_us, counted, total
from voronka.metrics.statistics.counts import Counts

__all__ = [
    "Cheque",
    "Effort",
    "activity",
    "arrivals",
    "cheques",
    "closed_deals",
    "cohort_deals",
    "cohorts",
    "effort",
    "quiet",
    "quiet_deals",
    "results",
]


class Cheque(NamedTuple):
    """The amounts of deals that entered a stage: how many have one, their mean and median, in minor units."""

    n: int
    mean: float
    median: float


class Effort(NamedTuple):
    """Our interactions on won deals and on all that closed, and how many of each there are."""

    on_won: int
    on_closed: int
    won: int
    closed: int


def results(part: Slice, mix: ColumnElement[str] | None) -> dict[Hashable, dict[Hashable, Counts]]:
    """Return won and closed deals by owner, then by stratum of the mix (None: all are one), closed in the period."""
    deals = part.deals
    stratum = literal("") if mix is None else mix
    statement = (
        select(deals.c.owner, stratum.label("stratum"), counted(deals.c.outcome == "won"), func.count())
        .where(part.visible, deals.c.outcome.is_not(None), part.within(deals.c.closed_at))
        .group_by(deals.c.owner, "stratum")
        .order_by(deals.c.owner, "stratum")
    )
    found: dict[Hashable, dict[Hashable, Counts]] = {}
    for owner, name, won, closed in part.connection.execute(statement):
        found.setdefault(owner, {})[name] = Counts(won, closed)
    return found


def activity(part: Slice) -> dict[str | None, dict[str, int]]:
    """Return how many interactions of each kind everybody of us had in the period, on deals that may be seen."""
    rows, deals = part.tables["fact_interaction"], part.deals
    statement = (
        select(rows.c.user, rows.c.kind, func.count())
        .select_from(rows.join(deals, deals.c.deal == rows.c.deal))
        .where(part.visible, part.within(rows.c.at), by_us(rows), rows.c.kind.is_not(None))
        .group_by(rows.c.user, rows.c.kind)
    )
    found: dict[str | None, dict[str, int]] = {}
    for user, kind, n in part.connection.execute(statement):
        found.setdefault(user, {})[kind] = n
    return found


def cheques(part: Slice, stage: str, amount: str) -> dict[str | None, Cheque]:
    """Return the amounts of deals by owner that first entered a stage in the period. `amount`: a column of deals."""
    visits, deals = part.tables["fact_visit"], part.deals
    entries = (
        select(visits.c.deal, func.min(visits.c.entered_at).label("at"))
        .where(visits.c.stage == stage)
        .group_by(visits.c.deal)
        .subquery()
    )
    value = deals.c[amount]
    statement = (
        select(
            deals.c.owner,
            func.count(),
            func.avg(cast(value, Double)),
            func.percentile_cont(0.5).within_group(cast(value, Double)),
        )
        .select_from(entries.join(deals, deals.c.deal == entries.c.deal))
        .where(part.visible, part.within(entries.c.at), value.is_not(None))
        .group_by(deals.c.owner)
    )
    return {owner: Cheque(n, mean, median) for owner, n, mean, median in part.connection.execute(statement)}


def effort(part: Slice, kinds: Collection[str] | None = None) -> dict[str | None, Effort]:
    """Return our interactions (of these kinds; None: of all) on the deals of each owner that closed in the period."""
    rows, deals = part.tables["fact_interaction"], part.deals
    own = select(rows.c.deal, func.count().label("n")).where(by_us(rows))
    if kinds is not None:
        own = own.where(rows.c.kind.in_(sorted(kinds)))
    by_deal = own.group_by(rows.c.deal).subquery()
    n, won = func.coalesce(by_deal.c.n, 0), deals.c.outcome == "won"
    statement = (
        select(
            deals.c.owner,
            cast(func.coalesce(func.sum(n).filter(won), 0), BigInteger),
            total(n),
            counted(won),
            func.count(),
        )
        .select_from(deals.outerjoin(by_deal, by_deal.c.deal == deals.c.deal))
        .where(part.visible, deals.c.outcome.is_not(None), part.within(deals.c.closed_at))
        .group_by(deals.c.owner)
    )
    return {owner: Effort(*numbers) for owner, *numbers in part.connection.execute(statement)}


def quiet(part: Slice, fewer: int, kinds: Collection[str] | None = None) -> dict[str | None, Counts]:
    """Return by owner how many won deals of the period had fewer interactions than this, of all won ones.

    The client's count as well as ours, but not what the engine sent by itself.
    """
    rows, deals = part.tables["fact_interaction"], part.deals
    logged = select(rows.c.deal, func.count().label("n")).where(rows.c.own.is_not(True))
    if kinds is not None:
        logged = logged.where(rows.c.kind.in_(sorted(kinds)))
    by_deal = logged.group_by(rows.c.deal).subquery()
    statement = (
        select(deals.c.owner, counted(func.coalesce(by_deal.c.n, 0) < fewer), func.count())
        .select_from(deals.outerjoin(by_deal, by_deal.c.deal == deals.c.deal))
        .where(part.visible, deals.c.outcome == "won", part.within(deals.c.closed_at))
        .group_by(deals.c.owner)
        .order_by(deals.c.owner)
    )
    return {owner: Counts(few, n) for owner, few, n in part.connection.execute(statement)}


def cohorts(part: Slice, edges: Sequence[int], within_days: int) -> dict[str | None, dict[int, Counts]]:
    """Return by owner and period (between neighbours of `edges`) how many of the deals created in it were won within so
    many days.
    """
    deals = part.deals
    if len(edges) < 2:
        return {}
    place = bucket(deals.c.created_at, edges).label("place")
    soon = and_(deals.c.outcome == "won", deals.c.closed_at - deals.c.created_at <= within_days * DAY)
    statement = (
        select(deals.c.owner, place, counted(soon), func.count())
        .where(part.visible, deals.c.created_at >= edges[0], deals.c.created_at < edges[-1])
        .group_by(deals.c.owner, "place")
        .order_by(deals.c.owner, "place")
    )
    found: dict[str | None, dict[int, Counts]] = {}
    for owner, number, won, n in part.connection.execute(statement):
        found.setdefault(owner, {})[number] = Counts(won, n)
    return found


def cohort_deals(part: Slice, edges: Sequence[int], most: int) -> dict[tuple[Any, ...], list[int]]:
    """Return the deals by owner and the beginning of the period in which they were created, at most so many of each."""
    deals = part.deals
    if len(edges) < 2:
        return {}
    place = bucket(deals.c.created_at, edges).label("place")
    of = select(deals.c.owner, place, deals.c.deal)
    found = behind(part, of.where(part.visible, deals.c.created_at >= edges[0], deals.c.created_at < edges[-1]), most)
    return {(owner, edges[number]): numbers for (owner, number), numbers in found.items()}


def arrivals(part: Slice, first: Collection[str]) -> dict[str | None, Counts]:
    """Return by owner how many of the deals that closed in the period came to them in one of the `first` stages."""
    versions, deals = part.tables["dim_deal_version"], part.deals
    same = or_(versions.c.owner == deals.c.owner, and_(versions.c.owner.is_(None), deals.c.owner.is_(None)))
    came = (
        select(versions.c.deal, func.min(versions.c.since).label("since"))
        .select_from(versions.join(deals, and_(deals.c.deal == versions.c.deal, same)))
        .where(part.visible, deals.c.outcome.is_not(None), part.within(deals.c.closed_at))
        .group_by(versions.c.deal)
        .subquery()
    )
    statement = (
        select(deals.c.owner, counted(versions.c.stage.in_(sorted(first))), func.count())
        .select_from(
            came.join(versions, tuple_(came.c.deal, came.c.since) == tuple_(versions.c.deal, versions.c.since)).join(
                deals, deals.c.deal == came.c.deal
            )
        )
        .where(same)
        .group_by(deals.c.owner)
        .order_by(deals.c.owner)
    )
    return {owner: Counts(at_first, n) for owner, at_first, n in part.connection.execute(statement)}


def closed_deals(part: Slice, most: int) -> dict[str | None, list[int]]:
    """Return by owner the numbers of the deals that closed in the period, at most so many, the last closed first."""
    deals = part.deals
    return _newest(part, [part.visible, deals.c.outcome.is_not(None), part.within(deals.c.closed_at)], most)


def quiet_deals(
    part: Slice, fewer: int, most: int, kinds: Collection[str] | None = None
) -> dict[str | None, list[int]]:
    """Return by owner the numbers of the won deals that `quiet` counts, at most so many, the last closed first."""
    rows, deals = part.tables["fact_interaction"], part.deals
    logged = select(func.count()).where(rows.c.deal == deals.c.deal, rows.c.own.is_not(True))
    if kinds is not None:
        logged = logged.where(rows.c.kind.in_(sorted(kinds)))
    few = logged.correlate(deals).scalar_subquery() < fewer
    return _newest(part, [part.visible, deals.c.outcome == "won", part.within(deals.c.closed_at), few], most)


def _newest(part: Slice, conditions: Sequence[ColumnElement[bool]], most: int) -> dict[str | None, list[int]]:
    deals = part.deals
    rank = func.row_number().over(partition_by=deals.c.owner, order_by=(deals.c.closed_at.desc(), deals.c.deal))
    ranked = select(deals.c.owner, deals.c.deal, rank.label("place")).where(*conditions).subquery()
    statement = select(ranked.c.owner, ranked.c.deal).where(ranked.c.place <= most).order_by(ranked.c.place)
    found: dict[str | None, list[int]] = {}
    for owner, deal in part.connection.execute(statement):
        found.setdefault(owner, []).append(deal)
    return found
