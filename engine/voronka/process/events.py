"""What happened: results, never instructions to recompute. Each event's `kind` is its name in the history for ever."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, ClassVar

from voronka.expressions import Value
from voronka.frozen import frozen
from voronka.process.commands import Chain, Sealed
from voronka.process.state import Held, Stream, Timer, TimerKey, VaultRef

__all__ = [
    "ACTION_LANE",
    "ActionDone",
    "ActionFailed",
    "ActionRequested",
    "CaseChanged",
    "ChecklistTicked",
    "CommandQueued",
    "DealCreated",
    "DealHidden",
    "DealReopened",
    "DealsConcerned",
    "EffectRequested",
    "Event",
    "FieldsChanged",
    "GateOverridden",
    "HandedOver",
    "HistoryImported",
    "ImportFinished",
    "ImportStarted",
    "ImportUndone",
    "InteractionLogged",
    "Kept",
    "MessageFailed",
    "MessageSent",
    "PartyChanged",
    "PartyCreated",
    "PartyHidden",
    "ReleaseActivated",
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
    "TransitionResumed",
    "TransitionStopped",
    "UserAdded",
]

Kept = Value | Sealed | VaultRef | None
HandedOver = VaultRef | Value | tuple[Any, ...] | Mapping[str, Any] | None
"""An argument of an action: JSON, with references to the vault anywhere in it."""
ACTION_LANE = "action:"
"""Before the name of an action, the lane in which its effects leave in order, as those of a channel do in its own."""


@frozen
class Event:
    """Base of all events. `version` is the payload's; older ones are read through upcasters."""

    kind: ClassVar[str]
    version: ClassVar[int] = 1


@frozen
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


@frozen
class FieldsChanged(Event):
    """Fields got values, None where cleared; `owner`, `account` and `contact` are among the names.

    References are 32 hex digits. `old`: what stood there before.
    """

    kind: ClassVar[str] = "field.changed"
    new: Mapping[str, Kept]
    old: Mapping[str, Held | None]
    at: int


@frozen
class CaseChanged(Event):
    """The deal runs another variant of its funnel from here."""

    kind: ClassVar[str] = "deal.case_changed"
    case: str | None


@frozen
class StageLeft(Event):
    """A visit ended."""

    kind: ClassVar[str] = "stage.left"
    stage: str
    visit: int
    at: int


@frozen
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


@frozen
class DealReopened(Event):
    """A closed deal stands in an open stage again."""

    kind: ClassVar[str] = "deal.reopened"
    at: int


@frozen
class TransitionRefused(Event):
    """A move that its gates refused. `gates`: the names of those that failed."""

    kind: ClassVar[str] = "transition.refused"
    transition: str
    target: str
    gates: tuple[str, ...]


@frozen
class TransitionStopped(Event):
    """An automatic move that a gate stopped; tried again when one of `reads` changes, with what it was to `set`."""

    kind: ClassVar[str] = "transition.stopped"
    transition: str
    gates: tuple[str, ...]
    reads: tuple[str, ...]
    set: Mapping[str, Kept] = field(default_factory=dict)


@frozen
class TransitionResumed(Event):
    """A stopped automatic move is no longer waited for: it was made, its stage was left or a release dropped it."""

    kind: ClassVar[str] = "transition.resumed"
    transition: str


@frozen
class GateOverridden(Event):
    """Somebody entitled lifted conditions of a gate, with a reason."""

    kind: ClassVar[str] = "gate.overridden"
    gates: tuple[str, ...]
    reason: str | Sealed


@frozen
class ChecklistTicked(Event):
    """A checklist item was ticked (`done`) or unticked. `item`: the name of its gate (``needs.leave.checklist.x``)."""

    kind: ClassVar[str] = "checklist.ticked"
    item: str
    done: bool
    at: int
    evidence: str | Sealed | None = None


@frozen
class InteractionLogged(Event):
    """A contact with a person. `n` numbers the child within its entry; the note's text is in the vault.

    `own` marks one written by the engine's own sends: it moves neither `last_interaction_at` nor `contacted`.
    `last_interaction_at`, `replied`, `contacted`: as they stand after it.
    """

    kind: ClassVar[str] = "interaction.logged"
    n: int
    at: int
    values: Mapping[str, Kept]
    last_interaction_at: int | None = None
    replied: bool = False
    contacted: bool = False
    own: bool = False


@frozen
class RowPut(Event):
    """A row of a declared collection was made or changed: all its values, as they are now."""

    kind: ClassVar[str] = "row.put"
    collection: str
    key: str
    values: Mapping[str, Kept]


@frozen
class RowRemoved(Event):
    """A row of a declared collection went."""

    kind: ClassVar[str] = "row.removed"
    collection: str
    key: str


@frozen
class TaskOpened(Event):
    """A task for one of us. `title`: texts by language, as configured or as typed.

    `due`: the moment; where only a date was meant, `day` is that date and `due` its end.
    """

    kind: ClassVar[str] = "task.opened"
    n: int
    title: Mapping[str, str]
    assignee: str | None
    at: int
    due: int | None = None
    day: str | None = None


@frozen
class TaskDone(Event):
    """A task was completed. `task`: its key (``seq.n``)."""

    kind: ClassVar[str] = "task.done"
    task: str
    at: int


@frozen
class TimerArmed(Event):
    """An occurrence waits."""

    kind: ClassVar[str] = "timer.armed"
    timer: Timer


