"""Segments: counted and listed in the database, explained deal by deal, within the rights of whoever asks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from tests.integration.sales_workspace import FILES, open_sales
from voronka.errors import UsageFault
from voronka.testing import TestWorkspace

SEGMENTS = """\
segments:
  large: {label: {en: Large, ru: Крупные}, where: amount >= 1000 and now - created_at > "1 day"}
  margin: {where: margin > 10%}
  rich: {where: account.turnover > 100}
"""
PEOPLE = """\
roles: {manager: {label: Manager, sees: own}, head: {label: Head, sees: all}}
people: {anna: {name: Anna, role: manager, reports_to: petr}, petr: {name: Petr, role: head}}
"""
FIELDS = FILES["configs/fields/base.yaml"] + "  margin: {type: percent, visible_to: [head]}\n"


@pytest.fixture(scope="module")
def sales(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestWorkspace]:
    changed = {
        "configs/people/people.yaml": PEOPLE,
        "configs/fields/base.yaml": FIELDS,
        "configs/segments/sales.yaml": SEGMENTS,
    }
    with open_sales(tmp_path_factory.mktemp("segments"), {**FILES, **changed}) as sales:
        account = sales.execute("account.create", fields={"name": "Acme", "turnover": "5000"})["id"]
        for n, (owner, amount) in enumerate([("anna", 500), ("anna", 1000), ("petr", 2000), ("petr", 3000)]):
            fields = {
                "owner": owner,
                "amount": str(amount),
                "margin": f"{n * 10}%",
                **({"account": account} if n else {}),
            }
            sales.execute("deal.create", funnel="sales", fields=fields)
        sales.advance("2 days")
        sales.execute("deal.create", funnel="sales", fields={"amount": "9000"})
        yield sales


def ask(sales: TestWorkspace, query: str, actor: str | None = None, **params: object) -> object:
    return sales.query(query, **params, **({} if actor is None else {"actor": actor}))


def members(sales: TestWorkspace, segment: str, actor: str | None = None, **params: object) -> list[int]:
    found = ask(sales, "segment.show", actor, segment=segment, **params)
    assert isinstance(found, list)
    return [each["number"] for each in found]


def counts(sales: TestWorkspace, actor: str | None = None) -> dict[str, int]:
    found = ask(sales, "segments", actor)
    assert isinstance(found, list)
    return {each["segment"]: each["count"] for each in found}


def test_a_segment_holds_the_deals_of_which_its_condition_is_true(sales: TestWorkspace) -> None:
    assert members(sales, "large") == [2, 3, 4]
    assert members(sales, "rich") == [2, 3, 4]
    assert counts(sales) == {"large": 3, "margin": 2, "rich": 3}


def test_its_members_are_told_page_by_page(sales: TestWorkspace) -> None:
    assert members(sales, "large", limit=2) == [2, 3]
    assert members(sales, "large", limit=2, after=3) == [4]


def test_of_a_segment_only_the_deals_that_one_sees_are_told(sales: TestWorkspace) -> None:
    assert members(sales, "large", "anna") == [2]
    assert counts(sales, "anna")["large"] == 1


def test_what_is_hidden_is_not_told_by_being_a_member(sales: TestWorkspace) -> None:
    assert members(sales, "margin", "petr") == [3, 4]
    assert members(sales, "margin", "anna") == []
    assert counts(sales, "anna")["margin"] == 0


def test_why_a_deal_is_in_a_segment_or_not(sales: TestWorkspace) -> None:
    found = sales.query("segment.why", segment="large", deal=1)
    assert found["member"] is False
    assert "amount >= 1,000: no" in found["words"]["en"] or "amount >= 1000: no" in found["words"]["en"]
    assert sales.query("segment.why", segment="large", deal=2)["member"] is True
    hidden = ask(sales, "segment.why", "anna", segment="margin", deal=2)
    assert isinstance(hidden, dict)
    assert hidden["member"] is None
    assert "10%" not in hidden["words"]["en"].replace("margin > 10%", "")


def test_a_segment_that_is_not_declared_is_told_with_the_one_that_was_meant(sales: TestWorkspace) -> None:
    with pytest.raises(UsageFault) as refused:
        sales.query("segment.show", segment="lareg")
    assert "large" in refused.value.remedy.render()


def test_the_database_has_an_index_for_each_segment_that_can_use_one(sales: TestWorkspace) -> None:
    with sales.client.engine.database.read() as reader:
        found = reader.connection.execute(text("SELECT sql FROM sqlite_master WHERE name LIKE 'ix_deals_where_%'"))
        made = " ".join(found.scalars())
    assert "amount" in made
    assert "margin" in made
