"""The hours at which a message may leave: judged as it leaves, however long it has waited."""

from __future__ import annotations

from collections.abc import Mapping

from voronka.calendars import DailyWindow
from voronka.definition.timed import TimedEvent, ZoneOf
from voronka.definition.workspace import Workspace
from voronka.messages import Text
from voronka.process.state import DealState, PartyState, Stream, StreamKind
from voronka.storage import Effect

__all__ = ["WAITS", "Hours", "not_before", "sending_hours"]

WAITS = Text("it waits for the hours at which messages may leave")

_WEEK = 7 * 86_400_000_000

Hours = tuple[DailyWindow, str]
"""Hours of every day, and the zone by whose clocks they go."""


def sending_hours(
    workspace: Workspace, effect: Effect, deal: DealState, parties: Mapping[Stream, PartyState]
) -> tuple[Hours, ...]:
    """Return the hours at which a message may leave: outside the quiet ones, and in the window of its timed event."""
    found: list[Hours] = []
    kind, _, who = effect.recipient.partition(":")
    if kind == "contact" and who and workspace.quiet_hours is not None:
        contact = parties.get(Stream(StreamKind.CONTACT, bytes.fromhex(who)))
        found.append((workspace.quiet_hours.outside(), _zone(contact) or workspace.timezone))
    event = _event(workspace, effect, deal)
    if event is not None and event.window is not None:
        found.append((event.window, _zone_of(workspace, event.zone, deal, parties) or workspace.timezone))
    return tuple(found)


def not_before(hours: tuple[Hours, ...], now: int) -> int | None:
    """Return the first moment, `now` or later, that lies in all the hours; None if they do not meet within a week."""
    moment = now
    while moment < now + _WEEK:
        later = moment
        for window, zone in hours:
            later = window.opening(later, zone)
        if later == moment:
            return moment
        moment = later
    return None


def _event(workspace: Workspace, effect: Effect, deal: DealState) -> TimedEvent | None:
    name = (effect.body.get("timed") or {}).get("name")
    funnel = workspace.funnels.get(deal.funnel)
    return None if name is None or funnel is None else funnel.variant(deal.case).timed.get(name)


def _zone_of(workspace: Workspace, zone: ZoneOf, deal: DealState, parties: Mapping[Stream, PartyState]) -> str | None:
    match zone:
        case ZoneOf.OWNER:
            owner = workspace.people.get(deal.owner or "")
            return None if owner is None else owner.zone
        case ZoneOf.CONTACT if deal.contact is not None:
            return _zone(parties.get(Stream(StreamKind.CONTACT, deal.contact)))
        case ZoneOf.ACCOUNT if deal.account is not None:
            return _zone(parties.get(Stream(StreamKind.ACCOUNT, deal.account)))
    return None


def _zone(party: PartyState | None) -> str | None:
    zone = None if party is None else party.fields.get("zone")
    return zone if isinstance(zone, str) else None
