"""Conditions and formulas as sentences: what an expression asks, without the signs it is written in."""

from __future__ import annotations

from collections.abc import Iterable

from voronka.calendars import Duration, Unit
from voronka.definition.wording.naming import Naming
from voronka.expressions import Expression, Kind
from voronka.expressions.ir import (
    Aggregate,
    Apply,
    Arithmetic,
    Between,
    Both,
    BuiltIn,
    Call,
    Changed,
    Clock,
    Coalesce,
    Compare,
    Computed,
    Const,
    Contains,
    Convert,
    DateOf,
    DaysSince,
    Decide,
    DurationOf,
    DurationSum,
    Either,
    Excess,
    Function,
    If,
    IsMissing,
    LastInteraction,
    LocalTime,
    Negate,
    Node,
    Not,
    Operator,
    Previous,
    Read,
    Shift,
    Visits,
    Within,
)
from voronka.messages import Text

__all__ = ["condition", "told_of_row", "told_value"]

_OPPOSITE = {
    Operator.EQ: Operator.NE,
    Operator.NE: Operator.EQ,
    Operator.LT: Operator.GE,
    Operator.GE: Operator.LT,
    Operator.GT: Operator.LE,
    Operator.LE: Operator.GT,
}
_SIGNS = {Operator.ADD: "+", Operator.SUB: "−", Operator.MUL: "×", Operator.DIV: "÷"}
_SUMS = (Operator.ADD, Operator.SUB)


def condition(expression: Expression, naming: Naming) -> str:
    """Return a condition as a sentence without its full stop."""
    return _Words(naming, expression.of).holds(expression.node, True)


def told_value(expression: Expression, naming: Naming) -> str:
    """Return in words what an expression gives."""
    words = _Words(naming)
    return words.holds(expression.node, True) if expression.type.kind is Kind.BOOL else words.value(expression.node)


def told_of_row(expression: Expression, naming: Naming) -> str:
    """Return in words what an expression about the first row of a collection gives, as of any row."""
    node = expression.node
    while isinstance(node, (Convert, Computed)):
        node = node.operand if isinstance(node, Convert) else node.body
    if isinstance(node, Aggregate) and node.value is not None:
        return _Words(naming, node.collection).value(node.value)
    return told_value(expression, naming)


