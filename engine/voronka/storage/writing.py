"""Writing a projection: table by table, in bulk, parents before children."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, and_, delete, or_, select, text, tuple_, update

from voronka.errors import UsageFault
from voronka.failpoints import failpoint
from voronka.messages import Text
from voronka.process import events as happened
from voronka.process.events import Event
from voronka.process.state import Stream, StreamKind
from voronka.storage import dirty, inbox, releases
from voronka.storage.bulk import Row, insertion, updating, upsertion
from voronka.storage.effects import Delivery
from voronka.storage.entry import Entry, Recorded
from voronka.storage.faults import BrokenRecord, StaleVersion
from voronka.storage.projections import ORDERS, Projection, concerned_row
from voronka.storage.snapshots import PARTIES, deal_row, live_of, party_row
from voronka.storage.tables import (
    absences,
    assignments,
    deals,
    firings,
    history,
    imported,
    imports,
    interactions,
    keys,
    orders,
    outbox,
    records,
    tasks,
    timers,
    users,
    visits,
)

__all__ = ["write"]

# What another transaction has made meanwhile (PostgreSQL only) stays, and is told by the count of rows written.
_HISTORY = insertion(history, once=True)
_NEW_DEALS = insertion(deals, once=True)
# A deal's id and number, the first two columns, never change; nor does a party's id.
_DEALS = updating(deals, tuple(column.name for column in deals.columns)[2:], ("id", "seq"))
_LIVE = updating(deals, ("seq", "hash", "release", "live"), ("id", "seq"))
_NEW_PARTIES = {kind: insertion(table, once=True) for kind, table in PARTIES.items()}
_PARTIES = {
    kind: updating(table, tuple(column.name for column in table.columns)[1:], ("id", "seq"))
    for kind, table in PARTIES.items()
}
_VISITS = insertion(visits)
_VISITS_LEFT = updating(visits, ("left_at",), ("deal", "visit"))
_TIMERS = insertion(timers)
_TIMERS_ENDED = updating(
    timers,
    ("state", "through", "ended_at", "reason", "reasons"),
    tuple(column.name for column in timers.primary_key.columns),
    only=timers.c.state == text("'waiting'"),
)
_TASKS = insertion(tasks)
_TASKS_ASSIGNED = updating(tasks, ("assignee",), ("deal", "seq", "n"))
_TASKS_DONE = updating(tasks, ("done_at",), ("deal", "seq", "n"))
_INTERACTIONS = insertion(interactions)
_INTERACTIONS_CHANGED = updating(interactions, ("fields",), ("deal", "seq", "n"))
_RECORDS = upsertion(records, keep=("seq",))
_ORDERS = upsertion(orders)
_OUTBOX = insertion(outbox)
_FIRINGS = insertion(firings)
_ASSIGNED = upsertion(assignments)
_KEYS = insertion(keys)
_IMPORTED = insertion(imported, once=True)
_USERS = insertion(users, once=True)
_IMPORTS = insertion(imports)
_ABSENCES = insertion(absences)

# Places in a row of the inbox.
_ORIGIN, _SEQ, _N = 8, 9, 10

_STAND = tuple_(deals.c.funnel, deals.c.stage)
_CHUNK = 500


def write(connection: Connection, batch: Projection) -> None:
    """Write everything. Raises `StaleVersion` if a record moved on, `BrokenRecord` if a timer had already ended."""
    _write_deals(connection, batch)
    _write_parties(connection, batch)
    failpoint("append.records")
    _write_history(connection, batch)
    failpoint("append.history")
    dirty.mark(connection, _changed(batch))
    _VISITS.run(connection, _rows(batch.visits))
    _VISITS_LEFT.run(connection, batch.visits_left)
    _TIMERS.run(connection, _rows(batch.timers))
    ended = _TIMERS_ENDED.run(connection, batch.timers_ended)
    if ended != len(batch.timers_ended):
        raise BrokenRecord(
            Text("Of {n} timers to be ended, {waiting} were waiting.", n=len(batch.timers_ended), waiting=ended)
        )
    _TASKS.run(connection, _rows(batch.tasks))
    _TASKS_ASSIGNED.run(connection, batch.tasks_assigned)
    _TASKS_DONE.run(connection, batch.tasks_done)
    _INTERACTIONS.run(connection, _rows(batch.interactions))
    _INTERACTIONS_CHANGED.run(connection, _rows(batch.interactions_changed))
    _write_rows(connection, batch)
    _OUTBOX.run(connection, batch.outbox)
    _FIRINGS.run(connection, batch.firings)
    _ASSIGNED.run(connection, list(batch.assigned.values()))
    _free(connection, batch.hidden)
    _write_keys(connection, batch.keys)
    _IMPORTED.run(connection, batch.imported)
    concerned = [row for entry, event in batch.concerned for row in _concerned(connection, entry, event)]
    inbox.queue(connection, _as_caused(batch, batch.queued + concerned))
    for event in batch.once:
        _write_once(connection, event)


def _changed(batch: Projection) -> list[tuple[bytes, StreamKind, int]]:
    """Return the records of a batch, each with the number of its last entry."""
    deals_changed = [(id_, StreamKind.DEAL, state.seq) for id_, (_, state, *_) in batch.deals.items()]
    return deals_changed + [(stream.id, stream.kind, state.seq) for stream, (_, state, _) in batch.parties.items()]


def _rows(gathered: Mapping[Any, list[Any]]) -> list[Row]:
    return [tuple(row) for row in gathered.values()]


def _as_caused(batch: Projection, queued: list[Row]) -> list[Row]:
    """Return queued commands in the order of the events that queued them."""
    entries = {(row[0], row[1]): place for place, row in enumerate(batch.history)} if queued else {}
    return sorted(queued, key=lambda row: (entries[row[_ORIGIN], row[_SEQ]], row[_N]))


def _chunks(every: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (every[start : start + _CHUNK] for start in range(0, len(every), _CHUNK))


def _write_deals(connection: Connection, batch: Projection) -> None:
    new: list[Row] = []
    wide: list[Row] = []
    narrow: list[Row] = []
    for id_, (before, state, head, changed) in batch.deals.items():
        if before == 0:
            new.append(deal_row(state, head))
        elif changed:
            wide.append((*deal_row(state, head)[2:], id_, before))
        else:
            narrow.append((state.seq, head, state.release, live_of(state), id_, before))
    if _NEW_DEALS.run(connection, new) != len(new):
        raise _stale(connection, StreamKind.DEAL, {row[0]: 0 for row in new})
    if _DEALS.run(connection, wide) + _LIVE.run(connection, narrow) != len(wide) + len(narrow):
        raise _stale(connection, StreamKind.DEAL, {row[-2]: row[-1] for row in wide + narrow})


def _write_parties(connection: Connection, batch: Projection) -> None:
    for kind in PARTIES:
        mine = [found for stream, found in batch.parties.items() if stream.kind is kind]
        new = [party_row(state, head) for before, state, head in mine if before == 0]
        if _NEW_PARTIES[kind].run(connection, new) != len(new):
            raise _stale(connection, kind, {row[0]: 0 for row in new})
        old = [(*party_row(state, head)[1:], state.stream.id, before) for before, state, head in mine if before]
        if _PARTIES[kind].run(connection, old) != len(old):
            raise _stale(connection, kind, {row[-2]: row[-1] for row in old})


def _write_history(connection: Connection, batch: Projection) -> None:
    """Write the entries. The workspace's stream has no row of its own that tells first that it has moved on."""
    if _HISTORY.run(connection, batch.history) == len(batch.history):
        return
    for id_, seq, kind, *_ in batch.history:
        if kind == StreamKind.WORKSPACE.value and isinstance(id_, bytes) and isinstance(seq, int):
            raise StaleVersion(Stream(StreamKind.WORKSPACE, id_), expected=seq - 1, found=None)
    raise BrokenRecord(Text("The history holds entries that the records do not know of."))


