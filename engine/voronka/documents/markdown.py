"""A document as Markdown that common viewers show alike: headings, lists, tables, no HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from voronka.documents.parts import (
    Block,
    Bullet,
    Bullets,
    Code,
    Document,
    Drawing,
    Facts,
    Grid,
    Line,
    Link,
    Paragraph,
    Section,
)

__all__ = ["markdown_of"]

_MEANING = re.compile(r"([\\`*_{}\[\]<>#|~$&])")
_AT_START = re.compile(r"^(\d+)([.)])|^([+-])(?=\s|$)|^(=+|-+)(?=\s*$)")
_BLANKS = re.compile(r"[ \t\r\n]+")
_TICKS = re.compile(r"`+")


def markdown_of(document: Document) -> str:
    """Return the text of a document; it ends with a line end."""
    blocks = [f"# {_escaped(document.title)}", _escaped(document.lead), *_blocks(document.blocks, 2)]
    return "\n\n".join(blocks) + "\n"


def _blocks(blocks: Sequence[Block], level: int) -> Iterator[str]:
    for block in blocks:
        match block:
            case Section(title=title, blocks=inner):
                yield f"{'#' * min(level, 6)} {_escaped(title)}"
                yield from _blocks(inner, level + 1)
            case Paragraph(line=line):
                yield _started(_line(line))
            case Bullets(items=items):
                yield "\n".join(_bullets(items, ""))
            case Facts(rows=rows):
                yield "\n".join(f"- **{_escaped(name)}:** {_line(line)}" for name, line in rows)
            case Grid(columns=columns, rows=rows):
                yield "\n".join(_grid(columns, rows))
            case Drawing(file=file, shows=shows):
                yield f"![{_escaped(shows)}]({file})"


def _bullets(items: Sequence[Bullet], indent: str) -> Iterator[str]:
    for item in items:
        yield f"{indent}- {_started(_line(item.line))}"
        yield from _bullets(item.below, indent + "  ")


def _grid(columns: Sequence[str], rows: Sequence[Sequence[Line]]) -> Iterator[str]:
    yield f"| {' | '.join(map(_escaped, columns))} |"
    yield f"|{' --- |' * len(columns)}"
    for row in rows:
        yield f"| {' | '.join(_line(cell, of_table=True) for cell in row)} |"


def _line(line: Line, *, of_table: bool = False) -> str:
    return "".join(_part(part, of_table) for part in line)


def _part(part: str | Code | Link, of_table: bool) -> str:
    match part:
        case Code(text=text):
            return _code(text, of_table)
        case Link(text=text, target=target):
            return f"[{_escaped(text)}]({target})"
    return _escaped(part)


def _code(text: str, of_table: bool) -> str:
    """Return a text in as many backticks as it needs; a bar ends a cell of a table even there."""
    written = " ".join(text.split())
    if of_table:
        written = written.replace("|", r"\|")
    longest = max((len(ticks) for ticks in _TICKS.findall(written)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if longest else ""
    return f"{fence}{pad}{written}{pad}{fence}"


def _escaped(text: str) -> str:
    """Return words on one line whose signs mean nothing; blanks at their ends stay."""
    return _MEANING.sub(r"\\\1", _BLANKS.sub(" ", text))


def _started(text: str) -> str:
    """Return a text that would begin a list or a heading, so that it does not."""
    return _AT_START.sub(lambda found: f"{found[1]}\\{found[2]}" if found[1] else f"\\{found[0]}", text)
