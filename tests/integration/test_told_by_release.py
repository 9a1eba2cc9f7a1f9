"""What was declared when something happened tells it, after its names have changed."""

from __future__ import annotations

from pathlib import Path

from tests.integration.sales_workspace import open_sales, with_changes
from voronka.testing import TestWorkspace, write_files

FUNNEL = """\
funnel: sales
fields: [base]
stages:
  new: {}
  %s: {label: %s}
  contract: {}
"""
FIELDS = """\
set: base
fields:
  %s: {type: money, label: %s}
  kind: {type: choice, label: Kind, options: {big: %s}}
"""


def _open(root: Path) -> TestWorkspace:
    files = with_changes(funnel=FUNNEL % ("draft", "Draft"), fields=FIELDS % ("price", "Price", "Large"))
    del files["configs/templates/hello.en.md"]
    return open_sales(root, files)


def _rename(sales: TestWorkspace) -> None:
    changed = with_changes(funnel=FUNNEL % ("offer", "Offer"), fields=FIELDS % ("amount", "Amount", "Huge"))
    del changed["configs/templates/hello.en.md"]
    write_files(sales.root, changed)
    assert sales.work("reload")["changed"]


def test_why_tells_values_by_the_release_of_their_entry(tmp_path: Path) -> None:
    with _open(tmp_path) as sales:
        sales.execute("deal.create", funnel="sales", fields={"price": "1250000.50", "kind": "big"})
        sales.execute("deal.move", deal=1, to="lost")
        before = sales.query("why", deal=1)[0]["events"][0]["told"]
        assert "Price = 1,250,000.50 RUB" in before["en"]
        _rename(sales)
        assert sales.query("why", deal=1)[0]["events"][0]["told"] == before


def test_a_renamed_stage_keeps_its_place_and_its_label_in_the_funnel(tmp_path: Path) -> None:
    with _open(tmp_path) as sales:
        sales.execute("deal.create", funnel="sales")
        for stage in ("draft", "contract", "won"):
            sales.execute("deal.move", deal=1, to=stage)
        _rename(sales)
        stages = {stage["stage"]: stage for stage in sales.query("funnel", funnel="sales")["stages"]}
        assert list(stages) == ["new", "draft", "offer", "contract", "won", "lost"]
        assert stages["draft"]["label"] == {"": "Draft"}
        assert [stages[name]["conversion"] for name in ("new", "draft", "contract")] == [1.0, 1.0, 1.0]


def test_why_tells_that_the_contact_to_be_set_is_not_there(tmp_path: Path) -> None:
    funnel = (
        "funnel: sales\nfields: [base]\nstages: {new: {}, offer: {enter: {do: [{set: {contact.status: client}}]}}}\n"
    )
    files = with_changes(funnel=funnel)
    del files["configs/templates/hello.en.md"]
    with open_sales(tmp_path, files) as sales:
        sales.execute("deal.create", funnel="sales")
        sales.execute("deal.move", deal=1, to="offer")
        told = [event["told"]["en"] for entry in sales.query("why", deal=1) for event in entry["events"]]
        assert "contact.status was not set: the deal has no contact" in told
        assert sales.verify().sound
