"""What is computed of an account, and what is defined about accounts, in the expressions of its deals."""

from __future__ import annotations

from pathlib import Path

from tests.integration.sales_workspace import FILES, open_sales
from voronka.config import read_workspace

FIELDS = (
    FILES["configs/fields/base.yaml"]
    + """\
  big: {of: accounts, type: bool, formula: 'turnover >= 1000 and count(rivals, share > account.limit) == 0'}
  limit: {of: accounts, type: percent}
collections:
  rivals: {of: accounts, key: name, fields: {name: {type: text}, share: {type: percent}}}
"""
)
RULES = """\
define:
  accounts: {key: big and region == "north"}
rules:
  key: {trigger: {event: deal.created}, where: account.key, do: [{task: {title: Call the key account}}]}
"""
FUNNEL = FILES["configs/funnels/sales.yaml"].replace("offer: {}", "offer: {enter: {when: account.big}}")
CHANGED = {
    **FILES,
    "configs/fields/base.yaml": FIELDS,
    "configs/funnels/sales.yaml": FUNNEL,
    "configs/rules/rules.yaml": RULES,
    "configs/segments/segments.yaml": "segments: {key: {where: account.key and open}}\n",
}


def test_a_definition_about_accounts_that_deals_alone_read_is_in_use() -> None:
    findings = read_workspace({path: text.encode() for path, text in CHANGED.items()}).findings
    assert [each.code for each in findings if each.code == "V5801"] == []


def test_deals_read_what_is_computed_of_their_account_in_gates_rules_and_the_database(tmp_path: Path) -> None:
    with open_sales(tmp_path, CHANGED) as sales:
        parties = {}
        for name, turnover, region in [("Acme", "5000", "north"), ("Best", "5000", "south"), ("Core", "10", "north")]:
            fields = {"name": name, "turnover": turnover, "region": region, "limit": "30%"}
            parties[name] = sales.execute("account.create", fields=fields)["id"]
        for account in parties.values():
            sales.execute("deal.create", funnel="sales", fields={"amount": "5", "account": account})

        assert [task["deal"] for task in sales.query("tasks")] == [1]
        assert [deal["number"] for deal in sales.query("segment.show", segment="key")] == [1]

        refused = sales.client.execute({"command": "deal.move", "deal": 3, "to": "offer"})["refusal"]
        assert [each["gate"] for each in refused["failures"]] == ["offer.enter.when"]
        sales.execute("deal.move", deal=2, to="offer")

        sales.execute("row.put", account=parties["Acme"], collection="rivals", fields={"name": "Rival", "share": "40%"})
        sales.settle()
        refused = sales.client.execute({"command": "deal.move", "deal": 1, "to": "offer"})["refusal"]
        assert [each["gate"] for each in refused["failures"]] == ["offer.enter.when"]
        assert sales.query("segment.show", segment="key") == []
