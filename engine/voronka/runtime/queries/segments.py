"""Segments: how many deals each holds, which, and why a deal is in one or not."""

from __future__ import annotations

from collections.abc import Iterator

from voronka.definition.fields import Subject
from voronka.definition.segments import Segment
from voronka.process.state import DealState, StreamKind
from voronka.runtime.decisions import Staff
from voronka.runtime.evaluation import DealEvaluation
from voronka.runtime.queries.asked import Asked
from voronka.runtime.queries.deals import head, parties_of
from voronka.runtime.queries.judgements import rendered
from voronka.runtime.queries.shown import Shown
from voronka.runtime.selecting import owner_values, selection_of
from voronka.runtime.viewer import hidden_names
from voronka.runtime.words import Json, words
from voronka.storage import DealFilter

__all__ = ["explain_segment", "list_members", "list_segments"]

_CHUNK = 500


def list_segments(asked: Asked) -> Json:
    """Answer with the segments in the order of writing, and how many deals each holds: parameters limit, skip."""
    segments = list(asked.workspace.segments.values())[asked.number("skip") :][: asked.limit()]
    return [
        {
            "segment": segment.name,
            "label": words(segment.label),
            "where": segment.where.text,
            "count": _Members(asked, segment).count(),
        }
        for segment in segments
    ]


def list_members(asked: Asked) -> Json:
    """Answer with the deals of a segment by number: parameters segment, limit, after.

    A deal of which the condition reads something that is hidden from whoever asks is left out: that it is a member
    would tell what is hidden.
    """
    members = _Members(asked, _segment(asked))
    deals = list(members.page(asked.limit(), asked.number("after")))
    shown = Shown(asked.reader, asked.workspace, asked.viewer.rights)
    shown.load(party for deal in deals for party in parties_of(deal))
    return [head(shown, deal) for deal in deals]


def explain_segment(asked: Asked) -> Json:
    """Answer why a deal is in a segment or not: parameters segment, deal.

    `member` is None where the condition reads something that is hidden from whoever asks.
    """
    segment, stream = _segment(asked), asked.record(StreamKind.DEAL)
    deal = asked.reader.deals([stream.id])[stream.id]
    hidden = hidden_names(asked.reader, asked.workspace, asked.viewer.rights, deal)
    where = segment.where
    leaves = DealEvaluation(asked.reader, asked.workspace, deal, asked.now).leaves(where)
    found = where.explain(leaves, hidden=hidden)
    return {
        "segment": segment.name,
        "label": words(segment.label),
        "deal": deal.number,
        "member": None if found.hidden else found.result is True,
        "words": rendered(found),
    }


def _segment(asked: Asked) -> Segment:
    segments = asked.workspace.segments
    return segments[asked.required("segment", segments)]


class _Members:
    """The members of a segment that may be told to whoever asks."""

    def __init__(self, asked: Asked, segment: Segment) -> None:
        self._asked = asked
        self._reads = segment.where.reads.names
        staff = Staff.of(asked.reader.users(), asked.reader.absences())
        which = DealFilter(owners=asked.owners, places=segment.places)
        self._selection = selection_of(segment.where, asked.workspace, which)
        self._owners = owner_values(
            segment.where, asked.workspace, asked.now, users=staff.users, absences=staff.absences
        )

    def count(self) -> int:
        """Return how many there are."""
        if self._open:
            return self._asked.reader.count_selected(self._selection, self._asked.now, owners=self._owners)
        return sum(1 for _ in self._each(0))

    def page(self, limit: int, after: int) -> Iterator[DealState]:
        """Yield so many by number, those with a number above `after`."""
        for _, deal in zip(range(limit), self._each(after), strict=False):
            yield deal

    @property
    def _open(self) -> bool:
        """Whether what the condition reads is hidden from nobody."""
        declared = self._asked.workspace.fields
        heads = {"": Subject.DEALS, "account": Subject.ACCOUNTS, "contact": Subject.CONTACTS}
        for name in self._reads:
            head_, _, rest = name.rpartition(".")
            field = declared.get(heads.get(head_, Subject.DEALS), {}).get(rest)
            if field is not None and field.visible_to:
                return False
        return True

    def _each(self, after: int) -> Iterator[DealState]:
        asked, reader = self._asked, self._asked.reader
        while True:
            found = reader.selected_deals(self._selection, asked.now, owners=self._owners, limit=_CHUNK, after=after)
            deals = reader.deals(id_ for _, id_ in found)
            for _, id_ in found:
                deal = deals[id_]
                if self._open or hidden_names(reader, asked.workspace, asked.viewer.rights, deal).isdisjoint(
                    self._reads
                ):
                    yield deal
            if len(found) < _CHUNK:
                return
            after = found[-1][0]
