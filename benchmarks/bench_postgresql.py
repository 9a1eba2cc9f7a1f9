"""Due timers on PostgreSQL: one worker and two, a loop written by hand that writes the same rows, and the peers.

The workers are processes of their own. The server does not wait for its disk. The loop asks for its rows as on SQLite,
with psycopg and one statement over arrays for each table, which is the quickest that it has.

    python benchmarks/bench_postgresql.py [DEALS] [JOBS OF THE PEERS]
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random

import psycopg
from _runtime import load, peers, postgresql, show
from bench_storage_loop import DUE, NOW, WRITES, decided
from bench_timers import prepare
from sqlalchemy import make_url

from voronka.bootstrap import open_workspace
from voronka.simulation.clock import VirtualClock
from voronka.storage import open_database, verify

BATCH = 1_000
TYPES = {
    "history": "uuid int text text text bigint bigint text text bytea",
    "deals": "int bytea text jsonb uuid int",
    "timers": "bigint uuid int text int text int",
    "tasks": "uuid int jsonb bigint bigint",
    "outbox": "uuid int bigint jsonb bigint",
}


def _over_arrays(statement: str, types: list[str]) -> str:
    """Return a statement over one row as one over arrays."""
    names = [f"v{n}" for n in range(len(types))]
    arrays = ", ".join(f"%s::{each}[]" for each in types)
    given = iter(names)
    said = re.sub(r"\?", lambda _: f"rows.{next(given)}", statement)
    rows = f"unnest({arrays}) AS rows({', '.join(names)})"
    if said.startswith("INSERT"):
        return re.sub(r"VALUES \((.*)\)$", rf"SELECT \1 FROM {rows}", said)
    return said.replace(" WHERE ", f" FROM {rows} WHERE ", 1)


def by_hand(address: str) -> int:
    """Drain by a loop of plain SQL that knows this one process."""
    writes = [_over_arrays(statement, types.split()) for statement, types in zip(WRITES, TYPES.values(), strict=True)]
    asked = DUE.replace("?", "%s")
    done = 0
    with psycopg.connect(address.replace("+psycopg", ""), autocommit=True) as connection:
        while True:
            with connection.transaction():
                due = connection.execute(asked, (NOW, BATCH)).fetchall()
                if not due:
                    reached = "UPDATE counters SET value = greatest(value, %s) WHERE name = 'recorded_until'"
                    connection.execute(reached, (NOW,))
                    return done
                found = connection.execute(
                    "SELECT id, seq, hash, fields::text, live::text FROM deals WHERE id = ANY(%s)",
                    ([row[0] for row in due],),
                )
                deals = {row[0].bytes: (row[0].bytes, *row[1:]) for row in found}
                named = [(row[0].bytes, *row[1:]) for row in due]
                for write, kinds, rows in zip(writes, TYPES.values(), decided(named, deals), strict=True):
                    ids = kinds.split().index("uuid")
                    arrays = [list(values) for values in zip(*rows, strict=True)]
                    arrays[ids] = [each.hex() for each in arrays[ids]]
                    connection.execute(write, arrays)
            done += len(due)


def work(root: str, address: str) -> None:
    """Be a worker: drain when told to, and say how much was done."""
    with tempfile.TemporaryDirectory() as state:
        opened = open_workspace(
            Path(root), clock=VirtualClock(NOW), random=Random(2).randbytes, state=Path(state), database=address
        )
        print("ready", flush=True)
        sys.stdin.readline()
        done = 0
        while ended := opened.engine.fire_due():
            done += ended
        print(done, flush=True)
        opened.close()


def by_workers(
    root: Path, addresses: Sequence[str], number: int, around: Sequence[Sequence[str]] = ((),)
) -> tuple[int, float]:
    """Let so many workers drain each of the databases; return what was done in how many seconds.

    `around`: words that begin a program somewhere else, for each of the databases, or for all.
    """
    places = around if len(around) == len(addresses) else list(around) * len(addresses)
    workers = [
        subprocess.Popen(
            [*place, sys.executable, __file__, "--work", root, address],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for place, address in zip(places, addresses, strict=True)
        for _ in range(number)
    ]
    for worker in workers:
        worker.stdout.readline()
    started = time.perf_counter()
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    done = sum(int(worker.stdout.readline()) for worker in workers)
    took = time.perf_counter() - started
    for worker in workers:
        worker.communicate()
    return done, took


def check(address: str) -> None:
    database = open_database(address)
    report = verify(database)
    database.close()
    if report.damages:
        sys.exit(f"damage is left: {report.damages[0].what}")


def main(deals: int = 20_000, jobs: int = 2_000) -> None:
    print(load())
    with tempfile.TemporaryDirectory() as folder, postgresql() as databases:
        root = Path(folder) / "workspace"
        prepare(root, Path(folder) / "state", deals, database=databases("source"))
        rates = {}
        for name in ("a loop written by hand", "one worker", "two workers"):
            address = databases("copy", like="source")
            if name == "a loop written by hand":
                started = time.perf_counter()
                done, took = by_hand(address), time.perf_counter() - started
            else:
                done, took = by_workers(root, [address], 1 if name == "one worker" else 2)
            if done != deals:
                sys.exit(f"{name}: {done} of {deals} timers")
            check(address)
            rates[name] = done / took
        for peer, told in peers("procrastinate", "apscheduler", "dbos", address=databases("peers"), jobs=jobs).items():
            if "done" in told:
                rates[f"{peer}, {jobs:,} jobs that do nothing"] = told["done"]
        show(f"{make_url(address).get_backend_name()}, {deals:,} due timers", rates, beside="a loop written by hand")
        print(f"  two workers beside one: {rates['two workers'] / rates['one worker']:.2f}×")
        for name, rate in rates.items():
            if "nothing" in name:
                print(f"  one worker beside {name.partition(',')[0]}: {rates['one worker'] / rate:.1f}×")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        work(*sys.argv[2:4])
    else:
        main(*map(int, sys.argv[1:]))
