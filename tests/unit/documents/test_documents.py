"""Documents of a workspace: nothing configured is left out, nothing personal gets in, every form can be read back."""

import os
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from markdown_it import MarkdownIt

from voronka.config import read_workspace
from voronka.definition.timed import TimedSource
from voronka.documents import Form, documents, written

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
FORMS = [(language, form) for language in ("en", "ru") for form in Form]
EMPTY = {"meta", "link", "br", "hr", "img", "input", "path", "rect"}


@pytest.fixture(scope="module")
def workshop():
    return read_workspace(HERE / "workspace").workspace


@pytest.fixture(scope="module")
def reference():
    return read_workspace(ROOT).workspace


def files(workspace, form, language):
    return dict(written(workspace, documents(workspace, language), form, language, index=True))


@pytest.fixture(scope="module", params=["en", "ru"])
def told(request, reference):
    """The words of all documents of the reference workspace in a language, without the signs of Markdown."""
    text = "\n".join(files(reference, Form.MARKDOWN, request.param).values())
    return request.param, " ".join(text.replace("\\", "").split())


@pytest.mark.parametrize(("language", "form"), FORMS)
def test_the_same_files_give_the_same_documents(workshop, language, form):
    """The documents of a small workspace as they were looked at; VORONKA_WRITE_DOCS=1 writes them anew."""
    folder = HERE / "golden" / f"{language}-{form.value}"
    found = files(workshop, form, language)
    if os.environ.get("VORONKA_WRITE_DOCS"):
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in found.items():
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
    assert {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()} == found


def test_every_stage_gate_and_timed_event_stands_in_the_documents(told, reference):
    language, text = told
    for funnel in reference.funnels.values():
        for variant in funnel.variants.values():
            wanted = [stage.label for stage in variant.stages.values()]
            wanted += [check.message for gate in variant.gates for check in gate.checks if check.message]
            wanted += [item.label for gate in variant.gates for item in gate.checklist.values()]
            missing = [label for each in wanted if (label := " ".join(each.render(language).split())) not in text]
            missing += [name for name, move in variant.transitions.items() if move.declared and f"`{name}`" not in text]
            missing += [
                name
                for name, event in variant.timed.items()
                if event.source is TimedSource.TIMED and f"`{name}`" not in text
            ]
            assert missing == []


def test_every_field_term_kpi_and_rule_stands_in_the_documents(told, reference):
    language, text = told
    declared = [field for fields in reference.fields.values() for field in fields.values()]
    rows = [rows for of in reference.collections.values() for rows in of.values()]
    declared += [*rows, *(field for each in rows for field in each.fields.values())]
    for kind in (reference.terms, reference.kpis, reference.rules, reference.reviews, reference.data_sources):
        declared += kind.values()
    declared += [*reference.roles.values(), *reference.funnels.values(), *reference.scorecards.values()]
    declared += [factor for card in reference.scorecards.values() for factor in card.factors.values()]
    declared += [*reference.tables.values(), *reference.matrices.values()]
    assert [each.name for each in declared if each.label.render(language) not in text] == []


@pytest.mark.parametrize("name", ["workshop", "reference"])
def test_documents_name_no_persons(name, request):
    workspace = request.getfixturevalue(name)
    text = "\n".join(files(workspace, Form.MARKDOWN, "ru").values())
    assert [
        user.name for user in workspace.people.values() if user.label.render("ru") in text and name == "workshop"
    ] == []
    assert "@" not in text


def test_russian_documents_hold_no_english_sentences(reference):
    text = "\n".join(files(reference, Form.MARKDOWN, "ru").values())
    words = re.sub(r"`[^`]*`|voronka [a-z ]+", "", text)
    assert re.findall(r"\b[a-z]+(?: [a-z]+){2,}", words) == []


