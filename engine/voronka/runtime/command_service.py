"""The command service: envelopes and requests in, answers out; those that come at once share a commit."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from voronka.definition.workspace import Workspace
from voronka.errors import EnvironmentFault, PluginFault, UsageFault, VoronkaError
from voronka.messages import Text
from voronka.process.codec import encode, sealed_in
from voronka.process.commands import Envelope
from voronka.process.state import Stream, StreamKind
from voronka.runtime.answers import Answer
from voronka.runtime.collection import without_collection
from voronka.runtime.commanding import Commanding, actor_of, digest_of, sender_of
from voronka.runtime.decisions import opens_deal
from voronka.runtime.group_commit import GroupCommit, Outcome
from voronka.runtime.keyed import KeyedCommands, remembered
from voronka.runtime.plugin_answers import UnsoundItem
from voronka.runtime.refused import LONGEST_ID, refusal_of, refused_item, unsound_item
from voronka.runtime.request_faults import check_texts
from voronka.runtime.sealing import Sealing
from voronka.runtime.viewer import Forbidden, Unseen
from voronka.runtime.writer import Writer
from voronka.storage import WORKSPACE, Denial, Entry, RefusedItem, UnitOfWork, passing

__all__ = ["CommandService"]

_Result = TypeVar("_Result")
_Call = Envelope | Mapping[str, Any] | Callable[[UnitOfWork], Any]
"""What is asked: a command, a request that is to be read as one, or something else within the unit of work."""


_LARGEST_NUMBER = 2**63
_log = logging.getLogger("voronka.commands")


class CommandService:
    """Carries out commands, those of one call in one transaction, which calls that come at once share."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._calls: GroupCommit[_Call, Any] = GroupCommit(
            writer.write, lambda work, calls: _Together(self, work).carry_out(calls)
        )
        self.take(writer.workspace)

    def take(self, workspace: Workspace) -> None:
        """Go on under a definition."""
        self._sealing = Sealing(workspace)

    def execute(self, envelope: Envelope) -> Answer:
        """Carry out one command. See `execute_many`."""
        answer: Answer = self._ask(envelope)
        return answer

    def execute_many(self, envelopes: Sequence[Envelope]) -> list[Answer]:
        """Carry out commands in their order, all in one transaction, and return their answers in the same order.

        A refused command changes nothing (but for the memory of the refusal) and does not hold up the others. One
        whose key came before gets the answer it got then. Returns only after a durable commit. Raises
        `EnvironmentFault` if the database cannot be written, and then nothing of the call was done.
        """
        answers: list[Answer] = self._ask(lambda work: _all(self.carry_out(work, envelopes)))
        return answers

    def submit(self, request: Mapping[str, Any], then: Callable[[UnitOfWork, Answer], None] | None = None) -> Answer:
        """Carry out a command given as plain JSON (see `voronka.runtime.commanding`).

        `then` writes down in the same transaction what belongs to it; not if the command is refused, or was carried out
        before. Raises `UsageFault` for a request that cannot be understood or names what is not there.
        """
        answer: Answer = self._ask(request if then is None else partial(self._followed, request=request, then=then))
        return answer

    def _followed(
        self, work: UnitOfWork, *, request: Mapping[str, Any], then: Callable[[UnitOfWork, Answer], None]
    ) -> Answer:
        answer = self.requested(work, request, *sender_of(request))
        if answer.refusal is None and not answer.replay:
            then(work, answer)
        return answer

    def take_in(
        self,
        requests: Sequence[tuple[str, Mapping[str, Any]]],
        *,
        source: str,
        actor: str,
        cursor: str | None,
        unsound: Sequence[UnsoundItem] = (),
    ) -> list[Answer | VoronkaError]:
        """Carry out the commands that a source gave, each under its id over there, all in one transaction.

        `cursor`: from where the source goes on, kept in the same transaction as a mark of its name. Return their
        answers in the same order; for one that cannot be understood, or at which the engine fails, why: it is left out
        alone. `unsound`: what the source gave and is no item; it is kept among what was refused.
        """

        def take(work: UnitOfWork) -> list[Answer | VoronkaError]:
            work.set_mark(source, cursor)
            if unsound:
                now = self._writer.clock.now()
                work.keep_refused([unsound_item(source, each, now) for each in unsound], now=now)
            return self._taken_of(work, requests, source=source, actor=actor)

        taken: list[Answer | VoronkaError] = self._ask(take)
        return taken

    def take_again(self, items: Sequence[RefusedItem], *, actor: str) -> list[Answer | VoronkaError]:
        """Carry out what was refused of a source, as `take_in` does; what is refused once more is kept once more."""

        def take(work: UnitOfWork) -> list[Answer | VoronkaError]:
            taken: list[Answer | VoronkaError] = []
            for item in items:
                if item.request is not None:
                    work.inbox_forget(item.source, [item.key])
                    taken += self._taken_of(work, [(item.key, item.request)], source=item.source, actor=actor)
            return taken

        taken: list[Answer | VoronkaError] = self._ask(take)
        return taken

    def _taken_of(
        self, work: UnitOfWork, requests: Sequence[tuple[str, Mapping[str, Any]]], *, source: str, actor: str
    ) -> list[Answer | VoronkaError]:
        answers = [self._taken(work, key, request, source=source, actor=actor) for key, request in requests]
        now = self._writer.clock.now()
        kept: list[RefusedItem] = []
        done: list[str] = []
        for (key, request), answer in zip(requests, answers, strict=True):
            reason = refusal_of(answer)
            if reason is not None and not (isinstance(answer, Answer) and answer.replay):
                kept.append(refused_item(source, key, request, reason, now))
            elif reason is None:
                done.append(key)
        if done:
            work.forget_refused(source, done)
        if kept:
            work.keep_refused(kept, now=now)
        return answers

    def _taken(
        self, work: UnitOfWork, key: str, request: Mapping[str, Any], *, source: str, actor: str
    ) -> Answer | VoronkaError:
        given = {name: value for name, value in request.items() if name not in ("source", "actor")}
        try:
            check_texts(key)
            if len(key) > LONGEST_ID:
                raise UsageFault(
                    Text("Its id is longer than {most} characters.", most=LONGEST_ID),
                    Text("Let the plugin give a shorter one; a hash of it will do."),
                )
            with work.part():
                return self.requested(work, given, source, key, partial(replace, source=source, actor=actor, key=key))
        except UsageFault as fault:
            return fault
        except Exception as error:
            if passing(error) or isinstance(error, PluginFault):
                raise
            _log.exception(Text("{item} of {source} failed.", item=key, source=source))
            return EnvironmentFault(
                Text("the engine failed at it; the log tells where"), Text("Report it, with the log.")
            )

    def deny(self, fault: Unseen | Forbidden, request: Mapping[str, Any], *, what: str, source: str) -> None:
        """Remember for the audit what was refused, before anything was decided, to the actor of a request."""
        self._writer.write(lambda work: work.deny([self.denial(fault, request, what=what, source=source)]))

    def denial(self, fault: Unseen | Forbidden, request: Mapping[str, Any], *, what: str, source: str) -> Denial:
        """Return what the audit is to remember of it."""
        return Denial(
            at=self._writer.clock.now(),
            actor=actor_of(self._writer.workspace, request),
            source=source,
            what=what,
            record=fault.record,
            code=fault.code,
        )

    def perform(self, work: UnitOfWork, envelopes: Sequence[Envelope]) -> tuple[list[Answer], list[Entry]]:
        """Carry out commands in their order within the caller's unit of work; return the answers and what was written.

        Keys are not looked at. The first error is raised, and of the unit of work nothing may be kept then.
        """
        outcomes, entries = self.attempt(work, envelopes)
        return _all(outcomes), entries

    def requested(
        self,
        work: UnitOfWork,
        request: Mapping[str, Any],
        source: str,
        key: str | None,
        addressed: Callable[[Envelope], Envelope] = lambda envelope: envelope,
    ) -> Answer:
        """Answer a request: as it was answered before under its key, else by carrying out what it is read as.

        `addressed` gives the command read the source and key it came under. `UsageFault` if it cannot be read.
        """
        digest = self.digest(work, request)
        found = remembered(work, source, key, digest) or self.understood(work, request, digest)
        return found if isinstance(found, Answer) else _all(self.carry_out(work, [addressed(found)]))[0]

    def digest(self, work: UnitOfWork, request: Mapping[str, Any]) -> str:
        """Return the hash by which a request is known again under its key."""
        return digest_of(request, work.secret(self._writer.random))

    def understood(self, work: UnitOfWork, request: Mapping[str, Any], digest: str) -> Envelope:
        """Return what a request is read as; `UsageFault` if it cannot be read."""
        writer = self._writer
        return Commanding(work, writer.workspace, writer.clock.now(), writer.new_id).read(request, digest)

    def carry_out(self, work: UnitOfWork, envelopes: Sequence[Envelope]) -> list[Answer | Exception]:
        """Carry out commands and remember the answers under their keys; return for each its answer, or its error."""
        keyed = KeyedCommands(work, envelopes)
        outcomes, _ = self.attempt(work, [envelopes[place] for place in keyed.fresh])
        return keyed.record(outcomes, self._writer.clock.now())

    def attempt(self, work: UnitOfWork, envelopes: Sequence[Envelope]) -> tuple[list[Answer | Exception], list[Entry]]:
        """Carry out commands as `perform` does; where a decision raises an error, that stands for its answer."""
        with without_collection() if len(envelopes) > 1 else nullcontext():
            return self._attempt(work, envelopes)

    def _attempt(self, work: UnitOfWork, envelopes: Sequence[Envelope]) -> tuple[list[Answer | Exception], list[Entry]]:
        batch = self._writer.batch(work, self._writer.clock.now())
        batch.load(envelope.stream for envelope in envelopes)
        batch.reserve_numbers(sum(opens_deal(envelope.command) for envelope in envelopes))
        sealings = work.sealings(self._writer.random)
        commands = [self._sealing.seal(work, sealings, envelope, batch.states) for envelope in envelopes]
        outcomes = batch.attempt_each(commands)
        entries = batch.entries
        if sealings:
            sealings.keep(sealed for entry in entries for event in entry.events for sealed in sealed_in(encode(event)))
        batch.append()
        if any(envelope.stream == WORKSPACE for envelope in commands):
            self._writer.forget_staff()
        return outcomes, entries

    def _ask(self, call: _Call) -> Any:  # noqa: ANN401 - what the call gives
        """Carry out what somebody waits for: background work lets it go first."""
        with self._writer.precedence.command():
            result = self._calls.ask(call)
        self._writer.ring()
        return result

    def share(self, action: Callable[[UnitOfWork], _Result]) -> _Result:
        """Run background work in a unit of work whose commit commands share that come meanwhile.

        Where several write at once, no command waits for it, and it has a unit of work of its own.
        """
        if self._writer.database.shared:
            return self._writer.write(action)
        result: _Result = self._calls.ask(action)
        return result


