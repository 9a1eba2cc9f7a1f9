"""Calendars and zones that several tests use."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from voronka.calendars import TimeSpan, WorkingCalendar

MOSCOW = "Europe/Moscow"
OFFICE = WorkingCalendar(
    name="ru_office",
    week=((TimeSpan(540, 1080),),) * 4 + ((TimeSpan(540, 1020),),) + ((),) * 2,
    country="RU",
)
PLAIN = WorkingCalendar(name="plain", week=((TimeSpan(540, 780), TimeSpan(840, 1080)),) * 5 + ((),) * 2)
NIGHT = WorkingCalendar(
    name="night",
    week=((TimeSpan(0, 150), TimeSpan(1320, 1440)),) * 7,
    off=frozenset({date(2026, 3, 30), date(2011, 10, 31)}),
)

# Clocks that move by half an hour, by two hours, at midnight, over a whole date, back and forth in Ramadan.
RESTLESS = (
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Asuncion",
    "America/Caracas",
    "America/Havana",
    "America/New_York",
    "America/Nuuk",
    "America/Santiago",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Antarctica/Casey",
    "Antarctica/Troll",
    "Asia/Amman",
    "Asia/Beirut",
    "Asia/Gaza",
    "Asia/Pyongyang",
    "Asia/Tehran",
    "Atlantic/Azores",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Europe/Dublin",
    "Europe/Moscow",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Pacific/Kwajalein",
)


@cache
def changes(zone: str) -> list[datetime]:
    """Return a moment within an hour after each change of the zone's clocks."""
    clock = ZoneInfo(zone)
    moment, end = datetime(1992, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
    found = []
    while moment < end:
        tomorrow = moment + timedelta(days=1)
        if moment.astimezone(clock).utcoffset() != tomorrow.astimezone(clock).utcoffset():
            hour = moment
            while hour.astimezone(clock).utcoffset() == moment.astimezone(clock).utcoffset():
                hour += timedelta(hours=1)
            found.append(hour)
        moment = tomorrow
    return found
