"""Cells of a decision table: what they ask of the value of one input.

``any``; ``missing``; ``>= 90%``; ``60%..90%`` (both ends belong to it); ``60%..<90%`` (the end does not); a value; a
list of these apart from each other by commas; ``not`` before any of them but ``any``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from voronka.definition.faults import ValueFault, brief
from voronka.expressions import Kind, Value
from voronka.frozen import frozen
from voronka.messages import Text

__all__ = ["ANY", "DECIDABLE", "ORDERED", "Condition", "Span", "any_of", "read_condition"]

ORDERED = frozenset({Kind.NUMBER, Kind.INTEGER, Kind.MONEY, Kind.PERCENT, Kind.DATE, Kind.DATETIME})
"""Kinds of inputs that may be compared by size."""

DECIDABLE = ORDERED | {Kind.TEXT, Kind.CHOICE, Kind.BOOL, Kind.REFERENCE}
"""Kinds that an input may have."""

_NEGATED = re.compile(r"not\s+(.*)", re.DOTALL)
_COMPARED = re.compile(r"(<=|>=|<|>|=)\s*(.+)", re.DOTALL)
_TYPED = str.maketrans({"≥": ">=", "≤": "<=", "≠": "not ", "–": "—", "…": ".."})
_DASH = re.compile(r"\s*—\s*")
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')
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


def read_condition(text: str, kind: Kind, read: Callable[[str], Value]) -> Condition:
    """Return what a cell asks of an input of `kind`. `read` gives the value that a text of it tells.

    Raises `ValueFault`.
    """
    # Blanks within a text belong to it; numbers and dates are read however far apart their parts stand.
    written = " ".join(text.split()) if kind in ORDERED else text.strip()
    if written in {"any", "-", "—"}:
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
    values: set[Value] = set()
    spans: list[Span] = []
    for item in (_NUMBERS if kind in ORDERED else _WORDS).split(rest):
        found = _item(item.strip(), kind, read)
        if isinstance(found, Span):
            spans.append(found)
        else:
            values.add(found)
    return Condition(text=written, negated=negated, values=frozenset(values), spans=tuple(spans))


def any_of(values: Iterable[str]) -> str:
    """Return the cell that asks for any of several, each written as in a cell of its own."""
    return ", ".join(_apart(value) for value in values)


def _apart(value: str) -> str:
    """Return a value of which no sign is taken for a separator: in quotes, of which those within are doubled."""
    if not re.search('[;,"]', value) or _QUOTED.fullmatch(value):
        return value
    doubled = value.replace('"', '""')
    return f'"{doubled}"'


def _item(text: str, kind: Kind, read: Callable[[str], Value]) -> Span | Value:
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
        return read(text)
    if kind not in ORDERED:
        raise ValueFault(
            Text("“{text}”: values of this input are not compared by size.", text=brief(text)),
            Text("Write the values themselves, apart from each other by commas."),
        )
    if compared is None:
        excluded = last.lstrip().startswith("<")
        low, high = read(first.strip()), read(last.strip().removeprefix("<").strip())
        if low > high or (excluded and low == high):  # type: ignore[operator] # of one kind
            raise ValueFault(
                Text("The range “{text}” holds nothing.", text=brief(text)),
                Text("Write the smaller value first."),
            )
        return Span(low, high, to_high=not excluded)
    sign, value = compared[1], read(compared[2].strip())
    if sign == "=":
        return value
    if sign.startswith(">"):
        return Span(low=value, from_low=sign == ">=")
    return Span(high=value, to_high=sign == "<=")
