"""Sums, differences and comparisons of dates and durations: their typed forms."""

from __future__ import annotations

from voronka.calendars import Unit
from voronka.expressions import conversion
from voronka.expressions.durations import finer, length, measure, total
from voronka.expressions.ir import Between, Computed, Const, DurationOf, DurationSum, Excess, Node, Operator, Shift
from voronka.expressions.refusal import Refusal
from voronka.expressions.values import Kind, Type
from voronka.messages import Text

__all__ = ["excess", "spanned"]

_DURATION = Type(Kind.DURATION)
_DATED = frozenset({Kind.DATE, Kind.DATETIME})


def spanned(operator: Operator, left: Node, right: Node, text: str) -> Node | None:
    """Return a sum or difference of which a date or a duration is part; None if there is none of these.

    Raises `Refusal` for durations without a common measure.
    """
    if operator not in (Operator.ADD, Operator.SUB) or not {left.kind, right.kind} & {*_DATED, Kind.DURATION}:
        return None
    sign = 1 if operator is Operator.ADD else -1
    if left.kind is right.kind is Kind.DURATION:
        return _sum(left, right, sign, text)
    if sign > 0 and left.kind is Kind.DURATION:
        left, right = right, left
    if right.kind is Kind.DURATION and left.kind in _DATED:
        return Shift(type=left.type, text=text, operand=left, duration=right, sign=sign)
    if sign > 0:
        return None
    end, start = conversion.literal(left, right), conversion.literal(right, left)
    if end.kind not in _DATED or start.kind not in _DATED:
        return None
    if end.kind is not start.kind:
        end, start = conversion.to_date(end), conversion.to_date(start)
    return Between(type=_DURATION, text=text, end=end, start=start)


def _sum(left: Node, right: Node, sign: int, text: str) -> Node:
    _check_measures(left, right)
    if isinstance(left, Const) and isinstance(right, Const):
        found = total(str(left.value), str(right.value), sign)
        if found is None:
            raise Refusal(
                "E1103",
                Text("There is no duration {text}.", text=text),
                Text("A duration has at most a hundred years."),
            )
        return Const(type=_DURATION, text=text, value=found)
    return DurationSum(type=_DURATION, text=text, left=left, right=right, sign=sign)


def excess(left: Node, right: Node, text: str) -> Node:
    """Return by how much the left of two durations is longer; a text in quotes stands for one.

    Raises `Refusal` where only one of them is a duration, or they have no common measure.
    """
    sides = [
        conversion.to_duration(node) if isinstance(node, Const) and node.kind is Kind.TEXT else node
        for node in (left, right)
    ]
    if any(node.kind is not Kind.DURATION for node in sides):
        conversion.comparable(left, right, 0)  # which refuses
    _check_measures(*sides)
    return Excess(type=Type(Kind.INTEGER), text=text, left=sides[0], right=sides[1])


def _check_measures(left: Node, right: Node) -> None:
    one, other = _unit(left), _unit(right)
    if one is not None and other is not None and measure(one) is not measure(other):
        raise Refusal(
            "E1202",
            Text(
                "{left} and {right} have no common measure: how long each is depends on when it begins.",
                left=left.text,
                right=right.text,
            ),
            Text("Add each duration to a date and compare the dates."),
        )


def _unit(node: Node) -> Unit | None:
    """Return what a duration counts, as far as it can be told."""
    match node:
        case Const(value=str(value)):
            return length(value).unit
        case DurationOf(unit=unit):
            return Unit(unit)
        case Between(end=end):
            return Unit.DAYS if end.kind is Kind.DATE else Unit.MINUTES
        case DurationSum(left=left, right=right):
            one, other = _unit(left), _unit(right)
            return finer(one, other) if one is not None and other is not None else one or other
        case Computed(body=body):
            return _unit(body)
    return None
