"""What became of effects: told to their deals, and what actions of plugins answered written back as commands."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from voronka.errors import UsageFault
from voronka.hooks.actions import ActionResult
from voronka.messages import Sentence, Text
from voronka.process.commands import Envelope, RecordRefusal
from voronka.process.state import Stream, StreamKind
from voronka.runtime import outbox
from voronka.runtime.answers import Answer
from voronka.runtime.decisions import Batch
from voronka.runtime.ids import Random
from voronka.runtime.outbox import Carried, Parcel
from voronka.storage import UnitOfWork, passing

__all__ = ["Execute", "settle"]

Execute = Callable[[Mapping[str, Any], str, str], Answer]
"""Answers a request of a source under a key."""

_log = logging.getLogger("voronka.outbox")


def settle(
    work: UnitOfWork,
    carried: Sequence[Carried],
    *,
    now: int,
    random: Random,
    new_batch: Callable[[], Batch],
    execute: Execute,
) -> None:
    """Settle what couriers brought back, tell the deals, and carry out what the answers of actions mean.

    What left or was done, or was given up, is settled also if its deal cannot be told: it must not be tried again.
    """
    ends = outbox.settle(work, carried, now=now, random=random)
    for each in _tell_all(work, ends, new_batch):
        if isinstance(each.outcome, ActionResult):
            with _apart(work, each):
                _write_back(each.parcel, each.outcome, new_batch, execute)


def _tell_all(
    work: UnitOfWork, ends: Sequence[tuple[Carried, Envelope]], new_batch: Callable[[], Batch]
) -> list[Carried]:
    """Tell the deals, all at once or, if one spoils the whole, each for itself; return what they were told of."""
    try:
        with work.part():
            _tell(new_batch(), [envelope for _, envelope in ends])
    except Exception as error:
        if passing(error):
            raise
    else:
        return [each for each, _ in ends]
    told = []
    for each, envelope in ends:
        with _apart(work, each):
            _tell(new_batch(), [envelope])
            told.append(each)
    return told


@contextmanager
def _apart(work: UnitOfWork, carried: Carried) -> Iterator[None]:
    """Do a part of the work that is taken back alone and logged if it fails."""
    try:
        with work.part():
            yield
    except Exception as error:
        if passing(error):
            raise
        _log.exception(Text("The deal could not be told of the message {effect}.", effect=carried.parcel.key))


def _tell(batch: Batch, envelopes: Sequence[Envelope]) -> None:
    batch.run_each(envelopes)
    batch.append()


def _write_back(parcel: Parcel, result: ActionResult, new_batch: Callable[[], Batch], execute: Execute) -> None:
    """Carry out the commands that an action's result means; tell the deal's owner of one that is refused."""
    for each in _refused(parcel, result, execute):
        _log.warning(each.told)
        _tell(new_batch(), [each.notice])


class _ResultRefused(Exception):  # noqa: N818 - an answer, not a failure of the program
    """A result that the deal does not take. `told`: in a sentence; `notice`: the command that tells its owner."""

    def __init__(self, source: str, reason: Sentence, notice: Envelope) -> None:
        self.told = Text("{source} could not write back: {reason}", source=source, reason=reason)
        super().__init__(self.told)
        self.notice = notice


def _refused(parcel: Parcel, result: ActionResult, execute: Execute) -> Iterator[_ResultRefused]:
    """Carry out the commands that a result means; yield those that are refused.

    Each has the source ``plugin:NAME`` and the effect's key: it is
    carried out once, however often the action is.
    """
    effect = parcel.effect
    source = f"plugin:{(effect.action or '').partition('.')[0]}"
    for request in _requests(effect.key.deal.hex(), result):
        command = request["command"]
        try:
            refusal = execute(request, source, f"{parcel.key}:{command}").refusal
            if refusal is None:
                continue
            reason, gates = refusal.failures[0].reason, tuple(failure.gate for failure in refusal.failures)
        except UsageFault as fault:
            reason, gates = fault.reason, ()
        notice = Envelope(
            command=RecordRefusal(command=command, gates=gates),
            stream=Stream(StreamKind.DEAL, effect.key.deal),
            actor="outbox",
            source="outbox",
        )
        yield _ResultRefused(source, reason, notice)


def _requests(deal: str, result: ActionResult) -> Iterator[dict[str, Any]]:
    if result.move is not None:
        yield {"command": "deal.move", "deal": deal, "to": result.move, "fields": dict(result.set)}
    elif result.set:
        yield {"command": "deal.set", "deal": deal, "fields": dict(result.set)}
    if result.log:
        yield {"command": "interaction.log", "deal": deal, "fields": dict(result.log)}
