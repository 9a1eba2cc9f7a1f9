"""Why a deal stands where it stands: each entry with its cause, and the conditions as they were."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from voronka.definition.workspace import Workspace
from voronka.expressions import Explanation, Expression
from voronka.messages import LANGUAGES, Sentence, Text
from voronka.process.codec import decode_value, encode
from voronka.process.events import CommandQueued, Event
from voronka.process.state import StreamKind, VaultRef
from voronka.runtime.queries.asked import Asked
from voronka.runtime.queries.authors import author, purpose
from voronka.runtime.queries.releases import FormerReleases
from voronka.runtime.queries.shown import Shown
from voronka.runtime.queries.telling import Telling
from voronka.runtime.queries.veil import Veil, veil_of
from voronka.runtime.words import Json, sentence, words
from voronka.storage import Recorded, Seen

__all__ = ["expressions_of", "why"]

_PAGE = 200


def why(asked: Asked) -> Json:
    """Answer with a deal's entries in their order: parameters deal, after (an entry's number), limit.

    Each entry has its `events` (personal values looked up, `told` in a sentence) and its `links`: who or what did it,
    from which event on, and the conditions judged, each with the values it read and its explanation as a tree and in
    words. A command that an entry queued has the `outcome` to which it came, and its `refusal`.
    """
    stream = asked.record(StreamKind.DEAL)
    deal = asked.reader.deals([stream.id])[stream.id]
    shown = Shown(asked.reader, asked.workspace, asked.viewer.rights)
    telling = Telling(shown, deal.funnel, deal.case)
    releases = _Releases(asked)
    entries = asked.reader.history(stream, after=asked.number("after"), limit=asked.limit(_PAGE))
    found = list(entries)
    queued = asked.reader.queued_answers(
        _key(entry, event) for entry in found for event in entry.events if isinstance(event, CommandQueued)
    )
    veil = veil_of(asked, deal)
    return [_entry(shown, telling, releases, queued, veil, entry) for entry in found]


def _key(entry: Recorded, event: CommandQueued) -> str:
    return f"{entry.stream.id.hex()}.{entry.seq}.{event.n}"


def _event(
    shown: Shown, telling: Telling, queued: Mapping[str, Seen], veil: Veil, entry: Recorded, event: Event
) -> dict[str, Any]:
    open_ = veil.event(event)
    told: Sentence = Text("changed fields that are not shown to you") if open_ is None else telling.told(open_)
    data = _unsealed(shown, veil.data(encode(event)))
    if isinstance(event, CommandQueued) and (seen := queued.get(_key(entry, event))) is not None:
        refusal = None if seen.answer is None else seen.answer.get("refusal")
        data |= {"outcome": seen.status, "refusal": refusal}
        if refusal is not None:
            reason = sentence(refusal["failures"][0]["reason"])
            told = Text("{what}; it was refused: {reason}", what=told, reason=reason)
    return {**data, "told": words(told)}


def _entry(
    shown: Shown, telling: Telling, releases: _Releases, queued: Mapping[str, Seen], veil: Veil, entry: Recorded
) -> dict[str, Any]:
    telling.former = lambda: releases.shown(entry.release)
    return {
        "seq": entry.seq,
        "release": entry.release,
        "actor": entry.actor,
        "source": entry.source,
        "cause": dict(entry.cause),
        "told": words(
            Text("{what}: {more}", what=author(telling, entry.actor), more=purpose(str(entry.cause.get("command", ""))))
        ),
        "occurred_at": entry.occurred_at,
        "recorded_at": entry.recorded_at,
        "events": [_event(shown, telling, queued, veil, entry, event) for event in entry.events],
        "links": [
            {
                "by": link["by"],
                "told": words(author(telling, link["by"])),
                "first": link["first"],
                "judgements": [
                    _judgement(shown, telling, releases.expressions(entry.release), veil, judgement)
                    for judgement in link.get("judgements", ())
                ],
            }
            for link in entry.links
        ],
    }


def _unsealed(shown: Shown, data: Any) -> Any:  # noqa: ANN401 - JSON of any shape
    """Return the JSON with personal values in place of their references; erased ones are null."""
    if isinstance(data, dict):
        if "$ref" in data:
            return shown.plain(VaultRef(bytes.fromhex(data["$subject"]), data["$ref"]))
        return {name: _unsealed(shown, part) for name, part in data.items()}
    return [_unsealed(shown, part) for part in data] if isinstance(data, list) else data


def _judgement(
    shown: Shown, telling: Telling, expressions: Mapping[str, Expression], veil: Veil, judgement: Mapping[str, Any]
) -> dict[str, Any]:
    values = veil.values(judgement.get("values", {}))
    expression = expressions.get(judgement["text"])
    explanation = None
    if expression is not None:
        leaves = {name: decode_value(value) for name, value in values.items()}
        explanation = expression.explain(leaves, hidden=veil.hidden)
        if explanation.hidden:  # the result of the whole is told all the same
            explanation = replace(explanation, result=judgement.get("result"), hidden=False)
    built_in: Sentence | None = telling.condition(judgement["name"])
    if expression is None and built_in is None and veil.covers(judgement["text"]):
        built_in = Text("It reads fields that are not shown to you.")
    return {
        "name": judgement["name"],
        "text": judgement["text"],
        "result": judgement.get("result"),
        "values": _unsealed(shown, values),
        "tree": None if explanation is None else _tree(explanation),
        "words": words(built_in) if built_in is not None else _rendered(explanation),
    }


def _rendered(explanation: Explanation | None) -> dict[str, str] | None:
    return None if explanation is None else {language: explanation.render(language) for language in LANGUAGES}


def _tree(explanation: Explanation) -> dict[str, Any]:
    result = explanation.result
    return {
        "text": explanation.text,
        "result": list(result) if isinstance(result, tuple) else result,
        **({"hidden": True} if explanation.hidden else {}),
        "parts": [_tree(part) for part in explanation.children],
    }


class _Releases:
    """What the releases that a history names declare. One that cannot be read has neither names nor expressions."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._former = FormerReleases(asked)
        self._shown: dict[str, Shown | None] = {}
        self._expressions: dict[str, Mapping[str, Expression]] = {}

    def expressions(self, release: str) -> Mapping[str, Expression]:
        """Return the expressions of a release by their text."""
        if release not in self._expressions:
            workspace = self._former.workspace(release)
            self._expressions[release] = {} if workspace is None else expressions_of(workspace)
        return self._expressions[release]

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


def expressions_of(workspace: Workspace) -> dict[str, Expression]:
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
