"""SQLite: integers that overflow become reals, which tells; yes and no are 1 and 0."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ClauseElement, ColumnElement, bindparam
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.types import BigInteger, Boolean, Double, TypeEngine

from voronka.expressions.texts import lower
from voronka.sql.backend import BIGINT, BOOL, DOUBLE, TEXT, Backend
from voronka.sql.element import Sql

__all__ = ["SqliteBackend", "prepare"]


_LOWER = "voronka_lower"


def prepare(connection: DBAPIConnection) -> None:
    """Add to a connection of the driver what SQLite itself does not have."""
    connection.create_function(_LOWER, 1, lambda text: None if text is None else lower(text), deterministic=True)


class _Raw(Sql):
    """Arithmetic whose result was not looked at yet, without brackets."""

    inherit_cache = True

    @classmethod
    def of(cls, operator: str, left: ColumnElement[Any], right: ColumnElement[Any], type_: TypeEngine[Any]) -> _Raw:
        """Return an operation on two operands, whose own results need not be looked at for it."""
        first = left.raw if isinstance(left, _Checked) else left
        second = right.raw if isinstance(right, _Checked) and operator != "/" else right
        # Few brackets: the parser of SQLite has room for a hundred things that wait for their end.
        plain = not isinstance(first, _Raw) or (operator in "+-" and first.operator in "+-")
        template = f"{'{0}' if plain else '({0})'} {operator} {'({1})' if isinstance(second, _Raw) else '{1}'}"
        found = cls(type_, template, first, second)
        found.operator = operator
        return found

    operator = ""


class _Checked(Sql):
    """Arithmetic that is NULL where it has no result, beside the same unchecked."""

    inherit_cache = True

    def __init__(self, type_: TypeEngine[Any], template: str, *clauses: ClauseElement, raw: _Raw) -> None:
        super().__init__(type_, template, *clauses)
        self.raw = raw


class SqliteBackend(Backend):
    """SQLite from 3.38 on."""

    name = "sqlite"
    unindexed = "+{0}"

    def spelled(self, type_: TypeEngine[Any]) -> str:
        """Return the name of a type."""
        if isinstance(type_, (BigInteger, Boolean)):
            return "INTEGER"
        return "REAL" if isinstance(type_, Double) else "TEXT"

    def parameter(self, value: object, type_: TypeEngine[Any], name: str | None = None) -> ColumnElement[Any]:
        """Return a parameter as it is: a cast would lend it an affinity, and no index would be used."""
        return bindparam(name, value, type_, unique=name is None)

    def binding(self, row: str, names: Sequence[str]) -> str:
        """Return the template by which the last part sees the others: a query without tables is never merged."""
        bound = ", ".join(f"{{{n}}} AS {name}" for n, name in enumerate(names))
        return f"(SELECT {{{len(names)}}} FROM (SELECT {bound}))"  # noqa: S608 - names of our own

    def exact(self, operator: str, left: ColumnElement[Any], right: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return the sum, difference or product of integers, NULL beyond 64 bits.

        An overflow makes a real of the result and of all that is made of it, so that it is looked for once, at the end.
        """
        raw = _Raw.of(operator, left, right, BIGINT)
        checked = self.let(lambda v: Sql(BIGINT, "(CASE typeof({0}) WHEN 'integer' THEN {0} END)", v), raw)
        return _Checked(BIGINT, "{0}", checked, raw=raw)

    def double(self, operator: str, left: ColumnElement[Any], right: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return the result for doubles, NULL where it is not finite or the divisor is 0.

        What is not finite stays so in all that is made of it, unless it divides.
        """
        raw = _Raw.of(operator, left, right, DOUBLE)
        return _Checked(DOUBLE, "nullif(nullif({0}, 9e999), -9e999)", raw, raw=raw)

    def modulo(self, left: ColumnElement[Any], right: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return the remainder with the sign of the dividend, NULL where the divisor is 0."""
        return Sql(BIGINT, "({0} % {1})", left, right)

    def divided(self, left: ColumnElement[Any], divisor: int) -> ColumnElement[Any]:
        """Return the whole quotient of an integer that is not negative."""
        return Sql(BIGINT, f"({{0}} / {divisor})", left)

    def truncated(self, number: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return a double within 64 bits without its decimals, as an integer."""
        return Sql(BIGINT, "CAST({0} AS INTEGER)", number)

    def total(self, name: str) -> str:
        """Return the template of the sum of the integers ``given`` by the query ``{0}``.

        Its own sum gives up at an overflow on the way, so that the halves of the integers are added apart.
        """
        low = "sum(given & 4294967295)"
        return (
            "(SELECT CASE WHEN high BETWEEN -2147483648 AND 2147483647 THEN (high << 32) | low END FROM"  # noqa: S608
            f" (SELECT coalesce(sum(given >> 32) + ({low} >> 32), 0) AS high, coalesce({low} & 4294967295, 0) AS low"
            f" FROM ({{0}}) AS {name}))"
        )

    def day_number(self, day: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return the days from 1970-01-01 to a date in ISO text."""
        return Sql(BIGINT, "(CAST(strftime('%s', {0}) AS INTEGER) / 86400)", day)

    def date_text(self, number: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return the ISO text of the date so many days after 1970-01-01."""
        return Sql(TEXT, "date({0} * 86400, 'unixepoch')", number)

    def months_later(self, number: ColumnElement[Any], count: int) -> ColumnElement[Any]:
        """Return the day number so many months later; the 31st becomes the last date of a shorter month."""
        # The first of the month after moves safely; its length bounds the day. Beyond the years, the ends.
        beyond = "719162" if count < 0 else "2932896"
        first = f"date({{0}} * 86400, 'unixepoch', 'start of month', '{count:+d} months')"
        last = f"date({{0}} * 86400, 'unixepoch', 'start of month', '{count + 1:+d} months', '-1 day')"
        end = f"-{beyond}" if count < 0 else beyond
        moved = (
            f"coalesce(CASE WHEN {first} >= '0001' THEN CAST(strftime('%s', {first}) AS INTEGER) / 86400"
            " + min(CAST(strftime('%d', {0} * 86400, 'unixepoch') AS INTEGER),"
            f" CAST(substr(coalesce({last}, '9999-12-31'), 9, 2) AS INTEGER)) - 1 END, {end} + 0 * {{0}})"
        )
        return self.let(lambda n: Sql(BIGINT, moved, n), number)

    def holds(self, choices: ColumnElement[Any], item: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return whether a choice of several, a JSON list, holds an option."""
        found = (
            "(CASE WHEN {0} IS NOT NULL AND {1} IS NOT NULL"
            " THEN EXISTS (SELECT 1 FROM json_each({0}) AS option WHERE option.value = {1}) END)"
        )
        return self.let(lambda c, i: Sql(BOOL, found, c, i), choices, item)

    def lower(self, text: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return a text with small letters, by the function that `prepare` adds."""
        return Sql(TEXT, f"{_LOWER}({{0}})", text)

    def trimmed(self, text: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return a text without the spaces at its ends."""
        return Sql(TEXT, "trim({0})", text)

    def contains(self, text: ColumnElement[Any], part: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return whether a text holds another."""
        return Sql(BOOL, "(instr({0}, {1}) > 0)", text, part)

    def starts_with(self, text: ColumnElement[Any], part: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return whether a text begins with another."""
        return Sql(BOOL, "(instr({0}, {1}) = 1)", text, part)

    def ends_with(self, text: ColumnElement[Any], part: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return whether a text ends with another."""
        found = "(length({1}) = 0 AND {0} IS NOT NULL OR substr({0}, -length({1})) = {1})"
        return self.let(lambda t, p: Sql(BOOL, found, t, p), text, part)
