"""A KPI computed: the version in force in each period, as one select, or from other KPIs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from voronka.definition.kpis import Grain, Kpi, Version
from voronka.definition.kpis.methods import (
    Basis,
    Bottleneck,
    Conversion,
    Cumulative,
    Decomposition,
    Derived,
    Forecast,
    FunnelSteps,
    Hygiene,
    Measure,
    PerSuccess,
    Ratio,
    Spread,
    Stock,
    Survival,
    TimeInStage,
)
from voronka.errors import UsageFault
from voronka.expressions import Kind
from voronka.messages import Text
from voronka.metrics.kpi.bottleneck import bottleneck_cells, bottleneck_select
from voronka.metrics.kpi.cells import Cell, Cells, Keys, fetched, layers, ratio
from voronka.metrics.kpi.combined import decomposed, derived, spread
from voronka.metrics.kpi.conversion import conversion_select, conversion_words
from voronka.metrics.kpi.counting import counted_select, stock_select
from voronka.metrics.kpi.dwell import dwell_cells, dwell_select, dwell_words, open_stages
from voronka.metrics.kpi.foresight import foreseen
from voronka.metrics.kpi.hygiene import hygiene_cells, hygiene_select
from voronka.metrics.kpi.measures import counts_alone
from voronka.metrics.kpi.periods import Period, before, first_day, periods
from voronka.metrics.kpi.request import Data, KpiResult, Request
from voronka.metrics.kpi.steps import funnel_cells, funnel_select, funnel_words
from voronka.metrics.kpi.successes import per_success_select, per_success_words
from voronka.metrics.kpi.survival import survival_cells, survival_select
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

    def others(name: str, asked: Request, moved: Sequence[Period]) -> Cells:
        return cells_of(data, data.workspace.kpis[name], asked, moved)

    match version.method:
        case Cumulative() as method:
            return _cumulative(data, method, request, spans)
        case Derived() as method:
            return derived(data, method, request, spans, others)
        case Spread() as method:
            return spread(data, method, request, spans, others)
        case Decomposition() as method:
            return decomposed(data, method, request, spans, others)
        case Forecast() as method:
            return foreseen(data, request, version, method, spans)
        case Hygiene() as method:
            return _hygiene(data, kpi, version, method, request, spans)
    return _layered(spans, lambda part, places: _counted(data, kpi, version, request, part, places))


def _hygiene(
    data: Data, kpi: Kpi, version: Version, method: Hygiene, request: Request, spans: Sequence[Period]
) -> Cells:
    """Return how fields stand now, as the number of the period that goes on or was the last to."""
    begun = [place for place, span in enumerate(spans) if span.start <= request.now]
    rows = fetched(data, hygiene_select(data, request, kpi, version, method), len(request.by), begun[-1:] or [0])
    return hygiene_cells(rows, method)


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
    """Return what one select gives; `places`: which of the asked ones its periods are."""
    by = len(request.by)
    match version.method:
        case Stock() | Measure() as method:
            query = (
                stock_select(data, request, version, method, spans)
                if isinstance(method, Stock)
                else counted_select(data, request, kpi.of, version, method, spans)
            )
            empty = 0 if counts_alone(method.value.node) else None
            return Cells(rows=fetched(data, query, by, places, empty), kind=method.value.type.kind, empty=empty)
        case Ratio() as method:
            query = counted_select(data, request, kpi.of, version, method, spans)
            scales = [_scale(data, each.type.kind) for each in (method.part, method.whole)]
            return Cells(rows=_divided(fetched(data, query, by, places), scales), share=method.share)
        case PerSuccess() as method:
            query = per_success_select(data, request, version, method, spans)
            scales = [_scale(data, method.activity.type.kind), 1]
            words = per_success_words(method)
            return Cells(rows=_divided(fetched(data, query, by, places), scales), words=words)
        case Conversion() as method:
            query = conversion_select(data, request, version, method, spans)
            share, words = method.basis is Basis.COHORT, conversion_words(method)
            return Cells(rows=_divided(fetched(data, query, by, places), (1, 1)), share=share, words=words)
        case FunnelSteps() as method:
            rows = fetched(data, funnel_select(data, request, version, method, spans), by, places)
            return replace(funnel_cells(rows, method, kpi.least), words=funnel_words(method))
        case TimeInStage() as method:
            rows = fetched(data, dwell_select(data, request, version, method, spans), by + 1, places)
            return replace(dwell_cells(data, rows, method), words=dwell_words(method))
        case Survival() as method:
            rows = fetched(data, survival_select(data, request, version, method, spans), by, places)
            return survival_cells(rows, method)
        case Bottleneck() as method:
            rows = fetched(data, bottleneck_select(data, request, version, method, spans), by + 1, places)
            return bottleneck_cells(rows, method, open_stages(data.workspace.funnels[method.funnel]), {})
    raise TypeError(version.method)


def _scale(data: Data, kind: Kind) -> int:
    return 10**data.workspace.currency.digits if kind is Kind.MONEY else 1


def _divided(rows: Mapping[Keys, Mapping[int, Cell]], scales: Sequence[int]) -> dict[Keys, dict[int, Cell]]:
    """Return the quotients; amounts in major units."""

    def quotient(cell: Cell) -> Cell:
        part, whole = (
            each if each is None or scale == 1 else each / scale
            for each, scale in zip((cell.part, cell.whole), scales, strict=True)
        )
        return Cell(value=ratio(part or 0, whole), part=part, whole=whole, n=cell.n, known=cell.known)

    return {keys: {place: quotient(cell) for place, cell in row.items()} for keys, row in rows.items()}


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
