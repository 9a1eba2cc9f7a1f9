"""`jsonschema` over whole files, made quick enough for a check at every save."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from voronka.config.schema import NO_ADDITIONS, Additions, Schema, published

if TYPE_CHECKING:
    from jsonschema import ValidationError
    from jsonschema.protocols import Validator

__all__ = ["errors_of", "is_expression"]

_MANY = 100_000


def errors_of(
    kind: str,
    data: Any,  # noqa: ANN401 - JSON data of any shape
    additions: Additions = NO_ADDITIONS,
) -> Iterator[ValidationError]:
    """Yield what keeps plain data from being a file of the kind, as `jsonschema` tells it."""
    yield from _validator(kind, additions).iter_errors(data)


@cache
def _validator(kind: str, additions: Additions) -> Validator:
    return _dialect()(published(kind, additions))


def is_expression(value: object, schema: Schema) -> bool:
    """Whether a text is an expression, where the schema of its place says that it may be one (``x-expression``)."""
    may_be = isinstance(value, str) and value.startswith("=") and not value.startswith("==")
    return may_be and isinstance(schema, dict) and "x-expression" in schema


@cache
def _dialect() -> type[Validator]:
    # Imported here because it takes 80 ms, which `--help` need not wait for.
    from jsonschema.validators import Draft202012Validator, extend

    members = _Members(Draft202012Validator.VALIDATORS["additionalProperties"])
    keywords = {
        "properties": members.properties,
        "propertyNames": members.names,
        "additionalProperties": members.others,
        "items": members.elements,
    }
    extended: type[Validator] = extend(Draft202012Validator, keywords)  # type: ignore[no-untyped-call] # it has no types
    return extended


class _Members:
    """The keywords that descend to the members of a mapping.

    They do not descend again to a text or number that has met the same schema: most of those in a file recur.
    """

    def __init__(self, refusing_others: Any) -> None:  # noqa: ANN401 - a keyword as jsonschema has it
        self._refusing_others = refusing_others
        self._sound: set[tuple[int, type, Any] | None] = set()
        self._parts: dict[int, Validator] = {}

    def properties(self, validator: Validator, wanted: Schema, data: object, _: Schema) -> Iterator[Any]:
        """``properties``."""
        if isinstance(data, dict):
            for name, value in data.items():
                if name in wanted:
                    yield from self._descend(validator, value, wanted[name], path=name, schema_path=name)

    def names(self, validator: Validator, wanted: Schema, data: object, _: Schema) -> Iterator[Any]:
        """``propertyNames``."""
        if isinstance(data, dict):
            for name in data:
                yield from self._descend(validator, name, wanted)

    def others(self, validator: Validator, wanted: Schema, data: object, schema: Schema) -> Iterator[Any]:
        """``additionalProperties``."""
        if not wanted or "patternProperties" in schema:
            yield from self._refusing_others(validator, wanted, data, schema) or ()
        elif isinstance(data, dict):
            known = schema.get("properties", ())
            for name, value in data.items():
                if name not in known:
                    yield from self._descend(validator, value, wanted, path=name)

    def elements(self, validator: Validator, wanted: Schema, data: object, _: Schema) -> Iterator[Any]:
        """``items``."""
        if isinstance(data, list):
            for place, value in enumerate(data):
                yield from self._descend(validator, value, wanted, path=place)

    def _descend(
        self,
        validator: Validator,
        value: Any,  # noqa: ANN401 - JSON data of any shape
        schema: Schema,
        path: str | int | None = None,
        schema_path: str | None = None,
    ) -> Iterator[Any]:
        if is_expression(value, schema):
            return
        met = None if isinstance(value, (dict, list)) else (id(schema), type(value), value)
        if met in self._sound:
            return
        is_sound = True
        for error in self._part(validator, schema).iter_errors(value):
            is_sound = False
            if path is not None:
                error.path.appendleft(path)
            if schema_path is not None:
                error.schema_path.appendleft(schema_path)
            yield error
        if is_sound and met is not None and len(self._sound) < _MANY:
            self._sound.add(met)

    def _part(self, validator: Validator, schema: Schema) -> Validator:
        """Return the validator of a part of the schema; `Validator.descend` would make a new one for each value."""
        part = self._parts.get(id(schema))
        if part is None:
            part = self._parts[id(schema)] = validator.evolve(schema=schema)
        return part
