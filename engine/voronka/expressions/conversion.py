"""How values of different kinds meet: literals take the kind of what they stand beside, the rest is converted."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

from voronka.calendars import CalendarEndError, Duration, DurationError, TimeError, parse_date, parse_datetime
from voronka.expressions.ir import (
    Apply,
    Arithmetic,
    BuiltIn,
    Coalesce,
    Computed,
    Const,
    Convert,
    DateOf,
    If,
    LocalTime,
    Negate,
    Node,
    Operator,
)
from voronka.expressions.refusal import Refusal, described
from voronka.expressions.suggestion import suggest
from voronka.expressions.values import Kind, Type
from voronka.messages import Plural, Text

__all__ = [
    "NUMERIC",
    "TEXTUAL",
    "assigned",
    "comparable",
    "is_amount",
    "joined",
    "literal",
    "meeting_numbers",
    "to_date",
    "to_duration",
    "to_money",
    "to_number",
]

NUMERIC = frozenset({Kind.INTEGER, Kind.NUMBER, Kind.PERCENT, Kind.MONEY})
TEXTUAL = frozenset({Kind.TEXT, Kind.CHOICE, Kind.REFERENCE})
_DATED = frozenset({Kind.DATE, Kind.DATETIME})
_MOST = 2**63 - 1


def to_number(node: Node, digits: int) -> Node:
    """Return a numeric `node` as NUMBER (a PERCENT is one already); money in major units."""
    if node.kind in {Kind.NUMBER, Kind.PERCENT}:
        return node
    if isinstance(node, Const) and isinstance(node.value, int) and node.kind is Kind.INTEGER:
        return replace(node, type=Type(Kind.NUMBER), value=float(node.value))
    return Convert(type=Type(Kind.NUMBER), text=node.text, operand=node, digits=digits)


def to_money(node: Node, digits: int, *, rounded: bool = False) -> Node:
    """Return an INTEGER or a literal as MONEY, exactly; `Refusal` for a literal with more decimals than money has.

    If `rounded`, any number will do, and is rounded half up.
    """
    if isinstance(node, Const) and node.exact:
        minor = Decimal(node.exact).scaleb(digits)
        if rounded:
            minor = minor.to_integral_value(ROUND_HALF_UP)
        if minor != minor.to_integral_value() or abs(minor) > _MOST:
            raise _no_amount(node, minor, digits)
        return replace(node, type=Type(Kind.MONEY), value=int(minor))
    return Convert(type=Type(Kind.MONEY), text=node.text, operand=node, digits=digits)


def _no_amount(node: Const, minor: Decimal, digits: int) -> Refusal:
    if abs(minor) > _MOST:
        reason = Text("{written} is more than any amount of money here.", written=node.exact)
        return Refusal("E1207", reason, Text("Write a smaller number."), part=node)
    reason = Text("{written} has more decimal places than money of this workspace.", written=node.exact)
    remedy = (
        Plural("Write at most {n} digit after the point.", "Write at most {n} digits after the point.", n=digits)
        if digits
        else Text("Write a whole number.")
    )
    return Refusal("E1207", reason, remedy, part=node)


def to_date(node: Node) -> Node:
    """Return a DATE, DATETIME or a date in quotes as DATE: the local date of a moment."""
    if isinstance(node, Const) and node.kind is Kind.TEXT:
        return _dated(node, Kind.DATE)
    if node.kind is Kind.DATETIME:
        return DateOf(type=Type(Kind.DATE), text=node.text, operand=node)
    if node.kind is Kind.DATE:
        return node
    raise Refusal(
        "E1201",
        Text("{written} is {kind}, not a date.", written=node.text, kind=described(node.type)),
        Text("Give a field of type date or datetime."),
        part=node,
    )


def meeting_numbers(nodes: Sequence[Node], digits: int) -> list[Node]:
    """Return numeric nodes as one kind: MONEY stays money beside whole numbers and literals, else all are NUMBER."""
    kinds = {node.kind for node in nodes}
    if len(kinds) == 1:
        return list(nodes)
    literal = [isinstance(node, Const) and bool(node.exact) for node in nodes]
    if Kind.MONEY in kinds:
        if all(n.kind in {Kind.MONEY, Kind.INTEGER} or known for n, known in zip(nodes, literal, strict=True)):
            return [node if node.kind is Kind.MONEY else to_money(node, digits) for node in nodes]
        return [to_number(node, digits) for node in nodes]
    return [to_number(node, digits) for node in nodes]


def comparable(left: Node, right: Node, digits: int) -> tuple[Node, Node]:
    """Return both sides of a comparison as one kind; `Refusal` if they have nothing to do with each other.

    A number that stands beside an amount is one, too, and rounded half up: nobody pays parts of the smallest coin.
    """
    kinds = {left.kind, right.kind}
    if Kind.NUMBER in kinds and Kind.PERCENT not in kinds and (is_amount(left, digits) or is_amount(right, digits)):
        return _amount(left, digits), _amount(right, digits)
    if kinds <= NUMERIC and kinds != {Kind.MONEY, Kind.PERCENT}:
        left, right = meeting_numbers((left, right), digits)
        return left, right
    left, right = literal(left, right), literal(right, left)
    kinds = {left.kind, right.kind}
    if kinds <= _DATED:
        return (left, right) if len(kinds) == 1 else (to_date(left), to_date(right))
    if kinds <= TEXTUAL and _share(left.type, right.type):
        return left, right
    if len(kinds) == 1 and kinds <= {Kind.BOOL}:
        return left, right
    raise Refusal(
        "E1202",
        Text(
            "{left} is {kind}, but {right} is {other}: they cannot be compared.",
            left=left.text,
            kind=described(left.type),
            right=right.text,
            other=described(right.type),
        ),
        _comparison_remedy(left, right),
    )


def is_amount(node: Node, digits: int) -> bool:
    """Tell whether a node is money, or a number that money was added to or taken from, be it one of alternatives."""
    match node:
        case _ if node.kind is Kind.MONEY:
            return True
        case Computed(body=body):
            return is_amount(body, digits)
        case Arithmetic(operator=Operator.ADD | Operator.SUB, left=left, right=right):
            return is_amount(left, digits) or is_amount(right, digits)
        case Negate(operand=operand):
            return is_amount(operand, digits)
        case Convert(operand=operand, rounded=False) if node.kind is Kind.NUMBER:
            return operand.kind is Kind.MONEY and node.digits == digits
        case If(then=then, otherwise=otherwise):
            return _are_amounts((then, otherwise), digits)
        case Coalesce(operands=operands):
            return _are_amounts(operands, digits)
        case Apply(function=BuiltIn.LEAST | BuiltIn.GREATEST | BuiltIn.ABS, operands=operands):
            return _are_amounts(operands, digits)
    return False


def _are_amounts(nodes: Sequence[Node], digits: int) -> bool:
    """Tell whether all alternatives but numbers written out are amounts, and there is one."""
    others = [node for node in nodes if not isinstance(node, Const)]
    return bool(others) and all(is_amount(node, digits) for node in others)


def _amount(node: Node, digits: int) -> Node:
    return node if node.kind is Kind.MONEY else to_money(node, digits)


def _comparison_remedy(left: Node, right: Node) -> Text:
    kinds = {left.kind, right.kind}
    if Kind.CHOICES in kinds:
        return Text('Ask whether a list holds an option: "option" in field.')
    if any(isinstance(each, Const) and each.value == "" for each in (left, right)):
        return _unfilled()
    number = next((each.exact for each in (left, right) if isinstance(each, Const) and each.exact), None)
    if Kind.DURATION in kinds and number is not None:
        return Text("Write the length of time with its unit: {example}.", example=f'days({number}), "{number} hours"')
    if Kind.DURATION in kinds:
        return Text("Compare a duration with another one by == or <: days(2), or {example}.", example='"2 days"')
    if kinds <= TEXTUAL:
        return Text("The two have no value in common: check which field is meant.")
    return Text("Compare values of one type; a text stands in quotes, a number does not.")


def _share(left: Type, right: Type) -> bool:
    if left.kind is Kind.REFERENCE and right.kind is Kind.REFERENCE and left.reference != right.reference:
        return False
    if left.kind is Kind.TEXT and right.kind is Kind.TEXT:
        return True
    return not left.options or not right.options or bool({*left.options} & {*right.options})


def literal(node: Node, beside: Node) -> Node:
    """Return a text literal as what it stands beside asks for; any other node as it is."""
    if not isinstance(node, Const) or node.kind is not Kind.TEXT:
        return node
    if beside.kind in _DATED:
        return _dated(node, beside.kind)
    if beside.kind in {Kind.CHOICE, Kind.CHOICES, Kind.REFERENCE} and beside.type.options:
        return _option(node, beside.type, beside)
    return node


def _option(node: Const, wanted: Type, beside: Node | None = None) -> Node:
    value = str(node.value)
    if not value and beside is not None:
        raise Refusal(
            "E1107",
            Text("An empty text is no option."),
            Text("Write {other} is missing.", other=beside.text),
            part=node,
        )
    if value not in wanted.options:
        meant = suggest(value, wanted.options)
        shown = ", ".join(wanted.options[:12]) + (", …" if len(wanted.options) > 12 else "")
        raise Refusal(
            "E1107",
            Text("There is no option {option} here.", option=value),
            Text("Did you mean {meant}?", meant=meant) if meant else Text("Choose of: {options}.", options=shown),
            meant,
            part=node,
        )
    return replace(node, type=Type(Kind.CHOICE, (value,)))


def _dated(node: Const, kind: Kind) -> Node:
    """Return a date or a moment in quotes; beside a moment, a date alone stays a date."""
    written = str(node.value)
    try:
        if kind is Kind.DATE or len(written.strip()) <= 10:
            return replace(node, type=Type(Kind.DATE), value=parse_date(written).isoformat())
        early, late = parse_datetime(written, "Etc/GMT+12"), parse_datetime(written, "Etc/GMT-12")
    except CalendarEndError:
        raise Refusal(
            "E1208",
            Text("{written} lies too near the end of the calendar.", written=node.text),
            Text("Write the day alone: {date}.", date=f'"{written.strip()[:10]}"'),
            part=node,
        ) from None
    except TimeError:
        raise _undated(node, kind) from None
    if early == late:
        return replace(node, type=Type(Kind.DATETIME), value=early)
    return LocalTime(type=Type(Kind.DATETIME), text=node.text, wall=written)


def _unfilled() -> Text:
    return Text("What nobody filled in is missing: write x is missing or x is not missing.")


def _undated(node: Const, kind: Kind) -> Refusal:
    """Return why a text is not what is needed: no date at all, or a moment where a day is meant."""
    written = str(node.value)
    if not written.strip():
        reason = Text("{written} is not a date.", written=node.text)
        return Refusal("E1208", reason, _unfilled(), part=node)
    if kind is not Kind.DATE:
        reason = Text("{written} is not a date.", written=node.text)
        remedy = Text("Write {date} or {moment}.", date='"2026-02-20"', moment='"2026-02-20 18:30"')
        return Refusal("E1208", reason, remedy, part=node)
    try:
        with suppress(CalendarEndError):
            parse_datetime(written, "Etc/UTC")
    except TimeError:
        reason = Text("{written} is not a date.", written=node.text)
        return Refusal("E1208", reason, Text("Write it as {date}.", date='"2026-02-20"'), part=node)
    reason = Text("{written} has a time of day, but stands for a whole day here.", written=node.text)
    day = f'"{written.strip()[:10]}"'
    return Refusal("E1208", reason, Text("Write the day alone: {date}.", date=day), day, part=node)


def joined(nodes: Sequence[Node], digits: int) -> list[Node]:
    """Return the possible results of one node (branches, alternatives) as one kind, the word ``missing`` aside."""
    known = [node for node in nodes if node.kind is not Kind.MISSING]
    kinds = {node.kind for node in known}
    dated = kinds & _DATED
    if len(dated) == 1 and kinds <= {*dated, Kind.TEXT}:
        kind = next(iter(dated))
        known = [_moment(node, kind) if node.kind is Kind.TEXT else node for node in known]
    elif kinds <= NUMERIC and kinds != {Kind.MONEY, Kind.PERCENT}:
        known = _joined_numbers(known, digits)
    elif kinds <= TEXTUAL:
        shared = _shared_text(known)
        known = [replace(node, type=shared) for node in known]
    kinds = {node.kind for node in known}
    if len(kinds) > 1:
        first = known[0]
        other = next(node for node in known if node.kind is not first.kind)
        raise Refusal(
            "E1201",
            Text(
                "{left} is {kind}, but {right} is {other}: one result cannot be both.",
                left=first.text,
                kind=described(first.type),
                right=other.text,
                other=described(other.type),
            ),
            Text("Give alternatives of one type."),
        )
    result = known[0].type if known else Type(Kind.MISSING)
    replaced = iter(known)
    return [replace(n, type=result) if n.kind is Kind.MISSING else next(replaced) for n in nodes]


def _joined_numbers(nodes: list[Node], digits: int) -> list[Node]:
    if {node.kind for node in nodes} <= {Kind.PERCENT, Kind.INTEGER, Kind.NUMBER} and any(
        node.kind is Kind.PERCENT for node in nodes
    ):
        literal = all(node.kind is Kind.PERCENT or isinstance(node, Const) for node in nodes)
        shared = Type(Kind.PERCENT if literal else Kind.NUMBER)
        return [replace(to_number(node, digits), type=shared) for node in nodes]
    return meeting_numbers(nodes, digits)


def _moment(node: Node, kind: Kind) -> Node:
    if not isinstance(node, Const):
        return node
    found = _dated(node, kind)
    if kind is Kind.DATETIME and found.kind is Kind.DATE:
        return LocalTime(type=Type(kind), text=node.text, wall=str(node.value))
    return found


def _shared_text(nodes: list[Node]) -> Type:
    types = [
        Type(Kind.TEXT, (str(node.value),)) if isinstance(node, Const) and node.kind is Kind.TEXT else node.type
        for node in nodes
    ]
    if len({*types}) == 1:
        return types[0]
    references = [node.type for node in nodes if not isinstance(node, Const)]
    if references and references[0].kind is Kind.REFERENCE and len({*references}) == 1:
        return Type(Kind.REFERENCE, reference=references[0].reference)
    kinds = {one.kind for one in types}
    if kinds <= {Kind.TEXT, Kind.CHOICE} and all(one.options for one in types):
        options = tuple(dict.fromkeys(option for one in types for option in one.options))
        return Type(Kind.CHOICE if Kind.CHOICE in kinds else Kind.TEXT, options)
    return Type(Kind.TEXT)


def assigned(node: Node, wanted: Type, digits: int) -> Node:
    """Return `node` as a value of the type a place asks for; a number becomes money rounded half up. Else `Refusal`."""
    if node.kind is Kind.MISSING:
        return replace(node, type=wanted)
    if isinstance(node, Const) and node.kind is Kind.TEXT:
        found = _text_assigned(node, wanted)
    elif node.kind in NUMERIC:
        found = _number_assigned(node, wanted, digits)
    else:
        found = _other_assigned(node, wanted)
    if found is not None:
        return found
    raise Refusal(
        "E1205",
        Text(
            "The result is {kind}, but {wanted} is needed here.",
            kind=described(node.type),
            wanted=described(wanted),
        ),
        Text("Make a condition of it: {text} is not missing, or a comparison.", text=node.text)
        if wanted.kind is Kind.BOOL
        else Text("Change the expression, or the type of the field."),
    )


def _text_assigned(node: Const, wanted: Type) -> Node | None:
    match wanted.kind:
        case Kind.TEXT:
            return node
        case Kind.CHOICE | Kind.REFERENCE:
            return replace(_option(node, wanted) if wanted.options else node, type=wanted)
        case Kind.DATE:
            return to_date(node)
        case Kind.DATETIME:
            return _moment(node, Kind.DATETIME)
        case Kind.DURATION:
            return to_duration(node)
    return None


def _number_assigned(node: Node, wanted: Type, digits: int) -> Node | None:
    match wanted.kind:
        case Kind.MONEY if node.kind is not Kind.PERCENT:
            return node if node.kind is Kind.MONEY else to_money(node, digits, rounded=True)
        case Kind.NUMBER | Kind.PERCENT if node.kind is not Kind.MONEY:
            return replace(to_number(node, digits), type=wanted)
        case Kind.INTEGER if node.kind is Kind.INTEGER:
            return node
    return None


def _other_assigned(node: Node, wanted: Type) -> Node | None:
    kinds = (node.kind, wanted.kind)
    if kinds in {(Kind.CHOICE, Kind.CHOICE), (Kind.TEXT, Kind.CHOICE), (Kind.CHOICES, Kind.CHOICES)}:
        return replace(node, type=wanted) if _within(node.type, wanted) else None
    if kinds == (Kind.REFERENCE, Kind.REFERENCE):
        return node if wanted.reference in (None, node.type.reference) else None
    if kinds == (Kind.DATETIME, Kind.DATE):
        return to_date(node)
    if kinds[0] is kinds[1] or kinds == (Kind.CHOICE, Kind.TEXT):
        return replace(node, type=wanted)
    return None


def _within(given: Type, wanted: Type) -> bool:
    if not wanted.options:
        return given.kind is wanted.kind or bool(given.options)
    if given.options and (strange := [option for option in given.options if option not in wanted.options]):
        raise Refusal(
            "E1107",
            Text("There is no option {option} here.", option=strange[0]),
            Text("Choose of: {options}.", options=", ".join(wanted.options[:12])),
            suggest(strange[0], wanted.options),
        )
    return bool(given.options)


def to_duration(node: Const) -> Node:
    """Return the duration that a text in quotes tells; `Refusal` if it tells none."""
    try:
        return replace(node, type=Type(Kind.DURATION), value=str(Duration.parse(str(node.value))))
    except DurationError:
        raise Refusal(
            "E1208",
            Text("{written} is not a duration.", written=node.text),
            Text("Write days(2) or {example}.", example='"2 working days"'),
            part=node,
        ) from None
