"""Statistics against published values, and against scipy 1.16 and statsmodels 0.14 where the call is given."""

from __future__ import annotations

from itertools import product
from math import comb, prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voronka.metrics.statistics.contributions import lmdi, shapley
from voronka.metrics.statistics.homogeneity import chi_square_tail, holm, homogeneity
from voronka.metrics.statistics.rates import difference, required_trials
from voronka.metrics.statistics.survival import (
    Life,
    aalen_johansen,
    incidence_at,
    kaplan_meier,
    log_rank,
    quantile,
    share_at,
)

# E. J. Freireich et al. (1963): weeks of remission of leukaemia under 6-MP (negative: still in remission) and placebo.
TREATED = [6, 6, 6, -6, 7, -9, 10, -10, -11, 13, 16, -17, -19, -20, 22, 23, -25, -32, -32, -34, -35]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]


def lives(weeks):
    return [Life(abs(week), "relapse" if week > 0 else None) for week in weeks]


def test_the_difference_of_rates_is_the_published_one():
    # Newcombe (1998), table II, method 10: 56/70 - 48/80.
    found = difference(56, 70, 48, 80)
    assert found.interval == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_a_tenth_against_eight_hundredths_is_not_proven():
    # scipy.stats.fisher_exact([[100, 900], [80, 920]]); statsmodels: confint_proportions_2indep(…, method="newcomb")
    found = difference(100, 1000, 80, 1000)
    assert (found.value, found.p) == pytest.approx((0.02, 0.1374801508))
    assert found.interval == pytest.approx((-0.0051614087, 0.0452729888))


def test_equal_groups_do_not_differ_and_empty_ones_tell_nothing():
    assert difference(3, 3, 5, 5).p == 1.0
    assert difference(0, 0, 5, 5) is None


def test_the_trials_needed_tell_two_rates_apart():
    # 0.10 against 0.15 at 5 % and power 80 %, worked by hand from the formula: 685.6.
    assert required_trials(0.10, 0.15) == 686
    with pytest.raises(ValueError, match="never"):
        required_trials(0.1, 0.1)


@pytest.mark.parametrize(
    ("statistic", "freedom", "tail"),
    # scipy.stats.chi2.sf
    [(3.84, 1, 0.05004352), (10, 4, 0.04042768), (0.5, 3, 0.91889141), (25, 9, 0.00297118), (0, 2, 1.0)],
)
def test_the_tail_of_chi_square(statistic, freedom, tail):
    assert chi_square_tail(statistic, freedom) == pytest.approx(tail, abs=5e-9)


def test_large_groups_are_compared_by_chi_square():
    # scipy.stats.chi2_contingency([[30, 70], [45, 55], [38, 62]], correction=False)
    found = homogeneity([(30, 100), (45, 100), (38, 100), (0, 0)])
    assert (found.statistic, found.p, found.freedom) == pytest.approx((4.79863707, 0.0907797953, 2))
    assert not found.exact


def test_small_groups_are_compared_by_drawing_tables():
    groups = [(3, 4), (1, 6), (0, 4)]
    found = homogeneity(groups)
    assert found.exact
    assert found.p == pytest.approx(every_table(groups), abs=0.015)
    assert homogeneity(groups, seed=1).p == pytest.approx(found.p, abs=0.02)


def every_table(groups):
    """The exact p: over all tables with the same margins, those with at least this statistic."""
    sizes, won = [size for _, size in groups], sum(found for found, _ in groups)
    rate = won / sum(sizes)

    def statistic(found):
        return sum((x - n * rate) ** 2 / n for x, n in zip(found, sizes, strict=True))

    least = statistic([found for found, _ in groups])
    tables = [t for t in product(*(range(size + 1) for size in sizes)) if sum(t) == won]
    ways = {table: prod(comb(size, x) for size, x in zip(sizes, table, strict=True)) for table in tables}
    return sum(way for table, way in ways.items() if statistic(table) >= least - 1e-9) / sum(ways.values())


@pytest.mark.parametrize("groups", [[], [(3, 9)], [(0, 4), (0, 5)], [(4, 4), (5, 5)]])
def test_where_nothing_can_differ_nothing_is_tested(groups):
    assert homogeneity(groups) is None


def test_p_values_are_adjusted_for_their_number():
    # statsmodels.stats.multitest.multipletests([.01, .04, .03, .005, .2], method="holm")
    assert holm([0.01, 0.04, 0.03, 0.005, 0.2]) == pytest.approx([0.04, 0.09, 0.09, 0.025, 0.2])
    assert holm([]) == []


def test_large_groups_with_a_small_one_are_drawn_as_well():
    found = homogeneity([(2, 3), (30_000, 100_000), (60_400, 200_000)])
    assert found.exact
    # The small group alone differs: scipy.stats.hypergeom(300003, 90402, 3).sf(1) = 0.2182, the large ones p = 0.26.
    assert 0.1 < found.p < 0.4


