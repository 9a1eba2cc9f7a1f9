"""What must hold whatever was killed: looked up in the database by plain questions, not by Voronka's own code."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, create_engine, text

from tests.crash.clients import Client
from tests.crash.sink import Received
from tests.crash.workspace import CANARY, SECRET

__all__ = ["broken"]

_LOOSE = ("history", "deals", "inbox", "outbox", "timers", "audit", "tasks", "visits")


def broken(address: str, clients: Sequence[Client], received: Sequence[Received], logs: str, now: int) -> list[str]:
    """Return every promise that is broken, in a sentence each. Everything due before `now` must have been done."""
    engine = create_engine(address)
    try:
        with engine.connect() as connection:
            found = _Found(connection)
            return [
                *_histories(found),
                *_acknowledged(found, clients),
                *_deals(found, clients),
                *_timers(found, now),
                *_effects(found, received),
                *_queue(found),
                *_secrets(found, logs),
            ]
    finally:
        engine.dispose()


class _Found:
    """What stands in the database: entries by stream and number, and the rows of other tables."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.entries: dict[str, dict[int, Mapping[str, Any]]] = defaultdict(dict)
        for stream, seq, source, cause, events in connection.execute(
            text("SELECT stream, seq, source, cause, events FROM history ORDER BY stream, seq")
        ):
            entry = {"source": source, "cause": _json(cause), "events": _json(events)}
            self.entries[_hex(stream)][seq] = entry

    def rows(self, question: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.connection.execute(text(question))]

    def events(self, *kinds: str) -> Iterator[tuple[str, int, Mapping[str, Any]]]:
        for stream, entries in self.entries.items():
            for seq, entry in entries.items():
                for event in entry["events"]:
                    if event["kind"] in kinds:
                        yield stream, seq, event


def _hex(given: Any) -> str:
    return given.hex() if isinstance(given, bytes) else str(given.hex)


def _json(given: Any) -> Any:
    return json.loads(given) if isinstance(given, str) else given


def _histories(found: _Found) -> Iterator[str]:
    for stream, entries in found.entries.items():
        if list(entries) != list(range(1, len(entries) + 1)):
            yield f"the entries of {stream} are {list(entries)}"
    keys = Counter(
        (entry["source"], entry["cause"].get("key"))
        for entries in found.entries.values()
        for entry in entries.values()
        if entry["cause"].get("key") is not None
    )
    yield from (f"the key {key} was carried out {times} times" for key, times in keys.items() if times > 1)


def _acknowledged(found: _Found, clients: Iterable[Client]) -> Iterator[str]:
    for client in clients:
        for key, known in client.answered.items():
            answer = known.answer
            if not answer["events"]:
                continue
            entry = found.entries.get(answer["id"], {}).get(answer["seq"])
            if entry is None or entry["cause"].get("key") != key:
                yield f"{key} was acknowledged as entry {answer['seq']} of {answer['id']}, which is {entry}"
            elif [event["kind"] for event in entry["events"]] != answer["events"]:
                yield f"{key} was acknowledged with {answer['events']}; its entry is {entry}"


def _deals(found: _Found, clients: Iterable[Client]) -> Iterator[str]:
    stored = {
        number: (stage, _json(fields))
        for number, stage, fields in found.rows("SELECT number, stage, fields FROM deals WHERE funnel = 'sales'")
    }
    calls = dict(found.rows("SELECT d.number, count(*) FROM interactions i JOIN deals d ON d.id = i.deal GROUP BY 1"))
    deliveries = found.rows("SELECT count(*) FROM deals WHERE funnel = 'delivery'")[0][0]
    known = [deal for client in clients for deal in client.oracle.deals.values()]
    if set(stored) != {deal.number for deal in known}:
        yield f"deals nobody was told of, or lost ones: {set(stored) ^ {deal.number for deal in known}}"
    for deal in known:
        if deal.number not in stored:
            continue
        stage, fields = stored[deal.number]
        mine = (deal.stage, deal.amount, deal.steps, deal.calls)
        theirs = (stage, fields.get("amount"), fields.get("steps"), calls.get(deal.number, 0))
        if mine != theirs:
            yield f"deal {deal.number} must be {mine} and is {theirs} (stage, amount, steps, calls)"
    if deliveries != (wanted := sum(deal.contracts for deal in known)):
        yield f"{wanted} contracts opened {deliveries} deliveries"


