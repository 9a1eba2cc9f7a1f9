"""What each parameter contributed to the change of the result from one period to another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from math import factorial, isclose, prod
from random import Random

from voronka.definition.kpis import ProfitModel
from voronka.definition.kpis.methods import Shares
from voronka.frozen import frozen
from voronka.metrics.profit.evaluation import Values, evaluated, result_of
from voronka.metrics.statistics.contributions import lmdi

__all__ = ["Decomposition", "decomposed"]

_EXACT = 9
_ORDERS = 300


@frozen
class Decomposition:
    """The change of the result, and what of it came of each parameter that changed: they add up to it.

    `by`: the logarithmic mean Divisia index where the result is a product of its parameters, else Shapley values;
    `drawn`: these were found from 300 orders of change, not from all. `unknown`: parameters whose values are not known
    in both periods: they are taken as unchanged.
    """

    before: float
    after: float
    by: Shares
    contributions: Mapping[str, float]
    drawn: bool = False
    unknown: tuple[str, ...] = ()

    @property
    def change(self) -> float:
        """The change of the result."""
        return self.after - self.before


def decomposed(model: ProfitModel, before: Values, after: Values, *, seed: int = 0) -> Decomposition | None:
    """Return what each parameter contributed; None where the result is not known before, after, or in between.

    Sources: B. W. Ang (2005) and L. S. Shapley (1953), as in `voronka.metrics.statistics.contributions`; over more than
    nine parameters that changed Shapley values are estimated from orders drawn with `seed` (J. Castro, D. Gómez,
    J. Tejada, "Polynomial calculation of the Shapley value based on sampling", Computers & OR 36 (2009)): the sum stays
    exact, since each order adds up to the change.
    """
    first, last = evaluated(model, before), evaluated(model, after)
    leaves = [name for name, parameter in model.parameters.items() if parameter.formula is None]
    unknown = tuple(name for name in leaves if (first[name] is None) != (last[name] is None))
    start = {name: value for name in leaves if (value := first[name]) is not None}
    end = {name: value if (value := last[name]) is not None else start[name] for name in start}
    changed = [name for name in start if not isclose(start[name], end[name], rel_tol=1e-12)]
    result, then = result_of(model, start), result_of(model, end)
    if result is None or then is None:
        return None
    if _is_product(start, result) and _is_product(end, then):
        found = lmdi(start, end)
        if found is not None:
            kept = {name: found[name] for name in changed}
            return Decomposition(before=result, after=then, by=Shares.LMDI, contributions=kept, unknown=unknown)

    def worth(names: Sequence[str]) -> float | None:
        return result_of(model, {**start, **{name: end[name] for name in names}})

    drawn = len(changed) > _EXACT
    shapley = _drawn(changed, worth, Random(seed)) if drawn else _exact(changed, worth)  # noqa: S311 - a simulation
    if shapley is None:
        return None
    return Decomposition(
        before=result, after=then, by=Shares.SHAPLEY, contributions=shapley, drawn=drawn, unknown=unknown
    )


def _is_product(values: Mapping[str, float], result: float) -> bool:
    return isclose(prod(values.values()), result, rel_tol=1e-9)


_Value = Callable[[Sequence[str]], float | None]


def _exact(names: Sequence[str], value: _Value) -> dict[str, float] | None:
    n = len(names)
    worth = {chosen: value(chosen) for size in range(n + 1) for chosen in combinations(names, size)}
    found = dict.fromkeys(names, 0.0)
    for chosen, without in worth.items():
        weight = factorial(len(chosen)) * factorial(n - len(chosen) - 1) / factorial(n) if len(chosen) < n else 0.0
        for name in names:
            if name not in chosen:
                joined = worth[tuple(each for each in names if each in chosen or each == name)]
                if joined is None or without is None:
                    return None
                found[name] += weight * (joined - without)
    return found


def _drawn(names: Sequence[str], value: _Value, random: Random) -> dict[str, float] | None:
    found = dict.fromkeys(names, 0.0)
    for _ in range(_ORDERS):
        order, ahead, before = random.sample(names, len(names)), list[str](), value(())
        for name in order:
            ahead.append(name)
            then = value(ahead)
            if then is None or before is None:
                return None
            found[name] += (then - before) / _ORDERS
            before = then
    return found
