"""The SQL form of a function: refused as its plugin is loaded if no database could take it."""

from __future__ import annotations

from collections.abc import Sequence
from string import Formatter

from voronka.expressions.function import ExpressionFunction
from voronka.expressions.values import Kind
from voronka.hooks.phrases import phrase
from voronka.messages import Sentence, Text

__all__ = ["why_no_sql"]

_TYPES = {
    Kind.NUMBER: "REAL",
    Kind.PERCENT: "REAL",
    Kind.INTEGER: "INTEGER",
    Kind.MONEY: "INTEGER",
    Kind.DATETIME: "INTEGER",
    Kind.BOOL: "INTEGER",
}


def why_no_sql(function: ExpressionFunction) -> Sentence | None:
    """Return why the SQL form of a function cannot be used, as far as SQLite can tell without any data.

    None if nothing speaks against it, or there is none. SQLite judges for all: scenarios and dry runs always use it.
    """
    if function.sql is None:
        return None
    form = _with_names(function.sql, [f"a{n}" for n in range(len(function.parameters))])
    if form is None:
        return Text("{{0}} stands for the first argument, and so on; any other brace is written twice")
    import sqlite3  # few plugins have a use for it, and it is loaded for each command line

    names = ", ".join(f"CAST(NULL AS {_TYPES.get(kind, 'TEXT')}) AS a{n}" for n, kind in enumerate(function.parameters))
    # In a condition, so that what is no value of one row, such as a sum, is none here either.
    given = f"FROM (SELECT {names}) " if names else ""
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute(f"EXPLAIN SELECT 1 {given}WHERE ({form}) IS NULL")
    except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
        return Text("SQLite says: {reason}", reason=phrase(error))
    finally:
        connection.close()
    return None


def _with_names(template: str, names: Sequence[str]) -> str | None:
    """Return a template with names in the place of its numbers; None if there is anything else in braces."""
    try:
        for _, field, spec, conversion in Formatter().parse(template):
            if field is not None and not (field.isdecimal() and spec == "" and conversion is None):
                return None
        return template.format(*names)
    except (ValueError, LookupError):
        return None
