"""What a decision asks for beside its own records: who is in a segment, and which deals another has opened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from voronka.definition.workspace import Workspace
from voronka.process.events import DealCreated, Event
from voronka.process.opening import children_queued
from voronka.process.state import PartyState, Stream, StreamKind, VaultRef
from voronka.process.step import Child, ChildrenKey, Member
from voronka.runtime.selecting import kind_of
from voronka.storage import Entry, OwnerValues, PartySelection, UnitOfWork

__all__ = ["Children", "members"]

_CHUNK = 500


def members(work: UnitOfWork, workspace: Workspace, segment: str, now: int, known: OwnerValues) -> tuple[Member, ...]:
    """Return who is in a segment of accounts or contacts, the oldest first; nobody whose name was erased. `known`: what
    it reads of owners.
    """
    declared = workspace.segments[segment]
    selection = PartySelection(
        kind=kind_of(declared.of), where=declared.where, zone=workspace.timezone, calendar=workspace.calendar
    )
    found: list[Member] = []
    after: bytes | None = None
    while True:
        streams = work.selected_parties(selection, now, known=known, limit=_CHUNK, after=after)
        parties = work.parties(streams)
        found += map(_member, _not_erased(work, [parties[stream] for stream in streams]))
        if len(streams) < _CHUNK:
            return tuple(found)
        after = streams[-1].id


def _not_erased(work: UnitOfWork, parties: Sequence[PartyState]) -> Iterator[PartyState]:
    names = [party.fields.get("name") for party in parties]
    kept = work.vault_get(name for name in names if isinstance(name, VaultRef))
    for party, name in zip(parties, names, strict=True):
        if not isinstance(name, VaultRef) or name in kept:
            yield party


def _member(party: PartyState) -> Member:
    if party.stream.kind is StreamKind.ACCOUNT:
        return Member(party.stream.id)
    account = party.fields.get("account")
    return Member(bytes.fromhex(account) if isinstance(account, str) else None, party.stream.id)


class Children:
    """The deals that deals have opened, as far as they were asked for, with what this batch has decided."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self.facts: dict[ChildrenKey, dict[bytes, Child]] = {}
        """What is known, as decisions take it."""

    def load(self, keys: Iterable[ChildrenKey], entries: Iterable[Entry]) -> None:
        """Look up what is not known yet. `entries`: decided in this batch, and not written yet."""
        missing = [key for key in keys if key not in self.facts]
        for key in missing:
            self.facts[key] = self._work.children(*key)
        for entry in entries if missing else ():
            self.note(entry.stream, entry.events)

    def note(self, stream: Stream, events: Iterable[Event]) -> None:
        """Take in what was decided about a record."""
        if not self.facts:
            return
        for event in events:
            if isinstance(event, DealCreated) and event.parent is not None:
                self._add((event.parent, event.funnel), Child(event.id, event.account, event.contact))
        for funnel, child in children_queued(events):
            self._add((stream.id, funnel), child)

    def _add(self, key: ChildrenKey, child: Child) -> None:
        if key in self.facts:
            self.facts[key][child.id] = child
