"""What plugins say, made fit to be kept and shown: one line of bounded length that every file and screen can take."""

from __future__ import annotations

import re
from collections.abc import Callable

from voronka.messages import Label, Sentence, words

__all__ = ["LONGEST_PHRASE", "EndedCallError", "error_phrase", "is_text", "phrase", "sentence"]

LONGEST_PHRASE = 300
"""Characters of a phrase at most."""

_READ = 20_000
# Control characters, ends of lines, and the marks that turn the direction of writing; then halves of characters.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_HALVES = re.compile("[\ud800-\udfff]")


class EndedCallError(RuntimeError):
    """Foreign code raised what ends a program, such as `SystemExit`: it ends the call alone. Its text is the phrase of
    that."""


def phrase(said: object, mask: Callable[[str], str] = str) -> str:
    """Return what was said as one line without control characters; what cannot be said, as the name of its type.

    `mask` takes secrets out of it.
    """
    try:
        text = mask(str(said))
    except BaseException:
        text = type(said).__name__
    text = " ".join(_UNSEEN.sub(" ", _HALVES.sub("\ufffd", text[:_READ])).split())
    return text if len(text) <= LONGEST_PHRASE else f"{text[: LONGEST_PHRASE - 1]}…"


def error_phrase(error: BaseException, mask: Callable[[str], str] = str) -> str:
    """Return an error as one line: its class, and what it says."""
    if isinstance(error, EndedCallError):
        return phrase(error, mask)
    kind, said = phrase(type(error).__name__), phrase(error, mask)
    return kind if said in ("", kind) else phrase(f"{kind}: {said}")


def sentence(said: object, mask: Callable[[str], str] = str) -> Label | None:
    """Return what was said in each of its languages, every one a phrase; None if nothing was.

    An error given in the place of a sentence is told as `error_phrase` does; anything else says nothing.
    """
    if isinstance(said, BaseException):
        return Label.plain(error_phrase(said, mask))
    try:
        texts = words(said) if isinstance(said, Sentence) else {"": said}
    except BaseException:
        return None
    told = {name: phrase(text, mask) for name, text in texts.items() if is_text(name) and isinstance(text, str)}
    return Label(told) if any(told.values()) else None


def is_text(value: object) -> bool:
    """Tell whether a value is a text that can be written: without halves of characters."""
    return isinstance(value, str) and not _HALVES.search(value)
