"""The power goes at any moment: what was acknowledged is there, nothing is there by half."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import create_engine, select

from tests.crash.recorded_disk import Disk, Driver
from tests.integration.sales_workspace import FILES
from voronka.bootstrap import open_workspace
from voronka.simulation.clock import VirtualClock, advance_to
from voronka.storage import dialects, open_database, verify
from voronka.storage.tables import history
from voronka.testing import TestWorkspace, write_files

STATES = 2_000 if os.environ.get("VORONKA_DEEP") else 100
HOUR = 3_600_000_000
NAME = "voronka.db"

Cut = SimpleNamespace


def lived(root: Path, monkeypatch: pytest.MonkeyPatch, synchronous: str) -> Callable[[int], Cut]:
    """Work in a workspace on a recorded disk; return what makes the state that a power cut leaves, by seed."""
    write_files(root, FILES)
    TestWorkspace(root, start="2026-03-02 09:00", zone="Europe/Moscow").close()
    state = root / ".voronka"
    before = {path.name: path.read_bytes() for path in state.glob(f"{NAME}*")}
    disk = Disk(f"recorded {root}")
    driver = Driver(disk)
    with monkeypatch.context() as patch:
        patch.setattr(dialects, "create_engine", lambda url, **given: create_engine(url, module=driver, **given))
        # The WAL is folded into the file often, so that cuts fall into that, too.
        patch.setattr(dialects, "WRITER_PRAGMAS", (synchronous, "wal_autocheckpoint=60"))
        acknowledged = _work(root, disk)
    chance = random.Random(1)

    def cut(seed: int) -> Cut:
        at = chance.randrange(len(disk.done) + 1)
        folder = root / f"cut{seed}"
        folder.mkdir()
        for name, content in disk.left(at, before, random.Random(seed)).items():
            if not name.endswith("-shm"):
                (folder / name).write_bytes(content)
        told = [entry for place, entry in acknowledged if place <= at]
        begun = [entry for place, entry in acknowledged if place > at]
        return Cut(path=folder / NAME, told=told, next=begun[:1], at=at)

    return cut


def _work(root: Path, disk: Disk) -> list[tuple[int, tuple[bytes, int]]]:
    """Command, let time pass; return the entry of each answer with the length of the record when it was given."""
    clock = VirtualClock(1_772_442_000_000_000)
    chance = random.Random(7)
    acknowledged: list[tuple[int, tuple[bytes, int]]] = []
    client = open_workspace(root, clock=clock, random=chance.randbytes)

    def ask(**request: Any) -> None:
        answer = client.execute(request)
        acknowledged.append((len(disk.done), (bytes.fromhex(answer["id"]), answer["seq"])))

    ask(command="contact.create", fields={"name": "Olga", "email": "olga@client.example"})
    for number in range(1, 7):
        ask(command="deal.create", funnel="sales", fields={"owner": "anna", "contact": "Olga"})
        ask(command="deal.set", deal=number, fields={"amount": str(number * 100), "passport": "4509"})
        ask(command="interaction.log", deal=number, fields={"kind": "call"}, idempotency_key=f"k{number}")
        if number % 2:
            ask(command="deal.move", deal=number, to="offer")
        advance_to(client.engine, clock, clock.now() + 17 * HOUR)
    client.close()
    return acknowledged


def entries(path: Path) -> set[tuple[bytes, int]]:
    database = open_database(path)
    try:
        assert verify(database).damages == ()
        with database.read() as reader:
            return {(stream, seq) for stream, seq in reader.execute(select(history.c.stream, history.c.seq))}
    finally:
        database.close()


def test_what_was_acknowledged_is_there_and_nothing_by_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cut = lived(tmp_path, monkeypatch, dialects.WRITER_PRAGMAS[0])
    for seed in range(STATES):
        state = cut(seed)
        missing = set(state.told) - entries(state.path)
        assert not missing, f"seed {seed}, cut at {state.at}"


def test_without_a_sync_at_each_commit_the_same_cuts_lose_what_was_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = lived(tmp_path, monkeypatch, "synchronous=NORMAL")
    assert any(set(state.told) - entries(state.path) for state in map(cut, range(20)))
