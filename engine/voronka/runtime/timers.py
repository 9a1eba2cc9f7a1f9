"""Due timers, in batches claimed by deal: one transaction loads, decides and writes for all of them."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from voronka.errors import PluginFault
from voronka.frozen import maker
from voronka.messages import Text
from voronka.process.commands import Command, Envelope, FailTimer, FireTimer
from voronka.process.state import DealState, Stream, StreamKind, Timer
from voronka.process.step import Step
from voronka.runtime.decisions import Batch

__all__ = ["LARGEST", "SMALLEST", "fire", "next_timer", "without_collection"]

SMALLEST, LARGEST = 25, 2_000
"""Deals in a batch."""

_fire, _envelope = maker(FireTimer), maker(Envelope)

# Characters of an error that are kept as the reason.
_REASON = 200

_log = logging.getLogger("voronka.timers")


@contextmanager
def without_collection() -> Iterator[None]:
    """Search for no unreachable cycles meanwhile.

    What a batch makes lives until its end, so the searches that its many objects set off find nothing and cost a tenth
    of its time (measured). Another thread's batch may switch them on again earlier, which does no harm.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def next_timer(state: DealState, now: int) -> Timer | None:
    """Return the deal's timer that has been due longest at `now`; None if none is."""
    found = None
    for timer in state.timers.values():
        if timer.due <= now and (found is None or (timer.due, timer.key) < (found.due, found.key)):
            found = timer
    return found


def _of(envelope: Envelope) -> dict[str, str]:
    return {"deal": envelope.stream.id.hex(), "actor": envelope.actor}


def fire(batch: Batch, deals: Iterable[bytes], down: tuple[int, int] | None) -> tuple[int, frozenset[bytes]]:
    """Fire everything due of the deals, each deal's in due order over its evolving state.

    A timer whose decision raises an error ends as failed with that reason; its deal's others go on. Returns how many
    ended, and the deals with a timer that could not be ended at all: what they have due still waits.
    """
    streams = [Stream(StreamKind.DEAL, deal) for deal in deals]
    batch.load(streams)
    failures: dict[Stream, str] = {}
    stuck: set[bytes] = set()
    release = f"@{batch.workspace.release[:8]}"
    ended = 0

    def next_of(stream: Stream) -> Envelope | None:
        state = batch.states[stream]
        timer = next_timer(state, batch.now) if isinstance(state, DealState) else None
        if timer is None or stream.id in stuck:
            return None
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
    return ended, frozenset(stuck)
