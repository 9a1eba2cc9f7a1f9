"""Cells of a decision table: what they ask of the value of one input.

``any``; ``missing``; ``>= 90%``; ``60%..90%`` (both ends belong to it); ``60%..<90%`` (the end does not); a value; a
list of these apart from each other by commas; ``not`` before any of them but ``any``. Of moments a date stands for the
whole local day, as in expressions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from voronka.definition.faults import ValueFault, brief
from voronka.definition.tables.wordings import meant_by
from voronka.expressions import Kind, Value
from voronka.frozen import frozen
from voronka.messages import Text

__all__ = [
    "ANY",
    "DECIDABLE",
    "ORDERED",
    "Condition",
    "Reader",
    "Span",
    "any_of",
    "condition_of",
    "read_condition",
    "read_item",
]

ORDERED = frozenset({Kind.NUMBER, Kind.INTEGER, Kind.MONEY, Kind.PERCENT, Kind.DATE, Kind.DATETIME})
"""Kinds of inputs that may be compared by size."""

_COUNTED = ORDERED - {Kind.DATE, Kind.DATETIME}

DECIDABLE = ORDERED | {Kind.TEXT, Kind.CHOICE, Kind.BOOL, Kind.REFERENCE}
"""Kinds that an input may have."""

_NEGATED = re.compile(r"not\s+(.*)", re.DOTALL)
_COMPARED = re.compile(r"(<=|>=|<|>|=)\s*(.+)", re.DOTALL)
_TYPED = str.maketrans({"≥": ">=", "≤": "<=", "≠": "not ", "–": "—", "…": ".."})
_DASH = re.compile(r"\s*—\s*")
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')
_ANYTHING = frozenset({"any", "-", "—"})
_WHOLE = _ANYTHING | {"missing"}
# A comma inside a number (0,5) separates nothing: what it separates has a blank after it.
_NUMBERS = re.compile(r";|,\s+")
_WORDS = re.compile(r'\s*[;,]\s*(?=(?:[^"]*"[^"]*")*[^"]*$)')


@frozen(kw_only=False)
class Span:
    """Ordered values from `low` to `high`; None: without end. `from_low` and `to_high`: the end belongs to it."""

    low: Value | None = None
    high: Value | None = None
    from_low: bool = True
    to_high: bool = True

    def holds(self, value: Value) -> bool:
        """Tell whether a value lies in it."""
        if self.low is not None and (value < self.low or (value == self.low and not self.from_low)):  # type: ignore[operator] # one kind
            return False
        return not (
            self.high is not None and (value > self.high or (value == self.high and not self.to_high))  # type: ignore[operator] # one kind
        )


@frozen
class Condition:
    """What a cell asks of a value. `text`: as it is written.

    `everything`: it holds for all values, missing ones too. `missing`: it holds for a missing one alone. Else it holds
    for `values` and what lies in one of the `spans`, or with `negated` for the other known values.
    """

    text: str
    everything: bool = False
    missing: bool = False
    negated: bool = False
    values: frozenset[Value] = frozenset()
    spans: tuple[Span, ...] = ()

    def holds(self, value: Value | None) -> bool:
        """Tell whether it is true of a value; unknown counts as not true."""
        if self.everything:
            return True
        if value is None:
            return self.missing and not self.negated
        if self.missing:
            return self.negated
        return (value in self.values or any(span.holds(value) for span in self.spans)) is not self.negated


ANY = Condition(text="any", everything=True)

Reader = Callable[[str], Value | Span]
"""Gives the value that a text tells; of a date among moments the day, from its first moment to that of the next day."""


def read_condition(text: str, kind: Kind, read: Reader) -> Condition:
    """Return what a cell asks of an input of `kind`. Raises `ValueFault`."""
    # Blanks within a text belong to it; numbers and dates are read however far apart their parts stand.
    written = " ".join(text.split()) if kind in ORDERED else text.strip()
    if written in _ANYTHING:
        return ANY
    rest, negated = written, False
    if denied := _NEGATED.fullmatch(written):
        rest, negated = denied[1], True
    if rest == "missing":
        return Condition(text=written, missing=True, negated=negated)
    if rest == "any" or not rest:
        raise ValueFault(
            Text("“{text}” asks nothing.", text=brief(text)), Text("Write a value, a comparison such as >= 10, or any.")
        )
    items = (_NUMBERS if kind in ORDERED else _WORDS).split(rest)
    return condition_of(
        written, [read_item(item, kind, read, listed=len(items) > 1) for item in items], negated=negated
    )


def condition_of(text: str, items: Iterable[Value | Span], *, negated: bool = False) -> Condition:
    """Return the condition that holds for one of several items, or with `negated` for the other known values."""
    values: set[Value] = set()
    spans: list[Span] = []
    for item in items:
        if isinstance(item, Span):
            spans.append(item)
        else:
            values.add(item)
    return Condition(text=text, negated=negated, values=frozenset(values), spans=tuple(spans))


def any_of(values: Iterable[str]) -> str:
    """Return the cell that asks for any of several items of a list."""
    return ", ".join(_apart(value) for value in values)


def _apart(value: str) -> str:
    """Return a value of which nothing is taken for a separator or a word of cells: in quotes, those within doubled."""
    if _QUOTED.fullmatch(value) or not (re.search('[;,"]', value) or _says_more(value)):
        return value
    return _in_quotes(value)


def _in_quotes(value: str) -> str:
    doubled = value.replace('"', '""')
    return f'"{doubled}"'


def _says_more(item: str) -> bool:
    """Tell whether an item is a word that has its meaning as the whole of a cell, or begins with one."""
    return item in _WHOLE or _NEGATED.fullmatch(item) is not None


def read_item(text: str, kind: Kind, read: Reader, *, listed: bool = True) -> Value | Span:
    """Return what one item of a cell asks for: a value, or the values of a span. `listed`: it is one of a list.

    Raises `ValueFault`.
    """
    text = " ".join(text.split()) if kind in ORDERED else text.strip()
    if listed and _says_more(text):
        raise _no_item(text, read)
    return _item(text, kind, read)


def _no_item(text: str, read: Reader) -> ValueFault:
    reason = Text("“{text}” is no item of a list.", text=brief(text))
    if text in _WHOLE:
        remedy = Text("Give {text} a row of its own, where it is the whole cell.", text=text)
    else:
        remedy = Text("Write not once, as the first word of a cell without brackets: “not a, b” is neither of both.")
    try:
        read(text)
    except ValueFault:
        return ValueFault(reason, remedy)
    quoted = Text("A value that is called so stands in quotes: {quoted}", quoted=_in_quotes(brief(text)))
    return ValueFault(reason, Text("{reason} {remedy}", reason=remedy, remedy=quoted))


def _item(text: str, kind: Kind, read: Reader) -> Value | Span:
    if quoted := _QUOTED.fullmatch(text):
        return read(quoted[1].replace('""', '"'))
    if kind in ORDERED and (typed := text.translate(_TYPED)) != text:
        meant = _DASH.sub("..", typed)
        raise ValueFault(
            Text("“{text}” is written with signs that a cell does not know.", text=brief(text)),
            Text("Write {meant}.", meant=meant),
        )
    compared = _COMPARED.fullmatch(text)
    first, dots, last = text.partition("..")
    if compared is None and not (dots and kind in ORDERED):
        return _value(text, kind, read)
    if kind not in ORDERED:
        raise ValueFault(
            Text("“{text}”: values of this input are not compared by size.", text=brief(text)),
            Text("Write the values themselves, apart from each other by commas."),
        )
    if compared is None:
        excluded = last.lstrip().startswith("<")
        low = _beyond(">=", read(first.strip()))
        high = _beyond("<" if excluded else "<=", read(last.strip().removeprefix("<").strip()))
        if low.low > high.high or (low.low == high.high and not high.to_high):  # type: ignore[operator] # of one kind
            raise ValueFault(
                Text("The range “{text}” holds nothing.", text=brief(text)),
                Text("Write the smaller value first."),
            )
        return Span(low.low, high.high, to_high=high.to_high)
    sign, value = compared[1], read(compared[2].strip())
    return value if sign == "=" else _beyond(sign, value)


def _value(text: str, kind: Kind, read: Reader) -> Value | Span:
    try:
        return read(text)
    except ValueFault as fault:
        meant = meant_by(text, ordered=kind in _COUNTED)
        if meant is None:
            raise
        raise ValueFault(fault.reason, Text("Write {meant}.", meant=meant)) from None


def _beyond(sign: str, value: Value | Span) -> Span:
    """Return what lies on that side of a value, or of a span as a whole."""
    if not isinstance(value, Span):
        value = Span(value, value)
    match sign:
        case ">=":
            return Span(low=value.low, from_low=value.from_low)
        case ">":
            return Span(low=value.high, from_low=not value.to_high)
        case "<=":
            return Span(high=value.high, to_high=value.to_high)
    return Span(high=value.low, to_high=not value.from_low)
