"""Rules in the running engine: durable schedules, deals chosen by the database, commands for other records."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update

from tests.integration.sales_workspace import FILES, open_sales
from voronka.errors import PluginFault
from voronka.messages import Label
from voronka.process.commands import RunRule
from voronka.process.events import RuleFired
from voronka.process.state import Stream, StreamKind
from voronka.runtime import scheduled_rules
from voronka.storage import FIRED, Reader
from voronka.storage.tables import deals
from voronka.testing import TestWorkspace, write_files

MORNING = 'schedule: {days: working, at: "09:00"}'


def with_rules(*rules: str, **more: str) -> Mapping[str, str]:
    """Return the files with rules, each ``NAME: {…}`` as YAML."""
    lines = "\n".join(f"  {rule}" for rule in rules)
    return {**FILES, "configs/rules/rules.yaml": f"rules:\n{lines}\n", **more}


def silent(days: int, more: str = "") -> str:
    return (
        f"silent: {{trigger: {{{MORNING}}}, where: days_since(last_interaction_at) >= {days}, {more}"
        "do: [{task: {title: Call again}}]}"
    )


def fired(sales: TestWorkspace, number: int = 1) -> list[tuple[str, str]]:
    """Return the firings of rules on a deal: the moment in Moscow and the rule."""
    with sales.client.engine.read() as reader:
        stream = Stream(StreamKind.DEAL, reader.deals_by_number([number])[number])
        return [
            (sales.local(event.at), event.rule)
            for entry in reader.history(stream)
            for event in entry.events
            if isinstance(event, RuleFired)
        ]


@pytest.fixture(autouse=True)
def _moments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a workspace tell a moment as a wall clock does."""
    from voronka.calendars import local

    monkeypatch.setattr(
        TestWorkspace, "local", lambda self, at: local(at, self.zone).strftime("%m-%d %H:%M"), raising=False
    )


def test_a_scheduled_rule_fires_at_its_moments_on_the_deals_it_is_about(tmp_path: Path) -> None:
    with open_sales(tmp_path, with_rules(silent(2))) as sales:
        sales.execute("deal.create", funnel="sales")
        sales.advance("1 day")
        sales.execute("deal.create", funnel="sales", fields={"amount": "5"})
        sales.execute("deal.move", deal=2, to="lost")
        sales.advance("5 days")
        assert fired(sales) == [("03-04 09:00", "silent")]
        assert fired(sales, 2) == []
        assert sales.verify().damages == ()


def test_it_acts_again_only_after_the_condition_was_false(tmp_path: Path) -> None:
    with open_sales(tmp_path, with_rules(silent(2))) as sales:
        sales.execute("deal.create", funnel="sales")
        sales.advance("3 days")
        sales.execute("interaction.log", deal=1, fields={"kind": "call", "direction": "in"})
        sales.advance("6 days")
        assert fired(sales) == [("03-04 09:00", "silent"), ("03-10 09:00", "silent")]
        assert sales.verify().damages == ()


def test_a_pause_is_counted_in_working_days(tmp_path: Path) -> None:
    with open_sales(tmp_path, with_rules(silent(2, "again_after: 2 working days, "))) as sales:
        sales.execute("deal.create", funnel="sales")
        sales.advance("9 days")
        assert [at for at, _ in fired(sales)] == ["03-04 09:00", "03-06 09:00", "03-11 09:00"]


def test_moments_missed_while_nothing_ran_are_made_up_for_once(tmp_path: Path) -> None:
    rule = "tick: {trigger: {schedule: {every: 1 hour}}, again_after: 1 minute, do: [{task: {title: Tick}}]}"
    with open_sales(tmp_path, with_rules(rule)) as sales:
        sales.execute("deal.create", funnel="sales")
        sales.settle()
        sales.clock.advance(10 * 3_600_000_000 + 1)
        sales.reopen()
        sales.settle()
        assert len(fired(sales)) == 1
        sales.advance("1 hour")
        assert len(fired(sales)) == 2


def test_a_round_goes_on_where_it_was_broken_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduled_rules, "BATCH", 3)
    rule = f"tick: {{trigger: {{{MORNING}}}, do: [{{task: {{title: Tick}}}}]}}"
    with open_sales(tmp_path, with_rules(rule)) as sales:
        for _ in range(7):
            sales.execute("deal.create", funnel="sales")
        sales.settle()
        sales.clock.advance(24 * 3_600_000_000)
        engine = sales.client.engine
        assert engine.run_rules() == 3
        sales.reopen()
        engine = sales.client.engine
        assert [engine.run_rules() for _ in range(3)] == [3, 1, 0]
        assert [len(fired(sales, number)) for number in range(1, 8)] == [1] * 7


