"""Rows of collections: declared ones and those built in, each under its key within its owner."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Table, select
from sqlalchemy import Row as RowOf

from voronka.process.codec import decode_value
from voronka.process.rows import in_order, shown_title
from voronka.process.state import Held, Stream
from voronka.process.step import Row
from voronka.storage.tables import interactions, orders, records, tasks, visits

__all__ = ["load", "values_of"]

_CHUNK = 500


def values_of(text: str) -> dict[str, Held | None]:
    """Return the values of a row or a record from the JSON in which they are kept."""
    return {name: decode_value(value) for name, value in json.loads(text).items()}


def _interaction(row: RowOf[Any]) -> tuple[str, Row]:
    return f"{row.seq}.{row.n}", {**values_of(row.fields), "at": row.at}


def _task(row: RowOf[Any]) -> tuple[str, Row]:
    title = json.loads(row.title)
    return f"{row.seq}.{row.n}", {
        "title": shown_title(title),
        "due": row.due,
        "assignee": row.assignee,
        "done": row.done_at is not None,
        "done_at": row.done_at,
    }


def _visit(row: RowOf[Any]) -> tuple[str, Row]:
    return str(row.visit), {
        "stage": row.stage,
        "entered_at": row.entered_at,
        "left_at": row.left_at,
        "number": row.visit,
    }


def _order(row: RowOf[Any]) -> tuple[str, Row]:
    return row.number, {
        "number": row.number,
        "at": row.at,
        "amount": row.amount,
        "paid": row.paid,
        "status": row.status,
    }


def _record(row: RowOf[Any]) -> tuple[str, Row]:
    return row.key, values_of(row.fields)


_BUILT_IN: Mapping[str, tuple[Table, Callable[[RowOf[Any]], tuple[str, Row]]]] = {
    "interactions": (interactions, _interaction),
    "tasks": (tasks, _task),
    "visits": (visits, _visit),
    "orders": (orders, _order),
}


def load(connection: Connection, collection: str, owners: Iterable[Stream]) -> dict[Stream, dict[str, Row]]:
    """Return the rows of a collection for each owner, by key, in the order of the collection (`in_order`)."""
    found: dict[Stream, dict[str, Row]] = {owner: {} for owner in owners}
    by_id = {owner.id: rows for owner, rows in found.items()}
    table, read = _BUILT_IN.get(collection, (records, _record))
    owner_column = next(iter(table.primary_key.columns))
    ids = list(by_id)
    for start in range(0, len(ids), _CHUNK):
        query = select(table).where(owner_column.in_(ids[start : start + _CHUNK]))
        if table is records:
            query = query.where(records.c.collection == collection)
        order = (records.c.seq,) if table is records else ()
        for row in connection.execute(query.order_by(owner_column, *order, *table.primary_key.columns)):
            key, values = read(row)
            by_id[row[0]][key] = values
    return {owner: dict(in_order(collection, rows)) for owner, rows in found.items()}
