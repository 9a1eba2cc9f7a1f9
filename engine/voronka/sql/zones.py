"""A time zone as steps: from moments to wall clocks and back, exactly as `voronka.calendars` does both.

A database has a zone database of its own, or none. From 2100 on (Gaza and Morocco have dates of their own up to 2087)
the rules of a zone repeat every 400 years, in which
there are as many days as weeks need; so a finite list of changes holds for ever.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement

from voronka.calendars import DAY, EARLIEST, LATEST, date_of, day_start, local
from voronka.calendars.zones import offset_changes
from voronka.frozen import frozen
from voronka.sql.backend import BIGINT, Backend
from voronka.sql.element import Sql
from voronka.sql.steps import stepwise

__all__ = ["Zone"]

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_RULES = (date(2100, 1, 1).toordinal() - _EPOCH_DAY) * DAY
_CYCLE = 146_097 * DAY
"""How long 400 years are."""
_YEARS = 366 * DAY
_SHIFT = 719_162
"""Days from 0001-01-01 to 1970-01-01: added, no day number is negative."""


@frozen(kw_only=False)
class _Changes:
    """The first offset, then each change: its moment and the offset from then on. `repeats`: also after the last."""

    first: int
    changes: tuple[tuple[int, int], ...]
    repeats: bool


@lru_cache(maxsize=64)
def _changes(zone: str) -> _Changes:
    first, known = offset_changes(zone, EARLIEST, _RULES)
    _, next_year = offset_changes(zone, _RULES, _RULES + 365 * DAY)
    if not next_year:
        return _Changes(first, known, repeats=False)
    return _Changes(first, known + offset_changes(zone, _RULES, _RULES + _CYCLE)[1], repeats=True)


@lru_cache(maxsize=256)
def _changes_of_years(zone: str, low: int, high: int) -> _Changes:
    first, known = offset_changes(zone, low, high)
    return _Changes(first, known, repeats=False)


@frozen(kw_only=False)
class Zone:
    """The wall clock of a zone in a database.

    `between`: the moments that it will be asked about, where that is known. The changes of these years alone are a
    hundredth of the statement; the clock at other moments may be off by what it was changed by since.
    """

    name: str
    backend: Backend
    between: tuple[int, int] | None = None

    def day_of(self, moment: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return the day number of the local date at a moment."""
        return self.day_on(self.wall(moment))

    def day_on(self, wall: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return the day number of the date that a wall clock shows."""
        shifted = Sql(BIGINT, f"({{0}} + {_SHIFT * DAY})", wall)
        return Sql(BIGINT, f"({{0}} - {_SHIFT})", self.backend.divided(shifted, DAY))

    def wall(self, moment: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return the wall clock at a moment, as microseconds since the wall clock 1970-01-01 00:00."""
        found = self._known()
        steps = [(at, str(offset)) for at, offset in found.changes]

        def clock(us: ColumnElement[Any]) -> ColumnElement[Any]:
            ahead = self.backend.let(lambda at: stepwise(at, str(found.first), steps), self._within_cycle(us))
            return Sql(BIGINT, "({0} + {1})", us, ahead)

        return self.backend.let(clock, moment)

    def moment(self, wall: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return the moment of a wall clock: in a gap the first that exists, in a fold the first of two."""
        found = self._known()
        steps: list[tuple[int, str]] = []
        before = found.first
        for at, after in found.changes:
            if after > before:
                steps.append((at + before, str(at)))
            steps.append((at + max(before, after), f"{{0}} - {after}" if after >= 0 else f"{{0}} + {-after}"))
            before = after
        first = f"{{0}} - {found.first}" if found.first >= 0 else f"{{0}} + {-found.first}"
        bounded = f"(CASE WHEN {{0}} <= {EARLIEST} THEN {EARLIEST} WHEN {{0}} >= {LATEST} THEN {LATEST} ELSE {{1}} END)"

        def shown(w: ColumnElement[Any]) -> ColumnElement[Any]:
            inner = self.backend.let(
                lambda at: Sql(BIGINT, "({0} + {1} - {2})", stepwise(at, first, steps), w, at), self._within_cycle(w)
            )
            return Sql(BIGINT, bounded, w, inner)

        return self.backend.let(shown, wall)

    def _known(self) -> _Changes:
        """Return the changes of all times, or of the years of which there is talk."""
        if self.between is None:
            return _changes(self.name)
        # By whole spans of years, so that a few serve all; with a margin, for wall clocks are as far off as offsets go.
        low = max((self.between[0] - 2 * DAY) // _YEARS * _YEARS, EARLIEST)
        high = -(-(self.between[1] + 2 * DAY) // _YEARS) * _YEARS
        return _changes(self.name) if high >= _RULES else _changes_of_years(self.name, low, high)

    def _within_cycle(self, place: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return the same place in the first 400 years of the rules, if it lies after them."""
        if not self._known().repeats:
            return place
        # A day later, so that no wall clock of the last change before lies beyond.
        start = _RULES + DAY
        rest = self.backend.modulo(Sql(BIGINT, f"({{0}} - {start})", place), self.backend.parameter(_CYCLE, BIGINT))
        return Sql(BIGINT, f"(CASE WHEN {{0}} >= {start} THEN {start} + {{1}} ELSE {{0}} END)", place, rest)

    def day_moved(self, day: ColumnElement[Any], count: int) -> ColumnElement[Any]:
        """Return the day number so many days after the first moment of a local date."""
        return self.existing(Sql(BIGINT, f"({{0}} + {count})", self.existing(day)))

    def existing(self, day: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return the date on which the first moment of a date lies: another one only where a zone left a date out."""
        low, high = EARLIEST // DAY, LATEST // DAY
        first, last = (_day_number(date_of(moment, self.name)) for moment in (EARLIEST, LATEST))
        skipped = "".join(f" WHEN {{0}} = {left} THEN {kept}" for left, kept in _left_out(self.name))
        existing = f"(CASE WHEN {{0}} <= {low} THEN {first} WHEN {{0}} >= {high} THEN {last}{skipped} ELSE {{0}} END)"
        return self.backend.let(lambda d: Sql(BIGINT, existing, d), day)


@lru_cache(maxsize=64)
def _left_out(zone: str) -> tuple[tuple[int, int], ...]:
    found = _changes(zone)
    before, left = found.first, []
    for at, after in found.changes:
        if after - before >= DAY // 2:
            near = local(at, zone).date().toordinal()
            for ordinal in range(near - 2, near + 2):
                day = date.fromordinal(ordinal)
                kept = date_of(day_start(day, zone), zone)
                if kept != day:
                    left.append((_day_number(day), _day_number(kept)))
        before = after
    return tuple(left)


def _day_number(day: date) -> int:
    return day.toordinal() - _EPOCH_DAY
