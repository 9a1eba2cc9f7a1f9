"""Distributions, ranks, forecasts and mixes against scipy 1.17, or worked by hand."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voronka.metrics.statistics.accuracy import Foretold, accuracy, brier, calibration
from voronka.metrics.statistics.beta import incomplete_beta, student_tails
from voronka.metrics.statistics.binomial import at_least, at_most, two_sided
from voronka.metrics.statistics.counts import Counts
from voronka.metrics.statistics.hypergeometric import at_least as exactly_at_least
from voronka.metrics.statistics.hypergeometric import limits
from voronka.metrics.statistics.hypergeometric import two_sided as exactly_two_sided
from voronka.metrics.statistics.ranks import ranks, spearman
from voronka.metrics.statistics.resampling import bootstrap, nearest_rank
from voronka.metrics.statistics.standardisation import direct, expected, pooled


@pytest.mark.parametrize(
    ("x", "value"), [(0.1, 0.02885871), (0.3, 0.45994988), (0.5, 0.8857609), (0.9, 0.99999675), (0, 0), (1, 1)]
)
def test_the_incomplete_beta_function(x, value):
    assert incomplete_beta(x, 3.5, 7.25) == pytest.approx(value, abs=5e-9)  # scipy.special.betainc(3.5, 7.25, x)


def test_the_tails_of_students_distribution():
    assert student_tails(2.1, 7) == pytest.approx(0.07387119621292265)  # 2 * scipy.stats.t.sf(2.1, 7)
    assert student_tails(-0.3, 30) == pytest.approx(0.7662461052843528)


def test_the_tails_of_the_binomial_distribution():
    assert at_least(7, 20, 0.2) == pytest.approx(0.08669251356740035)  # scipy.stats.binom.sf(6, 20, 0.2)
    assert at_most(3, 2000, 0.002) == pytest.approx(0.43327454159468937)  # scipy.stats.binom.cdf(3, 2000, 0.002)
    assert at_least(0, 5, 0.0) == at_most(5, 5, 1.0) == 1.0
    assert at_least(1, 5, 0.0) == at_most(4, 5, 1.0) == 0.0
    assert two_sided(9, 12, 0.4) == pytest.approx(0.03053453312)  # 2 * binom.sf(8, 12, 0.4)


@pytest.mark.parametrize(
    ("trials", "whole", "low", "high"),
    # scipy.stats.hypergeom.ppf([0.025, 0.975], whole.trials, whole.successes, trials)
    [
        (20, Counts(12, 120), 0, 5),
        (50, Counts(1, 53), 0, 1),
        (3, Counts(0, 53), 0, 0),
        (40, Counts(40, 60), 23, 30),
        (5000, Counts(3000, 100_000), 127, 173),
    ],
)
def test_the_limits_of_chance_among_all_that_there_were(trials, whole, low, high):
    assert limits(trials, whole) == pytest.approx((low / trials, high / trials))


def test_without_trials_chance_has_no_limits():
    assert limits(0, Counts(1, 2)) is None


def test_fishers_exact_test():
    assert exactly_at_least(9, 20, Counts(12, 120)) == pytest.approx(2.6644190801e-06)  # hypergeom.sf(8, 120, 12, 20)
    assert exactly_at_least(1, 50, Counts(1, 53)) == pytest.approx(50 / 53)
    assert exactly_at_least(2, 3, Counts(1, 53)) == 0.0


def test_ranks_are_correlated_ties_included():
    # scipy.stats.spearmanr
    found = spearman([3, 1, 4, 1, 5, 9, 2, 6, 5, 3], [2, 7, 1, 8, 2, 8, 1, 8, 2, 8])
    assert found == pytest.approx((0.13471506281091267, 0.7106008805223829, 10))
    other = spearman(range(1, 13), [2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11])
    assert other[:2] == pytest.approx((0.9580419580419581, 9.543581826838402e-07))
    assert ranks([5, 1, 5]) == [2.5, 1, 2.5]
    assert spearman([1, 2, 3], [4, 5, 6])[:2] == (1.0, 0.0)
    assert spearman([1, 2, 3], [4, 4, 4]) is None
    assert spearman([1, 2], [1, 2]) is None


def test_the_accuracy_of_forecasts():
    found = accuracy([(110, 100), (180, 200), (5, 0)])
    assert found.mape == pytest.approx(0.1)
    assert found.wape == pytest.approx(35 / 300)
    assert found.bias == pytest.approx(-5 / 300)
    assert found.n == 2
    assert accuracy([(5, 0)]) == (None, None, None, 0)


def test_probabilities_are_held_against_what_came():
    said = [Foretold(0.25, 3, 12), Foretold(0.9, 2, 10), Foretold(0.5, 0, 0)]
    # (3 * 0.75² + 9 * 0.25² + 2 * 0.1² + 8 * 0.9²) / 22
    assert brier(said) == pytest.approx((3 * 0.5625 + 9 * 0.0625 + 2 * 0.01 + 8 * 0.81) / 22)
    assert brier([]) is None
    kept = calibration(said)
    assert [each.holds for each in kept] == [True, False, None]
    assert kept[0].rate == 0.25
    assert kept[0].p == 1.0
    assert kept[1].p < 0.001


def test_a_rate_at_the_same_mix():
    # Anna sells more of the easy segment: 8/10 and 1/5 against 4/5 and 2/10: each stratum is the same for both.
    groups = {
        "anna": {"easy": Counts(8, 10), "hard": Counts(1, 5)},
        "boris": {"easy": Counts(4, 5), "hard": Counts(2, 10)},
    }
    standard = pooled(groups)
    assert standard == {"easy": (12, 15), "hard": (3, 15)}
    one, other = (direct(groups[name], standard) for name in ("anna", "boris"))
    assert one.rate == other.rate == 0.5
    assert one.covered == 1
    assert one.interval.low < 0.5 < one.interval.high
    assert expected(groups["anna"], standard) == pytest.approx((9, 1, 1))


def test_strata_without_trials_are_told_of():
    standard = {"easy": Counts(12, 30), "hard": Counts(3, 10)}
    found = direct({"easy": Counts(2, 4), "other": Counts(1, 1)}, standard)
    assert (found.rate, found.covered) == (0.5, 0.75)
    assert direct({"other": Counts(1, 1)}, standard) is None
    assert expected({}, standard) == (0, None, 1)


@pytest.mark.parametrize(
    ("one", "other", "p"),  # scipy.stats.fisher_exact
    [
        ((8, 10), (1, 6), 0.034965034965),
        ((3, 4), (1, 4), 0.485714285714),
        ((1, 10), (11, 14), 0.002759456185),
        ((2, 5), (30, 595), 0.024931801797),
        ((60, 100), (40, 100), 0.007059515495),
        ((540, 900), (30, 100), 1.490303668e-08),
        ((51_000, 500_000), (50_000, 500_000), 0.00091532273),
        ((0, 5), (0, 9), 1.0),
        ((5, 5), (0, 5), 0.007936507937),
        ((0, 0), (3, 9), 1.0),
    ],
)
def test_fishers_two_sided_test_is_exact_at_any_size(one, other, p):
    whole = Counts(one[0] + other[0], one[1] + other[1])
    assert exactly_two_sided(*one, whole) == pytest.approx(p, rel=1e-6)
    assert exactly_two_sided(*other, whole) == pytest.approx(p, rel=1e-6)


@settings(max_examples=200)
@given(st.integers(1, 40), st.integers(0, 40), st.integers(0, 40), st.data())
def test_the_tests_of_a_small_table_add_up_its_probabilities(trials, more, won, data):
    whole = Counts(min(won, trials + more), trials + more)
    least, most = max(0, trials + whole.successes - whole.trials), min(trials, whole.successes)
    drawn = data.draw(st.integers(least, most))

    def ways(number):
        return comb(whole.successes, number) * comb(whole.trials - whole.successes, trials - number)

    every = {number: Fraction(ways(number), comb(whole.trials, trials)) for number in range(least, most + 1)}
    assert sum(every.values()) == 1
    no_likelier = sum(chance for chance in every.values() if chance <= every[drawn])
    assert exactly_two_sided(drawn, trials, whole) == pytest.approx(float(no_likelier), rel=1e-9)
    upwards = sum(chance for number, chance in every.items() if number >= drawn)
    assert exactly_at_least(drawn, trials, whole) == pytest.approx(float(upwards), rel=1e-6, abs=1e-12)


def test_a_group_alone_in_a_stratum_tells_nothing_by_it():
    standard = {"both": Counts(100, 200), "own": Counts(9, 10)}
    alone = expected({"both": Counts(60, 100), "own": Counts(9, 10)}, standard)
    assert alone.p == expected({"both": Counts(60, 100)}, standard).p == pytest.approx(0.007059515495)
    assert expected({"own": Counts(9, 10)}, standard).p == 1.0


@settings(max_examples=30)
@given(st.integers(0, 40), st.integers(1, 40))
def test_of_one_stratum_the_standard_rate_is_the_rate_itself(successes, more):
    counts = {"all": Counts(successes, successes + more)}
    found = direct(counts, counts)
    assert found.rate == pytest.approx(successes / (successes + more))


def test_a_bootstrap_repeats_itself():
    values = [1, 4, 2, 8, 5, 7, 1, 3]
    found = bootstrap(values, lambda drawn: sum(drawn) / len(drawn), seed=1)
    assert found == bootstrap(values, lambda drawn: sum(drawn) / len(drawn), seed=1)
    # scipy.stats.bootstrap((values,), np.mean, method="percentile", rng=1): 2.25 to 5.625
    assert found == pytest.approx((2.25, 5.625), abs=0.2)
    assert bootstrap([], sum, seed=1) is None


@pytest.mark.parametrize(("share", "value"), [(0, 1), (0.25, 1), (0.26, 2), (0.5, 2), (1, 4)])
def test_the_nearest_rank(share, value):
    assert nearest_rank([1, 2, 3, 4], share) == value
