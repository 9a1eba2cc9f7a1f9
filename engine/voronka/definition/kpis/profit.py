"""Profit as a formula of parameters that are measured or given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from voronka.expressions import Expression
from voronka.frozen import frozen
from voronka.messages import Label

__all__ = ["Outcome", "Parameter", "ProfitModel"]


@frozen
class Parameter:
    """One parameter: computed by a `formula` of others, measured by a `kpi`, given as a `value`, or not collected yet.

    `cap`: what it cannot exceed by nature, as 1 for a share; `floor` likewise below. `unit` as a KPI has it.
    """

    name: str
    label: Label
    owner: str | None = None
    formula: Expression | None = None
    kpi: str | None = None
    value: float | None = None
    unit: str = ""
    cap: float | None = None
    floor: float | None = None
    term: str | None = None


@frozen
class Outcome:
    """What else follows from the parameters, as the cost of a new client: a `formula` of them and of other outcomes."""

    name: str
    label: Label
    formula: Expression
    owner: str | None = None
    unit: str = ""
    term: str | None = None


@frozen
class ProfitModel:
    """A tree of parameters; `result` is the one at its root. Parameters and outcomes come after those their formulas
    name.
    """

    name: str
    label: Label
    result: str
    parameters: Mapping[str, Parameter]
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
