"""`voronka table`: out to a spreadsheet and back, with nothing changed where the new rows cannot stand."""

from __future__ import annotations

import resource

import pytest

from tests.integration.cli.running import voronka
from tests.unit.decisions.workspaces import FILES
from voronka.testing import write_files

RULES = """\
tables:
  discount:   # agreed in spring
    hit: first
    inputs: [load, role]
    outputs: [limit]
    rows:
      - [">= 90%", any, 0%]  # full
      - [any, dealer, 5%]
"""


@pytest.fixture
def root(tmp_path):
    write_files(tmp_path / "acme", FILES | {"configs/rules/rules.yaml": RULES})
    return tmp_path / "acme"


def rules(root):
    return (root / "configs/rules/rules.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_table_that_nobody_changed_comes_back_as_it_was(root, tmp_path, form):
    sheet = tmp_path / f"discount.{form}"
    out = voronka("table", "export", "discount", "--format", form, "--to", sheet, "-C", root)
    back = voronka("table", "import", sheet, "-C", root)

    assert (out.code, back.code) == (0, 0), out.err + back.err
    assert rules(root) == RULES


def test_the_ending_of_the_file_tells_its_form(root, tmp_path):
    sheet = tmp_path / "discount.xlsx"
    assert voronka("table", "export", "discount", "--to", sheet, "-C", root).code == 0
    assert sheet.read_bytes().startswith(b"PK")

    for words in (("--to", tmp_path / "discount.ods"), ("--format", "csv", "--to", sheet)):
        assert voronka("table", "export", "discount", *words, "-C", root).code == 2


def test_changed_rows_stand_in_the_file_and_the_rest_of_it_stays(root, tmp_path):
    sheet = tmp_path / "new.csv"
    text = voronka("table", "export", "discount", "-C", root).out
    sheet.write_text(text.replace("any;dealer;5%", "any;kit;7%"), encoding="utf-8")
    ran = voronka("table", "import", sheet, "--table", "discount", "-C", root)

    assert ran.code == 0, ran.err
    assert "any, kit, 7%" in rules(root)
    assert "discount:   # agreed in spring" in rules(root)
    assert "full" in rules(root)
    assert voronka("check", "-C", root).code == 0


@pytest.mark.parametrize(
    ("row", "told"),
    [("any;baker;5%", "baker"), (">= ten;dealer;5%", "ten"), ("=1+1;dealer;5%", "=1+1")],
)
def test_rows_with_a_fault_leave_the_file_as_it_is(root, tmp_path, row, told):
    sheet = tmp_path / "discount.csv"
    text = voronka("table", "export", "discount", "-C", root).out
    sheet.write_text(text.replace("any;dealer;5%", row), encoding="utf-8")
    ran = voronka("table", "import", sheet, "-C", root)

    assert ran.code in (1, 2)
    assert told in ran.out + ran.err
    assert rules(root) == RULES


def test_a_disk_that_fills_up_in_the_middle_leaves_the_file_as_it_is(root, tmp_path):
    sheet = tmp_path / "discount.csv"
    text = voronka("table", "export", "discount", "-C", root).out
    sheet.write_text(text.replace("any;dealer;5%", "any;kit;7%"), encoding="utf-8")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50, limits[1]))
    try:
        ran = voronka("table", "import", sheet, "-C", root)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert ran.code == 5, ran.err
    assert "File too large" in ran.err
    assert rules(root) == RULES
    assert [each.name for each in (root / "configs/rules").iterdir()] == ["rules.yaml"]


def test_an_unknown_table_is_refused_with_the_one_that_was_meant(root):
    ran = voronka("table", "export", "discuont", "-C", root)

    assert ran.code == 2
    assert "discount" in ran.err
