"""When the next lease of an effect runs out is found by an index, however many effects wait."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_LEASED = sa.text("lease_until IS NOT NULL")


def upgrade() -> None:
    """Add the index."""
    op.create_index("ix_outbox_lease_until", "outbox", ["lease_until"], sqlite_where=_LEASED, postgresql_where=_LEASED)
