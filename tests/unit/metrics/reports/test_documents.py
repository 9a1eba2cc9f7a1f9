"""Documents: the same whether sent and read again, written for spreadsheets or as a page."""

import base64
import csv
import hashlib
import io
import json
import re
from html.parser import HTMLParser

import pytest

from tests.unit.metrics.reports.sample import SAMPLE
from voronka.messages import Text
from voronka.metrics.reports.document import Badge, Column, Document, Row, Table, Unit
from voronka.metrics.reports.figures import Figures, days_written
from voronka.metrics.reports.page import html_page
from voronka.metrics.reports.phrases import badge_of, period_of
from voronka.metrics.reports.sheet import csv_of
from voronka.metrics.reports.wire import document_of, to_json


def test_a_document_sent_and_read_again_says_the_same():
    sent = to_json(SAMPLE)
    read = document_of(json.loads(json.dumps(sent)))
    assert to_json(read) == sent
    assert html_page(read, "ru") == html_page(SAMPLE, "ru")


@pytest.mark.parametrize(
    ("value", "unit", "english", "russian"),
    [
        (None, Unit.MONEY, "–", "–"),
        (1_234_550, Unit.MONEY, "12,345.50 RUB", "12 345,50 RUB"),
        (-99, Unit.MONEY, "-0.99 RUB", "-0,99 RUB"),
        (1_234_500, Unit.MONEY, "12,345 RUB", "12 345 RUB"),
        (0.7086, Unit.SHARE, "70.9%", "70,9 %"),
        (12_345, Unit.COUNT, "12,345", "12 345"),
        (2.5, Unit.COUNT, "2.5", "2,5"),
        (0.05, Unit.DAYS, "0.050", "0,050"),
        (0.00001, Unit.NUMBER, "0", "0"),
        (1.2345, Unit.NUMBER, "1.234", "1,234"),
        (-12_345.67, Unit.NUMBER, "-12,345.7", "-12 345,7"),
    ],
)
def test_a_number_is_written_as_its_unit_and_language_want(value, unit, english, russian):
    assert Figures.of(SAMPLE, "en").number(value, unit).replace("\xa0", " ") == english
    assert Figures.of(SAMPLE, "ru").number(value, unit).replace("\xa0", " ") == russian


def test_a_row_is_called_by_its_cells_before_the_first_number():
    columns = [("owner", Unit.TEXT), ("month", Unit.MONTH), ("n", Unit.COUNT), ("stage", Unit.TEXT)]
    row = Row(cells=(Text("All"), "2026-02", 3, Text("Talk")))
    table = Table(
        name="cohorts",
        title=Text("Cohorts"),
        columns=tuple(Column(name=name, label=Text(name), unit=unit) for name, unit in columns),
        rows=(row,),
    )
    assert Figures.of(SAMPLE, "en").name(row, table) == "All, 2026-02"


def test_no_cell_of_csv_is_a_formula_and_numbers_are_numbers():
    rows = list(csv.reader(io.StringIO(csv_of(SAMPLE, "en")), delimiter=";"))
    assert rows[1] == [
        "Owner",
        "Deals",
        "Won",
        "Won, share",
        "95 % interval, low",
        "95 % interval, high",
        "Stage",
    ]
    assert rows[2][1:] == ["1234", "12345.5", "0.5", "0.25", "0.75", "2026-02-01"]
    assert rows[3][1:] == ["0", "", "", "", "", ""]
    assert not [cell for row in rows for cell in row if re.match(r"\s*[=+@]|\s*-(?!\d+(\.\d+)?$)", cell)]
    assert csv_of(SAMPLE, "ru").splitlines()[2].endswith(";1234;12345,5;0,5;0,25;0,75;2026-02-01")


def test_a_badge_tells_n_coverage_freshness_and_release():
    said = [each.render("en") for each in badge_of(SAMPLE, "en")]
    assert said == [
        "n = 12,345",
        "87.5% have the data it needs",
        "data of 2026-01-01 03:00",
        "release 01234567",
    ]


@pytest.mark.parametrize(
    ("period", "said"),
    [
        (("2026-01-01", "2026-03-31"), "с 01.01.2026 по 31.03.2026"),
        (("2026-01-01", None), "с 01.01.2026"),
        ((None, "2026-03-31"), "по 31.03.2026"),
        ((None, None), None),
    ],
)
def test_a_period_is_told_in_words(period, said):
    document = Document(name="", title=SAMPLE.title, definition=SAMPLE.title, badge=Badge(n=0), period=period)
    told = period_of(document, "ru")
    assert (told and told.render("ru")) == said


class Page(HTMLParser):
    """What a page consists of."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.content, self._within = [], [], {}, ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *each) for each in attrs]
        self._within = tag

    def handle_endtag(self, tag):
        self._within = ""

    def handle_data(self, data):
        if self._within in {"script", "style"}:
            self.content.setdefault(self._within, []).append(data)


def hashed(content):
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_page_runs_its_own_code_only_and_asks_nobody(language):
    page = Page(html_page(SAMPLE, language))
    (policy,) = [value for tag, name, value in page.attributes if (tag, name) == ("meta", "content") and "src" in value]
    data, code = page.content["script"]
    (style,) = page.content["style"]
    assert policy.split("; ") == [
        "default-src 'none'",
        f"script-src {hashed(code)}",
        f"style-src {hashed(style)}",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    assert page.tags.count("script") == 2
    assert "img" not in page.tags
    assert [value for _, name, value in page.attributes if name in {"src", "href", "action"}] == ["data:,"]
    assert not [name for _, name, _ in page.attributes if name.startswith("on") or name == "style"]
    assert len(json.loads(data)["pictures"]) == len(SAMPLE.pictures)
    assert ("html", "lang", language) in page.attributes


def test_a_document_without_numbers_says_so():
    empty = Document(name="empty", title=SAMPLE.title, definition=SAMPLE.title, badge=Badge(n=0))
    page = html_page(empty, "en")
    assert "No data" in page
    assert "<script" not in page


@pytest.mark.parametrize(
    ("days", "english", "russian"),
    [
        (0, "0.0", "0,0"),
        (0.003, "0.003", "0,003"),
        (-0.04, "-0.040", "-0,040"),
        (0.1, "0.1", "0,1"),
        (12.34, "12.3", "12,3"),
    ],
)
def test_a_length_of_minutes_does_not_vanish_among_days(days: float, english: str, russian: str) -> None:
    assert (days_written(days, "en"), days_written(days, "ru")) == (english, russian)
