"""Scheduled rules: durable moments at which each is judged on the deals that the database selects, in batches.

A moment that passed while nothing ran is made up for once. How far a round has got is kept with the moment, so that a
round goes on where it was broken off.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping

from voronka.calendars import DailySchedule, Schedule, next_time
from voronka.definition.rules import Mode, Rule, TriggerKind
from voronka.definition.workspace import Workspace
from voronka.errors import PluginFault
from voronka.expressions import Expression
from voronka.frozen import frozen
from voronka.messages import Text
from voronka.process.commands import Envelope, RunRule
from voronka.process.state import Stream, StreamKind
from voronka.runtime.decisions import Batch
from voronka.runtime.selecting import selection_of
from voronka.storage import DealFilter, Reader, ScheduleRow, UnitOfWork

__all__ = ["BATCH", "ScheduledRules", "conditions"]

BATCH = 500
"""So many deals are judged in one transaction."""

_log = logging.getLogger("voronka.rules")


@frozen(kw_only=False)
class _Scheduled:
    rule: Rule
    schedule: Schedule
    written: str


class ScheduledRules:
    """The scheduled rules of one workspace, and their moments as the database has them."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._waiting: set[str] = set()
        self._rules: Mapping[str, _Scheduled] = {
            rule.name: _Scheduled(rule, rule.trigger.schedule, _written(rule.trigger.schedule))
            for rule in workspace.rules.values()
            if rule.trigger.kind is TriggerKind.SCHEDULE
            and rule.trigger.schedule is not None
            and rule.mode is not Mode.OFF
        }

    def __bool__(self) -> bool:
        """Tell whether there is any."""
        return bool(self._rules)

    def unknown(self, reader: Reader) -> bool:
        """Tell whether the database lacks the moment of a rule, or has one by another schedule."""
        rows = reader.schedules()
        return any(name not in rows or rows[name].schedule != each.written for name, each in self._rules.items())

    def begin(self, work: UnitOfWork, now: int) -> int | None:
        """Give rules that are new, or have another schedule, their first moment; return when the next rule is due."""
        rows = work.schedules()
        for name, each in self._rules.items():
            known = rows.get(name)
            if known is None or known.schedule != each.written:
                work.put_schedule(ScheduleRow(name, each.written, self._next(each, now), 0))
        return self.next_at(work)

    def forget_others(self, work: UnitOfWork) -> None:
        """Forget the moments of rules that are not scheduled any more: one that comes back has missed nothing."""
        for name in work.schedules().keys() - self._rules.keys():
            work.remove_schedule(name)

    def next_at(self, reader: Reader) -> int | None:
        """Return when the next rule is due, None if there is none that does not wait for a plugin."""
        return min((row.due_at for row in self._awaited(reader)), default=None)

    def _awaited(self, reader: Reader) -> Iterator[ScheduleRow]:
        for name, row in reader.schedules().items():
            if name in self._rules and name not in self._waiting:
                yield row

    def run(self, batch: Batch) -> int:
        """Judge the rule that has been due longest on its next deals; return how many, 1 at least if one was due.

        Raises `PluginFault` if that needs a plugin that does not work: of the transaction nothing may be kept, and the
        rule waits until this is made anew, with the next start, reload or release.
        """
        rows = [row for row in self._awaited(batch.work) if row.due_at <= batch.now]
        if not rows:
            return 0
        row = min(rows, key=lambda row: (row.due_at, row.rule))
        try:
            return self._run(batch, row)
        except PluginFault as broken:
            _log.error(
                Text("The rule {rule} waits: {reason}", rule=self._rules[row.rule].rule.called, reason=broken.reason)
            )
            self._waiting.add(row.rule)
            raise

    def _run(self, batch: Batch, row: ScheduleRow) -> int:
        work, now = batch.work, batch.now
        scheduled = self._rules[row.rule]
        rule = scheduled.rule
        which = DealFilter(open=None if rule.closed else True, places=rule.places)
        if rule.where is None:
            found = work.numbered_deals(which, limit=BATCH, after=row.position)
        else:
            staff = batch.staff
            selection = selection_of(
                rule.where, batch.workspace, now, users=staff.users, absences=staff.absences, acted=rule.name
            )
            found = work.selected_deals(which, selection, limit=BATCH, after=row.position)
        self._judge(batch, rule.name, [deal for _, deal in found])
        if len(found) == BATCH:
            work.put_schedule(row._replace(position=found[-1][0]))
        else:
            work.put_schedule(row._replace(due_at=self._next(scheduled, now), position=0))
        return max(len(found), 1)

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


def conditions(workspace: Workspace) -> Iterator[Expression]:
    """Yield the conditions by which the database selects deals: those of scheduled rules and of segments."""
    for rule in workspace.rules.values():
        if rule.trigger.kind is TriggerKind.SCHEDULE and rule.mode is not Mode.OFF and rule.where is not None:
            yield rule.where
    for segment in workspace.segments.values():
        yield segment.where


def _written(schedule: Schedule | None) -> str:
    """Return a schedule as one text, by which another is told from it."""
    if isinstance(schedule, DailySchedule):
        days = "working" if schedule.days is None else ",".join(map(str, sorted(schedule.days)))
        return f"{days} {schedule.at}"
    return "" if schedule is None else f"every {schedule.every}"
