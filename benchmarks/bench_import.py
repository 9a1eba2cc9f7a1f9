"""How long an import of 262,200 events takes, beside plain csv and sqlite3 writing the same number of rows.

python benchmarks/bench_import.py

The events are those of BPI Challenge 2012 where the data are here (VORONKA_DATA), else made up in the same shape.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import os
import random
import resource
import shutil
import sqlite3
import sys
import tempfile
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table
from sqlalchemy import func, select

from voronka.bootstrap import open_workspace
from voronka.storage.tables import deals, history, inbox, interactions, timers, visits

ROOT = Path(__file__).resolve().parents[1]
TABLES = (deals, history, inbox, interactions, timers, visits)
CASES = 13_087
PATH = ("A_PREACCEPTED", "A_ACCEPTED", "O_SENT", "O_SENT_BACK", "A_APPROVED")


class Measured(NamedTuple):
    """One run: seconds, peak memory of its process in MB, rows written."""

    seconds: float
    megabytes: float
    rows: int


def main() -> None:
    """Measure each in a process of its own and print the table."""
    with tempfile.TemporaryDirectory(prefix="voronka-bench-") as scratch:
        folder = Path(scratch)
        cases, events = real_files() or made_files(folder)
        root = folder / "bank"
        shutil.copytree(ROOT / "examples" / "loan_offers", root, ignore=shutil.ignore_patterns(".voronka"))
        apart(import_file, root, "applications", cases)
        first = apart(import_file, root, "events", events)
        second = apart(import_file, root, "events", events)
        peer = apart(plain, folder / "plain.db", events, first.rows)
    table = Table("", "seconds", "times the peer", "peak MB", "rows written")
    for name, measured in (
        ("csv + sqlite3, as many rows", peer),
        ("import, 262,200 events", first),
        ("the same again", second),
    ):
        ratio = f"{measured.seconds / peer.seconds:.1f}"
        table.add_row(name, f"{measured.seconds:.1f}", ratio, f"{measured.megabytes:.0f}", f"{measured.rows:,}")
    Console().print(table)


def real_files() -> tuple[Path, Path] | None:
    """Return the files of the log if they are here."""
    folder = Path(os.environ.get("VORONKA_DATA") or ROOT.parent / "shared" / "data") / "bpic2012_loans"
    return (folder / "cases.csv", folder / "events.csv.gz") if folder.is_dir() else None


def made_files(folder: Path) -> tuple[Path, Path]:
    """Write a log of as many cases and events, seven in ten of which mean nothing to the mapping."""
    draw = random.Random(1)
    cases, events = folder / "cases.csv", folder / "events.csv.gz"
    with cases.open("w", newline="") as first, gzip.open(events, "wt", newline="") as second:
        deal, event = csv.writer(first), csv.writer(second)
        deal.writerow(("case_id", "reg_date", "amount_req"))
        event.writerow(("case_id", "activity", "lifecycle", "resource", "timestamp"))
        for case in range(CASES):
            day = f"2011-10-{1 + case % 28:02d}"
            deal.writerow((case, f"{day}T08:00:00Z", draw.randrange(1, 100) * 1_000))
            for step in range(22 if case < 230 else 20):
                name = PATH[step // 4 % 5] if step % 4 == 0 and draw.random() < 0.7 else "W_Nabellen offertes"
                cycle = draw.choice(("SCHEDULE", "START", "COMPLETE"))
                event.writerow((case, name, cycle, draw.randrange(60), f"{day}T{9 + step // 2:02d}:{step:02d}:00Z"))
    return cases, events


def import_file(root: Path, mapping: str, path: Path) -> Measured:
    """Import as the command line does; the rows are those of all tables together."""
    client = open_workspace(root)
    before = stored(client.engine)
    start = perf_counter()
    client.work("import", {"mapping": mapping, "file": str(path)})
    seconds = perf_counter() - start
    rows = stored(client.engine) - before
    client.close()
    return Measured(seconds, peak(), rows)


def stored(engine: Any) -> int:
    """Count the rows of the tables that an import writes."""
    with engine.read() as reader:
        return sum(reader.execute(select(func.count()).select_from(table)).scalar_one() for table in TABLES)


def plain(database: Path, path: Path, rows: int) -> Measured:
    """Read the same file and write as many rows of JSON with a hash, in transactions of 2,000, as durably."""
    start = perf_counter()
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE rows (id TEXT, n INTEGER, body TEXT, hash BLOB, PRIMARY KEY (id, n))")
    written, batch = 0, []
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        for n, row in enumerate(reader):
            if written + len(batch) < rows:
                body = json.dumps(row)
                batch.append((row["case_id"], n, body, hashlib.sha256(body.encode()).digest()))
            if len(batch) == 2_000:
                written += save(connection, batch)
                batch = []
    written += save(connection, batch)
    connection.close()
    return Measured(perf_counter() - start, peak(), written)


def save(connection: sqlite3.Connection, batch: list[tuple[Any, ...]]) -> int:
    """Write a batch in a transaction."""
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany("INSERT INTO rows VALUES (?, ?, ?, ?)", batch)
    connection.execute("COMMIT")
    return len(batch)


def peak() -> float:
    """Return the peak resident memory of this process in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def apart(work: Any, *given: Any) -> Measured:
    """Run in a fresh process, so that each has its own peak."""
    context = get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_tell, args=(there, work, given))
    process.start()
    measured: Measured = here.recv()
    process.join()
    return measured


def _tell(pipe: Connection, work: Any, given: tuple[Any, ...]) -> None:
    pipe.send(work(*given))


if __name__ == "__main__":
    sys.exit(main())
