"""The values an expression reads and gives, and their types."""

from __future__ import annotations

from enum import StrEnum

from voronka.frozen import frozen

__all__ = ["Kind", "Type", "Value"]

Value = bool | int | float | str | tuple[str, ...]
"""What a field may hold. Missing is None, or no entry at all. How each `Kind` is kept is told there."""


class Kind(StrEnum):
    """What a value is, and how it is kept.

    NUMBER float; INTEGER int within 64 bits; MONEY int of minor units; PERCENT float fraction (10% is 0.1);
    DATE ISO text; DATETIME int of UTC microseconds; DURATION canonical text (``2 working days``); CHOICE the option;
    CHOICES tuple of options; REFERENCE the id or name of a record. MISSING is the kind of the word ``missing`` alone.
    """

    NUMBER = "number"
    INTEGER = "integer"
    MONEY = "money"
    PERCENT = "percent"
    TEXT = "text"
    BOOL = "bool"
    DATE = "date"
    DATETIME = "datetime"
    DURATION = "duration"
    CHOICE = "choice"
    CHOICES = "choices"
    REFERENCE = "reference"
    MISSING = "missing"


@frozen(kw_only=False)
class Type:
    """A kind and what narrows it.

    `options`: the only texts that a CHOICE, CHOICES, REFERENCE or TEXT can be; empty: any. `reference`: what kind of
    record a REFERENCE points at (``user``, ``account``, ``contact``).
    """

    kind: Kind
    options: tuple[str, ...] = ()
    reference: str | None = None
