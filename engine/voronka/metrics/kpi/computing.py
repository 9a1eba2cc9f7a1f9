"""A KPI computed: the version in force in each period, as one select, or from other KPIs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from voronka.calendars import Duration
from voronka.definition.kpis import Grain, Kpi, Version
from voronka.definition.kpis.methods import Cumulative, Derived, Measure, Ratio, Stock
from voronka.errors import UsageFault
from voronka.expressions import Env, Kind, Value
from voronka.expressions.ir import Read, walk
from voronka.messages import Text
from voronka.metrics.kpi.cells import Cell, Cells, Keys, fetched, layers, ratio
from voronka.metrics.kpi.counting import counted_select, stock_select
from voronka.metrics.kpi.measures import counts_alone
from voronka.metrics.kpi.periods import Period, before, first_day, periods
from voronka.metrics.kpi.request import Data, KpiResult, Request
from voronka.metrics.kpi.telling import told

__all__ = ["cells_of", "compute"]


def compute(data: Data, kpi: Kpi, request: Request) -> KpiResult:
    """Return the numbers of a KPI for what is asked. Raises `UsageFault` for a name it is not told by."""
    for name in request.by:
        if name not in kpi.by:
            raise UsageFault(
                Text("{kpi} is not told by {name}.", kpi=kpi.name, name=name),
                Text("Tell it by one of: {names}.", names=", ".join(kpi.by))
                if kpi.by
                else Text("Name what it is told by in its “by”."),
            )
    spans = periods(request.start, request.end, request.grain, data.workspace.timezone)
    return told(data, kpi, request, cells_of(data, kpi, request, spans), spans)


def cells_of(data: Data, kpi: Kpi, request: Request, spans: Sequence[Period]) -> Cells:
    """Return a KPI's numbers in some periods, each by the version that is in force when it begins."""
    by_version: dict[int, list[int]] = {}
    for place, span in enumerate(spans):
        by_version.setdefault(kpi.in_force(span.first).number, []).append(place)
    versions = {version.number: version for version in kpi.versions}
    found: Cells | None = None
    for number, places in by_version.items():
        cells = _computed(data, kpi, versions[number], request, [spans[place] for place in places])
        moved = {keys: {places[place]: cell for place, cell in row.items()} for keys, row in cells.rows.items()}
        rows = moved if found is None else _joined(found.rows, moved)
        found = cells.with_rows(rows)
    return found or Cells(rows={})


def _joined(
    one: Mapping[Keys, Mapping[int, Cell]], other: Mapping[Keys, Mapping[int, Cell]]
) -> dict[Keys, Mapping[int, Cell]]:
    return {keys: {**one.get(keys, {}), **other.get(keys, {})} for keys in {**one, **other}}


def _computed(data: Data, kpi: Kpi, version: Version, request: Request, spans: Sequence[Period]) -> Cells:
    """Return the numbers of one version; places are those in `spans`."""
    match version.method:
        case Measure() | Ratio() | Stock():
            return _layered(spans, lambda part, places: _counted(data, kpi, version, request, part, places))
        case Cumulative() as method:
            return _cumulative(data, method, request, spans)
        case Derived() as method:
            return _derived(data, method, request, spans)
    raise TypeError(version.method)


def _layered(spans: Sequence[Period], computed: Callable[[list[Period], list[int]], Cells]) -> Cells:
    """Return what is computed of periods that do not overlap, for all of them."""
    found: Cells | None = None
    for places in layers(spans):
        cells = computed([spans[place] for place in places], places)
        found = cells if found is None else cells.with_rows(_joined(found.rows, cells.rows))
    return found or Cells(rows={})


