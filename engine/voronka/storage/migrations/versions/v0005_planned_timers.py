"""Where a timer would have fired by its anchor alone, where a window moved it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from voronka.storage import types

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column; nothing has been moved so far."""
    op.add_column("timers", sa.Column("planned_at", types.Micros()))
