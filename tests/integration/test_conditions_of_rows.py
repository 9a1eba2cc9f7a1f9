"""The condition of a timed event for each row: which names it reads of the row and which of the deal."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.cli.running import voronka
from voronka.testing import TestWorkspace, write_files

FILES = {
    "voronka.yaml": "workspace: school\nlocale: en\ntimezone: Europe/Moscow\ncurrency: RUB\n",
    "configs/people/team.yaml": "roles: {seller: {label: Seller}}\npeople: {anna: {name: Anna, role: seller}}\n",
    "configs/fields/own.yaml": """\
set: own
fields:
  amount: {type: money}
  due_on: {type: date}
  double: {type: money, formula: amount * 2}
collections:
  lessons:
    key: topic
    fields: {topic: {type: text}, starts_at: {type: datetime}, amount: {type: money}, due_on: {type: date}}
""",
    "configs/rules/parts.yaml": """\
define:
  deals: {large: amount > 1000}
  lessons: {small: amount < deal.amount}
tables:
  size: {hit: first, inputs: [amount], outputs: [rank], rows: [["> 1000", 2], [any, 1]]}
scorecards:
  weight:
    label: Weight
    factors: {sum: {value: 3 if amount > 1000 else 0, weight: 10, scale: {0: 0, 3: 3}}}
    bands: {high: 50, low: 0}
""",
}
FUNNEL = """\
funnel: course
fields: [own]
stages:
  learning:
    why: analytics
    timed:
      remind: {{each: lessons, after: 1 day, from: {start}, when: "{when}", do: [{{task: {{title: Call}}}}]}}
"""


def funnel(root: Path, when: str, start: str = "starts_at") -> None:
    write_files(root, FILES | {"configs/funnels/course.yaml": FUNNEL.format(when=when, start=start)})


def outcome(root: Path) -> tuple[str, str]:
    """Return how the timer ended for a lesson of 60 in a deal of 5,000, and how its condition is explained."""
    with TestWorkspace(root, start="2026-03-02 09:00", zone="Europe/Moscow") as school:
        school.execute(
            "deal.create", funnel="course", fields={"owner": "anna", "amount": "5000", "due_on": "2026-03-20"}
        )
        row = {"topic": "one", "starts_at": "2026-03-03 10:00", "amount": "60", "due_on": "2026-03-05"}
        school.execute("row.put", deal=1, collection="lessons", fields=row)
        school.advance("10 days")
        ended = school.query("timers", deal=1, all=True)[0]["state"]
        judged = [
            each["words"]["en"]
            for entry in school.query("why", deal=1)
            for link in entry["links"]
            for each in link["judgements"]
        ]
    return str(ended), "\n".join(judged)


@pytest.mark.parametrize(
    ("when", "ended"),
    [
        ("amount < 100", "fired"),
        ("deal.amount == 5000", "fired"),
        ("large", "fired"),
        ("deal.large", "fired"),
        ("small", "fired"),
        ("double == 10000", "fired"),
        ("tables.size.rank == 2", "fired"),
        ("scores.weight.band == 'high'", "fired"),
        ("sum(lessons, amount) == amount", "fired"),
        ("count(lessons, deal.amount > 1000) == 1", "fired"),
        ("days_since(due_on) - days_since(deal.due_on) == 15", "fired"),
        ("not large", "skipped"),
    ],
)
def test_only_what_the_condition_itself_names_is_of_the_row(tmp_path: Path, when: str, ended: str) -> None:
    funnel(tmp_path, when)
    checked = voronka("check", "-C", tmp_path)
    assert checked.code == 0, checked.out + checked.err

    assert outcome(tmp_path)[0] == ended


def test_an_explanation_tells_the_value_of_the_row_and_that_of_the_deal(tmp_path: Path) -> None:
    funnel(tmp_path, "amount < 100 and large")

    told = [line.strip() for line in outcome(tmp_path)[1].splitlines()]

    assert told == [
        "amount < 100 and large: yes",
        "amount < 100: yes",
        "amount: 60.00",
        "large: yes",
        "amount > 1000: yes",
        "amount: 5,000.00",
    ]


@pytest.mark.parametrize(("start", "ended"), [("due_on", "fired"), ("deal.due_on", "waiting")])
def test_what_is_counted_from_is_of_the_row_or_by_its_long_name_of_the_deal(
    tmp_path: Path, start: str, ended: str
) -> None:
    funnel(tmp_path, "amount < 100", start)

    assert outcome(tmp_path)[0] == ended


def test_a_name_that_neither_has_is_refused_with_the_long_name_that_was_meant(tmp_path: Path) -> None:
    funnel(tmp_path, "deal.amout > 5")

    told = voronka("check", "-C", tmp_path)

    assert told.code != 0
    assert "Did you mean deal.amount?" in told.out + told.err
