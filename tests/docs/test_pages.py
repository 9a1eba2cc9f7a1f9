"""What the documentation shows is what happens: every block of every page is played.

``VORONKA_WRITE_DOCS=1`` writes what was printed into the pages instead of comparing it.
"""

import os
from pathlib import Path

import pytest

from tests.contract.postgresql import emptied
from tests.docs.page import KINDS, Page, blocks, plain
from voronka.config import has_errors, read_workspace

ROOT = Path(__file__).resolve().parents[2]
DEEP = bool(os.environ.get("VORONKA_DEEP"))
WRITE = bool(os.environ.get("VORONKA_WRITE_DOCS"))
# Their blocks have tests of their own: examples of the schemas (tests/unit/config/test_schemas.py), expressions
# (tests/unit/expressions/test_document.py).
ELSEWHERE = {"docs/language.md", "docs/language.ru.md", "docs/expressions.md"}
PAGES = sorted(
    path
    for pattern in ("README.md", "CONTRIBUTING.md", "docs/**/*.md", "examples/*/*.md")
    for path in ROOT.glob(pattern)
    if path.relative_to(ROOT).as_posix() not in ELSEWHERE
)


def name(path):
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_every_block_says_what_it_is(path):
    found = [block.words for block in blocks(path.read_text(encoding="utf-8"))]
    assert [words for words in found if not words or words[0] not in KINDS or set(words[1:]) - {"deep"}] == []


@pytest.mark.parametrize("path", [path for path in PAGES if "```" in path.read_text("utf-8")], ids=name)
def test_a_page_happens_as_it_is_told(path, tmp_path, monkeypatch, request):
    for variable in ("VORONKA_LANG", "VORONKA_USER", "LC_ALL", "LANG"):
        monkeypatch.delenv(variable, raising=False)
    text = path.read_text(encoding="utf-8")
    if "$TEST_SERVER" in text:
        monkeypatch.setenv("TEST_SERVER", emptied(request.getfixturevalue("postgresql")))
    page = Page(text, tmp_path, deep=DEEP)
    played = page.played()
    roots = (next(each for each in file.parents if (each / "voronka.yaml").exists()) for file in page.files)
    for root in dict.fromkeys(roots):
        findings = read_workspace(root).findings
        assert not has_errors(findings), [str(finding.reason) for finding in findings]
    if WRITE and plain(played) != plain(text):
        path.write_text(played, encoding="utf-8")
    else:
        assert plain(played) == plain(text)
