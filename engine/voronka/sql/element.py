"""A piece of SQL with a type: what SQLAlchemy's own operators would make of it is left out on purpose.

SQLAlchemy and drivers cast, group and simplify by rules that differ between databases; here each piece says in full
what it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ClauseElement, ColumnElement, FromClause
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.visitors import InternalTraversal
from sqlalchemy.types import TypeEngine

__all__ = ["Sql"]


class Sql(ColumnElement[Any]):
    """SQL text in which ``{0}``, ``{1}`` … stand for `clauses`. It brings its own brackets."""

    __visit_name__ = "voronka_sql"
    inherit_cache = True
    _traverse_internals = [  # noqa: RUF012 - SQLAlchemy's protocol
        ("template", InternalTraversal.dp_string),
        ("clauses", InternalTraversal.dp_clauseelement_list),
        ("type", InternalTraversal.dp_type),
    ]

    def __init__(self, type_: TypeEngine[Any], template: str, *clauses: ClauseElement) -> None:
        self.type = type_
        self.template = template
        self.clauses = list(clauses)

    @property
    def _from_objects(self) -> list[FromClause]:
        found: Iterable[list[FromClause]] = (clause._from_objects for clause in self.clauses)
        return [each for part in found for each in part]

    def self_group(self, against: Any = None) -> Sql:  # noqa: ANN401 - an operator of SQLAlchemy
        """Return the piece itself: it needs no brackets, and a yes or no is not compared with 1 to become one."""
        return self


@compiles(Sql)
def _compile(element: Sql, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    options.pop("add_to_result_map", None)
    parts = [compiler.process(clause, **options) for clause in element.clauses]
    template = element.template
    if compiler.dialect.paramstyle in ("format", "pyformat"):
        template = template.replace("%", "%%")  # to the driver a single one is the beginning of a parameter
    return template.format(*parts)
