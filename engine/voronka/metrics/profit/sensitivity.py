"""How far the result of a profit model moves when what is measured is uncertain."""

from __future__ import annotations

from collections.abc import Mapping

from voronka.definition.kpis import ProfitModel
from voronka.frozen import frozen
from voronka.metrics.profit.evaluation import Values, evaluated, result_of
from voronka.metrics.statistics.counts import Interval

__all__ = ["Swing", "swings"]


@frozen
class Swing:
    """The results at both ends of what a parameter may be, the others as they are."""

    name: str
    bounds: Interval
    results: Interval

    @property
    def width(self) -> float:
        """How far apart the two results are."""
        return abs(self.results.high - self.results.low)


def swings(model: ProfitModel, measured: Values, bounds: Mapping[str, Interval]) -> list[Swing]:
    """Return how the result swings with each parameter between its bounds, one at a time, the widest first.

    The table behind a tornado diagram (T. G. Eschenbach, "Spiderplots versus tornado diagrams for sensitivity
    analysis", Interfaces 22 (1992)). What is not known, or leads to no result, is left out.
    """
    base = evaluated(model, measured)
    found = []
    for name, (low, high) in bounds.items():
        if base.get(name) is None or model.parameters[name].formula is not None:
            continue
        bottom, top = (result_of(model, {**measured, name: value}) for value in (low, high))
        if bottom is not None and top is not None:
            found.append(Swing(name=name, bounds=Interval(low, high), results=Interval(bottom, top)))
    return sorted(found, key=lambda swing: (-swing.width, swing.name))
