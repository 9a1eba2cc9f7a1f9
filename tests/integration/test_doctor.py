"""The doctor: each thing that is not as it should be is found, with what to do about it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.integration.cli.running import voronka
from tests.integration.sales_workspace import FILES, leave_unknown, open_sales, with_changes
from voronka.definition.workspace import Source
from voronka.runtime.operations.exposition import Exposition
from voronka.runtime.operations.machine import examine_machine
from voronka.testing import TestWorkspace, write_files


def found(sales: TestWorkspace) -> dict[str, str]:
    """What is not well, in English, by part; whatever is told has a remedy."""
    findings = sales.work("doctor")
    assert all((each["told"] is None) == (each["remedy"] is None) for each in findings)
    return {each["part"]: each["told"]["en"] for each in findings if each["told"] is not None}


@pytest.fixture
def usual() -> set[str]:
    """What is found of every workspace of a test: its commits do not wait, and nobody has backed it up."""
    return {"durability", "backup"}


def test_a_workspace_in_order_has_no_findings_but_those_of_a_test(tmp_path: Path, usual: set[str]) -> None:
    with open_sales(tmp_path) as sales:
        assert found(sales).keys() == usual
        parts = {each["part"] for each in sales.work("doctor")}
        assert parts == {
            *("integrity", "clock", "timers", "messages", "effects", "backup"),
            *("durability", "configuration", "plugins", "secrets"),
        }


def test_what_is_late_held_old_missing_or_ahead_is_found(tmp_path: Path, usual: set[str]) -> None:
    root = with_changes(root=FILES["voronka.yaml"] + "plugins: {telegram: {token: '${env:VORONKA_NO_SUCH}'}}\n")
    root["plugins/own.py"] = "raise RuntimeError('not today')\n"
    with open_sales(tmp_path, FILES) as sales:
        sales.execute("deal.create", funnel="sales")
        sales.work("backup", file=str(tmp_path / "backup"))
        sales.work("effects.hold")
        sales.clock.advance(8 * 86_400_000_000)
        write_files(tmp_path, {"configs/funnels/sales.yaml": "funnel: sales\n"})
        told = found(sales)
        assert told.keys() == {*usual, "timers", "effects", "configuration"}
        assert told["backup"] == "The last backup was made 8 days ago."
        assert told["timers"] == "2 timers are overdue."
    with open_sales(tmp_path, start="2026-03-01 09:00") as sales:
        assert "min in the time to come" in found(sales)["clock"]
    with open_sales(tmp_path / "plugged", root) as sales:
        told = found(sales)
        assert "own is broken" in told["plugins"]
        assert "VORONKA_NO_SUCH" in told["secrets"]


def test_messages_of_unknown_fate_are_told_apart_from_those_given_up(tmp_path: Path) -> None:
    with open_sales(tmp_path) as sales:
        sales.execute("deal.create", funnel="sales")
        sales.advance("3 days")  # there is nobody to send to
        sales.execute("contact.create", fields={"name": "Ivan"})
        sales.execute("deal.create", funnel="sales", fields={"contact": "Ivan"})
        sales.clock.advance(3 * 86_400_000_000)
        sales.client.engine.fire_due()
        leave_unknown(sales)
        dead, unknown = (len(sales.query("outbox", status=status)) for status in ("dead", "unknown"))
        assert (dead, unknown) == (2, 1)
        told = [each for each in sales.work("doctor") if each["part"] == "messages"]
        assert [each["told"]["en"] for each in told] == [
            "2 messages failed to leave.",
            "Of 1 message it is not known whether it left.",
        ]
        assert ["--status dead" in told[0]["remedy"]["en"], "outbox resolve" in told[1]["remedy"]["en"]] == [True, True]
        measured = Exposition(sales.client.engine).write().splitlines()
        assert {"voronka_outbox_dead 2", "voronka_outbox_unknown 1"} <= {*measured}


def test_a_secret_that_a_source_lacks_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VORONKA_NO_SUCH", raising=False)
    with open_sales(tmp_path) as sales:
        writer = sales.client.engine._writer
        site = Source(name="site", via="forms", every=60, settings={"token": "${env:VORONKA_NO_SUCH}"})
        writer.workspace = replace(writer.workspace, sources={"site": site})
        assert "VORONKA_NO_SUCH" in found(sales)["secrets"]


@pytest.mark.parametrize(
    ("kind", "well"), [("ext4", True), ("nfs4", False), ("cifs", False), ("fuse.sshfs", False), ("tmpfs", True)]
)
def test_a_file_system_without_locks_is_found(tmp_path: Path, kind: str, well: bool) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        "1 1 0:1 / / rw - ext4 disk rw\n"
        f"2 1 0:2 / {tmp_path.resolve()} rw,relatime shared:1 - {kind} server:/data rw\n"
        "3 1 0:3 / /elsewhere rw - nfs server:/other rw\n",
        encoding="utf-8",
    )
    (finding,) = (each for each in examine_machine(tmp_path, mounts=mounts) if each.part == "file system")
    assert (finding.told is None) is well


def test_files_that_others_may_use_are_found_and_the_command_ends_with_1(tmp_path: Path) -> None:
    write_files(tmp_path, FILES)
    assert voronka("-C", tmp_path, "deal", "new", "sales").code == 0
    assert voronka("-C", tmp_path, "backup", tmp_path / "backup").code == 0
    ran = voronka("-C", tmp_path, "doctor", "--lang", "en")
    assert (ran.code, "rights: well" in ran.out) == (0, True), ran.out
    (tmp_path / ".voronka" / "voronka.db").chmod(0o644)
    ran = voronka("-C", tmp_path, "doctor", "--lang", "en")
    assert ran.code == 1
    assert "chmod go=" in ran.out


def test_a_database_that_cannot_be_opened_is_told_with_the_rest_and_ends_with_5(tmp_path: Path) -> None:
    write_files(tmp_path, FILES)
    assert voronka("-C", tmp_path, "deal", "new", "sales").code == 0
    (tmp_path / ".voronka" / "voronka.db").write_bytes(b"no database" * 1_000)
    ran = voronka("-C", tmp_path, "doctor", "--json")
    assert ran.code == 5
    assert {"part": "database", "grave": True}.items() <= ran.json[-1].items()
    assert {each["part"] for each in ran.json} >= {"disk", "rights", "locale"}


def test_a_disk_on_which_nothing_can_be_written_is_a_finding(tmp_path: Path) -> None:
    write_files(tmp_path, FILES)
    (tmp_path / ".voronka" / "lock").mkdir(parents=True)
    (tmp_path / ".voronka").chmod(0o700)
    answer = voronka("-C", tmp_path, "doctor")
    assert answer.code == 5
    assert "! database: The state of the workspace cannot be kept." in answer.out
    assert "disk: well" in answer.out


def test_what_failed_last_of_what_plugins_do_is_named(tmp_path: Path) -> None:
    class Broken:
        def send(self, message: object) -> None:
            raise RuntimeError("not today")

        def close(self) -> None:
            pass

    with open_sales(tmp_path) as sales:
        sales.execute("contact.create", fields={"name": "Ivan", "email": "ivan@example.com"})
        sales.execute("deal.create", funnel="sales", fields={"contact": "Ivan"})
        sales.client.engine.outside.channels["email"] = Broken()
        sales.advance("2 days")
        (told,) = (each["told"]["en"] for each in sales.work("doctor") if each["part"] == "plugins")
        assert told == "These failed when they were last at work: channel email."
