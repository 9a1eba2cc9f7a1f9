"""The examples of KPIs are computed; a wrong one is found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.metrics.kpi.workspaces import WORKSPACE, at, kpi, measure, ratio, stock
from voronka.definition.kpis import Example
from voronka.metrics.kpi.examples import wrong_examples

DEALS = (
    {"funnel": "sales", "stage": "won", "outcome": "won", "created_at": at("2026-01-02 10:00"), "amount": 10_050},
    {"funnel": "sales", "stage": "talk", "created_at": at("2026-02-03 10:00"), "owner": "anna"},
)
CALLS = ({"deal": 7, "kind": "call", "at": at("2026-01-03 10:00")}, {"deal": 7, "kind": "call", "at": None})
CASES = [
    (kpi(measure("count(deals)")), {"deals": DEALS}, 2),
    (kpi(measure("sum(deals, amount, won)"), least=20), {"deals": DEALS}, 100.5),
    (kpi(ratio("count(deals, won)", "count(deals)"), least=20), {"deals": DEALS}, 0.5),
    (kpi(stock("count(deals, open)"), time=None), {"deals": DEALS}, 1),
    (kpi(measure("median(deals, amount)")), {"deals": DEALS[1:]}, None),
    (kpi(measure("count(interactions)", "interactions"), of="interactions", time="at", where="deal.won"),
     {"deals": ({**DEALS[0], "number": 7},), "interactions": CALLS}, 1),
    (kpi(measure("count(deals, not replied and not contacted)")), {"deals": DEALS}, 2),
]  # fmt: skip


@pytest.fixture(scope="module")
def told():
    """What is found wrong with each of the cases as it stands, and with the value one more."""
    found = []
    for more in (0, 1):
        kpis = {}
        for number, (each, rows, value) in enumerate(CASES):
            expected = more if value is None and more else value if value is None else value + more
            example = Example(rows=rows, value=expected, at=at("2026-12-31 10:00"))
            kpis[str(number)] = replace(each, name=str(number), examples=(example,))
        found.append({each.kpi: each for each in wrong_examples(replace(WORKSPACE, kpis=kpis))})
    return found


@pytest.mark.parametrize("number", range(len(CASES)))
def test_an_example_holds_or_is_told_with_what_came_out(told, number):
    right, wrong = told
    assert str(number) not in right
    assert wrong[str(number)].got == CASES[number][2]
