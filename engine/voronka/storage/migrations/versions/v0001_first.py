"""The tables of the first release."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from voronka.storage import types

revision = "0001"
down_revision = None

_APPEND_ONLY = {
    "sqlite": (
        (
            "CREATE TRIGGER history_no_update BEFORE UPDATE ON history "
            "BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END"
        ),
        (
            "CREATE TRIGGER history_no_delete BEFORE DELETE ON history "
            "BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END"
        ),
    ),
    "postgresql": (
        (
            "CREATE FUNCTION history_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the history is append-only'; END $$"
        ),
        (
            "CREATE TRIGGER history_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON history "
            "FOR EACH STATEMENT EXECUTE FUNCTION history_append_only()"
        ),
    ),
}


def _index(name: str, table: str, columns: list[str], *, where: str | None = None, unique: bool = False) -> None:
    condition = None if where is None else sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


def upgrade() -> None:
    """Make everything."""
    op.create_table(
        "accounts",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("release", sa.String(length=64), nullable=False),
        sa.Column("created_at", types.Micros(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("touched", sa.Boolean(), nullable=False),
        sa.Column("import_id", sa.Text(), nullable=True),
        sa.Column("name_key", sa.Text(), nullable=True),
        sa.Column("fields", types.Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
    )
    _index("ix_accounts_import_id", "accounts", ["import_id"], where="import_id IS NOT NULL")
    _index("ix_accounts_name_key", "accounts", ["name_key"], where="name_key IS NOT NULL")
    op.create_table(
        "contacts",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("release", sa.String(length=64), nullable=False),
        sa.Column("created_at", types.Micros(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("touched", sa.Boolean(), nullable=False),
        sa.Column("import_id", sa.Text(), nullable=True),
        sa.Column("fields", types.Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
    )
    _index("ix_contacts_import_id", "contacts", ["import_id"], where="import_id IS NOT NULL")
    op.create_table(
        "counters",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counters")),
    )
    op.create_table(
        "deals",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("release", sa.String(length=64), nullable=False),
        sa.Column("funnel", sa.Text(), nullable=False),
        sa.Column("variant", sa.Text(), nullable=True),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("visit", sa.Integer(), nullable=False),
        sa.Column("created_at", types.Micros(), nullable=False),
        sa.Column("entered_at", types.Micros(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("account", types.Id(), nullable=True),
        sa.Column("contact", types.Id(), nullable=True),
        sa.Column("closed_at", types.Micros(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("last_interaction_at", types.Micros(), nullable=True),
        sa.Column("replied", sa.Boolean(), nullable=False),
        sa.Column("contacted", sa.Boolean(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("parent", types.Id(), nullable=True),
        sa.Column("fields", types.Json(), nullable=False),
        sa.Column("live", types.Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deals")),
        sa.UniqueConstraint("number", name=op.f("uq_deals_number")),
    )
    _index("ix_deals_account", "deals", ["account"], where="account IS NOT NULL")
    _index("ix_deals_contact", "deals", ["contact"], where="contact IS NOT NULL")
    _index("ix_deals_funnel_stage", "deals", ["funnel", "stage"])
    op.create_table(
        "history",
        sa.Column("stream", types.Id(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("release", sa.String(length=64), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("occurred_at", types.Micros(), nullable=False),
        sa.Column("recorded_at", types.Micros(), nullable=False),
        sa.Column("events", sa.Text(), nullable=False),
        sa.Column("links", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("stream", "seq", name=op.f("pk_history")),
    )
    op.create_table(
        "imports",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("file_hash", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("counts", types.Json(), nullable=False),
        sa.Column("started_at", types.Micros(), nullable=False),
        sa.Column("finished_at", types.Micros(), nullable=True),
        sa.Column("undone_at", types.Micros(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
    )
    op.create_table(
        "inbox",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("at", types.Micros(), nullable=False),
        sa.Column("answer", types.Json(), nullable=True),
        sa.Column("import_id", sa.Text(), nullable=True),
        sa.Column("command", types.Json(), nullable=True),
        sa.Column("origin", types.Id(), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.Column("n", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("source", "key", name=op.f("pk_inbox")),
        sqlite_with_rowid=False,
    )
    _index("ix_inbox_at_origin_seq_n", "inbox", ["at", "origin", "seq", "n"], where="status = 'pending'")
    _index("ix_inbox_import_id", "inbox", ["import_id"], where="import_id IS NOT NULL")
    op.create_table(
        "records",
        sa.Column("owner", types.Id(), nullable=False),
        sa.Column("collection", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fields", types.Json(), nullable=False),
        sa.PrimaryKeyConstraint("owner", "collection", "key", name=op.f("pk_records")),
    )
    op.create_table(
        "releases",
        sa.Column("release", sa.String(length=64), nullable=False),
        sa.Column("files", sa.LargeBinary(), nullable=False),
        sa.Column("stored_at", types.Micros(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("release", name=op.f("pk_releases")),
    )
    _index("ix_releases_active", "releases", ["active"], where="active", unique=True)
    op.create_table(
        "users",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("import_id", sa.Text(), nullable=True),
        sa.Column("added_at", types.Micros(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_users")),
    )
    op.create_table(
        "vault",
        sa.Column("subject", types.Id(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("subject", "ref", name=op.f("pk_vault")),
        sqlite_with_rowid=False,
    )
    _index("ix_vault_folded", "vault", ["folded"], where="folded IS NOT NULL")
    op.create_table(
        "imported",
        sa.Column("import_id", sa.Text(), nullable=False),
        sa.Column("deal", types.Id(), nullable=False),
        sa.ForeignKeyConstraint(["deal"], ["deals.id"], name=op.f("fk_imported_deal")),
        sa.PrimaryKeyConstraint("import_id", "deal", name=op.f("pk_imported")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "interactions",
        sa.Column("deal", types.Id(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("at", types.Micros(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("direction", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("user", sa.Text(), nullable=True),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("fields", types.Json(), nullable=False),
        sa.ForeignKeyConstraint(["deal"], ["deals.id"], name=op.f("fk_interactions_deal")),
        sa.PrimaryKeyConstraint("deal", "seq", "n", name=op.f("pk_interactions")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "keys",
        sa.Column("namespace", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("deal", types.Id(), nullable=False),
        sa.ForeignKeyConstraint(["deal"], ["deals.id"], name=op.f("fk_keys_deal")),
        sa.PrimaryKeyConstraint("namespace", "key", name=op.f("pk_keys")),
        sqlite_with_rowid=False,
    )
    _index("ix_keys_deal", "keys", ["deal"])
    op.create_table(
        "orders",
        sa.Column("deal", types.Id(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("at", types.Micros(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("paid", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["deal"], ["deals.id"], name=op.f("fk_orders_deal")),
        sa.PrimaryKeyConstraint("deal", "number", name=op.f("pk_orders")),
        sqlite_with_rowid=False,
    )
    op.create_table(
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
        sa.Column("lease_until", types.Micros(), nullable=True),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("settled_at", types.Micros(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["deal"], ["deals.id"], name=op.f("fk_outbox_deal")),
        sa.PrimaryKeyConstraint("deal", "seq", "n", name=op.f("pk_outbox")),
        sqlite_with_rowid=False,
    )
    _index("ix_outbox_deal_channel_seq_n", "outbox", ["deal", "channel", "seq", "n"], where="status = 'pending'")
    _index("ix_outbox_next_at", "outbox", ["next_at"], where="status = 'pending'")
    op.create_table(
        "tasks",
        sa.Column("deal", types.Id(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("title", types.Json(), nullable=False),
        sa.Column("assignee", sa.Text(), nullable=True),
        sa.Column("at", types.Micros(), nullable=False),
        sa.Column("due", types.Micros(), nullable=True),
        sa.Column("day", sa.Text(), nullable=True),
        sa.Column("done_at", types.Micros(), nullable=True),
        sa.ForeignKeyConstraint(["deal"], ["deals.id"], name=op.f("fk_tasks_deal")),
        sa.PrimaryKeyConstraint("deal", "seq", "n", name=op.f("pk_tasks")),
        sqlite_with_rowid=False,
    )
    _index("ix_tasks_assignee", "tasks", ["assignee"], where="done_at IS NULL")
    op.create_table(
        "timers",
        sa.Column("deal", types.Id(), nullable=False),
        sa.Column("visit", sa.Integer(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("row", sa.Text(), nullable=False),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("anchor", types.Micros(), nullable=False),
        sa.Column("due_at", types.Micros(), nullable=False),
        sa.Column("offset", sa.Text(), nullable=False),
        sa.Column("through", sa.Integer(), nullable=True),
        sa.Column("ended_at", types.Micros(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["deal"], ["deals.id"], name=op.f("fk_timers_deal")),
        sa.PrimaryKeyConstraint("deal", "visit", "event", "generation", "row", "occurrence", name=op.f("pk_timers")),
        sqlite_with_rowid=False,
    )
    _index("ix_timers_due_at", "timers", ["due_at"], where="state = 'waiting'")
    op.create_table(
        "visits",
        sa.Column("deal", types.Id(), nullable=False),
        sa.Column("visit", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("via", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("entered_at", types.Micros(), nullable=False),
        sa.Column("left_at", types.Micros(), nullable=True),
        sa.ForeignKeyConstraint(["deal"], ["deals.id"], name=op.f("fk_visits_deal")),
        sa.PrimaryKeyConstraint("deal", "visit", name=op.f("pk_visits")),
        sqlite_with_rowid=False,
    )
    for statement in _APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)