def _stale(connection: Connection, kind: StreamKind, before: Mapping[Any, Any]) -> StaleVersion:
    """Return which record another transaction changed between the check and the update (PostgreSQL only)."""
    table = deals if kind is StreamKind.DEAL else PARTIES[kind]
    for chunk in _chunks(list(before)):
        for id_, seq in connection.execute(select(table.c.id, table.c.seq).where(table.c.id.in_(chunk))):
            if seq <= before[id_]:
                continue
            return StaleVersion(Stream(kind, id_), expected=before[id_], found=seq)
    return StaleVersion(Stream(kind, next(iter(before))), expected=next(iter(before.values())), found=None)


def _write_rows(connection: Connection, batch: Projection) -> None:
    gone_orders = [(owner, key) for owner, collection, key in batch.removed if collection == ORDERS]
    gone = [row for row in batch.removed if row[1] != ORDERS]
    for table, keys_gone in ((records, gone), (orders, gone_orders)):
        for chunk in _chunks(keys_gone):
            connection.execute(delete(table).where(tuple_(*table.primary_key.columns).in_(chunk)))
    _RECORDS.run(connection, batch.record_rows())
    _ORDERS.run(connection, batch.order_rows())


def _free(connection: Connection, hidden: Sequence[bytes]) -> None:
    """Give the foreign keys of hidden deals back, and let none of their messages leave any more."""
    for chunk in _chunks(hidden):
        connection.execute(delete(keys).where(keys.c.deal.in_(chunk)))
        waiting = and_(outbox.c.deal.in_(chunk), outbox.c.status == "pending")
        connection.execute(update(outbox).where(waiting).values(status=Delivery.CANCELLED.value))