def test_one_search_finds_deals_for_many_transactions_and_each_is_judged_as_it_then_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduled_rules, "BATCH", 2)
    monkeypatch.setattr(scheduled_rules, "SEARCHED", 6)
    searches: list[int] = []
    search = Reader.selected_deals

    def counted(self: Reader, *args: Any, after: int = 0, **given: Any) -> list[tuple[int, bytes]]:
        searches.append(after)
        return search(self, *args, after=after, **given)

    monkeypatch.setattr(Reader, "selected_deals", counted)
    rule = f"tick: {{trigger: {{{MORNING}}}, where: amount > 2, do: [{{task: {{title: Tick}}}}]}}"
    with open_sales(tmp_path, with_rules(rule)) as sales:
        for _ in range(9):
            sales.execute("deal.create", funnel="sales", fields={"amount": "5"})
        sales.settle()
        sales.clock.advance(24 * 3_600_000_000)
        engine = sales.client.engine
        assert engine.run_rules() == 2
        sales.client.engine.submit({"command": "deal.set", "deal": 4, "fields": {"amount": 1}})
        assert [engine.run_rules() for _ in range(5)] == [2, 2, 2, 1, 0]
        assert searches == [0, 6]
        assert [len(fired(sales, number)) for number in range(1, 10)] == [1, 1, 1, 0, 1, 1, 1, 1, 1]


def test_deals_in_stages_where_the_rule_cannot_hold_are_not_even_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = f'tick: {{trigger: {{{MORNING}}}, where: stage == "offer", do: [{{task: {{title: Tick}}}}]}}'
    judged = []
    run = RunRule.__init__
    monkeypatch.setattr(RunRule, "__init__", lambda self, **values: (judged.append(1), run(self, **values))[1])
    with open_sales(tmp_path, with_rules(rule)) as sales:
        for _ in range(4):
            sales.execute("deal.create", funnel="sales", fields={"amount": "5"})
        sales.execute("deal.move", deal=2, to="offer")
        sales.advance("1 day")
        assert len(judged) == 1
        assert len(fired(sales, 2)) == 1


def told_waiting(sales: TestWorkspace) -> dict[str, str]:
    """Return why rules wait, as the status tells it and the list of rules shows it."""
    told = {name: Label(words).render() for name, words in sales.query("plugins")["troubles"].items()}
    listed = {f"rule {row['rule']}": Label(row["waits"]).render() for row in sales.query("rules") if row["waits"]}
    assert listed == told
    return told


def test_a_rule_that_needs_a_plugin_that_does_not_work_waits_and_holds_up_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rules = (
        f"asking: {{trigger: {{{MORNING}}}, where: amount > 2, do: [{{task: {{title: Ask}}}}]}}",
        f"calling: {{trigger: {{{MORNING}}}, where: amount > 1, do: [{{task: {{title: Call}}}}]}}",
    )
    with open_sales(tmp_path, with_rules(*rules)) as sales:
        for _ in range(2):
            sales.execute("deal.create", funnel="sales", fields={"amount": "5"})
        condition = sales.client.engine.workspace.rules["asking"].where

        def waits(env: object) -> None:
            raise PluginFault("fast", "It hangs.")

        vars(condition).update(test=waits, evaluate=waits)  # a plugin that does not work, planted
        sales.advance("1 day")
        assert [rule for _, rule in fired(sales)] == [rule for _, rule in fired(sales, 2)] == ["calling"]
        assert "The rule asking waits" in caplog.text
        assert "It hangs" in told_waiting(sales)["rule asking"]
        sales.reopen()
        sales.settle()
        assert fired(sales)[-1] == fired(sales, 2)[-1] == ("03-03 09:00", "asking")
        assert told_waiting(sales) == {}
        assert sales.verify().damages == ()


