"""What records hold and where it comes from, record by record: to be counted."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from voronka.process.state import Observation, StreamKind
from voronka.storage.snapshots import PARTIES, observed_in
from voronka.storage.tables import deals
from voronka.storage.visible import visible

__all__ = ["Holding", "holdings"]


class Holding(NamedTuple):
    """A record: the funnel of a deal (None: another record), the `names` of the fields that it holds, what sources
    said of them (`observed`), and since when their values are known (`known_at`).
    """

    funnel: str | None
    names: Collection[str]
    observed: Mapping[str, tuple[Observation, ...]]
    known_at: Mapping[str, int]


def holdings(connection: Connection, kind: StreamKind, owners: frozenset[str] | None) -> Iterator[Holding]:
    """Yield the records of a kind that are there and that may be seen by who sees what is of `owners`; None: all."""
    own = kind is StreamKind.DEAL
    table = deals if own else PARTIES[kind]
    kept = deals.c.live if own else table.c.fields
    query = select(table.c.fields, kept, deals.c.funnel if own else table.c.release).where(table.c.hidden.is_(False))
    if owners is not None:
        query = query.where(visible(kind, owners, connection.dialect))
    for row in connection.execute(query):
        fields: dict[str, Any] = json.loads(row[0])
        told: dict[str, Any] = json.loads(row[1]) if '"$known_at"' in row[1] else {}
        names = [name for name in fields if name[0] != "$"]
        yield Holding(row[2] if own else None, names, observed_in(told), told.get("$known_at", {}))
