"""An import that a service does for a command line: told how far it is, stopped with the service, one at a time."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.integration.import_workspace import deal_row, open_importing, write_table
from voronka.errors import EnvironmentFault, UsageFault
from voronka.runtime.control import ControlEndpoint
from voronka.runtime.importing import run
from voronka.runtime.remote import RemoteClient
from voronka.testing import TestWorkspace

ROWS = 120


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestWorkspace]:
    monkeypatch.setattr(run, "BATCH", 20)
    with open_importing(tmp_path / "sales") as opened:
        yield opened


@pytest.fixture
def endpoint(workspace: TestWorkspace) -> Iterator[ControlEndpoint]:
    endpoint = ControlEndpoint(workspace.client, workspace.root / ".voronka", "a token")
    endpoint.open()
    yield endpoint
    endpoint.close(5.0)


@pytest.fixture
def client(endpoint: ControlEndpoint, workspace: TestWorkspace) -> RemoteClient:
    client = RemoteClient.of(workspace.root / ".voronka")
    assert client is not None
    return client


@pytest.fixture
def request_(tmp_path: Path) -> Mapping[str, Any]:
    path = write_table(tmp_path / "a.csv", [deal_row(n) for n in range(1, ROWS + 1)])
    return {"mapping": "list", "file": str(path)}


def test_the_command_line_hears_how_far_it_is(client: RemoteClient, request_: Mapping[str, Any]) -> None:
    told: list[Mapping[str, Any]] = []
    report = client.work("import", request_, told.append)
    assert report["taken"] == ROWS
    assert [each["rows"] for each in told] == list(range(20, ROWS + 1, 20))
    assert told[-1]["done"] == told[-1]["total"] > 0
    assert client.work("import.undo", {"import": "list-1"})["deals"] == ROWS


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.0, [20, 60, 120]), (1.0, [20, 40, 60, 80, 100, 120])], ids=["quick", "slow"]
)
def test_a_batch_of_the_past_takes_as_many_rows_as_fit_its_time(
    workspace: TestWorkspace,
    request_: Mapping[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    seconds: float,
    told: list[int],
) -> None:
    ticks = itertools.count(0.0, seconds)
    monkeypatch.setattr(run, "time", SimpleNamespace(perf_counter=lambda: next(ticks)))
    monkeypatch.setattr(run, "SMALLEST", 20)
    monkeypatch.setattr(run, "BATCH", 100)
    heard: list[int] = []
    workspace.client.work("import", request_, lambda each: heard.append(each["rows"]))
    assert heard == told


def test_a_service_that_ends_stops_it_where_it_can_go_on(
    client: RemoteClient, endpoint: ControlEndpoint, request_: Mapping[str, Any], workspace: TestWorkspace
) -> None:
    def stop(how_far: Mapping[str, Any]) -> None:
        endpoint.stopping.set()

    with pytest.raises(EnvironmentFault, match="ending"):
        client.work("import", request_, stop)
    taken = len(workspace.query("deal.list", limit=1000))
    assert 0 < taken < ROWS
    report = workspace.client.work("import", request_)
    assert (report["resumed"], report["taken"], report["deals"]) == (True, ROWS, ROWS)


def test_a_second_import_meanwhile_is_refused(
    client: RemoteClient, request_: Mapping[str, Any], workspace: TestWorkspace
) -> None:
    with workspace.client.engine.importing, pytest.raises(UsageFault, match="running already"):
        client.work("import", request_)
    assert client.work("import", request_)["taken"] == ROWS


def test_commands_get_between_the_batches(client: RemoteClient, request_: Mapping[str, Any]) -> None:
    answers: list[Mapping[str, Any]] = []

    def open_a_deal(how_far: Mapping[str, Any]) -> None:
        answers.append(client.execute({"command": "deal.create", "funnel": "sales"}))

    client.work("import", request_, open_a_deal)
    assert [answer["refusal"] for answer in answers] == [None] * (ROWS // 20)
    assert client.query("deal.show", {"deal": answers[0]["number"]})["number"] == answers[0]["number"] < ROWS


def test_commands_and_timers_get_between_live_rows_that_cost_as_much(tmp_path: Path) -> None:
    rows = [(f"L{n}", n * 10, "Acme", "", "offer") for n in range(1, 61)]
    table = write_table(tmp_path / "live.csv", rows, ("id", "amount", "company", "passport", "stage"))
    with open_importing(tmp_path / "live") as workspace:
        workspace.execute("deal.create", funnel="sales")
        workspace.clock.advance(24 * 3_600_000_000)
        told: list[int] = []
        fired: list[int] = []

        def meanwhile(how_far: Mapping[str, Any]) -> None:
            told.append(how_far["rows"])
            fired.append(workspace.client.engine.fire_due())
            assert workspace.execute("deal.set", deal=1, fields={"amount": str(len(told))})["refusal"] is None

        report = workspace.client.work("import", {"mapping": "live", "file": str(table)}, meanwhile)
        assert (report["taken"], told[-1]) == (60, 60)
        assert told[0] <= 10
        assert fired[0] == 1
        assert workspace.verify().damages == ()


@pytest.mark.parametrize(
    "params", [{}, {"mapping": "list"}, {"mapping": "list", "file": "a.csv"}, {"mapping": 1, "file": "/a"}]
)
def test_a_request_that_names_no_file_is_refused(client: RemoteClient, params: Mapping[str, Any]) -> None:
    with pytest.raises(UsageFault):
        client.work("import", params)
