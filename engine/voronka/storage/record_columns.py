"""Where the database keeps what the names of any record stand for: members of JSON, rows, what is known of owners."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_

from voronka.calendars import EARLIEST
from voronka.expressions import Kind, Value
from voronka.expressions.ir import Read
from voronka.sql.backend import BIGINT, DOUBLE, TEXT, Backend, type_of
from voronka.sql.columns import RowColumns
from voronka.sql.element import Sql
from voronka.storage.tables import records

__all__ = ["OwnerValues", "RecordColumns", "order_of_orders"]

OwnerValues = Mapping[str, Mapping[str, Value | None]]
"""What is known of users, by the name that expressions give it (``owner.team``) and by user."""

_CASTS = {Kind.BOOL: "boolean", Kind.NUMBER: "double precision", Kind.PERCENT: "double precision"}


def order_of_orders(rows: FromClause) -> tuple[ColumnElement[Any], ...]:
    """Return by what orders are ordered, as `voronka.process.rows.in_order` has them."""
    at = Sql(BIGINT, f"coalesce({{0}}, {EARLIEST})", rows.c.at)
    return at, Sql(BIGINT, "length({0})", rows.c.number), rows.c.number


class RecordColumns:
    """What the names of all kinds of records have in common. `owners`: what is known of the users who own them."""

    def __init__(self, backend: Backend, owners: OwnerValues) -> None:
        self.backend = backend
        self.jsonb = backend.name == "postgresql"
        self._owners = owners

    def member(self, document: ColumnElement[Any], name: str, node: Read) -> ColumnElement[Any]:
        """Return a member of a JSON document as a value of the kind of `node`; of a personal one, its reference."""
        type_ = TEXT if node.pii else type_of(node.kind)
        if not self.jsonb:
            found = f"json_extract({{0}}, '$.\"{name}\"')"
            return Sql(type_, f"CAST({found} AS REAL)" if type_ is DOUBLE else found, document)
        if node.kind is Kind.CHOICES and not node.pii:
            return Sql(type_, f"nullif({{0}} -> '{name}', 'null')", document)
        text = f"({{0}} ->> '{name}')"
        if type_ is TEXT:
            return Sql(type_, text, document)
        return Sql(type_, f"CAST({text} AS {_CASTS.get(node.kind, 'bigint')})", document)

    def field(self, document: ColumnElement[Any], name: str, node: Read) -> ColumnElement[Any]:
        """Return a field of an account or a contact, or since when it is known (``turnover.known_at``)."""
        head, dot, _ = name.partition(".")
        return self.known_at(document, head) if dot else self.member(document, name, node)

    def known_at(self, document: ColumnElement[Any], name: str) -> ColumnElement[Any]:
        """Return since when the value of a field is known, out of the document that tells where values come from."""
        if self.jsonb:
            return Sql(BIGINT, f"CAST({{0}} -> '$known_at' ->> '{name}' AS bigint)", document)
        return Sql(BIGINT, f'json_extract({{0}}, \'$."$known_at"."{name}"\')', document)

    def hex(self, id_: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return an id as expressions see it."""
        if self.jsonb:
            return Sql(TEXT, "replace(CAST({0} AS text), '-', '')", id_)
        return Sql(TEXT, "(CASE WHEN {0} IS NOT NULL THEN lower(hex({0})) END)", id_)

    def of_owner(self, node: Read, owner: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return what a name tells of the user whose name is in the column `owner`."""
        if node.name == "owner.id":
            return owner
        type_ = type_of(node.kind)
        known = [(user, value) for user, value in self._owners[node.name].items() if value is not None]
        if not known:
            return self.backend.constant(None, node.kind)
        whens = "".join(f" WHEN {{{n}}} THEN {{{n + 1}}}" for n in range(1, 2 * len(known), 2))
        pairs = [
            part
            for user, value in known
            for part in (self.backend.parameter(user, TEXT), self.backend.constant(value, node.kind))
        ]
        return Sql(type_, f"(CASE {{0}}{whens} END)", owner, *pairs)

    def records_of(self, owner: ColumnElement[Any], collection: str) -> RowColumns:
        """Return the rows of a declared collection that hang on the record whose id is in the column `owner`."""
        rows = records.alias()
        owned = and_(rows.c.owner == owner, rows.c.collection == collection)
        read: Callable[[Read], ColumnElement[Any]] = lambda node: self.member(rows.c.fields, node.name, node)  # noqa: E731
        return RowColumns(source=rows, owned=owned, order=(rows.c.seq, rows.c.key), read=read)
