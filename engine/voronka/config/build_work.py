"""Kinds of work: what they are about, what they are worth, and of which deals there are any."""

from __future__ import annotations

from collections.abc import Mapping

from voronka.config.build_rules import possible_places
from voronka.config.context import Context
from voronka.config.names import Declaration, NameKind, refer
from voronka.config.scalars import label, one_of, whole
from voronka.definition.funnels import Funnel
from voronka.definition.scorecards import Scorecard
from voronka.definition.work import MINUTES, TaskScope, Work
from voronka.expressions import Kind, Scope
from voronka.messages import Text

__all__ = ["build_work"]


def build_work(
    funnels: Mapping[str, Funnel], scorecards: Mapping[str, Scorecard], scope: Scope, context: Context
) -> dict[str, Work]:
    """Return the declared kinds of work by name; one that is wrong is left out and reported.

    `scope`: what expressions about any deal may name.
    """
    found = {}
    for name, declaration in context.declared.of(NameKind.WORK).items():
        work = _build(name, declaration, funnels, scorecards, scope, context)
        if work is not None:
            found[name] = work
    return found


def _build(
    name: str,
    declaration: Declaration,
    funnels: Mapping[str, Funnel],
    scorecards: Mapping[str, Scorecard],
    scope: Scope,
    context: Context,
) -> Work | None:
    node, report = declaration.value, context.report
    tasks, asked, written = node.get("tasks"), node.get("score"), node.get("where")
    value = context.expressions.compile(node.get("value"), scope, expect=Kind.MONEY)
    where = context.expressions.compile(written, scope)
    score = refer(NameKind.SCORECARD, asked, context.declared.of(NameKind.SCORECARD), report)
    if tasks is not None and asked is not None:
        report.error(
            "V5917",
            asked.place,
            Text("The work {work} is tasks and questions at once.", work=name),
            Text("Keep one of “tasks” and “score”, and declare another kind of work for the other."),
        )
        return None
    if value is None or (written is not None and where is None) or (asked is not None and score not in scorecards):
        return None
    places = possible_places(None, where, funnels, closed=tasks is not None)
    if written is not None and not places and len(funnels) == len(context.declared.of(NameKind.FUNNEL)):
        report.warning(
            "V5918",
            written.place,
            Text("There is never any work {work}: in no stage can its condition hold.", work=name),
            Text("Correct “where”: it asks for what no deal can be at once."),
        )
    minutes = whole(node.get("minutes"))
    if minutes is None:
        minutes = MINUTES if score is None else scorecards[score].minutes
    return Work(
        name=name,
        label=label(node.get("label"), name),
        minutes=minutes,
        value=value,
        where=where,
        tasks=one_of(TaskScope, tasks),
        score=score,
        places=places,
    )
