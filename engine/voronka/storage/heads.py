"""Rows of records locked, on PostgreSQL, so that no other transaction changes what this one stands on."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, select

from voronka.process.state import Stream, StreamKind
from voronka.storage.snapshots import PARTIES
from voronka.storage.tables import deals

__all__ = ["hold"]

_CHUNK = 500


def hold(connection: Connection, streams: Collection[Stream], *, to_read: bool = False) -> dict[Stream, int]:
    """Lock deals, accounts and contacts until the end of the transaction; return which entry each of them stands at.

    `to_read`: others may hold them to read them, too. Always in one order, so that two who hold the same wait for each
    other in one direction only.
    """
    found: dict[Stream, int] = {}
    for kind, table in ((StreamKind.DEAL, deals), *PARTIES.items()):
        ids = sorted(stream.id for stream in streams if stream.kind is kind)
        for start in range(0, len(ids), _CHUNK):
            query = select(table.c.id, table.c.seq).where(table.c.id.in_(ids[start : start + _CHUNK]))
            locking = query.order_by(table.c.id).with_for_update(read=to_read, key_share=not to_read)
            for id_, seq in connection.execute(locking):
                found[Stream(kind, id_)] = seq
    return found
