"""JSON Schemas as predicates: whether data meet one, told much faster than `jsonschema` tells why they do not.

Only the keywords below are known. Where a schema says more than they, nothing is told and `jsonschema` decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from voronka.config.schema import Schema, is_expression

__all__ = ["Predicates"]

Predicate = Callable[[Any], bool]


class _Unknown(Exception):  # noqa: N818 - ends one question, never leaves this module
    """A keyword that no predicate is made of."""


class Predicates:
    """What has been made of the schemas so far: a part becomes a predicate when the first value comes to it."""

    def __init__(self) -> None:
        self._made: dict[int, tuple[Schema | bool, Predicate]] = {}

    def accepts(self, schema: Schema | bool, data: Any) -> bool:  # noqa: ANN401 - JSON data of any shape
        """Whether plain data surely meet a schema; if not, `jsonschema` must tell. Expressions count as it has them."""
        try:
            return self._meets(schema, data)
        except _Unknown:
            return False

    def _meets(self, schema: Schema | bool, value: object) -> bool:
        found = self._made.get(id(schema))
        if found is None:  # kept with the schema, so that no other is ever at its place in memory
            found = self._made[id(schema)] = schema, self._made_of(schema)
        return found[1](value)

    def _member(self, schema: Schema | bool, value: object) -> bool:
        return self._meets(schema, value) or (not isinstance(schema, bool) and is_expression(value, schema))

    def _made_of(self, schema: Schema | bool) -> Predicate:
        if isinstance(schema, bool):
            return lambda _: schema
        tests = [
            make(wanted) for keyword, wanted in schema.items() if (make := self._maker(keyword, schema)) is not None
        ]
        if len(tests) == 1:
            return tests[0]

        def meets(value: object) -> bool:
            for test in tests:  # noqa: SIM110 - `all` takes twice as long
                if not test(value):
                    return False
            return True

        return meets

    def _maker(self, keyword: str, schema: Schema) -> Callable[[Any], Predicate] | None:
        """Return what makes a predicate of a keyword's value; None for a keyword that forbids nothing."""
        if keyword in _SILENT or keyword.startswith("x-"):
            return None
        if keyword in _PLAIN:
            return _PLAIN[keyword]
        own: Mapping[str, Callable[[Any], Predicate]] = {
            "properties": lambda wanted: self._properties(wanted),
            "additionalProperties": lambda wanted: self._others(wanted, schema),
            "patternProperties": lambda wanted: self._patterns(wanted),
            "propertyNames": lambda wanted: (
                lambda value: not isinstance(value, dict) or all(self._member(wanted, name) for name in value)
            ),
            "items": lambda wanted: (
                lambda value: not isinstance(value, list) or all(self._member(wanted, each) for each in value)
            ),
            "allOf": lambda wanted: lambda value: all(self._meets(each, value) for each in wanted),
            "anyOf": lambda wanted: lambda value: any(self._meets(each, value) for each in wanted),
            "oneOf": lambda wanted: lambda value: sum(self._meets(each, value) for each in wanted) == 1,
            "not": lambda wanted: lambda value: not self._meets(wanted, value),
            "if": lambda wanted: (
                lambda value: self._meets(schema.get("then" if self._meets(wanted, value) else "else", True), value)
            ),
        }
        return own.get(keyword, _unknown)

    def _properties(self, wanted: Mapping[str, Schema]) -> Predicate:
        def meets(value: object) -> bool:
            if isinstance(value, dict):
                for name, each in value.items():
                    if name in wanted and not self._member(wanted[name], each):
                        return False
            return True

        return meets

    def _others(self, wanted: Schema | bool, schema: Schema) -> Predicate:
        known = schema.get("properties", {})
        patterns = schema.get("patternProperties", {})

        def meets(value: object) -> bool:
            if not isinstance(value, dict):
                return True
            others = [name for name in value if name not in known]
            if patterns:
                others = [name for name in others if not any(re.search(pattern, name) for pattern in patterns)]
                return all(self._meets(wanted, value[name]) for name in others)
            return all(self._member(wanted, value[name]) for name in others)

        return meets

    def _patterns(self, wanted: Mapping[str, Schema]) -> Predicate:
        return lambda value: (
            not isinstance(value, dict)
            or all(
                self._meets(schema, each)
                for pattern, schema in wanted.items()
                for name, each in value.items()
                if re.search(pattern, name)
            )
        )


