"""How long stays in stages last, by the clock or in working time, with those that last censored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, func, select

from voronka.calendars import MINUTE, WorkingCalendar, date_of, moment_on
from voronka.definition.funnels import Funnel
from voronka.definition.kpis import Counted, Version
from voronka.definition.kpis.methods import OpenVisits, Stat, TimeInStage
from voronka.messages import Sentence, Text
from voronka.metrics.kpi.cells import Cell, Cells, Keys
from voronka.metrics.kpi.curves import MINUTES_A_DAY, curve, mean, minutes, quantile
from voronka.metrics.kpi.grouping import Rows, period_of
from voronka.metrics.kpi.marks import grouped
from voronka.metrics.kpi.periods import Period
from voronka.metrics.kpi.request import Data, Request
from voronka.metrics.path import merged_path
from voronka.sql.backend import BIGINT, BOOL, TEXT
from voronka.sql.element import Sql
from voronka.sql.steps import stepwise

__all__ = ["SHARES", "among", "dwell_cells", "dwell_deals", "dwell_select", "dwell_words", "open_stages"]

SHARES: Mapping[Stat, float] = {Stat.P50: 0.5, Stat.P80: 0.8, Stat.P95: 0.95}


def dwell_select(
    data: Data, request: Request, version: Version, method: TimeInStage, spans: Sequence[Period]
) -> Select[Any]:
    """Return keys, stage, place, n, how many ended, and each statistic in minutes."""
    rows, visits, place, conditions = _stays(data, request, version, method, spans)
    deals = data.schema.tables["dim_deal"]
    until = Sql(BIGINT, f"coalesce({{0}}, {request.now})", visits.c.left_at)
    if method.calendar is None:
        length = minutes(data.backend, visits.c.entered_at, until)
    else:
        earliest = data.connection.execute(select(func.min(visits.c.entered_at))).scalar()
        calendar = data.workspace.calendars.get(method.calendar, data.workspace.calendar)
        clock = _Worked(data, calendar, request.now if earliest is None else earliest, request.now)
        length = clock.minutes(visits.c.entered_at, until)
    censored = "(CASE WHEN {0} IS NULL THEN 0 ELSE 1 END)" if method.open is OpenVisits.CENSOR else "1"
    keys = [f"by{n}" for n in range(len(request.by))]
    lives = (
        select(
            *rows.by(),
            visits.c.stage.label("stage"),
            place.label("place"),
            length.label("length"),
            Sql(BIGINT, censored, visits.c.left_at).label("ended"),
        )
        .select_from(deals.join(visits, visits.c.deal == deals.c.deal))
        .where(*conditions)
        .subquery("lives")
    )
    steps = curve(lives, [*keys, "stage", "place"])
    told = [
        (mean(steps) if stat is Stat.MEAN else quantile(steps, SHARES[stat])).label(stat.value) for stat in method.stats
    ]
    n = Sql(BIGINT, "CAST(sum({0}) AS BIGINT)", steps.c.lives).label("n")
    ended = Sql(BIGINT, "CAST(sum({0}) AS BIGINT)", steps.c.ended).label("ended")
    query = select(*(steps.c[key] for key in keys), steps.c.stage, steps.c.place, n, ended, *told)
    return grouped(query, len(keys) + 2)


def dwell_deals(data: Data, request: Request, version: Version, method: TimeInStage, span: Period) -> Select[Any]:
    """Return ``deal``, keys and ``stage`` of the stays of a period."""
    rows, visits, _, conditions = _stays(data, request, version, method, [span])
    deals = data.schema.tables["dim_deal"]
    told = select(deals.c.deal.label("deal"), *rows.by(), visits.c.stage.label("stage"))
    return told.select_from(deals.join(visits, visits.c.deal == deals.c.deal)).where(*conditions)


def _stays(
    data: Data, request: Request, version: Version, method: TimeInStage, spans: Sequence[Period]
) -> tuple[Rows, FromClause, ColumnElement[Any], list[ColumnElement[bool]]]:
    """Return the rows of deals, their stays, the place of the period of each, and which stays count."""
    rows = Rows(data, request, Counted.DEALS)
    visits = data.schema.tables["fact_visit"].alias("stays")
    stages = method.stages or open_stages(data.workspace.funnels[method.funnel])
    time = version.time or "entered_at"
    moment = visits.c[time] if time in ("entered_at", "left_at") else rows.name(time)
    place, inside = period_of(moment, spans)
    conditions = [
        Sql(BOOL, "({0} = {1})", visits.c.funnel, data.backend.parameter(method.funnel, TEXT)),
        among(data, visits.c.stage, stages),
        *inside,
        *rows.conditions(version.where),
    ]
    if method.open is OpenVisits.EXCLUDE:
        conditions.append(Sql(BOOL, "({0} IS NOT NULL)", visits.c.left_at))
    return rows, visits, place, conditions


def dwell_cells(data: Data, rows: Mapping[Keys, Mapping[int, Cell]], method: TimeInStage) -> Cells:
    """Return a number in days for each stage and statistic; a working day is as long as that of the calendar is."""
    day: float = MINUTES_A_DAY
    if method.calendar is not None:
        calendar = data.workspace.calendars.get(method.calendar, data.workspace.calendar)
        day = calendar.minutes_a_week / sum(calendar.week_pattern)
    found: dict[Keys, dict[int, Cell]] = {}
    for keys, row in rows.items():
        for place, cell in row.items():
            for stat in method.stats:
                length = cell.details[stat.value]
                value = None if length is None else float(length) / day
                details = {"finished": cell.details["ended"], "open": cell.n - cell.details["ended"]}
                told = Cell(value=value, n=cell.n, known=cell.n, details=details)
                found.setdefault((*keys, stat.value), {})[place] = told
    stages = method.stages or open_stages(data.workspace.funnels[method.funnel])
    return Cells(rows=found, extra=("stage", "stat"), order=[*stages, *(stat.value for stat in method.stats)])


def dwell_words(method: TimeInStage) -> tuple[Sentence, ...]:
    """Return what is to be told beside the numbers."""
    calendar = (
        Text("Time by the clock.")
        if method.calendar is None
        else Text("Working time of the calendar {name}.", name=method.calendar)
    )
    taken = {
        OpenVisits.CENSOR: Text("Stays that last are censored (Kaplan–Meier)."),
        OpenVisits.SO_FAR: Text("Stays that last are taken as long as they are so far."),
        OpenVisits.EXCLUDE: Text("Stays that last are left out, so that long ones are missing."),
    }
    return (calendar, taken[method.open])


def open_stages(funnel: Funnel) -> tuple[str, ...]:
    """Return the stages of a funnel in which deals are open, in their order."""
    return tuple(name for name, stage in merged_path(funnel).items() if stage.outcome is None)


def among(data: Data, column: ColumnElement[Any], names: Sequence[str]) -> ColumnElement[bool]:
    """Return whether a text is one of `names`; a missing one is not."""
    # DuckDB joins every row with a list of more than a few, which takes longer than to compare it with each.
    whens = "".join(f" WHEN {{{n}}} THEN TRUE" for n in range(1, len(names) + 1))
    return Sql(
        BOOL, f"(CASE {{0}}{whens} ELSE FALSE END)", column, *(data.backend.parameter(name, TEXT) for name in names)
    )


class _Worked:
    """The minutes that a calendar works between two moments, by a table of its spans from the first day to the last."""

    def __init__(self, data: Data, calendar: WorkingCalendar, earliest: int, latest: int) -> None:
        self._backend = data.backend
        zone = data.workspace.timezone
        self._spans: list[tuple[int, int, int]] = []
        day, last, worked = date_of(earliest, zone), date_of(latest, zone), 0
        while day <= last:
            for span in calendar.hours_on(day):
                start, end = _moment(day, span.start, zone), _moment(day, span.end, zone)
                self._spans.append((start, end, worked))
                worked += end - start
            day += timedelta(days=1)

    def minutes(self, start: ColumnElement[Any], end: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return the whole minutes worked between two moments."""
        return minutes(self._backend, self._until(start), self._until(end))

    def _until(self, moment: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return how much was worked before a moment, in microseconds."""
        steps = [(start, f"least({{0}} - {start}, {end - start}) + {worked}") for start, end, worked in self._spans]
        return self._backend.let(lambda at: stepwise(at, "0", steps), moment)


def _moment(day: date, minute: int, zone: str) -> int:
    return moment_on(day.toordinal(), minute * MINUTE, zone)
