from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from tests.contract.builders import entry
from voronka.process.events import ImportFinished, ImportStarted, ImportUndone
from voronka.storage import WORKSPACE, Collision, Database, Received, RefusedItem, Seen
from voronka.storage.refused_items import KEPT


def test_a_key_is_remembered_with_its_answer_for_each_source(database: Database) -> None:
    with database.write() as work:
        work.inbox_record(
            "cli", [Received(key="a", digest="d1", answer={"seq": 3}), Received(key="b", digest="d2")], at=5
        )
    with database.read() as reader:
        assert reader.inbox_seen("cli", ["a", "b", "c"]) == {
            "a": Seen(digest="d1", status="done", answer={"seq": 3}),
            "b": Seen(digest="d2", status="done", answer=None),
        }
        assert reader.inbox_seen("web", ["a"]) == {}
        assert reader.queued_keys(10) == []


def test_a_key_is_recorded_once(database: Database) -> None:
    with database.write() as work:
        work.inbox_record("cli", [Received(key="a", digest="d1")], at=5)
    with pytest.raises((IntegrityError, Collision)), database.write() as work:
        work.inbox_record("cli", [Received(key="b", digest="x"), Received(key="a", digest="d2")], at=6)
    with database.read() as reader:
        assert list(reader.inbox_seen("cli", ["a", "b"])) == ["a"]


def test_the_rows_of_an_undone_import_may_come_again(database: Database) -> None:
    with database.write() as work:
        work.inbox_record("loans", [Received(key=f"r{n}", digest="", import_id="i1") for n in range(1_200)], at=5)
        work.inbox_record("loans", [Received(key="other", digest="", import_id="i2")], at=5)
        assert len(work.inbox_seen("loans", [f"r{n}" for n in range(1_200)])) == 1_200
        assert work.free_import("i1") == 1_200
        assert list(work.inbox_seen("loans", ["r0", "r1199", "other"])) == ["other"]


def test_an_import_is_known_by_how_far_it_came(database: Database) -> None:
    started = entry(WORKSPACE, None, ImportStarted(import_id="i1", mapping="loans", file="events.csv", at=10), at=10)
    finished = entry(WORKSPACE, started.state_after, ImportFinished(import_id="i1", counts={"rows": 7}, at=20), at=20)
    undone = entry(WORKSPACE, finished.state_after, ImportUndone(import_id="i1", at=30), at=30)
    with database.write() as work:
        work.append([started])
        work.save_import("i1", position=4, counts={"rows": 4}, file_hash="ab")
    with database.read() as reader:
        assert reader.import_run("i2") is None
        run = reader.import_run("i1")
        assert run is not None
        assert (run.state, run.position, run.counts, run.file_hash) == ("running", 4, {"rows": 4}, "ab")
        assert reader.workspace_state() == started.state_after
    with database.write() as work:
        work.append([finished])
        (run,) = work.imports()
        assert (run.state, run.counts, run.finished_at) == ("finished", {"rows": 7}, 20)
        work.append([undone])
    with database.read() as reader:
        assert [run.state for run in reader.imports()] == ["undone"]
        assert reader.workspace_state() == undone.state_after


def test_refused_items_are_kept_apart_from_answers_until_they_are_forgotten(database: Database) -> None:
    def item(key: str, at: int, *, source: str = "source:site") -> RefusedItem:
        request = {"command": "deal.set", "fields": {"note": "a\0b\ud800 Ёлка"}}
        return RefusedItem(source=source, key=key, reason={"en": "no"}, request=request, at=at)

    with database.write() as work:
        work.inbox_record("source:site", [Received(key="a", digest="d1")], at=5)
        work.keep_refused([item("a", 7), item("b", 8), item("a", 9), item("z", 6, source="source:other")], now=9)
    with database.read() as reader:
        assert reader.refused_counts() == {"source:site": 2, "source:other": 1}
        assert reader.refused_items(limit=2) == [item("a", 9), item("b", 8)]
        assert reader.refused_items("source:site", key="b", limit=9) == [item("b", 8)]
        assert list(reader.inbox_seen("source:site", ["a", "b"])) == ["a"]
    with database.write() as work:
        work.forget_refused("source:site", ["a"])
        work.keep_refused([item("c", KEPT + 8)], now=KEPT + 8)
    with database.read() as reader:
        assert [each.key for each in reader.refused_items("source:site", limit=9)] == ["c"]
