"""The queue of work: tasks, questions and deals by what a minute of each is worth, as many as there is time for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import Any

from voronka.calendars import moment_on, split_local
from voronka.definition.fields import Field, FieldType
from voronka.definition.values import show_value
from voronka.definition.work import TaskScope, Work
from voronka.errors import PluginFault, UsageFault
from voronka.expressions import Expression, Value
from voronka.messages import LANGUAGES, Label, Text
from voronka.process.agenda import Piece, agenda
from voronka.process.state import DealState
from voronka.runtime.evaluation import DealEvaluation
from voronka.runtime.queries.asked import Asked, parameters
from voronka.runtime.queries.deals import head, parties_of
from voronka.runtime.queries.judgements import rendered
from voronka.runtime.queries.queue import says_nothing, wanted_owners
from voronka.runtime.queries.scores import shown_score
from voronka.runtime.queries.shown import Shown
from voronka.runtime.queries.tasks import tasks_of_people
from voronka.runtime.viewer import hidden_names
from voronka.runtime.words import Json, words
from voronka.storage import DealFilter

__all__ = ["show_work"]

_CHUNK = 100
_VALUE = Field(name="value", type=FieldType.MONEY, label=Label.plain("value"))
_Tasks = Mapping[int, Sequence[dict[str, Any]]]


@parameters("work", "owner", "minutes", "limit", "skip")
def show_work(asked: Asked) -> Json:
    """Answer with pieces of work by what a minute of each is worth: parameters owner, work (a kind), minutes, limit,
    skip.

    An owner's are the tasks given to the owner and what is to be done on the owner's open deals, with those of whom
    the owner stands in for. With `minutes` it is what fits into them. What rests on a field that is hidden from whoever
    asks is left out: its place would tell what is hidden.
    """
    kinds = _kinds(asked)
    owners = wanted_owners(asked)
    shown = Shown(asked.reader, asked.workspace, asked.viewer.rights)
    tasks: dict[int, list[dict[str, Any]]] = defaultdict(list)
    ids: dict[bytes, None] = {}
    if any(kind.tasks is not None for kind in kinds):
        of_people = asked.person("owner") is not None
        for task in tasks_of_people(asked, shown, owners if of_people else None):
            tasks[task["deal"]].append(task)
            ids[task["id"]] = None
    own = set(asked.reader.deal_ids(DealFilter(open=True, owners=owners)))
    known = [*ids, *sorted(own - ids.keys())] if any(kind.tasks is None for kind in kinds) else [*ids]
    pieces, where = [], {}
    for deal in _deals(asked, known):
        for piece in _pieces(asked, kinds, deal, own=deal.id in own, tasks=tasks):
            pieces.append(piece)
            where[piece.deal] = deal.id
    found = agenda(pieces, asked.number("minutes") or None)[asked.number("skip") :][: asked.limit()]
    deals = asked.reader.deals({where[piece.deal] for piece in found})
    shown.load(party for deal in deals.values() for party in parties_of(deal))
    return [_entry(asked, shown, piece, deals[where[piece.deal]], tasks) for piece in found]


def _kinds(asked: Asked) -> list[Work]:
    declared = asked.workspace.work
    if not declared:
        raise UsageFault(
            Text("No kind of work is declared."), Text("Declare some under “work” in a file of configs/rules.")
        )
    chosen = asked.known("work", declared)
    return [*declared.values()] if chosen is None else [declared[chosen]]


def _deals(asked: Asked, ids: Sequence[bytes]) -> Iterator[DealState]:
    for start in range(0, len(ids), _CHUNK):
        yield from asked.reader.deals(ids[start : start + _CHUNK]).values()


def _pieces(asked: Asked, kinds: Sequence[Work], deal: DealState, *, own: bool, tasks: _Tasks) -> Iterator[Piece]:
    """Yield the pieces of work on a deal; `own`: it is open and belongs to whoever's work is asked for."""
    workspace, place = asked.workspace, {name: n for n, name in enumerate(asked.workspace.work)}
    hidden = hidden_names(asked.reader, workspace, asked.viewer.rights, deal)
    evaluation = DealEvaluation(asked.reader, workspace, deal, asked.now)
    scores = cache(lambda: evaluation.scores(hidden))
    for kind in kinds:
        of_kind: Sequence[dict[str, Any] | None] = [None] if own and kind.tasks is None else []
        if kind.tasks is not None:
            of_kind = [each for each in tasks.get(deal.number, ()) if _counts(asked, kind.tasks, each)]
        if not of_kind or deal.stage not in kind.places.get(deal.funnel, ()) or not hidden.isdisjoint(kind.reads):
            continue
        if kind.where is not None and _result(evaluation, kind.where) is not True:
            continue
        if kind.score is not None and not (
            _asks(scores().get(kind.score)) and not says_nothing(workspace.scorecards[kind.score], deal)
        ):
            continue
        value = _result(evaluation, kind.value)
        for task in of_kind:
            yield Piece(
                work=kind.name,
                place=place[kind.name],
                deal=deal.number,
                minutes=kind.minutes,
                value=value,
                due=None if task is None else task["due"],
                task="" if task is None else task["task"],
            )


def _counts(asked: Asked, scope: TaskScope, task: Mapping[str, Any]) -> bool:
    if scope is TaskScope.OPEN or task["due"] is None:
        return True
    zone = asked.workspace.timezone
    today, _ = split_local(asked.now, zone)
    return bool(task["due"] <= moment_on(today + 1, 0, zone))


def _asks(score: Mapping[str, Value | None] | None) -> bool:
    return score is not None and score["next"] is not None


def _result(evaluation: DealEvaluation, expression: Expression) -> Any:  # noqa: ANN401 - of any type
    """Return what an expression gives; None for one that a broken plugin has to compute."""
    with suppress(PluginFault):
        return evaluation.result(expression)
    return None


def _entry(asked: Asked, shown: Shown, piece: Piece, deal: DealState, tasks: _Tasks) -> dict[str, Any]:
    workspace = asked.workspace
    kind = workspace.work[piece.work]
    hidden = hidden_names(asked.reader, workspace, asked.viewer.rights, deal)
    evaluation = DealEvaluation(asked.reader, workspace, deal, asked.now)
    score = None if kind.score is None else evaluation.scores(hidden)[kind.score]
    task = next((each for each in tasks.get(deal.number, ()) if each["task"] == piece.task), None)
    return {
        **head(shown, deal),
        **shown.presence(deal.owner, asked.now),
        "work": {"name": kind.name, "label": words(kind.label)},
        "task": None if task is None else {name: part for name, part in task.items() if name != "id"},
        "score": None if score is None else shown_score(workspace.scorecards[str(kind.score)], score),
        "minutes": piece.minutes,
        "value": piece.value,
        "shown": _money(asked, piece.value),
        "per_minute": _money(asked, None if piece.value is None else round(piece.value / piece.minutes)),
        "because": {
            "formula": kind.value.text,
            "value": _explained(evaluation, kind.value, shown),
            "where": None if kind.where is None else _explained(evaluation, kind.where, shown),
        },
    }


def _money(asked: Asked, value: int | None) -> dict[str, str] | None:
    workspace = asked.workspace
    return (
        value
        if value is None
        else {
            language: show_value(
                _VALUE, value, language=language, currency=workspace.currency, timezone=workspace.timezone
            )
            for language in LANGUAGES
        }
    )


def _explained(evaluation: DealEvaluation, expression: Expression, shown: Shown) -> Json:
    with suppress(PluginFault):
        return rendered(expression.explain(evaluation.leaves(expression)), shown)
    return None
