"""Values, names and moments as a recorded scenario writes them: nothing personal among them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from voronka.definition.fields import Field, FieldType
from voronka.definition.workspace import Workspace
from voronka.definition.writing import literal, written_moment, written_value
from voronka.process.commands import Sealed
from voronka.process.state import VaultRef

__all__ = ["ToldValues", "fields_of"]

_SECOND = 1_000_000
_STAND_INS: Mapping[FieldType, str] = {
    FieldType.PHONE: "+70000000000",
    FieldType.EMAIL: "somebody@client.example",
    FieldType.URL: "https://client.example",
    FieldType.DATE: "2000-01-01",
}
"""What stands for a personal value of a type; of the others, text."""
_OF_SOMEBODY = frozenset({FieldType.PHONE, FieldType.EMAIL})
"""Types whose values lead to somebody, declared personal or not."""
_UNKNOWN = object()
"""Stands for a value that the present definition cannot hold."""


class ToldValues:
    """Writes the values of one scenario, in which accounts and contacts have numbers in place of names."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._names: dict[str, str] = {}

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
        kept = isinstance(value, (VaultRef, Sealed))
        if field.pii or kept or field.type in _OF_SOMEBODY:  # it may have become personal since
            return _STAND_INS.get(field.type, "…")
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
