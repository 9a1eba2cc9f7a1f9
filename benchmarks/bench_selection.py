"""Deals selected by the compound condition of a scheduled rule, beside the same without its index and by hand.

The deals have 100 fields each; the condition holds for about one in a hundred of them. By hand means: the rows of a
table with one typed column a field that the condition reads, under an index on them, selected by plain SQL.

    python benchmarks/bench_selection.py [DEALS] [ROUNDS]
"""

from __future__ import annotations

import json
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

from voronka.calendars import parse_datetime
from voronka.definition.fields import Field, FieldType, Subject
from voronka.definition.scopes import scope_of
from voronka.expressions import Expression, compile_expression
from voronka.messages import Label
from voronka.process.state import StreamKind
from voronka.storage import DealFilter, Selection, open_database
from voronka.storage.tables import deals

ZONE = "Europe/Moscow"
NOW = parse_datetime("2026-03-02 09:00", ZONE)
DAY = 86_400_000_000
TYPES = {0: FieldType.MONEY, 1: FieldType.TEXT, 2: FieldType.INTEGER, 3: FieldType.BOOL, 4: FieldType.DATE}
WHERE = 'f1 == "north" and f0 >= 500000 and days_since(last_interaction_at) >= 10 and not f3'
BY_HAND = (
    "SELECT number, id FROM plain WHERE f1 = 'north' AND f0 >= 50000000 AND last_interaction_at < ? AND f3 = 0 "
    "AND hidden = 0 AND closed_at IS NULL AND stage = 'offer' ORDER BY number LIMIT ?"
)
REGIONS = ("north", "south", "east", "west", "centre")


def condition() -> Expression:
    """Return the rule's condition over a hundred declared fields."""
    fields = {f"f{n}": Field(name=f"f{n}", type=TYPES[n % 5], label=Label.plain(f"f{n}")) for n in range(100)}
    scope = scope_of(Subject.DEALS, fields={Subject.DEALS: fields}, collections={}, money_digits=2)
    found = compile_expression(WHERE, scope)
    assert isinstance(found, Expression), found
    return found


def values(random: Random) -> dict[str, object]:
    """Return the hundred fields of a deal."""
    made: dict[FieldType, Callable[[], object]] = {
        FieldType.MONEY: lambda: random.randrange(100_000_000),
        FieldType.TEXT: lambda: random.choice(REGIONS),
        FieldType.INTEGER: lambda: random.randrange(1_000),
        FieldType.BOOL: lambda: random.random() < 0.5,
        FieldType.DATE: lambda: f"2026-{random.randrange(1, 13):02}-{random.randrange(1, 29):02}",
    }
    return {f"f{n}": made[TYPES[n % 5]]() for n in range(100)}


def fill(path: Path, count: int) -> None:
    """Make the database, with the deals and the table by hand."""
    random = Random(1)
    open_database(path).close()
    file = sqlite3.connect(path)
    file.execute(
        "CREATE TABLE plain (id BLOB PRIMARY KEY, number INTEGER, stage TEXT, hidden INTEGER, closed_at INTEGER, "
        "last_interaction_at INTEGER, f0 INTEGER, f1 TEXT, f3 INTEGER)"
    )
    columns = [column.name for column in deals.columns]
    places = ", ".join("?" * len(columns))
    for number in range(1, count + 1):
        fields = values(random)
        touched = NOW - random.randrange(12 * DAY)
        row = dict.fromkeys(columns)
        row |= {
            "id": number.to_bytes(16, "big"), "number": number, "seq": 1, "hash": bytes(32), "release": "r",
            "funnel": "sales", "stage": random.choice(("offer",) * 19 + ("contract",)), "visit": 1,
            "created_at": touched, "entered_at": touched, "last_interaction_at": touched, "replied": 0,
            "contacted": 0, "hidden": 0, "fields": json.dumps(fields, separators=(",", ":")), "live": "{}",
        }  # fmt: skip
        file.execute(f"INSERT INTO deals VALUES ({places})", [row[name] for name in columns])
        plain = (row["id"], number, row["stage"], 0, None, touched, fields["f0"], fields["f1"], fields["f3"])
        file.execute("INSERT INTO plain VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", plain)
    file.execute("CREATE INDEX by_hand ON plain (f1, f0, last_interaction_at, f3)")
    file.commit()
    file.close()


def timed(rounds: int, work: Callable[[], int]) -> tuple[float, int]:
    """Return the median of the milliseconds that `work` takes, and what it finds."""
    found = work()
    spent = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        spent.append((time.perf_counter() - started) * 1_000)
    return statistics.median(spent), found


def main(count: int, rounds: int) -> None:
    """Measure, print a table."""
    from voronka.bootstrap import reference_workspace
    from voronka.config import read_workspace

    calendar = read_workspace(reference_workspace()).workspace.calendar
    where = condition()
    which = DealFilter(open=True, places={"sales": {"offer"}})
    selection = Selection(which=which, where=where, acted="rule", zone=ZONE, calendar=calendar)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "voronka.db"
        fill(path, count)
        database = open_database(path)

        def chosen() -> int:
            with database.read() as reader:
                return len(reader.selected_deals(selection, NOW, owners={}, limit=count))

        without, found = timed(max(rounds // 5, 1), chosen)
        with database.write() as work:
            started = time.perf_counter()
            work.settle_indexes([(StreamKind.DEAL, where)])
            making = (time.perf_counter() - started) * 1_000
        with_index, same = timed(rounds, chosen)
        plain = sqlite3.connect(path)
        by_hand, also = timed(rounds, lambda: len(plain.execute(BY_HAND, (bound(where), count)).fetchall()))
        plain.close()
        database.close()
    assert found == same == also, (found, same, also)
    print(f"{count} deals of 100 fields, {found} of them ({found / count:.1%}) selected by: {WHERE}")
    print(f"  with its index       {with_index:8.1f} ms")
    print(f"  without              {without:8.1f} ms  {without / with_index:6.1f}×")
    print(f"  by hand, typed       {by_hand:8.1f} ms  {with_index / by_hand:6.1f}× of it with the index")
    print(f"  the index made in    {making:8.1f} ms")


def bound(where: Expression) -> int:
    """Return the moment before which the last interaction lies ten days ago, by local dates."""
    from datetime import timedelta

    from voronka.calendars import date_of, day_start

    return day_start(date_of(NOW, ZONE) - timedelta(days=9), ZONE)


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:]]
    main(*(arguments + [100_000, 15][len(arguments) :]))
