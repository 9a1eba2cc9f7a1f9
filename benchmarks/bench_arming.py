"""Arming: deals are opened in a stage with many timed events; how many timers a second come to wait, durably.

Beside it a loop of plain `sqlite3` that writes the same rows, which it only makes into JSON and chains by hashes, into
an empty database; and peers whose jobs are armed one by one, as their interfaces have it.

    python benchmarks/bench_arming.py [DEALS] [TIMED EVENTS] [JOBS OF THE PEERS]
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from random import Random

from _runtime import load, peers, show
from bench_storage_loop import START
from bench_timers import FIELDS, FILES

from voronka.bootstrap import open_workspace
from voronka.process.commands import CreateDeal, Envelope
from voronka.process.state import Stream, StreamKind
from voronka.simulation.clock import VirtualClock
from voronka.storage import open_database, verify
from voronka.storage.dialects import WRITER_PRAGMAS
from voronka.testing import write_files

BATCH = 500
TABLES = ("deals", "history", "visits", "timers")


def files(events: int) -> dict[str, str]:
    """Return a workspace whose first stage has so many timed events."""
    timed = "".join(
        f"      event_{n}: {{after: {n + 1} days, do: [{{task: {{title: {{en: Call, ru: Позвонить}}}}}}]}}\n"
        for n in range(events)
    )
    funnel = f"funnel: react\nfields: [base]\nstages:\n  proposal:\n    timed:\n{timed}  contract: {{}}\n"
    return {**FILES, "configs/funnels/react.yaml": funnel}


def by_engine(root: Path, state: Path, deals: int) -> float:
    """Open the deals; return in how many seconds."""
    opened = open_workspace(root, clock=VirtualClock(START), random=Random(1).randbytes, state=state)
    command = CreateDeal(funnel="react", owner="anna", fields=FIELDS)
    started = time.perf_counter()
    for first in range(0, deals, BATCH):
        opened.engine.execute_many(
            [
                Envelope(
                    command=command,
                    stream=Stream(StreamKind.DEAL, opened.engine.new_id()),
                    actor="anna",
                    source="bench",
                )
                for _ in range(min(BATCH, deals - first))
            ]
        )
    took = time.perf_counter() - started
    report = verify(opened.engine.database)
    opened.close()
    if report.damages:
        sys.exit(f"damage is left: {report.damages[0].what}")
    return took


def by_hand(source: Path, path: Path) -> float:
    """Write the rows of the deals of another database as one would by hand; return in how many seconds."""
    with closing(sqlite3.connect(source)) as connection:
        rows = {
            table: connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()
            for table in TABLES
            if table != "history"
        }
        rows["history"] = connection.execute("SELECT * FROM history WHERE kind = 'deal' ORDER BY stream").fetchall()
    open_database(path).close()
    of_deal: dict[bytes, list[tuple]] = {}
    for row in rows["timers"]:
        of_deal.setdefault(row[0], []).append(row)
    events = {row[0]: json.loads(row[9]) for row in rows["history"]}
    writing = {
        table: f"INSERT INTO {table} VALUES ({','.join('?' * len(rows[table][0]))})" for table in TABLES if rows[table]
    }
    text = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in ("foreign_keys=ON", "cache_size=-65536", "journal_mode=WAL", *WRITER_PRAGMAS):
            connection.execute(f"PRAGMA {pragma}")
        started = time.perf_counter()
        for first in range(0, len(rows["deals"]), BATCH):
            connection.execute("BEGIN IMMEDIATE")
            deals = rows["deals"][first : first + BATCH]
            history = []
            for row in rows["history"][first : first + BATCH]:
                told = text(events[row[0]])
                digest = hashlib.sha256(f"{row[0].hex()}{row[:9]}{told}".encode()).digest()
                history.append((*row[:9], told, row[10], digest))
            connection.executemany(writing["deals"], deals)
            connection.executemany(writing["history"], history)
            connection.executemany(writing["visits"], rows["visits"][first : first + BATCH])
            connection.executemany(writing["timers"], [timer for deal in deals for timer in of_deal[deal[0]]])
            connection.execute("COMMIT")
        return time.perf_counter() - started


def main(deals: int = 5_000, events: int = 20, jobs: int = 1_000) -> None:
    print(load())
    with tempfile.TemporaryDirectory() as folder:
        root, state = Path(folder) / "workspace", Path(folder) / "state"
        write_files(root, files(events))
        armed = deals * events
        rates = {"a loop written by hand": 0.0, "the engine": armed / by_engine(root, state, deals)}
        rates["a loop written by hand"] = armed / by_hand(state / "voronka.db", Path(folder) / "hand.db")
    for peer, told in peers("apscheduler", "dbos", jobs=jobs, seconds=0.0).items() if jobs else ():
        if "armed" in told:
            rates[f"{peer}, {jobs:,} jobs one by one"] = told["armed"]
    show(f"{deals:,} deals opened, {events} timers armed with each", rates, beside="a loop written by hand")
    print(f"  {rates['the engine'] / events:,.0f} deals a second")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
