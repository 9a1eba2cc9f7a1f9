"""Backups: a copy of one moment that sends nothing by itself, put back only where nothing is lost by mistake."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.integration.sales_workspace import FILES, open_sales, with_changes
from tests.integration.service_process import await_ready, start_service
from voronka.bootstrap import connect, restore
from voronka.errors import EnvironmentFault, UsageFault
from voronka.runtime.viewer import Forbidden
from voronka.storage import BackupReport, backup, is_backup, open_database, restore_backup, write_backup
from voronka.testing import TestWorkspace, write_files

FUNNEL = """\
funnel: sales
fields: [base]
stages:
  new:
    enter: {do: [{send: {channel: email, to: contact, template: hello}}]}
    timed:
      later: {after: 2 days, do: [{send: {channel: email, to: contact, template: hello}}]}
      lapsed: {after: 1 day, on_missed: skip, do: [{send: {channel: email, to: contact, template: hello}}]}
  offer: {}
"""


@pytest.fixture
def sales(tmp_path: Path) -> Iterator[TestWorkspace]:
    with open_sales(tmp_path / "sales", with_changes(funnel=FUNNEL)) as workspace:
        workspace.execute("contact.create", fields={"name": "Ivan", "email": "ivan@example.com"})
        yield workspace


def open_deal(sales: TestWorkspace) -> None:
    sales.execute("deal.create", funnel="sales", fields={"contact": "Ivan", "owner": "anna"})


def database_of(root: Path) -> Path:
    return root / ".voronka" / "voronka.db"


def back_up(sales: TestWorkspace, file: Path) -> None:
    sales.work("backup", file=str(file))


def put_back(sales: TestWorkspace, file: Path) -> None:
    """Restore a backup into the workspace and open it again; the clock stands where it stands."""
    sales.client.close()
    restore(sales.root, file, replace=True)
    sales.client = sales._open()


def test_a_restored_workspace_sends_nothing_until_its_messages_are_released(
    sales: TestWorkspace, tmp_path: Path
) -> None:
    open_deal(sales)
    back_up(sales, tmp_path / "backup")
    sales.settle()
    assert len(sales.messages()) == 1
    put_back(sales, tmp_path / "backup")
    assert sales.query("status")["held"]
    shutil.rmtree(sales.root / ".voronka" / "messages")
    sales.advance("3 days")
    assert sales.messages() == {}
    assert sales.query("status")["outbox"] == {"pending": 3}
    assert sales.work("effects.release") == {"dropped": 0, "waiting": 3, "attended": False}
    sales.settle()
    assert len(sales.messages()) == 3
    assert sales.query("status")["held"] is None
    assert sales.verify().damages == ()


def test_a_backup_opened_in_place_of_the_database_by_hand_is_held_too(sales: TestWorkspace, tmp_path: Path) -> None:
    open_deal(sales)
    back_up(sales, tmp_path / "backup")
    sales.client.close()
    database_of(sales.root).unlink()
    shutil.copyfile(tmp_path / "backup", database_of(sales.root))
    sales.client = sales._open()
    sales.settle()
    assert sales.messages() == {}


def test_a_backup_leaves_the_workspace_that_it_is_of_at_work(sales: TestWorkspace, tmp_path: Path) -> None:
    open_deal(sales)
    back_up(sales, tmp_path / "backup")
    assert sales.query("status")["held"] is None
    assert sales.query("status")["backup"] == sales.clock.now()
    sales.settle()
    assert len(sales.messages()) == 1


def test_what_is_dropped_is_given_up_and_the_history_tells_who_did_it(sales: TestWorkspace, tmp_path: Path) -> None:
    open_deal(sales)
    back_up(sales, tmp_path / "backup")
    put_back(sales, tmp_path / "backup")
    sales.clock.advance(60_000_000)
    open_deal(sales)
    released = sales.work("effects.release", drop_before="2026-03-02 09:00:30", actor="petr")
    assert released == {"dropped": 1, "waiting": 1, "attended": False}
    sales.settle()
    assert [effect["status"] for effect in sales.query("outbox")] == ["sent", "dead"]
    last = sales.query("why", deal=1)[-1]
    assert last["actor"] == "petr"
    assert sales.verify().damages == ()
    sales.work("outbox.retry", deal=1, effect=sales.query("outbox")[1]["effect"])
    sales.settle()
    assert len(sales.messages()) == 2


def test_messages_are_held_by_command_since_the_first_one(sales: TestWorkspace) -> None:
    with pytest.raises(UsageFault, match="not held back"):
        sales.work("effects.release")
    first = sales.work("effects.hold")
    sales.clock.advance(1_000_000)
    assert sales.work("effects.hold") == first
    open_deal(sales)
    sales.settle()
    assert sales.messages() == {}
    assert sales.client.engine.next_message() is None


def test_only_who_may_change_everything_runs_the_workspace(tmp_path: Path) -> None:
    people = """\
