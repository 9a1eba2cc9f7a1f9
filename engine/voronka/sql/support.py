"""What of an expression has no translation into SQL: the one list, for the check and for the compiler."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass

from voronka.calendars import Duration, Unit
from voronka.errors import VoronkaError
from voronka.expressions.ir import (
    Aggregate,
    Call,
    Changed,
    Const,
    Decide,
    DurationOf,
    Function,
    Node,
    Previous,
    Read,
    Shift,
    Visits,
    children,
    walk,
)
from voronka.expressions.values import Kind
from voronka.messages import Text

__all__ = ["Refusal", "Untranslatable", "depends_on_record", "untranslatable"]

_OF_RECORD = (Read, Visits, Changed, Previous, Aggregate)
_ROUNDED = frozenset({Kind.NUMBER, Kind.PERCENT})
_WORKING = frozenset({Unit.WORKING_DAYS, Unit.WORKING_HOURS})


@dataclass(frozen=True, kw_only=True, slots=True)
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


def depends_on_record(node: Node) -> bool:
    """Return whether the value of `node` rests on the record: not on its text, the moment and the calendar alone."""
    return any(isinstance(part, _OF_RECORD) for part in walk(node))


def untranslatable(
    node: Node, *, unreadable: Container[str] = frozenset(), collection: str | None = None
) -> Iterator[Refusal]:
    """Yield what has no translation, in the order of writing.

    `unreadable`: names that the database does not hold, those of rows with their `collection` (``tasks.title``).

    What rests on nothing in the record is computed beforehand, so it is never refused.
    """
    if not depends_on_record(node):
        return
    if isinstance(node, Decide) and (whole := node.decision.expansion(node.operands)) is not None:
        yield from untranslatable(whole, unreadable=unreadable, collection=collection)
        return
    if isinstance(node, Aggregate):
        collection = node.collection
    refusal = _refusal(node, unreadable, collection)
    if refusal is not None:
        yield refusal
        return
    for child in children(node):
        yield from untranslatable(child, unreadable=unreadable, collection=collection)


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
