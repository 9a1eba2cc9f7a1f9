"""`jsonschema` over whole files, made quick enough for a check at every save: it looks only at what is not sound."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from voronka.config.predicates import Predicates
from voronka.config.schema import NO_ADDITIONS, Additions, Schema, is_expression, published

if TYPE_CHECKING:
    from jsonschema import ValidationError
    from jsonschema.protocols import Validator

__all__ = ["errors_of"]


def errors_of(
    kind: str,
    data: Any,  # noqa: ANN401 - JSON data of any shape
    additions: Additions = NO_ADDITIONS,
) -> Iterator[ValidationError]:
    """Yield what keeps plain data from being a file of the kind, as `jsonschema` tells it."""
    if not _predicates().accepts(published(kind, additions), data):
        yield from _validator(kind, additions).iter_errors(data)


@cache
def _predicates() -> Predicates:
    return Predicates()


@lru_cache(100)
def _validator(kind: str, additions: Additions) -> Validator:
    return _dialect()(published(kind, additions))


@cache
def _dialect() -> type[Validator]:
    # Imported here because it takes a fourth of the time of a check, and sound files do not need it.
    from jsonschema.validators import Draft202012Validator, extend

    members = _Members(Draft202012Validator.VALIDATORS["additionalProperties"], _predicates())
    keywords = {
        "properties": members.properties,
        "propertyNames": members.names,
        "additionalProperties": members.others,
        "items": members.elements,
    }
    extended: type[Validator] = extend(Draft202012Validator, keywords)  # type: ignore[no-untyped-call] # it has no types
    return extended


class _Members:
    """The keywords that descend to the members of a mapping or list; they do not descend to what is sound."""

    def __init__(self, refusing_others: Any, predicates: Predicates) -> None:  # noqa: ANN401 - a keyword's function
        self._refusing_others = refusing_others
        self._predicates = predicates
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
        if is_expression(value, schema) or self._predicates.accepts(schema, value):
            return
        for error in self._part(validator, schema).iter_errors(value):
            if path is not None:
                error.path.appendleft(path)
            if schema_path is not None:
                error.schema_path.appendleft(schema_path)
            yield error

    def _part(self, validator: Validator, schema: Schema) -> Validator:
        """Return the validator of a part of the schema; `Validator.descend` would make a new one for each value."""
        part = self._parts.get(id(schema))
        if part is None:
            part = self._parts[id(schema)] = validator.evolve(schema=schema)
        return part
