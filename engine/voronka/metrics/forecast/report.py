"""The report on the forecast: what is to come by month, how earlier forecasts kept, and how the probabilities do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from voronka.calendars import DAY
from voronka.frozen import frozen
from voronka.messages import Text
from voronka.metrics.forecast.model import Foresight, StageRate, by_stage, by_survival, stage_rates
from voronka.metrics.forecast.rows import Won, lives_by_stage, lives_since_creation, pipeline, won_by_period
from voronka.metrics.forecast.totals import Total
from voronka.metrics.slices import Slice
from voronka.metrics.statistics.accuracy import Accuracy, Foretold, Kept, accuracy, brier, calibration
from voronka.metrics.statistics.survival import Life

__all__ = ["Backtest", "ForecastReport", "Past", "definitions", "forecast_report"]


def definitions(*, least: int) -> Mapping[str, Text]:
    """Return how each number of the report is counted."""
    return {
        "weighted": Text(
            "Each open deal with the probability of its stage, in the month in which deals won from this stage were "
            "won "
            "after as many days."
        ),
        "survival": Text("Each open deal by its age alone: how many of those as old were won in the following months."),
        "quantiles": Text(
            "Of the total if deals are won independently of each other, with these probabilities. What joins them (a "
            "season, a price list) makes the truth wider."
        ),
        "probability": Text(
            "Won, divided by closed, of the deals that were ever in the stage; where fewer than {least} closed, what "
            "the "
            "stage declares.",
            least=least,
        ),
        "untold": Text("Deals older than any that was won, or in stages without a probability: no month counts them."),
        "backtest": Text(
            "The forecast as it would have been made at the beginning of each month, from what was known then, "
            "beside what "
            "the deals open then really brought in the month; deals that came later are told apart."
        ),
        "calibration": Text(
            "The declared probability of a stage beside what came: it holds where it lies within the interval. "
            "Brier: 0 is "
            "perfect, and 0.25 is what “one half” for everything gives."
        ),
    }


@frozen
class Past:
    """The weighted forecast of one month that is over, `won` in it, and whether that lay between the quantiles; None
    where nothing could be foretold.
    """

    start: int
    forecast: Total | None
    won: Won
    within: bool | None


@frozen
class Backtest:
    """The forecasts of months that are over, the oldest first, and their accuracy together."""

    months: tuple[Past, ...]
    accuracy: Accuracy


@frozen
class ForecastReport:
    """The forecast by month from `edges`, by stage and by survival; rates; the backtest; the calibration."""

    edges: tuple[int, ...]
    quantiles: tuple[float, ...]
    open: int
    weighted: Foresight
    survival: Foresight
    rates: tuple[StageRate, ...]
    backtest: Backtest
    calibration: tuple[Kept, ...]
    brier: float | None
    brier_observed: float | None


def forecast_report(
    part: Slice,
    *,
    now: int,
    amount: str,
    ahead: Sequence[int],
    past: Sequence[int],
    declared: Mapping[str, float | None],
    quantiles: Sequence[float],
    least: int,
) -> ForecastReport:
    """Return the forecast of a funnel's open deals.

    `ahead`: the beginnings of months from the present one on, the end of the last included; `past`: of those that are
    over, the beginning of the present one included. `declared`: probabilities by stage. The period of the slice is not
    asked for.
    """
    part = replace(part, start=None, end=None)
    *known, lives = lives_by_stage(part, [*past[:-1], now])
    rates = stage_rates(lives, declared, least)
    deals = pipeline(part, now, amount)
    ends = [(edge - now) / DAY for edge in ahead[1:]]
    said = [
        Foretold(probability, rates[stage].won, rates[stage].closed)
        for stage, probability in declared.items()
        if probability is not None
    ]
    return ForecastReport(
        edges=tuple(ahead),
        quantiles=tuple(quantiles),
        open=sum(deal.n for deal in deals),
        weighted=by_stage(deals, rates, lives, ends, quantiles),
        survival=by_survival(deals, lives_since_creation(part, now), ends, quantiles),
        rates=tuple(rates.values()),
        backtest=_backtest(part, amount, past, known, declared, quantiles, least),
        calibration=tuple(calibration(said)),
        brier=brier(said),
        brier_observed=brier(Foretold(each.came / each.n, each.came, each.n) for each in said if each.n),
    )


def _backtest(
    part: Slice,
    amount: str,
    past: Sequence[int],
    known: Sequence[Mapping[str, Sequence[Life]]],
    declared: Mapping[str, float | None],
    quantiles: Sequence[float],
    least: int,
) -> Backtest:
    if len(past) < 2:
        return Backtest(months=(), accuracy=accuracy([]))
    months = []
    for (start, end), lives, won in zip(pairwise(past), known, won_by_period(part, past, amount), strict=True):
        deals = pipeline(part, start, amount)
        rates = stage_rates(lives, declared, least)
        (foretold,) = by_stage(deals, rates, lives, [(end - start) / DAY], quantiles).periods
        within = None if foretold is None else foretold.quantiles[0] <= won.pipeline <= foretold.quantiles[-1]
        months.append(Past(start=start, forecast=foretold, won=won, within=within))
    pairs = [(each.forecast.mean, float(each.won.pipeline)) for each in months if each.forecast is not None]
    return Backtest(months=tuple(months), accuracy=accuracy(pairs))
