"""The report on profit tells what follows from the model in tables: outcomes, what is unsure, what has changed."""

from __future__ import annotations

import pytest

from voronka.errors import UsageFault
from voronka.metrics.reports.markdown import markdown_of
from voronka.metrics.reports.sheet import csv_of
from voronka.metrics.reports.wire import document_of
from voronka.testing import TestWorkspace, write_files

FILES = {
    "voronka.yaml": "workspace: shop\nlocale: en\ntimezone: Europe/Moscow\ncurrency: EUR\n",
    "configs/people/people.yaml": "roles: {head: {label: Head, sees: all}}\npeople: {anna: {name: Anna, role: head}}\n",
    "configs/fields/base.yaml": "set: base\nfields: {amount: {type: money, label: Amount}}\n",
    "configs/funnels/f.yaml": (
        "funnel: f\nfields: [base]\nstages: {talk: {}}\n"
        "transitions: {win: {from: talk, to: won}, lose: {from: talk, to: lost}}\n"
    ),
    "configs/kpis/all.yaml": """\
kpis:
  closed: {label: Closed, definition: d, owner: head, measure: count(deals), time: closed_at, grain: [month]}
  win_rate:
    {label: Win rate, definition: d, owner: head, time: closed_at, grain: [month],
     ratio: {part: "count(deals, won)", whole: count(deals)}, interval: {level: 95%}}
profit_model:
  label: Profit
  result: profit
  parameters:
    deals: {label: Deals, kpi: closed}
    rate: {label: Win rate, kpi: win_rate, unit: percent}
    cheque: {label: Cheque, unit: money, value: 1000}
    per_deal: {label: Cost of a deal, unit: money, value: 30}
    years: {label: Years}
    clients: {label: Clients, formula: deals * rate}
    profit: {label: Profit, unit: money, formula: clients * cheque - deals * per_deal}
  outcomes:
    ratio: {label: Worth to cost, formula: worth / cost}
    cost: {label: Cost of a client, unit: money, formula: deals * per_deal / clients}
    worth: {label: Worth of a client, unit: money, formula: cheque * years}
""",
}
OCTOBER = {"from": "2026-10-01", "to": "2026-10-31"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """September: one of four won; October: three of five."""
    root = tmp_path_factory.mktemp("shop")
    write_files(root, FILES)
    with TestWorkspace(root, start="2026-09-10 10:00", zone="Europe/Moscow") as workspace:
        for number, won in enumerate((1, 0, 0, 0), 1):
            workspace.execute("deal.create", funnel="f")
            workspace.execute("deal.move", deal=number, to="won" if won else "lost")
        workspace.advance_to("2026-10-10 10:00")
        for number, won in enumerate((1, 1, 1, 0, 0), 5):
            workspace.execute("deal.create", funnel="f")
            workspace.execute("deal.move", deal=number, to="won" if won else "lost")
        workspace.advance_to("2026-11-23 12:00")
        yield workspace


@pytest.fixture(scope="module")
def october(shop):
    return document_of(shop.query("report", report="profit", **OCTOBER))


def rows(document, name):
    """The rows of a table, sentences in English."""
    (table,) = (each for each in document.tables if each.name == name)
    return [[cell.render("en") if hasattr(cell, "render") else cell for cell in row.cells] for row in table.rows]


def test_outcomes_are_told_with_their_formula_and_what_they_lack(october):
    assert rows(october, "outcomes") == [
        ["Cost of a client", "50\xa0EUR", "deals * per_deal / clients", None],
        ["Worth of a client", "–", "cheque * years", "Years"],
        ["Worth to cost", "–", "worth / cost", "Years"],
    ]


def test_the_result_is_told_at_both_ends_of_what_was_measured(shop, october):
    (row,) = rows(october, "sensitivity")
    (measured,) = shop.query("kpi", kpi="win_rate", **OCTOBER)["rows"]
    low, high = measured["low"], measured["high"]
    assert row[:3] == ["Win rate", f"{low:.1%}", f"{high:.1%}"]
    assert row[3:] == [pytest.approx(100 * 5 * (1000 * rate - 30)) for rate in (low, high)]


def test_what_each_parameter_changed_adds_up_to_the_change(october):
    *parts, total = rows(october, "decomposition")
    assert {name for name, *_ in parts} == {"Deals", "Win rate"}
    # Of 4 deals 1 was won at 1,000, 30 being spent on each; of 5 then 3.
    assert total == ["Total", pytest.approx(100 * ((3000 - 150) - (1000 - 120))), 1.0]
    assert sum(change for _, change, _ in parts) == pytest.approx(total[1])
    assert sum(share for *_, share in parts) == pytest.approx(1)


@pytest.mark.parametrize("write", [csv_of, markdown_of])
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Cost of a client", "Result at the least", "Share of the change"]),
        ("ru", ["Итог при наименьшем", "Доля изменения"]),
    ],
)
def test_the_tables_are_in_every_form_of_the_report(october, write, language, words):
    written = write(october, language)
    assert [word for word in words if word not in written] == []


@pytest.mark.parametrize(
    ("given", "days"),
    [
        ({}, ("2025-11-01", "2026-10-31")),
        ({"from": "2026-11-01"}, ("2026-11-01", "2026-11-23")),
        ({"from": "2026-10-15"}, ("2026-10-15", "2026-11-23")),
        ({"from": "2026-11-23"}, ("2026-11-23", "2026-11-23")),
        ({"to": "2026-10-15"}, ("2025-11-01", "2026-10-15")),
        (OCTOBER, ("2026-10-01", "2026-10-31")),
    ],
)
def test_the_report_is_of_the_days_that_were_asked_for(shop, given, days):
    told = shop.query("report.profit", **given)
    assert (told["first"], told["last"]) == days
    document = document_of(shop.query("report", report="profit", **given))
    assert document.period == days


@pytest.mark.parametrize("given", [{"from": "2026-11-24"}, {"from": "2026-11-02", "to": "2026-11-01"}])
def test_days_of_which_nothing_can_be_told_are_refused(shop, given):
    with pytest.raises(UsageFault):
        shop.query("report.profit", **given)
