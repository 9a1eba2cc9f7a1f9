"""What a deal asks of the world and of other records, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import ClassVar

from voronka.frozen import frozen
from voronka.process.commands import Chain
from voronka.process.events.event import Event, HandedOver

__all__ = [
    "ActionDone",
    "ActionFailed",
    "ActionRequested",
    "CommandQueued",
    "EffectRequested",
    "EffectRetried",
    "EffectSkipped",
    "EffectUnknown",
    "MessageFailed",
    "MessageSent",
    "SettingSkipped",
    "action_lane",
    "action_of",
    "destination_of",
]

_ACTION = "action:"


def action_lane(action: str, destination: str = "") -> str:
    """Return the lane in which the effects of an action leave in order, as those of a channel do in its own.

    Each destination of an action, if it says where it goes, has a lane of its own.
    """
    return f"{_ACTION}{action}:{destination}" if destination else f"{_ACTION}{action}"


def action_of(lane: str) -> str | None:
    """Return the action whose lane it is; None for a channel's."""
    return lane.removeprefix(_ACTION).partition(":")[0] if lane.startswith(_ACTION) else None


def destination_of(lane: str) -> str:
    """Return the destination of an action's lane; empty if it has none."""
    return lane.removeprefix(_ACTION).partition(":")[2] if lane.startswith(_ACTION) else ""


@frozen
class EffectRequested(Event):
    """A message is to leave. Its idempotency key is (deal, seq, n). `timed`: name, offset and due of the firing.

    `recipient`: ``contact:`` with 32 hex digits or ``user:`` with a name; empty if there is nobody to send it to: the
    outbox gives it up with that reason. `locale`: the language of the message. `notice`: what a built-in notice tells.
    `not_before`: when the quiet hours in which it was asked for end; None: it may leave at once. `before`: from this
    moment on it would come too late. `led`: the rules that led to it; what is told of it does not trigger them again.
    """

    kind: ClassVar[str] = "effect.requested"
    n: int
    channel: str
    recipient: str
    template: str
    at: int
    locale: str
    timed: Mapping[str, str | int] | None = None
    notice: Mapping[str, str] | None = None
    not_before: int | None = None
    before: int | None = None
    led: tuple[str, ...] = ()


@frozen
class EffectSkipped(Event):
    """A message is not to leave: by the time at which it may, it would come too late.

    `effect`: its key (``seq.n``) if that turned out after it had been requested; else `timed` is as of the request.
    """

    kind: ClassVar[str] = "effect.skipped"
    channel: str
    recipient: str
    template: str
    at: int
    timed: Mapping[str, str | int] | None = None
    effect: str = ""


@frozen
class SettingSkipped(Event):
    """What the configuration sets on the deal's account or contact is left out: the deal has none.

    `names`: as the configuration writes them (``contact.status``).
    """

    kind: ClassVar[str] = "set.skipped"
    names: tuple[str, ...]
    at: int


@frozen
class MessageSent(Event):
    """An effect left. `effect`: its key (``seq.n``)."""

    kind: ClassVar[str] = "message.sent"
    effect: str
    at: int


@frozen
class MessageFailed(Event):
    """An effect was given up. `effect`: its key (``seq.n``); `reasons`: the reason by language."""

    kind: ClassVar[str] = "message.failed"
    effect: str
    reason: str
    at: int
    reasons: Mapping[str, str] = field(default_factory=dict)


@frozen
class ActionRequested(Event):
    """An action of a plugin is to be done outside. Its idempotency key is (deal, seq, n).

    `arguments` are ready to be handed over; personal values are references to the vault. `destination`: where it goes,
    if the action says so; what goes elsewhere does not wait for it. `chain`: with which its answer goes on; earlier
    releases told of none.
    """

    kind: ClassVar[str] = "action.requested"
    n: int
    action: str
    arguments: Mapping[str, HandedOver]
    at: int
    destination: str = ""
    chain: Chain | None = None


@frozen
class ActionDone(Event):
    """An action was done. `effect`: its key (``seq.n``)."""

    kind: ClassVar[str] = "action.done"
    effect: str
    action: str
    at: int


@frozen
class ActionFailed(Event):
    """An action was given up. `effect`: its key (``seq.n``); `reasons`: the reason by language."""

    kind: ClassVar[str] = "action.failed"
    effect: str
    action: str
    reason: str
    at: int
    reasons: Mapping[str, str] = field(default_factory=dict)


@frozen
class EffectUnknown(Event):
    """Whether a message left, or an action was done, nobody knows: an attempt was broken off that may not be repeated.

    A person finds out. `effect`: its key (``seq.n``); `channel`: a message's; `action`: an action's name.
    """

    kind: ClassVar[str] = "effect.unknown"
    effect: str
    channel: str
    action: str
    reason: str
    at: int
    reasons: Mapping[str, str] = field(default_factory=dict)


@frozen
class EffectRetried(Event):
    """Somebody has put what was given up, or is unknown, on its way again. `effect`: its key, which stays."""

    kind: ClassVar[str] = "effect.retried"
    effect: str
    at: int


@frozen
class CommandQueued(Event):
    """A command for another record leaves with this entry's commit. `command`: its encoded form (`process.codec`).

    `target`: the stream's kind and 32 hex digits of its id (of a deal to be opened too). The command's key is
    (stream id, seq, n); it runs with `chain`.
    """

    kind: ClassVar[str] = "command.queued"
    n: int
    target: str
    command: Mapping[str, object]
    chain: Chain
