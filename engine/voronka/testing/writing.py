"""Values and moments as a consultant writes them in a scenario."""

from __future__ import annotations

from decimal import Decimal

from voronka.calendars import local
from voronka.definition.fields import Field, FieldType
from voronka.definition.workspace import Workspace

__all__ = ["as_written", "written_moment"]


def written_moment(moment: int, zone: str) -> str:
    """Return a moment as it is written in the zone: no more of the clock than it needs."""
    wall = local(moment, zone)
    clock = f"{wall:%H:%M}"
    if wall.second or wall.microsecond:
        clock = f"{wall:%H:%M:%S}"
    if wall.microsecond:
        clock = f"{clock}.{wall.microsecond:06}"
    return f"{wall:%Y-%m-%d} {clock}"


def as_written(field: Field | None, value: object, workspace: Workspace) -> str:
    """Return a value of a field in the form in which it is read; without a field, the value itself."""
    match None if field is None else field.type, value:
        case _, None:
            return "null"
        case _, bool():
            return "true" if value else "false"
        case _, tuple():
            return f"[{', '.join(map(str, value))}]"
        case FieldType.MONEY, int():
            return f"{Decimal(value).scaleb(-workspace.currency.digits).normalize():f}"
        case FieldType.PERCENT, float() | int():
            return f"{Decimal(f'{value * 100:.12g}').normalize():f}%"
        case FieldType.DATETIME, int():
            return written_moment(value, workspace.timezone)
        case _, float() if value.is_integer():
            return str(int(value))
    return str(value)
