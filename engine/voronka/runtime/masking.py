"""Personal texts in what others say, such as the words of a server or a plugin that refuses a message."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from html import escape

__all__ = ["without"]

_BETWEEN = r"[\s().\-‐-―/]{0,3}"
_NUMBER = re.compile(r"[+0-9\s().\-‐-―/]+")
_FEWEST = 7
_NATIONAL = 10


def without(text: str, personal: Iterable[str]) -> str:
    """Return a text with dots for the `personal` texts in it, also as programs, JSON and HTML write them; an address is
    found in whatever case, a phone or another long number by its digits, with or without the code of the country."""
    forms = {form for each in personal for form in _forms(each)} - {""}
    for form in sorted(forms, key=len, reverse=True):
        text = _pattern(form).sub("…", text)
    return text


def _forms(text: str) -> Iterable[str]:
    return (
        text,
        text.strip(),
        " ".join(text.split()),
        repr(text)[1:-1],
        json.dumps(text)[1:-1],
        json.dumps(text, ensure_ascii=False)[1:-1],
        escape(text),
    )


def _pattern(form: str) -> re.Pattern[str]:
    digits = re.sub("[^0-9]", "", form)
    if _NUMBER.fullmatch(form) is None or len(digits) < _FEWEST:
        return re.compile(re.escape(form), re.IGNORECASE if "@" in form else re.NOFLAG)
    code, own = digits[:-_NATIONAL], digits[-_NATIONAL:]
    # Within a country a number begins with another digit, or with none.
    begins = rf"(?:\+?(?:{_BETWEEN.join(code)}|[08]){_BETWEEN})?" if code else ""
    return re.compile(rf"{re.escape(form)}|{begins}\(?{_BETWEEN.join(own)}")
