"""What can be asked of a deal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import ClassVar

from voronka.frozen import frozen
from voronka.process.commands.command import BY_HAND, Command, Given, Origin, Sealed
from voronka.process.state import TimerKey

__all__ = [
    "ApplyRelease",
    "CompleteTask",
    "CreateDeal",
    "FactsChanged",
    "FailTimer",
    "FireTimer",
    "HandOver",
    "HideDeal",
    "HistoryRow",
    "ImportHistory",
    "ImportRow",
    "LogInteraction",
    "MoveDeal",
    "ProcessNote",
    "PutRow",
    "RecordDelivery",
    "RecordRefusal",
    "RemoveRow",
    "RetryEffect",
    "RunRule",
    "SetFields",
    "TickItem",
]


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
    origin: Origin = BY_HAND


@frozen
class SetFields(Command):
    """Set deal fields (`owner`, `account`, `contact` among them); None clears. References are 32 hex digits."""

    kind: ClassVar[str] = "deal.set"
    values: Mapping[str, Given]
    origin: Origin = BY_HAND


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
    origin: Origin = BY_HAND


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
    the workspace, which the deal's owner is not told. `late`: a message of the `template` named did not leave, for it
    would have come too late. `led`: the rules that led to the effect; they are not triggered.
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
    late: bool = False
    template: str = ""
    led: tuple[str, ...] = ()


@frozen
class RetryEffect(Command):
    """Somebody puts an effect (``seq.n``), given up or unknown, on its way again."""

    kind: ClassVar[str] = "effect.retry"
    effect: str


@frozen
class RecordRefusal(Command):
    """The queue's answer for a command that follows from this deal, or was for it: refused by `gates`, or failed.

    `command`: its kind. `key`: the one under which the queue keeps its answer.
    """

    kind: ClassVar[str] = "queue.record"
    command: str
    gates: tuple[str, ...] = ()
    key: str = ""


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
    origin: Origin = BY_HAND


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
