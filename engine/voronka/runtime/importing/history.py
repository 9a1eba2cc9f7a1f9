"""A batch of rows as the past of deals: no gates, no actions; what the gates would have said is counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from voronka.definition.imports import Import
from voronka.hooks.importers import RowFault
from voronka.process.commands import AddUser, CreateDeal, Envelope, HistoryRow, ImportHistory, Origin
from voronka.process.events import HistoryImported
from voronka.process.state import Stream, StreamKind
from voronka.process.step import Refusal
from voronka.runtime.engine import Engine
from voronka.runtime.importing.batch import AnyRow, BatchResult, RowsRefused, fault_of
from voronka.runtime.importing.cells import Given
from voronka.runtime.importing.deals import creation_of, known_deals
from voronka.runtime.importing.meaning import ReadRow
from voronka.runtime.importing.parties import Parties, party_names
from voronka.storage import WORKSPACE, Received, UnitOfWork

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
        """Write rows that no import has taken yet, in the caller's unit of work.

        A row that cannot be taken leaves nothing, neither a deal nor an account or a person: the batch is written
        anew without it.
        """
        refused: list[tuple[AnyRow, RowFault]] = []
        while rows:
            try:
                with work.part():
                    result = self._attempt(work, rows)
            except RowsRefused as found:
                refused += found.faults
                gone = {row.number for row, _ in found.faults}
                rows = [row for row in rows if row.number not in gone]
            else:
                result.refused = refused
                return result
        return BatchResult(refused=refused)

    def _attempt(self, work: UnitOfWork, rows: Sequence[ReadRow]) -> BatchResult:
        """Write rows; raise `RowsRefused` if any of them cannot be taken."""
        result = BatchResult()
        parties = Parties(self._engine, work, party_names(rows), self._import_id, self._actor)
        faults: list[tuple[ReadRow, RowFault]] = []
        pasts = list(self._pasts(work, rows, parties, faults))
        newcomers = dict.fromkeys(name for past in pasts for row in past.rows for name in row.newcomers)
        users = [self._newcomer(name) for name in newcomers]
        first = [*users, *parties.made]
        answers, entries = self._engine.perform(work, [*first, *(past.envelope for past in pasts)])
        for past, answer in zip(pasts, answers[len(first) :], strict=True):
            if answer.refusal is not None:
                faults += _faults(past.rows, answer.refusal)
                continue
            result.made["deals"] += past.opens
            deal = past.envelope.stream.id
            result.taken += [
                Received(key=row.key, digest=row.digest, import_id=self._import_id, deal=deal) for row in past.rows
            ]
        if faults:
            raise RowsRefused(faults)
        for entry in entries:
            for event in entry.events:
                if isinstance(event, HistoryImported):
                    result.violations.update(event.violations)
        result.made.update({"users": len(users), **parties.counts})
        return result

    def _pasts(
        self,
        work: UnitOfWork,
        rows: Sequence[ReadRow],
        parties: Parties,
        faults: list[tuple[ReadRow, RowFault]],
    ) -> Iterator[_Past]:
        by_deal: dict[str, list[ReadRow]] = {}
        for row in rows:
            by_deal.setdefault(row.deal_key, []).append(row)
        known = known_deals(work, self._mapping, rows)
        origin = Origin(self._mapping.source)
        for key, mine in by_deal.items():
            deal = known.get(key)
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
                    faults.append((row, fault))
                else:
                    written.append(row)
            if written:
                command = ImportHistory(import_id=self._import_id, rows=tuple(past), create=create, origin=origin)
                stream = Stream(StreamKind.DEAL, self._engine.new_id() if deal is None else deal)
                at = opened if opened is not None else written[0].at
                yield _Past(self._envelope(command, stream, at), written, create is not None)

    def _newcomer(self, name: str) -> Envelope:
        return self._envelope(AddUser(name=name, label=name, import_id=self._import_id), WORKSPACE, None)

    def _envelope(self, command: AddUser | ImportHistory, stream: Stream, at: int | None) -> Envelope:
        return Envelope(command=command, stream=stream, actor=self._actor, source="import", occurred_at=at)


def _faults(rows: Sequence[ReadRow], refusal: Refusal) -> Iterator[tuple[ReadRow, RowFault]]:
    """Yield what is wrong, with its row; what is wrong with the opening of the deal, with the row that opens it."""
    by_key = {row.key: row for row in rows}
    for failure in refusal.failures:
        key, colon, gate = failure.gate.partition(":")
        row = by_key.get(key) if colon else None
        yield (rows[0], fault_of(failure, failure.gate)) if row is None else (row, fault_of(failure, gate))


def _history_row(row: ReadRow, deal: Mapping[str, Given], parties: Parties) -> HistoryRow:
    return HistoryRow(
        key=row.key,
        at=row.at,
        stage=row.stage,
        set=parties.resolve({**deal, **row.set}),
        interaction=None if row.interaction is None else parties.resolve(row.interaction),
        user=row.user,
    )
