"""Records found by what one of their fields holds: for rows of foreign files that name them so."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, Text, cast, column, or_, select, true, values

from voronka.expressions.ledger import LEDGER
from voronka.process.state import Stream, StreamKind, VaultRef
from voronka.storage import deals as kept_deals
from voronka.storage import parties, vault
from voronka.storage.dialects import has_row_locks, member
from voronka.storage.snapshots import PARTIES, party_of
from voronka.storage.tables import deals, interactions, records

__all__ = ["deals_of", "holding", "mentioning", "personal", "rows_naming"]

_CHUNK = 500


def holding(
    connection: Connection, kind: StreamKind, field: str, texts: Iterable[str], *, merged: bool = False
) -> dict[str, list[bytes]]:
    """Return the ids of the records, hidden ones left out, whose `field` holds each of the texts, the oldest first.

    Of an account's `name` letter case and spaces do not count; `number` is that of a deal. Personal values are found
    by `personal`. `merged`: of accounts or contacts that held it when they were merged, in their place the ones that
    stay.
    """
    wanted = list(dict.fromkeys(texts))
    if kind is StreamKind.ACCOUNT and field == "name":
        return parties.accounts_by_name(connection, wanted, merged=merged)
    if kind is StreamKind.DEAL and field == "number":
        numbers = {int(value): value for value in wanted}
        return {numbers[number]: [id_] for number, id_ in kept_deals.by_numbers(connection, numbers).items()}
    if merged and not (wanted and parties.has_merged(connection, kind)):
        return {}
    table = deals if kind is StreamKind.DEAL else PARTIES[kind]
    value = member(connection.dialect, table.c.fields, field)
    shown = parties.standing(table, merged=merged)
    found: dict[str, list[bytes]] = {}
    for start in range(0, len(wanted), _CHUNK):
        part = wanted[start : start + _CHUNK]
        query = select(value.label("value"), table.c.id).where(shown, value.in_(part))
        # PostgreSQL takes many values at once for a reason to read all records; those merged are few.
        if has_row_locks(connection.dialect) and not merged:
            given = values(column("value", Text), name="given").data([(each,) for each in part])
            held = select(table.c.id).where(shown, value == given.c.value).offset(0).lateral()  # 0: one by one
            query = select(given.c.value, held.c.id).select_from(given.join(held, true()))
        for text, id_ in connection.execute(query):
            found.setdefault(text, []).append(id_)
    if merged:
        return parties.staying(connection, kind, found)
    return {text: sorted(ids) for text, ids in found.items()}


def personal(
    connection: Connection, field: str, texts: Iterable[str], *, merged: bool = False
) -> dict[str, list[bytes]]:
    """Return the ids of the contacts whose personal `field` holds each of the texts, likewise.

    Letter case and spaces do not count.
    """
    folded = {value: vault.fold(value) for value in texts}
    if merged and not (folded and parties.has_merged(connection, StreamKind.CONTACT)):
        return {}
    refs = vault.find(connection, folded.values())
    held = _held(connection, field, {ref.subject for each in refs.values() for ref in each}, merged=merged)
    found = {
        value: sorted(ref.subject for ref in refs.get(text, ()) if held.get(ref.subject) == ref)
        for value, text in folded.items()
    }
    named = {value: ids for value, ids in found.items() if ids}
    return parties.staying(connection, StreamKind.CONTACT, named) if merged else named


def _held(connection: Connection, field: str, ids: Collection[bytes], *, merged: bool) -> dict[bytes, object]:
    table = PARTIES[StreamKind.CONTACT]
    every = sorted(ids)
    found: dict[bytes, object] = {}
    for start in range(0, len(every), _CHUNK):
        chunk = table.c.id.in_(every[start : start + _CHUNK])
        query = select(table).where(chunk, parties.standing(table, merged=merged))
        for row in connection.execute(query):
            value = party_of(StreamKind.CONTACT, row).fields.get(field)
            if isinstance(value, VaultRef):
                found[row.id] = value
    return found


def mentioning(connection: Connection, kind: StreamKind, id_: bytes) -> list[bytes]:
    """Return the ids of the records of a kind, hidden ones left out, that may name the record of this id: in a field,
    or in what a source said of one.
    """
    table = deals if kind is StreamKind.DEAL else PARTIES[kind]
    documents = [deals.c.fields, deals.c.live] if kind is StreamKind.DEAL else [table.c.fields]
    named = or_(*(cast(each, Text).contains(id_.hex()) for each in documents))
    query = select(table.c.id).where(table.c.hidden.is_(False), named)
    return list(connection.execute(query.order_by(table.c.id)).scalars())


def rows_naming(connection: Connection, collection: str, column: str, id_: bytes) -> list[tuple[bytes, str]]:
    """Return the owners and keys of the rows of a declared collection, or of the ledger, whose `column` names the
    record of this id.
    """
    if collection == LEDGER:
        c, value = interactions.c, member(connection.dialect, interactions.c.fields, column)
        found = connection.execute(select(c.deal, c.seq, c.n).where(value == id_.hex()).order_by(c.deal, c.seq, c.n))
        return [(row.deal, f"{row.seq}.{row.n}") for row in found]
    value = member(connection.dialect, records.c.fields, column)
    query = select(records.c.owner, records.c.key).where(records.c.collection == collection, value == id_.hex())
    return [(row.owner, row.key) for row in connection.execute(query.order_by(records.c.owner, records.c.key))]


def deals_of(connection: Connection, party: Stream) -> list[bytes]:
    """Return the ids of the deals of an account or a contact, by number, hidden ones left out."""
    column = deals.c.account if party.kind is StreamKind.ACCOUNT else deals.c.contact
    query = select(deals.c.id).where(column == party.id, deals.c.hidden.is_(False))
    return list(connection.execute(query.order_by(deals.c.number)).scalars())
