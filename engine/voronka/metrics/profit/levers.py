"""What the result of a profit model gains when parameters change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from voronka.definition.kpis import ProfitModel
from voronka.frozen import frozen
from voronka.metrics.profit.evaluation import Values, evaluated, result_of

__all__ = [
    "Goal",
    "Lever",
    "elasticities",
    "foremost",
    "growth",
    "joint_gain",
    "joint_growth",
    "ranked",
    "slopes",
    "sought",
]

_ALIKE = 1e-3
"""Gains that differ by less than this share are told as the same."""
_STEP = 1e-6
_MOST = 2.0**40
_ROUNDS = 200


@frozen
class Lever:
    """A parameter that changes `before` to `after`, and what the result gains by it. `capped`: it cannot go further."""

    name: str
    before: float
    after: float
    gain: float
    capped: bool


@frozen
class Goal:
    """The growth of some parameters, each by the same share as far as it may go, with which the result is reached.

    `share` is None where no growth reaches it: `result` is then the most that the caps leave.
    """

    share: float | None
    result: float
    values: Mapping[str, float]


def elasticities(model: ProfitModel, measured: Values) -> dict[str, float | None]:
    """Return by how many percent the result grows for one percent of each known parameter; None at a result of 0.

    The derivative is taken symmetrically, at a millionth of the parameter.
    """
    result = evaluated(model, measured)[model.result]
    return {
        name: None if not result or slope is None else slope / result for name, slope in slopes(model, measured).items()
    }


def slopes(model: ProfitModel, measured: Values) -> dict[str, float | None]:
    """Return the derivative of the result by the relative growth of each known parameter, in the result's unit; None
    where it is not known. It tells the direction at a result of 0, too.
    """
    found: dict[str, float | None] = {}
    for name, value in _leaves(model, evaluated(model, measured)).items():
        up = result_of(model, {**measured, name: value * (1 + _STEP)})
        down = result_of(model, {**measured, name: value * (1 - _STEP)})
        found[name] = None if up is None or down is None else (up - down) / (2 * _STEP)
    return found


def growth(model: ProfitModel, measured: Values, share: float, names: Sequence[str] = ()) -> list[Lever]:
    """Return what each parameter alone would bring if it grew by `share`, as far as its cap; `names`: of these.

    A negative share lowers it, as far as its floor.
    """
    base = evaluated(model, measured)
    levers = []
    for name, value in _leaves(model, base).items():
        if names and name not in names:
            continue
        grown = _bounded(model, name, value * (1 + share))
        gain = _gain(model, measured, base, {name: grown})
        if gain is not None:
            levers.append(Lever(name=name, before=value, after=grown, gain=gain, capped=grown != value * (1 + share)))
    return levers


def joint_growth(model: ProfitModel, measured: Values, share: float, names: Sequence[str]) -> float | None:
    """Return by what the result is multiplied if all these parameters grow by `share` at once, as far as their caps.

    Four that grow by 20 % make 1.2 ** 4 = 2.0736 of a plain product. None where the result is 0 or not known.
    """
    base = evaluated(model, measured)
    known = _leaves(model, base)
    grown = {name: _bounded(model, name, known[name] * (1 + share)) for name in names if name in known}
    result, then = base[model.result], result_of(model, {**measured, **grown})
    return None if not result or then is None else then / result


def joint_gain(model: ProfitModel, measured: Values, reached: Values) -> float | None:
    """Return what the result gains if all these parameters reached these values, as far as their limits; None where it
    is not known."""
    changed = {name: _bounded(model, name, value) for name, value in reached.items() if value is not None}
    return _gain(model, measured, evaluated(model, measured), changed)


def ranked(model: ProfitModel, measured: Values, benchmarks: Mapping[str, float]) -> list[Lever]:
    """Return what the result gains if each parameter alone reached its benchmark, the most first."""
    base = evaluated(model, measured)
    known = _leaves(model, base)
    levers = []
    for name, benchmark in benchmarks.items():
        if name in known:
            reached = _bounded(model, name, benchmark)
            gain = _gain(model, measured, base, {name: reached})
            if gain is not None:
                levers.append(
                    Lever(name=name, before=known[name], after=reached, gain=gain, capped=reached != benchmark)
                )
    return sorted(levers, key=lambda lever: (-lever.gain, lever.name))


def foremost(levers: Sequence[Lever]) -> tuple[str, ...]:
    """Return the parameters that bring the most, in the order given: more than one where their gains are alike, none
    where nothing is gained."""
    most = max((lever.gain for lever in levers), default=0.0)
    return tuple(lever.name for lever in levers if most > 0 and lever.gain >= most * (1 - _ALIKE))


def sought(model: ProfitModel, measured: Values, target: float, names: Sequence[str]) -> Goal | None:
    """Return the common growth of parameters with which the result reaches `target`; None where it is not known.

    Each grows by the same share until its cap, those whose growth lowers the result shrink until their floor. The
    result then rises with the share, which is found by halving. Where no share reaches it, the values are of those
    alone that have come to a limit: of the others no value does.
    """
    base = evaluated(model, measured)
    known = {name: value for name, value in _leaves(model, base).items() if name in names}
    if base[model.result] is None:
        return None
    grows = slopes(model, measured)
    rising = {name: (grows.get(name) or 0.0) >= 0 for name in known}

    def at(share: float) -> dict[str, float]:
        changed = {name: 1 + share if rising[name] else 1 / (1 + share) for name in known}
        return {name: _bounded(model, name, value * changed[name]) for name, value in known.items()}

    def reached(share: float) -> float:
        then = result_of(model, {**measured, **at(share)})
        return float("-inf") if then is None else then

    share = _halved(reached, target)
    most = at(share if share is not None else _MOST)
    limited = {name for name, value in at(_MOST / 2).items() if share is not None or value == most[name]}
    values = {name: value for name, value in most.items() if name in limited}
    return Goal(share=share, result=result_of(model, {**measured, **most}) or 0.0, values=values)


def _halved(reached: Callable[[float], float], target: float) -> float | None:
    """Return the least share, from 0, at which a rising function reaches the target."""
    low, high = 0.0, 1.0
    while reached(high) < target:
        low, high = high, high * 2
        if high > _MOST:
            return None
    if reached(0.0) >= target:
        return 0.0
    for _ in range(_ROUNDS):
        middle = (low + high) / 2
        low, high = (low, middle) if reached(middle) >= target else (middle, high)
    return high


def _leaves(model: ProfitModel, values: Values) -> dict[str, float]:
    """Return the known parameters that are not computed."""
    return {
        name: value
        for name, parameter in model.parameters.items()
        if parameter.formula is None and (value := values[name]) is not None
    }


def _bounded(model: ProfitModel, name: str, value: float) -> float:
    parameter = model.parameters[name]
    if parameter.cap is not None:
        value = min(value, parameter.cap)
    return value if parameter.floor is None else max(value, parameter.floor)


def _gain(model: ProfitModel, measured: Values, base: Values, changed: Mapping[str, float]) -> float | None:
    result, then = base[model.result], result_of(model, {**measured, **changed})
    return None if result is None or then is None else then - result
