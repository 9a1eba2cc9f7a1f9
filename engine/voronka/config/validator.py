"""`jsonschema` over whole files, made quick enough for a check at every save."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from voronka.config.schema import Schema, published

if TYPE_CHECKING:
    from jsonschema import ValidationError
    from jsonschema.protocols import Validator

__all__ = ["errors_of"]

_MANY = 100_000


def errors_of(kind: str, data: Any) -> Iterator[ValidationError]:  # noqa: ANN401 - JSON data of any shape
    """Yield what keeps plain data from being a file of the kind, as `jsonschema` tells it."""
    yield from _validator(kind).iter_errors(data)


@cache
def _validator(kind: str) -> Validator:
    return _dialect()(published(kind))


@cache
def _dialect() -> type[Validator]:
    # Imported here because it takes 80 ms, which `--help` need not wait for.
    from jsonschema.validators import Draft202012Validator, extend

    members = _Members(Draft202012Validator.VALIDATORS["additionalProperties"])
    keywords = {
        "properties": members.properties,
        "propertyNames": members.names,
        "additionalProperties": members.others,
    }
    extended: type[Validator] = extend(Draft202012Validator, keywords)  # type: ignore[no-untyped-call] # it has no types
    return extended


class _Members:
    """The keywords that descend to the members of a mapping.

    They do not descend again to a text or number that has met the same schema: most of those in a file recur.
    """

    def __init__(self, refusing_others: Any) -> None:  # noqa: ANN401 - a keyword as jsonschema has it
        self._refusing_others = refusing_others
        self._sound: set[tuple[int, type, object]] = set()

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

    def _descend(self, validator: Any, value: object, schema: Schema, **steps: object) -> Iterator[Any]:  # noqa: ANN401
        if isinstance(value, (dict, list)):
            yield from validator.descend(value, schema, **steps)
            return
        met = (id(schema), type(value), value)
        if met not in self._sound:
            errors = list(validator.descend(value, schema, **steps))
            if not errors and len(self._sound) < _MANY:
                self._sound.add(met)
            yield from errors
