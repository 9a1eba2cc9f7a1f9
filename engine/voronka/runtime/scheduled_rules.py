"""Scheduled rules: durable moments at which each is judged on the deals that the database selects, in batches.

A moment that passed while nothing ran is made up for once. How far a round has got is kept with the moment, so that a
round goes on where it was broken off.
"""

from __future__ import annotations

import logging
from bisect import bisect_right
from collections.abc import Iterator, Mapping, MutableMapping
from operator import itemgetter

from voronka.calendars import DailySchedule, Schedule, next_time
from voronka.definition.derived import once_per_release
from voronka.definition.rules import Mode, Rule, TriggerKind
from voronka.definition.workspace import Workspace
from voronka.errors import PluginFault
from voronka.expressions import Expression
from voronka.frozen import frozen
from voronka.messages import Sentence, Text
from voronka.process.commands import Envelope, RunRule
from voronka.process.state import Stream, StreamKind
from voronka.runtime.decisions import Batch
from voronka.runtime.selecting import kind_of, owner_values, selection_of
from voronka.storage import Alone, Database, DealFilter, Reader, ScheduleRow, Selection, UnitOfWork, passing

__all__ = ["BATCH", "REVIEW", "ScheduledRules", "conditions", "selections", "trouble_of"]

BATCH = 500
"""So many deals are judged in one transaction."""
TOGETHER = 50
"""With so many deals a transaction begins with no further rule."""
REVIEW = "review:"
"""What the moments of reviews begin with, which are kept beside those of rules."""
SEARCHED = 20_000
"""So many deals one search finds, for many transactions: each search goes through all that the rule is yet to judge."""

_log = logging.getLogger("voronka.rules")


@frozen(kw_only=False)
class _Scheduled:
    """A rule with its schedule, how that is told from another, which deals it is for, and which of them are judged."""

    rule: Rule
    schedule: Schedule
    written: str
    which: DealFilter
    selection: Selection | None


@frozen(kw_only=False)
class _Found:
    """Deals that one search has found for a round of a rule, by number. `last`: there are no others behind them."""

    rule: str
    due_at: int
    deals: list[tuple[int, bytes]]
    last: bool


@once_per_release
def _scheduled(workspace: Workspace) -> Mapping[str, _Scheduled]:
    found = {}
    for rule in workspace.rules.values():
        schedule = rule.trigger.schedule
        if rule.trigger.kind is not TriggerKind.SCHEDULE or schedule is None or rule.mode is Mode.OFF:
            continue
        which = DealFilter(open=None if rule.closed else True, places=rule.places)
        selection = None
        if rule.where is not None:
            selection = selection_of(rule.where, workspace, which, acted=rule.name)
        found[rule.name] = _Scheduled(rule, schedule, _written(schedule), which, selection)
    return found


