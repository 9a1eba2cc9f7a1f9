"""A table compiled: each input cut into segments, each segment with the rows that it meets.

A segment of an ordered input is a value that a cell names, or what lies between two neighbours of these; one of another
input is a value that a cell names, or all the others. Rows are bits of an integer, so a decision is one `and` an input.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Container, Iterable, Sequence
from datetime import date
from itertools import accumulate, count
from math import inf, nextafter
from operator import xor
from typing import Any

from voronka.definition.tables.conditions import ORDERED, Condition
from voronka.expressions import Kind, Type, Value
from voronka.frozen import frozen

__all__ = ["Axis", "axis_of", "masked"]

_LONG = 60 * 1_000_000  # a minute: moments are told by them
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

    @property
    def everywhere(self) -> list[int]:
        """The masks of all values, those beyond the bounds of the input and a missing one among them."""
        masks = [*self.masks.values(), self.other] if isinstance(self.masks, dict) else self.masks
        return [*masks, self.missing]


def axis_of(type_: Type, conditions: Sequence[Condition], least: Value | None, most: Value | None) -> Axis:
    """Return an input of a type cut up by its `conditions`, one a row. It lies between `least` and `most`."""
    missing = _mask(conditions, lambda each: each.holds(None))
    if type_.kind in ORDERED:
        return _ordered(type_.kind, conditions, missing, least, most)
    naming: dict[Value, int] = {}
    for row, condition in enumerate(conditions):
        for value in condition.values:
            naming[value] = naming.get(value, 0) | 1 << row
    known: tuple[Value, ...] = (False, True) if type_.kind is Kind.BOOL else type_.options
    other = _mask(conditions, lambda each: each.everything or each.negated)
    masks = {value: other ^ naming.get(value, 0) for value in (*known, *sorted(naming.keys() - known, key=str))}
    segments = tuple(masks.items()) if known else (*masks.items(), (_stranger(naming), other))
    return Axis(False, segments, missing, masks=masks, other=other)


def _stranger(named: Container[Value]) -> str:
    """Return a text that no cell names."""
    return next(text for text in ("…" * length for length in count(1)) if text not in named)


def _ordered(
    kind: Kind, conditions: Sequence[Condition], missing: int, least: Value | None, most: Value | None
) -> Axis:
    ends = {end for each in conditions for span in each.spans for end in (span.low, span.high) if end is not None}
    points: Any = sorted(ends | {value for each in conditions for value in each.values})
    masks, segments = _masks(conditions, points), []
    for place in range(len(masks)):
        if place % 2:
            example = points[place // 2]
        else:
            low = points[place // 2 - 1] if place else None
            example = _between(kind, low, points[place // 2] if place // 2 < len(points) else None, least, most)
        if example is None:
            masks[place] = 0
        elif not _outside(example, least, most):
            segments.append((example, masks[place]))
    return Axis(
        True,
        tuple(segments),
        missing,
        points=tuple(end for point in points for end in (point, _after(point))),
        masks=tuple(masks),
    )


def _masks(conditions: Sequence[Condition], points: Sequence[Value]) -> list[int]:
    """Return the rows that hit in each segment: before, at and after each of the points."""
    at = {point: 2 * place + 1 for place, point in enumerate(points)}
    last = 2 * len(points)
    changes = [0] * (last + 2)
    for row, condition in enumerate(conditions):
        runs = [(at[value], at[value]) for value in condition.values]
        for span in condition.spans:
            first = 0 if span.low is None else at[span.low] + (not span.from_low)
            runs.append((first, last if span.high is None else at[span.high] - (not span.to_high)))
        whole = condition.everything or condition.negated
        if whole:
            changes[0] ^= 1 << row
        for first, end in _joined(runs):
            changes[first] ^= 1 << row
            changes[end + 1] ^= 1 << row
    return list(accumulate(changes[:-1], xor))


def _joined(runs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return runs of places as runs of which none meets another."""
    found: list[tuple[int, int]] = []
    for first, end in sorted(runs):
        if end < first:
            continue
        if found and first <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((first, end))
    return found


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
    for bound in (least, most):
        if bound is not None and (low is None or bound > low) and (high is None or bound < high):
            return bound
    if low is None and high is None:
        return 0
    step = _LONG if kind is Kind.DATETIME else 1
    if low is None:
        return _before(high, step)
    if high is None:
        return _further(low, step)
    if kind in _WHOLE:
        middle = (low + high) // 2
        round_ = middle - middle % step
        return None if high - low < 2 else round_ if low < round_ < high else middle
    middle = low / 2 + high / 2
    return middle if low < middle < high else None


def _further(value: Any, step: int) -> Any:  # noqa: ANN401 - a number
    """Return a number above another, an even step from it if there is one."""
    return value + step if value + step > value else nextafter(value, inf)


def _before(value: Any, step: int) -> Any:  # noqa: ANN401 - a number
    return -_further(-value, step)


def _mask(conditions: Sequence[Condition], holds: Callable[[Condition], bool]) -> int:
    return sum(1 << row for row, condition in enumerate(conditions) if holds(condition))


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
