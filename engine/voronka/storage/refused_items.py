"""Items of sources that were refused: each with its reason and what it asked for, until it is tried again.

They lie in the inbox under names of their own, apart from the answers to what was carried out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, select

from voronka.frozen import frozen
from voronka.storage.bulk import insertion
from voronka.storage.tables import inbox

__all__ = ["KEPT", "MOST", "RefusedItem", "counts", "forget", "keep", "listed"]

KEPT = 30 * 86_400 * 1_000_000
"""Microseconds for which a refused item is kept."""
MOST = 1_000
"""So many are kept of a source, the newest."""
_MARK = "refused "
_INSERT = insertion(inbox)


@frozen
class RefusedItem:
    """An item: `key`, its id over there. `request` is None if it was none; `reason`: by language; `at`: when."""

    source: str
    key: str
    reason: Mapping[str, str]
    request: Mapping[str, Any] | None
    at: int


def keep(connection: Connection, items: Sequence[RefusedItem], *, now: int) -> None:
    """Keep items in the place of those of the same source and key; of those sources the old ones go."""
    last = list({(item.source, item.key): item for item in items}.values())
    for source in {item.source for item in last}:
        forget(connection, source, [item.key for item in last if item.source == source])
    _INSERT.run(connection, [_row(item) for item in last])
    for name in {_MARK + item.source for item in last}:
        newest = select(inbox.c.at).where(inbox.c.source == name).order_by(inbox.c.at.desc()).offset(MOST).limit(1)
        oldest = connection.execute(newest).scalar_one_or_none()
        connection.execute(delete(inbox).where(inbox.c.source == name, inbox.c.at <= max(oldest or 0, now - KEPT)))


def _row(item: RefusedItem) -> tuple[Any, ...]:
    # As a text within: what no database keeps, such as NUL, is written out there.
    command = json.dumps({"request": None if item.request is None else json.dumps(item.request)})
    answer = json.dumps({"error": dict(item.reason)}, ensure_ascii=False)
    return (_MARK + item.source, item.key, "", "refused", item.at, answer, None, command, None, None, None, None)


def forget(connection: Connection, source: str, keys: Iterable[str]) -> None:
    """Keep items of these keys no longer."""
    wanted = list(keys)
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        connection.execute(delete(inbox).where(inbox.c.source == _MARK + source, inbox.c.key.in_(part)))


def listed(
    connection: Connection, source: str | None = None, *, key: str | None = None, limit: int, skip: int = 0
) -> list[RefusedItem]:
    """Return the newest items, of a `source` or of all."""
    query = select(inbox).where(inbox.c.status == "refused", inbox.c.source.startswith(_MARK, autoescape=True))
    if source is not None:
        query = query.where(inbox.c.source == _MARK + source)
    if key is not None:
        query = query.where(inbox.c.key == key)
    query = query.order_by(inbox.c.at.desc(), inbox.c.source, inbox.c.key).limit(limit).offset(skip)
    return [_item(row) for row in connection.execute(query)]


def _item(row: Any) -> RefusedItem:  # noqa: ANN401 - a row of the database
    request = json.loads(row.command)["request"]
    return RefusedItem(
        source=row.source.removeprefix(_MARK),
        key=row.key,
        reason=json.loads(row.answer)["error"],
        request=None if request is None else json.loads(request),
        at=row.at,
    )


def counts(connection: Connection) -> dict[str, int]:
    """Return how many are kept, by source."""
    query = (
        select(inbox.c.source, func.count().label("number"))
        .where(inbox.c.status == "refused", inbox.c.source.startswith(_MARK, autoescape=True))
        .group_by(inbox.c.source)
    )
    return {row.source.removeprefix(_MARK): row.number for row in connection.execute(query)}
