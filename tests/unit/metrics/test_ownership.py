"""The cost of ownership of two suppliers over five years, worked by hand."""

from functools import cache

import pytest

from tests.unit.config.corpus import workspace_of
from voronka.config import read_workspace
from voronka.expressions import Env
from voronka.metrics.ownership import compare

TCO = """
set: t
fields: {rate: {type: percent}, years: {type: integer}}
collections:
  costs:
    fields:
      what: {type: text}
      whose: {type: text}
      amount: {type: money}
      first: {type: integer}
      last: {type: integer}
tco:
  costs: costs
  component: what
  supplier: whose
  value: present_value(amount, deal.rate, first, least(coalesce(last, first), deal.years))
"""

# At 10 % a year the factors of the years 1 to 5 are 0.909090909, 0.826446281, 0.751314801, 0.683013455, 0.620921323,
# together 3.790786769 (A). Year 0, the purchase, is not discounted. What goes on beyond year 5 is not counted.
#
# component     whose   a year       years   the arithmetic                              today
ROWS = [
    ("price", None, 1_200_000_00, 0, None, 1_200_000_00),  #  1,200,000                  1,200,000.00
    ("energy", None, 200_000_00, 1, 5, 758_157_35),  #          200,000 A                  758,157.35
    ("service", None, 50_000_00, 1, 9, 189_539_34),  #           50,000 A, to year 5       189,539.34
    ("overhaul", None, 160_000_00, 4, 4, 109_282_15),  #        160,000 × 0.683013455      109,282.15
    ("price", "Polar", 900_000_00, 0, None, 900_000_00),  #     900,000                    900,000.00
    ("energy", "Polar", 300_000_00, 1, 5, 1_137_236_03),  #     300,000 A                1,137,236.03
    ("service", "Polar", 80_000_00, 1, 5, 303_262_94),  #        80,000 A                  303,262.94
    ("downtime", "Polar", 60_000_00, 2, 3, 94_665_66),  #        60,000 × 1.577761082       94,665.66
    ("renewal", "Polar", 500_000_00, 7, None, 0),  #            beyond the horizon               0.00
]
OURS = 2_256_978_84  # 1,200,000.00 + 758,157.35 + 189,539.34 + 109,282.15
THEIRS = 2_435_164_63  # 900,000.00 + 1,137,236.03 + 303,262.94 + 94,665.66


@cache
def workspace():
    found = read_workspace(workspace_of({"case": "tco", "add": {"configs/fields/t.yaml": TCO}})).workspace
    assert found is not None
    return found


def value(row):
    model = workspace().ownership["t"]
    names = ("what", "whose", "amount", "first", "last")
    rows = {"costs": [dict(zip(names, row, strict=False))]}
    deal = {"rate": 0.1, "years": 5}
    return model.value.evaluate(Env(values=deal, now=0, zone="UTC", calendar=workspace().calendar, rows=rows))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}, {row[1] or 'ours'}")
def test_a_cost_comes_to_its_present_value(row):
    assert value(row) == row[-1]


def compared(rows=tuple(ROWS)):
    return compare((row[1], row[0], value(row)) for row in rows)


def test_the_costs_of_each_supplier_add_up_to_the_coin():
    found = compared()
    assert found.suppliers == (None, "Polar")
    assert found.totals == {None: OURS, "Polar": THEIRS}
    assert found.parts["energy"] == {None: 758_157_35, "Polar": 1_137_236_03}
    assert sum(part.get(None, 0) for part in found.parts.values()) == OURS


def test_what_is_not_known_of_a_supplier_is_told_apart_from_what_costs_nothing():
    found = compared()
    assert (found.without(None), found.without("Polar")) == (["downtime", "renewal"], ["overhaul"])
    assert found.parts["renewal"] == {"Polar": 0}


def test_the_waterfall_leads_from_the_competitor_to_us():
    steps = compared().waterfall("Polar")
    assert [change for _, change, _ in steps] == [
        300_000_00,  # price: we are dearer to buy
        -379_078_68,  # energy
        -113_723_60,  # service
        109_282_15,  # the overhaul, which only we have
        -94_665_66,  # downtime, which only they have
        0,
    ]
    assert steps[-1][2] == OURS


def test_a_cost_without_a_value_is_told_and_not_counted():
    found = compared([*ROWS, ("service", "Polar", None, 1, 5, None)])
    assert (found.n, found.unknown, found.totals["Polar"]) == (10, 1, THEIRS)


def test_we_are_compared_even_where_nothing_of_ours_is_written():
    found = compared([row for row in ROWS if row[1]])
    assert found.totals == {None: 0, "Polar": THEIRS}
    assert compare(()).n == 0


def test_a_supplier_written_large_and_small_is_one():
    costs = compare(
        [("Polar", "price", 100), (" polar", "energy", 50), (None, "price", 20), ("ПОЛЮС", None, 1), ("Полюс", None, 2)]
    )

    assert costs.totals == {None: 20, "Polar": 150, "ПОЛЮС": 3}
