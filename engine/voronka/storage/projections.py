"""From events to rows: what a batch of entries leaves in every table, gathered in memory and ready to be written.

Rows of one batch that concern each other meet here first: a timer that is armed and ends within the batch is one
insertion, a deal with twenty entries one update.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from voronka.expressions.ledger import LEDGER
from voronka.messages import Text
from voronka.process import events as happened
from voronka.process.codec import canonical, encode, encode_value
from voronka.process.commands import Chain, FactsChanged
from voronka.process.events import Event, Kept, action_lane
from voronka.process.evolve import held
from voronka.process.state import DealState, PartyState, Stream, StreamKind
from voronka.process.texts import words_text
from voronka.storage.bulk import Row
from voronka.storage.entry import Entry, Recorded
from voronka.storage.faults import BrokenRecord
from voronka.storage.firings import FAILED, FIRED, SHADOW
from voronka.storage.inbox import QUEUE

__all__ = ["ORDERS", "Projection", "concerned_row"]

# Only these change a column of `deals` beyond seq, hash, release and live; all other entries leave the wide columns
# and their indexes alone.
_HEADLINES = frozenset(
    {
        happened.DealCreated,
        happened.FieldsChanged,
        happened.CaseChanged,
        happened.StageEntered,
        happened.DealReopened,
        happened.InteractionLogged,
        happened.DealHidden,
    }
)

ORDERS = "orders"
"""The built-in collection that has a table of its own."""

# The values of an interaction that have columns of their own, in their order.
_LISTED = ("kind", "channel", "direction", "reason", "outcome", "user")

# Where a timer's row (a list while it is gathered) holds its state and how it ended.
_STATE, _END = 6, slice(10, 13)
# Where a task's row holds whose it is.
_ASSIGNEE = 4


class Projection:
    """Rows of a batch by table: new ones as wholes, changes as the parameters of their update.

    `deals` and `parties`: the number of the last entry before the batch, the state after it, the hash of its last
    entry, and for a deal whether more than `live` changed. `records`: by owner, collection and key, the number of the
    entry that put the row first (in the batch; a row that is there keeps its own) and its values. `removed`: rows that
    went, maybe before others came in their place. `once`: events of the workspace's own stream.
    """

    def __init__(self) -> None:
        self.history: list[Row] = []
        self.deals: dict[bytes, tuple[int, DealState, bytes, bool]] = {}
        self.parties: dict[Stream, tuple[int, PartyState, bytes]] = {}
        self.visits: dict[tuple[bytes, int], list[Any]] = {}
        self.visits_left: list[Row] = []
        self.timers: dict[tuple[Any, ...], list[Any]] = {}
        self.timers_ended: list[Row] = []
        self.tasks: dict[tuple[bytes, int, int], list[Any]] = {}
        self.tasks_assigned: list[Row] = []
        self.tasks_done: list[Row] = []
        self.interactions: dict[tuple[bytes, int, int], list[Any]] = {}
        self.interactions_changed: dict[tuple[bytes, int, int], list[Any]] = {}
        self.records: dict[tuple[bytes, str, str], tuple[int, Mapping[str, Kept]]] = {}
        self.removed: set[tuple[bytes, str, str]] = set()
        self.outbox: list[Row] = []
        self.keys: dict[tuple[str, str], bytes] = {}
        self.hidden: list[bytes] = []
        self.imported: list[Row] = []
        self.queued: list[Row] = []
        self.concerned: list[tuple[Entry | Recorded, happened.DealsConcerned]] = []
        self.firings: list[Row] = []
        self.assigned: dict[str, Row] = {}
        self.once: list[Event] = []

    def add(self, entry: Entry, row: Row, head: bytes) -> None:
        """Gather an entry whose history row is `row` (without its hash) and whose hash is `head`."""
        self.history.append((*row, head))
        stream, state = entry.stream, entry.state_after
        wide = self.gather(entry)
        if isinstance(state, DealState):
            known = self.deals.get(stream.id)
            if known is None:
                self.deals[stream.id] = (entry.seq - 1, state, head, wide)
            else:
                self.deals[stream.id] = (known[0], state, head, wide or known[3])
        elif isinstance(state, PartyState):
            earlier = self.parties.get(stream)
            self.parties[stream] = (entry.seq - 1 if earlier is None else earlier[0], state, head)

    def gather(self, entry: Entry | Recorded) -> bool:
        """Gather the rows that follow from an entry's events; tell whether its deal's row changes beyond `live`."""
        wide = False
        for event in entry.events:
            kind = type(event)
            if kind in _HEADLINES:
                wide = True
            project = _PROJECT.get(kind)
            if project is not None:
                project(self, entry, event)
        return wide

    def record_rows(self) -> list[Row]:
        """Return the rows of declared collections that are kept."""
        return [
            (owner, collection, key, seq, _values_text(values))
            for (owner, collection, key), (seq, values) in self.records.items()
            if collection != ORDERS
        ]

    def order_rows(self) -> list[Row]:
        """Return the orders that are kept."""
        return [
            (owner, key, *[values.get(name) for name in ("at", "amount", "paid", "status")])
            for (owner, collection, key), (_, values) in self.records.items()
            if collection == ORDERS
        ]

    def _deal_created(self, entry: Entry | Recorded, event: happened.DealCreated) -> None:
        for name in event.keys:
            self.keys[name] = event.id
        if event.import_id is not None:
            self.imported.append((event.import_id, event.id))

    def _stage_entered(self, entry: Entry | Recorded, event: happened.StageEntered) -> None:
        key = (entry.stream.id, event.visit)
        self.visits[key] = [*key, event.stage, event.via, event.outcome, event.at, None]

    def _stage_left(self, entry: Entry | Recorded, event: happened.StageLeft) -> None:
        row = self.visits.get((entry.stream.id, event.visit))
        if row is None:
            self.visits_left.append((event.at, entry.stream.id, event.visit))
        else:
            row[-1] = event.at

    def _timer_armed(self, entry: Entry | Recorded, event: happened.TimerArmed) -> None:
        timer = event.timer
        key = (entry.stream.id, *timer.key)
        moved = None if timer.planned == timer.due else timer.planned
        self.timers[key] = [*key, "waiting", timer.anchor, timer.due, timer.offset, None, None, "", moved, None]

    def _timer_ended(self, entry: Entry | Recorded, event: happened.TimerEnded) -> None:
        key = (entry.stream.id, *event.key)
        end = (event.through, event.at, event.reason)
        reasons = canonical(event.reasons) if event.reasons else None
        if not event.armed:
            self.timers[key] = [*key, event.result, event.anchor, event.due, event.offset, *end, event.planned, reasons]
        elif (row := self.timers.get(key)) is not None:
            if row[_STATE] != "waiting":
                raise BrokenRecord(Text("The timer {timer} would end twice.", timer=event.key.event))
            row[_STATE] = event.result
            row[_END] = end
            row[-1] = reasons
        else:
            self.timers_ended.append((event.result, *end, reasons, *key))

    def _task_opened(self, entry: Entry | Recorded, event: happened.TaskOpened) -> None:
        key = (entry.stream.id, entry.seq, event.n)
        title = words_text(event.title)
        self.tasks[key] = [*key, title, event.assignee, event.at, event.due, event.day, None]

    def _task_assigned(self, entry: Entry | Recorded, event: happened.TaskAssigned) -> None:
        seq, n = map(int, event.task.split("."))
        row = self.tasks.get((entry.stream.id, seq, n))
        if row is None:
            self.tasks_assigned.append((event.assignee, entry.stream.id, seq, n))
        else:
            row[_ASSIGNEE] = event.assignee

    def _task_done(self, entry: Entry | Recorded, event: happened.TaskDone) -> None:
        seq, n = map(int, event.task.split("."))
        row = self.tasks.get((entry.stream.id, seq, n))
        if row is None:
            self.tasks_done.append((event.at, entry.stream.id, seq, n))
        else:
            row[-1] = event.at

    def _interaction_logged(self, entry: Entry | Recorded, event: happened.InteractionLogged) -> None:
        values = event.values
        listed = [values.get(name) for name in _LISTED]
        key = (entry.stream.id, entry.seq, event.n)
        self.interactions[key] = [*key, event.at, *listed, event.own, _values_text(values)]

    def _row_put(self, entry: Entry | Recorded, event: happened.RowPut) -> None:
        if event.collection == LEDGER:
            self._interaction_changed(entry, event)
            return
        self._put(entry, event.collection, event.key, event.values)

    def _interaction_changed(self, entry: Entry | Recorded, event: happened.RowPut) -> None:
        """Let an interaction name the contact that stays of two: nothing else of it ever changes."""
        seq, n = map(int, event.key.split("."))
        key = (entry.stream.id, seq, n)
        text = _values_text({name: value for name, value in event.values.items() if name != "at"})
        if key in self.interactions:
            self.interactions[key][-1] = text
        else:
            self.interactions_changed[key] = [text, *key]

    def _order_imported(self, entry: Entry | Recorded, event: happened.OrderImported) -> None:
        self._put(entry, ORDERS, event.key, event.values)

    def _put(self, entry: Entry | Recorded, collection: str, key: str, values: Mapping[str, Kept]) -> None:
        row = (entry.stream.id, collection, key)
        first, _ = self.records.get(row, (entry.seq, values))
        self.records[row] = (first, values)

    def _row_removed(self, entry: Entry | Recorded, event: happened.RowRemoved) -> None:
        key = (entry.stream.id, event.collection, event.key)
        self.records.pop(key, None)
        self.removed.add(key)

    def _effect_requested(self, entry: Entry | Recorded, event: happened.EffectRequested) -> None:
        self._asked(entry, event)

    def _action_requested(self, entry: Entry | Recorded, event: happened.ActionRequested) -> None:
        self._asked(entry, event)

    def _asked(self, entry: Entry | Recorded, event: happened.EffectRequested | happened.ActionRequested) -> None:
        key = (entry.stream.id, entry.seq, event.n)
        self.outbox.append((*key, *_effect_of(event), "pending", 0, _leaves(entry, event), None, 0, None, "", None))

    def _owner_assigned(self, entry: Entry | Recorded, event: happened.OwnerAssigned) -> None:
        self.assigned[event.pool] = (event.pool, event.user, event.at)

    def _rule_ended(self, entry: Entry | Recorded, event: happened.RuleFired | happened.RuleFailed) -> None:
        result = FAILED if isinstance(event, happened.RuleFailed) else SHADOW if event.shadow else FIRED
        self.firings.append((entry.stream.id, entry.seq, event.n, event.rule, event.at, result))

    def _command_queued(self, entry: Entry | Recorded, event: happened.CommandQueued) -> None:
        key = f"{entry.stream.id.hex()}.{entry.seq}.{event.n}"
        self.queued.append(_queue_row(entry, key, event.n, _queued_of(entry, event)))

    def _deals_concerned(self, entry: Entry | Recorded, event: happened.DealsConcerned) -> None:
        self.concerned.append((entry, event))

    def _history_imported(self, entry: Entry | Recorded, event: happened.HistoryImported) -> None:
        self.imported.append((event.import_id, entry.stream.id))

    def _deal_hidden(self, entry: Entry | Recorded, event: happened.DealHidden) -> None:
        deal = entry.stream.id
        self.hidden.append(deal)
        self.keys = {name: owner for name, owner in self.keys.items() if owner != deal}

    def _workspace(self, entry: Entry | Recorded, event: Event) -> None:
        self.once.append(event)


_PROJECT: dict[type[Event], Callable[[Projection, Entry | Recorded, Any], None]] = {
    happened.DealCreated: Projection._deal_created,
    happened.StageEntered: Projection._stage_entered,
    happened.StageLeft: Projection._stage_left,
    happened.TimerArmed: Projection._timer_armed,
    happened.TimerEnded: Projection._timer_ended,
    happened.TaskOpened: Projection._task_opened,
    happened.TaskAssigned: Projection._task_assigned,
    happened.TaskDone: Projection._task_done,
    happened.InteractionLogged: Projection._interaction_logged,
    happened.RowPut: Projection._row_put,
    happened.OrderImported: Projection._order_imported,
    happened.RowRemoved: Projection._row_removed,
    happened.EffectRequested: Projection._effect_requested,
    happened.ActionRequested: Projection._action_requested,
    happened.CommandQueued: Projection._command_queued,
    happened.OwnerAssigned: Projection._owner_assigned,
    happened.RuleFired: Projection._rule_ended,
    happened.RuleFailed: Projection._rule_ended,
    happened.DealsConcerned: Projection._deals_concerned,
    happened.HistoryImported: Projection._history_imported,
    happened.DealHidden: Projection._deal_hidden,
    happened.ReleaseActivated: Projection._workspace,
    happened.UserAdded: Projection._workspace,
    happened.AbsencesChanged: Projection._workspace,
    happened.ImportStarted: Projection._workspace,
    happened.ImportFinished: Projection._workspace,
    happened.ImportUndone: Projection._workspace,
}


def _values_text(values: Mapping[str, Kept]) -> str:
    """Return the values of a row as its JSON text; of personal ones the references."""
    return canonical({name: encode_value(held(value)) for name, value in values.items()})


def _leaves(entry: Entry | Recorded, event: happened.EffectRequested | happened.ActionRequested) -> int:
    """Return from when on a message or an action may leave."""
    waits = None if isinstance(event, happened.ActionRequested) else event.not_before
    return entry.recorded_at if waits is None else max(waits, entry.recorded_at)


def _effect_of(event: happened.EffectRequested | happened.ActionRequested) -> tuple[str, str, str, str, int, str]:
    """Return what the outbox holds of a message or an action: its lane, recipient, locale, template, time and body."""
    if isinstance(event, happened.ActionRequested):
        chain = {} if event.chain is None else {"chain": event.chain}
        body = canonical({"arguments": encode_value(event.arguments), **chain})
        return (action_lane(event.action, event.destination), "", "", "", event.at, body)
    led = {"led": event.led} if event.led else {}
    before = {} if event.before is None else {"before": event.before}
    body = canonical({"notice": event.notice, "timed": event.timed, **before, **led})
    return (event.channel, event.recipient, event.locale, event.template, event.at, body)


def _queued_of(entry: Entry | Recorded, event: happened.CommandQueued) -> str:
    """Return what the inbox holds of a command that an entry queues, as JSON text."""
    body = {
        "actor": _by_itself(entry, event.chain),
        "chain": event.chain,
        "command": event.command,
        "target": event.target,
    }
    return canonical(body)


def concerned_row(entry: Entry | Recorded, event: happened.DealsConcerned, deal: bytes) -> Row:
    """Return the row of `inbox` for the `FactsChanged` that a deal gets of an account or a contact."""
    old: Mapping[str, Any] = event.old
    body = {
        "actor": _by_itself(entry, event.chain),
        "chain": event.chain,
        "command": encode(FactsChanged(names=event.names, old=old)),
        "target": f"{StreamKind.DEAL.value}:{deal.hex()}",
    }
    key = f"{entry.stream.id.hex()}.{entry.seq}.{event.n}.{deal.hex()}"
    return _queue_row(entry, key, event.n, canonical(body))


def _by_itself(entry: Entry | Recorded, chain: Chain) -> str:
    """Return who acts in a queued command: what led to it, with its release, and never the last person."""
    return f"{chain.links[-1] if chain.links else chain.origin}@{entry.release[:8]}"


def _queue_row(entry: Entry | Recorded, key: str, n: int, body: str) -> Row:
    """Return the row of `inbox` for a command that event `n` of the entry queues; it gets its place later."""
    return (QUEUE, key, "", "pending", entry.recorded_at, None, None, body, entry.stream.id, entry.seq, n, None)
