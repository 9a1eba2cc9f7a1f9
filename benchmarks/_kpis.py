"""KPIs over a generated mart, beside SQL written by hand on the same DuckDB, and pandas, in the same run.

The mart is generated inside DuckDB. 30 KPIs by owner and month; by hand means one statement for each, by somebody who
knows the tables, with the months of the zone as `date_trunc` gives them. pandas has the same rows as frames in memory,
in an environment of its own (`_kpi_peers`); its numbers are compared with those by hand.
"""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from math import isclose
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import _flows
from _peers import told_by_peers
from sqlalchemy import Connection, text

from voronka.config import read_workspace
from voronka.definition.fields import Subject
from voronka.definition.kpis import Counted, Grain, Kpi, KpiKind, KpiLevel, Version
from voronka.definition.kpis.methods import Bottleneck, FunnelMode, FunnelSteps, Measure, RankBy, Ratio
from voronka.definition.scopes import scope_of
from voronka.definition.workspace import Workspace
from voronka.expressions import Expression, compile_expression
from voronka.mart.keeping import engine_of
from voronka.mart.schema import MartSchema
from voronka.messages import Label
from voronka.metrics.kpi import Data, Request, compute
from voronka.sql.duckdb import DuckdbBackend

STAGES = ("lead", "talk", "offer", "terms", "paper")
FILES = {
    "voronka.yaml": "workspace: bench\nlocale: en\ntimezone: Europe/Moscow\ncurrency: RUB\n",
    "configs/people/people.yaml": "roles: {manager: {label: Manager}}\npeople: {anna: {name: Anna, role: manager}}\n",
    "configs/funnels/sales.yaml": "funnel: sales\nowner: manager\nstages: {"
    + ", ".join(f"{stage}: {{why: sales_model}}" for stage in STAGES)
    + "}\n",
    "configs/fields/deal.yaml": (
        "set: deal\nfields:\n  amount: {type: money}\n  grade: {type: choice, options: [a, b, c]}\n"
    ),
}
START, END = date(2025, 1, 1), date(2025, 12, 31)
NOW = 1_767_300_000_000_000
_DAY = 86_400_000_000
_FIRST = 1_735_678_800_000_000
"""2025-01-01 00:00 in Moscow."""

# A measure or a ratio in the language, the time by which it is told, and what is selected by hand.
_OVER_DEALS = {
    "count(deals)": "count(*)",
    "count(deals, won)": "count(*) FILTER (WHERE outcome = 'won')",
    "count(deals, lost)": "count(*) FILTER (WHERE outcome = 'lost')",
    'count(deals, grade == "a")': "count(*) FILTER (WHERE f_grade = 'a')",
    "sum(deals, amount)": "sum(f_amount)",
    "sum(deals, amount, won)": "sum(f_amount) FILTER (WHERE outcome = 'won')",
    "avg(deals, amount, won)": "avg(f_amount / 100.0) FILTER (WHERE outcome = 'won')",
    "max(deals, amount)": "max(f_amount)",
    "median(deals, amount)": "median(f_amount / 100.0)",
    "count(deals, amount >= 5000 and open)": "count(*) FILTER (WHERE f_amount >= 500000 AND outcome IS NULL)",
}
_RATIO = ("count(deals, won)", "count(deals, closed)")
_RATIO_BY_HAND = "count(*) FILTER (WHERE outcome = 'won') / nullif(count(*) FILTER (WHERE outcome IS NOT NULL), 0)"
_OVER_ACTS = {
    "count(interactions)": "count(*)",
    'count(interactions, kind == "call")': "count(*) FILTER (WHERE i.kind = 'call')",
    'count(interactions, kind != "meeting")': "count(*) FILTER (WHERE i.kind <> 'meeting')",
    'count(interactions, kind == "mail" and deal.won)': (
        "count(*) FILTER (WHERE i.kind = 'mail' AND d.outcome = 'won')"
    ),
}


