"""Evidence is personal and goes to the vault, but what an item asks for is asked of it nevertheless."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.sales_workspace import FILES, open_sales
from voronka.testing import TestWorkspace

FUNNEL = """
funnel: sales
fields: [base]
stages:
  new:
    journey: problem
    leave: {checklist: {met: {label: Met, evidence: text}, shown: {label: Shown, evidence: link}}}
  offer: {journey: solutions}
"""


@pytest.fixture(scope="module")
def sales(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestWorkspace]:
    root: Path = tmp_path_factory.mktemp("sales")
    with open_sales(root, {**FILES, "configs/funnels/sales.yaml": FUNNEL}) as workspace:
        workspace.execute("deal.create", funnel="sales")
        yield workspace


@pytest.mark.parametrize(
    ("item", "evidence", "taken"),
    [
        ("met", "she shook hands", True),
        ("met", "   ", False),
        ("met", None, False),
        ("shown", "https://acme.example/minutes", True),
        ("shown", " https://acme.example/minutes ", True),
        ("shown", "she shook hands", False),
        ("shown", "https://", False),
        ("shown", "https://acme.example and some words", False),
        ("shown", "   ", False),
    ],
)
def test_evidence_is_of_the_form_that_its_item_asks_for(
    sales: TestWorkspace, item: str, evidence: str | None, taken: bool
) -> None:
    given = {} if evidence is None else {"evidence": evidence}
    answer = sales.execute("checklist.tick", deal=1, item=item, **given)
    refusal = answer["refusal"]
    assert (refusal is None or refusal["code"]) == (taken or "evidence")
    assert answer["events"] == (["checklist.ticked"] if taken else [])
    if taken:
        sales.execute("checklist.tick", deal=1, item=item, done=False)
