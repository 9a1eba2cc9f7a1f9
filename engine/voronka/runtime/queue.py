"""Commands that other entries queued: the consequences of one record's change for another."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from voronka.process.commands import CreateDeal, Envelope
from voronka.process.state import VaultRef
from voronka.runtime.answers import Answer
from voronka.runtime.decisions import Batch
from voronka.storage import Queued, UnitOfWork

__all__ = ["envelope_of", "run"]

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


def run(work: UnitOfWork, batch_of: Callable[[], Batch], limit: int) -> int:
    """Carry out up to `limit` queued commands in their order; return how many were settled.

    A refusal is an answer like any other, and named in the log, for nobody waits for it. A command that raises an error
    is settled as failed; the others go on.
    """
    queued = work.queued(limit)
    if not queued:
        return 0
    answers: dict[str, Mapping[str, Any] | None] = {}
    failures: dict[str, Mapping[str, Any] | None] = {}
    batch = batch_of()
    for row, outcome in zip(
        queued, batch.attempt_each([_sealed(work, envelope_of(row)) for row in queued]), strict=True
    ):
        if isinstance(outcome, Answer):
            answers[row.key] = outcome.to_json()
            if outcome.refusal is not None:
                reasons = "; ".join(failure.reason.render() for failure in outcome.refusal.failures)
                _log.warning("the queued command %s (%s) was refused: %s", row.key, row.command.kind, reasons)
        else:
            _log.error("a queued command failed: %s", row.key, exc_info=outcome)
            failures[row.key] = {"error": f"{type(outcome).__name__}: {outcome}"}
    batch.append()
    work.settle_queued(answers)
    work.settle_queued(failures, failed=True)
    return len(queued)
