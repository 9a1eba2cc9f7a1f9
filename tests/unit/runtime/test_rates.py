"""Rates hold in any stretch of time, wherever it begins."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voronka.definition.rates import Rate
from voronka.runtime.lanes import counted, opening, room

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


@given(waits=st.lists(st.integers(0, 3 * SECOND), max_size=60), count=st.integers(1, 5))
def test_what_is_kept_of_it_lets_no_more_leave_than_all_of_it_would(waits: list[int], count: int) -> None:
    rates = [Rate(count=count, seconds=2), Rate(count=2 * count, seconds=3000)]  # whose grains are 2 ms and 3 s
    now, whole, kept = 0, (), ()
    for wait in waits:
        now = opening(kept, rates, now + wait)
        assert opening(whole, rates, now) == now
        whole, kept = (*whole, (now, 1)), counted((*kept, (now, 1)), rates, now)
        assert all(at <= now for at, _ in kept)


def test_of_a_long_time_not_every_moment_is_kept() -> None:
    rates, day = [Rate(count=50_000, seconds=86_400), Rate(count=9, seconds=1)], 86_400 * SECOND
    kept = counted(tuple((at, 1) for at in range(0, day, 6 * SECOND)), rates, day - 1)
    assert len(kept) <= 1_001
    assert sum(count for _, count in kept) == 86_400 // 6
    assert counted(kept, rates, 3 * day) == ()


def test_what_left_by_a_clock_that_was_ahead_counts_as_if_it_left_now() -> None:
    assert counted(((5 * SECOND, 2), (900 * SECOND, 1)), [Rate(count=3, seconds=60)], 9 * SECOND) == (
        (5 * SECOND, 2),
        (9 * SECOND, 1),
    )


@pytest.mark.parametrize(("count", "seconds"), [(0, 1), (1, 0)])
def test_nothing_at_all_is_no_rate(count: int, seconds: int) -> None:
    with pytest.raises(ValueError, match="no rate"):
        Rate(count=count, seconds=seconds)
