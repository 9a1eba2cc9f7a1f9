"""Into which other an account or a contact was merged: by what it was known, that one is found from now on."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

from voronka.storage import types

revision = "0016"
down_revision = "0015"

_HISTORY = sa.table("history", sa.column("stream", types.Id()), sa.column("kind"), sa.column("events", sa.Text()))
_TABLES = {"account": "accounts", "contact": "contacts"}


def upgrade() -> None:
    """Add the column to both tables, worked out of the history."""
    merged = sa.text("merged_into IS NOT NULL")
    for table in _TABLES.values():
        op.add_column(table, sa.Column("merged_into", types.Id()))
        op.create_index(f"ix_{table}_merged_into", table, ["merged_into"], sqlite_where=merged, postgresql_where=merged)
    connection = op.get_bind()
    told = sa.select(_HISTORY.c.stream, _HISTORY.c.kind, _HISTORY.c.events)
    for stream, kind, events in connection.execute(told.where(_HISTORY.c.events.contains('"party.merged"'))).all():
        for event in json.loads(events):
            if event["kind"] == "party.merged" and not event["stays"]:
                records = sa.table(_TABLES[kind], sa.column("id", types.Id()), sa.column("merged_into", types.Id()))
                into = {"merged_into": bytes.fromhex(event["other"])}
                connection.execute(sa.update(records).where(records.c.id == stream).values(into))
