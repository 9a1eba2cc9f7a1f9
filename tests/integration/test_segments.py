"""Segments: counted and listed in the database, explained deal by deal, within the rights of whoever asks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from tests.integration.sales_workspace import FILES, open_sales
from voronka.config import read_workspace
from voronka.errors import UsageFault
from voronka.testing import TestWorkspace

SEGMENTS = """\
segments:
  large: {label: {en: Large, ru: Крупные}, where: amount >= 1000 and now - created_at > "1 day"}
  margin: {where: margin > 10%}
  rich: {where: account.turnover > 100}
  northern: {of: accounts, label: North, where: 'region == "north" and owner.role == "manager"'}
  dull: {of: accounts, where: rating < 5}
  new_clients: {of: contacts, where: status == "client" and account.turnover > 100 and phone is not missing}
"""
PEOPLE = """\
roles: {manager: {label: Manager, sees: own}, head: {label: Head, sees: all}}
people: {anna: {name: Anna, role: manager, reports_to: petr}, petr: {name: Petr, role: head}}
"""
FIELDS = (
    FILES["configs/fields/base.yaml"]
    + "  margin: {type: percent, visible_to: [head]}\n  rating: {of: accounts, type: integer, visible_to: [head]}\n"
)


@pytest.fixture(scope="module")
def sales(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestWorkspace]:
    changed = {
        "configs/people/people.yaml": PEOPLE,
        "configs/fields/base.yaml": FIELDS,
        "configs/segments/sales.yaml": SEGMENTS,
    }
    with open_sales(tmp_path_factory.mktemp("segments"), {**FILES, **changed}) as sales:
        account = sales.execute("account.create", fields={"name": "Acme", "turnover": "5000"})["id"]
        for name, region, owner in (("Bolt", "north", "anna"), ("Cork", "north", "petr"), ("Dock", "south", "anna")):
            fields = {"name": name, "region": region, "owner": owner, "rating": "4"}
            sales.execute("account.create", fields=fields)
        for name, status, of in (("Ivan", "client", account), ("Olga", "lead", account), ("Oleg", "client", None)):
            fields = {"name": name, "status": status, "phone": "+79160000001", "account": of}
            sales.execute("contact.create", fields=fields)
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
    assert counts(sales) == {"large": 3, "margin": 2, "rich": 3, "northern": 1, "dull": 3, "new_clients": 1}


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


def names(sales: TestWorkspace, segment: str, actor: str | None = None, **params: object) -> list[str]:
    found = ask(sales, "segment.show", actor, segment=segment, **params)
    assert isinstance(found, list)
    return [each["name"] for each in found]


@pytest.mark.parametrize(
    ("segment", "actor", "found"),
    [
        ("northern", None, ["Bolt"]),
        ("northern", "anna", ["Bolt"]),
        ("northern", "petr", ["Bolt"]),
        ("new_clients", None, ["Ivan"]),
        ("new_clients", "anna", ["Ivan"]),
        ("dull", "petr", ["Bolt", "Cork", "Dock"]),
        ("dull", "anna", []),  # what she may not see is not told by being a member
    ],
)
def test_a_segment_of_accounts_or_contacts_holds_those_that_one_may_be_told(
    sales: TestWorkspace, segment: str, actor: str | None, found: list[str]
) -> None:
    assert names(sales, segment, actor) == found
    assert counts(sales, actor)[segment] == len(found)


def test_accounts_come_page_by_page_in_the_order_in_which_they_were_made(sales: TestWorkspace) -> None:
    page = sales.query("segment.show", segment="dull", limit=2)
    assert [each["name"] for each in page] == ["Bolt", "Cork"]
    assert names(sales, "dull", after=page[-1]["id"]) == ["Dock"]


@pytest.mark.parametrize(
    ("asked", "member", "told"),
    [
        ({"segment": "northern", "account": "Bolt"}, True, "Manager"),
        ({"segment": "northern", "account": "Dock"}, False, "south"),
        ({"segment": "new_clients", "contact": "Oleg"}, None, "account.turnover"),
        ({"segment": "new_clients", "contact": "Ivan"}, True, "phone"),
    ],
)
def test_why_an_account_or_a_contact_is_in_a_segment_or_not(
    sales: TestWorkspace, asked: dict[str, str], member: bool | None, told: str
) -> None:
    found = sales.query("segment.why", **asked)
    assert found["member"] is (member is True)
    assert told.lower() in found["words"]["en"].lower()
    assert "+7916" not in found["words"]["en"]


def test_a_record_of_another_kind_is_refused_with_what_to_ask(sales: TestWorkspace) -> None:
    with pytest.raises(UsageFault, match="is of accounts") as refused:
        sales.query("segment.why", segment="northern", deal=1)
    assert "--account" in refused.value.remedy.render()


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


def test_accounts_and_contacts_have_indexes_likewise(sales: TestWorkspace) -> None:
    with sales.client.engine.database.read() as reader:
        query = "SELECT name, sql FROM sqlite_master WHERE name LIKE 'ix_%_where_%' AND tbl_name != 'deals'"
        made = {row.name: row.sql for row in reader.connection.execute(text(query))}
    assert any(name.startswith("ix_accounts_where_") and "region" in sql for name, sql in made.items())
    assert any(name.startswith("ix_contacts_where_") and "status" in sql for name, sql in made.items())


@pytest.mark.parametrize("where", ["open", "amount > 5", "days_in_stage > 3", 'stage == "new"', "scores.fit.total > 5"])
def test_what_deals_alone_have_is_told_where_an_account_is_asked_for_it(where: str) -> None:
    files = {**FILES, "configs/segments/s.yaml": f"segments:\n  s: {{of: accounts, where: '{where}'}}\n"}
    found = read_workspace({path: text.encode() for path, text in files.items()}).findings
    (finding,) = (each for each in found if each.code == "E1101")
    assert "Only deals have" in str(finding.remedy)
