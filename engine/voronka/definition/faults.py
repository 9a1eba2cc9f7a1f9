"""What is wrong with a value."""

from __future__ import annotations

from voronka.errors import UsageFault
from voronka.messages import Text

__all__ = ["ValueFault", "brief", "out_of_range"]


class ValueFault(UsageFault):
    """A text or a value that a field cannot hold. `place`, once known, is the field's name."""


def brief(value: object) -> str:
    """Return what a sentence quotes of a value."""
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def out_of_range(value: object) -> ValueFault:
    """Return the fault of a value too far from zero to be kept."""
    return ValueFault(Text("{value} is out of range.", value=brief(value)), Text("Write a smaller value."))
