"""Effects as the outbox keeps them: what names one, what it is, and how attempts at it end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Any, NamedTuple

from voronka.frozen import frozen
from voronka.process.commands import Chain
from voronka.process.events import action_of, destination_of
from voronka.process.state import WORKSPACE, Stream, StreamKind

__all__ = ["Attempt", "Delivery", "Effect", "EffectKey"]


class EffectKey(NamedTuple):
    """What names an effect for ever: its deal, the entry and the event's number in it. It is its idempotency key.

    Of one that is about no deal, `deal` is the id of the workspace's stream.
    """

    deal: bytes
    seq: int
    n: int

    @property
    def child(self) -> str:
        """The key within its deal, as events write it: ``seq.n``."""
        return f"{self.seq}.{self.n}"

    @property
    def stream(self) -> Stream:
        """Whose history asked for it and is told what becomes of it: its deal, or the workspace for one about none."""
        return WORKSPACE if self.deal == WORKSPACE.id else Stream(StreamKind.DEAL, self.deal)


class Delivery(StrEnum):
    """How an attempt ended, and with all but PENDING the effect. UNKNOWN: whether it left nobody knows, and a person
    is to find out.
    """

    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


@frozen
class Effect:
    """A message to leave, or an action to be done. `attempts` counts the leases so far, this one included; `token`
    guards the settling.

    `channel` is its lane. `body`: what the event said besides (`timed`, `notice`, `before`, `arguments`, `chain`).
    `broken_off`: an earlier lease ran out without being settled, so that it may have left. Times in UTC microseconds.
    """

    key: EffectKey
    channel: str
    recipient: str
    locale: str
    template: str
    at: int
    body: Mapping[str, Any]
    status: Delivery
    attempts: int
    next_at: int
    token: int
    reason: str
    reasons: Mapping[str, str]
    broken_off: bool = False

    @property
    def action(self) -> str | None:
        """The action's name; None for a message."""
        return action_of(self.channel)

    @property
    def chain(self) -> Chain | None:
        """The chain with which what an action answers goes on; None if the event told of none."""
        if self.body.get("chain") is None:
            return None
        origin, step, links = self.body["chain"]
        return Chain(origin, step, tuple(links))

    @property
    def before(self) -> int | None:
        """The moment from which on it would come too late, if there is one."""
        return self.body.get("before")

    @property
    def led(self) -> tuple[str, ...]:
        """The rules that led to it."""
        return tuple(self.body.get("led", ())) if self.chain is None else self.chain.links

    @property
    def destination(self) -> str:
        """Where an action goes, if it says so."""
        return destination_of(self.channel)


@frozen
class Attempt:
    """How an attempt at a leased effect ended; with the result PENDING it is tried again at `next_at`, else at once.

    `token`: of the lease under which it was made. `counts`: whether it was an attempt at all, and not a lease that is
    given back. `broken_off`: the effect was before that attempt; it stays so until it comes to its end.
    """

    key: EffectKey
    token: int
    result: Delivery
    next_at: int | None = None
    reason: str = ""
    reasons: Mapping[str, str] = field(default_factory=dict)
    counts: bool = True
    broken_off: bool = False

    @property
    def pending(self) -> bool:
        """Whether the effect has not come to its end."""
        return self.result is Delivery.PENDING