class Page(HTMLParser):
    """What a page opens, closes, names and asks for."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.faults, self.asked, self.tags = [], [], [], [], []

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.tags.append(tag)
        self.ids += [attributes["id"]] if "id" in attributes else []
        self.asked += [value for key, value in attrs if key in {"src", "href", "data", "action"}]
        if "p" in self.open and tag in {"p", "ul", "dl", "div", "section", "table", "h2", "h3"}:
            self.faults.append(f"{tag} in p")
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in EMPTY:
            self.open.pop()

    def handle_endtag(self, tag):
        if tag in EMPTY:
            return
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"/{tag}")


@pytest.mark.parametrize("language", ["en", "ru"])
def test_pages_are_well_formed_and_ask_nobody(workshop, language):
    found = files(workshop, Form.HTML, language)
    for name, text in found.items():
        page = Page()
        page.feed(text)
        page.close()
        assert (page.faults, page.open) == ([], []), name
        assert len(page.ids) == len(set(page.ids)), name
        inner = {f"#{each}" for each in page.ids}
        assert [each for each in page.asked if each not in inner and each not in found] == [], name
        assert not {"script", "b", "em", "the"} & set(page.tags), name
        assert f'<html lang="{language}">' in text


def test_the_picture_stands_in_the_page_with_a_title_and_beside_markdown(workshop):
    page = files(workshop, Form.HTML, "en")["passport-orders.html"]
    assert "<svg" in page
    assert "<title>Orders</title>" in page
    drawing = ET.fromstring(files(workshop, Form.MARKDOWN, "en")["passport-orders.svg"])
    assert drawing.find("{http://www.w3.org/2000/svg}desc").text == "Request → Offer → Ordered → Refused"


def test_markdown_reads_as_it_was_meant(workshop):
    """A label full of signs stays words: in a table it opens no column, in a text no tag and no emphasis."""
    text = files(workshop, Form.MARKDOWN, "en")["fields.md"]
    page = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    assert "Cost of &lt;the shop&gt; | *estimate*" in page
    table = page.split("<tbody>")[1].split("</tbody>")[0]
    assert [row.count("<td>") for row in table.split("</tr>")[:-1]] == [7, 7, 7]
    assert "<em>" not in page


@pytest.mark.parametrize(
    ("name", "funnel", "wanted"),
    [
        (
            "passport",
            None,
            [
                *("passport-event_visit", "passport-events", "passport-prospects", "passport-reach"),
                *("passport-react", "passport-reengage", "passport-refresh"),
            ],
        ),
        ("passport", "react", ["passport-react"]),
        ("fields", None, ["fields"]),
        ("brief", None, ["brief"]),
    ],
)
def test_one_kind_of_documents_may_be_asked_for(reference, name, funnel, wanted):
    assert [each.name for each in documents(reference, "en", name, funnel)] == wanted


def test_the_passport_tells_who_gets_a_new_deal(reference):
    text = files(reference, Form.MARKDOWN, "en")["passport-react.md"]
    routed = text[text.index("## New deals") :].partition("\n## ")[0]
    assert "If “Industry” of the account is “Industry”\n  - give the deal to one of “Industry”, in turn" in routed
    assert "Every other deal" in routed


@pytest.mark.parametrize(
    ("outcome", "ways"),
    [
        (
            "Contract signed",
            """\
- From “Contract”
  - Filled in: “Contract number”
  - What stands under “To enter it”
- From “Contract” (`signed`)
  - By itself, as soon as: “Contract signed on” is filled in and “Prepayment received” is more than 0 RUB
  - Filled in: “Contract number”
  - What stands under “To enter it”
""",
        ),
        ("Lost", "- From every stage\n  - What stands under “To enter it”\n- From “Needs” (`expire`)\n"),
    ],
)
def test_the_passport_tells_from_where_a_deal_is_won_or_lost(reference, outcome, ways):
    text = files(reference, Form.MARKDOWN, "en")["passport-react.md"].replace("\\", "")
    stage = re.split(rf"### \d+\. {outcome}", text)[1]
    told = stage[stage.index("#### How a deal comes here") :].partition("\n\n")[2].partition("\n\n")[0] + "\n"
    assert told.startswith(ways)


@pytest.mark.parametrize(
    "line",
    [
        "| 1 | at least 100,000 RUB, less than 500,000 RUB | “Repair”; “Making” | 3% | “foreman” |",
        "| 2 | at least 500,000 RUB | not: “Repair” | 7% | “head” |",
        "| 3 | empty | any | 0% | “nobody” |",
        "| Work (`work`) | “Kind of work” | 1.5 | 0: “Repair”; 3: “Making” |  |",
        "- Good: from 60 on",
        "- Price: by “Amount” (Large: from 300,000 RUB on; Small: from 0 RUB on)",
        "| Good | First; Days to answer: 1 | First; Days to answer: 1 |",
        "| Poor | The rest; Days to answer: 3 | The rest; Days to answer: 3 |",
    ],
)
def test_tables_scorecards_and_matrices_are_laid_out(workshop, line):
    text = files(workshop, Form.MARKDOWN, "en")["fields.md"]
    assert line in text.replace("\u00a0", " ").replace("\\", "").splitlines()


def test_a_variant_is_told_by_what_it_does_otherwise(workshop):
    text = files(workshop, Form.MARKDOWN, "en")["passport-orders.md"]
    variant = text[text.index("Variant “Repair”") :]
    assert "“Amount” is more than 0 RUB" in variant
    assert "To enter it, not here:" in variant
    assert "Request → Offer" in variant
    assert "by the clock" not in variant.casefold()  # that is as in the base
