"""Ticking checklist items."""

from __future__ import annotations

from voronka.definition.addresses import url
from voronka.definition.faults import ValueFault
from voronka.definition.funnels import ChecklistItem
from voronka.expressions.suggestion import suggest
from voronka.messages import Text, called, listed
from voronka.process.commands import Sealed, TickItem
from voronka.process.draft import Draft
from voronka.process.events import ChecklistTicked
from voronka.process.refusals import refused

__all__ = ["is_link", "tick"]


def is_link(evidence: str) -> bool:
    """Tell whether evidence is an address of something on the web, and nothing besides."""
    try:
        url(evidence.strip())
    except ValueFault:
        return False
    return True


def tick(draft: Draft, command: TickItem) -> None:
    """Tick or untick an item of the present variant, with the evidence it asks for."""
    place = _place(draft, command.item)
    item = draft.variant.checklist[place]
    if command.done and item.evidence is not None:
        _require_evidence(command, item)
    if (place in draft.deal.ticks) == command.done and not (command.done and command.evidence):
        return
    evidence = command.evidence if command.done else None
    draft.add(ChecklistTicked(item=place, done=command.done, at=draft.at, evidence=evidence))


def _place(draft: Draft, item: str) -> str:
    known = draft.variant.checklist
    if item in known:
        return item
    same = [place for place in known if place.rpartition(".")[2] == item]
    if len(same) == 1:
        return same[0]
    if same:
        raise refused(
            "unknown_item",
            item,
            Text("Several checklists have an item {item}.", item=item),
            Text("Name one of: {places}.", places=", ".join(same)),
        )
    names = {place.rpartition(".")[2] for place in known}
    meant = suggest(item, sorted(names))
    remedy = (
        Text("The items are: {items}.", items=listed(called(each.name, each.label) for each in known.values()))
        if known
        else Text("The funnel has no checklists.")
    )
    raise refused(
        "unknown_item",
        item,
        Text("No checklist of this funnel has an item {item}.", item=item),
        Text("Did you mean {meant}?", meant=meant) if meant else remedy,
    )


def _require_evidence(command: TickItem, item: ChecklistItem) -> None:
    evidence = command.evidence
    sealed = isinstance(evidence, Sealed)
    written = "" if isinstance(evidence, Sealed) else (evidence or "").strip()
    if not written and not sealed:
        raise refused(
            "evidence",
            command.item,
            Text("“{item}” is ticked with evidence.", item=item.label),
            Text("Give a link to it.") if item.evidence == "link" else Text("Write down what shows it."),
        )
    if item.evidence == "link" and not (command.is_link if sealed else is_link(written)):
        raise refused(
            "evidence",
            command.item,
            Text("The evidence of “{item}” is no link.", item=item.label),
            Text("Give an address that begins with https:// or http://."),
        )
