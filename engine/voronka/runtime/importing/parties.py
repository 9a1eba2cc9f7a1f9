"""Accounts and contacts that a file names: found by their names, also those of merged ones, or made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from voronka.definition.fields import FieldType
from voronka.expressions import Value
from voronka.hooks.importers import RowFault
from voronka.messages import Text
from voronka.process.commands import CreateParty, Envelope
from voronka.process.state import Stream, StreamKind
from voronka.runtime.engine import Engine
from voronka.runtime.importing.cells import Given, PartyName
from voronka.runtime.importing.meaning import ReadRow
from voronka.storage import Reader
from voronka.storage.vault import fold

__all__ = ["Parties", "party_names"]


class Parties:
    """The accounts and contacts of one batch. `made`: commands for those that are not there yet.

    `merged`: whether one was meant by the name of another that was merged into it.
    """

    def __init__(self, engine: Engine, reader: Reader, given: Iterable[PartyName], import_id: str, actor: str) -> None:
        self._engine = engine
        self._import_id = import_id
        self._actor = actor
        self._found: dict[tuple[FieldType, str], bytes | RowFault] = {}
        self._merged: dict[tuple[FieldType, str], bytes | RowFault] = {}
        self.made: list[Envelope] = []
        self.merged = False
        wanted: dict[tuple[FieldType, str], str] = {}
        for party in given:  # of several spellings the first is kept, in a batch as from one to the next
            wanted.setdefault((party.type, fold(party.name)), " ".join(party.name.split()))
        for kind, find in ((FieldType.ACCOUNT, reader.accounts_by_name), (FieldType.CONTACT, reader.contacts_by)):
            names = [name for (each, _), name in wanted.items() if each is kind]
            for merged, known in ((False, self._found), (True, self._merged)):
                for name, ids in find(names, merged=merged).items():
                    known[kind, fold(name)] = ids[0] if len(ids) == 1 else _several(kind, len(ids))
        self._wanted = wanted

    def include(self, stream: Stream, name: str) -> None:
        """Let the names mean a record that is about to be made, too, and by something else than by being named."""
        key = (FieldType(stream.kind.value), fold(name))
        if key in self._wanted:
            self._found[key] = _several(key[0], 2) if key in self._found else stream.id

    def resolve(self, values: Mapping[str, Given]) -> dict[str, Value]:
        """Return the values with ids in the place of names. Raises `RowFault` as `id_of` does."""
        return {
            name: self.id_of(value).hex() if isinstance(value, PartyName) else value for name, value in values.items()
        }

    def id_of(self, party: PartyName) -> bytes:
        """Return the id of the record, made by one of `made` if need be. Raises `RowFault` if the name fits several."""
        key = (party.type, fold(party.name))
        found = self._found.get(key)
        if found is None and key in self._merged:
            found = self._merged[key]
            self.merged = True
        if isinstance(found, RowFault):
            raise found
        if found is None:
            found = self._found[key] = self._engine.new_id()
            self.made.append(self._creation(party.type, self._wanted[key], found))
        return found

    @property
    def counts(self) -> dict[str, int]:
        """How many accounts and contacts are to be made."""
        accounts = sum(envelope.stream.kind is StreamKind.ACCOUNT for envelope in self.made)
        return {"accounts": accounts, "contacts": len(self.made) - accounts}

    def _creation(self, kind: FieldType, name: str, id_: bytes) -> Envelope:
        return Envelope(
            command=CreateParty(fields={"name": name}, import_id=self._import_id),
            stream=Stream(StreamKind(kind.value), id_),
            actor=self._actor,
            source="import",
        )


def party_names(rows: Iterable[ReadRow]) -> Iterator[PartyName]:
    """Yield every account and contact that the rows name."""
    for row in rows:
        for values in (row.deal, row.set, row.interaction):
            if values:
                yield from (value for value in values.values() if isinstance(value, PartyName))


def _several(kind: FieldType, count: int) -> RowFault:
    if kind is FieldType.ACCOUNT:
        return RowFault(
            Text("{count} accounts have this name: nobody can tell which is meant.", count=count),
            Text("Give the row's account a name of its own, or rename one of those accounts."),
            column="account",
        )
    return RowFault(
        Text("{count} contacts have this name: nobody can tell which is meant.", count=count),
        Text("Give the row's contact a name of its own, or merge those contacts."),
        column="contact",
    )
