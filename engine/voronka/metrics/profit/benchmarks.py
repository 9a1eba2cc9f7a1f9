"""What the parameters of a profit model should reach, and for which stages of funnels they stand."""

from __future__ import annotations

from voronka.definition.kpis import Kpi, ProfitModel
from voronka.definition.kpis.methods import Conversion, TimeInStage
from voronka.definition.workspace import Workspace

__all__ = ["benchmarks", "targets_of"]


def targets_of(workspace: Workspace, model: ProfitModel) -> dict[str, float]:
    """Return what KPIs that measure parameters should reach at any time, for everybody."""
    found = {}
    for parameter in model.parameters.values():
        kpi = workspace.kpis.get(parameter.kpi or "")
        for target in () if kpi is None else kpi.targets:
            if target.period is None and target.team is None:
                found[parameter.name] = target.value
    return found


def benchmarks(workspace: Workspace, model: ProfitModel) -> dict[tuple[str, str], dict[str, float]]:
    """Return by funnel and stage the parameters that stand for it, and what they should reach."""
    found: dict[tuple[str, str], dict[str, float]] = {}
    for name, target in targets_of(workspace, model).items():
        stage = _stage_of(workspace.kpis[model.parameters[name].kpi or ""])
        if stage is not None:
            found.setdefault(stage, {})[name] = target
    return found


def _stage_of(kpi: Kpi) -> tuple[str, str] | None:
    """Return the funnel and the stage of which alone a KPI tells how well it goes."""
    match kpi.current.method:
        case Conversion(start=start) if start.event == "entered":
            return start.funnel, start.stage
        case TimeInStage(funnel=funnel, stages=(stage,)):
            return funnel, stage
    return None
