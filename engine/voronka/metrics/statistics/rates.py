"""Rates, their intervals, and whether two of them differ."""

from __future__ import annotations

from math import ceil, isclose, sqrt
from statistics import NormalDist
from typing import NamedTuple

from voronka.metrics.statistics.counts import Counts, Interval
from voronka.metrics.statistics.hypergeometric import two_sided

__all__ = ["Difference", "difference", "required_trials", "wilson"]

_NORMAL = NormalDist()


class Difference(NamedTuple):
    """How much higher the first of two rates is, its interval, and the two-sided p of so large a one by chance."""

    value: float
    interval: Interval
    p: float


def wilson(successes: int, trials: int, level: float = 0.95) -> Interval | None:
    """Return the Wilson score interval of a rate; None without trials.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
    """
    if trials == 0:
        return None
    z = _NORMAL.inv_cdf(0.5 + level / 2)
    rate = successes / trials
    spread = z * sqrt(rate * (1 - rate) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    centre = rate + z * z / (2 * trials)
    # At the ends the formula gives 0 and 1 but for the last bit.
    low = 0.0 if successes == 0 else (centre - spread) / scale
    high = 1.0 if successes == trials else (centre + spread) / scale
    return Interval(low, high)


def difference(
    successes: int, trials: int, other_successes: int, other_trials: int, level: float = 0.95
) -> Difference | None:
    """Return how the rate of one group differs from another's; None where one has no trials.

    The interval is Newcombe's hybrid of two Wilson intervals (R. G. Newcombe, "Interval estimation for the difference
    between independent proportions", Statistics in Medicine 17 (1998), method 10); p is Fisher's exact one, which holds
    for groups of any size.
    """
    one, other = wilson(successes, trials, level), wilson(other_successes, other_trials, level)
    if one is None or other is None:
        return None
    rate, other_rate = successes / trials, other_successes / other_trials
    value = rate - other_rate
    low = value - sqrt((rate - one.low) ** 2 + (other.high - other_rate) ** 2)
    high = value + sqrt((one.high - rate) ** 2 + (other_rate - other.low) ** 2)
    whole = Counts(successes + other_successes, trials + other_trials)
    return Difference(value, Interval(low, high), two_sided(successes, trials, whole))


def required_trials(rate: float, other_rate: float, level: float = 0.95, power: float = 0.8) -> int:
    """Return how many trials each of two groups needs to tell their rates apart with so much power.

    Source: J. L. Fleiss, "Statistical Methods for Rates and Proportions" (1981), formula 3.14, without the correction
    for continuity. Raises `ValueError` for equal rates.
    """
    if isclose(rate, other_rate):
        raise ValueError("equal rates are never told apart")
    mean = (rate + other_rate) / 2
    z, z_power = _NORMAL.inv_cdf(0.5 + level / 2), _NORMAL.inv_cdf(power)
    spread = z * sqrt(2 * mean * (1 - mean)) + z_power * sqrt(rate * (1 - rate) + other_rate * (1 - other_rate))
    return ceil((spread / (rate - other_rate)) ** 2)
