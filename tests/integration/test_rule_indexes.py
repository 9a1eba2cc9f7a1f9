"""Indexes by which scheduled rules find their deals: they come and go with the releases that need them."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text

from tests.integration.sales_workspace import FILES, open_sales
from voronka.testing import TestWorkspace, write_files

RULES = "configs/rules/rules.yaml"


def rule(name: str, where: str, trigger: str = 'schedule: {days: working, at: "09:00"}', mode: str = "active") -> str:
    return f"  {name}: {{trigger: {{{trigger}}}, where: '{where}', mode: {mode}, do: [{{task: {{title: Call}}}}]}}\n"


def indexes(sales: TestWorkspace) -> list[str]:
    """Return what the indexes for conditions are on."""
    with sales.client.engine.database.read() as reader:
        found = reader.connection.execute(text("SELECT sql FROM sqlite_master WHERE name LIKE 'ix_deals_where_%'"))
        return sorted(sql.partition(" ON deals ")[2] for sql in found.scalars())


def apply(sales: TestWorkspace, *rules: str) -> None:
    write_files(sales.root, {RULES: "rules:\n" + "".join(rules)})
    sales.work("reload")


AMOUNT = "json_extract(fields, '$.\"amount\"')"
REASON = "json_extract(fields, '$.\"loss_reason\"')"


def test_an_index_holds_what_a_condition_compares_equal_names_first(tmp_path: Path) -> None:
    where = 'amount >= 1000 and loss_reason == "price" and days_in_stage > 3'
    with open_sales(tmp_path, {**FILES, RULES: "rules:\n" + rule("a", where)}) as sales:
        assert indexes(sales) == [f"(({REASON}), ({AMOUNT}), entered_at)"]


def test_rules_share_an_index_and_the_last_one_takes_it_away(tmp_path: Path) -> None:
    first, second = rule("a", "amount > 5"), rule("b", "amount < 3 or false")
    with open_sales(tmp_path, {**FILES, RULES: "rules:\n" + first + rule("b", "amount < 3")}) as sales:
        assert indexes(sales) == [f"(({AMOUNT}))"]
        apply(sales, first)
        assert indexes(sales) == [f"(({AMOUNT}))"]
        apply(sales, rule("a", "amount > 5", mode="off"), second)
        assert indexes(sales) == []


def test_no_index_is_made_where_none_would_help(tmp_path: Path) -> None:
    rules = [
        rule("a", "amount > 5", trigger="field: amount"),
        rule("b", "account.turnover > 5"),
        rule("c", "amount != 5"),
        rule("d", "count(interactions) > 2"),
        rule("e", "passport is missing"),
    ]
    with open_sales(tmp_path, {**FILES, RULES: "rules:\n" + "".join(rules)}) as sales:
        assert indexes(sales) == []