class _Words:
    """Tells the nodes of an expression. `collection`: of whose row it is asked."""

    def __init__(self, naming: Naming, collection: str = "") -> None:
        self._naming = naming
        self._collection = collection

    def _of(self, collection: str) -> _Words:
        return _Words(self._naming, collection)

    def holds(self, node: Node, truth: bool) -> str:  # noqa: C901 - one case for each kind of condition
        """Return that a condition is true, or that it is false: each negation is told where it belongs."""
        say = self._naming.say
        match node:
            case Not(operand=operand):
                return self.holds(operand, not truth)
            case Both(operands=operands) | Either(operands=operands):
                return self._joined(operands, truth, every=isinstance(node, Both) is truth)
            case Compare():
                return self._compared(node, truth)
            case Within(operand=operand, options=options):
                told = self.value(operand)
                among = self._naming.listed(self._const(each, operand) for each in options)
                one, none = (
                    Text("{value} is one of ({options})", value=told, options=among),
                    Text("{value} is none of ({options})", value=told, options=among),
                )
                return say(one if truth else none)
            case Contains(choices=choices, item=item):
                parts = {"choices": self.value(choices), "item": self._beside(item, choices)}
                return say(
                    Text("{choices} holds {item}", **parts)
                    if truth
                    else Text("{choices} does not hold {item}", **parts)
                )
            case IsMissing(operand=operand):
                told = self.value(operand)
                return say(Text("{value} is empty", value=told) if truth else Text("{value} is filled in", value=told))
            case Computed(name=name, body=body) if not self._naming.known(name, self._row(node)):
                return self.holds(body, truth)
            case Const(value=value):
                return say(Text("always") if value is truth else Text("never"))
            case Changed(name=name):
                told = self._naming.called(name)
                return say(
                    Text("{value} changes", value=told) if truth else Text("{value} does not change", value=told)
                )
            case Aggregate(function=Function.ANY | Function.ALL):
                return self._rows(node, truth)
            case Coalesce(operands=(first, Const(value=bool() as instead))):
                told = self.holds(first, truth)
                return say(Text("{condition}, or it is not known", condition=told)) if instead is truth else told
            case If(condition=when, then=then, otherwise=otherwise):
                return self._chosen(when, self.holds(then, truth), self.holds(otherwise, truth))
            case Read(name=name) | Computed(name=name) if not self._row(node):
                return self._naming.state(name, holds=truth)
            case Apply(function=BuiltIn.CONTAINS | BuiltIn.STARTS_WITH | BuiltIn.ENDS_WITH as function):
                told = self._of_texts(function, *map(self.value, node.operands))
                return told if truth else say(Text("it is not so that {condition}", condition=told))
        told = self.value(node)
        return say(Text("{name}: yes", name=told) if truth else Text("{name}: no", name=told))

    def _joined(self, operands: Iterable[Node], truth: bool, *, every: bool) -> str:
        """Return conditions of which all or any are to hold; those that are joined the other way in brackets."""
        parts = []
        for each in operands:
            told, inner = self.holds(each, truth), self._opened(each)
            joined = isinstance(inner, (Both, Either)) and (isinstance(inner, Both) is truth) is not every
            parts.append(f"({told})" if joined or isinstance(inner, If) else told)
        told = parts[0]
        for part in parts[1:]:
            told = self._naming.say(_between(told, part, every=every))
        return told

    def _opened(self, node: Node) -> Node:
        while True:
            if isinstance(node, Computed) and not self._naming.known(node.name, self._row(node)):
                node = node.body
            elif isinstance(node, Not):
                node = node.operand
            else:
                return node

    def _compared(self, node: Compare, truth: bool) -> str:
        operator = node.operator if truth else _OPPOSITE[node.operator]
        left: Node = node.left
        right: Node = node.right
        if isinstance(right, Const) and isinstance(right.value, bool):
            return self.holds(left, right.value is (operator is Operator.EQ))
        if node.why:  # what is judged is another form of what is written
            written = self._naming.quoted(node.text)
            return written if truth else self._naming.say(Text("it is not so that {condition}", condition=written))
        if isinstance(left, Excess) and isinstance(right, Const) and right.value == 0:
            first, second = left.left, left.right
            left, right = first, second
        parts = {"left": self._beside(left, right), "right": self._beside(right, left)}
        return self._naming.say(_comparison(operator, left.kind, parts))

    def _beside(self, node: Node, other: Node) -> str:
        """Return a value as it is called beside another one: an option by the label that the other gives it."""
        return self._const(node, other) if isinstance(node, Const) else self.value(node)

    def _const(self, node: Const, beside: Node | None = None) -> str:
        if isinstance(node.value, str) and node.kind in {Kind.CHOICE, Kind.TEXT, Kind.REFERENCE, Kind.CHOICES}:
            while isinstance(beside, (Convert, Coalesce)):
                beside = beside.operand if isinstance(beside, Convert) else beside.operands[0]
            if isinstance(beside, (Read, Computed, Previous)):
                return self._naming.option(beside.name, node.value, self._row(beside))
        return self._naming.value(node.value, node.type)

    def _row(self, node: Node) -> str:
        """Return the collection of whose row a name is; empty for one of the record itself."""
        return self._collection if isinstance(node, (Read, Computed)) and node.of_row else ""

    def value(self, node: Node) -> str:  # noqa: C901 - one case for each kind of value
        """Return a value as a part of a sentence."""
        say, value = self._naming.say, self.value
        match node:
            case Const():
                return self._const(node)
            case Read(name=name):
                return self._naming.called(name, self._row(node))
            case Computed(name=name, body=body):
                known = self._naming.known(name, self._row(node))
                return self._naming.called(name, self._row(node)) if known else value(body)
            case Convert(operand=operand):
                return value(operand)
            case Clock():
                return say(Text("today") if node.kind is Kind.DATE else Text("now"))
            case LocalTime(wall=wall):
                return wall
            case DateOf(operand=operand):
                return value(operand)
            case If(condition=when, then=then, otherwise=otherwise):
                return self._chosen(when, value(then), value(otherwise))
            case Coalesce(operands=(first, *others)):
                instead = self._naming.listed(self._beside(each, first) for each in others)
                return say(Text("{value} (if empty: {instead})", value=value(first), instead=instead))
            case Arithmetic(why=(written,)):
                return value(written)
            case Arithmetic():
                return self._reckoned(node)
            case Negate(operand=operand):
                return f"−{self._bracketed(operand, around=Operator.MUL)}"
            case DurationOf(unit=unit, count=count):
                return say(Text("{count} × {unit}", count=value(count), unit=_one(unit)))
            case Between(start=start, end=end):
                return say(Text("the time from {start} to {end}", start=value(start), end=value(end)))
            case DurationSum(left=left, right=right, sign=sign):
                return f"{value(left)} {'+' if sign > 0 else '−'} {value(right)}"
            case Excess(left=left, right=right):
                return f"{value(left)} − {value(right)}"
            case Shift():
                return self._shifted(node)
            case DaysSince(operand=operand, working=working):
                told = value(operand)
                return say(
                    Text("the number of working days since {moment}", moment=told)
                    if working
                    else Text("the number of days since {moment}", moment=told)
                )
            case LastInteraction(operand=operand):
                return say(Text("the last contact with {person}", person=value(operand)))
            case Visits(stage=stage):
                return say(Text("how often the deal came to the stage {stage}", stage=self._naming.stage(stage)))
            case Previous(name=name):
                return say(Text("{value} before the change", value=self._naming.called(name)))
            case Aggregate():
                return self._aggregated(node)
            case Apply(function=function, operands=operands):
                return self._applied(function, [value(each) for each in operands])
            case Call(function=function, operands=operands):
                return f"{function.name}({self._naming.listed(map(value, operands))})"
            case Decide(decision=decision):
                return self._naming.called(decision.name)
        return self.holds(node, True) if node.kind is Kind.BOOL and isinstance(node, _CONDITIONS) else node.text

    def _chosen(self, when: Node, then: str, otherwise: str) -> str:
        parts = {"then": then, "condition": self.holds(when, True), "otherwise": otherwise}
        return self._naming.say(Text("{then} if {condition}, else {otherwise}", **parts))

    def _reckoned(self, node: Arithmetic) -> str:
        if node.operator is Operator.MOD:
            parts = {"left": self.value(node.left), "right": self.value(node.right)}
            return self._naming.say(Text("the remainder of {left} by {right}", **parts))
        left = self._bracketed(node.left, around=node.operator)
        right = self._bracketed(node.right, around=node.operator, after=True)
        return f"{left} {_SIGNS[node.operator]} {right}"

    def _bracketed(self, node: Node, *, around: Operator, after: bool = False) -> str:
        """Return a part of a calculation, in brackets where it would else be taken apart."""
        told, inner = self.value(node), node
        while isinstance(inner, Convert) or (isinstance(inner, Computed) and not self._naming.known(inner.name)):
            inner = inner.operand if isinstance(inner, Convert) else inner.body
        if isinstance(inner, (If, Coalesce)):
            return f"({told})"
        if not isinstance(inner, Arithmetic):
            return told
        apart = around not in _SUMS and inner.operator in _SUMS
        return f"({told})" if apart or (after and around in {Operator.SUB, Operator.DIV}) else told

    def _shifted(self, node: Shift) -> str:
        by = self.value(node.duration)
        if isinstance(node.operand, Clock):
            return self._naming.say(
                Text("{duration} from now", duration=by) if node.sign > 0 else Text("{duration} ago", duration=by)
            )
        return f"{self.value(node.operand)} {'+' if node.sign > 0 else '−'} {by}"

    def _rows(self, node: Aggregate, truth: bool) -> str:
        """Return that any or all rows are so, or that none or not all are."""
        inside, rows = self._of(node.collection), self._naming.collection(node.collection)
        wanted = [inside.holds(each, True) for each in (node.filter, node.value) if each is not None]
        if node.function is Function.ALL:
            told = {"rows": rows, "condition": wanted[-1]}
            every, some = (
                Text("{rows}: in every row {condition}", **told),
                Text("{rows}: not in every row {condition}", **told),
            )
            sentence = every if truth else some
        else:
            joined = wanted[0]
            for part in wanted[1:]:
                joined = self._naming.say(_between(joined, part, every=True))
            told = {"rows": rows, "condition": joined}
            one, none = (
                Text("{rows}: there is a row where {condition}", **told),
                Text("{rows}: there is no row where {condition}", **told),
            )
            sentence = one if truth else none
        return self._naming.say(sentence)

    def _aggregated(self, node: Aggregate) -> str:
        inside, rows = self._of(node.collection), self._naming.collection(node.collection)
        if node.filter is not None:
            where = inside.holds(node.filter, True)
            rows = self._naming.say(Text("{rows} (where {condition})", rows=rows, condition=where))
        if node.value is None:
            return self._naming.say(Text("the number of {rows}", rows=rows))
        told = {"value": inside.value(node.value), "rows": rows}
        wordings = {
            Function.SUM: Text("the sum of {value} over {rows}", **told),
            Function.AVG: Text("the mean of {value} over {rows}", **told),
            Function.MIN: Text("the least {value} of {rows}", **told),
            Function.MAX: Text("the greatest {value} of {rows}", **told),
            Function.FIRST: Text("the first {value} of {rows}", **told),
            Function.LAST: Text("the last {value} of {rows}", **told),
            Function.COUNT_DISTINCT: Text("the number of different {value} of {rows}", **told),
            Function.MEDIAN: Text("the median of {value} over {rows}", **told),
            Function.PERCENTILE: Text("percentile {rank} of {value} over {rows}", rank=f"{node.rank or 0:g}", **told),
        }
        return self._naming.say(wordings[node.function]) if node.function in wordings else self._rows(node, True)

    def _of_texts(self, function: BuiltIn, text: str, part: str) -> str:
        told = {"text": text, "part": part}
        match function:
            case BuiltIn.STARTS_WITH:
                return self._naming.say(Text("{text} starts with {part}", **told))
            case BuiltIn.ENDS_WITH:
                return self._naming.say(Text("{text} ends with {part}", **told))
        return self._naming.say(Text("{text} contains {part}", **told))

    def _applied(self, function: BuiltIn, operands: list[str]) -> str:
        if function in {BuiltIn.CONTAINS, BuiltIn.STARTS_WITH, BuiltIn.ENDS_WITH}:
            return self._of_texts(function, *operands)
        if function is BuiltIn.CONCAT:
            return " + ".join(operands)
        told = self._naming.listed(operands)
        return self._naming.say(_function(function, told))


