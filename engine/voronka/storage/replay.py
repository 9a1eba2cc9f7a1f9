"""What a history says must stand in the tables: worked out by `evolve` from the entries alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from voronka.process import events as happened
from voronka.process.evolve import evolve_entry
from voronka.process.rows import evolve_rows
from voronka.process.state import State, TimerKey
from voronka.process.step import Row
from voronka.storage.chain import GENESIS
from voronka.storage.entry import Recorded
from voronka.storage.projections import effect_of, queued_of

__all__ = ["BUILT_IN", "Expected", "TimerEnd"]

BUILT_IN = ("interactions", "tasks", "visits")

TimerEnd = tuple[str, int, int, str, int | None, int | None, str]
"""A timer's state, anchor, due time, offset, last occurrence of its run, end and reason."""


@dataclass(kw_only=True, slots=True)
class Expected:
    """A stream's tables as its history tells them.

    `effects`: what the outbox holds, by key; `queued`: what the inbox holds of commands, by key; `own`: the keys of
    contacts that are the engine's own messages.
    """

    state: State | None = None
    head: bytes = GENESIS
    seq: int = 0
    rows: dict[str, Mapping[str, Row]] = field(default_factory=lambda: {name: {} for name in BUILT_IN})
    timers: dict[TimerKey, TimerEnd] = field(default_factory=dict)
    effects: dict[str, tuple[str | int, ...]] = field(default_factory=dict)
    sent: set[str] = field(default_factory=set)
    firings: set[tuple[int, int, str]] = field(default_factory=set)
    queued: dict[str, str] = field(default_factory=dict)
    own: set[str] = field(default_factory=set)
    keys: set[tuple[str, str]] = field(default_factory=set)
    ended_twice: list[tuple[int, TimerKey]] = field(default_factory=list)

    def apply(self, entry: Recorded) -> None:
        """Go on by one entry."""
        for event in entry.events:
            self._apply(event, entry)
        if entry.events:
            self.state = evolve_entry(self.state, entry.events, seq=entry.seq, release=entry.release)
        self.seq = entry.seq
        self.head = entry.hash

    def _apply(self, event: happened.Event, entry: Recorded) -> None:
        match event:
            case happened.TimerArmed() | happened.TimerEnded():
                self._timer(event, entry.seq)
            case happened.EffectRequested(n=n) | happened.ActionRequested(n=n):
                self.effects[f"{entry.seq}.{n}"] = effect_of(event)
            case happened.MessageSent(effect=effect) | happened.ActionDone(effect=effect):
                self.sent.add(effect)
            case happened.CommandQueued(n=n):
                self.queued[f"{entry.stream.id.hex()}.{entry.seq}.{n}"] = queued_of(entry, event)
            case happened.InteractionLogged(n=n, own=True):
                self.own.add(f"{entry.seq}.{n}")
            case happened.RuleFired(n=n, rule=rule) | happened.RuleFailed(n=n, rule=rule):
                self.firings.add((entry.seq, n, rule))
            case happened.DealCreated(keys=keys):
                self.keys |= set(keys)
            case happened.DealHidden():
                self.keys = set()
            case happened.RowPut(collection=collection):
                self.rows.setdefault(collection, {})
        self.rows = dict(evolve_rows(self.rows, event, entry.seq))

    def _timer(self, event: happened.TimerArmed | happened.TimerEnded, seq: int) -> None:
        if isinstance(event, happened.TimerArmed):
            timer = event.timer
            if timer.key in self.timers:
                self.ended_twice.append((seq, timer.key))
            self.timers[timer.key] = ("waiting", timer.anchor, timer.due, timer.offset, None, None, "")
            return
        known = self.timers.get(event.key)
        if (known is None) is event.armed or (known is not None and known[0] != "waiting"):
            self.ended_twice.append((seq, event.key))
        anchor, due = (event.anchor, event.due) if known is None else known[1:3]
        self.timers[event.key] = (event.result, anchor, due, event.offset, event.through, event.at, event.reason)
