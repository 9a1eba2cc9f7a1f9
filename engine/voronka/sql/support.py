"""What of an expression has no translation into SQL: the one list, for the check and for the compiler."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from functools import lru_cache

from voronka.calendars import Duration, Unit
from voronka.errors import VoronkaError
from voronka.expressions.durations import length
from voronka.expressions.ir import (
    Aggregate,
    Apply,
    Arithmetic,
    Between,
    BuiltIn,
    Call,
    Changed,
    Computed,
    Const,
    Contains,
    Convert,
    DateOf,
    DaysSince,
    Decide,
    DurationOf,
    DurationSum,
    Excess,
    Function,
    If,
    Negate,
    Node,
    Operator,
    Previous,
    Read,
    Shift,
    Visits,
    children,
    walk,
)
from voronka.expressions.values import Kind
from voronka.frozen import frozen
from voronka.messages import Text

__all__ = ["Refusal", "Untranslatable", "depends_on_record", "expanded", "untranslatable"]

_OF_RECORD = (Read, Visits, Changed, Previous, Aggregate)
_ROUNDED = frozenset({Kind.NUMBER, Kind.PERCENT})
# The parser of SQLite has room for a hundred things that wait for their end, the query around the condition included.
_DEEPEST = 80
# What each kind of node adds, as measured with the templates of `voronka.sql.sqlite`.
_LEVEL, _BRANCH, _EXACTLY, _AGAIN, _WITH_DOUBLES = 6, 7, 13, 10, 8
_MOVED: Mapping[Kind, Mapping[Unit, int]] = {
    Kind.DATE: {Unit.DAYS: 34, Unit.WEEKS: 34, Unit.MONTHS: 44},
    Kind.DATETIME: {Unit.MINUTES: 12, Unit.HOURS: 12, Unit.DAYS: 23, Unit.WEEKS: 23, Unit.MONTHS: 33},
}
_MOVED_AT_MOST = 50
_IN_ZONE = 20
_WITHIN_QUERY = frozenset(
    {BuiltIn.START_OF_QUARTER, BuiltIn.WEEKDAY, BuiltIn.ENDS_WITH, BuiltIn.ABS, BuiltIn.FLOOR, BuiltIn.CEIL}
)
_ADDED = (Operator.ADD, Operator.SUB)
_EXACT = frozenset({Kind.INTEGER, Kind.MONEY})
_LONGEST = 60
_WORKING = frozenset({Unit.WORKING_DAYS, Unit.WORKING_HOURS})


@frozen
class Refusal:
    """Why a part of an expression cannot be asked in a database. `text`: the part, as it is written."""

    text: str
    reason: Text
    remedy: Text


class Untranslatable(VoronkaError):  # noqa: N818 - it says what the expression is
    """An expression that no database can judge as Python does. `refusal`: its first part of which that is true."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason, refusal.remedy)
        self.refusal = refusal


@lru_cache(maxsize=16384)  # asked of each node for all that it holds, again at each selection of a rule
def depends_on_record(node: Node) -> bool:
    """Return whether the value of `node` rests on the record: not on its text, the moment and the calendar alone."""
    return any(isinstance(part, _OF_RECORD) for part in walk(node))


@lru_cache(maxsize=4096)
def expanded(node: Decide) -> Node | None:
    """Return the decision in nodes that every backend knows, None if it has no such form."""
    return node.decision.expansion(node.operands)


def untranslatable(node: Node, *, unreadable: Container[str] = frozenset()) -> Iterator[Refusal]:
    """Yield what has no translation, in the order of writing.

    `unreadable`: names that the database does not hold, those of rows with their collection (``tasks.title``).
    What rests on nothing in the record is computed beforehand, so it is never refused.
    """
    if _depth(node) > _DEEPEST:
        yield Refusal(
            text=node.text,
            reason=Text("{text} is nested too deeply for a database.", text=_brief(node.text)),
            remedy=Text("Write it with fewer functions within each other."),
        )
        return
    yield from _parts(node, unreadable, None)


def _parts(node: Node, unreadable: Container[str], collection: str | None) -> Iterator[Refusal]:
    if not depends_on_record(node):
        return
    if isinstance(node, Decide) and (whole := expanded(node)) is not None:
        yield from _parts(whole, unreadable, collection)
        return
    if isinstance(node, Aggregate):
        collection = node.collection
    refusal = _refusal(node, unreadable, collection)
    if refusal is not None:
        yield refusal
        return
    if isinstance(node, Excess):
        for side in (node.left, node.right):
            yield from _lengths(side, unreadable, collection)
        return
    for child in children(node):
        yield from _parts(child, unreadable, collection)


def _lengths(node: Node, unreadable: Container[str], collection: str | None) -> Iterator[Refusal]:
    """Yield what of a duration that is compared has no length in a database."""
    match node:
        case _ if not depends_on_record(node):
            return
        case Computed(body=body):
            yield from _lengths(body, unreadable, collection)
        case Between(end=end, start=start):
            yield from _parts(end, unreadable, collection)
            yield from _parts(start, unreadable, collection)
        case DurationSum(left=left, right=right):
            yield from _lengths(left, unreadable, collection)
            yield from _lengths(right, unreadable, collection)
        case _:
            yield Refusal(
                text=node.text,
                reason=Text("The length of {text} differs from record to record.", text=node.text),
                remedy=Text(
                    "Compare what lies between two dates with a duration written out: {example}.",
                    example='now - created_at > "3 days"',
                ),
            )


