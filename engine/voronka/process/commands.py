"""What can be asked of the engine. A command names no clock and makes no ids: both come with its envelope."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import ClassVar, NamedTuple

from voronka.expressions import Value
from voronka.frozen import frozen
from voronka.process.state import Stream, TimerKey, VaultRef

__all__ = [
    "ActivateRelease",
    "AddUser",
    "ApplyRelease",
    "Chain",
    "Command",
    "CompleteTask",
    "CreateDeal",
    "CreateParty",
    "EndAbsence",
    "Envelope",
    "FactsChanged",
    "FailTimer",
    "FinishImport",
    "FireTimer",
    "Given",
    "HandOver",
    "HideDeal",
    "HideParty",
    "HistoryRow",
    "ImportHistory",
    "ImportRow",
    "LeaveUser",
    "LogInteraction",
    "MakeReview",
    "MarkReview",
    "MergeParty",
    "MoveDeal",
    "Origin",
    "ProcessNote",
    "PutRow",
    "RecordDelivery",
    "RecordRefusal",
    "RemoveRow",
    "RetryEffect",
    "RunRule",
    "Sealed",
    "SetAbsence",
    "SetFields",
    "SetParty",
    "StartImport",
    "TickItem",
    "UndoImport",
]


@frozen(kw_only=False)
class Sealed:
    """A personal value that has gone to the vault: where it is, and the keyed hash that proves it."""

    subject: bytes
    ref: str
    hmac: str


@frozen(kw_only=False)
class Origin:
    """Where values come from. `source`: as the workspace declares it; empty: none was named. `evidence`: a link or a
    text by which it can be looked up; sealed, as it may name a person.
    """

    source: str = ""
    evidence: str | Sealed | VaultRef | None = None


Given = Value | Sealed | VaultRef | None
"""A value as given. A personal one is sealed; one copied from another record is the reference that stands there."""


@frozen
class Command:
    """Base of all commands. `kind` names it in envelopes, logs and the history's cause."""

    kind: ClassVar[str]


@frozen
class CreateDeal(Command):
    """Open a deal in the first stage of its funnel. Its id is the envelope's stream, its number the moment's.

    `funnel`: empty where the routing is to choose it.
    """

    kind: ClassVar[str] = "deal.create"
    funnel: str
    fields: Mapping[str, Given] = field(default_factory=dict)
    owner: str | None = None
    account: bytes | None = None
    contact: bytes | None = None
    parent: bytes | None = None
    keys: tuple[tuple[str, str], ...] = ()
    import_id: str | None = None
    origin: Origin = Origin()


@frozen
class SetFields(Command):
    """Set deal fields (`owner`, `account`, `contact` among them); None clears. References are 32 hex digits."""

    kind: ClassVar[str] = "deal.set"
    values: Mapping[str, Given]
    origin: Origin = Origin()


@frozen
class MoveDeal(Command):
    """Move to a stage.

    `override`: the reason with which the actor lifts conditions that his role may lift. It is sealed, as it may name a
    person.
    """

    kind: ClassVar[str] = "deal.move"
    to: str
    set: Mapping[str, Given] = field(default_factory=dict)
    override: str | Sealed | None = None
    origin: Origin = Origin()


@frozen
class LogInteraction(Command):
    """Write into the ledger. `values`: kind, channel, direction, reason, outcome, duration, user, contact, note."""

    kind: ClassVar[str] = "interaction.log"
    values: Mapping[str, Given]


@frozen
class PutRow(Command):
    """Make or change a row of a declared collection; without a key field it is a new one.

    `key` names a row that must be there.
    """

    kind: ClassVar[str] = "row.put"
    collection: str
    values: Mapping[str, Given]
    key: str | None = None


@frozen
class ImportRow(PutRow):
    """Make or change a row as a foreign file has it, of the deal's orders too, which people do not write."""

    kind: ClassVar[str] = "row.import"


@frozen
class RemoveRow(Command):
    """Remove a row of a declared collection."""

    kind: ClassVar[str] = "row.remove"
    collection: str
    key: str


