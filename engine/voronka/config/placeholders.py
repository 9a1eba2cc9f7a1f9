"""Templates that do nothing but fill in names and ask for them, told without Jinja2: its import takes longer."""

from __future__ import annotations

import re
from keyword import iskeyword

__all__ = ["plain_names"]

_WORDS = r"[A-Za-z_][A-Za-z0-9_]*+(?:\.[A-Za-z_][A-Za-z0-9_]*+)*+"
_NAME = rf"\{{\{{[ \t]*+(?P<name>{_WORDS})[ \t]*+\}}\}}"
_IF = rf"\{{%[ \t]*+if[ \t]++(?P<asked>{_WORDS})[ \t]*+%\}}"
_END = r"(?P<end>\{%[ \t]*+endif[ \t]*+%\})"
_PLAIN = re.compile(rf"(?:[^{{]++|\{{(?![{{%#])|{_NAME}|{_IF}|{_END})*+")
_PART = re.compile(rf"{_NAME}|{_IF}|{_END}|\r\n|\r|\n")
_VALUES = frozenset({"true", "false", "none"})  # Python's own True, False and None are keywords
_DEEPEST = 10


def plain_names(source: str) -> list[tuple[str, int, bool]] | None:
    """Return the names that `source` fills in or asks for, each with its line from 1 and whether it stands within
    “if”, in their order.

    None if anything but ``{{ name }}``, ``{{ dotted.name }}``, ``{% if name %}`` and ``{% endif %}`` stands in it: then
    Jinja2 has to read it.
    """
    if not _PLAIN.fullmatch(source):
        return None
    names: list[tuple[str, int, bool]] = []
    line, depth = 1, 0
    for part in _PART.finditer(source):
        depth += bool(part["asked"]) - bool(part["end"])
        if not 0 <= depth <= _DEEPEST:
            return None
        if name := part["name"] or part["asked"]:
            names.append((name, line, depth > 0))
        elif not part["end"]:
            line += 1
    return None if depth or any(_is_word_of_jinja(part) for name, *_ in names for part in name.split(".")) else names


def _is_word_of_jinja(word: str) -> bool:
    return iskeyword(word) or word in _VALUES
