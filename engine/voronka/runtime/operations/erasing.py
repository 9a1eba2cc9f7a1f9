"""Erasing what is personal of a contact and his deals, of an account, of an undone import; histories stay."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from voronka.errors import UsageFault
from voronka.messages import Text
from voronka.process.events import PartyHidden, PartyMerged
from voronka.process.state import Stream, StreamKind
from voronka.runtime.client import Progress
from voronka.runtime.local import LocalClient
from voronka.runtime.operations.operator import operator_of
from voronka.runtime.records import find_record
from voronka.runtime.viewer import OPERATOR
from voronka.runtime.words import Json
from voronka.storage import Denial, Reader, UnitOfWork
from voronka.storage.audit import ERASED
from voronka.storage.tables import deals

__all__ = ["erase_person"]

_log = logging.getLogger("voronka.operations")
_WHOSE = ("contact", "account", "import")


def erase_person(client: LocalClient, params: Mapping[str, Any], progress: Progress) -> Json:
    """Erase what is personal: parameters actor and one of contact, account (name or id) and import (undone).

    With a record go those that were merged with it, with a contact his deals, with an import all that its undo hid. The
    audit keeps who did it and when, and no value.
    """
    actor, engine = operator_of(client, params), client.engine
    given = [name for name in _WHOSE if params.get(name) is not None]
    if len(given) != 1:
        raise UsageFault(
            Text("Whose data are to be erased is not clear."),
            Text("Name a contact, an account or an import that was undone: one of them."),
        )
    whose = given[0]

    def erase(work: UnitOfWork) -> Json:
        report, parties, theirs = _hidden(work, params) if whose == "import" else _person(work, whose, params)
        values, repeated = work.erase_people([*(party.id for party in parties), *theirs])
        records: Sequence[Stream] = parties or [Stream(StreamKind.DEAL, deal) for deal in theirs]
        now = engine.clock.now()
        work.deny(
            [
                Denial(at=now, actor=actor, source="operator", what="person.erase", record=record, code=ERASED)
                for record in records
            ]
        )
        return {**report, "deals": len(theirs), "values": values, "repeated": repeated}

    erased = engine.write(erase, alone=True)
    if not engine.database.fold():
        _log.warning(
            Text("Somebody reads the database: what was erased stands in its WAL until that is folded in at the end.")
        )
    return erased


def _person(work: UnitOfWork, whose: str, params: Mapping[str, Any]) -> tuple[Json, list[Stream], list[bytes]]:
    """Return whom a contact or an account is, the records that are they, and the contact's deals."""
    kind = StreamKind(whose)
    stays, *gone = _one(work, find_record(work, kind, params[whose], OPERATOR, hidden=True))
    theirs: list[bytes] = []
    if kind is StreamKind.CONTACT:
        found = work.execute(select(deals.c.id).where(deals.c.contact.in_([each.id for each in (stays, *gone)])))
        theirs = list(found.scalars())
    return {whose: stays.id.hex(), "merged": [each.id.hex() for each in gone]}, [stays, *gone], theirs


def _one(reader: Reader, stream: Stream) -> list[Stream]:
    """Return the record that stays of all that were merged with this one, then the others."""
    found, stays = [stream], stream
    for each in found:
        for entry in reader.history(each):
            for event in entry.events:
                if not isinstance(event, PartyMerged):
                    continue
                other = Stream(stream.kind, event.other)
                found += [] if other in found else [other]
                stays = other if each == stays and not event.stays else stays
    return [stays, *(each for each in found if each != stays)]


def _hidden(work: UnitOfWork, params: Mapping[str, Any]) -> tuple[Json, list[Stream], list[bytes]]:
    """Return what the undo of an import has hidden; `UsageFault` if there is no such import or it still stands."""
    name = str(params["import"])
    run = work.import_run(name)
    if run is None:
        raise UsageFault(Text("There is no import {id}.", id=name), Text("voronka import list shows them all."))
    if run.undone_at is None:
        raise UsageFault(
            Text("The import {id} was not undone.", id=name),
            Text("Undo it first: voronka import undo {id}; or erase its contacts one by one.", id=name),
        )
    theirs, parties = work.hidden_of(name)
    ended = [party for party in parties if _is_undone(work, party)]
    accounts = sum(party.kind is StreamKind.ACCOUNT for party in ended)
    return {"import": name, "accounts": accounts, "contacts": len(ended) - accounts}, ended, theirs


def _is_undone(reader: Reader, party: Stream) -> bool:
    """Tell whether the undo hid the record: one merged into another is that one now."""
    return any(isinstance(event, PartyHidden) for entry in reader.history(party) for event in entry.events)
