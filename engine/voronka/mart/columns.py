"""Where the mart keeps what expressions about what is counted may name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Table, func, select

from voronka.definition.kpis import Counted
from voronka.definition.vocabulary import BUILT_IN_NAMES
from voronka.expressions import Kind, Type
from voronka.expressions.ir import DateOf, DaysSince, Node, Read
from voronka.mart.schema import OF_SUBJECT, MartSchema, field_column, row_fact
from voronka.sql.backend import BIGINT, BOOL, Backend
from voronka.sql.columns import RowColumns
from voronka.sql.element import Sql
from voronka.storage.record_columns import order_of_orders

__all__ = ["TABLES", "MartColumns"]

TABLES: Mapping[Counted, str] = {
    Counted.DEALS: "dim_deal",
    Counted.ACCOUNTS: "dim_account",
    Counted.CONTACTS: "dim_contact",
    Counted.VISITS: "fact_visit",
    Counted.INTERACTIONS: "fact_interaction",
    Counted.TASKS: "fact_task",
    Counted.ORDERS: "fact_order",
}
_RECORDS = frozenset({Counted.DEALS, Counted.ACCOUNTS, Counted.CONTACTS})
_KEYS = {"dim_deal": "id", "dim_account": "account", "dim_contact": "contact"}
_LINKED = {"account": "dim_account", "contact": "dim_contact"}
_SUBJECTS = {table: subject for subject, tables in OF_SUBJECT.items() for table in tables}
_RENAMED = {
    "dim_deal": {"number": "deal"},
    "dim_account": {"id": "account"},
    "dim_contact": {"id": "contact"},
    "fact_visit": {"number": "visit"},
}
_ORDERS = {
    "fact_interaction": ("at", "seq", "n"),
    "fact_task": ("seq", "n"),
    "fact_visit": ("visit",),
}


class MartColumns:
    """The names of the rows that are counted; of facts about deals also those of their deals.

    `source` is what to select from: a fact comes with its deal. A name is read from the row; where the row is a fact,
    names that are not its own (``deal.owner`` in the language) from the deal.
    """

    def __init__(self, schema: MartSchema, backend: Backend, counted: Counted) -> None:
        self._tables = schema.tables
        self._backend = backend
        self._table = schema.tables[TABLES[counted]]
        self._record = self._table if counted in _RECORDS else schema.tables["dim_deal"]
        self.source: FromClause = self._table
        if self._record is not self._table:
            self.source = self._table.join(self._record, self._table.c.deal == self._record.c.deal)

    @property
    def owner(self) -> ColumnElement[Any]:
        """Whose the row is: of a contact the owner of its account."""
        if "owner" in self._record.c:
            return self._record.c.owner
        accounts = self._tables["dim_account"].alias()
        return select(accounts.c.owner).where(accounts.c.account == self._record.c.account).scalar_subquery()

    def formula(self, node: Read) -> Node | None:
        """Return what a name is worked out from by the clock; None for one that is kept."""
        if node.name not in ("days_in_stage", "deal.days_in_stage"):
            return None
        entered = Read(type=Type(Kind.DATETIME), text=node.text, name="entered_at", present=True)
        day = DateOf(type=Type(Kind.DATE), text=node.text, operand=entered)
        return DaysSince(type=node.type, text=node.text, operand=day, working=False)

    def read(self, node: Read) -> ColumnElement[Any]:
        """Return the column of a name."""
        if node.of_row and self._record is not self._table:
            return self._cell(self._table, node.name)
        return self._of_record(node.name.removeprefix("deal."))

    def rows(self, collection: str) -> RowColumns:
        """Return the rows of a collection of the record."""
        head, dot, name = collection.partition(".")
        kept = {"visits": "fact_visit", "tasks": "fact_task", "orders": "fact_order"}
        of, own = (_SUBJECTS[_LINKED[head]], name) if dot else (_SUBJECTS[self._record.name], collection)
        fact = kept.get(collection) or row_fact(of, own)
        rows = self._tables[fact].alias()
        if "deal" in rows.c:
            owned = rows.c.deal == self._record.c.deal
        else:
            owned = rows.c.record == self._record.c[head if dot else _KEYS[self._record.name]]
        order = (
            order_of_orders(rows)
            if fact == "fact_order"
            else tuple(rows.c[column] for column in _ORDERS.get(fact, ("seq", "key")))
        )
        return RowColumns(source=rows, owned=owned, order=order, read=lambda node: self._cell(rows, node.name, fact))

    def visits(self, stage: str) -> ColumnElement[Any]:
        """Return how often the deal entered the stage."""
        rows = self._tables["fact_visit"].alias()
        counted = select(func.count()).select_from(rows).where(rows.c.deal == self._record.c.deal)
        found = counted.where(rows.c.stage == self._backend.parameter(stage, rows.c.stage.type))
        return Sql(BIGINT, "({0})", found.correlate_except(rows))

    def _of_record(self, name: str) -> ColumnElement[Any]:
        head, dot, rest = name.partition(".")
        if not dot:
            return self._cell(self._record, name)
        column: ColumnElement[Any]
        if head == "owner":
            if rest == "absent":
                return self._backend.constant(None, Kind.BOOL)
            linked = self._tables["dim_user"].alias()
            column, owned = linked.c[{"id": "user", "name": "label"}.get(rest, rest)], linked.c.user == self.owner
        else:
            linked = self._tables[_LINKED[head]].alias()
            column, owned = self._cell(linked, rest, _LINKED[head]), linked.c[head] == self._record.c[head]
        query = select(column.label("value")).where(owned)
        return Sql(column.type, "({0})", query.correlate_except(linked))

    def _cell(self, table: FromClause, name: str, kept: str | None = None) -> ColumnElement[Any]:
        kept = kept or (table.name if isinstance(table, Table) else "")
        if (declared := field_column(name)) in table.c:
            return table.c[declared]
        column = _RENAMED.get(kept, {}).get(name, name)
        if column in table.c and (kept not in _SUBJECTS or name in BUILT_IN_NAMES[_SUBJECTS[kept]]):
            return table.c[column]
        outcome = table.c.get("outcome")
        if kept == "dim_deal" and outcome is not None:
            match name:
                case "open":
                    return Sql(BOOL, "({0} IS NULL)", outcome)
                case "closed":
                    return Sql(BOOL, "({0} IS NOT NULL)", outcome)
                case "won" | "lost":
                    return Sql(BOOL, f"(coalesce({{0}}, '') = '{name}')", outcome)
                case "next_step_at":
                    tasks = self._tables["fact_task"].alias()
                    due = select(func.min(tasks.c.due)).where(tasks.c.deal == table.c.deal, tasks.c.done_at.is_(None))
                    return Sql(BIGINT, "({0})", due.correlate_except(tasks))
        if kept == "fact_task" and name == "done":
            return Sql(BOOL, "({0} IS NOT NULL)", table.c.done_at)
        raise KeyError(name)