@frozen
class TickItem(Command):
    """Tick (or untick) a checklist item of the present variant, by its gate's name or by its own if that is unique.

    `evidence` is what the item asks for: a link or a text; sealed, as it may name a person. `is_link`: of sealed
    evidence, whether it is a link, for a seal does not show it.
    """

    kind: ClassVar[str] = "checklist.tick"
    item: str
    done: bool = True
    evidence: str | Sealed | None = None
    is_link: bool = False


@frozen
class ProcessNote(Command):
    """Turn the note of an interaction (``seq.n``) into values of the deal, of which the interaction is the evidence.

    `source`: as the workspace declares it; empty: none was named. Without `values` nothing was in it.
    """

    kind: ClassVar[str] = "note.process"
    note: str
    values: Mapping[str, Given] = field(default_factory=dict)
    source: str = ""


@frozen
class CompleteTask(Command):
    """Complete a task by its key (``seq.n``)."""

    kind: ClassVar[str] = "task.complete"
    task: str


@frozen
class FireTimer(Command):
    """Fire one due occurrence. `down`: the last outage of the engine, from and to, in microseconds: what came due
    within it was missed.
    """

    kind: ClassVar[str] = "timer.fire"
    timer: TimerKey
    down: tuple[int, int] | None = None


@frozen
class FailTimer(Command):
    """End an occurrence whose firing raised an error."""

    kind: ClassVar[str] = "timer.fail"
    timer: TimerKey
    reason: str


@frozen
class FactsChanged(Command):
    """Something the deal's expressions read changed on its account or contact.

    `names` as expressions write them (``account.turnover``); `old`: their values before, where they had one.
    """

    kind: ClassVar[str] = "facts.changed"
    names: tuple[str, ...]
    old: Mapping[str, Given] = field(default_factory=dict)


@frozen
class RecordDelivery(Command):
    """The outbox's answer for an effect (``seq.n``): sent, or given up with a reason; or, `unknown`, one of the two.

    `channel` and `recipient` are the effect's own: what reached a contact goes into the ledger of interactions. Of an
    action of a plugin its name, `action`, stands in their place; `sent` is done. `withheld`: given up by whoever runs
    the workspace, which the deal's owner is not told. `led`: the rules that led to the effect; they are not triggered.
    """

    kind: ClassVar[str] = "effect.record"
    effect: str
    sent: bool
    reason: str = ""
    reasons: Mapping[str, str] = field(default_factory=dict)
    channel: str = ""
    recipient: str = ""
    action: str = ""
    withheld: bool = False
    unknown: bool = False
    led: tuple[str, ...] = ()


@frozen
class RetryEffect(Command):
    """Somebody puts an effect (``seq.n``), given up or unknown, on its way again."""

    kind: ClassVar[str] = "effect.retry"
    effect: str


@frozen
class RecordRefusal(Command):
    """The queue's answer for a command that follows from this deal, or was for it: refused by `gates`, or failed.

    `command`: its kind.
    """

    kind: ClassVar[str] = "queue.record"
    command: str
    gates: tuple[str, ...] = ()


@frozen
class RunRule(Command):
    """Judge a rule whose schedule has come, on this deal."""

    kind: ClassVar[str] = "rule.run"
    rule: str


@frozen
class ApplyRelease(Command):
    """Go on under the definition given to `decide`: timers re-armed, the past never fired.

    `former_zone`: the time zone of the workspace before, if it was another: dates stay the dates they are.
    """

    kind: ClassVar[str] = "release.apply"
    former_zone: str | None = None


@frozen
class HistoryRow:
    """One thing that happened to an imported deal, at its own time. Any of its parts may be absent.

    `key` identifies the row for ever: a content key, with an ordinal among equal rows.
    """

    key: str
    at: int
    stage: str | None = None
    set: Mapping[str, Given] = field(default_factory=dict)
    interaction: Mapping[str, Given] | None = None
    user: str | None = None


@frozen
class ImportHistory(Command):
    """Past of a deal, in the order of time: no gates, no actions; violations of gates are counted.

    With `create`, the deal comes to be at the moment's `occurred_at`, or at the first row if that is earlier.
    """

    kind: ClassVar[str] = "import.history"
    import_id: str
    rows: tuple[HistoryRow, ...]
    create: CreateDeal | None = None
    origin: Origin = Origin()


@frozen
class HandOver(Command):
    """Take the deal, while it is open, and its open tasks from `user`: for the user `to`, None: as the routing says."""

    kind: ClassVar[str] = "deal.hand_over"
    user: str
    to: str | None = None


