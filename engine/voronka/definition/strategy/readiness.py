"""The readiness questionnaire: seven signs that a business is not ready for a strategy, and what to do about each.

The signs and their remedies are those of Taber; the wording of the questions and answers is ours.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum

from voronka.frozen import frozen
from voronka.messages import Label

__all__ = ["HALF_A_YEAR", "Answer", "Readiness", "Sign", "State"]

HALF_A_YEAR = 2
"""Quarters that a proposal may take where business cases are made as contests."""


class Sign(StrEnum):
    """A sign of unreadiness, under the name of the question that finds it; it is there if the answer is no."""

    INVESTMENT = "investment"
    CLEAN_DATA = "clean_data"
    ONE_SIDE = "one_side"
    SOBER_CASES = "sober_cases"
    SIZE = "size"
    FEW_SYSTEMS = "few_systems"
    ATTENTION = "attention"


class State(StrEnum):
    """What is known of a sign."""

    ABSENT = "absent"
    PRESENT = "present"
    UNKNOWN = "unknown"


@frozen
class Answer:
    """An answer to one question. `response`: how the plan takes a sign into account that is there."""

    holds: bool
    response: Label | None = None


@frozen
class Readiness:
    """The answers given, by whom and when."""

    answers: Mapping[Sign, Answer]
    by: str | None = None
    date: dt.date | None = None

    def state(self, sign: Sign) -> State:
        """Return what the answers tell of a sign."""
        answer = self.answers.get(sign)
        if answer is None:
            return State.UNKNOWN
        return State.ABSENT if answer.holds else State.PRESENT
