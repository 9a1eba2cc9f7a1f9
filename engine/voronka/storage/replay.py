"""What a history says must stand in the tables: made of its entries by `evolve` and the projection that writes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from voronka.messages import Text
from voronka.process import events as happened
from voronka.process.commands import LogInteraction, MoveDeal, RecordDelivery, SetFields
from voronka.process.evolve import evolve_entry
from voronka.process.state import DealState, PartyState, State, Stream
from voronka.storage.bulk import Row
from voronka.storage.chain import GENESIS
from voronka.storage.effects import Delivery
from voronka.storage.entry import Recorded
from voronka.storage.faults import BrokenRecord
from voronka.storage.inbox import QUEUE, answer_of
from voronka.storage.projections import Projection, concerned_row
from voronka.storage.snapshots import PARTIES, deal_row, party_row
from voronka.storage.tables import outbox

__all__ = ["UNTOLD", "Expected", "OneOf"]

UNTOLD: Final = object()
"""Stands in a row for a value that no entry tells."""

_STATUS = tuple(outbox.c.keys()).index("status")


class OneOf(frozenset[object]):
    """Stands in a row for a value that may be any of these."""


class Expected:
    """A stream's rows as its history tells them, entry by entry.

    `state`, `head` and `seq`: the snapshot, the hash and the number of the last entry. `carried_out`: the keys of
    queued commands that made its entries; `answered`: by source and key, the requests that did. `newest`: when the
    last entry was recorded. `children`: the keys of its messages and actions.
    """

    def __init__(self) -> None:
        self.state: State | None = None
        self.head = GENESIS
        self.seq = 0
        self.carried_out: set[str] = set()
        self.answered: dict[tuple[str, str], tuple[Stream, int, list[str]]] = {}
        self.newest = 0
        self._rows = Projection()
        self._outcomes: dict[str, OneOf] = {}
        self._workspace = _Workspace()
        self._assigned: list[Row] = []

    def apply(self, entry: Recorded) -> None:
        """Go on by one entry. Raises `BrokenRecord` if its events cannot follow those before it."""
        self._check_timers(entry)
        self._rows.gather(entry)
        if "key" in entry.cause and (entry.source == QUEUE or entry.source.startswith("plugin:")):
            self.carried_out.add(entry.cause["key"])
        if "key" in entry.cause:
            source = QUEUE if entry.source.startswith("plugin:") else entry.source
            self.answered[source, str(entry.cause["key"])] = (
                entry.stream,
                entry.seq,
                [each.kind for each in entry.events],
            )
        self.newest = max(self.newest, entry.recorded_at)
        for event in entry.events:
            if isinstance(event, _SETTLING) and event.effect:
                self._outcomes[event.effect] = OneOf(_ENDS[type(event)])
            match event:
                case happened.OwnerAssigned():
                    self._assigned.append((event.pool, event.user, event.at))
                case happened.DealHidden():
                    self._hide()
        for once in self._rows.once:
            self._workspace.apply(once)
        self._rows.once.clear()
        if entry.events:
            self.state = evolve_entry(self.state, entry.events, seq=entry.seq, release=entry.release)
        self.seq = entry.seq
        self.head = entry.hash

    @property
    def children(self) -> list[str]:
        """The keys of the messages and actions that were requested (``seq.n``)."""
        return [f"{row[1]}.{row[2]}" for row in self._rows.outbox]

    @property
    def assigned(self) -> Sequence[Row]:
        """Rows of `assignments` as they were written one after the other; those of other deals come between them."""
        return self._assigned

    def of_record(self) -> Mapping[str, list[Row]]:
        """Return the rows of the record's tables, by table, but for the commands that `concerned` tells."""
        rows, state = self._rows, self.state
        found: dict[str, list[Row]] = {
            "visits": _whole(rows.visits),
            "timers": _whole(rows.timers),
            "tasks": _whole(rows.tasks),
            "interactions": _whole(rows.interactions),
            "orders": rows.order_rows(),
            "records": rows.record_rows(),
            "firings": rows.firings,
            "keys": [(*name, deal) for name, deal in rows.keys.items()],
            "imported": list(dict.fromkeys(rows.imported)),
            "outbox": [self._message(row) for row in rows.outbox],
            "inbox": rows.queued,
        }
        if isinstance(state, DealState):
            found["deals"] = [deal_row(state, self.head)]
        elif isinstance(state, PartyState):
            found[PARTIES[state.stream.kind].name] = [party_row(state, self.head)]
        return found

    def await_end(self, key: str) -> None:
        """Take note of a queued command that is still to tell how an effect ended: by itself it may have, somehow."""
        child, kind = answer_of(key)
        if kind == RecordDelivery.kind:
            self._outcomes[child] = OneOf(Delivery)

    def perhaps_queued(self, key: str) -> Row | None:
        """Return the row of a queued command that no entry names, by its key; None if it cannot have been.

        Of a change of this account or contact, whichever of its deals it concerned; of an effect of this deal, how it
        ended and what an action answered.
        """
        deal, seq, n, kind = key.split(".", 3)
        effect, followed = answer_of(key)
        if followed in _FOLLOWING:
            known = effect in self.children
            told = (QUEUE, key, "", UNTOLD, UNTOLD, UNTOLD, None, UNTOLD, bytes.fromhex(deal), int(seq), int(n), UNTOLD)
            return told if known else None
        for entry, event in self._rows.concerned:
            if (deal, seq, n) == (entry.stream.id.hex(), str(entry.seq), str(event.n)) and len(kind) == 32:
                return concerned_row(entry, event, bytes.fromhex(kind))
        return None

    def of_workspace(self) -> Mapping[str, list[Row]]:
        """Return the rows of the workspace's tables, but for releases, of which it tells only the active one."""
        return self._workspace.rows()

    def _check_timers(self, entry: Recorded) -> None:
        """Refuse an occurrence that begins or ends twice: the database would refuse its rows."""
        known = self._rows.timers.keys()
        seen: set[tuple[Any, ...]] = set()
        for event in entry.events:
            if not isinstance(event, (happened.TimerArmed, happened.TimerEnded)):
                continue
            name = event.timer.key if isinstance(event, happened.TimerArmed) else event.key
            key = (entry.stream.id, *name)
            begins = isinstance(event, happened.TimerArmed) or not event.armed
            if begins is (key in known or key in seen):
                raise BrokenRecord(Text("The timer {timer} would be armed or end twice.", timer=name.event))
            seen.add(key)

    def _message(self, row: Row) -> Row:
        cells = list(row)
        cells[_STATUS] = self._outcomes.get(f"{row[1]}.{row[2]}", row[_STATUS])
        return tuple(cells)

    def _hide(self) -> None:
        """Nothing leaves a hidden deal any more, but for what was on its way."""
        for row in self._rows.outbox:
            child = f"{row[1]}.{row[2]}"
            told = self._outcomes.get(child)
            if told is None:
                self._outcomes[child] = OneOf({Delivery.CANCELLED.value})
            elif Delivery.PENDING.value in told:
                self._outcomes[child] = OneOf({*told, Delivery.CANCELLED.value})


