"""What the engine says to a command: where the record stands now, or everything that is in the way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from voronka.frozen import frozen
from voronka.messages import Text
from voronka.process.state import DealState, State, Stream, StreamKind
from voronka.process.step import Failure, Refusal, Step
from voronka.runtime.words import sentence, words

__all__ = ["Answer", "key_conflict", "stale"]


@frozen
class Answer:
    """The outcome of one command. A refusal is an answer, not an exception.

    `seq`: the entry at which the record stands, 0 if there is none. `events`: the kinds of what happened, in order.
    `summary`: the deal's number, funnel, stage, case, owner and outcome; empty for other records. `replay`: the
    command had been carried out before under its key, and this is the answer it got then.
    """

    stream: Stream
    seq: int
    events: tuple[str, ...] = ()
    summary: Mapping[str, Any]
    refusal: Refusal | None = None
    replay: bool = False

    @classmethod
    def of(cls, stream: Stream, step: Step) -> Answer:
        """Return the answer that tells of a step."""
        state = step.state
        return cls(
            stream=stream,
            seq=0 if state is None else state.seq,
            events=tuple(event.kind for event in step.events),
            summary=_summary(state),
            refusal=step.refusal,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the answer as JSON; sentences are maps of language to text."""
        return {
            "stream": self.stream.kind.value,
            "id": self.stream.id.hex(),
            "seq": self.seq,
            "events": list(self.events),
            "refusal": None if self.refusal is None else _refusal_to_json(self.refusal),
            "replay": self.replay,
            **self.summary,
        }

    @classmethod
    def of_json(cls, data: Mapping[str, Any], *, replay: bool) -> Answer:
        """Return the answer that `to_json` took apart."""
        refusal = data["refusal"]
        return cls(
            stream=Stream(StreamKind(data["stream"]), bytes.fromhex(data["id"])),
            seq=data["seq"],
            events=tuple(data["events"]),
            summary={name: data[name] for name in _SUMMARY if name in data},
            refusal=None if refusal is None else _refusal_of_json(refusal),
            replay=replay,
        )


_SUMMARY = ("number", "funnel", "stage", "case", "owner", "outcome")


def _summary(state: State | None) -> dict[str, Any]:
    return {name: getattr(state, name) for name in _SUMMARY} if isinstance(state, DealState) else {}


def _refusal_to_json(refusal: Refusal) -> dict[str, Any]:
    return {
        "code": refusal.code,
        "failures": [
            {"gate": failure.gate, "reason": words(failure.reason), "unblock": words(failure.unblock)}
            | ({} if failure.evidence is None else {"evidence": failure.evidence})
            for failure in refusal.failures
        ],
    }


def _refusal_of_json(data: Mapping[str, Any]) -> Refusal:
    return Refusal(
        code=data["code"],
        failures=tuple(
            Failure(
                gate=failure["gate"],
                reason=sentence(failure["reason"]),
                unblock=sentence(failure["unblock"]),
                evidence=failure.get("evidence"),
            )
            for failure in data["failures"]
        ),
    )


def stale(expected: int, found: int) -> Refusal:
    """Return the refusal of a command that was meant for another state of the record."""
    return Refusal(
        code="stale",
        failures=(
            Failure(
                gate="",
                reason=Text(
                    "The record has moved on: entry {expected} was expected, it stands at {found}.",
                    expected=expected,
                    found=found,
                ),
                unblock=Text("Look at it again, then repeat the command."),
            ),
        ),
    )


def key_conflict(source: str, key: str) -> Refusal:
    """Return the refusal of a key that came before with another request."""
    return Refusal(
        code="key_conflict",
        failures=(
            Failure(
                gate="",
                reason=Text("The key {key} of {source} came before with another request.", key=key, source=source),
                unblock=Text("Give the new request a key of its own, or send the first request unchanged."),
            ),
        ),
    )
