"""Bytes into text: size, encoding, and characters that nobody can see."""

from __future__ import annotations

import codecs
import re

from voronka.config.document import split_lines
from voronka.config.finding import Finding, Place
from voronka.messages import Text

__all__ = ["MAX_BYTES", "decode"]

MAX_BYTES = 1_000_000
"""A file of a configuration may have at most so many bytes."""

_UNSEEN = re.compile(
    r"(?P<control>[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff])"
    r"|(?P<bidi>[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069])"
    r"|(?P<invisible>[\u00ad\u200b\u2060\ufeff])"
)
_FREQUENT = frozenset("оеаинтсрвлкмдпуяыьгз")


def decode(file: str, content: bytes) -> str | Finding:
    """Return the text of a file without its byte order mark, or why it cannot be read."""
    if len(content) > MAX_BYTES:
        return Finding(
            code="V1001",
            place=Place(file, 1, 1),
            reason=Text("The file has more than {limit} bytes; so many are not read.", limit=MAX_BYTES),
            remedy=Text("Split it into several files."),
        )
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _wrong_encoding(file, Place(file, 1, 1), "UTF-16")
    try:
        text = content.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError as fault:
        return _undecodable(file, content, fault.start)
    return _unseen(file, text) or text


def _undecodable(file: str, content: bytes, first: int) -> Finding:
    before = content[:first].decode(errors="replace").removeprefix("\ufeff")
    lines = split_lines(before)
    place = Place(file, len(lines), len(lines[-1]) + 1)
    guess = _cyrillic_encoding(content[first : first + 10_000])
    if guess:
        return _wrong_encoding(file, place, guess)
    return Finding(
        code="V1002",
        place=place,
        reason=Text("The file is not UTF-8 text."),
        remedy=Text("Save the file as UTF-8."),
    )


def _wrong_encoding(file: str, place: Place, encoding: str) -> Finding:
    return Finding(
        code="V1003",
        place=place,
        reason=Text("The file {file} is saved in {encoding}, not in UTF-8.", file=file, encoding=encoding),
        remedy=Text("In the editor choose “Save with encoding”, then UTF-8."),
    )


def _cyrillic_encoding(content: bytes) -> str | None:
    """Return the Russian one-byte encoding in which `content` reads most like Russian, or None."""
    best, best_share = None, 0.6
    for name, encoding in (("windows-1251", "cp1251"), ("cp866", "cp866"), ("KOI8-R", "koi8_r")):
        letters = [letter for letter in content.decode(encoding, "replace") if not letter.isascii()]
        share = sum(letter in _FREQUENT for letter in letters) / max(1, len(letters))
        if share > best_share:
            best, best_share = name, share
    return best


def _unseen(file: str, text: str) -> Finding | None:
    found = _UNSEEN.search(text)
    if found is None:
        return None
    lines = split_lines(text[: found.start()])
    character = f"U+{ord(found.group()):04X}"
    if found.lastgroup == "control":
        code, reason = "V1004", Text("A control character stands here: {character}.", character=character)
    elif found.lastgroup == "bidi":
        code, reason = (
            "V1005",
            Text("A character that turns the direction of writing stands here: {character}.", character=character),
        )
    else:
        code, reason = "V1006", Text("An invisible character stands here: {character}.", character=character)
    return Finding(
        code=code,
        place=Place(file, len(lines), len(lines[-1]) + 1),
        reason=reason,
        remedy=Text("Delete it; if you cannot see it, delete the whole line and type it anew."),
    )
