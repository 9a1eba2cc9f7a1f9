"""Sources of values, from the files to the card: who said what, what stands, what is out of date."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.integration.sales_workspace import FILES, open_sales
from voronka.errors import UsageFault
from voronka.testing import TestWorkspace

FIELDS = """
set: base
sources:
  erp: {class: transactional, confidence: 90%}
  interview: {class: client}
fields:
  turnover: {of: accounts, type: money, sources: [erp, interview], ttl: 180 days}
  birthday_wish: {of: accounts, type: text, pii: true, sources: [erp, interview]}
  amount: {type: money}
  budget: {type: money, sources: [erp, interview], merge: sum, max: 1000}
  phase: {type: text, ttl: 1 day}
"""
RULES = """
rules:
  check_again:
    trigger: {schedule: {days: working, at: "10:00"}}
    where: stale(account.turnover) and stale(phase)
    do: [{task: {title: Check again}}]
    again_after: 12 months
"""
FUNNEL = """
funnel: sales
fields: [base]
stages:
  new: {journey: problem}
  offer: {journey: solutions, enter: {when: not stale(phase) and phase is not missing}}
  won: {}
  lost: {}
"""


@pytest.fixture(scope="module")
def sales(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestWorkspace]:
    root: Path = tmp_path_factory.mktemp("sales")
    files = {
        **FILES,
        "configs/fields/base.yaml": FIELDS,
        "configs/rules/again.yaml": RULES,
        "configs/funnels/sales.yaml": FUNNEL,
    }
    with open_sales(root, files) as workspace:
        yield workspace


def told(workspace: TestWorkspace, record: Mapping[str, Any], name: str) -> dict[str, Any]:
    [field] = [each for each in record["fields"] if each["name"] == name]
    return field


def test_a_value_tells_its_source_its_evidence_and_whether_it_is_out_of_date(sales: TestWorkspace) -> None:
    sales.execute("account.create", fields={"name": "Alfa"})
    for source, value, evidence in (("erp", "700", "https://erp.example/1"), ("interview", "500", None)):
        given = {} if evidence is None else {"evidence": evidence}
        sales.execute("account.set", account="Alfa", fields={"turnover": value}, **{"from": source}, **given)
    turnover = told(sales, sales.query("account.show", account="Alfa"), "turnover")
    provenance = turnover["provenance"]
    assert (turnover["value"], provenance["stale"]) == (70000, False)
    assert [(one["source"], one["value"], one["evidence"]) for one in provenance["said"]] == [
        ("erp", 70000, "https://erp.example/1"),
        ("interview", 50000, None),
    ]
    sales.execute("deal.create", funnel="sales", fields={"account": "Alfa", "phase": "design"})
    assert sales.execute("deal.move", deal=1, to="offer")["refusal"] is None
    sales.advance("183 days")
    assert told(sales, sales.query("account.show", account="Alfa"), "turnover")["provenance"]["stale"]
    deal = sales.query("deal.show", deal=1)
    assert told(sales, deal, "phase")["provenance"]["stale"]
    assert "Check again" in str(deal["tasks"])  # the rule found it in the database
    sales.execute("deal.set", deal=1, fields={"phase": "design"})
    assert not told(sales, sales.query("deal.show", deal=1), "phase")["provenance"]["stale"]


@pytest.mark.parametrize(
    ("source", "fields", "gate"),
    [("errp", {"budget": "1"}, "set.source"), ("interview", {"budget": "999"}, "set.budget")],
)
def test_an_unknown_source_or_a_sum_that_does_not_fit_is_refused(
    sales: TestWorkspace, source: str, fields: dict[str, str], gate: str
) -> None:
    number = sales.execute("deal.create", funnel="sales", fields={"budget": "2"}, **{"from": "erp"})["number"]
    refusal = sales.execute("deal.set", deal=number, fields=fields, **{"from": source})["refusal"]
    assert [failure["gate"] for failure in refusal["failures"]] == [gate]


def test_personal_values_and_evidence_lie_in_the_vault_whoever_said_them(sales: TestWorkspace) -> None:
    sales.execute("account.create", fields={"name": "Beta"})
    for source, value in (("erp", "a boat"), ("interview", "a horse")):
        sales.execute(
            "account.set",
            account="Beta",
            fields={"birthday_wish": value},
            evidence=f"Anna said {value}",
            **{"from": source},
        )
    wish = told(sales, sales.query("account.show", account="Beta"), "birthday_wish")
    assert wish["value"] == "a boat"
    assert [(one["value"], one["evidence"]) for one in wish["provenance"]["said"]] == [
        ("a boat", "Anna said a boat"),
        ("a horse", "Anna said a horse"),
    ]


def test_evidence_is_a_text(sales: TestWorkspace) -> None:
    with pytest.raises(UsageFault):
        sales.execute("account.create", fields={"name": "Gamma"}, evidence=5)


def test_fields_tell_what_uses_them_and_in_how_many_records_they_are_filled_in(sales: TestWorkspace) -> None:
    [phase] = sales.query("fields", field="phase")
    assert {use["name"] for use in phase["used_by"]} == {"sales.offer.enter", "check_again"}
    deals = sales.query("deal.list", open=None)
    assert (phase["filled"], phase["records"]) == (1, len(deals))
    assert {each["field"] for each in sales.query("fields") if each["orphan"]} == {
        "account.birthday_wish",
        "budget",
    }
    with pytest.raises(UsageFault):
        sales.query("fields", field="phse")


def test_coverage_counts_what_each_source_gave_and_how_old_it_is(sales: TestWorkspace) -> None:
    sources = {each["source"]: each for each in sales.query("report.coverage")["sources"]}
    assert list(sources) == ["erp", "interview"]
    assert (sources["erp"]["class"], sources["erp"]["fields"]) == ("transactional", 3)
    assert sources["interview"]["values"] == 2  # a turnover and a wish; the sum that did not fit left nothing
    assert 0 < sources["interview"]["share"] < 1
    assert sources["interview"]["stale"] == 0.5


def test_what_stands_is_what_the_record_holds_until_somebody_gives_a_value(sales: TestWorkspace) -> None:
    def standing() -> tuple[int, bool, list[tuple[str, bool]]]:
        turnover = told(sales, sales.query("account.show", account="Delta"), "turnover")
        provenance = turnover["provenance"]
        said = [(one["source"], one["stands"]) for one in provenance["said"]]
        return turnover["value"], provenance["stale"], said

    sales.execute("account.create", fields={"name": "Delta"})
    sales.execute("account.set", account="Delta", fields={"turnover": "500"}, **{"from": "erp"})
    sales.advance("100 days")
    sales.execute("account.set", account="Delta", fields={"turnover": "900"}, **{"from": "interview"})
    sales.advance("100 days")
    assert standing() == (50_000, True, [("erp", True), ("interview", False)])
    sales.execute("account.set", account="Delta", fields={"turnover": "900"}, **{"from": "interview"})
    assert standing() == (90_000, False, [("interview", True), ("erp", False)])
