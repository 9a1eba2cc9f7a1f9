"""Survival: which share has come to its event by a time, with competing ends apart (Aalen–Johansen)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, select

from voronka.calendars import Unit
from voronka.definition.kpis import Version
from voronka.definition.kpis.methods import Entity, Mark, Survival
from voronka.messages import Sentence, Text
from voronka.metrics.kpi.cells import Cell, Cells, Keys
from voronka.metrics.kpi.curves import curve, minutes_of
from voronka.metrics.kpi.grouping import period_of
from voronka.metrics.kpi.marks import Journeys, grouped
from voronka.metrics.kpi.periods import Period
from voronka.metrics.kpi.request import Data, Request
from voronka.sql.backend import BIGINT, DOUBLE
from voronka.sql.element import Sql

__all__ = ["called", "survival_cells", "survival_deals", "survival_select"]


def survival_select(
    data: Data, request: Request, version: Version, method: Survival, spans: Sequence[Period]
) -> Select[Any]:
    """Return keys, place, n, how many ended, and ``cCAUSE_TIME``: the incidence of each cause by each time."""
    journeys = Journeys(data, request, version, Entity.DEAL)
    starts = journeys.starts(method.start)
    marks = (method.event, *method.competing)
    ends = [journeys.reached(starts, mark, f"end{n}") for n, mark in enumerate(marks)]
    source: FromClause = starts
    for end in ends:
        source = source.outerjoin(end, end.c.entity == starts.c.entity)
    places = ", ".join(f"{{{n}}}" for n in range(len(ends)))
    first = Sql(BIGINT, f"least({places})" if len(ends) > 1 else "{0}", *(end.c.at for end in ends))
    place, inside = period_of(starts.c.at, spans)
    keys = [f"by{n}" for n in range(len(request.by))]
    ended = [_cause(ends, n, first) for n in range(len(ends))]
    until = Sql(BIGINT, f"coalesce({{0}}, {request.now})", first)
    lives = (
        select(
            *(starts.c[key] for key in keys),
            place.label("place"),
            journeys.passed(starts.c.at, until, spans, dated=_dated(method)).label("length"),
            *(cause.label(f"c{n}") for n, cause in enumerate(ended)),
        )
        .select_from(source)
        .where(*inside)
        .subquery("lives")
    )
    causes = [f"c{n}" for n in range(len(ends))]
    steps = curve(lives, [*keys, "place"], causes)
    incidences = [
        Sql(
            DOUBLE,
            f"coalesce(sum({{0}} * {{1}} / {{2}}) FILTER (WHERE {{3}} <= {minutes_of(time)}), 0)",
            steps.c.before,
            steps.c[cause],
            steps.c.at_risk,
            steps.c.length,
        ).label(f"{cause}_{n}")
        for cause in causes
        for n, time in enumerate(method.at)
    ]
    n = Sql(BIGINT, "CAST(sum({0}) AS BIGINT)", steps.c.lives).label("n")
    longest = Sql(BIGINT, "max({0})", steps.c.length).label("longest")
    left = Sql(DOUBLE, "min({0})", steps.c.share).label("left")
    told = (n, longest, left, *incidences)
    return grouped(select(*(steps.c[key] for key in keys), steps.c.place, *told), len(keys) + 1)


def survival_deals(data: Data, request: Request, version: Version, method: Survival, span: Period) -> Select[Any]:
    """Return ``deal`` and keys of those who began in a period."""
    starts = Journeys(data, request, version, Entity.DEAL).starts(method.start)
    _, inside = period_of(starts.c.at, [span])
    return select(starts.c.deal, *(starts.c[f"by{n}"] for n in range(len(request.by)))).where(*inside)


def survival_cells(rows: Mapping[Keys, Mapping[int, Cell]], method: Survival) -> Cells:
    """Return a number for each cause and time; beyond the longest life nothing is known, unless all have ended."""
    found: dict[Keys, dict[int, Cell]] = {}
    marks = (method.event, *method.competing)
    for keys, row in rows.items():
        for place, cell in row.items():
            for c, mark in enumerate(marks):
                for t, time in enumerate(method.at):
                    seen = cell.details["longest"] >= minutes_of(time) or cell.details["left"] == 0
                    told = Cell(value=cell.details[f"c{c}_{t}"] if seen else None, n=cell.n, known=cell.n)
                    found.setdefault((*keys, called(mark), str(time)), {})[place] = told
    order = [*(called(mark) for mark in marks), *(str(time) for time in method.at)]
    return Cells(rows=found, extra=("cause", "at"), order=order, words=survival_words(method))


def survival_words(method: Survival) -> tuple[Sentence, ...]:
    """Return what is to be told beside the numbers."""
    told: list[Sentence] = [Text("Those still under way are censored: they count for as long as they were seen.")]
    if _dated(method):
        told.append(Text("Days are calendar days of the workspace's zone: they end at the same time of day."))
    if any(time.unit is Unit.MONTHS for time in method.at):
        told.append(Text("A month is a twelfth of a year here, about 30.4 days."))
    return tuple(told)


def _dated(method: Survival) -> bool:
    return any(time.unit.dated for time in method.at)


def called(mark: Mark) -> str:
    """Return what an end is called in the answer."""
    return mark.stage if mark.event == "entered" else mark.event


def _cause(ends: Sequence[FromClause], place: int, first: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return 1 where this end was the first; of two at once the one that is named first."""
    earlier = "".join(f" AND ({{{n + 2}}} IS NULL OR {{{n + 2}}} > {{0}})" for n in range(place))
    template = f"(CASE WHEN {{0}} = {{1}}{earlier} THEN 1 ELSE 0 END)"
    return Sql(BIGINT, template, first, ends[place].c.at, *(end.c.at for end in ends[:place]))
