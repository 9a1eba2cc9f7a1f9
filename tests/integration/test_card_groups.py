"""A card is shown by groups, each from its stage on; what has been filled in is shown anyway."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.sales_workspace import FILES, open_sales
from voronka.testing import TestWorkspace

FIELDS = """
set: base
groups:
  money: {label: Money, from: offer}
  work: {label: Work}
fields:
  amount: {type: money, group: money}
  discount: {type: percent, group: money}
  passport: {type: text, pii: true, group: work, visible_to: [head]}
  need: {type: text, group: work}
  loss_reason: {type: choice, options: [price]}
"""
FUNNEL = """
funnel: sales
fields: [base]
stages:
  new: {journey: problem}
  offer: {journey: solutions}
  won: {}
  lost: {}
"""


@pytest.fixture(scope="module")
def sales(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestWorkspace]:
    root: Path = tmp_path_factory.mktemp("sales")
    files = {**FILES, "configs/fields/base.yaml": FIELDS, "configs/funnels/sales.yaml": FUNNEL}
    files.pop("configs/templates/hello.en.md")
    with open_sales(root, files) as workspace:
        yield workspace


@pytest.mark.parametrize(("stage", "disclosed"), [("new", False), ("offer", True), ("won", True)])
def test_a_group_is_disclosed_from_its_stage_on(sales: TestWorkspace, stage: str, disclosed: bool) -> None:
    number = sales.execute("deal.create", funnel="sales", fields={"amount": "10"})["number"]
    if stage != "new":
        sales.execute("deal.move", deal=number, to=stage)
    money, work = sales.query("deal.show", deal=number)["groups"]
    assert (money["disclosed"], money["fields"], money["empty"]) == (disclosed, ["amount"], ["discount"])
    assert (work["disclosed"], work["start"]) == (True, None)


def test_fields_that_are_hidden_from_somebody_are_not_named_as_empty(sales: TestWorkspace) -> None:
    number = sales.execute("deal.create", funnel="sales", fields={"owner": "anna"})["number"]
    groups = {
        actor: sales.query("deal.show", deal=number, **actor_of)["groups"][1]["empty"]
        for actor, actor_of in (("operator", {}), ("anna", {"actor": "anna"}))
    }
    assert groups == {"operator": ["passport", "need"], "anna": ["need"]}
