"""How deals flow through stages, counted over visits in SQL: one statement a question, the same on every database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import CTE, BigInteger, ColumnElement, Connection, Integer, and_, case, cast, func, null, select

from voronka.calendars.zones import DAY, HOUR, MINUTE, SECOND
from voronka.metrics.statistics.survival import Life
from voronka.storage.deals import owned_by
from voronka.storage.tables import deals, visits

__all__ = [
    "Dwell",
    "Flow",
    "Outcomes",
    "Period",
    "deals_by_stage",
    "dwell_by_stage",
    "flow_by_stage",
    "lives_by_stage",
    "outcomes_by_owner",
    "visited_stages",
]


class Period(NamedTuple):
    """Which deals are counted: those created from `start` up to but not including `end` (UTC microseconds, None:
    open), of these `owners` (None: of all; `NOBODY` among them: those without an owner, too)."""

    start: int | None = None
    end: int | None = None
    owners: frozenset[str] | None = None


class Flow(NamedTuple):
    """One stage's deals and visits; see `voronka.metrics.funnel.DEFINITIONS`."""

    entered: int
    visits: int
    onward: int
    back: int
    lost: int
    here: int


class Dwell(NamedTuple):
    """Finished visits to a stage: how many, and two percentiles of their length in microseconds."""

    finished: int
    median: int
    p90: int


class Outcomes(NamedTuple):
    """One owner's deals."""

    owner: str | None
    open: int
    won: int
    lost: int


def flow_by_stage(connection: Connection, funnel: str, order: Sequence[str], period: Period) -> dict[str, Flow]:
    """Return the flow of each stage that has visits. `order`: the open stages along the path, then won."""
    journey = _journey(funnel, order, period)
    by_deal = (
        select(
            journey.c.stage,
            journey.c.deal,
            func.count().label("visits"),
            # From the first visit on: what came later at all, not only next.
            func.max(case((journey.c.furthest > journey.c.position, 1), else_=0)).label("onward"),
            func.sum(case((journey.c.next_position < journey.c.position, 1), else_=0)).label("back"),
            func.max(case((journey.c.next_outcome == "lost", 1), else_=0)).label("lost"),
            func.max(case((journey.c.left_at.is_(None), 1), else_=0)).label("here"),
        )
        .group_by(journey.c.stage, journey.c.deal)
        .cte("by_deal")
    )
    statement = select(
        by_deal.c.stage,
        func.count(),
        *(_total(by_deal.c[name]) for name in ("visits", "onward", "back", "lost", "here")),
    ).group_by(by_deal.c.stage)
    return {stage: Flow(*numbers) for stage, *numbers in connection.execute(statement)}


def visited_stages(connection: Connection, funnel: str, period: Period) -> set[str]:
    """Return the stages that have visits."""
    statement = select(visits.c.stage).distinct().join(deals, deals.c.id == visits.c.deal)
    return set(connection.execute(statement.where(_counted(funnel, period))).scalars())


def dwell_by_stage(connection: Connection, funnel: str, period: Period) -> dict[str, Dwell]:
    """Return the length of finished visits by stage. A percentile is the value of the nearest rank."""
    length = (visits.c.left_at - visits.c.entered_at).label("length")
    ranked = (
        select(
            visits.c.stage,
            length,
            func.row_number().over(partition_by=visits.c.stage, order_by=length).label("rank"),
            func.count().over(partition_by=visits.c.stage).label("n"),
        )
        .join(deals, deals.c.id == visits.c.deal)
        .where(_counted(funnel, period), visits.c.left_at.is_not(None))
        .cte("ranked")
    )
    statement = select(
        ranked.c.stage,
        func.max(ranked.c.n),
        func.min(case((ranked.c.rank * 2 >= ranked.c.n, ranked.c.length))),
        func.min(case((ranked.c.rank * 10 >= ranked.c.n * 9, ranked.c.length))),
    ).group_by(ranked.c.stage)
    return {stage: Dwell(*numbers) for stage, *numbers in connection.execute(statement)}


