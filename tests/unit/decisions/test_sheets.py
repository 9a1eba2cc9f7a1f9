"""Tables go out to a spreadsheet and come back as they were; what does not fit is refused."""

import csv
import io

import pytest
from openpyxl import Workbook, load_workbook

from tests.unit.decisions.workspaces import FILES
from voronka.config import read_workspace
from voronka.config.sheet_files import csv_text, read_rows, write_xlsx
from voronka.config.sheets import find_sheet, with_rows
from voronka.errors import UsageFault

PATH = "configs/rules/rules.yaml"
RULES = """\
# Discounts, agreed upon in March.
tables:
  limit:
    hit: first
    inputs: [load, 'coalesce(role, "dealer")', fit]
    outputs: [limit, who]
    rows:
      - [">= 90%", any, any, 0%, head]  # the works is full
      # big partners
      - ["< 60%", [integrator, kit], "= 5", 12%, "@head"]
      - [any, any, "-5..3", 5%, "=cmd|' /C calc'!A0"]  # = not a formula

      - [any, any, any, 5%, missing]
  # what follows stays
  other:
    inputs: [fit]
    outputs: [x]
    rows: [[any, 1]]
"""


def files(rules=RULES):
    return {path: text.encode() for path, text in {**FILES, PATH: rules}.items()}


def sheet():
    return find_sheet(files(), "limit")


def write(path, rows, delimiter=";"):
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, delimiter=delimiter).writerows(rows)
    return path


def test_a_sheet_has_a_column_for_each_input_and_output_and_one_for_comments():
    found = sheet()

    assert found.columns == ("load", 'coalesce(role, "dealer")', "fit", "limit", "who", "comment")
    assert found.rows[0] == (">= 90%", "any", "any", "0%", "head", "the works is full")
    assert found.rows[1][1] == "integrator, kit"


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_table_that_goes_out_and_back_means_the_same(tmp_path, form):
    before, path = sheet(), tmp_path / f"limit.{form}"
    if form == "csv":
        path.write_text(csv_text(before), encoding="utf-8-sig", newline="")
    else:
        write_xlsx(before, path)
    changed = with_rows(files(), before, read_rows(before, path))

    text = changed.decode()
    assert find_sheet(files(text), "limit").rows == before.rows
    assert read_workspace(files(text)).workspace.tables == read_workspace(files()).workspace.tables
    assert text.startswith(RULES[: RULES.index("      - [")])
    assert text.endswith(RULES[RULES.index("  # what follows") :])
    assert "# the works is full" in text


def test_no_cell_of_a_file_is_a_formula(tmp_path):
    cells = [cell for row in csv.reader(io.StringIO(csv_text(sheet())), delimiter=";") for cell in row]
    assert [cell for cell in cells if cell[:1] in "=@+-\t" and cell] == []

    write_xlsx(sheet(), tmp_path / "t.xlsx")
    book = load_workbook(tmp_path / "t.xlsx")
    assert {cell.data_type for row in book.worksheets[0].iter_rows() for cell in row if cell.value} == {"s"}


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_columns_may_stand_in_another_order_without_comments_and_blank_rows(tmp_path, delimiter):
    header = ["who", "limit", "fit", 'coalesce(role, "dealer")', "load"]
    path = write(tmp_path / "t.csv", [header, [], ["anna", "3%", "1", "", "50%"], ["", "", ""]], delimiter)

    assert read_rows(sheet(), path) == [("50%", "any", "1", "3%", "anna", "")]


def test_numbers_percentages_and_dates_of_a_workbook_are_read_as_they_are_seen(tmp_path):
    book = Workbook()
    page = book.active
    page.append(["load", 'coalesce(role, "dealer")', "fit", "limit", "who"])
    page.append([0.9, None, 5, 0.125, True])
    page["A2"].number_format = page["D2"].number_format = "0.0%"
    book.save(tmp_path / "t.xlsx")

    assert read_rows(sheet(), tmp_path / "t.xlsx") == [("90%", "any", "5", "12.5%", "true", "")]


HEADER = ["load", 'coalesce(role, "dealer")', "fit", "limit", "who"]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([[*HEADER, "bonus"]], "bonus"),
        ([HEADER[:-1]], "who"),
        ([[*HEADER, "who"]], "who"),
        ([HEADER, ["any"] * 7], "Row 2"),
        ([], "no rows"),
        ([HEADER, *([["any"] * 5] * 1_001)], "larger"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_with_what_is_wrong(tmp_path, rows, told):
    with pytest.raises(UsageFault) as fault:
        read_rows(sheet(), write(tmp_path / "t.csv", rows))

    assert told in str(fault.value.reason)


def test_a_formula_in_a_workbook_is_refused(tmp_path):
    book = Workbook()
    book.active.append(HEADER)
    book.active.append(["=1+1", "any", "any", "5%", "anna"])
    book.save(tmp_path / "t.xlsx")

    with pytest.raises(UsageFault, match="formula"):
        read_rows(sheet(), tmp_path / "t.xlsx")


def test_what_is_no_workbook_is_refused(tmp_path):
    (tmp_path / "t.xlsx").write_bytes(b"PK\x03\x04 not a zip")

    with pytest.raises(UsageFault, match="no workbook"):
        read_rows(sheet(), tmp_path / "t.xlsx")


def test_rows_on_the_line_of_their_key_are_not_touched():
    other = find_sheet(files(), "other")

    with pytest.raises(UsageFault, match="other"):
        with_rows(files(), other, other.rows)


def test_a_table_that_there_is_not_is_told_with_those_that_there_are():
    with pytest.raises(UsageFault) as fault:
        find_sheet(files(), "limits")

    assert "limit, other" in str(fault.value.remedy)
