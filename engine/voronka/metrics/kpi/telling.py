"""Numbers as they are told: by group and period, none where there is no data or too little, with interval and light."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from voronka.calendars import Duration
from voronka.definition.funnels import Funnel
from voronka.definition.kpis import IntervalBy, Kpi
from voronka.definition.kpis.methods import Survival
from voronka.definition.people import Role, Team, User
from voronka.definition.workspace import Workspace
from voronka.expressions import Kind, Value
from voronka.messages import Label, Sentence, Text
from voronka.metrics.kpi.cells import Cell, Cells, Keys
from voronka.metrics.kpi.periods import Period
from voronka.metrics.kpi.request import NO_DATA, Data, Key, KpiResult, KpiRow, Request
from voronka.metrics.kpi.targets import light
from voronka.metrics.statistics.rates import wilson
from voronka.runtime.words import words

__all__ = ["told"]

_ENDS = {"won": Text("Won"), "lost": Text("Lost")}


def told(data: Data, kpi: Kpi, request: Request, cells: Cells, spans: Sequence[Period]) -> KpiResult:
    """Return the result of a KPI: each group that there is in each period that was asked for."""
    rows: list[KpiRow] = []
    dropped = n = known = 0
    names = (*request.by, *cells.extra)
    groups = sorted(cells.rows, key=lambda keys: _place(keys, len(request.by), cells.order))
    if not names:
        groups = [()]
    for keys in groups:
        if kpi.nulls is None and any(value is None for value in keys[: len(request.by)]):
            dropped += sum(cell.known for cell in cells.rows[keys].values())
            continue
        labelled = {
            name: Key(value, _label(data.workspace, kpi, name, value)) for name, value in zip(names, keys, strict=True)
        }
        for place, span in enumerate(spans):
            cell = cells.at(keys, place)
            n, known = n + cell.n, known + cell.known
            rows.append(_row(data.workspace, kpi, request, cells, cell, labelled, place, span))
    return KpiResult(
        kpi=kpi.name,
        versions=_versions(kpi, spans),
        rows=tuple(rows),
        freshness=data.freshness,
        words=cells.words,
        coverage=n / known if known else None,
        dropped=dropped,
    )


def _row(
    workspace: Workspace,
    kpi: Kpi,
    request: Request,
    cells: Cells,
    cell: Cell,
    keys: Mapping[str, Key],
    place: int,
    span: Period,
) -> KpiRow:
    scale = 10**workspace.currency.digits if cells.kind is Kind.MONEY else None
    value = _number(cell.value, scale)
    hidden: Sentence | None = None
    low = high = None
    if value is None:
        hidden = cell.hidden or NO_DATA
    elif cells.too_few(cell, kpi.least, place):
        value, hidden = None, Text("Too few: {n} of at least {least}.", n=cell.n, least=kpi.least)
    elif cells.traits_at(place).share and kpi.interval is IntervalBy.WILSON and cell.whole:
        interval = wilson(int(cell.part or 0), int(cell.whole), kpi.confidence)
        low, high = interval if interval is not None else (None, None)
    return KpiRow(
        keys=keys,
        period=None if request.grain is None else span.first,
        value=value,
        n=cell.n,
        part=cell.part,
        whole=cell.whole,
        low=low,
        high=high,
        hidden=hidden,
        light=light(
            kpi, value, {name: keys[name] for name in request.by}, span, total=cells.adds_up, summed=cells.summed
        ),
        details=cell.details,
    )


def _number(value: object, scale: int | None) -> float | int | None:
    if value is None or isinstance(value, bool):
        return None
    number = value if isinstance(value, int) else float(value)  # type: ignore[arg-type] # a number of a database
    return number if scale is None else number / scale


def _place(keys: Keys, count: int, order: Sequence[Value | None]) -> tuple[object, ...]:
    by = tuple((value is None, str(value)) for value in keys[:count])
    return (*by, *((order.index(value) if value in order else len(order), str(value)) for value in keys[count:]))


def _versions(kpi: Kpi, spans: Sequence[Period]) -> dict[date, int]:
    found: dict[date, int] = {}
    for span in spans:
        number = kpi.in_force(span.first).number
        if number not in found.values():
            found[span.first] = number
    return found


def _label(workspace: Workspace, kpi: Kpi, name: str, value: Value | None) -> Label:
    if value is None:
        return kpi.nulls or Label.plain("-")
    text, last = str(value), name.rpartition(".")[2]
    if isinstance(kpi.current.method, Survival) and name == "at":
        return Label(words(Duration.parse(text).sentence()))
    if name == "cause" and text in _ENDS:
        return Label(words(_ENDS[text]))
    if name == "factor" and text in workspace.kpis:
        return workspace.kpis[text].label
    if name == "field":
        return next((each[text].label for each in workspace.fields.values() if text in each), Label.plain(text))
    declared: Mapping[str, Mapping[str, User | Funnel | Team | Role]] = {
        "owner": workspace.people,
        "user": workspace.people,
        "assignee": workspace.people,
        "funnel": workspace.funnels,
        "team": workspace.teams,
        "role": workspace.roles,
    }
    if text in declared.get(last, {}):
        return declared[last][text].label
    if last in ("stage", "cause"):
        own = workspace.funnels.get(getattr(kpi.current.method, "funnel", None) or "")
        funnels = [*([own] if own else ()), *workspace.funnels.values()]  # one name may stand in several
        variants = (variant for funnel in funnels for variant in funnel.variants.values())
        return next((each.stages[text].label for each in variants if text in each.stages), Label.plain(text))
    options = (fields[last].options for fields in workspace.fields.values() if last in fields)
    return next((each[text] for each in options if text in each), Label.plain(text))
