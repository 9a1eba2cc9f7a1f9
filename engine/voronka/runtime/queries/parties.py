"""Accounts and contacts: one with its fields, or a list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from voronka.definition.fields import Subject
from voronka.definition.guarded import guarded
from voronka.errors import UsageFault
from voronka.messages import Text
from voronka.process.state import PartyState, Stream, StreamKind
from voronka.runtime.evaluation import computed_of_party
from voronka.runtime.queries.asked import PAGE, Asked, parameters
from voronka.runtime.queries.deals import head, parties_of
from voronka.runtime.queries.provenance import personal_in, with_provenance
from voronka.runtime.queries.shown import Shown
from voronka.runtime.words import Json
from voronka.storage import DealFilter

__all__ = ["list_accounts", "list_contacts", "list_heads", "party_id", "show_account", "show_contact"]

_SUBJECTS = {StreamKind.ACCOUNT: Subject.ACCOUNTS, StreamKind.CONTACT: Subject.CONTACTS}


@parameters("name", "limit", "after")
def list_accounts(asked: Asked) -> Json:
    """Answer with accounts, the oldest first: parameters name (a part of it), limit, after (an id)."""
    return _list(asked, StreamKind.ACCOUNT)


@parameters("name", "limit", "after")
def list_contacts(asked: Asked) -> Json:
    """Answer with contacts likewise."""
    return _list(asked, StreamKind.CONTACT)


@parameters("account")
def show_account(asked: Asked) -> Json:
    """Answer with one account (parameter account): its fields, rows and deals."""
    return _show(asked, StreamKind.ACCOUNT)


@parameters("contact")
def show_contact(asked: Asked) -> Json:
    """Answer with one contact (parameter contact) likewise."""
    return _show(asked, StreamKind.CONTACT)


def _list(asked: Asked, kind: StreamKind) -> list[dict[str, Any]]:
    text = asked.text("after")
    parties = asked.reader.list_parties(
        kind,
        limit=asked.limit(),
        after=party_id(text) if text else None,
        like=asked.text("name"),
        owners=asked.owners,
    )
    return list_heads(asked, parties)


def list_heads(asked: Asked, parties: Sequence[PartyState]) -> list[dict[str, Any]]:
    """Return accounts or contacts as a list shows them."""
    owners = _owners(asked, parties)
    shown = Shown(asked.reader, asked.workspace, asked.viewer.rights)
    shown.load((party.stream for party in parties), (held for party in parties for held in party.fields.values()))
    return [_head(asked, shown, party, owners[party.stream]) for party in parties]


def _owners(asked: Asked, parties: Iterable[PartyState]) -> Mapping[Stream, frozenset[str]]:
    """Return whose they are, which decides what is shown of them; nobody asks that for who may see everything."""
    streams = [party.stream for party in parties]
    return dict.fromkeys(streams, frozenset()) if asked.viewer.rights.all else asked.reader.owners(streams)


def party_id(text: str) -> bytes:
    """Return the id that a text is; `UsageFault` if it is none."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise UsageFault(
            Text("{text} is not the id of a record.", text=text), Text("Give the id in the list's last line.")
        ) from None


def _head(asked: Asked, shown: Shown, party: PartyState, owners: frozenset[str]) -> dict[str, Any]:
    subject = _SUBJECTS[party.stream.kind]
    hidden = asked.viewer.rights.hidden(guarded(asked.workspace)[subject], owners)
    computed = computed_of_party(asked.reader, asked.workspace, party, asked.now, hidden)
    return {
        "id": party.stream.id.hex(),
        "kind": party.stream.kind.value,
        "name": shown.party_name(party.stream),
        "seq": party.seq,
        "created_at": party.created_at,
        "fields": with_provenance(
            shown, subject, party, shown.fields(subject, {**party.fields, **computed}, owners), asked.now
        ),
    }


def _show(asked: Asked, kind: StreamKind) -> dict[str, Any]:
    stream = asked.record(kind)
    party = asked.reader.parties([stream])[stream]
    shown = Shown(asked.reader, asked.workspace, asked.viewer.rights)
    which = DealFilter(
        account=stream.id if kind is StreamKind.ACCOUNT else None,
        contact=stream.id if kind is StreamKind.CONTACT else None,
        owners=asked.owners,
    )
    deals = asked.reader.list_deals(which, limit=PAGE)
    shown.load(
        (stream, *(each for deal in deals for each in parties_of(deal))), [*party.fields.values(), *personal_in(party)]
    )
    subject, owners = _SUBJECTS[kind], _owners(asked, [party])[stream]
    return {
        **_head(asked, shown, party, owners),
        "rows": {
            name: [
                {"key": shown.row_key(name, key, subject), "fields": shown.row(name, row, subject, owners)}
                for key, row in asked.reader.rows(name, [stream])[stream].items()
            ]
            for name in asked.workspace.collections.get(subject, {})
        },
        "collections": {name: shown.collection(name, subject) for name in asked.workspace.collections.get(subject, {})},
        "deals": [head(shown, deal) for deal in deals],
    }
