"""Time zones: wall clocks and the UTC microseconds they stand for.

Everywhere in the core a moment is an `int`: microseconds since 1970-01-01T00:00Z. A naive `datetime` is a
wall clock and stands nowhere else. In the gap of clocks going forward it means the first moment that exists;
in the fold of clocks going back, the first of the two.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from voronka.errors import UsageFault, VoronkaError
from voronka.messages import Text

__all__ = [
    "DAY",
    "EARLIEST",
    "HOUR",
    "LATEST",
    "MINUTE",
    "CalendarEndError",
    "TimeError",
    "ZoneError",
    "date_of",
    "day_start",
    "days_of_change",
    "instant",
    "local",
    "moment_on",
    "offset_changes",
    "parse_date",
    "parse_datetime",
    "require_aware",
    "split_local",
    "zone",
]

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall clock
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_MICROSECOND = timedelta(microseconds=1)

# Two days off the ends of the calendar, so that every zone can tell its wall clock of every moment.
EARLIEST = (date(1, 1, 3).toordinal() - _EPOCH_DAY) * DAY
LATEST = (date(9999, 12, 29).toordinal() - _EPOCH_DAY) * DAY


class ZoneError(VoronkaError):
    """The name of a time zone that is not in the IANA database."""


class TimeError(UsageFault):
    """A date or a time that is not one, or a datetime without its zone."""


class CalendarEndError(TimeError):
    """A moment so near the end of the calendar that not every zone has a wall clock for it."""


@cache
def zone(name: str) -> ZoneInfo:
    """Return the IANA time zone `name`; `ZoneError` if there is none."""
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):  # unknown, a path out of the database, a folder
        raise ZoneError(
            Text("“{name}” is not a time zone.", name=name[:60]),
            Text("Write a name of the IANA database, such as Europe/Moscow or UTC."),
        ) from None


def _wall(us: int) -> datetime:
    return _NAIVE_EPOCH + timedelta(microseconds=us)


def _utc_offset(moment: datetime) -> int:
    offset = moment.utcoffset()
    if offset is None:
        raise TimeError(
            Text("The datetime {moment} tells no time zone.", moment=moment.isoformat()),
            Text("Give it an offset or a zone, such as {example}.", example=f"{moment.isoformat()}+00:00"),
        )
    return offset // _MICROSECOND


def _offset(name: str, us: int) -> int:
    """Return how far the clocks of the zone are ahead of UTC at the moment `us`, in microseconds."""
    return _utc_offset((_EPOCH + timedelta(microseconds=us)).astimezone(zone(name)))


@lru_cache(maxsize=65_536)
def _steady_utc(name: str, day: int) -> int | None:
    """Return the one offset of the UTC day numbered from 1970, or None if the clocks change within it."""
    first = _offset(name, day * DAY)
    steady = all(_offset(name, day * DAY + hour * HOUR) == first for hour in range(1, 25))
    return first if steady else None


@lru_cache(maxsize=65_536)
def _steady_local(name: str, day: int) -> int | None:
    """Return the one offset of the local day numbered from 1970, or None if the clocks change within it."""
    midnight = _wall(day * DAY).replace(tzinfo=zone(name))
    offset = _utc_offset(midnight)
    if offset != _utc_offset(midnight.replace(fold=1)):
        return None
    start = day * DAY - offset
    steady = all(_offset(name, start + hour * HOUR) == offset for hour in range(25))
    return offset if steady else None


def _local_us(us: int, name: str) -> int:
    """Return the wall clock at the moment `us` as microseconds since the wall clock 1970-01-01 00:00."""
    offset = _steady_utc(name, us // DAY)
    return us + (_offset(name, us) if offset is None else offset)


def moment_on(day: int, clock: int, name: str) -> int:
    """Return the moment of the wall clock `clock` (microseconds since midnight) on a proleptic ordinal `day`.

    Days beyond the ends of the calendar give its ends (`EARLIEST`, `LATEST`).
    """
    day -= _EPOCH_DAY
    wall = day * DAY + clock
    if not EARLIEST < wall < LATEST:
        return EARLIEST if wall <= EARLIEST else LATEST
    offset = _steady_local(name, wall // DAY)
    return _unsteady(wall, name) if offset is None else wall - offset


def _unsteady(wall: int, name: str) -> int:
    written = _wall(wall).replace(tzinfo=zone(name))
    before, after = _utc_offset(written), _utc_offset(written.replace(fold=1))
    late = wall - before
    if before >= after:  # an ordinary moment, or a fold: the first of two
        return late
    # A gap: fold=0 tells the offset before the change (PEP 495). The change is the first moment that exists.
    early = wall - after
    while late - early > 1:
        middle = (early + late) // 2
        if _offset(name, middle) == after:
            late = middle
        else:
            early = middle
    return late


_FIRST_CHANGE = 1800
"""No clock was changed before this year: each place had its own noon."""
_FIRST_CHANGE_AT = (date(_FIRST_CHANGE, 1, 1).toordinal() - _EPOCH_DAY) * DAY


def days_of_change(start: int, end: int, zone: str) -> Iterator[int]:
    """Yield the proleptic ordinals after `start` up to `end` of the local dates on which clocks may change."""
    years = range(max(date.fromordinal(start).year, _FIRST_CHANGE), date.fromordinal(end).year + 1)
    return (day for year in years for day in _changes(zone, year) if start < day <= end)


@lru_cache(maxsize=4096)
def _changes(name: str, year: int) -> tuple[int, ...]:
    """Return the ordinals of the year that lie, in the zone, within a day of a change seen from one UTC day to the
    next.
    """
    first, last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
    days = range(max(first - 2 - _EPOCH_DAY, EARLIEST // DAY), min(last + 2 - _EPOCH_DAY, LATEST // DAY) + 1)
    offsets = [_offset(name, day * DAY) for day in days]
    found = {
        near
        for day, (before, after) in zip(days, pairwise(offsets), strict=False)
        if before != after
        for near in range(day + _EPOCH_DAY - 1, day + _EPOCH_DAY + 2)
    }
    return tuple(sorted(day for day in found if first <= day <= last))


def offset_changes(zone: str, start: int, end: int) -> tuple[int, tuple[tuple[int, int], ...]]:
    """Return how far the clocks are ahead of UTC at the moment `start`, and each change up to `end`.

    A change is its moment and what holds from then on, in microseconds. Of two changes within one UTC day that undo
    each other nothing is told.
    """
    first = before = _offset(zone, start)
    changes = []
    early = start
    while early < end:
        late = min(early + (DAY if early >= _FIRST_CHANGE_AT else _FIRST_CHANGE_AT - early), end)
        if (after := _offset(zone, late)) != before:
            known, reached = early, late
            while reached - known > 1:
                middle = (known + reached) // 2
                known, reached = (middle, reached) if _offset(zone, middle) == before else (known, middle)
            changes.append((reached, _offset(zone, reached)))
            if changes[-1][1] != after:
                late = reached
            before = changes[-1][1]
        early = late
    return first, tuple(changes)


def instant(wall: datetime, zone: str) -> int:
    """Return the moment when a wall clock in the zone shows `wall`, a naive datetime.

    A gap gives the first moment that exists, a fold the first of two. `TimeError` if `wall` carries a zone.
    """
    if wall.tzinfo is not None:
        raise TimeError(
            Text("{moment} carries a zone already.", moment=wall.isoformat()),
            Text("Give the wall clock alone."),
        )
    clock = (wall - _NAIVE_EPOCH) // _MICROSECOND
    return moment_on(_EPOCH_DAY, clock, zone)


def local(us: int, zone: str) -> datetime:
    """Return what a wall clock in the zone shows at the moment `us`, as a naive datetime."""
    return _wall(_local_us(us, zone))


def date_of(us: int, zone: str) -> date:
    """Return the local date in the zone at the moment `us`."""
    return date.fromordinal(_local_us(us, zone) // DAY + _EPOCH_DAY)


def split_local(us: int, zone: str) -> tuple[int, int]:
    """Return the proleptic ordinal of the local date, and the wall clock as microseconds since midnight."""
    offset = _steady_utc(zone, us // DAY)
    day, clock = divmod(us + (_offset(zone, us) if offset is None else offset), DAY)
    return day + _EPOCH_DAY, clock


def day_start(day: date, zone: str) -> int:
    """Return the first moment of the local date `day`."""
    return moment_on(day.toordinal(), 0, zone)


def require_aware(moment: datetime) -> int:
    """Return the UTC microseconds of `moment`; `TimeError` if it does not tell its zone."""
    return (moment.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND - _utc_offset(moment)


_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DATETIME = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:[.,]\d{1,6}\d*)?)?) ?(Z|[+-]\d\d:?\d\d)?)?", re.ASCII
)


def parse_date(text: str) -> date:
    """Return the date written as ``2026-02-20``; else `TimeError`."""
    written = text.strip(" ")
    if _DATE.fullmatch(written):
        try:
            return date.fromisoformat(written)
        except ValueError:
            raise TimeError(
                Text("There is no date {text}.", text=written), Text("Check the month and the day.")
            ) from None
    raise TimeError(
        Text("“{text}” is not a date.", text=text[:60]),
        Text("Write year, month and day as in {example}.", example="2026-02-20"),
    )


def parse_datetime(text: str, zone: str) -> int:
    """Return the UTC microseconds of ``2026-02-20 18:30`` in the zone, unless an offset is written.

    ``T`` may stand for the blank; seconds, a fraction, ``Z`` and ``+03:00`` may follow; a date alone is its
    first moment. Anything else raises `TimeError`; `CalendarEndError` near the ends of the calendar: arithmetic stops
    there, but what somebody wrote is not to become another moment.
    """
    written = _DATETIME.fullmatch(text.strip(" "))
    if written is None:
        raise TimeError(
            Text("“{text}” is not a date with a time.", text=text[:60]),
            Text("Write it as in {example}.", example="2026-02-20 18:30"),
        )
    day, clock, offset = written.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{clock or '00:00'}{offset or ''}")
    except ValueError:
        raise TimeError(
            Text("There is no moment {text}.", text=text.strip(" ")),
            Text("Check the month, the day, the time and the offset."),
        ) from None
    clock_or_us = (moment - (_NAIVE_EPOCH if moment.tzinfo is None else _EPOCH)) // _MICROSECOND
    if not EARLIEST + DAY <= clock_or_us <= LATEST - DAY:  # a day off, so that it does not depend on the zone
        raise CalendarEndError(
            Text("The moment {text} lies too near the end of the calendar.", text=text.strip(" ")),
            Text(
                "Write one from {first} to {last}; leave it out if there is no limit.",
                first="0001-01-04",
                last="9999-12-27",
            ),
        )
    return instant(moment, zone) if moment.tzinfo is None else clock_or_us
