"""Routing gives a new deal that nobody owns to whom the first entry that holds gives it, whoever opens it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.integration.sales_workspace import FILES, open_sales
from voronka.testing import TestWorkspace

PEOPLE = """\
roles: {manager: {label: Manager, sees: own}, desk: {label: Desk}, head: {label: Head}}
teams: {key: {label: Key accounts}, b2b: {label: B2B}}
people:
  kim: {role: manager, team: key, deputy: ken}
  ken: {role: manager, team: b2b, skills: [tender]}
  anna: {role: manager, team: b2b, skills: [service], territories: [north]}
  boris: {role: manager, team: b2b, skills: [tender, service], absent: [{from: 2026-03-10, to: 2026-03-12}]}
  dora: {role: desk}
  petr: {role: head}
routing:
  - {where: account.segment == "key", funnel: sales, assign: {team: key}}
  - {where: amount > 1000, funnel: sales, assign: {role: head}}
  - {where: line is not missing, funnel: sales, assign: {team: b2b, by: skill, field: line}}
  - {funnel: service, assign: {team: b2b, by: least_loaded}}
"""
FIELDS = """\
set: base
fields:
  amount: {type: money}
  line: {type: choice, options: [tender, service, training]}
"""
CONFIGS: Mapping[str, str] = {
    **FILES,
    "configs/people/people.yaml": PEOPLE,
    "configs/fields/base.yaml": FIELDS,
    "configs/funnels/sales.yaml": """\
funnel: sales
owner: head
fields: [base]
stages:
  new: {why: analytics, enter: {do: [{task: {title: Call}}]}}
  offer: {why: analytics, enter: {do: [{open_deal: {funnel: service}}]}}
""",
    "configs/funnels/service.yaml": "funnel: service\nowner: head\nfields: [base]\nstages: {visit: {why: analytics}}\n",
    "configs/templates/hello.en.md": "---\nsubject: Hello\n---\nHello\n",
}


def opened(sales: TestWorkspace, actor: str | None = None, funnel: str = "sales", **fields: Any) -> str | None:
    """Open a deal and return who owns it."""
    who = {} if actor is None else {"actor": actor}
    return owner_of(sales, sales.execute("deal.create", funnel=funnel, fields=fields, **who)["number"])


def owner_of(sales: TestWorkspace, number: int) -> str | None:
    with sales.client.engine.read() as reader:
        (deal,) = reader.deals(reader.deals_by_number([number]).values()).values()
        return deal.owner


@pytest.mark.parametrize(
    ("fields", "owner"),
    [
        ({"account": "Key", "amount": "5000"}, "kim"),
        ({"account": "Small", "amount": "5000"}, "petr"),
        ({"amount": "1000", "line": "tender"}, "ken"),
        ({"line": "service"}, "anna"),
        ({"line": "training"}, "petr"),
        ({"amount": "5000", "owner": "anna"}, "anna"),
        ({}, None),
    ],
)
def test_the_first_entry_that_holds_decides(fields: dict[str, str], owner: str | None, tmp_path: Path) -> None:
    with open_sales(tmp_path, CONFIGS) as sales:
        for name, segment in (("Key", "key"), ("Small", "small")):
            sales.execute("account.create", fields={"name": name, "segment": segment})
        assert opened(sales, **fields) == owner
        assert sales.verify().damages == ()


def test_whoever_opens_what_no_entry_is_for_owns_it(tmp_path: Path) -> None:
    with open_sales(tmp_path, CONFIGS) as sales:
        assert opened(sales, "anna") == "anna"
        assert opened(sales, "anna", line="tender") == "ken"
        assert opened(sales, "dora", line="tender") == "boris"


def test_the_absent_and_other_teams_are_passed_over(tmp_path: Path) -> None:
    with open_sales(tmp_path, CONFIGS) as sales:
        sales.advance_to("2026-03-10 10:00")
        assert [opened(sales, line="tender") for _ in range(3)] == ["ken"] * 3
        sales.execute("account.create", fields={"name": "Key", "segment": "key"})
        sales.work("people.absent", user="kim")
        assert opened(sales, account="Key") == "ken"


def test_a_deal_that_another_opens_is_routed_too_and_the_turn_outlives_a_restart(tmp_path: Path) -> None:
    with open_sales(tmp_path, CONFIGS) as sales:
        for _ in range(4):
            number = sales.execute("deal.create", funnel="sales", fields={"owner": "dora"})["number"]
            sales.execute("deal.move", deal=number, to="offer")
            sales.advance("1 minute")
            sales.reopen()
        children = [row for row in sales.query("deal.list") if row["funnel"]["name"] == "service"]
        assert [row["owner"]["name"] for row in children] == ["ken", "anna", "boris", "ken"]
        assert sales.verify().damages == ()


def test_what_is_done_on_entry_finds_the_owner_there(tmp_path: Path) -> None:
    with open_sales(tmp_path, CONFIGS) as sales:
        opened(sales, line="service")
        (task,) = sales.query("tasks", deal=1)
        assert task["assignee"]["name"] == "anna"


def test_why_tells_which_entry_gave_the_deal_away_and_what_it_read(tmp_path: Path) -> None:
    with open_sales(tmp_path, CONFIGS) as sales:
        opened(sales, amount="2000")
        (entry,) = sales.query("why", deal=1)
        (routed,) = [link for link in entry["links"] if link["by"].startswith("routing:2@")]
        (judged,) = routed["judgements"]
        assert (judged["name"], judged["text"], judged["result"]) == ("routing.2.where", "amount > 1000", True)
        assert "amount > 1000" in judged["words"]["en"]
        events = [event["kind"] for event in entry["events"][routed["first"] :]]
        assert events[:2] == ["owner.assigned", "field.changed"]
        assert entry["links"][-1]["by"] == entry["actor"]


CHOOSING = (
    PEOPLE.partition("routing:")[0]
    + """\
