"""What a version of a strategy says of each goal, area, sum, answer and incentive, so that versions can be compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from voronka.definition.comparison import Statement, Thing
from voronka.definition.strategy import (
    Assumption,
    BusinessCase,
    Incentive,
    Line,
    Readiness,
    Roadmap,
    Sign,
    StrategyScope,
    value_of,
)
from voronka.definition.strategy.signs import QUESTIONS
from voronka.definition.workspace import Workspace
from voronka.messages import Label, Sentence, Text
from voronka.metrics.strategy.readiness import STATES
from voronka.metrics.strategy.roadmap import ATTITUDES
from voronka.metrics.strategy.telling import Amounts, day_of, kpi_of, listed, payback_of, quarter, who

__all__ = ["PARTS", "told_strategy"]

_Key: TypeAlias = tuple[str, ...]
_Things: TypeAlias = Iterator[tuple[_Key, Thing]]
_Facts: TypeAlias = Iterable[tuple[str, Sentence, Sentence | None]]

PARTS: Mapping[str, Text] = {
    "roadmap": Text("Roadmap"),
    "scope": Text("Scope: breadth and depth"),
    "case": Text("Business case"),
    "readiness": Text("Readiness"),
    "incentives": Text("Incentives"),
}
"""The parts of a strategy by their keys, in their order."""
_ROADMAP, _SCOPE, _CASE, _READINESS, _INCENTIVES = PARTS.values()


def told_strategy(workspace: Workspace) -> dict[_Key, Thing]:
    """Return everything that a workspace says of its strategy, by names that stay from version to version."""
    strategy = workspace.strategy
    if strategy is None:
        return {}
    found: dict[_Key, Thing] = {}
    if strategy.roadmap is not None:
        found |= _roadmap(strategy.roadmap, workspace)
    if strategy.scope is not None:
        found |= _scope(strategy.scope, workspace)
    if strategy.case is not None:
        found |= _case(strategy.case, workspace)
    if strategy.readiness is not None:
        found |= _readiness(strategy.readiness, workspace)
    return found | dict(_incentives(strategy.incentives, workspace))


def _thing(part: Text, title: Sentence, facts: _Facts) -> Thing:
    """Return a thing of which the facts are said that are not None."""
    said = {name: Statement(about, text) for name, about, text in facts if text is not None}
    return Thing(part=part, title=title, said=said)


def _roadmap(roadmap: Roadmap, workspace: Workspace) -> _Things:
    for plan in roadmap.quarters:
        for goal in plan.goals:
            facts = (
                ("quarter", Text("Quarter"), quarter(plan.quarter)),
                ("result", Text("Result"), goal.result),
                ("by", Text("By"), Text("end of the quarter") if goal.by is None else day_of(goal.by)),
                ("kpis", Text("KPIs"), listed(kpi_of(workspace, kpi) for kpi in goal.kpis)),
                ("owner", Text("Owner"), who(workspace, goal.owner)),
            )
            yield ("goal", goal.name), _thing(_ROADMAP, goal.label, facts)
    for plan in roadmap.quarters:
        teams = (workspace.teams[name].label for name in plan.teams)
        touched = (
            ("systems", Text("Systems"), listed(plan.systems)),
            ("teams", Text("Teams"), listed(teams)),
            ("funnels", Text("Processes"), _funnels(plan.funnels, workspace)),
        )
        yield ("quarter", str(plan.quarter)), _thing(_ROADMAP, quarter(plan.quarter), touched)
    for person in roadmap.stakeholders:
        stands = (
            ("interest", Text("What they want"), person.interest),
            ("attitude", Text("How they stand to it"), ATTITUDES[person.attitude]),
            ("step", Text("What is done"), person.step),
        )
        yield ("stakeholder", person.name), _thing(_ROADMAP, person.label, stands)
    for limit in roadmap.constraints:
        holds = (
            ("goals", Text("Goals held back"), listed(roadmap.goals[name][0].label for name in limit.goals)),
            ("remedy", Text("What is done"), limit.remedy),
        )
        yield ("constraint", limit.name), _thing(_ROADMAP, limit.label, holds)


def _funnels(names: Iterable[str], workspace: Workspace) -> Label | None:
    return listed(workspace.funnels[name].label for name in names)


def _scope(scope: StrategyScope, workspace: Workspace) -> _Things:
    depths = ("depths", Text("From the shallowest"), listed(scope.depths.values()))
    yield ("depths",), _thing(_SCOPE, Text("Depths"), (depths,))
    for area in scope.areas:
        facts = (
            ("funnels", Text("Processes"), _funnels(area.funnels, workspace)),
            ("now", Text("Now"), scope.depths[area.now]),
            *((f"then.{since}", quarter(since), scope.depths[depth]) for since, depth in sorted(area.then.items())),
        )
        yield ("area", area.name), _thing(_SCOPE, area.label, facts)


def _case(case: BusinessCase, workspace: Workspace) -> _Things:
    amounts, value = Amounts(workspace), value_of(case)
    worth = (
        ("npv", Text("Net present value"), amounts.money(value.npv)),
        ("payback", Text("Payback"), payback_of(value)),
    )
    yield ("case",), _thing(_CASE, case.label, worth)
    yield ("rate",), _thing(_CASE, case.rate.label, _assumed(case.rate, amounts))
    for name, assumption in case.assumptions.items():
        yield ("assumption", name), _thing(_CASE, assumption.label, _assumed(assumption, amounts))
    for kind, about, lines in (
        ("cost", Text("Costs"), case.costs),
        ("benefit", Text("Benefits"), case.benefits),
    ):
        for line in lines:
            yield (kind, line.name), _thing(_CASE, line.label, _sums(line, about, case, workspace, amounts))
    for argument in case.arguments:
        yield ("argument", repr(argument)), _thing(_CASE, argument, ())


def _assumed(assumption: Assumption, amounts: Amounts) -> _Facts:
    return (
        ("value", Text("Expected"), amounts.exactly(assumption.value)),
        ("low", Text("Least"), amounts.exactly(assumption.low)),
        ("high", Text("Greatest"), amounts.exactly(assumption.high)),
    )


def _sums(line: Line, kind: Text, case: BusinessCase, workspace: Workspace, amounts: Amounts) -> _Facts:
    roadmap = None if workspace.strategy is None else workspace.strategy.roadmap
    goals = {} if roadmap is None else roadmap.goals
    for at, amount in sorted(line.amounts.items()):
        about = Text("{kind}, {quarter}", kind=kind, quarter=quarter(at))
        yield f"amount.{at}", about, amounts.money(amount)
    yield "scales", Text("Scales with"), listed(case.assumptions[name].label for name in line.scales)
    yield "kpi", Text("Seen by the KPI"), None if line.kpi is None else kpi_of(workspace, line.kpi)
    yield "goal", Text("Brought by the goal"), goals[line.goal][0].label if line.goal in goals else None


def _readiness(readiness: Readiness, workspace: Workspace) -> _Things:
    answered = (
        ("by", Text("By whom"), None if readiness.by is None else who(workspace, readiness.by)),
        ("date", Text("When"), None if readiness.date is None else day_of(readiness.date)),
    )
    yield ("readiness",), _thing(_READINESS, Text("The answers as a whole"), answered)
    for sign in Sign:
        answer = readiness.answers.get(sign)
        facts = (
            ("answer", Text("Answer"), STATES[readiness.state(sign)]),
            ("response", Text("What we do"), None if answer is None else answer.response),
        )
        yield ("sign", sign.value), _thing(_READINESS, QUESTIONS[sign], facts)


def _incentives(incentives: Iterable[Incentive], workspace: Workspace) -> _Things:
    for each in incentives:
        against = None if each.counterweight is None else kpi_of(workspace, each.counterweight)
        facts = (
            ("role", Text("Role"), who(workspace, each.role)),
            ("kpi", Text("KPI"), kpi_of(workspace, each.kpi)),
            ("counterweight", Text("Counterweight"), against),
            ("reward", Text("Recognition"), each.reward),
        )
        yield ("incentive", each.name), _thing(_INCENTIVES, each.label, facts)
