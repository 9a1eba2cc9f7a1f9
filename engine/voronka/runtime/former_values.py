"""Values that nobody changes any more and that a new configuration would read as another type.

Closed deals keep theirs for good, and a field that was given up leaves its values where they were: conditions, and the
indexes made for them, would meet a text where they read a number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from voronka.definition.fields import Collection, Field, FieldType, Subject
from voronka.definition.scopes import type_of
from voronka.definition.values import still_fits
from voronka.definition.workspace import Workspace
from voronka.expressions import Kind
from voronka.process.commands import Sealed
from voronka.process.state import Held, StreamKind, VaultRef
from voronka.storage import Reader

__all__ = ["IN_OWN_UNITS", "count_former_values", "form_of"]

IN_OWN_UNITS = frozenset({FieldType.MONEY, FieldType.PERCENT, FieldType.DATETIME})
"""Types of values that say something else as another type: an amount is kept in minor units, a percent as a fraction,
a moment in microseconds."""
_WRITTEN = frozenset({Kind.TEXT, Kind.CHOICE, Kind.REFERENCE})
_KINDS = {Subject.DEALS: StreamKind.DEAL, Subject.ACCOUNTS: StreamKind.ACCOUNT, Subject.CONTACTS: StreamKind.CONTACT}
_Fields = Mapping[str, tuple[Field | None, Field]]
"""The old declaration of each name, None if it had none, and the new one."""


def form_of(field: Field) -> tuple[object, ...]:
    """Return what decides which values a field can hold."""
    return field.type, frozenset(field.options), field.pii, field.formula


def count_former_values(reader: Reader, old: Workspace, new: Workspace) -> Counter[tuple[str, str, str]]:
    """Return how many values `new` would read as another type, by the kind of conflict and the name of the field:
    those of closed deals, and those of fields that `old` does not declare.
    """
    found: Counter[tuple[str, str, str]] = Counter()
    for subject, kind in _KINDS.items():
        before, after = old.fields.get(subject, {}), new.fields.get(subject, {})
        if subject is Subject.DEALS and (changed := _changed(before, after)):
            found += _count("closed.value", "", changed, reader.holding(kind, changed, closed=True))
        if fresh := _fresh(before, after):
            found += _count("former.value", "", fresh, reader.holding(kind, fresh))
        for name, collection in new.collections.get(subject, {}).items():
            known = old.collections.get(subject, {}).get(name)
            found += _of_rows(reader, name, known, collection, subject)
    return found


def _of_rows(
    reader: Reader, name: str, old: Collection | None, new: Collection, subject: Subject
) -> Counter[tuple[str, str, str]]:
    before = {} if old is None else old.fields
    found: Counter[tuple[str, str, str]] = Counter()
    if subject is Subject.DEALS and (changed := _changed(before, new.fields)):
        found += _count("closed.column", f"{name}.", changed, reader.rows_holding(name, changed, closed=True))
    if fresh := _fresh(before, new.fields):
        found += _count("former.column", f"{name}.", fresh, reader.rows_holding(name, fresh))
    return found


def _changed(old: Mapping[str, Field], new: Mapping[str, Field]) -> _Fields:
    common = {name: (old[name], field) for name, field in new.items() if name in old and field.formula is None}
    return {name: (before, after) for name, (before, after) in common.items() if form_of(before) != form_of(after)}


def _fresh(old: Mapping[str, Field], new: Mapping[str, Field]) -> _Fields:
    return {name: (None, field) for name, field in new.items() if name not in old and field.formula is None}


def _count(
    kind: str, prefix: str, fields: _Fields, records: Iterable[Mapping[str, Held | None]]
) -> Counter[tuple[str, str, str]]:
    return Counter(
        ("", kind, prefix + name)
        for values in records
        for name, (before, after) in fields.items()
        if (held := values.get(name)) is not None and not _readable(before, after, held)
    )


def _readable(before: Field | None, after: Field, held: Held) -> bool:
    """Tell whether a value can be read as one of a field; it need not be one that could still be given to it."""
    if isinstance(held, (VaultRef, Sealed)) or after.pii:
        return after.pii and isinstance(held, (VaultRef, Sealed))
    kind = type_of(after).kind
    if kind in _WRITTEN:
        return isinstance(held, str)
    if kind is Kind.CHOICES:
        return isinstance(held, tuple)
    if before is not None and before.type is not after.type and not IN_OWN_UNITS.isdisjoint((before.type, after.type)):
        return False
    return still_fits(after, held)
