"""When a message may leave by all its hours, and that hours which never meet are found out."""

from __future__ import annotations

from datetime import datetime

import pytest

from voronka.calendars import DailyWindow, instant
from voronka.runtime.sending_hours import not_before

MOSCOW, VLADIVOSTOK, NEW_YORK = "Europe/Moscow", "Asia/Vladivostok", "America/New_York"


def hours(start: int, end: int) -> DailyWindow:
    return DailyWindow(start * 60, end * 60)


@pytest.mark.parametrize(
    ("given", "opens"),
    [
        ((), "2026-03-02 12:00"),
        (((hours(9, 21), MOSCOW),), "2026-03-02 12:00"),
        (((hours(15, 18), MOSCOW),), "2026-03-02 15:00"),
        (((hours(9, 21), MOSCOW), (hours(15, 18), MOSCOW)), "2026-03-02 15:00"),
        (((hours(9, 21), VLADIVOSTOK), (hours(11, 16), MOSCOW)), "2026-03-02 12:00"),
        (((hours(9, 21), VLADIVOSTOK), (hours(13, 16), MOSCOW)), "2026-03-02 13:00"),
        (((hours(9, 21), VLADIVOSTOK), (hours(1, 3), MOSCOW)), "2026-03-03 02:00"),
        (((hours(9, 21), VLADIVOSTOK), (hours(15, 18), MOSCOW)), None),
        (((hours(9, 21), MOSCOW), (hours(22, 23), MOSCOW)), None),
        # New York puts its clocks forward on the 8th: until then the hour of noon there is 20:00 in Moscow.
        (((hours(12, 13), NEW_YORK), (hours(19, 20), MOSCOW)), "2026-03-08 19:00"),
    ],
)
def test_a_message_leaves_at_the_first_moment_in_all_its_hours(given, opens: str | None) -> None:
    now = instant(datetime.fromisoformat("2026-03-02 12:00"), MOSCOW)
    assert not_before(given, now) == (None if opens is None else instant(datetime.fromisoformat(opens), MOSCOW))
