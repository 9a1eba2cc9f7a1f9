"""What a profit model expects of each stage of a funnel, if the stage came to what it should reach.

A parameter stands for a stage if its KPI is the conversion from that stage, or the time in that stage alone, and the
KPI has a target for all times and everybody. Nothing else links a stage to money: one without such a parameter has no
gain that could be told honestly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from voronka.definition.funnels import Funnel
from voronka.frozen import frozen
from voronka.messages import Label, Sentence, Text
from voronka.metrics.kpi.request import Data
from voronka.metrics.kpi.rights import is_shown
from voronka.metrics.path import merged_path
from voronka.metrics.profit.benchmarks import benchmarks
from voronka.metrics.profit.evaluation import result_of
from voronka.metrics.profit.levers import joint_gain
from voronka.metrics.profit.measurement import measured_rows, values_of
from voronka.runtime.queries import Asked

__all__ = ["StageGains", "stage_gains"]


@frozen
class StageGains:
    """By stage what the result gains, in minor units if it is money; else `why` that cannot be told of all of them.

    `unit`: of the result.
    """

    gains: Mapping[str, float]
    unit: str | None = None
    why: Sentence | None = None


def stage_gains(asked: Asked, data: Data, funnel: Funnel, stages: Sequence[str], first: date, last: date) -> StageGains:
    """Return what the result gains by each of the `stages` alone, with what is measured from `first` to `last`."""
    workspace = asked.workspace
    model = workspace.profit_model
    if model is None:
        return _none(Text("no profit model is declared"))
    reached = {stage: values for (of, stage), values in benchmarks(workspace, model).items() if of == funnel.name}
    if without := [stage for stage in stages if stage not in reached]:
        return _none(
            Text(
                "no parameter of the profit model with a target is measured by the conversion from {stages}, or by the "
                "time there",
                stages=_listed(funnel, without),
            )
        )
    kpis = [workspace.kpis[each.kpi] for each in model.parameters.values() if each.kpi is not None]
    if not all(is_shown(asked, kpi) for kpi in kpis):
        return _none(Text("the profit model rests on fields that are not shown to you"))
    measured = values_of(measured_rows(asked, data, model, first, last))
    gains = {}
    for stage in stages:
        gain = None if result_of(model, measured) is None else joint_gain(model, measured, reached[stage])
        if gain is None:
            return _none(Text("the profit model is not complete: its result is not known"))
        gains[stage] = max(gain, 0.0)
    unit = model.parameters[model.result].unit
    scale = 10**workspace.currency.digits if unit == "money" else 1
    return StageGains(gains={stage: gain * scale for stage, gain in gains.items()}, unit=unit)


def _listed(funnel: Funnel, names: Sequence[str]) -> Label:
    path = merged_path(funnel)
    return Label(
        {language: ", ".join(path[name].label.render(language) for name in names) for language in ("en", "ru")}
    )


def _none(why: Sentence) -> StageGains:
    return StageGains(gains={}, why=why)
