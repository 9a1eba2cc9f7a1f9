"""Until when the other side has asked a lane or an address to pause, apart from what its rates say."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from voronka.storage import types

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Add the column; what holds a lane up now may be a pause as a whole, and counts as one."""
    op.add_column("throttles", sa.Column("paused_until", types.Micros()))
    op.execute("UPDATE throttles SET paused_until = free_at")