class ScheduledRules:
    """The scheduled rules of one workspace, and their moments as the database has them.

    `awaited`: those that are not set aside. `troubles`: where it is written down why the others are.
    """

    def __init__(self, workspace: Workspace, troubles: MutableMapping[str, Sentence]) -> None:
        self._workspace = workspace
        self._troubles = troubles
        self._rules = _scheduled(workspace)
        self.awaited = frozenset(self._rules)
        self._begun = False
        self._at_hand: str | None = None
        self._found: _Found | None = None

    def begin(self, database: Database, now: int) -> None:
        """Give rules that are new, or have another schedule, their first moment, unless that is done already."""
        if self._begun:
            return
        if self._rules:
            with database.read() as reader:
                new = self._unknown(reader)
            if new:
                with database.write() as work:
                    work.take(Alone.RULES)
                    for name in self._unknown(work):
                        each = self._rules[name]
                        work.put_schedule(ScheduleRow(name, each.written, self._next(each, now), 0))
        self._begun = True

    def _unknown(self, reader: Reader) -> list[str]:
        """Return the rules of which the database lacks the moment, or has one by another schedule."""
        rows = reader.schedules()
        return [name for name, each in self._rules.items() if name not in rows or rows[name].schedule != each.written]

    def forget_others(self, work: UnitOfWork) -> None:
        """Forget the moments of rules that are not scheduled any more: one that comes back has missed nothing."""
        for name in work.schedules().keys() - self._rules.keys():
            if not name.startswith(REVIEW):
                work.remove_schedule(name)

    def call_in(self, work: UnitOfWork, now: int) -> None:
        """Let no rule wait for longer than until its next moment, seen from now."""
        for row in work.schedules().values():
            if row.rule in self._rules and row.due_at > (due_at := self._next(self._rules[row.rule], now)):
                work.put_schedule(row._replace(due_at=due_at))

    def run(self, batch: Batch) -> int:
        """Judge the rules that have been due longest on their next deals; return how many, 1 at least if one was due.

        They come one after the other until there were `TOGETHER` deals: most rounds find few. Of a transaction in which
        one fails nothing may be kept; `set_aside` says what then.
        """
        rows = [row for row in batch.work.schedules().values() if row.rule in self.awaited and row.due_at <= batch.now]
        judged = 0
        for row in sorted(rows, key=lambda row: (row.due_at, row.rule)):
            self._at_hand = row.rule
            judged += self._run(batch, row)
            if judged >= TOGETHER:
                break
        return judged

    def set_aside(self, error: Exception) -> bool:
        """Let the rule run last wait for its own `error`; return False if that lies in the world around.

        It waits until this is made anew, with the next start, reload or release, and holds up no other rule.
        """
        rule = self._at_hand
        if rule is None or (passing(error) and not isinstance(error, PluginFault)):
            return False
        called = self._rules[rule].rule.called
        waits: Sentence = Text("its deals cannot be found or judged; the log tells why")
        if isinstance(error, PluginFault):
            waits = error.reason
            _log.error(Text("The rule {rule} waits: {reason}", rule=called, reason=error.reason))
        else:
            _log.error(Text("The rule {rule} waits: its deals cannot be found or judged.", rule=called), exc_info=error)
        self._troubles[trouble_of(rule)] = Text(
            "it waits until the next start, reload or release: {reason}", reason=waits
        )
        self.awaited -= {rule}
        self._at_hand = None
        return True

    @property
    def wait(self) -> bool:
        """Whether any is set aside."""
        return len(self.awaited) < len(self._rules)

    def forget_troubles(self) -> None:
        """Write down that no rule waits any more: others come in the place of these."""
        for rule in self._rules:
            self._troubles.pop(trouble_of(rule), None)

    def _run(self, batch: Batch, row: ScheduleRow) -> int:
        work, now = batch.work, batch.now
        scheduled = self._rules[row.rule]
        if (selection := scheduled.selection) is None:
            found = work.numbered_deals(scheduled.which, limit=BATCH, after=row.position)
        else:
            found = self._selected(batch, row, selection)
        if found:
            self._judge(batch, row.rule, [deal for _, deal in found])
        if len(found) == BATCH:
            work.put_schedule(row._replace(position=found[-1][0]))
        else:
            work.put_schedule(row._replace(due_at=self._next(scheduled, now), position=0))
            self._found = None
        return max(len(found), 1)

    def _selected(self, batch: Batch, row: ScheduleRow, selection: Selection) -> list[tuple[int, bytes]]:
        """Return the next deals of a round. One that has changed since it was found is judged as it is now."""
        found = self._found
        if found is not None and (found.rule, found.due_at) == (row.rule, row.due_at):
            start = bisect_right(found.deals, row.position, key=itemgetter(0))
            rest = found.deals[start : start + BATCH]
            if found.last or len(rest) == BATCH:
                return rest
        users, absences = batch.staff.users, batch.staff.absences
        owners = owner_values(selection.where, batch.workspace, batch.now, users=users, absences=absences)
        deals = batch.work.selected_deals(selection, batch.now, owners=owners, limit=SEARCHED, after=row.position)
        self._found = _Found(row.rule, row.due_at, deals, len(deals) < SEARCHED)
        return deals[:BATCH]

    def _judge(self, batch: Batch, rule: str, deals: list[bytes]) -> None:
        actor = f"rule:{rule}@{self._workspace.release[:8]}"
        envelopes = [
            Envelope(command=RunRule(rule=rule), stream=Stream(StreamKind.DEAL, deal), actor=actor, source="rule")
            for deal in deals
        ]
        called = self._rules[rule].rule.called
        for envelope, outcome in zip(envelopes, batch.attempt_each(envelopes), strict=True):
            if isinstance(outcome, PluginFault):
                raise outcome
            if isinstance(outcome, Exception):
                _log.error(
                    Text(
                        "The rule {rule} failed on the deal {deal}.",
                        rule=called,
                        deal=envelope.stream.id.hex(),
                    ),
                    exc_info=outcome,
                )
        batch.append()

    def _next(self, scheduled: _Scheduled, now: int) -> int:
        workspace = self._workspace
        return next_time(scheduled.schedule, now, calendar=workspace.calendar, zone=workspace.timezone)


def conditions(workspace: Workspace) -> Iterator[tuple[StreamKind, Expression]]:
    """Yield the conditions by which the database selects, with what they select: of scheduled rules and of segments."""
    for selection in selections(workspace):
        yield StreamKind.DEAL, selection.where
    for segment in workspace.segments.values():
        yield kind_of(segment.of), segment.where


def selections(workspace: Workspace) -> list[Selection]:
    """Return how the deals of the scheduled rules that have a condition are found."""
    found = (scheduled.selection for scheduled in _scheduled(workspace).values())
    return [selection for selection in found if selection is not None]


def trouble_of(rule: str) -> str:
    """Return under which name it is written down that a rule waits."""
    return f"rule {rule}"


def _written(schedule: Schedule) -> str:
    """Return a schedule as one text, by which another is told from it."""
    if isinstance(schedule, DailySchedule):
        days = "working" if schedule.days is None else ",".join(map(str, sorted(schedule.days)))
        return f"{days} {schedule.at}"
    return f"every {schedule.every}"
