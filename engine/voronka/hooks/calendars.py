"""Sources of public holidays."""

from __future__ import annotations

import logging
from collections.abc import Callable, MutableMapping
from dataclasses import replace
from datetime import date

from voronka.calendars.countries import CountryYear
from voronka.errors import PluginFault
from voronka.frozen import frozen
from voronka.hooks.limits import NoAnswer, call_within
from voronka.hooks.phrases import error_phrase
from voronka.hooks.plugin import check_name
from voronka.messages import Label, Sentence, Text

__all__ = ["CalendarSource", "guarded_source"]

_SECONDS = 5.0
_log = logging.getLogger("voronka.plugins")


@frozen
class CalendarSource:
    """What `holidays` of a calendar may name: the plugin's name, or ``plugin.kind``.

    `year`: the days off and the moved working days of a country (as the calendar's `country` writes it) in a year; None
    if it knows no such country. It must give the same answer every time.
    """

    name: str
    label: Label
    year: Callable[[str, int], CountryYear | None]

    def __post_init__(self) -> None:
        check_name(self.name, dotted=True)


def guarded_source(
    source: CalendarSource, troubles: MutableMapping[str, Sentence], *, seconds: float = _SECONDS
) -> CalendarSource:
    """Return the source with a `year` that ends in time and raises nothing but `PluginFault`.

    To count on without the days would set wrong dates for good. What fails is logged, and written into `troubles`. One
    that did not answer is not asked again.
    """
    silent: Text | None = None

    def year(country: str, number: int) -> CountryYear | None:
        nonlocal silent
        reason: Sentence = silent or Label.plain("")
        try:
            if silent is None:
                found = call_within(seconds, lambda: source.year(country, number))
                return None if found is None else _checked(found, number)
        except NoAnswer:
            reason = silent = Text("no answer within {seconds} s", seconds=f"{seconds:g}")
        except Exception as error:
            reason = Label.plain(error_phrase(error))
        if troubles.get(f"calendar {source.name}") != reason:
            _log.error(
                Text(
                    "The holidays of {country} {year} by {source} are not known: {reason}",
                    country=country,
                    year=number,
                    source=source.name,
                    reason=reason,
                )
            )
        troubles[f"calendar {source.name}"] = reason
        told = Text("its calendar {name} does not give the holidays: {reason}", name=source.name, reason=reason)
        raise PluginFault(source.name.partition(".")[0], told)

    return replace(source, year=year)


def _checked(found: CountryYear, number: int) -> CountryYear:
    off, work = found
    days = CountryYear(frozenset(off), frozenset(work))
    for day in (*days.off, *days.work):
        if type(day) is not date or day.year != number:
            raise ValueError(f"{day!r} is no date of the year")
    return days
