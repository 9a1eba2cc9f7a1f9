"""The example of the language reference that must hold for ever."""

import pytest

from voronka.calendars import Duration, TimeSpan, WorkingCalendar, due, local, parse_datetime

MOSCOW = "Europe/Moscow"
OFFICE = WorkingCalendar(
    name="ru_office",
    week=((TimeSpan(540, 1080),),) * 4 + ((TimeSpan(540, 1020),),) + ((),) * 2,
    country="RU",
)


@pytest.mark.parametrize(
    ("offset", "expected"),
    [
        ("2 working days", "2026-02-25 10:00:00"),  # Monday the 23rd is a holiday
        ("2 days", "2026-02-22 10:00:00"),
    ],
)
def test_a_deal_that_entered_on_friday_evening_at_ten_o_clock(offset, expected):
    entered = parse_datetime("2026-02-20 18:30", MOSCOW)
    moment = due(entered, Duration.parse(offset), at=10 * 60, calendar=OFFICE, zone=MOSCOW)
    assert str(local(moment, MOSCOW)) == expected
