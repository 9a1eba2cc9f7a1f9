"""Routing: a new deal belongs to the funnel, and goes to whom, the first entry that holds for it says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from voronka.definition.fields import Subject
from voronka.definition.routing import RoutingEntry
from voronka.definition.vocabulary import BUILT_IN_FIELDS
from voronka.messages import Text
from voronka.process.assigning import assign_owner, chosen_of
from voronka.process.commands import CreateDeal
from voronka.process.draft import Draft
from voronka.process.fields import change
from voronka.process.plan import FunnelPlan
from voronka.process.refusals import Refused, refused
from voronka.process.step import Judgement
from voronka.process.successors import has_left, heir_of, tell_gone

__all__ = ["holds", "no_funnel", "relieve", "route", "tell", "within", "would_get"]


def route(draft: Draft) -> None:
    """Give the deal an owner by the entries of its funnel; leave it as it is where none holds, or finds nobody."""
    entry = _entry(draft)
    if entry is None or entry.assign is None:
        return
    if draft.cause != (cause := draft.by_itself(entry.label)):
        draft.because(cause)
        tell(draft, entry)
    assign_owner(draft, entry.assign)


def would_get(draft: Draft) -> str | None:
    """Return to whom the entries of its funnel would give the deal now, without giving it; None if to nobody."""
    entry = _entry(draft)
    return None if entry is None or entry.assign is None else chosen_of(draft, entry.assign)[0]


def relieve(draft: Draft) -> None:
    """Give an open deal whose owner has left to whom the entries of its funnel name, else to who takes over."""
    owner = draft.deal.owner
    if owner is None or not has_left(draft, owner):
        return
    cause = draft.cause
    route(draft)
    if draft.deal.owner == owner and (heir := heir_of(draft, owner)) is not None:
        change(draft, {"owner": heir})
    if draft.deal.owner is not None and draft.deal.owner != owner:
        tell_gone(draft, owner, draft.deal.owner)
    if draft.cause != cause:
        draft.because(cause)


def _entry(draft: Draft) -> RoutingEntry | None:
    return next((each for each in draft.funnel.routing if holds(draft, each)), None)


def holds(draft: Draft, entry: RoutingEntry) -> bool:
    """Tell whether an entry takes the deal."""
    return entry.where is None or entry.where.evaluate(draft.env(entry.where)) is True


def tell(draft: Draft, entry: RoutingEntry) -> None:
    """Remember by which values of the deal an entry holds."""
    where = entry.where
    if where is not None:
        values = where.leaves(draft.env(where))
        draft.judged(Judgement(name=f"routing.{entry.number}.where", text=where.text, result=True, values=values))


def within(command: CreateDeal, funnel: FunnelPlan) -> CreateDeal:
    """Return the command as one about a funnel, with those of its fields that deals of the funnel have."""
    known = BUILT_IN_FIELDS[Subject.DEALS].keys() | funnel.funnel.fields
    fields = {name: value for name, value in command.fields.items() if name in known}
    return replace(command, funnel=funnel.funnel.name, fields=fields)


def no_funnel(funnels: Iterable[str], *, routing: bool) -> Refused:
    """Return why a deal without a funnel cannot be opened."""
    return refused(
        "no_funnel",
        "routing" if routing else "funnel",
        Text("No entry of the routing is for this deal, so nothing says to which funnel it belongs.")
        if routing
        else Text("No funnel is named, and there is no routing that would choose one."),
        Text("Name the funnel: {funnels}.", funnels=", ".join(funnels) or "—"),
    )
