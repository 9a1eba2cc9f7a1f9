"""What rules did, when the scheduled ones come next, and whose turn was the last to be given a deal."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from voronka.storage import types

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "firings",
        sa.Column("deal", types.Id(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("at", types.Micros(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["deal"], ["deals.id"], name=op.f("fk_firings_deal")),
        sa.PrimaryKeyConstraint("deal", "seq", "n", name=op.f("pk_firings")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_firings_rule_at", "firings", ["rule", "at"])
    op.create_table(
        "schedules",
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("schedule", sa.Text(), nullable=False),
        sa.Column("due_at", types.Micros(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("rule", name=op.f("pk_schedules")),
    )
    op.create_table(
        "assignments",
        sa.Column("pool", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("at", types.Micros(), nullable=False),
        sa.PrimaryKeyConstraint("pool", name=op.f("pk_assignments")),
    )
