"""Wall clocks, moments, and the texts they are written as."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.calendars import oracle
from tests.unit.calendars.samples import MOSCOW, RESTLESS, changes
from voronka.calendars import (
    DAY,
    EARLIEST,
    LATEST,
    CalendarEndError,
    TimeError,
    ZoneError,
    date_of,
    day_start,
    instant,
    local,
    parse_date,
    parse_datetime,
    require_aware,
    zone,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def test_a_naive_datetime_is_refused():
    with pytest.raises(TimeError):
        require_aware(datetime(2026, 2, 20, 18, 30))  # noqa: DTZ001


def test_an_aware_datetime_is_its_microseconds():
    moscow = timezone(timedelta(hours=3))
    assert require_aware(datetime(1970, 1, 1, 3, 0, 0, 5, tzinfo=moscow)) == 5
    assert require_aware(datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=zone("Europe/Berlin"))) == (
        parse_datetime("2026-10-25T01:30Z", "UTC")
    )


def test_a_wall_clock_carries_no_zone():
    with pytest.raises(TimeError):
        instant(datetime(2026, 2, 20, tzinfo=UTC), MOSCOW)


@pytest.mark.parametrize("name", ["", "Moscow", "Europe", "europe/nowhere", "/etc/passwd", "../UTC", "a" * 300])
def test_a_name_that_is_no_zone(name):
    with pytest.raises(ZoneError):
        zone(name)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_wall_clock_is_the_first_moment_that_shows_it_or_more(data):
    name = data.draw(st.sampled_from(RESTLESS))
    change = data.draw(st.sampled_from(changes(name)))
    wall = oracle.wall(change, name) + timedelta(minutes=data.draw(st.integers(-200, 200)))
    assert EPOCH + timedelta(microseconds=instant(wall, name)) == oracle.moment_of(wall, name)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(RESTLESS), st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)))  # noqa: DTZ001
def test_the_local_clock_is_that_of_the_zone_database(name, moment):
    moment = moment.replace(tzinfo=UTC)
    assert local(require_aware(moment), name) == oracle.wall(moment, name)
    assert date_of(require_aware(moment), name) == oracle.wall(moment, name).date()


def test_a_day_starts_at_its_first_moment():
    assert local(day_start(date(2018, 11, 4), "America/Sao_Paulo"), "America/Sao_Paulo").hour == 1
    assert day_start(date(2026, 2, 20), MOSCOW) == parse_datetime("2026-02-19T21:00Z", "UTC")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-02-20 18:30", "2026-02-20T15:30:00+00:00"),
        ("2026-02-20T18:30", "2026-02-20T15:30:00+00:00"),
        ("2026-02-20T18:30:05", "2026-02-20T15:30:05+00:00"),
        ("2026-02-20T18:30:05.25", "2026-02-20T15:30:05.250000+00:00"),
        ("2026-02-20 18:30:00.1234567", "2026-02-20T15:30:00.123456+00:00"),
        ("2026-02-20 18:30Z", "2026-02-20T18:30:00+00:00"),
        ("2026-02-20 18:30:00 +05:30", "2026-02-20T13:00:00+00:00"),
        ("2026-02-20T18:30-0200", "2026-02-20T20:30:00+00:00"),
        ("2026-02-20", "2026-02-19T21:00:00+00:00"),
        (" 2026-02-20 ", "2026-02-19T21:00:00+00:00"),
    ],
)
def test_a_datetime_is_local_unless_an_offset_is_written(text, expected):
    assert (EPOCH + timedelta(microseconds=parse_datetime(text, MOSCOW))).isoformat() == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "18:30",
        "20.02.2026 18:30",
        "2026-02-30 10:00",
        "2026-13-01",
        "2026-02-20 24:30",
        "2026-02-20 18:60",
        "2026-02-20 6:30",
        "2026-W10-1",
        "20260220",
        "2026-02-20Z",
        "2026-02-20 18:30 +99:00",
        "2026-02-20 18:30 Europe/Moscow",
        "0000-01-01 00:00",
        "２026-02-20",
    ],
)
def test_a_datetime_that_is_none(text):
    with pytest.raises(TimeError):
        parse_datetime(text, MOSCOW)


def test_dates():
    assert parse_date("2026-02-20") == date(2026, 2, 20)
    for text in ("", "2026-02-30", "20.02.2026", "2026-2-20", "2026-02-20 10:00", "20260220"):
        with pytest.raises(TimeError):
            parse_date(text)


@pytest.mark.parametrize("text", ["0001-01-04 00:00", "0001-01-04 00:00Z", "9999-12-27 23:59", "9999-12-27"])
@pytest.mark.parametrize("name", ["Pacific/Kiritimati", "Etc/GMT+12", "UTC", "America/Juneau", "Asia/Manila"])
def test_a_moment_near_the_end_of_the_calendar_stays_itself(text, name):
    moment = parse_datetime(text, name)
    assert EARLIEST < moment < LATEST
    assert local(moment, name) == datetime.fromisoformat(text) if "Z" not in text else moment == EARLIEST + DAY


@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01",
        "0001-01-01 00:00+14:00",
        "0001-01-03 23:59",
        "9999-12-28 00:01",
        "9999-12-31 23:59-12:00",
        "9999-12-31",
    ],
)
@pytest.mark.parametrize("name", ["Pacific/Kiritimati", "Etc/GMT+12", "UTC", MOSCOW])
def test_a_moment_beyond_is_refused_and_does_not_become_another(text, name):
    with pytest.raises(CalendarEndError) as caught:
        parse_datetime(text, name)
    assert text in str(caught.value)
    assert "9999-12-27" in str(caught.value.remedy)
