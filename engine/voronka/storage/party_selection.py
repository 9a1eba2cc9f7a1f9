"""Accounts and contacts that a condition holds for, found by the database itself."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, func, select

from voronka.calendars import WorkingCalendar
from voronka.expressions import Env, Expression
from voronka.frozen import frozen
from voronka.process.state import StreamKind
from voronka.sql.bindings import Bindings
from voronka.sql.compiler import compile_sql
from voronka.storage.party_columns import PartyColumns
from voronka.storage.record_columns import OwnerValues
from voronka.storage.selection import backend_of
from voronka.storage.snapshots import PARTIES
from voronka.storage.visible import visible

__all__ = ["PartySelection", "counted", "selected"]


@frozen
class PartySelection:
    """The accounts or the contacts, by `kind`, for which `where` is true; hidden ones never.

    `owners`: those alone that are seen by who sees what is of these.
    """

    kind: StreamKind
    where: Expression
    zone: str
    calendar: WorkingCalendar
    owners: frozenset[str] | None = None

    def conditions(self, connection: Connection, now: int, known: OwnerValues) -> list[ColumnElement[bool]]:
        """Return what the rows must satisfy at the moment `now`. `known`: what the condition reads of owners."""
        backend = backend_of(connection)
        env = Env(values={}, now=now, zone=self.zone, calendar=self.calendar)
        columns = PartyColumns(self.kind, backend, known)
        found = [
            compile_sql(self.where.node, columns, backend, env, Bindings()),
            PARTIES[self.kind].c.hidden.is_(False),
        ]
        return found if self.owners is None else [*found, visible(self.kind, self.owners, connection.dialect)]


def selected(
    connection: Connection, selection: PartySelection, now: int, *, known: OwnerValues, limit: int, after: bytes | None
) -> list[bytes]:
    """Return ids, those above `after`, in the order in which the records were made, as they are at the moment `now`.

    `known`: what the condition reads of the users who own them. Raises `Untranslatable` if no database can judge it.
    """
    c = PARTIES[selection.kind].c
    query = select(c.id).where(*selection.conditions(connection, now, known)).order_by(c.id).limit(limit)
    return list(connection.execute(query if after is None else query.where(c.id > after)).scalars())


def counted(connection: Connection, selection: PartySelection, now: int, *, known: OwnerValues) -> int:
    """Return for how many records the condition is true. Raises `Untranslatable` likewise."""
    conditions = selection.conditions(connection, now, known)
    return connection.execute(select(func.count()).select_from(PARTIES[selection.kind]).where(*conditions)).scalar_one()
