"""The mart beside a copy by hand: how fast it is built, and how long it takes to follow what has changed."""

from __future__ import annotations

import csv
import resource
import sqlite3
import tempfile
import time
from pathlib import Path
from random import Random

import duckdb

from voronka.mart.marts import Marts
from voronka.runtime.state import state_folder
from voronka.testing import TestWorkspace, write_files

__all__ = ["main"]

TEMPLATES = 100
CHANGED = 2_000
"""Entries of five events each: ten thousand events."""
STAGES = ("new", "talk", "needs", "offer", "contract")
FIELDS = "".join(
    f"  {name}: {{type: {kind}}}\n"
    for name, kind in {
        "amount": "money", "margin": "percent", "size": "integer", "ratio": "number", "due": "date",
        "meeting": "datetime",
        "hot": "bool", "product": "text", "project": "text", "city": "text",
    }.items()
)  # fmt: skip
FILES = {
    "voronka.yaml": "workspace: bench\nlocale: en\ntimezone: Europe/Moscow\ncurrency: RUB\n"
    "channels: {email: {via: file}}\n",
    "configs/people/team.yaml": "roles: {seller: {label: Seller}}\npeople:\n"
    + "".join(f"  seller_{n}: {{name: Seller {n}, role: seller}}\n" for n in range(20)),
    "configs/fields/own.yaml": "set: own\nfields:\n" + FIELDS,
    "configs/funnels/sales.yaml": "funnel: sales\nfields: [own]\nstages:\n"
    + "".join(
        f"  {name}: {{why: analytics, timed: {{late_{name}: {{after: 30 days, do: [{{set: {{hot: true}}}}]}}}}}}\n"
        for name in STAGES
    ),
}
KEYED = {"deals": "id", "history": "stream", "mart_dirty": "stream"}


