"""Who is in a segment, as far as whoever asks may be told."""

from __future__ import annotations

from collections.abc import Iterator

from voronka.definition.guarded import guarded_names
from voronka.definition.segments import Segment
from voronka.process.state import DealState, PartyState
from voronka.runtime.decisions import Staff
from voronka.runtime.queries.asked import Asked
from voronka.runtime.selecting import kind_of, owner_values, selection_of
from voronka.runtime.viewer import hidden_names, hidden_of_party
from voronka.storage import DealFilter, OwnerValues, PartySelection

__all__ = ["DealMembers", "PartyMembers"]

_CHUNK = 500


class DealMembers:
    """The deals of a segment that may be told to whoever asks."""

    def __init__(self, asked: Asked, segment: Segment) -> None:
        self._asked = asked
        self._segment = segment
        which = DealFilter(owners=asked.owners, places=segment.places)
        self._selection = selection_of(segment.where, asked.workspace, which)
        self._known = _of_owners(asked, segment)

    def count(self) -> int:
        """Return how many there are."""
        if _open(self._asked, self._segment):
            return self._asked.reader.count_selected(self._selection, self._asked.now, owners=self._known)
        return sum(1 for _ in self._each(0))

    def page(self, limit: int, after: int) -> Iterator[DealState]:
        """Yield so many by number, those with a number above `after`."""
        for _, deal in zip(range(limit), self._each(after), strict=False):
            yield deal

    def _each(self, after: int) -> Iterator[DealState]:
        asked, reader = self._asked, self._asked.reader
        shown, reads = _open(asked, self._segment), self._segment.where.reads.values
        while True:
            found = reader.selected_deals(self._selection, asked.now, owners=self._known, limit=_CHUNK, after=after)
            deals = reader.deals(id_ for _, id_ in found)
            for _, id_ in found:
                deal = deals[id_]
                if shown or hidden_names(reader, asked.workspace, asked.viewer.rights, deal).isdisjoint(reads):
                    yield deal
            if len(found) < _CHUNK:
                return
            after = found[-1][0]


class PartyMembers:
    """The accounts or contacts of a segment that may be told to whoever asks."""

    def __init__(self, asked: Asked, segment: Segment) -> None:
        self._asked = asked
        self._segment = segment
        workspace = asked.workspace
        self._selection = PartySelection(
            kind=kind_of(segment.of),
            where=segment.where,
            zone=workspace.timezone,
            calendar=workspace.calendar,
            owners=asked.owners,
        )
        self._known = _of_owners(asked, segment)

    def count(self) -> int:
        """Return how many there are."""
        if _open(self._asked, self._segment):
            return self._asked.reader.count_selected_parties(self._selection, self._asked.now, known=self._known)
        return sum(1 for _ in self._each(None))

    def page(self, limit: int, after: bytes | None) -> Iterator[PartyState]:
        """Yield so many, the oldest first, those with an id above `after`."""
        for _, party in zip(range(limit), self._each(after), strict=False):
            yield party

    def _each(self, after: bytes | None) -> Iterator[PartyState]:
        asked, reader = self._asked, self._asked.reader
        shown, reads = _open(asked, self._segment), self._segment.where.reads.values
        while True:
            found = reader.selected_parties(self._selection, asked.now, known=self._known, limit=_CHUNK, after=after)
            parties = reader.parties(found)
            for stream in found:
                party = parties[stream]
                if shown or hidden_of_party(reader, asked.workspace, asked.viewer.rights, party).isdisjoint(reads):
                    yield party
            if len(found) < _CHUNK:
                return
            after = found[-1].id


def _of_owners(asked: Asked, segment: Segment) -> OwnerValues:
    staff = Staff.of(asked.reader.users(), asked.reader.absences())
    return owner_values(segment.where, asked.workspace, asked.now, users=staff.users, absences=staff.absences)


def _open(asked: Asked, segment: Segment) -> bool:
    """Return whether what the condition reads is hidden from nobody."""
    return segment.where.reads.values.isdisjoint(guarded_names(asked.workspace, segment.of))
