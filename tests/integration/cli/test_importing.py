"""Imports from the command line: rehearsed, brought in once, listed, taken back."""

from __future__ import annotations

import shutil

import pytest

from tests.integration.test_workspaces import ROOT

HEADER = "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value\n"
ROWS = (
    "A1,Agent One,GTXPro,Alpha,Won,2017-01-02,2017-02-03,1050\n"
    "A2,Agent One,MG Special,Beta,Lost,2017-01-05,2017-03-01,0\n"
    "A3,Agent Two,GTX Basic,,Engaging,2017-04-01,,\n"
    "A4,Agent Two,Unheard Of,Alpha,Engaging,2017-04-02,,\n"
)


@pytest.fixture
def root(tmp_path):
    return shutil.copytree(
        ROOT / "examples" / "hardware_crm", tmp_path / "hw", ignore=shutil.ignore_patterns(".voronka")
    )


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "pipeline.csv"
    path.write_text(HEADER + ROWS, encoding="utf-8")
    return path


def test_rows_refused_for_one_cause_are_told_together_and_bad_files_are_not_proposed(run, file):
    unknown = "A{n},Agent Two,Unheard Of,Alpha,Engaging,2017-04-02,,\n"
    file.write_text(HEADER + "".join(unknown.format(n=n) for n in range(12)), encoding="utf-8")
    rehearsed = run("import", "opportunities", file, "--dry-run")
    assert "  lines 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 2 more, product: " in rehearsed.out
    assert rehearsed.out.count("Unheard Of") == 1
    assert "next: " not in rehearsed.err


def test_a_file_comes_in_once_and_can_be_taken_back(run, file):
    rehearsed = run("import", "opportunities", file, "--dry-run")
    assert rehearsed.code == 1, "a row would be refused"
    assert "A rehearsal: nothing was kept." in rehearsed.out
    assert run("deal", "list", "--json").json == []

    brought = run("import", "opportunities", file)
    assert brought.code == 1, "a row was refused"
    assert "Import opportunities-1 is done." in brought.out
    assert "line 5, product: " in brought.out
    assert "Unheard Of" in brought.out
    assert "import undo opportunities-1" in brought.err
    assert [deal["number"] for deal in run("deal", "list", "--json").json] == [1, 2, 3]

    again = run("import", "opportunities", file, "--json").json
    assert (again["taken"], again["known"], again["refused"]) == (0, 3, 1)

    closed = run("import", "outcomes", file)
    assert "Import outcomes-1 is done." in closed.out
    assert closed.code == 0
    outcomes = {deal["number"]: deal["outcome"] for deal in run("deal", "list", "--closed", "--json").json}
    assert outcomes == {1: "won", 2: "lost"}
    assert [each["import"] for each in run("import", "list", "--json").json] == ["outcomes-1", "opportunities-1"]

    undone = run("import", "undo", "opportunities-1")
    assert undone.code == 0
    assert "3 deals are hidden." in undone.out
    assert "outcomes-1" in undone.err
    listed = run("import", "list")
    assert listed.out.count("undone") == 2, "nothing is left of what outcomes-1 brought in"
    assert "import undo" not in listed.err
    assert run("deal", "list", "--all", "--json").json == []


def test_a_file_without_rows_is_told_as_that(run, file):
    file.write_text(HEADER, encoding="utf-8")
    for words in ([], ["--dry-run"]):
        assert "The file has a header and no rows." in run("import", "opportunities", file, *words).out


def test_deals_changed_since_keep_an_import(run, file):
    run("import", "opportunities", file)
    run("deal", "set", 3, "owner=")
    refused = run("import", "undo", "opportunities-1")
    assert refused.code == 4
    assert "3" in refused.err
    assert [deal["number"] for deal in run("deal", "list", "--json").json] == [1, 2, 3]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("import",), 2, "Usage: voronka import"),
        (("import", "opportunities"), 2, "FILE is missing."),
        (("import", "opportunites", "{file}"), 2, "Did you mean opportunities?"),
        (("import", "opportunities", "absent.csv"), 2, "absent.csv: The file cannot be read"),
        (("import", "opportunities", "{folder}"), 2, "The file cannot be read"),
        (("import", "opportunities", "{empty}"), 2, "empty"),
        (("import", "opportunities", "{other}"), 2, "column"),
        (("import", "opportunities", "{file}", "--as", "nobody"), 2, "There is no user nobody."),
        (("import", "undo"), 2, "ID is missing."),
        (("import", "undo", "nothing-1"), 2, "There is no import nothing-1."),
    ],
)
def test_what_cannot_be_imported_is_refused(run, file, tmp_path, words, code, told):
    (tmp_path / "empty.csv").write_text("", encoding="utf-8")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    places = {"file": file, "folder": tmp_path, "empty": tmp_path / "empty.csv", "other": tmp_path / "other.csv"}
    ran = run(*(str(word).format(**places) for word in words))
    assert told in ran.err
    assert (ran.code, ran.out) == (code, "")
