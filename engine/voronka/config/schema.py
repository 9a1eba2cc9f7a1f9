"""The JSON Schemas of the kinds of files, as one connected value each.

Beside the standard keywords they carry annotations: `description` and `x-ru` (the language reference is made of
them), `x-form` (what a text must look like, for the findings), `x-later` (known to the language, but not to this
version), `x-later-values` (likewise, of the values beside those of `enum`), `x-alone` (whoever writes it means a file
of another shape, and is told nothing else of this one), `x-empty` (what an empty value stands for), `x-partial` (a
reference to the thing of which this is a change: nothing is required and `null` removes), `x-names` (of which kinds the
names are that stand here, also in a list or as keys: an editor offers those that are declared), `x-options` (words that
may stand beside them) and `x-scope` (the name here is that of the funnel which the whole file is about). Those of
plugins may say `x-expression` and `x-secret` (see `voronka.hooks.plugin`).

The files are standard schemas also as they are shipped; there a change of a thing is not looked into.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from voronka.frozen import frozen

__all__ = [
    "NO_ADDITIONS",
    "SCHEMA_KINDS",
    "Additions",
    "Schema",
    "added",
    "is_expression",
    "looks_like_expression",
    "published",
    "source",
]

Schema = Mapping[str, Any]

_FOLDER = Path(__file__).parent / "schemas"

SCHEMA_KINDS = (
    "workspace",
    "funnels",
    "fields",
    "packs",
    "people",
    "calendars",
    "imports",
    "templates",
    "rules",
    "segments",
    "catalog",
    "playbooks",
    "kpis",
    "strategy",
    "scenarios",
)
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


@frozen(kw_only=False, eq=False)
class Additions:
    """What plugins add to the schemas of one workspace; two are the same if they are one object.

    `actions`: the arguments of each action by its name. `workspace`: for a key of voronka.yaml (``plugins``,
    ``channels``, ``sources``) the schema of each entry below it that a plugin decides on.
    """

    actions: Mapping[str, Schema] = field(default_factory=dict)
    workspace: Mapping[str, Mapping[str, Schema]] = field(default_factory=dict)

    def to(self, name: str) -> Schema:
        """Return a schema file of the package with what is added to it."""
        found = dict(source(name))
        if name == "funnels" and self.actions:
            action = found["$defs"]["action"]
            action = {**action, "properties": {**action["properties"], **self.actions}}
            found["$defs"] = {**found["$defs"], "action": action}
        if name == "workspace" and self.workspace:
            places = {
                key: {**found["properties"][key], "properties": entries} for key, entries in self.workspace.items()
            }
            found["properties"] = {**found["properties"], **places}
        return found


NO_ADDITIONS = Additions()
_KEPT = 16
"""For how many additions the schemas are kept: those of one workspace change when its plugins or settings do."""


def added(actions: Mapping[str, Schema], workspace: Mapping[str, Mapping[str, Schema]]) -> Additions:
    """Return these additions: for equal ones the same object, so that the schemas with them are made once."""
    if not actions and not workspace:
        return NO_ADDITIONS
    try:
        content = json.dumps([actions, workspace], default=dict)
    except (TypeError, ValueError):  # a plugin's schema may hold what JSON has not, such as a default that is a date
        return Additions(actions, workspace)
    return _added(content)


@lru_cache(_KEPT)
def _added(content: str) -> Additions:
    return Additions(*json.loads(content))


@lru_cache(_KEPT * len(SCHEMA_KINDS))
def published(kind: str, additions: Additions = NO_ADDITIONS) -> Schema:
    """Return the schema of a kind of file, whole: references resolved, changes of variants spelled out.

    It accepts what an editor that reads YAML 1.1 or 1.2 makes of a text that Voronka accepts. `additions`: of the
    workspace's plugins. Raises `KeyError` for a kind without a schema.
    """
    if kind not in SCHEMA_KINDS:
        raise KeyError(kind)
    whole = dict(_resolver(additions).whole(kind))
    whole.pop("$defs", None)
    return whole


def is_expression(value: object, schema: Schema) -> bool:
    """Whether a text is an expression, where the schema of its place says that it may be one (``x-expression``)."""
    may_be = isinstance(value, str) and value.startswith("=") and not value.startswith("==")
    return may_be and isinstance(schema, dict) and "x-expression" in schema


def looks_like_expression(text: str) -> bool:
    """Whether a text must have been meant as an expression where none is worked out: ``=amount``, not ``= 5``."""
    return _words().search(text) is None


@cache
def _words() -> re.Pattern[str]:
    return re.compile(source("common")["$defs"]["words"]["pattern"])


@lru_cache(_KEPT)
def _resolver(additions: Additions) -> _Resolver:
    return _Resolver(additions)


class _Resolver:
    """Puts what references mean in their places; each definition is worked out once."""

    def __init__(self, additions: Additions) -> None:
        self._additions = additions
        self._sources: dict[str, Schema] = {}
        self._definitions: dict[tuple[str, str], Schema] = {}
        self._partial: dict[tuple[str, str], Schema] = {}

    def whole(self, kind: str) -> Schema:
        """Return a schema file, resolved."""
        resolved: Schema = self._resolve(self._source(kind), kind)
        return resolved

    def _source(self, name: str) -> Schema:
        if name not in self._sources:
            self._sources[name] = self._additions.to(name)
        return self._sources[name]

    def _target(self, reference: str, file: str) -> Schema:
        name, _, path = reference.partition("#")
        name = name.removesuffix(".json") or file
        if (name, path) not in self._definitions:
            found: Any = self._source(name)
            for step in path.strip("/").split("/"):
                found = found[step]
            self._definitions[name, path] = self._resolve(found, name)
        return self._definitions[name, path]

    def _change(self, reference: str, file: str) -> Schema:
        if (reference, file) not in self._partial:
            self._partial[reference, file] = _partial(self._target(reference, file))
        return self._partial[reference, file]

    def _resolve(self, value: Any, file: str) -> Any:  # noqa: ANN401 - any part of a JSON document
        if isinstance(value, list):
            return [self._resolve(each, file) for each in value]
        if not isinstance(value, dict):
            return value
        own = {
            key: self._keyword(key, each, file)
            for key, each in value.items()
            if key not in {"$ref", "$defs", "x-partial"}
        }
        if "$ref" in value:
            base = self._target(value["$ref"], file)
            return {**base, **own} if own else base
        if "x-partial" in value:
            return {**self._change(value["x-partial"], file), **own}
        if "unevaluatedProperties" in value:
            return _joined(own)
        return own

    def _keyword(self, keyword: str, value: Any, file: str) -> Any:  # noqa: ANN401 - any part of a JSON document
        if keyword in _DATA:
            return value
        if keyword == "properties":  # its keys are names, which may read like a keyword
            return {name: self._resolve(each, file) for name, each in value.items()}
        return self._resolve(value, file)


def _joined(own: dict[str, Any]) -> Schema:
    """Return a definition that continues others (`allOf`) as one, whose keys are listed in one place."""
    whole: dict[str, Any] = {}
    for part in (*own.pop("allOf"), own):
        properties = {**part.get("properties", {}), **whole.get("properties", {})}
        whole = {**whole, **part, "properties": properties}
    whole["additionalProperties"] = whole.pop("unevaluatedProperties")
    return whole


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
