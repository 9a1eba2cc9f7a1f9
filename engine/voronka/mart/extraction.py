"""What is taken from the store as it stands: for each table of the mart one question, whose columns are the table's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Column, ColumnElement, FromClause, Select, Table, Text, and_, cast, func, null, select
from sqlalchemy.engine import Dialect
from sqlalchemy.types import BigInteger, Boolean, Double

from voronka.definition.fields import Subject
from voronka.expressions import Kind, Type
from voronka.expressions.ir import Read
from voronka.mart.schema import MartSchema, row_fact, score_columns
from voronka.process.state import StreamKind
from voronka.sql.backend import DOUBLE, TEXT, Backend
from voronka.sql.element import Sql
from voronka.sql.postgresql import PostgresqlBackend
from voronka.sql.sqlite import SqliteBackend
from voronka.storage.record_columns import RecordColumns
from voronka.storage.tables import (
    accounts,
    contacts,
    deals,
    interactions,
    orders,
    outbox,
    records,
    tasks,
    timers,
)

__all__ = ["OF_KIND", "Extraction"]

OF_KIND: Mapping[StreamKind, Table] = {
    StreamKind.DEAL: deals,
    StreamKind.ACCOUNT: accounts,
    StreamKind.CONTACT: contacts,
}
_SUBJECTS = {
    StreamKind.DEAL: (Subject.DEALS, "dim_deal"),
    StreamKind.ACCOUNT: (Subject.ACCOUNTS, "dim_account"),
    StreamKind.CONTACT: (Subject.CONTACTS, "dim_contact"),
}
_FACTS: Mapping[str, Table] = {
    "fact_interaction": interactions,
    "fact_task": tasks,
    "fact_order": orders,
    "fact_timer": timers,
    "fact_message": outbox,
}
_KINDS: tuple[tuple[type, Kind], ...] = (
    (Boolean, Kind.BOOL),
    (BigInteger, Kind.INTEGER),
    (Double, Kind.NUMBER),
    (Text, Kind.TEXT),
)


class Extraction:
    """The questions for the tables of a mart, in the words of the store's database."""

    def __init__(self, schema: MartSchema, dialect: Dialect) -> None:
        self._schema = schema
        backend: Backend = PostgresqlBackend() if dialect.name == "postgresql" else SqliteBackend()
        self._records = RecordColumns(backend, {})

    def tables(self, kind: StreamKind) -> list[str]:
        """Return the tables with rows about records of a kind, but for those that histories are told into."""
        subject, dimension = _SUBJECTS[kind]
        rows = [row_fact(subject, name) for name in self._schema.collections.get(subject, ())]
        return [dimension, *(_FACTS if kind is StreamKind.DEAL else ()), *rows]

    def queries(self, kind: StreamKind, which: ColumnElement[bool] | None = None) -> Iterator[tuple[str, Select[Any]]]:
        """Yield the questions by table, about all records of a kind that are not hidden, or `which` of them."""
        subject, dimension = _SUBJECTS[kind]
        base = OF_KIND[kind]
        seen = base.c.hidden.is_(False) if which is None else and_(base.c.hidden.is_(False), which)
        yield dimension, self._record(dimension, base).where(seen)
        if kind is StreamKind.DEAL:
            for name, table in _FACTS.items():
                yield name, self._fact(name, table).where(seen)
        for collection in self._schema.collections.get(subject, ()):
            yield row_fact(subject, collection), self._rows(subject, collection, base).where(seen)

    def _record(self, dimension: str, base: Table) -> Select[Any]:
        parents = deals.alias("parents")
        hex_ = self._records.hex
        special: dict[str, ColumnElement[Any]] = {}
        if base is deals:
            special = {
                "deal": deals.c.number,
                "id": hex_(deals.c.id),
                "account": hex_(deals.c.account),
                "contact": hex_(deals.c.contact),
                "parent": select(parents.c.number).where(parents.c.id == deals.c.parent).scalar_subquery(),
                "last_interaction_at": func.coalesce(deals.c.last_interaction_at, deals.c.created_at),
                **{
                    name: self._score(card, place) for card in self._schema.cards for place, name in score_columns(card)
                },
            }
        else:
            special[dimension.removeprefix("dim_")] = hex_(base.c.id)
        return self._select(dimension, base, special)

    def _fact(self, name: str, table: Table) -> Select[Any]:
        special: dict[str, ColumnElement[Any]] = {"deal": deals.c.number}
        query = self._select(name, table, special).join(deals, deals.c.id == table.c.deal)
        if table is outbox:
            query = query.where(~table.c.channel.startswith("action:", autoescape=True))
        return query

    def _rows(self, subject: Subject, collection: str, base: Table) -> Select[Any]:
        special = {"record": self._records.hex(base.c.id)}
        query = self._select(row_fact(subject, collection), records, special)
        return query.join(base, base.c.id == records.c.owner).where(records.c.collection == collection)

    def _select(self, name: str, source: Table, special: Mapping[str, ColumnElement[Any]]) -> Select[Any]:
        taken = [
            self._taken(special[column.name] if column.name in special else self._column(source, column)).label(f"c{n}")
            for n, column in enumerate(self._schema.tables[name].columns)
        ]
        return select(*taken).select_from(source)

    def _taken(self, value: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return a value as it is loaded: an empty text is missing, as it is in a file that DuckDB reads."""
        if self._records.jsonb and isinstance(value.type, Text):
            return Sql(TEXT, "nullif({0}, '')", value)
        return value

    def _column(self, source: FromClause, column: Column[Any]) -> ColumnElement[Any]:
        if column.name in source.c:
            return source.c[column.name]
        fields = source.c.get("fields")
        if fields is None:
            return null()
        return self._member(fields, column.name.removeprefix("f_"), column)

    def _member(self, document: ColumnElement[Any], name: str, column: Column[Any]) -> ColumnElement[Any]:
        kind = next((kind for type_, kind in _KINDS if isinstance(column.type, type_)), Kind.CHOICES)
        value = self._records.member(document, name, Read(type=Type(kind), text=name, name=name))
        return cast(value, Text) if kind is Kind.CHOICES and self._records.jsonb else value

    def _score(self, card: str, place: int) -> ColumnElement[Any]:
        type_ = DOUBLE if place == 0 else TEXT
        if self._records.jsonb:
            value = f"({{0}} -> 'scores' -> '{card}' ->> {place})"
            return Sql(type_, f"CAST({value} AS double precision)" if place == 0 else value, deals.c.live)
        value = f"json_extract({{0}}, '$.scores.\"{card}\"[{place}]')"
        return Sql(type_, f"CAST({value} AS REAL)" if place == 0 else value, deals.c.live)
