"""`due` and `period`: tables of cases, and agreement with a slow oracle near changes of clocks."""

import sys
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import DEEP
from tests.unit.calendars import oracle
from tests.unit.calendars.samples import MOSCOW, NIGHT, OFFICE, PLAIN, RESTLESS, changes
from voronka.calendars import (
    Duration,
    Unit,
    deadline,
    due,
    local,
    parse_datetime,
    period,
    periods_by,
    require_aware,
    zones,
)
from voronka.calendars.countries import country_year

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def when(anchor, offset, zone=MOSCOW, calendar=OFFICE, **more):
    moment = due(parse_datetime(anchor, zone), Duration.parse(offset), calendar=calendar, zone=zone, **more)
    return str(local(moment, zone))


@pytest.mark.parametrize(
    ("offset", "expected"),
    [
        ("2 working days", "2026-02-25 10:00:00"),  # Monday the 23rd is a holiday
        ("2 days", "2026-02-22 10:00:00"),
    ],
)
def test_a_deal_that_entered_on_friday_evening_at_ten_o_clock(offset, expected):
    assert when("2026-02-20 18:30", offset, at=10 * 60) == expected


@pytest.mark.parametrize(
    ("anchor", "offset", "expected"),
    [
        ("2026-02-20 18:30", "90 minutes", "2026-02-20 20:00:00"),
        ("2026-02-20 18:30", "36 hours", "2026-02-22 06:30:00"),
        ("2026-02-20 18:30:15", "2 days", "2026-02-22 18:30:15"),
        ("2026-02-20 18:30", "1 week", "2026-02-27 18:30:00"),
        ("2026-01-31 12:00", "1 month", "2026-02-28 12:00:00"),
        ("2024-01-31 12:00", "1 month", "2024-02-29 12:00:00"),
        ("2026-11-30 12:00", "3 months", "2027-02-28 12:00:00"),
        ("2026-02-20 18:30", "1 working day", "2026-02-24 18:30:00"),
        ("2024-04-26 12:00", "1 working day", "2024-04-27 12:00:00"),  # a worked Saturday
        ("2024-04-27 12:00", "1 working day", "2024-05-02 12:00:00"),
        ("2025-12-30 12:00", "1 working day", "2026-01-12 12:00:00"),
        ("2026-02-20 18:30", "0 days", "2026-02-20 18:30:00"),
        ("2026-02-20 16:00", "1 working hour", "2026-02-20 17:00:00"),  # Friday ends at five
        ("2026-02-20 16:00", "2 working hours", "2026-02-24 10:00:00"),
        ("2026-02-20 18:30", "4 working hours", "2026-02-24 13:00:00"),
        ("2024-04-27 08:00", "8 working hours", "2024-04-27 17:00:00"),  # a worked Saturday keeps Friday's hours
        ("2026-02-20 18:30", "0 working hours", "2026-02-20 18:30:00"),
    ],
)
def test_after(anchor, offset, expected):
    assert when(anchor, offset) == expected


@pytest.mark.parametrize(
    ("anchor", "offset", "expected"),
    [
        ("2026-02-24 10:00", "90 minutes", "2026-02-24 08:30:00"),
        ("2026-03-31 12:00", "1 month", "2026-02-28 12:00:00"),
        ("2026-02-25 18:30", "2 working days", "2026-02-20 18:30:00"),
        ("2026-02-24 10:00", "2 working hours", "2026-02-20 16:00:00"),
        ("2026-02-24 08:00", "1 working hour", "2026-02-20 16:00:00"),
        ("2026-03-12 12:00", "10 days", "2026-03-02 12:00:00"),
    ],
)
def test_before_is_the_mirror(anchor, offset, expected):
    assert when(anchor, offset, sign=-1) == expected


@pytest.mark.parametrize(
    ("zone", "anchor", "expected"),
    [
        ("Europe/Berlin", "2026-03-28 02:30", "2026-03-29 03:00:00"),  # 02:00-03:00 does not exist
        ("America/Sao_Paulo", "2018-11-03 00:20", "2018-11-04 01:00:00"),  # midnight does not exist
        ("Australia/Lord_Howe", "2025-10-04 02:10", "2025-10-05 02:30:00"),  # half an hour
        ("Pacific/Apia", "2011-12-29 10:00", "2011-12-31 00:00:00"),  # the 30th does not exist
    ],
)
def test_a_clock_time_that_does_not_exist_gives_the_first_moment_after_it(zone, anchor, expected):
    assert when(anchor, "1 day", zone=zone, calendar=PLAIN) == expected


def test_a_clock_time_that_comes_twice_is_the_first():
    anchor = parse_datetime("2026-10-24 02:30", "Europe/Berlin")
    moment = due(anchor, Duration(1, Unit.DAYS), calendar=PLAIN, zone="Europe/Berlin")
    assert moment == parse_datetime("2026-10-25T00:30Z", "UTC")


