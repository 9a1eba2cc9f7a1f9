"""A table compiled: each input cut into segments, each segment with the rows that it meets.

A segment of an ordered input is a value that a cell names, or what lies between two neighbours of these; one of another
input is a value that a cell names, or all the others. Rows are bits of an integer, so a decision is one `and` an input.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import date
from math import inf, nextafter
from typing import Any

from voronka.definition.tables.conditions import ORDERED, Condition
from voronka.expressions import Kind, Type, Value
from voronka.frozen import frozen

__all__ = ["Axis", "axis_of", "masked", "rows_in"]

_WHOLE = frozenset({Kind.INTEGER, Kind.MONEY, Kind.DATETIME})
_MOST_RESULTS = 4_096


@frozen(kw_only=False)
class Axis:
    """One input. `segments`: a value of each segment that can occur, with its mask. `missing`: that of a missing value.

    Of an ordered input, `points` are where all segments but the first begin, and `masks` those of all segments in their
    order; of another one, `masks` are by value and `other` that of all other values.
    """

    ordered: bool
    segments: tuple[tuple[Value, int], ...]
    missing: int
    points: tuple[Value, ...] = ()
    masks: Sequence[int] | dict[Value, int] = ()
    other: int = 0


def axis_of(type_: Type, conditions: Sequence[Condition], least: Value | None, most: Value | None) -> Axis:
    """Return an input of a type cut up by its `conditions`, one a row. It lies between `least` and `most`."""
    missing = _mask(conditions, None)
    if type_.kind in ORDERED:
        return _ordered(type_.kind, conditions, missing, least, most)
    named = {value for each in conditions for value in each.values}
    known: tuple[Value, ...] = (False, True) if type_.kind is Kind.BOOL else type_.options
    masks = {value: _mask(conditions, value) for value in (*known, *sorted(named.difference(known), key=str))}
    stranger = "…"
    other = _mask(conditions, stranger)
    segments = tuple(masks.items()) if known else (*masks.items(), (stranger, other))
    return Axis(False, segments, missing, masks=masks, other=other)


def _ordered(
    kind: Kind, conditions: Sequence[Condition], missing: int, least: Value | None, most: Value | None
) -> Axis:
    ends = {end for each in conditions for span in each.spans for end in (span.low, span.high) if end is not None}
    points: Any = sorted(ends | {value for each in conditions for value in each.values})
    masks, segments = [], []
    for place in range(2 * len(points) + 1):
        if place % 2:
            example = points[place // 2]
        else:
            low = points[place // 2 - 1] if place else None
            example = _between(kind, low, points[place // 2] if place // 2 < len(points) else None, least, most)
        mask = 0 if example is None else _mask(conditions, example)
        masks.append(mask)
        if example is not None and not _outside(example, least, most):
            segments.append((example, mask))
    return Axis(
        True,
        tuple(segments),
        missing,
        points=tuple(end for point in points for end in (point, _after(point))),
        masks=tuple(masks),
    )


def _after(value: Any) -> Any:  # noqa: ANN401 - of one ordered kind
    """Return the least value that is greater, for a text (a date) one that lies before the next."""
    if isinstance(value, int):
        return value + 1
    return nextafter(value, inf) if isinstance(value, float) else value + " "


def _outside(value: Any, least: Any, most: Any) -> bool:  # noqa: ANN401 - of one ordered kind
    return (least is not None and value < least) or (most is not None and value > most)


def _between(kind: Kind, low: Any, high: Any, least: Any, most: Any) -> Any:  # noqa: ANN401 - of one ordered kind
    """Return a value between two, within the bounds if there is one; None if the kind has none there."""
    if kind is Kind.DATE:
        days = [None if each is None else date.fromisoformat(each).toordinal() for each in (low, high, least, most)]
        day = _between(Kind.INTEGER, *days)
        return None if day is None or not 1 <= day <= date.max.toordinal() else date.fromordinal(day).isoformat()
    if low is None and high is None:
        return least if least is not None else most if most is not None else 0
    if low is None:
        return least if least is not None and least < high else high - 1
    if high is None:
        return most if most is not None and most > low else low + 1
    if kind in _WHOLE:
        return (low + high) // 2 if high - low > 1 else None
    middle = low + (high - low) / 2
    return middle if low < middle < high else None


def _mask(conditions: Sequence[Condition], value: Value | None) -> int:
    return sum(1 << row for row, condition in enumerate(conditions) if condition.holds(value))


def rows_in(hit: int) -> list[int]:
    """Return the bits of a mask in their order."""
    rows = []
    while hit:
        rows.append((hit & -hit).bit_length() - 1)
        hit &= hit - 1
    return rows


class _Results(dict[int, Value | None]):
    """The result of each set of rows that has hit, worked out when it first does."""

    def __init__(self, result: Callable[[int], Value | None]) -> None:
        super().__init__()
        self._result = result

    def __missing__(self, hit: int) -> Value | None:
        result = self._result(hit)
        if len(self) < _MOST_RESULTS:
            self[hit] = result
        return result


def masked(axes: Sequence[Axis], result: Callable[[int], Value | None]) -> Callable[..., Value | None]:
    """Return the function of one value an axis that gives the `result` of the mask of rows that hit."""
    scope: dict[str, Any] = {"segment": bisect_right, "results": _Results(result)}
    parts = []
    for place, axis in enumerate(axes):
        value = f"v{place}"
        if axis.ordered:
            scope |= {f"p{place}": axis.points, f"m{place}": axis.masks}
            found = f"m{place}[segment(p{place}, {value})]"
        else:
            scope[f"m{place}"] = axis.masks
            found = f"m{place}.get({value}, {axis.other})"
        parts.append(f"({axis.missing} if {value} is None else {found})")
    arguments = ", ".join(f"v{place}" for place in range(len(axes)))
    source = f"def decide({arguments}):\n    return results[{' & '.join(parts)}]"
    exec(compile(source, "<table>", "exec"), scope)  # noqa: S102 - our own source
    return scope["decide"]  # type: ignore[no-any-return] # made just now
