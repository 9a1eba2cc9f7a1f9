"""The business case: its costs, its benefits and what they rest on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from voronka.config.build_roadmap import referred
from voronka.config.context import Context
from voronka.config.names import NameKind, refer
from voronka.config.node import Entry, Node
from voronka.config.scalars import label, many
from voronka.definition.strategy import Assumption, BusinessCase, Goal, Line, Quarter, quarter_of
from voronka.messages import Label, Text

__all__ = ["build_case"]

_NUMBER = re.compile(r"(\d+(?:\.\d+)?)(%?)", re.ASCII)
_RATE = Text("Rate of discount, a year")


def build_case(node: Node, goals: Mapping[str, tuple[Goal, Quarter]] | None, context: Context) -> BusinessCase | None:
    """Return the business case at `node`; None if something that it rests on is wrong.

    `goals`: those of the roadmap, each with its quarter; None: there is no roadmap that could be read.
    """
    written = node.get("assumptions")
    assumptions = {
        entry.key.text: _assumption(entry.key.text, entry.value, context)
        for entry in (written.items() if written is not None else ())
    }
    costs = [_line(entry, assumptions, context) for entry in _entries(node.get("costs"))]
    benefits = [_benefit(entry, assumptions, goals, context) for entry in _entries(node.get("benefits"))]
    called = Label({language: _RATE.render(language) for language in ("en", "ru")})
    rate = None if (of := node.get("rate")) is None else _assumption("rate", of, context, unlabelled=called)
    scaled = {name for line in (*costs, *benefits) for name in line.scales}
    for entry in written.items() if written is not None and not context.report.failed else ():
        if entry.key.text not in scaled:
            context.report.warning(
                "V5956",
                entry.key.place,
                Text("Nothing scales with the assumption {name}, so it decides nothing.", name=entry.key.text),
                Text("Name it under “scales” of a cost or a benefit, or delete it."),
            )
    sound = {name: each for name, each in assumptions.items() if each is not None}
    if rate is None or len(sound) < len(assumptions) or not any(line.amounts for line in (*costs, *benefits)):
        return None
    return BusinessCase(
        label=label(node.get("label"), "case"),
        rate=rate,
        costs=tuple(costs),
        benefits=tuple(benefits),
        assumptions=sound,
        arguments=tuple(label(each, "") for each in many(node.get("arguments"))),
    )


def _entries(node: Node | None) -> Iterator[Entry]:
    yield from node.items() if node is not None else ()


def _number(node: Node | None) -> Decimal | None:
    """Return the number at `node`, a percentage as a fraction; what is neither the schema has refused."""
    found = None if node is None else _NUMBER.fullmatch(node.text)
    if found is None:
        return None
    return Decimal(found[1]) / 100 if found[2] else Decimal(found[1])


def _assumption(name: str, node: Node, context: Context, *, unlabelled: Label | None = None) -> Assumption | None:
    """Return the assumption at `node`, called `unlabelled` if no label is written; None if it is wrong."""
    value, low, high = (_number(node.get(key)) for key in ("value", "low", "high"))
    if unlabelled is not None and _is_no_percentage(node, context):
        return None
    if value is None or low is None or high is None:
        return None
    if not low <= value <= high or low == high:
        context.report.error(
            "V5956",
            (node.get("value") or node).place,
            Text("The expected value of {name} does not lie between its least and its greatest.", name=name)
            if low != high
            else Text("The least and the greatest value of {name} are the same: nothing is assumed.", name=name),
            Text("Write “low”, “value” and “high” so that each is at least the one before."),
        )
        return None
    written = node.get("label")
    return Assumption(
        name=name,
        label=unlabelled if unlabelled is not None and written is None else label(written, name),
        value=value,
        low=low,
        high=high,
    )


def _is_no_percentage(node: Node, context: Context) -> bool:
    """Report a rate that is written without its sign and stands for more than the whole: 20 is 2000 %."""
    for key in ("value", "low", "high"):
        written, number = node.get(key), _number(node.get(key))
        if written is not None and number is not None and number > 1 and not written.text.endswith("%"):
            context.report.error(
                "V3901",
                written.place,
                Text("“{text}” as a rate is {percent}% a year.", text=written.text, percent=f"{number * 100:f}"),
                Text("Write a percentage, such as {example}.", example=f"{written.text}%"),
            )
            return True
    return False


def _line(entry: Entry, assumptions: Mapping[str, Assumption | None], context: Context) -> Line:
    node, name = entry.value, entry.key.text
    amounts = {}
    for each in _entries(node.get("amounts")):
        quarter, amount = quarter_of(each.key.text), _number(each.value)
        if quarter is not None and amount is not None:
            amounts[quarter] = amount
    return Line(
        name=name,
        label=label(node.get("label"), name),
        amounts=amounts,
        scales=referred(NameKind.ASSUMPTION, node.get("scales"), [*assumptions], context),
    )


def _benefit(
    entry: Entry,
    assumptions: Mapping[str, Assumption | None],
    goals: Mapping[str, tuple[Goal, Quarter]] | None,
    context: Context,
) -> Line:
    node, line = entry.value, _line(entry, assumptions, context)
    kpi = refer(NameKind.KPI, node.get("kpi"), context.declared.of(NameKind.KPI), context.report)
    goal = refer(NameKind.GOAL, node.get("goal"), goals or (), context.report)
    if goal is not None and goals is not None and line.amounts:
        reached, first = goals[goal][1], min(line.amounts)
        if first < reached:
            context.report.warning(
                "V5955",
                (node.get("amounts") or node).place,
                Text(
                    "{benefit} begins in {first}, and the goal {goal} that brings it is one of {quarter}.",
                    benefit=line.label,
                    first=first,
                    goal=goals[goal][0].label,
                    quarter=reached,
                ),
                Text("Begin the benefit with the goal's quarter or later, or name another goal."),
            )
    return Line(name=line.name, label=line.label, amounts=line.amounts, scales=line.scales, kpi=kpi, goal=goal)
