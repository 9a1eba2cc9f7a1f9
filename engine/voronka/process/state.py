"""Snapshots: what `evolve` makes of a stream's events. Values only; a definition is not needed to read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import NamedTuple

from voronka.definition.people import Absence
from voronka.expressions import Value
from voronka.frozen import frozen

__all__ = [
    "WORKSPACE",
    "DealState",
    "Ended",
    "Firing",
    "Held",
    "ImportedState",
    "Observation",
    "PartyState",
    "Progress",
    "Scored",
    "State",
    "Stopped",
    "Stream",
    "StreamKind",
    "Timer",
    "TimerKey",
    "VaultRef",
    "WorkspaceState",
    "progress_of",
    "same",
]


class StreamKind(StrEnum):
    """Whose history a stream is."""

    DEAL = "deal"
    ACCOUNT = "account"
    CONTACT = "contact"
    WORKSPACE = "workspace"

    # `Enum` hashes by a call of Python; streams are looked up several times a decision.
    __hash__ = str.__hash__


class Stream(NamedTuple):
    """One history. `id` is the record's 16 bytes; of the workspace's one stream, 16 zero bytes."""

    kind: StreamKind
    id: bytes


WORKSPACE = Stream(StreamKind.WORKSPACE, bytes(16))
"""The workspace's own stream."""


@frozen(kw_only=False)
class VaultRef:
    """Where a personal value is kept: whose it is and under which name; stands in fields instead of the value."""

    subject: bytes
    ref: str


Held = Value | VaultRef


def same(first: object, second: object) -> bool:
    """Tell whether two values are one, types included: True is not 1 and 1 is not 1.0.

    Options in whatever order they stand: a release may declare them in another one.
    """
    if first is second or type(first) is not type(second):
        return first is second
    return first == second or (type(first) is tuple and set(first) == set(second))  # type: ignore[call-overload] # two tuples of options


class Observation(NamedTuple):
    """What one source said last of a field: `at` which moment (UTC microseconds) and `by` whom it was told.

    `source`: empty where none was named. `evidence`: where it can be looked up; None: nobody said.
    """

    source: str
    at: int
    by: str
    value: Held
    evidence: str | VaultRef | None = None


class TimerKey(NamedTuple):
    """What names an occurrence within its deal, for ever."""

    visit: int
    event: str
    generation: int
    row: str
    occurrence: int

    @property
    def progress(self) -> str:
        """The name of its progress: the event, and the row if it is one's own."""
        return progress_of(self.event, self.row)


def progress_of(event: str, row: str) -> str:
    """Return the name under which the progress of a timed event is kept: of each row apart."""
    return f"{event}[{row}]" if row else event


class Timer(NamedTuple):
    """An armed occurrence. Times in UTC microseconds.

    `anchor`: what it was counted from. `base`: where an `every` began counting (the anchor for all others).
    `planned`: where it would fire by its anchor alone; `due`: when it is to fire. `offset`: as declared ("2 days").
    `since`: the number of the occurrence at which `base` lies, 0 if it is the anchor's.
    """

    key: TimerKey
    anchor: int
    due: int
    offset: str
    planned: int
    base: int
    since: int = 0


class Ended(NamedTuple):
    """The latest occurrence of a timed event that ended: its offset, its number, and when it was due.

    `base` and `since`: what the next period counts from, as of a timer; None: from the anchor.
    """

    offset: str
    number: int
    due: int
    base: int | None = None
    since: int = 0


class Progress(NamedTuple):
    """How far a timed event of the deal has come.

    `generation` grows whenever the event is armed anew (a new visit, a moved anchor, a release) and never goes back.
    The rest is about the present visit: the `anchor` counted from, how often it `fired` (what `at_most` limits), the
    offsets whose latest occurrence has `ended`, whether a recurrence is `over`, the `last` occurrence that ended, and
    the `event` that the anchor is the moment of (empty: it is another kind of anchor). These two are None where the
    history is of a version that did not tell. `visit`: the earlier visit that what is kept belongs to; 0: the present.
    """

    anchor: int | None = None
    generation: int = 0
    fired: int = 0
    ended: frozenset[str] = frozenset()
    over: bool = False
    last: Ended | None = None
    event: str | None = None
    visit: int = 0


