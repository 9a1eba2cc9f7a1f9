"""Texts that a small change brings into the form their place asks for: what was probably meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from voronka.calendars import Duration, DurationError
from voronka.messages import Text

__all__ = ["in_ascii", "in_working_hours", "other_way", "repaired"]

_LATIN = dict(zip("абвгдеёзийклмнопрстуфхцыэ", "abvgdeeziiklmnoprstufhcye", strict=True)) | {
    "ж": "zh",
    "ч": "ch",
    "ш": "sh",
    "щ": "sch",
    "ю": "yu",
    "я": "ya",
    "ъ": "",
    "ь": "",
}
_AMOUNT = re.compile(r"(\d{1,4})(?:[.,](\d{1,4}))?\s*([^\W\d][^\W\d .-]*(?:[ .-]+[^\W\d]+)?)\.?")
_WORKING = re.compile(r"\b(?:working|work|business|рабоч\w*|раб)")
_DAY_FIRST = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})", re.ASCII)
_FRACTION = re.compile(r"0?[.,](\d{1,4})|1(?:[.,]0+)?", re.ASCII)
_DASHES = re.compile("\\s*[-–—−]\\s*")
_SPAN = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*[-–—−]\s*(\d{1,2})(?:[:.](\d{2}))?", re.ASCII)
_NEGATIVE = re.compile(r"[-–−] *(?P<length>[0-9]+(?P<unit> [a-z]+)*)")
_OTHER_WAY = {"after": "before", "before": "after"}
_DAYS = {
    "mon": re.compile("mon(day)?|пн|пон\\w*"),
    "tue": re.compile("tue(s(day)?)?|вт|вторник"),
    "wed": re.compile("wed(nesday)?|ср|среда"),
    "thu": re.compile("thu(r(s(day)?)?)?|чт|четверг"),
    "fri": re.compile("fri(day)?|пт|пятница"),
    "sat": re.compile("sat(urday)?|сб|суббота"),
    "sun": re.compile("sun(day)?|вс|воскресенье"),
}
_SMALLER = {
    "hours": ((60, "minutes"),),
    "days": ((24, "hours"), (1_440, "minutes")),
    "weeks": ((7, "days"), (168, "hours")),
}
_UNITS = {
    "minutes": re.compile(r"min\w*|мин\w*"),
    "hours": re.compile(r"h\w*|ч(ас\w*)?"),
    "days": re.compile(r"d\w*|д|дн\w*|день|сут\w*"),
    "weeks": re.compile(r"w|wk\w*|week\w*|нед\w*"),
    "months": re.compile(r"mo\w*|мес\w*"),
}
_CURRENCIES = {"руб": "RUB", "рубль": "RUB", "рубли": "RUB", "р": "RUB", "₽": "RUB", "$": "USD", "€": "EUR"}


def repaired(text: str, schema: Mapping[str, Any]) -> str | None:
    """Return the text as the schema's pattern accepts it, where a small change makes it so."""
    pattern: str | None = schema.get("pattern")
    if pattern is None:
        return None
    plain = " ".join(text.split())
    candidates = [*_OF_FORM.get(schema.get("x-form", ""), _nothing)(plain), *_spellings(plain)]
    return next((each for each in candidates if each != text and re.search(pattern, each)), None)


def _spellings(text: str) -> Iterator[str]:
    yield from (text, text.lower(), text.upper(), f"{text}%", f"0{text}", f"{text}:00", re.sub(r"[.,-]", ":", text))


def _nothing(_: str) -> Iterator[str]:
    yield from ()


def _durations(text: str) -> Iterator[str]:
    found = _AMOUNT.fullmatch(text.lower())
    if found is None:
        return
    count, part, words = found.groups()
    word = _WORKING.sub("", words).strip(" .-")
    working = word != words
    for unit in (unit for unit, written in _UNITS.items() if written.fullmatch(word)):
        if part is not None:
            yield from _in_smaller(Fraction(f"{count}.{part}"), unit, working=working)
            return
        try:
            yield str(Duration.parse(f"{count} {'working ' if working else ''}{unit}"))
        except DurationError:
            return


def _in_smaller(count: Fraction, unit: str, *, working: bool) -> Iterator[str]:
    """Yield a broken number of units in whole ones of a smaller unit; a working day has no length of its own."""
    for times, smaller in () if working else _SMALLER.get(unit, ()):
        whole = count * times
        if whole and whole.denominator == 1:
            yield f"{whole.numerator} {smaller}"


def in_working_hours(text: str, a_day: int) -> str | None:
    """Return a broken number of working days in working hours, so many of them `a_day`; None for any other text."""
    found = _AMOUNT.fullmatch(" ".join(text.lower().split()))
    if found is None or found[2] is None:
        return None
    word = _WORKING.sub("", found[3]).strip(" .-")
    hours = Fraction(f"{found[1]}.{found[2]}") * a_day
    whole = hours and hours.denominator == 1
    return f"{hours} working hours" if whole and word != found[3] and _UNITS["days"].fullmatch(word) else None


def _percents(text: str) -> Iterator[str]:
    if _FRACTION.fullmatch(text):
        yield f"{round(float(text.replace(',', '.')) * 100, 6):g}%"
    yield text.replace(",", ".").replace(" ", "")


def _dates(text: str) -> Iterator[str]:
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year = found.groups()
        yield f"{year}-{month:>02}-{day:>02}"


def _currencies(text: str) -> Iterator[str]:
    if (word := text.rstrip(".").lower()) in _CURRENCIES:
        yield _CURRENCIES[word]


def _hours(text: str) -> Iterator[str]:
    if found := _SPAN.fullmatch(text):
        begin, minute, end, last = found.groups()
        yield f"{begin:>02}:{minute or '00'}-{end:>02}:{last or '00'}"


def _weekdays(text: str) -> Iterator[str]:
    first, dash, last = _DASHES.sub("-", text.casefold()).replace(" ", "").partition("-")
    days = [next((day for day, written in _DAYS.items() if written.fullmatch(each)), "") for each in (first, last)]
    if days[0] and bool(dash) == bool(days[1]):
        yield dash.join(days) if dash else days[0]


_OF_FORM: Mapping[str, Callable[[str], Iterator[str]]] = {
    "currency": _currencies,
    "date": _dates,
    "due": _durations,
    "duration": _durations,
    "hours": _hours,
    "percent": _percents,
    "weekdays": _weekdays,
}


def in_ascii(text: str) -> str | None:
    """Return Russian words as a name in Latin letters: ``Акме`` is ``akme``; None where that makes no name."""
    latin = "".join(_LATIN.get(letter, letter) for letter in text.casefold())
    name = re.sub(r"[^a-z0-9]+", "_", latin).strip("_")
    return name if latin.isascii() and re.fullmatch(r"[a-z][a-z0-9_]*", name) else None


def other_way(path: Sequence[str | int], text: str) -> Text | None:
    """Return how a timed event goes the other way from its anchor, if a length with a minus says that it does.

    `path`: where the length stands in the file.
    """
    key = next((each for each in reversed(path) if isinstance(each, str)), "")
    length = _NEGATIVE.fullmatch(text)
    if length is None or key not in _OTHER_WAY or "timed" not in path:
        return None
    written = f"{_OTHER_WAY[key]}: {length['length'] if length['unit'] else '2 days'}"
    if key == "after":
        return Text("What happens before its anchor stands under `before`: `{written}`.", written=written)
    return Text("What happens after its anchor stands under `after`: `{written}`.", written=written)
