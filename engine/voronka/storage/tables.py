"""The tables. What each is for stands in docs/storage.md; all but the history can be made anew from the history.

`history` says what happened; `deals`, `accounts` and `contacts` hold the snapshots; `visits`, `timers`, `tasks`,
`interactions`, `records`, `orders`, `outbox`, `keys`, `absences` and the queued part of `inbox` are projections,
written in the transaction that appends their events, as is `mart_dirty`, which says of what the mart does not know
yet. `audit` says what did not happen for want of a right.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    text,
)

from voronka.storage.dialects import bind_append_only
from voronka.storage.metadata import deal_column, index, metadata
from voronka.storage.types import Id, Json, Micros

__all__ = [
    "absences",
    "accounts",
    "assignments",
    "audit",
    "contacts",
    "counters",
    "deals",
    "firings",
    "hint_uses",
    "history",
    "imported",
    "imports",
    "inbox",
    "interactions",
    "keys",
    "marks",
    "mart_dirty",
    "metadata",
    "orders",
    "outbox",
    "records",
    "releases",
    "reviews",
    "schedules",
    "tasks",
    "throttles",
    "timers",
    "users",
    "vault",
    "visits",
]

deals = Table(
    "deals",
    metadata,
    Column("id", Id, primary_key=True),
    Column("number", BigInteger, nullable=False, unique=True),
    Column("seq", Integer, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
    Column("release", String(64), nullable=False),
    Column("funnel", Text, nullable=False),
    Column("variant", Text),
    Column("stage", Text, nullable=False),
    Column("visit", Integer, nullable=False),
    Column("created_at", Micros, nullable=False),
    Column("entered_at", Micros, nullable=False),
    Column("owner", Text),
    Column("account", Id),
    Column("contact", Id),
    Column("closed_at", Micros),
    Column("outcome", Text),
    Column("last_interaction_at", Micros),
    Column("replied", Boolean, nullable=False),
    Column("contacted", Boolean, nullable=False),
    Column("hidden", Boolean, nullable=False),
    Column("parent", Id),
    Column("fields", Json, nullable=False),
    Column("live", Json, nullable=False),
)
index(deals.c.funnel, deals.c.stage)
index(deals.c.account, where=deals.c.account.is_not(None))
index(deals.c.contact, where=deals.c.contact.is_not(None))
index(deals.c.parent, where=deals.c.parent.is_not(None))

accounts = Table(
    "accounts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
    Column("release", String(64), nullable=False),
    Column("created_at", Micros, nullable=False),
    Column("hidden", Boolean, nullable=False),
    Column("touched", Boolean, nullable=False),
    Column("import_id", Text),
    Column("name_key", Text),
    Column("fields", Json, nullable=False),
    Column("merged_into", Id),
)
index(accounts.c.name_key, where=accounts.c.name_key.is_not(None))
index(accounts.c.import_id, where=accounts.c.import_id.is_not(None))
index(accounts.c.merged_into, where=accounts.c.merged_into.is_not(None))

contacts = Table(
    "contacts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
    Column("release", String(64), nullable=False),
    Column("created_at", Micros, nullable=False),
    Column("hidden", Boolean, nullable=False),
    Column("touched", Boolean, nullable=False),
    Column("import_id", Text),
    Column("fields", Json, nullable=False),
    Column("merged_into", Id),
)
index(contacts.c.import_id, where=contacts.c.import_id.is_not(None))
index(contacts.c.merged_into, where=contacts.c.merged_into.is_not(None))

users = Table(
    "users",
    metadata,
    Column("name", Text, primary_key=True),
    Column("label", Text, nullable=False),
    Column("import_id", Text),
    Column("added_at", Micros, nullable=False),
)

records = Table(
    "records",
    metadata,
    Column("owner", Id, nullable=False),
    Column("collection", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("fields", Json, nullable=False),
    PrimaryKeyConstraint("owner", "collection", "key"),
)

interactions = Table(
    "interactions",
    metadata,
    deal_column(),
    Column("seq", Integer, nullable=False),
    Column("n", Integer, nullable=False),
    Column("at", Micros, nullable=False),
    Column("kind", Text),
    Column("channel", Text),
    Column("direction", Text),
    Column("reason", Text),
    Column("outcome", Text),
    Column("user", Text),
    Column("own", Boolean, nullable=False),
    Column("fields", Json, nullable=False),
    PrimaryKeyConstraint("deal", "seq", "n"),
    sqlite_with_rowid=False,
)

tasks = Table(
    "tasks",
    metadata,
    deal_column(),
    Column("seq", Integer, nullable=False),
    Column("n", Integer, nullable=False),
    Column("title", Json, nullable=False),
    Column("assignee", Text),
    Column("at", Micros, nullable=False),
    Column("due", Micros),
    Column("day", Text),
    Column("done_at", Micros),
    PrimaryKeyConstraint("deal", "seq", "n"),
    sqlite_with_rowid=False,
)
index(tasks.c.assignee, where=tasks.c.done_at.is_(None))

orders = Table(
    "orders",
    metadata,
    deal_column(),
    Column("number", Text, nullable=False),
    Column("at", Micros),
    Column("amount", BigInteger),
    Column("paid", BigInteger),
    Column("status", Text),
    PrimaryKeyConstraint("deal", "number"),
    sqlite_with_rowid=False,
)

history = Table(
    "history",
    metadata,
    Column("stream", Id, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("release", String(64), nullable=False),
    Column("actor", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("occurred_at", Micros, nullable=False),
    Column("recorded_at", Micros, nullable=False),
    Column("events", Text, nullable=False),
    Column("links", Text, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
    PrimaryKeyConstraint("stream", "seq"),
)
bind_append_only(history)

visits = Table(
    "visits",
    metadata,
    deal_column(),
    Column("visit", Integer, nullable=False),
    Column("stage", Text, nullable=False),
    Column("via", Text),
    Column("outcome", Text),
    Column("entered_at", Micros, nullable=False),
    Column("left_at", Micros),
    PrimaryKeyConstraint("deal", "visit"),
    sqlite_with_rowid=False,
)

timers = Table(
    "timers",
    metadata,
    deal_column(),
    Column("visit", Integer, nullable=False),
    Column("event", Text, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("row", Text, nullable=False),
    Column("occurrence", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("anchor", Micros, nullable=False),
    Column("due_at", Micros, nullable=False),
    Column("offset", Text, nullable=False),
    Column("through", Integer),
    Column("ended_at", Micros),
    Column("reason", Text, nullable=False),
    Column("planned_at", Micros),  # none where it is due as planned
    Column("reasons", Json),
    PrimaryKeyConstraint("deal", "visit", "event", "generation", "row", "occurrence"),
    sqlite_with_rowid=False,
)
index(timers.c.due_at, where=timers.c.state == text("'waiting'"))

outbox = Table(
    "outbox",
    metadata,
    Column("deal", Id, nullable=False),  # or the workspace, of which a review tells
    Column("seq", Integer, nullable=False),
    Column("n", Integer, nullable=False),
    Column("channel", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("locale", Text, nullable=False),
    Column("template", Text, nullable=False),
    Column("at", Micros, nullable=False),
    Column("body", Json, nullable=False),
    Column("status", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", Micros, nullable=False),
    Column("lease_until", Micros),
    Column("token", Integer, nullable=False),
    Column("settled_at", Micros),
    Column("reason", Text, nullable=False),
    Column("reasons", Json),
    PrimaryKeyConstraint("deal", "seq", "n"),
    sqlite_with_rowid=False,
)
_pending = outbox.c.status == text("'pending'")
index(outbox.c.channel, outbox.c.next_at, where=_pending)
index(outbox.c.channel, outbox.c.lease_until, where=outbox.c.lease_until.is_not(None))
index(outbox.c.deal, outbox.c.channel, outbox.c.seq, outbox.c.n, where=_pending)

throttles = Table(
    "throttles",
    metadata,
    Column("channel", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("free_at", Micros, nullable=False),
    Column("taken", Json, nullable=False),
    Column("stale_at", Micros, nullable=False),
    Column("paused_until", Micros),
    PrimaryKeyConstraint("channel", "address"),
    sqlite_with_rowid=False,
)
index(throttles.c.stale_at)

inbox = Table(
    "inbox",
    metadata,
    Column("source", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("at", Micros, nullable=False),
    Column("answer", Json),
    Column("import_id", Text),
    Column("command", Json),
    Column("origin", Id),
    Column("seq", Integer),
    Column("n", Integer),
    Column("place", BigInteger),
    PrimaryKeyConstraint("source", "key"),
    sqlite_with_rowid=False,
)
index(
    inbox.c.place,
    inbox.c.at,
    inbox.c.origin,
    inbox.c.seq,
    inbox.c.n,
    where=inbox.c.status == text("'pending'"),
)
index(inbox.c.import_id, where=inbox.c.import_id.is_not(None))

releases = Table(
    "releases",
    metadata,
    Column("release", String(64), primary_key=True),
    Column("files", LargeBinary, nullable=False),
    Column("stored_at", Micros, nullable=False),
    Column("active", Boolean, nullable=False),
)
# At most one release is active.
index(releases.c.active, where=text("active"), unique=True)

keys = Table(
    "keys",
    metadata,
    Column("namespace", Text, nullable=False),
    Column("key", Text, nullable=False),
    deal_column(),
    PrimaryKeyConstraint("namespace", "key"),
    sqlite_with_rowid=False,
)
index(keys.c.deal)

imports = Table(
    "imports",
    metadata,
    Column("id", Text, primary_key=True),
    Column("mapping", Text, nullable=False),
    Column("file", Text, nullable=False),
    Column("file_hash", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("counts", Json, nullable=False),
    Column("started_at", Micros, nullable=False),
    Column("finished_at", Micros),
    Column("undone_at", Micros),
)

imported = Table(
    "imported",
    metadata,
    Column("import_id", Text, nullable=False),
    deal_column(),
    PrimaryKeyConstraint("import_id", "deal"),
    sqlite_with_rowid=False,
)

vault = Table(
    "vault",
    metadata,
    Column("subject", Id, nullable=False),
    Column("ref", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("folded", Text),
    PrimaryKeyConstraint("subject", "ref"),
    sqlite_with_rowid=False,
)
index(vault.c.folded, where=vault.c.folded.is_not(None))

marks = Table(
    "marks",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

counters = Table(
    "counters",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

absences = Table(
    "absences",
    metadata,
    Column("user", Text, nullable=False),
    Column("start", Text, nullable=False),
    Column("end", Text),
    Column("n", Integer, nullable=False),
    PrimaryKeyConstraint("user", "n"),
)

audit = Table(
    "audit",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Micros, nullable=False),
    Column("actor", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("kind", Text),
    Column("record", Id),
    Column("code", Text, nullable=False),
    Column("gates", Text, nullable=False),
)

firings = Table(
    "firings",
    metadata,
    deal_column(),
    Column("seq", Integer, nullable=False),
    Column("n", Integer, nullable=False),
    Column("rule", Text, nullable=False),
    Column("at", Micros, nullable=False),
    Column("result", Text, nullable=False),
    PrimaryKeyConstraint("deal", "seq", "n"),
    sqlite_with_rowid=False,
)
index(firings.c.rule, firings.c.at)

hint_uses = Table(
    "hint_uses",
    metadata,
    deal_column(),
    Column("n", Integer, nullable=False),
    Column("at", Micros, nullable=False),
    Column("user", Text, nullable=False),
    Column("use", Text, nullable=False),
    Column("hint", Text),
    Column("hits", Integer, nullable=False),
    Column("words", Text),
    PrimaryKeyConstraint("deal", "n"),
    sqlite_with_rowid=False,
)

schedules = Table(
    "schedules",
    metadata,
    Column("rule", Text, primary_key=True),
    Column("schedule", Text, nullable=False),
    Column("due_at", Micros, nullable=False),
    Column("position", BigInteger, nullable=False),
)

reviews = Table(
    "reviews",
    metadata,
    Column("review", Text, nullable=False),
    Column("due_at", Micros, nullable=False),
    Column("made_at", Micros, nullable=False),
    Column("release", Text, nullable=False),
    Column("document", Json, nullable=False),
    Column("read_at", Micros),
    Column("read_by", Text),
    Column("decided_at", Micros),
    Column("decided_by", Text),
    Column("decision", Text),
    PrimaryKeyConstraint("review", "due_at"),
)

assignments = Table(
    "assignments",
    metadata,
    Column("pool", Text, primary_key=True),
    Column("user", Text, nullable=False),
    Column("at", Micros, nullable=False),
)

mart_dirty = Table(
    "mart_dirty",
    metadata,
    Column("stream", Id, nullable=False),
    Column("kind", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    PrimaryKeyConstraint("stream"),
    sqlite_with_rowid=False,
)
