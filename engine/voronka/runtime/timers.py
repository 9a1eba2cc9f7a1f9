"""Due timers, in batches claimed by deal: one transaction loads, decides and writes for all of them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable
from functools import partial
from typing import NamedTuple

from voronka.errors import PluginFault
from voronka.failpoints import failpoint
from voronka.frozen import maker
from voronka.messages import Text
from voronka.process.commands import Command, Envelope, FailTimer, FireTimer
from voronka.process.state import DealState, Stream, StreamKind, Timer, TimerKey
from voronka.process.step import Step
from voronka.runtime.decisions import Batch
from voronka.runtime.measures import LATENESS

__all__ = ["LARGEST", "SMALLEST", "Fired", "fire", "next_timer"]

SMALLEST, LARGEST = 25, 2_000
"""Deals in a batch."""

_fire, _envelope = maker(FireTimer), maker(Envelope)

# Characters of an error that are kept as the reason.
_REASON = 200

_log = logging.getLogger("voronka.timers")


class Fired(NamedTuple):
    """What a batch came to: how many timers `ended`, how many deals were `begun`, and which of them are stuck.

    A deal is `stuck` with a timer that could not be ended at all: what it has due still waits.
    """

    ended: int
    begun: int
    stuck: frozenset[bytes]


def next_timer(state: DealState, now: int) -> Timer | None:
    """Return the deal's timer that has been due longest at `now`; None if none is."""
    found = None
    for timer in state.timers.values():
        if timer.due <= now and (found is None or _turn(timer) < _turn(found)):
            found = timer
    return found


def _turn(timer: Timer) -> tuple[int, int, TimerKey]:
    """Return what timers come in the order of; what a release lets come due at once, as it was planned."""
    return timer.due, timer.planned, timer.key


def _of(envelope: Envelope) -> dict[str, str]:
    return {"deal": envelope.stream.id.hex(), "actor": envelope.actor}


def _observe(lateness: Iterable[float]) -> None:
    for seconds in lateness:
        LATENESS.observe(seconds)


def _put_off(stream: Stream, begun: Collection[Stream], asked: Callable[[], bool]) -> bool:
    """Tell whether a deal is left for the next batch, since somebody waits."""
    return stream not in begun and len(begun) >= SMALLEST and asked()


def fire(
    batch: Batch,
    deals: Iterable[bytes],
    down: tuple[int, int] | None,
    asked: Callable[[], bool] = lambda: False,
) -> Fired:
    """Fire everything due of the deals, each deal's in due order over its evolving state.

    If `asked` tells that somebody waits, deals beyond the first `SMALLEST` are left for the next batch.
    A timer whose decision raises an error ends as failed with that reason; its deal's others go on.
    """
    streams = [Stream(StreamKind.DEAL, deal) for deal in deals]
    batch.load(streams)
    failures: dict[Stream, str] = {}
    stuck: set[bytes] = set()
    begun: set[Stream] = set()
    dues: dict[Stream, int] = {}
    lateness: list[float] = []
    release = f"@{batch.workspace.release[:8]}"
    ended = 0

    def next_of(stream: Stream) -> Envelope | None:
        state = batch.states[stream]
        timer = next_timer(state, batch.now) if isinstance(state, DealState) else None
        if timer is None or stream.id in stuck or (ended and _put_off(stream, begun, asked)):
            return None
        begun.add(stream)
        dues[stream] = timer.due
        command: Command
        if stream in failures:
            command = FailTimer(timer=timer.key, reason=failures[stream])
        else:
            command = _fire(timer=timer.key, down=down)
        return _envelope(
            command=command,
            stream=stream,
            actor=f"timer:{timer.key.event}{release}",
            source="timer",
        )

    def done(envelope: Envelope, step: Step) -> None:
        nonlocal ended
        if not step.events:
            _log.error(Text("A due timer of the deal {deal} did not end: {actor}.", **_of(envelope)))
            stuck.add(envelope.stream.id)
            return
        ended += 1
        lateness.append((batch.now - dues[envelope.stream]) / 1_000_000)
        if failures:
            failures.pop(envelope.stream, None)

    def failed(envelope: Envelope, error: Exception) -> None:
        if isinstance(envelope.command, FailTimer):
            _log.error(Text("A timer of the deal {deal} cannot be ended: {actor}.", **_of(envelope)), exc_info=error)
            stuck.add(envelope.stream.id)
            return
        if isinstance(error, PluginFault):
            deal = envelope.stream.id.hex()
            _log.error(Text("The timers of the deal {deal} wait: {reason}", deal=deal, reason=error.reason))
            stuck.add(envelope.stream.id)
            return
        _log.error(Text("A timer of the deal {deal} failed: {actor}.", **_of(envelope)), exc_info=error)
        failures[envelope.stream] = f"{type(error).__name__}: {error}"[:_REASON]

    batch.run(streams, next_of, done, failed)
    batch.work.afterwards(partial(_observe, lateness))
    failpoint("timers.fired")
    return Fired(ended, len(begun), frozenset(stuck))
