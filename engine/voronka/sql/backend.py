"""What every database is told in the same words; where they differ, a subclass for each says how.

A kind is kept as Python keeps it (`voronka.expressions.Kind`): INTEGER, MONEY and DATETIME as 64-bit integers, NUMBER
and PERCENT as doubles, DATE as ISO text. Missing is NULL.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import BigInteger, Boolean, ColumnElement, Double, Text, bindparam, null
from sqlalchemy.types import TypeEngine

from voronka.expressions import Kind, Value
from voronka.expressions.texts import LOWERED
from voronka.sql.element import Sql

__all__ = ["BIGINT", "BOOL", "DOUBLE", "TEXT", "Backend", "type_of"]

BIGINT, BOOL, TEXT = BigInteger(), Boolean(), Text()
DOUBLE: Double[float] = Double()
_TYPES: dict[Kind, TypeEngine[Any]] = {
    Kind.NUMBER: DOUBLE,
    Kind.PERCENT: DOUBLE,
    Kind.INTEGER: BIGINT,
    Kind.MONEY: BIGINT,
    Kind.DATETIME: BIGINT,
    Kind.BOOL: BOOL,
}

_FIRST_DAY = 719_162
"""Days from 0001-01-01, a Monday, to 1970-01-01."""


def type_of(kind: Kind) -> TypeEngine[Any]:
    """Return the SQL type in which values of a kind are kept."""
    return _TYPES.get(kind, TEXT)


class Backend(ABC):
    """How one database says what an expression needs."""

    name: str
    """As SQLAlchemy calls it."""
    unindexed = "{0}"
    """The template of a column for which no index is to be used."""

    def __init__(self) -> None:
        self._named = 0

    def constant(self, value: Value | None, kind: Kind) -> ColumnElement[Any]:
        """Return a value known beforehand, as a parameter."""
        if value is not None:
            return self.parameter(value, type_of(kind))
        # Of no kind of its own, it takes that of what stands beside it; else PostgreSQL would take it for a text.
        return null() if kind is Kind.MISSING else Sql(type_of(kind), f"CAST(NULL AS {self.spelled(type_of(kind))})")

    def parameter(self, value: object, type_: TypeEngine[Any], name: str | None = None) -> ColumnElement[Any]:
        """Return a parameter that the database takes to be of the type; under a `name`, it can be given again."""
        return Sql(type_, f"CAST({{0}} AS {self.spelled(type_)})", bindparam(name, value, type_, unique=name is None))

    @abstractmethod
    def spelled(self, type_: TypeEngine[Any]) -> str:
        """Return the name of a type."""

    def new_name(self) -> str:
        """Return a name that nothing else has."""
        self._named += 1
        return f"v{self._named}"

    def let(self, body: Callable[..., ColumnElement[Any]], *values: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return `body` of values that are worked out once and may stand in it many times; no query stands in it."""
        row = self.new_name()
        names = [self.new_name() for _ in values]
        inner = body(*(Sql(value.type, self.bound(row, name)) for value, name in zip(values, names, strict=True)))
        return Sql(inner.type, self.binding(row, names), *values, inner)

    def bound(self, row: str, name: str) -> str:
        """Return how the body of a `let` calls a value."""
        return name

    @abstractmethod
    def binding(self, row: str, names: Sequence[str]) -> str:
        """Return the template by which the last of its parts sees those before under names of a `row`."""

    @abstractmethod
    def exact(self, operator: str, left: ColumnElement[Any], right: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return the sum, difference or product of integers, NULL beyond 64 bits."""

    @abstractmethod
    def double(self, operator: str, left: ColumnElement[Any], right: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return the result for doubles, NULL where it is not finite or the divisor is 0."""

    @abstractmethod
    def modulo(self, left: ColumnElement[Any], right: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return the remainder with the sign of the dividend, NULL where the divisor is 0."""

    @abstractmethod
    def divided(self, left: ColumnElement[Any], divisor: int) -> ColumnElement[Any]:
        """Return the whole quotient of an integer that is not negative."""

    @abstractmethod
    def truncated(self, number: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return a double within 64 bits without its decimals, as an integer."""

    @abstractmethod
    def total(self, name: str) -> str:
        """Return the template of the sum of the integers ``given`` by the query ``{0}``, which may be called `name`.

        The sum is NULL beyond 64 bits, 0 of none.
        """

    def ordered(self, column: str, type_: TypeEngine[Any]) -> str:
        """Return a column as it is ordered: texts by code points."""
        return column

    @abstractmethod
    def day_number(self, day: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return the days from 1970-01-01 to a date in ISO text."""

    @abstractmethod
    def date_text(self, number: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return the ISO text of the date so many days after 1970-01-01."""

    @abstractmethod
    def months_later(self, number: ColumnElement[Any], count: int) -> ColumnElement[Any]:
        """Return the day number so many months later; the 31st becomes the last date of a shorter month."""

    @abstractmethod
    def holds(self, choices: ColumnElement[Any], item: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return whether a choice of several holds an option."""

    def real(self, integer: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return an integer as a double."""
        return Sql(DOUBLE, f"CAST({{0}} AS {self.spelled(DOUBLE)})", integer)

    def by_code_point(self, text: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return a text that is ordered by the code points of its characters."""
        return text

    def remainder(self, left: ColumnElement[Any], right: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return the remainder with the sign of the divisor, NULL where that is 0."""
        signed = "(CASE WHEN {0} <> 0 AND ({0} < 0) <> ({1} < 0) THEN {0} + {1} ELSE {0} END)"
        return self.let(
            lambda a, b: self.let(lambda rest: Sql(BIGINT, signed, rest, b), self.modulo(a, b)),
            left,
            right,
        )

    def rounded(self, number: ColumnElement[Any], digits: int) -> ColumnElement[Any]:
        """Return a double in units of 10^-digits, as `voronka.expressions.money.to_money` rounds it."""

        def scaled(found: ColumnElement[Any]) -> ColumnElement[Any]:
            return Sql(
                DOUBLE,
                "(CASE WHEN abs({0}) <= {1} THEN abs({0}) * {2} END)",
                found,
                self.parameter(1e19, DOUBLE),
                self.parameter(float(10**digits), DOUBLE),
            )

        def nudged(found: ColumnElement[Any]) -> ColumnElement[Any]:
            return Sql(
                DOUBLE,
                "(CASE WHEN {0} < {1} THEN {0} * {2} ELSE {0} END)",
                found,
                self.parameter(2.0**45, DOUBLE),
                self.parameter(1.0 + 2.0**-50, DOUBLE),
            )

        def whole(number: ColumnElement[Any], found: ColumnElement[Any]) -> ColumnElement[Any]:
            return Sql(
                BIGINT,
                "(CASE WHEN {1} < {2} THEN (CASE WHEN {0} < 0 THEN -1 ELSE 1 END)"
                " * ({3} + (CASE WHEN {1} - {4} >= {5} THEN 1 ELSE 0 END))"
                " WHEN {1} = {2} AND {0} < 0 THEN {6} END)",
                number,
                found,
                self.parameter(2.0**63, DOUBLE),
                self.truncated(found),
                self.real(self.truncated(found)),
                self.parameter(0.5, DOUBLE),
                self.parameter(-(2**63), BIGINT),
            )

        def of(x: ColumnElement[Any]) -> ColumnElement[Any]:
            return self.let(lambda s: self.let(lambda n: whole(x, n), nudged(s)), scaled(x))

        return self.let(of, number)

    def floored(self, number: ColumnElement[Any], *, up: bool) -> ColumnElement[Any]:
        """Return the whole number below a double (above it, if `up`), NULL beyond 64 bits."""
        step = "+ (CASE WHEN {3} < {0} THEN 1 ELSE 0 END)" if up else "- (CASE WHEN {3} > {0} THEN 1 ELSE 0 END)"
        within = f"(CASE WHEN {{0}} >= -{{1}} AND {{0}} < {{1}} THEN {{2}} {step} END)"
        limit = self.parameter(2.0**63, DOUBLE)
        return self.let(
            lambda x: Sql(BIGINT, within, x, limit, self.truncated(x), self.real(self.truncated(x))), number
        )

    def absolute(self, number: ColumnElement[Any], *, exact: bool) -> ColumnElement[Any]:
        """Return a number without its sign; of an integer NULL beyond 64 bits."""
        if not exact:
            return Sql(DOUBLE, "abs({0})", number)
        zero = self.parameter(0, BIGINT)
        return self.let(
            lambda x: Sql(BIGINT, "(CASE WHEN {0} < 0 THEN {1} ELSE {0} END)", x, self.exact("-", zero, x)), number
        )

    def extreme(self, operands: Sequence[ColumnElement[Any]], *, greatest: bool) -> ColumnElement[Any]:
        """Return the least or the greatest operand, NULL where one is NULL."""
        operator = ">=" if greatest else "<="
        better = f"(CASE WHEN {{2}} {operator} {{1}} THEN {{0}} WHEN {{1}} {operator} {{0}} THEN {{1}} END)"

        def best(a: ColumnElement[Any], b: ColumnElement[Any]) -> ColumnElement[Any]:
            return Sql(a.type, better, a, b, self.by_code_point(a))

        found = list(operands)
        while len(found) > 1:  # by pairs: the deeper the nesting, the sooner a parser gives up
            pairs = zip(found[::2], found[1::2], strict=False)
            found = [self.let(best, a, b) for a, b in pairs] + found[len(found) // 2 * 2 :]
        return found[0]

    def lower(self, text: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return a text with the capital letters of `LOWERED` made small."""
        return Sql(TEXT, f"translate({{0}}, '{''.join(LOWERED)}', '{''.join(LOWERED.values())}')", text)

    @abstractmethod
    def trimmed(self, text: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return a text without the spaces at its ends."""

    def length(self, text: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return how many code points a text has."""
        return Sql(BIGINT, f"CAST(length({{0}}) AS {self.spelled(BIGINT)})", text)

    def contains(self, text: ColumnElement[Any], part: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return whether a text holds another."""
        return Sql(BOOL, "(strpos({0}, {1}) > 0)", text, part)

    def starts_with(self, text: ColumnElement[Any], part: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return whether a text begins with another."""
        return Sql(BOOL, "starts_with({0}, {1})", text, part)

    @abstractmethod
    def ends_with(self, text: ColumnElement[Any], part: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return whether a text ends with another."""

    def day_of_week(self, number: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return how many days a day number lies after Monday, 0 to 6."""
        return self.modulo(Sql(BIGINT, f"({{0}} + {_FIRST_DAY})", number), self.parameter(7, BIGINT))
