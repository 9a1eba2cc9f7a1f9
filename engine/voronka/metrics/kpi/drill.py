"""The deals behind a number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from voronka.definition.kpis import Counted, Kpi, Version
from voronka.definition.kpis.methods import (
    Bottleneck,
    Conversion,
    Entity,
    FunnelSteps,
    Mark,
    Measure,
    PerSuccess,
    Ratio,
    Stock,
    SuccessOn,
    Survival,
    TimeInStage,
)
from voronka.expressions import Expression, Value
from voronka.expressions.ir import Aggregate, walk
from voronka.metrics.kpi.counting import AsOf
from voronka.metrics.kpi.grouping import Rows, period_of
from voronka.metrics.kpi.marks import Journeys
from voronka.metrics.kpi.periods import Period, periods
from voronka.metrics.kpi.request import Data, Request
from voronka.sql.backend import BIGINT, BOOL, TEXT
from voronka.sql.element import Sql

__all__ = ["drill"]


def drill(
    data: Data, kpi: Kpi, request: Request, keys: Mapping[str, Value | None], first: date | None, limit: int
) -> tuple[int, ...]:
    """Return the numbers of the deals behind a number, the newest first, at most `limit`.

    `keys`: by name, those of the row; `first`: the first day of its period, None: all that is asked for. A KPI that is
    computed from others has none of its own.
    """
    grain = None if first is None else request.grain
    spans = periods(request.start, request.end, grain, data.workspace.timezone)
    span = next((each for each in spans if first is None or each.first == first), None)
    if span is None:
        return ()
    query = _behind(data, kpi, kpi.in_force(span.first), request, keys, span)
    if query is None:
        return ()
    found = query.distinct().subquery()
    return tuple(data.connection.execute(select(found.c.deal).order_by(found.c.deal.desc()).limit(limit)).scalars())


def _behind(
    data: Data, kpi: Kpi, version: Version, request: Request, keys: Mapping[str, Value | None], span: Period
) -> Select[Any] | None:
    deals = data.schema.tables["dim_deal"]
    match version.method:
        case Measure(value=value) | Ratio(whole=value):
            rows = Rows(data, request, kpi.of)
            if kpi.of in (Counted.ACCOUNTS, Counted.CONTACTS):
                return None
            _, inside = rows.period(version.time, [span])
            counted = [_any_counts(rows, value, kpi.of.value), *inside]
        case Stock(value=value):
            columns = AsOf(data.schema, data.backend)
            rows = Rows(data, request, Counted.DEALS, columns)
            end = min(span.end, request.now + 1)
            stands = f"({{0}} < {end} AND ({{1}} IS NULL OR {{1}} >= {end}))"
            held = Sql(BOOL, stands, columns.versions.c.since, columns.versions.c.until)
            counted = [held, _any_counts(rows, value, Counted.DEALS.value)]
        case PerSuccess() as method:
            rows = Rows(data, request, Counted.DEALS)
            _, inside = period_of(deals.c.closed_at, [span])
            closed = "({0} = 'won')" if method.on is SuccessOn.WON else "({0} IS NOT NULL)"
            counted = [*inside, Sql(BOOL, closed, deals.c.outcome)]
        case Conversion(start=mark) | Survival(start=mark):
            return _begun(data, version, request, keys, span, mark)
        case FunnelSteps() | TimeInStage() | Bottleneck() as method:
            return _stayed(data, version, request, keys, span, method.funnel)
        case _:
            return None
    conditions = [*counted, *rows.conditions(version.where), *_same(rows, request.by, keys)]
    return select(deals.c.deal.label("deal")).select_from(rows.source).where(*conditions)


def _begun(
    data: Data, version: Version, request: Request, keys: Mapping[str, Value | None], span: Period, mark: Mark
) -> Select[Any]:
    starts = Journeys(data, request, version, Entity.DEAL).starts(mark)
    _, inside = period_of(starts.c.at, [span])
    same = [_equal(data, starts.c[f"by{n}"], keys[name]) for n, name in enumerate(request.by) if name in keys]
    return select(starts.c.entity.label("deal")).where(*inside, *same)


def _stayed(
    data: Data, version: Version, request: Request, keys: Mapping[str, Value | None], span: Period, funnel: str
) -> Select[Any]:
    rows = Rows(data, request, Counted.DEALS)
    deals = data.schema.tables["dim_deal"]
    visits = data.schema.tables["fact_visit"].alias("stays")
    conditions = [
        Sql(BOOL, "({0} = {1})", visits.c.funnel, data.backend.parameter(funnel, TEXT)),
        Sql(
            BOOL,
            f"({{0}} < {span.end} AND coalesce({{1}}, {span.end}) >= {span.start})",
            visits.c.entered_at,
            visits.c.left_at,
        ),
        *rows.conditions(version.where),
        *_same(rows, request.by, keys),
    ]
    if (stage := keys.get("stage")) is not None:
        conditions.append(_equal(data, visits.c.stage, stage))
    source = deals.join(visits, visits.c.deal == deals.c.deal)
    return select(deals.c.deal.label("deal")).select_from(source).where(*conditions)


def _any_counts(rows: Rows, value: Expression, counted: str) -> ColumnElement[bool]:
    """Return whether a row counts for one of the aggregates of an expression."""
    filters = [
        rows.compiler.holds(node.filter)
        for node in walk(value.node)
        if isinstance(node, Aggregate) and node.collection == counted
    ]
    places = " OR ".join(f"{{{n}}}" for n in range(len(filters)))
    return Sql(BOOL, f"({places})", *filters) if filters else Sql(BOOL, "(TRUE)")


def _same(rows: Rows, by: Sequence[str], keys: Mapping[str, Value | None]) -> list[ColumnElement[bool]]:
    return [_equal(rows.data, rows.name(name), keys[name]) for name in by if name in keys]


def _equal(data: Data, column: ColumnElement[Any], value: Value | None) -> ColumnElement[bool]:
    if value is None:
        return Sql(BOOL, "({0} IS NULL)", column)
    if isinstance(value, bool):
        return Sql(BOOL, f"({{0}} IS {'TRUE' if value else 'FALSE'})", column)
    type_ = BIGINT if isinstance(value, int) else TEXT
    return Sql(BOOL, "({0} = {1})", column, data.backend.parameter(value, type_))
