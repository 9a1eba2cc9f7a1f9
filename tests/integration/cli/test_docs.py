"""`voronka docs`: what it writes where, and what it refuses."""

from pathlib import Path

import pytest

from tests.integration.cli.running import voronka

WORKSPACE = Path(__file__).parents[2] / "unit" / "documents" / "workspace"


def test_documents_are_written_into_a_folder_and_others_there_are_left_alone(tmp_path):
    kept = tmp_path / "note.txt"
    kept.write_text("ours", encoding="utf-8")
    ran = voronka("docs", "fields", "--out", tmp_path, "--locale", "ru", "--format", "markdown", "-C", WORKSPACE)
    assert (ran.code, ran.out.split()) == (0, [str(tmp_path / "fields.md")])
    assert (tmp_path / "fields.md").read_text(encoding="utf-8").startswith("# Каталог полей\n")
    assert kept.read_text(encoding="utf-8") == "ours"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("passport", "nowhere"), "There is no funnel nowhere."),
        (("fields", "orders"), "Only a passport is of a funnel."),
        (("novel",), "DOCUMENT is one of: passport, fields, glossary, brief."),
    ],
)
def test_what_cannot_be_meant_is_refused(words, told, tmp_path):
    ran = voronka("docs", *words, "--out", tmp_path / "new", "-C", WORKSPACE)
    assert ran.code == 2
    assert told in ran.err
    assert not (tmp_path / "new").exists()


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    ran = voronka("docs", "brief", "--out", tmp_path / "file", "-C", WORKSPACE)
    assert ran.code == 5
    assert "The documents cannot be written." in ran.err