def generate(connection: Connection, deals: int) -> None:
    """Fill a mart with deals, six visits and ten interactions for each."""
    stages = "['" + "', '".join(STAGES) + "']"
    for statement in (
        f"""INSERT INTO dim_deal (deal, id, funnel, stage, outcome, owner, created_at, entered_at, closed_at, f_amount,
        f_grade) SELECT n, 'd' || n, 'sales', 'talk', CASE n % 4 WHEN 0 THEN 'won' WHEN 1 THEN 'lost' END,
        'user' || (n % 30), {_FIRST} + (hash(n) % 364)::BIGINT * {_DAY} + (hash(n + 7) % {_DAY})::BIGINT, {_FIRST},
        CASE WHEN n % 4 < 2 THEN {_FIRST} + (hash(n * 3) % 364)::BIGINT * {_DAY} END,
        CASE WHEN n % 10 > 0 THEN (hash(n * 5) % 1000000)::BIGINT END, ['a', 'b', 'c'][1 + n % 3]
        FROM range(1, {deals + 1}) t(n)""",
        f"""INSERT INTO fact_visit
        (deal, visit, funnel, stage, entered_at, left_at, next_stage, automatic, again, first_own_at)
        SELECT deal, v, 'sales', {stages}[1 + (v - 1 + CASE WHEN v > 3 THEN deal % 2 ELSE 0 END) % 5],
        created_at + (v - 1) * 5 * {_DAY} + (hash(deal + v) % {4 * _DAY})::BIGINT,
        CASE WHEN v < 6 OR deal % 4 < 2 THEN
        created_at + v * 5 * {_DAY} + (hash(deal + v + 1) % {4 * _DAY})::BIGINT END,
        CASE WHEN v < 6 THEN {stages}[1 + (v + CASE WHEN v > 2 THEN deal % 2 ELSE 0 END) % 5]
        WHEN deal % 4 = 0 THEN 'won' WHEN deal % 4 = 1 THEN 'lost' END, (deal + v) % 9 = 0,
        v + CASE WHEN v > 3 THEN deal % 2 ELSE 0 END > 5,
        created_at + (v - 1) * 5 * {_DAY} + {_DAY * 4} FROM dim_deal, range(1, 7) s(v)""",
        f"""INSERT INTO fact_interaction (deal, seq, n, "at", kind, "user", own)
        SELECT deal, k, 0, created_at + k * 3 * {_DAY}, ['call', 'mail', 'meeting'][1 + (deal + k) % 3],
        owner, k % 2 = 0 FROM dim_deal, range(1, 11) s(k)""",
    ):
        connection.execute(text(statement))


@contextmanager
def opened(deals: int) -> Iterator[Data]:
    """Give a mart of so many deals, in a file as the engine keeps it."""
    workspace = read_workspace({path: content.encode() for path, content in FILES.items()}).workspace
    if workspace is None:
        raise SystemExit("the workspace of the benchmark is broken")
    schema = MartSchema.of(workspace, DuckdbBackend())
    with tempfile.TemporaryDirectory() as folder:
        engine = engine_of(Path(folder) / "mart.duckdb")
        try:
            with engine.connect() as connection:
                schema.metadata.create_all(connection, checkfirst=False)
                generate(connection, deals)
                connection.commit()
                connection.exec_driver_sql("CHECKPOINT")
                yield Data(workspace=workspace, schema=schema, backend=DuckdbBackend(), connection=connection)
        finally:
            engine.dispose()


def kpis(workspace: Workspace) -> list[tuple[Kpi, str]]:
    """Return thirty KPIs, each with the statement that one would write by hand."""
    scope = scope_of(Subject.DEALS, fields=workspace.fields, collections=workspace.collections, money_digits=2)

    def over(written: str, counted: str) -> Expression:
        found = compile_expression(written, replace(scope, counted=counted), expect=None)
        if not isinstance(found, Expression):
            raise SystemExit(str(found[0].reason))
        return found

    def made(method: Measure | Ratio, of: Counted, time: str) -> Kpi:
        label = Label.plain("k")
        return Kpi(
            name="k",
            label=label,
            definition=label,
            owner="manager",
            level=KpiLevel.ALL,
            kind=KpiKind.OUTCOME,
            of=of,
            versions=(Version(number=1, method=method, time=time),),
            by=("owner",),
        )

    found = []
    for time in ("created_at", "closed_at"):
        month = f"date_trunc('month', make_timestamp({time} + {3 * 3600 * 1_000_000}))"
        tail = f"FROM dim_deal WHERE {time} >= {_FIRST} AND {time} < {_FIRST + 365 * _DAY} GROUP BY 1, 2"
        for written, by_hand in _OVER_DEALS.items():
            found.append(
                (
                    made(Measure(value=over(written, "deals")), Counted.DEALS, time),
                    f"SELECT owner, {month}, {by_hand} {tail}",
                )
            )
        part, whole = (over(each, "deals") for each in _RATIO)
        ratio = made(Ratio(part=part, whole=whole, share=True), Counted.DEALS, time)
        found.append((ratio, f"SELECT owner, {month}, {_RATIO_BY_HAND} {tail}"))
    month = f"date_trunc('month', make_timestamp(i.\"at\" + {3 * 3600 * 1_000_000}))"
    tail = (
        "FROM fact_interaction i JOIN dim_deal d ON i.deal = d.deal "
        f'WHERE i."at" >= {_FIRST} AND i."at" < {_FIRST + 365 * _DAY} GROUP BY 1, 2'
    )
    for written, by_hand in _OVER_ACTS.items():
        method = Measure(value=over(written, "interactions"))
        for column, name in (("d.owner", "deal.owner"), ('i."user"', "user")):
            kpi = replace(made(method, Counted.INTERACTIONS, "at"), by=(name,))
            found.append((kpi, f"SELECT {column}, {month}, {by_hand} {tail}"))
    return found


