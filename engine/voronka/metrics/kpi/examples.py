"""The examples of KPIs: small data, computed over a mart in memory, beside what they are said to give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from math import isclose
from typing import Any

from voronka.calendars import date_of
from voronka.definition.kpis import Counted, Example, Kpi
from voronka.definition.workspace import Workspace
from voronka.frozen import frozen
from voronka.mart.columns import TABLES
from voronka.mart.memory import memory_mart
from voronka.mart.schema import MartSchema, field_column
from voronka.metrics.kpi.computing import compute
from voronka.metrics.kpi.request import Data, Request
from voronka.sql.duckdb import DuckdbBackend

__all__ = ["WrongExample", "wrong_examples"]

_EVER = date(1900, 1, 1)
_RENAMED: Mapping[Counted, Mapping[str, str]] = {
    Counted.DEALS: {"number": "deal"},
    Counted.ACCOUNTS: {"id": "account"},
    Counted.CONTACTS: {"id": "contact"},
    Counted.VISITS: {"number": "visit"},
}
_OTHERWISE: Mapping[Counted, Mapping[str, Any]] = {
    Counted.DEALS: {"replied": False, "contacted": False},
    Counted.INTERACTIONS: {"own": False},
}
"""What is never missing, where an example does not give it."""
_NEARLY = 1e-9


@frozen
class WrongExample:
    """An example that gives something else than it says: the KPI's name, the example's place among its own, and both
    values in major units, None: no data.
    """

    kpi: str
    place: int
    expected: float | None
    got: float | None


def wrong_examples(workspace: Workspace) -> Iterator[WrongExample]:
    """Yield the examples of KPIs that are wrong. Each is taken as one period, computed by the version of its day."""
    if not any(kpi.examples for kpi in workspace.kpis.values()):
        return
    with memory_mart(workspace, {}) as (schema, connection):
        for kpi in workspace.kpis.values():
            for place, example in enumerate(kpi.examples):
                rows = _rows(schema, example)
                for table, given in rows.items():
                    connection.execute(schema.tables[table].insert(), given)
                then = _as_of(workspace, date_of(example.at, workspace.timezone))
                data = Data(workspace=then, schema=schema, backend=DuckdbBackend(), connection=connection)
                got = _value(data, then.kpis[kpi.name], example)
                for table in rows:
                    connection.execute(schema.tables[table].delete())
                if not _same(got, example.value):
                    yield WrongExample(kpi=kpi.name, place=place, expected=example.value, got=got)


def _as_of(workspace: Workspace, day: date) -> Workspace:
    """Return the workspace with the versions of a day alone, which hide no number for want of rows."""
    kpis = {
        name: replace(kpi, versions=(replace(kpi.in_force(day), since=None),), least=1)
        for name, kpi in workspace.kpis.items()
    }
    return replace(workspace, kpis=kpis)


def _value(data: Data, kpi: Kpi, example: Example) -> float | None:
    request = Request(start=_EVER, end=date_of(example.at, data.workspace.timezone), now=example.at)
    rows = compute(data, kpi, request).rows
    return rows[0].value if rows else None


def _same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return isclose(one, other, rel_tol=_NEARLY, abs_tol=_NEARLY)


def _rows(schema: MartSchema, example: Example) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of the mart's tables for an example: what it leaves out is missing or not so."""
    found: dict[str, list[dict[str, Any]]] = {}
    for name, given in example.rows.items():
        counted = Counted(name)
        table = schema.tables[TABLES[counted]]
        columns = table.c.keys()
        renamed = _RENAMED.get(counted, {})
        rows = []
        for number, values in enumerate(given, start=1):
            row: dict[str, Any] = dict.fromkeys(columns) | dict(_OTHERWISE.get(counted, {}))
            for key, value in values.items():
                column = renamed.get(key, key)
                declared = field_column(key)
                row[declared if declared in row else column] = value
            if counted is not Counted.DEALS and "seq" in row:
                row |= {"seq": number, "n": 0}
            rows.append(row)
        found[table.name] = rows
    _complete(schema, found)
    return {table: rows for table, rows in found.items() if rows}


def _complete(schema: MartSchema, found: dict[str, list[dict[str, Any]]]) -> None:
    """Give deals numbers, and what follows: their versions as they are, and the next stages of visits."""
    deals = found.setdefault("dim_deal", [])
    taken = {deal["deal"] for deal in deals}
    free = (number for number in range(1, len(deals) + len(taken) + 2) if number not in taken)
    for deal in deals:
        deal["deal"] = deal["deal"] or next(free)
        deal["id"] = deal["id"] or str(deal["deal"])
    versions = schema.tables["dim_deal_version"].c.keys()
    found["dim_deal_version"] = [
        {column: deal.get(column) for column in versions} | {"since": deal["created_at"] or 0, "until": None}
        for deal in deals
    ]
    funnels = {deal["deal"]: deal["funnel"] for deal in deals}
    stays: dict[int, list[dict[str, Any]]] = {}
    for visit in found.get("fact_visit", ()):
        stays.setdefault(visit["deal"], []).append(visit)
    for number, visits in stays.items():
        _following(visits, funnels.get(number))


def _following(visits: Sequence[dict[str, Any]], funnel: str | None) -> None:
    ordered = sorted(visits, key=lambda visit: visit["entered_at"] or 0)
    for number, visit in enumerate(ordered, start=1):
        after = ordered[number] if number < len(ordered) else None
        visit["visit"] = visit["visit"] or number
        visit["funnel"] = visit["funnel"] or funnel
        visit["next_stage"] = visit["next_stage"] or (after["stage"] if after else None)
        visit["again"] = any(before["stage"] == visit["stage"] for before in ordered[: number - 1])