class _Together:
    """Calls that share a unit of work, in their order. Commands none of which could tell the others' order are decided
    in one batch, so that it is as if each had come alone.
    """

    def __init__(self, service: CommandService, work: UnitOfWork) -> None:
        self._service = service
        self._work = work
        self._batch: dict[int, Envelope] = {}
        self._met: set[Stream | tuple[str, str]] = set()
        self._fresh: set[tuple[str, str | None]] = set()
        self._kind = StreamKind.DEAL
        self._outcomes: dict[int, Outcome[Any]] = {}

    def carry_out(self, calls: Sequence[_Call]) -> list[Outcome[Any]]:
        if len(calls) > 1:
            self._look_up(calls)
        for place, call in enumerate(calls):
            if isinstance(call, Envelope):
                if self._meets(call):
                    self._decide()
                self._put(place, call)
            elif isinstance(call, Mapping):
                self._read(place, call)
            else:
                self._decide()
                self._outcomes[place] = call(self._work)
                self._fresh.clear()
        self._decide()
        return [self._outcomes[place] for place in range(len(calls))]

    def _read(self, place: int, request: Mapping[str, Any]) -> None:
        try:
            source, key = sender_of(request)
            found = self._found(request, source, key)
        except Unseen as fault:
            self._work.deny([self._service.denial(fault, request, what=str(request.get("command")), source=source)])
            fault.audited = True
            self._outcomes[place] = fault
            return
        except UsageFault as fault:
            self._outcomes[place] = fault
            return
        if isinstance(found, Envelope):
            self._put(place, found)
        else:
            self._outcomes[place] = found

    def _found(self, request: Mapping[str, Any], source: str, key: str | None) -> Envelope | Answer:
        service, work = self._service, self._work
        if (source, key) in self._met or self._kind is not StreamKind.DEAL:
            self._decide()
        digest = service.digest(work, request)
        if (source, key) not in self._fresh and (known := remembered(work, source, key, digest)) is not None:
            return known
        envelope = service.understood(work, request, digest)
        if self._meets(envelope):
            self._decide()
            envelope = service.understood(work, request, digest)
        return envelope

    def _look_up(self, calls: Sequence[_Call]) -> None:
        """Find at once which deals the requests name by number, and which of their keys are fresh."""
        numbers: list[int] = []
        keys: dict[str, list[str]] = {}
        for request in calls:
            if not isinstance(request, Mapping):
                continue
            number = request.get("deal")
            if type(number) is int and 0 < number < _LARGEST_NUMBER:
                numbers.append(number)
            with suppress(UsageFault):
                source, key = sender_of(request)
                # What may be half a character spoils the question for all.
                if key is not None and f"{source}{key}".isascii():
                    keys.setdefault(source, []).append(key)
        self._work.deals_by_number(numbers)
        for source, theirs in keys.items():
            seen = self._work.inbox_seen(source, theirs)
            self._fresh.update((source, key) for key in theirs if key not in seen)

    def _put(self, place: int, envelope: Envelope) -> None:
        self._batch[place] = envelope
        self._kind = envelope.stream.kind
        self._met.add(envelope.stream)
        if envelope.key is not None:
            self._met.add((envelope.source, envelope.key))

    def _meets(self, envelope: Envelope) -> bool:
        """Tell whether what a command means may hang on those that are not decided yet: they are of its record or its
        key, or of accounts and contacts, by whose names others are read.
        """
        if not self._met:
            return False
        of_deals = all(kind is StreamKind.DEAL for kind in (self._kind, envelope.stream.kind))
        key = (envelope.source, envelope.key or "")
        return not of_deals or envelope.stream in self._met or key in self._met

    def _decide(self) -> None:
        if self._batch:
            outcomes = self._service.carry_out(self._work, list(self._batch.values()))
            self._outcomes.update(zip(self._batch, outcomes, strict=True))
            self._batch.clear()
            self._fresh -= self._met
            self._met.clear()
            self._kind = StreamKind.DEAL


def _all(outcomes: Sequence[Answer | Exception]) -> list[Answer]:
    """Return the answers; the first error is raised."""
    answers = []
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome
        answers.append(outcome)
    return answers
