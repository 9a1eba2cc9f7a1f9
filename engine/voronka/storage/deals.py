"""Finding deals: by id, number, foreign key, and in lists."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, false, func, literal, or_, select, text, tuple_

from voronka.definition.rights import NOBODY
from voronka.frozen import frozen
from voronka.process.state import DealState
from voronka.sql.backend import BOOL, DOUBLE
from voronka.sql.element import Sql
from voronka.storage.bulk import Among
from voronka.storage.dialects import has_row_locks, member
from voronka.storage.snapshots import deal_of
from voronka.storage.tables import deals, imported, keys, timers

__all__ = [
    "DealFilter",
    "by_keys",
    "by_numbers",
    "by_score",
    "count_open",
    "hidden_of",
    "ids",
    "imported_by",
    "listed",
    "load",
    "names",
    "numbered",
    "owned_by",
    "stopped",
]

_CHUNK = 500


@frozen
class DealFilter:
    """Which deals a list holds; None: any. Hidden ones never.

    `live`: only those that are open or have a timer that waits. `outside`: none of these funnels. `owners`: only what
    these own, with `NOBODY` among them also what has no owner. `places`: only in these stages, by funnel.
    """

    funnel: str | None = None
    stage: str | None = None
    owner: str | None = None
    open: bool | None = None
    account: bytes | None = None
    contact: bytes | None = None
    live: bool = False
    outside: frozenset[str] = frozenset()
    owners: frozenset[str] | None = None
    places: Mapping[str, Collection[str]] | None = None

    def conditions(self, *, unindexed: str = "{0}") -> list[ColumnElement[bool]]:
        """Return what the rows of `deals` must satisfy. `unindexed`: how a column is written that has no index here."""
        funnel = Sql(deals.c.funnel.type, unindexed, deals.c.funnel)
        found: list[ColumnElement[bool]] = [deals.c.hidden.is_(False)]
        for column, value in (
            (deals.c.funnel, self.funnel),
            (deals.c.stage, self.stage),
            (deals.c.owner, self.owner),
            (deals.c.account, self.account),
            (deals.c.contact, self.contact),
        ):
            if value is not None:
                found.append(column == value)
        if self.open is not None:
            found.append(deals.c.closed_at.is_(None) if self.open else deals.c.closed_at.is_not(None))
        if self.live:
            waits = select(timers.c.deal).where(timers.c.deal == deals.c.id, timers.c.state == text("'waiting'"))
            found.append(deals.c.closed_at.is_(None) | waits.exists())
        if self.outside:
            found.append(deals.c.funnel.not_in(sorted(self.outside)))
        if self.places is not None:
            standing = (and_(funnel == name, _one_of(deals.c.stage, stages)) for name, stages in self.places.items())
            found.append(or_(false(), *standing))
        if self.owners is not None:
            found.append(owned_by(self.owners))
        return found


def _one_of(column: ColumnElement[str], names: Collection[str]) -> ColumnElement[bool]:
    """Return that a column holds one of the names. Unlike `in_`, it is written out once, not at each execution."""
    if not names:
        return false()
    places = ", ".join(f"{{{n}}}" for n in range(1, len(names) + 1))
    return Sql(BOOL, f"({{0}} IN ({places}))", column, *(literal(name, column.type) for name in sorted(names)))


def owned_by(owners: frozenset[str]) -> ColumnElement[bool]:
    """Return what the rows of `deals` must satisfy to be those owners'; `NOBODY` among them: those without an owner."""
    owned = deals.c.owner.in_(sorted(owners - {NOBODY}))
    return owned | deals.c.owner.is_(None) if NOBODY in owners else owned


# Asked with every command: the statements are built once.
_BY_ID = Among(select(deals), deals.c.id)
_BY_NUMBER = select(deals.c.number, deals.c.id).where(
    deals.c.number.in_(bindparam("numbers", expanding=True)), deals.c.hidden.is_(False)
)


def load(connection: Connection, wanted: Iterable[bytes]) -> list[tuple[DealState, bytes]]:
    """Return the deals that exist, each with the hash of its last entry."""
    found = []
    for chunk in _chunks(wanted):
        found += [(deal_of(row), row[3]) for row in _BY_ID.rows(connection, chunk)]
    return found


def listed(connection: Connection, which: DealFilter, *, limit: int | None = None, after: int = 0) -> list[DealState]:
    """Return deals by number; the next page goes on `after` the last one's number."""
    query = select(deals).where(*which.conditions(), deals.c.number > after).order_by(deals.c.number)
    if limit is not None:
        query = query.limit(limit)
    return [deal_of(row) for row in connection.execute(query)]


def ids(connection: Connection, which: DealFilter) -> list[bytes]:
    """Return the ids of deals by number."""
    query = select(deals.c.id).where(*which.conditions()).order_by(deals.c.number)
    return list(connection.execute(query).scalars())


