"""What becomes of a move that a rule asks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.sales_workspace import open_sales, with_changes

FUNNEL = "funnel: sales\nfields: [base]\nstages: {new: {}, offer: {}, contract: {}}\n"
RULE = "rules: {leap: {trigger: {field: amount}, do: [{move: contract}]}}\n"


@pytest.mark.parametrize(("stage", "told"), [("new", True), ("offer", False)])
def test_the_owner_is_told_that_the_funnel_has_no_way_for_a_rule(tmp_path: Path, stage: str, told: bool) -> None:
    with open_sales(tmp_path, {**with_changes(funnel=FUNNEL), "configs/rules/leap.yaml": RULE}) as sales:
        sales.execute("deal.create", funnel="sales", fields={"owner": "anna"})
        if stage != "new":
            sales.execute("deal.move", deal=1, to=stage)
        sales.execute("deal.set", deal=1, fields={"amount": 5})
        sales.settle()
        messages = "".join(sales.messages().values())
        assert ("has no such way" in messages) is told
        assert "is tried again" not in messages
