"""Funnels: how many deals passed each step, strictly in order, at any time, or imputed from later steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, func, select

from voronka.definition.kpis import Counted, Version
from voronka.definition.kpis.methods import Entity, FunnelMode, FunnelSteps
from voronka.expressions import Kind
from voronka.messages import Sentence, Text
from voronka.metrics.kpi.cells import Cell, Cells, Keys, ratio
from voronka.metrics.kpi.dwell import among
from voronka.metrics.kpi.grouping import Rows, period_of
from voronka.metrics.kpi.marks import Journeys, grouped
from voronka.metrics.kpi.periods import Period
from voronka.metrics.kpi.request import Data, Request
from voronka.sql.backend import BIGINT, BOOL, DOUBLE, TEXT
from voronka.sql.element import Sql

__all__ = ["funnel_cells", "funnel_deals", "funnel_select", "funnel_words"]


def funnel_select(
    data: Data, request: Request, version: Version, method: FunnelSteps, spans: Sequence[Period]
) -> Select[Any]:
    """Return keys, place, n, and for each step ``passed_N``, ``both_N`` (with the one before), ``back_N``, ``value_N``.

    Deals are those that came to the funnel, in the period of `version.time`, or of their coming.
    """
    journeys, passed = _journeys(data, request, version, method, spans)
    told: list[ColumnElement[Any]] = []
    for n, here in enumerate(passed):
        both = here if n == 0 else Sql(BOOL, "({0} AND {1})", here, passed[n - 1])
        told += [
            Sql(BIGINT, "count(*) FILTER (WHERE {0})", here).label(f"passed_{n}"),
            Sql(BIGINT, "count(*) FILTER (WHERE {0})", both).label(f"both_{n}"),
            Sql(BIGINT, "CAST(sum({0}) AS BIGINT)", journeys.c[f"back_{n}"]).label(f"back_{n}"),
        ]
        if method.value is not None:
            summed = Sql(DOUBLE, "coalesce(sum({0}) FILTER (WHERE {1}), 0)", journeys.c.value, here)
            told.append(summed.label(f"value_{n}"))
    keys = [journeys.c[f"by{n}"] for n in range(len(request.by))]
    return grouped(select(*keys, journeys.c.place, func.count().label("n"), *told), len(keys) + 1)


def funnel_deals(
    data: Data, request: Request, version: Version, method: FunnelSteps, span: Period, stage: str | None
) -> Select[Any]:
    """Return ``deal`` and keys of those who came to the funnel in a period and passed a step; None: of all."""
    journeys, passed = _journeys(data, request, version, method, [span])
    keys = [journeys.c[f"by{n}"] for n in range(len(request.by))]
    return select(journeys.c.deal, *keys).where(*(passed[n] for n, each in enumerate(method.steps) if each == stage))


def _journeys(
    data: Data, request: Request, version: Version, method: FunnelSteps, spans: Sequence[Period]
) -> tuple[FromClause, list[ColumnElement[bool]]]:
    """Return the deals that came to the funnel, and which of them passed each step."""
    rows = Rows(data, request, Counted.DEALS)
    deals = data.schema.tables["dim_deal"]
    visited = _visited(data, method)
    source: FromClause = deals.join(visited, visited.c.deal == deals.c.deal)
    moment = visited.c.came if version.time is None else rows.name(version.time)
    place, inside = period_of(moment, spans)
    value = [] if method.value is None else [rows.compiler(method.value.node).label("value")]
    backs = [visited.c[f"back_{n}"] for n in range(len(method.steps))]
    firsts = [visited.c[f"at_{n}"] for n in range(len(method.steps))]
    journeys = (
        select(deals.c.deal, *rows.by(), place.label("place"), *firsts, *backs, *value)
        .select_from(source)
        .where(*inside, *rows.conditions(version.where))
        .subquery("journeys")
    )
    later = Journeys(data, request, version, Entity.DEAL).later
    if method.mode is FunnelMode.STRICT:
        journeys = _in_order(data, journeys, method, later)
        passed: list[ColumnElement[bool]] = [_met(journeys.c[f"at_{n}"]) for n in range(len(method.steps))]
    else:
        passed = _reached(journeys, method, later)
    return journeys, passed


def funnel_cells(rows: Mapping[Keys, Mapping[int, Cell]], method: FunnelSteps, least: int) -> Cells:
    """Return a number for each step: deals or their value, with the share of those of the step before.

    `details`: share of those of the step before and of the first, moves back. Shares of fewer than `least` are hidden.
    """
    found: dict[Keys, dict[int, Cell]] = {}
    for keys, row in rows.items():
        for place, cell in row.items():
            told = cell.details
            for n, stage in enumerate(method.steps):
                passed, both = told[f"passed_{n}"], told[f"both_{n}"]
                whole = cell.n if n == 0 else told[f"passed_{n - 1}"]
                enough = whole >= max(least, 1)
                value = passed if method.value is None else told[f"value_{n}"]
                first = told["passed_0"]
                found.setdefault((*keys, stage), {})[place] = Cell(
                    value=int(value) if method.value is None or method.value.type.kind is Kind.MONEY else value,
                    n=passed,
                    known=passed,
                    part=both,
                    whole=whole,
                    details={
                        "share": ratio(both, whole) if enough else None,
                        "of_first": ratio(passed, first) if first >= max(least, 1) else None,
                        "back": told[f"back_{n}"],
                    },
                )
    kind = None if method.value is None else method.value.type.kind
    return Cells(
        rows=found,
        kind=kind,
        empty=0,
        counts=True,
        adds_up=True,
        summed=True,
        share=True,
        extra=("stage",),
        order=method.steps,
    )


def funnel_words(method: FunnelSteps) -> tuple[Sentence, ...]:
    """Return what is to be told beside the numbers."""
    return (
        {
            FunnelMode.STRICT: Text("Mode: strict. A step counts when all steps before it were entered in order."),
            FunnelMode.ANY: Text("Mode: any. A step counts when it was entered at any time."),
            FunnelMode.IMPUTED: Text("Mode: imputed. A step counts when it or a later one was entered."),
        }[method.mode],
        Text("Basis: cohort. Deals that came to the funnel in the period."),
    )


def _visited(data: Data, method: FunnelSteps) -> FromClause:
    """Return for each deal of the funnel when it came, first entered each step, and how often it went back from it."""
    visits = data.schema.tables["fact_visit"]
    backend = data.backend
    columns: list[ColumnElement[Any]] = [visits.c.deal, func.min(visits.c.entered_at).label("came")]
    for n, stage in enumerate(method.steps):
        here = Sql(BOOL, "({0} = {1})", visits.c.stage, backend.parameter(stage, TEXT))
        columns.append(Sql(BIGINT, "min({0}) FILTER (WHERE {1})", visits.c.entered_at, here).label(f"at_{n}"))
        if n == 0:
            columns.append(Sql(BIGINT, "0").label("back_0"))
            continue
        earlier = among(data, visits.c.next_stage, method.steps[:n])
        columns.append(Sql(BIGINT, "count(*) FILTER (WHERE {0} AND {1})", here, earlier).label(f"back_{n}"))
    of_funnel = Sql(BOOL, "({0} = {1})", visits.c.funnel, backend.parameter(method.funnel, TEXT))
    return select(*columns).where(of_funnel).group_by(visits.c.deal).subquery("visited")


def _in_order(data: Data, journeys: FromClause, method: FunnelSteps, later: Any) -> Any:  # noqa: ANN401
    """Return the journeys, each step at its first entry after the step before; a step that is missed ends them."""
    visits = data.schema.tables["fact_visit"]
    for n, stage in enumerate(method.steps):
        if n == 0:
            continue
        entered = visits.alias(f"v{n}")
        before = journeys.c[f"at_{n - 1}"]
        at = entered.c.entered_at
        met: ColumnElement[bool] = (
            (entered.c.deal == journeys.c.deal)
            & Sql(BOOL, "({0} = {1})", entered.c.stage, data.backend.parameter(stage, TEXT))
            & Sql(BOOL, "({0} = {1})", entered.c.funnel, data.backend.parameter(method.funnel, TEXT))
            & (at >= before)
        )
        if (window := method.windows.get(stage)) is not None:
            met = met & (at <= later(before, window))
        firsts = (
            select(journeys.c.deal, func.min(at).label("at"))
            .select_from(journeys.join(entered, met))
            .group_by(journeys.c.deal)
            .subquery(f"step{n}")
        )
        kept = [column for column in journeys.c if column.name != f"at_{n}"]
        joined = journeys.outerjoin(firsts, firsts.c.deal == journeys.c.deal)
        journeys = select(*kept, firsts.c.at.label(f"at_{n}")).select_from(joined).cte(f"until{n}")
    return journeys


def _reached(journeys: FromClause, method: FunnelSteps, later: Any) -> list[ColumnElement[bool]]:  # noqa: ANN401
    """Return which journeys passed each step, at any time or imputed; a window counts from the step before."""
    moments: list[ColumnElement[Any]] = []
    last = len(method.steps)
    for n in range(last):
        if method.mode is FunnelMode.IMPUTED and n + 1 < last:
            places = ", ".join(f"{{{k}}}" for k in range(last - n))
            moments.append(Sql(BIGINT, f"least({places})", *(journeys.c[f"at_{k}"] for k in range(n, last))))
        else:
            moments.append(journeys.c[f"at_{n}"])
    passed: list[ColumnElement[bool]] = []
    for n, at in enumerate(moments):
        here = _met(at)
        if n and (window := method.windows.get(method.steps[n])) is not None:
            in_time = "({0} IS NOT NULL AND ({1} IS NULL OR {0} <= {2}))"
            here = Sql(BOOL, in_time, at, moments[n - 1], later(moments[n - 1], window))
        passed.append(here)
    return passed


def _met(moment: ColumnElement[Any]) -> ColumnElement[bool]:
    return Sql(BOOL, "({0} IS NOT NULL)", moment)
