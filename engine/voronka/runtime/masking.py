"""Personal texts in what others say, such as the words of a server or a plugin that refuses a message."""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape

__all__ = ["without"]


def without(text: str, personal: Iterable[str]) -> str:
    """Return a text with dots for the `personal` texts in it, also as programs, JSON and HTML write them."""
    forms = {form for each in personal for form in _forms(each)} - {""}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, "…")
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
