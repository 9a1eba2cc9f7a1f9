"""Indexes by which scheduled rules and imports find records: they come and go with the releases that need them."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import event, text

from tests.integration.sales_workspace import FILES, open_sales
from voronka.process.state import StreamKind
from voronka.testing import TestWorkspace, write_files

RULES = "configs/rules/rules.yaml"


def rule(name: str, where: str, trigger: str = 'schedule: {days: working, at: "09:00"}', mode: str = "active") -> str:
    return f"  {name}: {{trigger: {{{trigger}}}, where: '{where}', mode: {mode}, do: [{{task: {{title: Call}}}}]}}\n"


def indexes(sales: TestWorkspace) -> list[str]:
    """Return what the indexes for conditions are on."""
    with sales.client.engine.database.read() as reader:
        found = reader.connection.execute(text("SELECT sql FROM sqlite_master WHERE name LIKE 'ix_deals_where_%'"))
        return sorted(sql.partition(" ON deals ")[2].removesuffix(" WHERE hidden IS 0") for sql in found.scalars())


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


ORDERS = """\
import: orders
rows: {format: csv}
mode: live
into: {collection: orders}
deal: {match: deal_no, column: Deal}
row: {number: {column: No}}
"""


def test_an_import_finds_records_by_an_index_on_its_key(tmp_path: Path) -> None:
    fields = {"configs/fields/base.yaml": FILES["configs/fields/base.yaml"] + "  deal_no: {type: text}\n"}
    with open_sales(tmp_path, {**FILES, **fields, "configs/imports/orders.yaml": ORDERS}) as sales:
        assert indexes(sales) == ["((json_extract(fields, '$.\"deal_no\"')))"]
        sales.execute("deal.create", funnel="sales", fields={"deal_no": "A-1"})
        asked: list[str] = []
        with sales.client.engine.database.read() as reader:
            event.listen(reader.connection, "before_cursor_execute", lambda *call: asked.append(call[2]))
            assert list(reader.found_by(StreamKind.DEAL, "deal_no", ["A-1", "A-2"])) == ["A-1"]
            plan = reader.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked[0]}", ("A-1", "A-2")).all()
        assert [" USING INDEX ix_deals_where_" in step.detail for step in plan] == [True]
        sales.root.joinpath("configs/imports/orders.yaml").unlink()
        sales.work("reload")
        assert indexes(sales) == []
