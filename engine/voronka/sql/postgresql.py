"""PostgreSQL: overflow and division by zero are errors there, so that each is seen before it happens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.types import BigInteger, Boolean, Double, Text, TypeEngine

from voronka.sql.backend import BIGINT, BOOL, DOUBLE, TEXT, Backend
from voronka.sql.element import Sql

__all__ = ["PostgresqlBackend"]

# Of a numeric: as a bigint, or NULL. `least` and `greatest` pass over NULL, which then ends as the lower bound.
_WITHIN = (
    "CAST(nullif(nullif(least(greatest({}, -9223372036854775809), 9223372036854775808),"
    " -9223372036854775809), 9223372036854775808) AS bigint)"
)

# Powers of two scale a double without loss, as far as that stays clear of both ends.
_SUM = (
    "(CASE WHEN sign({0}) <> sign({1} * {2}) OR (abs({0}) < {3} AND abs({1}) < {3}) OR abs({0}) < 1 OR abs({1}) < 1"
    " OR abs({0} / 2 + {1} / 2 * {2}) < {3} THEN {0} + {1} * {2} END)"
)
_PRODUCT = (
    "(CASE WHEN abs({0}) >= 1 AND abs({1}) >= 1 AND (abs({0}) / {2}) * (abs({1}) / {2}) >= 1 THEN NULL"
    " WHEN {0} = 0 OR {1} = 0 THEN {0} * {1}"
    " WHEN abs({0}) < 1 / {3} AND abs({1}) < 1 / {3} THEN 0"
    " WHEN abs({0}) < 1 AND abs({1}) < 1 AND (abs({0}) * {4}) * (abs({1}) * {4}) <= {5} THEN 0"
    " ELSE {0} * {1} END)"
)
_QUOTIENT = (
    "(CASE WHEN {1} = 0 THEN NULL WHEN {0} = 0 THEN {0} / {1}"
    " WHEN abs({1}) < 1 AND abs({0}) >= {6} AND abs({0}) / {2} >= abs({1}) * {2} THEN NULL"
    " WHEN abs({1}) > 1 AND abs({0}) < 1 AND abs({0}) * {7} <= abs({1}) / {3} THEN 0"
    " ELSE {0} / {1} END)"
)


class PostgresqlBackend(Backend):
    """PostgreSQL with UTF-8."""

    name = "postgresql"

    def spelled(self, type_: TypeEngine[Any]) -> str:
        """Return the name of a type."""
        if isinstance(type_, Double):
            return "double precision"
        return "bigint" if isinstance(type_, BigInteger) else "boolean" if isinstance(type_, Boolean) else "text"

    def binding(self, row: str, names: Sequence[str]) -> str:
        """Return the template by which the last part sees the others; the offset keeps them apart."""
        bound = ", ".join(f"{{{n}}} AS {name}" for n, name in enumerate(names))
        return f"(SELECT {{{len(names)}}} FROM (SELECT {bound} OFFSET 0) AS {row})"  # noqa: S608 - names of our own

    def exact(self, operator: str, left: ColumnElement[Any], right: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return the sum, difference or product of integers, NULL beyond 64 bits."""
        result = f"CAST({{0}} AS numeric) {operator} CAST({{1}} AS numeric)"
        return Sql(BIGINT, _WITHIN.format(result), left, right)

    def double(self, operator: str, left: ColumnElement[Any], right: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return the result for doubles, NULL where it is not finite or the divisor is 0."""
        powers: tuple[float, ...]
        if operator in ("+", "-"):
            template, powers = _SUM, (1.0 if operator == "+" else -1.0, 2.0**1023)
        else:
            template = _PRODUCT if operator == "*" else _QUOTIENT
            powers = (2.0**512, 2.0**538, 2.0**500, 2.0**-75, 2.0**-50, 2.0**537)
        constants = [self.parameter(power, DOUBLE) for power in powers]
        return self.let(lambda a, b: Sql(DOUBLE, template, a, b, *constants), left, right)

    def modulo(self, left: ColumnElement[Any], right: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return the remainder with the sign of the dividend, NULL where the divisor is 0."""
        return Sql(BIGINT, "mod({0}, nullif({1}, 0))", left, right)

    def divided(self, left: ColumnElement[Any], divisor: int) -> ColumnElement[Any]:
        """Return the whole quotient of an integer that is not negative."""
        return Sql(BIGINT, f"({{0}} / {divisor})", left)

    def truncated(self, number: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return a double within 64 bits without its decimals, as an integer."""
        return Sql(BIGINT, "CAST(trunc({0}) AS bigint)", number)

    def total(self, name: str) -> str:
        """Return the template of the sum of the integers ``given`` by the query ``{0}``."""
        return f"(SELECT {_WITHIN.format('coalesce(sum(given), 0)')} FROM ({{0}}) AS {name})"  # noqa: S608

    def ordered(self, column: str, type_: TypeEngine[Any]) -> str:
        """Return a column as it is ordered: texts by code points."""
        return f'{column} COLLATE "C"' if isinstance(type_, Text) else column

    def day_number(self, day: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return the days from 1970-01-01 to a date in ISO text."""
        return Sql(BIGINT, "CAST(CAST({0} AS date) - DATE '1970-01-01' AS bigint)", day)

    def date_text(self, number: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return the ISO text of the date so many days after 1970-01-01."""
        return Sql(TEXT, "to_char(DATE '1970-01-01' + CAST({0} AS integer), 'YYYY-MM-DD')", number)

    def months_later(self, number: ColumnElement[Any], count: int) -> ColumnElement[Any]:
        """Return the day number so many months later; the 31st becomes the last date of a shorter month."""
        moved = f"CAST(DATE '1970-01-01' + CAST({{0}} AS integer) + INTERVAL '{count} months' AS date)"
        within = f"least(greatest({moved}, DATE '0001-01-01'), DATE '9999-12-31') - DATE '1970-01-01'"
        return self.let(
            lambda n: Sql(BIGINT, f"(CASE WHEN {{0}} IS NOT NULL THEN CAST({within} AS bigint) END)", n), number
        )

    def holds(self, choices: ColumnElement[Any], item: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return whether a choice of several, a jsonb list, holds an option."""
        return Sql(BOOL, "jsonb_exists({0}, {1})", choices, item)

    def by_code_point(self, text: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return a text that is ordered by the code points of its characters."""
        return Sql(text.type, '({0} COLLATE "C")', text) if isinstance(text.type, Text) else text

    def trimmed(self, text: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return a text without the spaces at its ends."""
        return Sql(TEXT, "btrim({0}, ' ')", text)

    def ends_with(self, text: ColumnElement[Any], part: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return whether a text ends with another."""
        return self.let(lambda t, p: Sql(BOOL, "(right({0}, length({1})) = {1})", t, p), text, part)
