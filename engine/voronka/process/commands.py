"""What can be asked of the engine. A command names no clock and makes no ids: both come with its envelope."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from voronka.expressions import Value
from voronka.process.state import Stream, TimerKey, VaultRef

__all__ = [
    "ApplyRelease",
    "Chain",
    "Command",
    "CompleteTask",
    "CreateDeal",
    "CreateParty",
    "Envelope",
    "FactsChanged",
    "FireTimers",
    "HideDeal",
    "HideParty",
    "HistoryRow",
    "ImportHistory",
    "LogInteraction",
    "MoveDeal",
    "PutRow",
    "RecordDelivery",
    "RemoveRow",
    "SetFields",
    "SetParty",
    "TickItem",
]

Given = Value | VaultRef | bytes | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """Base of all commands. `kind` names it in envelopes, logs and the history's cause."""

    kind: ClassVar[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class CreateDeal(Command):
    """Open a deal in the first stage of its funnel. `number` is drawn at the edge; `id` too."""

    kind: ClassVar[str] = "deal.create"
    id: bytes
    number: int
    funnel: str
    fields: Mapping[str, Given] = field(default_factory=dict)
    owner: str | None = None
    account: bytes | None = None
    contact: bytes | None = None
    parent: bytes | None = None
    keys: tuple[tuple[str, str], ...] = ()
    import_id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SetFields(Command):
    """Set deal fields (`owner`, `account`, `contact` among them); None clears."""

    kind: ClassVar[str] = "deal.set"
    values: Mapping[str, Given]


@dataclass(frozen=True, kw_only=True, slots=True)
class MoveDeal(Command):
    """Move to a stage. `override`: the reason with which the actor lifts conditions that his role may lift."""

    kind: ClassVar[str] = "deal.move"
    to: str
    set: Mapping[str, Given] = field(default_factory=dict)
    override: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LogInteraction(Command):
    """Write into the ledger. `values`: kind, channel, direction, reason, outcome, duration, user, contact, note."""

    kind: ClassVar[str] = "interaction.log"
    values: Mapping[str, Given]


@dataclass(frozen=True, kw_only=True, slots=True)
class PutRow(Command):
    """Make or change a row of a declared collection; a collection without a key makes a new one unless `key` is given."""

    kind: ClassVar[str] = "row.put"
    collection: str
    values: Mapping[str, Given]
    key: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoveRow(Command):
    """Remove a row of a declared collection."""

    kind: ClassVar[str] = "row.remove"
    collection: str
    key: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TickItem(Command):
    """Tick (or untick) a checklist item of the present variant."""

    kind: ClassVar[str] = "checklist.tick"
    item: str
    done: bool = True
    evidence: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class CompleteTask(Command):
    """Complete a task by its key (``seq.n``)."""

    kind: ClassVar[str] = "task.complete"
    task: str


@dataclass(frozen=True, kw_only=True, slots=True)
class FireTimers(Command):
    """Fire what is due of the deal, in due order. `up_since`: since when the engine has been running without a break."""

    kind: ClassVar[str] = "timer.fire"
    timers: tuple[TimerKey, ...]
    up_since: int


@dataclass(frozen=True, kw_only=True, slots=True)
class FactsChanged(Command):
    """Something the deal's expressions read changed on its account or contact: names as expressions write them."""

    kind: ClassVar[str] = "facts.changed"
    names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordDelivery(Command):
    """The outbox's answer for an effect (``seq.n``): sent, or given up with a reason."""

    kind: ClassVar[str] = "effect.record"
    effect: str
    sent: bool
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ApplyRelease(Command):
    """Go on under the definition given to `decide`: timers re-armed, the past never fired."""

    kind: ClassVar[str] = "release.apply"


@dataclass(frozen=True, kw_only=True, slots=True)
class HistoryRow:
    """One thing that happened to an imported deal, at its own time. Any of its parts may be absent."""

    at: int
    stage: str | None = None
    set: Mapping[str, Given] = field(default_factory=dict)
    interaction: Mapping[str, Given] | None = None
    user: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportHistory(Command):
    """Past of a deal, in the order of time: no gates, no actions; violations of gates are counted."""

    kind: ClassVar[str] = "import.history"
    import_id: str
    rows: tuple[HistoryRow, ...]
    create: CreateDeal | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class HideDeal(Command):
    """Undo an import's deal: refused if anybody else has written to it since."""

    kind: ClassVar[str] = "import.hide"
    import_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CreateParty(Command):
    """Make an account or a contact."""

    kind: ClassVar[str] = "party.create"
    stream: Stream
    fields: Mapping[str, Given]
    import_id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SetParty(Command):
    """Set fields of an account or a contact; None clears."""

    kind: ClassVar[str] = "party.set"
    values: Mapping[str, Given]


@dataclass(frozen=True, kw_only=True, slots=True)
class HideParty(Command):
    """Undo an import's account or contact."""

    kind: ClassVar[str] = "party.hide"
    import_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Chain:
    """Where a command stands among the consequences of one first command. `links`: what led here, first to last."""

    origin: str
    step: int
    links: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Envelope:
    """A command with everything around it.

    `stream`: the record it is for. `key`: idempotency key within `source`. `expected_seq`: refuse unless the stream
    stands there. `actor`: a user's name, or what acts by itself (``timer:…``, ``import:…``). `occurred_at`: when it
    happened in the world, UTC microseconds; None: now.
    """

    command: Command
    stream: Stream
    actor: str
    source: str
    key: str | None = None
    expected_seq: int | None = None
    occurred_at: int | None = None
    chain: Chain | None = None
