"""Funnels: how many deals passed each step, strictly in order, at any time, or imputed from later steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, func, select, union_all

from voronka.definition.kpis import Counted, Version
from voronka.definition.kpis.methods import Entity, FunnelMode, FunnelSteps
from voronka.expressions import Kind
from voronka.messages import Sentence, Text
from voronka.metrics.kpi.cells import Cell, Cells, Keys, ratio
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
    of_deals = version.time is not None or method.value is not None
    source = deals.join(visited, visited.c.deal == deals.c.deal) if of_deals else rows.about(visited, version.where)
    moment = visited.c.came if version.time is None else rows.name(version.time)
    place, inside = period_of(moment, spans)
    value = [] if method.value is None else [rows.compiler(method.value.node).label("value")]
    backs = [visited.c[f"back_{n}"] for n in range(len(method.steps))]
    firsts = [visited.c[f"at_{n}"] for n in range(len(method.steps))]
    coming = (
        select(visited.c.deal, *rows.by(), place.label("place"), *firsts, *backs, *value)
        .select_from(source)
        .where(*inside, *rows.conditions(version.where))
    )
    later = Journeys(data, request, version, Entity.DEAL).later
    journeys: FromClause
    if method.mode is FunnelMode.STRICT:
        journeys = _strictly(data, coming.subquery("journeys"), method, later)
        passed: list[ColumnElement[bool]] = [_met(journeys.c[f"at_{n}"]) for n in range(len(method.steps))]
    else:
        journeys = coming.subquery("journeys")
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
    of_funnel = Sql(BOOL, "({0} = {1})", visits.c.funnel, backend.parameter(method.funnel, TEXT))
    # Each name is compared with the steps once, and not once for every number.
    placed = (
        select(
            visits.c.deal,
            visits.c.entered_at,
            _place(data, visits.c.stage, method.steps).label("step"),
            _place(data, visits.c.next_stage, method.steps).label("following"),
        )
        .where(of_funnel)
        .subquery("placed")
    )
    columns: list[ColumnElement[Any]] = [placed.c.deal, func.min(placed.c.entered_at).label("came")]
    for n, stage in enumerate(method.steps):
        here = f"{{0}} = {method.steps.index(stage)}"
        first = Sql(BIGINT, f"min({{1}}) FILTER (WHERE {here})", placed.c.step, placed.c.entered_at)
        back = Sql(BIGINT, f"count(*) FILTER (WHERE {here} AND {{1}} < {n})", placed.c.step, placed.c.following)
        columns += [first.label(f"at_{n}"), (back if n else Sql(BIGINT, "0")).label(f"back_{n}")]
    return select(*columns).group_by(placed.c.deal).subquery("visited")


def _place(data: Data, stage: ColumnElement[Any], steps: Sequence[str]) -> ColumnElement[Any]:
    """Return which step a stage is, from 0; NULL of another one."""
    whens = "".join(f" WHEN {{0}} = {{{n + 1}}} THEN {n}" for n in range(len(steps)))
    return Sql(BIGINT, f"(CASE{whens} END)", stage, *(data.backend.parameter(step, TEXT) for step in steps))


def _strictly(data: Data, journeys: FromClause, method: FunnelSteps, later: Any) -> FromClause:  # noqa: ANN401
    """Return the journeys, each step at its entry in order; a step that is missed ends them.

    Of most deals the first entries tell: each comes after that of the step before. Only where one came earlier, later
    entries are looked for.
    """
    at = [journeys.c[f"at_{n}"] for n in range(len(method.steps))]
    # Whether the first entry of a step follows that of the one before in time, and whether it came earlier.
    follows: list[ColumnElement[Any]] = [_met(at[0]).label("follows_0")]
    ahead: list[ColumnElement[Any]] = []
    for n, stage in enumerate(method.steps[1:], start=1):
        window = method.windows.get(stage)
        limits = [] if window is None else [later(at[n - 1], window)]
        within = "({0} >= {1} AND {0} <= {2})" if limits else "({0} >= {1})"
        follows.append(Sql(BOOL, within, at[n], at[n - 1], *limits).label(f"follows_{n}"))
        ahead.append(Sql(BOOL, "({0} < {1})", at[n], at[n - 1]).label(f"ahead_{n}"))
    if not ahead:
        return journeys
    told = select(*journeys.c, *follows, *ahead).subquery("told")
    straight = [_all([told.c[f"follows_{n}"] for n in range(last + 1)]) for last in range(len(at))]
    turns = [
        Sql(BOOL, "({0} AND {1})", before, told.c[f"ahead_{n}"]) for n, before in enumerate(straight[:-1], start=1)
    ]
    turned = Sql(BOOL, f"coalesce({' OR '.join(f'{{{n}}}' for n in range(len(turns)))}, FALSE)", *turns)
    entries = [
        Sql(BIGINT, "(CASE WHEN {0} THEN {1} END)", so_far, told.c[f"at_{n}"]).label(f"in_{n}")
        for n, so_far in enumerate(straight)
    ]
    names = [column.name for column in journeys.c]
    marked = select(*(told.c[name] for name in names), *entries, turned.label("turned")).cte("marked")
    crooked = select(*(marked.c[name] for name in names)).where(marked.c.turned).cte("crooked")
    found = _in_order(data, crooked, method, later)
    renamed = {f"at_{n}": marked.c[f"in_{n}"].label(f"at_{n}") for n in range(len(at))}
    plain = select(*(renamed.get(name, marked.c[name]) for name in names)).where(~marked.c.turned)
    return union_all(plain, select(*(found.c[name] for name in names))).subquery("in_order")


def _all(conditions: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    return Sql(BOOL, f"({' AND '.join(f'{{{n}}}' for n in range(len(conditions)))})", *conditions)


def _in_order(data: Data, journeys: FromClause, method: FunnelSteps, later: Any) -> Any:  # noqa: ANN401
    """Return the journeys, each step at its first entry after the step before; a step that is missed ends them."""
    visits = data.schema.tables["fact_visit"]
    of_funnel = Sql(BOOL, "({0} = {1})", visits.c.funnel, data.backend.parameter(method.funnel, TEXT))
    theirs = (
        select(visits.c.deal, visits.c.entered_at, _place(data, visits.c.stage, method.steps).label("step"))
        .select_from(visits.join(journeys, journeys.c.deal == visits.c.deal))
        .where(of_funnel)
        .cte("theirs")
    )
    for n, stage in enumerate(method.steps):
        if n == 0:
            continue
        entered = theirs.alias(f"v{n}")
        before = journeys.c[f"at_{n - 1}"]
        at = entered.c.entered_at
        met: ColumnElement[bool] = (
            (entered.c.deal == journeys.c.deal)
            & Sql(BOOL, f"({{0}} = {method.steps.index(stage)})", entered.c.step)
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
