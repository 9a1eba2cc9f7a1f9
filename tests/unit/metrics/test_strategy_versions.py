"""Versions of a strategy: what was added, dropped, moved to another quarter, what numbers are otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import pytest

from tests.integration.people.staffed_workspace import FILES
from voronka.config import read_workspace
from voronka.definition.workspace import Workspace
from voronka.metrics.reports.document import Document
from voronka.metrics.strategy.difference import difference_document

PLAN, CASE, KPIS = "configs/strategy/plan.yaml", "configs/strategy/case.yaml", "configs/kpis/kpis.yaml"
BEFORE: Mapping[str, str] = {
    **FILES,
    KPIS: """\
kpis:
  won: {label: Win rate, definition: Won, owner: dan, kind: outcome, measure: "count(deals, won)", time: closed_at}
  made: {label: Opened, definition: Opened, owner: dan, kind: activity, measure: count(deals), time: created_at}
""",
    PLAN: """\
roadmap:
  label: One process
  quarters:
    2027-Q1:
      goals:
        promises: {label: Promises, kpis: [won], owner: leader, result: Kept, by: 2027-03-19}
        offers: {label: Offers, kpis: [won], owner: leader, result: Proven}
      systems: [Telephony]
    2027-Q2:
      goals:
        base: {label: Base, kpis: [made], owner: leader, result: Clean}
        # second
  stakeholders: {dealers: {label: Dealers, interest: Clients, attitude: opposes, step: Agree}}
  constraints: {data: {label: Data, remedy: Clean first, goals: [offers]}}
scope:
  depths: {unseen: Not kept, recorded: Recorded}
  areas: {sales: {label: Sales, now: unseen, then: {2027-Q1: recorded}, funnels: [sales]}}
readiness:
  by: leader
  date: 2026-11-20
  answers: {investment: {holds: true}, clean_data: {holds: false, response: Cleaning}}
incentives: {honest: {label: Honest, role: seller, kpi: won, counterweight: made, reward: Praise}}
""",
    CASE: """\
case:
  label: One process
  rate: {value: 8%, low: 0%, high: 20%}
  costs: {project: {label: Method, amounts: {2027-Q1: 1000}}}
  benefits: {contracts: {label: Contracts, kpi: won, goal: offers, amounts: {2027-Q2: 3000}, scales: [use]}}
  assumptions: {use: {label: Use, value: 1, low: 0.5, high: 2}}
  arguments: [Less worry]
