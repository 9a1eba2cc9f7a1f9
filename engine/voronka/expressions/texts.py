"""Small letters, by one table: what a database calls them depends on its build and its locale."""

from __future__ import annotations

__all__ = ["LOWERED", "lower"]

_CAPITALS = [*range(0x41, 0x5B), *range(0xC0, 0xD7), *range(0xD8, 0xDF), *range(0x400, 0x430)]

LOWERED = {chr(code): chr(code).lower() for code in _CAPITALS}
"""The capital letters of Latin (with Latin-1) and Cyrillic (U+0400 to U+042F), each with its one small letter."""

_TABLE = str.maketrans(LOWERED)


def lower(text: str) -> str:
    """Return `text` with the capital letters of `LOWERED` made small."""
    return text.lower() if text.isascii() else text.translate(_TABLE)
