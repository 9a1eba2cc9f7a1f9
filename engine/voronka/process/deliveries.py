"""What became of what was requested: messages, and commands for other records."""

from __future__ import annotations

from voronka.messages import Label
from voronka.process.actions import NOTICE, notify
from voronka.process.commands import RecordDelivery, RecordRefusal, RetryEffect
from voronka.process.draft import Draft
from voronka.process.events import (
    ActionDone,
    ActionFailed,
    EffectRetried,
    EffectSkipped,
    EffectUnknown,
    MessageFailed,
    MessageSent,
)
from voronka.process.interactions import log

__all__ = ["record_delivery", "record_refusal", "retry_effect"]


def record_delivery(draft: Draft, command: RecordDelivery) -> None:
    """Remember that an effect left, was given up, or that nobody knows which of the two.

    What reached a contact goes into the ledger as the engine's own.

    The owner is told of one that was given up, unless it was itself a notice or was withheld; not of one that was left
    out, for it would have come too late.
    """
    draft.muted += tuple(link for link in command.led if link not in draft.muted)
    if command.unknown:
        _record_unknown(draft, command)
        return
    if command.action:
        _record_action(draft, command)
        return
    if command.late:
        draft.add(
            EffectSkipped(
                channel=command.channel,
                recipient=command.recipient,
                template=command.template,
                at=draft.at,
                effect=command.effect,
            )
        )
        return
    if not command.sent:
        draft.add(MessageFailed(effect=command.effect, reason=command.reason, at=draft.at, reasons=command.reasons))
        if command.channel != NOTICE and not command.withheld and not draft.deal.hidden:
            notify(draft, "message_failed", {"channel": command.channel, "reason": _reason(draft, command)})
        return
    draft.add(MessageSent(effect=command.effect, at=draft.at))
    kind, _, contact = command.recipient.partition(":")
    if kind == "contact":
        values = {"kind": "message", "channel": command.channel, "direction": "out", "contact": contact}
        log(draft, values, at=draft.at, own=True)


def _record_action(draft: Draft, command: RecordDelivery) -> None:
    if command.sent:
        draft.add(ActionDone(effect=command.effect, action=command.action, at=draft.at))
        return
    draft.add(
        ActionFailed(
            effect=command.effect,
            action=command.action,
            reason=command.reason,
            at=draft.at,
            reasons=command.reasons,
        )
    )
    if not command.withheld and not draft.deal.hidden:
        notify(draft, "action_failed", {"action": command.action, "reason": _reason(draft, command)})


def _record_unknown(draft: Draft, command: RecordDelivery) -> None:
    draft.add(
        EffectUnknown(
            effect=command.effect,
            channel=command.channel,
            action=command.action,
            reason=command.reason,
            at=draft.at,
            reasons=command.reasons,
        )
    )
    if command.channel != NOTICE and not draft.deal.hidden:
        told = {"effect": command.effect, "way": command.action or command.channel, "reason": _reason(draft, command)}
        notify(draft, "effect_unknown", told)


def retry_effect(draft: Draft, command: RetryEffect) -> None:
    """Remember that somebody has put an effect on its way again."""
    draft.add(EffectRetried(effect=command.effect, at=draft.at))


def _reason(draft: Draft, command: RecordDelivery) -> str:
    """Return the reason in the language in which the owner is told."""
    return Label(command.reasons).render(draft.workspace.locale) if command.reasons else command.reason


def record_refusal(draft: Draft, command: RecordRefusal) -> None:
    """Tell the owner that a command which the deal brought about, or was to carry out, came to nothing."""
    told = {"command": command.command, "gates": ", ".join(command.gates)}
    notify(draft, "command_refused", {**told, "key": command.key} if command.key else told)
