"""Rows as ordinary commands: gates hold, actions are performed, timers armed. A row that is refused leaves nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from voronka.definition.imports import Import
from voronka.process.commands import AddUser, Command, CreateDeal, Envelope, LogInteraction, MoveDeal, SetFields
from voronka.process.state import Stream, StreamKind
from voronka.runtime.engine import Engine
from voronka.runtime.importing.batch import BatchResult, refusal_fault
from voronka.runtime.importing.creation import creation_of
from voronka.runtime.importing.meaning import ReadRow
from voronka.runtime.importing.parties import Parties, party_names
from voronka.runtime.importing.source import RowFault
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
        return result

    def _carry_out(self, work: UnitOfWork, row: ReadRow, added: set[str], result: BatchResult) -> Received:
        name = (self._mapping.keys, row.case)
        deal = work.deals_by_key([name]).get(name)
        parties = Parties(self._engine, work, party_names([row]), self._import_id, self._actor)
        create = creation_of(self._mapping, self._import_id, row, parties) if deal is None else None
        stream = Stream(StreamKind.DEAL, self._engine.new_id() if deal is None else deal)
        commands = list(self._commands(row, parties, create))
        newcomers = [name for name in dict.fromkeys(row.newcomers) if name not in added]
        envelopes = [
            *(
                self._envelope(AddUser(name=name, label=name, import_id=self._import_id), WORKSPACE, None)
                for name in newcomers
            ),
            *parties.made,
            *(
                self._envelope(command, stream, row.created_at if command is create and row.created_at else row.at)
                for command in commands
            ),
        ]
        answers, _ = self._engine.perform(work, envelopes)
        for answer in answers:
            if answer.refusal is not None:
                raise refusal_fault(answer.refusal)
        added.update(newcomers)
        result.made.update({"deals": int(create is not None), "users": len(newcomers), **parties.counts})
        return Received(key=row.key, digest=row.digest, import_id=self._import_id, deal=stream.id)

    def _commands(self, row: ReadRow, parties: Parties, create: CreateDeal | None) -> Iterator[Command]:
        funnel = self._mapping.funnel
        values = parties.resolve({**(row.deal or {}), **row.set} if create is None else row.set)
        if create is not None:
            yield create
        first = self._engine.workspace.funnels[funnel].variants[None]
        if row.stage is not None and not (create is not None and row.stage == next(iter(first.stages))):
            yield MoveDeal(to=row.stage, set=values)
        elif values:
            yield SetFields(values=values)
        if row.interaction is not None:
            contact = parties.resolve(row.interaction)
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