def _write_keys(connection: Connection, named: Mapping[tuple[str, str], bytes]) -> None:
    for chunk in _chunks(list(named)):
        taken = select(keys.c.namespace, keys.c.key).where(tuple_(keys.c.namespace, keys.c.key).in_(chunk))
        found = connection.execute(taken).first()
        if found is not None:
            raise UsageFault(
                Text("The key {key} of {namespace} already names another deal.", key=found[1], namespace=found[0]),
                Text("Use the deal that has it, or give another key."),
            )
    _KEYS.run(connection, [(*name, deal) for name, deal in named.items()])


def _concerned(connection: Connection, entry: Entry | Recorded, event: happened.DealsConcerned) -> list[Row]:
    """One `FactsChanged` for every deal of the party that it concerns, as they stand after the batch."""
    stream = entry.stream
    party = deals.c.account if stream.kind is StreamKind.ACCOUNT else deals.c.contact
    reading = and_(deals.c.closed_at.is_(None), deals.c.funnel.in_(event.funnels))
    if event.closed:
        reading = or_(reading, and_(deals.c.closed_at.is_not(None), _STAND.in_(event.closed)))
    query = select(deals.c.id).where(party == stream.id, deals.c.hidden.is_(False), reading)
    return [concerned_row(entry, event, deal) for deal in connection.execute(query.order_by(deals.c.number)).scalars()]


def _write_once(connection: Connection, event: Event) -> None:
    match event:
        case happened.ReleaseActivated():
            releases.activate(connection, event.release)
        case happened.UserAdded():
            _USERS.run(connection, [(event.name, event.label, event.import_id, event.at)])
        case happened.AbsencesChanged():
            connection.execute(delete(absences).where(absences.c.user == event.user))
            _ABSENCES.run(
                connection, [(event.user, each.start, each.end, n) for n, each in enumerate(event.absences, start=1)]
            )
        case happened.ImportStarted():
            row = (event.import_id, event.mapping, event.file, "", 0, "{}", event.at, None, None)
            _IMPORTS.run(connection, [row])
        case happened.ImportFinished():
            counts = json.dumps(dict(event.counts))
            _change_import(connection, event.import_id, finished_at=event.at, counts=counts)
        case happened.ImportUndone():
            _change_import(connection, event.import_id, undone_at=event.at)


def _change_import(connection: Connection, import_id: str, **values: object) -> None:
    connection.execute(update(imports).where(imports.c.id == import_id).values(**values))
