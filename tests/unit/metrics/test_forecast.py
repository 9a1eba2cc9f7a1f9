"""What many chances bring together, and when."""

from __future__ import annotations

from itertools import product
from math import sqrt
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voronka.metrics.forecast.timing import course_of, shares
from voronka.metrics.forecast.totals import Chance, total_of
from voronka.metrics.statistics.survival import Life, kaplan_meier

QUANTILES = (0.1, 0.5, 0.9)


def quantiles_of(chances, asked):
    """The quantiles over every way the chances may fall."""
    ways = []
    for falls in product((0, 1), repeat=len(chances)):
        weight, total = 1.0, 0
        for came, (probability, amount, *_) in zip(falls, chances, strict=True):
            weight *= probability if came else 1 - probability
            total += amount * came
        ways.append((total, weight))
    found = []
    for share in asked:
        reached = 0.0
        for total, weight in sorted(ways):
            reached += weight
            if reached >= share - 1e-12:
                found.append(total)
                break
    return tuple(found)


def test_equal_amounts_make_the_poisson_binomial_distribution():
    # numpy.convolve over [.9, .1], [.5, .5], [.75, .25], [.1, .9], [.67, .33]: .0226, .2473, .4212, .2490, .0562, .0037
    chances = [Chance(p, 100) for p in (0.1, 0.5, 0.25, 0.9, 0.33)]
    found = total_of(chances, (0.02, 0.0227, 0.26, 0.28, 0.69, 0.70, 0.95))
    assert found.quantiles == (0, 100, 100, 200, 200, 300, 400)
    assert found.mean == pytest.approx(208)
    assert found.unit == 0


@settings(max_examples=25)
@given(st.lists(st.tuples(st.floats(0.01, 0.99), st.integers(1, 60)), min_size=1, max_size=7))
def test_quantiles_are_those_of_every_way_the_chances_may_fall(pairs):
    chances = [Chance(*pair) for pair in pairs]
    found = total_of(chances, QUANTILES)
    assert found.unit == 0
    assert found.quantiles == quantiles_of(chances, QUANTILES)


def test_a_grid_keeps_mean_and_quantiles():
    random = Random(3)
    chances = [Chance(random.uniform(0.05, 0.9), random.randrange(1, 10**9)) for _ in range(150)]
    found = total_of(chances, QUANTILES)
    drawn = sorted(sum(each.amount for each in chances if random.random() < each.probability) for _ in range(2_000))
    for share, value in zip(QUANTILES, found.quantiles, strict=True):
        assert value == pytest.approx(drawn[int(share * 2_000)], abs=0.15 * found.deviation)
    assert found.unit < found.deviation / 20


def test_many_chances_are_added_as_well():
    found = total_of([Chance(0.5, 10)] * 10_000, (0.025, 0.5, 0.975))
    # scipy.stats.binom.ppf([.025, .5, .975], 10000, .5): 4902, 5000, 5098
    assert found.quantiles == pytest.approx((49_020, 50_000, 50_980), abs=3 * found.unit)
    assert found.deviation == pytest.approx(10 * sqrt(2_500))


def test_chances_that_stand_together_are_as_uncertain_as_apart():
    apart = total_of([Chance(0.3, 10)] * 400 + [Chance(0.5, 100)], QUANTILES)
    together = total_of([Chance(0.3, 4_000, 400, 40_000.0), Chance(0.5, 100)], QUANTILES)
    assert (together.mean, together.deviation) == pytest.approx((apart.mean, apart.deviation))
    assert together.quantiles == pytest.approx(apart.quantiles, abs=0.1 * apart.deviation)


def test_what_is_sure_or_impossible_has_no_spread():
    assert total_of([Chance(1.0, 70), Chance(0.0, 5), Chance(0.5, 0)], QUANTILES).quantiles == (70, 70, 70)
    assert total_of([], QUANTILES).quantiles == (0, 0, 0)


LIVES = [Life(2, "won"), Life(4, "lost"), Life(6, "won"), Life(8, "lost", 2), Life(10, None)]


def test_the_chance_to_be_won_in_a_month_depends_on_the_age():
    course = course_of(LIVES)
    assert course.chances("won", 0, [3, 7]) == pytest.approx([1 / 6, 1 / 6])
    # At 5 four of six still last; one of them is won at 6.
    assert course.chances("won", 5, [1, 9]) == pytest.approx([1 / 4, 0])
    assert course.chances("won", 9, [1]) == [0]
    assert course_of([]).chances("won", 0, [1]) is None
    assert course_of([Life(3, "won")]).chances("won", 3, [1]) is None


def test_lengths_of_what_was_won_share_out_what_will_be():
    curve = kaplan_meier([Life(10, "won"), Life(20, "won", 2), Life(40, "won")])
    assert shares(curve, 0, [15, 30, 50]) == pytest.approx([0.25, 0.5, 0.25])
    assert shares(curve, 15, [15, 35]) == pytest.approx([2 / 3, 1 / 3])
    assert shares(curve, 40, [10]) is None
