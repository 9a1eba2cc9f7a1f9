"""What the parameters of a profit model are worth."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from voronka.definition.kpis import Outcome, Parameter, ProfitModel
from voronka.definition.kpis.methods import Shares
from voronka.expressions import Kind, Name, Scope, Type, compile_expression
from voronka.messages import Label
from voronka.metrics.profit.decomposition import decomposed
from voronka.metrics.profit.evaluation import coverage, evaluated, result_of
from voronka.metrics.profit.levers import elasticities, growth, joint_growth, ranked, slopes, sought
from voronka.metrics.profit.sensitivity import swings


def model_of(formulas, **leaves):
    """A model of parameters with values (or (value, floor, cap)) and formulas over them; the last is its result."""
    scope = Scope({name: Name(Type(Kind.NUMBER)) for name in (*leaves, *formulas)})
    made = {}
    for name, given in leaves.items():
        value, floor, cap = given if isinstance(given, tuple) else (given, None, None)
        made[name] = Parameter(name=name, label=Label.plain(name), value=value, floor=floor, cap=cap)
    for name, text in formulas.items():
        formula = compile_expression(text, scope, expect=Kind.NUMBER)
        made[name] = Parameter(name=name, label=Label.plain(name), formula=formula)
    return ProfitModel(name="m", label=Label.plain("m"), result=list(made)[-1], parameters=made)


def with_outcomes(model, formulas):
    """The same with outcomes, those that others name first."""
    scope = Scope({name: Name(Type(Kind.NUMBER)) for name in (*model.parameters, *formulas)})
    made = {
        name: Outcome(name=name, label=Label.plain(name), formula=compile_expression(text, scope, expect=Kind.NUMBER))
        for name, text in formulas.items()
    }
    order = sorted(made, key=lambda name: len(made[name].formula.reads.names & made.keys()))
    return replace(model, outcomes={name: made[name] for name in order})


SALES = model_of(
    {"revenue": "leads * conversion * cheque * deals"}, leads=100.0, conversion=(0.2, 0.0, 1.0), cheque=50.0, deals=1.5
)


def test_four_times_twenty_percent_more_than_double_the_revenue():
    assert joint_growth(SALES, {}, 0.2, ["leads", "conversion", "cheque", "deals"]) == pytest.approx(2.0736)


def test_what_is_measured_stands_for_what_was_given():
    assert evaluated(SALES, {})["revenue"] == pytest.approx(1500)
    assert evaluated(SALES, {"leads": 10})["revenue"] == pytest.approx(150)


@pytest.mark.parametrize("revenue", [60.0, 59.0, 61.0])
def test_a_goal_lowers_costs_whatever_the_sign_of_the_result(revenue):
    profit = model_of({"profit": "revenue - cost"}, revenue=revenue, cost=60.0)
    assert slopes(profit, {}) == pytest.approx({"revenue": revenue, "cost": -60})
    goal = sought(profit, {}, 40, ["cost"])
    assert (goal.result, goal.values["cost"]) == pytest.approx((40, revenue - 40))
    assert sought(profit, {}, 10**6, ["revenue", "cost"]).result == pytest.approx(10**6)


def test_what_is_not_known_makes_the_result_unknown_and_is_told():
    some = model_of({"revenue": "leads * cheque"}, leads=None, cheque=5.0)
    assert evaluated(some, {})["revenue"] is None
    assert coverage(some, {}) == coverage(some, {"cheque": 1})
    assert (coverage(some, {}).known, coverage(some, {}).total, coverage(some, {}).missing) == (1, 2, ("leads",))
    assert coverage(some, {"leads": 3}).missing == ()
    assert growth(some, {}, 0.1) == []
    assert sought(some, {}, 10, ["leads"]) is None


def test_a_factor_of_a_product_has_elasticity_one_and_a_cost_less():
    profit = model_of({"profit": "revenue - cost"}, revenue=100.0, cost=60.0)
    assert elasticities(SALES, {}) == pytest.approx(dict.fromkeys(["leads", "conversion", "cheque", "deals"], 1.0))
    assert elasticities(profit, {}) == pytest.approx({"revenue": 2.5, "cost": -1.5})
    assert elasticities(profit, {"cost": 100})["cost"] is None


def test_growth_stops_at_the_cap():
    (lever,) = growth(SALES, {"conversion": 0.9}, 0.2, ["conversion"])
    assert (lever.after, lever.capped) == (1.0, True)
    assert lever.gain == pytest.approx(100 * 0.1 * 50 * 1.5)


def test_the_key_constraint_is_what_gains_the_most_at_its_benchmark():
    found = ranked(SALES, {}, {"leads": 110, "conversion": 0.3, "unknown": 5})
    assert [lever.name for lever in found] == ["conversion", "leads"]
    assert found[0].gain == pytest.approx(750)


def test_a_goal_is_sought_under_caps():
    goal = sought(SALES, {}, 3000, ["leads", "cheque"])
    assert goal.share == pytest.approx(2**0.5 - 1)
    assert goal.result == pytest.approx(3000)
    capped = sought(SALES, {}, 15_000, ["conversion"])
    assert capped.share is None
    assert (capped.result, capped.values) == (pytest.approx(7500), {"conversion": 1.0})
    assert sought(SALES, {}, 1000, ["leads"]).share == 0.0


def test_what_lowers_the_result_is_lowered_to_reach_the_goal():
    profit = model_of({"profit": "revenue - cost"}, revenue=100.0, cost=(60.0, 50.0, None))
    goal = sought(profit, {}, 48, ["cost"])
    assert goal.values["cost"] == pytest.approx(52)
    assert sought(profit, {}, 70, ["cost"]).values["cost"] == 50.0


PROFIT = model_of(
    {"revenue": "leads * conversion * cheque", "profit": "revenue * margin - cost"},
    leads=100.0,
    conversion=0.2,
    cheque=50.0,
    margin=0.4,
    cost=150.0,
)
LATER = {"leads": 130.0, "conversion": 0.25, "margin": 0.35, "cost": 300.0}


def test_a_product_is_decomposed_by_logarithms():
    found = decomposed(SALES, {}, {"leads": 120, "conversion": 0.24})
    assert found.by is Shares.LMDI
    assert (found.before, found.after) == pytest.approx((1500, 2160))
    assert found.contributions == pytest.approx({"leads": 330, "conversion": 330})
    assert sum(found.contributions.values()) == pytest.approx(found.change)


def test_another_formula_is_decomposed_over_all_orders_of_change():
    found = decomposed(PROFIT, {}, LATER)
    means = dict.fromkeys(LATER, 0.0)
    for order in permutations(LATER):
        values, before = {}, result_of(PROFIT, {})
        for name in order:
            values[name] = LATER[name]
            after = result_of(PROFIT, values)
            means[name] += (after - before) / 24
            before = after
    assert (found.by, found.drawn) == (Shares.SHAPLEY, False)
    assert found.contributions == pytest.approx(means)
    assert found.contributions["cost"] == pytest.approx(-150)


def test_many_parameters_are_decomposed_over_drawn_orders_which_add_up():
    names = [f"p{n}" for n in range(12)]
    wide = model_of(
        {"all": " + ".join(f"{a} * {b}" for a, b in zip(names[::2], names[1::2], strict=True))},
        **dict.fromkeys(names, 2.0),
    )
    found = decomposed(wide, {}, dict.fromkeys(names, 3.0), seed=5)
    assert found.drawn
    assert sum(found.contributions.values()) == pytest.approx(6 * 5)
    assert found.contributions == pytest.approx(dict.fromkeys(names, 2.5), abs=0.1)
    assert found == decomposed(wide, {}, dict.fromkeys(names, 3.0), seed=5)


def test_what_is_known_in_one_period_alone_is_told():
    some = model_of({"profit": "revenue - cost"}, revenue=100.0, cost=None)
    assert decomposed(some, {}, {"cost": 5}) is None
    assert decomposed(some, {"cost": 5}, {"revenue": 120}).unknown == ("cost",)


def test_the_result_swings_the_most_with_what_is_the_least_certain():
    found = swings(PROFIT, {}, {"leads": (90, 110), "conversion": (0.1, 0.3), "nothing": (1, 2), "revenue": (1, 2)})
    assert [swing.name for swing in found] == ["conversion", "leads"]
    assert found[0].results == pytest.approx((50, 450))
    assert found[0].width == pytest.approx(400)
