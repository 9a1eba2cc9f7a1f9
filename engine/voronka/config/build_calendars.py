"""Working calendars."""

from __future__ import annotations

from datetime import date

from voronka.calendars import CalendarError, TimeSpan, WorkingCalendar, is_country
from voronka.config.names import Declaration, Declared, NameKind
from voronka.config.node import Node
from voronka.config.plugins import PluginUse
from voronka.config.report import Report
from voronka.config.scalars import day, days_of_week, hours, many, refuse
from voronka.hooks.calendars import CalendarSource
from voronka.messages import Text

__all__ = ["STANDARD_CALENDAR", "build_calendars"]

_HOLIDAYS = "holidays"
_SAMPLE = 2026
"""A year by which a source shows that it knows a country."""

STANDARD_CALENDAR = WorkingCalendar(name="standard", week=((TimeSpan(9 * 60, 18 * 60),),) * 5 + ((), ()))
"""Monday to Friday, 9 to 18, no holidays: for a workspace that names no calendar."""


def build_calendars(declared: Declared, plugins: PluginUse, report: Report) -> dict[str, WorkingCalendar]:
    """Return the declared calendars by name."""
    built = {name: _calendar(name, each, plugins, report) for name, each in declared.of(NameKind.CALENDAR).items()}
    return {name: calendar for name, calendar in built.items() if calendar is not None}


def _calendar(name: str, declaration: Declaration, plugins: PluginUse, report: Report) -> WorkingCalendar | None:
    node = declaration.value
    country, holidays = node.get("country"), node.get("holidays")
    source = plugins.built_in_holidays if holidays is None else plugins.find(CalendarSource, holidays)
    if source is None:
        return None
    if country is not None and not _is_known(source, country, plugins):
        report.error(
            "V3301",
            country.place,
            Text("The holidays of “{country}” are not known.", country=country.text),
            Text("Write the two capital letters of ISO 3166, such as RU, or list the days under “off”."),
        )
        return None
    off, work = _dates(node.get("off"), report), _dates(node.get("work"), report)
    both = sorted(off.keys() & work.keys())
    for each in both:
        report.error(
            "V3303",
            work[each].place,
            Text("{day} is both off and worked in the calendar {name}.", day=each, name=name),
            Text("Take it out of one of the two lists."),
            related=off[each].place,
        )
    if both:
        return None
    try:
        return WorkingCalendar(
            name=name,
            week=_week(node.get("hours"), report) or STANDARD_CALENDAR.week,
            off=frozenset(off),
            work=frozenset(work),
            country=country.text if country else None,
            holidays=source.name,
            year_of=source.year,
        )
    except CalendarError as fault:
        refuse(node.get("hours") or declaration.name, fault, report)
        return None


def _is_known(source: CalendarSource, country: Node, plugins: PluginUse) -> bool:
    # The package is asked by its list of countries: a year takes 0.1 s to work out.
    if source.name == _HOLIDAYS:
        return is_country(country.text)
    return plugins.knows_country(source, country, _SAMPLE)


def _dates(node: Node | None, report: Report) -> dict[date, Node]:
    days = ((day(each, report), each) for each in many(node))
    return {found: each for found, each in days if found is not None}


def _week(node: Node | None, report: Report) -> tuple[tuple[TimeSpan, ...], ...] | None:
    """Return the hours of the seven days; None where some are wrong, for what is left of them says nothing.

    None, too, where no day stands there at all: that has been told.
    """
    if node is None or not node.entries:
        return None
    is_whole = True
    week: list[tuple[TimeSpan, ...]] = [()] * 7
    written: dict[int, Node] = {}
    for key, value in node.items():
        spans = hours(value, report)
        days = days_of_week(key, report)
        is_whole = is_whole and bool(days) and len(spans) == len(many(value))
        for weekday in days:
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
    return tuple(week) if is_whole else None
