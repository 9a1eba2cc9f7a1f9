"""When the occurrences of a timed event come, by the clocks of one zone."""

from __future__ import annotations

from collections.abc import Callable

from voronka.calendars import DATE_CLOCK, MINUTE, deadline, moment_on, period, periods_by, split_local
from voronka.definition.timed import Rhythm, TimedEvent
from voronka.definition.workspace import Workspace

__all__ = ["Timing"]


class Timing:
    """The arithmetic of a timed event in one zone. Moments are UTC microseconds.

    `occurrences`: the number of each, its offset as text, and the moment of it as a function of the anchor. `windowed`:
    not all moments lie in its window.
    """

    __slots__ = (
        "_at",
        "_calendar",
        "_length",
        "_moved",
        "_own",
        "_window",
        "_zone",
        "occurrences",
        "planned",
        "windowed",
    )

    def __init__(self, workspace: Workspace, event: TimedEvent, zone: str) -> None:
        calendar, sign = workspace.calendar, -1 if event.rhythm is Rhythm.BEFORE else 1
        self._calendar = calendar
        self._zone = zone
        self._own = workspace.timezone
        self._at = event.at
        self._length = event.offsets[0]
        self._window = event.window
        self.windowed = event.window is not None
        self._moved = event.anchor.dated and zone != workspace.timezone
        functions = [
            (str(offset), deadline(offset, at=event.at, calendar=calendar, zone=zone, sign=sign))
            for offset in event.offsets
        ]
        if self._moved:
            functions = [(text, self._of_date(after)) for text, after in functions]
        self.occurrences = tuple((number, text, after) for number, (text, after) in enumerate(functions, 1))
        self.planned = dict(functions)

    def _of_date(self, after: Callable[[int], int]) -> Callable[[int], int]:
        return lambda anchor: after(self.start(anchor))

    def start(self, anchor: int) -> int:
        """Return where counting starts: the anchor; for a date, which has no zone, 09:00 of it by these clocks."""
        if not self._moved:
            return anchor
        return moment_on(split_local(anchor, self._own)[0], DATE_CLOCK * MINUTE, self._zone)

    def opened(self, planned: int) -> int:
        """Return when an occurrence planned for a moment is due: then, or when its window opens next."""
        return planned if self._window is None else self._window.opening(planned, self._zone)

    def period(self, base: int, number: int) -> int:
        """Return where the period `number` of a recurrence lies, counted from `base`."""
        return period(base, self._length, number, at=self._at, calendar=self._calendar, zone=self._zone)

    def periods_by(self, base: int, moment: int) -> int:
        """Return how many periods of a recurrence, counted from `base`, are planned up to `moment`."""
        return periods_by(base, self._length, moment, at=self._at, calendar=self._calendar, zone=self._zone)

    def next_period(self, base: int, now: int) -> int:
        """Return the number of the first period, counted from `base`, that is not due at `now` yet."""
        number = self.periods_by(base, now) + 1
        if self._window is None or self._window.contains(now, self._zone):
            return number
        # Those planned since the window closed are due when it opens: the first of them is the one to come.
        low, high = 1, number
        while low < high:
            middle = (low + high) // 2
            if self.opened(self.period(base, middle)) > now:
                high = middle
            else:
                low = middle + 1
        return low
