"""Marks that stand for values in a text while it is read as something else, such as Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

__all__ = ["fill", "mark"]

# Characters for private use: no letter, space or sign to any reader of text.
_MARK = re.compile("\ue000([0-9]{1,6})\ue001")


def mark(place: int) -> str:
    """Return what stands for the value at a `place` of the list that `fill` is given."""
    return f"\ue000{place}\ue001"


def fill(text: str, values: Sequence[str], shown: Callable[[str, int], str] = lambda value, _: value) -> str:
    """Return `text` with its values in it. `shown`: how a value is written, by itself and where its mark begins.

    A value is not searched for marks. A mark that stands for nothing goes.
    """

    def written(found: re.Match[str]) -> str:
        place = int(found[1])
        return shown(values[place], found.start()) if place < len(values) else ""

    return _MARK.sub(written, text)
