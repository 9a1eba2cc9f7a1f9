from itertools import pairwise

import pytest

from voronka.runtime.clock import SystemClock

SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("read", "told"),
    [
        ([10, 12, 15], [10, 12, 15]),
        ([10, 9, 6, 11], [10, 10, 10, 11]),
        ([10, 4, 5, 4], [10, 4, 5, 5]),
        ([10, 1_000, 11, 12], [10, 1_000, 11, 12]),
    ],
    ids=["forward", "a little back", "back", "ahead for a while"],
)
def test_the_clock_stands_for_a_little_step_back_and_follows_a_large_one(read, told, caplog):
    readings = iter(read)
    clock = SystemClock(lambda: next(readings) * SECOND)
    assert [clock.now() // 1_000_000 for _ in read] == told
    assert ("was set back" in caplog.text) is (min(b - a for a, b in pairwise(read)) < -5)
