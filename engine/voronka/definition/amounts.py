"""Numbers, money and percentages as people and files write them, read exactly.

Thousands may be set apart by blanks; or by points where a comma with a fraction follows, and by commas where a point
does. A fraction follows a point or a comma; a comma before exactly three digits could mean thousands, and is refused
where nothing else sets those apart.
"""

from __future__ import annotations

import re
from decimal import Decimal
from math import isfinite

from voronka.calendars import Duration, DurationError, Unit
from voronka.definition.faults import ValueFault, brief, out_of_range
from voronka.definition.workspace import Currency
from voronka.messages import Plural, Text

__all__ = [
    "finite",
    "int64",
    "read_decimal",
    "read_integer",
    "read_minutes",
    "read_money",
    "read_number",
    "read_percent",
]

_MINUTES = {Unit.MINUTES: 1, Unit.HOURS: 60}
_INT64 = 2**63
_LONGEST = 40
_NUMBER = re.compile(r"[-−]?(\d+|\d{1,3}(?:[ \u00a0\u2009\u202f]\d{3})+)(?:([.,])(\d+))?", re.ASCII)
_GROUPED = re.compile(r"[-−]?\d{1,3}(?:(?:\.\d{3})+,\d+|(?:,\d{3})+\.\d+)", re.ASCII)
"""Both signs stand in it, so that the last of them is the fraction's."""


def read_decimal(text: str) -> Decimal:
    """Return the number that `text` tells exactly: ``1234.5``, ``1 234,5``, ``1.234,5``, ``1,234.5``."""
    if len(text) <= _LONGEST and _GROUPED.fullmatch(text):
        whole, fraction = re.split(r"[.,](?=\d+$)", text)
        return Decimal(f"{'' if text[0].isdigit() else '-'}{''.join(filter(str.isdigit, whole))}.{fraction}")
    written = _NUMBER.fullmatch(text) if len(text) <= _LONGEST else None
    if written is None:
        raise ValueFault(
            Text("“{text}” is not a number.", text=brief(text)), Text("Write digits, such as 1234.5 or -20.")
        )
    whole, separator, part = written.groups()
    if separator == "," and len(part) == 3 and whole.isdigit():
        raise ValueFault(
            Text("“{text}” may mean thousands or thousandths.", text=text),
            Text("Write thousands without a comma, and a fraction after a point."),
        )
    sign = "" if text[0].isdigit() else "-"
    return Decimal(f"{sign}{''.join(filter(str.isdigit, whole))}.{part or '0'}")


def read_money(text: str, currency: Currency) -> int:
    """Return an amount as minor units of `currency`; more decimal places than it has are refused."""
    amount = read_decimal(text)
    fraction = re.search(r"[.,](\d+)$", text)
    if fraction is not None and len(fraction[1]) > currency.digits:
        raise ValueFault(
            Text("“{text}” has more decimal places than {currency}.", text=text, currency=currency.code),
            Plural(
                "Write at most {n} digit after the point.",
                "Write at most {n} digits after the point.",
                n=currency.digits,
            )
            if currency.digits
            else Text("Write a whole number."),
        )
    return int64(int(amount.scaleb(currency.digits)), text)


def read_percent(text: str) -> float:
    """Return a percentage as a fraction: ``10%`` is 0.1."""
    if not text.endswith("%"):
        raise ValueFault(
            Text("“{text}” is not a percentage.", text=brief(text)),
            Text("Write it with its sign: {example}.", example="10%"),
        )
    return finite(float(read_decimal(text[:-1].rstrip()) / 100), text)


def read_integer(text: str) -> int:
    """Return a whole number."""
    number = read_decimal(text)
    if number != number.to_integral_value():
        raise ValueFault(
            Text("“{text}” is not a whole number.", text=text), Text("Write it without a fraction, such as 12.")
        )
    return int64(int(number), text)


def read_number(text: str) -> float:
    """Return a number as the nearest float."""
    return finite(float(read_decimal(text)), text)


def read_minutes(text: str) -> float:
    """Return minutes, written as a number or as a duration of minutes or hours."""
    try:
        return finite(float(read_decimal(text)), text)
    except ValueFault:
        pass
    try:
        written = Duration.parse(text)
    except DurationError:
        written = None
    if written is None or written.unit not in _MINUTES:
        raise ValueFault(
            Text("“{text}” is not a length of time in minutes.", text=brief(text)),
            Text("Write minutes as a number, or minutes or hours with the word: 10, 10 minutes, 2 hours."),
        )
    return float(written.count * _MINUTES[written.unit])


def finite(number: float, written: object) -> float:
    """Return `number`, never as -0.0, unless it is infinite or no number; `written` is what is quoted then."""
    if not isfinite(number):
        raise out_of_range(written)
    return number + 0.0


def int64(number: int, written: object) -> int:
    """Return `number` if it fits into 64 bits; `written` is what is quoted if not."""
    if not -_INT64 <= number < _INT64:
        raise out_of_range(written)
    return number
