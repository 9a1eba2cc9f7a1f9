"""How the examples of the schemas are written in YAML, on one line, for a reader of one language."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from voronka.config.node import Node
from voronka.messages import LANGUAGES, Label

__all__ = ["by_language", "in_line", "sample_of", "whole_sample"]

_TO_QUOTE = re.compile(r"[,\[\]{}#&*!|>'\"%@`]|: |^[\d:]+$|^=")


def by_language(write: Callable[[str], str]) -> Label:
    """Return what `write` gives for each language."""
    return Label({language: write(language) for language in LANGUAGES})


def sample_of(schema: Mapping[str, Any], sample: str, language: str) -> str:
    """Return the first example of the schema's own, labels in `language`, else `sample`."""
    examples: list[Any] = schema.get("examples", [])
    return in_line(examples[0], language) if examples else sample


def whole_sample(node: Node, text: str, schema: Mapping[str, Any], sample: str, language: str) -> str:
    """Return an example of the value at `node`; the `text` that stands in place of keys becomes its label if it may."""
    properties: dict[str, Any] = schema.get("properties", {})
    written = in_line(text, language)
    if node.is_scalar and "title" in schema.get("required", ()):
        return f"{{title: {written}}}"
    if schema.get("examples") or not node.is_scalar:
        return sample_of(schema, sample, language)
    if required := schema.get("required", ()):
        parts = (f"{key}: {_part(node, properties.get(key, {}), sample, language)}" for key in required)
        return f"{{{', '.join(parts)}}}"
    return f"{{label: {written}}}" if "label" in properties else sample


def _part(node: Node, schema: Mapping[str, Any], sample: str, language: str) -> str:
    return node.text if node.text in schema.get("enum", ()) else sample_of(schema, sample, language)


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