@lru_cache(maxsize=4096)
def _depth(node: Node) -> int:
    """Return how many things wait for their end at once while the parser of SQLite reads `node`: at most so many."""
    if isinstance(node, Decide) and (whole := expanded(node)) is not None:
        return _depth(whole)
    if not depends_on_record(node):
        return 0
    match node:
        case If(condition=condition, then=then, otherwise=otherwise):  # one else after another is one list
            last = _depth(otherwise) - (_BRANCH if isinstance(otherwise, If) else 0)
            return _BRANCH + max(_depth(condition), _depth(then), last)
        case Arithmetic(operator=operator, left=left, right=right) if operator is not Operator.MOD:
            weight, less = (_EXACTLY, _AGAIN) if node.kind in _EXACT else (_WITH_DOUBLES, 0)
            added = operator in _ADDED and isinstance(left, Arithmetic) and left.operator in _ADDED
            first = _depth(left) + (0 if added else weight - less * _is_exact(left))  # one after another, too
            return max(first, _depth(right) + weight - less * _is_exact(right))
        case Negate(operand=operand) if node.kind in _EXACT:
            return _depth(operand) + _EXACTLY - _AGAIN * _is_exact(operand)
    return max(_weight(node) + max((_depth(child) for child in children(node)), default=0), _reach(node))


def _is_exact(node: Node) -> bool:
    """Tell whether a node is arithmetic whose overflow is looked for together with that of the node above it."""
    if node.kind not in _EXACT or not depends_on_record(node):
        return False
    return isinstance(node, Negate) or (isinstance(node, Arithmetic) and node.operator is not Operator.MOD)


def _reach(node: Node) -> int:
    """Return how deep the text of a node itself goes, whatever its operands are."""
    match node:
        case Shift() | DateOf():
            return _weight(node) + _IN_ZONE
        case Convert(operand=Node(type=type_)) if type_.kind in _ROUNDED:
            return 40
        case Apply(function=BuiltIn.FLOOR | BuiltIn.CEIL) | Arithmetic(operator=Operator.MOD):
            return 24
    return 0


def _weight(node: Node) -> int:  # noqa: C901 - one case a node
    match node:
        case Shift(operand=operand, duration=duration):
            unit = length(duration.value).unit if isinstance(duration, Const) and duration.value else Unit.MONTHS
            return _MOVED[operand.kind].get(unit, _MOVED_AT_MOST)
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
        case Aggregate() | Call() | Apply(function=BuiltIn.START_OF_WEEK):
            return 20
        case Apply(function=BuiltIn.LEAST | BuiltIn.GREATEST, operands=operands):
            return 12 * (len(operands) - 1).bit_length()
        case Apply(function=function) if function in _WITHIN_QUERY:
            return 12
        case Arithmetic() | Contains():
            return 12
        case Read(name=name):
            return 0 if node.of_row or "." not in name else 9
        case Computed() | Const():
            return 0
    return _LEVEL


def _brief(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _refusal(node: Node, unreadable: Container[str], collection: str | None) -> Refusal | None:
    reason: Text | None = None
    remedy = Text("Leave it out of this condition.")
    match node:
        case Changed() | Previous():
            reason = Text(
                "{text} is known only while a command is decided, not when records are looked for.", text=node.text
            )
        case Read(name=name) if (f"{collection}.{name}" if node.of_row else name) in unreadable:
            reason = Text("{text} is not kept in the database as one value.", text=node.text)
        case Aggregate(function=Function.SUM | Function.AVG, value=Node(type=type_)) if type_.kind in _ROUNDED:
            reason = Text(
                "The last digits of {text} would depend on the order in which a database adds numbers.", text=node.text
            )
            remedy = Text("Add up money or whole numbers: sum(orders, amount) / count(orders).")
        case Decide():
            reason = Text("What {text} gives cannot be asked of a database.", text=node.text)
        case Call(function=function) if function.sql is None:
            reason = Text("The function {name} exists in Python only.", name=function.name)
            remedy = Text("Ask the author of the plugin for its SQL form, or leave it out of this condition.")
        case DurationOf():
            reason = Text("The length of {text} differs from record to record.", text=node.text)
            remedy = Text("Write the number itself, as in days(2).")
        case Between() | DurationSum():
            reason = Text("A database does not work out the duration {text}, it only compares it.", text=node.text)
            remedy = Text(
                "Compare what lies between two dates with a duration written out: {example}.",
                example='now - created_at > "3 days"',
            )
        case Shift():
            reason, remedy = _shift(node) or (None, remedy)
    return None if reason is None else Refusal(text=node.text, reason=reason, remedy=remedy)


def _shift(node: Shift) -> tuple[Text, Text] | None:
    duration = node.duration
    if not isinstance(duration, Const) or not isinstance(duration.value, str):
        return (
            Text("The length that {text} is moved by differs from record to record.", text=node.operand.text),
            Text("Write the length itself, as in days(2)."),
        )
    if depends_on_record(node.operand) and Duration.parse(duration.value).unit in _WORKING:
        return (
            Text("A database does not count working time from a date of the record."),
            Text("Move the other side, as in x < now - working_days(2), or count: workdays_since(x) > 2."),
        )
    return None
