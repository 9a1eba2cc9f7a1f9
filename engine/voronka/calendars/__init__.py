"""Working time, time zones and the arithmetic of moments. Pure: no clock is read here."""

from voronka.calendars.calendar import CalendarError, TimeSpan, WorkingCalendar
from voronka.calendars.countries import is_country
from voronka.calendars.deadlines import DATE_CLOCK, deadline, due, period, periods_by
from voronka.calendars.duration import Duration, DurationError, Unit
from voronka.calendars.schedules import DailySchedule, IntervalSchedule, Schedule, due_again, next_time
from voronka.calendars.windows import DailyWindow
from voronka.calendars.writing import in_iso, show_date, show_moment
from voronka.calendars.zones import (
    DAY,
    EARLIEST,
    HOUR,
    LATEST,
    MINUTE,
    CalendarEndError,
    TimeError,
    ZoneError,
    date_of,
    day_start,
    instant,
    local,
    moment_on,
    parse_date,
    parse_datetime,
    require_aware,
    split_local,
    zone,
)

__all__ = [
    "DATE_CLOCK",
    "DAY",
    "EARLIEST",
    "HOUR",
    "LATEST",
    "MINUTE",
    "CalendarEndError",
    "CalendarError",
    "DailySchedule",
    "DailyWindow",
    "Duration",
    "DurationError",
    "IntervalSchedule",
    "Schedule",
    "TimeError",
    "TimeSpan",
    "Unit",
    "WorkingCalendar",
    "ZoneError",
    "date_of",
    "day_start",
    "deadline",
    "due",
    "due_again",
    "in_iso",
    "instant",
    "is_country",
    "local",
    "moment_on",
    "next_time",
    "parse_date",
    "parse_datetime",
    "period",
    "periods_by",
    "require_aware",
    "show_date",
    "show_moment",
    "split_local",
    "zone",
]
