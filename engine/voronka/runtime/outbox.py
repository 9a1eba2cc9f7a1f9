"""Messages and actions on their way out: leased, and made ready once."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar

from voronka.definition.rates import ATTEMPTS
from voronka.definition.workspace import Workspace
from voronka.errors import EnvironmentFault, PluginFault
from voronka.failpoints import failpoint
from voronka.frozen import frozen
from voronka.hooks.actions import ActionResult
from voronka.hooks.channels import DeliveryError, Message, Pause
from voronka.messages import Label, Sentence, Text, words
from voronka.process.actions import NOTICE
from voronka.process.state import VaultRef
from voronka.runtime.errands import Errand, errands
from voronka.runtime.ids import Random
from voronka.runtime.lanes import LaneTerms, Pace, Plan
from voronka.runtime.masking import without
from voronka.runtime.message_values import MessageFacts, message_facts
from voronka.runtime.rendering import RenderingError, choose_text, render
from voronka.runtime.sending_hours import WAITS, not_before
from voronka.storage import (
    Attempt,
    Delivery,
    Effect,
    EffectKey,
    ThrottleKey,
    UnitOfWork,
    message_ref,
)

__all__ = [
    "LEASE",
    "Carried",
    "Leased",
    "NotBegun",
    "Outcome",
    "Parcel",
    "given_back",
    "kept_reason",
    "lease",
]

LEASE = 30_000_000
"""Microseconds that a worker has for one message; after that another may take it over."""

_Made = TypeVar("_Made")
_PACE = Text("it waits, so that no more leaves for one address than may")
_TOO_LATE = Text("by the time at which it may leave it would come too late")
_NO_HOURS = Text("it can never leave: the quiet hours of whom it goes to take up the whole window of its timed event")
_NO_RECIPIENT = Text("there is nobody to send it to: the deal has no contact or no owner, or nobody holds the role")
_NOBODY_OF_US = Text("there is nobody to tell: the deal has no owner, or nobody holds the role")
_log = logging.getLogger("voronka.outbox")


@frozen
class Parcel:
    """A leased effect with its message or errand; without either, `fault` says why it cannot leave, if ever.

    `attempts`: after so many it is given up. `personal`: texts of the vault that the message or the errand holds.
    `late`: the fault is that it would come too late. `leased_at`: when it was counted for the rates of its lane and
    address; None: it was not.
    """

    effect: Effect
    message: Message | None = None
    errand: Errand | None = None
    fault: Sentence | PluginFault | None = None
    attempts: int = ATTEMPTS
    personal: frozenset[str] = frozenset()
    late: bool = False
    leased_at: int | None = None

    @property
    def key(self) -> str:
        """What names the effect for ever to whoever receives it."""
        return f"{self.effect.key.deal.hex()}-{self.effect.key.child}"

    @property
    def way(self) -> str:
        """What it leaves by, as status and log name it."""
        effect = self.effect
        if effect.action is None:
            return f"channel {effect.channel}"
        return f"action {effect.action} → {effect.destination}" if effect.destination else f"action {effect.action}"

    @property
    def address(self) -> str:
        """Where a message goes; empty for an action."""
        return "" if self.message is None else self.message.address

    def without_personal(self, text: str) -> str:
        """Return a text, such as the words of whoever refuses the parcel, with dots for its personal texts."""
        personal, message = self.personal, self.message
        if message is not None:
            personal |= {message.address, message.name}
            # What holds something personal is left out as a whole: pieces of it could be put together again.
            personal |= {
                whole for whole in (message.subject, message.body, message.html) if without(whole, personal) != whole
            }
        return without(text, personal)


class NotBegun(DeliveryError):  # noqa: N818 - it is returned, not raised
    """Nobody was free to open a parcel: nothing is amiss with it, and it waits."""


Found = MessageFacts | Errand | PluginFault | Sentence
"""What an effect needs to leave, or why it cannot."""

Outcome = ActionResult | DeliveryError | None
"""What an action answered, why something did not leave, or None: it left."""


class Carried(NamedTuple):
    """A parcel that has come back. `tried`: False if it comes back unopened; a fault then tells what it waits for."""

    parcel: Parcel
    outcome: Outcome
    tried: bool = True

    @property
    def fault(self) -> DeliveryError | None:
        """Why it did not leave; None: it left."""
        return self.outcome if isinstance(self.outcome, DeliveryError) else None

    @property
    def stayed(self) -> bool:
        """Whether it was not handed over at all: it came back unopened, or there was nothing to hand over."""
        return not self.tried or (self.parcel.message is None and self.parcel.errand is None)

    @property
    def comes_again(self) -> bool:
        """Whether it is tried again, and nothing is to be told of it yet."""
        fault = self.fault
        if not self.tried:
            return True
        if fault is None or fault.lasting or fault.unknown:
            return False
        return self.parcel.effect.attempts < self.parcel.attempts or not fault.counts

    @property
    def is_left_out(self) -> bool:
        """Whether it does not leave because it would come too late."""
        return self.parcel.late and self.fault is not None and self.fault.lasting

    @property
    def pauses(self) -> Pause:
        """What else waits as long as the other side asks."""
        fault = self.fault
        asks = fault is not None and self.tried and fault.retry_after is not None
        return fault.pauses if asks and fault is not None else Pause.EFFECT


class Leased(NamedTuple):
    """What was taken: the `parcels` that leave now, and how many others wait for another moment, which they know.

    `plans`: of what waits for its turn at an address, for the next lease.
    """

    parcels: list[Parcel]
    put_off: int
    plans: Mapping[ThrottleKey, Plan]


def lease(
    work: UnitOfWork,
    workspace: Workspace,
    *,
    now: int,
    limit: int,
    random: Random,
    terms: Callable[[str], LaneTerms],
    without: Collection[str] = (),
    plans: Mapping[ThrottleKey, Plan] | None = None,
) -> Leased:
    """Take effects that may leave and render those that have never been; what was said first is said again.

    What would leave at a wrong hour, or too soon after another to the same address, is put off: that is no attempt.
    `terms`: on which effects of a lane leave. `without`: the lanes of which none is taken. `plans`: of earlier leases.
    """
    pace = Pace(work, terms, now=now, random=random, plans=plans)
    effects = work.lease_effects(
        now=now,
        limit=limit,
        until=now + LEASE,
        shares=pace.shares(without, limit),
        unordered=workspace.unordered,
    )
    failpoint("outbox.leased")
    found = _facts(work, workspace, effects)
    later, never = _judged(pace, effects, found, now)
    work.settle_effects(later.values(), now=now)
    pace.save()
    leaving = [effect for effect in effects if effect.key not in later and effect.key not in never]
    made = (replace(parcel, leased_at=now) for parcel in _parcels(work, workspace, leaving, found, random))
    parcels = [replace(each, attempts=terms(each.effect.channel).attempts) for each in (*never.values(), *made)]
    return Leased(parcels, len(later), pace.plans)


def _judged(
    pace: Pace, effects: Sequence[Effect], found: Mapping[EffectKey, Found], now: int
) -> tuple[dict[EffectKey, Attempt], dict[EffectKey, Parcel]]:
    """Return those that do not leave now, given back until they may, and those that never may; count the others."""
    facts = {effect.key: made for effect in effects if isinstance(made := found[effect.key], MessageFacts)}
    pace.hold((effect.channel, facts[effect.key].address) for effect in effects if effect.key in facts)
    later, never = {}, {}
    for effect in effects:
        said = facts.get(effect.key)
        address = "" if said is None else said.address
        opens, reason = not_before(() if said is None else said.hours, now), WAITS
        if opens == now:
            opens, reason = pace.opening(effect.channel, address), _PACE
        if effect.before is not None and (opens is None or opens >= effect.before):
            never[effect.key] = Parcel(effect=effect, fault=_TOO_LATE, late=True)
        elif opens is None:
            never[effect.key] = Parcel(effect=effect, fault=_NO_HOURS)
        elif opens > now:
            later[effect.key] = given_back(effect, next_at=opens, **kept_reason(reason))
        else:
            pace.take(effect.channel, address)
    return later, never


def _facts(work: UnitOfWork, workspace: Workspace, effects: Sequence[Effect]) -> dict[EffectKey, Found]:
    messages = [effect for effect in effects if effect.action is None]
    actions = [effect for effect in effects if effect.action is not None]
    return {
        **_whole_or_each(messages, lambda part: message_facts(work, workspace, part)),
        **_whole_or_each(actions, lambda part: errands(work, part)),
    }


def _parcels(
    work: UnitOfWork,
    workspace: Workspace,
    effects: Sequence[Effect],
    found: Mapping[EffectKey, Found],
    random: Random,
) -> list[Parcel]:
    messages = [effect for effect in effects if effect.action is None]
    kept = work.vault_get([_kept_under(effect) for effect in messages])
    parcels = []
    for effect in effects:
        made = found[effect.key]
        if isinstance(made, (Text, Label, PluginFault)):
            parcels.append(Parcel(effect=effect, fault=made))
        elif isinstance(made, Errand):
            parcels.append(Parcel(effect=effect, errand=made, personal=made.personal))
        else:
            parcels.append(_parcel(work, workspace, effect, made, kept.get(_kept_under(effect)), random))
    return parcels


def _whole_or_each(
    effects: Sequence[Effect], make: Callable[[Sequence[Effect]], Mapping[EffectKey, _Made]]
) -> dict[EffectKey, _Made | PluginFault | Sentence]:
    """Return what effects need, all at once; if that fails, each for itself, with the error of those that fail."""
    if not effects:
        return {}
    try:
        return {**make(effects)}
    except EnvironmentFault:
        raise
    except Exception as error:
        if len(effects) == 1 and isinstance(error, PluginFault):
            return {effects[0].key: error}
        if len(effects) == 1:
            key = effects[0].key
            _log.exception(Text("The message {effect} cannot be made ready.", effect=f"{key.deal.hex()}-{key.child}"))
            return {
                effects[0].key: Text("it cannot be made ready ({error}); the log tells why", error=type(error).__name__)
            }
        return {key: made for effect in effects for key, made in _whole_or_each([effect], make).items()}


def given_back(effect: Effect, *, next_at: int, **why: Any) -> Attempt:  # noqa: ANN401 - parts of `Attempt`
    """Return the end of a lease that was no attempt."""
    why |= {"next_at": next_at, "counts": False, "broken_off": effect.broken_off}
    return Attempt(key=effect.key, token=effect.token, result=Delivery.PENDING, **why)


def kept_reason(reason: Sentence) -> dict[str, Any]:
    """Return a reason as it is kept: in English, and in every language that it has."""
    return {"reason": reason.render(), "reasons": {name: told for name, told in words(reason).items() if name}}


def _no_address(recipient: str, address: str) -> Text:
    kind, _, who = recipient.partition(":")
    if kind == "contact":
        return Text("no address: contact.{address} is empty", address=address)
    return Text("no address: {user} has no {address}", user=who, address=address)


def _kept_under(effect: Effect) -> VaultRef:
    kind, _, who = effect.recipient.partition(":")
    subject = bytes.fromhex(who) if kind == "contact" and who else effect.key.deal
    return VaultRef(subject, message_ref(effect.key.deal, effect.key.child))


def _parcel(
    work: UnitOfWork,
    workspace: Workspace,
    effect: Effect,
    facts: MessageFacts,
    kept: str | None,
    random: Random,
) -> Parcel:
    if kept is not None:
        said = json.loads(kept)
        personal = facts.personal.union(said.get("personal", ()))
        return Parcel(effect=effect, message=_message(effect, facts.number, said), personal=personal)
    if not effect.recipient:
        return Parcel(effect=effect, fault=_NOBODY_OF_US if effect.channel == NOTICE else _NO_RECIPIENT)
    channel = workspace.channels.get(effect.channel)
    if channel is not None and channel.address is not None and not facts.address:
        return Parcel(effect=effect, fault=_no_address(effect.recipient, channel.address))
    template = workspace.templates.get(effect.template)
    if template is None:
        return Parcel(effect=effect, fault=Text("there is no template {name}", name=effect.template))
    text = choose_text(template, (effect.locale, workspace.locale))
    try:
        rendered = render(text, facts.names, html=channel is not None and channel.html)
    except RenderingError as fault:
        told = Text("the template {name}: {reason}", name=effect.template, reason=fault.reason)
        return Parcel(effect=effect, fault=told)
    said = {
        "name": facts.name,
        "address": facts.address,
        "locale": effect.locale,
        "subject": rendered.subject,
        "body": rendered.body,
        "html": rendered.html,
        "personal": sorted(facts.personal),
    }
    where = _kept_under(effect)
    work.vault_put(where.subject, where.ref, json.dumps(said, ensure_ascii=False), random=random)
    return Parcel(effect=effect, message=_message(effect, facts.number, said), personal=facts.personal)


def _message(effect: Effect, deal: int, said: Mapping[str, Any]) -> Message:
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