roles: {manager: {label: Manager, sees: own, changes: own}}
people: {anna: {name: Anna, role: manager}}
"""
    with open_sales(tmp_path, with_changes(people=people)) as sales:
        for work in ("backup", "effects.hold", "effects.release"):
            with pytest.raises(Forbidden):
                sales.work(work, actor="anna", file=str(tmp_path / "backup"))
    assert not (tmp_path / "backup").exists()


def test_a_backup_is_the_owners_alone_and_whole_in_one_file(sales: TestWorkspace, tmp_path: Path) -> None:
    open_deal(sales)
    back_up(sales, tmp_path / "backups")
    assert stat.S_IMODE((tmp_path / "backups").stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backups", "sales"]
    with closing(sqlite3.connect(tmp_path / "backups")) as copy:
        assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_nothing_is_overwritten_unless_that_is_asked_for(sales: TestWorkspace, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    back_up(sales, kept)
    before = kept.read_bytes()
    with pytest.raises(UsageFault, match="such a file already"):
        back_up(sales, kept)
    assert kept.read_bytes() == before
    open_deal(sales)
    sales.work("backup", file=str(kept), replace=True)
    assert kept.read_bytes() != before
    sales.client.close()
    before = database_of(sales.root).read_bytes()
    with pytest.raises(UsageFault, match="has a database already"):
        restore(sales.root, kept)
    assert database_of(sales.root).read_bytes() == before
    sales.client = sales._open()


def test_only_an_older_backup_is_replaced_whatever_is_asked_for(sales: TestWorkspace, tmp_path: Path) -> None:
    kept, opened = tmp_path / "kept", tmp_path / "opened"
    back_up(sales, kept)
    shutil.copy(kept, opened)
    with closing(sqlite3.connect(opened)) as database, database:
        database.execute("UPDATE counters SET value = 0 WHERE name = 'effects_held'")
    damaged(shutil.copy(kept, tmp_path / "damaged"))
    foreign(shutil.copy(kept, tmp_path / "foreign"))
    for file, told in (
        *((each, "no backup of Voronka") for each in (opened, tmp_path / "damaged", tmp_path / "foreign")),
        (sales.root / "voronka.yaml", "no backup of Voronka"),
        (Path(os.devnull), "no backup of Voronka"),
        (tmp_path, "This is a folder"),
    ):
        before = file.read_bytes() if file.is_file() else b""
        with pytest.raises(UsageFault, match=told):
            sales.work("backup", file=str(file), replace=True)
        assert not before or file.read_bytes() == before


def newer(file: Path) -> None:
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")


def damaged(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[8192:-4096] = b"\xee" * (len(content) - 12288)
    file.write_bytes(content)


def foreign(file: Path) -> None:
    file.unlink()
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("CREATE TABLE notes (text)")


def text(file: Path) -> None:
    file.write_text("no database", encoding="utf-8")


@pytest.fixture(scope="module")
def sound(tmp_path_factory) -> Path:
    """A backup of an empty database."""
    folder = tmp_path_factory.mktemp("sound")
    open_database(folder / "database").close()
    write_backup(folder / "database", folder / "backup", at=0)
    return folder / "backup"


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (newer, "made by a newer Voronka"),
        (damaged, "damaged|malformed|cannot be read|no backup"),
        (foreign, "no backup of a workspace"),
        (text, "no backup of a workspace"),
        (Path.unlink, "no such file"),
    ],
)
def test_what_is_no_sound_backup_is_refused_and_the_database_stands(
    sound: Path, tmp_path: Path, spoil: Callable[[Path], None], told: str
) -> None:
    backup, database = tmp_path / "backup", tmp_path / "database"
    shutil.copyfile(sound, backup)
    shutil.copyfile(sound, database)
    before = database.read_bytes()
    spoil(backup)
    with pytest.raises(EnvironmentFault, match=told):
        restore_backup(backup, database, at=1, replace=True)
    assert database.read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} <= {"backup", "database"}


def test_what_cannot_be_written_leaves_nothing_behind(sound: Path, tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault, match="cannot be written"):
        write_backup(sound, tmp_path / "nowhere" / "backup", at=0)
    assert list(tmp_path.iterdir()) == []


def test_two_backups_to_one_name_at_once_leave_a_sound_one_at_every_moment(
    sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, proved = tmp_path / "nightly", backup._proved
    seen: list[bool] = []

    def another_meanwhile(*args: Any, **named: Any) -> BackupReport:
        report = proved(*args, **named)
        if not seen:
            seen.append(False)
            write_backup(sound, file, at=0)
            seen.append(is_backup(file))
        return report

    monkeypatch.setattr(backup, "_proved", another_meanwhile)
    write_backup(sound, file, at=0)
    assert (seen, is_backup(file)) == ([False, True], True)
    assert list(tmp_path.iterdir()) == [file]


def test_what_a_killed_backup_has_left_is_removed_by_one_of_another_day(sound: Path, tmp_path: Path) -> None:
    left, fresh = tmp_path / ".nightly.abc.part", tmp_path / ".nightly.def.part"
    for draft in (left, fresh):
        draft.write_bytes(b"half")
    os.utime(left, (0, 0))
    write_backup(sound, tmp_path / "nightly", at=0)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".nightly.def.part", "nightly"]


def test_a_running_service_is_backed_up_and_not_restored_over(tmp_path: Path) -> None:
    root = tmp_path / "sales"
    write_files(root, FILES)
    process = start_service(root)
    try:
        await_ready(root)
        client = connect(root)
        for _ in range(3):
            client.execute({"command": "deal.create", "funnel": "sales"})
        client.work("backup", {"file": str(tmp_path / "backup")})
        client.execute({"command": "deal.create", "funnel": "sales"})
        with pytest.raises(EnvironmentFault, match="A service runs"):
            restore(root, tmp_path / "backup", replace=True)
    finally:
        process.kill()
        process.communicate()
    restore(root, tmp_path / "backup", replace=True)
    again = connect(root)
    assert len(again.query("deal.list")) == 3
    assert again.work("verify", {})["damages"] == []
    again.close()


@pytest.mark.parametrize("name", ["voronka.db", "voronka.db-wal", "control.json", "plugins/../copy"])
def test_a_backup_never_takes_the_place_of_what_a_workspace_works_with(
    sales: TestWorkspace, tmp_path: Path, name: str
) -> None:
    database = database_of(sales.root)
    link = tmp_path / "link"
    link.symlink_to(database.parent)
    (tmp_path / "same").hardlink_to(database)
    for file in (database.parent / name, link / name, tmp_path / "same"):
        with pytest.raises(UsageFault, match="at work"):
            sales.work("backup", file=str(file), replace=True)
    assert database.samefile(tmp_path / "same")
    sales.execute("deal.create", funnel="sales")


def test_a_backup_of_another_workspace_is_taken_only_if_that_is_said(sales: TestWorkspace, tmp_path: Path) -> None:
    open_deal(sales)
    back_up(sales, tmp_path / "backup")
    other = tmp_path / "other"
    write_files(other, with_changes(root=FILES["voronka.yaml"].replace("workspace: acme", "workspace: othershop")))
    with pytest.raises(UsageFault, match="of the workspace acme, and this one is othershop"):
        restore(other, tmp_path / "backup")
    assert not database_of(other).exists()
    restore(other, tmp_path / "backup", renamed=True)
    with closing(connect(other)) as client:
        assert len(client.query("deal.list")) == 1
    # It goes by its new name from now on.
    with closing(connect(other)) as client:
        client.work("backup", {"file": str(tmp_path / "again")})
    restore(other, tmp_path / "again", replace=True)
