"""How complete, valid and fresh the fields of records are, as of now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, Subquery, case, func, select
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import BigInteger, Double
from sqlalchemy.types import Text as Texts

from voronka.calendars import Duration, due
from voronka.definition.due_fields import due_fields
from voronka.definition.fields import Field, FieldType, Subject
from voronka.definition.kpis import Counted, Kpi, Version
from voronka.definition.kpis.methods import Hygiene
from voronka.definition.placeholders import PLACEHOLDERS, RUNS
from voronka.definition.vocabulary import BUILT_IN_FIELDS
from voronka.frozen import frozen
from voronka.messages import Text
from voronka.metrics.kpi.cells import Cell, Cells, Keys, ratio
from voronka.metrics.kpi.dwell import among
from voronka.metrics.kpi.grouping import Rows
from voronka.metrics.kpi.marks import grouped
from voronka.metrics.kpi.request import Data, Request
from voronka.sql.backend import BIGINT, BOOL, DOUBLE, TEXT
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


def hygiene_select(data: Data, request: Request, kpi: Kpi, version: Version, method: Hygiene) -> Select[Any]:
    """Return keys, a place, n records, how many should have a field at all (``records``), and for each field ``due_N``,
    ``complete_N``, ``valid_N`` and ``fresh_N``.
    """
    rows = Rows(data, request, kpi.of)
    keys = rows.by()
    each = _each(data, request, rows, version, method, keys)
    states = [each.c[f"s{n}"] for n in range(len(method.fields))]
    anything = _any([Sql(BOOL, "{0} >= 0", state) for state in states])
    told: list[ColumnElement[Any]] = [Sql(BIGINT, "count(*) FILTER (WHERE {0})", anything).label("records")]
    counted = {"due": ">= 0", "complete": "IN (0, 3, 4)", "valid": "IN (0, 4)", "fresh": "= 0"}
    for n, state in enumerate(states):
        for what, among_states in counted.items():
            told.append(Sql(BIGINT, f"count(*) FILTER (WHERE {{0}} {among_states})", state).label(f"{what}_{n}"))
    named = [each.c[key.name] for key in keys]
    query = select(*named, Sql(BIGINT, "0").label("place"), func.count().label("n"), *told).select_from(each)
    return grouped(query, len(keys) + 1)


def hygiene_deals(data: Data, request: Request, version: Version, method: Hygiene, field: str | None) -> Select[Any]:
    """Return ``deal`` and keys of the deals that should have a field; None: any of those that are looked at."""
    rows = Rows(data, request, Counted.DEALS)
    deal = data.schema.tables["dim_deal"].c.deal
    due = _Due(data, rows)
    asked = [due.of(name) for name in method.fields if field in (None, name)]
    query = select(deal.label("deal"), *rows.by()).select_from(due.source)
    return query.where(*rows.conditions(version.where), _any(asked))


def worst_deals(data: Data, request: Request, version: Version, method: Hygiene, limit: int) -> Iterator[WorstDeal]:
    """Yield the deals that lack most of what they should have, open ones first, then by the share that is good."""
    if not method.fields:
        return
    rows = Rows(data, request, Counted.DEALS)
    deals = data.schema.tables["dim_deal"].c
    told = [deals.deal, deals.owner.label("owner"), deals.stage.label("stage"), deals.outcome.label("outcome")]
    each = _each(data, request, rows, version, method, told)
    places = range(len(method.fields))

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


def _each(
    data: Data, request: Request, rows: Rows, version: Version, method: Hygiene, told: Sequence[ColumnElement[Any]]
) -> Subquery:
    """Return the records with what is `told` of them and ``sN`` for each field: which of `FAULTS` it has, -1: it is not
    due.
    """
    due = _Due(data, rows)
    source, changes = _changes(data, due.source, rows, method)
    states = [
        _state(data, rows, name, due.of(name), method, request, changes.get(name)).label(f"s{n}")
        for n, name in enumerate(method.fields)
    ]
    return (
        select(*(told or [Sql(BIGINT, "1")]), *states)
        .select_from(source)
        .where(*rows.conditions(version.where))
        .subquery("each")
    )


def _state(
    data: Data,
    rows: Rows,
    name: str,
    due_now: ColumnElement[bool],
    method: Hygiene,
    request: Request,
    changed: ColumnElement[Any] | None,
) -> ColumnElement[int]:
    """Return which of `FAULTS` a field has, the first that holds; -1: it is not due."""
    value, field = rows.name(name), _field(data, rows.counted, name)
    nothing: ColumnElement[bool] = Sql(BOOL, "(FALSE)")
    if isinstance(value.type, Texts):
        nothing = _nothing(data, field, value, method.placeholders)
    stale = "FALSE"
    if method.fresh is not None and changed is not None:
        calendar, zone = data.workspace.calendar, data.workspace.timezone
        # What a deal that has ended holds tells how it was then: nobody is to look after it any more.
        stale = f"{{4}} < {due(request.now, method.fresh, calendar=calendar, zone=zone, sign=-1)} AND {{5}} IS NULL"
    state = (
        "(CASE WHEN NOT {0} THEN -1 WHEN {1} IS NULL THEN 1 WHEN {2} THEN 2"
        f" WHEN NOT {{3}} THEN 3 WHEN {stale} THEN 4 ELSE 0 END)"
    )
    ended = data.schema.tables["dim_deal"].c.outcome
    parts = (due_now, value, nothing, _valid(data, field, value), *(() if changed is None else (changed, ended)))
    return Sql(BIGINT, state, *parts)


class _Due:
    """Which records should have a field: deals as their funnels say, and where none says it, every one.

    `source`: the rows with the place of each deal, a number for its funnel, case and stage, where any is asked for.
    """

    def __init__(self, data: Data, rows: Rows) -> None:
        self._data = data
        self._counted = rows.counted
        self._asked = {funnel.name: due_fields(data.workspace, funnel) for funnel in data.workspace.funnels.values()}
        self.source: FromClause = rows.source
        self._numbers: dict[tuple[str, str | None, str], int] = {}
        if rows.counted is Counted.DEALS and any(self._asked.values()):
            deal = data.schema.tables["dim_deal"].alias("placed")
            self._places = select(deal.c.deal, self._place(deal.c).label("place")).subquery("places")
            self.source = rows.source.join(self._places, self._places.c.deal == data.schema.tables["dim_deal"].c.deal)

    def of(self, name: str) -> ColumnElement[bool]:
        """Return whether a record should have a field."""
        if self._counted is not Counted.DEALS:
            return Sql(BOOL, "(TRUE)")
        said = {funnel: fields[name] for funnel, fields in self._asked.items() if name in fields}
        if not said:
            funnels = self._data.workspace.funnels.values()
            declared = name in self._data.workspace.fields.get(Subject.DEALS, {})
            having = tuple(funnel.name for funnel in funnels if name in funnel.fields)
            deals = self._data.schema.tables["dim_deal"].c
            return among(self._data, deals.funnel, having) if declared and having else Sql(BOOL, "(TRUE)")
        numbers = sorted(
            self._numbers[funnel, case, stage]
            for funnel, cases in said.items()
            for case, stages in cases.items()
            for stage in stages
        )
        whens = "".join(f" WHEN {first} <= {{0}} AND {{0}} <= {last} THEN TRUE" for first, last in _runs(numbers))
        return Sql(BOOL, f"(CASE{whens} ELSE FALSE END)", self._places.c.place)

    def _place(self, deal: Any) -> ColumnElement[int]:  # noqa: ANN401 - the columns of a table
        """Return a number for each funnel, case and stage of which a field is asked; 0: none is."""
        asked = {
            (funnel, case, stage)
            for funnel, fields in self._asked.items()
            for cases in fields.values()
            for case, stages in cases.items()
            for stage in stages
        }
        parts: list[ColumnElement[Any]] = [deal.funnel, deal.variant, deal.stage]
        text = self._data.backend.parameter

        def given(name: str) -> str:
            parts.append(text(name, TEXT))
            return f"{{{len(parts) - 1}}}"

        def of_stages(funnel: str, case: str | None) -> str:
            whens = ""
            for stage in sorted(stage for of, own, stage in asked if (of, own) == (funnel, case)):
                number = self._numbers[funnel, case, stage] = len(self._numbers) + 1
                whens += f" WHEN {given(stage)} THEN {number}"
            return f"(CASE {{2}}{whens} ELSE 0 END)" if whens else "0"

        funnels = ""
        for name in sorted({funnel for funnel, _, _ in asked}):
            # A deal in a case that the funnel has no more stands where the base has it.
            named = [case for case in self._data.workspace.funnels[name].variants if case is not None]
            cases = "".join(f" WHEN {given(case)} THEN {of_stages(name, case)}" for case in named)
            base = of_stages(name, None)
            funnels += f" WHEN {given(name)} THEN {f'(CASE {{1}}{cases} ELSE {base} END)' if cases else base}"
        return Sql(BIGINT, f"(CASE {{0}}{funnels} ELSE 0 END)", *parts)


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last of those that follow each other."""
    first = 0
    for place, number in enumerate(numbers):
        if place + 1 == len(numbers) or numbers[place + 1] != number + 1:
            yield numbers[first], number
            first = place + 1


