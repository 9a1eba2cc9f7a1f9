"""Hints for a deal: found, opened and answered; each use is kept, to be counted later."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from voronka.calendars import date_of
from voronka.definition.fields import Subject
from voronka.definition.people import folded
from voronka.definition.playbooks import Article, Script
from voronka.errors import UsageFault
from voronka.expressions import suggest
from voronka.messages import Label, Text
from voronka.process.hints import Hint, Situation, hint_in, ranked, required_from
from voronka.process.state import DealState, StreamKind
from voronka.runtime.answers import Answer
from voronka.runtime.client import Progress
from voronka.runtime.commanding import actor_of
from voronka.runtime.local import LocalClient, Work
from voronka.runtime.queries import Asked
from voronka.runtime.queries.deals import head
from voronka.runtime.queries.shown import Shown
from voronka.runtime.viewer import hidden_names, viewer_of
from voronka.runtime.words import Json, words
from voronka.storage import UnitOfWork, hint_uses
from voronka.storage.hint_uses import HintUse, Use

__all__ = ["EVIDENCE", "HINTING"]

EVIDENCE = "script {name}"
"""How the values that an answer has set name the script."""
_SOURCE = "hint"
_AROUND = ("actor", "idempotency_key", "occurred_at")
_LONGEST_SEARCH = 200
_Found = TypeVar("_Found")


def _ask(client: LocalClient, params: Mapping[str, Any], progress: Progress) -> Json:
    """Find what helps in a deal: parameters deal, objection, search, actor. The best comes first."""

    def find(asked: Asked, work: UnitOfWork) -> Json:
        playbooks = asked.workspace.playbooks
        objection = _known("objection", asked.text("objection"), playbooks.objections, playbooks.objections)
        search = (asked.text("search") or "").strip()
        if len(search) > _LONGEST_SEARCH:
            raise UsageFault(
                Text("What is searched for has more than {most} characters.", most=_LONGEST_SEARCH),
                Text("Search for a few words."),
                place="search",
            )
        deal = _deal(asked)
        situation = _situation(asked, deal, objection=objection, search=search)
        found = ranked(playbooks.all, situation, playbooks.objections)
        _keep(asked, work, deal, Use.ASKED, hits=len(found), search=search or None)
        shown = Shown(asked.reader, asked.workspace, asked.viewer.rights)
        return {
            "deal": deal.number,
            "stage": head(shown, deal)["stage"],
            "hints": [_told(asked, hint) for hint in found],
        }

    return _asking(client, params, find)


def _open(client: LocalClient, params: Mapping[str, Any], progress: Progress) -> Json:
    """Show a script or an article for a deal: parameters deal, hint (its name), actor."""

    def show(asked: Asked, work: UnitOfWork) -> Json:
        hint = _named(asked)
        deal = _deal(asked)
        _keep(asked, work, deal, Use.OPENED, hint=hint.name)
        told = {"deal": deal.number, **_told(asked, hint_in(hint, _situation(asked, deal)))}
        if isinstance(hint, Article):
            owner = asked.workspace.people.get(hint.owner) or asked.workspace.roles[hint.owner]
            return {
                **told,
                "text": words(hint.text),
                "owner": {"name": hint.owner, "label": words(owner.label)},
                "review_on": hint.review_on.isoformat(),
            }
        return {**told, "text": words(hint.say), "questions": _questions(asked, deal, hint)}

    return _asking(client, params, show)


def _answer(client: LocalClient, params: Mapping[str, Any], progress: Progress) -> Json:
    """Fill the fields of a deal by the answers to a script: parameters deal, hint, answers (values by question), actor,
    idempotency_key, occurred_at. It is the command ``deal.set``, and is answered as that.
    """
    engine = client.engine
    workspace = engine.workspace
    scripts = workspace.playbooks.scripts
    script = scripts[_known("script", str(params.get("hint")), scripts, _labels(scripts)) or ""]
    given = params.get("answers")
    if not isinstance(given, Mapping) or not given:
        raise UsageFault(
            Text("No answer is given."),
            Text("Answer its questions: {names}.", names=", ".join(script.questions) or "—"),
        )
    fields = _filled(script, given)
    around = {
        each: params[each] for each in ("actor", "idempotency_key", "occurred_at") if params.get(each) is not None
    }

    def keep(work: UnitOfWork, answer: Answer) -> None:
        use = HintUse(
            deal=answer.stream.id,
            at=engine.clock.now(),
            user=actor_of(workspace, params),
            use=Use.ANSWERED,
            hint=script.name,
            hits=len(given),
        )
        hint_uses.put(work.connection, use)

    return client.execute(
        {
            "command": "deal.set",
            "deal": params.get("deal"),
            "fields": fields,
            "evidence": EVIDENCE.format(name=script.name),
            "source": _SOURCE,
            **({"from": script.source} if script.source else {}),
            **around,
        },
        keep,
    )


def _filled(script: Script, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values by field that answers by question give; `UsageFault` if two of one field differ."""
    by_field: dict[str, str] = {}
    for question, value in given.items():
        _known("question", question, script.questions)
        field = script.questions[question].fills
        other = by_field.setdefault(field, question)
        if given[other] != value:
            raise UsageFault(
                Text(
                    "{first} and {second} fill the same field, {field}, and are answered differently.",
                    first=other,
                    second=question,
                    field=field,
                ),
                Text("Answer one of them."),
                place="answers",
            )
    return {field: given[question] for field, question in by_field.items()}


