"""The service as a process: one owner of a workspace, reached by all others, ended and killed at any moment."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import stat
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.sales_workspace import FILES, open_sales, with_changes
from tests.integration.service_process import PATIENCE, await_ready, await_that, start_service
from voronka.bootstrap import connect, serve
from voronka.errors import EnvironmentFault
from voronka.process.commands import CreateDeal, Envelope
from voronka.process.events import TimerEnded
from voronka.process.state import Stream, StreamKind
from voronka.runtime.client import connect as connect_within
from voronka.runtime.local import LocalClient
from voronka.runtime.lock import WorkspaceLock
from voronka.runtime.remote import RemoteClient
from voronka.runtime.state import state_folder
from voronka.testing import write_files


@pytest.fixture
def service(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    write_files(tmp_path, FILES)
    process = start_service(tmp_path)
    try:
        await_ready(tmp_path)
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_command_is_the_same_through_a_service_and_without_one(
    tmp_path: Path, service: subprocess.Popen[str]
) -> None:
    client = connect(tmp_path)
    assert isinstance(client, RemoteClient)
    made = client.execute({"command": "deal.create", "funnel": "sales"})
    refused = client.execute({"command": "deal.move", "deal": 1, "to": "offer"})
    shown = client.query("deal.show", {"deal": 1})
    service.send_signal(signal.SIGTERM)
    assert service.wait(PATIENCE) == 0
    local = connect(tmp_path)
    assert isinstance(local, LocalClient)
    assert local.execute({"command": "deal.move", "deal": 1, "to": "offer"}) == refused | {"seq": 3}
    assert local.query("deal.show", {"deal": 1}) == shown | {"seq": 3}
    assert made["number"] == 1
    local.close()


@pytest.mark.parametrize("zone", ["Europe/Moscow", "Asia/Omsk"])
def test_every_line_for_people_is_in_the_time_of_the_workspace_from_the_first_on(tmp_path: Path, zone: str) -> None:
    write_files(tmp_path, with_changes(root=FILES["voronka.yaml"].replace("Europe/Moscow", zone)))
    words = [sys.executable, "-m", "voronka", "run", "-C", str(tmp_path), "--log-format", "text"]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    try:
        await_ready(tmp_path)
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    lines = [line for line in told.splitlines() if " INFO " in line]
    assert "is in force" in lines[0]
    assert {line[19:25] for line in lines} == {{"Europe/Moscow": "+03:00", "Asia/Omsk": "+06:00"}[zone]}


def test_after_a_reload_lines_are_in_the_time_zone_now_in_force(tmp_path: Path) -> None:
    write_files(tmp_path, FILES)
    words = [sys.executable, "-m", "voronka", "run", "-C", str(tmp_path), "--log-format", "text"]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    try:
        await_ready(tmp_path)
        write_files(tmp_path, with_changes(root=FILES["voronka.yaml"].replace("Europe/Moscow", "Asia/Omsk")))
        connect(tmp_path).work("reload", {})
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    lines = [line for line in told.splitlines() if " INFO " in line]
    assert (lines[0][19:25], lines[-1][19:25]) == ("+03:00", "+06:00")


@pytest.mark.parametrize("text", [None, "timezone: [", "timezone: {a: b}", "timezone: Nowhere/City", "workspace: x"])
def test_files_that_name_no_time_zone_stop_no_service_before_it_tells_what_is_wrong(
    tmp_path: Path, text: str | None
) -> None:
    if text is not None:
        (tmp_path / "voronka.yaml").write_text(text, encoding="utf-8")
    words = [sys.executable, "-m", "voronka", "run", "-C", str(tmp_path), "--log-format", "text"]
    ran = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE)
    assert ran.returncode in (1, 2, 5)
    assert "Traceback" not in ran.stderr


def test_a_second_service_on_the_workspace_ends_with_5_and_says_why(
    tmp_path: Path, service: subprocess.Popen[str]
) -> None:
    second = start_service(tmp_path)
    _, told = second.communicate(timeout=PATIENCE)
    assert second.returncode == 5
    assert "A service runs on this workspace already." in told
    assert service.poll() is None


def test_a_service_waits_until_a_command_lets_go_of_the_workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(tmp_path, FILES)
    command = WorkspaceLock(state_folder(tmp_path))
    command.take()
    waited: list[float] = []

    def pause(seconds: float) -> None:
        waited.append(seconds)
        command.release()

    def opened(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("voronka.runtime.client.time.sleep", pause)
    with pytest.raises(KeyboardInterrupt):
        serve(tmp_path, opened=opened)
    assert len(waited) == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal, and no such rights of files")
def test_the_control_file_is_the_owners_alone_and_goes_with_the_service(
    tmp_path: Path, service: subprocess.Popen[str]
) -> None:
    control = tmp_path / ".voronka" / "control.json"
    assert stat.S_IMODE(control.stat().st_mode) == 0o600
    service.send_signal(signal.SIGINT)
    assert service.wait(PATIENCE) == 0
    assert not control.exists()


def test_a_service_whose_control_file_is_lost_is_found_again(tmp_path: Path, service: subprocess.Popen[str]) -> None:
    (tmp_path / ".voronka" / "control.json").unlink()
    assert isinstance(connect(tmp_path), RemoteClient)
    assert service.poll() is None


def test_an_owner_that_cannot_be_asked_is_told_as_that(tmp_path: Path) -> None:
    def opens(root: Path, lock: WorkspaceLock) -> LocalClient:
        raise AssertionError("the workspace is owned")

    with WorkspaceLock(state_folder(tmp_path)), pytest.raises(EnvironmentFault, match="cannot be asked") as caught:
        connect_within(tmp_path, opens, patience=0.0)
    assert "use the other commands beside it" not in caught.value.render()


def test_a_service_fires_what_is_due_and_delivers_it(tmp_path: Path, service: subprocess.Popen[str]) -> None:
    funnel = """\
