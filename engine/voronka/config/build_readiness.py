"""The readiness questionnaire: its answers, and what they mean for the plan."""

from __future__ import annotations

from collections.abc import Mapping

from voronka.config.context import Context
from voronka.config.names import NameKind, refer
from voronka.config.node import Node
from voronka.config.report import Report
from voronka.config.scalars import day, label, true
from voronka.definition.strategy import Answer, BusinessCase, Readiness, Roadmap, Sign, State
from voronka.definition.strategy.readiness import HALF_A_YEAR
from voronka.definition.strategy.signs import QUESTIONS, REMEDIES
from voronka.messages import Plural, Text

__all__ = ["build_readiness", "check_length", "check_readiness"]


def build_readiness(node: Node, context: Context) -> Readiness:
    """Return the questionnaire at `node`, and warn of questions left open and of signs that the plan passes over."""
    report, written = context.report, node.get("answers")
    answers = {}
    for entry in written.items() if written is not None else ():
        name, holds = entry.key.text, entry.value.get("holds")
        if name not in QUESTIONS or holds is None or report.broken(holds.place):
            continue
        response = entry.value.get("response")
        sign = Sign(name)
        answers[sign] = Answer(holds=true(holds), response=None if response is None else label(response, ""))
        if not true(holds) and response is None:
            report.warning(
                "V5958",
                entry.key.place,
                Text(
                    "A sign of unreadiness is there, and the plan does not say what it does about it: {question}",
                    question=QUESTIONS[sign],
                ),
                Text("Write “response:” with what you do. The remedy is: {remedy}", remedy=REMEDIES[sign]),
            )
    open_ones = [sign for sign in Sign if written is None or written.get(sign) is None]
    if open_ones and written is not None and written.entries.keys() <= QUESTIONS.keys():
        report.warning(
            "V5957",
            written.place,
            Plural(
                "{n} question of the seven has no answer: {names}.",
                "{n} questions of the seven have no answer: {names}.",
                n=len(open_ones),
                names=", ".join(open_ones),
            ),
            Text("Answer them before the process is automated: `voronka strategy readiness` shows the questions."),
        )
    by, date = node.get("by"), node.get("date")
    return Readiness(
        answers=answers,
        by=refer(NameKind.ROLE, by, {*context.roles, *context.people}, report),
        date=None if date is None or report.broken(date.place) else day(date, report),
    )


def check_readiness(readiness: Readiness | None, parts: Mapping[str, Node | None], report: Report) -> None:
    """Warn of a plan that was made without asking whether the business is ready for it."""
    plan = parts["roadmap"] or parts["case"]
    if plan is not None and parts["readiness"] is None and readiness is None:
        report.warning(
            "V5957",
            plan.place,
            Text("There is a plan, and nobody has asked whether the business is ready for it."),
            Text("Answer the seven questions under “readiness”: `voronka strategy readiness` shows them."),
        )


def check_length(
    readiness: Readiness,
    roadmap: Roadmap | None,
    case: BusinessCase | None,
    parts: Mapping[str, Node | None],
    report: Report,
) -> None:
    """Warn of plans that are longer than half a year where business cases are made as contests."""
    if readiness.state(Sign.SOBER_CASES) is not State.PRESENT:
        return
    planned = [] if roadmap is None else [plan.quarter for plan in roadmap.quarters]
    for quarters, node in ((planned, parts["roadmap"]), (list(case.quarters) if case else [], parts["case"])):
        if quarters and node is not None and quarters[-1].since(quarters[0]) >= HALF_A_YEAR:
            report.warning(
                "V5959",
                node.place,
                Text(
                    "The plan goes from {first} to {last}, and business cases are made as contests here.",
                    first=quarters[0],
                    last=quarters[-1],
                ),
                Text("Propose nothing that takes longer than half a year; plan the next one after its result."),
            )
