"""Conditions as they were judged: what they read, and why they gave what they gave."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from voronka.definition.derived import once_per_release
from voronka.definition.workspace import Workspace
from voronka.expressions import Explanation, Expression, Kind
from voronka.messages import LANGUAGES, Sentence, Text
from voronka.process import events as happened
from voronka.process.codec import decode_value
from voronka.process.state import VaultRef
from voronka.process.timers import Ending
from voronka.runtime.queries.asked import Asked
from voronka.runtime.queries.releases import FormerReleases
from voronka.runtime.queries.shown import Shown
from voronka.runtime.queries.telling import Telling
from voronka.runtime.queries.veil import Veil
from voronka.runtime.words import words

__all__ = ["Conditions", "Releases", "conditions_of", "explained", "judged", "rendered", "told_results", "unsealed"]

Conditions = Mapping[tuple[str | None, str], Expression]
"""Conditions by what they are asked of (a collection, for its rows; None: the deal) and by their text: one text may
stand for different things of the two."""


def unsealed(shown: Shown, data: Any) -> Any:  # noqa: ANN401 - JSON of any shape
    """Return the JSON with personal values in place of their references; erased ones are null."""
    if isinstance(data, dict):
        if "$ref" in data:
            return shown.plain(VaultRef(bytes.fromhex(data["$subject"]), data["$ref"]))
        return {name: unsealed(shown, part) for name, part in data.items()}
    return [unsealed(shown, part) for part in data] if isinstance(data, list) else data


def judged(
    shown: Shown,
    telling: Telling,
    conditions: Conditions,
    veil: Veil,
    judgement: Mapping[str, Any],
    *,
    told: frozenset[str] = frozenset(),
) -> dict[str, Any]:
    """Return a condition that was judged: the values it read and its explanation, as far as `veil` lets them be seen.

    `words` tell all of it, `brief` only what decided, None where there is nothing to explain. `told`: the names of
    those whose result is told anyway; of others that read something hidden it is `hidden`, and `result` None.
    """
    name, text = judgement["name"], judgement["text"]
    veil = veil.within(judgement.get("of"))
    condition = conditions.get((judgement.get("of"), text))
    found = explained(conditions, veil, judgement, told=name in told)
    built_in: Sentence | None = telling.condition(name)
    covered = found.hidden if found is not None else veil.covers(text) and name not in told
    if found is None and built_in is None and veil.covers(text):
        built_in = Text("It reads fields that are not shown to you.")
    return {
        "name": name,
        "text": text,
        "result": None if covered else judgement.get("result"),
        "hidden": covered,
        "values": unsealed(shown, veil.values(judgement.get("values", {}), condition)),
        "tree": None if found is None else _tree(found),
        "words": words(built_in) if built_in is not None else rendered(found, shown),
        "brief": None if found is None else rendered(found.brief(), shown),
    }


def explained(
    conditions: Conditions, veil: Veil, judgement: Mapping[str, Any], *, told: bool = False
) -> Explanation | None:
    """Return why a condition gave what it gave, but for what `veil` covers; None if it is none of `conditions`.

    `told`: whoever asks knows what the whole has given, whatever it reads.
    """
    condition = conditions.get((judgement.get("of"), judgement["text"]))
    if condition is None:
        return None
    veil = veil.within(judgement.get("of"))
    values = veil.values(judgement.get("values", {}), condition)
    leaves = {name: decode_value(value) for name, value in values.items()}
    found = condition.explain(leaves, hidden=veil.hidden)
    if found.hidden and told:
        found = replace(found, result=judgement.get("result"), hidden=False)
    return found


def told_results(events: Iterable[happened.Event]) -> frozenset[str]:
    """Return the names of the conditions whose results events tell: of gates that refused, of timers that ended."""
    found: set[str] = set()
    for event in events:
        match event:
            case happened.TransitionRefused() | happened.TransitionStopped() | happened.GateOverridden():
                found.update(event.gates)
            case happened.TimerEnded(reason=Ending.WHEN | Ending.UNTIL as ended):
                found.add(f"{event.key.event}.{ended}")
    return frozenset(found)


def rendered(explanation: Explanation | None, shown: Shown | None = None) -> dict[str, str] | None:
    """Return an explanation as text by language; with `shown`, accounts and contacts by their names."""
    if explanation is None:
        return None
    told = explanation if shown is None else _named(explanation, shown)
    return {language: told.render(language) for language in LANGUAGES}


def _named(explanation: Explanation, shown: Shown) -> Explanation:
    result = explanation.result
    if explanation.kind is Kind.REFERENCE and isinstance(result, str):
        result = shown.record_name(result)
    return replace(explanation, result=result, children=tuple(_named(each, shown) for each in explanation.children))


def _tree(explanation: Explanation) -> dict[str, Any]:
    result = explanation.result
    return {
        "text": explanation.text,
        "result": list(result) if isinstance(result, tuple) else result,
        **({"hidden": True} if explanation.hidden else {}),
        "parts": [_tree(part) for part in explanation.children],
    }


class Releases:
    """What the releases that a history names declare. One that cannot be read has neither names nor expressions."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._former = FormerReleases(asked)
        self._shown: dict[str, Shown | None] = {}

    def workspace(self, release: str) -> Workspace | None:
        """Return what a release declares; None if it cannot be read."""
        return self._former.workspace(release)

    def conditions(self, release: str) -> Conditions:
        """Return the conditions of deals and their rows that a release declares."""
        workspace = self._former.workspace(release)
        return {} if workspace is None else conditions_of(workspace)

    def shown(self, release: str) -> Shown | None:
        """Return the records under a release that is no longer in force; None under the one that is."""
        if release not in self._shown:
            workspace = self._former.workspace(release)
            self._shown[release] = (
                None
                if workspace is None or workspace is self._asked.workspace
                else Shown(self._asked.reader, workspace, self._asked.viewer.rights)
            )
        return self._shown[release]


@once_per_release
def conditions_of(workspace: Workspace) -> Conditions:
    """Return the conditions of deals and their rows that the workspace declares."""
    return {(of, condition.text): condition for of, condition in _conditions(workspace) if condition is not None}


def _conditions(workspace: Workspace) -> Iterator[tuple[str | None, Expression | None]]:
    for funnel in workspace.funnels.values():
        for variant in funnel.variants.values():
            for gate in variant.gates:
                yield from ((None, check.when) for check in gate.checks)
            for way in variant.transitions.values():
                yield None, way.when
            for event in variant.timed.values():
                yield event.each, event.when
                yield event.each, event.until
    yield from ((None, rule.where) for rule in workspace.rules.values())
    yield from ((None, entry.where) for entry in workspace.routing)
