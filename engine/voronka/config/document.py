"""A file as it was read: its text, its tree and what is wrong with it."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache

from voronka.config.finding import Finding, Place
from voronka.config.node import Node
from voronka.frozen import frozen

__all__ = ["Document", "split_lines"]

_BREAK = re.compile(r"\r\n|\n|\r")
_ESCAPE = re.compile(r"\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|\r?\n|.)", re.DOTALL)


@frozen
class Document:
    """One file of a configuration.

    `text` is the decoded content without a byte order mark. `root` is None where nothing could be made of it;
    the findings then say why. `first_line`: the line of the file on which `text` begins (front matter: 2).
    """

    file: str
    text: str
    root: Node | None
    findings: tuple[Finding, ...] = ()
    first_line: int = 1

    @property
    def lines(self) -> list[str]:
        """The lines of the text, without their ends."""
        return split_lines(self.text)

    def within(self, node: Node, start: int, end: int) -> Place:
        """Return the place of ``node.text[start:end]``, seen through quotes, escapes and folded lines."""
        marks = _starts(self.text)
        origin = marks[node.place.line - self.first_line] + node.place.column - 1
        offsets = _offsets(self.text, origin, node)
        first = offsets[min(start, len(offsets) - 1)] if offsets else origin
        last = offsets[min(max(end, start + 1), len(offsets)) - 1] if offsets else origin
        line = bisect_right(marks, first) - 1
        line_end = _BREAK.search(self.text, first)
        stop = min(last + 1, line_end.start() if line_end else len(self.text))
        return Place(node.place.file, line + self.first_line, first - marks[line] + 1, max(1, stop - first))


@lru_cache(maxsize=8)  # a file has many expressions
def _starts(text: str) -> tuple[int, ...]:
    """Return where the lines of a text begin."""
    return 0, *(found.end() for found in _BREAK.finditer(text))


def split_lines(text: str) -> list[str]:
    """Return the lines of a text without their ends; unlike `str.splitlines` only CR and LF end one."""
    return _BREAK.split(text)


def _offsets(text: str, origin: int, node: Node) -> list[int]:
    """Return for each character of a scalar the index in `text` where it is written."""
    index = origin + (1 if node.style in {"'", '"'} else 0)
    if node.style in {"|", ">"}:
        header = _BREAK.search(text, origin)
        index = header.end() if header else origin
    offsets: list[int] = []
    for character in node.text:
        escape = _ESCAPE.match(text, index) if node.style == '"' else None
        while escape and escape.group().endswith("\n"):
            index = escape.end()
            escape = _ESCAPE.match(text, index)
        if escape:
            offsets.append(index)
            index = escape.end()
        elif character.isspace():
            offsets.append(index)
            index += text[index : index + 1] == character
        else:
            while text[index : index + 1].isspace():
                index += 1
            offsets.append(index)
            index += 2 if node.style == "'" == character else 1
    return offsets
