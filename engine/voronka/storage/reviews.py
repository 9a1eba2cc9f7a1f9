"""Reviews as they were made: what each said then, and who has read it and decided by it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, func, insert, or_, select, update

from voronka.storage.tables import reviews

__all__ = ["ReviewRow", "kept", "mark", "newest", "put", "unread"]


class ReviewRow(NamedTuple):
    """A review that was made for the moment `due_at` of its schedule. `document`: the report as it was, in JSON."""

    review: str
    due_at: int
    made_at: int
    release: str
    document: Mapping[str, Any]
    read_at: int | None = None
    read_by: str | None = None
    decided_at: int | None = None
    decided_by: str | None = None
    decision: str | None = None


def put(connection: Connection, row: ReviewRow) -> None:
    """Write a row."""
    document = json.dumps(row.document, ensure_ascii=False)
    connection.execute(insert(reviews), row._asdict() | {"document": document})


def mark(connection: Connection, review: str, due_at: int, **values: object) -> None:
    """Write who has read a review or decided by it."""
    which = and_(reviews.c.review == review, reviews.c.due_at == due_at)
    connection.execute(update(reviews).where(which).values(**values))


def newest(connection: Connection) -> dict[str, ReviewRow]:
    """Return of each review the one that was made last."""
    last = select(reviews.c.review, func.max(reviews.c.due_at).label("due_at")).group_by(reviews.c.review).cte("last")
    query = select(reviews).join(last, and_(last.c.review == reviews.c.review, last.c.due_at == reviews.c.due_at))
    return {row.review: row for row in map(_read, connection.execute(query))}


def unread(connection: Connection) -> dict[str, int]:
    """Return since when reviews wait to be read: when the first was made after the last that somebody has read."""
    read = (
        select(reviews.c.review, func.max(reviews.c.due_at).label("due_at"))
        .where(reviews.c.read_at.is_not(None))
        .group_by(reviews.c.review)
        .cte("read")
    )
    query = (
        select(reviews.c.review, func.min(reviews.c.made_at))
        .outerjoin(read, read.c.review == reviews.c.review)
        .where(or_(read.c.due_at.is_(None), reviews.c.due_at > read.c.due_at))
        .group_by(reviews.c.review)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def kept(connection: Connection, review: str, *, limit: int) -> list[ReviewRow]:
    """Return what was made of a review, the newest first."""
    query = select(reviews).where(reviews.c.review == review).order_by(reviews.c.due_at.desc()).limit(limit)
    return list(map(_read, connection.execute(query)))


_DOCUMENT = ReviewRow._fields.index("document")


def _read(row: Sequence[Any]) -> ReviewRow:
    found = ReviewRow._make(row)
    return found._replace(document=json.loads(row[_DOCUMENT]))
