"""What rules in shadow mode would have done is told beside what really happened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli.running import voronka
from tests.integration.sales_workspace import FILES, open_sales
from tests.integration.test_runtime_rules import with_rules
from voronka.runtime.queries import rules
from voronka.testing import TestWorkspace

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
        assert report["afterwards"] == {"contact": 1, "moved": 0, "won": 0, "lost": 1, "nothing": 0, "open": 1}
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


def test_a_move_that_a_gate_would_stop_is_told_as_that_and_never_comes(tmp_path: Path) -> None:
    gated = "gated: {mode: shadow, trigger: {event: interaction.logged}, do: [{move: offer}]}"
    funnel = FILES["configs/funnels/sales.yaml"].replace("offer: {}", "offer: {enter: {require: [amount]}}")
    with open_sales(tmp_path, {**with_rules(gated), "configs/funnels/sales.yaml": funnel}) as sales:
        for amount in (None, "5"):
            sales.execute("deal.create", funnel="sales", fields={} if amount is None else {"amount": amount})
        for deal in (1, 2):
            sales.execute("interaction.log", deal=deal, fields={"kind": "call", "direction": "in"})
        (report,) = sales.query("rules.report", rule="gated")
        told = {each["told"]["en"]: (each["times"], each["open"], each["nothing"]) for each in report["actions"]}
        assert told == {
            "move to offer, stopped by new.leave.require.amount, offer.enter.require.amount": (1, 0, 1),
            "move to offer": (1, 1, 0),
        }


def test_what_came_later_than_the_days_looked_at_does_not_count(tmp_path: Path) -> None:
    with open_sales(tmp_path, with_rules(SHADOW)) as sales:
        sales.execute("deal.create", funnel="sales")
        sales.advance("7 days")
        sales.execute("deal.set", deal=1, fields={"amount": "7"})
        (report,) = sales.query("rules.report", days=3)
        assert {each["kind"]: each["nothing"] for each in report["actions"]}["field.changed"] == 1
        assert (report["unfinished"], report["afterwards"]["nothing"], report["afterwards"]["open"]) == (0, 1, 0)
        (report,) = sales.query("rules.report", days=30)
        assert {each["kind"]: each["same"] for each in report["actions"]}["field.changed"] == 1
        assert {each["kind"]: (each["nothing"], each["open"]) for each in report["actions"]}["move"] == (0, 1)
        assert (report["unfinished"], report["afterwards"]["nothing"], report["afterwards"]["open"]) == (1, 0, 1)
        (report,) = sales.query("rules.report", last=86_400_000_000)
        assert report["shadow"] == 0


def test_a_rule_that_failed_is_reported_with_its_deals(tmp_path: Path) -> None:
    rates = 'r: {trigger: {event: interaction.logged}, do: [{set: {rating: "=coalesce(rating, 9) + 1"}}]}'
    fields = FILES["configs/fields/base.yaml"] + "  rating: {type: integer, max: 5}\n"
    with open_sales(tmp_path, {**with_rules(rates), "configs/fields/base.yaml": fields}) as sales:
        sales.execute("deal.create", funnel="sales")
        sales.execute("interaction.log", deal=1, fields={"kind": "call", "direction": "in"})
        (report,) = sales.query("rules.report", rule="r")
        assert (report["failed"], report["failed_deals"]) == (1, [1])
    told = voronka("--lang", "ru", "rules", "report", "r", "--last", "0", "-C", tmp_path)
    assert "«voronka why НОМЕР» сделки. Сделки: 1" in told.out


def test_the_list_tells_of_each_rule(tmp_path: Path) -> None:
    big_rule = "big: {trigger: {field: amount}, do: [{task: {title: Big}}]}"
    with open_sales(tmp_path, with_rules(SHADOW, big_rule)) as sales:
        sales.execute("deal.create", funnel="sales", fields={"amount": "5"})
        sales.advance("49 hours")
        silent, big = sales.query("rules")
        assert (silent["trigger"], silent["mode"], silent["shadow"]) == ("working 09:00", "shadow", 1)
        assert silent["next"] > silent["last"]
        assert (big["trigger"], big["mode"], big["fired"], big["next"]) == ("field amount", "active", 1, None)


def outcomes(sales: TestWorkspace, rule: str, **asked: Any) -> dict[str, str]:
    """Return what became of each thing that a rule did once or would have done, by what people read."""
    (report,) = sales.query("rules.report", rule=rule, **asked)
    return {
        action["told"]["en"]: next(each for each in ("same", "other", "nothing", "open") if action[each])
        for action in report["actions"]
    }


OTHERS = {
    "opens": "[{open_deal: {funnel: sales}}]",
    "logs": "[{log: {kind: note, direction: out}}]",
    "sets": "[{set: {account.turnover: 5}}]",
}


def test_deals_opened_interactions_and_fields_of_the_account_are_compared_by_what_they_are(tmp_path: Path) -> None:
    rules = [f"{name}: {{mode: shadow, trigger: {{field: passport}}, do: {do}}}" for name, do in OTHERS.items()]
    really = "really: {trigger: {field: loss_reason}, do: [{open_deal: {funnel: sales}}, {set: {account.turnover: 5}}]}"
    with open_sales(tmp_path, with_rules(*rules, really)) as sales:
        sales.execute("account.create", fields={"name": "Acme"})
        sales.execute("deal.create", funnel="sales", fields={"account": "Acme"})
        sales.execute("deal.set", deal=1, fields={"passport": "4000"})
        sales.advance("1 hour")
        sales.execute("interaction.log", deal=1, fields={"kind": "call", "direction": "in"})
        sales.execute("account.set", account="Acme", fields={"turnover": "7"})
        assert outcomes(sales, "opens") == {"opens a deal in the funnel sales": "open"}
        assert outcomes(sales, "logs") == {"writes an interaction: Kind = note; Direction = Outgoing": "other"}
        assert outcomes(sales, "sets") == {"sets turnover": "other"}
        sales.advance("1 minute")
        sales.execute("deal.set", deal=1, fields={"loss_reason": "price"})
        sales.advance("1 minute")
        sales.execute("interaction.log", deal=1, fields={"kind": "note", "direction": "out"})
        assert outcomes(sales, "opens") == {"opens a deal in the funnel sales": "same"}
        assert outcomes(sales, "logs") == {"writes an interaction: Kind = note; Direction = Outgoing": "same"}
        assert outcomes(sales, "sets") == {"sets turnover": "same"}
        alone = {"opens a deal in the funnel sales": "open", "sets turnover": "open"}
        assert outcomes(sales, "really") == alone  # what it does itself came about with it, and not afterwards


def test_what_a_rule_sets_is_left_out_where_it_is_hidden(tmp_path: Path) -> None:
    fields = FILES["configs/fields/base.yaml"].replace(
        "turnover: {of: accounts,", "turnover: {visible_to: [head], of: accounts,"
    )
    fields = fields.replace("amount: {", "amount: {visible_to: [head], ")
    does = "[{set: {amount: 7, account.turnover: 5}}, {task: {title: A}}]"
    rule = f"sh: {{mode: shadow, trigger: {{field: loss_reason}}, do: {does}}}"
    with open_sales(tmp_path, with_rules(rule, **{"configs/fields/base.yaml": fields})) as sales:
        sales.execute("account.create", fields={"name": "Acme"})
        sales.execute("deal.create", funnel="sales", fields={"account": "Acme", "owner": "anna"})
        sales.execute("deal.set", deal=1, fields={"loss_reason": "price"})
        sales.execute("deal.set", deal=1, fields={"amount": "7"})
        assert outcomes(sales, "sh", actor="anna") == {"task “A”": "open"}
        assert outcomes(sales, "sh") == {"sets Amount": "same", "sets turnover": "open", "task “A”": "open"}
        assert "turnover" not in str(sales.query("why", deal=1, actor="anna"))


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (["nosuch"], "There is no rule nosuch."),
        (["--last", "-1"], "--last"),
        (["--days", "0"], "--days"),
    ],
)
def test_what_cannot_be_asked_is_named(tmp_path: Path, asked: list[str], told: str) -> None:
    with open_sales(tmp_path, with_rules(SHADOW)):
        pass
    answer = voronka("rules", "report", *asked, "-C", tmp_path)
    assert answer.code != 0
    assert told in answer.err


TWIN = "[{task: {title: Look}}, {set: {amount: 7}}, {set: {account.turnover: 5}}, {move: offer}]"
SAME = {"task “Look”": "same", "sets Amount": "same", "sets turnover": "same", "move to offer": "same"}


@pytest.mark.parametrize("first", ["acts", "tells"])
def test_a_rule_that_tells_beside_one_that_does_the_same_at_once_tells_that_it_came(tmp_path: Path, first: str) -> None:
    # What the one that acts first has set needs not be set again.
    acts = f"acts: {{trigger: {{field: passport}}, do: {TWIN}}}"
    tells = f"tells: {{mode: shadow, trigger: {{field: passport}}, do: {TWIN}}}"
    with open_sales(tmp_path, with_rules(*([acts, tells] if first == "acts" else [tells, acts]))) as sales:
        sales.execute("account.create", fields={"name": "Acme"})
        sales.execute("deal.create", funnel="sales", fields={"account": "Acme"})
        sales.execute("deal.set", deal=1, fields={"passport": "4000"})
        sales.settle()
        done_before = {"sets Amount"} if first == "acts" else set()
        assert outcomes(sales, "tells") == {told: came for told, came in SAME.items() if told not in done_before}
        assert outcomes(sales, "acts") == dict.fromkeys(SAME, "open")
        assert [report["afterwards"]["moved"] for report in sales.query("rules.report")] == (
            [0, 1] if first == "acts" else [1, 0]
        )


@pytest.mark.parametrize("tasks", [1, 2, 3])
def test_what_another_rule_has_set_on_the_account_is_not_taken_for_what_only_was_told(
    tmp_path: Path, tasks: int
) -> None:
    do = ", ".join(["{task: {title: Look}}"] * tasks + ["{set: {account.turnover: 5}}"])
    tells = f"tells: {{mode: shadow, trigger: {{field: passport}}, do: [{do}]}}"
    acts = "acts: {trigger: {field: passport}, do: [{set: {account.turnover: 5}}]}"
    with open_sales(tmp_path, with_rules(tells, acts)) as sales:
        sales.execute("account.create", fields={"name": "Acme"})
        sales.execute("deal.create", funnel="sales", fields={"account": "Acme"})
        sales.execute("deal.set", deal=1, fields={"passport": "4000"})
        sales.settle()
        assert outcomes(sales, "tells")["sets turnover"] == "same"


def test_what_happened_before_a_rule_fired_did_not_come_about_after_it(tmp_path: Path) -> None:
    tells = "tells: {mode: shadow, trigger: {stage: sales.offer}, do: [{set: {amount: 7}}, {move: lost}]}"
    with open_sales(tmp_path, with_rules(tells)) as sales:
        sales.execute("deal.create", funnel="sales")
        sales.execute("deal.move", deal=1, to="offer", fields={"amount": "5"})
        assert outcomes(sales, "tells") == {"sets Amount": "open", "move to lost": "open"}
