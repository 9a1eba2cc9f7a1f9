"""The queue of work: tasks, questions and deals by what a minute is worth, for those who may see what it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.integration.people.staffed_workspace import FILES, open_staffed
from voronka.errors import UsageFault
from voronka.testing import TestWorkspace

RULES = """\
scorecards:
  fit:
    minutes: 20
    factors: {limit: {field: limit, weight: 1, scale: {0: "< 100", 1: ">= 100"}, ask: {en: What is the limit?}}}
    bands: {hot: 75, cold: 0}
work:
  promised: {label: Promised, tasks: due, minutes: 10, value: amount * 10%}
  ask: {label: Ask, score: fit, value: amount * 10%}
  gap: {label: Close the gap, where: amount >= 500, minutes: 30, value: amount - limit}
  rich: {label: Rich, where: margin > 0, minutes: 1, value: margin}
"""
DEALS: tuple[Mapping[str, str], ...] = (
    {"owner": "sam", "amount": "1000", "limit": "100"},
    {"owner": "sam", "amount": "600"},
    {"owner": "sid", "amount": "300", "limit": "10"},
    {"owner": "sol", "margin": "50"},
    {"owner": "sam", "amount": "900"},
)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestWorkspace]:
    files = {**FILES, "configs/rules/rules.yaml": RULES}
    files["configs/funnels/sales.yaml"] = files["configs/funnels/sales.yaml"].replace(
        "{do: [{task: {title: Call, due: 1 day}}]}",
        "{do: [{task: {title: Call, due: today}}, {task: {title: Later, due: 5 days}}, "
        "{task: {title: Check, assignee: leader}}]}",
    )
    workspace = open_staffed(tmp_path_factory.mktemp("work"), files)
    for fields in DEALS:
        workspace.execute("deal.create", funnel="sales", fields=fields)
    workspace.execute("deal.move", actor="lea", deal=5, to="lost")
    yield workspace
    workspace.client.close()


def pieces(office: TestWorkspace, **params: Any) -> list[tuple[str, int]]:
    return [(piece["work"]["name"], piece["number"]) for piece in office.query("work", **params)]


ASKED_OF_SAM = [("gap", 1), ("promised", 1), ("promised", 5), ("promised", 2), ("ask", 2), ("gap", 2)]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"owner": "sam"}, ASKED_OF_SAM),
        ({"owner": "sam", "minutes": 60}, [("gap", 1), ("promised", 1), ("promised", 5), ("promised", 2)]),
        ({"owner": "sam", "minutes": 25}, [("promised", 1), ("promised", 5)]),
        ({"owner": "sam", "minutes": 9}, []),
        ({"owner": "sam", "limit": 2, "skip": 1}, ASKED_OF_SAM[1:3]),
        ({"owner": "sam", "work": "ask"}, [("ask", 2)]),
        ({"work": "ask"}, [("ask", 2), ("ask", 3), ("ask", 4)]),
        ({"owner": "sol"}, [("rich", 4), ("promised", 4), ("ask", 4)]),
        ({"owner": "ada"}, []),
    ],
    ids=str,
)
def test_work_comes_by_the_worth_of_a_minute_as_much_as_there_is_time_for(
    office: TestWorkspace, asked: Mapping[str, Any], found: list[tuple[str, int]]
) -> None:
    assert pieces(office, **asked) == found


def test_each_piece_tells_why_it_stands_where_it_stands(office: TestWorkspace) -> None:
    gap, promised, *_ = office.query("work", owner="sam")
    (question,) = office.query("work", owner="sam", work="ask")

    assert (gap["minutes"], gap["value"], gap["shown"]["en"], gap["per_minute"]["en"]) == (
        30,
        90_000,
        "900.00 RUB",
        "30.00 RUB",
    )
    assert gap["because"]["formula"] == "amount - limit"
    assert "900" in gap["because"]["value"]["en"]
    assert "amount >= 500" in gap["because"]["where"]["en"]
    assert (promised["task"]["title"], promised["because"]["where"]) == ({"": "Call"}, None)
    assert (question["minutes"], question["score"]["next"]["ask"]) == (20, {"en": "What is the limit?"})


@pytest.mark.parametrize(
    ("actor", "found"),
    [("sol", [4]), ("tom", [4]), ("dan", []), ("ada", []), ("sam", [])],
)
def test_what_a_hidden_field_is_worth_is_not_told_by_the_order_either(
    office: TestWorkspace, actor: str, found: list[int]
) -> None:
    assert [number for _, number in pieces(office, actor=actor, work="rich")] == found


@pytest.mark.parametrize(("actor", "found"), [("sam", [1, 2]), ("sol", [4]), ("lea", [1, 2, 3]), ("dan", [1, 2, 3, 4])])
def test_nobody_is_shown_the_work_of_others(office: TestWorkspace, actor: str, found: list[int]) -> None:
    seen = {number for kind in ("ask", "gap") for _, number in pieces(office, actor=actor, work=kind)}

    assert sorted(seen) == found


def test_the_work_of_whoever_is_away_is_that_of_who_stands_in(office: TestWorkspace) -> None:
    own = pieces(office, owner="sid")
    office.work("people.absent", user="sam")
    both = pieces(office, owner="sid")
    office.work("people.present", user="sam")

    assert own == [("promised", 3), ("ask", 3)]
    assert sorted(both) == sorted([*own, *ASKED_OF_SAM])


@pytest.mark.parametrize(("user", "found"), [("lea", [1, 2, 3, 4, 5]), ("tom", [1, 2, 3, 4, 5]), ("cal", [])])
def test_a_task_given_to_a_role_is_the_work_of_those_who_have_it(
    office: TestWorkspace, user: str, found: list[int]
) -> None:
    given = office.query("work", owner=user, work="promised")

    assert sorted(piece["number"] for piece in given) == found
    assert all(piece["task"]["title"] == {"": "Check"} for piece in given)


def test_an_unknown_kind_of_work_is_refused_with_the_one_that_was_meant(office: TestWorkspace) -> None:
    with pytest.raises(UsageFault, match="There is no kind of work gpa") as fault:
        office.query("work", work="gpa")
    assert "gap" in str(fault.value.remedy)
