"""Every sentence of the code has its Russian, and the compiled catalogue is the one of these fragments."""

import ast
import gettext
import io
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from tools import catalogue

RUSSIAN = catalogue.CODE / "locale" / "ru"


@pytest.fixture(scope="module")
def code():
    return catalogue.sentences(catalogue.CODE)


@pytest.fixture(scope="module")
def parts():
    return catalogue.fragments(RUSSIAN)


def test_code_and_catalogue_agree(code, parts):
    assert [str(fault) for fault in catalogue.faults(code, parts)] == []


def test_the_compiled_catalogue_is_current(parts):
    current = (RUSSIAN / "LC_MESSAGES" / "voronka.mo").read_bytes() == catalogue.compiled(parts)
    assert current, "run: python dev.py messages"


def test_every_sentence_is_a_literal_so_that_it_can_be_found():
    strangers = []
    for path in sorted(catalogue.CODE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            originals = node.args[: {"Text": 1, "Plural": 2}.get(name, 0)]
            if not all(isinstance(part, ast.Constant) and isinstance(part.value, str) for part in originals):
                strangers.append(f"{path.relative_to(catalogue.CODE)}:{node.lineno}")
    assert strangers == []


def fragment(*messages: tuple[object, object]) -> dict[str, Catalog]:
    catalog = Catalog(locale="ru", fuzzy=False)
    for identity, words in messages:
        catalog.add(identity, words)
    return {"part.po": catalog}


CODE = {"Set {field}.": "a.py:1", ("{n} deal", "{n} deals"): "a.py:2"}
FIELD = ("Set {field}.", "Заполните {field}.")
DEALS = (("{n} deal", "{n} deals"), ("{n} сделка", "{n} сделки", "{n} сделок"))


def test_agreement_has_no_faults():
    assert list(catalogue.faults(CODE, fragment(FIELD, DEALS))) == []


@pytest.mark.parametrize(
    ("messages", "fault"),
    [
        ([FIELD], "a.py:2: has no Russian: ('{n} deal', '{n} deals')"),
        ([FIELD, DEALS, ("Gone.", "Нет.")], "no sentence of the code reads 'Gone.'"),
        ([DEALS, ("Set {field}.", "Заполните {поле}.")], "does not name the places of the original (field)"),
        ([DEALS, ("Set {field}.", "Заполните.")], "does not name the places of the original (field)"),
        ([DEALS, ("Set {field}.", "")], "is not translated in full: 'Set {field}.'"),
        ([FIELD, (DEALS[0], ("{n} сделка", "{n} сделки", ""))], "is not translated in full: '{n} deal'"),
        ([FIELD, (DEALS[0], ("сделка", "{n} сделки", "{n} сделок"))], "does not name the places"),
    ],
    ids=["missing", "dead", "other place", "lost place", "empty", "empty plural form", "plural lost its count"],
)
def test_disagreement_is_told(messages, fault):
    found = [str(found) for found in catalogue.faults(CODE, fragment(*messages))]
    assert len(found) == 1
    assert fault in found[0]


def test_two_fragments_may_not_translate_one_sentence_differently():
    parts = {**fragment(FIELD, DEALS), "other.po": fragment(("Set {field}.", "Укажите {field}."))["part.po"]}
    assert ["reads differently" in str(fault) for fault in catalogue.faults(CODE, parts)] == [True]


def test_compiled_bytes_depend_on_the_content_alone():
    assert catalogue.compiled(fragment(FIELD, DEALS)) == catalogue.compiled(fragment(DEALS, FIELD))


@pytest.mark.parametrize(
    ("count", "words"), [(1, "{n} сделка"), (3, "{n} сделки"), (5, "{n} сделок"), (21, "{n} сделка")]
)
def test_compiled_catalogue_knows_russian_plurals(count, words):
    russian = gettext.GNUTranslations(io.BytesIO(catalogue.compiled(fragment(DEALS))))
    assert russian.ngettext(*DEALS[0], count) == words


def test_sentences_are_found_with_their_place(tmp_path: Path):
    (tmp_path / "a.py").write_text(
        'raise Fault(Text("one {x}" " two", x=Plural("{n} deal", "{n} deals", n=2)))\n', encoding="utf-8"
    )
    assert catalogue.sentences(tmp_path) == {
        "one {x} two": "a.py:1",
        ("{n} deal", "{n} deals"): "a.py:1",
    }
