"""What the package costs to import."""

import subprocess
import sys

from holidays import list_supported_countries


def test_the_holidays_package_is_loaded_only_by_a_calendar_that_names_a_country():
    script = """
import sys
from datetime import date
from voronka.calendars import TimeSpan, WorkingCalendar
week = ((TimeSpan(540, 1080),),) * 5 + ((),) * 2
WorkingCalendar(name="plain", week=week).is_working(date(2026, 1, 1))
assert "holidays" not in sys.modules
assert not WorkingCalendar(name="ru", week=week, country="RU").is_working(date(2026, 1, 1))
assert "holidays" in sys.modules
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def test_whether_a_country_is_known_is_told_without_the_holidays_package():
    script = """
import sys
from voronka.calendars import is_country
assert all(map(is_country, sys.argv[1:]))
assert "holidays" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", script, *list_supported_countries(include_aliases=False)], check=True)
