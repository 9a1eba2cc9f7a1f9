"""Working calendars: the Russian one with its moved days, exceptions, counting."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.calendars.samples import NIGHT, OFFICE, PLAIN
from voronka.calendars import CalendarError, TimeSpan, WorkingCalendar, is_country

NINE_TO_SIX = (TimeSpan(540, 1080),)
WEEK = (NINE_TO_SIX,) * 5 + ((),) * 2

# The production calendars of the Russian Federation: weekdays that are off, weekend days that are worked.
RUSSIAN_YEARS = {
    2020: (
        "01-01 01-02 01-03 01-06 01-07 01-08 02-24 03-09 05-01 05-04 05-05 05-11 06-12 11-04",
        "",
    ),
    2021: (
        "01-01 01-04 01-05 01-06 01-07 01-08 02-22 02-23 03-08 05-03 05-10 06-14 11-04 11-05 12-31",
        "02-20",
    ),
    2022: (
        "01-03 01-04 01-05 01-06 01-07 02-23 03-07 03-08 05-02 05-03 05-09 05-10 06-13 11-04",
        "03-05",
    ),
    2023: (
        "01-02 01-03 01-04 01-05 01-06 02-23 02-24 03-08 05-01 05-08 05-09 06-12 11-06",
        "",
    ),
    2024: (
        "01-01 01-02 01-03 01-04 01-05 01-08 02-23 03-08 04-29 04-30 05-01 05-09 05-10 06-12 11-04 12-30 12-31",
        "04-27 11-02 12-28",
    ),
    2025: (
        "01-01 01-02 01-03 01-06 01-07 01-08 05-01 05-02 05-08 05-09 06-12 06-13 11-03 11-04 12-31",
        "11-01",
    ),
    2026: (
        "01-01 01-02 01-05 01-06 01-07 01-08 01-09 02-23 03-09 05-01 05-11 06-12 11-04 12-31",
        "",
    ),
}
WORKING_DAYS = {2020: 248, 2021: 247, 2022: 247, 2023: 247, 2024: 248, 2025: 247, 2026: 247}


def days_of(year):
    return [date(year, 1, 1) + timedelta(days=day) for day in range(date(year, 12, 31).timetuple().tm_yday)]


@pytest.mark.parametrize("year", RUSSIAN_YEARS)
def test_the_russian_production_calendar(year):
    off, worked = RUSSIAN_YEARS[year]
    weekdays_off = [f"{d:%m-%d}" for d in days_of(year) if d.weekday() < 5 and not OFFICE.is_working(d)]
    weekend_worked = [f"{d:%m-%d}" for d in days_of(year) if d.weekday() > 4 and OFFICE.is_working(d)]
    assert (weekdays_off, weekend_worked) == (off.split(), worked.split())
    assert sum(map(OFFICE.is_working, days_of(year))) == WORKING_DAYS[year]


def test_the_configuration_overrides_the_country():
    calendar = WorkingCalendar(
        name="own",
        week=WEEK,
        country="RU",
        off=frozenset({date(2024, 4, 27), date(2026, 12, 30)}),
        work=frozenset({date(2026, 2, 23), date(2026, 2, 28)}),
    )
    assert calendar.is_working(date(2026, 2, 23))
    assert calendar.is_working(date(2026, 2, 28))
    assert not calendar.is_working(date(2026, 12, 30))
    assert not calendar.is_working(date(2024, 4, 27))


def test_a_calendar_without_a_country_knows_no_holidays():
    assert PLAIN.is_working(date(2026, 1, 1))
    assert not PLAIN.is_working(date(2026, 1, 3))


def test_hours_of_a_day():
    assert OFFICE.hours_on(date(2026, 2, 19)) == (TimeSpan(540, 1080),)
    assert OFFICE.hours_on(date(2026, 2, 20)) == (TimeSpan(540, 1020),)
    assert OFFICE.hours_on(date(2026, 2, 23)) == ()
    assert OFFICE.hours_on(date(2024, 4, 27)) == (TimeSpan(540, 1020),)  # as the Friday before
    sundays = WorkingCalendar(name="s", week=WEEK, work=frozenset({date(2026, 3, 1)}))
    assert sundays.hours_on(date(2026, 3, 1)) == NINE_TO_SIX


@pytest.mark.parametrize(
    ("start", "count", "expected"),
    [
        ("2026-02-20", 1, "2026-02-24"),
        ("2026-02-21", 1, "2026-02-24"),
        ("2026-02-21", -1, "2026-02-20"),
        ("2026-02-24", -1, "2026-02-20"),
        ("2026-02-21", 0, "2026-02-21"),
        ("2025-12-30", 1, "2026-01-12"),
        ("2026-01-12", -1, "2025-12-30"),
        ("2024-04-26", 2, "2024-05-02"),
    ],
)
def test_the_nth_working_date(start, count, expected):
    assert str(OFFICE.add_working_days(date.fromisoformat(start), count)) == expected


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-02-20", "2026-02-20", 0),
        ("2026-02-20", "2026-02-24", 1),
        ("2026-02-20", "2026-02-23", 0),
        ("2026-02-19", "2026-02-20", 1),
        ("2026-02-24", "2026-02-20", -1),
        ("2025-12-31", "2026-12-31", 247),
        ("2019-12-31", "2026-12-31", sum(WORKING_DAYS.values())),
    ],
)
def test_working_dates_after_one_up_to_and_including_another(start, end, expected):
    assert OFFICE.working_days_between(date.fromisoformat(start), date.fromisoformat(end)) == expected


@given(
    st.sampled_from([OFFICE, PLAIN, NIGHT]),
    st.dates(date(2005, 1, 1), date(2030, 1, 1)),
    st.integers(1, 600),
)
def test_adding_and_counting_working_days_agree(calendar, day, count):
    later, earlier = calendar.add_working_days(day, count), calendar.add_working_days(day, -count)
    assert calendar.is_working(later)
    assert calendar.is_working(earlier)
    assert calendar.working_days_between(day, later) == count
    assert calendar.working_days_between(earlier - timedelta(days=1), day) == count + calendar.is_working(day)


OWN = WorkingCalendar(
    name="own",
    week=WEEK,
    off=frozenset({date(206, 3, 1), date(2026, 3, 30), date(2026, 3, 31)}),
    work=frozenset({date(1026, 7, 7), date(2026, 2, 28), *(date(7000, 1, 1) + timedelta(days=n) for n in range(300))}),
)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([OWN, PLAIN, OFFICE]), st.dates(), st.integers(1, 1_500_000))
def test_working_days_are_counted_over_thousands_of_years(calendar, day, count):
    later = calendar.add_working_days(day, count)
    if later < date.max:
        assert calendar.is_working(later)
        assert calendar.working_days_between(day, later) == count


@settings(max_examples=20, deadline=None)
@given(st.dates(date(195, 1, 1), date(215, 1, 1)) | st.dates(date(1890, 1, 1), date(1910, 1, 1)), st.integers(0, 4000))
def test_working_days_and_minutes_are_the_sum_of_the_dates(day, length):
    dates = [day + timedelta(days=n) for n in range(1, length + 1)]
    for calendar in (OWN, OFFICE):
        assert calendar.working_days_between(day, day + timedelta(days=length)) == sum(map(calendar.is_working, dates))
        minutes = sum(span.end - span.start for each in dates for span in calendar.hours_on(each))
        assert calendar.minutes_between(day.toordinal(), day.toordinal() + length) == minutes


def test_the_ends_of_time_stop_the_count():
    assert PLAIN.add_working_days(date(9999, 12, 30), 5) == date.max
    assert PLAIN.add_working_days(date(1, 1, 3), -5) == date.min


def test_calendars_are_equal_by_what_they_say():
    twin = WorkingCalendar(name="ru_office", week=OFFICE.week, country="RU")
    assert twin.is_working(date(2026, 2, 24))
    assert (twin, hash(twin)) == (OFFICE, hash(OFFICE))
    assert twin != PLAIN


@pytest.mark.parametrize(
    "parts",
    [
        {"week": ((),) * 7},
        {"week": WEEK[:5]},
        {"week": ((TimeSpan(540, 1080), TimeSpan(1000, 1100)),) * 7},
        {"week": ((TimeSpan(1080, 540),),) * 7},
        {"week": ((TimeSpan(540, 540),),) * 7},
        {"week": ((TimeSpan(-60, 540),),) * 7},
        {"week": ((TimeSpan(540, 1500),),) * 7},
        {"week": WEEK, "off": frozenset({date(2026, 1, 1)}), "work": frozenset({date(2026, 1, 1)})},
    ],
)
def test_a_calendar_that_cannot_be_is_refused(parts):
    with pytest.raises(CalendarError):
        WorkingCalendar(name="bad", **parts)


def test_countries():
    assert is_country("RU")
    assert not is_country("RUS")
    assert not is_country("XX")
