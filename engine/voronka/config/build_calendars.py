"""Working calendars."""

from __future__ import annotations

from datetime import date

from voronka.calendars import CalendarError, TimeSpan, WorkingCalendar, is_country
from voronka.config.names import Declaration, Declared, NameKind
from voronka.config.node import Node
from voronka.config.report import Report
from voronka.config.scalars import day, days_of_week, hours, many, refuse
from voronka.messages import Text

__all__ = ["STANDARD_CALENDAR", "build_calendars"]

STANDARD_CALENDAR = WorkingCalendar(name="standard", week=((TimeSpan(9 * 60, 18 * 60),),) * 5 + ((), ()))
"""Monday to Friday, 9 to 18, no holidays: for a workspace that names no calendar."""


def build_calendars(declared: Declared, report: Report) -> dict[str, WorkingCalendar]:
    """Return the declared calendars by name."""
    built = {name: _calendar(name, each, report) for name, each in declared.of(NameKind.CALENDAR).items()}
    return {name: calendar for name, calendar in built.items() if calendar is not None}


def _calendar(name: str, declaration: Declaration, report: Report) -> WorkingCalendar | None:
    node = declaration.value
    country = node.get("country")
    if country is not None and not is_country(country.text):
        report.error(
            "V3301",
            country.place,
            Text("The holidays of “{country}” are not known.", country=country.text),
            Text("Write the two capital letters of ISO 3166, such as RU, or list the days under “off”."),
        )
        return None
    try:
        return WorkingCalendar(
            name=name,
            week=_week(node.get("hours"), report),
            off=_dates(node.get("off"), report),
            work=_dates(node.get("work"), report),
            country=country.text if country else None,
        )
    except CalendarError as fault:
        refuse(node.get("hours") or declaration.name, fault, report)
        return None


def _dates(node: Node | None, report: Report) -> frozenset[date]:
    days = (day(each, report) for each in many(node))
    return frozenset(each for each in days if each is not None)


def _week(node: Node | None, report: Report) -> tuple[tuple[TimeSpan, ...], ...]:
    if node is None:
        return STANDARD_CALENDAR.week
    week: list[tuple[TimeSpan, ...]] = [()] * 7
    written: dict[int, Node] = {}
    for key, value in node.items():
        spans = hours(value, report)
        for weekday in days_of_week(key, report):
            if weekday in written:
                report.error(
                    "V3302",
                    key.place,
                    Text(
                        "The hours of a day are written twice: “{first}” and “{second}”.",
                        first=written[weekday].text,
                        second=key.text,
                    ),
                    Text("Write each day of the week once."),
                    related=written[weekday].place,
                )
            written[weekday] = key
            week[weekday] = spans
    return tuple(week)
