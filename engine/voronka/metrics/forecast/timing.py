"""When, and how probably, something that still lasts will end."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from itertools import pairwise

from voronka.frozen import frozen
from voronka.metrics.statistics.survival import (
    Incidence,
    Life,
    Step,
    aalen_johansen,
    incidence_at,
    kaplan_meier,
    share_at,
)

__all__ = ["Course", "course_of", "shares"]


@frozen
class Course:
    """How lives end: the curve of what lasts, and the share that each cause has ended by each time."""

    curve: Sequence[Step]
    causes: Mapping[Hashable, Sequence[Incidence]]

    def chances(self, cause: Hashable, age: float, ends: Sequence[float]) -> list[float] | None:
        """Return how probably the cause ends what has lasted `age` in each of the periods that end at `ends` from now.

        None where nothing has lasted so long: history says nothing of it.
        """
        lasting = share_at(self.curve, age)
        if lasting <= 0 or not self.curve:
            return None
        steps = self.causes.get(cause, ())
        reached = [incidence_at(steps, age + end) for end in (0.0, *ends)]
        return [(after - before) / lasting for before, after in pairwise(reached)]


def course_of(lives: Sequence[Life]) -> Course:
    """Return how lives end, what still lasts being censored."""
    return Course(curve=kaplan_meier(lives), causes=aalen_johansen(lives))


def shares(curve: Sequence[Step], age: float, ends: Sequence[float]) -> list[float] | None:
    """Return which share of what has lasted `age` ends in each of the periods that end at `ends` from now.

    None where nothing has lasted so long.
    """
    lasting = share_at(curve, age)
    if lasting <= 0 or not curve:
        return None
    left = [share_at(curve, age + end) for end in (0.0, *ends)]
    return [(before - after) / lasting for before, after in pairwise(left)]
