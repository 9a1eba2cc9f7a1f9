"""The HTML form of a message: the template's Markdown, with every value as plain text in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from urllib.parse import quote

from markdown_it import MarkdownIt
from markdown_it.token import Token

from voronka.runtime.filling import fill

__all__ = ["html_of"]

_LINKS = frozenset({"href", "src"})
_WITHIN_LINK = "@:+,~/"


class _Reader(MarkdownIt):
    """Reads Markdown without HTML in it; line breaks stay, as in the plain form of the message.

    Links are taken as they are written: they are judged when their values are in them.
    """

    def __init__(self) -> None:
        super().__init__("commonmark", {"html": False, "breaks": True})
        self.enable("table").disable("code")

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - the library's name
        return url

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the library's name
        return True

    def judged(self, url: str) -> str:
        """Return a whole link as HTML may hold it; empty if it would run a script or read a file."""
        link = super().normalizeLink(url)
        return link if super().validateLink(link) else ""


@cache
def _reader() -> _Reader:
    return _Reader()


def html_of(source: str, values: Sequence[str]) -> str:
    """Return Markdown with marks (see `voronka.runtime.filling`) as HTML with `values`, escaped, in their places."""
    reader = _reader()
    tokens = reader.parse(source)
    for token in tokens:
        _fill(token, values, reader)
    rendered: str = reader.renderer.render(tokens, reader.options, {})
    return rendered


def _fill(token: Token, values: Sequence[str], reader: _Reader) -> None:
    token.info = fill(token.info, values)
    for name, value in token.attrs.items():
        if isinstance(value, str):
            token.attrs[name] = reader.judged(fill(value, values, _in_link)) if name in _LINKS else fill(value, values)
    if token.children is None:
        token.content = fill(token.content, values)
        return
    for child in token.children:
        _fill(child, values, reader)
    token.children = list(_with_breaks(token.children))


def _in_link(value: str, place: int) -> str:
    """Return a value as part of a link: one that begins it is a link itself, any other only a part of it."""
    return value.strip() if place == 0 else quote(value, safe=_WITHIN_LINK)


def _with_breaks(tokens: Iterable[Token]) -> Iterator[Token]:
    """Yield the tokens with the line breaks of values, which HTML would run together."""
    for token in tokens:
        lines = token.content.split("\n") if token.type == "text" else [token.content]
        for number, line in enumerate(lines):
            if number:
                yield Token("hardbreak", "br", 0)
            yield token if len(lines) == 1 else token.copy(content=line)
