"""Batches are worked on without searching for unreachable cycles, and the search goes on afterwards."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.sales_workspace import open_sales
from voronka.process.commands import CreateDeal, Envelope
from voronka.process.state import Stream, StreamKind
from voronka.runtime.collection import without_collection
from voronka.runtime.decisions import Batch


@pytest.fixture(autouse=True)
def _searching() -> Iterator[None]:
    gc.enable()
    yield
    gc.enable()


def test_the_search_is_off_meanwhile_and_on_again_after_an_error() -> None:
    found = []

    def work() -> None:
        with without_collection():
            found.append(gc.isenabled())
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        work()
    assert (found, gc.isenabled()) == ([False], True)


def test_the_inner_of_two_leaves_the_search_to_the_outer_one() -> None:
    with without_collection():
        with without_collection():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_where_somebody_has_switched_it_off_it_stays_off() -> None:
    gc.disable()
    with without_collection():
        pass
    assert not gc.isenabled()


@pytest.mark.parametrize(("commands", "searched"), [(1, True), (3, False)])
def test_many_commands_are_decided_without_the_search_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, commands: int, searched: bool
) -> None:
    found: list[bool] = []
    attempt = Batch.attempt_each

    def watched(batch: Batch, envelopes: list[Envelope]) -> object:
        found.append(gc.isenabled())
        return attempt(batch, envelopes)

    with open_sales(tmp_path) as sales:
        engine = sales.client.engine
        monkeypatch.setattr(Batch, "attempt_each", watched)
        create = CreateDeal(funnel="sales")
        engine.execute_many(
            [
                Envelope(command=create, stream=Stream(StreamKind.DEAL, engine.new_id()), actor="anna", source="test")
                for _ in range(commands)
            ]
        )
        monkeypatch.undo()
    assert found == [searched]
    assert gc.isenabled()
