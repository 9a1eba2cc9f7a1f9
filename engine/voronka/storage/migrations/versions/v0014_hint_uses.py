"""What became of hints: asked for, opened, answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from voronka.storage import types

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "hint_uses",
        sa.Column("deal", types.Id(), sa.ForeignKey("deals.id", name=op.f("fk_hint_uses_deal")), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("at", types.Micros(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("use", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text()),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text()),
        sa.PrimaryKeyConstraint("deal", "n", name=op.f("pk_hint_uses")),
        sqlite_with_rowid=False,
    )
