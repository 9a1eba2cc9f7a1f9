"""Measures, ratios, stocks and cumulative measures as one grouped select."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, select
from sqlalchemy.types import BigInteger

from voronka.definition.kpis import Counted, Version
from voronka.definition.kpis.methods import Measure, Ratio, Stock
from voronka.errors import UsageFault
from voronka.expressions import Expression
from voronka.expressions.ir import Read
from voronka.mart.columns import MartColumns
from voronka.mart.schema import MartSchema
from voronka.messages import Text
from voronka.metrics.kpi.grouping import Rows, RowsColumns, periods_table
from voronka.metrics.kpi.measures import measured
from voronka.metrics.kpi.periods import Period
from voronka.metrics.kpi.request import Data, Request
from voronka.sql.backend import BIGINT, BOOL, Backend
from voronka.sql.element import Sql

__all__ = ["AsOf", "counted_deals", "counted_select", "stock_deals", "stock_select"]

_OF_THE_TIME = frozenset({"id", "number", "created_at", "parent"})
"""What of a deal never changes, so that it holds at any moment."""


def counted_select(
    data: Data, request: Request, counted: Counted, version: Version, method: Measure | Ratio, spans: Sequence[Period]
) -> Select[Any]:
    """Return the numbers of a measure or a ratio by period: keys, place, value, part, whole, n, known.

    `spans` may overlap, as the windows of a cumulative measure do: a row then counts in each.
    """
    rows = Rows(data, request, counted)
    source: FromClause = rows.source
    if _apart(spans):
        place, inside = rows.period(version.time, spans)
    else:
        place, source, inside = _overlapping(rows, version, spans)
    return _grouped(rows, source, place, [*rows.conditions(version.where), *inside], method)


def stock_select(data: Data, request: Request, version: Version, method: Stock, spans: Sequence[Period]) -> Select[Any]:
    """Return what stood at the end of each period, or now where that is earlier; columns as `counted_select`."""
    rows, source, place, conditions = _standing(data, request, version, spans)
    return _grouped(rows, source, place, conditions, Measure(value=method.value))


def counted_deals(
    data: Data, request: Request, counted: Counted, version: Version, method: Measure | Ratio, span: Period
) -> Select[Any]:
    """Return ``deal`` and keys of the rows on which a measure or a ratio rests; they are deals, or facts about some."""
    rows = Rows(data, request, counted)
    _, inside = rows.period(version.time, [span])
    return _resting(rows, rows.source, [*rows.conditions(version.where), *inside], method)


def stock_deals(data: Data, request: Request, version: Version, method: Stock, span: Period) -> Select[Any]:
    """Return ``deal`` and keys of what stood at the end of a period."""
    rows, source, _, conditions = _standing(data, request, version, [span])
    return _resting(rows, source, conditions, Measure(value=method.value))


def _standing(
    data: Data, request: Request, version: Version, spans: Sequence[Period]
) -> tuple[Rows, FromClause, ColumnElement[Any], list[ColumnElement[bool]]]:
    """Return deals as they were at the end of each period: the rows, what to select from, the period's place, which."""
    columns = AsOf(data.schema, data.backend)
    rows = Rows(data, request, Counted.DEALS, columns)
    table, periods = columns.versions, periods_table(spans)
    # A period that goes on is looked at as of now, and what is to come is not known.
    end = Sql(BIGINT, f"least({{0}}, {request.now + 1})", periods.c.end)
    stands = [
        Sql(BOOL, "({0} < {1} AND ({2} IS NULL OR {2} >= {1}))", table.c.since, end, table.c.until),
        Sql(BOOL, f"({{0}} <= {request.now})", periods.c.start),
    ]
    source = columns.source.join(periods, stands[0])
    return rows, source, periods.c.place, [*rows.conditions(version.where), *stands]


def _resting(
    rows: Rows, source: FromClause, conditions: Sequence[ColumnElement[bool]], method: Measure | Ratio
) -> Select[Any]:
    base = method.value if isinstance(method, Measure) else method.whole
    rests = measured(base.node, rows.counted.value, rows.compiler, "a").rests
    deal = rows.data.schema.tables["dim_deal"].c.deal
    return select(deal.label("deal"), *rows.by()).select_from(source).where(*conditions, rests)


def _grouped(
    rows: Rows,
    source: FromClause,
    place: ColumnElement[Any],
    conditions: Sequence[ColumnElement[bool]],
    method: Measure | Ratio,
) -> Select[Any]:
    counted, compiler = rows.counted.value, rows.compiler
    one = isinstance(method, Measure)
    expressions: tuple[Expression, ...] = (
        (method.value,) if isinstance(method, Measure) else (method.part, method.whole)
    )
    told = [measured(each.node, counted, compiler, f"a{n}_") for n, each in enumerate(expressions)]
    keys = rows.by()
    resting = told[-1]  # a ratio rests on its whole
    inner = (
        select(
            *keys,
            place.label("place"),
            resting.n.label("n"),
            resting.known.label("known"),
            *(column.label(name) for each in told for name, column in each.aggregates.items()),
        )
        .select_from(source)
        .where(*conditions)
        .group_by(*(_position(n) for n in range(1, len(keys) + 2)))
        .subquery("grouped")
    )
    values = [each.value(compiler, lambda name: inner.c[name]) for each in told]
    outer = [inner.c[f"by{n}"] for n in range(len(keys))]
    heads = [values[0].label("value")] if one else [values[0].label("part"), values[1].label("whole")]
    return select(*outer, inner.c.place, *heads, inner.c.n, inner.c.known)


def _position(place: int) -> ColumnElement[Any]:
    return Sql(BIGINT, str(place))


def _apart(spans: Sequence[Period]) -> bool:
    return all(one.after <= other.first for one, other in pairwise(spans))


def _overlapping(
    rows: Rows, version: Version, spans: Sequence[Period]
) -> tuple[ColumnElement[Any], FromClause, list[ColumnElement[bool]]]:
    periods = periods_table(spans)
    time = rows.name(version.time or "")
    dated = not isinstance(time.type, BigInteger)
    start, end = (periods.c.first, periods.c.after) if dated else (periods.c.start, periods.c.end)
    inside = Sql(BOOL, "({0} >= {1} AND {0} < {2})", time, start, end)
    return periods.c.place, rows.source.join(periods, inside), []


class AsOf(RowsColumns):
    """Deals as they were: each version of one is a row. What is known of today alone is refused."""

    def __init__(self, schema: MartSchema, backend: Backend) -> None:
        super().__init__(schema, backend, Counted.DEALS)
        self.versions = schema.tables["dim_deal_version"]
        deals = schema.tables["dim_deal"]
        self.source = self.versions.join(deals, deals.c.deal == self.versions.c.deal)
        self._deals = MartColumns(schema, backend, Counted.DEALS)
        self._record = self.versions

    def formula(self, node: Read) -> None:
        """Return None: how long a deal has been in its stage is not known of then."""

    def read(self, node: Read) -> ColumnElement[Any]:
        """Return the column of a name as of the version."""
        name = node.name.removeprefix("deal.")
        if name in _OF_THE_TIME:
            return self._deals.read(node)
        if name in ("open", "closed", "won", "lost"):
            return self._cell(self.versions, name, "dim_deal")
        try:
            return super().read(node)
        except KeyError:
            raise UsageFault(
                Text("What {name} was at an earlier moment is not kept, and a stock needs it.", name=node.name),
                Text("Count by fields of the deal, its funnel, stage, outcome and owner."),
            ) from None
