"""In which order the rows of a collection were put: the entry that put each of them first.

Their keys tell it only by chance: in the order of texts 10.1 comes before 2.1.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic import op

from voronka.storage import types

revision = "0013"
down_revision = "0012"

_RECORDS = sa.table(
    "records",
    *(sa.column("owner", types.Id()), sa.column("collection", sa.Text()), sa.column("key", sa.Text())),
    sa.column("seq", sa.Integer()),
)
_HISTORY = sa.table("history", sa.column("stream", types.Id()), sa.column("seq"), sa.column("events", sa.Text()))


def upgrade() -> None:
    """Add the number of the entry, worked out of the history."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.add_column("records", sa.Column("seq", sa.Integer(), nullable=False, server_default="0"))
        op.alter_column("records", "seq", server_default=None)
    else:
        _make_records_anew()
    put = sa.update(_RECORDS).values(seq=sa.bindparam("entry"))
    for name in ("owner", "collection", "key"):
        put = put.where(_RECORDS.c[name] == sa.bindparam(f"the_{name}", type_=_RECORDS.c[name].type))
    for found in _first_puts(connection):
        connection.execute(put, found)


def _make_records_anew() -> None:
    """SQLite adds no column that must not be missing, unless with a value for ever."""
    op.rename_table("records", "records_before")
    table = op.create_table(
        "records",
        sa.Column("owner", types.Id(), nullable=False),
        sa.Column("collection", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("fields", types.Json(), nullable=False),
        sa.PrimaryKeyConstraint("owner", "collection", "key", name=op.f("pk_records")),
    )
    names = ["owner", "collection", "key", "fields"]
    before = sa.table("records_before", *map(sa.column, names))
    op.execute(table.insert().from_select([*names, "seq"], sa.select(*before.c, sa.literal(0))))
    op.drop_table("records_before")


def _first_puts(connection: sa.Connection) -> Iterator[list[dict[str, Any]]]:
    """Yield by record, of each row that is kept, the number of the entry that put it first after it last went."""
    told = sa.select(_HISTORY).where(_HISTORY.c.events.contains('"row.')).order_by(_HISTORY.c.stream, _HISTORY.c.seq)
    for stream, entries in groupby(connection.execute(told).all(), key=lambda entry: entry.stream):
        first: dict[tuple[str, str], int] = {}
        for entry in entries:
            for event in json.loads(entry.events):
                if event["kind"] == "row.put":
                    first.setdefault((event["collection"], event["key"]), entry.seq)
                elif event["kind"] == "row.removed":
                    first.pop((event["collection"], event["key"]), None)
        if first:
            yield [
                {"the_owner": stream, "the_collection": collection, "the_key": key, "entry": seq}
                for (collection, key), seq in first.items()
            ]
