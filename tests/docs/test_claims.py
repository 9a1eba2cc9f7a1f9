"""What the first pages say of the product as a whole is so."""

from pathlib import Path

import pytest

from voronka.bootstrap import reference_workspace
from voronka.config import read_workspace
from voronka.config.files import KINDS, LATER_KINDS

ROOT = Path(__file__).parents[2]
NUMBERS = {"en": {5: "five", 6: "six", 7: "seven"}, "ru": {5: "пятью", 6: "шестью", 7: "семью"}}
RUSSIAN = {
    "campaigns": "кампании",
    "catalog": "каталоги",
    "migrations": "переносы",
    "strategy": "стратегии",
}


def missing(page):
    """Return what a page says is not there yet, in small letters."""
    text = (ROOT / page).read_text(encoding="utf-8")
    begin = "What is not there yet" if "What is not there yet" in text else "Чего пока нет"
    return text.partition(begin)[2].partition("\n## ")[0].casefold()


@pytest.mark.parametrize("kind", sorted(LATER_KINDS))
def test_the_kinds_of_files_that_are_refused_are_told_as_missing(kind):
    assert kind.rstrip("sy") in missing("README.md")
    assert RUSSIAN[kind] in missing("docs/ru/README.md")


@pytest.mark.parametrize("kind", ["table", "scorecard", "matri", "rights", *KINDS])
def test_what_is_there_is_not_told_as_missing(kind):
    assert kind not in missing("README.md")


@pytest.mark.parametrize(("page", "language"), [("docs/tutorial.md", "en"), ("docs/ru/tutorial.md", "ru")])
def test_the_tutorial_tells_how_many_funnels_the_reference_workspace_has(page, language):
    workspace = read_workspace(reference_workspace()).workspace
    noun = {"en": "funnels", "ru": "воронками"}[language]

    text = " ".join((ROOT / page).read_text(encoding="utf-8").split())
    assert f"{NUMBERS[language][len(workspace.funnels)]} {noun}" in text
