"""What the documents point at exists: files, headings, commands of dev.py."""

import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*/*.md"), *ROOT.glob("changes/*.md")]
)
LINK = re.compile(r"(?<!!)\[[^\]]+\]\((?!https?:|mailto:)([^)\s]*)\)")


def prose(path: Path) -> str:
    """The text without its code blocks."""
    return re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", prose(path), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(path):
    broken = []
    for target in LINK.findall(prose(path)):
        file, _, anchor = target.partition("#")
        there = path.parent / file if file else path
        if not there.exists() or (anchor and anchor not in anchors(there)):
            broken.append(target)
    assert broken == []


def test_every_command_of_dev_py_in_a_document_exists():
    commands = runpy.run_path(str(ROOT / "dev.py"))["COMMANDS"]
    named = {name for path in DOCUMENTS for name in re.findall(r"python3? dev\.py (\w+)", path.read_text("utf-8"))}
    assert named <= set(commands)


def test_every_decision_is_numbered_in_order_and_has_a_status():
    records = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
    assert [int(path.name[:4]) for path in records] == list(range(len(records)))
    for path in records[1:]:
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {path.name[:4]}. "), path.name
        assert re.search(
            r"^Status: (proposed|accepted|replaced by \d{4})\. Date: \d{4}-\d\d-\d\d\.$", text, re.MULTILINE
        )


def test_every_term_of_the_glossary_is_told_once_and_in_russian():
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (?!term|---)([^|]+) \| ([^|]+) \| [^|]+ \|$", text, re.MULTILINE)
    terms = [term for term, _ in rows]
    assert sorted(terms) == sorted(set(terms))
    assert [term for term, russian in rows if not re.search("[а-яё]", russian)] == []
