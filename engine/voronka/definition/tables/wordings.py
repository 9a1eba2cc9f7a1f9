"""Cells in words or signs of other tables, and what stands for them here: to be shown where such a cell is refused."""

from __future__ import annotations

import re

__all__ = ["meant_by"]

_ANY = "any|all|every|else|otherwise|rest|\\*|люб(?:ой|ая|ое|ые)|вс[её]|иначе|проч(?:ие|ее)|остальн(?:ые|ое)"
_MISSING = "none|null|empty|no value|пусто|нет|не заполнено|неизвестно"
_VALUE = r"([-−]?\d.*)"
_NUMBER = r"([-−]?\d[\d.,\u00a0 ]*(?:\s*%)?)"
_WORDS: tuple[tuple[str, str], ...] = (
    (rf"(?:from|between|от|с|между)\s+{_NUMBER}\s+(?:to|and|до|по|и)\s+{_NUMBER}", "{}..{}"),
    (rf"{_NUMBER}\s*(?:-|to|до)\s*{_NUMBER}", "{}..{}"),
    (rf"(?:at least|not less than|больше или равно|не меньше|не менее|от)\s+{_VALUE}", ">= {}"),
    (rf"(?:at most|not more than|up to|меньше или равно|не больше|не более|до)\s+{_VALUE}", "<= {}"),
    (rf"(?:more than|greater than|over|above|больше|более|свыше|выше)\s+{_VALUE}", "> {}"),
    (rf"(?:less than|below|under|меньше|менее|ниже)\s+{_VALUE}", "< {}"),
    (rf"(?:=>|>\s*=|≥)\s*{_VALUE}", ">= {}"),
    (rf"(?:=<|<\s*=|≤)\s*{_VALUE}", "<= {}"),
    (rf"{_NUMBER}\s*\+", ">= {}"),
)


def meant_by(text: str, *, ordered: bool) -> str | None:
    """Return how a cell that is no value is written; None if that cannot be seen. `ordered`: of numbers."""
    said = text.casefold()
    if re.fullmatch(_ANY, said):
        return "any"
    if ordered:
        if re.fullmatch(_MISSING, said):
            return "missing"
        for pattern, written in _WORDS:
            if found := re.fullmatch(pattern, said):
                return written.format(*(each.strip() for each in found.groups()))
    return None
