"""The roadmap: its quarters and goals, and what it says of people and limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from voronka.config.context import Context
from voronka.config.names import NameKind, refer, twice
from voronka.config.node import Entry, Node
from voronka.config.report import Doubt, Report
from voronka.config.scalars import day, label, many, one_of
from voronka.definition.strategy import (
    Attitude,
    Constraint,
    Goal,
    Quarter,
    QuarterPlan,
    Roadmap,
    Stakeholder,
    last_day_of,
    quarter_of,
)
from voronka.definition.strategy.roadmap import FEWEST_GOALS, MOST_GOALS
from voronka.messages import Plural, Text

__all__ = ["build_roadmap", "referred"]


def build_roadmap(node: Node, context: Context) -> Roadmap | None:
    """Return the roadmap at `node`; None if none of its quarters can be read."""
    written = node.get("quarters")
    if written is None or not written.is_mapping:
        return None
    taken: dict[str, Node] = {}
    plans = []
    for entry in written.items():
        quarter = quarter_of(entry.key.text)
        if quarter is None:
            context.report.doubt(NameKind.GOAL, Doubt(everything=True))
        else:
            plans.append((_plan(entry, quarter, taken, context), entry))
    plans.sort(key=lambda each: each[0].quarter)
    if not plans:
        return None
    for plan, entry in plans:
        _check_goals(plan, entry, context.report)
        _check_days(plan, entry, context.report, first=plan is plans[0][0])
        _check_touched(plan, entry, context.report)
    for key, place, reason in (
        ("stakeholders", node.place, Text("The roadmap does not say on whom it depends.")),
        ("constraints", written.place, Text("The roadmap does not say what limits it, as the quality of data does.")),
    ):
        if node.get(key) is None:
            context.report.warning("V5953", place, reason, Text("Write “{key}” beside “quarters”.", key=key))
    return Roadmap(
        label=label(node.get("label"), "roadmap"),
        quarters=tuple(plan for plan, _ in plans),
        stakeholders=tuple(_stakeholders(node.get("stakeholders"))),
        constraints=tuple(_constraints(node.get("constraints"), taken, context)),
    )


def referred(kind: NameKind, node: Node | None, known: Sequence[str], context: Context) -> tuple[str, ...]:
    """Return the names listed at `node` that are known; the others are reported."""
    names = (refer(kind, each, known, context.report) for each in many(node))
    return tuple(name for name in names if name is not None)


def _plan(entry: Entry, quarter: Quarter, taken: dict[str, Node], context: Context) -> QuarterPlan:
    node = entry.value
    goals = []
    written = node.get("goals")
    for each in written.items() if written is not None else ():
        before = taken.setdefault(each.key.text, each.key)
        if before is not each.key:
            twice(each.key.text, each.key.place, before.place, context.report)
            continue
        goal = _goal(each, context)
        if goal is not None:
            goals.append(goal)
    return QuarterPlan(
        quarter=quarter,
        goals=tuple(goals),
        systems=tuple(label(each, "") for each in many(node.get("systems"))),
        teams=referred(NameKind.TEAM, node.get("teams"), [*context.declared.of(NameKind.TEAM)], context),
        funnels=referred(NameKind.FUNNEL, node.get("funnels"), [*context.declared.of(NameKind.FUNNEL)], context),
    )


def _goal(entry: Entry, context: Context) -> Goal | None:
    node, name = entry.value, entry.key.text
    kpis = referred(NameKind.KPI, node.get("kpis"), [*context.declared.of(NameKind.KPI)], context)
    owner = refer(NameKind.ROLE, node.get("owner"), {*context.roles, *context.people}, context.report)
    by = node.get("by")
    return Goal(
        name=name,
        label=label(node.get("label"), name),
        kpis=kpis,
        owner=owner or "",
        result=label(node.get("result"), ""),
        by=None if by is None or context.report.broken(by.place) else day(by, context.report),
    )


def _stakeholders(node: Node | None) -> Iterator[Stakeholder]:
    for entry in node.items() if node is not None else ():
        step = entry.value.get("step")
        yield Stakeholder(
            name=entry.key.text,
            label=label(entry.value.get("label"), entry.key.text),
            interest=label(entry.value.get("interest"), ""),
            attitude=one_of(Attitude, entry.value.get("attitude")) or Attitude.NEUTRAL,
            step=None if step is None else label(step, ""),
        )


def _constraints(node: Node | None, goals: dict[str, Node], context: Context) -> Iterator[Constraint]:
    for entry in node.items() if node is not None else ():
        yield Constraint(
            name=entry.key.text,
            label=label(entry.value.get("label"), entry.key.text),
            remedy=label(entry.value.get("remedy"), ""),
            goals=referred(NameKind.GOAL, entry.value.get("goals"), [*goals], context),
        )


def _check_goals(plan: QuarterPlan, entry: Entry, report: Report) -> None:
    written = entry.value.get("goals")
    count = 0 if written is None else len(written.entries)
    if count > MOST_GOALS:
        report.warning(
            "V5951",
            entry.key.place,
            Plural(
                "There is {n} goal in {quarter}; more than three are not reached.",
                "There are {n} goals in {quarter}; more than three are not reached.",
                n=count,
                quarter=str(plan.quarter),
            ),
            Text("Keep the two or three on which the others rest, and move the rest to later quarters."),
        )
    elif 0 < count < FEWEST_GOALS:
        report.warning(
            "V5951",
            entry.key.place,
            Text("There is one goal in {quarter}: if it is missed, the quarter brings nothing.", quarter=plan.quarter),
            Text("Add a second goal, or join the quarter's goal with another quarter's."),
        )


def _check_days(plan: QuarterPlan, entry: Entry, report: Report, *, first: bool) -> None:
    last = last_day_of(plan.quarter)
    late = [goal for goal in plan.goals if goal.by is not None and goal.by > last]
    for goal in late:
        node = entry.value.at("goals", goal.name, "by") or entry.key
        if first and len(late) == len(plan.goals):
            report.warning(
                "V5952",
                node.place,
                Text("The roadmap brings no result by the end of its first quarter, {quarter}.", quarter=plan.quarter),
                Text("Put a goal first that brings a result within {quarter}.", quarter=plan.quarter),
            )
            return
        report.warning(
            "V5952",
            node.place,
            Text("The result of {goal} comes after its quarter, {quarter}.", goal=goal.label, quarter=plan.quarter),
            Text("Move the goal to the quarter of its result, or bring the day forward."),
        )


def _check_touched(plan: QuarterPlan, entry: Entry, report: Report) -> None:
    if not any(entry.value.get(key) is not None for key in ("systems", "teams", "funnels")):
        report.warning(
            "V5953",
            entry.key.place,
            Text("The roadmap does not say which systems, teams or processes {quarter} touches.", quarter=plan.quarter),
            Text("Write “systems”, “teams” or “funnels” beside “goals”."),
        )
