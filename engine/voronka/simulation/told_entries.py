"""What an entry of a deal's history was asked for, and by which command."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from voronka.process import events as happened
from voronka.storage import Recorded

__all__ = ["OF_ITSELF", "follows", "given_values", "kind_of", "new_owner"]

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
            told |= event.new
    return told
