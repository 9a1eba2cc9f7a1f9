"""Probes: a service tells machines whether it lives, whether it can work and what it measures, and nobody's data."""

from __future__ import annotations

import http.client
import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.integration.sales_workspace import FILES, open_sales, with_changes
from tests.integration.service_process import PATIENCE, await_ready, await_that
from voronka.bootstrap import connect
from voronka.errors import EnvironmentFault
from voronka.messages import Text
from voronka.runtime.control import ControlEndpoint
from voronka.runtime.operations.exposition import Exposition
from voronka.runtime.operations.probes import Probes
from voronka.runtime.operations.readiness import LEAST_ROOM, Pulse, Readiness
from voronka.testing import TestWorkspace, write_files

FUNNEL = """\
funnel: sales
fields: [base]
stages:
  new:
    timed: {call: {after: 1 day, do: [{send: {channel: email, to: contact, template: hello}}]}}
  offer: {}
"""
CANARY = "Zinaida Kanareykina"
PARTS = {"database", "schema", "configuration", "durability", "scheduler", "disk", "plugins"}


class Answer(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    text: str


def get(port: int, path: str, host: str = "127.0.0.1") -> Answer:
    connection = http.client.HTTPConnection(host, port, timeout=PATIENCE)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read().decode())
    finally:
        connection.close()


class Watched(NamedTuple):
    """A workspace with its probes; `pulses`: what the service would tell of its last beat."""

    sales: TestWorkspace
    probes: Probes
    pulses: list[Pulse]

    def ready(self) -> tuple[int, dict[str, str]]:
        answer = get(self.probes.port, "/readyz")
        return answer.status, json.loads(answer.text)["parts"]

    def measured(self) -> dict[str, float]:
        """The samples by name, those of other labels beside each other."""
        text = get(self.probes.port, "/metrics").text
        lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, _, value in lines}


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    monkeypatch.setattr("voronka.runtime.operations.readiness.is_durable", lambda connection: True)
    pulses = [Pulse(0.0, None)]
    with open_sales(tmp_path, with_changes(funnel=FUNNEL)) as sales:
        readiness = Readiness(sales.client, tmp_path / ".voronka", lambda: pulses[-1])
        probes = Probes(("127.0.0.1", 0), readiness, Exposition(sales.client.engine))
        probes.open()
        yield Watched(sales, probes, pulses)
        probes.close()


def test_a_service_that_can_work_is_ready_in_each_part(watched: Watched) -> None:
    assert watched.ready() == (200, dict.fromkeys(PARTS, "ok"))


