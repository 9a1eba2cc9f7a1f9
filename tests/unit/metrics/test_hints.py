"""How soon hints are found, what is searched for in vain, and how deals end with hints and without."""

from __future__ import annotations

import pytest

from voronka.metrics.hints import Closed, conversion, hint_figures
from voronka.metrics.statistics.counts import Counts
from voronka.storage.hint_uses import HintUse, Use

SECOND = 1_000_000
ONE, TWO = b"1" * 16, b"2" * 16


def use(at: int, kind: Use, user: str = "anna", deal: bytes = ONE, **of: object) -> HintUse:
    return HintUse(deal=deal, at=at * SECOND, user=user, use=kind, **of)  # type: ignore[arg-type]  # parts of several types by name


def test_the_time_to_an_answer_ends_with_the_first_hint_that_is_used() -> None:
    figures = hint_figures(
        [
            use(0, Use.ASKED, hits=3),
            use(10, Use.OPENED, hint="s"),
            use(50, Use.ANSWERED, hint="s"),
            use(60, Use.ASKED, hits=3),  # asked again before anything was opened
            use(90, Use.ASKED, hits=2),
            use(95, Use.OPENED, user="petr", hint="a"),  # another person's
            use(120, Use.ANSWERED, hint="s"),
            use(200, Use.ASKED, words="Скидка"),
            use(201, Use.OPENED, hint="a"),  # found without the search, which had no hit
            use(0, Use.ASKED, deal=TWO, words="скидка"),
            use(5, Use.ASKED, deal=TWO, words="срок", hits=1),
        ],
        ["s", "a", "never"],
    )
    assert (figures.asked, figures.searches, figures.missed) == (6, 3, 2)
    assert (figures.offered, figures.found, figures.seconds) == (4, 2, 20.0)
    assert [(each.hint, each.opened, each.answered) for each in figures.used] == [
        ("s", 1, 2),
        ("a", 2, 0),
        ("never", 0, 0),
    ]
    assert [(each.words, each.times) for each in figures.in_vain] == [("скидка", 2)]


@pytest.mark.parametrize(
    ("helped", "having", "lacking"),
    [
        ({}, (0, 0), (1, 2)),
        ({ONE: 5}, (1, 1), (0, 1)),
        ({ONE: 10}, (0, 0), (1, 2)),  # used when the deal had ended
        ({ONE: 5, TWO: 5}, (1, 2), (0, 0)),
    ],
)
def test_a_hint_counts_for_a_deal_that_it_came_before_the_end_of(
    helped: dict[bytes, int], having: tuple[int, int], lacking: tuple[int, int]
) -> None:
    found = conversion(helped, [Closed(deal=ONE, at=10, won=True), Closed(deal=TWO, at=20, won=False)])
    assert (found.having, found.lacking) == (Counts(*having), Counts(*lacking))
    assert (found.difference is None) is (0 in (having[1], lacking[1]))
    assert (found.intervals[0] is None) is (having[1] == 0)