def _any(parts: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    return Sql(BOOL, "(" + (" OR ".join(f"{{{n}}}" for n in range(len(parts))) or "FALSE") + ")", *parts)


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
    words: tuple[Text, ...] = (_OF_NOW,)
    if kpi.of is Counted.DEALS:
        words += DUE_WORDS if method.fresh is None else (*DUE_WORDS, _fresh_words(method.fresh))
    return Cells(rows=found, share=True, extra=("field",), order=method.fields, words=words)


def _fresh_words(fresh: Duration) -> Text:
    return Text(
        "Fresh is what was last given its value within {duration}; what a closed deal holds does not grow stale.",
        duration=fresh.sentence(),
    )


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


def _changes(
    data: Data, source: FromClause, rows: Rows, method: Hygiene
) -> tuple[FromClause, Mapping[str, ColumnElement[Any]]]:
    """Return the source with the moments at which each deal's fields were last given their values; None: not known."""
    if method.fresh is None or rows.counted is not Counted.DEALS or not method.fields:
        return source, {}
    versions, deals = data.schema.tables["dim_deal_version"], data.schema.tables["dim_deal"]
    columns = [versions.c[f"f_{name}" if f"f_{name}" in versions.c else name] for name in method.fields]

    def over(function: FunctionElement[Any]) -> ColumnElement[Any]:
        return function.over(partition_by=versions.c.deal, order_by=versions.c.since)

    each = select(
        versions.c.deal,
        versions.c.since,
        over(func.row_number()).label("nth"),
        *(column.label(f"v{n}") for n, column in enumerate(columns)),
        *(over(func.lag(column)).label(f"b{n}") for n, column in enumerate(columns)),
    ).subquery()
    differs = [each.c[f"v{n}"].is_distinct_from(each.c[f"b{n}"]) | (each.c.nth == 1) for n in range(len(columns))]
    moments = [func.max(case((new, each.c.since))).label(f"set{n}") for n, new in enumerate(differs)]
    last = select(each.c.deal, *moments).group_by(each.c.deal).subquery("last")
    changed = {name: last.c[f"set{n}"] for n, name in enumerate(method.fields)}
    return source.outerjoin(last, last.c.deal == deals.c.deal), changed
