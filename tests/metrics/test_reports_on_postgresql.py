"""Reports say the same over a mart in PostgreSQL as over one in DuckDB."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from sqlalchemy import create_engine

from tests.unit.decisions.workspaces import workspace_of
from tests.unit.metrics import test_contacts, test_forecast_report, test_managers, test_winloss
from voronka.definition.fields import Subject
from voronka.mart.memory import memory_mart
from voronka.mart.schema import MartSchema
from voronka.metrics.contacts.report import contacts_report
from voronka.metrics.forecast.report import forecast_report
from voronka.metrics.managers.report import managers_report
from voronka.metrics.managers.rows import closed_deals, quiet_deals
from voronka.metrics.slices import Slice
from voronka.metrics.winloss.report import winloss_report
from voronka.sql.postgresql import PostgresqlBackend

DAY = 86_400_000_000
RULES = "rules: {r: {trigger: {event: deal.created}, do: [{log: {kind: call}}]}}\n"
WORKSPACE = workspace_of(RULES)
FORECAST = {
    table: [row for each in test_forecast_report.COURSES for row in each[table]]
    for table in ("dim_deal", "dim_deal_version", "fact_visit")
}


def fields():
    return [WORKSPACE.fields[Subject.DEALS][name] for name in ("role", "vip", "city", "amount")]


def forecast(part):
    return forecast_report(
        part,
        now=60 * DAY,
        amount="f_amount",
        ahead=[60 * DAY, 90 * DAY],
        past=[15 * DAY, 45 * DAY, 60 * DAY],
        declared={"talk": 0.1, "offer": 0.9},
        quantiles=(0.1, 0.5, 0.9),
        least=1,
    )


CASES = {
    "managers": (test_managers.ROWS, lambda part: managers_report(part, test_managers.WANTED)),
    "drill": (test_managers.ROWS, lambda part: (closed_deals(part, 9), quiet_deals(part, 1, 9))),
    "winloss": (test_winloss.ROWS, lambda part: winloss_report(part, fields(), least=1)),
    "contacts": (test_contacts.rows(), lambda part: contacts_report(part, least=1)),
    "forecast": (FORECAST, forecast),
}


@contextmanager
def postgresql_mart(address, rows):
    engine = create_engine(address)
    schema = MartSchema.of(WORKSPACE, PostgresqlBackend())
    try:
        with engine.connect() as connection:
            schema.metadata.create_all(connection)
            for name, given in rows.items():
                columns = schema.tables[name].c.keys()
                full = [{column: row.get(column) for column in columns} for row in given]
                connection.execute(schema.tables[name].insert(), full)
            yield schema, connection
            connection.rollback()
    finally:
        engine.dispose()


@pytest.mark.parametrize("report", CASES)
def test_a_report_is_the_same_on_both(postgresql, report):
    rows, compute = CASES[report]
    found = []
    for mart in (postgresql_mart(postgresql, rows), memory_mart(WORKSPACE, rows)):
        with mart as (schema, connection):
            found.append(compute(Slice(connection=connection, tables=schema.tables, start=0, end=180 * DAY)))
    assert found[0] == found[1]
