"""Absences told by command, and the audit of what was refused for want of a right."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from voronka.storage import types

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "absences",
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("start", sa.Text(), nullable=False),
        sa.Column("end", sa.Text()),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("user", "n", name="pk_absences"),
    )
    op.create_table(
        "audit",
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("at", types.Micros(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text()),
        sa.Column("record", types.Id()),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("gates", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit"),
    )