""",
}


@cache
def read(files: tuple[tuple[str, str], ...]) -> Workspace:
    reading = read_workspace({path: text.encode() for path, text in files})
    assert reading.workspace is not None, reading.findings
    return reading.workspace


def difference(*edits: tuple[str, str, str]) -> Document:
    files = dict(BEFORE)
    for path, old, new in edits:
        assert old in files[path]
        files[path] = files[path].replace(old, new)
    return difference_document(read(tuple(BEFORE.items())), read(tuple(files.items())))


def told(document: Document) -> list[tuple[str, ...]]:
    rows = [(table.name, *row.cells) for table in document.tables for row in table.rows]
    return [tuple("-" if cell is None else str(cell).replace("\xa0", " ") for cell in row) for row in rows]


OFFERS = "        offers: {label: Offers, kpis: [won], owner: leader, result: Proven}\n"
LATER = (PLAN, OFFERS, ""), (PLAN, "        # second\n", OFFERS)


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        (LATER, [("roadmap", "Offers", "otherwise", "Quarter", "Q1 2027", "Q2 2027")]),
        (
            [
                (
                    PLAN,
                    "        # second\n",
                    "        calls: {label: Calls, kpis: [made], owner: leader, result: Daily}\n",
                )
            ],
            [
                ("roadmap", "Calls", "new", "Quarter", "-", "Q2 2027"),
                ("roadmap", "Calls", "new", "Result", "-", "Daily"),
                ("roadmap", "Calls", "new", "By", "-", "end of the quarter"),
                ("roadmap", "Calls", "new", "KPIs", "-", "Opened"),
                ("roadmap", "Calls", "new", "Owner", "-", "Leader"),
            ],
        ),
        (
            [(PLAN, "systems: [Telephony]", "systems: [Mail]")],
            [("roadmap", "Q1 2027", "otherwise", "Systems", "Telephony", "Mail")],
        ),
        (
            [(PLAN, "attitude: opposes, step: Agree", "attitude: neutral")],
            [
                ("roadmap", "Dealers", "otherwise", "How they stand to it", "against it", "neither for nor against it"),
                ("roadmap", "Dealers", "otherwise", "What is done", "Agree", "-"),
            ],
        ),
        (
            [(PLAN, "remedy: Clean first", "remedy: Buy")],
            [("roadmap", "Data", "otherwise", "What is done", "Clean first", "Buy")],
        ),
        (
            [(PLAN, "  constraints: {data: {label: Data, remedy: Clean first, goals: [offers]}}\n", "")],
            [("roadmap", "Data", "no longer", "-", "-", "-")],
        ),
        (
            [(PLAN, "then: {2027-Q1: recorded}", "then: {2027-Q2: recorded}")],
            [
                ("scope", "Sales", "otherwise", "Q2 2027", "-", "Recorded"),
                ("scope", "Sales", "otherwise", "Q1 2027", "Recorded", "-"),
            ],
        ),
        (
            [(CASE, "{2027-Q1: 1000}", "{2027-Q1: 1500}")],
            [
                ("case", "One process", "otherwise", "Net present value", "1,905.81 RUB", "1,415.34 RUB"),
                ("case", "Method", "otherwise", "Costs, Q1 2027", "1,000 RUB", "1,500 RUB"),
            ],
        ),
        (
            [(CASE, "high: 20%", "high: 20.004%")],
            [("case", "Rate of discount, a year", "otherwise", "Greatest", "20%", "20.004%")],
        ),
        (
            [(CASE, "arguments: [Less worry]", "arguments: [Less haste]")],
            [
                ("case", "Less haste", "new", "-", "-", "-"),
                ("case", "Less worry", "no longer", "-", "-", "-"),
            ],
        ),
        (
            [(PLAN, "clean_data: {holds: false, response: Cleaning}", "clean_data: {holds: true}")],
            [
                (
                    "readiness",
                    "Have the data ever been brought together and cleaned?",
                    "otherwise",
                    "Answer",
                    "no",
                    "yes",
                ),
                (
                    "readiness",
                    "Have the data ever been brought together and cleaned?",
                    "otherwise",
                    "What we do",
                    "Cleaning",
                    "-",
                ),
            ],
        ),
        (
            [(PLAN, "reward: Praise", "reward: First choice")],
            [("incentives", "Honest", "otherwise", "Recognition", "Praise", "First choice")],
        ),
        ([(KPIS, "label: Win rate", "label: Wins")], []),
        (
            [(PLAN, "label: Promises", "label: Promises kept")],
            [("roadmap", "Promises kept", "otherwise", "What it is called", "Promises", "Promises kept")],
        ),
    ],
)
def test_each_part_of_a_strategy_is_told_by_what_is_otherwise_in_it(
    edits: list[tuple[str, str, str]], expected: list[tuple[str, ...]]
) -> None:
    assert told(difference(*edits)) == expected


def test_goals_that_move_and_what_the_case_is_worth_are_said_in_sentences() -> None:
    found = difference(*LATER, (CASE, "{2027-Q1: 1000}", "{2027-Q1: 1500}"))
    said = [str(each).replace("\xa0", " ") for each in found.said]
    assert said == [
        "0 things are new, 0 are dropped, 3 are otherwise.",
        "The goal “Offers” is put off from Q1 2027 to Q2 2027.",
        "The net present value was 1,905.81 RUB and is 1,415.34 RUB now.",
    ]
    files = read(
        tuple({**BEFORE, PLAN: BEFORE[PLAN].replace(OFFERS, "").replace("        # second\n", OFFERS)}.items())
    )
    back = difference_document(files, read(tuple(BEFORE.items())))
    assert "The goal “Offers” comes earlier: Q1 2027 instead of Q2 2027." in map(str, back.said)


def test_the_same_strategy_says_the_same() -> None:
    document = difference()
    assert ([str(each) for each in document.said], document.tables) == (["The strategy says the same."], ())
