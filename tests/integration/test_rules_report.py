"""What rules in shadow mode would have done is told beside what really happened."""

from __future__ import annotations

from pathlib import Path

from tests.integration.sales_workspace import FILES, open_sales
from tests.integration.test_runtime_rules import with_rules
from voronka.runtime.queries import rules

SHADOW = """\
silent: {mode: shadow, trigger: {schedule: {days: working, at: "09:00"}}, where: days_since(last_interaction_at) >= 2, \
do: [{task: {title: Call again}}, {set: {amount: 7}}, {move: lost}]}"""


def test_each_thing_is_compared_with_what_came_about_in_the_days_after(tmp_path: Path) -> None:
    with open_sales(tmp_path, with_rules(SHADOW)) as sales:
        for _ in range(3):
            sales.execute("deal.create", funnel="sales")
        sales.advance("49 hours")
        sales.execute("deal.set", deal=1, fields={"amount": "7"})
        sales.execute("deal.set", deal=2, fields={"amount": "9"})
        sales.execute("interaction.log", deal=2, fields={"kind": "call", "direction": "in"})
        sales.execute("deal.move", deal=1, to="lost")
        (report,) = sales.query("rules.report", rule="silent")
        assert (report["shadow"], report["fired"], report["deals"], report["examples"]) == (3, 0, 3, [1, 2, 3])
        found = {each["kind"]: (each["what"], each["times"], each["same"], each["other"]) for each in report["actions"]}
        assert found == {
            "task.opened": ("Call again", 3, 0, 0),
            "field.changed": ("amount", 3, 1, 1),
            "move": ("lost", 3, 1, 0),
        }
        assert report["afterwards"] == {"contact": 1, "moved": 0, "won": 0, "lost": 1, "nothing": 1}
        assert all(task["title"] != {"": "Call again"} for task in sales.query("tasks"))


def test_more_firings_than_are_looked_at_are_counted_all_the_same(tmp_path: Path, monkeypatch) -> None:
    with open_sales(tmp_path, with_rules(SHADOW)) as sales:
        for _ in range(3):
            sales.execute("deal.create", funnel="sales")
        sales.advance("49 hours")
        monkeypatch.setattr(rules, "_MOST", 2)
        (report,) = sales.query("rules.report")
        assert (report["shadow"], report["deals"], report["looked_at"]) == (3, 3, 2)
        assert (report["examples"], {each["times"] for each in report["actions"]}) == ([2, 3], {2})


def test_what_rules_do_is_told_by_labels(tmp_path: Path) -> None:
    funnel = FILES["configs/funnels/sales.yaml"].replace("offer: {}", "offer: {}\n  lost: {label: Closed}")
    with open_sales(tmp_path, {**with_rules(SHADOW), "configs/funnels/sales.yaml": funnel}) as sales:
        sales.execute("deal.create", funnel="sales")
        sales.advance("49 hours")
        (report,) = sales.query("rules.report")
        told = {each["kind"]: each["told"]["en"] for each in report["actions"]}
        assert (told["field.changed"], told["move"]) == ("sets Amount", "move to Closed")


def test_what_came_later_than_the_days_looked_at_does_not_count(tmp_path: Path) -> None:
    with open_sales(tmp_path, with_rules(SHADOW)) as sales:
        sales.execute("deal.create", funnel="sales")
        sales.advance("7 days")
        sales.execute("deal.set", deal=1, fields={"amount": "7"})
        (report,) = sales.query("rules.report", days=3)
        assert {each["kind"]: each["nothing"] for each in report["actions"]}["field.changed"] == 1
        (report,) = sales.query("rules.report", days=30)
        assert {each["kind"]: each["same"] for each in report["actions"]}["field.changed"] == 1
        (report,) = sales.query("rules.report", last=86_400_000_000)
        assert report["shadow"] == 0


def test_the_list_tells_of_each_rule(tmp_path: Path) -> None:
    big_rule = "big: {trigger: {field: amount}, do: [{task: {title: Big}}]}"
    with open_sales(tmp_path, with_rules(SHADOW, big_rule)) as sales:
        sales.execute("deal.create", funnel="sales", fields={"amount": "5"})
        sales.advance("49 hours")
        silent, big = sales.query("rules")
        assert (silent["trigger"], silent["mode"], silent["shadow"]) == ("working 09:00", "shadow", 1)
        assert silent["next"] > silent["last"]
        assert (big["trigger"], big["mode"], big["fired"], big["next"]) == ("field amount", "active", 1, None)
