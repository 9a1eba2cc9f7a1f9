"""What happens to a deal itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import ClassVar

from voronka.frozen import frozen
from voronka.process.commands import Sealed
from voronka.process.events.event import Event, Kept
from voronka.process.state import Held, Timer, TimerKey

__all__ = [
    "CaseChanged",
    "ChecklistTicked",
    "DealCreated",
    "DealHidden",
    "DealReopened",
    "FieldsChanged",
    "GateOverridden",
    "HistoryImported",
    "InteractionLogged",
    "OrderImported",
    "OwnerAssigned",
    "ReleaseApplied",
    "RowPut",
    "RowRemoved",
    "RowsFollowed",
    "SlaBreached",
    "StageEntered",
    "StageLeft",
    "TaskAssigned",
    "TaskDone",
    "TaskOpened",
    "TimerArmed",
    "TimerEnded",
    "TransitionRefused",
    "TransitionResumed",
    "TransitionStopped",
]


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
    """An automatic move that a gate stopped; tried again when one of `reads` changes, with what it was to `set`.

    `lost`: what it was to set could not stand and is not known any more, so it is not tried again.
    """

    kind: ClassVar[str] = "transition.stopped"
    transition: str
    gates: tuple[str, ...]
    reads: tuple[str, ...]
    set: Mapping[str, Kept] = field(default_factory=dict)
    lost: bool = False


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
class OwnerAssigned(Event):
    """Somebody of a group was chosen to own the deal; that the owner changed comes after.

    `among`: who could have been; none if it fell to the head of the funnel (`fallback`).
    """

    kind: ClassVar[str] = "owner.assigned"
    n: int
    pool: str
    user: str
    by: str
    at: int
    among: tuple[str, ...] = ()
    fallback: bool = False


@frozen
class RowPut(Event):
    """A row of a declared collection was made or changed: all its values, as they are now."""

    kind: ClassVar[str] = "row.put"
    collection: str
    key: str
    values: Mapping[str, Kept]


@frozen
class OrderImported(Event):
    """An order of the deal came in or was changed, in an import: all its values, as they are now. `key`: its number.

    `new`: there was none of this number.
    """

    kind: ClassVar[str] = "order.imported"
    key: str
    values: Mapping[str, Kept]
    at: int
    new: bool


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
class TaskAssigned(Event):
    """An open task went to another of us. `task`: its key (``seq.n``)."""

    kind: ClassVar[str] = "task.assigned"
    task: str
    assignee: str
    at: int


@frozen
class TaskDone(Event):
    """A task was completed. `task`: its key (``seq.n``)."""

    kind: ClassVar[str] = "task.done"
    task: str
    at: int


@frozen
class TimerArmed(Event):
    """An occurrence waits. `event`: as of its progress; those of version 1 did not say."""

    kind: ClassVar[str] = "timer.armed"
    version: ClassVar[int] = 2
    timer: Timer
    event: str | None = ""


@frozen
class TimerEnded(Event):
    """An occurrence ended, once: fired, cancelled, skipped or failed.

    `armed` is False if it never waited. `through`: the last of a run of occurrences that this one entry closes.
    `counts`: it is one of the firings that `at_most` limits. `over`: the recurrence ends with it. `latest`: no earlier
    occurrence is told of after it; those of version 1 did not say so. `event`: as of its progress, if it never waited;
    those of version 2 did not say. `planned`: where it would have fired by its anchor alone, if that is not `due`.
    `reasons`: the reason by language, if it is no `Ending`.
    """

    kind: ClassVar[str] = "timer.ended"
    version: ClassVar[int] = 3
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
    event: str | None = ""
    planned: int | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)


@frozen
class RowsFollowed(Event):
    """Rows have another key now, as what it names was merged into another record: timed events go on with them.

    `progress`: the names of how far each timed event has come with such a row, each with that under the key of now.
    """

    kind: ClassVar[str] = "rows.followed"
    progress: Mapping[str, str]


@frozen
class SlaBreached(Event):
    """The deal stayed in a stage longer than agreed."""

    kind: ClassVar[str] = "sla.breached"
    stage: str


@frozen
class ReleaseApplied(Event):
    """The deal goes on under another release.

    `anchors`: where the dates from which timed events count begin now that the workspace has another time zone, UTC
    microseconds by the names of their progress.
    """

    kind: ClassVar[str] = "release.applied"
    release: str
    anchors: Mapping[str, int] = field(default_factory=dict)


@frozen
class HistoryImported(Event):
    """Closes the entry of an import: how many rows were taken, what gates they would not have passed, by gate.

    `refused`: the keys of rows that an earlier version left out, with the reason's code.
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
