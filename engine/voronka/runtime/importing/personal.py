"""Which columns of a file hold personal values: nothing that stands in them is told outside the vault."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from voronka.definition.fields import Field, FieldType, Subject
from voronka.definition.imports import Import
from voronka.definition.vocabulary import BUILT_IN_COLLECTIONS, BUILT_IN_FIELDS
from voronka.definition.workspace import Workspace

__all__ = ["personal_columns"]

_LEDGER = BUILT_IN_COLLECTIONS["interactions"].fields


def personal_columns(mapping: Import, workspace: Workspace) -> frozenset[str]:
    """Return the columns that feed a personal field or name a contact.

    So do those that name the deals, if they do it in any mapping of these deals: the names are the same.
    """
    fields = {**BUILT_IN_FIELDS[Subject.DEALS], **workspace.fields.get(Subject.DEALS, {})}
    own = frozenset(_feeding(mapping, fields))
    for other in workspace.imports.values():
        if other.keys == mapping.keys and not _naming(other).isdisjoint(_feeding(other, fields)):
            return own | _naming(mapping)
    return own


def _naming(mapping: Import) -> frozenset[str]:
    return frozenset(mapping.key if mapping.case is None else (mapping.case,))


def _feeding(mapping: Import, fields: Mapping[str, Field]) -> Iterator[str]:
    given = [(mapping.deal, fields)]
    for event in mapping.events:
        given += [(event.set, fields), (event.interaction or {}, _LEDGER)]
    for values, declared in given:
        yield from (value.column for name, value in values.items() if value.column and _personal(declared.get(name)))


def _personal(field: Field | None) -> bool:
    return field is not None and (field.pii or field.type is FieldType.CONTACT)