def test_what_is_not_well_is_named_and_makes_it_unready(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    watched.pulses.append(Pulse(60.0, EnvironmentFault(Text("There is no room on the disk."), Text("…"))))
    status, parts = watched.ready()
    assert status == 503
    assert {part: told for part, told in parts.items() if told != "ok"} == {
        "database": "There is no room on the disk.",
        "scheduler": "The last beat was 60 s ago.",
    }
    watched.pulses.append(Pulse(0.0, None))
    monkeypatch.setattr("voronka.runtime.operations.readiness.room", lambda folder: LEAST_ROOM - 1)
    assert watched.ready()[1]["disk"] == "127 MB are free on the disk."


def test_a_worker_that_has_ended_makes_the_service_unready(watched: Watched) -> None:
    watched.pulses.append(Pulse(0.0, None, ("decisions",)))
    told = {"scheduler": "These workers have ended: decisions. Start the service anew."}
    status, parts = watched.ready()
    assert (status, {part: told for part, told in parts.items() if told != "ok"}) == (503, told)


def test_a_schema_or_a_release_of_others_and_a_database_that_is_away_are_told(watched: Watched) -> None:
    with watched.sales.client.engine.database.write() as work:
        work.connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
        work.connection.exec_driver_sql("UPDATE releases SET active = 0")
    parts = watched.ready()[1]
    assert {part for part, told in parts.items() if told != "ok"} == {"schema", "configuration"}
    watched.sales.client.engine.database.close()
    (watched.sales.root / ".voronka" / "voronka.db").write_bytes(b"no database" * 1_000)
    status, parts = watched.ready()
    assert status == 503
    assert parts["database"] != "ok"
    assert get(watched.probes.port, "/metrics").status == 503
    assert get(watched.probes.port, "/livez").status == 200


def test_a_commit_that_does_not_wait_for_the_disk_is_told(tmp_path: Path) -> None:
    with open_sales(tmp_path) as sales:  # a workspace of a test is not durable
        readiness = Readiness(sales.client, tmp_path / ".voronka", lambda: Pulse(0.0, None))
        assert {each.part for each in readiness.look() if not each.ok} == {"durability"}


def test_a_service_that_ends_lives_and_is_not_ready(watched: Watched) -> None:
    watched.probes.stopping.set()
    answer = get(watched.probes.port, "/readyz")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert get(watched.probes.port, "/livez").status == 200


def test_probes_listen_at_names_and_at_addresses_of_both_kinds(watched: Watched) -> None:
    parts = watched.probes.readiness, watched.probes.exposition
    with pytest.raises(EnvironmentFault) as raised:
        Probes(("2001:db8::1", 1), *parts)
    assert raised.value.place == "[2001:db8::1]:1"
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no addresses of the sixth version")
    for host in ("localhost", "::1"):
        probes = Probes((host, 0), *parts)
        probes.open()
        assert get(probes.port, "/livez", host).status == 200
        probes.close()


def test_anything_else_is_not_there(watched: Watched) -> None:
    assert get(watched.probes.port, "/execute").status == 404


def test_what_is_late_waits_and_was_given_up_is_measured(watched: Watched) -> None:
    sales = watched.sales
    before = watched.measured()
    sales.execute("contact.create", fields={"name": CANARY, "email": "canary@example.com"})
    sales.execute("deal.create", funnel="sales", fields={"contact": CANARY}, idempotency_key="1", source="test")
    sales.execute("deal.create", funnel="sales", fields={"contact": CANARY}, idempotency_key="1", source="test")
    sales.clock.advance(86_400_000_000 + 7_000_000)
    late = watched.measured()
    assert (late["voronka_timers_overdue"], late["voronka_timers_overdue_oldest_seconds"]) == (1, 7)
    assert late["voronka_replays_total"] == before["voronka_replays_total"] + 1
    sales.client.engine.fire_due()
    sales.clock.advance(3_000_000)
    waits = watched.measured()
    assert waits["voronka_timers_overdue"] == 0
    assert (waits["voronka_outbox_waiting"], waits["voronka_outbox_oldest_seconds"]) == (1, 3)
    below = {bound: f'voronka_timer_lateness_seconds_bucket{{le="{bound}"}}' for bound in (5, 10)}
    assert waits[below[5]] == before[below[5]]
    assert waits[below[10]] == before[below[10]] + 1
    sales.settle()
    sent = 'voronka_effects_total{channel="email",result="sent"}'
    after = watched.measured()
    assert after["voronka_outbox_waiting"] == 0
    assert after[sent] == before.get(sent, 0) + 1
    assert "voronka_backup_age_seconds" not in after
    sales.work("backup", file=str(sales.root / "backup"))
    sales.work("effects.hold")
    sales.clock.advance(2_000_000)
    held = watched.measured()
    assert (held["voronka_backup_age_seconds"], held["voronka_effects_held"]) == (2, 1)
    text = get(watched.probes.port, "/metrics").text
    assert sales.client.engine.workspace.release in text
    assert CANARY not in text
    assert "canary" not in text


SAMPLE = re.compile(r'[a-z_]+(\{([a-z]+="[^"\n]*",?)+\})? [0-9.eE+-]+')


def test_each_measure_says_what_it_is_and_of_which_kind(watched: Watched) -> None:
    answer = get(watched.probes.port, "/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    lines = answer.text.splitlines()
    told = {line.split()[2] for line in lines if line.startswith("# HELP")}
    kinds = {line.split()[2]: line.split()[3] for line in lines if line.startswith("# TYPE")}
    assert told == kinds.keys()
    for line in lines:
        if not line.startswith("#"):
            assert SAMPLE.fullmatch(line), line
            name = re.split("[{ ]", line)[0]
            assert re.sub("_(bucket|sum|count)$", "", name) in told or name in told


def test_a_full_disk_is_told_at_once_and_forgotten_as_soon_as_there_is_room(tmp_path: Path) -> None:
    with open_sales(tmp_path) as sales:
        endpoint = ControlEndpoint(sales.client, tmp_path / ".voronka", "token")
        endpoint.open()

        def set_room(pages: int) -> None:
            with sales.client.engine.database.write() as work:
                work.connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")

        def opens_deals() -> tuple[int, str | None]:
            connection = http.client.HTTPConnection("127.0.0.1", endpoint.port, timeout=PATIENCE)
            connection.request(
                "POST",
                "/execute",
                json.dumps({"command": "deal.create", "funnel": "sales", "fields": {"passport": "1" * 1_000}}),
                {"Authorization": "Bearer token"},
            )
            response = connection.getresponse()
            response.read()
            connection.close()
            return response.status, response.getheader("Retry-After")

        set_room(1)  # as many as there are
        assert (503, "5") in (opens_deals() for _ in range(50))
        set_room(1_000_000)
        assert opens_deals() == (200, None)
        endpoint.close(PATIENCE)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_service_tells_of_itself_until_it_is_drained(tmp_path: Path) -> None:
    write_files(tmp_path, FILES)
    port = free_port()
    words = ("-m", "voronka", "-C", str(tmp_path), "run", "--probes", f"127.0.0.1:{port}")
    process = subprocess.Popen([sys.executable, *words], stderr=subprocess.PIPE, text=True)
    try:
        await_ready(tmp_path)
        client = connect(tmp_path)
        client.execute({"command": "contact.create", "fields": {"name": CANARY, "email": "canary@example.com"}})
        client.execute({"command": "deal.create", "funnel": "sales", "fields": {"contact": CANARY, "passport": CANARY}})
        await_that(lambda: get(port, "/readyz").status == 200)
        assert CANARY not in get(port, "/metrics").text
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    assert process.returncode == 0
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert [line["message"] for line in lines][-1] == "The service has ended."
    assert CANARY not in log
    assert "canary@" not in log
