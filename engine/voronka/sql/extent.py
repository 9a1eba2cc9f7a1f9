"""What the SQL of an expression comes to: how deep and how large it becomes, and what of it rests on the record."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from voronka.calendars import Unit
from voronka.expressions.durations import length
from voronka.expressions.ir import (
    Aggregate,
    Apply,
    Arithmetic,
    Between,
    Both,
    BuiltIn,
    Call,
    Changed,
    Coalesce,
    Compare,
    Computed,
    Const,
    Contains,
    Convert,
    DateOf,
    DaysSince,
    Decide,
    DurationSum,
    Either,
    Function,
    If,
    IsMissing,
    LastInteraction,
    Negate,
    Node,
    Not,
    Operator,
    Previous,
    Read,
    Shift,
    Visits,
    children,
    walk,
)
from voronka.expressions.layout import Bound, Cases, Let
from voronka.expressions.values import Kind
from voronka.frozen import frozen

__all__ = ["DEEPEST", "LARGEST", "Extent", "depends_on_record", "expanded", "extent"]

DEEPEST = 80
"""The parser of SQLite has room for a hundred things that wait for their end, the query around included."""

LARGEST = 30_000
"""So many parts may be values, of which SQLite takes 32,766 in a query."""

_OF_RECORD = (Read, Visits, Changed, Previous, Aggregate, LastInteraction, Bound)
_ROUNDED = frozenset({Kind.NUMBER, Kind.PERCENT})
# What each kind of node adds, as measured with the templates of `voronka.sql.sqlite` by brackets around the whole, of
# which the parser takes one fewer for each thing that waits.
_LEVEL, _BRANCH, _CONDITION, _EXACTLY, _AGAIN, _WITH_DOUBLES, _NAMED, _NAMING = 6, 7, 5, 13, 10, 8, 11, 4
_LIGHT, _OVER_ROWS, _SUMMED = 4, 15, 20
_MOVED: Mapping[Kind, Mapping[Unit, int]] = {
    Kind.DATE: {Unit.DAYS: 34, Unit.WEEKS: 34, Unit.MONTHS: 45},
    Kind.DATETIME: {Unit.MINUTES: 12, Unit.HOURS: 12, Unit.DAYS: 23, Unit.WEEKS: 23, Unit.MONTHS: 33},
}
_MOVED_AT_MOST = 50
_EXACTLY_LONG = frozenset({Unit.MINUTES, Unit.HOURS})
_IN_ZONE, _DAY_IN_ZONE = 20, 33
_WITHIN_QUERY = frozenset(
    {BuiltIn.START_OF_QUARTER, BuiltIn.WEEKDAY, BuiltIn.ENDS_WITH, BuiltIn.ABS, BuiltIn.FLOOR, BuiltIn.CEIL}
)
_ADDED = (Operator.ADD, Operator.SUB)
_EXACT = frozenset({Kind.INTEGER, Kind.MONEY})


@frozen
class Extent:
    """`depth`: how many things wait for their end at once while the parser of SQLite reads it, at most. `parts`: of how
    many it is made.
    """

    depth: int
    parts: int


def extent(node: Node) -> Extent:
    """Return what the SQL of `node` comes to."""
    return _Measure().of(node)


@lru_cache(maxsize=16384)  # asked of each node for all that it holds, again at each selection of a rule
def depends_on_record(node: Node) -> bool:
    """Return whether the value of `node` rests on the record: not on its text, the moment and the calendar alone."""
    return any(isinstance(part, _OF_RECORD) for part in walk(node))


@lru_cache(maxsize=256)
def expanded(node: Decide) -> Node | None:
    """Return the decision in nodes that every backend knows, None if it has no such form."""
    return node.decision.expansion(node.operands)


class _Measure:
    """Measures what stands in many places once."""

    def __init__(self) -> None:
        # Kept with their nodes: of what is laid out on the way, another may come to lie where one was.
        self._known: dict[int, tuple[Node, Extent]] = {}

    def of(self, node: Node) -> Extent:
        """Return what the SQL of `node` comes to."""
        if id(node) not in self._known:
            self._known[id(node)] = node, self._measured(node)
        return self._known[id(node)][1]

    def _measured(self, node: Node) -> Extent:
        if not depends_on_record(node):
            return Extent(depth=0, parts=1)
        if isinstance(node, Decide) and (whole := expanded(node)) is not None:
            return self.of(whole)
        parts = 1 + sum(self.of(child).parts for child in children(node))
        return Extent(depth=self._deep(node), parts=parts)

    def _depth(self, node: Node) -> int:
        return self.of(node).depth

    def _deep(self, node: Node) -> int:
        match node:
            case If(condition=condition, then=then, otherwise=otherwise):  # one else after another is one list
                last = self._depth(otherwise) - (_BRANCH if isinstance(otherwise, If) else 0)
                return max(_CONDITION + self._depth(condition), _BRANCH + max(self._depth(then), last))
            case Cases(conditions=conditions, results=results, otherwise=otherwise):
                last = max(map(self._depth, (*results, otherwise)))
                return max(_CONDITION + max(map(self._depth, conditions)), _BRANCH + last)
            case Let(operands=operands, body=body):
                return max(_NAMED + max(map(self._depth, operands)), _NAMING + self._depth(body))
            case DaysSince(operand=DateOf(operand=moment), working=working):
                return _NAMED * working + max(_IN_ZONE + self._depth(moment), _DAY_IN_ZONE)
            case Arithmetic(operator=operator, left=left, right=right) if operator is not Operator.MOD:
                weight, less = (_EXACTLY, _AGAIN) if node.kind in _EXACT else (_WITH_DOUBLES, 0)
                added = operator in _ADDED and isinstance(left, Arithmetic) and left.operator in _ADDED
                first = self._depth(left) + (0 if added else weight - less * _is_exact(left))  # one after another, too
                return max(first, self._depth(right) + weight - less * _is_exact(right))
            case Negate(operand=operand) if node.kind in _EXACT:
                return self._depth(operand) + _EXACTLY - _AGAIN * _is_exact(operand)
        return max(_weight(node) + max(map(self._depth, children(node)), default=0), _reach(node))


def _is_exact(node: Node) -> bool:
    """Tell whether a node is arithmetic whose overflow is looked for together with that of the node above it."""
    if node.kind not in _EXACT or not depends_on_record(node):
        return False
    return isinstance(node, Negate) or (isinstance(node, Arithmetic) and node.operator is not Operator.MOD)


def _reach(node: Node) -> int:
    """Return how deep the text of a node itself goes, whatever its operands are."""
    match node:
        case Shift() if node.kind is Kind.DATE:
            return 0
        case Shift() if _unit(node) in _EXACTLY_LONG:
            return 14
        case Shift() | DateOf():
            return _weight(node) + _IN_ZONE
        case Convert(operand=Node(type=type_)) if type_.kind in _ROUNDED:
            return 40
        case Apply(function=BuiltIn.FLOOR | BuiltIn.CEIL | BuiltIn.ABS) | Arithmetic(operator=Operator.MOD):
            return 24
        case Apply(function=BuiltIn.START_OF_QUARTER | BuiltIn.ENDS_WITH):
            return 16
    return 0


def _unit(node: Shift) -> Unit:
    duration = node.duration
    return length(duration.value).unit if isinstance(duration, Const) and duration.value else Unit.MONTHS


def _weight(node: Node) -> int:  # noqa: C901 - one case a node
    match node:
        case Both() | Either() | Not() | Compare() | IsMissing() | Coalesce():
            return _LIGHT
        case Shift(operand=operand):
            return _MOVED[operand.kind].get(_unit(node), _MOVED_AT_MOST)
        case Between():
            return 22
        case DurationSum():
            return 14
        case DateOf():
            return 18
        case DaysSince(working=working):
            return 20 if working else 12
        case Convert(operand=Node(type=type_)) if type_.kind in _ROUNDED or node.kind is Kind.MONEY:
            return 14
        case Aggregate(function=function) if function is not Function.SUM:
            return _OVER_ROWS
        case LastInteraction():
            return _OVER_ROWS
        case Aggregate() | Call() | Apply(function=BuiltIn.START_OF_WEEK):
            return _SUMMED
        case Apply(function=BuiltIn.LEAST | BuiltIn.GREATEST, operands=operands):
            return 12 * (len(operands) - 1).bit_length()
        case Apply(function=function) if function in _WITHIN_QUERY:
            return 12
        case Arithmetic() | Contains():
            return 12
        case Read(name=name):
            return 0 if node.of_row or "." not in name else 9
        case Computed() | Const() | Bound():
            return 0
    return _LEVEL
