"""Who refers to accounts and contacts: deals, other accounts and contacts, rows of collections, interactions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, func, select

from voronka.process.state import Stream
from voronka.storage.dialects import members
from voronka.storage.snapshots import PARTIES
from voronka.storage.tables import deals, interactions, records

__all__ = ["parties_in_use"]

_DIGITS = 32
"""How long a reference is: the id in hex."""


def parties_in_use(connection: Connection, streams: Iterable[Stream]) -> set[Stream]:
    """Return those of the accounts and contacts to which anything refers that is not hidden, nor one of them unused.

    A reference is a deal's account or contact, or the value of any field: of a deal, of an account or a contact, of a
    row of a collection, of an interaction.
    """
    wanted = {stream.id: stream for stream in streams}
    if not wanted:
        return set()
    used = {id_ for id_ in _of_deals(connection) if id_ in wanted}
    by_owner: dict[bytes, set[bytes]] = {}
    for owner, id_ in _of_parties(connection):
        if id_ in wanted:
            by_owner.setdefault(owner, set()).add(id_)
    # What one of them refers to is in use only if that one is.
    following = [owner for owner in by_owner if owner in used or owner not in wanted]
    while following:
        new = by_owner.pop(following.pop(), set()) - used
        used |= new
        following += new
    return {wanted[id_] for id_ in used}


def _of_deals(connection: Connection) -> Iterator[bytes]:
    shown = deals.c.hidden.is_(False)
    for column in (deals.c.account, deals.c.contact):
        query = select(column).where(shown, column.is_not(None)).distinct()
        yield from connection.execute(query).scalars()
    for table, owner in ((deals, deals.c.id), (interactions, interactions.c.deal), (records, records.c.owner)):
        each = members(connection.dialect, table.c.fields)
        query = select(each.c.value).select_from(deals, table, each).where(shown, deals.c.id == owner)
        for value in connection.execute(query.where(func.length(each.c.value) == _DIGITS).distinct()).scalars():
            if (found := _id(value)) is not None:
                yield found


def _of_parties(connection: Connection) -> Iterator[tuple[bytes, bytes]]:
    """Yield each reference of an account or a contact that is not hidden, after its id."""
    for party in PARTIES.values():
        for table, owner in ((party, party.c.id), (records, records.c.owner)):
            each = members(connection.dialect, table.c.fields)
            query = select(owner, each.c.value).select_from(party, table, each)
            shown = query.where(party.c.hidden.is_(False), party.c.id == owner)
            for id_, value in connection.execute(shown.where(func.length(each.c.value) == _DIGITS)):
                if (found := _id(value)) is not None:
                    yield id_, found


def _id(value: str) -> bytes | None:
    try:
        return bytes.fromhex(value)
    except ValueError:
        return None