class Stopped(NamedTuple):
    """An automatic move that `gates` hold up; a change of one of `reads` tries it again, with the values it was to
    `set`. `lost`: there were none that could stand, so it is only told and never tried again.
    """

    gates: tuple[str, ...]
    reads: tuple[str, ...]
    set: Mapping[str, Held | None] = {}
    lost: bool = False


class Firing(NamedTuple):
    """The last time a rule acted on the deal. `holds`: its condition has held since, as far as was seen.

    `shadow`: it only told what it would do.
    """

    at: int
    holds: bool = False
    shadow: bool = False


class Scored(NamedTuple):
    """What was told last of a deal's score on a card."""

    total: float
    band: str


@frozen
class DealState:
    """A deal as of `seq`. Times in UTC microseconds; ids 16 bytes; users by name.

    `visit` numbers the stay in the present stage, from 1 over the whole life of the deal. `visits`: stays so far by
    stage, the present one included. `ticks`: checklist items ticked, by the name of their gate
    (``needs.leave.checklist.budget``). `timers`: those still waiting. `progress`: by timed event, of each row apart
    (`progress_of`). `tasks`: open tasks
    by key (``seq.n``) with their due moment. `stopped`: automatic moves held up by a gate, by transition. `release`:
    the one under which the last entry was decided. `imports`: imports that wrote here, the one that made the deal
    first; `touched`: something else has written, too. `rules`: the firings that rules must remember.
    `scores`: by scorecard, those that were told. `observed`: by field, what its sources said; `known_at`: since when
    the value that stands is known. Both hold the fields alone of which that is followed.
    """

    id: bytes
    number: int
    seq: int
    release: str
    funnel: str
    case: str | None
    stage: str
    visit: int
    created_at: int
    entered_at: int
    owner: str | None = None
    account: bytes | None = None
    contact: bytes | None = None
    closed_at: int | None = None
    outcome: str | None = None
    last_interaction_at: int | None = None
    replied: bool = False
    contacted: bool = False
    hidden: bool = False
    parent: bytes | None = None
    fields: Mapping[str, Held] = field(default_factory=dict)
    ticks: frozenset[str] = frozenset()
    visits: Mapping[str, int] = field(default_factory=dict)
    timers: Mapping[TimerKey, Timer] = field(default_factory=dict)
    progress: Mapping[str, Progress] = field(default_factory=dict)
    tasks: Mapping[str, int | None] = field(default_factory=dict)
    stopped: Mapping[str, Stopped] = field(default_factory=dict)
    imports: tuple[str, ...] = ()
    touched: bool = False
    rules: Mapping[str, Firing] = field(default_factory=dict)
    scores: Mapping[str, Scored] = field(default_factory=dict)
    observed: Mapping[str, tuple[Observation, ...]] = field(default_factory=dict)
    known_at: Mapping[str, int] = field(default_factory=dict)


@frozen
class PartyState:
    """An account or a contact as of `seq`. Built-in columns stand in `fields` beside the declared ones.

    A contact's `account` is the 32 hex digits of its id. `import_id`: the import that made it. `observed` and
    `known_at`: as of a deal. `merged_into`: the record that it turned out to be; it is hidden then.
    """

    stream: Stream
    seq: int
    release: str
    created_at: int
    fields: Mapping[str, Held] = field(default_factory=dict)
    hidden: bool = False
    import_id: str | None = None
    touched: bool = False
    observed: Mapping[str, tuple[Observation, ...]] = field(default_factory=dict)
    known_at: Mapping[str, int] = field(default_factory=dict)
    merged_into: bytes | None = None


class ImportedState(NamedTuple):
    """One import of the workspace. `finished_at` and `undone_at` are None until then."""

    mapping: str
    started_at: int
    finished_at: int | None = None
    undone_at: int | None = None


@frozen
class WorkspaceState:
    """What the workspace's own stream remembers as of `seq`.

    `release`: the one in force. `users`: people known from imports only, with the names shown. `imports`: by id.
    `absences`: those told by command, by user.
    """

    seq: int
    release: str
    users: Mapping[str, str] = field(default_factory=dict)
    imports: Mapping[str, ImportedState] = field(default_factory=dict)
    absences: Mapping[str, tuple[Absence, ...]] = field(default_factory=dict)


State = DealState | PartyState | WorkspaceState
