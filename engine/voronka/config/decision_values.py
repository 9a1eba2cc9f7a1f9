"""Cells of tables, scales and bands: their inputs, the conditions over them, and the results with their types."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta

from voronka.calendars import MINUTE, TimeError, day_start, local, parse_date
from voronka.config.build_decisions import Decisions
from voronka.config.node import Node
from voronka.config.scalars import label, one_of, options_of, refuse
from voronka.definition.bands import Band
from voronka.definition.faults import brief
from voronka.definition.fields import Field, FieldType
from voronka.definition.tables import ANY, Condition, Input, Output, read_condition
from voronka.definition.tables.conditions import DECIDABLE, ORDERED, Reader, Span, any_of, condition_of, read_item
from voronka.definition.values import ValueFault, read_value
from voronka.expressions import Kind, Type, Value, suggest
from voronka.expressions.ir import Read
from voronka.expressions.terms import always_known
from voronka.messages import Label, Text

__all__ = ["as_input", "bands", "condition", "outputs", "result", "seen", "written"]

_TYPES = {
    Kind.NUMBER: FieldType.NUMBER,
    Kind.INTEGER: FieldType.INTEGER,
    Kind.MONEY: FieldType.MONEY,
    Kind.PERCENT: FieldType.PERCENT,
    Kind.BOOL: FieldType.BOOL,
    Kind.DATE: FieldType.DATE,
    Kind.DATETIME: FieldType.DATETIME,
}
_KINDS = {field: kind for kind, field in _TYPES.items() if kind is not Kind.DATETIME}
_KINDS |= {FieldType.TEXT: Kind.TEXT, FieldType.CHOICE: Kind.CHOICE}
"""Types that results may have."""
_DAY = timedelta(days=1)
_GUESSES = (FieldType.INTEGER, FieldType.NUMBER, FieldType.PERCENT, FieldType.DATE)
"""Types that are seen from cells, in the order in which they are tried."""


def as_input(node: Node | None, decisions: Decisions) -> Input | None:
    """Return the expression at `node` as something to be judged by conditions; None if it is wrong."""
    expression = decisions.expressions.compile(node, decisions.scope, expect=None)
    if expression is None or node is None:
        return None
    if expression.type.kind not in DECIDABLE:
        decisions.report.error(
            "V5902",
            node.place,
            Text("A value of the type {type} cannot be judged by conditions.", type=expression.type.kind),
            Text("Take a number, an amount, a percentage, a date, a choice, a text, or yes and no."),
        )
        return None
    least = most = None
    if isinstance(expression.node, Read) and (field := decisions.fields.get(expression.node.name)) is not None:
        least = None if field.least is None else field.least.value
        most = None if field.most is None else field.most.value
    return Input(text=node.text, type=expression.type, least=least, most=most, present=always_known(expression.node))


def condition(node: Node, asked: Input, decisions: Decisions) -> Condition | None:
    """Return what a cell asks of an input; None if it is wrong. A list is one of several values."""
    kind, read = asked.type.kind, _days(asked.type, decisions)
    if not node.is_sequence:
        if not node.text.strip():
            return ANY  # the schema has refused it
        try:
            return read_condition(node.text, kind, read)
        except ValueFault as fault:
            refuse(node, fault, decisions.report)
            return None
    if not all(each.text.strip() for each in node.elements) or not node.elements:
        return ANY  # likewise
    items: list[Value | Span] = []
    for each in node.elements:
        try:
            items.append(read_item(each.text, kind, read))
        except ValueFault as fault:
            refuse(each, fault, decisions.report)
    if len(items) < len(node.elements):
        return None
    return condition_of(any_of(each.text for each in node.elements), items)


def _days(type_: Type, decisions: Decisions) -> Reader:
    """Return what reads the cells of a column: of moments a date is the whole day, as expressions compare the two."""
    read, zone = _reader(type_, decisions), decisions.timezone
    if type_.kind is not Kind.DATETIME:
        return read

    def read_moment(text: str) -> Value | Span:
        moment = read(text)
        try:
            day = parse_date(text)
        except TimeError:
            return moment
        return Span(moment, day_start(day + _DAY, zone), to_high=False)

    return read_moment


def _reader(type_: Type, decisions: Decisions) -> Callable[[str], Value]:
    kind = _TYPES.get(type_.kind)
    field = Field(name="", type=kind or FieldType.TEXT, label=Label.plain(""))

    def read(text: str) -> Value:
        if kind is None and type_.options and text not in type_.options:
            meant = suggest(text, type_.options)
            raise ValueFault(
                Text("There is no option “{name}”.", name=text),
                Text("Did you mean {meant}?", meant=meant)
                if meant
                else Text("Use one of {known}.", known=", ".join(type_.options[:12])),
            )
        value = read_value(field, text, currency=decisions.currency, timezone=decisions.timezone)
        if value is None:
            raise ValueFault(Text("A value is missing here."), Text("Write any where every value will do."))
        return value

    return read


def outputs(
    node: Node | None, columns: Mapping[str, Sequence[Node]], decisions: Decisions, *, ranked: bool = False
) -> tuple[Output | None, ...]:
    """Return the declared outputs; None for one whose type cannot be told. That of one that is only named is seen from
    its `columns`.

    `ranked`: the first of them must be a choice, whose options say which result goes first.
    """
    found: list[Output | None] = []
    for name, declared in _declared(node):
        found.append(
            seen(name.text, columns.get(name.text, ()), decisions) if declared is None else _typed(name.text, declared)
        )
    first = found[0] if found else None
    if ranked and node is not None and first is not None and first.type.kind is not Kind.CHOICE:
        decisions.report.error(
            "V5903",
            node.place,
            Text("Which result goes first is said by the order of its options, and {name} has none.", name=first.name),
            Text(
                "Write “outputs: {{{name}: {{type: choice, options: […]}}}}”, the first option first.",
                name=first.name,
            ),
        )
    return tuple(found)


def _typed(name: str, declared: Node) -> Output | None:
    """Return an output with its declared type; None for a type that tables do not give: the schema has refused it."""
    field = one_of(FieldType, declared.get("type"))
    kind = None if field is None else _KINDS.get(field)
    if kind is None:
        return None
    options = options_of(declared.get("options"))
    return Output(name=name, type=Type(kind, tuple(options)), label=label(declared.get("label"), name), options=options)


def seen(name: str, cells: Iterable[Node], decisions: Decisions) -> Output | None:
    """Return an output whose type is not declared: it is seen from its cells. None if they are of several types."""
    type_ = _guess(name, list(cells), decisions)
    return None if type_ is None else Output(name=name, type=type_, label=Label.plain(name))


def _declared(node: Node | None) -> Iterable[tuple[Node, Node | None]]:
    if node is None:
        return []
    if node.is_mapping:
        return [(entry.key, entry.value) for entry in node.items()]
    return [(each, None) for each in node.elements]


def _guess(name: str, cells: Sequence[Node], decisions: Decisions) -> Type | None:
    """Return the type that all these cells can be read as: a text, if none can be read as another; else None, after
    reporting one that is unlike the others.
    """
    known = [cell for cell in cells if cell.is_scalar and cell.text != "missing"]
    if known and all(cell.text in {"true", "false"} for cell in known):
        return Type(Kind.BOOL)
    ways = {kind: [cell for cell in known if _reads(kind, cell.text, decisions)] for kind in _GUESSES}
    for kind, read in ways.items():
        if known and len(read) == len(known):
            return Type(_KINDS[kind])
    kind, read = max(reversed(ways.items()), key=lambda each: len(each[1]))  # of 0 and 5% both are meant as percents
    stranger = next((cell for cell in known if cell not in read), None)
    if read and stranger is not None:
        decisions.report.error(
            "V5911",
            stranger.place,
            Text(
                "“{text}” is no {type}, as other results of {output} are.",
                text=brief(stranger.text),
                type=_KINDS[kind],
                output=name,
            ),
            Text("Write all results of one type, or declare it: “outputs: {{{name}: {{type: …}}}}”.", name=name),
        )
        return None
    formula = next((cell for cell in known if cell.text.startswith("=")), None)
    if formula is not None:
        decisions.report.error(
            "V5911",
            formula.place,
            Text("A result is a value, and no expression: “{text}”.", text=brief(formula.text)),
            Text("Compute it in a field with a formula that reads the table; for literal text declare the type text."),
        )
        return None
    return Type(Kind.TEXT, tuple(dict.fromkeys(cell.text for cell in known)))


def _reads(kind: FieldType, text: str, decisions: Decisions) -> bool:
    if (kind is FieldType.PERCENT) is not text.rstrip().endswith("%"):
        return False
    try:
        field = Field(name="", type=kind, label=Label.plain(""))
        return read_value(field, text, currency=decisions.currency, timezone=decisions.timezone) is not None
    except ValueFault:
        return False


def result(node: Node, output: Output, decisions: Decisions) -> Value | None:
    """Return the result that a cell holds; None for ``missing``, and after reporting what is wrong."""
    if node.text == "missing" or not node.is_scalar:
        return None
    try:
        return _reader(output.type, decisions)(node.text)
    except ValueFault as fault:
        refuse(node, fault, decisions.report)
        return None


def bands(node: Node | None, asked: Input, decisions: Decisions) -> tuple[Band, ...]:
    """Return bands over an input, as they are written; those that cannot be told are left out and reported."""
    found: list[Band] = []
    if node is None:
        return ()
    for entry in node.items():
        start = entry.value.get("from") if entry.value.is_mapping else entry.value
        if start is None:
            continue
        try:
            least = _reader(asked.type, decisions)(start.text)
        except ValueFault as fault:
            refuse(start, fault, decisions.report)
            continue
        before = next((band for band in found if band.least == least), None)
        if before is not None or asked.type.kind not in ORDERED:
            decisions.report.error(
                "V5904",
                start.place,
                Text("The band {band} begins where another one does, or at no size.", band=entry.key.text),
                Text("Give each band a least value of its own."),
            )
            continue
        name = (
            label(entry.value.get("label"), entry.key.text) if entry.value.is_mapping else Label.plain(entry.key.text)
        )
        found.append(Band(name=entry.key.text, label=name, least=least, text=start.text))
    return tuple(found)


def written(values: Iterable[Value | None], inputs: Iterable[Input], decisions: Decisions) -> str:
    """Return an example as words of the table: its inputs with their values, moments by the workspace's clocks."""
    return ", ".join(
        f"{asked.text} = {_shown(value, asked.type.kind, decisions)}"
        for value, asked in zip(values, inputs, strict=True)
    )


def _shown(value: Value | None, kind: Kind, decisions: Decisions) -> str:
    from voronka.expressions.explanation import Explanation

    if kind is Kind.DATETIME and isinstance(value, int):
        return local(value, decisions.timezone).isoformat(" ", "auto" if value % MINUTE else "minutes")
    shown = Explanation(text="", kind=kind, result=value, digits=decisions.currency.digits)
    return shown.render().removeprefix(": ")
