"""What became of hints: who asked for some in which deal and when, which were opened, which were answered."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection, func, insert, select

from voronka.storage.deals import owned_by
from voronka.storage.tables import deals, hint_uses

__all__ = ["HintUse", "Use", "put", "read"]


class Use(StrEnum):
    """Hints were asked for, one was opened, a script was answered."""

    ASKED = "asked"
    OPENED = "opened"
    ANSWERED = "answered"


class HintUse(NamedTuple):
    """One use in a deal. `at` in UTC microseconds. `hits`: how many hints there were. `words`: what was searched for.

    `hint`: the script or the article; None where hints were asked for.
    """

    deal: bytes
    at: int
    user: str
    use: str
    hint: str | None = None
    hits: int = 0
    words: str | None = None


def put(connection: Connection, use: HintUse) -> None:
    """Keep a use after those that its deal has."""
    number = select(func.coalesce(func.max(hint_uses.c.n), 0) + 1).where(hint_uses.c.deal == use.deal)
    n = connection.execute(number).scalar_one()
    connection.execute(insert(hint_uses), {**use._asdict(), "n": n})


def read(
    connection: Connection, *, funnel: str | None = None, owners: frozenset[str] | None = None
) -> Iterator[HintUse]:
    """Yield the uses in deals of a funnel and of some owners, or of all, those of each deal in their order."""
    query = (
        select(*(hint_uses.c[name] for name in HintUse._fields))
        .join(deals, deals.c.id == hint_uses.c.deal)
        .where(deals.c.hidden.is_(False))
        .order_by(hint_uses.c.deal, hint_uses.c.n)
    )
    if funnel is not None:
        query = query.where(deals.c.funnel == funnel)
    if owners is not None:
        query = query.where(owned_by(owners))
    yield from (HintUse._make(row) for row in connection.execute(query))
