"""Where the database keeps what expressions about deals name: columns, and what lies in other tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Table, select

from voronka.definition.sources import KNOWN_AT
from voronka.expressions import Kind, Type
from voronka.expressions.ir import DateOf, DaysSince, Node, Read
from voronka.sql.backend import BIGINT, BOOL
from voronka.sql.columns import RowColumns
from voronka.sql.element import Sql
from voronka.storage.record_columns import RecordColumns, order_of_orders
from voronka.storage.tables import accounts, contacts, deals, interactions, orders, tasks, visits

__all__ = ["DealColumns", "is_own", "standing"]

_PARTIES: Mapping[str, Table] = {"account": accounts, "contact": contacts}
_COLUMNS = {
    "number", "funnel", "variant", "stage", "owner", "created_at", "entered_at", "closed_at", "outcome", "replied",
    "contacted",
}  # fmt: skip
_COMPUTED = {
    "id", "account", "contact", "open", "closed", "won", "lost", "last_interaction_at", "next_step_at", "days_in_stage",
}  # fmt: skip
_ROWS: Mapping[str, tuple[Table, tuple[str, ...]]] = {
    "interactions": (interactions, ("at", "seq", "n")),
    "tasks": (tasks, ("seq", "n")),
    "visits": (visits, ("visit",)),
    "orders": (orders, ()),
}


def is_own(name: str) -> bool:
    """Tell whether a name is kept in the row of the deal itself."""
    return "." not in name and name not in ("next_step_at", "days_in_stage")


def standing(node: Read) -> Read | None:
    """Return the moment from which ``days_in_stage`` is counted, None for another name."""
    if node.of_row or node.name != "days_in_stage":
        return None
    return Read(type=Type(Kind.DATETIME), text=node.text, name="entered_at", present=True)


class DealColumns(RecordColumns):
    """The names of deals on one kind of database. `owners`: what is known of the users who own them."""

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
        if rest == KNOWN_AT:
            return self.known_at(deals.c.live, head)
        if dot:
            return (
                self.of_owner(node, deals.c.owner)
                if head == "owner"
                else self._of_party(_PARTIES[head], head, rest, node)
            )
        if node.name in _COLUMNS:
            return deals.c[node.name]
        if node.name in _COMPUTED:
            return self._computed(node.name)
        return self.member(deals.c.fields, node.name, node)

    def _computed(self, name: str) -> ColumnElement[Any]:
        c = deals.c
        match name:
            case "id" | "account" | "contact":
                return self.hex(c[name])
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
                name = self.backend.new_name()
                return Sql(BIGINT, f"(SELECT min(due) FROM ({{0}}) AS {name})", due.correlate(deals))  # noqa: S608

    def _of_party(self, table: Table, link: str, name: str, node: Read) -> ColumnElement[Any]:
        if name == "id":
            return self.hex(deals.c[link])
        value = table.c.created_at if name == "created_at" else self.field(table.c.fields, name, node)
        found = select(value.label("value")).select_from(table).where(table.c.id == deals.c[link])
        return Sql(value.type, "({0})", found.correlate_except(table))

    def rows(self, collection: str) -> RowColumns:
        """Return the rows of a collection of the deal, its account or its contact."""
        head, dot, name = collection.partition(".")
        if collection in _ROWS:
            kept, order = _ROWS[collection]
            table = kept.alias()  # a row of the ledger may be asked about the ledger
            owned = table.c.deal == deals.c.id
            return RowColumns(
                source=table,
                owned=owned,
                order=tuple(table.c[column] for column in order) or order_of_orders(table),
                read=lambda node: self._cell(collection, table, node),
            )
        return self.records_of(deals.c[head] if dot else deals.c.id, name if dot else collection)

    def _cell(self, collection: str, table: FromClause, node: Read) -> ColumnElement[Any]:
        if collection == "interactions" and node.name != "at":
            return self.member(table.c.fields, node.name, node)
        if collection == "tasks" and node.name == "done":
            return Sql(BOOL, "({0} IS NOT NULL)", table.c.done_at)
        return table.c["visit" if (collection, node.name) == ("visits", "number") else node.name]

    def visits(self, stage: str) -> ColumnElement[Any]:
        """Return how often the deal entered the stage."""
        if self.jsonb:
            return Sql(BIGINT, f"coalesce(CAST({{0}} -> 'visits' ->> '{stage}' AS bigint), 0)", deals.c.live)
        return Sql(BIGINT, f"coalesce(json_extract({{0}}, '$.visits.\"{stage}\"'), 0)", deals.c.live)
