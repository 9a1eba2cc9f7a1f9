"""The present value of a cost that comes every year, exact to the smallest coin."""

from __future__ import annotations

from fractions import Fraction

from voronka.expressions.function import ExpressionFunction
from voronka.expressions.values import Kind

__all__ = ["PRESENT_VALUE", "present_value"]

_MOST_YEARS = 100
_MOST = 2**63 - 1


def present_value(amount: int, rate: float, first: int, last: int) -> int | None:
    """Return what `amount`, paid at the end of each year from `first` to `last`, is worth at the purchase.

    Σ amount / (1 + rate)^t for t from `first` to `last`; year 0 is the purchase itself. `amount` is in minor units,
    `rate` a fraction a year; the sum is worked out exactly and rounded once, a half away from zero. 0 where `last`
    comes before `first`; None for a year below 0 or above 100, a rate of −100 % or less, and beyond 64 bits.
    """
    if first < 0 or last > _MOST_YEARS or rate <= -1:
        return None
    growth = 1 + Fraction(repr(rate))
    exact = sum((Fraction(amount) / growth**year for year in range(first, last + 1)), Fraction(0))
    whole = int(abs(exact) + Fraction(1, 2))
    if whole > _MOST:
        return None
    return whole if exact >= 0 else -whole


PRESENT_VALUE = ExpressionFunction(
    name="present_value",
    parameters=(Kind.MONEY, Kind.PERCENT, Kind.INTEGER, Kind.INTEGER),
    result=Kind.MONEY,
    call=present_value,
)
"""It as a function of the language; no database divides exactly, so it has no SQL form."""
