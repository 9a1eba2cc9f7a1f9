"""Whether something is a JSON Schema of those that plugins may write; told without loading `jsonschema`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from voronka.messages import Text

__all__ = ["is_well_formed", "unreadable"]

_READ = frozenset({"integer", "number", "boolean"})
"""Types of scalars that are read as something else than text."""
_OTHERS = frozenset(
    {"patternProperties", "dependentRequired", "multipleOf", "$schema", "$id", "$comment", "deprecated", "readOnly"}
)
"""Keywords that are followed too, or say nothing about values."""
_TYPES = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})


def is_well_formed(schema: object) -> bool:
    """Whether a value is surely a schema; it may be one too if it is not. Keys of annotations begin with ``x-``."""
    if isinstance(schema, bool):
        return True
    return isinstance(schema, dict) and all(
        isinstance(keyword, str) and (keyword.startswith("x-") or _KEYWORDS.get(keyword, _unknown)(value))
        for keyword, value in schema.items()
    )


def unreadable(part: Mapping[str, Any]) -> Text | None:
    """Return why values of one part of a schema could not be read from a file, or not be checked; None if they can.

    A scalar is read as its place says by one `type`: nothing can be read by schemas of which one or another holds.
    """
    for keyword in part:
        if not keyword.startswith("x-") and keyword not in _KEYWORDS and keyword not in _OTHERS:
            return Text(
                "write the schema without `{keyword}`: by `type`, `enum`, `pattern` and bounds, and the rest in "
                "`check`.",
                keyword=keyword,
            )
    written = part.get("type", [])
    types = {written} if isinstance(written, str) else set(written)
    if types & _READ and len(types - {"null"}) > 1:
        return Text("a value is of one type and `null`, not of {types}.", types=", ".join(sorted(types)))
    values = [*part.get("enum", ()), *([part["const"]] if "const" in part else ())]
    if not types & _READ and any(isinstance(value, int | float) for value in values):
        return Text("numbers, true and false under `enum` or `const` need their `type` beside them.")
    return None


def _unknown(_: object) -> bool:
    return False


def _is_anything(_: object) -> bool:
    return True


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_list(value: object) -> bool:
    return isinstance(value, list)


def _is_names(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value)) and len(set(value)) == len(value)


def _is_type(value: object) -> bool:
    if isinstance(value, list):
        return bool(value) and _is_names(value) and _TYPES.issuperset(value)
    return isinstance(value, str) and value in _TYPES


def _are_schemas(value: object) -> bool:
    return isinstance(value, dict) and all(map(_is_text, value)) and all(map(is_well_formed, value.values()))


_KEYWORDS: Mapping[str, Callable[[object], bool]] = {
    "type": _is_type,
    "enum": _is_list,
    "const": _is_anything,
    "default": _is_anything,
    "examples": _is_list,
    **dict.fromkeys(("title", "description", "format", "pattern"), _is_text),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _is_number),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), _is_count),
    "uniqueItems": lambda value: isinstance(value, bool),
    "required": _is_names,
    "properties": _are_schemas,
    **dict.fromkeys(("additionalProperties", "items", "propertyNames"), is_well_formed),
}
