"""The value of each parameter of a profit model, and how much of the model is collected."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

from voronka.calendars import TimeSpan, WorkingCalendar
from voronka.definition.kpis import Parameter, ProfitModel
from voronka.expressions import Env, Expression
from voronka.frozen import frozen

__all__ = ["Coverage", "Values", "coverage", "evaluated", "following", "lacking", "result_of"]

Values = Mapping[str, float | None]
"""Values by parameter; None: not known."""

# Formulas name parameters alone: the moment and the calendar are asked for by nothing.
_CALENDAR = WorkingCalendar(name="all", week=((TimeSpan(0, 1440),),) * 7)


@frozen
class Coverage:
    """How many of the parameters that are not computed are `known`, of how many, and which are `missing`."""

    known: int
    total: int
    missing: tuple[str, ...]


def evaluated(model: ProfitModel, measured: Values) -> dict[str, float | None]:
    """Return the value of every parameter, in the model's order.

    `measured`: of parameters that are measured; one that is not among them has the value it was given. What a formula
    needs and is not known makes it unknown.
    """
    found: dict[str, float | None] = {}
    for name, parameter in model.parameters.items():
        if parameter.formula is None:
            found[name] = _given(parameter, measured)
        else:
            found[name] = _computed(parameter.formula, found)
    return found


def following(model: ProfitModel, values: Values) -> dict[str, float | None]:
    """Return the value of every outcome. `values`: of all parameters; what a formula needs and is not known makes it
    unknown, and so does a result that is not finite.
    """
    found: dict[str, float | None] = dict(values)
    for name, outcome in model.outcomes.items():
        value = _computed(outcome.formula, found)
        found[name] = value if value is not None and isfinite(value) else None
    return {name: found[name] for name in model.outcomes}


def lacking(model: ProfitModel, name: str, values: Values) -> tuple[str, ...]:
    """Return the parameters on which an outcome rests and whose values are not known, in the model's order."""
    reached, pending = {name}, [name]
    while pending:
        of = pending.pop()
        formula = (model.outcomes.get(of) or model.parameters[of]).formula
        more = set() if formula is None else {*formula.reads.names} - reached
        reached |= more
        pending += more
    leaves = (each for each in model.parameters.values() if each.formula is None)
    return tuple(leaf.name for leaf in leaves if leaf.name in reached and values.get(leaf.name) is None)


def _computed(formula: Expression, values: Values) -> float | None:
    value = formula.evaluate(Env(values=values, now=0, zone="UTC", calendar=_CALENDAR))
    return None if value is None else float(value)  # type: ignore[arg-type] # of numbers, by the check


def result_of(model: ProfitModel, measured: Values) -> float | None:
    """Return the value of the parameter at the root; None where it is not known or not finite."""
    value = evaluated(model, measured)[model.result]
    return value if value is not None and isfinite(value) else None


def coverage(model: ProfitModel, measured: Values) -> Coverage:
    """Return how much of the model is collected."""
    leaves = [parameter for parameter in model.parameters.values() if parameter.formula is None]
    missing = tuple(parameter.name for parameter in leaves if _given(parameter, measured) is None)
    return Coverage(known=len(leaves) - len(missing), total=len(leaves), missing=missing)


def _given(parameter: Parameter, measured: Values) -> float | None:
    value = measured.get(parameter.name)
    return parameter.value if value is None else value
