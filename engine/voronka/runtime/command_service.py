"""The command service: envelopes and requests in, answers out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from voronka.definition.workspace import Workspace
from voronka.errors import UsageFault
from voronka.process.codec import encode, sealed_in
from voronka.process.commands import Envelope
from voronka.runtime.answers import Answer
from voronka.runtime.commanding import Commanding, actor_of, digest_of, sender_of
from voronka.runtime.decisions import opens_deal
from voronka.runtime.keyed import KeyedCommands, remembered
from voronka.runtime.sealing import Sealing
from voronka.runtime.viewer import LOCAL_ACTOR, Forbidden, Unseen
from voronka.runtime.writer import Writer
from voronka.storage import WORKSPACE, Denial, Entry, UnitOfWork

__all__ = ["CommandService"]

_Result = TypeVar("_Result")


class CommandService:
    """Carries out commands, those of one call in one transaction."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self.take(writer.workspace)

    def take(self, workspace: Workspace) -> None:
        """Go on under a definition."""
        self._sealing = Sealing(workspace)

    def execute_many(self, envelopes: Sequence[Envelope]) -> list[Answer]:
        """Carry out commands in their order, all in one transaction, and return their answers in the same order.

        A refused command changes nothing (but for the memory of the refusal) and does not hold up the others. One
        whose key came before gets the answer it got then. Returns only after a durable commit. Raises
        `EnvironmentFault` if the database cannot be written, and then nothing of the call was done.
        """
        return self._commanded(lambda work: self._carry_out(work, envelopes))

    def submit(self, request: Mapping[str, Any]) -> Answer:
        """Carry out a command given as plain JSON (see `voronka.runtime.commanding`).

        Raises `UsageFault` for a request that cannot be understood or names what is not there.
        """

        def carry_out(work: UnitOfWork) -> Answer:
            return self.requested(work, request, *sender_of(request), lambda envelope: envelope)

        try:
            return self._commanded(carry_out)
        except Unseen as fault:
            what, source = str(request.get("command")), str(request.get("source", LOCAL_ACTOR))
            self.deny(fault, request, what=what, source=source)
            raise

    def deny(self, fault: Unseen | Forbidden, request: Mapping[str, Any], *, what: str, source: str) -> None:
        """Remember for the audit what was refused, before anything was decided, to the actor of a request."""
        actor = actor_of(self._writer.workspace, request)
        denial = Denial(
            at=self._writer.clock.now(), actor=actor, source=source, what=what, record=fault.record, code=fault.code
        )
        self._writer.write(lambda work: work.deny([denial]))

    def take_in(
        self, requests: Sequence[tuple[str, Mapping[str, Any]]], *, source: str, actor: str
    ) -> list[Answer | UsageFault]:
        """Carry out the commands that a source gave, each under its id over there, all in one transaction.

        Return their answers in the same order; for one that cannot be understood, why.
        """

        def take(work: UnitOfWork) -> list[Answer | UsageFault]:
            taken: list[Answer | UsageFault] = []
            for key, request in requests:
                given = {name: value for name, value in request.items() if name not in ("source", "actor")}
                own = partial(replace, source=source, actor=actor, key=key)
                try:
                    taken.append(self.requested(work, given, source, key, own))
                except UsageFault as fault:
                    taken.append(fault)
            return taken

        return self._commanded(take)

    def perform(self, work: UnitOfWork, envelopes: Sequence[Envelope]) -> tuple[list[Answer], list[Entry]]:
        """Carry out commands in their order within the caller's unit of work; return the answers and what was written.

        Keys are not looked at.
        """
        batch = self._writer.batch(work, self._writer.clock.now())
        batch.load(envelope.stream for envelope in envelopes)
        batch.reserve_numbers(sum(opens_deal(envelope.command) for envelope in envelopes))
        sealings = work.sealings(self._writer.random)
        commands = [self._sealing.seal(work, sealings, envelope, batch.states) for envelope in envelopes]
        answers = batch.run_each(commands)
        entries = batch.entries
        if sealings:
            sealings.keep(sealed for entry in entries for event in entry.events for sealed in sealed_in(encode(event)))
        batch.append()
        if any(envelope.stream == WORKSPACE for envelope in commands):
            self._writer.forget_staff()
        return answers, entries

    def _commanded(self, action: Callable[[UnitOfWork], _Result]) -> _Result:
        """Run an action that somebody waits for: background work lets it go first."""
        with self._writer.precedence.command():
            result = self._writer.write(action)
        self._writer.ring()
        return result

    def requested(
        self,
        work: UnitOfWork,
        request: Mapping[str, Any],
        source: str,
        key: str | None,
        addressed: Callable[[Envelope], Envelope],
    ) -> Answer:
        """Answer a request: as it was answered before under its key, else by carrying out what it is read as.

        `addressed` gives the command read the source and key it came under. `UsageFault` if it cannot be read.
        """
        digest = digest_of(request, work.secret(self._writer.random))
        known = remembered(work, source, key, digest)
        if known is not None:
            return known
        writer = self._writer
        envelope = Commanding(work, writer.workspace, writer.clock.now(), writer.new_id).read(request, digest)
        return self._carry_out(work, [addressed(envelope)])[0]

    def _carry_out(self, work: UnitOfWork, envelopes: Sequence[Envelope]) -> list[Answer]:
        keyed = KeyedCommands(work, envelopes)
        answers, _ = self.perform(work, [envelopes[place] for place in keyed.fresh])
        return keyed.record(answers, self._writer.clock.now())
