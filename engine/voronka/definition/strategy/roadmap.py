"""The roadmap: what is to be reached in which quarter, whom and what it touches, and what stands in its way."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from voronka.definition.strategy.quarters import Quarter
from voronka.frozen import frozen
from voronka.messages import Label

__all__ = ["FEWEST_GOALS", "MOST_GOALS", "Attitude", "Constraint", "Goal", "QuarterPlan", "Roadmap", "Stakeholder"]

FEWEST_GOALS, MOST_GOALS = 2, 3
"""So many goals a quarter has."""


class Attitude(StrEnum):
    """How somebody stands to what is planned."""

    SUPPORTS = "supports"
    NEUTRAL = "neutral"
    OPPOSES = "opposes"


@frozen
class Goal:
    """What a quarter is to bring. `kpis`: by which it is measured; `result`: what everybody will see, `by` which day
    (None: by the end of the quarter); `owner`: a role or a user.
    """

    name: str
    label: Label
    kpis: tuple[str, ...]
    owner: str
    result: Label
    by: date | None = None


@frozen
class QuarterPlan:
    """A quarter with its goals and what they touch: systems, teams by name, processes by the names of their funnels."""

    quarter: Quarter
    goals: tuple[Goal, ...]
    systems: tuple[Label, ...] = ()
    teams: tuple[str, ...] = ()
    funnels: tuple[str, ...] = ()


@frozen
class Stakeholder:
    """Somebody on whom it depends: what they want of it, how they stand to it, and what is done to win them."""

    name: str
    label: Label
    interest: Label
    attitude: Attitude
    step: Label | None = None


@frozen
class Constraint:
    """What limits the plan, such as the quality of data, what is done about it and which `goals` it holds back."""

    name: str
    label: Label
    remedy: Label
    goals: tuple[str, ...] = ()


@frozen
class Roadmap:
    """The plan by quarter, in their order."""

    label: Label
    quarters: tuple[QuarterPlan, ...]
    stakeholders: tuple[Stakeholder, ...] = ()
    constraints: tuple[Constraint, ...] = ()

    @property
    def goals(self) -> dict[str, tuple[Goal, Quarter]]:
        """The goals of all quarters by name, each with its quarter."""
        return {goal.name: (goal, plan.quarter) for plan in self.quarters for goal in plan.goals}
