"""A batch of rows as the past of deals: no gates, no actions; what the gates would have said is counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from voronka.definition.imports import Import
from voronka.hooks.importers import RowFault
from voronka.process.commands import AddUser, CreateDeal, Envelope, HistoryRow, ImportHistory
from voronka.process.events import HistoryImported
from voronka.process.state import Stream, StreamKind
from voronka.runtime.engine import Engine
from voronka.runtime.importing.batch import BatchResult, left_out, refusal_fault
from voronka.runtime.importing.creation import creation_of
from voronka.runtime.importing.meaning import Given, ReadRow
from voronka.runtime.importing.parties import Parties, party_names
from voronka.storage import WORKSPACE, Entry, Received, UnitOfWork

__all__ = ["PastRows"]


class _Past(NamedTuple):
    """The rows of one deal and the command that writes them."""

    envelope: Envelope
    rows: Sequence[ReadRow]
    opens: bool


class PastRows:
    """Writes rows of a mapping in mode `history`."""

    def __init__(self, engine: Engine, mapping: Import, import_id: str) -> None:
        self._engine = engine
        self._mapping = mapping
        self._import_id = import_id
        self._actor = f"import:{import_id}"

    def write(self, work: UnitOfWork, rows: Sequence[ReadRow]) -> BatchResult:
        """Write rows that no import has taken yet, in the caller's unit of work."""
        result = BatchResult()
        parties = Parties(self._engine, work, party_names(rows), self._import_id, self._actor)
        pasts = list(self._pasts(work, rows, parties, result))
        newcomers = dict.fromkeys(name for past in pasts for row in past.rows for name in row.newcomers)
        users = [self._newcomer(name) for name in newcomers]
        first = [*users, *parties.made]
        answers, entries = self._engine.perform(work, [*first, *(past.envelope for past in pasts)])
        outcomes = dict(_outcomes(entries))
        for past, answer in zip(pasts, answers[len(first) :], strict=True):
            if answer.refusal is not None:
                fault = refusal_fault(answer.refusal)
                result.refused += [(row, fault) for row in past.rows]
            else:
                result.made["deals"] += past.opens
                self._settle(past, outcomes[past.envelope.stream], result)
        result.made.update({"users": len(users), **parties.counts})
        return result

    def _settle(self, past: _Past, outcome: HistoryImported, result: BatchResult) -> None:
        result.violations.update(outcome.violations)
        for row in past.rows:
            if (code := outcome.refused.get(row.key)) is not None:
                result.refused.append((row, left_out(code)))
                continue
            deal = past.envelope.stream.id
            result.taken.append(Received(key=row.key, digest=row.digest, import_id=self._import_id, deal=deal))

    def _pasts(
        self, work: UnitOfWork, rows: Sequence[ReadRow], parties: Parties, result: BatchResult
    ) -> Iterator[_Past]:
        by_case: dict[str, list[ReadRow]] = {}
        for row in rows:
            by_case.setdefault(row.case, []).append(row)
        space = self._mapping.keys
        known = work.deals_by_key((space, case) for case in by_case)
        for case, mine in by_case.items():
            deal = known.get((space, case))
            create: CreateDeal | None = None
            opened: int | None = None
            written: list[ReadRow] = []
            past: list[HistoryRow] = []
            for row in mine:
                try:
                    if deal is None and create is None:
                        create, opened = creation_of(self._mapping, self._import_id, row, parties), row.created_at
                        past.append(_history_row(row, {}, parties))
                    else:
                        past.append(_history_row(row, row.deal or {}, parties))
                except RowFault as fault:
                    result.refused.append((row, fault))
                else:
                    written.append(row)
            if written:
                command = ImportHistory(import_id=self._import_id, rows=tuple(past), create=create)
                stream = Stream(StreamKind.DEAL, self._engine.new_id() if deal is None else deal)
                at = opened if opened is not None else min(row.at for row in written)
                yield _Past(self._envelope(command, stream, at), written, create is not None)

    def _newcomer(self, name: str) -> Envelope:
        return self._envelope(AddUser(name=name, label=name, import_id=self._import_id), WORKSPACE, None)

    def _envelope(self, command: AddUser | ImportHistory, stream: Stream, at: int | None) -> Envelope:
        return Envelope(command=command, stream=stream, actor=self._actor, source="import", occurred_at=at)


def _outcomes(entries: Iterable[Entry]) -> Iterator[tuple[Stream, HistoryImported]]:
    for entry in entries:
        for event in entry.events:
            if isinstance(event, HistoryImported):
                yield entry.stream, event


def _history_row(row: ReadRow, deal: Mapping[str, Given], parties: Parties) -> HistoryRow:
    return HistoryRow(
        key=row.key,
        at=row.at,
        stage=row.stage,
        set=parties.resolve({**deal, **row.set}),
        interaction=None if row.interaction is None else parties.resolve(row.interaction),
        user=row.user,
    )