def stopped(connection: Connection, which: DealFilter) -> list[bytes]:
    """Return the ids of deals of which an automatic move waits for a gate, by number."""
    waits = member(connection.dialect, deals.c.live, "stopped") != "{}"
    query = select(deals.c.id).where(*which.conditions(), waits).order_by(deals.c.number)
    return list(connection.execute(query).scalars())


def numbered(connection: Connection, which: DealFilter, *, limit: int, after: int) -> list[tuple[int, bytes]]:
    """Return numbers and ids of deals by number, those with a number above `after`."""
    query = select(deals.c.number, deals.c.id).where(*which.conditions(), deals.c.number > after)
    return [(number, id_) for number, id_ in connection.execute(query.order_by(deals.c.number).limit(limit))]


def by_score(connection: Connection, which: DealFilter, card: str) -> list[bytes]:
    """Return the ids of deals by the score told last on a card, the highest first; those of one score by number.

    A deal of which nothing was told has a score of 0.
    """
    path = (
        "({0} -> 'scores' -> '{1}' ->> 0)"
        if has_row_locks(connection.dialect)
        else "json_extract({0}, '$.scores.\"{1}\"[0]')"
    )
    total = Sql(DOUBLE, f"coalesce(CAST({path.replace('{1}', card)} AS DOUBLE PRECISION), 0)", deals.c.live)
    query = select(deals.c.id).where(*which.conditions()).order_by(total.desc(), deals.c.number)
    return list(connection.execute(query).scalars())


def count_open(connection: Connection, which: DealFilter) -> dict[tuple[str, str | None, str], int]:
    """Return how many open deals stand where, by (funnel, variant, stage)."""
    query = (
        select(deals.c.funnel, deals.c.variant, deals.c.stage, func.count())
        .where(*which.conditions())
        .group_by(deals.c.funnel, deals.c.variant, deals.c.stage)
    )
    return {(funnel, variant, stage): count for funnel, variant, stage, count in connection.execute(query)}


def count_ended(connection: Connection, which: DealFilter) -> dict[tuple[str, str | None, str, str | None], int]:
    """Return how many deals stand where and how they ended, by (funnel, variant, stage, outcome)."""
    query = (
        select(deals.c.funnel, deals.c.variant, deals.c.stage, deals.c.outcome, func.count())
        .where(*which.conditions())
        .group_by(deals.c.funnel, deals.c.variant, deals.c.stage, deals.c.outcome)
    )
    return {
        (funnel, variant, stage, outcome): count for funnel, variant, stage, outcome, count in connection.execute(query)
    }


def by_numbers(connection: Connection, numbers: Iterable[int]) -> dict[int, bytes]:
    """Return the ids of the deals that have these numbers, hidden ones left out."""
    found: dict[int, bytes] = {}
    for chunk in _chunks(numbers):
        for number, id_ in connection.execute(_BY_NUMBER, {"numbers": chunk}).all():
            found[number] = id_
    return found


def names(connection: Connection, wanted: Iterable[bytes]) -> dict[bytes, int]:
    """Return the numbers of deals, hidden ones included."""
    found: dict[bytes, int] = {}
    for chunk in _chunks(wanted):
        for id_, number in connection.execute(select(deals.c.id, deals.c.number).where(deals.c.id.in_(chunk))):
            found[id_] = number
    return found


def by_keys(connection: Connection, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], bytes]:
    """Return the ids of the deals that foreign systems know under these (namespace, key)."""
    found: dict[tuple[str, str], bytes] = {}
    for chunk in _chunks(wanted):
        query = select(keys).where(tuple_(keys.c.namespace, keys.c.key).in_(chunk))
        for namespace, key, deal in connection.execute(query):
            found[namespace, key] = deal
    return found


def imported_by(connection: Connection, import_id: str) -> list[DealState]:
    """Return the deals that an import made or wrote to and that are not hidden, by number."""
    query = (
        select(deals)
        .join(imported, imported.c.deal == deals.c.id)
        .where(imported.c.import_id == import_id, deals.c.hidden.is_(False))
        .order_by(deals.c.number)
    )
    return [deal_of(row) for row in connection.execute(query)]


def hidden_of(connection: Connection, import_id: str) -> list[bytes]:
    """Return the deals that an import made or wrote to and that are hidden."""
    query = (
        select(deals.c.id)
        .join(imported, imported.c.deal == deals.c.id)
        .where(imported.c.import_id == import_id, deals.c.hidden.is_(True))
    )
    return list(connection.execute(query.order_by(deals.c.number)).scalars())


def _chunks(wanted: Iterable[Any]) -> Iterable[Sequence[Any]]:
    every = list(dict.fromkeys(wanted))
    return (every[start : start + _CHUNK] for start in range(0, len(every), _CHUNK))
