"""DuckDB: wide integers, doubles that become infinite, and functions of values in the place of inner queries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.types import BigInteger, Boolean, Double, TypeEngine

from voronka.sql.backend import BIGINT, BOOL, DOUBLE, TEXT, Backend
from voronka.sql.element import Sql

__all__ = ["DuckdbBackend"]


class DuckdbBackend(Backend):
    """DuckDB from 1.3 on."""

    name = "duckdb"

    def spelled(self, type_: TypeEngine[Any]) -> str:
        """Return the name of a type."""
        if isinstance(type_, Double):
            return "DOUBLE"
        return "BIGINT" if isinstance(type_, BigInteger) else "BOOLEAN" if isinstance(type_, Boolean) else "VARCHAR"

    def bound(self, row: str, name: str) -> str:
        """Return how the body of a `let` calls a value."""
        return f"{row}.{name}"

    def binding(self, row: str, names: Sequence[str]) -> str:
        """Return the template by which the last part sees the others."""
        bound = ", ".join(f"{name} := {{{n}}}" for n, name in enumerate(names))
        return f"list_extract(list_transform([struct_pack({bound})], lambda {row} : {{{len(names)}}}), 1)"

    def exact(self, operator: str, left: ColumnElement[Any], right: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return the sum, difference or product of integers, NULL beyond 64 bits."""
        return Sql(
            BIGINT, f"TRY_CAST((CAST({{0}} AS HUGEINT) {operator} CAST({{1}} AS HUGEINT)) AS BIGINT)", left, right
        )

    def double(self, operator: str, left: ColumnElement[Any], right: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return the result for doubles, NULL where it is not finite or the divisor is 0."""
        divisor = "nullif({1}, 0)" if operator == "/" else "{1}"
        raw = Sql(DOUBLE, f"({{0}} {operator} {divisor})", left, right)
        # Not by `nullif`, which is written out with its first operand twice: what is nested would double each time.
        return self.let(lambda x: Sql(DOUBLE, "(CASE WHEN isfinite({0}) THEN {0} END)", x), raw)

    def modulo(self, left: ColumnElement[Any], right: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return the remainder with the sign of the dividend, NULL where the divisor is 0."""
        return Sql(BIGINT, "CAST(mod(CAST({0} AS HUGEINT), nullif(CAST({1} AS HUGEINT), 0)) AS BIGINT)", left, right)

    def divided(self, left: ColumnElement[Any], divisor: int) -> ColumnElement[Any]:
        """Return the whole quotient of an integer that is not negative."""
        return Sql(BIGINT, f"({{0}} // {divisor})", left)

    def truncated(self, number: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return a double within 64 bits without its decimals, as an integer."""
        return Sql(BIGINT, "TRY_CAST(trunc({0}) AS BIGINT)", number)

    def total(self, name: str) -> str:
        """Return the template of the sum of the integers ``given`` by the query ``{0}``."""
        return f"(SELECT TRY_CAST(coalesce(sum(given), 0) AS BIGINT) FROM ({{0}}) AS {name})"  # noqa: S608

    def day_number(self, day: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return the days from 1970-01-01 to a date in ISO text."""
        return Sql(BIGINT, "CAST(CAST({0} AS DATE) - DATE '1970-01-01' AS BIGINT)", day)

    def date_text(self, number: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return the ISO text of the date so many days after 1970-01-01."""
        return Sql(TEXT, "CAST(DATE '1970-01-01' + CAST({0} AS INTEGER) AS VARCHAR)", number)

    def months_later(self, number: ColumnElement[Any], count: int) -> ColumnElement[Any]:
        """Return the day number so many months later; the 31st becomes the last date of a shorter month."""
        moved = f"CAST(DATE '1970-01-01' + CAST({{0}} AS INTEGER) + INTERVAL ({count}) MONTH AS DATE)"
        within = f"least(greatest({moved}, DATE '0001-01-01'), DATE '9999-12-31') - DATE '1970-01-01'"
        return self.let(
            lambda n: Sql(BIGINT, f"(CASE WHEN {{0}} IS NOT NULL THEN CAST({within} AS BIGINT) END)", n), number
        )

    def holds(self, choices: ColumnElement[Any], item: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return whether a choice of several, a list of texts, holds an option."""
        return Sql(BOOL, "list_contains({0}, {1})", choices, item)

    def trimmed(self, text: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return a text without the spaces at its ends."""
        return Sql(TEXT, "trim({0}, ' ')", text)

    def contains(self, text: ColumnElement[Any], part: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return whether a text holds another."""
        return Sql(BOOL, "contains({0}, {1})", text, part)

    def ends_with(self, text: ColumnElement[Any], part: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return whether a text ends with another."""
        return Sql(BOOL, "suffix({0}, {1})", text, part)
