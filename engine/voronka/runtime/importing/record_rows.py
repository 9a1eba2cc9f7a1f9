"""Rows that tell how records stand: whose each is, and what it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from voronka.definition.fields import Field, FieldType, Subject
from voronka.definition.imports import ColumnValue, RowImport
from voronka.definition.placeholders import names_nothing
from voronka.definition.vocabulary import BUILT_IN_FIELDS, ORDERS
from voronka.definition.workspace import Workspace
from voronka.hooks.importers import Row, RowFault
from voronka.messages import Label, Text
from voronka.runtime.importing.cells import Cells, Given, UnreadRow, sound, together
from voronka.runtime.importing.keys import keyed_hash

__all__ = ["RecordMeaning", "RecordRow"]

_NUMBER = Field(name="number", type=FieldType.INTEGER, label=Label.plain("number"))


class RecordRow(NamedTuple):
    """A row that was understood. `match`: the values of the keys by which its record is found, None where empty.

    `values`: what it says; an empty cell says nothing. `newcomers`: users to be added.
    """

    number: int
    line: int
    key: str
    digest: str
    match: tuple[str | None, ...]
    values: Mapping[str, Given]
    newcomers: tuple[str, ...]


class RecordMeaning(Cells):
    """Reads rows by the columns of one file. Raises `UsageFault` if a column of the mapping is not there.

    What names nothing (“-”, “нет”) in a column by which records are found is an empty cell: it would make one record
    of all that lack a key.

    `now`: a time later than this is refused. `secret`: under it hashes of rows are taken, which may hold personal
    values.
    """

    def __init__(
        self, mapping: RowImport, workspace: Workspace, header: Sequence[str], now: int, secret: bytes
    ) -> None:
        owners = {**BUILT_IN_FIELDS[mapping.subject], **workspace.fields.get(mapping.subject, {})}
        if mapping.subject is Subject.DEALS:
            owners["number"] = _NUMBER
        self._owners: Mapping[str, Field] = owners
        self._columns = owners if mapping.collection is None else mapping.collection.fields
        hidden = frozenset(_hidden(mapping, self._owners, self._columns))
        super().__init__(mapping.name, mapping.file, mapping.columns, workspace, header, now, hidden)
        self._secret = secret
        self._mapping = mapping
        self._naming = [column for value in _naming(mapping) for column in (value.column,) if column is not None]
        if not hidden.isdisjoint(self._naming):
            self._hidden |= {together(self._naming)}
        self._matched = frozenset(each.value.column for each in mapping.match)
        self._content = sorted(mapping.columns)
        self._seen: set[str] = set()

    def key(self, row: Row) -> str:
        """Return what names the row within its file. Raises `RowFault` for the second of a name."""
        cells = [row.cells[self._places[column]].strip() for column in self._naming]
        key = keyed_hash(self._secret, cells)
        if key in self._seen and not all(map(names_nothing, cells)):
            raise RowFault(
                Text("The key stands in an earlier row of this file already."),
                Text("Nobody can tell which of them holds: leave one row for each key."),
                column=together(self._naming),
                value=" / ".join(cells),
            )
        self._seen.add(key)
        return key

    def digest(self, row: Row) -> str:
        """Return a hash of what the mapping reads of the row."""
        return keyed_hash(self._secret, [row.cells[self._places[column]] for column in self._content])

    def read(self, number: int, row: Row, key: str, known: Mapping[str, object]) -> RecordRow:
        """Return what the row says. `known`: the users by name. Raises `UnreadRow` with all that is wrong."""
        newcomers: list[str] = []
        faults: list[RowFault] = []
        values = self._values(self._mapping.values, self._columns, row, known, newcomers, faults)
        match = tuple(
            sound(faults, self._match, self._owners[each.field], each.value, row) for each in self._mapping.match
        )
        if not faults and not any(match):
            faults.append(
                RowFault(
                    Text("The row does not say which record it means: the cell is empty."),
                    Text("Fill the column, or leave the row out."),
                    column=together([each.value.column or each.field for each in self._mapping.match]),
                )
            )
        collection = self._mapping.collection
        if not faults and collection is not None and collection.key not in values:
            faults.append(
                RowFault(
                    Text("The row has no {key}, by which it would be known again.", key=collection.key or ""),
                    Text("Fill the column, or leave the row out."),
                    column=self._mapping.values[collection.key or ""].column or "",
                )
            )
        if collection is not None and collection.name == ORDERS.name:
            sound(faults, self._refuse_coming, values.get("at"), row)
        if faults:
            raise UnreadRow(faults)
        return RecordRow(
            number=number,
            line=row.line,
            key=key,
            digest=self.digest(row),
            match=match,
            values=values,
            newcomers=tuple(newcomers),
        )

    def place(self, row: Row, gate: str) -> tuple[str, str]:
        """Return the column, and what stands in it, that a gate speaks of: that of the field at the end of its name."""
        value = self._mapping.values.get(gate.rpartition(".")[2])
        if value is None or value.column is None:
            return together(self._naming), " / ".join(row.cells[self._places[column]] for column in self._naming)
        return value.column, row.cells[self._places[value.column]]

    def _text(self, value: ColumnValue, row: Row) -> str | None:
        if value.column is not None and value.column in self._matched:
            written = row.cells[self._places[value.column]].strip()
            if written not in value.map and names_nothing(written):
                return value.default
        return super()._text(value, row)

    def _refuse_coming(self, at: Given, row: Row) -> None:
        """Raise `RowFault` if an order is dated on a moment that is still to come."""
        if isinstance(at, int):
            value = self._mapping.values["at"]
            self._refuse_future(at, value, self._text(value, row) or "")

    def _match(self, field: Field, value: ColumnValue, row: Row) -> str | None:
        if field is _NUMBER:
            text = self._text(value, row)
            if text is not None and not text.removeprefix("#").isdecimal():
                raise RowFault(
                    Text("This is no number of a deal."),
                    Text("Write it in digits, as `voronka deal list` shows it."),
                    column=value.column or "",
                    value=text,
                )
            return None if text is None else str(int(text.removeprefix("#")))
        found = self._value(field, value, row, {}, [])
        return None if found is None else str(found)


def _naming(mapping: RowImport) -> list[ColumnValue]:
    """Return what names a row within its file: by which its record is found, and its key within a collection."""
    found = [each.value for each in mapping.match]
    if mapping.collection is not None and mapping.collection.key is not None:
        found.append(mapping.values[mapping.collection.key])
    return found


def _hidden(mapping: RowImport, owners: Mapping[str, Field], columns: Mapping[str, Field]) -> list[str]:
    """Return the columns that feed a personal field or name a contact."""
    read = [(owners[each.field], each.value) for each in mapping.match]
    read += [(columns[name], value) for name, value in mapping.values.items()]
    return [
        value.column
        for field, value in read
        if value.column is not None and (field.pii or field.type is FieldType.CONTACT)
    ]
