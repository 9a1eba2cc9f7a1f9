"""The comment at the top of a YAML file that names its schema: editors without a settings file go by it."""

from __future__ import annotations

import re
from collections.abc import Callable

__all__ = ["with_modeline"]

_MODELINE = re.compile(
    rb"(?:^|(?<=\xef\xbb\xbf))#[ \t]+yaml-language-server[ \t]*:.*?\$schema=(?P<schema>\S+)", re.MULTILINE
)
_COMMENTS = re.compile(rb"(?:[ \t]*(?:#[^\r\n]*)?(?:\r\n|\n|\r|\Z))*")
_MARK = b"\xef\xbb\xbf"


def with_modeline(content: bytes, schema: str, *, ours: Callable[[str], bool], add: bool) -> bytes:
    """Return the file with a modeline that names `schema` (a path relative to it), all else byte for byte the same.

    A modeline among the comments at the top stays if it names a schema that is not `ours`, else it names this one now.
    Where there is none, it becomes the first line if one is to be `add`ed.
    """
    start = len(_MARK) if content.startswith(_MARK) else 0
    top = _COMMENTS.match(content, start)
    found = _MODELINE.search(content, start, top.end() if top else start)
    if found is None:
        if not add:
            return content
        newline = b"\r\n" if b"\r\n" in content else b"\n"
        return content[:start] + f"# yaml-language-server: $schema={schema}".encode() + newline + content[start:]
    if not ours(found["schema"].decode(errors="replace")):
        return content
    return content[: found.start("schema")] + schema.encode() + content[found.end("schema") :]
