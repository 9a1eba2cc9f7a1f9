"""What a document is made of, whatever it is written as: sections, sentences, lists, tables, a drawing."""

from __future__ import annotations

from typing import TypeAlias

from voronka.frozen import frozen

__all__ = [
    "Block",
    "Bullet",
    "Bullets",
    "Code",
    "Document",
    "Drawing",
    "Facts",
    "Grid",
    "Line",
    "Link",
    "Paragraph",
    "Section",
]


@frozen(kw_only=False)
class Code:
    """A name or an expression as it is written in the configuration."""

    text: str


@frozen(kw_only=False)
class Link:
    """Words that lead to another document, which stands in the same folder."""

    text: str
    target: str


Line: TypeAlias = tuple[str | Code | Link, ...]
"""Words with names and links among them."""


@frozen(kw_only=False)
class Paragraph:
    """A sentence or several."""

    line: Line


@frozen(kw_only=False)
class Bullet:
    """An item of a list, with a list below it."""

    line: Line
    below: tuple[Bullet, ...] = ()


@frozen(kw_only=False)
class Bullets:
    """A list."""

    items: tuple[Bullet, ...]


@frozen(kw_only=False)
class Facts:
    """What is known of a thing: a name and a value each."""

    rows: tuple[tuple[str, Line], ...]


@frozen(kw_only=False)
class Grid:
    """A table; the first cell of a row says what the row is of."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Line, ...], ...]


@frozen(kw_only=False)
class Drawing:
    """A picture: its SVG, the name of the file that it is written to, and what it shows."""

    svg: str
    file: str
    shows: str


@frozen(kw_only=False)
class Section:
    """A part of a document with a title of its own."""

    title: str
    blocks: tuple[Block, ...]


Block: TypeAlias = Paragraph | Bullets | Facts | Grid | Drawing | Section


@frozen
class Document:
    """A document in one language. `name`: that of its file, without an ending; `lead`: what it is for."""

    name: str
    title: str
    lead: str
    blocks: tuple[Block, ...]
