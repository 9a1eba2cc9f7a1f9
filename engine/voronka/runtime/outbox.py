"""Messages on their way out: leased, rendered once, handed to their channel, settled under the lease's token."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from voronka.definition.workspace import Workspace
from voronka.errors import EnvironmentFault
from voronka.hooks.channels import Channel, DeliveryError, Message
from voronka.process.commands import Envelope, RecordDelivery
from voronka.process.state import Stream, StreamKind, VaultRef
from voronka.runtime.ids import Random
from voronka.runtime.message_values import MessageFacts, message_facts
from voronka.runtime.rendering import RenderingError, choose_text, render
from voronka.storage import Delivery, Effect, EffectKey, UnitOfWork

__all__ = ["ATTEMPTS", "LEASE", "NO_RECIPIENT", "Parcel", "attempt", "backoff", "give_back", "lease"]

LEASE = 30_000_000
"""Microseconds that a worker has for one message; after that another may take it over."""

ATTEMPTS = 8
"""After so many failures a message is a dead letter."""

NO_RECIPIENT = "nobody to send it to"
"""The reason for which a message is given up that has no recipient."""

_FIRST, _LONGEST = 10_000_000, 6 * 3_600_000_000
_log = logging.getLogger("voronka.outbox")


@dataclass(frozen=True, kw_only=True, slots=True)
class Parcel:
    """A leased effect with its message; without one, `fault` says why it cannot leave."""

    effect: Effect
    message: Message | None
    fault: str = ""


def backoff(attempts: int, random: Random) -> int:
    """Return the microseconds to wait after so many attempts: doubled each time, between half and all of it.

    The chance spreads the retries of many messages that failed together.
    """
    longest: int = min(_FIRST * 2 ** (attempts - 1), _LONGEST)
    return longest // 2 + int.from_bytes(random(4), "big") * (longest - longest // 2) // (1 << 32)


def lease(work: UnitOfWork, workspace: Workspace, *, now: int, limit: int, random: Random) -> list[Parcel]:
    """Take effects that may leave and render those that have never been; what was said first is said again."""
    effects = work.lease_effects(now=now, limit=limit, until=now + LEASE)
    kept = work.vault_get([_kept_under(effect) for effect in effects])
    found = _facts(work, workspace, effects)
    parcels = []
    for effect in effects:
        facts = found[effect.key]
        if isinstance(facts, str):
            parcels.append(Parcel(effect=effect, message=None, fault=facts))
        else:
            parcels.append(_parcel(work, workspace, effect, facts, kept.get(_kept_under(effect)), random))
    return parcels


def _facts(work: UnitOfWork, workspace: Workspace, effects: Sequence[Effect]) -> Mapping[EffectKey, MessageFacts | str]:
    """Return what the messages need, all at once; if that fails, each for itself, with the error of those that fail."""
    try:
        return message_facts(work, workspace, effects)
    except EnvironmentFault:
        raise
    except Exception as error:
        if len(effects) == 1:
            _log.exception("the message %s cannot be made", effects[0].key)
            return {effects[0].key: f"{type(error).__name__}: {error}"}
        return {key: facts for effect in effects for key, facts in _facts(work, workspace, [effect]).items()}


def give_back(work: UnitOfWork, parcels: Iterable[Parcel], *, now: int) -> None:
    """Let go of parcels that were leased and not attempted."""
    for parcel in parcels:
        effect = parcel.effect
        work.settle_effect(
            effect.key,
            effect.token,
            Delivery.PENDING,
            now=now,
            next_at=effect.next_at,
            reason=effect.reason,
            counts=False,
        )


def attempt(channels: Mapping[str, Channel], parcel: Parcel) -> DeliveryError | None:
    """Hand the message to its channel; return what went wrong, None if it left."""
    if parcel.message is None:
        return DeliveryError(parcel.fault, lasting=True)
    channel = channels.get(parcel.effect.channel)
    if channel is None:
        return DeliveryError(f"there is no channel {parcel.effect.channel}", lasting=True)
    try:
        channel.send(parcel.message)
    except DeliveryError as fault:
        return fault
    except EnvironmentFault as fault:
        return DeliveryError(str(fault.reason), counts=False)
    except Exception as error:
        _log.exception("the channel %s failed", parcel.effect.channel)
        return DeliveryError(f"{type(error).__name__}: {error}")
    return None


def settle(
    work: UnitOfWork, effect: Effect, fault: DeliveryError | None, *, now: int, random: Random
) -> Envelope | None:
    """Write down how the attempt ended; return the command that tells the deal, once there is an end to tell.

    None also if the lease was lost meanwhile: then whoever holds the newer one settles.
    """
    if fault is not None and not fault.lasting and (effect.attempts < ATTEMPTS or not fault.counts):
        work.settle_effect(
            effect.key,
            effect.token,
            Delivery.PENDING,
            now=now,
            next_at=now + backoff(effect.attempts, random),
            reason=fault.reason,
            counts=fault.counts,
        )
        return None
    result = Delivery.SENT if fault is None else Delivery.DEAD
    reason = "" if fault is None else fault.reason
    if not work.settle_effect(effect.key, effect.token, result, now=now, reason=reason):
        return None
    return Envelope(
        command=RecordDelivery(
            effect=effect.key.child,
            sent=fault is None,
            reason=reason,
            channel=effect.channel,
            recipient=effect.recipient,
        ),
        stream=Stream(StreamKind.DEAL, effect.key.deal),
        actor="outbox",
        source="outbox",
    )


def _kept_under(effect: Effect) -> VaultRef:
    kind, _, who = effect.recipient.partition(":")
    subject = bytes.fromhex(who) if kind == "contact" and who else effect.key.deal
    return VaultRef(subject, f"message {effect.key.deal.hex()} {effect.key.child}")


def _parcel(
    work: UnitOfWork,
    workspace: Workspace,
    effect: Effect,
    facts: MessageFacts,
    kept: str | None,
    random: Random,
) -> Parcel:
    if kept is not None:
        return Parcel(effect=effect, message=_message(effect, facts.number, json.loads(kept)))
    if not effect.recipient:
        return Parcel(effect=effect, message=None, fault=NO_RECIPIENT)
    template = workspace.templates.get(effect.template)
    if template is None:
        return Parcel(effect=effect, message=None, fault=f"there is no template {effect.template}")
    text = choose_text(template, (effect.locale, workspace.locale))
    try:
        subject, body = render(text, facts.names)
    except RenderingError as fault:
        return Parcel(effect=effect, message=None, fault=f"the template {effect.template}: {fault}")
    said = {
        "name": facts.name,
        "address": facts.address,
        "locale": effect.locale,
        "subject": subject,
        "body": body,
        "html": "",
    }
    where = _kept_under(effect)
    work.vault_put(where.subject, where.ref, json.dumps(said, ensure_ascii=False), random=random)
    return Parcel(effect=effect, message=_message(effect, facts.number, said))


def _message(effect: Effect, deal: int, said: Mapping[str, str]) -> Message:
    return Message(
        key=f"{effect.key.deal.hex()}-{effect.key.child}",
        channel=effect.channel,
        deal=deal,
        name=said["name"],
        address=said["address"],
        locale=said.get("locale", effect.locale),
        subject=said["subject"],
        body=said["body"],
        html=said.get("html", ""),
        at=datetime.fromtimestamp(effect.at / 1_000_000, UTC),
    )
