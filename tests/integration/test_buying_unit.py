"""The buying unit: the client's people with their roles, and the last contact with each by the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.sales_workspace import FILES, open_sales
from voronka.errors import UsageFault
from voronka.testing import TestWorkspace

FIELDS = """\
set: base
collections:
  participants:
    fields:
      role: {type: choice, options: {economic_buyer: Economic buyer, technical: Technical buyer}}
      since: {type: date, label: Known since}
fields:
  amount: {type: money}
  threads: {type: integer, formula: "count(participants, last_interaction_with(contact) >= now - days(60))"}
"""
FUNNEL = """\
funnel: sales
fields: [base]
stages:
  new: {why: analytics}
  choice:
    why: analytics
    enter: {when: 'any(participants, role == "economic_buyer" and days_since(last_interaction_with(contact)) <= 30)'}
"""
RULES = """\
rules:
  thread:
    trigger: {schedule: {days: working, at: "09:00"}}
    where: threads == 1 and stage == "new"
    do: [{task: {title: Get to know another}}]
    again_after: 1 month
"""
KPIS = """\
kpis:
  single:
    label: Single threads
    definition: Deals in which one person was talked to
    owner: head
    ratio: {part: "count(deals, threads <= 1)", whole: count(deals)}
    time: created_at
    grain: [month]
"""


@pytest.fixture(scope="module")
def sales(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestWorkspace]:
    files = {
        **FILES,
        "configs/fields/base.yaml": FIELDS,
        "configs/funnels/sales.yaml": FUNNEL,
        "configs/rules/rules.yaml": RULES,
        "configs/kpis/kpis.yaml": KPIS,
    }
    del files["configs/templates/hello.en.md"]
    with open_sales(tmp_path_factory.mktemp("sales"), files) as workspace:
        for name in ("Vera", "Oleg"):
            workspace.execute("contact.create", fields={"name": name})
        for _ in range(2):
            workspace.execute("deal.create", funnel="sales", fields={"contact": "Oleg", "owner": "anna"})
        for deal, name, role in ((1, "Vera", "economic_buyer"), (1, "Oleg", "technical"), (2, "Oleg", "technical")):
            row = {"contact": name, "role": role, "since": "2026-03-01"}
            workspace.execute("row.put", deal=deal, collection="participants", fields=row)
        yield workspace


def people(sales: TestWorkspace, deal: int) -> list[dict[str, Any]]:
    """Give the participants of a deal: what is shown of each, and when they were talked to."""
    return [
        {cell["name"]: cell["shown"].get("en", cell["shown"].get("")) for cell in each["fields"]}
        | {"talked": each["last_interaction_at"]}
        for each in sales.query("deal.show", deal=deal)["participants"]
    ]


def test_who_decides_when_they_were_talked_to_and_what_hangs_on_it(sales: TestWorkspace) -> None:
    shown = people(sales, 1)
    assert [(one["contact"], one["role"], one["talked"]) for one in shown] == [
        ("Vera", "Economic buyer", None),
        ("Oleg", "Technical buyer", None),
    ]
    assert "participants" not in sales.query("deal.show", deal=1)["rows"]

    called = {"kind": "call", "direction": "out"}
    sales.execute("interaction.log", deal=1, fields={**called, "outcome": "no_answer", "contact": "Vera"})
    sales.execute("interaction.log", deal=1, fields={**called, "outcome": "connected"})  # with the deal's contact
    sales.execute("interaction.log", deal=2, fields={**called, "outcome": "connected", "contact": "Vera"})
    first, second = people(sales, 1)
    assert (first["talked"], second["talked"] is None) == (None, False)
    refusal = sales.execute("deal.move", deal=1, to="choice")["refusal"]
    assert [failure["gate"] for failure in refusal["failures"]] == ["choice.enter.when"]

    sales.advance_to("2026-03-03 09:01")
    assert [task["deal"] for task in sales.query("tasks")] == [1]  # of 2 no participant was talked to
    sales.execute("interaction.log", deal=1, fields={"kind": "letter", "direction": "in", "contact": "Vera"})
    single = sales.client.query("kpi", {"kpi": "single", "from": "2026-03-01", "to": "2026-03-31"})
    assert single["rows"][-1]["value"] == 0.5
    assert sales.execute("deal.move", deal=1, to="choice")["refusal"] is None
    assert sales.verify().damages == ()


def test_a_role_is_one_of_those_that_the_set_lists(sales: TestWorkspace) -> None:
    row = {"contact": "Vera", "role": "boss"}
    with pytest.raises(UsageFault, match="no option “boss”"):
        sales.execute("row.put", deal=2, collection="participants", fields=row)