routing:
  - {where: account.segment == "key" and line == "service", funnel: service, assign: {team: key}}
  - {where: line == "service", funnel: service}
  - {where: amount > 1000, funnel: sales, assign: {role: head}}
"""
)


@pytest.mark.parametrize(
    ("fields", "funnel", "owner"),
    [
        ({"account": "Key", "line": "service"}, "service", "kim"),
        ({"line": "service"}, "service", "anna"),
        ({"line": "service", "owner": "boris"}, "service", "boris"),
        ({"amount": "5000"}, "sales", "petr"),
    ],
)
def test_a_deal_without_a_funnel_gets_the_one_of_the_first_entry_that_holds(
    fields: dict[str, str], funnel: str, owner: str, tmp_path: Path
) -> None:
    with open_sales(tmp_path, {**CONFIGS, "configs/people/people.yaml": CHOOSING}) as sales:
        sales.execute("account.create", fields={"name": "Key", "segment": "key"})
        answer = sales.execute("deal.create", fields=fields, actor="anna")
        assert (answer["funnel"], owner_of(sales, answer["number"])) == (funnel, owner)
        assert sales.verify().damages == ()


def test_why_tells_the_entry_that_chose_the_funnel(tmp_path: Path) -> None:
    with open_sales(tmp_path, {**CONFIGS, "configs/people/people.yaml": CHOOSING}) as sales:
        sales.execute("deal.create", fields={"line": "service", "owner": "boris"}, actor="anna")
        (entry,) = sales.query("why", deal=1)
        links = [(link["by"].partition("@")[0], link["first"]) for link in entry["links"]]
        assert [event["kind"] for event in entry["events"]][:1] == ["deal.created"]
        assert links == [("anna", 0), ("routing:2", 1), ("anna", 1)]
        assert entry["links"][1]["told"]["en"] == "entry 2 of the routing"
        assert [each["name"] for each in entry["links"][1]["judgements"]] == ["routing.2.where"]


@pytest.mark.parametrize("routing", [True, False])
def test_a_deal_that_nothing_routes_is_refused_with_the_funnels(routing: bool, tmp_path: Path) -> None:
    people = CHOOSING if routing else PEOPLE.partition("routing:")[0]
    with open_sales(tmp_path, {**CONFIGS, "configs/people/people.yaml": people}) as sales:
        refusal = sales.execute("deal.create", fields={"amount": "7"})["refusal"]
        assert refusal["code"] == "no_funnel"
        said = refusal["failures"][0]
        assert ("No entry of the routing is for this deal" in said["reason"]["en"]) is routing
        assert "sales, service" in said["unblock"]["en"]


def test_what_a_deal_would_bring_along_to_a_funnel_that_lacks_it_is_refused(tmp_path: Path) -> None:
    files = {
        **CONFIGS,
        "configs/people/people.yaml": CHOOSING,
        "configs/fields/more.yaml": "set: more\nfields: {need: {type: text}}\n",
    }
    with open_sales(tmp_path, files) as sales:
        refusal = sales.execute("deal.create", fields={"line": "service", "need": "x"})["refusal"]
        assert "need" in str(refusal)


ROUTED_CHILD = CONFIGS["configs/funnels/sales.yaml"].replace(
    "{funnel: service}", "{copy: [line, account], set: {amount: 5}}"
)


@pytest.mark.parametrize(("line", "funnel"), [("service", "service"), ("tender", None)])
def test_a_deal_that_another_opens_without_a_funnel_gets_the_one_of_the_routing_or_the_owner_is_told(
    line: str, funnel: str | None, tmp_path: Path
) -> None:
    files = {**CONFIGS, "configs/people/people.yaml": CHOOSING, "configs/funnels/sales.yaml": ROUTED_CHILD}
    with open_sales(tmp_path, files) as sales:
        number = sales.execute("deal.create", funnel="sales", fields={"owner": "dora", "line": line})["number"]
        sales.execute("deal.move", deal=number, to="offer")
        sales.advance("1 minute")
        children = [row for row in sales.query("deal.list") if row["number"] != number]
        assert [row["funnel"]["name"] for row in children] == ([] if funnel is None else [funnel])
        told = [row for row in sales.query("outbox") if row["template"] == "command_refused"]
        assert len(told) == (funnel is None)
        assert sales.verify().damages == ()
