"""Which stage holds a funnel up: flow, work in progress, time, waiting, rework and loss, stage by stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, case, func, literal_column, select

from voronka.calendars import DAY
from voronka.definition.funnels import Funnel, Outcome
from voronka.definition.kpis import Counted, Version
from voronka.definition.kpis.methods import Bottleneck, RankBy
from voronka.messages import Sentence, Text
from voronka.metrics.kpi.cells import Cell, Cells, Keys, ratio
from voronka.metrics.kpi.curves import MINUTES_A_DAY, curve, mean, minutes, quantile
from voronka.metrics.kpi.dwell import among, open_stages
from voronka.metrics.kpi.grouping import Rows, periods_table
from voronka.metrics.kpi.marks import grouped
from voronka.metrics.kpi.periods import Period
from voronka.metrics.kpi.request import Data, Request
from voronka.metrics.path import merged_path
from voronka.sql.backend import BIGINT, BOOL, DOUBLE, TEXT
from voronka.sql.element import Sql

__all__ = ["bottleneck_cells", "bottleneck_deals", "bottleneck_select", "bottleneck_words"]

_TIMER = 0.5
"""From this share of stays ended by timers or rules on, a stage is a timer and not a queue."""


def bottleneck_select(
    data: Data, request: Request, version: Version, method: Bottleneck, spans: Sequence[Period]
) -> Select[Any]:
    """Return keys, stage, place and the flow of each stage; lengths in minutes, sums of time in microseconds."""
    rows = Rows(data, request, Counted.DEALS)
    facts = data.schema.tables["fact_visit"]
    funnel = data.workspace.funnels[method.funnel]
    stages = open_stages(funnel)
    of_stages = _of_stages(data, facts, method, stages)
    visits = select(*facts.c).where(*of_stages).subquery("visits")
    periods = None if len(spans) == 1 else periods_table(spans)
    place, start, after = _bounds(spans[0]) if periods is None else (periods.c.place, periods.c.start, periods.c.end)
    keys = [f"by{n}" for n in range(len(request.by))]
    begun, left = visits.c.entered_at, visits.c.left_at
    end, touching = _touching(visits, start, after, request.now)
    about = rows.about(visits, version.where)
    stays = (
        select(
            *rows.by(),
            visits.c.stage.label("stage"),
            place.label("place"),
            start.label("start"),
            end.label("finish"),
            begun.label("begun"),
            left.label("left_at"),
            visits.c.next_stage.label("next_stage"),
            visits.c.again.label("again"),
            visits.c.automatic.label("automatic"),
            visits.c.first_own_at.label("first_own_at"),
        )
        .select_from(about if periods is None else about.join(periods, touching))
        .where(*rows.conditions(version.where), *([touching] if periods is None else []))
        .subquery("stays")
    )
    flow = _flow(data, stays, keys, funnel)
    entered = Sql(BOOL, "({0} >= {1})", stays.c.begun, stays.c.start)
    until = Sql(BIGINT, f"coalesce({{0}}, {request.now})", stays.c.left_at)
    lives = (
        select(
            *(stays.c[key] for key in (*keys, "stage", "place")),
            minutes(data.backend, stays.c.begun, until).label("length"),
            case((stays.c.left_at.is_(None), literal_column("0", BIGINT)), else_=literal_column("1", BIGINT)).label(
                "ended"
            ),
        )
        .where(entered)
        .subquery("lives")
    )
    steps = curve(lives, [*keys, "stage", "place"])
    # What stands here at the end of a period has stood no longer than deals have come here: no more is counted of how
    # long they stay, so that both sides of Little's law tell of the same time.
    firsts = select(visits.c.stage, func.min(visits.c.entered_at).label("first")).group_by(visits.c.stage).subquery()
    ends = select(place.label("place"), end.label("finish")).subquery("ends")
    reach = minutes(data.backend, firsts.c.first, ends.c.finish)
    lengths = grouped(
        select(
            *(steps.c[key] for key in (*keys, "stage", "place")),
            quantile(steps, 0.5).label("p50"),
            quantile(steps, 0.8).label("p80"),
            quantile(steps, 0.95).label("p95"),
            mean(steps, reach).label("mean"),
        ).select_from(steps.join(firsts, firsts.c.stage == steps.c.stage).join(ends, ends.c.place == steps.c.place)),
        len(keys) + 2,
    ).subquery("lengths")
    told = [column for column in flow.c if column.name not in (*keys, "stage")]
    return select(
        *(flow.c[key] for key in keys),
        flow.c.stage,
        *told,
        *(lengths.c[name] for name in ("p50", "p80", "p95", "mean")),
    ).select_from(flow.outerjoin(lengths, _same(flow, lengths, (*keys, "stage", "place"))))


def bottleneck_deals(data: Data, request: Request, version: Version, method: Bottleneck, span: Period) -> Select[Any]:
    """Return ``deal``, keys and ``stage`` of the stays that a period touches, whether they ended in it or not."""
    rows = Rows(data, request, Counted.DEALS)
    deals, visits = data.schema.tables["dim_deal"], data.schema.tables["fact_visit"].alias("stays")
    periods = periods_table([span])
    _, touching = _touching(visits, periods.c.start, periods.c.end, request.now)
    of_stages = _of_stages(data, visits, method, open_stages(data.workspace.funnels[method.funnel]))
    return (
        select(deals.c.deal.label("deal"), *rows.by(), visits.c.stage.label("stage"))
        .select_from(deals.join(visits, visits.c.deal == deals.c.deal).join(periods, touching))
        .where(*of_stages, *rows.conditions(version.where))
    )


def _of_stages(data: Data, visits: FromClause, method: Bottleneck, stages: Sequence[str]) -> list[ColumnElement[bool]]:
    of_funnel = Sql(BOOL, "({0} = {1})", visits.c.funnel, data.backend.parameter(method.funnel, TEXT))
    return [of_funnel, among(data, visits.c.stage, stages)]


def _bounds(span: Period) -> tuple[ColumnElement[Any], ColumnElement[Any], ColumnElement[Any]]:
    """Return the place, the start and the end of the only period: no stay is joined with a table of it."""
    return Sql(BIGINT, "0"), Sql(BIGINT, str(span.start)), Sql(BIGINT, str(span.end))


def _touching(
    visits: FromClause, start: ColumnElement[Any], after: ColumnElement[Any], now: int
) -> tuple[ColumnElement[Any], ColumnElement[bool]]:
    """Return the end of each period, and which stays it touches."""
    # A period that goes on is looked at as of now, with what has just begun.
    end = Sql(BIGINT, f"least({{0}}, {now + 1})", after)
    begun, left = visits.c.entered_at, visits.c.left_at
    return end, Sql(BOOL, "({0} < {1} AND coalesce({2}, {1}) >= {3})", begun, end, left, start)


def _flow(data: Data, stays: Any, keys: Sequence[str], funnel: Funnel) -> Any:  # noqa: ANN401 - subqueries
    """Return what came, stood and went in each stage and period.

    Stays are added up by what they are counted by first, of which there are a few dozen kinds: each is looked at once,
    and not once for every number.
    """
    start, finish, begun, left = stays.c.start, stays.c.finish, stays.c.begun, stays.c.left_at
    # A stay that a period touches has ended in it or stands at its end.
    stands = Sql(BOOL, "({0} IS NULL OR {0} >= {1})", left, finish)
    ended = Sql(BIGINT, "least(coalesce({0}, {1}), {1})", left, finish)
    handled = Sql(BIGINT, "least(coalesce({0}, {1}), {1})", stays.c.first_own_at, ended)
    marks = [
        stays.c.next_stage,
        Sql(BOOL, "({0} >= {1})", begun, start).label("came"),
        stands.label("stands"),
        stays.c.again,
        stays.c.automatic,
        Sql(BOOL, "({0} IS NOT NULL)", stays.c.first_own_at).label("known"),
    ]
    group = [*keys, "stage", "place"]

    def summed(length: str, *parts: ColumnElement[Any]) -> ColumnElement[Any]:
        return Sql(DOUBLE, f"sum(CAST({length} AS DOUBLE PRECISION))", *parts)

    kinds = grouped(
        select(
            *(stays.c[key] for key in group),
            *marks,
            func.count().label("n"),
            Sql(BIGINT, "max({0} - {1})", finish, start).label("length"),
            Sql(BIGINT, "max({0} - {1})", finish, begun).label("oldest"),
            summed("{0} - greatest({1}, {2})", ended, begun, start).label("stood"),
            summed("{0} - {1}", handled, begun).label("wait"),
            summed("{0} - {1}", ended, handled).label("handling"),
        ),
        len(group) + len(marks),
    ).subquery("kinds")
    flow = _added(data, kinds, group, funnel).subquery("counted")
    age = Sql(DOUBLE, "percentile_disc(0.5) WITHIN GROUP (ORDER BY {0} - {1})", finish, begun)
    standing = grouped(select(*(stays.c[key] for key in group), age.label("age")).where(stands), len(group))
    ages = standing.subquery("ages")
    return select(*flow.c, ages.c.age).select_from(flow.outerjoin(ages, _same(flow, ages, group))).subquery("flow")


def _added(data: Data, kinds: Any, group: Sequence[str], funnel: Funnel) -> Select[Any]:  # noqa: ANN401 - a subquery
    """Return the flow of each stage and period, of kinds of stays."""
    path = list(merged_path(funnel))
    position = _position(data, kinds.c.stage, path)
    following = _position(data, kinds.c.next_stage, path)
    lost = _lost(funnel)
    is_lost = among(data, kinds.c.next_stage, lost) if lost else Sql(BOOL, "(FALSE)")
    came, stands = kinds.c.came, kinds.c.stands

    def count(condition: str, name: str, *parts: ColumnElement[Any]) -> ColumnElement[Any]:
        summed = f"CAST(coalesce(sum({{0}}) FILTER (WHERE {condition}), 0) AS BIGINT)"
        return Sql(BIGINT, summed, kinds.c.n, *parts).label(name)

    def average(name: str) -> ColumnElement[Any]:
        gone = "FILTER (WHERE NOT {1})"
        return Sql(DOUBLE, f"sum({{0}}) {gone} / sum({{2}}) {gone}", kinds.c[name], stands, kinds.c.n).label(name)

    columns = [
        func.max(kinds.c.length).label("length"),
        count("{1}", "entries", came),
        count("NOT {1}", "exits", stands),
        count("{1}", "wip", stands),
        count("{1} AND {2}", "again", came, kinds.c.again),
        count(
            "NOT {1} AND NOT coalesce({2}, FALSE) AND ({3} > {4} OR {5} IS NOT NULL AND {3} IS NULL)",
            "onward",
            stands,
            is_lost,
            following,
            position,
            kinds.c.next_stage,
        ),
        count("NOT {1} AND {2} IS NOT NULL AND {3} IS NULL", "undeclared", stands, kinds.c.next_stage, following),
        count("NOT {1} AND {2} < {3}", "back", stands, following, position),
        count("NOT {1} AND coalesce({2}, FALSE)", "lost", stands, is_lost),
        count("NOT {1} AND coalesce({2}, FALSE)", "automatic", stands, kinds.c.automatic),
        Sql(DOUBLE, "sum({0})", kinds.c.stood).label("stood"),
        average("wait"),
        average("handling"),
        count("NOT {1} AND {2}", "handled", stands, kinds.c.known),
        Sql(BIGINT, "max({0}) FILTER (WHERE {1})", kinds.c.oldest, stands).label("oldest"),
    ]
    return grouped(select(*(kinds.c[key] for key in group), *columns), len(group))


def _same(one: Any, other: Any, names: Sequence[str]) -> ColumnElement[bool]:  # noqa: ANN401 - subqueries
    return and_(*(one.c[name].is_not_distinct_from(other.c[name]) for name in names))


def bottleneck_cells(
    rows: Mapping[Keys, Mapping[int, Cell]], method: Bottleneck, stages: Sequence[str], gains: Mapping[str, float]
) -> Cells:
    """Return a number for each stage, that by which stages are ranked, with its place and what it rests on.

    `gains`: what the profit model expects of curing a stage, in major units; where a stage has none, time ranks.
    """
    found: dict[Keys, dict[int, Cell]] = {}
    for keys, row in rows.items():
        for place, cell in row.items():
            found.setdefault(keys, {})[place] = _told(cell, method, gains.get(str(keys[-1])))
    ranked: dict[tuple[Keys, int], list[tuple[float, Keys]]] = {}
    for keys, row in found.items():
        for place, cell in row.items():
            if cell.value is not None and cell.n >= method.least and not cell.details["timer"]:
                ranked.setdefault((keys[:-1], place), []).append((-cell.value, keys))
    for (_, place), order in ranked.items():
        for rank, (_, keys) in enumerate(sorted(order, key=lambda each: (each[0], str(each[1]))), start=1):
            cell = found[keys][place]
            found[keys][place] = Cell(
                value=cell.value, n=cell.n, known=cell.known, details={**cell.details, "rank": rank}
            )
    undeclared = sum(cell.details["undeclared"] for row in rows.values() for cell in row.values())
    return Cells(rows=found, extra=("stage",), order=stages, words=bottleneck_words(method, undeclared))


def bottleneck_words(method: Bottleneck, undeclared: int = 0) -> tuple[Sentence, ...]:
    """Return what is to be told beside the numbers. `undeclared`: moves to stages that the funnel has no more."""
    by = {
        RankBy.GAIN: Text("Ranked by the expected gain."),
        RankBy.TIME: Text(
            "Ranked by the mean stay: stays that last are censored (Kaplan–Meier), and no longer ones are counted than "
            "could be seen by the end of the period."
        ),
        RankBy.WAIT: Text("Ranked by the mean wait for the first step of ours."),
        RankBy.LEAK: Text("Ranked by the share of the deals that left which was lost."),
    }
    few = Text(
        "Not ranked: a stage of fewer than {least} finished stays, or of which timers and rules end half or more.",
        least=method.least,
    )
    if not undeclared:
        return by[method.rank_by], few
    gone = Text(
        "Stages that the funnel has no more are not shown; moves to them ({count}) count as moves on.", count=undeclared
    )
    return by[method.rank_by], few, gone


def _told(cell: Cell, method: Bottleneck, gain: float | None) -> Cell:
    raw = cell.details
    length = raw["length"] / DAY
    entries, exits = raw["entries"], raw["exits"]
    average = raw["stood"] / raw["length"] if raw["length"] else None
    rate = entries / length if length else None
    dwell = {
        name: None if raw[name] is None else float(raw[name]) / MINUTES_A_DAY for name in ("p50", "p80", "p95", "mean")
    }
    expected = None if rate is None or dwell["mean"] is None else rate * dwell["mean"]
    automatic = ratio(raw["automatic"], exits)
    leak = ratio(raw["lost"], exits)
    # Where no step of ours is known, how long deals waited for it is not known either.
    wait, handling = (_days(raw[name]) if raw["handled"] else None for name in ("wait", "handling"))
    value = {RankBy.GAIN: gain, RankBy.TIME: dwell["mean"], RankBy.WAIT: wait, RankBy.LEAK: leak}[method.rank_by]
    return Cell(
        value=dwell["mean"] if value is None and method.rank_by is RankBy.GAIN else value,
        n=exits,
        known=exits,
        details={
            "entries": entries,
            "exits": exits,
            "entry_rate": rate,
            "throughput": exits / length if length else None,
            "wip": raw["wip"],
            "average_wip": average,
            "conversion": ratio(raw["onward"], exits),
            "lost": leak,
            "back": ratio(raw["back"], exits),
            "rework": ratio(raw["again"], entries),
            **dwell,
            "wait": wait,
            "handling": handling,
            "queue_age": _days(raw["age"]),
            "oldest": _days(raw["oldest"]),
            "expected_wip": expected,
            "automatic": automatic,
            "timer": automatic is not None and automatic >= _TIMER,
            "rank": None,
        },
    )


def _days(length: Any) -> float | None:  # noqa: ANN401 - a number of a database
    return None if length is None else float(length) / DAY


def _position(data: Data, stage: ColumnElement[Any], path: Sequence[str]) -> ColumnElement[Any]:
    whens = "".join(f" WHEN {{0}} = {{{n}}} THEN {n}" for n in range(1, len(path) + 1))
    return Sql(BIGINT, f"(CASE{whens} END)", stage, *(data.backend.parameter(name, TEXT) for name in path))


def _lost(funnel: Funnel) -> list[str]:
    """Return the stages in which deals of this funnel are lost; other funnels may call other stages alike."""
    return [name for name, stage in merged_path(funnel).items() if stage.outcome is Outcome.LOST]
