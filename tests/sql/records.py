"""Random records full of gaps as tables, and the same as environments for Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import Column, Engine, Integer, MetaData, Table, insert, select

from tests.sql.conftest import BACKENDS
from tests.unit.expressions.deal import COLLECTIONS, NAMES
from voronka.expressions import Env, Expression
from voronka.expressions.ir import Read
from voronka.sql.backend import type_of
from voronka.sql.bindings import Bindings
from voronka.sql.columns import RowColumns, TypedColumns
from voronka.sql.compiler import compile_sql

AT_ONCE = 10
STAGES = ("needs", "won")


def _stored(name: str) -> str:
    """Return the column of a name: some names are words of one database or another."""
    return f"c_{name.replace('.', '_')}"


def _columns(names, wanted):
    return [Column(_stored(name), type_of(names[name].type.kind)) for name in wanted]


class Records:
    """Tables of subjects and their rows, on one metadata for all databases."""

    def __init__(self, values: Mapping[str, Any], rows: Mapping[str, Mapping[str, Any]]) -> None:
        self.values = values
        self.metadata = MetaData()
        stays = [Column(f"visits_{stage}", Integer) for stage in STAGES]
        self.subjects = Table("subjects", self.metadata, Column("n", Integer), *_columns(NAMES, values), *stays)
        self.rows_of = rows
        self.collections = {name: self._table(name, columns) for name, columns in rows.items()}

    def _table(self, name: str, columns: Mapping[str, Any]) -> Table:
        key = Column("of", Integer), Column("n", Integer)
        return Table(f"rows_of_{name}", self.metadata, *key, *_columns(COLLECTIONS[name], columns))

    def columns(self) -> TypedColumns:
        c = self.subjects.c
        return TypedColumns(
            names={name: c[_stored(name)] for name in self.values},
            collections={name: self._rows(table) for name, table in self.collections.items()},
            stays={stage: c[f"visits_{stage}"] for stage in STAGES},
        )

    def _rows(self, table: Table) -> RowColumns:
        def read(node: Read):
            return table.c[_stored(node.name)]

        return RowColumns(source=table, owned=table.c.of == self.subjects.c.n, order=(table.c.n,), read=read)

    def fill(self, engine: Engine, environments: Sequence[Env]) -> None:
        """Put the environments into the tables of a database, numbered in their order."""
        subjects = [
            {
                "n": n,
                **{_stored(name): env.values.get(name) for name in self.values},
                **{f"visits_{stage}": env.visits.get(stage, 0) for stage in STAGES},
            }
            for n, env in enumerate(environments)
        ]
        with engine.begin() as connection:
            self.metadata.drop_all(connection)
            self.metadata.create_all(connection)
            connection.execute(insert(self.subjects), subjects)
            for name, table in self.collections.items():
                rows = [
                    {"of": n, "n": place, **{_stored(each): row.get(each) for each in self.rows_of[name]}}
                    for n, env in enumerate(environments)
                    for place, row in enumerate(env.rows[name])
                ]
                if rows:
                    connection.execute(insert(table), rows)

    def ask(self, engine: Engine, backend: str, expressions: Sequence[Expression], env: Env) -> list[tuple[Any, ...]]:
        """Return what a database gives for the expressions, record by record."""
        compiler, columns, bindings = BACKENDS[backend](), self.columns(), Bindings()
        found = [
            compile_sql(expression.node, columns, compiler, env, bindings).label(f"x{n}")
            for n, expression in enumerate(expressions)
        ]
        parts = []
        with engine.connect() as connection:
            for start in range(0, len(found), AT_ONCE):
                query = select(*found[start : start + AT_ONCE]).select_from(self.subjects)
                parts.append(list(connection.execute(query.order_by(self.subjects.c.n))))
        return [tuple(chain.from_iterable(row)) for row in zip(*parts, strict=True)]
