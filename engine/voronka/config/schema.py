"""The JSON Schemas of the kinds of files, as one connected value each.

Beside the standard keywords they carry annotations: `description` and `x-ru` (the language reference is made of
them), `x-form` (what a text must look like, for the findings), `x-later` (known to the language, but not to this
version), `x-alone` (whoever writes it means a file of another shape, and is told nothing else of this one), `x-empty`
(what an empty value stands for) and `x-partial` (a reference to the thing of which this is a change: nothing is
required and `null` removes).

The files are standard schemas also as they are shipped; there a change of a thing is not looked into.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["SCHEMA_KINDS", "Schema", "published", "source"]

Schema = Mapping[str, Any]

_FOLDER = Path(__file__).parent / "schemas"

SCHEMA_KINDS = ("workspace", "funnels", "fields", "people", "calendars", "imports", "templates", "scenarios")
"""The kinds of files that have a schema."""

_WHOLE_ONLY = frozenset(
    {"required", "oneOf", "anyOf", "allOf", "not", "dependentRequired", "minProperties", "if", "then", "else"}
)
_DATA = frozenset({"examples", "default", "enum", "required", "x-empty", "x-options", "dependentRequired"})


@cache
def source(name: str) -> Schema:
    """Return a schema file of the package as it is written, references unresolved (``common`` is one too)."""
    schema: Schema = json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return schema


@cache
def published(kind: str) -> Schema:
    """Return the schema of a kind of file, whole: references resolved, changes of variants spelled out.

    It accepts what an editor that reads YAML 1.1 or 1.2 makes of a text that Voronka accepts. Raises `KeyError` for
    a kind without a schema.
    """
    if kind not in SCHEMA_KINDS:
        raise KeyError(kind)
    whole = dict(_resolve(source(kind), kind))
    whole.pop("$defs", None)
    return whole


@cache
def _definition(file: str, path: str) -> Schema:
    found: Any = source(file)
    for step in path.strip("/").split("/"):
        found = found[step]
    resolved: Schema = _resolve(found, file)
    return resolved


def _target(reference: str, file: str) -> Schema:
    name, _, path = reference.partition("#")
    return _definition(name.removesuffix(".json") or file, path)


@cache
def _partial_definition(reference: str, file: str) -> Schema:
    return _partial(_target(reference, file))


def _resolve(value: Any, file: str) -> Any:  # noqa: ANN401 - any part of a JSON document
    if isinstance(value, list):
        return [_resolve(each, file) for each in value]
    if not isinstance(value, dict):
        return value
    own = {
        key: _resolve_keyword(key, each, file)
        for key, each in value.items()
        if key not in {"$ref", "$defs", "x-partial"}
    }
    if "$ref" in value:
        base = _target(value["$ref"], file)
        return {**base, **own} if own else base
    if "x-partial" in value:
        return {**_partial_definition(value["x-partial"], file), **own}
    if "unevaluatedProperties" in value:
        return _joined(own)
    return own


def _joined(own: dict[str, Any]) -> Schema:
    """Return a definition that continues others (`allOf`) as one, whose keys are listed in one place."""
    whole: dict[str, Any] = {}
    for part in (*own.pop("allOf"), own):
        properties = {**part.get("properties", {}), **whole.get("properties", {})}
        whole = {**whole, **part, "properties": properties}
    whole["additionalProperties"] = whole.pop("unevaluatedProperties")
    return whole


def _resolve_keyword(keyword: str, value: Any, file: str) -> Any:  # noqa: ANN401 - any part of a JSON document
    if keyword in _DATA:
        return value
    if keyword == "properties":  # its keys are names, which may read like a keyword
        return {name: _resolve(each, file) for name, each in value.items()}
    return _resolve(value, file)


def _partial(schema: Schema) -> Schema:
    """Return the schema of a change: nothing is required, and `null` removes."""
    if schema.get("x-later"):
        return schema
    changed = {key: each for key, each in schema.items() if key not in _WHOLE_ONLY and key != "x-empty"}
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else list(types)
    changed["type"] = types if "null" in types else [*types, "null"]
    if "enum" in schema:
        changed["enum"] = [*schema["enum"], None]
    if "properties" in schema:
        changed["properties"] = {key: _partial(each) for key, each in schema["properties"].items()}
    if isinstance(schema.get("additionalProperties"), dict):
        changed["additionalProperties"] = _partial(schema["additionalProperties"])
    return changed
