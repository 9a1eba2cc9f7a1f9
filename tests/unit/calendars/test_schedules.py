"""When a schedule comes next."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.calendars.samples import MOSCOW, OFFICE, PLAIN, RESTLESS, changes
from voronka.calendars import (
    DailySchedule,
    Duration,
    IntervalSchedule,
    Unit,
    date_of,
    due_again,
    local,
    next_time,
    parse_datetime,
    require_aware,
)
from voronka.calendars.schedules import planned_by


def following(schedule, after, zone=MOSCOW, calendar=OFFICE):
    return str(local(next_time(schedule, parse_datetime(after, zone), calendar=calendar, zone=zone), zone))


MORNING = DailySchedule(days=None, at=540)
MONDAY_TO_FRIDAY = DailySchedule(days=frozenset(range(5)), at=540)


@pytest.mark.parametrize(
    ("schedule", "after", "expected"),
    [
        (MORNING, "2026-02-20 08:59", "2026-02-20 09:00:00"),
        (MORNING, "2026-02-20 09:00", "2026-02-24 09:00:00"),
        (MONDAY_TO_FRIDAY, "2026-02-20 09:00", "2026-02-23 09:00:00"),
        (DailySchedule(days=frozenset({0, 3}), at=0), "2026-02-23 00:00", "2026-02-26 00:00:00"),
        (IntervalSchedule(every=Duration(5, Unit.MINUTES)), "2026-02-20 09:00", "2026-02-20 09:05:00"),
    ],
)
def test_the_next_time_of_a_schedule(schedule, after, expected):
    assert following(schedule, after) == expected


NIGHTLY = DailySchedule(days=None, at=1435)


@pytest.mark.parametrize(
    ("schedule", "done", "expected"),
    [
        (MORNING, "2026-02-24 09:00:02", "2026-02-24 09:00:00"),
        (MORNING, "2026-02-24 22:00", "2026-02-24 09:00:00"),
        (MORNING, "2026-02-24 08:59", "2026-02-24 08:59:00"),
        (NIGHTLY, "2026-02-24 23:55:01", "2026-02-24 23:55:00"),
        (NIGHTLY, "2026-02-25 00:04", "2026-02-24 23:55:00"),
        (NIGHTLY, "2026-02-25 11:56", "2026-02-25 11:56:00"),
        (IntervalSchedule(every=Duration(5, Unit.MINUTES)), "2026-02-24 09:00:02", "2026-02-24 09:00:02"),
    ],
)
def test_what_is_done_a_little_late_counts_from_the_time_of_the_schedule(schedule, done, expected):
    assert str(local(planned_by(schedule, parse_datetime(done, MOSCOW), zone=MOSCOW), MOSCOW)) == expected


AT_NIGHT = DailySchedule(days=frozenset(range(7)), at=150)
A_DAY, A_WEEK, SOON = Duration(1, Unit.DAYS), Duration(1, Unit.WEEKS), Duration(24, Unit.HOURS)


@pytest.mark.parametrize(
    ("schedule", "done", "pause", "expected"),
    [
        (AT_NIGHT, "2026-03-28 02:30", A_DAY, "2026-03-29 03:00:00"),
        (AT_NIGHT, "2026-03-29 03:00", A_DAY, "2026-03-30 02:30:00"),
        (AT_NIGHT, "2026-03-29 03:00:02", A_WEEK, "2026-04-05 02:30:00"),
        (AT_NIGHT, "2026-03-29 03:00", Duration(1, Unit.WORKING_DAYS), "2026-03-30 02:30:00"),
        (AT_NIGHT, "2026-03-29 03:00", SOON, "2026-03-30 03:00:00"),
        (NIGHTLY, "2026-03-29 13:56", A_DAY, "2026-03-30 13:56:00"),
        (IntervalSchedule(every=Duration(5, Unit.MINUTES)), "2026-03-29 03:00", A_DAY, "2026-03-30 03:00:00"),
    ],
)
def test_a_pause_of_dates_leads_to_the_time_that_the_schedule_writes(schedule, done, pause, expected):
    zone = "Europe/Berlin"
    again = due_again(schedule, parse_datetime(done, zone), pause, calendar=PLAIN, zone=zone)
    assert str(local(again, zone)) == expected


def test_a_clock_change_neither_drops_nor_doubles_a_day():
    nightly = DailySchedule(days=frozenset(range(7)), at=150)
    assert following(nightly, "2026-03-29 00:00", "Europe/Berlin") == "2026-03-29 03:00:00"
    first = next_time(
        nightly, parse_datetime("2026-10-25 00:00", "Europe/Berlin"), calendar=PLAIN, zone="Europe/Berlin"
    )
    assert first == parse_datetime("2026-10-25T00:30Z", "UTC")
    second = next_time(nightly, first, calendar=PLAIN, zone="Europe/Berlin")
    assert second == parse_datetime("2026-10-26 02:30", "Europe/Berlin")


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([zone for zone in RESTLESS if zone not in {"Pacific/Apia", "Pacific/Kwajalein"}]), st.data())
def test_a_daily_schedule_comes_once_on_each_of_its_days(zone, data):
    schedule = DailySchedule(
        days=frozenset(data.draw(st.sets(st.integers(0, 6), min_size=1))), at=data.draw(st.integers(0, 1439))
    )
    change = data.draw(st.sampled_from(changes(zone)))
    moment, seen = require_aware(change) - 5 * 86_400_000_000, []
    for _ in range(10):
        moment = next_time(schedule, moment, calendar=PLAIN, zone=zone)
        seen.append(date_of(moment, zone))
    assert seen == sorted(set(seen))
    expected = [day for day in range(seen[0].toordinal(), seen[-1].toordinal() + 1) if (day - 1) % 7 in schedule.days]
    assert [day.toordinal() for day in seen] == expected


def test_a_schedule_that_never_comes_cannot_be_made():
    with pytest.raises(ValueError, match="at least one day"):
        DailySchedule(days=frozenset(), at=0)
    with pytest.raises(ValueError, match="longer than nothing"):
        IntervalSchedule(every=Duration(0, Unit.HOURS))