def lives_by_stage(connection: Connection, funnel: str, period: Period, now: int) -> dict[str, list[Life]]:
    """Return how many microseconds visits lasted by stage, of the stages in which deals stand now: open ones up to now,
    without an end. To the second within an hour, to the minute within two days, to the hour beyond.
    """
    here = (
        select(visits.c.stage)
        .distinct()
        .join(deals, deals.c.id == visits.c.deal)
        .where(_counted(funnel, period), visits.c.left_at.is_(None), visits.c.outcome.is_(None))
    )
    length = func.coalesce(visits.c.left_at, now) - visits.c.entered_at
    grain = case((length < HOUR, SECOND), (length < 2 * DAY, MINUTE), else_=HOUR)
    lasted = cast(length - length % grain, BigInteger).label("lasted")
    over = visits.c.left_at.is_not(None).label("over")
    statement = (
        select(visits.c.stage, lasted, over, func.count())
        .join(deals, deals.c.id == visits.c.deal)
        .where(_counted(funnel, period), visits.c.stage.in_(here))
        .group_by(visits.c.stage, "lasted", "over")
    )
    found: dict[str, list[Life]] = {}
    for stage, long, ended, n in connection.execute(statement):
        found.setdefault(stage, []).append(Life(max(long, 0), "left" if ended else None, n))
    return found


def deals_by_stage(connection: Connection, funnel: str, period: Period, limit: int) -> dict[str, list[int]]:
    """Return the numbers of the newest deals that entered each stage, so many at most of each."""
    entered = (
        select(visits.c.stage, deals.c.number)
        .distinct()
        .join(deals, deals.c.id == visits.c.deal)
        .where(_counted(funnel, period))
        .cte("entered")
    )
    rank = func.row_number().over(partition_by=entered.c.stage, order_by=entered.c.number.desc()).label("rank")
    ranked = select(*entered.c, rank).cte("ranked")
    statement = select(ranked.c.stage, ranked.c.number).where(ranked.c.rank <= limit)
    found: dict[str, list[int]] = {}
    for stage, number in connection.execute(statement.order_by(ranked.c.stage, ranked.c.number)):
        found.setdefault(stage, []).append(number)
    return found


def outcomes_by_owner(connection: Connection, funnel: str, period: Period) -> list[Outcomes]:
    """Return what became of the deals of each present owner, by the names of the owners: it is no ranking."""

    def count(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return _total(case((condition, 1), else_=0))

    statement = (
        select(
            deals.c.owner,
            count(deals.c.outcome.is_(None)),
            count(deals.c.outcome == "won"),
            count(deals.c.outcome == "lost"),
        )
        .where(_counted(funnel, period))
        .group_by(deals.c.owner)
        .order_by(deals.c.owner.is_(None), deals.c.owner)
    )
    return [Outcomes(*row) for row in connection.execute(statement)]


def _journey(funnel: str, order: Sequence[str], period: Period) -> CTE:
    """Return each visit with its place on the path, the next one's, and the furthest place reached afterwards."""
    whens = [(visits.c.stage == stage, place) for place, stage in enumerate(order)]
    position = cast(case(*whens, else_=null()) if whens else null(), Integer)
    placed = (
        select(
            visits.c.deal,
            visits.c.visit,
            visits.c.stage,
            visits.c.outcome,
            visits.c.left_at,
            position.label("position"),
        )
        .join(deals, deals.c.id == visits.c.deal)
        .where(_counted(funnel, period))
        .cte("placed")
    )
    deal, visit = placed.c.deal, placed.c.visit
    return select(
        *placed.c,
        func.lead(placed.c.position).over(partition_by=deal, order_by=visit).label("next_position"),
        func.lead(placed.c.outcome).over(partition_by=deal, order_by=visit).label("next_outcome"),
        func.max(placed.c.position).over(partition_by=deal, order_by=visit, rows=(1, None)).label("furthest"),
    ).cte("journey")


def _counted(funnel: str, period: Period) -> ColumnElement[bool]:
    conditions = [deals.c.funnel == funnel, deals.c.hidden.is_(False)]
    if period.start is not None:
        conditions.append(deals.c.created_at >= period.start)
    if period.end is not None:
        conditions.append(deals.c.created_at < period.end)
    if period.owners is not None:
        conditions.append(owned_by(period.owners))
    return and_(*conditions)


def _total(column: ColumnElement[int]) -> ColumnElement[int]:
    """Return the sum as an integer: PostgreSQL sums bigint into numeric otherwise."""
    return cast(func.sum(column), BigInteger)
