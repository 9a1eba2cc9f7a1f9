"""How complete, valid and fresh the fields of records are, as of now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, FromClause, Select, func, select
from sqlalchemy.types import BigInteger, Double
from sqlalchemy.types import Text as Texts

from voronka.calendars import due
from voronka.definition.due_fields import DueStages, due_fields
from voronka.definition.fields import Field, FieldType, Subject
from voronka.definition.kpis import Counted, Kpi, Version
from voronka.definition.kpis.methods import Hygiene
from voronka.definition.placeholders import PLACEHOLDERS, RUNS
from voronka.definition.vocabulary import BUILT_IN_FIELDS
from voronka.definition.workspace import Workspace
from voronka.frozen import frozen
from voronka.messages import Text
from voronka.metrics.kpi.cells import Cell, Cells, Keys, ratio
from voronka.metrics.kpi.dwell import among
from voronka.metrics.kpi.grouping import Rows
from voronka.metrics.kpi.marks import grouped
from voronka.metrics.kpi.request import Data, Request
from voronka.sql.backend import BIGINT, BOOL, DOUBLE
from voronka.sql.element import Sql

__all__ = ["DUE_WORDS", "FAULTS", "WorstDeal", "hygiene_cells", "hygiene_deals", "hygiene_select", "worst_deals"]

_OF_NOW = Text("The fields as they are now, whatever the period.")
DUE_WORDS = (
    Text(
        "A deal should have a field that gates require where its way or its stage asks for it, a lost deal what every"
        " loss asks for."
    ),
    Text(
        "Any other field it should have from the stage from which on the card shows its group (“from”); computed"
        " fields, and what actions, imports or systems fill in, it need not."
    ),
    Text("A field that a KPI names and of which no funnel says so, every deal should have."),
)
"""Which deals should have a field, in words: the rule of `voronka.definition.due_fields`."""
FAULTS = ("good", "missing", "placeholder", "invalid", "stale")
"""What is the matter with a field of a deal."""


@frozen
class WorstDeal:
    """A deal with fields that are not good. `due`: how many it should have; `faults`: of `FAULTS`, by field."""

    deal: int
    owner: str | None
    stage: str
    due: int
    good: int
    faults: Mapping[str, str]


_Asked: TypeAlias = Mapping[str, Mapping[str, DueStages]]
"""By funnel and field: the stages in which deals should have it."""


@frozen
class _Mark:
    """What holds of one field of a record. `due`: it should have the field; the others hold where it has."""

    due: ColumnElement[bool]
    given: ColumnElement[bool]
    complete: ColumnElement[bool]
    valid: ColumnElement[bool]
    fresh: ColumnElement[bool]


def hygiene_select(data: Data, request: Request, kpi: Kpi, version: Version, method: Hygiene) -> Select[Any]:
    """Return keys, a place, n records, how many should have a field at all (``records``), and for each field ``due_N``,
    ``complete_N``, ``valid_N`` and ``fresh_N``.
    """
    rows = Rows(data, request, kpi.of)
    source, marks = _marks(data, request, rows, method)
    anything = _any([mark.due for mark in marks])
    told: list[ColumnElement[Any]] = [Sql(BIGINT, "count(*) FILTER (WHERE {0})", anything).label("records")]
    for n, mark in enumerate(marks):
        told.append(Sql(BIGINT, "count(*) FILTER (WHERE {0})", mark.due).label(f"due_{n}"))
        for what, holds in (("complete", mark.complete), ("valid", mark.valid), ("fresh", mark.fresh)):
            told.append(Sql(BIGINT, "count(*) FILTER (WHERE {0} AND {1})", mark.due, holds).label(f"{what}_{n}"))
    keys = rows.by()
    query = select(*keys, Sql(BIGINT, "0").label("place"), func.count().label("n"), *told).select_from(source)
    return grouped(query.where(*rows.conditions(version.where)), len(keys) + 1)


def hygiene_deals(data: Data, request: Request, version: Version, method: Hygiene, field: str | None) -> Select[Any]:
    """Return ``deal`` and keys of the deals that should have a field; None: any of those that are looked at."""
    rows = Rows(data, request, Counted.DEALS)
    deal = data.schema.tables["dim_deal"].c.deal
    asked = _asked(data.workspace)
    due = [_due(data, rows, asked, name) for name in method.fields if field in (None, name)]
    query = select(deal.label("deal"), *rows.by()).select_from(rows.source)
    return query.where(*rows.conditions(version.where), _any(due))


def worst_deals(data: Data, request: Request, version: Version, method: Hygiene, limit: int) -> Iterator[WorstDeal]:
    """Yield the deals that lack most of what they should have, open ones first, then by the share that is good."""
    rows = Rows(data, request, Counted.DEALS)
    source, marks = _marks(data, request, rows, method)
    if not marks:
        return
    places = range(len(marks))
    state = (
        "CASE WHEN NOT {0} THEN -1 WHEN {1} THEN 0"
        " WHEN NOT {2} THEN 1 WHEN NOT {3} THEN 2 WHEN NOT {4} THEN 3 ELSE 4 END"
    )
    states = [
        Sql(BIGINT, state, mark.due, mark.fresh, mark.given, mark.complete, mark.valid).label(f"s{n}")
        for n, mark in enumerate(marks)
    ]
    deals = data.schema.tables["dim_deal"].c
    told = [deals.deal, deals.owner.label("owner"), deals.stage.label("stage"), deals.outcome.label("outcome")]
    each = select(*told, *states).select_from(source).where(*rows.conditions(version.where)).subquery("each")

    def counted(condition: str, name: str) -> ColumnElement[Any]:
        terms = " + ".join(f"CASE WHEN {{{n}}} {condition} THEN 1 ELSE 0 END" for n in places)
        return Sql(BIGINT, f"({terms})", *(each.c[f"s{n}"] for n in places)).label(name)

    found = select(each, counted(">= 0", "due"), counted("= 0", "good")).subquery("found")
    share = Sql(DOUBLE, "(({0} * 1.0) / {1})", found.c.good, found.c.due)
    ended = Sql(BIGINT, "(CASE WHEN {0} IS NULL THEN 0 ELSE 1 END)", found.c.outcome)
    lacking = Sql(BIGINT, "({1} - {0})", found.c.good, found.c.due)
    query = select(found).where(found.c.good < found.c.due).order_by(ended, share, lacking.desc(), found.c.deal.desc())
    for row in data.connection.execute(query.limit(limit)).mappings():
        faults = {name: FAULTS[row[f"s{n}"]] for n, name in enumerate(method.fields) if row[f"s{n}"] > 0}
        yield WorstDeal(
            deal=row["deal"], owner=row["owner"], stage=row["stage"], due=row["due"], good=row["good"], faults=faults
        )


def _marks(data: Data, request: Request, rows: Rows, method: Hygiene) -> tuple[FromClause, list[_Mark]]:
    """Return what to select from, and what holds of each field."""
    source: FromClause = rows.source
    asked, found = _asked(data.workspace), list[_Mark]()
    for n, name in enumerate(method.fields):
        value = rows.name(name)
        given: ColumnElement[bool] = Sql(BOOL, "({0} IS NOT NULL)", value)
        complete = given
        if isinstance(value.type, Texts):
            nothing = _nothing(data, _field(data, rows.counted, name), value, method.placeholders)
            complete = Sql(BOOL, "({0} IS NOT NULL AND NOT {1})", value, nothing)
        valid = Sql(BOOL, "({0} AND {1})", complete, _valid(data, _field(data, rows.counted, name), value))
        fresh: ColumnElement[bool] = valid
        if method.fresh is not None and rows.counted is Counted.DEALS:
            source, changed = _changed(data, source, name, n)
            calendar, zone = data.workspace.calendar, data.workspace.timezone
            since = due(request.now, method.fresh, calendar=calendar, zone=zone, sign=-1)
            fresh = Sql(BOOL, f"({{0}} AND coalesce({{1}} >= {since}, TRUE))", valid, changed)
        found.append(_Mark(due=_due(data, rows, asked, name), given=given, complete=complete, valid=valid, fresh=fresh))
    return source, found


def _asked(workspace: Workspace) -> _Asked:
    return {funnel.name: due_fields(workspace, funnel) for funnel in workspace.funnels.values()}


def _due(data: Data, rows: Rows, asked: _Asked, name: str) -> ColumnElement[bool]:
    """Return whether a record should have a field: a deal as its funnel says, and where none says it, every one."""
    if rows.counted is not Counted.DEALS:
        return Sql(BOOL, "(TRUE)")
    funnels = data.workspace.funnels
    said = {funnel: fields[name] for funnel, fields in asked.items() if name in fields}
    deals = data.schema.tables["dim_deal"].c
    if not said:
        declared = name in data.workspace.fields.get(Subject.DEALS, {})
        having = tuple(funnel.name for funnel in funnels.values() if name in funnel.fields)
        return among(data, deals.funnel, having) if declared and having else Sql(BOOL, "(TRUE)")
    parts: list[ColumnElement[bool]] = []
    for funnel, cases in said.items():
        of_funnel = among(data, deals.funnel, (funnel,))
        others = tuple(case for case in funnels[funnel].variants if case is not None)
        for case, standing in cases.items():
            inside = [of_funnel, among(data, deals.stage, tuple(sorted(standing)))]
            if case is not None:
                inside.append(among(data, deals.variant, (case,)))
            elif others:
                inside.append(Sql(BOOL, "(NOT coalesce({0}, FALSE))", among(data, deals.variant, others)))
            parts.append(_all(inside))
    return _any([Sql(BOOL, "coalesce({0}, FALSE)", part) for part in parts])


def _any(parts: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    return Sql(BOOL, "(" + (" OR ".join(f"{{{n}}}" for n in range(len(parts))) or "FALSE") + ")", *parts)


def _all(parts: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    return Sql(BOOL, "(" + " AND ".join(f"{{{n}}}" for n in range(len(parts))) + ")", *parts)


def hygiene_cells(rows: Mapping[Keys, Mapping[int, Cell]], kpi: Kpi, method: Hygiene) -> Cells:
    """Return completeness × validity × freshness of each field; each is the share of what the one before left.

    ``records`` among the details: of how many records any of the fields is asked; it is the same for each field.
    """
    found: dict[Keys, dict[int, Cell]] = {}
    for keys, row in rows.items():
        for place, cell in row.items():
            for n, name in enumerate(method.fields):
                asked, complete, valid, fresh = (
                    cell.details[f"{what}_{n}"] for what in ("due", "complete", "valid", "fresh")
                )
                found.setdefault((*keys, name), {})[place] = Cell(
                    value=ratio(fresh, asked),
                    n=asked,
                    known=asked,
                    part=fresh,
                    whole=asked,
                    details={
                        "completeness": ratio(complete, asked),
                        "validity": ratio(valid, complete),
                        "freshness": ratio(fresh, valid),
                        "records": cell.details["records"],
                    },
                )
    words = (_OF_NOW, *DUE_WORDS) if kpi.of is Counted.DEALS else (_OF_NOW,)
    return Cells(rows=found, share=True, extra=("field",), order=method.fields, words=words)


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
