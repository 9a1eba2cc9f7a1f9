"""Dates and moments as people read them, and as they type back what they have read.

Answers in Russian write 20.02.2026 18:30, all others 2026-02-20 18:30. Points never stand in ISO, and a year of four
digits at the end leaves no doubt which number is the month, so that both are read whatever the language.
"""

from __future__ import annotations

import re

from voronka.calendars.zones import TimeError, local
from voronka.messages import Text

__all__ = ["in_iso", "show_date", "show_moment"]

_OTHER_ORDER = re.compile(r"\d{1,4}([/.-])\d{1,2}\1\d{1,4}(?=$|[ T])", re.ASCII)
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?=$|[ T])", re.ASCII)
_DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:$|[ T](?=\d)(?=(\d:)?))", re.ASCII)


def show_date(iso: str, language: str) -> str:
    """Return a date, given as ISO text, as it is written in the language."""
    return ".".join(reversed(iso.split("-"))) if language == "ru" else iso


def show_moment(at: int, zone: str, language: str) -> str:
    """Return a moment, given in UTC microseconds, by the clocks of the zone, to the minute."""
    moment = local(at, zone)
    return f"{show_date(moment.date().isoformat(), language)} {moment:%H:%M}"


def in_iso(text: str) -> str:
    """Return the text with a date of the form 20.02.2026 at its beginning turned into ISO; any other text as it is.

    The hour after such a date may have one digit, as spreadsheets write it: 20.02.2026 9:30. A date in another order
    raises `TimeError`: in 01/02/2026 nobody can tell which number is the month.
    """
    written = text.strip(" ")
    found = _DAY_FIRST.match(written)
    if found is None:
        if _OTHER_ORDER.match(written) and not _ISO.match(written):
            raise TimeError(
                Text("“{text}” is not a date that can be told for sure.", text=written[:60]),
                Text("Write it as in {iso} or {day_first}.", iso="2026-09-01", day_first="01.09.2026"),
            )
        return text
    day, month, year, early = found.groups()
    clock = written[found.end() :]
    return f"{year}-{month:0>2}-{day:0>2}" + (f" {'0' if early else ''}{clock}" if clock else "")
