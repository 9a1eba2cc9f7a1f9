"""Reviews: which analyses are made when, of what, and who is told."""

from __future__ import annotations

from collections.abc import Mapping

from voronka.calendars import DailySchedule
from voronka.config.build_rules import build_schedule
from voronka.config.build_terms import owner_at
from voronka.config.context import Context
from voronka.config.names import Declaration, NameKind, refer
from voronka.config.node import Node
from voronka.config.scalars import label, many, whole
from voronka.definition.kpis import Review
from voronka.definition.kpis.reviews import METHODS
from voronka.messages import Text

__all__ = ["build_reviews"]

_OF_A_FUNNEL = frozenset({"funnel", "bottleneck", "forecast", "hygiene", "managers", "winloss"})
_OF_NO_FUNNEL = frozenset({"profit", "kpis"})
_DUE = 7


def build_reviews(declared: Mapping[str, Declaration], context: Context) -> dict[str, Review]:
    """Return the reviews by name; a wrong one is left out and reported."""
    found = {}
    for name, declaration in declared.items():
        review = _review(name, declaration, context)
        if review is not None:
            found[name] = review
    return found


def _review(name: str, declaration: Declaration, context: Context) -> Review | None:
    node, report = declaration.value, context.report
    owner = owner_at(node, declaration.name, context)
    method = node.get("method")
    funnel = refer(NameKind.FUNNEL, node.get("funnel"), context.declared.of(NameKind.FUNNEL), report)
    declared = context.declared.of(NameKind.KPI)
    kpis = [refer(NameKind.KPI, each, declared, report) for each in many(node.get("kpis"))]
    to = [refer(NameKind.ROLE, each, {*context.roles, *context.people}, report) for each in many(node.get("to"))]
    channel = refer(NameKind.CHANNEL, node.get("channel"), context.channels, report)
    schedule = _schedule(node.get("schedule"), context)
    if method is not None and method.text in METHODS:
        _lacks(method, node, context)
    if owner is None or method is None or schedule is None or report.failed:
        return None
    return Review(
        name=name,
        label=label(node.get("label"), name),
        method=method.text,
        schedule=schedule,
        owner=owner,
        funnel=funnel,
        kpis=tuple(each for each in kpis if each is not None),
        to=tuple(each for each in to if each is not None),
        channel=channel,
        decision=None if node.get("decision") is None else label(node.get("decision"), ""),
        due_days=whole(node.get("due_days")) or _DUE,
    )


def _lacks(method: Node, node: Node, context: Context) -> None:
    """Report what the report needs and the review does not say, and what it says for nothing."""
    if method.text in _OF_NO_FUNNEL and (funnel := node.get("funnel")) is not None:
        context.report.error(
            "V5519",
            funnel.place,
            Text("The report “{method}” is about the whole workspace, not about one funnel.", method=method.text),
            Text("Leave “funnel:” out."),
        )
    if method.text != "kpis" and (kpis := node.get("kpis")) is not None:
        context.report.error(
            "V5519",
            kpis.place,
            Text("The report “{method}” is not told of chosen KPIs.", method=method.text),
            Text("Leave “kpis:” out, or write “method: kpis”."),
        )
    if method.text in _OF_A_FUNNEL and node.get("funnel") is None:
        context.report.error(
            "V5519",
            method.place,
            Text("The report “{method}” is about one funnel, and the review names none.", method=method.text),
            Text("Write “funnel:” beside it."),
        )
    if method.text == "kpis" and node.get("kpis") is None:
        context.report.error(
            "V5519",
            method.place,
            Text("The review is of KPIs, and names none."),
            Text("Write “kpis:” with their names beside it."),
        )


def _schedule(node: Node | None, context: Context) -> DailySchedule | None:
    if node is None or context.report.broken(node.place):
        return None
    found = build_schedule(node, context)
    if found is None or isinstance(found, DailySchedule):
        return found
    context.report.error(
        "V5519",
        (node.get("every") or node).place,
        Text("A review is made on days, not every few minutes."),
        Text("Write its days and a time of day: {example}.", example="{days: [mon], at: 08:00}"),
    )
    return None
