"""What the KPIs of a profit model's parameters say."""

from __future__ import annotations

from datetime import date

from voronka.definition.kpis import ProfitModel
from voronka.metrics.kpi.computing import compute
from voronka.metrics.kpi.request import Data, KpiRow, Request
from voronka.metrics.kpi.rights import check_shown
from voronka.runtime.queries import Asked

__all__ = ["measured_rows"]


def measured_rows(asked: Asked, data: Data, model: ProfitModel, first: date, last: date) -> dict[str, KpiRow]:
    """Return the rows of the KPIs that measure parameters, by parameter; those without a value are left out."""
    request = Request(start=first, end=last, now=asked.now, owners=asked.owners)
    found = {}
    for parameter in model.parameters.values():
        if parameter.kpi is not None:
            check_shown(asked, asked.workspace.kpis[parameter.kpi])
            rows = compute(data, asked.workspace.kpis[parameter.kpi], request).rows
            if len(rows) == 1 and rows[0].value is not None:
                found[parameter.name] = rows[0]
    return found