def _unknown(wanted: object) -> Predicate:
    def meets(value: object) -> bool:
        raise _Unknown

    return meets


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_whole(value: object) -> bool:
    return _is_number(value) and (isinstance(value, int) or float.is_integer(value))  # type: ignore[arg-type] # a number


_TYPES: Mapping[str, Predicate] = {
    "array": lambda value: isinstance(value, list),
    "boolean": lambda value: isinstance(value, bool),
    "integer": _is_whole,
    "null": lambda value: value is None,
    "number": _is_number,
    "object": lambda value: isinstance(value, dict),
    "string": lambda value: isinstance(value, str),
}


def _of_type(wanted: str | Sequence[str]) -> Predicate:
    if isinstance(wanted, str):
        return _TYPES.get(wanted) or _unknown(wanted)
    tests = [_of_type(each) for each in wanted]
    return lambda value: any(test(value) for test in tests)


def _same(one: object, other: object) -> bool:
    """Whether two values are the same in JSON, where `true` is not 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(each, other[name]) for name, each in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _one_of(wanted: Sequence[object]) -> Predicate:
    words = frozenset(each for each in wanted if isinstance(each, str))
    others = [each for each in wanted if not isinstance(each, str)]
    return lambda value: value in words if isinstance(value, str) else any(_same(each, value) for each in others)


def _is_distinct(value: object) -> bool:
    if not isinstance(value, list):
        return True
    if all(isinstance(each, str) for each in value):
        return len(set(value)) == len(value)
    return not any(_same(each, other) for place, each in enumerate(value) for other in value[:place])


def _when(kind: type, test: Callable[[Any], bool]) -> Predicate:
    return lambda value: not isinstance(value, kind) or test(value)


def _of_number(test: Callable[[Any], bool]) -> Predicate:
    return lambda value: not _is_number(value) or test(value)


_PLAIN: Mapping[str, Callable[[Any], Predicate]] = {
    "type": _of_type,
    "enum": _one_of,
    "const": lambda wanted: _one_of([wanted]),
    "pattern": lambda wanted: _when(str, lambda value: re.search(wanted, value) is not None),
    "minLength": lambda wanted: _when(str, lambda value: len(value) >= wanted),
    "maxLength": lambda wanted: _when(str, lambda value: len(value) <= wanted),
    "minimum": lambda wanted: _of_number(lambda value: value >= wanted),
    "maximum": lambda wanted: _of_number(lambda value: value <= wanted),
    "exclusiveMinimum": lambda wanted: _of_number(lambda value: value > wanted),
    "exclusiveMaximum": lambda wanted: _of_number(lambda value: value < wanted),
    "minItems": lambda wanted: _when(list, lambda value: len(value) >= wanted),
    "maxItems": lambda wanted: _when(list, lambda value: len(value) <= wanted),
    "uniqueItems": lambda wanted: _is_distinct if wanted else lambda _: True,
    "required": lambda wanted: _when(dict, lambda value: all(name in value for name in wanted)),
    "minProperties": lambda wanted: _when(dict, lambda value: len(value) >= wanted),
    "maxProperties": lambda wanted: _when(dict, lambda value: len(value) <= wanted),
    "dependentRequired": lambda wanted: _when(
        dict, lambda value: all(each in value for name, needed in wanted.items() if name in value for each in needed)
    ),
}
"""What is made of a keyword's value where it takes nothing but that."""

_SILENT = frozenset(
    {
        "$comment",
        "$id",
        "$schema",
        "default",
        "deprecated",
        "description",
        "else",
        "examples",
        "format",
        "then",
        "title",
    }
)
"""Keywords that forbid nothing by themselves; a format is not held, as it is not by `jsonschema`."""
