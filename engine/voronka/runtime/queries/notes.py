"""Notes that wait to be turned into values."""

from __future__ import annotations

from sqlalchemy import select

from voronka.definition.fields import PROCESSED_AT, WRITTEN_AT, Subject
from voronka.process.state import StreamKind
from voronka.runtime.queries.asked import Asked, parameters
from voronka.runtime.queries.shown import Shown
from voronka.runtime.words import Json
from voronka.storage.deals import owned_by
from voronka.storage.dialects import member
from voronka.storage.rows import values_of
from voronka.storage.tables import deals, interactions, records

__all__ = ["list_notes"]


@parameters("deal", "limit", "skip")
def list_notes(asked: Asked) -> Json:
    """Answer with the notes that wait, by deal, the oldest of each first: parameters deal, limit, skip.

    Each with the number of its `deal`, its own name `note`, its `text`, when it was written, and how long ago (`age`,
    in whole hours).
    """
    inboxes = [name for name, each in asked.workspace.collections.get(Subject.DEALS, {}).items() if each.inbox]
    document = records.c.fields
    query = (
        select(records.c.key, document, deals.c.number, deals.c.id)
        .join(deals, deals.c.id == records.c.owner)
        .where(records.c.collection.in_(inboxes), deals.c.hidden.is_(False))
        .where(member(asked.reader.connection.dialect, document, PROCESSED_AT).is_(None))
        .order_by(deals.c.number, records.c.key)
        .limit(asked.limit())
        .offset(asked.number("skip"))
    )
    if asked.owners is not None:
        query = query.where(owned_by(asked.owners))
    if (deal := asked.record_if_given(StreamKind.DEAL)) is not None:
        query = query.where(records.c.owner == deal.id)
    found = list(asked.reader.execute(query))
    texts = _texts(asked, [row.id for row in found])
    return [
        {
            "deal": row.number,
            "note": row.key,
            "text": texts.get((row.id, row.key)),
            WRITTEN_AT: written,
            "age": (asked.now - written) // 3_600_000_000,
        }
        for row in found
        for written in (values_of(row.fields)[WRITTEN_AT],)
        if isinstance(written, int)
    ]


def _texts(asked: Asked, ids: list[bytes]) -> dict[tuple[bytes, str], str | None]:
    """Return the notes of the interactions of deals, by deal and name."""
    shown = Shown(asked.reader, asked.workspace, asked.viewer.rights)
    query = select(interactions.c.deal, interactions.c.seq, interactions.c.n, interactions.c.fields)
    rows = list(asked.reader.execute(query.where(interactions.c.deal.in_(ids)))) if ids else []
    held = {(row.deal, f"{row.seq}.{row.n}"): values_of(row.fields).get("note") for row in rows}
    shown.load((), held.values())
    return {key: None if text is None else str(text) for key, value in held.items() for text in (shown.plain(value),)}