@pytest.mark.own_file
def test_a_rule_whose_deals_the_database_cannot_find_waits_and_holds_up_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rules = (
        f"asking: {{trigger: {{{MORNING}}}, where: not (amount <= 2), do: [{{task: {{title: Ask}}}}]}}",
        f"calling: {{trigger: {{{MORNING}}}, where: number == 1, do: [{{task: {{title: Call}}}}]}}",
    )
    with open_sales(tmp_path, with_rules(*rules)) as sales:
        for _ in range(2):
            sales.execute("deal.create", funnel="sales", fields={"amount": "5"})
        deal = update(deals).where(deals.c.number == 2)
        with sales.client.engine.database.write() as work:
            kept = work.connection.execute(select(deals.c.fields).where(deals.c.number == 2)).scalar_one()
            work.connection.execute(deal.values(fields=text("'{'")))  # a record damaged by hand
        sales.advance("1 day")
        assert [rule for _, rule in fired(sales)] == ["calling"]
        assert "The rule asking waits" in caplog.text
        with sales.client.engine.database.write() as work:
            work.connection.execute(deal.values(fields=kept))
        assert "cannot be found or judged" in told_waiting(sales)["rule asking"]
        sales.work("reload")
        assert told_waiting(sales) == {}
        sales.settle()
        assert fired(sales)[-1] == fired(sales, 2)[-1] == ("03-03 09:00", "asking")


def test_a_rule_with_another_schedule_or_gone_is_not_fired_by_the_old_one(tmp_path: Path) -> None:
    rule = f"tick: {{trigger: {{{MORNING}}}, again_after: 1 minute, do: [{{task: {{title: Tick}}}}]}}"
    with open_sales(tmp_path, with_rules(rule)) as sales:
        sales.execute("deal.create", funnel="sales")
        sales.advance("1 day")
        assert len(fired(sales)) == 1
        write_files(tmp_path, with_rules(rule.replace("09:00", "15:00")))
        sales.work("reload")
        sales.advance("5 hours")
        assert len(fired(sales)) == 1
        sales.advance("1 hour")
        assert [at for at, _ in fired(sales)] == ["03-03 09:00", "03-03 15:00"]
        write_files(tmp_path, with_rules(rule.replace("tick: {", "tick: {mode: off, ")))
        sales.work("reload")
        sales.advance("5 days")
        assert len(fired(sales)) == 2
        with sales.client.engine.read() as reader:
            assert reader.schedules() == {}


def test_automation_acts_under_its_own_name_and_release(tmp_path: Path) -> None:
    with open_sales(tmp_path, with_rules(silent(2))) as sales:
        sales.execute("deal.create", funnel="sales", actor="anna")
        sales.advance("3 days")
        release = sales.client.engine.workspace.release[:8]
        entries = sales.query("why", deal=1)
        (entry,) = [each for each in entries if each["cause"]["command"] == "rule.run"]
        assert entry["actor"] == f"rule:silent@{release}"
        assert entry["links"][0]["by"] == f"rule:silent@{release}"
        (judged,) = entry["links"][0]["judgements"]
        assert judged["name"] == "silent.where"
        assert judged["words"]["en"].startswith("days_since(last_interaction_at) >= 2")
        assert entry["events"][0]["told"]["en"] == "the rule silent acted"


def test_a_change_of_the_account_reaches_the_rules_that_watch_it(tmp_path: Path) -> None:
    rule = "rich: {trigger: {field: account.turnover}, where: account.turnover > 100, do: [{task: {title: Rich}}]}"
    with open_sales(tmp_path, with_rules(rule)) as sales:
        sales.execute("account.create", fields={"name": "Acme"})
        sales.execute("deal.create", funnel="sales", fields={"account": "Acme"})
        sales.execute("account.set", account="Acme", fields={"turnover": "50"})
        sales.settle()
        assert fired(sales) == []
        sales.execute("account.set", account="Acme", fields={"turnover": "500"})
        sales.settle()
        assert [name for _, name in fired(sales)] == ["rich"]
        assert sales.verify().damages == ()


LINKED = """\
acme: {trigger: {field: account.turnover}, do: [{task: {title: Turnover}}]}
person: {trigger: {field: contact.email}, do: [{task: {title: Email}}]}"""


