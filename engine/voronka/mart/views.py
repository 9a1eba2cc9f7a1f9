"""Views for people and for tools that show data: amounts as decimals, moments as timestamps in UTC, dates as dates.

Their names and columns are stable; those of the tables may change with a version of Voronka.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import Column, Table

from voronka.expressions import Kind
from voronka.mart.schema import MartSchema

__all__ = ["VIEWS", "shown_names", "view_name", "views"]

VIEWS: Mapping[str, str] = {
    "dim_deal": "deals",
    "dim_deal_version": "deal_versions",
    "dim_account": "accounts",
    "dim_contact": "contacts",
    "dim_user": "users",
    "dim_release": "releases",
    "dim_stage": "stages",
    "dim_day": "days",
    "fact_visit": "visits",
    "fact_transition": "transitions",
    "fact_interaction": "interactions",
    "fact_task": "tasks",
    "fact_order": "orders",
    "fact_timer": "timers",
    "fact_message": "messages",
    "fact_score": "scores",
    "fact_tick": "ticks",
}
_OF = ("deal_", "account_", "contact_")
_MOMENTS = frozenset({"at", "since", "until", "due"})
_DATES = frozenset({"day", "week", "month", "quarter", "year"})


def view_name(table: str) -> str:
    """Return the view of a table; a deal's collection that is called as those of others begin is told as a deal's."""
    if table in VIEWS:
        return VIEWS[table]
    of, _, collection = table.removeprefix("fact_").partition("row_")
    if not of and collection.startswith(_OF):
        of = "deal_"
    return f"rows_{of}{collection}"


def shown_names(table: Table) -> Mapping[str, str]:
    """Return the columns of a table, each with its name in the view."""
    taken: dict[str, str] = {}
    for column in table.columns:
        shown = column.name[2:] if column.name.startswith(("f_", "s_")) else column.name
        taken[column.name] = column.name if shown in table.c or shown in taken.values() else shown
    return taken


def views(schema: MartSchema, digits: int, *, postgresql: bool) -> Iterator[str]:
    """Yield the statements that make the views; `digits`: of the currency's minor unit."""
    for name, table in schema.tables.items():
        prefix = f'"{table.schema}".' if table.schema else ""
        columns = ", ".join(
            f'{_shown(schema, table, table.c[column], digits, postgresql=postgresql)} AS "{shown}"'
            for column, shown in shown_names(table).items()
        )
        yield f'CREATE VIEW {prefix}"{view_name(name)}" AS SELECT {columns} FROM {prefix}"{name}"'  # noqa: S608 - ours


def _shown(schema: MartSchema, table: Table, column: Column[int], digits: int, *, postgresql: bool) -> str:
    name = f'"{column.name}"'
    kind = schema.kinds.get(table.name, {}).get(column.name) or _kind(table.name, column.name)
    if kind is Kind.MONEY and digits:
        unit = f"0.{'1'.rjust(digits, '0')}"
        whole = "numeric" if postgresql else "DECIMAL(20, 0)"
        decimal = "numeric" if postgresql else f"DECIMAL({digits + 1}, {digits})"
        return f"CAST({name} AS {whole}) * CAST({unit} AS {decimal})"
    if kind is Kind.DATETIME:
        if postgresql:
            return f"TIMESTAMP '1970-01-01' + {name} * INTERVAL '1 microsecond'"
        return f"make_timestamp({name})"
    return f"CAST({name} AS date)" if kind is Kind.DATE else name


def _kind(table: str, column: str) -> Kind | None:
    if column.endswith("_at") and not column.startswith("f_"):
        return Kind.DATETIME
    if table == "dim_day":
        return Kind.DATE if column in _DATES else None
    if table == "fact_order" and column in ("amount", "paid"):
        return Kind.MONEY
    return Kind.DATETIME if column in _MOMENTS else None
