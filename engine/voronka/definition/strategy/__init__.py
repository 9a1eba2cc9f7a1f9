"""Strategy as it is declared: roadmap, scope, business case, readiness and incentives."""

from __future__ import annotations

from voronka.definition.strategy.case import Assumption, BusinessCase, Flow, Line, Swing, value_of
from voronka.definition.strategy.incentives import Incentive
from voronka.definition.strategy.quarters import Quarter, last_day_of, quarter_of
from voronka.definition.strategy.readiness import Answer, Readiness, Sign, State
from voronka.definition.strategy.roadmap import Attitude, Constraint, Goal, QuarterPlan, Roadmap, Stakeholder
from voronka.definition.strategy.scope import Area, StrategyScope
from voronka.frozen import frozen

__all__ = [
    "Answer",
    "Area",
    "Assumption",
    "Attitude",
    "BusinessCase",
    "Constraint",
    "Flow",
    "Goal",
    "Incentive",
    "Line",
    "Quarter",
    "QuarterPlan",
    "Readiness",
    "Roadmap",
    "Sign",
    "Stakeholder",
    "State",
    "Strategy",
    "StrategyScope",
    "Swing",
    "last_day_of",
    "quarter_of",
    "value_of",
]


@frozen
class Strategy:
    """What the files of strategy declare; a part that none of them has is None, or empty."""

    roadmap: Roadmap | None = None
    scope: StrategyScope | None = None
    case: BusinessCase | None = None
    readiness: Readiness | None = None
    incentives: tuple[Incentive, ...] = ()
