"""Deals: one with everything that hangs on it, or a list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from voronka.definition.fields import Subject
from voronka.definition.funnels import Stage, Transition, Trigger, Variant
from voronka.definition.guarded import counts_from
from voronka.definition.rights import owners_of_deal
from voronka.process.state import DealState, Stream, StreamKind
from voronka.runtime.evaluation import DealEvaluation
from voronka.runtime.queries.asked import Asked, parameters
from voronka.runtime.queries.groups import shown_groups
from voronka.runtime.queries.lines import shown_lines
from voronka.runtime.queries.participants import PARTICIPANTS, shown_participants
from voronka.runtime.queries.provenance import personal_in, with_provenance
from voronka.runtime.queries.scores import shown_cells, shown_scores
from voronka.runtime.queries.shown import Shown
from voronka.runtime.queries.tasks import open_tasks
from voronka.runtime.viewer import hidden_names
from voronka.runtime.words import Json, words
from voronka.storage import DealFilter

__all__ = ["head", "list_deals", "parties_of", "show_deal", "shown_timers"]


@parameters("funnel", "stage", "owner", "open", "account", "contact", "limit", "after")
def list_deals(asked: Asked) -> Json:
    """Answer with deals by number: parameters funnel, stage, owner, open, account, contact, limit, after."""
    account = asked.record_if_given(StreamKind.ACCOUNT)
    contact = asked.record_if_given(StreamKind.CONTACT)
    funnel = asked.known("funnel", asked.workspace.funnels)
    deals = asked.reader.list_deals(
        DealFilter(
            funnel=funnel,
            stage=asked.known("stage", _stages(asked, funnel)),
            owner=asked.person("owner"),
            open=asked.flag("open"),
            account=account.id if account else None,
            contact=contact.id if contact else None,
            owners=asked.owners,
        ),
        limit=asked.limit(),
        after=asked.number("after"),
    )
    shown = Shown(asked.reader, asked.workspace, asked.viewer.rights)
    shown.load(party for deal in deals for party in parties_of(deal))
    return [head(shown, deal) for deal in deals]


def _stages(asked: Asked, funnel: str | None) -> Iterable[str]:
    funnels = asked.workspace.funnels
    chosen = funnels.values() if funnel is None else [funnels[funnel]]
    return dict.fromkeys(name for each in chosen for variant in each.variants.values() for name in variant.stages)


def parties_of(deal: DealState) -> Iterable[Stream]:
    """Yield the deal's account and contact."""
    if deal.account is not None:
        yield Stream(StreamKind.ACCOUNT, deal.account)
    if deal.contact is not None:
        yield Stream(StreamKind.CONTACT, deal.contact)


def head(shown: Shown, deal: DealState) -> dict[str, Any]:
    """Return what a list shows of a deal."""
    return {
        "id": deal.id.hex(),
        "number": deal.number,
        "seq": deal.seq,
        "funnel": shown.funnel(deal.funnel),
        "stage": shown.stage(deal.funnel, deal.case, deal.stage),
        "case": deal.case,
        "owner": None if deal.owner is None else shown.user(deal.owner),
        "account": shown.party(StreamKind.ACCOUNT, deal.account),
        "contact": shown.party(StreamKind.CONTACT, deal.contact),
        "created_at": deal.created_at,
        "entered_at": deal.entered_at,
        "closed_at": deal.closed_at,
        "outcome": deal.outcome,
        "last_interaction_at": deal.last_interaction_at,
    }


