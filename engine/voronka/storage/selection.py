"""Deals that a condition holds for, found by the database itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, select, union

from voronka.calendars import WorkingCalendar
from voronka.expressions import Env, Expression, Value
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
from voronka.sql.bindings import Bindings
from voronka.sql.compiler import compile_sql
from voronka.sql.element import Sql
from voronka.sql.postgresql import PostgresqlBackend
from voronka.sql.sqlite import SqliteBackend
from voronka.storage.deal_columns import DealColumns, is_own, standing
from voronka.storage.deals import DealFilter
from voronka.storage.dialects import has_row_locks
from voronka.storage.record_columns import OwnerValues
from voronka.storage.tables import deals, firings

_MOST_NAMES = 8
_LIMIT, _AFTER = "most", "after"

__all__ = ["Selection", "backend_of", "counted", "probed", "selected"]


@frozen
class Selection:
    """Those of the deals of `which` for which `where` is true, or on which the rule `acted` has acted; None: no rule.

    To be kept: its statement is compiled once, for each kind of database, and given the moment at each use.
    `statements` are those that are known already, by database.
    """

    which: DealFilter
    where: Expression
    zone: str
    calendar: WorkingCalendar
    acted: str | None = None
    statements: dict[str, _Statement] = field(default_factory=dict, repr=False, compare=False)

    def statement(
        self, connection: Connection, now: int, owners: OwnerValues
    ) -> tuple[Select[int, bytes], Mapping[str, Value | None]]:
        """Return the statement for a moment, with the values of its parameters.

        It is compiled anew only if another is known of the owners, or the moment asks for another form of it.
        """
        backend = backend_of(connection)
        env = Env(values={}, now=now, zone=self.zone, calendar=self.calendar)
        kept = self.statements.get(backend.name)
        values = kept.bindings.at(env) if kept is not None and kept.owners == owners else None
        if kept is None or values is None:
            kept = self.statements[backend.name] = self._compiled(backend, env, owners)
            values = kept.bindings.at(env) or {}
        return kept.query, values

    def _compiled(self, backend: Backend, env: Env, owners: OwnerValues) -> _Statement:
        bindings = Bindings()
        after = backend.parameter(0, BIGINT, _AFTER)
        after_number = Sql(BOOL, f"({backend.unindexed} > {{1}})", deals.c.number, after)
        found = select(deals.c.number, deals.c.id).where(*self.conditions(backend, env, owners, bindings), after_number)
        query = found.order_by(deals.c.number)
        if self.acted is not None:
            usual = self.which.conditions(unindexed=backend.unindexed)
            acted = select(firings.c.deal).where(firings.c.rule == self.acted)
            known = select(deals.c.number, deals.c.id).where(deals.c.id.in_(acted), *usual, after_number)
            both = union(found, known).subquery()
            query = select(both.c.number, both.c.id).order_by(both.c.number)
        return _Statement(query.limit(bindparam(_LIMIT, type_=BIGINT)), bindings, owners)

    def conditions(
        self, backend: Backend, env: Env, owners: OwnerValues, bindings: Bindings
    ) -> list[ColumnElement[bool]]:
        """Return what deals must satisfy in `env`; `bindings` learns what is to be given for another moment.

        SQLite has no figures of what stands where: it is kept from choosing by the number, nor by the stage where the
        condition has an index of its own.
        """
        node, which = self.where.node, self.which
        where = compile_sql(node, DealColumns(backend, owners), backend, env, bindings)
        return [where, *(which.conditions(unindexed=backend.unindexed) if probed(node) else which.conditions())]


class _Statement(NamedTuple):
    query: Select[int, bytes]
    bindings: Bindings
    owners: OwnerValues


def backend_of(connection: Connection) -> Backend:
    """Return how the database at hand says what an expression means."""
    return PostgresqlBackend() if has_row_locks(connection.dialect) else SqliteBackend()


def selected(
    connection: Connection, selection: Selection, now: int, *, owners: OwnerValues, limit: int, after: int
) -> list[tuple[int, bytes]]:
    """Return numbers and ids of deals by number, those with a number above `after`, as they are at the moment `now`.

    `owners`: what the condition reads of the users who own deals. Raises `Untranslatable` if no database can judge it.
    """
    query, values = selection.statement(connection, now, owners)
    rows = connection.execute(query, {**values, _LIMIT: limit, _AFTER: after})
    return [(number, id_) for number, id_ in rows]


def counted(connection: Connection, selection: Selection, now: int, *, owners: OwnerValues) -> int:
    """Return for how many deals the condition is true. Raises `Untranslatable` likewise."""
    env = Env(values={}, now=now, zone=selection.zone, calendar=selection.calendar)
    conditions = selection.conditions(backend_of(connection), env, owners, Bindings())
    return connection.execute(select(func.count()).select_from(deals).where(*conditions)).scalar_one()


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
