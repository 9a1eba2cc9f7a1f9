"""The report on the forecast as JSON."""

from __future__ import annotations

from dataclasses import replace

from voronka.definition.fields import FieldType, Subject
from voronka.definition.funnels import Funnel
from voronka.definition.kpis.methods import Forecast
from voronka.errors import UsageFault
from voronka.mart.schema import field_column, kept
from voronka.messages import Text
from voronka.metrics.forecast.model import LEAST, declared_rates
from voronka.metrics.forecast.report import definitions, forecast_report
from voronka.metrics.forecast.rows import closed_by_stage, open_deals
from voronka.metrics.parameters import amount_field, first_of_month, funnel_of, later_month, month_edges
from voronka.metrics.path import merged_path
from voronka.metrics.plain import plain
from voronka.metrics.reports.asking import DRILLED
from voronka.metrics.slices import Slice
from voronka.runtime.queries import Asked
from voronka.runtime.words import Json, words

__all__ = ["answer_forecast"]

_MONTHS = 6
_MOST = 24
_QUANTILES = (0.1, 0.5, 0.9)


def answer_forecast(asked: Asked, part: Slice) -> Json:
    """Answer with the forecast of a funnel's open deals: parameters funnel, months (ahead), amount (a field of money),
    least (closed deals for an observed rate). A KPI of the funnel that forecasts says the months and the quantiles.
    """
    funnel = funnel_of(asked)
    amount = amount_field(asked)
    if amount is None:
        raise _without_amounts(asked)
    declared_by = _declared(asked, funnel)
    months = min(_MOST, asked.number("months") or (declared_by.months if declared_by else _MONTHS))
    quantiles = tuple(sorted(declared_by.quantiles)) if declared_by and declared_by.quantiles else _QUANTILES
    least = asked.number("least") or LEAST
    zone = asked.workspace.timezone
    this = first_of_month(asked.now, zone)
    path = merged_path(funnel)
    stages = declared_rates(funnel)
    report = forecast_report(
        part,
        now=asked.now,
        amount=field_column(amount),
        ahead=[asked.now, *month_edges(later_month(this, 1), months - 1, zone)],
        past=month_edges(later_month(this, -_MONTHS), _MONTHS, zone),
        declared=stages,
        quantiles=quantiles,
        least=least,
    )
    told = [name for name, probability in stages.items() if probability is not None]
    labels = {name: words(stage.label) for name, stage in path.items()}
    whole = replace(part, start=None, end=None)
    closed, now_open = closed_by_stage(whole, DRILLED), open_deals(whole, field_column(amount), DRILLED)
    return {
        "funnel": {"name": funnel.name, "label": words(funnel.label)},
        "n": report.open,
        "amount": amount,
        "least": least,
        "quantiles": list(quantiles),
        "months": [
            {"start": start, "weighted": plain(weighted), "survival": plain(survival)}
            for start, weighted, survival in zip(
                report.edges, report.weighted.periods, report.survival.periods, strict=False
            )
        ],
        "outside": {
            name: {key: value for key, value in plain(found).items() if key != "periods"}
            for name, found in (("weighted", report.weighted), ("survival", report.survival))
        },
        "coverage": 1 - (report.weighted.unvalued + report.weighted.untold) / report.open if report.open else None,
        "stages": [
            {**plain(rate), "rate": rate.rate, "label": labels.get(rate.stage), "deals": closed.get((rate.stage,), [])}
            for rate in report.rates
        ],
        "valued_deals": now_open.get(True, []),
        "unvalued_deals": now_open.get(False, []),
        "backtest": plain(report.backtest),
        "calibration": [
            {**plain(told_of), "holds": told_of.holds, "stage": stage, "label": labels[stage]}
            for stage, told_of in zip(told, report.calibration, strict=True)
        ],
        "brier": report.brier,
        "brier_observed": report.brier_observed,
        "definitions": plain(definitions(least=least)),
    }


def _without_amounts(asked: Asked) -> UsageFault:
    """Return why nothing can be foretold: no field of money that the mart keeps is shown to whoever asks."""
    fields = asked.workspace.fields.get(Subject.DEALS, {}).values()
    money = [field for field in fields if field.type is FieldType.MONEY]
    if any(kept(field) for field in money):
        return UsageFault(
            Text("The amounts of deals are not shown to you, and the forecast adds them up."),
            Text("Ask somebody whose role sees them."),
        )
    if computed := [field.name for field in money if field.formula is not None]:
        return UsageFault(
            Text("A forecast adds up an amount that is kept, and {name} is computed anew each time.", name=computed[0]),
            Text(
                "Declare a field of the type money, and let the stages that settle the amount keep it: {example}",
                example=f"enter: {{do: [{{set: {{amount: ={computed[0]}}}}}]}}",
            ),
        )
    return UsageFault(
        Text("Deals have no amount that could be foretold."), Text("Declare a field of the type money for deals.")
    )


def _declared(asked: Asked, funnel: Funnel) -> Forecast | None:
    methods = (kpi.current.method for kpi in asked.workspace.kpis.values())
    return next((each for each in methods if isinstance(each, Forecast) and each.funnel == funnel.name), None)
