"""How the examples of the schemas are written in YAML, on one line, for a reader of one language."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from voronka.messages import LANGUAGES, Label

__all__ = ["by_language", "in_line", "sample_of"]

_TO_QUOTE = re.compile(r"[,\[\]{}#&*!|>'\"%@`]|: |^[\d:]+$|^=")


def by_language(write: Callable[[str], str]) -> Label:
    """Return what `write` gives for each language."""
    return Label({language: write(language) for language in LANGUAGES})


def sample_of(schema: Mapping[str, Any], sample: str, language: str) -> str:
    """Return the first example of the schema's own, labels in `language`, else `sample`."""
    examples: list[Any] = schema.get("examples", [])
    return in_line(examples[0], language) if examples else sample


def in_line(value: object, language: str) -> str:
    """Return a value as YAML is written in a line; of a label by language its text in the reader's alone."""
    if isinstance(value, dict):
        if value.keys() == set(LANGUAGES):
            return in_line(value[language], language)
        return f"{{{', '.join(f'{key}: {in_line(each, language)}' for key, each in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(in_line(each, language) for each in value)}]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    text = str(value)
    return f'"{text}"' if _TO_QUOTE.search(text) else text