@pytest.mark.parametrize(
    ("opened", "then", "acted"),
    [
        ({"account": "None"}, {}, []),  # it has no turnover
        ({"account": "Five"}, {}, ["acme"]),
        ({}, {"account": "None"}, []),
        ({}, {"account": "Five"}, ["acme"]),
        ({"account": "None"}, {"account": "Five"}, ["acme"]),
        ({"account": "Five"}, {"account": "Also five"}, ["acme"]),
        ({"account": "Five"}, {"account": "Six"}, ["acme", "acme"]),
        ({"account": "Five"}, {"account": None}, ["acme", "acme"]),
        ({"account": "None"}, {"account": None}, []),
        ({"contact": "Nobody"}, {"contact": "Ann"}, ["person"]),
        ({"contact": "Ann"}, {"account": "None"}, ["person"]),
    ],
)
def test_another_account_or_contact_triggers_the_rules_of_the_fields_whose_values_it_changes(
    tmp_path: Path, opened: dict[str, str], then: dict[str, str | None], acted: list[str]
) -> None:
    with open_sales(tmp_path, with_rules(*LINKED.splitlines())) as sales:
        for name, turnover in {"None": None, "Five": "5", "Also five": "5", "Six": "6"}.items():
            sales.execute("account.create", fields={"name": name} | ({"turnover": turnover} if turnover else {}))
        sales.execute("contact.create", fields={"name": "Nobody"})
        sales.execute("contact.create", fields={"name": "Ann", "email": "ann@client.example"})
        sales.execute("deal.create", funnel="sales", fields=opened)
        if then:
            assert sales.execute("deal.set", deal=1, fields=then)["refusal"] is None
        sales.settle()
        assert [name for _, name in fired(sales)] == acted
        assert sales.verify().damages == ()


@pytest.mark.parametrize(("closed", "acted"), [("", []), ("closed: true, ", ["rich"])])
def test_a_change_of_the_account_reaches_closed_deals_for_the_rules_that_see_them(
    closed: str, acted: list[str], tmp_path: Path
) -> None:
    trigger = "{field: account.turnover}"
    rule = f"rich: {{trigger: {trigger}, {closed}where: account.turnover > 100, do: [{{task: {{title: Rich}}}}]}}"
    with open_sales(tmp_path, with_rules(rule)) as sales:
        sales.execute("account.create", fields={"name": "Acme"})
        sales.execute("deal.create", funnel="sales", fields={"account": "Acme"})
        sales.execute("deal.move", deal=1, to="lost")
        sales.execute("account.set", account="Acme", fields={"turnover": "500"})
        sales.settle()
        assert [name for _, name in fired(sales)] == acted
        assert sales.verify().damages == ()


@pytest.mark.parametrize(("more", "to"), [("", None), ("closed: true, ", "lost")])
def test_a_change_of_the_account_that_ends_the_condition_lets_a_scheduled_rule_act_again(
    more: str, to: str | None, tmp_path: Path
) -> None:
    where = "account.turnover > 100"
    rule = f"rich: {{trigger: {{{MORNING}}}, {more}where: {where}, do: [{{task: {{title: Rich}}}}]}}"
    with open_sales(tmp_path, with_rules(rule)) as sales:
        sales.execute("account.create", fields={"name": "Acme", "turnover": "500"})
        sales.execute("deal.create", funnel="sales", fields={"account": "Acme"})
        if to is not None:
            sales.execute("deal.move", deal=1, to=to)
        sales.advance("2 days")
        assert len(fired(sales)) == 1
        for turnover in ("50", "600"):
            sales.execute("account.set", account="Acme", fields={"turnover": turnover})
            sales.settle()
        sales.advance("1 day")
        assert len(fired(sales)) == 2
        assert sales.verify().damages == ()


def test_rules_that_answer_each_other_through_an_account_act_once_a_chain(tmp_path: Path) -> None:
    up = "up: {trigger: {field: amount}, do: [{set: {account.turnover: '=coalesce(account.turnover, 0) + 1'}}]}"
    down = "down: {trigger: {field: account.turnover}, do: [{set: {amount: '=coalesce(amount, 0) + 1'}}]}"
    with open_sales(tmp_path, with_rules(up, down)) as sales:
        sales.execute("account.create", fields={"name": "Acme", "turnover": "1"})
        sales.execute("deal.create", funnel="sales", fields={"account": "Acme"})
        sales.settle()
        assert [name for _, name in fired(sales)] == ["down", "up"]
        assert sales.query("status")["queue_unmet"] == {"refused": 0, "failed": 0}


def run_queue(sales: TestWorkspace) -> int:
    """Run what waits, and what that makes wait, but not without end; return how much waits then."""
    for _ in range(9):
        sales.client.engine.run_queued()
    return int(sales.query("status")["queue"])


def test_a_rule_does_not_trigger_itself_through_the_account_that_it_sets(tmp_path: Path) -> None:
    adds = "up: {trigger: {field: account.turnover}, do: [{set: {account.turnover: =account.turnover + amount}}]}"
    with open_sales(tmp_path, with_rules(adds)) as sales:
        sales.execute("account.create", fields={"name": "Acme", "turnover": "1"})
        for amount in ("1", "10", "100"):
            sales.execute("deal.create", funnel="sales", fields={"account": "Acme", "amount": amount})
        sales.execute("account.set", account="Acme", fields={"turnover": "5"})
        assert run_queue(sales) == 0
        assert [len(fired(sales, number)) for number in (1, 2, 3)] == [2, 2, 2]  # opened, and changed once


