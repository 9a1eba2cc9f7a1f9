"""The accounts and contacts that a scenario names: each is made with the step that names it first."""

from __future__ import annotations

from collections.abc import Mapping

from voronka.definition.people import SCENARIO_ACTOR
from voronka.definition.scenarios import PartyName, Values
from voronka.expressions import Value
from voronka.process.commands import CreateParty, Envelope
from voronka.process.state import Stream, StreamKind
from voronka.runtime.engine import Engine

__all__ = ["SOURCE", "Parties"]

SOURCE = SCENARIO_ACTOR
"""Who acts, and through what, where a scenario sets the scene."""


class Parties:
    """Finds accounts and contacts by their names. `account`: the deal's, to which every contact belongs."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict[PartyName, Stream] = {}
        self._new: list[Envelope] = []
        self.account: Stream | None = None

    def find(self, party: PartyName) -> Stream:
        """Return the record of this name; one that is not there yet is among the `new` ones."""
        return self._known.get(party) or self.make(party, {"name": party.name})

    def known(self, party: PartyName) -> Stream | None:
        """Return the record of this name, None if there is none."""
        return self._known.get(party)

    def make(self, party: PartyName, given: Values) -> Stream:
        """Let there be a record with these fields; it is among the `new` ones."""
        stream = Stream(StreamKind(party.kind), self._engine.new_id())
        self._known[party] = stream
        fields = {name: value for name, value in self.values(given).items() if value is not None}
        if stream.kind is StreamKind.CONTACT and self.account is not None:
            fields.setdefault("account", self.account.id.hex())
        self._new.append(Envelope(command=CreateParty(fields=fields), stream=stream, actor=SOURCE, source=SOURCE))
        return stream

    def new(self) -> list[Envelope]:
        """Return the commands that make what was named since the last call."""
        new, self._new = self._new, []
        return new

    def values(self, values: Values) -> dict[str, Value | None]:
        """Return values with the ids of records in place of their names."""
        return {
            name: self.find(value).id.hex() if isinstance(value, PartyName) else value for name, value in values.items()
        }

    def names(self) -> Mapping[str, str]:
        """Return the names of the records by their ids."""
        return {stream.id.hex(): party.name for party, stream in self._known.items()}
