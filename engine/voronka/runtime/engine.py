"""The command service: envelopes in, answers out; everything of one call in one transaction."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from voronka.config import Reading
from voronka.definition.workspace import Workspace
from voronka.errors import EnvironmentFault, PluginFault, UsageFault
from voronka.messages import Text
from voronka.process.codec import encode, sealed_in
from voronka.process.commands import Envelope
from voronka.runtime import outbox, queue, results, timers
from voronka.runtime.answers import Answer
from voronka.runtime.batches import BatchSize, whole_or_each
from voronka.runtime.beat import after_gap, beat
from voronka.runtime.clock import Clock
from voronka.runtime.commanding import Commanding, actor_of, digest_of, sender_of
from voronka.runtime.couriers import Couriers, WayOut
from voronka.runtime.decisions import Batch, Staff, opens_deal
from voronka.runtime.ids import Random, new_id
from voronka.runtime.keyed import KeyedCommands, remembered
from voronka.runtime.precedence import Precedence
from voronka.runtime.releases import Applied, apply_release
from voronka.runtime.scheduled_rules import ScheduledRules
from voronka.runtime.sealing import Sealing
from voronka.runtime.viewer import LOCAL_ACTOR, Forbidden, Unseen
from voronka.storage import WORKSPACE, Awaited, Database, Denial, Entry, Reader, StaleVersion, UnitOfWork, passing

__all__ = ["Engine"]

_ATTEMPTS = 5
_log = logging.getLogger("voronka.engine")
_FEW, _MANY = 25, 100  # effects in a transaction
_Result = TypeVar("_Result")


class Engine:
    """Carries out what is asked of a workspace. Safe to use from several threads.

    `random` gives random bytes. `outside`: opens the way out for a workspace. `outage`: the last one, from and to, as
    `beat` learned it. `importing`: held by the one import that runs.
    """

    def __init__(
        self,
        *,
        database: Database,
        workspace: Workspace,
        clock: Clock,
        random: Random,
        outside: Callable[[Workspace], WayOut],
    ) -> None:
        self.database = database
        self.clock = clock
        self.random = random
        self.outside: WayOut = outside(workspace)
        self.couriers = Couriers(self.ring)
        self._outside_of = outside
        self._waits: tuple[int | None, Awaited] | None = None
        self._take(workspace)
        self.outage: tuple[int, int] | None = None
        self.precedence = Precedence()
        self._size = BatchSize(timers.SMALLEST, timers.LARGEST)
        self._beats = False
        self._begun = 0
        self._bells: list[threading.Event] = []
        self._known_staff: Staff | None = None
        self.importing = threading.Lock()

    @property
    def workspace(self) -> Workspace:
        """The definition in force."""
        return self._workspace

    def bell(self) -> threading.Event:
        """Return an event that is set whenever something was committed that may have made work."""
        bell = threading.Event()
        self._bells.append(bell)
        return bell

    def ring(self) -> None:
        """Wake whoever waits for work."""
        for bell in self._bells:
            bell.set()

    def new_id(self) -> bytes:
        """Return the id of a new record."""
        return new_id(self.clock.now(), self.random)

    def execute(self, envelope: Envelope) -> Answer:
        """Carry out one command. See `execute_many`."""
        return self.execute_many([envelope])[0]

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
            return self._requested(work, request, *sender_of(request), lambda envelope: envelope)

        try:
            return self._commanded(carry_out)
        except Unseen as fault:
            what, source = str(request.get("command")), str(request.get("source", LOCAL_ACTOR))
            self.deny(fault, request, what=what, source=source)
            raise

    def deny(self, fault: Unseen | Forbidden, request: Mapping[str, Any], *, what: str, source: str) -> None:
        """Remember for the audit what was refused, before anything was decided, to the actor of a request."""
        actor = actor_of(self.workspace, request)
        denial = Denial(
            at=self.clock.now(), actor=actor, source=source, what=what, record=fault.record, code=fault.code
        )
        self.write(lambda work: work.deny([denial]))

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
                    taken.append(self._requested(work, given, source, key, own))
                except UsageFault as fault:
                    taken.append(fault)
            return taken

        return self._commanded(take)

    def fire_due(self, limit: int | None = None) -> int:
        """Fire timers that are due, of one batch of deals; return how many ended. 0: nothing is due.

        `limit`: deals in the batch; by default as many as fit the time that a batch may take.
        """
        busy = self.precedence.give_way()
        deals = self._size.parts if limit is None else limit
        started = time.perf_counter()
        claimed: list[bytes] = []

        def claim_and_fire(work: UnitOfWork) -> int:
            due = work.claim_due(self.clock.now(), deals, watermark=oldest, without=self._stuck)
            claimed[:] = [deal for deal, _ in due]
            return self._fire(claimed, work)

        oldest = self._awaited().timer
        if oldest is None or oldest > self.clock.now():
            return 0
        with timers.without_collection():
            ended = whole_or_each(
                lambda: self.write(claim_and_fire), self._fire_alone, claimed, Text("A batch of timers")
            )
        if ended:
            self.ring()
        if limit is None:
            self._size.learn(self._begun, time.perf_counter() - started, busy=busy)
        return ended

    def _fire(self, deals: Sequence[bytes], work: UnitOfWork) -> int:
        if not deals:
            self._begun = 0
            return 0
        now = self.clock.now()
        if self._beats:
            self.outage = after_gap(work, now, self.outage)
        batch = self._batch(work, now)
        fired = timers.fire(batch, deals, self.outage, self.precedence.asked)
        batch.append()
        self._stuck |= fired.stuck
        self._begun = fired.begun
        return fired.ended

    def _fire_alone(self, deal: bytes) -> int:
        """Fire the due timers of one deal; one that cannot be read or written waits for the next start or release."""
        try:
            return self.write(partial(self._fire, [deal]))
        except Exception as error:
            if passing(error):
                raise
            _log.exception(Text("The timers of the deal {deal} wait: the deal cannot be worked on.", deal=deal.hex()))
            self._stuck.add(deal)
            return 0

    def run_rules(self) -> int:
        """Judge a scheduled rule that is due on its next deals; return how many, 0 if none is due."""
        if not self._due(self._awaited().rule):
            return 0
        self.precedence.give_way()
        try:
            judged = self.write(lambda work: self._rules.run(self._batch(work, self.clock.now())))
        except Exception as error:
            if not self._rules.set_aside(error):
                raise
            self._waits = None  # not for that rule any more
            return self.run_rules()
        if judged:
            self.ring()
        return judged

    def _awaited(self) -> Awaited:
        """Return what waits; the database is asked again only if it may have been written to."""
        self._rules.begin(self.database, self.clock.now())
        changes, known = self.database.changes, self._waits
        if known is None or changes is None or known[0] != changes:
            with self.read() as reader:
                known = self._waits = changes, reader.awaited(self._rules.awaited)
        return known[1]

    def _due(self, moment: int | None) -> bool:
        return moment is not None and moment <= self.clock.now()

    def run_queued(self, limit: int = 200) -> int:
        """Carry out commands that other entries have queued; return how many were settled."""
        self.precedence.give_way()
        if not self._awaited().queued:
            return 0
        keys: list[str] = []

        def take_and_run(work: UnitOfWork) -> int:
            keys[:] = [key for key in work.queued_keys(limit + len(self._put_off)) if key not in self._put_off][:limit]
            return self._run(keys, work)

        settled = whole_or_each(
            lambda: self.write(take_and_run), self._run_alone, keys, Text("A batch of queued commands")
        )
        self.ring()
        return settled

    def _run(self, keys: Sequence[str], work: UnitOfWork) -> int:
        return queue.run(work, lambda: self._batch(work, self.clock.now()), keys)

    def _run_alone(self, key: str) -> int:
        """Carry out one queued command; one whose record cannot be read or written is settled as failed.

        One that needs a plugin that does not work waits for the next start, reload or release.
        """
        try:
            return self.write(partial(self._run, [key]))
        except PluginFault as broken:
            _log.error(Text("The queued command {key} waits: {reason}", key=key, reason=broken.reason))
            self._put_off.add(key)
            return 0
        except Exception as error:
            if passing(error):
                raise
            fault = error
        return self.write(lambda work: queue.fail(work, lambda: self._batch(work, self.clock.now()), key, fault))

    def deliver(self, *, patience: float | None = None) -> int:
        """Deliver messages and do actions that may leave; return how many were tried.

        What takes longer than so many seconds of `patience` goes on by itself and is settled by a later call.
        """
        if self._due(self._awaited().effect):
            now, limit = self.clock.now(), self._share()
            parcels = self.write(
                lambda work: outbox.lease(
                    work,
                    self.workspace,
                    now=now,
                    limit=limit,
                    random=self.random,
                    without=self.couriers.lanes,
                    single=self.outside.single,
                )
            )
            # What a slow lane leaves over would be attempted under leases that run out on the way.
            self.couriers.send(self.outside, parcels, lambda parcel: self._in_time(parcel, now))
        tried = self.couriers.collect(self._settle, patience)
        if tried:
            self.ring()
        return tried

    def _share(self) -> int:
        """Let commands go first; return how many effects a transaction takes: few while commands come between."""
        return _FEW if self.precedence.give_way() else _MANY

    def _in_time(self, parcel: outbox.Parcel, leased_at: int) -> bool:
        limit = int(self.outside.limit(parcel.effect.channel) * 1_000_000)
        return self.clock.now() - leased_at + limit <= outbox.LEASE

    def _settle(self, carried: Sequence[outbox.Carried]) -> int:
        """Settle as many of what came back as one transaction takes; return how many."""
        part = carried[: self._share()]
        self.write(partial(self._settle_in, part))
        return len(part)

    def _settle_in(self, carried: Sequence[outbox.Carried], work: UnitOfWork) -> None:
        now = self.clock.now()
        results.settle(
            work,
            carried,
            now=now,
            random=self.random,
            new_batch=lambda: self._batch(work, now),
            execute=lambda request, source, key: self._requested(
                work, request, source, key, partial(replace, actor=source, source=source, key=key)
            ),
        )

    def settle(self) -> int:
        """Do everything that is due at this moment: timers, queued commands, messages; return how much that was."""
        total = 0
        while (self._awaited().queued or self._due(self.next_due())) and (
            done := self.fire_due() + self.run_rules() + self.run_queued() + self.deliver()
        ):
            total += done
        return total

    def next_timer(self) -> int | None:
        """Return when the next timer or scheduled rule is due, in UTC microseconds; None if none waits."""
        return self._awaited()._replace(effect=None).first()

    def next_message(self) -> int | None:
        """Return when the next message may leave; None if none waits."""
        return self._awaited().effect

    def next_due(self) -> int | None:
        """Return when there is something to do next; None if nothing waits."""
        return self._awaited().first()

    def beat(self) -> None:
        """Write down that the engine runs, and learn of the last outage."""
        self.outage = self.write(lambda work: beat(work, self.clock.now()))
        self._beats = True

    def apply_release(self, reading: Reading, actor: str = "release") -> Applied:
        """Put a checked configuration in force. Raises `ReleaseConflictError`; then the old one runs on."""
        new, old = reading.workspace, self.workspace
        if new is None:
            raise ValueError("a configuration with errors does not come into force")

        def apply(work: UnitOfWork) -> Applied:
            before = old if work.active_release() == old.release else None
            applied = apply_release(work, before, reading, self._staff(work), now=self.clock.now(), actor=actor)
            # Before the commit: whoever writes next must not decide by the old definition any more.
            self._take(new)
            self._rules.forget_others(work)
            return applied

        try:
            applied = self.write(apply)
        except BaseException:
            self._take(old)
            raise
        self.ring()
        return applied

    def renew(self, workspace: Workspace) -> None:
        """Go on with the release in force as it is read anew, since plugins work again that it uses."""

        def take(work: UnitOfWork) -> None:
            if work.active_release() == workspace.release:
                self._take(workspace)

        self.write(take)
        self.ring()

    def _take(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._sealing = Sealing(workspace)
        self._rules = ScheduledRules(workspace)
        self._waits = None
        self._stuck: set[bytes] = set()
        self._put_off: set[str] = set()
        self.outside.close()
        self.outside = self._outside_of(workspace)

    @contextmanager
    def read(self) -> Iterator[Reader]:
        """Give a reader over one consistent state of the database."""
        with self.database.read() as reader:
            yield reader

    def write(self, action: Callable[[UnitOfWork], _Result]) -> _Result:
        """Run `action` in a unit of work, again on fresh facts if another writer came between; return its result."""
        for attempt in range(_ATTEMPTS):
            try:
                with self.database.write() as work:
                    result = action(work)
            except StaleVersion:
                self._known_staff = None
                if attempt == _ATTEMPTS - 1:
                    raise
            except BaseException:
                # People whom the work had added are gone with it.
                self._known_staff = None
                raise
            else:
                return result
        raise AssertionError

    def perform(self, work: UnitOfWork, envelopes: Sequence[Envelope]) -> tuple[list[Answer], list[Entry]]:
        """Carry out commands in their order within the caller's unit of work; return the answers and what was written.

        Keys are not looked at.
        """
        batch = self._batch(work, self.clock.now())
        batch.load(envelope.stream for envelope in envelopes)
        batch.reserve_numbers(sum(opens_deal(envelope.command) for envelope in envelopes))
        sealings = work.sealings(self.random)
        commands = [self._sealing.seal(work, sealings, envelope, batch.states) for envelope in envelopes]
        answers = batch.run_each(commands)
        entries = batch.entries
        if sealings:
            sealings.keep(sealed for entry in entries for event in entry.events for sealed in sealed_in(encode(event)))
        batch.append()
        if any(envelope.stream == WORKSPACE for envelope in commands):
            self._known_staff = None
        return answers, entries

    def close(self) -> None:
        """Write down what couriers have brought back, and let go of what is open."""
        try:
            self.couriers.collect(self._settle, 0.0)
        except EnvironmentFault as fault:
            # Its leases run out, and it is done again under the same keys.
            _log.error(fault.reason)
        self.outside.close()
        self.database.close()

    def _commanded(self, action: Callable[[UnitOfWork], _Result]) -> _Result:
        """Run an action that somebody waits for: background work lets it go first."""
        with self.precedence.command():
            result = self.write(action)
        self.ring()
        return result

    def _requested(
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
        digest = digest_of(request, work.secret(self.random))
        known = remembered(work, source, key, digest)
        if known is not None:
            return known
        envelope = Commanding(work, self.workspace, self.clock.now(), self.new_id).read(request, digest)
        return self._carry_out(work, [addressed(envelope)])[0]

    def _carry_out(self, work: UnitOfWork, envelopes: Sequence[Envelope]) -> list[Answer]:
        keyed = KeyedCommands(work, envelopes)
        answers, _ = self.perform(work, [envelopes[place] for place in keyed.fresh])
        return keyed.record(answers, self.clock.now())

    def _batch(self, work: UnitOfWork, now: int) -> Batch:
        return Batch(work, self.workspace, self._staff(work), now)

    def _staff(self, work: UnitOfWork) -> Staff:
        """Return what is known of people beside the configuration; read once, and again after an entry about them."""
        if self._known_staff is None:
            self._known_staff = Staff.of(work.users(), work.absences())
        return self._known_staff
