"""The typed form of an expression: what a backend generates from.

Every conversion is a node of its own and both sides of an operation have one kind, so that a backend needs no rules of
its own about types. A node's `text` is the piece of the source it stands for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum

from voronka.expressions.decision import Decision
from voronka.expressions.function import ExpressionFunction
from voronka.expressions.values import Kind, Type, Value
from voronka.frozen import frozen

__all__ = [
    "SAID",
    "Aggregate",
    "Apply",
    "Arithmetic",
    "Between",
    "Both",
    "BuiltIn",
    "Call",
    "Changed",
    "Clock",
    "Coalesce",
    "Compare",
    "Computed",
    "Const",
    "Contains",
    "Convert",
    "DateOf",
    "DaysSince",
    "Decide",
    "DurationOf",
    "DurationSum",
    "Either",
    "Excess",
    "Function",
    "If",
    "IsMissing",
    "LastInteraction",
    "LocalTime",
    "Negate",
    "Node",
    "Not",
    "Operator",
    "Previous",
    "Read",
    "Shift",
    "Visits",
    "Within",
    "children",
    "walk",
]


class Operator(StrEnum):
    """Comparisons and arithmetic. MOD takes the sign of the divisor."""

    EQ = "=="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="
    ADD = "+"
    SUB = "-"
    MUL = "*"
    DIV = "/"
    MOD = "mod"


class Function(StrEnum):
    """Aggregates over the rows of a collection; the last three only over all rows that a KPI counts."""

    COUNT = "count"
    SUM = "sum"
    AVG = "avg"
    MIN = "min"
    MAX = "max"
    FIRST = "first"
    LAST = "last"
    ANY = "any"
    ALL = "all"
    COUNT_DISTINCT = "count_distinct"
    MEDIAN = "median"
    PERCENTILE = "percentile"


class BuiltIn(StrEnum):
    """Functions of single values; each is named in the language as here, CONCAT alone is written ``+``.

    Of a DATE, as a DATE: START_OF_WEEK (Monday), START_OF_MONTH, START_OF_QUARTER, START_OF_YEAR; as an INTEGER: YEAR,
    MONTH, DAY, WEEKDAY (1 is Monday). Of texts: CONTAINS, STARTS_WITH and ENDS_WITH by code points (everything contains
    the empty text); LOWER by `voronka.expressions.texts.LOWERED` and nothing else; TRIM takes spaces (U+0020) from both
    ends; LENGTH counts code points; CONCAT. Of numbers: ABS in the kind of its operand, missing beyond 64 bits; FLOOR
    and CEIL of a NUMBER as an INTEGER, missing beyond 64 bits. LEAST and GREATEST of two or more operands of one kind.
    """

    START_OF_WEEK = "start_of_week"
    START_OF_MONTH = "start_of_month"
    START_OF_QUARTER = "start_of_quarter"
    START_OF_YEAR = "start_of_year"
    YEAR = "year"
    MONTH = "month"
    DAY = "day"
    WEEKDAY = "weekday"
    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"
    LOWER = "lower"
    TRIM = "trim"
    LENGTH = "length"
    CONCAT = "concat"
    ABS = "abs"
    FLOOR = "floor"
    CEIL = "ceil"
    LEAST = "least"
    GREATEST = "greatest"


@frozen(eq=False)
class Node:
    """A value of a known type."""

    type: Type
    text: str

    @property
    def kind(self) -> Kind:
        """The kind of the node's type."""
        return self.type.kind


@frozen(eq=False)
class Const(Node):
    """A value known beforehand, kept as its kind says; None only for the word ``missing``.

    `exact`: of a number that was written, its decimal text.
    """

    value: Value | None
    exact: str = ""


@frozen(eq=False)
class Read(Node):
    """A name of the subject, or a column if `of_row`. `least` and `most` bound what is given to it."""

    name: str
    of_row: bool = False
    present: bool = False
    pii: bool = False
    least: Value | None = None
    most: Value | None = None


