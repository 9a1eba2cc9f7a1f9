"""Finding records: by what they hold, by what they name, and by what they were before they were merged."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from voronka.process.state import Stream, StreamKind
from voronka.storage import lookups, parties
from voronka.storage.snapshots import PARTIES

__all__ = ["Finding"]


class Finding:
    """Finds ids of records in one state of the database."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def found_by(
        self, kind: StreamKind, field: str, values: Iterable[str], *, personal: bool = False, merged: bool = False
    ) -> dict[str, list[bytes]]:
        """Return ids of records, hidden ones never, whose `field` holds each value; `personal` ones are of contacts.

        `merged`: of accounts or contacts that held it when they were merged, in their place the ones that stay.
        """
        if personal:
            return lookups.personal(self.connection, field, values, merged=merged)
        return lookups.holding(self.connection, kind, field, values, merged=merged)

    def mentioning(self, kind: StreamKind, id_: bytes) -> list[bytes]:
        """Return the ids of the records of a kind that may name the record of this id, hidden ones left out."""
        return lookups.mentioning(self.connection, kind, id_)

    def rows_naming(self, collection: str, column: str, id_: bytes) -> list[tuple[bytes, str]]:
        """Return the owners and keys of the rows of a collection, the ledger among them, that name this record."""
        return lookups.rows_naming(self.connection, collection, column, id_)

    def deals_of(self, party: Stream) -> list[bytes]:
        """Return the ids of the deals of an account or a contact, by number."""
        return lookups.deals_of(self.connection, party)

    def accounts_by_name(self, names: Iterable[str], *, merged: bool = False) -> dict[str, list[bytes]]:
        """Return the ids of the accounts with each name, letter case and spaces aside, the oldest first.

        `merged`: those that stay of the ones that were merged under it.
        """
        return parties.accounts_by_name(self.connection, names, merged=merged)

    def contacts_by(self, values: Iterable[str], *, merged: bool = False) -> dict[str, list[bytes]]:
        """Return the ids of the contacts who have each name, address or number, the oldest first; `merged` likewise."""
        return parties.contacts_by(self.connection, values, merged=merged)

    def staying(self, streams: Iterable[Stream]) -> dict[Stream, Stream]:
        """Return which accounts and contacts these are now, by each: itself, or the one it was merged into.

        Those hidden otherwise are left out.
        """
        found: dict[Stream, Stream] = {}
        every = set(streams)
        for kind in PARTIES:
            ids = {stream.id: [stream.id] for stream in every if stream.kind is kind}
            for id_, (stays,) in parties.staying(self.connection, kind, ids).items():
                found[Stream(kind, id_)] = Stream(kind, stays)
        return found
