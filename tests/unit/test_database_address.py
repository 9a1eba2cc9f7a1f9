"""Which database a workspace is kept in: what voronka.yaml refers to, else the file in its state folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from voronka.errors import EnvironmentFault, UsageFault
from voronka.runtime.address import database_address, names_database
from voronka.runtime.configuration import BrokenConfigurationError

WORKSPACE = "workspace: acme\ntimezone: Europe/Moscow\ncurrency: RUB\n"
ADDRESS = "postgresql://anna:secret@db.example/sales"


def written(root: Path, line: str = "") -> Path:
    (root / "voronka.yaml").write_text(WORKSPACE + line, encoding="utf-8")
    return root


def address(root: Path) -> str | Path:
    return database_address(root, root / ".voronka")


@pytest.mark.parametrize("line", ["", "# the database lies elsewhere\n"])
def test_without_the_key_it_is_the_file_in_the_state_folder(tmp_path: Path, line: str) -> None:
    assert address(written(tmp_path, line)) == tmp_path / ".voronka" / "voronka.db"
    assert not names_database(tmp_path)


def test_a_variable_of_the_environment_or_a_file_holds_the_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SALES_DB", ADDRESS)
    assert address(written(tmp_path, "database: ${env:SALES_DB}\n")) == ADDRESS
    (tmp_path / "address").write_text(f"{ADDRESS}\n", encoding="utf-8")
    assert address(written(tmp_path, "database: ${file:address}\n")) == ADDRESS
    assert names_database(tmp_path)


def test_a_variable_that_is_not_set_never_means_another_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SALES_DB", raising=False)
    with pytest.raises(EnvironmentFault, match="SALES_DB is not set") as caught:
        address(written(tmp_path, "database: ${env:SALES_DB}\n"))
    assert caught.value.place == "voronka.yaml:4"


def test_what_is_no_address_of_postgresql_is_refused_without_being_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SALES_DB", "mysql://anna:secret@db.example/sales")
    with pytest.raises(UsageFault) as caught:
        address(written(tmp_path, "database: ${env:SALES_DB}\n"))
    assert "secret" not in caught.value.render()


@pytest.mark.parametrize(
    "line", [f"database: {ADDRESS}\n", "database: '${env:1}'\n", "database: [a]\n", "database: ${env:A}\n  - x\n"]
)
def test_what_is_no_reference_is_a_finding_and_no_database_is_opened(tmp_path: Path, line: str) -> None:
    with pytest.raises(BrokenConfigurationError) as caught:
        address(written(tmp_path, line))
    assert "secret@" not in caught.value.render()
