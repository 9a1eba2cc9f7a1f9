"""What of an expression has no translation into SQL: the one list, for the check and for the compiler."""

from __future__ import annotations

from collections.abc import Container, Iterator

from voronka.calendars import Duration, Unit
from voronka.errors import VoronkaError
from voronka.expressions.functions import SIGNATURES
from voronka.expressions.ir import (
    Aggregate,
    Between,
    Call,
    Changed,
    Computed,
    Const,
    Convert,
    Decide,
    DurationOf,
    DurationSum,
    Excess,
    Function,
    Node,
    Previous,
    Read,
    Shift,
    children,
)
from voronka.expressions.layout import Let
from voronka.expressions.values import Kind
from voronka.frozen import frozen
from voronka.messages import Text
from voronka.sql.extent import DEEPEST, LARGEST, depends_on_record, expanded, extent

__all__ = ["Refusal", "Untranslatable", "untranslatable"]

_ROUNDED = frozenset({Kind.NUMBER, Kind.PERCENT})
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


def untranslatable(node: Node, *, unreadable: Container[str] = frozenset()) -> Iterator[Refusal]:
    """Yield what has no translation, in the order of writing.

    `unreadable`: names that the database does not hold, those of rows with their collection (``tasks.title``).
    What rests on nothing in the record is computed beforehand, so it is never refused.
    """
    if (refusal := _unfit(node)) is not None:
        yield refusal
        return
    yield from _parts(node, unreadable, None)


def _unfit(node: Node) -> Refusal | None:
    """Return why a database would not take `node`, whatever stands in it."""
    found = extent(node)
    if found.depth > DEEPEST:
        return _too_deep(node)
    if found.parts > LARGEST:
        return Refusal(
            text=node.text,
            reason=Text("{text} is too large for a database, with the tables that it reads.", text=_brief(node.text)),
            remedy=Text("Read fewer or shorter tables, and none of them twice."),
        )
    return None


def _too_deep(node: Node) -> Refusal:
    """Return the refusal of what is nested too deeply, which names the decision that asks of the deepest part."""
    decision, part, inner = "", "", node
    while below := list(children(inner)):
        deepest = max(below, key=lambda each: extent(each).depth)
        if isinstance(inner, Decide):
            decision, part = inner.decision.name, deepest.text
        inner = deepest
    text = _brief(node.text)
    if not decision:
        reason = Text("{text} is nested too deeply for a database.", text=text)
        return Refusal(text=node.text, reason=reason, remedy=Text("Write it with fewer functions within each other."))
    of_score = decision.startswith("scores.")
    return Refusal(
        text=node.text,
        reason=Text(
            "{text} is nested too deeply for a database, above all where {decision} asks of {part}.",
            text=text,
            decision=decision,
            part=_brief(part),
        ),
        remedy=Text(
            "Let {decision} ask of a field that is filled in, or trigger a rule by the event score.changed.",
            decision=decision,
        )
        if of_score
        else Text("Let {decision} ask of a field that is filled in, or of less.", decision=decision),
    )


def _parts(node: Node, unreadable: Container[str], collection: str | None) -> Iterator[Refusal]:
    if not depends_on_record(node):
        return
    if isinstance(node, Decide) and (whole := expanded(node)) is not None:
        yield from _parts(whole, unreadable, collection)
        return
    if isinstance(node, Let):  # its body is made of the names
        for operand in node.operands:
            yield from _parts(operand, unreadable, collection)
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


def _brief(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _mean(node: Aggregate, value: str) -> str:
    """Return a mean as a sum over a count: a row without a value counts in neither."""
    known = f"{value} is not missing"
    if node.filter is None:
        return f"sum({node.collection}, {value}) / count({node.collection}, {known})"
    which = node.filter.text
    return f"sum({node.collection}, {value}, {which}) / count({node.collection}, {known} and ({which}))"


def _refusal(node: Node, unreadable: Container[str], collection: str | None) -> Refusal | None:
    reason: Text | None = None
    remedy = Text("Leave it out of this condition.")
    match node:
        case Changed(name=name) | Previous(name=name):
            remedy = Text(
                "Leave it out; a rule that is to follow a change has “trigger: {{field: {name}}}”.", name=name
            )
            reason = Text(
                "{text} is known only while a command is decided, not when records are looked for.", text=node.text
            )
        case Read(name=name) if (f"{collection}.{name}" if node.of_row else name) in unreadable:
            reason = Text("{text} is not kept in the database as one value.", text=node.text)
        case Aggregate(function=Function.SUM | Function.AVG, value=Node(type=type_) as value) if type_.kind in _ROUNDED:
            reason = Text(
                "The last digits of {text} would depend on the order in which a database adds numbers.", text=node.text
            )
            remedy = Text("Add up money or whole numbers.")
            if isinstance(value, Convert) and value.operand.kind not in _ROUNDED:
                remedy = Text("Write {example}.", example=_mean(node, value.text))
        case Decide():
            reason = Text("What {text} gives cannot be asked of a database.", text=node.text)
        case Call(function=function) if function.sql is None:
            reason = Text("The function {name} exists in Python only.", name=function.name)
            of_plugin = Text("Ask the author of the plugin for its SQL form, or leave it out of this condition.")
            remedy = remedy if function.name in SIGNATURES else of_plugin
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
