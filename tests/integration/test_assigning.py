"""Deals are assigned in turn, by load, by skill and by territory; the absent are passed over."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.integration.sales_workspace import FILES, open_sales
from voronka.testing import TestWorkspace

PEOPLE = """\
roles: {manager: {label: Manager}, head: {label: Head}}
teams: {b2b: {label: B2B}}
people:
  anna: {role: manager, team: b2b, skills: [tender], territories: [moscow]}
  boris: {role: manager, team: b2b, skills: [tender, service], absent: [{from: 2026-03-10, to: 2026-03-12}]}
  clara: {role: manager, team: b2b, skills: [service], deputy: dina}
  dina: {role: manager}
  petr: {role: head}
"""
FIELDS = """\
set: base
fields:
  line: {type: choice, options: [tender, service, training]}
  priority: {type: bool}
"""
FUNNEL = "funnel: sales\nowner: head\nfields: [base]\nstages: {new: {}, offer: {}}\n"


def files(action: str) -> Mapping[str, str]:
    rule = f"{{trigger: {{event: deal.created}}, where: owner is missing, do: [{{assign: {action}}}]}}"
    return {
        **FILES,
        "configs/people/people.yaml": PEOPLE,
        "configs/fields/base.yaml": FIELDS,
        "configs/funnels/sales.yaml": FUNNEL,
        "configs/templates/hello.en.md": "---\nsubject: Hello\n---\nHello\n",
        "configs/rules/rules.yaml": f"rules:\n  give: {rule}\n",
    }


def given(sales: TestWorkspace, *lines: str | None) -> list[str | None]:
    """Open deals, about these lines of products, and return who got them."""
    owners = []
    for line in lines:
        fields = {} if line is None else {"line": line}
        number = sales.execute("deal.create", funnel="sales", fields=fields)["number"]
        owners.append(owner_of(sales, number))
    return owners


def owner_of(sales: TestWorkspace, number: int) -> str | None:
    with sales.client.engine.read() as reader:
        (deal,) = reader.deals(reader.deals_by_number([number]).values()).values()
        return deal.owner


def test_deals_go_round_and_the_turn_outlives_a_restart(tmp_path: Path) -> None:
    with open_sales(tmp_path, files("{team: b2b}")) as sales:
        assert given(sales, None, None) == ["anna", "boris"]
        sales.reopen()
        assert given(sales, None, None) == ["clara", "anna"]
        assert sales.verify().damages == ()


def test_an_owner_that_was_named_keeps_the_deal(tmp_path: Path) -> None:
    with open_sales(tmp_path, files("{team: b2b}")) as sales:
        sales.execute("deal.create", funnel="sales", fields={"owner": "dina"})
        assert owner_of(sales, 1) == "dina"


def test_the_absent_are_passed_over_while_they_are_away(tmp_path: Path) -> None:
    with open_sales(tmp_path, files("{team: b2b}")) as sales:
        sales.advance_to("2026-03-10 10:00")
        assert given(sales, None, None, None) == ["anna", "clara", "anna"]
        sales.advance_to("2026-03-13 10:00")
        assert given(sales, None) == ["boris"]


def test_the_least_loaded_gets_the_deal_and_closed_deals_are_no_load(tmp_path: Path) -> None:
    with open_sales(tmp_path, files("{users: [anna, boris], by: least_loaded}")) as sales:
        for owner in ("anna", "anna", "boris"):
            sales.execute("deal.create", funnel="sales", fields={"owner": owner})
        assert given(sales, None) == ["boris"]
        sales.execute("deal.move", deal=1, to="lost")
        sales.execute("deal.move", deal=2, to="lost")
        assert given(sales, None, None) == ["anna", "anna"]


def test_a_batch_counts_what_it_has_given_already(tmp_path: Path) -> None:
    action = "{users: [anna, boris, clara], by: least_loaded}"
    rule = f"rules:\n  give: {{trigger: {{schedule: {{days: working, at: '09:00'}}}}, do: [{{assign: {action}}}]}}\n"
    with open_sales(tmp_path, {**files(action), "configs/rules/rules.yaml": rule}) as sales:
        for _ in range(6):
            sales.execute("deal.create", funnel="sales")
        sales.advance("1 day")
        owners = [owner_of(sales, number) for number in range(1, 7)]
        assert sorted(filter(None, owners)) == ["anna", "anna", "boris", "boris", "clara", "clara"]


@pytest.mark.parametrize(
    ("line", "owners"),
    [("tender", ["anna", "boris", "anna"]), ("service", ["boris", "clara", "boris"]), ("training", ["petr"] * 3)],
)
def test_skills_choose_and_the_head_of_the_funnel_gets_what_fits_nobody(
    line: str, owners: list[str], tmp_path: Path
) -> None:
    with open_sales(tmp_path, files("{team: b2b, by: skill, field: line}")) as sales:
        assert given(sales, line, line, line) == owners
        told = [event["told"]["en"] for event in sales.query("why", deal=1)[0]["events"]]
        assert ("who heads the funnel" in " ".join(told)) is (line == "training")


def test_territories_in_free_text_are_the_same_in_any_case_of_letters(tmp_path: Path) -> None:
    fields = {"configs/fields/base.yaml": "set: base\nfields:\n  place: {type: text}\n"}
    with open_sales(tmp_path, {**files("{team: b2b, by: territory, field: place}"), **fields}) as sales:
        for place, owner in ((" Moscow", "anna"), ("MOSCOW", "anna"), ("Tula", "petr")):
            number = sales.execute("deal.create", funnel="sales", fields={"place": place})["number"]
            assert owner_of(sales, number) == owner


def test_a_deputy_stands_in_where_everybody_who_fits_is_away(tmp_path: Path) -> None:
    with open_sales(tmp_path, files("{users: [clara]}")) as sales:
        sales.work("people.absent", **{"user": "clara", "from": "2026-03-02", "to": "2026-03-05"})
        assert given(sales, None) == ["dina"]


@pytest.mark.parametrize(
    ("group", "line"),
    [
        ("{users: [anna, clara]}", None),
        ("{users: [anna, clara], by: least_loaded}", None),
        ("{users: [anna, dina, clara], by: skill, field: line}", "service"),
    ],
)
def test_deputies_of_a_group_that_is_away_take_turns_as_the_group_does(
    tmp_path: Path, group: str, line: str | None
) -> None:
    skilled = PEOPLE.replace("anna: {", "anna: {deputy: petr, ").replace("skills: [tender], ", "skills: [service], ")
    with open_sales(tmp_path, {**files(group), "configs/people/people.yaml": skilled}) as sales:
        for user in ("anna", "clara"):
            sales.work("people.absent", **{"user": user, "from": "2026-03-02", "to": "2026-03-05"})
        assert given(sales, *[line] * 4) == ["petr", "dina", "petr", "dina"]
        sales.work("people.present", user="clara")
        assert given(sales, line, line) == ["clara", "clara"]


def test_in_shadow_mode_the_turn_does_not_pass_on(tmp_path: Path) -> None:
    shadow = {**files("{team: b2b}")}
    shadow["configs/rules/rules.yaml"] = shadow["configs/rules/rules.yaml"].replace("give: {", "give: {mode: shadow, ")
    with open_sales(tmp_path, shadow) as sales:
        assert given(sales, None, None) == [None, None]
        told = [entry["events"][-1]["told"]["en"] for n in (1, 2) for entry in sales.query("why", deal=n)]
        assert all("anna of team:b2b gets the deal" in each for each in told)
