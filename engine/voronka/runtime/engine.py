"""The engine of a workspace: takes commands, does what is due, delivers what is to leave, follows releases."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

from voronka.config import Reading
from voronka.definition.people import RELEASE_ACTOR
from voronka.definition.workspace import Workspace
from voronka.errors import EnvironmentFault, VoronkaError
from voronka.messages import Sentence, Text
from voronka.process.commands import Envelope
from voronka.runtime import outbox, results
from voronka.runtime.answers import Answer
from voronka.runtime.clock import Clock
from voronka.runtime.command_service import CommandService
from voronka.runtime.couriers import Couriers, WayOut
from voronka.runtime.due import DueWork
from voronka.runtime.ids import Random
from voronka.runtime.lanes import Plan
from voronka.runtime.plugin_answers import UnsoundItem
from voronka.runtime.precedence import Precedence
from voronka.runtime.releases import Applied, apply_release
from voronka.runtime.viewer import Forbidden, Unseen
from voronka.runtime.writer import Writer
from voronka.storage import HELD, Collision, Database, Entry, Listener, Reader, RefusedItem, ThrottleKey, UnitOfWork

__all__ = ["Engine"]

_log = logging.getLogger("voronka.engine")
_FEW, _MANY = 25, 100  # effects in a transaction
_Result = TypeVar("_Result")


class Engine:
    """Carries out what is asked of a workspace. Safe to use from several threads.

    `random` gives random bytes. `outside`: opens the way out for a workspace. `precedence`: who writes next.
    `importing`: held by the one import that runs here. `successor`: reads a release that another process has put in
    force, where there are others. `troubles`: where it is written down what does not work, by what it is.
    """

    def __init__(
        self,
        *,
        database: Database,
        workspace: Workspace,
        clock: Clock,
        random: Random,
        outside: Callable[[Workspace], WayOut],
        precedence: Precedence | None = None,
        successor: Callable[[str], Workspace] | None = None,
        troubles: MutableMapping[str, Sentence] | None = None,
    ) -> None:
        self.database = database
        self.random = random
        self.precedence = precedence or Precedence()
        self.outside: WayOut = outside(workspace)
        self.couriers = Couriers(self.wake)
        self._outside_of = outside
        self._plans: Mapping[ThrottleKey, Plan] = {}
        self._free_as_of: int | None = None
        self._successor = successor
        self._succession = threading.RLock()
        self._writer = Writer(
            database=database,
            workspace=workspace,
            clock=clock,
            random=random,
            precedence=self.precedence,
            follow=self.follow,
        )
        self._commands = CommandService(self._writer)
        self._due = DueWork(self._writer, self._commands, {} if troubles is None else troubles)
        self.importing = threading.Lock()

    @property
    def workspace(self) -> Workspace:
        """The definition in force."""
        return self._writer.workspace

    @property
    def clock(self) -> Clock:
        """The clock of everything that is done here."""
        return self._writer.clock

    @clock.setter
    def clock(self, clock: Clock) -> None:
        self._writer.clock = clock

    @property
    def outage(self) -> tuple[int, int] | None:
        """The last outage, from and to, as `beat` learned it."""
        return self._due.outage

    def bell(self) -> threading.Event:
        """Return an event that is set whenever something was committed that may have made work."""
        return self._writer.bell()

    def listen(self) -> Listener | None:
        """Hear from now on of what other processes commit, until the listener is closed; None if there are none."""
        return self._writer.listen()

    def ring(self) -> None:
        """Wake whoever waits for work, in other processes too."""
        self._writer.ring()

    def wake(self) -> None:
        """Wake whoever waits for work in this process."""
        self._writer.wake()

    def new_id(self) -> bytes:
        """Return the id of a new record."""
        return self._writer.new_id()

    def execute(self, envelope: Envelope) -> Answer:
        """Carry out one command. See `execute_many`."""
        return self._commands.execute(envelope)

    def execute_many(self, envelopes: Sequence[Envelope]) -> list[Answer]:
        """Carry out commands in their order, all in one transaction, and return their answers in the same order.

        A refused command changes nothing (but for the memory of the refusal) and does not hold up the others. One
        whose key came before gets the answer it got then. Returns only after a durable commit. Raises
        `EnvironmentFault` if the database cannot be written, and then nothing of the call was done.
        """
        return self._commands.execute_many(envelopes)

    def submit(self, request: Mapping[str, Any], then: Callable[[UnitOfWork, Answer], None] | None = None) -> Answer:
        """Carry out a command given as plain JSON (see `voronka.runtime.commanding`).

        `then` writes down in the same transaction what belongs to it; not if the command is refused, or was carried out
        before. Raises `UsageFault` for a request that cannot be understood or names what is not there.
        """
        return self._commands.submit(request, then)

    def deny(self, fault: Unseen | Forbidden, request: Mapping[str, Any], *, what: str, source: str) -> None:
        """Remember for the audit what was refused, before anything was decided, to the actor of a request."""
        self._commands.deny(fault, request, what=what, source=source)

    def take_in(
        self,
        requests: Sequence[tuple[str, Mapping[str, Any]]],
        *,
        source: str,
        actor: str,
        cursor: str | None = None,
        unsound: Sequence[UnsoundItem] = (),
    ) -> list[Answer | VoronkaError]:
        """Carry out the commands that a source gave, each under its id over there, all in one transaction.

        `cursor`: from where the source goes on. `unsound`: what it gave and is no item; it is kept among what was
        refused. Return the answers to the requests in their order; for one that cannot be carried out, why.
        """
        return self._commands.take_in(requests, source=source, actor=actor, cursor=cursor, unsound=unsound)

    def take_again(self, items: Sequence[RefusedItem], *, actor: str) -> list[Answer | VoronkaError]:
        """Carry out what was refused of sources, all in one transaction; what is refused once more is kept."""
        return self._commands.take_again(items, actor=actor)

    def perform(self, work: UnitOfWork, envelopes: Sequence[Envelope]) -> tuple[list[Answer], list[Entry]]:
        """Carry out commands in their order within the caller's unit of work; return the answers and what was written.

        Keys are not looked at.
        """
        return self._commands.perform(work, envelopes)

    def fire_due(self, limit: int | None = None) -> int:
        """Fire timers that are due, of one batch of deals; return how many ended. 0: nothing is due.

        `limit`: deals in the batch; by default as many as fit the time that a batch may take.
        """
        return self._due.fire_due(limit)

    def run_rules(self) -> int:
        """Judge a scheduled rule that is due on its next deals; return how many, 0 if none is due."""
        return self._due.run_rules()

    def run_queued(self, limit: int = 200) -> int:
        """Carry out commands that other entries have queued; return how many were settled."""
        return self._due.run_queued(limit)

    def deliver(self, *, patience: float | None = None) -> int:
        """Deliver messages and do actions that may leave; return how many were tried, or put off, and of how
        many actions the terms were learned.

        What takes longer than so many seconds of `patience` goes on by itself and is settled by a later call.
        """
        put_off = learned = 0
        if not self.couriers.ending and self._due.is_due(self._due.awaited().effect):
            now, limit = self.clock.now(), self._share()
            leased = self.write(
                lambda work: outbox.lease(
                    work,
                    self.workspace,
                    now=now,
                    limit=limit,
                    random=self.random,
                    terms=self.outside.terms,
                    without=self.couriers.lanes,
                    plans=self._plans,
                )
            )
            # What a slow lane leaves over would be attempted under leases that run out on the way.
            put_off, self._plans = leased.put_off, leased.plans
            self.couriers.send(self.outside, leased.parcels, lambda parcel: self._may_begin(parcel, now))
            learned = self.outside.learn(None if patience is None else self.ring)
        tried = self.couriers.collect(self._settle, patience)
        if tried:
            self.ring()
        return tried + put_off + learned

    def _share(self) -> int:
        """Let commands go first; return how many effects a transaction takes: few while commands come between."""
        return _FEW if self.precedence.give_way() else _MANY

    def _may_begin(self, parcel: outbox.Parcel, leased_at: int) -> bool:
        return self._in_time(parcel, leased_at) and not self._is_held()

    def _is_held(self) -> bool:
        """Whether effects are held back, which another thread or process may have asked for since the lease."""
        # What this process alone writes holds until it writes again; of others' notices it may hear too late.
        changes = None if self.database.shared else self.database.changes
        if self.database.for_one_thread or (changes is not None and changes == self._free_as_of):
            return False
        try:
            with self.read() as reader:
                held = bool(reader.counter(HELD))
        except EnvironmentFault:
            return True
        self._free_as_of = None if held else changes
        return held

    def _in_time(self, parcel: outbox.Parcel, leased_at: int) -> bool:
        now, before = self.clock.now(), parcel.effect.before
        if before is not None and now >= before and not parcel.late:
            return False
        limit = int(self.outside.limit(parcel.effect.channel) * 1_000_000)
        return now - leased_at + limit <= outbox.LEASE

    def _settle(self, carried: Sequence[outbox.Carried]) -> int:
        """Settle as many of what came back as one transaction takes; return how many."""
        part = carried[: self._share()]
        self.write(partial(self._settle_in, part))
        return len(part)

    def _settle_in(self, carried: Sequence[outbox.Carried], work: UnitOfWork) -> None:
        terms = self.outside.terms
        results.settle(work, carried, now=self.clock.now(), random=self.random, commands=self._commands, terms=terms)

    def settle(self) -> int:
        """Do everything that is due at this moment: timers, queued commands, messages; return how much that was."""
        total = 0
        while (self._due.awaited().queued or self._due.is_due(self.next_due())) and (
            done := self.fire_due() + self.run_rules() + self.run_queued() + self.deliver()
        ):
            total += done
        return total

    def next_timer(self) -> int | None:
        """Return when the next timer or scheduled rule is due, in UTC microseconds; None if none waits."""
        return self._due.awaited()._replace(effect=None).first()

    def next_message(self) -> int | None:
        """Return when the next message may leave; None if none waits."""
        return self._due.awaited().effect

    def next_due(self) -> int | None:
        """Return when there is something to do next; None if nothing waits."""
        return self._due.awaited().first()

    def note_running(self) -> None:
        """Remember that the process runs, though a long transaction may keep its beat waiting."""
        self._due.note_running()

    def beat(self) -> None:
        """Write down that the engine runs, and learn of the last outage."""
        self._due.beat()

    def apply_release(self, reading: Reading, actor: str = RELEASE_ACTOR) -> Applied:
        """Put a checked configuration in force. Raises `ReleaseConflictError`; then the old one runs on."""
        new = reading.workspace
        if new is None:
            raise ValueError("a configuration with errors does not come into force")
        with self._succession:
            self.follow()
            old = self.workspace

            def apply(work: UnitOfWork) -> Applied:
                before = old if work.active_release() == old.release else None
                staff = self._writer.staff(work)
                applied = apply_release(work, before, reading, staff, now=self.clock.now(), actor=actor)
                # Before the commit: whoever writes next must not decide by the old definition any more.
                self._take(new)
                self._due.forget_other_rules(work)
                return applied

            try:
                applied = self._writer.write(apply, alone=True, of_any_release=True)
            except BaseException:
                self._take(old)
                raise
        self.ring()
        return applied

    def follow(self) -> None:
        """Go over to the release that another process has put in force, if one has.

        Raises `EnvironmentFault` if this version cannot read it.
        """
        if self._successor is None:
            return
        with self._succession:
            with self.read() as reader:
                release = reader.active_release()
            if release is not None and release != self.workspace.release:
                self._take(self._successor(release))
                told = Text("The release {release}, put in force by another process, is followed.", release=release[:8])
                _log.info(told)

    def renew(self, workspace: Workspace) -> None:
        """Go on with the release in force as it is read anew, since plugins work again that it uses."""

        def take(work: UnitOfWork) -> None:
            if work.active_release() == workspace.release:
                self._take(workspace)

        self.write(take)
        self.ring()

    def resume_rules(self) -> None:
        """Let the scheduled rules act again that were set aside: what was in their way may be mended."""
        if self._due.rules_wait:
            self.write(lambda work: self._due.resume_rules())
            self.ring()

    def _take(self, workspace: Workspace) -> None:
        self._writer.workspace = workspace
        self._commands.take(workspace)
        self._due.take(workspace)
        self._plans = {}
        self.outside.retire()
        self.outside = self._outside_of(workspace)

    @contextmanager
    def read(self) -> Iterator[Reader]:
        """Give a reader over one consistent state of the database."""
        with self.database.read() as reader:
            yield reader

    def write(self, action: Callable[[UnitOfWork], _Result], *, alone: bool = False) -> _Result:
        """Run `action` in a unit of work, again on fresh facts if another writer came between; return its result.

        `alone`: no other process decides anything meanwhile, so that nobody names what is just going.
        """
        return self._writer.write(action, alone=alone)

    def end_deliveries(self, patience: float) -> None:
        """Begin no message or action any more; those at hand have so many seconds to end, and are written down."""
        self.couriers.end()
        try:
            self.couriers.collect(self._settle, patience)
        except (EnvironmentFault, Collision) as fault:
            # Its leases run out, and it is done again under the same keys.
            _log.error(fault.reason)
        except Exception:
            _log.exception(Text("What messages and actions came back with cannot be written down."))

    def close(self) -> None:
        """Write down what couriers have brought back, and let go of what is open."""
        self.end_deliveries(0.0)
        self.outside.close()
        self.database.close()