_NUMBERS = {Kind.NUMBER, Kind.INTEGER, Kind.MONEY, Kind.PERCENT}
_CONDITIONS = (Not, Both, Either, Compare, Within, Contains, IsMissing, Changed)


def _one(unit: str) -> Text:
    return Duration(1, Unit(unit)).sentence()


def _comparison(operator: Operator, kind: Kind, told: dict[str, str]) -> Text:
    moment = kind in {Kind.DATE, Kind.DATETIME}
    match operator:
        case Operator.EQ:
            same = Text("{left} equals {right}", **told)
            return same if kind in _NUMBERS else Text("{left} is {right}", **told)
        case Operator.NE:
            other = Text("{left} does not equal {right}", **told)
            return other if kind in _NUMBERS else Text("{left} is not {right}", **told)
        case Operator.GE:
            return (
                Text("{left} is not before {right}", **told) if moment else Text("{left} is at least {right}", **told)
            )
        case Operator.LE:
            return Text("{left} is not after {right}", **told) if moment else Text("{left} is at most {right}", **told)
        case Operator.GT:
            return Text("{left} is after {right}", **told) if moment else Text("{left} is more than {right}", **told)
    return Text("{left} is before {right}", **told) if moment else Text("{left} is less than {right}", **told)


def _between(first: str, second: str, *, every: bool) -> Text:
    parts = {"first": first, "second": second}
    return Text("{first} and {second}", **parts) if every else Text("{first} or {second}", **parts)


