"""A rule is called by its label wherever people meet it, with its name beside."""

from __future__ import annotations

from pathlib import Path

from tests.integration.cli.running import voronka
from tests.integration.sales_workspace import open_sales, with_changes
from voronka.config import read_workspace

RULES = """\
rules:
  big:
    label: {en: Large deal, ru: Крупная сделка}
    trigger: {field: amount}
    where: amount > 100
    do: [{task: {title: Look}}]
"""
FILES = {**with_changes(), "configs/rules/rules.yaml": RULES}


def test_what_a_rule_did_is_told_by_its_label(tmp_path: Path) -> None:
    with open_sales(tmp_path, FILES) as sales:
        sales.execute("deal.create", funnel="sales")
        sales.execute("deal.set", deal=1, fields={"amount": "500"})
        entry = sales.query("why", deal=1)[-1]
        told = [event["told"] for event in entry["events"] if event["kind"] == "rule.fired"]
        assert told == [{"en": "the rule Large deal (big) acted", "ru": told[0]["ru"]}]
        assert "Крупная сделка (big)" in told[0]["ru"]
        assert "the rule Large deal (big)" in [link["told"].get("en") for link in entry["links"]]
        (listed,) = sales.query("rules")
        assert (listed["rule"], listed["label"]) == ("big", {"en": "Large deal", "ru": "Крупная сделка"})
    assert "Large deal (big)" in voronka("rules", "list", "-C", tmp_path).out
    assert voronka("rules", "report", "big", "-C", tmp_path).out.startswith("Large deal (big) (acts)")


def test_a_finding_names_a_rule_by_its_label() -> None:
    files = {**FILES, "configs/rules/rules.yaml": RULES.replace("amount > 100", "amount > 100 and won")}
    findings = read_workspace({path: text.encode() for path, text in files.items()}).findings
    (finding,) = [each for each in findings if each.code == "V5701"]
    assert "The rule Large deal (big) can never act" in finding.reason.render("en")
