"""Incentives as a document: what each role is recognised for, and what keeps it honest."""

from __future__ import annotations

from voronka.definition.workspace import Workspace
from voronka.messages import Plural, Text
from voronka.metrics.reports.document import Badge, Column, Document, Row, Table
from voronka.metrics.strategy.telling import kpi_of, who

__all__ = ["incentives_document"]


def incentives_document(workspace: Workspace) -> Document | None:
    """Return the incentives; None if there are none."""
    incentives = () if workspace.strategy is None else workspace.strategy.incentives
    if not incentives:
        return None
    idle = [role.label for name, role in workspace.roles.items() if name not in {each.role for each in incentives}]
    return Document(
        name="incentives",
        title=Text("Incentives"),
        definition=Text("What a role is recognised for, by a KPI that another one keeps honest. It is no payroll."),
        badge=Badge(n=len(incentives)),
        said=(
            Plural("{n} role has no incentive.", "{n} roles have no incentive.", n=len(idle))
            if idle
            else Text("Every role has an incentive."),
        ),
        tables=(
            Table(
                name="incentives",
                title=Text("Incentives"),
                columns=(
                    Column(name="role", label=Text("Role")),
                    Column(name="incentive", label=Text("Incentive")),
                    Column(name="kpi", label=Text("KPI")),
                    Column(name="owner", label=Text("Owner of the KPI")),
                    Column(name="counterweight", label=Text("Counterweight")),
                    Column(name="reward", label=Text("Recognition")),
                ),
                rows=tuple(
                    Row(
                        cells=(
                            who(workspace, each.role),
                            each.label,
                            kpi_of(workspace, each.kpi),
                            who(workspace, workspace.kpis[each.kpi].owner),
                            None if each.counterweight is None else kpi_of(workspace, each.counterweight),
                            each.reward,
                        )
                    )
                    for each in incentives
                ),
            ),
        ),
    )
