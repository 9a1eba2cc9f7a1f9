"""The mart as those who run a workspace have it: its files, what is in them, when it is built anew."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.integration.cli.running import voronka
from tests.mart.lived import FILES, live
from voronka.bootstrap import restore
from voronka.errors import UsageFault
from voronka.mart.marts import Marts
from voronka.runtime.state import state_folder
from voronka.testing import TestWorkspace, write_files

PERSONAL = (b"Secretov", b"secret.example")


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestWorkspace]:
    root = tmp_path_factory.mktemp("lived") / "w"
    write_files(root, FILES)
    with TestWorkspace(root, start="2026-03-02 10:00", zone="Europe/Moscow") as run:
        for _ in live(run):
            run.work("mart.refresh")
        yield run


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_nothing_personal_is_in_the_mart_nor_in_what_is_written_of_it(lived: TestWorkspace, tmp_path: Path) -> None:
    for form in ("csv", "parquet", "xlsx"):
        lived.work("mart.export", folder=str(tmp_path / form), format=form)
    kept = _files(state_folder(lived.root) / "mart") + _files(tmp_path / "csv") + _files(tmp_path / "parquet")
    assert kept
    assert [path.name for path in kept if any(value in path.read_bytes() for value in PERSONAL)] == []
    for path in _files(tmp_path / "xlsx"):
        cells = [str(cell.value) for sheet in load_workbook(path) for row in sheet.iter_rows() for cell in row]
        assert not any(value.decode() in cell for value in PERSONAL for cell in cells)


def test_what_is_kept_and_written_is_for_its_owner_alone(lived: TestWorkspace, tmp_path: Path) -> None:
    lived.work("mart.export", folder=str(tmp_path / "out"), format="csv")
    folder = state_folder(lived.root) / "mart"
    assert folder.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in [*folder.glob("*.duckdb"), *_files(tmp_path / "out")])


def test_views_show_amounts_moments_and_dates_as_people_write_them(lived: TestWorkspace, tmp_path: Path) -> None:
    lived.work("mart.export", folder=str(tmp_path), format="csv")
    first, _ = sorted(_table(tmp_path / "deals.csv"), key=lambda row: int(row["deal"]))
    assert (first["due"], first["meeting"], first["topics"]) == ("2026-04-01", "2026-03-09T09:30:00", "price, terms")
    versions = [row for row in _table(tmp_path / "deal_versions.csv") if row["amount"]]
    assert {row["amount"] for row in versions} == {"1000.50"}


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_no_cell_becomes_a_formula(lived: TestWorkspace, tmp_path: Path, form: str) -> None:
    lived.work("mart.export", folder=str(tmp_path), format=form)
    if form == "csv":
        remarks = [row["remark"] for row in _table(tmp_path / "deals.csv")]
    else:
        head, *rows = load_workbook(tmp_path / "deals.xlsx").active.iter_rows()  # type: ignore[union-attr] # it has a sheet
        place = [cell.value for cell in head].index("remark")
        assert all(row[place].data_type != "f" for row in rows)
        remarks = [str(row[place].value or "") for row in rows]
    # A sheet is XML, which has one kind of line break.
    kept = "and\rmore" if form == "csv" else "and\nmore"
    assert sorted(remarks) == ["", f'\'=1+1, "quoted"\n{kept}']


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"format": "pdf"}, "pdf"),
        ({"folder": "relative"}, "cannot be written there"),
        ({"folder": ".voronka"}, "cannot be written there"),
    ],
)
def test_what_cannot_be_written_is_refused(lived: TestWorkspace, tmp_path: Path, params: Any, reason: str) -> None:
    if params.get("folder") == ".voronka":
        params = {"folder": str(state_folder(lived.root))}
    with pytest.raises(UsageFault, match=reason):
        lived.work("mart.export", **{"folder": str(tmp_path), **params})


def test_files_that_are_there_stay_unless_told_otherwise(lived: TestWorkspace, tmp_path: Path) -> None:
    lived.work("mart.export", folder=str(tmp_path), format="csv")
    with pytest.raises(UsageFault, match=r"deals\.csv"):
        lived.work("mart.export", folder=str(tmp_path), format="csv")
    assert lived.work("mart.export", folder=str(tmp_path), format="csv", replace=True)["files"]["deals.csv"] == 2


def test_a_release_with_other_fields_builds_it_anew_and_readers_of_the_old_one_read_on(tmp_path: Path) -> None:
    write_files(tmp_path / "w", FILES)
    with TestWorkspace(tmp_path / "w", start="2026-03-02 10:00", zone="Europe/Moscow") as run:
        list(live(run))
        engine = run.client.engine
        marts = Marts(engine.database, state_folder(run.root), run.clock)
        old = marts.fresh(engine.workspace)
        assert marts.fresh(engine.workspace) is old
        with old.connect() as reading:
            count = reading.exec_driver_sql("SELECT count(*) FROM dim_deal")
            text = FILES["configs/fields/own.yaml"]
            fields = text.replace(
                "secret: {type: text, pii: true}", "secret: {type: text, pii: true}\n  later: {type: bool}"
            )
            write_files(run.root, {"configs/fields/own.yaml": fields})
            run.work("reload")
            new = marts.fresh(engine.workspace)
            assert count.scalar_one() == 2
        assert "f_later" in new.schema.tables["dim_deal"].c
        assert "f_later" not in old.schema.tables["dim_deal"].c
        assert marts.status(engine.workspace)[1] == 0
        with old.connect() as late:
            assert late.exec_driver_sql("SELECT count(*) FROM dim_deal").scalar_one() == 2
        marts.close()
        marts.fresh(engine.workspace)
        assert len(list((state_folder(run.root) / "mart").glob("*.duckdb"))) == 1
        marts.close()


def test_a_damaged_file_is_built_anew(tmp_path: Path) -> None:
    write_files(tmp_path / "w", FILES)
    with TestWorkspace(tmp_path / "w", start="2026-03-02 10:00", zone="Europe/Moscow") as run:
        run.work("mart.refresh")
        run.client.close()
        (file,) = (state_folder(run.root) / "mart").glob("*.duckdb")
        file.write_bytes(b"nothing of the kind")
        run.client = run._open()
        assert run.work("mart.refresh")["rows"]["dim_stage"] == 4


def test_restoring_a_backup_drops_the_mart(tmp_path: Path) -> None:
    root = tmp_path / "w"
    write_files(root, FILES)
    with TestWorkspace(root, start="2026-03-02 10:00", zone="Europe/Moscow") as run:
        run.work("backup", file=str(tmp_path / "kept.db"))
        list(live(run))
        assert run.work("mart.refresh")["rows"]["dim_deal"] == 2
    restore(root, tmp_path / "kept.db", replace=True)
    assert not (state_folder(root) / "mart").exists()
    with TestWorkspace(root, start="2026-03-09 10:00", zone="Europe/Moscow") as run:
        assert run.work("mart.refresh")["rows"]["dim_deal"] == 0


def test_the_commands_tell_of_it(tmp_path: Path) -> None:
    root = tmp_path / "w"
    write_files(root, FILES)
    with TestWorkspace(root, start="2026-03-02 10:00", zone="Europe/Moscow") as run:
        list(live(run))
    told = {}
    for words in (["status"], ["rebuild"], ["status"], ["export", str(tmp_path / "out"), "--format", "csv"]):
        ran = voronka("-C", root, "--lang", "en", "mart", *words)
        assert ran.code == 0, ran.err
        told[len(told)] = ran.out
    first, rebuilt, then, written = told.values()
    assert "no mart yet" in first
    assert "Deals" in rebuilt
    assert "Changed since" in then
    assert "deals.csv" in written