_FOLLOWING = frozenset(each.kind for each in (RecordDelivery, MoveDeal, SetFields, LogInteraction))
_SETTLING = (
    happened.MessageSent,
    happened.ActionDone,
    happened.MessageFailed,
    happened.ActionFailed,
    happened.EffectUnknown,
    happened.EffectRetried,
    happened.EffectSkipped,
)
# Earlier releases put one that was given up on its way again without an entry.
_GIVEN_UP = frozenset({Delivery.DEAD.value, Delivery.PENDING.value})
_ENDS: Mapping[type[happened.Event], frozenset[str]] = {
    happened.MessageSent: frozenset({Delivery.SENT.value}),
    happened.ActionDone: frozenset({Delivery.SENT.value}),
    happened.MessageFailed: _GIVEN_UP,
    happened.ActionFailed: _GIVEN_UP,
    happened.EffectUnknown: frozenset({Delivery.UNKNOWN.value}),
    happened.EffectRetried: frozenset({Delivery.PENDING.value}),
    happened.EffectSkipped: frozenset({Delivery.CANCELLED.value}),
}
"""Where an effect may stand after an event that tells of it."""


class _Workspace:
    """The rows of tables that the workspace's own history tells."""

    def __init__(self) -> None:
        self._users: dict[str, Row] = {}
        self._absences: dict[str, list[Row]] = {}
        self._imports: dict[str, tuple[str, str, str, object, int, int | None, int | None]] = {}

    def apply(self, event: happened.Event) -> None:
        match event:
            case happened.UserAdded():
                self._users.setdefault(event.name, (event.name, event.label, event.import_id, event.at))
            case happened.AbsencesChanged():
                told = enumerate(event.absences, start=1)
                self._absences[event.user] = [(event.user, each.start, each.end, n) for n, each in told]
            case happened.ImportStarted(import_id=name):
                self._imports[name] = (name, event.mapping, event.file, UNTOLD, event.at, None, None)
            case happened.ImportFinished(import_id=name):
                counts = json.dumps(dict(event.counts))
                self._imports[name] = (*self._imports[name][:3], counts, self._imports[name][4], event.at, None)
            case happened.ImportUndone(import_id=name):
                self._imports[name] = (*self._imports[name][:6], event.at)

    def rows(self) -> Mapping[str, list[Row]]:
        return {
            "users": list(self._users.values()),
            "absences": [row for rows in self._absences.values() for row in rows],
            "imports": [(*row[:3], UNTOLD, UNTOLD, *row[3:]) for row in self._imports.values()],
        }


def _whole(gathered: Mapping[Any, list[Any]]) -> list[Row]:
    return [tuple(row) for row in gathered.values()]
