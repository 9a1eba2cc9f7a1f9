"""Why a timer failed or a message did not leave, in every language."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from voronka.storage import types

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the columns; the reasons that are there stay as they were written."""
    for table in ("timers", "outbox"):
        op.add_column(table, sa.Column("reasons", types.Json(), nullable=True))
