"""Which deals another has opened is asked whenever it changes what they follow."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

_OPENED = sa.text("parent IS NOT NULL")


def upgrade() -> None:
    """Add the index."""
    op.create_index("ix_deals_parent", "deals", ["parent"], sqlite_where=_OPENED, postgresql_where=_OPENED)
