"""A deal opens one for each member of a segment, and those that it has opened follow what changes of it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.integration.sales_workspace import FILES, open_sales
from tests.unit.process.builders import moscow
from voronka.process.state import DealState
from voronka.storage import open_database
from voronka.testing import TestWorkspace, write_files

CONFIGS = {
    **FILES,
    "configs/fields/base.yaml": """\
set: base
fields:
  subject: {type: text}
  begins: {type: datetime}
  line: {of: contacts, type: text}
""",
    "configs/templates/hello.en.md": "---\nsubject: Hello\n---\nHello\n",
    "configs/segments/guests.yaml": """\
segments:
  guests: {of: contacts, where: line == "fans"}
  partners: {of: accounts, where: region == "north"}
""",
    "configs/funnels/sales.yaml": """\
funnel: sales
fields: [base]
stages:
  plan: {}
  invite: {enter: {do: [{open_deal: {funnel: visit, each: guests, copy: [subject], follow: [begins]}}]}}
  tell:
    enter:
      do:
        - open_deal: {funnel: visit, each: partners, follow: [begins]}
        - set: {begins: 2026-05-01 10:00}
""",
    "configs/funnels/visit.yaml": """\
funnel: visit
fields: [base]
stages:
  invited: {timed: {call: {before: 2 days, from: begins, do: [{task: {title: Call}}]}}}
