"""Incentives: what is recognised in a role, by a KPI that another one keeps honest. They are no payroll."""

from __future__ import annotations

from voronka.frozen import frozen
from voronka.messages import Label

__all__ = ["Incentive"]


@frozen
class Incentive:
    """What a role is recognised for. `kpi`: what is to grow better; `counterweight`: the KPI of quality that must not
    suffer for it; `reward`: in words, never an amount.
    """

    name: str
    label: Label
    role: str
    kpi: str
    counterweight: str | None
    reward: Label