def test_the_survival_curve_is_the_published_one():
    # D. Collett, "Modelling Survival Data in Medical Research", and D. G. Kleinbaum, "Survival Analysis", table 2.
    curve = kaplan_meier(lives(TREATED))
    assert [(step.time, step.at_risk, step.ended) for step in curve][:3] == [(6, 21, 3), (7, 17, 1), (10, 15, 1)]
    shares = [0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482]
    assert [step.share for step in curve] == pytest.approx(shares, abs=5e-5)
    assert curve[0].error == pytest.approx(0.0764, abs=5e-5)
    assert quantile(curve, 0.5) == 23
    assert quantile(curve, 0.8) is None


def test_two_groups_are_compared_by_the_log_rank_test():
    # Kleinbaum: 16.793 with one degree of freedom; scipy.stats.logrank
    assert log_rank(lives(TREATED), lives(PLACEBO)) == pytest.approx(4.168809109334529e-05)
    assert log_rank([Life(3, None)], [Life(4, None)]) is None


ENDS = st.lists(
    st.tuples(st.integers(0, 9), st.sampled_from(["won", "lost", None])).map(lambda pair: Life(*pair)),
    min_size=1,
    max_size=30,
)


@settings(max_examples=30)
@given(ENDS)
def test_grouped_lives_tell_the_same(found):
    grouped = [life._replace(n=found.count(life)) for life in set(found)]
    assert kaplan_meier(grouped) == kaplan_meier(found)
    assert log_rank(grouped, [Life(3, "won", 4)]) == log_rank(found, [Life(3, "won")] * 4)
    one, other = aalen_johansen(grouped), aalen_johansen(found)
    assert {end: steps[-1].share for end, steps in one.items()} == pytest.approx(
        {end: steps[-1].share for end, steps in other.items()}
    )


def test_curves_are_read_between_their_steps():
    curve = kaplan_meier(lives(TREATED))
    assert [share_at(curve, time) for time in (0, 6, 6.5, 99)] == pytest.approx([1, 0.857143, 0.857143, 0.448179])
    steps = aalen_johansen([Life(2, "won"), Life(4, "lost"), Life(6, "won"), Life(8, None)])["won"]
    assert [incidence_at(steps, time) for time in (1, 2, 5, 9)] == [0, 0.25, 0.25, 0.5]


@settings(max_examples=30)
@given(ENDS)
def test_what_all_causes_have_ended_is_what_has_not_survived(found):
    ended = sum(steps[-1].share for steps in aalen_johansen(found).values())
    curve = kaplan_meier(found)
    assert ended == pytest.approx(1 - curve[-1].share if curve else 0.0)


@settings(max_examples=30)
@given(ENDS)
def test_without_censoring_the_curve_is_the_share_that_lasts_longer(found):
    ended = [Life(life.length, life.end or "won") for life in found]
    for step in kaplan_meier(ended):
        assert step.share == pytest.approx(sum(life.length > step.time for life in ended) / len(ended))


BEFORE = {"leads": 100.0, "conversion": 0.2, "cheque": 50.0}
AFTER = {"leads": 120.0, "conversion": 0.24, "cheque": 45.0}


@pytest.mark.parametrize("by", [lmdi, shapley])
def test_contributions_add_up_to_the_change(by):
    change = prod(AFTER.values()) - prod(BEFORE.values())
    found = by(BEFORE, AFTER)
    assert sum(found.values()) == pytest.approx(change)
    assert found["leads"] > 0 > found["cheque"]


def test_equal_shares_of_growth_contribute_equally():
    # Each factor grows by 20 %: the product by 1.2 ** 3.
    found = shapley(BEFORE, {name: value * 1.2 for name, value in BEFORE.items()})
    assert list(found.values()) == pytest.approx([1000 * (1.2**3 - 1) / 3] * 3)


def test_a_factor_that_falls_to_nothing_alone_has_the_whole_change():
    none = {**AFTER, "conversion": 0.0}
    assert lmdi(BEFORE, none) == {"leads": 0.0, "conversion": -1000.0, "cheque": 0.0}
    # The limit, as Ang and Liu have it: a tiny value instead of 0 comes near.
    assert lmdi(BEFORE, {**AFTER, "conversion": 1e-200})["conversion"] == pytest.approx(-1000, rel=0.01)
    assert sum(shapley(BEFORE, none).values()) == pytest.approx(-1000)


@pytest.mark.parametrize("after", [{**AFTER, "leads": 0.0, "cheque": 0.0}, {**AFTER, "cheque": -5.0}])
def test_what_logarithms_cannot_tell_is_left_to_shapley(after):
    assert lmdi(BEFORE, after) is None
    assert sum(shapley(BEFORE, after).values()) == pytest.approx(prod(after.values()) - 1000)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.floats(0.1, 9), st.floats(0.1, 9)), min_size=1, max_size=5))
def test_both_ways_give_an_unchanged_factor_nothing(pairs):
    before = {str(n): one for n, (one, _) in enumerate(pairs)} | {"same": 2.0}
    after = {str(n): other for n, (_, other) in enumerate(pairs)} | {"same": 2.0}
    assert lmdi(before, after)["same"] == shapley(before, after)["same"] == 0
