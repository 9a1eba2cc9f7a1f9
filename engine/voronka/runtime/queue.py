"""Commands that other entries queued: the consequences of one record's change for another."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from voronka.definition.people import QUEUE_ACTOR
from voronka.errors import PluginFault, UsageFault
from voronka.failpoints import failpoint
from voronka.messages import Text
from voronka.process.commands import Chain, Command, CreateDeal, Envelope, RecordDelivery, RecordRefusal
from voronka.process.state import Stream, StreamKind, VaultRef
from voronka.process.step import Failure, Refusal, Step
from voronka.runtime.answers import Answer
from voronka.runtime.command_service import CommandService
from voronka.runtime.results import read_answer
from voronka.storage import AnswerPart, Queued, UnitOfWork, passing

__all__ = ["fail", "run"]

_log = logging.getLogger("voronka.queue")


def _read(work: UnitOfWork, commands: CommandService, queued: Queued) -> Envelope | UsageFault:
    """Return the command of a row of the queue, or why it cannot be read. Its key is the row's: it is done once."""
    if isinstance(queued.command, AnswerPart):
        try:
            return read_answer(work, commands, queued, queued.command)
        except UsageFault as fault:
            return fault
    return Envelope(
        command=_sealed(work, queued.command),
        stream=queued.target,
        actor=queued.actor,
        source="chain",
        key=queued.key,
        occurred_at=queued.at if isinstance(queued.command, RecordDelivery) else None,
        chain=queued.chain,
    )


def _sealed(work: UnitOfWork, command: Command) -> Command:
    """Return a command with personal values that another deal lends under their seals; erased ones are left out."""
    if not isinstance(command, CreateDeal):
        return command
    fields = {
        name: work.vault_seal(value) if isinstance(value, VaultRef) else value for name, value in command.fields.items()
    }
    return replace(command, fields={name: value for name, value in fields.items() if value is not None})


def run(work: UnitOfWork, commands: CommandService, keys: Sequence[str]) -> int:
    """Carry out the queued commands of these keys in their order; return how many were settled.

    A refusal is an answer like any other, and named in the log, for nobody waits for it; the owner of the deal gets a
    notice. A command whose decision raises an error is settled as failed; the others go on.
    """
    queued = work.queued(keys)
    if not queued:
        return 0
    answers: dict[str, Mapping[str, Any] | None] = {}
    failures: dict[str, Mapping[str, Any] | None] = {}
    notices: list[Envelope] = []
    for row, outcome in _attempt(work, commands, queued):
        if isinstance(outcome, Answer):
            answers[row.key] = outcome.to_json()
            if outcome.refusal is not None:
                _log.warning(_told(row, outcome.refusal))
                notices.append(_notice(row, [failure.gate for failure in outcome.refusal.failures]))
        elif isinstance(outcome, PluginFault):
            raise outcome
        else:
            failures[row.key] = _failure(row.key, outcome)
            notices.append(_notice(row))
    work.settle_queued(answers)
    work.settle_queued(failures, failed=True)
    failpoint("queue.settled")
    for notice in notices:
        _tell(work, commands, notice)
    return len(queued)


def _attempt(
    work: UnitOfWork, commands: CommandService, queued: Sequence[Queued]
) -> Iterator[tuple[Queued, Answer | Exception]]:
    """Carry out what can be read; yield for each its answer, or the error that its decision raised."""
    read = [(row, _read(work, commands, row)) for row in queued]
    outcomes, _ = commands.attempt(work, [each for _, each in read if isinstance(each, Envelope)])
    found = iter(outcomes)
    for row, each in read:
        yield row, next(found) if isinstance(each, Envelope) else _unread(row.target, each)


def _unread(stream: Stream, fault: UsageFault) -> Answer:
    """Return the refusal of a command that cannot be read."""
    failure = Failure(gate=fault.place or "", reason=fault.reason, unblock=fault.remedy)
    return Answer.of(stream, Step(events=(), state=None, refusal=Refusal(code="usage", failures=(failure,))))


def _told(row: Queued, refusal: Refusal) -> Text:
    reason = refusal.failures[0].reason
    if isinstance(row.command, AnswerPart):
        return Text("{source} could not write back: {reason}", source=row.actor, reason=reason)
    return Text(
        "The queued command {key} ({command}) was refused: {reason}",
        key=row.key,
        command=row.command.kind,
        reason=reason,
    )


def fail(work: UnitOfWork, commands: CommandService, key: str, error: Exception) -> int:
    """Settle a queued command as failed that raised an `error` even by itself; return how many were settled."""
    try:
        notices = [_notice(row) for row in work.queued([key])]
    except Exception as fault:
        if passing(fault):
            raise
        notices = []  # whose it was is not to be read either
    work.settle_queued({key: _failure(key, error)}, failed=True)
    for notice in notices:
        _tell(work, commands, notice)
    return 1


def _failure(key: str, error: Exception) -> Mapping[str, Any]:
    _log.error(Text("The queued command {key} failed.", key=key), exc_info=error)
    return {"error": f"{type(error).__name__}: {error}"}


def _notice(row: Queued, gates: Sequence[str] = ()) -> Envelope:
    """Return the command that tells the owner of the deal that was to act, or else of the one that asked."""
    acts = row.target.kind is StreamKind.DEAL and not isinstance(row.command, CreateDeal)
    return Envelope(
        command=RecordRefusal(command=row.command.kind, gates=tuple(gates), key=row.key),
        stream=row.target if acts else Stream(StreamKind.DEAL, row.origin),
        actor=QUEUE_ACTOR,
        source="chain",
        chain=Chain(row.chain.origin, links=row.chain.links),  # at its beginning: the last step may still be told of
    )


def _tell(work: UnitOfWork, commands: CommandService, notice: Envelope) -> None:
    """Request a notice; one that cannot be requested leaves only the log, and makes no other."""
    try:
        with work.part():
            commands.perform(work, [notice])
    except Exception as error:
        if passing(error):
            raise
        _log.exception(
            Text("The owner of the deal {deal} cannot be told of a refused command.", deal=notice.stream.id.hex())
        )
