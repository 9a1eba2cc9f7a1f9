"""`voronka schema` tells what it has done, in the language asked for, and refuses what it would destroy."""

from __future__ import annotations

import json


def test_the_schemas_are_written_once_and_found_by_the_settings(run, root):
    made = run("schema")
    assert made.code == 0
    assert "schemas are in schemas." in made.out
    assert "  .vscode/settings.json" in made.out.splitlines()
    named = json.loads((root / ".vscode/settings.json").read_text(encoding="utf-8"))["yaml.schemas"]
    assert all((root / schema).is_file() for schema in named)
    again = run("schema")
    assert (again.code, len(again.out.splitlines())) == (0, 1)
    assert "Nothing has changed since the last time." in again.err


def test_labels_and_meanings_are_in_the_language_asked_for(run, root):
    run("schema", "--lang", "ru")
    text = (root / "schemas/funnels.react.json").read_text(encoding="utf-8")
    assert "Выявление потребности" in text
    assert "Этап, на который он ведёт." in text


def test_a_broken_workspace_gets_its_schemas_and_hears_what_is_missing_in_them(run, root):
    (root / "configs/people/sales.yaml").write_text("roles: {\n", encoding="utf-8")
    made = run("schema")
    assert made.code == 0
    assert "configs/people/sales.yaml cannot be read, so the names in it are not offered." in made.err


def test_a_modeline_is_no_fault(run, root):
    made = run("schema", "--modelines", "--out", "editor")
    assert "  configs/funnels/react.yaml" in made.out.splitlines()
    assert run("check").code == 0


def test_settings_that_cannot_be_read_are_refused_and_stay(run, root):
    (root / ".vscode").mkdir()
    (root / ".vscode/settings.json").write_text("{oops", encoding="utf-8")
    refused = run("schema")
    assert refused.code == 2
    assert refused.err.startswith(".vscode/settings.json: The settings of the editor cannot be read: line 1")
    assert (root / ".vscode/settings.json").read_text(encoding="utf-8") == "{oops"
    assert not (root / "schemas").exists()


def test_a_folder_outside_of_the_workspace_is_refused(run):
    refused = run("schema", "--out", "../schemas")
    assert refused.code == 2
    assert refused.err.startswith("--out: ")
