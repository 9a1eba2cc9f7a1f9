"""The readiness questionnaire as a document: answers, signs and their remedies."""

from __future__ import annotations

from voronka.definition.strategy import Readiness, Sign, State
from voronka.definition.strategy.signs import QUESTIONS, REMEDIES, SIGNS
from voronka.definition.workspace import Workspace
from voronka.messages import Plural, Sentence, Text
from voronka.metrics.reports.document import Badge, Cell, Column, Document, Row, Table
from voronka.metrics.strategy.telling import day_of, listed, who

__all__ = ["STATES", "readiness_document"]

STATES = {State.ABSENT: Text("yes"), State.PRESENT: Text("no"), State.UNKNOWN: Text("not answered")}


def readiness_document(workspace: Workspace) -> Document:
    """Return the questionnaire; without answers it shows the questions."""
    declared = None if workspace.strategy is None else workspace.strategy.readiness
    readiness = declared or Readiness(answers={})
    signs = [sign for sign in Sign if readiness.state(sign) is State.PRESENT]
    return Document(
        name="readiness",
        title=Text("Readiness"),
        definition=Text(
            "Seven questions that are answered before a process is automated; a no is a sign of unreadiness."
        ),
        badge=Badge(n=len(readiness.answers)),
        basis=(Text("The signs and their remedies are those of Taber on CRM strategy; the wording is ours."),),
        said=tuple(_said(workspace, readiness, signs)),
        tables=(
            Table(
                name="questions",
                title=Text("Questions"),
                columns=(
                    Column(name="question", label=Text("Question")),
                    Column(name="answer", label=Text("Answer")),
                ),
                rows=tuple(Row(cells=(QUESTIONS[sign], STATES[readiness.state(sign)])) for sign in Sign),
            ),
            *([_remedies(readiness, signs)] if signs else []),
        ),
    )


def _said(workspace: Workspace, readiness: Readiness, signs: list[Sign]) -> list[Sentence]:
    said: list[Sentence] = []
    if readiness.by is not None and readiness.date is not None:
        said.append(Text("Answered by {who}, {day}.", who=who(workspace, readiness.by), day=day_of(readiness.date)))
    unknown = len(Sign) - len(readiness.answers)
    if unknown:
        said.append(Plural("{n} question is not answered yet.", "{n} questions are not answered yet.", n=unknown))
    if signs:
        said.append(
            Plural(
                "{n} sign of unreadiness is there: {names}.",
                "{n} signs of unreadiness are there: {names}.",
                n=len(signs),
                names=listed(SIGNS[sign] for sign in signs),
            )
        )
    elif not unknown:
        said.append(Text("No sign of unreadiness is there."))
    return said


def _remedies(readiness: Readiness, signs: list[Sign]) -> Table:
    def response(sign: Sign) -> Cell:
        return readiness.answers[sign].response

    return Table(
        name="remedies",
        title=Text("Signs and remedies"),
        columns=(
            Column(name="sign", label=Text("Sign")),
            Column(name="remedy", label=Text("Remedy")),
            Column(name="response", label=Text("What we do")),
        ),
        rows=tuple(Row(cells=(SIGNS[sign], REMEDIES[sign], response(sign))) for sign in signs),
    )
