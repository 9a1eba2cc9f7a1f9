"""The rows of a collection are in one order: in the step that puts them, and as the database gives them after it."""

from __future__ import annotations

import pytest

from tests.contract.builders import created, deal_stream, drawn, entry
from voronka.process.events import Event, InteractionLogged, RowPut, RowRemoved
from voronka.process.rows import evolve_rows
from voronka.storage import Database, verify


def _line(key: str) -> Event:
    return RowPut(collection="lines", key=key, values={"quantity": 1})


def _order(key: str, at: int | None = None) -> Event:
    return RowPut(collection="orders", key=key, values={} if at is None else {"at": at})


def _call(at: int) -> Event:
    return InteractionLogged(n=0, at=at, values={"kind": "call"}, last_interaction_at=at)


def _with(key: str, contact: str, at: int) -> Event:
    return RowPut(collection="interactions", key=key, values={"kind": "call", "contact": contact, "at": at})


CASES = {
    "keys of entries": ("lines", [_line("2.1"), _line("10.1"), _line("9.1")], ["2.1", "10.1", "9.1"]),
    "keys of people": ("lines", [_line("z"), _line("a")], ["z", "a"]),
    "a changed row stays": ("lines", [_line("z"), _line("a"), _line("z")], ["z", "a"]),
    "one put anew comes last": (
        "lines",
        [_line("z"), _line("a"), RowRemoved(collection="lines", key="z"), _line("z")],
        ["a", "z"],
    ),
    "orders by time": ("orders", [_order("1", 7), _order("2", 5), _order("3")], ["3", "2", "1"]),
    "orders of one moment": ("orders", [_order("10", 5), _order("9", 5), _order("8", 6)], ["9", "10", "8"]),
    "an order that is moved": ("orders", [_order("1", 5), _order("2", 6), _order("2", 4)], ["2", "1"]),
    "contacts by time": ("interactions", [_call(7), _call(5)], ["3.0", "2.0"]),
    "a contact follows its person": (
        "interactions",
        [_call(7), _call(5), _with("2.0", "aa", at=7), _with("2.0", "bb", at=7)],
        ["3.0", "2.0"],
    ),
}


@pytest.mark.parametrize("batches", ["one", "many"])
@pytest.mark.parametrize(("collection", "events", "keys"), CASES.values(), ids=CASES)
def test_rows_are_in_one_order(
    database: Database, collection: str, events: list[Event], keys: list[str], batches: str
) -> None:
    stream, entries = deal_stream(1), [created(1)]
    rows = {collection: {}}
    for event in events:
        entries.append(entry(stream, entries[-1].state_after, event, at=2_000))
        rows = evolve_rows(rows, event, entries[-1].seq)
    drawn(database)
    for batch in [entries] if batches == "one" else [[each] for each in entries]:
        with database.write() as work:
            work.append(batch)
    with database.read() as reader:
        found = reader.rows(collection, [stream])[stream]
    assert list(found) == list(rows[collection]) == keys
    if collection == "interactions":
        assert found == rows[collection]
    assert verify(database).sound
