"""What the rows that hit come to together, by the hit policy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import fsum, isfinite
from typing import Any

from voronka.expressions import Kind, Value

__all__ = ["gathered"]

_EXACT = frozenset({Kind.INTEGER, Kind.MONEY})
_LEAST, _MOST = -(2**63), 2**63 - 1

Results = Sequence[Value | None]


def gathered(hit: str, kind: Kind) -> Callable[[Results], Value | None]:
    """Return the function that makes one value of the results of the rows that hit, in the order in which they count.

    No row: a count and a sum are 0, all others are missing. A sum, a least and a greatest pass over missing results.
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
    try:
        total = fsum(_known(results))
    except OverflowError:
        return None
    return total if isfinite(total) else None
