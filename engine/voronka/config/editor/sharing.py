"""A schema with every part of it that recurs written down once."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["JsonSchema", "mapped", "share"]

_SCHEMAS = ("additionalProperties", "items", "propertyNames", "not", "if", "then", "else")
_LISTS = ("allOf", "anyOf", "oneOf")
_MAPS = ("properties", "patternProperties")
_MEMBERS = frozenset({"additionalProperties", "items"})
_BRANCHES = frozenset({*_LISTS, "not", "if", "then", "else"})
_SMALL = 60
"""A part of fewer characters is written where it stands."""

JsonSchema = dict[str, Any]
"""A schema of draft 7, or a part of one."""


def share(schema: JsonSchema) -> JsonSchema:
    """Return the schema with its recurring parts under ``definitions``, each named after the key where it is met first.

    What it accepts stays the same. A reference stands alone, as draft 7 has it.
    """
    parts = _Parts()
    root = parts.number(schema)
    writing = _Writing(parts)
    whole = writing.written(root, "file")
    return {**whole, "definitions": writing.definitions} if writing.definitions else whole


class _Parts:
    """The different parts of a schema by number: equal ones have one number."""

    def __init__(self) -> None:
        self.shallow: list[JsonSchema] = []
        self.sizes: list[int] = []
        self.uses: Counter[int] = Counter()
        self._numbers: dict[str, int] = {}
        self._seen: dict[int, tuple[JsonSchema, int]] = {}

    def number(self, schema: JsonSchema) -> int:
        """Return the number of a part; parts within it stand in `shallow` as their numbers."""
        if id(schema) in self._seen:
            return self._seen[id(schema)][1]
        children: list[int] = []

        def numbered(part: JsonSchema, _: str) -> int:
            children.append(self.number(part))
            return children[-1]

        shallow = mapped(schema, numbered)
        text = json.dumps(shallow, ensure_ascii=False)
        number = self._numbers.get(text)
        if number is None:
            number = self._numbers[text] = len(self.shallow)
            self.shallow.append(shallow)
            self.sizes.append(len(text) + sum(self.sizes[each] for each in children))
            self.uses.update(children)
        self._seen[id(schema)] = schema, number
        return number


class _Writing:
    """Puts the parts together again."""

    def __init__(self, parts: _Parts) -> None:
        self._parts = parts
        self._names: dict[int, str] = {}
        self.definitions: dict[str, JsonSchema] = {}

    def written(self, number: int, name: str) -> JsonSchema:
        """Return a part where it stands; `name`: what it would be called."""
        return mapped(self._parts.shallow[number], lambda each, key: self._part(each, _called(key, name)))

    def _part(self, number: int, name: str) -> JsonSchema:
        if self._parts.uses[number] < 2 or self._parts.sizes[number] < _SMALL:
            return self.written(number, name)
        if number not in self._names:
            self._names[number] = name = self._free(name)
            self.definitions[name] = {}  # takes its place in the order of reading
            self.definitions[name] = self.written(number, name)
        return {"$ref": f"#/definitions/{self._names[number]}"}

    def _free(self, name: str) -> str:
        taken = set(self._names.values())
        numbered = (name if count == 1 else f"{name}_{count}" for count in itertools.count(1))
        return next(each for each in numbered if each not in taken)


def _called(key: str, outer: str) -> str:
    """Return a name for what stands under `key` of the part called `outer`: the servers' messages show it to people."""
    if key in _MEMBERS:
        return f"{outer}_item"
    return f"{outer}_name" if key == "propertyNames" else outer if key in _BRANCHES else key


def mapped(schema: Mapping[str, Any], change: Callable[[Any, str], Any]) -> JsonSchema:
    """Return the schema with each schema right inside it changed; `change` is told the key where that one stands."""

    def changed(part: Any, key: str) -> Any:  # noqa: ANN401 - a schema, or true or false for one
        return part if isinstance(part, bool) else change(part, key)

    whole = dict(schema)
    for keyword in _SCHEMAS:
        if keyword in whole:
            whole[keyword] = changed(whole[keyword], keyword)
    for keyword in _LISTS:
        if keyword in whole:
            whole[keyword] = [changed(each, keyword) for each in whole[keyword]]
    for keyword in _MAPS:
        if keyword in whole:
            whole[keyword] = {name: changed(each, name) for name, each in whole[keyword].items()}
    return whole
