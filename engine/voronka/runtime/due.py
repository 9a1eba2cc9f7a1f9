"""What is due by itself: timers, scheduled rules and queued commands, in batches between which commands go first."""

from __future__ import annotations

import logging
import time
from collections.abc import MutableMapping, Sequence
from functools import partial

from voronka.definition.workspace import Workspace
from voronka.errors import EnvironmentFault, PluginFault
from voronka.messages import Sentence, Text
from voronka.runtime import queue, timers
from voronka.runtime.batches import BatchSize, whole_or_each
from voronka.runtime.beat import Run, after_gap, beat, goes_on
from voronka.runtime.collection import without_collection
from voronka.runtime.command_service import CommandService
from voronka.runtime.lanes import LONGEST_PAUSE
from voronka.runtime.outbox import LEASE
from voronka.runtime.scheduled_rules import ScheduledRules
from voronka.runtime.writer import Writer
from voronka.storage import Alone, Awaited, Collision, UnitOfWork, passing

__all__ = ["DueWork"]

_log = logging.getLogger("voronka.engine")


class DueWork:
    """Does what is due. `outage`: the last one, from and to, as `beat` learned it.

    `commands`: carries out what is queued, and lets commands share the units of work of batches. `troubles`: where it
    is written down which rules wait, and why.
    """

    def __init__(self, writer: Writer, commands: CommandService, troubles: MutableMapping[str, Sentence]) -> None:
        self._troubles = troubles
        self._rules = ScheduledRules(writer.workspace, troubles)
        self._writer = writer
        self._commands = commands
        self._size = BatchSize(timers.SMALLEST, timers.LARGEST)
        self._beats = False
        self._beaten_at = 0
        self._ran = Run()
        self._begun = 0
        self.outage: tuple[int, int] | None = None
        self.take(writer.workspace)

    def take(self, workspace: Workspace) -> None:
        """Go on under a definition; what could not be done under the one before is tried again."""
        self._unordered = workspace.unordered
        self.resume_rules()
        self._stuck: set[bytes] = set()
        self._put_off: set[str] = set()

    @property
    def rules_wait(self) -> bool:
        """Whether a scheduled rule is set aside."""
        return self._rules.wait

    def resume_rules(self) -> None:
        """Let the scheduled rules act again that were set aside."""
        self._rules.forget_troubles()
        self._rules = ScheduledRules(self._writer.workspace, self._troubles)
        self._waits: tuple[int | None, Awaited] | None = None

    def forget_other_rules(self, work: UnitOfWork) -> None:
        """Forget the moments of rules that are not scheduled any more."""
        self._rules.forget_others(work)

    def note_running(self) -> None:
        """Remember that the process runs, though a long transaction may keep its beat waiting."""
        self._ran.note(self._writer.clock.now())

    def beat(self) -> None:
        """Write down that the engine runs, and learn of the last outage."""
        try:
            self._beat()
        except (EnvironmentFault, Collision):
            self._ran.end()
            raise

    def _beat(self) -> None:
        now = self._writer.clock.now()
        if self._beats and not self._ran.set_back:
            with self._writer.database.write() as work:
                if goes_on(work, now, self.outage, self._beaten_at):
                    self._beaten_at = now
                    return

        def beat_in_full(work: UnitOfWork) -> tuple[int, int] | None:
            self._call_in(work, now)
            return beat(work, now, self._ran)

        self.outage = self._writer.write(beat_in_full)
        self._ran.set_back = False
        self._beats = True
        self._beaten_at = now

    def _call_in(self, work: UnitOfWork, now: int) -> None:
        """Let nothing wait for longer than it ever does: a clock that was ahead for a moment has perhaps put it off."""
        work.call_in_effects(now=now, latest=now + LONGEST_PAUSE, lease_until=now + LEASE)
        self._rules.call_in(work, now)

    def fire_due(self, limit: int | None = None) -> int:
        """Fire timers that are due, of one batch of deals; return how many ended. 0: nothing is due.

        `limit`: deals in the batch; by default as many as fit the time that a batch may take.
        """
        busy = self._writer.precedence.give_way()
        deals = self._size.parts if limit is None else limit
        started = time.perf_counter()
        claimed: list[bytes] = []

        def claim_and_fire(work: UnitOfWork) -> int:
            due = work.claim_due(self._writer.clock.now(), deals, watermark=oldest, without=self._stuck)
            claimed[:] = [deal for deal, _ in due]
            return self._fire(claimed, work)

        oldest = self.awaited().timer
        if oldest is None or oldest > self._writer.clock.now():
            return 0
        with without_collection():
            ended = whole_or_each(
                lambda: self._commands.share(claim_and_fire), self._fire_alone, claimed, Text("A batch of timers")
            )
        if ended:
            self._writer.ring()
        if limit is None:
            self._size.learn(self._begun, time.perf_counter() - started, busy=busy)
        return ended

    def _fire(self, deals: Sequence[bytes], work: UnitOfWork) -> int:
        if not deals:
            self._begun = 0
            return 0
        now = self._writer.clock.now()
        if self._beats:
            self.outage = after_gap(work, now, self.outage, self._ran)
        batch = self._writer.batch(work, now)
        fired = timers.fire(batch, deals, self.outage, self._writer.precedence.asked)
        batch.append()
        self._stuck |= fired.stuck
        self._begun = fired.begun
        return fired.ended

    def _fire_alone(self, deal: bytes) -> int:
        """Fire the due timers of one deal; one that cannot be read or written waits for the next start or release."""
        try:
            return self._writer.write(partial(self._fire, [deal]))
        except Exception as error:
            if passing(error):
                raise
            _log.exception(Text("The timers of the deal {deal} wait: the deal cannot be worked on.", deal=deal.hex()))
            self._stuck.add(deal)
            return 0

    def run_rules(self) -> int:
        """Judge a scheduled rule that is due on its next deals; return how many, 0 if none is due."""
        if not self.is_due(self.awaited().rule):
            return 0
        self._writer.precedence.give_way()
        try:
            judged = self._writer.write(self._run_rules)
        except Exception as error:
            if not self._rules.set_aside(error):
                raise
            self._waits = None  # not for that rule any more
            return self.run_rules()
        if judged:
            self._writer.ring()
        return judged

    def _run_rules(self, work: UnitOfWork) -> int:
        if not work.attempt(Alone.RULES):
            return 0  # another process is at it
        return self._rules.run(self._writer.batch(work, self._writer.clock.now()))

    def awaited(self) -> Awaited:
        """Return what waits; the database is asked again only if it may have been written to."""
        self._rules.begin(self._writer.database, self._writer.clock.now())
        changes, known = self._writer.database.changes, self._waits
        if known is None or changes is None or known[0] != changes:
            with self._writer.database.read() as reader:
                known = self._waits = changes, reader.awaited(self._rules.awaited, self._unordered)
        return known[1]

    def is_due(self, moment: int | None) -> bool:
        """Return whether a moment is there."""
        return moment is not None and moment <= self._writer.clock.now()

    def run_queued(self, limit: int = 200) -> int:
        """Carry out commands that other entries have queued; return how many were settled."""
        self._writer.precedence.give_way()
        if not self.awaited().queued:
            return 0
        keys: list[str] = []

        def take_and_run(work: UnitOfWork) -> int:
            keys[:] = work.claim_queued(limit, without=self._put_off)
            return self._run(keys, work)

        settled = whole_or_each(
            lambda: self._commands.share(take_and_run), self._run_alone, keys, Text("A batch of queued commands")
        )
        self._writer.ring()
        return settled

    def _run(self, keys: Sequence[str], work: UnitOfWork) -> int:
        return queue.run(work, self._commands, keys)

    def _run_alone(self, key: str) -> int:
        """Carry out one queued command; one whose record cannot be read or written is settled as failed.

        One that needs a plugin that does not work waits for the next start, reload or release.
        """
        try:
            return self._writer.write(lambda work: self._run(work.claim_queued(1, only=key), work))
        except PluginFault as broken:
            _log.error(Text("The queued command {key} waits: {reason}", key=key, reason=broken.reason))
            self._put_off.add(key)
            return 0
        except Exception as error:
            if passing(error):
                raise
            fault = error
        return self._writer.write(lambda work: queue.fail(work, self._commands, key, fault))
