"""Statements of the hot path: written once for each database, run over many rows or values at a time."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Insert, Select, Table, Update, bindparam, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Dialect

from voronka.storage.types import Id, Json

__all__ = ["Among", "Statement", "insertion", "updating", "upsertion"]

Row = tuple[object, ...]

_VALUES = "among_values"


class Among:
    """A SELECT of the rows of which `column` is one of many values.

    SQLAlchemy writes the list out anew each time. On SQLite, where no value needs conversion, that is done once for
    each length of it, and the values go straight to the driver.
    """

    __slots__ = ("_query", "_texts")

    def __init__(self, query: Select[Any], column: Column[Any]) -> None:
        self._query = query.where(column.in_(bindparam(_VALUES, expanding=True)))
        self._texts: dict[int, tuple[str, tuple[str, ...]]] = {}

    def rows(self, connection: Connection, values: Sequence[object], **given: object) -> Sequence[Any]:
        """Return the rows; `given`: the other parameters of the query, by their names."""
        if connection.dialect.name != "sqlite":
            return connection.execute(self._query, {_VALUES: values, **given}).all()
        known = self._texts.get(len(values))
        if known is None:
            compiled = self._query.compile(dialect=connection.dialect)
            marks = ", ".join("?" * len(values))
            order = tuple(getattr(compiled, "positiontup", ()))
            known = self._texts[len(values)] = str(compiled).replace(f"__[POSTCOMPILE_{_VALUES}]", marks), order
        text, order = known
        told: list[object] = []
        for name in order:
            told += values if name == _VALUES else (given[name],)
        return connection.exec_driver_sql(text, tuple(told)).all()  # at once: one by one costs three times as much


class Statement:
    """An INSERT or UPDATE over rows given as tuples, their values in the order of `names`.

    The dictionary per row and the processor per value that an ordinary execution costs are saved. On SQLite the column
    types need no conversion, so the text compiled of `write` and the tuples go straight to the driver. On PostgreSQL
    `unnest` gives the text of one statement over arrays, one of each of the `columns`: the server is asked once, not
    once per row.
    """

    __slots__ = ("_columns", "_names", "_text", "_unnest", "_unnested", "_write")

    def __init__(
        self,
        write: Callable[[], Insert | Update],
        unnest: Callable[[Dialect], str],
        names: tuple[str, ...],
        columns: Sequence[Column[Any]],
    ) -> None:
        self._write = write
        self._unnest = unnest
        self._names = names
        self._columns = columns
        self._text: str | None = None
        self._unnested: str | None = None

    def run(self, connection: Connection, rows: Sequence[Row]) -> int:
        """Run once per row; return how many rows of the table were touched in all."""
        if not rows:
            return 0
        dialect = connection.dialect
        if dialect.name != "sqlite":
            return self._run_unnested(connection, rows)
        if self._text is None:
            compiled = self._write().compile(dialect=dialect, column_keys=list(self._names))
            order = tuple(getattr(compiled, "positiontup", ()))
            if order != self._names:
                raise ValueError(f"the statement takes its values as {order}, not as {self._names}")
            self._text = str(compiled)
        return connection.exec_driver_sql(self._text, list(rows)).rowcount

    def _run_unnested(self, connection: Connection, rows: Sequence[Row]) -> int:
        dialect = connection.dialect
        if self._unnested is None:
            self._unnested = self._unnest(dialect)
        arrays = []
        for column, values in zip(self._columns, zip(*rows, strict=True), strict=True):
            given = column.type.bind_processor(dialect) if isinstance(column.type, (Id, Json)) else None
            arrays.append(list(values) if given is None else [given(value) for value in values])
        # The count is gone with the cursor, which SQLAlchemy closes at once, unless it is kept.
        keep = {"preserve_rowcount": True}
        return connection.exec_driver_sql(self._unnested, tuple(arrays), execution_options=keep).rowcount


def _arrays(columns: Sequence[Column[Any]], dialect: Dialect) -> str:
    return f"unnest({', '.join(f'%b::{column.type.compile(dialect=dialect)}[]' for column in columns)})"


def _named(columns: Sequence[Column[Any]], dialect: Dialect) -> list[str]:
    return [dialect.identifier_preparer.quote(column.name) for column in columns]


def insertion(table: Table, *, once: bool = False) -> Statement:
    """Return the insertion of whole rows, in the order of the table's columns. `once`: what is there already stays."""
    columns = list(table.columns)

    def write() -> Insert:
        statement = sqlite.insert(table)
        return statement.on_conflict_do_nothing() if once else statement

    def unnest(dialect: Dialect) -> str:
        into = f"{table.name} ({', '.join(_named(columns, dialect))})"
        text = f"INSERT INTO {into} SELECT * FROM {_arrays(columns, dialect)}"  # noqa: S608 - names of our own tables
        return f"{text} ON CONFLICT DO NOTHING" if once else text

    return Statement(write, unnest, tuple(column.name for column in columns), columns)


def upsertion(table: Table, *, keep: Container[str] = ()) -> Statement:
    """Return the insertion of whole rows that takes the place of the row with the same primary key.

    No two of the rows have the same key. `keep`: the columns that stay as they are in a row that is there.
    """
    columns, keys = list(table.columns), list(table.primary_key.columns)
    others = [column for column in columns if not column.primary_key and column.name not in keep]

    def write() -> Insert:
        statement = sqlite.insert(table)
        return statement.on_conflict_do_update(
            index_elements=[column.name for column in keys],
            set_={column.name: statement.excluded[column.name] for column in others},
        )

    def unnest(dialect: Dialect) -> str:
        into = f"{table.name} ({', '.join(_named(columns, dialect))})"
        taken = ", ".join(f"{name} = excluded.{name}" for name in _named(others, dialect))
        return (
            f"INSERT INTO {into} SELECT * FROM {_arrays(columns, dialect)} "  # noqa: S608 - names of our own tables
            f"ON CONFLICT ({', '.join(_named(keys, dialect))}) DO UPDATE SET {taken}"
        )

    return Statement(write, unnest, tuple(column.name for column in columns), columns)


def updating(
    table: Table, values: tuple[str, ...], where: tuple[str, ...], *, only: ColumnElement[bool] | None = None
) -> Statement:
    """Return an update: a row gives `values` (in the table's order), then what the columns `where` must equal.

    No two of the rows are about the same row of the table. `only`: a condition without parameters that must hold
    besides.
    """
    given, known = [table.c[name] for name in values], [table.c[name] for name in where]

    def write() -> Update:
        statement = update(table).values({name: bindparam(name, type_=table.c[name].type) for name in values})
        for name in where:
            statement = statement.where(table.c[name] == bindparam(f"is_{name}", type_=table.c[name].type))
        return statement if only is None else statement.where(only)

    def unnest(dialect: Dialect) -> str:
        names = [f"g{n}" for n in range(len(given))] + [f"k{n}" for n in range(len(known))]
        new = ", ".join(f"{name} = rows.g{n}" for n, name in enumerate(_named(given, dialect)))
        same = [f"{table.name}.{name} = rows.k{n}" for n, name in enumerate(_named(known, dialect))]
        if only is not None:
            same.append(str(only.compile(dialect=dialect)))
        return (
            f"UPDATE {table.name} SET {new} FROM {_arrays(given + known, dialect)} "  # noqa: S608 - as above
            f"AS rows({', '.join(names)}) WHERE {' AND '.join(same)}"
        )

    return Statement(write, unnest, values + tuple(f"is_{name}" for name in where), given + known)
