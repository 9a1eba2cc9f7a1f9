"""Latin words that were typed with Cyrillic letters."""

from __future__ import annotations

import re

from voronka.expressions import in_latin_layout
from voronka.messages import Text

__all__ = ["foreign", "typed_in_layout"]

_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")
_RUSSIAN_VOWELS = frozenset("аеёиоуыэюя")
_NO_BEGINNING = ("ы", "ь", "ъ")


def foreign(written: str) -> tuple[str, Text] | None:
    """Return code and reason where a Latin word was typed with Cyrillic letters, one of them or all."""
    strange = next((letter for letter in written if letter.isalpha() and not letter.isascii()), None)
    if strange is None:
        return None
    if any(letter.isascii() and letter.isalpha() for letter in written):
        return "V2021", Text(
            "`{written}` mixes Latin letters with «{letter}», which only looks like one.",
            written=written,
            letter=strange,
        )
    return "V2022", Text("`{written}` was typed in another keyboard layout.", written=written)


def typed_in_layout(written: str) -> str | None:
    """Return the name that was meant by a word of Cyrillic letters that is no Russian one: ``сфдд`` is ``call``.

    None for what may be a Russian word, and for what makes no name.
    """
    word = written.casefold()
    is_russian = not _RUSSIAN_VOWELS.isdisjoint(word) and not word.startswith(_NO_BEGINNING)
    typed = in_latin_layout(word)
    return typed if not is_russian and _IDENTIFIER.fullmatch(typed) else None
