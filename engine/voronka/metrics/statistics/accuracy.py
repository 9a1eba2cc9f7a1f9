"""How well numbers were foretold, and how well probabilities keep what they say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from voronka.metrics.statistics.binomial import two_sided
from voronka.metrics.statistics.counts import Interval
from voronka.metrics.statistics.rates import wilson

__all__ = ["Accuracy", "Foretold", "Kept", "accuracy", "brier", "calibration"]


class Accuracy(NamedTuple):
    """How far forecasts were off: `mape` the mean absolute error as a share of what came (periods in which nothing
    came are left out: `n` counts the others), `wape` all absolute errors as a share of all that came, `bias` forecasts
    above (+) or below (-) all that came, as a share of it. None where nothing came.
    """

    mape: float | None
    wape: float | None
    bias: float | None
    n: int


class Foretold(NamedTuple):
    """One probability that was said, of how many, and how many of them came true."""

    probability: float
    came: int
    n: int


class Kept(NamedTuple):
    """What a probability kept: the observed rate, its interval, the p of so far a number of successes under what was
    said, and whether the interval holds it.
    """

    said: Foretold
    rate: float | None
    interval: Interval | None
    p: float | None

    @property
    def holds(self) -> bool | None:
        """Whether what was said lies within the interval; None where nothing was observed."""
        return None if self.interval is None else self.interval.low <= self.said.probability <= self.interval.high


def accuracy(pairs: Sequence[tuple[float, float]]) -> Accuracy:
    """Return the accuracy of forecasts, each beside what came.

    Sources: R. J. Hyndman, A. B. Koehler, "Another look at measures of forecast accuracy", Int. J. Forecasting 22
    (2006); S. Kolassa, W. Schütz, "Advantages of the MAD/mean ratio over the MAPE", Foresight 6 (2007), for `wape`.
    """
    shares = [abs(foretold - came) / abs(came) for foretold, came in pairs if came]
    total = sum(abs(came) for _, came in pairs)
    if not total:
        return Accuracy(None, None, None, 0)
    errors = [foretold - came for foretold, came in pairs]
    return Accuracy(sum(shares) / len(shares), sum(map(abs, errors)) / total, sum(errors) / total, len(shares))


def brier(said: Iterable[Foretold]) -> float | None:
    """Return the mean squared distance between what was said and what came: 0 is perfect; None without a case.

    Source: G. W. Brier, "Verification of forecasts expressed in terms of probability", Mon. Weather Rev. 78 (1950).
    """
    total = cases = 0.0
    for probability, came, n in said:
        total += came * (1 - probability) ** 2 + (n - came) * probability**2
        cases += n
    return total / cases if cases else None


def calibration(said: Iterable[Foretold], level: float = 0.95) -> list[Kept]:
    """Return what each probability kept; one that was said of nothing is told with nothing observed."""
    return [
        Kept(each, each.came / each.n, wilson(each.came, each.n, level), two_sided(each.came, each.n, each.probability))
        if each.n
        else Kept(each, None, None, None)
        for each in said
    ]