@parameters("deal")
def show_deal(asked: Asked) -> Json:
    """Answer with one deal (parameter deal): fields, participants, rows, lines, checklist, ways on, tasks, what waits.

    Each way on has the `gates` that would refuse a move as things are, for whoever may change the deal.
    """
    stream = asked.record(StreamKind.DEAL)
    deal = asked.reader.deals([stream.id])[stream.id]
    shown = Shown(asked.reader, asked.workspace, asked.viewer.rights)
    shown.load(parties_of(deal), [*deal.fields.values(), *personal_in(deal)])
    funnel = asked.workspace.funnels.get(deal.funnel)
    variant = funnel.variant(deal.case) if funnel else None
    stage = variant.stages.get(deal.stage) if variant else None
    collections = sorted(funnel.collections - {PARTICIPANTS}) if funnel else []
    hidden = hidden_names(asked.reader, asked.workspace, asked.viewer.rights, deal)
    evaluation = DealEvaluation(asked.reader, asked.workspace, deal, asked.now)
    computed, scores = evaluation.computed(hidden), evaluation.scores(hidden)
    fields = shown.fields(Subject.DEALS, {**deal.fields, **computed}, owners_of_deal(deal.owner))
    may_move = asked.viewer.rights.changes(owners_of_deal(deal.owner))
    return {
        **head(shown, deal),
        "release": deal.release,
        "visit": deal.visit,
        "replied": deal.replied,
        "contacted": deal.contacted,
        "fields": with_provenance(shown, Subject.DEALS, deal, fields, asked.now),
        "groups": shown_groups(shown, asked.workspace, deal, [cell["name"] for cell in fields]),
        "scores": shown_scores(asked.workspace, scores),
        "matrices": shown_cells(asked.workspace, evaluation.cells(hidden), scores),
        "rows": {name: _rows(asked, shown, deal, name) for name in collections},
        "collections": {name: shown.collection(name, Subject.DEALS) for name in collections},
        "participants": shown_participants(shown, deal),
        "lines": shown_lines(shown, deal),
        "checklist": _checklist(stage, deal) if stage else [],
        "ways": [
            {
                "transition": way.name,
                "to": shown.stage(deal.funnel, deal.case, way.target),
                "by": [shown.role(name) for name in way.by],
                "gates": [
                    {"gate": each.gate, "evidence": each.evidence}
                    for each in (evaluation.in_the_way(way) if may_move else ())
                ],
            }
            for way in (_ways(variant, deal.stage) if variant else ())
        ],
        "tasks": open_tasks(asked, shown, stream.id),
        "timers": shown_timers(shown, deal, hidden),
        "stopped": [
            {"transition": name, "to": shown.way(deal.funnel, deal.case, name), "gates": list(stopped.gates)}
            for name, stopped in deal.stopped.items()
        ],
    }


def _ways(variant: Variant, stage: str) -> list[Transition]:
    """Return the moves of people from a stage: on by the path with the nearest first, then back, then to the end."""
    places = {name: place for place, name in enumerate(variant.stages)}
    here = places.get(stage, 0)

    def order(way: Transition) -> tuple[bool, bool, int]:
        place = places[way.target]
        return variant.stages[way.target].outcome is not None, place < here, place

    found = (each for each in variant.transitions.values() if each.source == stage and each.trigger is Trigger.MANUAL)
    return sorted(found, key=order)


def shown_timers(shown: Shown, deal: DealState, hidden: frozenset[str]) -> list[dict[str, Any]]:
    """Return what waits for its time on a deal, by due time; without one, and last, what counts from the hidden."""
    timers = [
        {
            "event": timer.key.event,
            "label": shown.timed_event(deal.funnel, deal.case, timer.key.event)["label"],
            "offset": timer.offset,
            "due": None if counts_from(shown.workspace, deal.funnel, timer.key.event, hidden) else timer.due,
        }
        for timer in sorted(deal.timers.values(), key=lambda timer: timer.due)
    ]
    return sorted(timers, key=lambda timer: (timer["due"] is None, "" if timer["due"] else timer["event"]))


def _rows(asked: Asked, shown: Shown, deal: DealState, collection: str) -> list[dict[str, Any]]:
    stream, owners = Stream(StreamKind.DEAL, deal.id), owners_of_deal(deal.owner)
    rows = asked.reader.rows(collection, [stream])[stream]
    return [
        {"key": shown.row_key(collection, key), "fields": shown.row(collection, row, owners=owners)}
        for key, row in rows.items()
    ]


def _checklist(stage: Stage, deal: DealState) -> list[dict[str, Any]]:
    return [
        {
            "item": item.name,
            "gate": f"{gate.name}.checklist.{item.name}",
            "label": words(item.label),
            "evidence": item.evidence,
            "done": f"{gate.name}.checklist.{item.name}" in deal.ticks,
        }
        for gate in (stage.leave, stage.enter)
        for item in gate.checklist.values()
    ]