@frozen
class TimerEnded(Event):
    """An occurrence ended, once: fired, cancelled, skipped or failed.

    `armed` is False if it never waited. `through`: the last of a run of occurrences that this one entry closes.
    `counts`: it is one of the firings that `at_most` limits. `over`: the recurrence ends with it. `latest`: no earlier
    occurrence is told of after it; those of version 1 did not say so.
    """

    kind: ClassVar[str] = "timer.ended"
    version: ClassVar[int] = 2
    key: TimerKey
    result: str
    at: int
    due: int
    offset: str
    anchor: int
    reason: str = ""
    armed: bool = True
    through: int | None = None
    counts: bool = False
    over: bool = False
    latest: bool = True


@frozen
class SlaBreached(Event):
    """The deal stayed in a stage longer than agreed."""

    kind: ClassVar[str] = "sla.breached"
    stage: str


@frozen
class EffectRequested(Event):
    """A message is to leave. Its idempotency key is (deal, seq, n). `timed`: name, offset and due of the firing.

    `recipient`: ``contact:`` with 32 hex digits or ``user:`` with a name; empty if there is nobody to send it to: the
    outbox gives it up with that reason. `locale`: the language of the message. `notice`: what a built-in notice tells.
    """

    kind: ClassVar[str] = "effect.requested"
    n: int
    channel: str
    recipient: str
    template: str
    at: int
    locale: str
    timed: Mapping[str, str | int] | None = None
    notice: Mapping[str, str] | None = None


@frozen
class MessageSent(Event):
    """An effect left. `effect`: its key (``seq.n``)."""

    kind: ClassVar[str] = "message.sent"
    effect: str
    at: int


@frozen
class MessageFailed(Event):
    """An effect was given up. `effect`: its key (``seq.n``)."""

    kind: ClassVar[str] = "message.failed"
    effect: str
    reason: str
    at: int


@frozen
class ActionRequested(Event):
    """An action of a plugin is to be done outside. Its idempotency key is (deal, seq, n).

    `arguments` are ready to be handed over; personal values are references to the vault.
    """

    kind: ClassVar[str] = "action.requested"
    n: int
    action: str
    arguments: Mapping[str, HandedOver]
    at: int


@frozen
class ActionDone(Event):
    """An action was done. `effect`: its key (``seq.n``)."""

    kind: ClassVar[str] = "action.done"
    effect: str
    action: str
    at: int


@frozen
class ActionFailed(Event):
    """An action was given up. `effect`: its key (``seq.n``)."""

    kind: ClassVar[str] = "action.failed"
    effect: str
    action: str
    reason: str
    at: int


@frozen
class CommandQueued(Event):
    """A command for another record leaves with this entry's commit. `command`: its encoded form (`process.codec`).

    `target`: the stream's kind and 32 hex digits of its id (of a deal to be opened too). The command's key is
    (stream id, seq, n); it runs with `chain`.
    """

    kind: ClassVar[str] = "command.queued"
    n: int
    target: str
    command: Mapping[str, object]
    chain: Chain


@frozen
class DealsConcerned(Event):
    """Something that open deals of this account or contact read has changed: each of them gets `FactsChanged`.

    `funnels`: whose definitions read one of `names` (as a deal's expressions write them); `old`: values before. The key
    of each queued command is (party id, seq, n, deal id).
    """

    kind: ClassVar[str] = "deals.concerned"
    n: int
    funnels: tuple[str, ...]
    names: tuple[str, ...]
    old: Mapping[str, Held | None]
    chain: Chain


@frozen
class ReleaseApplied(Event):
    """The deal goes on under another release."""

    kind: ClassVar[str] = "release.applied"
    release: str


@frozen
class HistoryImported(Event):
    """Closes the entry of an import: how many rows were taken, what gates they would not have passed, by gate.

    `refused`: the keys of rows not taken, with the reason's code.
    """

    kind: ClassVar[str] = "import.rows"
    import_id: str
    rows: int
    violations: Mapping[str, int] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)


@frozen
class DealHidden(Event):
    """The import that made the deal was undone: it leaves every list and number; its foreign keys are free again."""

    kind: ClassVar[str] = "deal.hidden"
    import_id: str


@frozen
class PartyCreated(Event):
    """An account or a contact came to be."""

    kind: ClassVar[str] = "party.created"
    stream: Stream
    at: int
    fields: Mapping[str, Kept] = field(default_factory=dict)
    import_id: str | None = None


@frozen
class PartyChanged(Event):
    """Fields of an account or a contact got values."""

    kind: ClassVar[str] = "party.changed"
    new: Mapping[str, Kept]
    old: Mapping[str, Held | None]
    at: int


@frozen
class PartyHidden(Event):
    """The import that made the record was undone."""

    kind: ClassVar[str] = "party.hidden"
    import_id: str


@frozen
class ReleaseActivated(Event):
    """The workspace runs another release."""

    kind: ClassVar[str] = "release.activated"
    release: str
    at: int


@frozen
class ImportStarted(Event):
    """An import began."""

    kind: ClassVar[str] = "import.started"
    import_id: str
    mapping: str
    file: str
    at: int


@frozen
class ImportFinished(Event):
    """An import came to its end, with its counts."""

    kind: ClassVar[str] = "import.finished"
    import_id: str
    counts: Mapping[str, int]
    at: int


@frozen
class ImportUndone(Event):
    """An import was taken back."""

    kind: ClassVar[str] = "import.undone"
    import_id: str
    at: int


@frozen
class UserAdded(Event):
    """Somebody known only from a foreign file."""

    kind: ClassVar[str] = "user.added"
    name: str
    label: str
    at: int
    import_id: str | None = None
