"""Where the database keeps what expressions about accounts and contacts name."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, select

from voronka.definition.sources import KNOWN_AT
from voronka.expressions.ir import Node, Read
from voronka.process.state import StreamKind
from voronka.sql.backend import TEXT, Backend
from voronka.sql.columns import RowColumns
from voronka.sql.element import Sql
from voronka.storage.dialects import ID_FUNCTION
from voronka.storage.record_columns import OwnerValues, RecordColumns
from voronka.storage.snapshots import PARTIES
from voronka.storage.tables import accounts
from voronka.storage.types import Id

__all__ = ["PartyColumns"]


class PartyColumns(RecordColumns):
    """The names of accounts or of contacts, by `kind`, on one kind of database."""

    def __init__(self, kind: StreamKind, backend: Backend, owners: OwnerValues) -> None:
        super().__init__(backend, owners)
        self._table = PARTIES[kind]

    def formula(self, node: Read) -> Node | None:
        """Return None: every name is kept."""
        return None

    def read(self, node: Read) -> ColumnElement[Any]:
        """Return a name of the record, of its owner or of its account."""
        c = self._table.c
        head, dot, rest = node.name.partition(".")
        if not dot or rest == KNOWN_AT:
            return self._own(self._table, node.name, node)
        if head == "owner":
            return self.of_owner(node, self._text("owner"))
        if rest == "id":
            return self._text(head)
        value = self._own(accounts, rest, node)
        found = select(value.label("value")).select_from(accounts).where(accounts.c.id == self._link(head))
        return Sql(value.type, "({0})", found.correlate(c.id.table))

    def rows(self, collection: str) -> RowColumns:
        """Return the rows of a collection of the record, or of its account."""
        head, dot, name = collection.partition(".")
        return self.records_of(self._link(head), name) if dot else self.records_of(self._table.c.id, collection)

    def visits(self, stage: str) -> ColumnElement[Any]:
        """Raise `TypeError`: accounts and contacts stand in no stage, and no condition about them asks for one."""
        raise TypeError(f"{self._table.name} enter no stage {stage}")

    def _own(self, table: Any, name: str, node: Read) -> ColumnElement[Any]:  # noqa: ANN401 - a table
        if name == "id":
            return self.hex(table.c.id)
        column: ColumnElement[Any] = table.c.created_at
        return column if name == "created_at" else self.field(table.c.fields, name, node)

    def _text(self, name: str) -> ColumnElement[Any]:
        text = f"({{0}} ->> '{name}')" if self.jsonb else f"json_extract({{0}}, '$.\"{name}\"')"
        return Sql(TEXT, text, self._table.c.fields)

    def _link(self, name: str) -> ColumnElement[Any]:
        return Sql(Id(), "CAST({0} AS uuid)" if self.jsonb else f"{ID_FUNCTION}({{0}})", self._text(name))