def main(deals: int = 20_000, rounds: int = 3) -> None:
    """Tell how long thirty KPIs take."""
    with opened(deals) as data:
        known = kpis(data.workspace)
        asked = Request(start=START, end=END, now=NOW, grain=Grain.MONTH)

        def ours() -> None:
            for kpi, _ in known:
                compute(data, kpi, replace(asked, by=kpi.by))

        def by_hand() -> None:
            for _, statement in known:
                data.connection.execute(text(statement)).fetchall()

        ours()
        by_hand()
        one, other = _seconds(ours, rounds), _seconds(by_hand, rounds)
        print(
            f"{len(known)} KPIs by owner and month over {deals:,} deals: {one:.2f} s, by hand {other:.2f} s,"
            f" {one / other:.2f}×"
        )
        print(_beside_pandas(data.connection, [statement for _, statement in known], one, rounds))


def flows(deals: int = 20_000, rounds: int = 3) -> None:
    """Tell how long the funnel, in each mode, and the bottleneck take."""
    with opened(deals) as data:
        asked = Request(start=START, end=END, now=NOW, grain=Grain.MONTH)
        base = kpis(data.workspace)[0][0]
        print(f"over {deals:,} deals")
        steps, last = (*STAGES, "won"), _FIRST + 365 * _DAY
        for mode in FunnelMode:
            method = FunnelSteps(funnel="sales", mode=mode, steps=steps)
            kpi = replace(base, versions=(Version(number=1, method=method),))
            statement = _flows.funnel(mode, steps, _FIRST, last)
            print(f"funnel, {mode}: {_beside(data, kpi, asked, statement, steps, rounds)}")
        kpi = replace(
            base, versions=(Version(number=1, method=Bottleneck(funnel="sales", rank_by=RankBy.TIME, least=5)),)
        )
        statement = _flows.bottleneck(STAGES, _FIRST, last, NOW)
        print(f"bottleneck: {_beside(data, kpi, replace(asked, grain=None), statement, STAGES, rounds)}")


def _beside(data: Data, kpi: Kpi, asked: Request, statement: str, steps: tuple[str, ...], rounds: int) -> str:
    """Return how long a KPI takes beside a statement by hand, by the clock and of the processor."""
    differing = _flows.differing(data.connection, statement, compute(data, kpi, asked), steps)
    clock, processor = _both(lambda: compute(data, kpi, asked), rounds)
    by_hand, of_it = _both(lambda: data.connection.execute(text(statement)).fetchall(), rounds)
    return (
        f"{clock:.2f} s, {processor:.2f} s of processor; by hand {by_hand:.2f} s, {of_it:.2f} s of processor:"
        f" {clock / by_hand:.2f}× by the clock, {processor / of_it:.2f}× by processor; {differing} sums differ"
    )


def _beside_pandas(connection: Connection, statements: list[str], ours: float, rounds: int) -> str:
    """Return how long pandas needs for the same, and whether its numbers are those of the statements."""
    taken = {
        "deals": "SELECT deal, owner, outcome, created_at, closed_at, f_amount, f_grade FROM dim_deal",
        "acts": 'SELECT deal, "at", kind, "user" FROM fact_interaction',
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, statement in taken.items():
            connection.execute(text(f"COPY ({statement}) TO '{Path(folder) / name}.parquet' (FORMAT parquet)"))
        work = {"folder": folder, "first": _FIRST, "last": _FIRST + 365 * _DAY, "rounds": rounds}
        told = told_by_peers("_kpi_peers.py", ("pandas", "pyarrow"), work, environment="kpi-peers")
    found = next((each for each in told if "seconds" in each), None)
    if found is None:
        return f"the same with pandas: {'; '.join(each.get('fault', 'no answer') for each in told) or 'no answer'}"
    sums = [sum(float(row[2] or 0) for row in connection.execute(text(statement))) for statement in statements]
    differing = sum(not isclose(one, other, rel_tol=1e-6) for one, other in zip(sums, found["totals"], strict=True))
    return (
        f"the same with pandas, its frames made in {found['frames']:.2f} s before: {found['seconds']:.2f} s,"
        f" {ours / found['seconds']:.2f}×; {differing} of its numbers differ"
    )


def _seconds(run: Callable[[], object], rounds: int) -> float:
    return _both(run, rounds)[0]


def _both(run: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Return the medians of seconds by the clock and of the processor."""
    found = []
    for _ in range(rounds):
        gc.collect()
        start, worked = perf_counter(), process_time()
        run()
        found.append((perf_counter() - start, process_time() - worked))
    clock, processor = zip(*found, strict=True)
    return median(clock), median(processor)
