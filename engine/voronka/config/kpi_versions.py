"""Whether a version of a KPI may take the place of a former one: both give a number of one kind."""

from __future__ import annotations

from voronka.config.kpi_units import unit_of, unit_of_method
from voronka.definition.kpis import Method, methods

__all__ = ["are_alike"]

_VALUES = (methods.Measure, methods.Stock)
_QUOTIENTS = (methods.Ratio, methods.Conversion, methods.PerSuccess)


def are_alike(before: Method, after: Method) -> bool:
    """Tell whether the numbers of two versions can stand in one row: counted otherwise, and of the same things."""
    if isinstance(before, _VALUES) and isinstance(after, _VALUES):
        one, other = before.value, after.value
        return one.type.kind is other.type.kind and unit_of(one.node) == unit_of(other.node)
    if isinstance(before, methods.Derived) and isinstance(after, methods.Derived):
        return before.formula.type.kind is after.formula.type.kind
    quotients = isinstance(before, _QUOTIENTS) and isinstance(after, _QUOTIENTS)
    return (quotients or type(before) is type(after)) and unit_of_method(before, {}) == unit_of_method(after, {})
