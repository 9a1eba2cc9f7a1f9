"""Commands that other entries queued: the consequences of one record's change for another."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from voronka.errors import PluginFault
from voronka.failpoints import failpoint
from voronka.messages import Text
from voronka.process.commands import CreateDeal, Envelope, RecordRefusal
from voronka.process.state import Stream, StreamKind, VaultRef
from voronka.runtime.answers import Answer
from voronka.runtime.decisions import Batch
from voronka.storage import Queued, UnitOfWork, passing

__all__ = ["envelope_of", "fail", "run"]

_log = logging.getLogger("voronka.queue")


def envelope_of(queued: Queued) -> Envelope:
    """Return the command of a row of the queue. Its key is the row's, so it is carried out once."""
    return Envelope(
        command=queued.command,
        stream=queued.target,
        actor=queued.actor,
        source="chain",
        key=queued.key,
        chain=queued.chain,
    )


def _sealed(work: UnitOfWork, envelope: Envelope) -> Envelope:
    """Return the envelope with personal values that another deal lends under their seals; erased ones are left out."""
    command = envelope.command
    if not isinstance(command, CreateDeal):
        return envelope
    fields = {
        name: work.vault_seal(value) if isinstance(value, VaultRef) else value for name, value in command.fields.items()
    }
    kept = {name: value for name, value in fields.items() if value is not None}
    return replace(envelope, command=replace(command, fields=kept))


def run(work: UnitOfWork, batch_of: Callable[[], Batch], keys: Sequence[str]) -> int:
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
    batch = batch_of()
    for row, outcome in zip(
        queued, batch.attempt_each([_sealed(work, envelope_of(row)) for row in queued]), strict=True
    ):
        if isinstance(outcome, Answer):
            answers[row.key] = outcome.to_json()
            if outcome.refusal is not None:
                _log.warning(
                    Text(
                        "The queued command {key} ({command}) was refused: {reason}",
                        key=row.key,
                        command=row.command.kind,
                        reason=outcome.refusal.failures[0].reason,
                    )
                )
                notices.append(_notice(row, [failure.gate for failure in outcome.refusal.failures]))
        elif isinstance(outcome, PluginFault):
            raise outcome
        else:
            failures[row.key] = _failure(row.key, outcome)
            notices.append(_notice(row))
    batch.append()
    work.settle_queued(answers)
    work.settle_queued(failures, failed=True)
    failpoint("queue.settled")
    for notice in notices:
        _tell(work, batch_of(), notice)
    return len(queued)


def fail(work: UnitOfWork, batch_of: Callable[[], Batch], key: str, error: Exception) -> int:
    """Settle a queued command as failed that raised an `error` even by itself; return how many were settled."""
    try:
        notices = [_notice(row) for row in work.queued([key])]
    except Exception as fault:
        if passing(fault):
            raise
        notices = []  # whose it was is not to be read either
    work.settle_queued({key: _failure(key, error)}, failed=True)
    for notice in notices:
        _tell(work, batch_of(), notice)
    return 1


def _failure(key: str, error: Exception) -> Mapping[str, Any]:
    _log.error(Text("The queued command {key} failed.", key=key), exc_info=error)
    return {"error": f"{type(error).__name__}: {error}"}


def _notice(row: Queued, gates: Sequence[str] = ()) -> Envelope:
    """Return the command that tells the owner of the deal that was to act, or else of the one that asked."""
    acts = row.target.kind is StreamKind.DEAL and not isinstance(row.command, CreateDeal)
    return Envelope(
        command=RecordRefusal(command=row.command.kind, gates=tuple(gates)),
        stream=row.target if acts else Stream(StreamKind.DEAL, row.origin),
        actor="queue",
        source="chain",
    )


def _tell(work: UnitOfWork, batch: Batch, notice: Envelope) -> None:
    """Request a notice; one that cannot be requested leaves only the log, and makes no other."""
    try:
        with work.part():
            batch.run_each([notice])
            batch.append()
    except Exception as error:
        if passing(error):
            raise
        _log.exception(
            Text("The owner of the deal {deal} cannot be told of a refused command.", deal=notice.stream.id.hex())
        )
