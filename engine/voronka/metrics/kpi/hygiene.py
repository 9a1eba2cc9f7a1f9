"""How complete, valid and fresh the fields of records are, as of now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, func, select
from sqlalchemy.types import BigInteger, Double
from sqlalchemy.types import Text as Texts

from voronka.calendars import due
from voronka.definition.fields import Field, FieldType, Subject
from voronka.definition.kpis import Counted, Kpi, Version
from voronka.definition.kpis.methods import Hygiene
from voronka.definition.placeholders import PLACEHOLDERS, RUNS
from voronka.definition.vocabulary import BUILT_IN_FIELDS
from voronka.messages import Text
from voronka.metrics.kpi.cells import Cell, Cells, Keys, ratio
from voronka.metrics.kpi.dwell import among
from voronka.metrics.kpi.grouping import Rows
from voronka.metrics.kpi.marks import grouped
from voronka.metrics.kpi.request import Data, Request
from voronka.sql.backend import BIGINT, BOOL
from voronka.sql.element import Sql

__all__ = ["hygiene_cells", "hygiene_deals", "hygiene_select"]

_OF_NOW = Text("The fields as they are now, whatever the period.")


def hygiene_select(data: Data, request: Request, kpi: Kpi, version: Version, method: Hygiene) -> Select[Any]:
    """Return keys, a place, n records, and for each field ``complete_N``, ``valid_N`` and ``fresh_N``."""
    rows = Rows(data, request, kpi.of)
    source: FromClause = rows.source
    told: list[ColumnElement[Any]] = []
    for n, name in enumerate(method.fields):
        value = rows.name(name)
        complete: ColumnElement[bool] = Sql(BOOL, "({0} IS NOT NULL)", value)
        if isinstance(value.type, Texts):
            nothing = _nothing(data, _field(data, kpi.of, name), value, method.placeholders)
            complete = Sql(BOOL, "({0} IS NOT NULL AND NOT {1})", value, nothing)
        valid = Sql(BOOL, "({0} AND {1})", complete, _valid(data, _field(data, kpi.of, name), value))
        fresh: ColumnElement[bool] = valid
        if method.fresh is not None and kpi.of is Counted.DEALS:
            source, changed = _changed(data, source, name, n)
            calendar, zone = data.workspace.calendar, data.workspace.timezone
            since = due(request.now, method.fresh, calendar=calendar, zone=zone, sign=-1)
            fresh = Sql(BOOL, f"({{0}} AND coalesce({{1}} >= {since}, TRUE))", valid, changed)
        for what, condition in (("complete", complete), ("valid", valid), ("fresh", fresh)):
            told.append(Sql(BIGINT, "count(*) FILTER (WHERE {0})", condition).label(f"{what}_{n}"))
    keys = rows.by()
    query = select(*keys, Sql(BIGINT, "0").label("place"), func.count().label("n"), *told).select_from(source)
    return grouped(query.where(*rows.conditions(version.where)), len(keys) + 1)


def hygiene_deals(data: Data, request: Request, version: Version) -> Select[Any]:
    """Return ``deal`` and keys of the deals whose fields are looked at."""
    rows = Rows(data, request, Counted.DEALS)
    deal = data.schema.tables["dim_deal"].c.deal
    return select(deal.label("deal"), *rows.by()).select_from(rows.source).where(*rows.conditions(version.where))


def hygiene_cells(rows: Mapping[Keys, Mapping[int, Cell]], method: Hygiene) -> Cells:
    """Return completeness × validity × freshness of each field; each is the share of what the one before left."""
    found: dict[Keys, dict[int, Cell]] = {}
    for keys, row in rows.items():
        for place, cell in row.items():
            for n, name in enumerate(method.fields):
                complete, valid, fresh = (cell.details[f"{what}_{n}"] for what in ("complete", "valid", "fresh"))
                found.setdefault((*keys, name), {})[place] = Cell(
                    value=ratio(fresh, cell.n),
                    n=cell.n,
                    known=cell.n,
                    part=fresh,
                    whole=cell.n,
                    details={
                        "completeness": ratio(complete, cell.n),
                        "validity": ratio(valid, complete),
                        "freshness": ratio(fresh, valid),
                    },
                )
    return Cells(rows=found, share=True, extra=("field",), order=method.fields, words=(_OF_NOW,))


def _nothing(data: Data, field: Field | None, value: ColumnElement[Any], more: tuple[str, ...]) -> ColumnElement[bool]:
    """Return whether a text stands for nothing: it is known to, repeats one sign, or is a made-up telephone number."""
    if field is not None and field.options:
        return Sql(BOOL, "(FALSE)")
    text = data.backend.lower(data.backend.trimmed(value))
    parts = [
        among(data, text, (*PLACEHOLDERS, *more)),
        Sql(BOOL, "(length({0}) > 2 AND replace({0}, substr({0}, 1, 1), '') = '')", text),
    ]
    if field is not None and field.type is FieldType.PHONE:
        parts += [Sql(BOOL, f"(replace({{0}}, '{run}', '') <> {{0}})", text) for run in RUNS]
    return Sql(BOOL, "(" + " OR ".join(f"{{{n}}}" for n in range(len(parts))) + ")", *parts)


def _field(data: Data, of: Counted, name: str) -> Field | None:
    subject = Subject(of.value)
    return data.workspace.fields.get(subject, {}).get(name) or BUILT_IN_FIELDS[subject].get(name)


def _valid(data: Data, field: Field | None, value: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return whether a value is one that may be given to the field as it is declared now."""
    if field is not None and field.options and isinstance(value.type, Texts):
        return among(data, value, tuple(field.options))
    bounds = []
    if field is not None and isinstance(value.type, (BigInteger, Double)):
        for bound, operator in ((field.least, ">="), (field.most, "<=")):
            if bound is not None and isinstance(bound.value, (int, float)):
                bounds.append(
                    Sql(BOOL, f"({{0}} {operator} {{1}})", value, data.backend.parameter(bound.value, value.type))
                )
    places = " AND ".join(f"{{{n}}}" for n in range(len(bounds)))
    return Sql(BOOL, f"({places})", *bounds) if bounds else Sql(BOOL, "(TRUE)")


def _changed(data: Data, source: FromClause, name: str, place: int) -> tuple[FromClause, ColumnElement[Any]]:
    """Return the source with the moment at which each deal's field was last given its value."""
    versions = data.schema.tables["dim_deal_version"]
    deals = data.schema.tables["dim_deal"]
    column = versions.c[f"f_{name}" if f"f_{name}" in versions.c else name]
    before = func.lag(column).over(partition_by=versions.c.deal, order_by=versions.c.since)
    nth = func.row_number().over(partition_by=versions.c.deal, order_by=versions.c.since)
    each = select(
        versions.c.deal, versions.c.since, column.label("value"), before.label("before"), nth.label("nth")
    ).subquery()
    differs = each.c.value.is_distinct_from(each.c.before) | (each.c.nth == 1)
    last = (
        select(each.c.deal, func.max(each.c.since).label("since"))
        .where(differs)
        .group_by(each.c.deal)
        .subquery(f"set{place}")
    )
    return source.outerjoin(last, last.c.deal == deals.c.deal), last.c.since
