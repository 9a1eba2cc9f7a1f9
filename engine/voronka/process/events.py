"""What happened: results, never instructions to recompute. Each event's `kind` is its name in the history for ever."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from voronka.expressions import Value
from voronka.process.state import Timer, TimerKey, VaultRef

__all__ = [
    "CaseChanged",
    "ChecklistTicked",
    "CommandQueued",
    "DealCreated",
    "DealHidden",
    "DealReopened",
    "EffectRequested",
    "Event",
    "FieldsChanged",
    "GateOverridden",
    "InteractionLogged",
    "MessageFailed",
    "MessageSent",
    "PartyChanged",
    "PartyCreated",
    "PartyHidden",
    "ReleaseApplied",
    "RowPut",
    "RowRemoved",
    "SlaBreached",
    "StageEntered",
    "StageLeft",
    "TaskDone",
    "TaskOpened",
    "TimerArmed",
    "TimerEnded",
    "TransitionRefused",
    "TransitionStopped",
]

Kept = Value | VaultRef | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """Base of all events. `version` is the payload's; older ones are read through upcasters."""

    kind: ClassVar[str]
    version: ClassVar[int] = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class DealCreated(Event):
    """A deal came to be. `keys`: its names in foreign systems, (namespace, key). `import_id` if an import made it."""

    kind: ClassVar[str] = "deal.created"
    id: bytes
    number: int
    funnel: str
    case: str | None
    at: int
    owner: str | None = None
    account: bytes | None = None
    contact: bytes | None = None
    parent: bytes | None = None
    fields: Mapping[str, Kept] = field(default_factory=dict)
    keys: tuple[tuple[str, str], ...] = ()
    import_id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldsChanged(Event):
    """Fields got values, None where cleared; `owner`, `account` and `contact` are among the names. `old` as before."""

    kind: ClassVar[str] = "field.changed"
    new: Mapping[str, Kept | bytes]
    old: Mapping[str, Kept | bytes]
    at: int


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseChanged(Event):
    """The deal runs another variant of its funnel from here."""

    kind: ClassVar[str] = "deal.case_changed"
    case: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class StageLeft(Event):
    """A visit ended."""

    kind: ClassVar[str] = "stage.left"
    stage: str
    visit: int
    at: int


@dataclass(frozen=True, kw_only=True, slots=True)
class StageEntered(Event):
    """A visit began. `via`: the transition's name, None at creation. `outcome` if the stage ends the deal.

    `forget`: the per-visit checklist ticks that the new visit clears.
    """

    kind: ClassVar[str] = "stage.entered"
    stage: str
    visit: int
    at: int
    via: str | None = None
    outcome: str | None = None
    forget: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class DealReopened(Event):
    """A closed deal stands in an open stage again."""

    kind: ClassVar[str] = "deal.reopened"
    at: int


@dataclass(frozen=True, kw_only=True, slots=True)
class TransitionRefused(Event):
    """A move that its gates refused. `gates`: the names of those that failed."""

    kind: ClassVar[str] = "transition.refused"
    transition: str
    target: str
    gates: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class TransitionStopped(Event):
    """An automatic move that a gate stopped; tried again when one of `reads` changes."""

    kind: ClassVar[str] = "transition.stopped"
    transition: str
    gates: tuple[str, ...]
    reads: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class GateOverridden(Event):
    """Somebody entitled lifted conditions of a gate, with a reason."""

    kind: ClassVar[str] = "gate.overridden"
    gates: tuple[str, ...]
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ChecklistTicked(Event):
    """A checklist item was ticked (`done`) or unticked."""

    kind: ClassVar[str] = "checklist.ticked"
    item: str
    done: bool
    evidence: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class InteractionLogged(Event):
    """A contact with a person. `n` numbers the child within its entry; the note's text is in the vault.

    `own` marks one written by the engine's own sends: it moves neither `last_interaction_at` nor `contacted`.
    """

    kind: ClassVar[str] = "interaction.logged"
    n: int
    at: int
    values: Mapping[str, Kept]
    own: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class RowPut(Event):
    """A row of a declared collection was made or changed: all its values, as they are now."""

    kind: ClassVar[str] = "row.put"
    collection: str
    key: str
    values: Mapping[str, Kept]


