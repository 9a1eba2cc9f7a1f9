"""The documents of the reference workspace's strategy, whole, in both languages.

``VORONKA_WRITE_DOCS=1`` writes them anew instead of comparing them.
"""

import os
from functools import cache
from html import escape
from pathlib import Path

import pytest

from tests.unit.config.corpus import base, cases, workspace_of
from voronka.config import read_workspace
from voronka.errors import UsageFault
from voronka.messages import Label
from voronka.metrics.reports.document import Badge, Column, Document, Light, Row, Table, Unit
from voronka.metrics.reports.markdown import markdown_of
from voronka.metrics.reports.page import html_page
from voronka.metrics.reports.wire import document_of, to_json
from voronka.metrics.strategy.documents import DOCUMENTS, strategy_document

ROOT = Path(__file__).resolve().parents[3]
GOLDEN = Path(__file__).parent / "golden"


@cache
def reference():
    return read_workspace(ROOT).workspace


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_documents_as_markdown_are_the_golden_ones(language):
    golden = GOLDEN / f"strategy.{language}.md"
    written = "\n".join(markdown_of(strategy_document(reference(), name), language) for name in DOCUMENTS)
    if os.environ.get("VORONKA_WRITE_DOCS"):
        golden.write_text(written, encoding="utf-8")

    assert written == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_page_says_what_the_text_says(name):
    document = strategy_document(reference(), name)
    page = html_page(document, "ru")

    assert page == html_page(document_of(to_json(document)), "ru")
    told = [*document.said, *(cell for table in document.tables for row in table.rows for cell in row.cells)]
    sentences = [each.render("ru") for each in told if hasattr(each, "render")]
    assert [
        each for each in sentences if escape(each, quote=False) not in page.replace("&#39;", "'").replace("&#34;", '"')
    ] == []
    assert "Нет данных" not in page.partition("<script")[0]


@pytest.mark.parametrize("name", ["roadmap", "scope", "case", "incentives"])
def test_what_is_not_declared_is_told(name):
    with pytest.raises(UsageFault):
        strategy_document(read_workspace(base()).workspace, name)


def test_an_assumption_called_rate_is_not_told_as_the_rate_of_discount():
    files = workspace_of(next(each for each in cases() if each["case"] == "an expected value beyond its greatest"))
    path = "configs/strategy/s.yaml"
    files[path] = files[path].replace(b"effort: {value: 2", b"effort: {value: 1").replace(b"effort", b"rate")
    tables = {table.name: table for table in strategy_document(read_workspace(files).workspace, "case").tables}

    told = sorted(row.cells[0].render("en") for row in tables["sensitivity"].rows)
    assert told == ["Rate of discount, a year", "rate"]


def test_the_questions_are_shown_before_they_are_answered():
    document = strategy_document(read_workspace(base()).workspace, "readiness")

    assert [row.cells[1].render() for row in document.tables[0].rows] == ["not answered"] * 7


def test_markdown_takes_nothing_in_a_cell_for_a_mark():
    table = Table(
        name="t",
        title=Label.plain("A*b"),
        columns=(Column(name="a", label=Label.plain("A|B")), Column(name="n", label=Label.plain("N"), unit=Unit.COUNT)),
        rows=(Row(cells=(Label.plain("x|y\n<b>"), 1_000), light=Light.RED, why=Label.plain("too few")),),
    )
    document = Document(
        name="d", title=Label.plain("T"), definition=Label.plain("D"), badge=Badge(n=1), tables=(table,)
    )

    assert markdown_of(document, "en") == (
        "# T\n\nn = 1\n\n## A\\*b\n\n| A\\|B | N | Target |\n| --- | ---: | --- |\n"
        "| x\\|y \\<b\\> | 1,000 | missed |\n\n- x\\|y \\<b\\>: too few\n\n## What is counted\n\nD\n"
    )
