"""KPIs are the same numbers over a mart in PostgreSQL."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import create_engine, text

from tests.metrics.kpi.test_counting import ROWS
from tests.metrics.kpi.test_flows import CONVERSION, FLOWS
from tests.metrics.kpi.workspaces import WORKSPACE, Mart, ask, at, kpi, measure, over, ratio, stock
from voronka.calendars import Duration
from voronka.definition.kpis import Grain
from voronka.definition.kpis.methods import (
    Basis,
    Bottleneck,
    Cumulative,
    FunnelMode,
    FunnelSteps,
    Hygiene,
    Mark,
    OpenVisits,
    PerSuccess,
    RankBy,
    Stat,
    SuccessOn,
    Survival,
    TimeInStage,
)
from voronka.mart.schema import MartSchema
from voronka.metrics.kpi import Data, compute, drill
from voronka.metrics.kpi.hygiene import worst_deals
from voronka.sql.postgresql import PostgresqlBackend

BY_OWNER = ask("2026-01-01", "2026-04-30", Grain.MONTH, by=("owner",), now=at("2026-04-10 00:00"))
STEPS = ("talk", "offer", "won")
KPIS = [
    kpi(measure("count(deals, won)"), "won", time="closed_at"),
    kpi(measure("sum(deals, amount)")),
    kpi(measure("sum(deals, amount, won) / count(deals)")),
    kpi(measure("percentile(deals, amount, 90)")),
    kpi(measure('count(interactions, kind == "call" and deal.won)', "interactions"), of="interactions", time="at"),
    kpi(ratio("count(deals, won)", "count(deals, closed)"), time="closed_at"),
    kpi(stock("sum(deals, amount)"), time=None),
    kpi(Cumulative(kpi="won", window=Duration.parse("2 months"))),
    kpi(replace(CONVERSION, within=Duration.parse("1 month"))),
    kpi(replace(CONVERSION, basis=Basis.EVENT)),
    *(
        kpi(FunnelSteps(funnel="sales", mode=mode, steps=STEPS, windows={"offer": Duration.parse("3 days")}), time=None)
        for mode in FunnelMode
    ),
    kpi(TimeInStage(funnel="sales", stats=tuple(Stat), open=OpenVisits.CENSOR), time=None),
    kpi(
        TimeInStage(funnel="sales", stats=(Stat.MEAN,), open=OpenVisits.SO_FAR, calendar=WORKSPACE.calendar.name),
        time=None,
    ),
    kpi(Bottleneck(funnel="sales", rank_by=RankBy.TIME, least=1), time=None),
    kpi(PerSuccess(activity=over("count(interactions)", "interactions"), on=SuccessOn.ALL), time=None),
    kpi(
        Survival(
            start=Mark(event="created"),
            event=Mark(event="won"),
            competing=(Mark(event="lost"),),
            at=(Duration.parse("10 days"), Duration.parse("20 days")),
        ),
        time=None,
    ),
    kpi(Hygiene(fields=("role", "amount"), fresh=Duration.parse("1 month")), time=None),
]


@pytest.mark.parametrize("rows", [ROWS, FLOWS], ids=["deals", "flows"])
def test_both_databases_give_the_same_numbers(postgresql, rows):
    engine = create_engine(postgresql)
    schema = MartSchema.of(WORKSPACE, PostgresqlBackend(), schema="kpis")
    with Mart(rows, kpis=KPIS[:1]) as data, engine.connect() as connection:
        connection.execute(text("CREATE SCHEMA kpis"))
        schema.metadata.create_all(connection)
        for name, given in rows.items():
            columns = schema.tables[name].c.keys()
            full = [{column: row.get(column) for column in columns} for row in given]
            connection.execute(schema.tables[name].insert(), full)
        other = Data(workspace=data.workspace, schema=schema, backend=PostgresqlBackend(), connection=connection)
        for each in KPIS:
            one, two = (_plain(compute(where, each, BY_OWNER)) for where in (data, other))
            assert one == two, each.current.method
            behind = [
                drill(where, each, replace(BY_OWNER, by=()), {"owner": "anna"}, None, 9) for where in (data, other)
            ]
            assert behind[0] == behind[1], each.current.method
        version = KPIS[-1].current
        lacking = [list(worst_deals(where, BY_OWNER, version, version.method, 9)) for where in (data, other)]
        assert lacking[0] == lacking[1] != []
        connection.rollback()
    engine.dispose()


def _plain(result):
    """The rows, numbers rounded: sums of doubles differ in their last bits."""
    return [
        (
            [key.value for key in row.keys.values()], row.period, _rounded(row.value), row.n,
            {name: _rounded(value) for name, value in row.details.items()},
        )
        for row in result.rows
    ]  # fmt: skip


def _rounded(value):
    return value if value is None else round(float(value), 9)
