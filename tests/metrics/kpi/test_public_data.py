"""KPIs over public data sets, beside the same computed from the files in Python."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.metrics.kpi.test_flows import CONVERSION
from tests.metrics.kpi.workspaces import Mart, ask, kpi, measure, ratio
from voronka.calendars import Duration
from voronka.definition.kpis import Grain
from voronka.metrics.kpi import compute

DATA = Path(__file__).parents[4] / "shared" / "data"


def _moment(column):
    return f"epoch_us(({column})::TIMESTAMP - INTERVAL 3 HOUR)"


def test_win_rates_and_cheques_of_maven_crm():
    file = DATA / "maven_crm" / "sales_pipeline.csv"
    if not file.exists():
        pytest.skip(f"no {file.name}")
    closed = defaultdict(list)
    with file.open() as lines:
        for line in csv.DictReader(lines):
            if line["deal_stage"] in ("Won", "Lost"):
                quarter = (int(line["close_date"][5:7]) + 2) // 3
                closed[line["sales_agent"], quarter].append((line["deal_stage"] == "Won", int(line["close_value"])))
    with Mart({}) as data:
        data.connection.execute(
            text(
                "INSERT INTO dim_deal (deal, id, funnel, stage, outcome, owner, created_at, closed_at, f_amount) "
                "SELECT row_number() OVER (), opportunity_id, 'sales', 'talk', "
                "CASE WHEN deal_stage IN ('Won', 'Lost') THEN lower(deal_stage) END, sales_agent, "
                f"{_moment('engage_date')}, {_moment('close_date')}, close_value * 100 FROM read_csv('{file}')"
            )
        )
        asked = ask("2017-01-01", "2017-12-31", Grain.QUARTER, by=("owner",))
        rates = compute(data, kpi(ratio("count(deals, won)", "count(deals, closed)"), time="closed_at"), asked)
        cheques = compute(data, kpi(measure("avg(deals, amount, won)"), time="closed_at"), asked)
    assert len(rates.rows) == len({agent for agent, _ in closed}) * 4
    for rate, cheque in zip(rates.rows, cheques.rows, strict=True):
        deals = closed[rate.keys["owner"].value, (rate.period.month + 2) // 3]
        won = [value for is_won, value in deals if is_won]
        assert (rate.value, rate.n) == (len(won) / len(deals) if deals else None, len(deals))
        assert cheque.value == (pytest.approx(sum(won) / len(won)) if won else None)


def test_conversion_within_a_month_of_olist_leads():
    folder = DATA / "olist_funnel"
    leads, deals = (folder / f"olist_{name}_dataset.csv" for name in ("marketing_qualified_leads", "closed_deals"))
    if not leads.exists():
        pytest.skip(f"no {leads.name}")
    with deals.open() as lines:
        won = {line["mql_id"]: datetime.fromisoformat(line["won_date"]) for line in csv.DictReader(lines)}
    cohorts = defaultdict(list)
    with leads.open() as lines:
        for line in csv.DictReader(lines):
            began = datetime.fromisoformat(line["first_contact_date"])
            end = won.get(line["mql_id"])
            cohorts[began.date().replace(day=1)].append(end is not None and began <= end <= began + timedelta(days=30))
    with Mart({}) as data:
        data.connection.execute(
            text(
                "INSERT INTO dim_deal (deal, id, funnel, stage, outcome, owner, created_at, closed_at) "
                "SELECT row_number() OVER (), l.mql_id, 'sales', 'talk', "
                "CASE WHEN d.mql_id IS NOT NULL THEN 'won' END, "
                f"l.origin, {_moment('l.first_contact_date')}, {_moment('d.won_date')} FROM read_csv('{leads}') l "
                f"LEFT JOIN read_csv('{deals}') d ON d.mql_id = l.mql_id"
            )
        )
        within = kpi(replace(CONVERSION, within=Duration.parse("30 days")), by=())
        told = compute(data, within, ask("2017-06-01", "2018-05-31", Grain.MONTH)).rows
    assert {row.period: (row.part, row.whole) for row in told if row.n} == {
        month: (sum(done), len(done)) for month, done in cohorts.items()
    }
