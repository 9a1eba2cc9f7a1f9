"""Rates and pauses of lanes; the next effect of each lane is found by an index, however many wait in others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from voronka.storage import types

revision = "0009"
down_revision = "0008"

_PENDING = sa.text("status = 'pending'")
_LEASED = sa.text("lease_until IS NOT NULL")


def upgrade() -> None:
    """Add the table; put indexes by lane in the place of those over all."""
    op.create_table(
        "throttles",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("free_at", types.Micros(), nullable=False),
        sa.Column("taken", types.Json(), nullable=False),
        sa.Column("stale_at", types.Micros(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "address", name=op.f("pk_throttles")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_throttles_stale_at", "throttles", ["stale_at"])
    for column, where in (("next_at", _PENDING), ("lease_until", _LEASED)):
        op.drop_index(f"ix_outbox_{column}", "outbox")
        op.create_index(
            f"ix_outbox_channel_{column}", "outbox", ["channel", column], sqlite_where=where, postgresql_where=where
        )