@dataclass(frozen=True, kw_only=True, slots=True)
class RowRemoved(Event):
    """A row of a declared collection went."""

    kind: ClassVar[str] = "row.removed"
    collection: str
    key: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskOpened(Event):
    """A task for one of us. `title`: texts by language, as configured or as typed. `due`: moment; `day`: a date only."""

    kind: ClassVar[str] = "task.opened"
    n: int
    title: Mapping[str, str]
    assignee: str | None
    at: int
    due: int | None = None
    day: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskDone(Event):
    """A task was completed. `task`: its key (``seq.n``)."""

    kind: ClassVar[str] = "task.done"
    task: str
    at: int


@dataclass(frozen=True, kw_only=True, slots=True)
class TimerArmed(Event):
    """An occurrence waits. `planned`: where it would fire by its anchor alone, before any shift."""

    kind: ClassVar[str] = "timer.armed"
    timer: Timer
    offset: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TimerEnded(Event):
    """An occurrence ended, once: fired, cancelled, skipped or failed. `armed` is False if it never waited."""

    kind: ClassVar[str] = "timer.ended"
    key: TimerKey
    result: str
    at: int
    due: int
    reason: str = ""
    armed: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class SlaBreached(Event):
    """The deal stayed in a stage longer than agreed."""

    kind: ClassVar[str] = "sla.breached"
    stage: str


@dataclass(frozen=True, kw_only=True, slots=True)
class EffectRequested(Event):
    """A message is to leave. Its idempotency key is (deal, seq, n). `timed`: name, offset and due of the firing."""

    kind: ClassVar[str] = "effect.requested"
    n: int
    channel: str
    to: str
    template: str
    at: int
    timed: Mapping[str, str | int] | None = None
    notice: Mapping[str, str] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageSent(Event):
    """An effect left. `effect`: its key (``seq.n``)."""

    kind: ClassVar[str] = "message.sent"
    effect: str
    at: int


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageFailed(Event):
    """An effect was given up. `effect`: its key (``seq.n``)."""

    kind: ClassVar[str] = "message.failed"
    effect: str
    reason: str
    at: int


@dataclass(frozen=True, kw_only=True, slots=True)
class CommandQueued(Event):
    """A command for another record leaves with this entry's commit. `command`: its encoded form (`process.codec`).

    `target`: the stream's kind and id in hex, or ``deal:new``; the command's key is (deal, seq, n).
    """

    kind: ClassVar[str] = "command.queued"
    n: int
    target: str
    command: Mapping[str, object]


@dataclass(frozen=True, kw_only=True, slots=True)
class ReleaseApplied(Event):
    """The deal goes on under another release."""

    kind: ClassVar[str] = "release.applied"
    release: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DealHidden(Event):
    """The import that made the deal was undone: it leaves every list and number; its foreign keys are free again."""

    kind: ClassVar[str] = "deal.hidden"
    import_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PartyCreated(Event):
    """An account or a contact came to be."""

    kind: ClassVar[str] = "party.created"
    id: bytes
    at: int
    fields: Mapping[str, Kept | bytes] = field(default_factory=dict)
    import_id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PartyChanged(Event):
    """Fields of an account or a contact got values."""

    kind: ClassVar[str] = "party.changed"
    new: Mapping[str, Kept | bytes]
    old: Mapping[str, Kept | bytes]
    at: int


@dataclass(frozen=True, kw_only=True, slots=True)
class PartyHidden(Event):
    """The import that made the record was undone."""

    kind: ClassVar[str] = "party.hidden"
    import_id: str
