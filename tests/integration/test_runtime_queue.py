"""Queued commands: what one record's change brings about at another, carried out once, and seen when it is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.sales_workspace import FILES, open_sales, with_changes
from voronka.testing import TestWorkspace

LENDING = """\
funnel: sales
fields: [base]
stages:
  new: {}
  offer: {enter: {do: [{open_deal: {funnel: after, copy: [amount, passport, contact]}}]}}
"""
AFTER = "funnel: after\nfields: [base]\nstages: {a: {}}\n"
ENDLESS = """\
funnel: sales
fields: [base]
stages:
  new: {enter: {do: [{open_deal: {funnel: sales}}]}}
  offer: {}
"""


def personal(sales: TestWorkspace, deal: int) -> dict[str, object]:
    fields = sales.query("deal.show", deal=deal)["fields"]
    return {field["name"]: field["value"] for field in fields if field["name"] in ("amount", "passport")}


def test_a_deal_that_another_opens_gets_its_personal_values_by_their_references(tmp_path: Path) -> None:
    with open_sales(tmp_path, {**with_changes(funnel=LENDING), "configs/funnels/after.yaml": AFTER}) as sales:
        sales.execute("contact.create", fields={"name": "Ivan"})
        sales.execute("deal.create", funnel="sales", fields={"contact": "Ivan", "amount": "5", "passport": "4510"})
        sales.execute("deal.move", deal=1, to="offer")
        assert personal(sales, 2) == personal(sales, 1) == {"amount": 500, "passport": "4510"}
        with sales.client.engine.read() as reader:
            first, second = reader.list_deals()
        assert first.fields["passport"] == second.fields["passport"]
        assert sales.verify().damages == ()


def test_a_refused_queued_command_is_seen_in_the_log_the_status_and_the_history(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with open_sales(tmp_path, {**FILES, **with_changes(funnel=ENDLESS)}) as sales:
        sales.execute("deal.create", funnel="sales")
        last = sales.query("deal.list", limit=100)[-1]["number"]
        assert sales.query("status")["queue_unmet"] == {"refused": 1, "failed": 0}
        queued = [
            event
            for deal in (1, last)
            for entry in sales.query("why", deal=deal)
            for event in entry["events"]
            if event["kind"] == "command.queued"
        ]
        assert [event["outcome"] for event in queued] == ["done", "refused"]
        assert "it was refused" in queued[1]["told"]["en"]
        assert "was refused" in caplog.text
        assert sales.verify().damages == ()