def test_a_rule_does_not_trigger_itself_through_the_notice_that_its_command_was_refused(tmp_path: Path) -> None:
    fields = FILES["configs/fields/base.yaml"].replace("type: money}\n", "type: money, max: 10}\n")
    asks = "asks: {trigger: {event: message.sent}, do: [{set: {account.turnover: =amount}}]}"
    first = "first: {trigger: {event: deal.created}, do: [{notify: {to: owner, template: hello}}]}"
    with open_sales(tmp_path, with_rules(first, asks, **{"configs/fields/base.yaml": fields})) as sales:
        sales.execute("account.create", fields={"name": "Acme"})
        sales.execute("deal.create", funnel="sales", fields={"account": "Acme", "amount": "50", "owner": "anna"})
        for _ in range(4):
            sales.client.engine.run_queued()
            sales.client.engine.deliver()
        assert [name for _, name in fired(sales)] == ["first", "asks"]
        assert sales.query("status")["queue_unmet"] == {"refused": 1, "failed": 0}


def test_a_rule_does_not_trigger_itself_through_the_deals_that_it_opens(tmp_path: Path) -> None:
    opens = "{open_deal: {funnel: sales}}"
    rule = f"twins: {{trigger: {{event: deal.created}}, do: [{opens}, {opens}]}}"
    with open_sales(tmp_path, with_rules(rule)) as sales:
        sales.execute("deal.create", funnel="sales")
        sales.settle()
        assert [deal["number"] for deal in sales.query("deal.list")] == [1, 2, 3]
        assert fired(sales, 2) == []


@pytest.mark.parametrize("trigger", ["message.sent", "interaction.logged"])
def test_rules_are_not_triggered_by_what_is_told_of_the_messages_that_they_led_to(tmp_path: Path, trigger: str) -> None:
    sends = "do: [{notify: {to: owner, template: ping}}, {send: {channel: email, to: contact, template: ping}}]"
    when = f"trigger: {{event: {trigger}}}"
    rules = with_rules(
        f"echo: {{{when}, {sends}}}",
        f"back: {{{when}, {sends}}}",
        "first: {trigger: {field: amount}, do: [{send: {channel: email, to: contact, template: ping}}]}",
        **{"configs/templates/ping.en.md": "---\nsubject: Ping\n---\nDeal {{ deal.number }}.\n"},
    )
    with open_sales(tmp_path, rules) as sales:
        sales.execute("contact.create", fields={"name": "Vera", "email": "vera@client.example"})
        sales.execute("deal.create", funnel="sales", fields={"owner": "anna", "contact": "Vera"})
        sales.execute("deal.set", deal=1, fields={"amount": "5"})
        sales.settle()
        names = [name for _, name in fired(sales)]
        assert names.count("first") == 1
        assert sorted(set(names)) == ["back", "echo", "first"]
        assert len(names) <= 1 + 2 + 4  # both after the first message; each once more after what the other has sent
        assert sales.verify().damages == ()


def test_rules_that_open_deals_for_each_other_act_once_a_chain(tmp_path: Path) -> None:
    service = {"configs/funnels/service.yaml": "funnel: service\nstages: {visit: {why: analytics}}\n"}
    serve = "serve: {trigger: {stage: sales.new}, do: [{open_deal: {funnel: service}}]}"
    sell = "sell: {trigger: {stage: service.visit}, do: [{open_deal: {funnel: sales}}]}"
    with open_sales(tmp_path, with_rules(serve, sell, **service)) as sales:
        sales.execute("deal.create", funnel="sales")
        sales.settle()
        assert [fired(sales, deal["number"]) for deal in sales.query("deal.list")] == [
            [("03-02 09:00", "serve")],
            [("03-02 09:00", "sell")],
            [],
        ]


def test_firings_are_listed_and_verified(tmp_path: Path) -> None:
    with open_sales(tmp_path, with_rules(silent(2))) as sales:
        sales.execute("deal.create", funnel="sales")
        sales.advance("3 days")
        with sales.client.engine.read() as reader:
            assert [(key, count) for key, (count, _) in reader.firing_counts().items()] == [(("silent", FIRED), 1)]
        with sales.client.engine.database.write() as work:
            from sqlalchemy import delete

            from voronka.storage.tables import firings

            work.execute(delete(firings))
        (damage,) = sales.verify().damages
        assert "firings" in damage.what.render("en")
