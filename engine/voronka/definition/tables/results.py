"""What the rows that hit come to together, by the hit policy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from voronka.expressions import Kind, Value

__all__ = ["decimal", "gathered"]

_EXACT = frozenset({Kind.INTEGER, Kind.MONEY})
_LEAST, _MOST = -(2**63), 2**63 - 1

Results = Sequence[Value | None]


def gathered(hit: str, kind: Kind) -> Callable[[Results], Value | None]:
    """Return the function that makes one value of the results of the rows that hit, in the order in which they count.

    No row: a count and a sum are 0, all others are missing. A sum, a least and a greatest pass over missing results. A
    sum that no number of its kind holds is missing.
    """
    match hit:
        case "unique":
            return lambda results: results[0] if len(results) == 1 else None
        case "any" | "first" | "priority":
            return lambda results: results[0] if results else None
        case "rule order" | "output order" | "collect":
            return _listed
        case "collect count":
            return len
        case "collect sum":
            return _whole_sum if kind in _EXACT else _sum
        case "collect min":
            return lambda results: min(_known(results), default=None)
        case _:
            return lambda results: max(_known(results), default=None)


def _known(results: Results) -> list[Any]:
    return [each for each in results if each is not None]


def _listed(results: Results) -> Value | None:
    """Return the results as they come, each once; none at all is missing."""
    return tuple(dict.fromkeys(_known(results))) or None


def _whole_sum(results: Results) -> Value | None:
    total: int = sum(_known(results))
    return total if _LEAST <= total <= _MOST else None


def _sum(results: Results) -> Value | None:
    """Return the sum of numbers as they are written: 10 % and 20 % are 30 %, as those who compare it expect."""
    try:
        return float(sum(map(decimal, _known(results))))
    except OverflowError:
        return None


def decimal(number: Any) -> Fraction:  # noqa: ANN401 - a number
    """Return the number that is written for a double, exactly."""
    return Fraction(repr(number))
