"""What is read of the mart about attempts to reach clients: grouped in the database."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, FromClause, and_, case, cast, func, not_, or_, select

from voronka.metrics.slices import Slice, behind, by_client, by_us, counted
from voronka.metrics.statistics.counts import Counts

__all__ = [
    "Attempts",
    "Series",
    "Touch",
    "attempt_deals",
    "attempts",
    "failed_deals",
    "failing_deals",
    "left_silently",
    "patient_deals",
    "series",
    "touchpoints",
]


class Attempts(NamedTuple):
    """How many of our attempts by a channel, for a reason, had an outcome (None: none was told)."""

    kind: str
    channel: str | None
    reason: str | None
    outcome: str | None
    n: int


class Touch(NamedTuple):
    """Failed attempts of all with an outcome at a touchpoint: a stage, and a channel or, without one, a kind."""

    stage: str | None
    channel: str | None
    counts: Counts


class Series(NamedTuple):
    """How many closed deals had their longest series of failed attempts so long, and how many of them were won."""

    length: int
    counts: Counts


def attempts(part: Slice) -> list[Attempts]:
    """Return our attempts of the period by kind, channel, reason and outcome."""
    rows, deals = part.tables["fact_interaction"], part.deals
    told = (rows.c.kind, rows.c.channel, rows.c.reason, rows.c.outcome)
    statement = (
        select(*told, func.count().label("n"))
        .select_from(rows.join(deals, deals.c.deal == rows.c.deal))
        .where(_tried(part))
        .group_by(*told)
    )
    return sorted((Attempts(*row) for row in part.connection.execute(statement)), key=lambda each: (-each.n, str(each)))


def touchpoints(part: Slice, failed: Collection[str]) -> list[Touch]:
    """Return which share of the attempts with an outcome failed, by the stage in which the deal was and the channel, or
    the kind without one.
    """
    rows = part.tables["fact_interaction"]
    stage, way, source = _touched(part)
    statement = (
        select(stage, way, counted(rows.c.outcome.in_(sorted(failed))), func.count())
        .select_from(source)
        .where(_tried(part), rows.c.outcome.is_not(None))
        .group_by(stage, way)
    )
    found = [Touch(stage, channel, Counts(bad, n)) for stage, channel, bad, n in part.connection.execute(statement)]
    return sorted(found, key=lambda each: (each.stage or "", each.channel or ""))


def series(part: Slice, failed: Collection[str]) -> list[Series]:
    """Return the deals that closed in the period by their longest series of failed attempts in a row.

    An attempt that reached the client, or one by the client, ends a series.
    """
    deals = part.deals
    length, source, closed = _longest(part, failed)
    statement = (
        select(length, counted(deals.c.outcome == "won"), func.count())
        .select_from(source)
        .where(closed)
        .group_by("length")
        .order_by("length")
    )
    return [Series(number, Counts(won, n)) for number, won, n in part.connection.execute(statement)]


def left_silently(part: Slice, failed: Collection[str], least: int, most: int) -> tuple[Counts, list[int]]:
    """Return how many of the deals lost in the period had so many failed attempts and never a word from the client, of
    all lost ones; and their numbers, at most so many, the last closed first.
    """
    rows, deals = part.tables["fact_interaction"], part.deals
    lost = and_(part.visible, deals.c.outcome == "lost", part.within(deals.c.closed_at))
    by_deal = (
        select(rows.c.deal, counted(_bad(part, failed)).label("bad"), counted(_ends(part, failed)).label("heard"))
        .select_from(rows.join(deals, deals.c.deal == rows.c.deal))
        .where(lost)
        .group_by(rows.c.deal)
        .subquery()
    )
    silent = and_(by_deal.c.bad >= least, by_deal.c.heard == 0)
    joined = deals.outerjoin(by_deal, by_deal.c.deal == deals.c.deal)
    counts = part.connection.execute(select(counted(silent), func.count()).select_from(joined).where(lost)).one()
    numbers = select(deals.c.deal).select_from(joined).where(lost, silent)
    found = part.connection.execute(numbers.order_by(deals.c.closed_at.desc(), deals.c.deal).limit(most)).scalars()
    return Counts(*counts), list(found)


def failing_deals(part: Slice, failed: Collection[str], least: int, most: int) -> list[tuple[int, int]]:
    """Return open deals whose last attempts, so many or more in a row, failed: another way to reach them is due.

    With how many in a row, the most first.
    """
    rows, deals = part.tables["fact_interaction"], part.deals
    open_ = and_(part.visible, deals.c.outcome.is_(None))
    # How many ends come after it: none after those of the last series.
    later = func.sum(case((_ends(part, failed), 1), else_=0)).over(
        partition_by=rows.c.deal, order_by=(rows.c.at.desc(), rows.c.seq.desc(), rows.c.n.desc())
    )
    placed = (
        select(rows.c.deal, later.label("later"), _bad(part, failed).label("bad"))
        .select_from(rows.join(deals, deals.c.deal == rows.c.deal))
        .where(open_)
        .subquery()
    )
    length = func.count()
    statement = (
        select(placed.c.deal, length)
        .where(placed.c.later == 0, placed.c.bad)
        .group_by(placed.c.deal)
        .having(length >= least)
        .order_by(length.desc(), placed.c.deal)
        .limit(most)
    )
    return [(deal, n) for deal, n in part.connection.execute(statement)]


def attempt_deals(part: Slice, most: int) -> dict[tuple[Any, ...], list[int]]:
    """Return the deals of the attempts by kind, channel, reason and outcome, at most so many of each."""
    rows, deals = part.tables["fact_interaction"], part.deals
    told = (rows.c.kind, rows.c.channel, rows.c.reason, rows.c.outcome)
    of = select(*told, deals.c.deal).select_from(rows.join(deals, deals.c.deal == rows.c.deal))
    return behind(part, of.where(_tried(part)), most)


def failed_deals(part: Slice, failed: Collection[str], most: int) -> dict[tuple[Any, ...], list[int]]:
    """Return the deals of the attempts that failed by stage and channel, at most so many of each."""
    rows, deals = part.tables["fact_interaction"], part.deals
    stage, way, source = _touched(part)
    of = select(stage, way, deals.c.deal).select_from(source)
    return behind(part, of.where(_tried(part), rows.c.outcome.in_(sorted(failed))), most)


def patient_deals(part: Slice, failed: Collection[str], longest: int, most: int) -> dict[tuple[Any, ...], list[int]]:
    """Return the closed deals by their longest series of failures, `longest` and more together, at most so many."""
    length, source, closed = _longest(part, failed)
    capped = case((length > longest, longest), else_=length).label("length")
    return behind(part, select(capped, part.deals.c.deal).select_from(source).where(closed), most)


def _longest(part: Slice, failed: Collection[str]) -> tuple[ColumnElement[int], FromClause, ColumnElement[bool]]:
    """Return the longest series of failures of a deal, what to select it from, and that the deal has closed."""
    deals = part.deals
    rows = part.tables["fact_interaction"]
    closed = and_(part.visible, deals.c.outcome.is_not(None), part.within(deals.c.closed_at))
    # How many ends came before is the number of the series.
    ends = func.sum(case((_ends(part, failed), 1), else_=0))
    placed = (
        select(
            rows.c.deal,
            ends.over(partition_by=rows.c.deal, order_by=(rows.c.at, rows.c.seq, rows.c.n)).label("place"),
            case((_bad(part, failed), 1), else_=0).label("bad"),
        )
        .select_from(rows.join(deals, deals.c.deal == rows.c.deal))
        .where(closed)
        .subquery()
    )
    lengths = (
        select(placed.c.deal, placed.c.place, func.sum(placed.c.bad).label("length"))
        .group_by(placed.c.deal, placed.c.place)
        .subquery()
    )
    longest = select(lengths.c.deal, func.max(lengths.c.length).label("length")).group_by(lengths.c.deal).subquery()
    length = cast(func.coalesce(longest.c.length, 0), BigInteger).label("length")
    return length, deals.outerjoin(longest, longest.c.deal == deals.c.deal), closed


def _touched(part: Slice) -> tuple[ColumnElement[str], ColumnElement[str], FromClause]:
    """Return the stage of then, the channel or kind, and what to select them from."""
    rows, deals, visits = part.tables["fact_interaction"], part.deals, part.tables["fact_visit"]
    during = and_(
        visits.c.deal == rows.c.deal,
        visits.c.entered_at <= rows.c.at,
        or_(visits.c.left_at.is_(None), visits.c.left_at > rows.c.at),
        visits.c.outcome.is_(None),
    )
    source = rows.join(deals, deals.c.deal == rows.c.deal).outerjoin(visits, during)
    return visits.c.stage, func.coalesce(rows.c.channel, rows.c.kind).label("way"), source


def _bad(part: Slice, failed: Collection[str]) -> ColumnElement[bool]:
    rows = part.tables["fact_interaction"]
    return and_(not_(by_client(rows)), rows.c.outcome.in_(sorted(failed)))


def _ends(part: Slice, failed: Collection[str]) -> ColumnElement[bool]:
    """Return what ends a series: an attempt that reached the client, or a word from the client."""
    rows = part.tables["fact_interaction"]
    reached = and_(rows.c.outcome.is_not(None), rows.c.outcome.not_in(sorted(failed)))
    return or_(by_client(rows), reached)


def _tried(part: Slice) -> ColumnElement[bool]:
    rows = part.tables["fact_interaction"]
    return and_(part.visible, part.within(rows.c.at), by_us(rows), rows.c.kind.is_not(None))
