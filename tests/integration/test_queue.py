"""The queue: open deals by a score, as many as there is time for, for those who may see their scores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.integration.people.staffed_workspace import FILES, open_staffed
from voronka.errors import UsageFault
from voronka.testing import TestWorkspace

RULES = """\
scorecards:
  fit:
    label: Fit
    minutes: 20
    factors:
      amount: {field: amount, weight: 75, scale: {0: "< 100", 1: ">= 100"}, ask: {en: How much?}}
      limit: {field: limit, weight: 25, scale: {0: "< 100", 1: ">= 100"}, ask: {en: What is the limit?}}
    bands: {hot: 75, warm: 25, cold: 0}
  profit:
    factors: {margin: {field: margin, weight: 1, scale: {0: "< 5", 1: ">= 5"}}}
    bands: {all: 0}
"""
RELATION = """\
  relation:
    factors: {share: {field: account.share, weight: 1, scale: {0: "< 5%", 1: ">= 5%"}}}
    bands: {all: 0}
  mixed:
    factors:
      share: {field: account.share, weight: 1, scale: {0: "< 5%", 1: ">= 5%"}}
      amount: {field: amount, weight: 2, scale: {0: "< 100", 1: ">= 100"}}
    bands: {all: 0}
"""
DEALS: tuple[Mapping[str, str], ...] = (
    {"owner": "sam", "limit": "100"},
    {"owner": "sam", "amount": "100", "margin": "5"},
    {"owner": "sid", "amount": "100", "limit": "100"},
    {"owner": "sam"},
    {"owner": "sol", "limit": "100", "margin": "5"},
)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestWorkspace]:
    files = {**FILES, "configs/rules/rules.yaml": RULES}
    workspace = open_staffed(tmp_path_factory.mktemp("queue"), files)
    for fields in DEALS:
        workspace.execute("deal.create", funnel="sales", fields=fields)
    workspace.execute("deal.create", funnel="sales", fields={"owner": "lea", "amount": "100"})
    workspace.execute("deal.move", actor="lea", deal=6, to="lost")
    yield workspace
    workspace.client.close()


def numbers(office: TestWorkspace, **params: Any) -> list[int]:
    return [deal["number"] for deal in office.query("queue", **params)]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, [3, 2, 1, 5, 4]),
        ({"owner": "sam"}, [2, 1, 4]),
        ({"score": "profit"}, [2, 5, 1, 3, 4]),
        ({"minutes": 60}, [3, 2, 1]),
        ({"minutes": 59}, [3, 2]),
        ({"minutes": 19}, []),
        ({"minutes": 20}, [3]),
        ({"minutes": 60, "skip": 2}, [1]),
        ({"minutes": 60, "skip": 3}, []),
        ({"minutes": 60, "limit": 2}, [3, 2]),
        ({"limit": 2, "skip": 2}, [1, 5]),
        ({"score": "profit", "minutes": 30}, [2, 5]),  # 15 minutes each, where the card says nothing
    ],
    ids=str,
)
def test_open_deals_come_by_their_score_and_then_by_number(
    office: TestWorkspace, asked: Mapping[str, Any], found: list[int]
) -> None:
    assert numbers(office, **asked) == found


def test_each_deal_tells_what_is_not_known_what_to_ask_and_what_is_due(office: TestWorkspace) -> None:
    deal = office.query("queue", owner="sam")[0]

    assert (deal["score"]["total"], deal["score"]["band"]["name"]) == (75.0, "hot")
    assert [gap["name"] for gap in deal["score"]["gaps"]] == ["limit"]
    assert deal["score"]["next"]["ask"] == {"en": "What is the limit?"}
    assert deal["task"]["title"] == {"": "Call"}
    assert (deal["timer"]["event"], deal["minutes"]) == ("remind", 20)


@pytest.mark.parametrize(
    ("actor", "found"),
    [("sam", [2, 1, 4]), ("lea", [3, 2, 1, 4]), ("dan", [3, 2, 1, 5, 4]), ("tom", [5]), ("lou", [5])],
)
def test_nobody_is_shown_deals_of_others(office: TestWorkspace, actor: str, found: list[int]) -> None:
    assert numbers(office, actor=actor) == found


def test_a_user_whose_deals_the_role_does_not_reach_has_an_empty_queue(office: TestWorkspace) -> None:
    assert numbers(office, actor="tom", owner="sam") == []


@pytest.mark.parametrize(("card", "found"), [("relation", [6]), ("mixed", [2, 3, 6, 1, 4, 5])])
def test_a_card_of_accounts_alone_leaves_out_deals_without_one(tmp_path: Path, card: str, found: list[int]) -> None:
    files = {**FILES, "configs/rules/rules.yaml": RULES + RELATION}
    files["configs/fields/accounts.yaml"] = "set: accounts\nfields: {share: {of: accounts, type: percent}}\n"
    with open_staffed(tmp_path, files) as office:
        account = office.execute("account.create", fields={"name": "Acme", "share": "5%"})["id"]
        for fields in DEALS:
            office.execute("deal.create", funnel="sales", fields=fields)
        office.execute("deal.create", funnel="sales", fields={"account": account})

        assert numbers(office, score=card) == found


@pytest.mark.parametrize(("actor", "found"), [("dan", []), ("sam", [2, 1, 4]), ("lea", [2, 1, 3, 4])])
def test_what_a_hidden_field_scores_is_not_told_by_the_order_either(
    office: TestWorkspace, actor: str, found: list[int]
) -> None:
    assert numbers(office, actor=actor, score="profit") == found


def test_an_unknown_scorecard_is_refused_with_the_one_that_was_meant(office: TestWorkspace) -> None:
    with pytest.raises(UsageFault, match="There is no scorecard fti") as fault:
        office.query("queue", score="fti")
    assert "fit" in str(fault.value.remedy)


@pytest.mark.parametrize(("actor", "told"), [("dan", False), ("sam", True), ("lea", True)])
def test_a_history_tells_scores_to_those_who_may_see_what_they_rest_on(
    office: TestWorkspace, actor: str, told: bool
) -> None:
    entries = office.query("why", actor=actor, deal=2)
    scores = [event for entry in entries for event in entry["events"] if event["kind"] == "score.changed"]

    assert any("Fit" in str(event["told"]) for event in scores)
    assert any("profit" in str(event["told"]) for event in scores) is told
