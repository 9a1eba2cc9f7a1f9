"""The front matter of a template: what stands between two lines ``---`` at the top of its file."""

from __future__ import annotations

import re

from voronka.config.finding import Finding, Place
from voronka.expressions import suggest
from voronka.messages import Text

__all__ = ["FRONT", "misplaced_front"]

FRONT = re.compile(r"---[ \t]*\r?\n(?P<front>.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
"""Matches the whole of it at the beginning of a text."""

_FENCE = re.compile(r"---[ \t]*")
_KEY = re.compile(r"(?P<key>[^\W\d]\w*)[ \t]*:(?:[ \t]|$)")
_SUBJECTS = ("subject", "тема")
_USUAL = frozenset({"bcc", "cc", "channel", "from", "lang", "language", "layout", "locale", "reply_to", "title", "to"})
"""Keys that letters and pages have elsewhere; no sentence begins with one in small letters and a colon."""


def misplaced_front(file: str, lines: list[str]) -> Finding | None:
    """Return what is wrong with lines that seem to hold front matter and are all read as the body; None if nothing."""
    filled = [number for number, line in enumerate(lines) if line.strip()]
    if not filled:
        return None
    first = lines[filled[0]]
    fenced = _FENCE.fullmatch(first) is not None
    keys = filled[1:] if fenced else filled
    found = _KEY.match(lines[keys[0]]) if keys else None
    if fenced and (filled[0] == 0 or found is not None):
        if filled[0] > 0:
            return _finding(
                file,
                filled[0],
                first,
                Text("Something stands above the line `---`, so what follows it goes out as the text of the message."),
                Text("Remove the empty lines above it: the first line of the file is `---`."),
            )
        return _finding(
            file,
            filled[0],
            first,
            Text("The line `---` opens the head of the template, and no other `---` closes it."),
            Text("Write a line `---` after the subject, above the text of the message."),
        )
    if found is None or not (_is_usual(found["key"]) or _is_closed(lines, filled)):
        return None
    return _finding(
        file,
        filled[0],
        first,
        Text("`{line}` stands outside of the head, so it goes out as the text of the message.", line=first.strip()),
        Text("Put it between two lines `---`, the first of which is the first line of the file."),
    )


def _finding(file: str, number: int, line: str, reason: Text, remedy: Text) -> Finding:
    return Finding(
        code="V3610", place=Place(file, number + 1, 1, max(1, len(line.rstrip()))), reason=reason, remedy=remedy
    )


def _is_usual(key: str) -> bool:
    return key in _USUAL or key.casefold() in _SUBJECTS or suggest(key.casefold(), _SUBJECTS) is not None


def _is_closed(lines: list[str], filled: list[int]) -> bool:
    """Tell whether nothing but keys with values stand above the first line ``---``."""
    for number in filled:
        if _FENCE.fullmatch(lines[number]):
            return True
        found = _KEY.match(lines[number])
        if found is None or not found["key"].islower():
            return False
    return False
