"""Which queued command came before which, where several were queued at one moment."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_PENDING = sa.text("status = 'pending'")


def upgrade() -> None:
    """Add the column; what waits now comes before all that will, in the order that it had."""
    op.add_column("inbox", sa.Column("place", sa.BigInteger(), nullable=True))
    op.execute("UPDATE inbox SET place = 0 WHERE status = 'pending'")
    op.drop_index("ix_inbox_at_origin_seq_n", "inbox")
    columns = ["place", "at", "origin", "seq", "n"]
    op.create_index(
        "ix_inbox_place_at_origin_seq_n", "inbox", columns, sqlite_where=_PENDING, postgresql_where=_PENDING
    )
