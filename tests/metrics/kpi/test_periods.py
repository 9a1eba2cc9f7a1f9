"""Which period comes before another, and who goes by it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.metrics.kpi.workspaces import Mart, ask, at, kpi, measure
from voronka.definition.kpis import Grain
from voronka.definition.kpis.methods import Decomposition, Shares
from voronka.metrics.kpi import compute
from voronka.metrics.kpi.periods import first_day, next_day, period_before


@pytest.mark.parametrize(
    ("first", "last", "before"),
    [
        pytest.param("2026-03-01", "2026-03-31", "2026-02-01", id="a month: the month before"),
        pytest.param("2024-03-01", "2024-03-31", "2024-02-01", id="of a leap year"),
        pytest.param("2026-01-01", "2026-01-31", "2025-12-01", id="of another year"),
        pytest.param("2026-04-01", "2026-06-30", "2026-01-01", id="a quarter"),
        pytest.param("2025-01-01", "2025-12-31", "2024-01-01", id="a year after a leap year"),
        pytest.param("2025-11-01", "2026-10-31", "2024-11-01", id="twelve whole months"),
        pytest.param("2026-03-01", "2026-03-30", "2026-01-30", id="a month but a day: as many days"),
        pytest.param("2026-03-02", "2026-03-31", "2026-01-31", id="a month without its first day"),
        pytest.param("2026-03-02", "2026-03-08", "2026-02-23", id="a week"),
        pytest.param("2026-03-01", "2026-03-01", "2026-02-28", id="the first of a month alone"),
    ],
)
def test_before_whole_months_come_as_many_before_other_days_as_many_days(first, last, before):
    after = date.fromisoformat(last) + timedelta(days=1)
    assert period_before(date.fromisoformat(first), after) == date.fromisoformat(before)


@given(day=st.dates(date(1950, 1, 1), date(2100, 1, 1)), grain=st.sampled_from(Grain))
def test_the_period_before_one_of_a_grain_is_of_that_grain(day, grain):
    first = first_day(day, grain)
    assert period_before(first, next_day(first, grain)) == next_day(first, grain, -1)


def test_a_change_over_a_month_asked_for_as_days_is_the_change_over_that_month():
    """A deal of the end of January lies within the 31 days before March, and not in February."""
    moments = ("2026-01-30 10:00", "2026-02-10 10:00", "2026-03-10 10:00", "2026-03-11 10:00")
    rows = [
        {"deal": n, "id": str(n), "funnel": "sales", "stage": "talk", "created_at": at(moment), "f_amount": n * 1_000}
        for n, moment in enumerate(moments, start=1)
    ]
    kpis = [
        kpi(measure("sum(deals, amount)"), "worth"),
        kpi(measure("count(deals, amount > 0)"), "priced"),
        kpi(measure("avg(deals, amount)"), "cheque"),
    ]
    method = Decomposition(kpi="worth", factors=("priced", "cheque"), by=Shares.LMDI)
    with Mart({"dim_deal": rows}, kpis=kpis) as data:
        as_days, as_month = (
            [
                (row.value, row.details["before"], row.details["after"])
                for row in compute(data, kpi(method, by=()), ask("2026-03-01", "2026-03-31", grain)).rows
            ]
            for grain in (None, Grain.MONTH)
        )
    assert as_days == as_month
    assert [each[1:] for each in as_days] == [(1, 2), (20, 35)]
