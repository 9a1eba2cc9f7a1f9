"""Hours of the day into which a firing or a message is moved."""

from __future__ import annotations

from voronka.calendars.zones import DAY, LATEST, MINUTE, offset_changes, split_local
from voronka.frozen import frozen

__all__ = ["DailyWindow"]

_DAY = 24 * 60


@frozen(kw_only=False)
class DailyWindow:
    """Hours of every day, in minutes since local midnight: `start` is included, `end` is not.

    They may go over midnight, as ``20:00-09:00`` does; `end` may be 1440. `start` and `end` differ.
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        if not (0 <= self.start < _DAY and 0 < self.end <= _DAY and self.start != self.end):
            raise ValueError(f"no hours of a day: {self.start}-{self.end}")

    def contains(self, moment: int, zone: str) -> bool:
        """Tell whether the clocks of the zone show one of the hours at `moment`, in UTC microseconds."""
        return self.has(split_local(moment, zone)[1] // MINUTE)

    def has(self, minute: int) -> bool:
        """Tell whether a minute of the day is in one of the hours."""
        if self.start < self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end

    def opening(self, moment: int, zone: str) -> int:
        """Return the first moment, `moment` or a later one, at which the clocks of the zone show one of the hours."""
        return moment if self.contains(moment, zone) else _next(moment, self.start, self, zone)

    def closing(self, moment: int, zone: str) -> int:
        """Return the first moment, `moment` or a later one, at which they show none of the hours."""
        return self.outside().opening(moment, zone)

    def outside(self) -> DailyWindow:
        """Return the hours that are none of these. `ValueError` if these are the whole day."""
        return DailyWindow(self.end % _DAY, self.start or _DAY)


def _next(moment: int, minute: int, window: DailyWindow, zone: str) -> int:
    """Return the first moment after `moment`, which lies outside, that lies in the window.

    It is where the clocks show its first minute, or where they are put forward or back into it.
    """
    while True:
        clock = split_local(moment, zone)[1]
        start = moment + (minute * MINUTE - clock) % DAY
        if start >= LATEST:
            return LATEST
        changes = offset_changes(zone, moment, start)[1]
        if not changes:
            return start
        moment = changes[0][0]
        if window.contains(moment, zone):
            return moment
