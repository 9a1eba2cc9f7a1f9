"""The page of built-in names has each of them, with its type, in both languages."""

from itertools import chain
from pathlib import Path

import pytest

from voronka.config.kpi_scopes import OF_FACTS
from voronka.definition.fields import Field, Subject
from voronka.definition.vocabulary import BUILT_IN_COLLECTIONS, BUILT_IN_FIELDS, COMPUTED_NAMES, USER_NAMES

ROOT = Path(__file__).parents[2]
TABLES = [
    *({**COMPUTED_NAMES[subject], **BUILT_IN_FIELDS[subject]} for subject in Subject),
    USER_NAMES,
    *(collection.fields for collection in BUILT_IN_COLLECTIONS.values()),
    *OF_FACTS.values(),
]


def told(page):
    """The tables of a page: the type and the meaning of each name."""
    tables = []
    for line in (ROOT / page).read_text(encoding="utf-8").splitlines():
        if line.startswith("|---"):
            tables.append({})
        elif line.startswith("| `"):
            name, type_, meaning = (cell.strip(" `") for cell in line.strip("|").split("|"))
            tables[-1][name] = (type_, meaning)
    return tables


def type_of(known):
    return known.type.value if isinstance(known, Field) else known.type.reference or known.type.kind.value


@pytest.mark.parametrize("page", ["docs/names.md", "docs/ru/names.md"])
def test_each_built_in_name_stands_in_its_table_with_its_type(page):
    found = [{name: type_ for name, (type_, _) in table.items()} for table in told(page)]
    assert found == [{name: type_of(known) for name, known in table.items()} for table in TABLES]


@pytest.mark.parametrize(("page", "word"), [("docs/names.md", "personal"), ("docs/ru/names.md", "личное")])
def test_what_is_personal_is_called_so(page, word):
    called = {name for table in told(page) for name, (_, meaning) in table.items() if word in meaning}
    personal = {name for name, known in chain(*(table.items() for table in TABLES)) if getattr(known, "pii", False)}
    assert called == personal