@frozen(eq=False)
class Computed(Node):
    """A computed field or a definition, of the row if `of_row`: its expression, inlined under its name."""

    name: str
    body: Node
    of_row: bool = False


@frozen(eq=False)
class Clock(Node):
    """The moment of the command (DATETIME) or its local date (DATE)."""


@frozen(eq=False)
class LocalTime(Node):
    """A moment told by the wall clock `wall` (``2026-02-20 18:30``) of the environment's zone."""

    wall: str


@frozen(eq=False)
class DateOf(Node):
    """The local date of a DATETIME."""

    operand: Node


@frozen(eq=False)
class Convert(Node):
    """The same quantity as another kind, the node's own.

    INTEGER → NUMBER; INTEGER → MONEY, exact, of major units; MONEY → NUMBER, of major units; NUMBER or PERCENT → MONEY
    or INTEGER, rounded half up by `voronka.expressions.money.to_money`. `digits`: of the currency, or 0 for a NUMBER of
    coins; of a rounded number those it keeps, for which it is MONEY on the way; 0 for INTEGER. `rounded`: `round` gives
    it, and it is no amount, though it be MONEY on the way.
    """

    operand: Node
    digits: int = 0
    rounded: bool = False


@frozen(eq=False)
class Not(Node):
    """Negation; of unknown, unknown."""

    operand: Node


@frozen(eq=False)
class Both(Node):
    """Conjunction: false if one operand is, else unknown if one is, else true."""

    operands: tuple[Node, ...]


@frozen(eq=False)
class Either(Node):
    """Disjunction: true if one operand is, else unknown if one is, else false."""

    operands: tuple[Node, ...]


@frozen(eq=False)
class Compare(Node):
    """A comparison of two values of one kind; texts by code points. Unknown if either is missing.

    `why`: what is written, where that says the same of others.
    """

    operator: Operator
    left: Node
    right: Node
    why: tuple[Node, ...] = ()


@frozen(eq=False)
class Within(Node):
    """Whether the operand is one of the constants, which have its kind. Unknown if it is missing."""

    operand: Node
    options: tuple[Const, ...]


@frozen(eq=False)
class Contains(Node):
    """Whether `choices` holds the `item`. Unknown if either is missing."""

    choices: Node
    item: Node


@frozen(eq=False)
class IsMissing(Node):
    """Whether the operand is missing; never unknown."""

    operand: Node


@frozen(eq=False)
class If(Node):
    """`then` where the condition is TRUE, `otherwise` where it is false or unknown."""

    condition: Node
    then: Node
    otherwise: Node


@frozen(eq=False)
class Coalesce(Node):
    """The first operand that is not missing."""

    operands: tuple[Node, ...]


@frozen(eq=False)
class Arithmetic(Node):
    """A result in the node's kind; DIV takes and gives NUMBER. Missing by a missing operand, by overflow of 64 bits,
    by division by zero, by a result that is not finite.

    `why`: what is written, where this is worked out in another way.
    """

    operator: Operator
    left: Node
    right: Node
    why: tuple[Node, ...] = ()


@frozen(eq=False)
class Negate(Node):
    """The operand with the other sign."""

    operand: Node


@frozen(eq=False)
class Apply(Node):
    """What a function of single values gives; missing where an operand is."""

    function: BuiltIn
    operands: tuple[Node, ...]


@frozen(eq=False)
class DurationOf(Node):
    """So many of a `unit` (a `voronka.calendars.Unit`); missing where the INTEGER `count` is no possible one."""

    unit: str
    count: Node


@frozen(eq=False)
class Between(Node):
    """The DURATION from `start` to `end`, both DATE (in days) or both DATETIME (in whole minutes), perhaps negative."""

    end: Node
    start: Node


@frozen(eq=False)
class DurationSum(Node):
    """Two durations together (`sign` 1), or the left one less the right one; missing without a common measure."""

    left: Node
    right: Node
    sign: int


@frozen(eq=False)
class Excess(Node):
    """By how much the left DURATION is longer, an INTEGER in their common measure; missing where they have none."""

    left: Node
    right: Node


