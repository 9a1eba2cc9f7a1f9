"""Values, names and moments as a recorded scenario writes them: nothing personal among them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from voronka.definition.fields import Collection, Field, FieldType
from voronka.definition.row_keys import key_field, written_key
from voronka.definition.workspace import Workspace
from voronka.definition.writing import literal, written_moment, written_value
from voronka.process.commands import Sealed
from voronka.process.state import VaultRef

__all__ = ["ToldValues", "fields_of", "is_personal"]

_SECOND = 1_000_000
_OF_SOMEBODY = frozenset({FieldType.PHONE, FieldType.EMAIL})
"""Types whose values lead to somebody, declared personal or not."""
_UNKNOWN = object()
"""Stands for a value that the present definition cannot hold."""


def is_personal(field: Field, value: object) -> bool:
    """Tell whether a value leads to somebody: it is declared so, was once, or is a mail or a telephone."""
    return field.pii or isinstance(value, (VaultRef, Sealed)) or field.type in _OF_SOMEBODY


class ToldValues:
    """Writes the values of one scenario, in which accounts, contacts, mails and telephones have numbers instead."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._names: dict[str, str] = {}
        self._known: dict[tuple[FieldType, object], int] = {}

    def values(self, values: Mapping[str, Any], fields: Mapping[str, Field]) -> dict[str, Any]:
        """Return the values of declared fields as they are written; what is not declared any more is left out."""
        told = {
            name: self._value(fields[name], value)
            for name, value in values.items()
            if name in fields and fields[name].formula is None
        }
        return {name: value for name, value in told.items() if value is not _UNKNOWN}

    def _value(self, field: Field, value: Any) -> Any:  # noqa: ANN401 - a value of any field
        if value is None:
            return None
        if is_personal(field, value):
            return self.stand_in(field, value)
        match field.type:
            case FieldType.ACCOUNT | FieldType.CONTACT:
                return self.name(field.type.value, str(value))
            case FieldType.USER:
                return value if value in self._workspace.people else _UNKNOWN
            case FieldType.CHOICE if value not in field.options:
                return _UNKNOWN
            case FieldType.CHOICES if isinstance(value, (tuple, list)):
                return [each for each in value if each in field.options]
        text = written_value(field, value, currency=self._workspace.currency, timezone=self._workspace.timezone)
        return literal(text)

    def stand_in(self, field: Field, value: object) -> str:
        """Return what stands for a personal value: another one for another mail or telephone, so that what tells
        records and rows apart still does.
        """
        match field.type:
            case FieldType.PHONE:
                return f"+7{self._number(field, value):010}"
            case FieldType.EMAIL:
                return f"somebody{self._number(field, value) or ''}@client.example"
            case FieldType.URL:
                return "https://client.example"
            case FieldType.DATE:
                return "2000-01-01"
        return "…"

    def _number(self, field: Field, value: object) -> int:
        """Return how many others of a type have been told before a value, whatever the case of its letters."""
        known = (field.type, value.casefold() if isinstance(value, str) else value)
        return self._known.setdefault(known, sum(of is field.type for of, _ in self._known))

    def key(self, collection: Collection, key: str) -> str:
        """Return the key of a row as it is written, where accounts, contacts, mails and telephones are other ones."""
        field = key_field(collection)
        if field is not None and field.type in (FieldType.ACCOUNT, FieldType.CONTACT):
            return self.name(field.type.value, key)
        if field is not None and is_personal(field, key):
            return self.stand_in(field, key)
        return written_key(self._workspace, collection, key)

    def name(self, kind: str, record: str) -> str:
        """Return what an account or a contact is called in the scenario: its kind and a number."""
        if record not in self._names:
            number = 1 + sum(name.startswith(kind.capitalize()) for name in self._names.values())
            self._names[record] = f"{kind.capitalize()} {number}"
        return self._names[record]

    def moment(self, at: int) -> str:
        """Return a moment (UTC microseconds) by the clock of the workspace, to the second."""
        return written_moment(at // _SECOND * _SECOND, self._workspace.timezone)


def fields_of(fields: Mapping[str, Field], names: Iterable[str]) -> list[Field]:
    """Return the fields of these names."""
    return [fields[name] for name in names]
