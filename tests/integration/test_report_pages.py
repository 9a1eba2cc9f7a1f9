"""Pages of reports in a real browser: they open from a disk, draw their pictures and ask nobody for anything."""

import pytest

from tests.integration.browser import browser, program
from tests.integration.sales_workspace import FILES, open_sales
from tests.unit.metrics.reports.sample import SAMPLE
from voronka.metrics.reports.answers import BUILDS
from voronka.metrics.reports.page import html_page
from voronka.metrics.reports.sheet import csv_of
from voronka.metrics.reports.wire import document_of

needs_browser = pytest.mark.skipif(program() is None, reason="there is no Chromium on this machine")
TCO = """\
set: tco
collections:
  costs: {fields: {what: {type: text}, whose: {type: text}, amount: {type: money}}}
tco: {costs: costs, component: what, supplier: whose, value: amount}
"""
PROFIT = """\
profit_model:
  label: Profit
  result: profit
  parameters:
    clients: {label: Clients, value: 10}
    cheque: {label: Cheque, unit: money, value: 1000}
    profit: {label: Profit, unit: money, formula: clients * cheque}
"""

DRAWN = "[...document.querySelectorAll('.picture')].map(box => box.querySelectorAll('svg path').length)"
GROUND = "getComputedStyle(document.body).backgroundColor"


@pytest.fixture(scope="module")
def documents(tmp_path_factory):
    """Every report of a small workspace, as it is sent."""
    files = {
        **FILES,
        "configs/kpis/profit.yaml": PROFIT,
        "configs/fields/tco.yaml": TCO,
        "configs/funnels/sales.yaml": FILES["configs/funnels/sales.yaml"].replace("[base]", "[base, tco]"),
    }
    with open_sales(tmp_path_factory.mktemp("sales"), files) as sales:
        for number, to in enumerate(("won", "lost", "offer", "won", "lost", None), 1):
            owner = ("anna", "petr")[number % 2]
            sales.execute("deal.create", funnel="sales", fields={"owner": owner, "amount": str(1000 * number)})
            sales.advance("1 hour")
            if to is not None and to != "lost":
                sales.execute("deal.move", deal=number, to="offer")
            if to in ("won", "lost"):
                sales.execute("deal.move", deal=number, to=to)
        sales.advance("40 days")
        for whose, amount in (("", "120"), ("Polar", "150")):
            sales.execute("row.put", deal=1, collection="costs", fields={"what": "A", "whose": whose, "amount": amount})
        of = {name: {"funnel": "sales"} for name in BUILDS} | {"profit": {}, "coverage": {}, "tco": {"deal": 1}}
        # Asked of all funnels, where that can be.
        anywhere = {f"{name} of all": sales.query("report", report=name) for name in ("contacts", "hints")}
        told = {name: sales.query("report", report=name, **of[name]) for name in BUILDS} | anywhere
        return {name: document_of(answer) for name, answer in told.items()}


def test_every_report_is_told_in_both_languages_and_in_csv(documents):
    assert set(BUILDS) <= set(documents)
    for document in documents.values():
        assert document.badge.fresh_at
        assert document.badge.release
        assert document.tables
        pages = {language: html_page(document, language) for language in ("en", "ru")}
        assert document.title.render("ru") in pages["ru"]
        assert document.title.render("en") in pages["en"]
        assert csv_of(document, "en").count("\n") > len(document.tables)


def test_every_number_of_a_picture_stands_in_a_table_too(documents):
    assert sum(len(document.pictures) for document in documents.values()) > 5
    for name, document in documents.items():
        cells = [cell for table in document.tables for row in table.rows for cell in row.cells]
        told = {cell for cell in cells if isinstance(cell, int | float | tuple)}
        for picture in document.pictures:
            drawn = {
                value for series in picture.series for value in (*series.values, *series.spans) if value is not None
            }
            assert (name, picture.name, drawn - told) == (name, picture.name, set())


@needs_browser
def test_pages_draw_their_pictures_and_ask_nobody(tmp_path, documents):
    with browser(tmp_path / "browser") as tab:
        for name, document in {**documents, "sample": SAMPLE}.items():
            file = tmp_path / f"{name}.html"
            file.write_text(html_page(document, "ru"), encoding="utf-8")
            tab.open(file.as_uri())
            assert (name, tab.complaints()) == (name, [])
            assert (name, [each for each in tab.requests() if not each.startswith("data:")]) == (name, [file.as_uri()])
            assert (name, len(drawn := tab.evaluate(DRAWN))) == (name, len(document.pictures))
            assert min(drawn, default=1) > 0
        assert min(drawn) > 3
        assert tab.evaluate("window.hit") is None
        light = tab.evaluate(GROUND)
        tab.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
        assert tab.evaluate(GROUND) != light
        tab.call("Emulation.setEmulatedMedia", media="print", features=[])
        assert tab.evaluate(GROUND) == light
        assert tab.complaints() == []
