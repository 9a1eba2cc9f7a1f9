"""The report on profit as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from math import isfinite
from typing import Any

from voronka.calendars import date_of
from voronka.definition.kpis import Outcome, ProfitModel
from voronka.errors import UsageFault
from voronka.expressions import one_of
from voronka.messages import Text
from voronka.metrics.kpi.periods import period_before
from voronka.metrics.kpi.request import NO_DATA, Data, KpiRow
from voronka.metrics.parameters import first_of_month, later_month
from voronka.metrics.plain import plain
from voronka.metrics.profit.benchmarks import targets_of
from voronka.metrics.profit.evaluation import lacking
from voronka.metrics.profit.measurement import measured_rows, values_of
from voronka.metrics.profit.report import DEFINITIONS, ProfitReport, profit_report
from voronka.metrics.slices import Slice
from voronka.metrics.statistics.counts import Interval
from voronka.runtime.queries import Asked
from voronka.runtime.words import Json, words

__all__ = ["answer_profit"]

_SHARE = 20


def answer_profit(asked: Asked, part: Slice, data: Data) -> Json:
    """Answer with the profit model at work.

    Parameters: from and to (days; by default the last twelve whole months; from alone: until today; to alone: the year
    up to the end of it), share (percent of growth, 20), goal (what the result should be, in major units), names (what
    grows together) and values (of parameters, instead of those measured).

    All amounts of the answer are in minor units. Raises `UsageFault` where no profit model is declared.
    """
    model = asked.workspace.profit_model
    if model is None:
        raise UsageFault(
            Text("There is no profit model."), Text("Declare “profit_model” in a file of configs/kpis, then ask again.")
        )
    first, last = _days(asked, part)
    before_last = first - timedelta(days=1)
    before_first = period_before(first, last + timedelta(days=1))
    rows = measured_rows(asked, data, model, first, last)
    earlier = measured_rows(asked, data, model, before_first, before_last)
    given = _given(asked, model)
    measured = values_of(rows) | given
    report = profit_report(
        model,
        measured,
        before=values_of(earlier),
        bounds={
            name: Interval(row.low, row.high)
            for name, row in rows.items()
            if row.low is not None and row.high is not None and name not in given
        },
        targets=targets_of(asked.workspace, model),
        share=(asked.number("share") or _SHARE) / 100,
        names=_names(asked, model),
        goal=_number(asked, "goal"),
    )
    minor = 10.0**asked.workspace.currency.digits
    scale = {name: minor if parameter.unit == "money" else 1.0 for name, parameter in model.parameters.items()}
    whole = scale[model.result]
    return {
        "model": model.name,
        "label": words(model.label),
        "result": model.result,
        "unit": model.parameters[model.result].unit,
        "from": part.start,
        "to": part.end,
        "first": first.isoformat(),
        "last": last.isoformat(),
        "n": report.coverage.total,
        "known": report.coverage.known,
        "coverage": report.coverage.known / report.coverage.total if report.coverage.total else None,
        "missing": list(report.coverage.missing),
        "parameters": [_parameter(model, report, rows, given, name, scale) for name in model.parameters],
        "growth": [
            {"share": share, "levers": [_lever(lever, scale[lever.name], whole) for lever in levers]}
            for share, levers in report.levers.items()
        ],
        "joint": plain(report.joint),
        "constraints": [_lever(lever, scale[lever.name], whole) for lever in report.constraints],
        "key": list(report.key),
        "by_targets": report.by_targets,
        "swings": [
            {
                "name": swing.name,
                "bounds": [bound * scale[swing.name] for bound in swing.bounds],
                "results": [result * whole for result in swing.results],
            }
            for swing in report.swings
        ],
        "goal": _goal(report, _number(asked, "goal"), scale, whole),
        "decomposition": None
        if report.decomposition is None
        else {
            **plain(report.decomposition),
            "before": report.decomposition.before * whole,
            "after": report.decomposition.after * whole,
            "change": report.decomposition.change * whole,
            "contributions": {name: value * whole for name, value in report.decomposition.contributions.items()},
            "compared": [before_first.isoformat(), before_last.isoformat()],
        },
        "outcomes": [_outcome(model, report, each, minor) for each in model.outcomes.values()],
        "definitions": plain(DEFINITIONS),
    }


def _goal(report: ProfitReport, wanted: float | None, scale: Mapping[str, float], whole: float) -> Json:
    """Return what reaches the goal; where the result is not known, that it was asked for alone."""
    if wanted is None:
        return None
    found = report.goal
    return {
        "asked": wanted * whole,
        "share": None if found is None else found.share,
        "result": None if found is None else found.result * whole,
        "values": {} if found is None else {name: value * scale[name] for name, value in found.values.items()},
    }


def _days(asked: Asked, part: Slice) -> tuple[date, date]:
    """Return the first and the last day of the period: the last twelve whole months, the year up to the end of the last
    month that is asked for, or from the first day that is asked for until today.
    """
    zone = asked.workspace.timezone
    if part.end is not None:
        last = date_of(part.end - 1, zone)
    elif part.start is not None:
        last = date_of(asked.now, zone)
    else:
        last = first_of_month(asked.now, zone) - timedelta(days=1)
    first = later_month(last.replace(day=1), -11) if part.start is None else date_of(part.start, zone)
    if first > last:
        raise UsageFault(
            Text("Nothing is known yet of the days from {start} on.", start=asked.text("from")),
            Text("Give a day up to today."),
            place="from",
        )
    return first, last


def _given(asked: Asked, model: ProfitModel) -> dict[str, float]:
    values = asked.params.get("values") or {}
    if not isinstance(values, Mapping):
        values = {}
    for name, value in values.items():
        asked_for = model.parameters.get(name)
        if asked_for is None or asked_for.formula is not None or not _is_number(value):
            raise UsageFault(
                Text("{name} cannot be given a value here.", name=str(name)),
                Text("Give numbers to parameters of the profit model that are not computed."),
            )
    return {name: float(value) for name, value in values.items()}


def _names(asked: Asked, model: ProfitModel) -> tuple[str, ...]:
    """Return the parameters that a question names, in a list or with commas between."""
    given = asked.params.get("names") or ()
    if not isinstance(given, str | list | tuple):
        raise UsageFault(
            Text("{name} cannot be read in this question.", name="names"),
            Text("Name parameters in a list, or with commas between."),
            place="names",
        )
    names = [part.strip() for part in given.split(",") if part.strip()] if isinstance(given, str) else given
    known = [parameter.name for parameter in model.parameters.values() if parameter.formula is None]
    for name in names:
        if name not in known:
            raise UsageFault(
                Text("{name} is no parameter that could grow by itself.", name=str(name)),
                one_of(str(name), known),
                place="names",
            )
    return tuple(names)


def _number(asked: Asked, name: str) -> float | None:
    value = asked.params.get(name)
    if value is not None and not (_is_number(value) and isfinite(value)):
        raise UsageFault(Text("{name} is given as a number.", name=name), Text("Write it in digits."), place=name)
    return None if value is None else float(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _lever(lever: Any, scale: float, whole: float) -> Json:  # noqa: ANN401 - a lever
    return {
        "name": lever.name,
        "before": lever.before * scale,
        "after": lever.after * scale,
        "gain": lever.gain * whole,
        "capped": lever.capped,
    }


def _parameter(
    model: ProfitModel,
    report: ProfitReport,
    rows: Mapping[str, KpiRow],
    given: Mapping[str, float],
    name: str,
    scale: Mapping[str, float],
) -> Json:
    parameter, value, row = model.parameters[name], report.values[name], rows.get(name)
    if parameter.formula is not None:
        source = "formula"
    elif name in given:
        source = "asked"
    elif row is not None and row.value is not None:
        source = "kpi"
    elif value is not None:
        source = "value"
    elif row is not None and row.hidden not in (None, NO_DATA):
        source = "hidden"
    else:
        source = "missing" if parameter.kpi is None else "no_data"
    return {
        "name": name,
        "label": words(parameter.label),
        "owner": parameter.owner,
        "unit": parameter.unit,
        "value": None if value is None else value * scale[name],
        "source": source,
        "hidden": None if row is None or source != "hidden" or row.hidden is None else words(row.hidden),
        "kpi": parameter.kpi,
        "formula": None if parameter.formula is None else parameter.formula.text,
        "n": None if row is None or (row.value is None and source != "hidden") else row.n,
        "interval": None if row is None or row.low is None else [row.low, row.high],
        "elasticity": report.elasticities.get(name),
    }


def _outcome(model: ProfitModel, report: ProfitReport, outcome: Outcome, minor: float) -> Json:
    value = report.outcomes[outcome.name]
    return {
        "name": outcome.name,
        "label": words(outcome.label),
        "owner": outcome.owner,
        "unit": outcome.unit,
        "value": value if value is None or outcome.unit != "money" else value * minor,
        "formula": outcome.formula.text,
        "missing": list(lacking(model, outcome.name, report.values)),
    }
