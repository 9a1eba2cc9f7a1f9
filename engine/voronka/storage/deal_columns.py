"""Where the database keeps what expressions about deals name: columns, members of JSON, the rows of other tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Table, and_, select

from voronka.expressions import Kind, Type, Value
from voronka.expressions.ir import DateOf, DaysSince, Node, Read
from voronka.sql.backend import BIGINT, BOOL, DOUBLE, TEXT, Backend, type_of
from voronka.sql.columns import RowColumns
from voronka.sql.element import Sql
from voronka.storage.tables import accounts, contacts, deals, interactions, orders, records, tasks, visits

__all__ = ["DealColumns", "OwnerValues", "is_own", "standing"]

OwnerValues = Mapping[str, Mapping[str, Value | None]]
"""What is known of users, by the name that expressions give it (``owner.team``) and by user."""

_PARTIES: Mapping[str, Table] = {"account": accounts, "contact": contacts}
_COLUMNS = {
    "number", "funnel", "variant", "stage", "owner", "created_at", "entered_at", "closed_at", "outcome", "replied",
    "contacted",
}  # fmt: skip
_COMPUTED = {
    "id", "account", "contact", "open", "closed", "won", "lost", "last_interaction_at", "next_step_at", "days_in_stage",
}  # fmt: skip
_CASTS = {Kind.BOOL: "boolean", Kind.NUMBER: "double precision", Kind.PERCENT: "double precision"}
_ROWS: Mapping[str, tuple[Table, tuple[str, ...]]] = {
    "interactions": (interactions, ("at", "seq", "n")),
    "tasks": (tasks, ("seq", "n")),
    "visits": (visits, ("visit",)),
    "orders": (orders, ("number",)),
}


def is_own(name: str) -> bool:
    """Tell whether a name is kept in the row of the deal itself."""
    return "." not in name and name not in ("next_step_at", "days_in_stage")


def standing(node: Read) -> Read | None:
    """Return the moment from which ``days_in_stage`` is counted, None for another name."""
    if node.of_row or node.name != "days_in_stage":
        return None
    return Read(type=Type(Kind.DATETIME), text=node.text, name="entered_at", present=True)


class DealColumns:
    """The names of deals on one kind of database. `owners`: what is known of the users who own them."""

    def __init__(self, backend: Backend, owners: OwnerValues) -> None:
        self._backend = backend
        self._owners = owners
        self._jsonb = backend.name == "postgresql"

    def formula(self, node: Read) -> Node | None:
        """Return what a name is worked out from by the clock; None for one that is kept."""
        entered = standing(node)
        if entered is None:
            return None
        day = DateOf(type=Type(Kind.DATE), text=node.text, operand=entered)
        return DaysSince(type=node.type, text=node.text, operand=day, working=False)

    def read(self, node: Read) -> ColumnElement[Any]:
        """Return a name of the deal, or of what it points at."""
        head, dot, rest = node.name.partition(".")
        if dot:
            return self._of_owner(node) if head == "owner" else self._of_party(_PARTIES[head], head, rest, node)
        if node.name in _COLUMNS:
            return deals.c[node.name]
        if node.name in _COMPUTED:
            return self._computed(node.name)
        return self.member(deals.c.fields, node.name, node)

    def member(self, document: ColumnElement[Any], name: str, node: Read) -> ColumnElement[Any]:
        """Return a member of a JSON document as a value of the kind of `node`; of a personal one, its reference."""
        type_ = TEXT if node.pii else type_of(node.kind)
        if not self._jsonb:
            found = f"json_extract({{0}}, '$.\"{name}\"')"
            return Sql(type_, f"CAST({found} AS REAL)" if type_ is DOUBLE else found, document)
        if node.kind is Kind.CHOICES and not node.pii:
            return Sql(type_, f"nullif({{0}} -> '{name}', 'null')", document)
        text = f"({{0}} ->> '{name}')"
        if type_ is TEXT:
            return Sql(type_, text, document)
        return Sql(type_, f"CAST({text} AS {_CASTS.get(node.kind, 'bigint')})", document)

    def _computed(self, name: str) -> ColumnElement[Any]:
        c = deals.c
        match name:
            case "id" | "account" | "contact":
                return self._hex(c[name])
            case "open":
                return Sql(BOOL, "({0} IS NULL)", c.outcome)
            case "closed":
                return Sql(BOOL, "({0} IS NOT NULL)", c.outcome)
            case "won" | "lost":
                return Sql(BOOL, f"(coalesce({{0}}, '') = '{name}')", c.outcome)
            case "last_interaction_at":
                return Sql(BIGINT, "coalesce({0}, {1})", c.last_interaction_at, c.created_at)
            case _:
                due = select(tasks.c.due).where(tasks.c.deal == c.id, tasks.c.done_at.is_(None))
                name = self._backend.new_name()
                return Sql(BIGINT, f"(SELECT min(due) FROM ({{0}}) AS {name})", due.correlate(deals))  # noqa: S608

    def _hex(self, id_: ColumnElement[Any]) -> ColumnElement[Any]:
        if self._jsonb:
            return Sql(TEXT, "replace(CAST({0} AS text), '-', '')", id_)
        return Sql(TEXT, "(CASE WHEN {0} IS NOT NULL THEN lower(hex({0})) END)", id_)

    def _of_party(self, table: Table, link: str, name: str, node: Read) -> ColumnElement[Any]:
        if name == "id":
            return self._hex(deals.c[link])
        value = table.c.created_at if name == "created_at" else self.member(table.c.fields, name, node)
        found = select(value.label("value")).select_from(table).where(table.c.id == deals.c[link])
        return Sql(value.type, "({0})", found.correlate_except(table))

    def _of_owner(self, node: Read) -> ColumnElement[Any]:
        if node.name == "owner.id":
            return deals.c.owner
        type_ = type_of(node.kind)
        known = [(user, value) for user, value in self._owners[node.name].items() if value is not None]
        if not known:
            return self._backend.constant(None, node.kind)
        whens = "".join(f" WHEN {{{n}}} THEN {{{n + 1}}}" for n in range(1, 2 * len(known), 2))
        pairs = [
            part
            for user, value in known
            for part in (self._backend.parameter(user, TEXT), self._backend.constant(value, node.kind))
        ]
        return Sql(type_, f"(CASE {{0}}{whens} END)", deals.c.owner, *pairs)

    def rows(self, collection: str) -> RowColumns:
        """Return the rows of a collection of the deal, its account or its contact."""
        head, dot, name = collection.partition(".")
        if collection in _ROWS:
            table, order = _ROWS[collection]
            owned = table.c.deal == deals.c.id
            return RowColumns(
                source=table,
                owned=owned,
                order=tuple(table.c[column] for column in order),
                read=lambda node: self._cell(collection, table, node),
            )
        owner = deals.c[head] if dot else deals.c.id
        rows = records.alias()
        owned = and_(rows.c.owner == owner, rows.c.collection == (name if dot else collection))
        read: Callable[[Read], ColumnElement[Any]] = lambda node: self.member(rows.c.fields, node.name, node)  # noqa: E731
        return RowColumns(source=rows, owned=owned, order=(rows.c.key,), read=read)

    def _cell(self, collection: str, table: FromClause, node: Read) -> ColumnElement[Any]:
        if collection == "interactions" and node.name != "at":
            return self.member(table.c.fields, node.name, node)
        if collection == "tasks" and node.name == "done":
            return Sql(BOOL, "({0} IS NOT NULL)", table.c.done_at)
        return table.c["visit" if (collection, node.name) == ("visits", "number") else node.name]

    def visits(self, stage: str) -> ColumnElement[Any]:
        """Return how often the deal entered the stage."""
        if self._jsonb:
            return Sql(BIGINT, f"coalesce(CAST({{0}} -> 'visits' ->> '{stage}' AS bigint), 0)", deals.c.live)
        return Sql(BIGINT, f"coalesce(json_extract({{0}}, '$.visits.\"{stage}\"'), 0)", deals.c.live)
