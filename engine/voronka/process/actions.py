"""What a stage, a transition or a timed event does, as events: results, ready to be carried out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from voronka.definition.absence import stand_in
from voronka.definition.actions import (
    Action,
    AssignAction,
    CancelAction,
    LogAction,
    MoveAction,
    NotifyAction,
    OpenDealAction,
    PluginAction,
    SendAction,
    SetAction,
    TaskAction,
)
from voronka.frozen import maker
from voronka.process.arguments import worked_out
from voronka.process.assigning import assign_owner
from voronka.process.commands import Given, SetParty
from voronka.process.draft import Consequence, Draft
from voronka.process.environment import party_stream
from voronka.process.events import ActionRequested, EffectRequested, EffectSkipped, Kept, SettingSkipped
from voronka.process.fields import assigned, change
from voronka.process.interactions import LEDGER, log
from voronka.process.opening import open_deals
from voronka.process.provenance import Telling
from voronka.process.queueing import queue
from voronka.process.state import PartyState
from voronka.process.successors import in_place_of
from voronka.process.tasks import open_task
from voronka.process.timers import Ending, cancel_event

__all__ = ["NOTICE", "assign", "notify", "perform"]

NOTICE = "notice"
"""The channel over which our own people are told; every workspace has it."""

Timed = Mapping[str, str | int]

_effect = maker(EffectRequested)


def perform(  # noqa: C901 - one case an action
    draft: Draft, actions: Iterable[Action], label: str, *, timed: Timed | None = None, before: int | None = None
) -> None:
    """Do actions in their order, each seeing what the earlier ones set. Moves wait until the present one is over.

    `label` names them as a cause of moves; `timed`: the firing, for the templates. `before`: a message that
    cannot leave earlier than that is left out.
    """
    for action in actions:
        match action:
            case SetAction():
                assign(draft, assigned(draft, action.values))
            case TaskAction():
                open_task(draft, action, _people(draft, action.assignee))
            case SendAction() | NotifyAction():
                channel = action.channel if isinstance(action, SendAction) else NOTICE
                _send(draft, channel, action.to, action.template, timed=timed, before=before)
            case MoveAction():
                draft.queue.append(Consequence(label, action, draft.path))
            case OpenDealAction():
                open_deals(draft, action)
            case LogAction():
                given = assigned(draft, action.values, LEDGER)
                log(draft, {name: value for name, value in given.items() if value is not None}, at=draft.now)
            case CancelAction():
                cancel_event(draft, action.event, Ending.CANCELLED, over=True)
            case AssignAction():
                assign_owner(draft, action)
            case PluginAction():
                arguments = {name: worked_out(draft, each) for name, each in action.arguments.items()}
                draft.add(
                    ActionRequested(
                        n=draft.child(),
                        action=action.name,
                        arguments=arguments,
                        at=draft.now,
                        destination=action.destination,
                        chain=draft.chain(action.name),
                    )
                )


def assign(draft: Draft, values: Mapping[str, Kept]) -> None:
    """Set what the configuration sets: fields of the deal now, those of its account and contact by queued commands.

    Of an account or a contact that the deal does not have, it is told that they were left out. What is set now holds,
    even if a value of a later time was given before what leads to it was told.
    """
    own: dict[str, Kept] = {}
    linked: dict[str, dict[str, Given]] = {}
    for name, value in values.items():
        party, dot, field = name.partition(".")
        if dot:
            linked.setdefault(party, {})[field] = value
        else:
            own[name] = value
    change(draft, own, when=Telling(draft.at, now=draft.at))
    for party, fields in linked.items():
        stream = party_stream(draft.deal, party)
        if stream is None:
            draft.add(SettingSkipped(names=tuple(f"{party}.{name}" for name in fields), at=draft.now))
        else:
            queue(draft, stream, SetParty(values=fields), f"set {party}")


def _people(draft: Draft, to: str) -> list[str]:
    """Return the names of those on our side whom `to` means; those who have left are followed by others."""
    return in_place_of(draft, _meant(draft, to))


def _meant(draft: Draft, to: str) -> list[str]:
    """Return whom `to` means, whether they are still here or not; who heads the funnel stands in for a missing owner.

    Of an owner who is not declared any more, the head of the funnel is the superior.
    """
    people = draft.workspace.people
    if to == "owner":
        owner = draft.deal.owner
        head = draft.funnel.funnel.owner
        return [owner] if owner is not None else [] if head is None else _meant(draft, head)
    if to == "owner.reports_to":
        user = draft.names.user(draft.deal.owner)
        if user is None and draft.deal.owner is not None:
            return [draft.deal.owner]
        return [] if user is None or user.reports_to is None else [user.reports_to]
    if to in people:
        return [to]
    return [user.name for user in people.values() if user.role == to]


def _present(draft: Draft, name: str) -> str:
    """Return who gets what is for a user: the user, or whoever stands in for them now."""
    return stand_in(draft.workspace, draft.facts.absences, name, draft.now) or name


def _send(
    draft: Draft,
    channel: str,
    to: str,
    template: str,
    *,
    timed: Timed | None = None,
    notice: Mapping[str, str] | None = None,
    before: int | None = None,
) -> None:
    locale = draft.workspace.locale
    not_before = None
    if to == "contact":
        party = draft.names.party("contact")
        recipients = [] if party is None else [f"contact:{party.stream.id.hex()}"]
        if party is not None and isinstance(own := party.fields.get("locale"), str):
            locale = own
        not_before = _end_of_quiet(draft, party)
        if before is not None and not_before is not None and not_before >= before:
            for recipient in recipients:
                draft.add(
                    EffectSkipped(channel=channel, recipient=recipient, template=template, at=draft.now, timed=timed)
                )
            return
    else:
        recipients = [f"user:{name}" for name in dict.fromkeys(map(partial(_present, draft), _people(draft, to)))]
    for recipient in recipients or [""]:
        draft.add(
            _effect(
                n=draft.child(),
                channel=channel,
                recipient=recipient,
                template=template,
                at=draft.now,
                locale=locale,
                timed=timed,
                notice=notice,
                not_before=not_before,
                before=before,
                led=draft.led(),
            )
        )


def _end_of_quiet(draft: Draft, contact: PartyState | None) -> int | None:
    """Return when the quiet hours end, by the contact's clocks, else the workspace's; None if it is none of them."""
    quiet = draft.workspace.quiet_hours
    if quiet is None:
        return None
    own = None if contact is None else contact.fields.get("zone")
    zone = own if isinstance(own, str) else draft.workspace.timezone
    return quiet.closing(draft.now, zone) if quiet.contains(draft.now, zone) else None


def notify(draft: Draft, template: str, notice: Mapping[str, str], *, timed: Timed | None = None) -> None:
    """Tell the deal's owner by one of the built-in notices."""
    _send(draft, NOTICE, "owner", template, timed=timed, notice=notice)
