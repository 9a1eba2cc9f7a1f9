"""Conditions as they were judged: what they read, and why they gave what they gave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from voronka.definition.derived import once_per_release
from voronka.definition.workspace import Workspace
from voronka.expressions import Explanation, Expression
from voronka.messages import LANGUAGES, Sentence, Text
from voronka.process.codec import decode_value
from voronka.process.state import VaultRef
from voronka.runtime.queries.asked import Asked
from voronka.runtime.queries.releases import FormerReleases
from voronka.runtime.queries.shown import Shown
from voronka.runtime.queries.telling import Telling
from voronka.runtime.queries.veil import Veil
from voronka.runtime.words import words

__all__ = ["Releases", "explained", "expressions_of", "judged", "rendered", "unsealed"]


def unsealed(shown: Shown, data: Any) -> Any:  # noqa: ANN401 - JSON of any shape
    """Return the JSON with personal values in place of their references; erased ones are null."""
    if isinstance(data, dict):
        if "$ref" in data:
            return shown.plain(VaultRef(bytes.fromhex(data["$subject"]), data["$ref"]))
        return {name: unsealed(shown, part) for name, part in data.items()}
    return [unsealed(shown, part) for part in data] if isinstance(data, list) else data


def judged(
    shown: Shown, telling: Telling, expressions: Mapping[str, Expression], veil: Veil, judgement: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a condition that was judged: the values it read and its explanation, as far as `veil` lets them be seen.

    `words` tell all of it, `brief` only what decided, None where there is nothing to explain.
    """
    found = explained(expressions, veil, judgement)
    built_in: Sentence | None = telling.condition(judgement["name"])
    if judgement["text"] not in expressions and built_in is None and veil.covers(judgement["text"]):
        built_in = Text("It reads fields that are not shown to you.")
    return {
        "name": judgement["name"],
        "text": judgement["text"],
        "result": judgement.get("result"),
        "values": unsealed(shown, veil.values(judgement.get("values", {}))),
        "tree": None if found is None else _tree(found),
        "words": words(built_in) if built_in is not None else rendered(found),
        "brief": None if found is None else rendered(found.brief()),
    }


def explained(expressions: Mapping[str, Expression], veil: Veil, judgement: Mapping[str, Any]) -> Explanation | None:
    """Return why a condition gave what it gave, but for what `veil` covers; None if it is no expression of theirs."""
    expression = expressions.get(judgement["text"])
    if expression is None:
        return None
    leaves = {name: decode_value(value) for name, value in veil.values(judgement.get("values", {})).items()}
    found = expression.explain(leaves, hidden=veil.hidden)
    if found.hidden:  # the result of the whole is told all the same
        found = replace(found, result=judgement.get("result"), hidden=False)
    return found


def rendered(explanation: Explanation | None) -> dict[str, str] | None:
    """Return an explanation as text by language."""
    return None if explanation is None else {language: explanation.render(language) for language in LANGUAGES}


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

    def expressions(self, release: str) -> Mapping[str, Expression]:
        """Return the expressions of a release by their text."""
        workspace = self._former.workspace(release)
        return {} if workspace is None else expressions_of(workspace)

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
def expressions_of(workspace: Workspace) -> Mapping[str, Expression]:
    """Return every expression that the workspace declares, by its text."""
    return {expression.text: expression for expression in _walk(workspace)}


def _walk(value: object) -> Iterator[Expression]:
    if isinstance(value, Expression):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _walk(part)
    elif isinstance(value, (tuple, list)):
        for part in value:
            yield from _walk(part)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from _walk(getattr(value, field.name))