@frozen
class HideDeal(Command):
    """Undo the deal that an import made: refused if anything but imports has written to it since."""

    kind: ClassVar[str] = "import.hide"
    import_id: str


@frozen
class CreateParty(Command):
    """Make an account or a contact: the envelope's stream."""

    kind: ClassVar[str] = "party.create"
    fields: Mapping[str, Given]
    import_id: str | None = None
    origin: Origin = Origin()


@frozen
class SetParty(Command):
    """Set fields of an account or a contact; None clears."""

    kind: ClassVar[str] = "party.set"
    values: Mapping[str, Given]
    origin: Origin = Origin()


@frozen
class HideParty(Command):
    """Undo an import's account or contact."""

    kind: ClassVar[str] = "party.hide"
    import_id: str


@frozen
class MergeParty(Command):
    """Note that this record and the `other`, of the same kind, are one: it is the one that `stays`, or it goes."""

    kind: ClassVar[str] = "party.merge"
    other: bytes
    stays: bool


@frozen
class ActivateRelease(Command):
    """Put the release given to `decide` in force for the workspace."""

    kind: ClassVar[str] = "release.activate"


@frozen
class StartImport(Command):
    """Open an import under its id; `mapping` names it in the configuration, `file` as the person gave it."""

    kind: ClassVar[str] = "import.start"
    import_id: str
    mapping: str
    file: str = ""


@frozen
class FinishImport(Command):
    """Close an import with its counts (rows read, taken, refused …)."""

    kind: ClassVar[str] = "import.finish"
    import_id: str
    counts: Mapping[str, int] = field(default_factory=dict)


@frozen
class UndoImport(Command):
    """Mark an import as undone; its deals and parties are hidden by commands of their own."""

    kind: ClassVar[str] = "import.undo"
    import_id: str


@frozen
class AddUser(Command):
    """Remember somebody whom only a foreign file names, so that deals can be theirs."""

    kind: ClassVar[str] = "user.add"
    name: str
    label: str
    import_id: str | None = None


@frozen
class SetAbsence(Command):
    """Tell that a user is away from `start` to `end`, both included (ISO dates); `end` None: until told otherwise."""

    kind: ClassVar[str] = "user.absent"
    user: str
    start: str
    end: str | None = None


@frozen
class EndAbsence(Command):
    """Tell that a user is there again from `day` on (ISO date): absences told before end the day before it."""

    kind: ClassVar[str] = "user.present"
    user: str
    day: str


@frozen
class LeaveUser(Command):
    """Note that a user has left and what was handed over: so many deals, tasks and accounts.

    `to`: who got them, None: as the routing said.
    """

    kind: ClassVar[str] = "user.leave"
    user: str
    deals: int
    tasks: int
    accounts: int
    to: str | None = None


@frozen
class MakeReview(Command):
    """Note that a review was made for the moment `due_at` of its schedule, and tell those whom it is for.

    `start` and `end`: the first and the last day that it is about (ISO dates).
    """

    kind: ClassVar[str] = "review.make"
    review: str
    due_at: int
    start: str
    end: str


@frozen
class MarkReview(Command):
    """Mark the review that was made for a moment: `read` or `decided`."""

    kind: ClassVar[str] = "review.mark"
    review: str
    due_at: int
    mark: str


class Chain(NamedTuple):
    """Where a command stands among the consequences of one first command. `links`: what led here, first to last."""

    origin: str
    step: int = 0
    links: tuple[str, ...] = ()


@frozen
class Envelope:
    """A command with everything around it.

    `stream`: the record it is for. `key`: idempotency key within `source`; `digest`: hash of the request as it came,
    before ids and vault: the same key with another digest is a conflict. `expected_seq`: refuse unless the stream
    stands there. `actor`: a user's name, or what acts by itself (``timer:…``, ``import:…``). `occurred_at`: when it
    happened in the world, UTC microseconds; None: now. `import_id`: the import whose row it carries out.
    """

    command: Command
    stream: Stream
    actor: str
    source: str
    key: str | None = None
    digest: str = ""
    expected_seq: int | None = None
    occurred_at: int | None = None
    chain: Chain | None = None
    import_id: str | None = None