def test_hours_elapse_over_a_change_of_clocks():
    assert when("2026-03-28 12:00", "24 hours", zone="Europe/Berlin") == "2026-03-29 13:00:00"
    assert when("2026-03-28 12:00", "1 day", zone="Europe/Berlin") == "2026-03-29 12:00:00"


def test_a_recurrence_keeps_the_clock_time_and_the_day_of_the_month_of_its_anchor():
    berlin = "Europe/Berlin"
    anchor = parse_datetime("2026-01-31 02:30", berlin)
    months = [period(anchor, Duration(1, Unit.MONTHS), n, calendar=PLAIN, zone=berlin) for n in range(1, 5)]
    seen = [str(local(moment, berlin)) for moment in months]
    assert seen == ["2026-02-28 02:30:00", "2026-03-31 02:30:00", "2026-04-30 02:30:00", "2026-05-31 02:30:00"]

    anchor = parse_datetime("2026-03-28 02:30", berlin)
    gap, after = (period(anchor, Duration(1, Unit.DAYS), n, calendar=PLAIN, zone=berlin) for n in (1, 2))
    assert [str(local(moment, berlin)) for moment in (gap, after)] == [
        "2026-03-29 03:00:00",
        "2026-03-30 02:30:00",
    ]


@pytest.mark.parametrize("offset", [Duration(3, Unit.WORKING_DAYS), Duration(5, Unit.HOURS), Duration(2, Unit.WEEKS)])
def test_the_first_of_a_recurrence_is_one_period_after_its_anchor(offset):
    anchor = parse_datetime("2026-02-20 18:30", MOSCOW)
    assert period(anchor, offset, 1, calendar=OFFICE, zone=MOSCOW) == due(anchor, offset, calendar=OFFICE, zone=MOSCOW)


@pytest.mark.parametrize("unit", list(Unit))
@pytest.mark.parametrize("sign", [1, -1])
def test_the_ends_of_the_calendar_stop_every_unit(unit, sign):
    edge = parse_datetime("9999-12-28" if sign > 0 else "0001-01-04", MOSCOW)
    moment = due(edge, Duration(1000, unit), calendar=PLAIN, zone=MOSCOW, sign=sign, at=600)
    assert local(moment, MOSCOW).year == local(edge, MOSCOW).year


@st.composite
def near_a_change(draw, units, most):
    """A zone, an anchor, a signed offset and a time of day such that the result falls near a change of clocks."""
    zone = draw(st.sampled_from(RESTLESS))
    change = draw(st.sampled_from(changes(zone)))
    unit = draw(st.sampled_from(units))
    count = draw(st.integers(-most, most))
    length = {"minutes": 1 / 1440, "hours": 1 / 24, "weeks": 7, "months": 30.4, "working_days": 1.4}.get(unit, 1)
    near = change + timedelta(seconds=draw(st.integers(-36 * 3600, 36 * 3600)))
    anchor = near - timedelta(days=count * length)
    if draw(st.booleans()):
        anchor = anchor.replace(microsecond=draw(st.integers(0, 999_999)))
    else:
        anchor = anchor.replace(microsecond=0)
    at = None
    if draw(st.booleans()):
        clock = oracle.wall(change, zone)
        at = (clock.hour * 60 + clock.minute + draw(st.integers(-120, 120))) % 1440
    return zone, anchor, count, unit, at


@settings(max_examples=4000 if DEEP else 150, deadline=None)
@given(near_a_change(["minutes", "hours", "days", "weeks", "months", "working_days"], 40))
def test_due_agrees_with_the_oracle(case):
    zone, anchor, count, unit, at = case
    expected = oracle.due(anchor, count, unit, at, zone, OFFICE.is_working)
    offset, sign = Duration(abs(count), Unit(unit)), 1 if count >= 0 else -1
    start = require_aware(anchor)
    moment = due(start, offset, at=at, calendar=OFFICE, zone=zone, sign=sign)
    assert EPOCH + timedelta(microseconds=moment) == expected
    of_each = deadline(offset, at=at, calendar=OFFICE, zone=zone, sign=sign)
    assert [of_each(start + shift) for shift in (-1, 0, 1, 0)] == [
        due(start + shift, offset, at=at, calendar=OFFICE, zone=zone, sign=sign) for shift in (-1, 0, 1, 0)
    ]