def _asking(client: LocalClient, params: Mapping[str, Any], ask: Callable[[Asked, UnitOfWork], _Found]) -> _Found:
    """Answer within the rights of whoever asks, in the transaction that keeps the use."""
    engine = client.engine
    actor, now = actor_of(engine.workspace, params), engine.clock.now()

    def act(work: UnitOfWork) -> _Found:
        viewer = viewer_of(work, engine.workspace, actor, now)
        asked = Asked(reader=work, workspace=engine.workspace, now=now, params=params, viewer=viewer)
        return ask(asked, work)

    return engine.write(act)


def _keep(
    asked: Asked,
    work: UnitOfWork,
    deal: DealState,
    use: Use,
    *,
    hint: str | None = None,
    hits: int = 1,
    search: str | None = None,
) -> None:
    kept = HintUse(deal=deal.id, at=asked.now, user=asked.viewer.actor, use=use, hint=hint, hits=hits, words=search)
    hint_uses.put(work.connection, kept)


def _deal(asked: Asked) -> DealState:
    stream = asked.record(StreamKind.DEAL)
    return asked.reader.deals([stream.id])[stream.id]


def _situation(asked: Asked, deal: DealState, *, objection: str | None = None, search: str = "") -> Situation:
    workspace, rights = asked.workspace, asked.viewer.rights
    funnel = workspace.funnels.get(deal.funnel)
    hidden = hidden_names(asked.reader, workspace, rights, deal)
    names = frozenset() if funnel is None else funnel.fields
    return Situation(
        funnel=deal.funnel,
        stage=deal.stage,
        roles=frozenset(workspace.people[user].role for user in rights.users if user in workspace.people),
        missing=frozenset(name for name in names if deal.fields.get(name) is None and name not in hidden),
        required=frozenset() if funnel is None else required_from(funnel.variant(deal.case), deal.stage),
        objection=objection,
        words=search,
    )


def _told(asked: Asked, hint: Hint) -> dict[str, Any]:
    of = hint.of
    fields = asked.workspace.fields.get(Subject.DEALS, {})
    playbooks = asked.workspace.playbooks
    return {
        "hint": of.name,
        "kind": "script" if isinstance(of, Script) else "article",
        "label": words(of.label),
        "here": hint.here,
        "mine": hint.mine,
        "objections": [{"name": each, "label": words(playbooks.objections[each])} for each in of.binding.objections],
        "fills": [{"name": name, "label": words(fields[name].label)} for name in hint.gaps],
        "stale": isinstance(of, Article) and of.stale(date_of(asked.now, asked.workspace.timezone)),
    }


def _questions(asked: Asked, deal: DealState, script: Script) -> list[dict[str, Any]]:
    """Return the questions of a script with what the deal answers already; nothing of fields that are not shown."""
    hidden = hidden_names(asked.reader, asked.workspace, asked.viewer.rights, deal)
    fields = asked.workspace.fields.get(Subject.DEALS, {})
    return [
        {
            "question": each.name,
            "ask": words(each.ask),
            "field": {"name": each.fills, "label": words(fields[each.fills].label)},
            "answers": [
                {"option": option, "label": words(each.answers.get(option, label))}
                for option, label in fields[each.fills].options.items()
            ],
            "answered": each.fills not in hidden and deal.fields.get(each.fills) is not None,
        }
        for each in script.questions.values()
    ]


def _named(asked: Asked) -> Script | Article:
    playbooks = asked.workspace.playbooks
    every: dict[str, Script | Article] = {each.name: each for each in playbooks.all}
    return every[_known("hint", asked.text("hint") or "", every, _labels(every)) or ""]


def _labels(hints: Mapping[str, Script | Article]) -> Mapping[str, Label]:
    return {name: each.label for name, each in hints.items()}


_UNKNOWN = {
    "hint": lambda name: Text("There is no script or article {name}.", name=name),
    "script": lambda name: Text("There is no script {name}.", name=name),
    "objection": lambda name: Text("There is no objection {name}.", name=name),
    "question": lambda name: Text("The script has no question {name}.", name=name),
}


_MANY = {
    "hint": lambda name: Text("More than one script or article is called {name}.", name=name),
    "script": lambda name: Text("More than one script is called {name}.", name=name),
    "objection": lambda name: Text("More than one objection is called {name}.", name=name),
}


def _known(
    kind: str, name: str | None, known: Mapping[str, object], labels: Mapping[str, Label] | None = None
) -> str | None:
    """Return the one of `known` that is meant, by its name or as people see it (`labels`); None if none was given."""
    if name is None or name in known:
        return name
    wanted = folded(name)
    called = [each for each, label in (labels or {}).items() if wanted in map(folded, label.texts.values())]
    if len(called) > 1:
        raise UsageFault(_MANY[kind](name), Text("Name the one that is meant: {names}.", names=", ".join(called)))
    if called:
        return called[0]
    meant = suggest(name, known)
    if meant:
        remedy = Text("Did you mean {meant}?", meant=meant)
    elif known:
        remedy = Text("Known are: {names}.", names=", ".join(known))
    else:
        remedy = Text("Declare some in a file of configs/playbooks.")
    raise UsageFault(_UNKNOWN[kind](name), remedy)


HINTING: Mapping[str, Work] = {"hint.ask": _ask, "hint.open": _open, "hint.answer": _answer}
"""What is done with hints; each leaves a trace."""
