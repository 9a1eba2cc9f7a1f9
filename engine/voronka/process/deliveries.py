"""What became of the messages that were requested."""

from __future__ import annotations

from voronka.process.commands import RecordDelivery
from voronka.process.draft import Draft
from voronka.process.events import MessageFailed, MessageSent
from voronka.process.interactions import log

__all__ = ["record_delivery"]


def record_delivery(draft: Draft, command: RecordDelivery) -> None:
    """Remember that an effect left or was given up; what reached a contact goes into the ledger as the engine's own."""
    if not command.sent:
        draft.add(MessageFailed(effect=command.effect, reason=command.reason, at=draft.at))
        return
    draft.add(MessageSent(effect=command.effect, at=draft.at))
    kind, _, contact = command.recipient.partition(":")
    if kind == "contact":
        values = {"kind": "message", "channel": command.channel, "direction": "out", "contact": contact}
        log(draft, values, at=draft.at, own=True)
