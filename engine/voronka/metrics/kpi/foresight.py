"""What open deals will bring in the periods ahead, as a KPI."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select

from voronka.calendars import DAY
from voronka.definition.kpis import Counted, Version
from voronka.definition.kpis.methods import Forecast, ForecastBy
from voronka.errors import UsageFault
from voronka.expressions import Kind
from voronka.expressions.ir import Read
from voronka.mart.schema import field_column
from voronka.messages import Text
from voronka.metrics.forecast.model import LEAST, by_stage, by_survival, declared_rates, stage_rates
from voronka.metrics.forecast.rows import lives_by_stage, lives_since_creation, pipeline
from voronka.metrics.forecast.totals import Total
from voronka.metrics.kpi.cells import Cell, Cells
from voronka.metrics.kpi.grouping import Rows
from voronka.metrics.kpi.periods import Period
from voronka.metrics.kpi.request import Data, Request
from voronka.metrics.slices import Slice
from voronka.sql.backend import BOOL, TEXT
from voronka.sql.element import Sql

__all__ = ["foreseen", "foreseen_deals"]


def foreseen(data: Data, request: Request, version: Version, method: Forecast, spans: Sequence[Period]) -> Cells:
    """Return the mean of what each period that is not over brings, with quantiles in `details`.

    Raises `UsageFault` where the forecast is asked for by names or for some deals alone, or of what is no field.
    """
    value = method.value.node
    if request.by or request.where is not None or version.where is not None or not isinstance(value, Read):
        raise UsageFault(
            Text("A forecast is told of all deals of a funnel and of one field."),
            Text("Leave out “by” and “where”, and name a field of the deal as its value."),
        )
    ahead = [place for place, span in enumerate(spans) if span.end > request.now]
    if not ahead:
        return Cells(rows={})
    part = Slice(connection=data.connection, tables=data.schema.tables, funnel=method.funnel, owners=request.owners)
    now = request.now
    ends = [(spans[place].end - now) / DAY for place in ahead]
    begun = (spans[ahead[0]].start - now) / DAY
    deals = pipeline(part, now, field_column(value.name))
    edges = [begun, *ends] if begun > 0 else ends
    if method.by is ForecastBy.WEIGHTED:
        (lives,) = lives_by_stage(part, [now])
        rates = stage_rates(lives, declared_rates(data.workspace.funnels[method.funnel]), LEAST)
        found = by_stage(deals, rates, lives, edges, method.quantiles)
    else:
        found = by_survival(deals, lives_since_creation(part, now), edges, method.quantiles)
    totals = found.periods[1:] if begun > 0 else found.periods
    money = value.type.kind is Kind.MONEY
    scale = 10**data.workspace.currency.digits if money else 1
    count = sum(deal.n for deal in deals)
    known = count - found.untold - found.unvalued
    row = {
        place: Cell(
            value=None if total is None else total.mean,
            n=known,
            known=count,
            details=_spread(total, method.quantiles, scale),
        )
        for place, total in zip(ahead, totals, strict=True)
    }
    return Cells(rows={(): row}, kind=value.type.kind if money else None)


def _spread(total: Total | None, quantiles: Sequence[float], scale: int) -> dict[str, float | None]:
    names = [f"q{share * 100:g}" for share in quantiles]
    if total is None:
        return dict.fromkeys((*names, "deviation"))
    found = [each / scale for each in (*total.quantiles, total.deviation)]
    return dict(zip((*names, "deviation"), found, strict=True))


def foreseen_deals(data: Data, request: Request, method: Forecast) -> Select[Any]:
    """Return ``deal`` of the open deals of the funnel that have the value."""
    rows = Rows(data, request, Counted.DEALS)
    deals = data.schema.tables["dim_deal"]
    of_funnel = Sql(BOOL, "({0} = {1})", deals.c.funnel, data.backend.parameter(method.funnel, TEXT))
    valued = Sql(BOOL, "({0} IS NULL AND {1} IS NOT NULL)", deals.c.outcome, rows.compiler(method.value.node))
    return select(deals.c.deal, *rows.by()).where(of_funnel, valued, *rows.conditions(None))