@frozen(eq=False)
class Shift(Node):
    """A DATE or DATETIME moved by a duration, forward (`sign` 1) or back (-1); a date stands for its first moment."""

    operand: Node
    duration: Node
    sign: int


@frozen(eq=False)
class DaysSince(Node):
    """Dates (or working dates) after the DATE operand up to and including today; negative for a later one."""

    operand: Node
    working: bool


@frozen(eq=False)
class LastInteraction(Node):
    """The DATETIME of the newest interaction of the deal in which the operand, a contact, was reached
    (`voronka.expressions.ledger.reached`); missing where there was none.
    """

    operand: Node


@frozen(eq=False)
class Call(Node):
    """What an added function gives for the operands; missing where one of them is."""

    function: ExpressionFunction
    operands: tuple[Node, ...]


@frozen(eq=False)
class Decide(Node):
    """What a decision gives for the values of its operands, missing ones among them.

    `why`: the same decision telling on what its result rests; None: that needs no telling.
    """

    decision: Decision
    operands: tuple[Node, ...]
    why: Decide | None = None


@frozen(eq=False)
class Visits(Node):
    """How often the stage was entered."""

    stage: str


@frozen(eq=False)
class Changed(Node):
    """Whether the command gives the name another value; never unknown."""

    name: str


@frozen(eq=False)
class Previous(Node):
    """The value of the name before the command."""

    name: str


@frozen(eq=False)
class Aggregate(Node):
    """A function over those rows of a collection for which the filter is TRUE.

    COUNT has no value. SUM, AVG, MIN and MAX pass over missing values; an empty SUM is 0, empty others are missing.
    FIRST and LAST take the first or last row as it is. ANY and ALL are the `Either` and `Both` of their values. AVG
    takes and gives NUMBER. COUNT_DISTINCT counts the values that differ and are not missing. MEDIAN and PERCENTILE take
    and give NUMBER, interpolated between the nearest ranks; `rank` of the latter: from 0 to 100.
    """

    function: Function
    collection: str
    value: Node | None = None
    filter: Node | None = None
    rank: float | None = None


_NO_PARTS = frozenset({*Node.__dataclass_fields__, "why"})
_PARTS: dict[type[Node], tuple[str, ...]] = {}
"""The fields in which each class may hold nodes."""


SAID = frozenset({"text", "type", "exact", "present", "pii", "least", "most", "why"})
"""What of a node says nothing about the value that it gives."""


def children(node: Node) -> Iterator[Node]:
    """Yield the nodes that `node` is made of, in the order of writing: of a `Decide` those it decides by."""
    kind = type(node)
    parts = _PARTS.get(kind)
    if parts is None:
        of_class = kind.__dataclass_fields__.items()
        parts = _PARTS[kind] = tuple(
            name for name, part in of_class if name not in _NO_PARTS and _holds_nodes(part.type)
        )
    for name in parts:
        value = getattr(node, name)
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple) and value and isinstance(value[0], Node):
            yield from value


def _holds_nodes(annotation: object) -> bool:
    """Tell whether a field of this type, as it is written, may hold nodes."""
    classes = (globals().get(word) for word in re.findall(r"\w+", str(annotation)))
    return any(isinstance(each, type) and issubclass(each, Node) for each in classes)


def names_in(node: Node, collection: str = "") -> Iterator[str]:
    """Yield the names that a node and all below it read, those behind definitions too; a column of a row by its whole
    name (``orders.amount``). `collection`: the one whose row the node is about.
    """
    if isinstance(node, Aggregate):
        collection = node.collection
    if isinstance(node, (Read, Changed, Previous, Computed)):
        of_row = isinstance(node, (Read, Computed)) and node.of_row
        yield f"{collection}.{node.name}" if of_row else node.name
    written = node.why if isinstance(node, (Arithmetic, Compare)) else ()
    for child in (*children(node), *written):
        yield from names_in(child, collection)


def walk(node: Node) -> Iterator[Node]:
    """Yield `node` and everything below it, from the top."""
    pending = [node]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(reversed(tuple(children(node))))
