"""What events change of what expressions read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from voronka.definition.sources import KNOWN_AT
from voronka.process import events as happened
from voronka.process.events import Event

__all__ = ["CHANGED_NAMES", "changed_names", "changed_or_entered"]

_LEDGER = frozenset({"interactions", "last_interaction_at", "replied", "contacted"})
_TASKS = frozenset({"tasks", "next_step_at"})

CHANGED_NAMES: Mapping[type[Event], Callable[[Any], Iterable[str]]] = {
    happened.FieldsChanged: lambda event: event.new,
    happened.InteractionLogged: lambda _: _LEDGER,
    happened.TaskOpened: lambda _: _TASKS,
    happened.TaskAssigned: lambda _: _TASKS,
    happened.TaskDone: lambda _: _TASKS,
    happened.RowPut: lambda event: (event.collection,),
    happened.OrderImported: lambda _: ("orders",),
    happened.RowRemoved: lambda event: (event.collection,),
    happened.ChecklistTicked: lambda event: (event.item,),
    happened.CaseChanged: lambda _: ("variant",),
    happened.ValuesObserved: lambda event: (f"{name}.{KNOWN_AT}" for name in event.values),
}
"""The names, as expressions write them, whose values an event changes."""

_UNREAD = frozenset(
    {
        happened.ActionRequested,
        happened.CommandQueued,
        happened.EffectRequested,
        happened.EffectSkipped,
        happened.GateOverridden,
        happened.OwnerAssigned,
        happened.RuleFailed,
        happened.RuleFired,
        happened.RowsFollowed,
        happened.RuleReset,
        happened.ScoreChanged,
        happened.SettingSkipped,
        happened.SlaBreached,
        happened.TimerArmed,
        happened.TimerEnded,
        happened.TransitionStopped,
    }
)
"""Events that change nothing that expressions read."""


def changed_or_entered(events: Iterable[Event]) -> tuple[set[str], bool]:
    """Return the names whose values the events change, and whether a stage is entered by them."""
    changed: set[str] = set()
    entered = False
    for event in events:
        kind = type(event)
        if kind is happened.StageEntered:
            entered = True
        elif (names := CHANGED_NAMES.get(kind)) is not None:
            changed.update(names(event))
    return changed, entered


def changed_names(events: Iterable[Event]) -> frozenset[str] | None:
    """Return the names whose values the events change; None if they may change any, as a deal does that moves."""
    changed: set[str] = set()
    for event in events:
        kind = type(event)
        if kind in _UNREAD:
            continue
        names = CHANGED_NAMES.get(kind)
        if names is None:
            return None
        changed.update(names(event))
    return frozenset(changed)
