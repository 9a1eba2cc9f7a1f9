"""Opening a deal."""

from __future__ import annotations

from dataclasses import replace

from voronka.definition.routing import RoutingEntry
from voronka.process.actions import perform
from voronka.process.commands import CreateDeal
from voronka.process.draft import Draft
from voronka.process.events import DealCreated
from voronka.process.fields import change, check_deal, check_given, observe
from voronka.process.provenance import Telling
from voronka.process.routing import route, tell
from voronka.process.successors import has_left, heir_of, tell_gone
from voronka.process.visits import enter

__all__ = ["be_born", "birth", "open_deal"]


def birth(draft: Draft, command: CreateDeal, *, at: int, unowned: bool = False) -> DealCreated:
    """Return the event that brings the deal to be; `Refused` with every value that cannot stand.

    `unowned`: who is to own it is found later, and by that what the actor may set.
    """
    fields = check_deal(draft, {**command.fields, "owner": command.owner}, place="create", unowned=unowned)
    fields.pop("owner")
    funnel = draft.funnel.funnel
    return DealCreated(
        id=draft.moment.stream.id,
        number=draft.moment.number,
        funnel=funnel.name,
        case=draft.funnel.case_of(fields.get(funnel.variant_by)) if funnel.variant_by else None,
        at=at,
        owner=command.owner,
        account=command.account,
        contact=command.contact,
        parent=command.parent,
        fields={name: value for name, value in fields.items() if value is not None},
        keys=command.keys,
        import_id=command.import_id,
    )


def be_born(draft: Draft, command: CreateDeal, *, at: int, unowned: bool = False) -> None:
    """Bring the deal to be, with where its values come from; `Refused` as `birth`."""
    born = birth(draft, command, at=at, unowned=unowned)
    draft.add(born)
    observe(draft, born.fields, when=Telling(at), origin=command.origin, place="create")


def open_deal(draft: Draft, command: CreateDeal, entry: RoutingEntry | None = None) -> None:
    """Open the deal in its first stage, whose gate does not bind creation; what is to be done on entry is done.

    `entry`: the one of the routing that has chosen its funnel.

    Where no owner is named, routing finds one; else whoever opens it owns it. So it is where the deal of somebody who
    has left opens another for them, and if routing finds nobody, it is for who takes over from them.
    """
    opener = None if draft.moment.rights.all else draft.moment.actor
    left = command.owner if command.owner and command.parent and has_left(draft, command.owner) else None
    if left is not None:
        command = replace(command, owner=None)
        opener = heir_of(draft, left)
    if command.owner is None and not draft.funnel.routing:
        command = replace(command, owner=opener)
    unowned = command.owner is None and bool(draft.funnel.routing)
    be_born(draft, command, at=draft.at, unowned=unowned)
    if entry is not None:
        draft.because(draft.by_itself(entry.label))
        tell(draft, entry)
    if command.owner is None:
        route(draft)
    if draft.cause != draft.moment.actor:
        draft.because(draft.moment.actor)
    if command.owner is None and draft.deal.owner is None and opener is not None:
        change(draft, {"owner": opener})
    if left is not None and draft.deal.owner is not None:
        tell_gone(draft, left, draft.deal.owner)
    if unowned:
        check_given(draft, command.fields)
    first = draft.variant.first
    draft.moving = True
    perform(draft, first.stage.enter.actions, f"action:{first.stage.enter.name}")
    enter(draft, draft.variant.first, via=None)
