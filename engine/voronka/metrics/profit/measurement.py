"""What the KPIs of a profit model's parameters say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from voronka.definition.kpis import ProfitModel
from voronka.metrics.kpi.computing import compute
from voronka.metrics.kpi.request import Data, KpiRow, Request
from voronka.metrics.kpi.rights import check_shown
from voronka.runtime.queries import Asked

__all__ = ["measured_rows", "values_of"]


def measured_rows(asked: Asked, data: Data, model: ProfitModel, first: date, last: date) -> dict[str, KpiRow]:
    """Return the rows of the KPIs that measure parameters, by parameter; `hidden` says why one has no value."""
    request = Request(start=first, end=last, now=asked.now, owners=asked.owners)
    found = {}
    for parameter in model.parameters.values():
        if parameter.kpi is not None:
            check_shown(asked, asked.workspace.kpis[parameter.kpi])
            rows = compute(data, asked.workspace.kpis[parameter.kpi], request).rows
            if rows:  # of one in which nothing counts there may be none; `voronka check` refuses several
                found[parameter.name] = rows[0]
    return found


def values_of(rows: Mapping[str, KpiRow]) -> dict[str, float]:
    """Return the values of those rows that have one."""
    return {name: row.value for name, row in rows.items() if row.value is not None}
