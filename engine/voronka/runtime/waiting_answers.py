"""What actions of plugins have answered and what waits in the queue to be taken; the words lie in the vault."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from voronka.definition.fields import Field, FieldType
from voronka.definition.values import ValueFault, check_value, read_value
from voronka.definition.workspace import Workspace
from voronka.frozen import frozen
from voronka.process.commands import Sealed
from voronka.process.state import DealState, VaultRef
from voronka.storage import AnswerPart, Queued, Reader, message_ref

__all__ = ["WaitingAnswer", "kept_answer", "waiting_answers"]

_CHUNK = 1_000
_REFERENCES = (FieldType.ACCOUNT, FieldType.CONTACT, FieldType.USER)
_SEALED = Sealed(b"", "", "")


@frozen
class WaitingAnswer:
    """A command for a deal that an action has answered with. `to`: of a move, the stage."""

    deal: DealState
    fields: Mapping[str, Any]
    to: str | None = None

    def values(self, fields: Mapping[str, Field], workspace: Workspace) -> dict[str, object]:
        """Return its values of some fields as a definition reads them, without those that it cannot read."""
        read: dict[str, object] = {}
        for name, given in self.fields.items():
            field = fields.get(name)
            if field is None or given is None:
                continue
            try:
                read[name] = _value(field, given, workspace)
            except ValueFault:
                continue  # refused anyway
        return read


def _value(field: Field, given: Any, workspace: Workspace) -> object:  # noqa: ANN401 - as a plugin gave it
    if field.pii:
        return _SEALED
    if field.type in _REFERENCES:
        return given
    if isinstance(given, str):
        return read_value(field, given, currency=workspace.currency, timezone=workspace.timezone, day_first=True)
    return check_value(field, given)


def kept_answer(reader: Reader, row: Queued, part: AnswerPart) -> Mapping[str, Any] | None:
    """Return the request that a part of an answer means; None if it has been erased."""
    kept = VaultRef(row.origin, message_ref(row.origin, part.effect))
    text = reader.vault_get([kept]).get(kept)
    if text is None:
        return None
    request: Mapping[str, Any] = json.loads(text)[part.kind]
    return request


def waiting_answers(reader: Reader) -> Iterator[WaitingAnswer]:
    """Yield what waits of the answers of actions, but for what they write into the ledger."""
    keys = reader.queued_keys(reader.queue_length())
    for start in range(0, len(keys), _CHUNK):
        rows = [row for row in reader.queued(keys[start : start + _CHUNK]) if isinstance(row.command, AnswerPart)]
        deals = reader.deals({row.target.id for row in rows})
        for row in rows:
            deal = deals.get(row.target.id)
            said = kept_answer(reader, row, row.command) if isinstance(row.command, AnswerPart) else None
            if deal is not None and said is not None and said["command"] in ("deal.set", "deal.move"):
                yield WaitingAnswer(deal=deal, fields=said["fields"], to=said.get("to"))
