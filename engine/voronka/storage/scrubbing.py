"""Personal values taken out of what repeats them: answers kept under idempotency keys, reasons of dead letters."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

from sqlalchemy import Column, Connection, Table, Text, cast, or_, select, update

from voronka.storage import vault
from voronka.storage.tables import inbox, outbox
from voronka.storage.tables import vault as kept

__all__ = ["erase_people"]

_GONE = "…"
_SHORTEST = 3
"""A value of fewer characters stands in too many words to tell anything."""
_PLACES: tuple[tuple[Table, tuple[Column[str], ...]], ...] = (
    (inbox, (inbox.c.answer, inbox.c.command)),
    (outbox, (outbox.c.reason, outbox.c.reasons)),
)


def erase_people(connection: Connection, subjects: Collection[bytes]) -> tuple[int, int]:
    """Delete the personal values kept about records, with their keys, and take them out of what repeats them.

    Return how many values went, and in how many rows one was repeated. The history and its replay stay as they are.
    """
    texts = _texts(connection, sorted(subjects))
    gone = sum(vault.erase(connection, subject) for subject in sorted(subjects))
    return gone, sum(_scrub(connection, table, columns, texts) for table, columns in _PLACES)


def _texts(connection: Connection, subjects: Sequence[bytes]) -> list[str]:
    """Return the values as they may stand elsewhere, the longest first; of a message its address and name."""
    found: set[str] = set()
    for subject in subjects:
        query = select(kept.c.ref, kept.c.value).where(kept.c.subject == subject, kept.c.ref != vault.KEY)
        for ref, value in connection.execute(query):
            if ref.startswith("message "):
                said = json.loads(value)
                found |= {said.get("name", ""), said.get("address", "")}
            else:
                found.add(value)
    # Within JSON some characters are written otherwise.
    written = found | {json.dumps(text, ensure_ascii=ascii_)[1:-1] for text in found for ascii_ in (True, False)}
    return sorted((text for text in written if len(text) >= _SHORTEST), key=len, reverse=True)


def _scrub(connection: Connection, table: Table, columns: Sequence[Column[str]], texts: Sequence[str]) -> int:
    if not texts:
        return 0
    keys = list(table.primary_key.columns)
    holds = or_(*(cast(each, Text).contains(text, autoescape=True) for each in columns for text in texts))
    rows = connection.execute(select(*keys, *columns).where(holds)).all()
    for row in rows:
        cells = {each.name: _without(getattr(row, each.name), texts) for each in columns}
        which = [each == getattr(row, each.name) for each in keys]
        connection.execute(update(table).where(*which).values(cells))
    return len(rows)


def _without(cell: str | None, texts: Sequence[str]) -> str | None:
    for text in texts if cell is not None else ():
        cell = str(cell).replace(text, _GONE)
    return cell
