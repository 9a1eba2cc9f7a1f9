"""Limits in days in a zone whose clocks change: the changes of the years asked for, and the same answers by them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from tests.metrics.kpi.workspaces import Mart, ask, at, kpi
from voronka.calendars import DAY, HOUR, Duration, instant, local
from voronka.definition.kpis import Grain, Version
from voronka.definition.kpis.methods import Basis, Conversion, Entity, Mark
from voronka.metrics.kpi.conversion import conversion_select
from voronka.metrics.kpi.periods import periods
from voronka.sql.zones import Zone

ZONE = "America/New_York"
WITHIN = Conversion(
    start=Mark(event="created"),
    end=Mark(event="won"),
    entity=Entity.DEAL,
    basis=Basis.COHORT,
    within=Duration.parse("60 days"),
)


def test_a_statement_tells_the_clock_changes_of_the_years_asked_for_alone():
    asked = ask("2026-01-01", "2026-12-31", Grain.MONTH)
    with Mart({}) as data:
        data = replace(data, workspace=replace(data.workspace, timezone=ZONE))
        spans = periods(asked.start, asked.end, asked.grain, ZONE)
        version: Version = kpi(WITHIN, time=None).current
        statement = str(conversion_select(data, asked, version, WITHIN, spans).compile(data.connection))
    assert len(statement) < 30_000  # with every change of all times it is twenty times as long


@pytest.mark.parametrize("year", [1995, 2026])
def test_within_the_years_asked_for_clocks_show_what_they_show(year):
    first, last = at(f"{year}-01-01 00:00"), at(f"{year}-12-31 00:00")
    moments = [*range(first, last, 7 * DAY + 5 * HOUR), first, last]
    rows = [
        {"deal": n, "id": str(n), "funnel": "sales", "stage": "talk", "created_at": moment}
        for n, moment in enumerate(moments)
    ]
    with Mart({"dim_deal": rows}) as data:
        zone = Zone(ZONE, data.backend, between=(first, last))
        deals = data.schema.tables["dim_deal"].c
        again = zone.moment(zone.wall(deals.created_at))
        told = data.connection.execute(select(again.label("again")).order_by(deals.deal)).scalars().all()
    assert told == [instant(local(moment, ZONE), ZONE) for moment in moments]