def _timers(found: _Found, now: int) -> Iterator[str]:
    armed = Counter((deal, *event["timer"][0]) for deal, _, event in found.events("timer.armed"))
    ended = Counter((deal, *event["key"]) for deal, _, event in found.events("timer.ended"))
    yield from (f"the timer {key} ended {times} times" for key, times in ended.items() if times > 1)
    for deal, _, event in found.events("timer.ended"):
        # One that an entry in the past would have made due at once is skipped without ever waiting.
        if (deal, *event["key"]) not in armed and event["result"] != "skipped":
            yield f"the timer {event['key']} of {deal} ended as {event['result']} and was never armed"
        if event["result"] == "fired" and event["at"] < event["due"]:
            yield f"the timer {event['key']} of {deal} fired before its time"
    rows = {
        (_hex(deal), *key): (state, due)
        for deal, *key, state, due in found.rows(
            "SELECT deal, visit, event, generation, row, occurrence, state, due_at FROM timers"
        )
    }
    if rows.keys() != armed.keys() | ended.keys():
        yield f"timers told of and kept differ: {rows.keys() ^ (armed.keys() | ended.keys())}"
    for key, (state, due) in rows.items():
        if (state == "waiting") == (key in ended):
            yield f"the timer {key} is {state}, its history says {'it ended' if key in ended else 'it waits'}"
        if state == "waiting" and due <= now:
            yield f"the timer {key} was due at {due} and waits"


def _effects(found: _Found, received: Sequence[Received]) -> Iterator[str]:
    rows = found.rows("SELECT deal, seq, n, channel, status, reason FROM outbox ORDER BY deal, seq, n")
    requested = Counter((deal, seq) for deal, seq, _ in found.events("action.requested", "effect.requested"))
    kept = Counter((_hex(deal), seq) for deal, seq, *_ in rows)
    if requested - kept:
        yield f"effects that were requested and are not kept: {requested - kept}"
    outside = {
        f"{_hex(deal)}-{seq}_{n}": (_hex(deal), channel, status, reason)
        for deal, seq, n, channel, status, reason in rows
        if channel == "chat" or channel.startswith("action:")
    }
    bodies: dict[str, set[str]] = defaultdict(set)
    taken: dict[str, None] = {}
    for each in received:
        bodies[each.id].add(each.body)
        if each.taken:
            taken.setdefault(each.id)
    yield from (f"{id_} left and belongs to nothing that was committed" for id_ in bodies.keys() - outside.keys())
    yield from (f"{id_} was told in several ways: {sorted(said)}" for id_, said in bodies.items() if len(said) > 1)
    for id_, (_, _, status, reason) in outside.items():
        if status not in ("sent", "dead"):
            yield f"{id_} is {status}: {reason}"
        if status == "sent" and id_ not in taken:
            yield f"{id_} counts as sent, and nobody received it"
    yield from _order(outside, taken)


def _order(outside: Mapping[str, tuple[str, str, str, str]], taken: Iterable[str]) -> Iterator[str]:
    """Effects of one deal leave a channel in order, unless one of them was given up."""
    arrived: dict[tuple[str, str], list[str]] = defaultdict(list)
    for id_ in taken:
        if id_ in outside:
            arrived[outside[id_][:2]].append(id_)
    places = {id_: place for place, id_ in enumerate(outside)}
    for lane, ids in arrived.items():
        if ids != sorted(ids, key=places.__getitem__) and all(outside[id_][2] == "sent" for id_ in ids):
            yield f"the effects of {lane} arrived as {ids}"


def _queue(found: _Found) -> Iterator[str]:
    for status, number in found.rows("SELECT status, count(*) FROM inbox WHERE status <> 'done' GROUP BY status"):
        yield f"{number} queued commands are {status}"


def _secrets(found: _Found, logs: str) -> Iterator[str]:
    for word in (SECRET, CANARY):
        if word in logs:
            yield f"{word} stands in a log"
        for table in _LOOSE:
            if any(word in str(value) for row in found.rows(f"SELECT * FROM {table}") for value in row):
                yield f"{word} stands in {table}"
