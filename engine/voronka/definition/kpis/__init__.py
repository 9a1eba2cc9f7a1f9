"""Metrics as they are declared: terms, KPIs and how they are computed, the profit model, reviews."""

from voronka.definition.kpis.kpi import (
    Counted,
    Example,
    Good,
    IntervalBy,
    Kpi,
    KpiKind,
    KpiLevel,
    KpiStatus,
    Target,
    Version,
)
from voronka.definition.kpis.methods import Grain, Method
from voronka.definition.kpis.profit import Outcome, Parameter, ProfitModel
from voronka.definition.kpis.reviews import Review
from voronka.definition.kpis.terms import Term

__all__ = [
    "Counted",
    "Example",
    "Good",
    "Grain",
    "IntervalBy",
    "Kpi",
    "KpiKind",
    "KpiLevel",
    "KpiStatus",
    "Method",
    "Outcome",
    "Parameter",
    "ProfitModel",
    "Review",
    "Target",
    "Term",
    "Version",
]
