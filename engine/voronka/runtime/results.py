"""What actions of plugins answer, written back to their deals as commands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from voronka.errors import UsageFault
from voronka.hooks.actions import ActionResult
from voronka.messages import Sentence
from voronka.process.commands import Envelope, RecordRefusal
from voronka.process.state import Stream, StreamKind
from voronka.runtime.answers import Answer
from voronka.runtime.outbox import Parcel

__all__ = ["ResultRefused", "write_back"]


class ResultRefused(Exception):  # noqa: N818 - an answer, not a failure of the program
    """A result that the deal does not take. `notice`: the command that tells the deal's owner."""

    def __init__(self, source: str, reason: Sentence, notice: Envelope) -> None:
        super().__init__(f"{source} could not write back: {reason}")
        self.notice = notice


def write_back(
    parcel: Parcel, result: ActionResult, *, execute: Callable[[Mapping[str, Any], str, str], Answer]
) -> Iterator[ResultRefused]:
    """Carry out the commands that a result means; yield those that are refused.

    `execute` answers a request of a source under a key. Each has the source ``plugin:NAME`` and the effect's key: it is
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
        yield ResultRefused(source, reason, notice)


def _requests(deal: str, result: ActionResult) -> Iterator[dict[str, Any]]:
    if result.move is not None:
        yield {"command": "deal.move", "deal": deal, "to": result.move, "fields": dict(result.set)}
    elif result.set:
        yield {"command": "deal.set", "deal": deal, "fields": dict(result.set)}
    if result.log:
        yield {"command": "interaction.log", "deal": deal, "fields": dict(result.log)}
