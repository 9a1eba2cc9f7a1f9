"""Tables go out to a spreadsheet and come back as they were; what does not fit is refused."""

import csv
import io
from datetime import datetime
from zipfile import ZipFile

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
    outputs: {limit: {type: percent}, who: {type: text}}
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

    assert found.columns == ("load", 'coalesce(role, "dealer")', "fit", "limit", "who", "#")
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
    path = write(tmp_path / "t.csv", [header, [], ["anna", "3%", "1", "any", "50%"], ["", "", ""]], delimiter)

    assert read_rows(sheet(), path) == [("50%", "any", "1", "3%", "anna", "")]


def test_numbers_percentages_and_dates_of_a_workbook_are_read_as_they_are_seen(tmp_path):
    book = Workbook()
    page = book.active
    page.append(["load", 'coalesce(role, "dealer")', "fit", "limit", "who"])
    page.append([0.9, "any", 5, 0.125, True])
    page["A2"].number_format = page["D2"].number_format = "0.0%"
    book.save(tmp_path / "t.xlsx")

    assert read_rows(sheet(), tmp_path / "t.xlsx") == [("90%", "any", "5", "12.5%", "true", "")]


@pytest.mark.parametrize(
    ("value", "form", "read"),
    [
        ("2026-02-21 18:30", "yyyy-mm-dd h:mm", "2026-02-21 18:30"),
        ("2026-02-21 18:30", "dd.mm.yy", "2026-02-21 18:30"),
        ("2026-02-21 18:30:15", "h:mm:ss", "2026-02-21 18:30:15"),
        ("2026-02-21 00:00", "yyyy-mm-dd h:mm", "2026-02-21 00:00"),
        ("2026-02-21 00:00", "dd.mm.yyyy", "2026-02-21"),
    ],
)
def test_a_date_of_a_workbook_keeps_its_time(tmp_path, value, form, read):
    book = Workbook()
    page = book.active
    page.append(HEADER)
    page.append([datetime.fromisoformat(value), "any", "any", "1%", "anna"])
    page["A2"].number_format = form
    book.save(tmp_path / "t.xlsx")

    assert read_rows(sheet(), tmp_path / "t.xlsx")[0][0] == read


KEPT = """\
tables:
  t:
    hit: first
    inputs: [city, fit]
    outputs: [x]
    rows:
      # the first
      - [['Steel, stainless', '5" pipe', '"iron"; old'], any, 1]   # as agreed

      # before the second
      - - any of them
        # within
        - 1..2
        - 2
      # before the last
      - ["not a",  '3' , 3]
      # after all
  u: {inputs: [fit], outputs: [x], rows: [[any, 1]]}
"""


def kept(change):
    """Return the file with the rows that `change` makes of those of the table."""
    before = find_sheet(files(KEPT), "t")
    return with_rows(files(KEPT), before, change([list(row) for row in before.rows])).decode()


def test_rows_that_stay_and_what_stands_between_them_are_kept_to_the_letter():
    assert kept(lambda rows: rows) == KEPT
    added = kept(lambda rows: [*rows[:1], ["b", "4", "4", ""], *rows[1:]])
    assert [line for line in added.splitlines() if line not in KEPT.splitlines()] == ["      - [b, 4, 4]"]
    assert len(added.splitlines()) == len(KEPT.splitlines()) + 1
    fewer = kept(lambda rows: rows[:2]).splitlines()
    assert fewer == [line for line in KEPT.splitlines() if "not a" not in line]
    other = kept(lambda rows: [rows[0], ["b", "4", "4", "new"], rows[2]]).splitlines()
    assert other[9:13] == [
        "      # before the second",
        "        # within",
        "      - [b, 4, 4]  # new",
        "      # before the last",
    ]
    assert [line.strip() for line in kept(lambda rows: []).splitlines() if "#" in line] == [
        "# the first",
        "# before the second",
        "# within",
        "# before the last",
        "# after all",
    ]


def test_comments_within_a_row_over_several_lines_stay_where_it_changes():
    rules = (
        "tables:\n  t:\n    hit: first\n    inputs: [city, fit]\n    outputs: [x]\n    rows:\n"
        '      - - "any # of"  # which town\n        # how well\n        - any\n        - 1  # agreed\n'
        "      - [any,  # all\n         any, 2]\n"
    )
    found = find_sheet(files(rules), "t")
    text = with_rows(files(rules), found, [(*row[:-2], "9", row[-1]) for row in found.rows]).decode()

    for comment in ("# which town", "# how well", "# agreed", "# all"):
        assert text.count(comment) == 1
    assert [row[2] for row in find_sheet(files(text), "t").rows] == ["9", "9"]


