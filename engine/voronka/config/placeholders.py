"""Templates that do nothing but fill in names, told without Jinja2: its import takes longer than most checks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from keyword import iskeyword

__all__ = ["plain_names"]

_NAME = r"\{\{[ \t]*+(?P<name>[A-Za-z_][A-Za-z0-9_]*+(?:\.[A-Za-z_][A-Za-z0-9_]*+)*+)[ \t]*+\}\}"
_PLAIN = re.compile(rf"(?:[^{{]++|\{{(?![{{%#])|{_NAME})*+")
_PART = re.compile(rf"{_NAME}|\r\n|\r|\n")
_VALUES = frozenset({"true", "false", "none"})  # Python's own True, False and None are keywords


def plain_names(source: str) -> list[tuple[str, int]] | None:
    """Return the names that `source` fills in, each with its line from 1, in their order.

    None if anything but ``{{ name }}`` and ``{{ dotted.name }}`` stands in it: then Jinja2 has to read it.
    """
    if not _PLAIN.fullmatch(source):
        return None
    names = list(_placed(source))
    return None if any(_is_word_of_jinja(part) for name, _ in names for part in name.split(".")) else names


def _placed(source: str) -> Iterator[tuple[str, int]]:
    line = 1
    for part in _PART.finditer(source):
        if part["name"] is None:
            line += 1
        else:
            yield part["name"], line


def _is_word_of_jinja(word: str) -> bool:
    return iskeyword(word) or word in _VALUES
