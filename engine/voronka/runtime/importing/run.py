"""The run of an import: rows in batches, a transaction each, its position with them: it goes on where it stopped."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from functools import partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from voronka.definition.imports import Import, RowImport
from voronka.errors import UsageFault
from voronka.expressions import suggest
from voronka.hooks.host import Host
from voronka.hooks.importers import RowFault, RowFormat
from voronka.messages import Text
from voronka.process.commands import Envelope, FinishImport, StartImport
from voronka.runtime.batches import BatchSize
from voronka.runtime.client import Progress
from voronka.runtime.collection import without_collection
from voronka.runtime.engine import Engine
from voronka.runtime.importing.rehearsal import rehearsal
from voronka.runtime.importing.report import SHOWN, ImportReport, RefusalList, RowRefusal, Tally
from voronka.runtime.importing.source import Source, open_source
from voronka.runtime.importing.taking import NamedRow, taking_of
from voronka.runtime.importing.turn import turn
from voronka.runtime.viewer import LOCAL_ACTOR
from voronka.storage import WORKSPACE, Hold, ImportRun, Reader, UnitOfWork

__all__ = ["import_file"]

SMALLEST, BATCH = 200, 2_000
"""Rows of the past a transaction, by the time they take: enough for bulk statements, few for commands between."""

_FEW, _LONGEST = 10, 0.05


def import_file(
    engine: Engine,
    mapping_name: str,
    path: Path,
    *,
    actor: str = LOCAL_ACTOR,
    dry_run: bool = False,
    folder: Path | None = None,
    progress: Progress | None = None,
    plugins: Host | None = None,
    language: str | None = None,
) -> ImportReport:
    """Import a file by a mapping of the configuration and return what it came to.

    What is committed stays, and the same command goes on from there after a kill, a full disk or any other end. Rows
    that an earlier import took are passed over. `dry_run`: everything is done in a copy that is thrown away.
    `folder`: where the list of refused rows goes; None: nowhere. `progress` hears of ``done`` and ``total`` bytes and
    of ``rows``. `plugins`: whose formats the mapping may name. `language`: of that list; by
    default the workspace's.

    Raises `UsageFault` (an unknown mapping, a file that cannot be read or lacks a column, another import is running)
    and `EnvironmentFault` (the disk is full …).
    """
    mapping = _mapping(engine, mapping_name)
    source = open_source(path, mapping.file, _format(mapping, plugins or Host()))
    with turn(engine) as mine, rehearsal(engine) if dry_run else nullcontext(engine) as stage:
        run = _Run(
            stage,
            mapping,
            source,
            mine,
            actor=actor,
            dry_run=dry_run,
            folder=folder,
            progress=progress,
            language=language or engine.workspace.locale,
        )
        return run.carry_out()


def _format(mapping: Import | RowImport, plugins: Host) -> RowFormat:
    found = plugins.find(RowFormat, mapping.file.kind)
    if found is None:
        raise UsageFault(
            Text("Nothing reads files of the format {name} now.", name=mapping.file.kind),
            Text("See what is wrong with its plugin: voronka plugins list"),
        )
    return found


def _mapping(engine: Engine, name: str) -> Import | RowImport:
    known: Mapping[str, Import | RowImport] = {**engine.workspace.imports, **engine.workspace.row_imports}
    if name in known:
        return known[name]
    meant = suggest(name, known)
    remedy = (
        Text("The mappings are: {names}.", names=", ".join(known))
        if known
        else Text("The workspace has no mappings: write configs/imports/{name}.yaml.", name=name)
    )
    raise UsageFault(
        Text("There is no import mapping {name}.", name=name),
        Text("Did you mean {meant}?", meant=meant) if meant else remedy,
    )


class _Taken(NamedTuple):
    """What a batch came to: whether the import has begun, its counts with the batch, and the batch's refused rows.

    `written`: how far the list of refused rows goes with them.
    """

    started: bool
    tally: Tally
    refusals: list[RowRefusal]
    written: tuple[int, int]


class _Run:
    def __init__(
        self,
        engine: Engine,
        mapping: Import | RowImport,
        source: Source,
        mine: Hold,
        *,
        actor: str,
        dry_run: bool,
        folder: Path | None,
        progress: Progress | None,
        language: str,
    ) -> None:
        self._engine = engine
        self._mapping = mapping
        self._source = source
        self._mine = mine
        self._actor = actor
        self._dry_run = dry_run
        self._progress = progress
        with engine.read() as reader:
            runs = [run for run in reader.imports() if run.mapping == mapping.name]
            earlier = None if dry_run else _unfinished(reader, mapping, runs, source.digest)
        self._id = f"{mapping.name}-{len(runs) + 1}" if earlier is None else earlier.id
        self._started = self._resumed = earlier is not None
        self._position = 0 if earlier is None else earlier.position
        self._tally = Tally(None if earlier is None else earlier.counts)
        self._shown: list[RowRefusal] = []
        name = f"{mapping.name}-{'dry-run' if dry_run else source.digest[:8]}-refused.csv"
        self._list = None if folder is None else RefusalList(folder / name, language, position=self._position)
        secret = engine.write(lambda work: work.secret(engine.random))
        self._taking = taking_of(engine, mapping, source.header, self._id, actor, secret)
        smallest = BATCH if dry_run else min(SMALLEST, BATCH)  # nobody waits for a dry run
        self._size = BatchSize(smallest, BATCH) if self._taking.in_bulk else BatchSize(_FEW, BATCH, quiet=_LONGEST)

    def carry_out(self) -> ImportReport:
        for batch in self._batches():
            busy = self._engine.precedence.give_way()
            started = time.perf_counter()
            with without_collection():
                taken = self._engine.write(partial(self._take_alone, batch))
            self._accept(taken, batch)
            self._size.learn(len(batch), time.perf_counter() - started, busy=busy)
            self._engine.ring()
        if self._started and not self._dry_run:
            self._engine.execute(self._envelope(FinishImport(import_id=self._id, counts=dict(self._tally.counts))))
        return self._report()

    def _take_alone(self, batch: list[NamedRow], work: UnitOfWork) -> _Taken:
        taken = self._take(batch, work)
        self._mine.check()  # before the commit: another import may have begun meanwhile
        return taken

    def _batches(self) -> Iterator[list[NamedRow]]:
        rows = self._read()
        while batch := list(islice(rows, self._size.parts)):
            yield batch

    def _read(self) -> Iterator[NamedRow]:
        """Yield the rows from the position on. Those before are read, too: their keys count among equal ones."""
        for number, row in enumerate(self._source.rows(), 1):
            sound = row.fault is None
            named = self._taking.named(number, row) if sound else NamedRow(number, row, None, None, row.fault)
            if number > self._position:
                yield named

    def _take(self, batch: list[NamedRow], work: UnitOfWork) -> _Taken:
        """Write a batch; nothing of the run itself changes before it is committed."""
        refused = [(row, row.fault) for row in batch if row.fault is not None]
        meant = [(row, row.key) for row in batch if row.fault is None and row.key is not None]
        ignored = len(batch) - len(refused) - len(meant)
        result, known, unread = self._taking.write(work, meant, self._engine.clock.now())
        by_number = {row.number: row for row in batch}
        refused += [*unread, *((by_number[row.number], fault) for row, fault in result.refused)]
        found = [self._refusal(row, fault) for row, fault in sorted(refused, key=lambda each: each[0].number)]
        counts = {"rows": len(batch), "ignored": ignored, "taken": len(result.taken), **known, **result.made}
        counts["refused"] = len({each.row for each in found})
        tally = self._tally.plus(counts, result.violations)
        started = self._started or bool(result.taken)
        if started:
            self._remember(work, tally, position=batch[-1].number)
        written = (0, 0) if self._list is None else self._list.write(found)
        return _Taken(started, tally, found, written)

    def _refusal(self, row: NamedRow, fault: RowFault) -> RowRefusal:
        column, value = fault.column, fault.value
        if fault.gate and not column:
            column, value = self._taking.place(row, fault.gate)
        return RowRefusal(
            row=row.number,
            line=row.row.line,
            column=column,
            value=self._taking.told(column, value),
            gate=fault.gate,
            reason=fault.reason,
            remedy=fault.remedy,
        )

    def _remember(self, work: UnitOfWork, tally: Tally, *, position: int) -> None:
        if not self._started:
            start = StartImport(import_id=self._id, mapping=self._mapping.name, file=str(self._source.path))
            self._engine.perform(work, [self._envelope(start)])
        work.save_import(self._id, position=position, counts=tally.counts, file_hash=self._source.digest)

    def _accept(self, taken: _Taken, batch: list[NamedRow]) -> None:
        self._started = taken.started
        self._tally = taken.tally
        self._position = batch[-1].number
        self._shown += taken.refusals[: SHOWN - len(self._shown)]
        if self._list is not None:
            self._list.accept(taken.written)
        if self._progress is not None:
            self._progress({"done": self._source.position, "total": self._source.size, "rows": self._position})

    def _envelope(self, command: StartImport | FinishImport) -> Envelope:
        return Envelope(command=command, stream=WORKSPACE, actor=self._actor, source="import")

    def _report(self) -> ImportReport:
        counts = self._tally.counts
        return ImportReport(
            import_id=self._id if self._started and not self._dry_run else None,
            mapping=self._mapping.name,
            file=str(self._source.path),
            dry_run=self._dry_run,
            resumed=self._resumed,
            rows=counts["rows"],
            taken=counts["taken"],
            known=counts["known"],
            changed=counts["changed"],
            ignored=counts["ignored"],
            refused=counts["refused"],
            added=counts["added"],
            updated=counts["updated"],
            deals=counts["deals"],
            accounts=counts["accounts"],
            contacts=counts["contacts"],
            users=counts["users"],
            violations=self._tally.violations,
            refusals=tuple(self._shown),
            refusals_file=None if self._list is None else self._list.name,
        )


def _unfinished(reader: Reader, mapping: Import | RowImport, runs: list[ImportRun], digest: str) -> ImportRun | None:
    """Return the run that was broken off over this very file, if there is one and all that it took is still there.

    Nothing is remembered of rows that tell how things stand: what of them is gone, the next file brings again.
    """
    forgetful = isinstance(mapping, RowImport)
    for run in runs:
        mine = run.state == "running" and run.file_hash == digest
        if mine and (forgetful or reader.import_rows(run.id) == run.counts["taken"]):
            return run
    return None
