"""The reviews of a workspace made when they are due, each once, also where several processes share the database."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from voronka.calendars import DailySchedule, date_of, next_time
from voronka.definition.kpis import Review
from voronka.definition.kpis.reviews import OF_NOW
from voronka.definition.workspace import Workspace
from voronka.errors import VoronkaError
from voronka.hooks.phrases import phrase
from voronka.messages import Label, Text
from voronka.metrics.reports.document import Badge, Document
from voronka.metrics.reports.wire import to_json
from voronka.process.commands import Envelope, MakeReview
from voronka.runtime.local import LocalClient
from voronka.runtime.scheduled_rules import REVIEW
from voronka.storage import WORKSPACE, Alone, ReviewRow, ScheduleRow, UnitOfWork

__all__ = ["Reviews", "period_of"]

_DAY = 86_400_000_000
_LONGEST = 400
"""Days between two moments of a schedule: a leap year with holidays before and after."""
_log = logging.getLogger("voronka.reviews")


class Reviews:
    """Makes the reviews of a client's workspace.

    Moments that passed while nothing ran are made up for by one review, of the last of them, about all the days.
    """

    def __init__(self, client: LocalClient) -> None:
        self._client = client
        self._known: tuple[str, int | None] | None = None

    def next_moment(self) -> int | None:
        """Return when the next review is due, in UTC microseconds; None if none is declared."""
        workspace = self._client.engine.workspace
        if self._known is None or self._known[0] != workspace.release:
            self._known = (workspace.release, self._first(workspace))
        return self._known[1]

    def run(self) -> int:
        """Make the reviews that are due; return how many."""
        now = self._client.engine.clock.now()
        moment = self.next_moment()
        if moment is None or moment > now:
            return 0
        self._known = None
        workspace = self._client.engine.workspace
        with self._client.engine.read() as reader:
            rows = reader.schedules()
        made = 0
        for review in workspace.reviews.values():
            row = rows.get(REVIEW + review.name)
            if row is not None and row.due_at <= now:
                made += self._make(workspace, review, row, now)
        return made

    def _first(self, workspace: Workspace) -> int | None:
        """Return the first moment of all reviews, after those that are new, or have another schedule, got theirs."""
        engine = self._client.engine
        with engine.read() as reader:
            rows = reader.schedules()
        wanted = {REVIEW + review.name: _written(review.schedule) for review in workspace.reviews.values()}
        known = {name: row for name, row in rows.items() if name.startswith(REVIEW)}
        if {name: row.schedule for name, row in known.items()} != wanted:
            known = engine.write(lambda work: self._settle(work, workspace, wanted))
        return min((row.due_at for row in known.values()), default=None)

    def _settle(self, work: UnitOfWork, workspace: Workspace, wanted: dict[str, str]) -> dict[str, ScheduleRow]:
        work.take(Alone.REVIEWS)
        rows = {name: row for name, row in work.schedules().items() if name.startswith(REVIEW)}
        for name in rows.keys() - wanted.keys():
            work.remove_schedule(name)
        now = self._client.engine.clock.now()
        settled = {}
        for review in workspace.reviews.values():
            name = REVIEW + review.name
            row = rows.get(name)
            if row is None or row.schedule != wanted[name]:
                row = ScheduleRow(name, wanted[name], _next(workspace, review, now), 0)
                work.put_schedule(row)
            settled[name] = row
        return settled

    def _make(self, workspace: Workspace, review: Review, row: ScheduleRow, now: int) -> bool:
        due_at, following = row.due_at, _next(workspace, review, row.due_at)
        while following <= now:
            due_at, following = following, _next(workspace, review, following)
        start, _ = period_of(workspace, review.schedule, row.due_at)
        _, end = period_of(workspace, review.schedule, due_at)
        made = ReviewRow(
            review=review.name,
            due_at=due_at,
            made_at=now,
            release=workspace.release,
            document=self._document(workspace, review, start, end),
        )
        command = MakeReview(review=review.name, due_at=due_at, start=start, end=end)
        envelope = Envelope(command=command, stream=WORKSPACE, actor=f"review:{review.name}", source="review")

        def keep(work: UnitOfWork) -> bool:
            work.take(Alone.REVIEWS)
            if work.schedules().get(row.rule) != row:
                return False  # another process has made it meanwhile
            work.put_review(made)
            self._client.engine.perform(work, [envelope])
            work.put_schedule(row._replace(due_at=following))
            return True

        kept = self._client.engine.write(keep)
        if kept:
            self._client.engine.ring()
        return kept

    def _document(self, workspace: Workspace, review: Review, start: str, end: str) -> dict[str, Any]:
        """Return the report of a review; one that cannot be made says why, and holds up no other."""
        params = {"report": review.method}
        if review.method not in OF_NOW:
            params |= {"from": start, "to": end}
        if review.funnel is not None:
            params["funnel"] = review.funnel
        if review.kpis:
            params["kpis"] = ",".join(review.kpis)
        try:
            answer: dict[str, Any] = self._client.query("report", params)
        except VoronkaError as fault:
            _log.error(Text("The review {review} says nothing: {reason}", review=review.label, reason=fault.reason))
            said = (fault.reason, fault.remedy)
        except Exception as error:
            _log.exception(
                Text("The review {review} says nothing: {reason}", review=review.label, reason=phrase(error))
            )
            said = (
                Label.plain(phrase(error)),
                Text("This is a fault of the program; its log tells where. Please report it."),
            )
        else:
            return answer
        return to_json(
            Document(
                name=review.method,
                title=review.label,
                definition=Text("The report could not be made."),
                badge=Badge(n=0, release=workspace.release),
                period=(start, end),
                said=said,
            )
        )


def period_of(workspace: Workspace, schedule: DailySchedule, due_at: int) -> tuple[str, str]:
    """Return the days that a review made at a moment of its schedule is about: from the moment before to the eve."""
    zone = workspace.timezone
    before = due_at
    for days in range(1, _LONGEST):
        before = next_time(schedule, due_at - days * _DAY - 1, calendar=workspace.calendar, zone=zone)
        if before < due_at:
            break
    last = date_of(due_at, zone) - timedelta(days=1)
    first = min(date_of(before, zone), last)
    return first.isoformat(), last.isoformat()


def _next(workspace: Workspace, review: Review, now: int) -> int:
    return next_time(review.schedule, now, calendar=workspace.calendar, zone=workspace.timezone)


def _written(schedule: DailySchedule) -> str:
    days = "working" if schedule.days is None else ",".join(map(str, sorted(schedule.days)))
    return f"{days} {schedule.at}"