def _function(function: BuiltIn, value: str) -> Text:
    wordings = {
        BuiltIn.START_OF_WEEK: Text("the beginning of the week of {value}", value=value),
        BuiltIn.START_OF_MONTH: Text("the beginning of the month of {value}", value=value),
        BuiltIn.START_OF_QUARTER: Text("the beginning of the quarter of {value}", value=value),
        BuiltIn.START_OF_YEAR: Text("the beginning of the year of {value}", value=value),
        BuiltIn.YEAR: Text("the year of {value}", value=value),
        BuiltIn.MONTH: Text("the month of {value}", value=value),
        BuiltIn.DAY: Text("the day of the month of {value}", value=value),
        BuiltIn.WEEKDAY: Text("the day of the week of {value} (Monday is 1)", value=value),
        BuiltIn.LOWER: Text("{value} in small letters", value=value),
        BuiltIn.TRIM: Text("{value} without spaces at its ends", value=value),
        BuiltIn.LENGTH: Text("the length of {value}", value=value),
        BuiltIn.ABS: Text("{value} without its sign", value=value),
        BuiltIn.FLOOR: Text("{value} rounded down", value=value),
        BuiltIn.CEIL: Text("{value} rounded up", value=value),
        BuiltIn.LEAST: Text("the least of: {value}", value=value),
        BuiltIn.GREATEST: Text("the greatest of: {value}", value=value),
    }
    return wordings[function]