funnel: sales
fields: [base]
stages:
  new: {enter: {do: [{notify: {to: owner, template: hello}}]}}
  offer: {}
"""
    write_files(tmp_path, with_changes(funnel=funnel))
    client = connect(tmp_path)
    client.execute({"command": "deal.create", "funnel": "sales", "fields": {"owner": "anna"}})
    await_that(lambda: client.query("status")["outbox"] == {"sent": 1})
    (message,) = (tmp_path / ".voronka" / "messages" / "notice").iterdir()
    assert message.read_text(encoding="utf-8").startswith("To: Anna <anna>\nSubject: Offer 1\n")


def test_a_killed_service_leaves_a_workspace_that_goes_on(tmp_path: Path, service: subprocess.Popen[str]) -> None:
    client = connect(tmp_path)
    client.execute({"command": "deal.create", "funnel": "sales"})
    service.kill()
    service.wait(PATIENCE)
    again = connect(tmp_path)
    assert isinstance(again, LocalClient)
    assert [deal["number"] for deal in again.query("deal.list")] == [1]
    again.close()


def _ended(root: Path) -> int:
    database = sqlite3.connect(f"file:{root / '.voronka' / 'voronka.db'}?mode=ro", uri=True, timeout=10)
    try:
        (count,) = database.execute("SELECT count(*) FROM timers WHERE state <> 'waiting'").fetchone()
        return int(count)
    finally:
        database.close()


def test_timers_end_once_however_often_the_service_is_killed_in_the_drain(tmp_path: Path) -> None:
    deals, kills = 1_000, 4
    opening: list[Envelope] = []
    with open_sales(tmp_path, start="2026-03-02 09:00") as sales:
        engine = sales.client.engine
        for _ in range(deals):
            stream = Stream(StreamKind.DEAL, engine.new_id())
            opening.append(Envelope(command=CreateDeal(funnel="sales"), stream=stream, actor="local", source="test"))
        engine.execute_many(opening)
    chance = random.Random(7)
    for kill in range(kills):
        process = start_service(tmp_path)
        goal = (2 * deals * kill) // (kills + 1) + chance.randrange(100)
        await_that(lambda goal=goal, process=process: _ended(tmp_path) > goal or process.poll() is not None)
        process.kill()
        process.communicate()
    with open_sales(tmp_path, start="2026-03-09 09:00") as sales:
        sales.client.engine.settle()
        with sales.client.engine.read() as reader:
            for deal in reader.deal_ids():
                ends = Counter(
                    event.key.event
                    for entry in reader.history(Stream(StreamKind.DEAL, deal))
                    for event in entry.events
                    if isinstance(event, TimerEnded)
                )
                assert ends == {"call": 1, "materials": 1}
        assert sales.verify().damages == ()


_FILL = """\
import resource, signal, sys
from pathlib import Path
from voronka.bootstrap import connect, serve
from voronka.errors import EnvironmentFault
from voronka.errors import VoronkaError
client = connect(Path(sys.argv[1]))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
limit = 2 << 20
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    while True:
        made = client.execute({"command": "deal.create", "funnel": "sales", "fields": {"passport": "x" * 900}})
        print(made["number"], flush=True)
except VoronkaError as fault:
    print(fault.render(), file=sys.stderr)
    sys.exit(fault.exit_code)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot limit the size of a process's files")
def test_a_full_disk_ends_with_5_and_keeps_what_was_acknowledged(tmp_path: Path) -> None:
    write_files(tmp_path, FILES)
    filling = subprocess.run(
        [sys.executable, "-c", _FILL, str(tmp_path)], capture_output=True, text=True, timeout=PATIENCE * 4, check=False
    )
    assert filling.returncode == 5, filling.stderr
    assert "no room" in filling.stderr
    acknowledged = [int(line) for line in filling.stdout.split()]
    assert acknowledged
    with open_sales(tmp_path) as sales:
        assert sales.verify().damages == ()
        with sales.client.engine.read() as reader:
            assert len(reader.deal_ids()) == len(acknowledged)
