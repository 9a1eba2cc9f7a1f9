"""Whose a record is: a deal its owner's, an account or a contact also that of those who own its deals."""

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

    An account is its owner's and that of the owners of its deals; a contact that of its account's owner and of the
    owners of its deals. `NOBODY` stands among the owners of what has none, and of what a deal without one is of.
    """
    every = list(dict.fromkeys(streams))
    found: dict[Stream, set[str]] = {stream: set() for stream in every}
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
                found[Stream(kind, id_)].add(NOBODY if owner is None else owner)
    _own(connection, [stream for stream in every if stream.kind is not StreamKind.DEAL], found)
    return {stream: frozenset(names or {NOBODY}) for stream, names in found.items()}


def _own(connection: Connection, wanted: list[Stream], found: dict[Stream, set[str]]) -> None:
    """Add those whom accounts name as their owners, for contacts too."""
    states = {state.stream: state for state, _ in parties.load(connection, wanted)}
    account_of = {
        stream: Stream(StreamKind.ACCOUNT, bytes.fromhex(named))
        for stream, state in states.items()
        if stream.kind is StreamKind.CONTACT and isinstance(named := state.fields.get("account"), str)
    }
    missing = [stream for stream in account_of.values() if stream not in states]
    states |= {state.stream: state for state, _ in parties.load(connection, missing)}
    for stream in wanted:
        account = states.get(account_of.get(stream, stream))
        if account is not None and isinstance(owner := account.fields.get("owner"), str):
            found[stream].add(owner)
