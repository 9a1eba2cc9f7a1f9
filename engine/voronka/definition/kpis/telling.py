"""What terms and KPIs mean, in words: for the command line, for reports and for pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from voronka.calendars import Duration
from voronka.definition.kpis import methods
from voronka.definition.kpis.kpi import Good, Kpi, KpiKind, KpiLevel, KpiStatus, Target, Version
from voronka.definition.kpis.methods import Mark, Method
from voronka.messages import Label, Sentence, Text

__all__ = ["TYPES", "formula_of", "told_targets", "told_value", "told_version", "type_of_kpi", "words_of"]

TYPES: Mapping[type, tuple[str, Text]] = {
    methods.Measure: ("measure", Text("a measure")),
    methods.Ratio: ("ratio", Text("a ratio")),
    methods.Derived: ("derived", Text("a formula over KPIs")),
    methods.Cumulative: ("cumulative", Text("accumulated over time")),
    methods.Stock: ("stock", Text("what stood at the end of the period")),
    methods.Conversion: ("conversion", Text("a conversion")),
    methods.FunnelSteps: ("funnel", Text("a funnel")),
    methods.TimeInStage: ("time_in_stage", Text("time in stages")),
    methods.Bottleneck: ("bottleneck", Text("a bottleneck")),
    methods.PerSuccess: ("per_success", Text("activity for each won deal")),
    methods.Survival: ("survival", Text("the share that got there in time")),
    methods.Decomposition: ("decomposition", Text("what contributed to a change")),
    methods.Hygiene: ("hygiene", Text("the quality of data")),
    methods.Spread: ("spread", Text("the spread among people or groups")),
    methods.Forecast: ("forecast", Text("a forecast")),
}
"""By the class of the way of computing: the key in the configuration, and what people call it."""

_WORDS: Mapping[str, Text] = {
    KpiStatus.DRAFT: Text("draft"),
    KpiStatus.PROPOSED: Text("proposed"),
    KpiStatus.APPROVED: Text("approved"),
    KpiStatus.DEPRECATED: Text("deprecated"),
    KpiLevel.ALL: Text("all funnels"),
    KpiLevel.FUNNEL: Text("one funnel"),
    KpiLevel.ACCOUNT: Text("one account"),
    KpiKind.ACTIVITY: Text("what was done"),
    KpiKind.OUTCOME: Text("what came of it"),
    KpiKind.VALUE: Text("what it is worth"),
    Good.UP: Text("more is better"),
    Good.DOWN: Text("less is better"),
}


def words_of(word: KpiStatus | KpiLevel | KpiKind | Good) -> Text:
    """Return what people call a status, a level, a kind or a direction."""
    return _WORDS[word]


def type_of_kpi(kpi: Kpi) -> str:
    """Return the key of the way in which a KPI is computed now, such as ``ratio``."""
    return TYPES[type(kpi.current.method)][0]


def told_version(version: Version) -> Iterator[tuple[Sentence, str]]:
    """Yield what a version says, by name: its formula, which rows count and what puts them into a period."""
    yield Text("Formula"), formula_of(version.method)
    if version.where is not None:
        yield Text("Counts where"), version.where.text
    if version.time is not None:
        yield Text("By the moment"), version.time


def formula_of(method: Method) -> str:  # noqa: C901 - one line for each way of computing
    """Return the formula of a way of computing, as it is written in the configuration."""
    match method:
        case methods.Measure(value=value) | methods.Stock(value=value):
            return value.text
        case methods.Ratio(part=part, whole=whole):
            return f"{part.text} / {whole.text}"
        case methods.Derived(formula=formula, uses=uses):
            earlier = [f"{name} = {each.kpi} (−{each.offset})" for name, each in uses.items() if each.offset]
            return "; ".join((formula.text, *earlier))
        case methods.Cumulative(kpi=kpi, window=window, to_date=to_date):
            return f"{kpi}: {window or to_date}"
        case methods.Conversion():
            return _parts(f"{_mark(method.start)} → {_mark(method.end)}", method.basis, method.within, method.entity)
        case methods.FunnelSteps():
            added = None if method.value is None else method.value.text
            return _parts(f"{method.funnel}: {' → '.join(method.steps)}", method.mode, added)
        case methods.TimeInStage():
            stages = None if method.stages is None else ", ".join(method.stages)
            return _parts(method.funnel, stages, ", ".join(method.stats), method.calendar, method.open)
        case methods.Bottleneck():
            return _parts(method.funnel, method.rank_by, f"n ≥ {method.least}")
        case methods.PerSuccess():
            return _parts(method.activity.text, method.on, method.funnel)
        case methods.Survival():
            ends = ", ".join(_mark(each) for each in (method.event, *method.competing))
            return _parts(f"{_mark(method.start)} → {ends}", ", ".join(map(str, method.at)))
        case methods.Decomposition(kpi=kpi, factors=factors, by=by):
            return _parts(f"{kpi} = {' × '.join(factors)}", by)
        case methods.Hygiene(fields=fields, fresh=fresh):
            return _parts(", ".join(fields), fresh)
        case methods.Spread(kpi=kpi, over=over, against=against):
            return _parts(f"{kpi}: {over}", against)
        case methods.Forecast():
            return _parts(f"{method.funnel}: {method.value.text}", method.by, f"{method.months}")


def told_targets(kpi: Kpi) -> Iterator[tuple[str, str]]:
    """Yield the targets of a KPI: the period with the team, and what is aimed at, with where amber ends."""
    for target in kpi.targets:
        value = _number(target.value, kpi.unit)
        warn = "" if target.warn is None else f" ({_number(target.warn, kpi.unit)})"
        yield " ".join(_scope(target)) or "*", value + warn


def told_value(value: float | None, unit: str) -> Sentence:
    """Return a value in words, money in major units and a share as a percentage; None: no data."""
    return Text("no data") if value is None else Label.plain(_number(value, unit))


def _scope(target: Target) -> Iterable[str]:
    return [each for each in (target.period, target.team) if each is not None]


def _number(value: float, unit: str) -> str:
    return f"{value * 100:g}%" if unit == "percent" else f"{value:,.10g}".replace(",", " ")


def _mark(mark: Mark) -> str:
    return f"{mark.funnel}.{mark.stage}" if mark.stage else mark.event


def _parts(first: str, *others: str | Duration | None) -> str:
    return "; ".join((first, *(str(each) for each in others if each)))
