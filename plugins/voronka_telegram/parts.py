"""Long texts in parts that Telegram takes."""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["LONGEST", "parts"]

LONGEST = 4096
"""A message of Telegram has at most so many characters, those beyond U+FFFF counted twice."""

_ENDS = ("\n\n", "\n", ". ", " ")


def parts(text: str) -> list[str]:
    """Return `text` in parts of at most `LONGEST`, cut at the end of a paragraph, else a line, a sentence, a word."""
    return [part for part in _cut(text.strip()) if part]


def _cut(text: str) -> Iterator[str]:
    while text:
        most = _fitting(text)
        if most == len(text):
            yield text
            return
        end = _end(text[:most])
        yield text[:end].rstrip()
        text = text[end:].lstrip()


def _fitting(text: str) -> int:
    """Return how many characters from the beginning fit into one part."""
    room = LONGEST
    for place, character in enumerate(text):
        room -= 2 if character > "\uffff" else 1
        if room < 0:
            return place
    return len(text)


def _end(text: str) -> int:
    """Return where to cut: the first kind of end that leaves at least half of what fits."""
    for end in _ENDS:
        place = text.rfind(end)
        if place >= len(text) // 2:
            return place + len(end)
    return len(text)
