"""Deals that a condition holds for, found by the database itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

from sqlalchemy import ColumnElement, Connection, func, select, union

from voronka.expressions import Env, Expression
from voronka.expressions.ir import (
    Both,
    Compare,
    Computed,
    DateOf,
    DaysSince,
    Node,
    Operator,
    Read,
    Within,
    walk,
)
from voronka.expressions.values import Kind
from voronka.frozen import frozen
from voronka.sql.backend import BIGINT, BOOL, Backend
from voronka.sql.compiler import compile_sql
from voronka.sql.element import Sql
from voronka.sql.postgresql import PostgresqlBackend
from voronka.sql.sqlite import SqliteBackend
from voronka.storage.deal_columns import DealColumns, OwnerValues, is_own, standing
from voronka.storage.deals import DealFilter
from voronka.storage.dialects import has_row_locks
from voronka.storage.tables import deals, firings

_MOST_NAMES = 8

__all__ = ["Selection", "backend_of", "counted", "probed", "selected"]


@frozen
class Selection:
    """The deals for which `where` is true, and those on which the rule `acted` has acted and may have to be reset;
    None: no rule.

    Of `env` the moment, the zone and the calendar are used. `owners`: what `where` reads of the users who own deals.
    """

    where: Expression
    env: Env
    acted: str | None = None
    owners: OwnerValues = field(default_factory=dict)


def backend_of(connection: Connection) -> Backend:
    """Return how the database at hand says what an expression means."""
    return PostgresqlBackend() if has_row_locks(connection.dialect) else SqliteBackend()


def selected(
    connection: Connection, which: DealFilter, selection: Selection, *, limit: int, after: int
) -> list[tuple[int, bytes]]:
    """Return numbers and ids of deals by number, those with a number above `after`.

    Raises `Untranslatable` if no database can judge the condition.
    """
    backend = backend_of(connection)
    after_number = Sql(BOOL, f"({backend.unindexed} > {{1}})", deals.c.number, backend.parameter(after, BIGINT))
    found = select(deals.c.number, deals.c.id).where(*_conditions(backend, which, selection), after_number)
    if selection.acted is None:
        query = found.order_by(deals.c.number).limit(limit)
    else:
        usual = which.conditions(unindexed=backend.unindexed)
        acted = select(firings.c.deal).where(firings.c.rule == selection.acted)
        known = select(deals.c.number, deals.c.id).where(deals.c.id.in_(acted), *usual, after_number)
        both = union(found, known).subquery()
        query = select(both.c.number, both.c.id).order_by(both.c.number).limit(limit)
    return [(number, id_) for number, id_ in connection.execute(query)]


def counted(connection: Connection, which: DealFilter, selection: Selection) -> int:
    """Return for how many deals the condition is true. Raises `Untranslatable` likewise."""
    query = select(func.count()).select_from(deals).where(*_conditions(backend_of(connection), which, selection))
    return connection.execute(query).scalar_one()


def _conditions(backend: Backend, which: DealFilter, selection: Selection) -> list[ColumnElement[bool]]:
    """Return what deals must satisfy.

    SQLite has no figures of what stands where: it is kept from choosing by the number, nor by the stage where the
    condition has an index of its own.
    """
    node = selection.where.node
    where = compile_sql(node, DealColumns(backend, selection.owners), backend, selection.env)
    return [where, *(which.conditions(unindexed=backend.unindexed) if probed(node) else which.conditions())]


def probed(node: Node) -> tuple[Read, ...]:
    """Return the names of the deal's own row that an index for a condition holds, those compared by equality first.

    Names by which nothing is narrowed come last: what an index holds need not be looked up. Empty if no part of the
    condition compares such a name with something else: no index would help.
    """
    parts = [(read, exact) for part in _conjuncts(node) for read, exact in _compared(part)]
    parts.sort(key=lambda part: not part[1])
    others = [read for part in walk(node) if isinstance(part, Read) and (read := _own(part)) is not None]
    found = {read.name: read for read in ([read for read, _ in parts] + others if parts else [])}
    return tuple(found.values())[:_MOST_NAMES]


def _conjuncts(node: Node) -> list[Node]:
    if isinstance(node, Computed):
        return _conjuncts(node.body)
    if isinstance(node, Both):
        return [part for operand in node.operands for part in _conjuncts(operand)]
    return [node]


def _compared(node: Node) -> Iterator[tuple[Read, bool]]:
    """Yield the own name that a part of a condition compares, with whether it is by equality."""
    match node:
        case Compare(operator=operator, left=left, right=right) if operator is not Operator.NE:
            for side in (left, right):
                if (read := _own(side)) is not None:
                    yield read, operator is Operator.EQ and isinstance(side, Read)
        case Within(operand=operand):
            if (read := _own(operand)) is not None:
                yield read, True


def _own(node: Node) -> Read | None:
    while isinstance(node, (Computed, DateOf, DaysSince)):
        node = node.body if isinstance(node, Computed) else node.operand
    if not isinstance(node, Read) or node.of_row or node.pii or node.kind is Kind.CHOICES:
        return None
    return entered if (entered := standing(node)) is not None else node if is_own(node.name) else None
