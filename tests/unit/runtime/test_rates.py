"""Rates hold in any stretch of time, wherever it begins."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voronka.definition.rates import Rate
from voronka.runtime.lanes import opening, room

SECOND = 1_000_000


@pytest.mark.parametrize(
    ("taken", "now", "left", "opens"),
    [
        ((), 10, 3, 10),
        (((0, 2),), 10, 1, 10),
        (((0, 3),), 10, 0, 60),
        (((0, 2), (30, 1)), 40, 0, 60),
        (((0, 2), (30, 1)), 60, 2, 60),
        (((0, 1), (30, 2)), 59, 0, 60),
    ],
)
def test_what_left_within_the_stretch_is_counted(taken, now, left, opens) -> None:
    rate = Rate(count=3, seconds=60)
    moments = tuple((at * SECOND, count) for at, count in taken)
    assert room(moments, rate, now * SECOND) == left
    assert opening(moments, [rate], now * SECOND) == opens * SECOND


def test_of_several_rates_each_binds() -> None:
    taken = ((0, 1), (10 * SECOND, 1))
    assert opening(taken, [Rate(count=2, seconds=60), Rate(count=1, seconds=5)], 11 * SECOND) == 60 * SECOND
    assert opening(taken, [Rate(count=9, seconds=60), Rate(count=1, seconds=5)], 11 * SECOND) == 15 * SECOND
    assert opening(taken, [], 11 * SECOND) == 11 * SECOND


@given(
    rate=st.builds(Rate, count=st.integers(1, 5), seconds=st.integers(1, 20)),
    waits=st.lists(st.integers(0, 8), max_size=40),
)
def test_no_stretch_ever_holds_more_than_the_rate(rate: Rate, waits: list[int]) -> None:
    now, taken = 0, ()
    for wait in waits:
        now = opening(taken, [rate], now + wait * SECOND)
        assert room(taken, rate, now)
        taken = (*taken, (now, 1))
    for first, _ in taken:
        assert sum(first <= at < first + rate.seconds * SECOND for at, _ in taken) <= rate.count


@pytest.mark.parametrize(("count", "seconds"), [(0, 1), (1, 0)])
def test_nothing_at_all_is_no_rate(count: int, seconds: int) -> None:
    with pytest.raises(ValueError, match="no rate"):
        Rate(count=count, seconds=seconds)
