"""The regularised incomplete beta function, in which the tails of the binomial and of Student's distribution are."""

from __future__ import annotations

from math import exp, lgamma, log, log1p

__all__ = ["incomplete_beta", "student_tails"]

_ROUNDS = 10_000
_EXACT = 1e-15
_TINY = 1e-300


def incomplete_beta(x: float, a: float, b: float) -> float:
    """Return I_x(a, b) for positive a and b: the distribution function of a beta variable.

    By its continued fraction (M. Abramowitz, I. A. Stegun, "Handbook of Mathematical Functions", 26.5.8), from the side
    on which it converges fast, in the steps of W. J. Lentz (1976).
    """
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1.0 - incomplete_beta(1 - x, b, a)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)) / a
    c, d = 1.0, 1 / _apart(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _ROUNDS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for step in (even, odd):
            d = 1 / _apart(1 + step * d)
            c = _apart(1 + step / c)
            value *= c * d
        if abs(c * d - 1) < _EXACT:
            break
    return front * value


def _apart(value: float) -> float:
    """Return what a fraction is divided by: never nothing."""
    return value if abs(value) > _TINY else _TINY


def student_tails(t: float, freedom: float) -> float:
    """Return the probability that Student's t is as far from 0 as this, on either side (26.7.1 there)."""
    return incomplete_beta(freedom / (freedom + t * t), freedom / 2, 0.5)
