"""The roadmap as a document: goals by quarter, what they touch, on whom it depends and what limits it."""

from __future__ import annotations

from voronka.definition.strategy import Attitude, Roadmap
from voronka.definition.workspace import Workspace
from voronka.messages import Label, Plural, Sentence, Text
from voronka.metrics.reports.document import Badge, Column, Document, Row, Table
from voronka.metrics.strategy.telling import day_of, kpi_of, listed, quarter, who

__all__ = ["ATTITUDES", "roadmap_document"]

ATTITUDES = {
    Attitude.SUPPORTS: Text("for it"),
    Attitude.NEUTRAL: Text("neither for nor against it"),
    Attitude.OPPOSES: Text("against it"),
}


def roadmap_document(workspace: Workspace) -> Document | None:
    """Return the roadmap; None if there is none."""
    roadmap = None if workspace.strategy is None else workspace.strategy.roadmap
    if roadmap is None:
        return None
    return Document(
        name="roadmap",
        title=Text("Roadmap"),
        of=roadmap.label,
        definition=Text("What is to be reached in which quarter, by which KPIs that is seen, and who answers for it."),
        badge=Badge(n=len(roadmap.goals)),
        basis=(
            Text("A quarter has two or three goals; the first result is there by the end of the first (after Taber)."),
        ),
        said=tuple(_said(roadmap)),
        tables=tuple(
            each
            for each in (_goals(roadmap, workspace), _touched(roadmap, workspace), _people(roadmap), _limits(roadmap))
            if each.rows
        ),
    )


def _said(roadmap: Roadmap) -> list[Sentence]:
    first = roadmap.quarters[0]
    days = [goal.by for goal in first.goals if goal.by is not None]
    said: list[Sentence] = [
        Plural(
            "{n} goal from {start} to {end}.",
            "{n} goals from {start} to {end}.",
            n=len(roadmap.goals),
            start=quarter(first.quarter),
            end=quarter(roadmap.quarters[-1].quarter),
        ),
        Text("The first result is there by {day}.", day=day_of(min(days)))
        if days
        else Text("The first result is there by the end of {quarter}.", quarter=quarter(first.quarter)),
    ]
    against = [each.label for each in roadmap.stakeholders if each.attitude is Attitude.OPPOSES and each.step is None]
    if against:
        said.append(Text("Nothing is planned to win those who are against it: {names}.", names=listed(against)))
    return said


def _goals(roadmap: Roadmap, workspace: Workspace) -> Table:
    return Table(
        name="goals",
        title=Text("Goals"),
        columns=(
            Column(name="quarter", label=Text("Quarter")),
            Column(name="goal", label=Text("Goal")),
            Column(name="result", label=Text("Result")),
            Column(name="by", label=Text("By")),
            Column(name="kpis", label=Text("KPIs")),
            Column(name="owner", label=Text("Owner")),
        ),
        rows=tuple(
            Row(
                cells=(
                    quarter(plan.quarter),
                    goal.label,
                    goal.result,
                    Text("end of the quarter") if goal.by is None else day_of(goal.by),
                    listed(kpi_of(workspace, kpi) for kpi in goal.kpis),
                    who(workspace, goal.owner),
                )
            )
            for plan in roadmap.quarters
            for goal in plan.goals
        ),
    )


def _touched(roadmap: Roadmap, workspace: Workspace) -> Table:
    def team(name: str) -> Sentence:
        return workspace.teams[name].label if name in workspace.teams else Label.plain(name)

    def funnel(name: str) -> Sentence:
        return workspace.funnels[name].label if name in workspace.funnels else Label.plain(name)

    return Table(
        name="touched",
        title=Text("What it touches"),
        columns=(
            Column(name="quarter", label=Text("Quarter")),
            Column(name="systems", label=Text("Systems")),
            Column(name="teams", label=Text("Teams")),
            Column(name="funnels", label=Text("Processes")),
        ),
        rows=tuple(
            Row(
                cells=(
                    quarter(plan.quarter),
                    listed(plan.systems),
                    listed(map(team, plan.teams)),
                    listed(map(funnel, plan.funnels)),
                )
            )
            for plan in roadmap.quarters
        ),
    )


def _people(roadmap: Roadmap) -> Table:
    return Table(
        name="stakeholders",
        title=Text("On whom it depends"),
        columns=(
            Column(name="stakeholder", label=Text("Who")),
            Column(name="interest", label=Text("What they want")),
            Column(name="attitude", label=Text("How they stand to it")),
            Column(name="step", label=Text("What is done")),
        ),
        rows=tuple(
            Row(cells=(each.label, each.interest, ATTITUDES[each.attitude], each.step)) for each in roadmap.stakeholders
        ),
    )


def _limits(roadmap: Roadmap) -> Table:
    goals = roadmap.goals
    return Table(
        name="constraints",
        title=Text("What limits it"),
        columns=(
            Column(name="constraint", label=Text("What")),
            Column(name="goals", label=Text("Goals held back")),
            Column(name="remedy", label=Text("What is done")),
        ),
        rows=tuple(
            Row(cells=(each.label, listed(goals[name][0].label for name in each.goals), each.remedy))
            for each in roadmap.constraints
        ),
    )
