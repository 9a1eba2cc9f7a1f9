"""Rows as ordinary commands: gates hold, actions are performed, timers armed. A row that is refused leaves nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from voronka.definition.imports import Import
from voronka.expressions import Value
from voronka.hooks.importers import RowFault
from voronka.messages import Text
from voronka.process.commands import AddUser, Command, Envelope, LogInteraction, MoveDeal, Origin, SetFields
from voronka.process.state import Stream, StreamKind
from voronka.runtime.answers import Answer
from voronka.runtime.engine import Engine
from voronka.runtime.importing.batch import BatchResult, RowsRefused, fault_of
from voronka.runtime.importing.deals import creation_of, known_deals
from voronka.runtime.importing.meaning import ReadRow
from voronka.runtime.importing.parties import Parties, party_names
from voronka.storage import WORKSPACE, Received, UnitOfWork

__all__ = ["LiveRows"]


class LiveRows:
    """Carries out rows of a mapping in mode `live`, one by one. `actor`: who does what the rows say."""

    def __init__(self, engine: Engine, mapping: Import, import_id: str, actor: str) -> None:
        self._engine = engine
        self._mapping = mapping
        self._import_id = import_id
        self._actor = actor

    def write(self, work: UnitOfWork, rows: Sequence[ReadRow]) -> BatchResult:
        """Carry out rows that no import has taken yet, in the caller's unit of work."""
        result = BatchResult()
        added: set[str] = set()
        for row in rows:
            try:
                with work.part():
                    result.taken.append(self._carry_out(work, row, added, result))
            except RowFault as fault:
                result.refused.append((row, fault))
            except RowsRefused as found:
                result.refused += found.faults
        return result

    def _carry_out(self, work: UnitOfWork, row: ReadRow, added: set[str], result: BatchResult) -> Received:
        deal = known_deals(work, self._mapping, [row]).get(row.deal_key)
        parties = Parties(self._engine, work, party_names([row]), self._import_id, self._actor)
        create = creation_of(self._mapping, self._import_id, row, parties) if deal is None else None
        stream = Stream(StreamKind.DEAL, self._engine.new_id() if deal is None else deal)
        values = parties.resolve({**(row.deal or {}), **row.set} if create is None else row.set)
        contact = None if row.interaction is None else parties.resolve(row.interaction)
        newcomers = [name for name in dict.fromkeys(row.newcomers) if name not in added]
        first = [
            *(
                self._envelope(AddUser(name=name, label=name, import_id=self._import_id), WORKSPACE, None)
                for name in newcomers
            ),
            *parties.made,
        ]
        if create is not None:
            first.append(self._envelope(create, stream, row.created_at or row.at))
        answers = self._perform(work, row, first)
        stage = answers[-1].summary["stage"] if create is not None else None
        if create is not None and row.stage == stage:
            self._check_opening(row)
        commands = self._commands(row, values, contact, stage)
        self._perform(work, row, [self._envelope(command, stream, row.at) for command in commands])
        added.update(newcomers)
        result.made.update({"deals": int(create is not None), "users": len(newcomers), **parties.counts})
        return Received(key=row.key, digest=row.digest, import_id=self._import_id, deal=stream.id)

    def _check_opening(self, row: ReadRow) -> None:
        """Raise `RowFault` if the row has its deal come to its first stage later than it is opened: no command does."""
        if row.created_at is None or row.at <= row.created_at:
            return
        column = (
            None if self._mapping.stage is None or self._mapping.stage.at is None else self._mapping.stage.at.column
        )
        raise RowFault(
            Text("The deal begins in {stage} when it is opened, and the row has it come there later.", stage=row.stage),
            Text(
                "Import it with `mode: history`, which keeps both times; or take the time of this stage out of the row."
            ),
            column=column or self._mapping.at or "",
        )

    def _perform(self, work: UnitOfWork, row: ReadRow, envelopes: list[Envelope]) -> list[Answer]:
        """Carry out commands of a row; raise `RowsRefused` with all that is in the way of one of them."""
        if not envelopes:
            return []
        answers, _ = self._engine.perform(work, envelopes)
        for answer in answers:
            if answer.refusal is not None:
                raise RowsRefused([(row, fault_of(failure, failure.gate)) for failure in answer.refusal.failures])
        return answers

    def _commands(
        self, row: ReadRow, values: dict[str, Value], contact: dict[str, Value] | None, stage: str | None
    ) -> Iterator[Command]:
        """Yield what the row says of its deal, which the row itself has just put into `stage` (None: it was there)."""
        origin = Origin(self._mapping.source)
        if row.stage is not None and row.stage != stage:
            yield MoveDeal(to=row.stage, set=values, origin=origin)
        elif values:
            yield SetFields(values=values, origin=origin)
        if contact is not None:
            yield LogInteraction(values=contact if row.user is None else {"user": row.user, **contact})

    def _envelope(self, command: Command, stream: Stream, at: int | None) -> Envelope:
        return Envelope(
            command=command,
            stream=stream,
            actor=self._actor,
            source="import",
            occurred_at=at,
            import_id=self._import_id if stream.kind is StreamKind.DEAL else None,
        )
