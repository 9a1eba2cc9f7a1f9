"""Sources of public holidays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from voronka.calendars.countries import CountryYear
from voronka.hooks.plugin import check_name
from voronka.messages import Label

__all__ = ["CalendarSource"]


@dataclass(frozen=True, kw_only=True, slots=True)
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
