"""What a scenario has to tell of the accounts and contacts that a deal named, one after another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

from voronka.definition.fields import Subject
from voronka.definition.guarded import guarded
from voronka.definition.workspace import Workspace
from voronka.frozen import frozen
from voronka.process import events as happened
from voronka.process.evolve import evolve_entry
from voronka.process.rows import evolve_rows
from voronka.process.state import DealState, PartyState, State, Stream, StreamKind
from voronka.process.step import Row
from voronka.runtime.viewer import Viewer
from voronka.simulation.told_entries import kind_of
from voronka.storage import Reader, Recorded

__all__ = ["UNTOLD_FIELDS", "Standing", "named", "no_rows", "parties_of", "row_changes", "secret", "standing"]

UNTOLD_FIELDS = frozenset({"name", "account"})
"""Fields of a party that a scenario gives it by itself."""
_KINDS = {"account": StreamKind.ACCOUNT, "contact": StreamKind.CONTACT}


@frozen
class Standing:
    """What an account or a contact holds, after entry `seq` of its history."""

    fields: Mapping[str, happened.Kept] = field(default_factory=dict)
    rows: Mapping[str, Mapping[str, Row]] = field(default_factory=dict)
    seq: int = 0


def no_rows(workspace: Workspace, party: Stream) -> Mapping[str, Mapping[str, Row]]:
    """Return the collections of an account or a contact as they are at first."""
    return {name: {} for name in workspace.collections.get(Subject(f"{party.kind.value}s"), {})}


def standing(reader: Reader, workspace: Workspace, party: Stream, at: int) -> Standing:
    """Return how an account or a contact stood at the moment `at` (UTC microseconds)."""
    state: State | None = None
    rows = no_rows(workspace, party)
    seq = 0
    for entry in reader.history(party):
        if entry.recorded_at > at:
            break
        seq = entry.seq
        state = evolve_entry(state, entry.events, seq=seq, release=entry.release)
        for event in entry.events:
            rows = evolve_rows(rows, event, seq)
    fields = state.fields if isinstance(state, PartyState) else {}
    return Standing(
        fields={name: value for name, value in fields.items() if name not in UNTOLD_FIELDS}, rows=rows, seq=seq
    )


def parties_of(deal: DealState) -> dict[str, Stream]:
    """Return the deal's account and contact, as far as it has them."""
    ids = {"account": deal.account, "contact": deal.contact}
    return {kind: Stream(_KINDS[kind], id_) for kind, id_ in ids.items() if id_ is not None}


def named(start: DealState, entries: Iterable[Recorded]) -> list[Stream]:
    """Return the accounts and contacts that a deal had at the `start`, and all that it got in `entries`."""
    found = dict.fromkeys(parties_of(start).values())
    for event in (event for entry in entries for event in entry.events):
        if isinstance(event, happened.FieldsChanged):
            for kind, of in _KINDS.items():
                if isinstance(reference := event.new.get(kind), str):
                    found[Stream(of, bytes.fromhex(reference))] = None
    return list(found)


def secret(
    reader: Reader, workspace: Workspace, viewer: Viewer, parties: Sequence[Stream], entries: Iterable[Recorded]
) -> frozenset[Stream]:
    """Return those of a deal's former and present `parties` of which the viewer may not know all.

    Two that were merged on the way (`entries`) are one.
    """
    if viewer.rights.all:
        return frozenset()
    stays: dict[bytes, bytes] = {}
    for entry in entries:
        for event in entry.events if kind_of(entry) == "merge.follow" else ():
            if isinstance(event, happened.FieldsChanged):
                for kind in _KINDS.keys() & event.new.keys():
                    gone, staying = event.old.get(kind), event.new[kind]
                    if isinstance(gone, str) and isinstance(staying, str):
                        stays[bytes.fromhex(gone)] = bytes.fromhex(staying)

    def last(id_: bytes) -> bytes:
        return last(stays[id_]) if id_ in stays else id_

    declared, rights = guarded(workspace), viewer.rights
    meant = {party: Stream(party.kind, last(party.id)) for party in parties}
    owners = reader.owners(meant.values())
    return frozenset(
        party
        for party, now in meant.items()
        if not rights.sees(owners[now]) or rights.hidden(declared[Subject(f"{now.kind.value}s")], owners[now])
    )


def row_changes(
    told: Mapping[str, Mapping[str, Row]], held: Mapping[str, Mapping[str, Row]]
) -> Iterator[happened.RowPut | happened.RowRemoved]:
    """Yield what turns the rows that were `told` into those that are `held`."""
    for name, rows in held.items():
        before: Mapping[str, Any] = told.get(name, {})
        for key in (key for key in before if key not in rows):
            yield happened.RowRemoved(collection=name, key=key)
        for key, row in rows.items():
            if before.get(key) != row:
                yield happened.RowPut(collection=name, key=key, values=row)
