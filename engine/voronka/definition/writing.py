"""Values and moments as a consultant writes them: what `read_value` reads again."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from voronka.calendars import local, parse_datetime
from voronka.definition.fields import Field, FieldType
from voronka.definition.workspace import Currency

__all__ = ["literal", "written_moment", "written_value"]

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - what a wall clock at UTC shows


def written_moment(moment: int, zone: str) -> str:
    """Return a moment as it is written in the zone: no more of the clock than it needs, and the offset from UTC alone
    where the clock shows the same twice."""
    wall = local(moment, zone)
    clock = f"{wall:%H:%M}"
    if wall.second or wall.microsecond:
        clock = f"{wall:%H:%M:%S}"
    if wall.microsecond:
        clock = f"{clock}.{wall.microsecond:06}"
    told = f"{wall:%Y-%m-%d} {clock}"
    return told if parse_datetime(told, zone) == moment else f"{told}{_offset(wall, moment)}"


def literal(text: str) -> str:
    """Return a text as it is written where ``=`` begins an expression."""
    return f"={text}" if text.startswith("=") else text


def _offset(wall: datetime, moment: int) -> str:
    """Return by how much a wall clock is ahead of UTC at a moment, as ``+01:00``."""
    minutes = round((wall - (_EPOCH + timedelta(microseconds=moment))).total_seconds() / 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def written_value(field: Field | None, value: object, *, currency: Currency, timezone: str) -> str:
    """Return a value of a field in the form in which it is read; without a field, the value itself."""
    match None if field is None else field.type, value:
        case _, None:
            return "null"
        case _, bool():
            return "true" if value else "false"
        case _, tuple():
            return f"[{', '.join(map(str, value))}]"
        case FieldType.MONEY, int():
            return f"{Decimal(value).scaleb(-currency.digits).normalize():f}"
        case FieldType.PERCENT, float() | int():
            return f"{Decimal(f'{value * 100:.12g}').normalize():f}%"
        case FieldType.DATETIME, int():
            return written_moment(value, timezone)
        case _, float() if value.is_integer():
            return str(int(value))
        case _, float():
            return f"{Decimal(str(value)):f}"  # no exponent: a file is read without one
    return str(value)
