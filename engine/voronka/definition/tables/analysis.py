"""What is wrong with a table as a whole: rows that contradict each other, inputs that no row meets, idle rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import and_, or_

from voronka.definition.tables.coverage import always_beside, rows_in
from voronka.definition.tables.grid import Axis
from voronka.definition.tables.table import DecisionTable, HitPolicy
from voronka.expressions import Value
from voronka.frozen import frozen

__all__ = ["Gap", "Overlap", "Unfinished", "find_gap", "idle_rows", "overlaps"]

_MOST_STEPS = 50_000
_MOST_STEPS_TOGETHER = 200_000
"""Of the search for rows that several others leave nothing for: of all rows of a table."""
_MOST_COMPARED = 64
_FEW = 12


@frozen(kw_only=False)
class Overlap:
    """Two rows, counted from 0, that both hit for the `example`, a value an input; None is missing."""

    first: int
    second: int
    example: tuple[Value | None, ...]


@frozen(kw_only=False)
class Gap:
    """Values, one an input, for which no row hits; None is missing."""

    example: tuple[Value | None, ...]


@frozen(kw_only=False)
class Unfinished:
    """The search stopped after so many steps: whether there is a gap is not known."""

    steps: int


def overlaps(table: DecisionTable) -> Iterator[Overlap]:
    """Yield the pairs of rows that the hit policy does not let meet: any (`unique`), of other results (`any`).

    One for each second row, the first it meets.
    """
    if table.hit not in {HitPolicy.UNIQUE, HitPolicy.ANY}:
        return
    alike: dict[tuple[Value | None, ...], int] = {}
    if table.hit is HitPolicy.ANY:
        for row, each in enumerate(table.rows):
            alike[each.results] = alike.get(each.results, 0) | 1 << row
    for second, beside in enumerate(table.meeting([_within(axis) for axis in table.axes])):
        against = beside & ((1 << second) - 1) & ~alike.get(table.rows[second].results, 0)
        if against:
            first = (against & -against).bit_length() - 1
            yield Overlap(first, second, _example(table, 1 << first | 1 << second))


def _within(axis: Axis) -> list[int]:
    """Return the masks of the values that an input may have, a missing one among them."""
    return [*(mask for _, mask in axis.segments), axis.missing]


def _example(table: DecisionTable, both: int) -> tuple[Value | None, ...]:
    return tuple(next((value for value, mask in axis.segments if mask & both == both), None) for axis in table.axes)


def find_gap(table: DecisionTable, *, missing: bool = False) -> Gap | Unfinished | None:
    """Return known values for which no row hits, if there are any. `missing`: with missing ones, where there may be."""
    axes = table.axes
    every = (1 << len(table.rows)) - 1
    # Rows that ask nothing of an input and of those after it: where one is left, there is no gap.
    open_rows = [every] * (len(axes) + 1)
    for place in reversed(range(len(axes))):
        conditions = [table.rows[row].conditions[place] for row in table.order]
        free = sum(1 << bit for bit, condition in enumerate(conditions) if condition.everything)
        open_rows[place] = open_rows[place + 1] & free
    # Segments that meet the same rows are one.
    segments: list[list[tuple[int, Value | None]]] = [
        [*{mask: value for value, mask in reversed(axis.segments)}.items()] for axis in axes
    ]
    for asked, axis, of_axis in zip(table.inputs, axes, segments, strict=True):
        if missing and not asked.present:
            of_axis.append((axis.missing, None))
    if any(not each for each in segments):
        return None
    steps = 0
    pending: list[tuple[int, tuple[Value | None, ...]]] = [(every, ())]
    while pending:
        steps += 1
        if steps > _MOST_STEPS:
            return Unfinished(_MOST_STEPS)
        mask, values = pending.pop()
        place = len(values)
        if not mask:
            return Gap((*values, *(of_axis[0][1] for of_axis in segments[place:])))
        if not mask & open_rows[place]:
            pending += [(mask & each, (*values, value)) for each, value in reversed(segments[place])]
    return None


def idle_rows(table: DecisionTable) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Yield rows that never give a result, each with rows one of which always comes before it; none: it can never hit.

    All are counted from 0. That several rows together leave nothing is looked for in so many steps: what is not found
    out in them is not told.
    """
    count = len(table.rows)
    masks = [
        [mask for _, mask in axis.segments] if asked.present else _within(axis)
        for asked, axis in zip(table.inputs, table.axes, strict=True)
    ]
    hitting = reduce(and_, (reduce(or_, each, 0) for each in masks), (1 << count) - 1)
    before = [(1 << bit) - 1 for bit in range(count)]  # the rows that hit wherever this one does
    for each in masks:
        before = [one & other for one, other in zip(before, always_beside(each, count), strict=True)]
    ordered = table.hit in {HitPolicy.FIRST, HitPolicy.PRIORITY}
    meeting = table.meeting(masks) if ordered else []
    steps = _Steps(_MOST_STEPS_TOGETHER)
    for bit, row in enumerate(table.order):
        if not hitting >> bit & 1:
            yield row, ()
        elif not ordered:
            continue
        elif before[bit]:
            yield row, (table.order[(before[bit] & -before[bit]).bit_length() - 1],)
        elif together := _covering(masks, bit, meeting[bit] & ((1 << bit) - 1), steps):
            yield row, tuple(sorted(table.order[each] for each in rows_in(together)))


class _Steps:
    """How many steps of a search are left."""

    def __init__(self, left: int) -> None:
        self.left = left

    def taken(self, count: int) -> bool:
        """Take so many steps; tell whether there were as many."""
        self.left -= count
        return self.left >= 0


def _covering(masks: Sequence[Sequence[int]], bit: int, others: int, steps: _Steps) -> int:
    """Return those of the other rows that leave nothing for a row, none to spare if they are few; 0 if they do not."""
    if others.bit_count() < 2 or not _covered(masks, bit, others, steps):
        return 0
    if others.bit_count() <= _FEW:
        for other in reversed(list(rows_in(others))):
            if _covered(masks, bit, others & ~(1 << other), steps):
                others &= ~(1 << other)
    return others


def _covered(masks: Sequence[Sequence[int]], bit: int, others: int, steps: _Steps) -> bool:
    """Tell whether one of the other rows hits wherever a row does. What takes too many steps is not."""
    if not steps.taken(sum(len(each) for each in masks)):
        return False
    beside = [_least({mask & others for mask in each if mask >> bit & 1}) for each in masks]
    free = [others] * (len(beside) + 1)  # the rows that hit whatever this input and those after it are
    for place in reversed(range(len(beside))):
        free[place] = reduce(and_, beside[place], free[place + 1])
    pending = [(others, 0)]
    while pending:
        if not steps.taken(1):
            return False
        mask, place = pending.pop()
        if not mask:
            return False
        if not mask & free[place]:
            pending += [(mask & each, place + 1) for each in beside[place]]
    return True


def _least(masks: set[int]) -> list[int]:
    """Return masks without those that hold all rows of another one, those of the fewest rows last."""
    found: list[int] = []
    for mask in sorted(masks, key=int.bit_count):
        if len(found) >= _MOST_COMPARED or all(each & ~mask for each in found):
            found.append(mask)
    return found[::-1]