""",
}


def visits(sales: TestWorkspace) -> list[DealState]:
    with sales.client.engine.read() as reader:
        return [deal for deal in reader.list_deals() if deal.funnel == "visit"]


def due(sales: TestWorkspace) -> list[int]:
    """When the guests are to be called."""
    return [timer["due"] for timer in sales.query("timers")]


def begin(sales: TestWorkspace) -> None:
    sales.execute("account.create", fields={"name": "Acme", "region": "north"})
    for name, line in (("Ivan", "fans"), ("Olga", "fans"), ("Petr", "pumps")):
        sales.execute("contact.create", fields={"name": name, "line": line, "account": "Acme"})
    fields = {"subject": "Silence", "begins": "2026-04-16 15:00"}
    sales.execute("deal.create", funnel="sales", fields=fields)


def test_every_member_gets_a_deal_and_never_a_second_one(tmp_path: Path) -> None:
    with open_sales(tmp_path, CONFIGS) as sales:
        begin(sales)
        sales.execute("deal.move", deal=1, to="invite")
        first, second = visits(sales)
        assert (first.fields, first.account) == (second.fields, second.account)
        assert first.fields["subject"] == "Silence"
        assert first.account is not None
        assert len({first.contact, second.contact, None}) == 3
        sales.execute("contact.set", contact="Petr", fields={"line": "fans"})
        sales.execute("deal.move", deal=1, to="plan")
        sales.execute("deal.move", deal=1, to="invite")
        assert len({visit.contact for visit in visits(sales)}) == len(visits(sales)) == 3
        assert sales.verify().damages == ()


def test_whose_data_were_erased_is_not_invited(tmp_path: Path) -> None:
    with open_sales(tmp_path, CONFIGS) as sales:
        begin(sales)
        sales.work("person.erase", contact="Ivan")
        sales.execute("deal.move", deal=1, to="invite")
        (visit,) = visits(sales)
        assert sales.query("deal.show", deal=visit.number)["contact"]["name"] == "Olga"


def test_a_member_may_be_an_account_and_takes_what_is_set_in_the_same_step(tmp_path: Path) -> None:
    with open_sales(tmp_path, CONFIGS) as sales:
        begin(sales)
        sales.execute("deal.move", deal=1, to="invite")
        sales.execute("deal.move", deal=1, to="tell")
        # Whoever is invited as a person stands for the account: it is not invited once more.
        assert len(visits(sales)) == 2
        sales.execute("account.create", fields={"name": "North", "region": "north"})
        sales.execute("deal.move", deal=1, to="plan")
        sales.execute("deal.set", deal=1, fields={"begins": "2026-04-16 15:00"})
        sales.execute("deal.move", deal=1, to="invite")
        sales.execute("deal.move", deal=1, to="tell")
        *_, third = visits(sales)
        assert third.contact is None
        assert len({visit.fields["begins"] for visit in visits(sales)}) == 1
        assert due(sales) == [moscow("2026-04-29 10:00")] * 3


def test_what_a_deal_has_opened_follows_it_with_its_timers(tmp_path: Path) -> None:
    with open_sales(tmp_path, CONFIGS) as sales:
        begin(sales)
        sales.execute("deal.move", deal=1, to="invite")
        assert due(sales) == [moscow("2026-04-14 15:00")] * 2
        sales.execute("deal.move", deal=3, to="lost")
        sales.execute("deal.set", deal=1, fields={"begins": "2026-04-23 12:00", "subject": "Noise"})
        assert due(sales) == [moscow("2026-04-21 12:00")]
        one, other = visits(sales)
        assert one.fields["begins"] == other.fields["begins"]
        assert one.fields["subject"] == "Silence"
        sales.execute("deal.set", deal=1, fields={"begins": None})
        assert due(sales) == []
        assert "the deal that opened this one" in str(sales.query("why", deal=2))
        assert sales.verify().damages == ()


def test_what_was_left_alone_queues_nothing(tmp_path: Path) -> None:
    with open_sales(tmp_path, CONFIGS) as sales:
        begin(sales)
        sales.execute("deal.move", deal=1, to="invite")
        before = [visit.seq for visit in visits(sales)]
        sales.execute("deal.set", deal=1, fields={"subject": "Noise", "begins": "2026-04-16 15:00"})
        assert [visit.seq for visit in visits(sales)] == before


VISITS = "configs/funnels/visit.yaml"
SALES = "configs/funnels/sales.yaml"


@pytest.mark.parametrize("mode", ["shadow", "off"])
def test_a_rule_that_does_not_act_lets_nothing_follow(tmp_path: Path, mode: str) -> None:
    go = "{enter: {do: [{open_deal: {funnel: visit, copy: [begins]}}]}}"
    once = f"funnel: sales\nfields: [base]\nstages: {{plan: {{}}, go: {go}}}\n"
    rule = "{trigger: {event: task.done}, do: [{open_deal: {funnel: visit, follow: [begins]}}], mode: %s}"
    files = {**CONFIGS, SALES: once, "configs/rules/own.yaml": f"rules: {{tried: {rule % mode}}}\n"}
    with open_sales(tmp_path, files) as sales:
        begin(sales)
        sales.execute("deal.move", deal=1, to="go")
        sales.execute("deal.set", deal=1, fields={"begins": "2026-04-23 12:00"})
        assert due(sales) == [moscow("2026-04-14 15:00")]
        write_files(tmp_path, {"configs/rules/own.yaml": f"rules: {{tried: {rule % 'active'}}}\n"})
        # Now an action lets visits follow, and so does every one that this deal has opened.
        sales.execute("deal.set", deal=1, fields={"begins": "2026-04-24 12:00"})
        assert due(sales) == [moscow("2026-04-22 12:00")]


def test_what_follows_is_told_what_a_refused_move_changes(tmp_path: Path) -> None:
    rule = 'rules: {late: {trigger: {event: transition.refused}, do: [{set: {begins: "2026-04-23 12:00"}}]}}\n'
    shut = CONFIGS[SALES] + "transitions: {end: {from: invite, to: won, require: [amount]}}\n"
    fields = CONFIGS["configs/fields/base.yaml"] + "  amount: {type: money}\n"
    files = {**CONFIGS, SALES: shut, "configs/fields/base.yaml": fields, "configs/rules/own.yaml": rule}
    with open_sales(tmp_path, files) as sales:
        begin(sales)
        sales.execute("deal.move", deal=1, to="invite")
        assert sales.execute("deal.move", deal=1, to="won")["refusal"]
        assert due(sales) == [moscow("2026-04-21 12:00")] * 2
        assert sales.verify().damages == ()


def test_what_follows_is_told_what_a_release_changes(tmp_path: Path) -> None:
    way = "transitions: {end: {from: invite, to: lost, auto: true, when: cancelled%s}}\n"
    funnel = CONFIGS[SALES] + '  lost: {enter: {do: [{set: {begins: "2026-04-23 12:00"}}]}}\n'
    fields = CONFIGS["configs/fields/base.yaml"] + "  amount: {type: money}\n  cancelled: {type: bool}\n"
    files = {**CONFIGS, SALES: funnel + way % ", require: [amount]", "configs/fields/base.yaml": fields}
    with open_sales(tmp_path, files) as sales:
        begin(sales)
        sales.execute("deal.move", deal=1, to="invite")
        sales.execute("deal.set", deal=1, fields={"cancelled": True})
        assert len(due(sales)) == 2
        write_files(tmp_path, {SALES: funnel + way % ""})
        sales.work("reload")
        assert due(sales) == [moscow("2026-04-21 12:00")] * 2
        assert sales.verify().damages == ()


def test_what_is_opened_follows_what_its_own_step_changes_later(tmp_path: Path) -> None:
    rule = '{trigger: {event: deal.created}, where: funnel == "sales", do: [{set: {begins: "2026-04-23 12:00"}}]}'
    born = "{enter: {do: [{open_deal: {funnel: visit, follow: [begins]}}]}}"
    files = {
        **CONFIGS,
        SALES: f"funnel: sales\nfields: [base]\nstages: {{plan: {born}}}\n",
        "configs/rules/own.yaml": f"rules: {{later: {rule}}}\n",
    }
    with open_sales(tmp_path, files) as sales:
        begin(sales)
        assert due(sales) == [moscow("2026-04-21 12:00")]


@pytest.mark.own_file
def test_what_waits_to_be_opened_is_known_already(tmp_path: Path) -> None:
    with open_sales(tmp_path, CONFIGS) as sales:
        begin(sales)
        sales.execute("deal.move", deal=1, to="invite")
        with sales.client.engine.read() as reader:
            (parent,) = reader.deals_by_number([1]).values()
            opened = reader.children(parent, "visit")
        sales.client.close()
        path = sales.root / ".voronka" / "voronka.db"
        with closing(sqlite3.connect(path)) as database, database:
            database.execute("UPDATE inbox SET status = 'pending', place = 1 WHERE source = 'chain'")
            database.execute("UPDATE deals SET parent = NULL")
        with closing(open_database(path)) as store, store.read() as reader:
            assert reader.children(parent, "visit") == opened != {}
            assert reader.children(parent, "sales") == {}
        sales.reopen()
