"""Finding accounts and contacts, and the people known from imports only."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Table, select

from voronka.definition.people import Absence
from voronka.process.state import ImportedState, PartyState, Stream, StreamKind, WorkspaceState
from voronka.storage import releases, vault
from voronka.storage.bulk import Among
from voronka.storage.snapshots import PARTIES, party_of
from voronka.storage.tables import absences, accounts, contacts, history, imports, users
from voronka.storage.visible import visible

__all__ = [
    "absences_told",
    "accounts_by_name",
    "contacts_by",
    "has_merged",
    "hidden_of",
    "imported_by",
    "listed",
    "load",
    "outside_users",
    "standing",
    "staying",
]

_CHUNK = 500
_Value = TypeVar("_Value")

# Asked with most commands: these statements are built once.
_BY_ID = {kind: Among(select(table), table.c.id) for kind, table in PARTIES.items()}
_USERS = select(users.c.name, users.c.label).order_by(users.c.name)
_ABSENCES = select(absences.c.user, absences.c.start, absences.c.end).order_by(absences.c.user, absences.c.n)


def load(connection: Connection, wanted: Iterable[Stream]) -> list[tuple[PartyState, bytes]]:
    """Return the accounts and contacts that exist, each with the hash of its last entry."""
    found = []
    every = list(dict.fromkeys(wanted))
    for kind, query in _BY_ID.items():
        ids = [stream.id for stream in every if stream.kind is kind]
        for start in range(0, len(ids), _CHUNK):
            rows = query.rows(connection, ids[start : start + _CHUNK])
            found += [(party_of(kind, row), row.hash) for row in rows]
    return found


def listed(
    connection: Connection,
    kind: StreamKind,
    *,
    limit: int = 100,
    after: bytes | None = None,
    like: str | None = None,
    owners: frozenset[str] | None = None,
) -> list[PartyState]:
    """Return accounts or contacts by id, which is the order in which they were made; hidden ones never.

    `like`: those alone in whose name, or a contact's address or number, this stands (compared by `vault.fold`).
    `owners`: those alone that are seen by who sees what is of these.
    """
    table = PARTIES[kind]
    query = select(table).where(table.c.hidden.is_(False)).order_by(table.c.id)
    if after is not None:
        query = query.where(table.c.id > after)
    if owners is not None:
        query = query.where(visible(kind, owners, connection.dialect))
    if like is None:
        return [party_of(kind, row) for row in connection.execute(query.limit(limit))]
    if kind is StreamKind.ACCOUNT:
        query = query.where(table.c.name_key.contains(vault.fold(like), autoescape=True)).limit(limit)
        return [party_of(kind, row) for row in connection.execute(query)]
    refs = set(vault.find_part(connection, like))
    query = query.where(table.c.id.in_({ref.subject for ref in refs}))
    found = (party_of(kind, row) for row in connection.execute(query))
    return list(islice((party for party in found if not refs.isdisjoint(party.fields.values())), limit))


def accounts_by_name(connection: Connection, names: Iterable[str], *, merged: bool = False) -> dict[str, list[bytes]]:
    """Return the ids of the accounts with each of these names (compared by `vault.fold`), the oldest first.

    `merged`: of those that had it when they were merged into others, in their place the ones that stay.
    """
    every = list(dict.fromkeys(names))
    if merged and not (every and has_merged(connection, StreamKind.ACCOUNT)):
        return {}
    found: dict[str, list[bytes]] = {}
    for start in range(0, len(every), _CHUNK):
        folded = {name: vault.fold(name) for name in every[start : start + _CHUNK]}
        query = (
            select(accounts.c.name_key, accounts.c.id)
            .where(accounts.c.name_key.in_(set(folded.values())), standing(accounts, merged=merged))
            .order_by(accounts.c.id)
        )
        ids: dict[str, list[bytes]] = {}
        for row in connection.execute(query):
            ids.setdefault(row.name_key, []).append(row.id)
        found |= {name: ids[key] for name, key in folded.items() if key in ids}
    return staying(connection, StreamKind.ACCOUNT, found) if merged else found


def contacts_by(connection: Connection, values: Iterable[str], *, merged: bool = False) -> dict[str, list[bytes]]:
    """Return the ids of the contacts of whom each of these names, addresses or numbers is kept now, the oldest first.

    A contact's personal values are in the vault alone: there they are looked up (those that were put with `match`),
    and the contact is taken only if its fields still refer to the value found. `merged`: as of accounts.
    """
    folded = {value: vault.fold(value) for value in values}
    if merged and not (folded and has_merged(connection, StreamKind.CONTACT)):
        return {}
    refs = vault.find(connection, folded.values())
    subjects = sorted({ref.subject for found in refs.values() for ref in found})
    held: dict[bytes, set[Any]] = {}
    for start in range(0, len(subjects), _CHUNK):
        query = select(contacts).where(
            contacts.c.id.in_(subjects[start : start + _CHUNK]), standing(contacts, merged=merged)
        )
        for row in connection.execute(query):
            held[row.id] = set(party_of(StreamKind.CONTACT, row).fields.values())
    every = {
        value: sorted({ref.subject for ref in refs.get(text, ()) if ref in held.get(ref.subject, ())})
        for value, text in folded.items()
    }
    named = {value: ids for value, ids in every.items() if ids}
    return staying(connection, StreamKind.CONTACT, named) if merged else named


def has_merged(connection: Connection, kind: StreamKind) -> bool:
    """Tell whether any account or contact was merged into another: where none was, none need be looked for."""
    table = PARTIES[kind]
    return connection.execute(select(table.c.id).where(table.c.merged_into.is_not(None)).limit(1)).first() is not None


def standing(table: Table, *, merged: bool) -> ColumnElement[bool]:
    """Return the condition for records that stand for themselves, or for those that were `merged` into others."""
    return table.c.merged_into.is_not(None) if merged else table.c.hidden.is_(False)


def staying(
    connection: Connection, kind: StreamKind, found: Mapping[_Value, Collection[bytes]]
) -> dict[_Value, list[bytes]]:
    """Return, in the place of records that were merged into others, the ones that stay, the oldest first.

    A record that is not merged stays as it is; one that was hidden by the undo of an import is left out.
    """
    table = PARTIES[kind]
    into: dict[bytes, bytes] = {}
    shown: set[bytes] = set()
    asked = {id_ for ids in found.values() for id_ in ids}
    while asked:
        every = sorted(asked)
        for start in range(0, len(every), _CHUNK):
            query = select(table.c.id, table.c.merged_into, table.c.hidden)
            for row in connection.execute(query.where(table.c.id.in_(every[start : start + _CHUNK]))):
                if row.merged_into is not None:
                    into[row.id] = row.merged_into
                elif not row.hidden:
                    shown.add(row.id)
        asked = set(into.values()) - into.keys() - shown - asked

    def last(id_: bytes) -> bytes:
        while id_ in into:
            id_ = into[id_]
        return id_

    stay = {value: sorted(shown.intersection(map(last, ids))) for value, ids in found.items()}
    return {value: ids for value, ids in stay.items() if ids}


def imported_by(connection: Connection, import_id: str) -> list[PartyState]:
    """Return the accounts and contacts that an import made and that are not hidden."""
    found = []
    for kind, table in PARTIES.items():
        query = select(table).where(table.c.import_id == import_id, table.c.hidden.is_(False))
        found += [party_of(kind, row) for row in connection.execute(query.order_by(table.c.id))]
    return found


def hidden_of(connection: Connection, import_id: str) -> list[Stream]:
    """Return the accounts and contacts that an import made, that nothing else changed, and that are hidden."""
    found: list[Stream] = []
    for kind, table in PARTIES.items():
        query = select(table.c.id).where(
            table.c.import_id == import_id, table.c.hidden.is_(True), table.c.touched.is_(False)
        )
        found += [Stream(kind, id_) for id_ in connection.execute(query.order_by(table.c.id)).scalars()]
    return found


def outside_users(connection: Connection) -> dict[str, str]:
    """Return the people whom only foreign files name: the name shown, by name."""
    return {row.name: row.label for row in connection.execute(_USERS)}


def absences_told(connection: Connection) -> dict[str, tuple[Absence, ...]]:
    """Return the absences told by command, by user."""
    found: dict[str, tuple[Absence, ...]] = {}
    for user, start, end in connection.execute(_ABSENCES):
        found[user] = (*found.get(user, ()), Absence(start, end))
    return found


def workspace(connection: Connection, stream: Stream) -> tuple[WorkspaceState, bytes] | None:
    """Return what the workspace's own stream remembers, with the hash of its last entry; None before its first."""
    query = select(history.c.seq, history.c.hash).where(history.c.stream == stream.id)
    last = connection.execute(query.order_by(history.c.seq.desc()).limit(1)).first()
    if last is None:
        return None
    state = WorkspaceState(
        seq=last.seq,
        release=releases.active(connection) or "",
        users=outside_users(connection),
        absences=absences_told(connection),
        imports={
            row.id: ImportedState(row.mapping, row.started_at, row.finished_at, row.undone_at)
            for row in connection.execute(select(imports).order_by(imports.c.started_at, imports.c.id))
        },
    )
    return state, last.hash
