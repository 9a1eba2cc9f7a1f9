"""A readiness questionnaire is dated when it is answered, not ahead."""

from datetime import date

import pytest

from voronka.config.readiness_date import check_readiness_date
from voronka.definition.strategy import Readiness

FILES = {"configs/strategy/s.yaml": b"readiness:\n  date: 2026-03-02\n"}


@pytest.mark.parametrize(
    ("answered", "today", "found"),
    [
        (date(2026, 3, 2), date(2026, 3, 1), [("V5957", 2, 9)]),
        (date(2026, 3, 2), date(2026, 3, 2), []),
        (None, date(2026, 3, 1), []),
    ],
)
def test_answers_of_a_day_to_come_are_told(answered, today, found):
    told = check_readiness_date(Readiness(answers={}, by=None, date=answered), FILES, today)

    assert [(each.code, each.place.line, each.place.column) for each in told] == found
