"""Whose a record is: a deal its owner's, an account and its contacts also that of those who own deals with them."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select

from voronka.definition.rights import NOBODY
from voronka.process.state import Stream, StreamKind
from voronka.storage import parties
from voronka.storage.tables import deals

__all__ = ["owners"]

_CHUNK = 500


def owners(connection: Connection, streams: Iterable[Stream]) -> dict[Stream, frozenset[str]]:
    """Return the owners of deals, accounts and contacts.

    An account is its owner's and that of the owners of its deals; a contact is of all whose its account is, and of the
    owners of its own deals. `NOBODY` stands among the owners of what has none, and of what a deal without one is of.
    """
    every = list(dict.fromkeys(streams))
    known = {state.stream: state for state, _ in parties.load(connection, every)}
    account_of = {
        stream: Stream(StreamKind.ACCOUNT, bytes.fromhex(named))
        for stream, state in known.items()
        if stream.kind is StreamKind.CONTACT and isinstance(named := state.fields.get("account"), str)
    }
    around = [account for account in dict.fromkeys(account_of.values()) if account not in known]
    known |= {state.stream: state for state, _ in parties.load(connection, around)}
    found = _of_deals(connection, dict.fromkeys([*every, *account_of.values()]))
    for stream, state in known.items():
        if stream.kind is StreamKind.ACCOUNT and isinstance(owner := state.fields.get("owner"), str):
            found.setdefault(stream, set()).add(owner)
    return {
        stream: frozenset(found.get(stream, set()) | found.get(account_of.get(stream, stream), set()) or {NOBODY})
        for stream in every
    }


def _of_deals(connection: Connection, streams: Iterable[Stream]) -> dict[Stream, set[str]]:
    """Return the owners of deals, and of the deals that are there of accounts and contacts."""
    every = list(streams)
    found: dict[Stream, set[str]] = {}
    for kind, column in (
        (StreamKind.DEAL, deals.c.id),
        (StreamKind.ACCOUNT, deals.c.account),
        (StreamKind.CONTACT, deals.c.contact),
    ):
        ids = [stream.id for stream in every if stream.kind is kind]
        for start in range(0, len(ids), _CHUNK):
            query = select(column, deals.c.owner).where(column.in_(ids[start : start + _CHUNK])).distinct()
            if kind is not StreamKind.DEAL:
                query = query.where(deals.c.hidden.is_(False))
            for id_, owner in connection.execute(query):
                found.setdefault(Stream(kind, id_), set()).add(NOBODY if owner is None else owner)
    return found