def test_a_list_of_values_with_separators_in_them_means_the_same_in_a_sheet():
    before = read_workspace(files(KEPT)).workspace.tables["t"]
    assert before.rows[0].conditions[0].values == {"Steel, stainless", '5" pipe', '"iron"; old'}
    changed = kept(lambda rows: [[*rows[0][:-1], "another remark"], *rows[1:]])
    after = read_workspace(files(changed)).workspace.tables["t"]
    assert after.rows[0].conditions == before.rows[0].conditions


@pytest.mark.parametrize(("asked", "given"), [("city", "comment"), ("comment", "x"), ("fit", "fit")])
def test_an_input_and_an_output_may_be_called_anything(tmp_path, asked, given):
    rules = RULES.replace("    inputs: [fit]\n    outputs: [x]", f"    inputs: [{asked}]\n    outputs: [{given}]")
    other = find_sheet(files(rules.replace("rows: [[any, 1]]", "rows:\n      - [1, 2]  # so")), "other")
    (tmp_path / "t.csv").write_text(csv_text(other), encoding="utf-8")

    assert other.columns == (asked, given, "#")
    assert read_rows(other, tmp_path / "t.csv") == [("1", "2", "so")]


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


def damaged(path, change):
    """Write a workbook of the table of which `change` makes other contents of its page."""
    write_xlsx(sheet(), path)
    with ZipFile(path) as packed:
        contents = {name: packed.read(name) for name in packed.namelist()}
    with ZipFile(path, "w") as packed:
        for name, content in contents.items():
            packed.writestr(name, change(content) if "sheet1" in name else content)
    return path


@pytest.mark.parametrize(
    "change",
    [
        lambda page: page[: len(page) // 2],
        lambda page: b"",
        lambda page: page.replace(b'r="A1"', b'r="?"'),
        lambda page: page.replace(b"t=", b"t"),
    ],
)
def test_a_damaged_workbook_is_refused(tmp_path, change):
    with pytest.raises(UsageFault, match="no workbook"):
        read_rows(sheet(), damaged(tmp_path / "t.xlsx", change))


def test_a_cell_too_long_for_a_table_is_refused(tmp_path):
    for rows in ([[*HEADER[:-1], "x" * 200_000]], [HEADER, ["x" * 200_000, *HEADER[1:]]]):
        with pytest.raises(UsageFault, match="cannot be read"):
            read_rows(sheet(), write(tmp_path / "t.csv", rows))


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


def test_a_condition_that_nobody_wrote_is_told_and_not_taken_for_any(tmp_path):
    path = write(tmp_path / "t.csv", [HEADER, ["50%", "", "1", "5%", "anna"]], ";")

    with pytest.raises(UsageFault, match="Row 2 asks nothing of coalesce"):
        read_rows(sheet(), path)


def test_merged_cells_of_a_workbook_are_told(tmp_path):
    write_xlsx(sheet(), tmp_path / "t.xlsx")
    book = load_workbook(tmp_path / "t.xlsx")
    book.active.merge_cells("D2:D3")
    book.save(tmp_path / "t.xlsx")

    with pytest.raises(UsageFault, match="merged cells: D2:D3"):
        read_rows(sheet(), tmp_path / "t.xlsx")


def test_a_result_that_nobody_wrote_is_told_and_not_taken_for_missing(tmp_path):
    path = write(tmp_path / "t.csv", [HEADER, ["50%", "any", "1", "", "anna"]], ";")

    with pytest.raises(UsageFault, match="Row 2 gives no limit: the cell is empty"):
        read_rows(sheet(), path)


@pytest.mark.parametrize("filled", [True, False])
def test_a_second_sheet_is_told_unless_it_is_blank(tmp_path, filled):
    book = Workbook()
    second = book.create_sheet("Second")
    for page in (book.active, second) if filled else (second,):
        page.append(HEADER)
        page.append(["50%", "any", "1", "3%", "anna"])
    book.save(tmp_path / "t.xlsx")

    if filled:
        with pytest.raises(UsageFault, match="several sheets with values: Sheet, Second"):
            read_rows(sheet(), tmp_path / "t.xlsx")
    else:
        assert read_rows(sheet(), tmp_path / "t.xlsx") == [("50%", "any", "1", "3%", "anna", "")]
