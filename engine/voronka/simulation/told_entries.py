"""What an entry of a deal's history was asked for, and by which command."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from voronka.definition.funnels import Funnel
from voronka.process import events as happened
from voronka.process.codec import decode_value
from voronka.storage import Recorded

__all__ = [
    "OF_ITSELF",
    "asked_of",
    "follows",
    "given_by",
    "given_values",
    "judged_values",
    "kind_of",
    "moved_with",
    "new_owner",
    "told_with",
]

OF_ITSELF = frozenset(
    {
        *("timer.fire", "timer.fail", "effect.record", "effect.retry", "facts.changed", "queue.record", "rule.run"),
        "release.apply",
    }
)
"""Commands that nobody gives: they follow from the rest."""


def follows(entry: Recorded) -> bool:
    """Tell whether an entry that nobody asked for may have changed something. That a message left has not, unless a
    rule acted on it: in a scenario it leaves at once."""
    kind = kind_of(entry)
    if kind in ("effect.record", "effect.retry"):
        return any(isinstance(event, (happened.RuleFired, happened.StageEntered)) for event in entry.events)
    return kind in OF_ITSELF


def new_owner(entry: Recorded) -> Mapping[str, happened.Kept]:
    """Return whom a deal was handed over to, which is what the command did first."""
    changes = [event.new for event in entry.events if isinstance(event, happened.FieldsChanged)]
    return {"owner": changes[0]["owner"]} if changes and "owner" in changes[0] else {}


def kind_of(entry: Recorded) -> str:
    """Return the kind of the command that made an entry."""
    return str(entry.cause.get("command", ""))


def given_values(asked: Sequence[happened.Event]) -> Mapping[str, happened.Kept]:
    """Return the values that a command gave: what it changed, and what it only confirmed or told besides."""
    told: dict[str, happened.Kept] = {}
    for event in asked[:2]:
        if isinstance(event, happened.ValuesObserved):
            told = {name: one.value for name, one in event.values.items()}
        elif isinstance(event, happened.FieldsChanged):
            return {**told, **event.new}
    return told


def asked_of(entry: Recorded) -> tuple[happened.Event, ...]:
    """Return the events that the command itself brought about, not what followed from them."""
    links = entry.links
    return entry.events[: links[1]["first"]] if len(links) > 1 else entry.events


def moved_with(entry: Recorded, funnel: Funnel | None) -> Mapping[str, happened.Kept]:
    """Return the values that somebody gave with a move that was made: not what the transition and the stages set.

    The entries of earlier versions do not say which those are: there they are what the `funnel`, as it is now, does not
    let the transition set.
    """
    given = entry.cause.get("set")
    ways = set() if funnel is None else _ways(entry, funnel)
    told: dict[str, happened.Kept] = {}
    for event in asked_of(entry):
        if isinstance(event, happened.StageLeft):
            break
        new: Mapping[str, happened.Kept] = {}
        if isinstance(event, happened.ValuesObserved):
            new = {name: one.value for name, one in event.values.items()}
        elif isinstance(event, happened.FieldsChanged):
            new = event.new
        told |= {name: value for name, value in new.items() if (name not in ways if given is None else name in given)}
    return told


def judged_values(link: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that the conditions of a link of an entry have read, by their names."""
    return {
        name: decode_value(value)
        for judged in link.get("judgements", ())
        for name, value in judged.get("values", {}).items()
    }


def _ways(entry: Recorded, funnel: Funnel) -> set[str]:
    """Return the fields that the transition sets by which an entry has moved the deal, in any variant."""
    entered = {event.via for event in entry.events if isinstance(event, happened.StageEntered) and event.via}
    return {
        name
        for variant in funnel.variants.values()
        for via in entered
        if via in variant.transitions
        for name in variant.transitions[via].set
    }


def given_by(step: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the fields that a step sets, or a move that it makes."""
    move = step.get("move")
    found: Mapping[str, Any] = (move.get("set") or {}) if isinstance(move, Mapping) else step.get("set", {})
    return found


def told_with(
    steps: Sequence[dict[str, Any]], parties: Mapping[str, Sequence[dict[str, Any]]]
) -> Iterator[dict[str, Any]]:
    """Yield the steps that retell an entry with those that tell of the `parties` that it named, by their kinds.

    They come after it; but a move that names one is judged by what that one is like: it is named before the move.
    """
    left = {kind: told for kind, told in parties.items() if told}
    for step in steps:
        given = {kind: name for kind, name in given_by(step).items() if kind in left}
        if "move" not in step or not given:
            yield step
            continue
        move = step["move"]
        yield {"set": given | {key: value for key, value in move.items() if key == "as"}}
        for kind in given:
            yield from left.pop(kind)
        rest = {name: value for name, value in move["set"].items() if name not in given}
        move = {**{key: value for key, value in move.items() if key != "set"}, **({"set": rest} if rest else {})}
        yield {"move": move if len(move) > 1 else move["to"]}
    for told in left.values():
        yield from told
