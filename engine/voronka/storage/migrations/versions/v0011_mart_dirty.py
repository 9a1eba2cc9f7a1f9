"""Marks of what has changed since the mart was refreshed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from voronka.storage import types

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the table. Nothing need be marked: there is no mart yet, and a new one is built from everything."""
    op.create_table(
        "mart_dirty",
        sa.Column("stream", types.Id(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("stream", name=op.f("pk_mart_dirty")),
        sqlite_with_rowid=False,
    )
