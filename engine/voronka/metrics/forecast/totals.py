"""How much many chances bring together: the distribution of their total."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate
from math import ceil, gcd, sqrt
from statistics import NormalDist
from typing import NamedTuple

from voronka.frozen import frozen

__all__ = ["Chance", "Total", "total_of"]

_CELLS = 500
_APART = 100
_WIDE = 8.0


class Chance(NamedTuple):
    """An amount, in whole minor units, that comes with a probability.

    `n` of them may stand together, each independent of the others: `amount` is then their sum, and `squares` the sum
    of their squares.
    """

    probability: float
    amount: int
    n: int = 1
    squares: float | None = None


@frozen
class Total:
    """The distribution of a total. `mean` and `deviation` are exact; `quantiles` as far as `unit`: 0 if all are."""

    mean: float
    deviation: float
    quantiles: tuple[float, ...]
    unit: float


def total_of(chances: Iterable[Chance], quantiles: Sequence[float]) -> Total:
    """Return what independent chances bring together; a quantile is the least total that is not exceeded so surely.

    The distribution of a sum of independent variables is the convolution of theirs; with equal amounts it is the
    Poisson-binomial one (S. D. Poisson, 1837). The 100 chances that vary the most are convolved cell by cell, on a grid
    of 500 cells, or of the greatest common divisor of the amounts where that is as good. The many small ones
    that are left are added as one normal variable (W. Feller, "An Introduction to Probability Theory and Its
    Applications" II, VIII.4). An amount between two cells is divided among them, so that the mean stays. That the
    probabilities are estimated, and that deals may fail together, is not in it: the truth is wider.
    """
    open_ = sorted((each for each in chances if each.amount > 0 and each.probability > 0), key=_variance, reverse=True)
    mean = sum(each.probability * each.amount for each in open_)
    deviation = sqrt(sum(map(_variance, open_)))
    most = sum(each.amount for each in open_)
    if not open_ or not deviation:
        return Total(mean=mean, deviation=0.0, quantiles=tuple(mean for _ in quantiles), unit=0.0)
    apart = [each for each in open_ if each.n == 1][:_APART]
    rest = [each for each in open_ if each.n > 1] + [each for each in open_ if each.n == 1][_APART:]
    reach = min(float(most), mean + _WIDE * deviation)
    common = gcd(*(each.amount for each in apart)) or 1
    exact = not rest and reach / common <= _CELLS * 4
    unit = float(common) if exact else reach / _CELLS
    cells = _rest(rest, unit, ceil(reach / unit) + 1)
    for each in apart:
        cells = _with(cells, each.probability, each.amount / unit)
    sums = list(accumulate(cells))
    found = tuple(_cell(sums, share) * unit for share in quantiles)
    return Total(mean=mean, deviation=deviation, quantiles=found, unit=0.0 if exact else unit)


def _variance(chance: Chance) -> float:
    squares = float(chance.amount) ** 2 if chance.squares is None else chance.squares
    return chance.probability * (1 - chance.probability) * squares


def _rest(chances: Sequence[Chance], unit: float, count: int) -> list[float]:
    """Return the distribution of what is left as a normal variable over the cells; without chances, all of it in 0."""
    mean = sum(each.probability * each.amount for each in chances) / unit
    deviation = sqrt(sum(map(_variance, chances))) / unit
    cells = [0.0] * count
    if not deviation:
        cells[min(count - 1, round(mean))] = 1.0
        return cells
    normal = NormalDist(mean, deviation)
    low, high = max(0, int(mean - _WIDE * deviation)), min(count - 1, ceil(mean + _WIDE * deviation))
    before = 0.0
    for place in range(low, high):
        reached = normal.cdf(place + 0.5)
        cells[place], before = reached - before, reached
    cells[high] = 1.0 - before
    return cells


def _with(cells: list[float], probability: float, width: float) -> list[float]:
    """Return the distribution with one more chance; what goes beyond the last cell stays in it."""
    whole = int(width + 1e-9)
    part = max(0.0, width - whole)
    fails = 1 - probability
    found = [fails * cell for cell in cells]
    last = len(cells) - 1
    for shift, weight in ((whole, probability * (1 - part)), (whole + 1, probability * part)):
        if weight <= 0:
            continue
        kept = max(0, last - shift)
        found[shift:last] = [own + weight * come for own, come in zip(found[shift:last], cells[:kept], strict=True)]
        found[last] += weight * sum(cells[kept:])
    return found


def _cell(sums: Sequence[float], share: float) -> int:
    return next((place for place, reached in enumerate(sums) if reached >= share - 1e-12), len(sums) - 1)
