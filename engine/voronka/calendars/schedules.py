"""Schedules: ``{days: working, at: "09:00"}`` and ``{every: 5 minutes}``, and when they come next."""

from __future__ import annotations

from datetime import date

from voronka.calendars.calendar import WorkingCalendar
from voronka.calendars.deadlines import due
from voronka.calendars.duration import Duration
from voronka.calendars.zones import HOUR, MINUTE, moment_on, split_local
from voronka.frozen import frozen

__all__ = ["DailySchedule", "IntervalSchedule", "Schedule", "due_again", "next_time", "planned_by"]

_HALF_A_DAY = 12 * HOUR


@frozen
class DailySchedule:
    """At a time of day (`at`, minutes since local midnight) on some days of the week (Monday is 0).

    `days` None: on the working days of the calendar.
    """

    days: frozenset[int] | None
    at: int

    def __post_init__(self) -> None:
        if self.days is not None and not self.days:
            raise ValueError("a schedule needs at least one day")


@frozen
class IntervalSchedule:
    """Again and again, `every` so long after the time before."""

    every: Duration

    def __post_init__(self) -> None:
        if self.every.count == 0:
            raise ValueError("an interval is longer than nothing")


Schedule = DailySchedule | IntervalSchedule


def next_time(schedule: Schedule, after: int, *, calendar: WorkingCalendar, zone: str) -> int:
    """Return the first moment of `schedule` later than `after`, in UTC microseconds.

    A clock change neither drops a day (a time of day that does not exist gives the first moment after it) nor
    doubles one (a time of day that comes twice is the first).
    """
    if isinstance(schedule, IntervalSchedule):
        return due(after, schedule.every, calendar=calendar, zone=zone)
    # The day before too: where a whole date was skipped, its moment is the start of the next.
    day = split_local(after, zone)[0] - 1
    while True:
        named = date.fromordinal(day)
        if calendar.is_working(named) if schedule.days is None else named.weekday() in schedule.days:
            moment = moment_on(day, schedule.at * MINUTE, zone)
            if moment > after:
                return moment
        day += 1


def due_again(schedule: Schedule, done: int, pause: Duration, *, calendar: WorkingCalendar, zone: str) -> int:
    """Return when what was done by a schedule at the moment `done` may be done once more: a `pause` after the moment
    for which it was, see `planned_by`.

    A pause of dates leads to the time of day as the schedule writes it, also from a date that lacked it: where the
    clocks went forward over 02:30, the next one is at 02:30 again, not at 03:00.
    """
    planned = planned_by(schedule, done, zone=zone)
    at = None
    if isinstance(schedule, DailySchedule) and pause.unit.dated:
        day, _ = split_local(planned, zone)
        at = schedule.at if moment_on(day, schedule.at * MINUTE, zone) == planned else None
    return due(planned, pause, at=at, calendar=calendar, zone=zone)


def planned_by(schedule: Schedule, moment: int, *, zone: str) -> int:
    """Return the moment of the schedule for which something was done at `moment`: its time on that date, or on the one
    before if that is less than half a day ago. Otherwise `moment` itself: it made up for a date that was missed.

    A round begins a little after its time, now more, now less: what is counted from one to another counts from this.
    An interval has no times of its own; it counts from the round before.
    """
    if isinstance(schedule, IntervalSchedule):
        return moment
    today, _ = split_local(moment, zone)
    planned = moment_on(today, schedule.at * MINUTE, zone)
    if planned > moment:
        planned = moment_on(today - 1, schedule.at * MINUTE, zone)
        return planned if moment - planned < _HALF_A_DAY else moment
    return planned