def main(deals: int = 5_000) -> None:
    """Measure a rebuild and a refresh of a store of so many deals."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "workspace"
        write_files(root, FILES)
        with TestWorkspace(root, start="2026-03-02 10:00", zone="Europe/Moscow") as run:
            _live(run)
        copies = max(deals // TEMPLATES, 1)
        _multiply(state_folder(root) / "voronka.db", copies)
        with TestWorkspace(root, start="2026-05-02 10:00", zone="Europe/Moscow") as run:
            engine = run.client.engine
            marts = Marts(engine.database, state_folder(root), run.clock)
            events, rows = _events(state_folder(root) / "voronka.db")
            before = _now()
            mart = marts.rebuild(engine.workspace)
            built = _since(before)
            with mart.connect() as connection:
                kept = sum(
                    connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one()
                    for name in mart.schema.tables
                )
            before = _now()
            copied = _by_hand(state_folder(root) / "voronka.db", Path(folder) / "by_hand.duckdb")
            by_hand = _since(before)
            print(f"{copies * TEMPLATES:,} deals, {events:,} events, {rows:,} entries -> {kept:,} rows of the mart")
            _tell("rebuild", built, events)
            _tell(f"copying {copied:,} rows of the tables by hand", by_hand, events)
            clock, processor = (built[n] / by_hand[n] for n in (0, 1))
            print(f"  rebuild / copy by hand: {clock:.2f}x by the clock, {processor:.2f}x by processor")
            _change(state_folder(root) / "voronka.db", min(CHANGED, copies * TEMPLATES))
            engine.database.look_again()
            before = _now()
            marts.fresh(engine.workspace)
            _tell(f"refresh of {min(CHANGED, copies * TEMPLATES):,} changed deals", _since(before), CHANGED * 5)
            before = _now()
            marts.fresh(engine.workspace)
            _tell("nothing has changed", _since(before), 0)
            size = sum(path.stat().st_size for path in (state_folder(root) / "mart").iterdir())
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"  the mart's file: {size / 2**20:.0f} MB; memory at most: {peak:.0f} MB")
            marts.close()


def _live(run: TestWorkspace) -> None:
    random = Random(1)
    for number in range(1, TEMPLATES + 1):
        fields = {
            "owner": f"seller_{number % 20}",
            "amount": str(number * 1000),
            "product": f"Pump {number % 7}",
            "city": "Tomsk",
        }
        run.execute("deal.create", funnel="sales", fields=fields)
        for stage in (*STAGES[1 : 1 + random.randrange(5)], random.choice(("won", "lost"))):
            for _ in range(2):
                run.execute("interaction.log", deal=number, fields={"kind": "call", "direction": "out"})
            values = {"size": str(random.randrange(90)), "margin": "12%", "due": "2026-04-01"}
            run.execute("deal.set", deal=number, fields=values)
            run.execute("deal.move", deal=number, to=stage)
        run.advance("1 hour")


def _multiply(file: Path, copies: int) -> None:
    """Copy every deal with all that hangs on it under other ids and numbers; the chains of the copies do not matter."""
    base = sqlite3.connect(file)
    base.create_function("moved", 2, lambda id_, copy: copy.to_bytes(4, "big") + id_[4:], deterministic=True)
    base.execute("PRAGMA synchronous=OFF")
    tables = ("deals", "history", "visits", "timers", "interactions", "tasks")
    for table in tables:
        key = KEYED.get(table, "deal")
        names = [row[1] for row in base.execute(f"PRAGMA table_info({table})")]
        base.execute(
            f"CREATE TEMP TABLE first_{table} AS SELECT * FROM {table}"
            + (" WHERE kind = 'deal'" if table == "history" else "")
        )
        taken = [
            f"moved({name}, ?)"
            if name == key
            else "number + ? * 1000000"
            if (table, name) == ("deals", "number")
            else f'"{name}"'
            for name in names
        ]
        statement = f"INSERT INTO {table} SELECT {', '.join(taken)} FROM first_{table}"
        marks = statement.count("?")
        base.executemany(statement, [(copy,) * marks for copy in range(1, copies)])
    base.execute("INSERT OR IGNORE INTO mart_dirty SELECT id, 'deal', seq FROM deals")
    base.commit()
    base.close()


def _change(file: Path, deals: int) -> None:
    """Mark deals as changed, which is all that a refresh sees of a change."""
    base = sqlite3.connect(file)
    base.execute(
        "INSERT OR REPLACE INTO mart_dirty SELECT id, 'deal', seq FROM deals ORDER BY number DESC LIMIT ?", (deals,)
    )
    base.commit()
    base.close()


def _events(file: Path) -> tuple[int, int]:
    base = sqlite3.connect(file)
    found: tuple[int, int] = base.execute("SELECT sum(json_array_length(events)), count(*) FROM history").fetchone()
    base.close()
    return found


def _by_hand(file: Path, target: Path) -> int:
    """Copy the tables as they are, by a file of comma-separated values; return how many rows."""
    base, mart, copied = sqlite3.connect(file), duckdb.connect(str(target)), 0
    sheet = target.with_suffix(".csv")
    for table in ("deals", "visits", "timers", "interactions", "tasks", "history"):
        names = [
            row[1] for row in base.execute(f"PRAGMA table_info({table})") if row[1] not in ("hash", "live", "links")
        ]
        taken = ", ".join(f"hex({name})" if name in ("id", "deal", "stream") else f'"{name}"' for name in names)
        with sheet.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out, lineterminator="\n").writerows(base.execute(f"SELECT {taken} FROM {table}"))
        columns = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
        mart.execute(
            f"CREATE TABLE {table} AS SELECT * FROM read_csv('{sheet}', header = false, auto_detect = false, "
            f"delim = ',', quote = '\"', escape = '\"', new_line = '\\n', columns = {{{columns}}})"
        )
        copied += mart.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]
    mart.close()
    base.close()
    return copied


def _now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _since(before: tuple[float, float]) -> tuple[float, float]:
    return time.perf_counter() - before[0], time.process_time() - before[1]


def _tell(what: str, took: tuple[float, float], events: int) -> None:
    rate = f": {events / took[0]:,.0f} events/s, {events / took[1]:,.0f} per second of processor" if events else ""
    print(f"  {what}: {took[0]:.2f} s, {took[1]:.2f} s of processor{rate}")
