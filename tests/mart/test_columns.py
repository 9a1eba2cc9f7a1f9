"""What expressions about deals name is found in the mart."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.unit.decisions.workspaces import CALENDAR, expression, workspace_of
from voronka.definition.kpis import Counted
from voronka.expressions import Env
from voronka.mart.columns import MartColumns
from voronka.mart.memory import memory_mart
from voronka.sql.bindings import Bindings
from voronka.sql.compiler import compile_sql
from voronka.sql.duckdb import DuckdbBackend

DAY = 86_400_000_000
ROWS = {
    "dim_deal": [
        {
            "deal": 1,
            "id": "a1",
            "funnel": "sales",
            "stage": "offer",
            "owner": "anna",
            "account": "c1",
            "created_at": 0,
            "entered_at": 0,
            "f_amount": 250_000,
            "f_role": "dealer",
        },
        {
            "deal": 2,
            "id": "a2",
            "funnel": "sales",
            "stage": "won",
            "outcome": "won",
            "created_at": 0,
            "entered_at": 4 * DAY,
            "closed_at": 4 * DAY,
            "f_amount": 100_000,
        },
    ],
    "dim_account": [{"account": "c1", "f_turnover": 900_000_000}],
    "dim_user": [{"user": "anna", "role": "manager", "team": "b2b"}],
    "fact_visit": [
        {"deal": 1, "visit": 1, "stage": "talk", "entered_at": 0, "left_at": DAY},
        {"deal": 1, "visit": 2, "stage": "offer", "entered_at": DAY},
        {"deal": 2, "visit": 1, "stage": "won", "entered_at": 4 * DAY},
    ],
    "fact_interaction": [{"deal": 1, "seq": 1, "n": 0, "at": DAY, "kind": "call", "own": True}],
    "fact_task": [{"deal": 1, "seq": 2, "n": 0, "at": DAY, "due": 9 * DAY}],
    "fact_row_lines": [
        {"record": "a1", "key": "2.1", "seq": 2, "f_price": 500},
        {"record": "a1", "key": "10.1", "seq": 10, "f_price": 700},
    ],
    "fact_order": [
        {"deal": 1, "number": "10", "at": DAY, "amount": 300},
        {"deal": 1, "number": "9", "at": DAY, "amount": 400},
        {"deal": 1, "number": "8", "amount": 100},
        {"deal": 1, "number": "7", "at": 2 * DAY, "amount": 200},
    ],
}
CASES = {
    "open": {1},
    "won": {2},
    'stage == "offer" and role == "dealer"': {1},
    "amount >= 2000": {1},
    "account.turnover > 1000000": {1},
    "account is missing": {2},
    'owner.role == "manager"': {1},
    "count(visits) == 1": {2},
    'visits("talk") == 1': {1},
    'any(interactions, kind == "call")': {1},
    "sum(lines, price) == 12": {1},
    "first(lines, price) == 5 and last(lines, price) == 7": {1},
    "first(orders, amount) == 1 and last(orders, amount) == 2": {1},
    'last(orders, number, at < deal.entered_at + days(2)) == "10"': {1},
    "next_step_at is missing": {2},
    "days_in_stage >= 9": {1},
    "margin > 95%": {1},
    "count(tasks, not done) == 1": {1},
    "closed_at - created_at > days(3)": {2},
}


@pytest.fixture(scope="module")
def workspace():
    return workspace_of("rules: {r: {trigger: {event: deal.created}, do: [{log: {kind: call}}]}}\n")


@pytest.fixture(scope="module")
def mart(workspace):
    with memory_mart(workspace, ROWS) as made:
        yield made


@pytest.mark.parametrize(("text", "found"), CASES.items())
def test_a_condition_holds_for_the_deals_it_tells_of(workspace, mart, text, found):
    schema, connection = mart
    backend, env = DuckdbBackend(), Env(values={}, now=9 * DAY, zone="UTC", calendar=CALENDAR)
    columns = MartColumns(schema, backend, Counted.DEALS)
    condition = compile_sql(expression(workspace, text).node, columns, backend, env, Bindings())
    query = select(schema.tables["dim_deal"].c.deal).select_from(columns.source).where(condition)
    assert set(connection.execute(query).scalars()) == found
