"""The agenda: work by what a minute of it is worth, as much as there is time for."""

from __future__ import annotations

import pytest

from voronka.process.agenda import Piece, agenda


def piece(deal: int, minutes: int, value: int | None, **more: int | str) -> Piece:
    return Piece(**{"work": "calls", "place": 0, "deal": deal, "minutes": minutes, "value": value, **more})  # type: ignore[arg-type] # by the call


A_MINUTE = 100


@pytest.mark.parametrize(
    ("pieces", "found"),
    [
        ([piece(1, 10, 1000), piece(2, 10, 3000)], [2, 1]),
        ([piece(1, 30, 3300), piece(2, 10, 1200)], [2, 1]),  # 110 a minute, 120 a minute
        ([piece(1, 3, 100), piece(2, 9, 300), piece(3, 9, 301)], [3, 1, 2]),  # a third is exact: equal worth
        ([piece(1, 10, None), piece(2, 10, 0), piece(3, 10, -5)], [2, 3, 1]),  # unknown after all that is known
        ([piece(1, 10, 500), piece(2, 10, 500, due=7), piece(3, 10, 500, due=5)], [3, 2, 1]),
        ([piece(2, 10, 500), piece(1, 10, 500, place=1), piece(3, 10, 500)], [2, 3, 1]),
        ([piece(1, 10, None), piece(2, 10, None, due=5)], [2, 1]),
        ([], []),
    ],
)
def test_work_goes_by_the_worth_of_a_minute_then_by_what_is_due_first(pieces: list[Piece], found: list[int]) -> None:
    assert [each.deal for each in agenda(pieces)] == found
    assert [each.deal for each in agenda(reversed(pieces))] == found


@pytest.mark.parametrize(
    ("minutes", "found"),
    [(0, []), (9, []), (10, [3]), (20, [3, 4]), (40, [3, 1]), (45, [3, 1]), (50, [3, 1, 4]), (90, [3, 1, 2, 4])],
)
def test_a_budget_holds_in_that_order_each_piece_that_still_fits(minutes: int, found: list[int]) -> None:
    pieces = [
        piece(1, 30, 30 * 3 * A_MINUTE),
        piece(2, 40, 40 * 2 * A_MINUTE),
        piece(3, 10, 10 * 4 * A_MINUTE),
        piece(4, 10, 10 * A_MINUTE),
    ]

    chosen = agenda(pieces, minutes)

    assert [each.deal for each in chosen] == found
    assert sum(each.minutes for each in chosen) <= minutes


def test_the_tasks_of_a_deal_stand_in_their_order() -> None:
    pieces = [piece(1, 5, 10, task="3.2"), piece(1, 5, 10, task="3.1")]

    assert [each.task for each in agenda(pieces)] == ["3.1", "3.2"]
