"""A KPI computed: the version in force in each period, as one select, or from other KPIs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from voronka.definition.kpis import Counted, Grain, Kpi, Version
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
from voronka.definition.kpis.relations import adds_up
from voronka.errors import UsageFault
from voronka.expressions import Kind, Value
from voronka.messages import Text
from voronka.metrics.kpi.bottleneck import bottleneck_cells, bottleneck_select
from voronka.metrics.kpi.cells import Cell, Cells, Keys, fetched, layers, ratio
from voronka.metrics.kpi.combined import decomposed, derived, spread
from voronka.metrics.kpi.conversion import conversion_select, conversion_words
from voronka.metrics.kpi.counting import counted_select, stock_select
from voronka.metrics.kpi.dwell import dwell_cells, dwell_select, dwell_words, open_stages
from voronka.metrics.kpi.foresight import foreseen
from voronka.metrics.kpi.hygiene import hygiene_cells, hygiene_select
from voronka.metrics.kpi.measures import TOTALS, is_count, is_total, of_nothing
from voronka.metrics.kpi.periods import Period, before, first_day, periods
from voronka.metrics.kpi.request import Data, KpiResult, Request
from voronka.metrics.kpi.steps import funnel_cells, funnel_select, funnel_words
from voronka.metrics.kpi.successes import per_success_select, per_success_words
from voronka.metrics.kpi.survival import survival_cells, survival_select
from voronka.metrics.kpi.telling import told

__all__ = ["cells_of", "check_names", "compute", "looked_at", "reaching"]


def compute(data: Data, kpi: Kpi, request: Request) -> KpiResult:
    """Return the numbers of a KPI for what is asked. Raises `UsageFault` for a name it is not told by."""
    check_names(kpi, request.by, kpi.by)
    spans = periods(request.start, request.end, request.grain, data.workspace.timezone)
    return told(data, kpi, request, cells_of(data, kpi, request, spans), spans)


def check_names(kpi: Kpi, asked: Iterable[str], names: Sequence[str]) -> None:
    """Raise `UsageFault` for a name that is asked for and not one of the `names` by which a KPI is told."""
    for name in asked:
        if name not in names:
            raise UsageFault(
                Text("{kpi} is not told by {name}.", kpi=kpi.name, name=name),
                Text("Tell it by one of: {names}.", names=", ".join(names))
                if names
                else Text("Name what it is told by in its “by”."),
            )


def cells_of(data: Data, kpi: Kpi, request: Request, spans: Sequence[Period]) -> Cells:
    """Return a KPI's numbers in some periods, each by the version that is in force when it begins."""
    by_version: dict[int, list[int]] = {}
    for place, span in enumerate(spans):
        by_version.setdefault(kpi.in_force(span.first).number, []).append(place)
    versions = {version.number: version for version in kpi.versions}
    found: Cells | None = None
    for number, places in by_version.items():
        cells = _computed(data, kpi, versions[number], request, [spans[place] for place in places])
        found = cells.moved(places).beside(found)
    return found or Cells(rows={})


def _computed(data: Data, kpi: Kpi, version: Version, request: Request, spans: Sequence[Period]) -> Cells:
    """Return the numbers of one version; places are those in `spans`."""

    def others(name: str, asked: Request, moved: Sequence[Period]) -> Cells:
        kpi = data.workspace.kpis[name]
        return cells_of(data, kpi, asked, moved).read(kpi, len(asked.by))

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
    place = looked_at(spans, request.now)
    rows = fetched(data, hygiene_select(data, request, kpi, version, method), len(request.by), [place])
    return hygiene_cells(rows, kpi, method)


def looked_at(spans: Sequence[Period], now: int) -> int:
    """Return the place of the period that goes on or was the last to, of which what is known of now alone is told."""
    return max((place for place, span in enumerate(spans) if span.start <= now), default=0)


def _layered(spans: Sequence[Period], computed: Callable[[list[Period], list[int]], Cells]) -> Cells:
    """Return what is computed of periods that do not overlap, for all of them."""
    found: Cells | None = None
    for places in layers(spans):
        found = computed([spans[place] for place in places], places).beside(found)
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
            empty = of_nothing(method.value.node, kpi.of.value, request.env(data.workspace))
            unbegun = [place for span, place in zip(spans, places, strict=True) if span.start > request.now]
            return Cells(
                rows=fetched(data, query, by, places, always=empty is not None),
                kind=method.value.type.kind,
                empty=empty,
                unknown=frozenset(unbegun if isinstance(method, Stock) else ()),
                counts=is_count(method.value.node),
                adds_up=adds_up(method),
                summed=is_total(method.value.node),
            )
        case Ratio() as method:
            query = counted_select(data, request, kpi.of, version, method, spans)
            scales = [_scale(data, each.type.kind) for each in (method.part, method.whole)]
            return Cells(rows=_divided(fetched(data, query, by, places), scales), share=method.share)
        case PerSuccess() as method:
            query = per_success_select(data, request, version, method, spans)
            scales = [_scale(data, method.activity.type.kind), 1]
            words, counted = per_success_words(method), Counted.INTERACTIONS.value
            none = of_nothing(method.activity.node, counted, request.env(data.workspace), TOTALS)
            return Cells(rows=_divided(fetched(data, query, by, places), scales, none), words=words)
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


def _divided(
    rows: Mapping[Keys, Mapping[int, Cell]], scales: Sequence[int], none: Value | None = None
) -> dict[Keys, dict[int, Cell]]:
    """Return the quotients; amounts in major units. `none`: what stands for a part that is missing."""

    def quotient(cell: Cell) -> Cell:
        part, whole = (
            each if each is None or scale == 1 else each / scale
            for each, scale in zip((none if cell.part is None else cell.part, cell.whole), scales, strict=True)
        )
        return Cell(value=ratio(part, whole), part=part, whole=whole, n=cell.n, known=cell.known)

    return {keys: {place: quotient(cell) for place, cell in row.items()} for keys, row in rows.items()}


def _cumulative(data: Data, method: Cumulative, request: Request, spans: Sequence[Period]) -> Cells:
    kpi = data.workspace.kpis[method.kpi]
    by_version: dict[int, list[int]] = {}
    for place, span in enumerate(spans):
        by_version.setdefault(kpi.in_force(span.first).number, []).append(place)
    found: Cells | None = None
    for version in kpi.versions:
        if places := by_version.get(version.number):
            windows = [reaching(data, method, spans[place]) for place in places]
            found = _counted(data, kpi, version, request, windows, places).beside(found)
    return Cells(rows={}) if found is None else found.read(kpi, len(request.by))


def reaching(data: Data, method: Cumulative, span: Period) -> Period:
    """Return the days over which a cumulative KPI is added up at the end of a period."""
    zone = data.workspace.timezone
    if method.window is not None:
        return Period.of(before(span.after, method.window), span.after, zone)
    return Period.of(first_day(span.first, method.to_date or Grain.YEAR), span.after, zone)
