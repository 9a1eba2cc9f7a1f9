"""Consoles of other alphabets: what they lack is written with what they have, and nothing ends a command."""

from __future__ import annotations

import codecs
from typing import Any

__all__ = ["settle"]

_NEAREST = str.maketrans(
    {"«": '"', "»": '"', "“": '"', "”": '"', "„": '"', "’": "'", "–": "-", "—": "-", "…": "...", "→": "->", "−": "-"}
    | {"\u00a0": " ", "\u202f": " ", "№": "N", "≥": ">=", "≤": "<="}
)
_NAME = "voronka.nearest"


def settle(stream: Any) -> None:
    """Let a text stream write the nearest sign for one that its encoding lacks, a question mark where there is none."""
    codecs.register_error(_NAME, _nearest)
    stream.reconfigure(errors=_NAME)


def _nearest(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end].translate(_NEAREST)
    return missing.encode("ascii", "replace").decode("ascii"), error.end
