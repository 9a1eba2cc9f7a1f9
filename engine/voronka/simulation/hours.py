"""When people of a workspace are at work: its calendar cut into hours."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import cache

from voronka.calendars import WorkingCalendar, instant, local

__all__ = ["WorkingHours"]


class WorkingHours:
    """The hours of a calendar's working time in a zone: what people do in an hour is done at its beginning.

    Moments in UTC microseconds.
    """

    def __init__(self, calendar: WorkingCalendar, zone: str) -> None:
        self._calendar = calendar
        self._zone = zone
        self.on = cache(self._on)

    def later(self, moment: int, hours: int) -> int:
        """Return the beginning of the `hours`-th working hour that begins at `moment` or later, counted from 0."""
        day = local(moment, self._zone).date()
        begun = [hour for hour in self.on(day) if hour >= moment]
        while len(begun) <= hours:
            hours -= len(begun)
            day += timedelta(days=1)
            begun = list(self.on(day))
        return begun[hours]

    def _on(self, day: date) -> tuple[int, ...]:
        """Return when the working hours of a day begin, none on a free one."""
        midnight = datetime.combine(day, time())
        return tuple(
            instant(midnight + timedelta(minutes=minute), self._zone)
            for span in self._calendar.hours_on(day)
            for minute in range(span.start, span.end, 60)
        )
