"""The arithmetic of timed events near every change of clocks of every zone from 2020 to 2037, beside the slow oracle.

Every run takes a sample; with ``VORONKA_DEEP=1`` all of them are taken.
"""

import os
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import DEEP
from tests.unit.calendars import oracle
from tests.unit.calendars.samples import OFFICE
from voronka.calendars import DailyWindow, Duration, Unit, due, local, parse_datetime, require_aware

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST, LAST = datetime(2020, 1, 1, tzinfo=UTC), datetime(2038, 1, 1, tzinfo=UTC)
OFFSETS = [
    (90, "minutes"),
    (-5, "hours"),
    (1, "days"),
    (-3, "days"),
    (2, "weeks"),
    (1, "months"),
    (-1, "months"),
    (2, "working_days"),
    (-2, "working_days"),
]
DAYS = {"minutes": 1 / 1440, "hours": 1 / 24, "days": 1, "weeks": 7, "months": 30.4, "working_days": 1.4}


@cache
def changes(zone):
    """Return when the zone's clocks change, to the minute."""
    clock, found = ZoneInfo(zone), []
    moment, step = FIRST, timedelta(days=1)
    while moment < LAST:
        if moment.astimezone(clock).utcoffset() != (moment + step).astimezone(clock).utcoffset():
            low, high = moment, moment + step
            before = low.astimezone(clock).utcoffset()
            while high - low > oracle.MINUTE:
                middle = low + timedelta(minutes=(high - low) // oracle.MINUTE // 2)
                low, high = (middle, high) if middle.astimezone(clock).utcoffset() == before else (low, middle)
            found.append(high)
        moment += step
    return tuple(found)


def check_offset(zone, change, count, unit, shift, at):
    """An anchor such that the result falls near the change."""
    anchor = change + shift - timedelta(days=count * DAYS[unit])
    anchor = anchor.replace(microsecond=0)
    expected = oracle.due(anchor, count, unit, at, zone, OFFICE.is_working)
    offset, sign = Duration(abs(count), Unit(unit)), 1 if count >= 0 else -1
    moment = due(require_aware(anchor), offset, at=at, calendar=OFFICE, zone=zone, sign=sign)
    assert EPOCH + timedelta(microseconds=moment) == expected, (zone, anchor, count, unit, at)


def check_window(zone, moment, start, end):
    found = DailyWindow(start, end).opening(require_aware(moment), zone)
    assert EPOCH + timedelta(microseconds=found) == oracle.opening(moment, start, end, zone), (zone, moment, start, end)


def minute_of(moment, zone):
    clock = oracle.wall(moment, zone)
    return clock.hour * 60 + clock.minute


ZONES = sorted(each for each in available_timezones() if "/" in each and not each.startswith("Etc/"))


@settings(max_examples=1200 if DEEP else 60, deadline=None)
@given(st.data())
def test_offsets_and_windows_agree_with_the_oracle_near_changes_of_clocks(data):
    zone = data.draw(st.sampled_from(ZONES))
    change = data.draw(st.sampled_from(changes(zone) or (FIRST,)))
    count, unit = data.draw(st.sampled_from(OFFSETS))
    shift = timedelta(seconds=data.draw(st.integers(-30 * 3600, 30 * 3600)))
    near = minute_of(change, zone)
    at = data.draw(st.none() | st.integers(-120, 120).map(lambda minutes: (near + minutes) % 1440))
    check_offset(zone, change, count, unit, shift, at if unit not in ("minutes", "hours") else None)
    start = (near + data.draw(st.integers(-120, 120))) % 1440
    length = data.draw(st.integers(1, 1439))
    check_window(zone, change + shift, start, (start + length) % 1440 or 1440)


@pytest.mark.skipif("VORONKA_DEEP" not in os.environ, reason="takes minutes: set VORONKA_DEEP=1")
def test_every_change_of_every_zone_agrees_with_the_oracle():
    seen = set()
    for zone in ZONES:
        found = changes(zone)
        # Zones whose clocks have shown the same all the time are one.
        key = tuple((each, oracle.wall(each, zone)) for each in (FIRST, *found))
        if key in seen:
            continue
        seen.add(key)
        for number, change in enumerate(found):
            near = minute_of(change, zone)
            count, unit = OFFSETS[number % len(OFFSETS)]
            for minutes in (-61, -1, 0, 29, 60):
                at = None if unit in ("minutes", "hours") else (near + minutes) % 1440
                check_offset(zone, change, count, unit, timedelta(minutes=minutes), at)
                start = (near + minutes) % 1440
                for length in (20, 700):
                    check_window(zone, change - timedelta(hours=3), start, (start + length) % 1440 or 1440)
                    check_window(zone, change + timedelta(minutes=minutes), start, (start + length) % 1440 or 1440)


@pytest.mark.parametrize(
    ("window", "moment", "opens"),
    [
        ((120, 140), "2026-03-29 00:30", "2026-03-30 02:00"),  # 02:00 to 03:00 is left out in Berlin
        ((120, 1200), "2026-03-29 00:30", "2026-03-29 03:00"),
        ((150, 180), "2026-10-25 02:45", "2026-10-25 02:45"),
        ((1320, 360), "2026-10-24 12:00", "2026-10-24 22:00"),
    ],
)
def test_a_window_that_clocks_skip_opens_where_they_show_it_next(window, moment, opens):
    zone = "Europe/Berlin"
    found = DailyWindow(*window).opening(parse_datetime(moment, zone), zone)
    assert str(local(found, zone))[:16] == opens


def test_hours_and_the_rest_of_the_day_are_the_whole_day():
    for start, end in ((540, 1200), (1320, 360), (0, 1), (1439, 1440), (0, 1439)):
        hours = DailyWindow(start, end)
        rest = hours.outside()
        assert [hours.has(minute) for minute in range(1440)] == [not rest.has(minute) for minute in range(1440)]


@pytest.mark.parametrize(("start", "end"), [(540, 540), (0, 1440 + 1), (-1, 5), (1440, 5)])
def test_hours_that_are_none_are_refused(start, end):
    with pytest.raises(ValueError, match="no hours"):
        DailyWindow(start, end)
