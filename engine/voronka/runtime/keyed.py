"""Idempotency: a command whose key came before is answered as it was then, and carried out no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from voronka.process.commands import Envelope
from voronka.process.state import Stream
from voronka.process.step import Step
from voronka.runtime.answers import Answer, key_conflict
from voronka.runtime.measures import REPLAYS
from voronka.storage import WORKSPACE, Received, Seen, UnitOfWork

__all__ = ["KeyedCommands", "remembered"]

_Key = tuple[str, str]


def remembered(work: UnitOfWork, source: str, key: str | None, digest: str) -> Answer | None:
    """Return the answer to a request whose key came before, None for a fresh one.

    It is asked before the request is read: what a request names may be gone since, and its answer stays what it was.
    """
    seen = None if key is None else work.inbox_seen(source, [key]).get(key)
    return None if seen is None or key is None else _repeated(WORKSPACE, (source, key), digest, seen)


class KeyedCommands:
    """The commands of one call. `fresh`: the places of those that are to be carried out, in order.

    A key belongs to its source, for ever. The same key with another request is a conflict, told as a refusal.
    """

    def __init__(self, work: UnitOfWork, envelopes: Sequence[Envelope]) -> None:
        self._work = work
        self._envelopes = envelopes
        self._first: dict[_Key, int] = {}
        self._seen: dict[_Key, Seen] = {}
        by_source: dict[str, list[str]] = {}
        for envelope in envelopes:
            if envelope.key is not None:
                by_source.setdefault(envelope.source, []).append(envelope.key)
        for source, keys in by_source.items():
            self._seen.update(((source, key), seen) for key, seen in work.inbox_seen(source, keys).items())
        self.fresh: list[int] = []
        for place, envelope in enumerate(envelopes):
            key = _key(envelope)
            if key is None or (key not in self._seen and self._first.setdefault(key, place) == place):
                self.fresh.append(place)

    def record(self, outcomes: Sequence[Answer | Exception], now: int) -> list[Answer | Exception]:
        """Remember the answers of the fresh commands under their keys; return the answers of all, in order.

        Where a decision raised an error, that stands in place of the answer, and nothing is remembered.
        """
        by_place = dict(zip(self.fresh, outcomes, strict=True))
        received: dict[str, list[Received]] = {}
        for (source, key), place in self._first.items():
            digest, outcome = self._envelopes[place].digest, by_place[place]
            if isinstance(outcome, Answer):
                row = Received(key=key, digest=digest, answer=outcome.to_json())
                received.setdefault(source, []).append(row)
        for source, rows in received.items():
            self._work.inbox_record(source, rows, at=now)
        return [by_place.get(place) or self._again(place, by_place) for place in range(len(self._envelopes))]

    def _again(self, place: int, by_place: Mapping[int, Answer | Exception]) -> Answer | Exception:
        envelope = self._envelopes[place]
        key = (envelope.source, envelope.key or "")
        seen = self._seen.get(key)
        if seen is None:
            first = self._first[key]
            outcome = by_place[first]
            if isinstance(outcome, Exception):
                return outcome
            seen = Seen(digest=self._envelopes[first].digest, status="done", answer=outcome.to_json())
        return _repeated(envelope.stream, key, envelope.digest, seen)


def _repeated(stream: Stream, key: _Key, digest: str, seen: Seen) -> Answer:
    if digest != seen.digest or not seen.answer:
        return Answer.of(stream, Step(events=(), state=None, refusal=key_conflict(*key)))
    REPLAYS.add()
    return Answer.of_json(seen.answer, replay=True)


def _key(envelope: Envelope) -> _Key | None:
    return None if envelope.key is None else (envelope.source, envelope.key)