def _counted(
    data: Data, kpi: Kpi, version: Version, request: Request, spans: Sequence[Period], places: Sequence[int]
) -> Cells:
    count = len(request.by)
    match version.method:
        case Stock() as method:
            query = stock_select(data, request, version, method, spans)
            empty = 0 if counts_alone(method.value.node) else None
            return Cells(rows=fetched(data, query, count, places, empty), kind=method.value.type.kind, empty=empty)
        case Measure() as method:
            query = counted_select(data, request, kpi.of, version, method, spans)
            empty = 0 if counts_alone(method.value.node) else None
            return Cells(rows=fetched(data, query, count, places, empty), kind=method.value.type.kind, empty=empty)
        case Ratio() as method:
            query = counted_select(data, request, kpi.of, version, method, spans)
            rows = fetched(data, query, count, places)
            digits = data.workspace.currency.digits
            scales = [10**digits if each.type.kind is Kind.MONEY else 1 for each in (method.part, method.whole)]
            return Cells(
                rows={
                    keys: {place: _divided(cell, scales) for place, cell in row.items()} for keys, row in rows.items()
                },
                share=method.share,
            )
    raise TypeError(version.method)


def _divided(cell: Cell, scales: Sequence[int]) -> Cell:
    part, whole = (
        each if each is None or scale == 1 else each / scale
        for each, scale in zip((cell.part, cell.whole), scales, strict=True)
    )
    return Cell(value=ratio(part, whole), part=part, whole=whole, n=cell.n, known=cell.known)


def _cumulative(data: Data, method: Cumulative, request: Request, spans: Sequence[Period]) -> Cells:
    kpi, zone = data.workspace.kpis[method.kpi], data.workspace.timezone

    def reaching(span: Period) -> Period:
        last = span.after
        if method.window is not None:
            return Period.of(before(last, method.window), last, zone)
        return Period.of(first_day(span.first, method.to_date or Grain.YEAR), last, zone)

    by_version: dict[int, list[int]] = {}
    for place, span in enumerate(spans):
        by_version.setdefault(kpi.in_force(span.first).number, []).append(place)
    found: Cells | None = None
    for version in kpi.versions:
        if places := by_version.get(version.number):
            windows = [reaching(spans[place]) for place in places]
            cells = _counted(data, kpi, version, request, windows, places)
            found = cells if found is None else cells.with_rows(_joined(found.rows, cells.rows))
    return found or Cells(rows={})


def _derived(data: Data, method: Derived, request: Request, spans: Sequence[Period]) -> Cells:
    zone = data.workspace.timezone
    uses: dict[str, Cells] = {}
    for name, used in method.uses.items():
        moved = spans if used.offset is None else [_earlier(span, used.offset, request.grain, zone) for span in spans]
        uses[name] = cells_of(data, data.workspace.kpis[used.kpi], request, moved)
    kinds = {each.name: each.kind for each in walk(method.formula.node) if isinstance(each, Read)}
    digits = data.workspace.currency.digits
    env = request.env(data.workspace)
    rows: dict[Keys, dict[int, Cell]] = {}
    for keys in dict.fromkeys(keys for cells in uses.values() for keys in cells.rows):
        for place in range(len(spans)):
            parts = {name: cells.at(keys, place) for name, cells in uses.items()}
            values = {name: _as(cell.value, uses[name].kind, kinds.get(name), digits) for name, cell in parts.items()}
            value = method.formula.evaluate(Env(values=values, now=env.now, zone=env.zone, calendar=env.calendar))
            n = min((cell.n for cell in parts.values()), default=0)
            known = min((cell.known for cell in parts.values()), default=0)
            rows.setdefault(keys, {})[place] = Cell(value=value, n=n, known=known)
    empty = None if any(cells.empty is None for cells in uses.values()) else 0
    return Cells(rows=rows, kind=method.formula.type.kind, empty=empty)


def _earlier(span: Period, offset: Duration, grain: Grain | None, zone: str) -> Period:
    first = before(span.first, offset)
    whole = grain in (Grain.MONTH, Grain.QUARTER, Grain.YEAR)
    after = before(span.after, offset) if whole else first + (span.after - span.first)
    return Period.of(first, after, zone)


def _as(value: Value | None, given: Kind | None, wanted: Kind | None, digits: int) -> Value | None:
    """Return a number in the form in which a formula reads it."""
    if value is None or isinstance(value, (bool, str, tuple)):
        return None
    major = value / 10**digits if given is Kind.MONEY else value
    match wanted:
        case Kind.MONEY:
            return int(value) if given is Kind.MONEY else round(major * 10**digits)
        case Kind.INTEGER:
            return int(major)
    return float(major)
