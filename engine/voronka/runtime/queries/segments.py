"""Segments: how many records each holds, which, and why a record is in one or not."""

from __future__ import annotations

from typing import Any

from voronka.definition.fields import Subject
from voronka.definition.segments import Segment
from voronka.errors import UsageFault
from voronka.expressions import Explanation
from voronka.messages import Text
from voronka.process.state import StreamKind
from voronka.runtime.evaluation import DealEvaluation
from voronka.runtime.party_evaluation import PartyEvaluation
from voronka.runtime.queries.asked import Asked, parameters
from voronka.runtime.queries.deals import head, parties_of
from voronka.runtime.queries.judgements import rendered
from voronka.runtime.queries.parties import list_heads, party_id
from voronka.runtime.queries.segment_members import DealMembers, PartyMembers
from voronka.runtime.queries.shown import Shown
from voronka.runtime.selecting import kind_of
from voronka.runtime.viewer import hidden_names, hidden_of_party
from voronka.runtime.words import Json, words

__all__ = ["explain_segment", "list_members", "list_segments"]


@parameters("limit", "skip")
def list_segments(asked: Asked) -> Json:
    """Answer with the segments in the order of writing, and how many records each holds: parameters limit, skip."""
    segments = list(asked.workspace.segments.values())[asked.number("skip") :][: asked.limit()]
    return [
        {
            "segment": segment.name,
            "label": words(segment.label),
            "of": segment.of.value,
            "where": segment.where.text,
            "count": _members(asked, segment).count(),
        }
        for segment in segments
    ]


def _members(asked: Asked, segment: Segment) -> DealMembers | PartyMembers:
    return DealMembers(asked, segment) if segment.of is Subject.DEALS else PartyMembers(asked, segment)


@parameters("segment", "limit", "after")
def list_members(asked: Asked) -> Json:
    """Answer with the records of a segment: parameters segment, limit, after (a number of deals, else an id).

    Deals come by number, accounts and contacts in the order in which they were made. A record of which the condition
    reads something that is hidden from whoever asks is left out: that it is a member would tell what is hidden.
    """
    segment = _segment(asked)
    if segment.of is not Subject.DEALS:
        text = asked.text("after")
        parties = PartyMembers(asked, segment).page(asked.limit(), party_id(text) if text else None)
        return list_heads(asked, list(parties))
    deals = list(DealMembers(asked, segment).page(asked.limit(), _number(asked)))
    shown = Shown(asked.reader, asked.workspace, asked.viewer.rights)
    shown.load(party for deal in deals for party in parties_of(deal))
    return [head(shown, deal) for deal in deals]


@parameters("segment", "deal", "account", "contact")
def explain_segment(asked: Asked) -> Json:
    """Answer why a record is in a segment or not: parameters segment and deal, account or contact.

    `member` is None where the condition reads something that is hidden from whoever asks.
    """
    segment = _segment(asked)
    kind = kind_of(segment.of)
    if asked.params.get(kind.value) is None:
        raise UsageFault(
            Text("The segment {segment} is of {records}.", segment=segment.name, records=_RECORDS[segment.of]),
            Text("Ask with --{kind}.", kind=kind.value),
        )
    found, record = _deal(asked, segment) if kind is StreamKind.DEAL else _party(asked, segment)
    return {
        "segment": segment.name,
        "label": words(segment.label),
        **record,
        "member": None if found.hidden else found.result is True,
        "words": rendered(found, Shown(asked.reader, asked.workspace, asked.viewer.rights)),
    }


_RECORDS = {Subject.DEALS: Text("deals"), Subject.ACCOUNTS: Text("accounts"), Subject.CONTACTS: Text("contacts")}


def _deal(asked: Asked, segment: Segment) -> tuple[Explanation, dict[str, Any]]:
    stream = asked.record(StreamKind.DEAL)
    deal = asked.reader.deals([stream.id])[stream.id]
    hidden = hidden_names(asked.reader, asked.workspace, asked.viewer.rights, deal)
    leaves = DealEvaluation(asked.reader, asked.workspace, deal, asked.now).leaves(segment.where)
    return segment.where.explain(leaves, hidden=hidden), {"deal": deal.number}


def _party(asked: Asked, segment: Segment) -> tuple[Explanation, dict[str, Any]]:
    stream = asked.record(kind_of(segment.of))
    party = asked.reader.parties([stream])[stream]
    hidden = hidden_of_party(asked.reader, asked.workspace, asked.viewer.rights, party)
    leaves = PartyEvaluation(asked.reader, asked.workspace, party, asked.now).leaves(segment.where)
    name = Shown(asked.reader, asked.workspace, asked.viewer.rights).party_name(stream)
    return segment.where.explain(leaves, hidden=hidden), {"id": stream.id.hex(), "name": name}


def _number(asked: Asked) -> int:
    """Return the number after which a page of deals begins."""
    after = asked.params.get("after")
    if isinstance(after, str) and after.isascii() and after.isdigit() and len(after) < _LONGEST:
        return int(after)
    return asked.number("after")


_LONGEST = 19


def _segment(asked: Asked) -> Segment:
    segments = asked.workspace.segments
    return segments[asked.required("segment", segments)]