@settings(max_examples=600 if DEEP else 25, deadline=None)
@given(near_a_change(["working_hours"], 12), st.sampled_from([OFFICE, PLAIN, NIGHT]))
def test_working_hours_are_the_first_moment_by_which_so_much_was_worked(case, calendar):
    zone, anchor, count, _, _ = case
    anchor = anchor.replace(microsecond=0)
    offset, sign = Duration(abs(count), Unit.WORKING_HOURS), 1 if count >= 0 else -1
    start = require_aware(anchor)
    moment = EPOCH + timedelta(microseconds=due(start, offset, calendar=calendar, zone=zone, sign=sign))
    first, last = min(anchor, moment), max(anchor, moment)
    assert oracle.worked_seconds(first, last, zone, calendar.hours_on) == abs(count) * 3600
    if count > 0:
        last -= timedelta(seconds=1)
    elif count < 0:
        first += timedelta(seconds=1)
    if count:
        assert oracle.worked_seconds(first, last, zone, calendar.hours_on) < abs(count) * 3600


# Recurrences

STEADY = [zone for zone in RESTLESS if zone not in ("Pacific/Apia", "Pacific/Kwajalein")]  # no date is left out


def walked(anchor, length, at, zone, calendar, until):
    """Go from one period to the next, as it is told: each counts from the date of the one before."""
    clock = oracle.wall(anchor, zone).time() if at is None else time(at // 60, at % 60)
    day, moment = oracle.wall(anchor, zone), anchor
    number = 0
    while moment <= until:
        number += 1
        if length.unit in (Unit.MINUTES, Unit.HOURS):
            moment = oracle.due(moment, length.count, length.unit, None, zone, calendar.is_working)
        elif length.unit is Unit.WORKING_HOURS:
            moment = EPOCH + timedelta(microseconds=due(micro(moment), length, calendar=calendar, zone=zone))
        else:
            whole = oracle.due(moment, length.count, length.unit, 720, zone, calendar.is_working)
            day = oracle.wall(whole, zone).date()
            if length.unit is Unit.MONTHS:
                day = oracle.month_shift(oracle.wall(anchor, zone).date(), length.count * number)
            moment = oracle.moment_of(datetime.combine(day, clock), zone)
        yield moment


def micro(moment):
    return (moment - EPOCH) // timedelta(microseconds=1)


@settings(max_examples=400 if DEEP else 15, deadline=None)
@given(
    st.sampled_from(list(Unit)),
    st.integers(1, 9),
    st.sampled_from(STEADY),
    st.integers(0, 20_000_000).map(lambda minutes: datetime(1991, 6, 1, tzinfo=UTC) + timedelta(minutes=minutes)),
    st.integers(0, 60),
    st.sampled_from([None, 0, 150, 570]),
    st.sampled_from([OFFICE, PLAIN, NIGHT]),
)
def test_a_period_is_known_by_its_number_as_if_each_were_counted_from_the_one_before(
    unit, count, zone, anchor, periods, at, calendar
):
    length = Duration(count, unit)
    at = at if unit.dated else None
    start, more = micro(anchor), {"at": at, "calendar": calendar, "zone": zone}
    last = EPOCH + timedelta(microseconds=period(start, length, max(periods, 1), **more))
    slow = [micro(moment) for moment in walked(anchor, length, at, zone, calendar, last)]
    assert [period(start, length, number, **more) for number in range(1, len(slow) + 1)] == slow
    for number, moment in enumerate(slow, 1):
        assert periods_by(start, length, moment, **more) == number
        assert periods_by(start, length, moment - 1, **more) == number - 1


def steps_of(what):
    """Return how many calls of functions it takes, with nothing remembered from before."""
    for kept in (zones._steady_utc, zones._steady_local, zones._changes, country_year):
        kept.cache_clear()
    steps = 0

    def count(_frame, event, _what):
        nonlocal steps
        steps += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        what()
    finally:
        sys.setprofile(before)
    return steps


@pytest.mark.parametrize("unit", list(Unit))
@pytest.mark.parametrize("zone", [MOSCOW, "America/New_York"])
@pytest.mark.parametrize("country", [None, "RU"])
@pytest.mark.parametrize("year", ["0001-01-04T00:00:00Z", "1026-03-01T10:00", "9999-12-27T23:59:59Z"])
def test_the_age_of_an_anchor_does_not_decide_how_long_its_recurrence_is_looked_for(unit, zone, country, year):
    calendar = replace(OFFICE, country=country, off=frozenset({date(2026, 3, 30)}))
    anchor, now = parse_datetime(year, zone), parse_datetime("2026-03-02 10:00", zone)
    found = []

    def look():
        number = periods_by(anchor, Duration(1, unit), now, calendar=calendar, zone=zone) + 1
        found.extend(
            period(anchor, Duration(1, unit), n, calendar=calendar, zone=zone) for n in (max(number - 1, 1), number)
        )

    assert country_year("RU", 2026).off  # the package is loaded once in a process
    calls = steps_of(look)
    before, after = found
    assert after > now
    assert before <= now or before == after
    # Each year of clocks, or of holidays, is looked up once.
    looked_up = unit is Unit.WORKING_HOURS or (unit is Unit.WORKING_DAYS and country)
    assert calls < (500_000 if looked_up else 2_000)
