"""Which tables follow from the history, and which of their columns no entry tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from sqlalchemy import Column, Table

from voronka.frozen import frozen
from voronka.storage.tables import (
    absences,
    accounts,
    assignments,
    contacts,
    deals,
    firings,
    imported,
    imports,
    inbox,
    interactions,
    keys,
    orders,
    outbox,
    records,
    releases,
    tasks,
    timers,
    users,
    visits,
)

__all__ = ["APART", "OF_RECORDS", "OF_WORKSPACE", "SNAPSHOTS", "Derived", "OfRecord"]


@frozen
class Derived:
    """A table whose rows follow from histories. `untold`: the columns that are not compared, each with the reason."""

    table: Table
    untold: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[int, ...]:
        """The places of the primary key among the columns."""
        places = {column.name: place for place, column in enumerate(self.table.columns)}
        return tuple(places[column.name] for column in self.table.primary_key.columns)


@frozen
class OfRecord(Derived):
    """One whose rows belong each to a record. `owner`: the column with the id of the record whose history tells it."""

    owner: Column[Any]


_DELIVERY = "how a delivery goes is no event until it ends"

SNAPSHOTS = (
    OfRecord(table=deals, owner=deals.c.id),
    OfRecord(table=accounts, owner=accounts.c.id),
    OfRecord(table=contacts, owner=contacts.c.id),
)
"""One row a record: what `evolve` makes of its history."""

OF_RECORDS = (
    *SNAPSHOTS,
    OfRecord(table=visits, owner=visits.c.deal),
    OfRecord(table=timers, owner=timers.c.deal),
    OfRecord(table=tasks, owner=tasks.c.deal),
    OfRecord(table=interactions, owner=interactions.c.deal),
    OfRecord(table=orders, owner=orders.c.deal),
    OfRecord(table=records, owner=records.c.owner),
    OfRecord(table=firings, owner=firings.c.deal),
    OfRecord(table=keys, owner=keys.c.deal),
    OfRecord(table=imported, owner=imported.c.deal),
    OfRecord(
        table=outbox,
        owner=outbox.c.deal,
        untold=dict.fromkeys(("attempts", "next_at", "lease_until", "token", "settled_at"), _DELIVERY)
        | dict.fromkeys(
            ("reason", "reasons"), "of an attempt it is no event, and erasing a person takes words out of it"
        ),
    ),
    OfRecord(
        table=inbox,
        owner=inbox.c.origin,
        untold={
            "status": "a command may come to nothing, and of that there is no entry",
            "answer": "its words are kept nowhere else; which entry it tells of is compared apart",
            "place": "it depends on what else waited",
        },
    ),
)
"""What the history of a deal, an account or a contact tells; of the inbox the commands that it queues."""

OF_WORKSPACE = (
    Derived(table=users),
    Derived(table=absences),
    Derived(
        table=imports,
        untold=dict.fromkeys(("file_hash", "position"), "how far an import has come is no event"),
    ),
    Derived(
        table=releases,
        untold={
            "files": "they are proved by the hash that is the release's id",
            "stored_at": "a release may be kept without being activated",
        },
    ),
    Derived(table=assignments),
)
"""What the workspace's history tells, and of assignments the histories of all deals."""

APART: Mapping[str, str] = {
    "history": "it is what all is compared with; its hashes prove it",
    "vault": "its values are proved by the hashes that the history holds of them",
    "audit": "it tells what did not happen",
    "hint_uses": "who looked for what is no event of a deal; the values that answers set are",
    "schedules": "when a scheduled rule comes next is worked out anew if it is lost",
    "counters": "of deals and of the newest entry they may not stand before the history; others live on their own",
    "marks": "texts that live on their own: whose data this is, and how far a source has been read",
    "mart_dirty": "what the mart does not know yet; it can be built anew",
    "reviews": "what a review says is kept as it was; that it was made, read and decided by, the history tells too",
    "throttles": "how fast a lane may go is no event; what is lost of it costs a pause at most",
}
"""The tables that follow from no history, each with the reason."""
