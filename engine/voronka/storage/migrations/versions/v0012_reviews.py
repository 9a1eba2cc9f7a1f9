"""Reviews as they were made, with the marks of those who have read them and decided by them.

Messages tell of reviews too: what leaves need not be about a deal any more.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from voronka.storage import types

revision = "0012"
down_revision = "0011"

_PENDING = sa.text("status = 'pending'")
_LEASED = sa.text("lease_until IS NOT NULL")


def upgrade() -> None:
    """Add the table; take the reference to deals from the outbox."""
    op.create_table(
        "reviews",
        sa.Column("review", sa.Text(), nullable=False),
        sa.Column("due_at", types.Micros(), nullable=False),
        sa.Column("made_at", types.Micros(), nullable=False),
        sa.Column("release", sa.Text(), nullable=False),
        sa.Column("document", types.Json(), nullable=False),
        sa.Column("read_at", types.Micros()),
        sa.Column("read_by", sa.Text()),
        sa.Column("decided_at", types.Micros()),
        sa.Column("decided_by", sa.Text()),
        sa.Column("decision", sa.Text()),
        sa.PrimaryKeyConstraint("review", "due_at", name=op.f("pk_reviews")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("fk_outbox_deal", "outbox")
    else:
        _make_outbox_anew()


def _make_outbox_anew() -> None:
    """SQLite takes no constraint from a table that is there."""
    op.rename_table("outbox", "outbox_before")
    table = op.create_table(
        "outbox",
        sa.Column("deal", types.Id(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("at", types.Micros(), nullable=False),
        sa.Column("body", types.Json(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", types.Micros(), nullable=False),
        sa.Column("lease_until", types.Micros()),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("settled_at", types.Micros()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reasons", types.Json()),
        sa.PrimaryKeyConstraint("deal", "seq", "n", name=op.f("pk_outbox")),
        sqlite_with_rowid=False,
    )
    names = [column.name for column in table.c]
    before = sa.table("outbox_before", *map(sa.column, names))
    op.execute(table.insert().from_select(names, sa.select(*before.c)))
    op.drop_table("outbox_before")
    for columns, where in (
        (["channel", "next_at"], _PENDING),
        (["channel", "lease_until"], _LEASED),
        (["deal", "channel", "seq", "n"], _PENDING),
    ):
        op.create_index("ix_outbox_" + "_".join(columns), "outbox", columns, sqlite_where=where)
