"""Signs within a value that YAML takes for its own: hidden from the parser, so that the rest of a file can be read."""

from __future__ import annotations

import re

__all__ = ["hidden", "masked_sign", "shown"]

_SIGNS = ":,[]{}\"'#"
_FIRST = 0xE000
_MASK = {ord(sign): _FIRST + number for number, sign in enumerate(_SIGNS)}
_SHOWN = {mask: sign for sign, mask in _MASK.items()}
_MASKS = re.compile(f"[{chr(_FIRST)}-{chr(_FIRST + len(_SIGNS) - 1)}]")
_PAIRS = {"[": "]", "{": "}"}


def hidden(text: str, original: str, index: int) -> str | None:
    """Return `text` with the sign at `index`, at which the parser stopped, hidden; None where that would not help.

    A bracket is hidden with all up to the one that closes it on the same line. `original`: the text before anything in
    it was hidden.
    """
    sign = text[index : index + 1]
    if _MASKS.search(original) is not None or not sign:
        return None
    if sign == ":":
        return text[:index] + sign.translate(_MASK) + text[index + 1 :]
    end = _closed(text, index) if sign in _PAIRS else None
    return None if end is None else text[:index] + text[index:end].translate(_MASK) + text[end:]


def _closed(text: str, index: int) -> int | None:
    """Return where the bracket at `index` is over on its line."""
    open_: list[str] = []
    for position in range(index, len(text)):
        sign = text[position]
        if sign in "\r\n":
            return None
        if sign in _PAIRS:
            open_.append(_PAIRS[sign])
        elif sign in _PAIRS.values():
            if sign != open_.pop():
                return None
            if not open_:
                return position + 1
    return None


def masked_sign(value: str) -> str | None:
    """Return the first hidden sign of a value; None if it has none."""
    found = _MASKS.search(value)
    return found.group().translate(_SHOWN) if found is not None else None


def shown(value: str) -> str:
    """Return a value as it is written, its hidden signs put back."""
    return value.translate(_SHOWN)
