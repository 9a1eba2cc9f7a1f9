"""The report on profit: what is known, what each parameter brings, the goal, and what changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from voronka.definition.kpis import ProfitModel
from voronka.frozen import frozen
from voronka.messages import Text
from voronka.metrics.profit.decomposition import Decomposition, decomposed
from voronka.metrics.profit.evaluation import Coverage, Values, coverage, evaluated, following
from voronka.metrics.profit.levers import (
    Goal,
    Lever,
    elasticities,
    foremost,
    growth,
    joint_growth,
    ranked,
    slopes,
    sought,
)
from voronka.metrics.profit.sensitivity import Swing, swings
from voronka.metrics.statistics.counts import Interval

__all__ = ["DEFINITIONS", "Joint", "ProfitReport", "profit_report"]

DEFINITIONS: Mapping[str, Text] = {
    "coverage": Text("How many of the parameters that are not computed have a value, measured or given."),
    "elasticity": Text("By how many percent the result changes for one percent of the parameter."),
    "growth": Text("What the result gains if this parameter alone changes by the share, as far as its limits."),
    "joint": Text(
        "By what the result is multiplied if all these parameters grow at once: four factors of a product that grow "
        "by 20 % make 2.07 of it."
    ),
    "constraint": Text(
        "The parameter that brings the most money if it alone reached its target; without targets, if it alone "
        "improved by the share. Gains that differ by less than 0.1 % are told as the same: then none is the key."
    ),
    "goal": Text("The common growth, as far as limits allow, with which the result reaches the goal."),
    "decomposition": Text(
        "What of the change of the result came of each parameter; the parts add up to it. LMDI where the result is a "
        "plain product, else Shapley values."
    ),
    "outcome": Text("What follows from the parameters beside the result, by formulas of this workspace."),
    "sensitivity": Text("The result at both ends of the interval within which a measured parameter may lie."),
}


@frozen
class Joint:
    """By what the result is multiplied if `names` all grow by `share`; None where it is not known."""

    share: float
    names: tuple[str, ...]
    factor: float | None


@frozen
class ProfitReport:
    """The model at work. `outcomes`: what else follows from the values; `levers`: of growth and of its opposite, by
    share; `constraints`: what each parameter would bring; `key`: which bring the most, more than one where they bring
    the same.
    """

    values: Values
    outcomes: Values
    coverage: Coverage
    elasticities: Mapping[str, float | None]
    levers: Mapping[float, tuple[Lever, ...]]
    joint: tuple[Joint, ...]
    constraints: tuple[Lever, ...]
    key: tuple[str, ...]
    by_targets: bool
    swings: tuple[Swing, ...]
    goal: Goal | None
    decomposition: Decomposition | None


def profit_report(
    model: ProfitModel,
    measured: Values,
    *,
    before: Values | None = None,
    bounds: Mapping[str, Interval] | None = None,
    targets: Mapping[str, float] | None = None,
    share: float = 0.2,
    names: Sequence[str] = (),
    goal: float | None = None,
    seed: int = 0,
) -> ProfitReport:
    """Return the report. `measured` and `before`: values of this period and of the one that is compared with it;
    `bounds`: intervals of measured parameters; `targets`: what they should reach; `share`: of growth; `names`: the
    parameters that grow together and reach the goal, by default those that the result grows with.
    """
    grows = slopes(model, measured)
    rising = [name for name, slope in grows.items() if slope is not None and slope > 0]
    chosen = tuple(name for name in (names or rising) if name in grows)
    up, down = growth(model, measured, share), growth(model, measured, -share)
    by_targets = ranked(model, measured, targets) if targets else []
    best = {lever.name: lever for lever in sorted((*up, *down), key=lambda lever: lever.gain)}
    improved = sorted(best.values(), key=lambda lever: (-lever.gain, lever.name))
    constraints = tuple(by_targets or improved)
    values = evaluated(model, measured)
    return ProfitReport(
        values=values,
        outcomes=following(model, values),
        coverage=coverage(model, measured),
        elasticities=elasticities(model, measured),
        levers={share: tuple(up), -share: tuple(down)},
        joint=tuple(
            Joint(share=each, names=chosen, factor=joint_growth(model, measured, each, chosen))
            for each in dict.fromkeys((0.05, 0.1, share))
        ),
        constraints=constraints,
        key=foremost(constraints),
        by_targets=bool(by_targets),
        swings=tuple(swings(model, measured, bounds or {})),
        goal=None if goal is None else sought(model, measured, goal, chosen or tuple(grows)),
        decomposition=None if before is None else decomposed(model, before, measured, seed=seed),
    )
