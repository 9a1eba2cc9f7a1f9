"""Accounts and contacts that a deal got on its way are told of as they were then, and while they were the deal's."""

import pytest
import yaml

from tests.integration.scenarios.test_recording import ROWS, STAFF, Desk
from voronka.config import read_workspace
from voronka.runtime.importing.run import import_file
from voronka.testing import TestWorkspace, write_files
from voronka.testing.recording import record

GATES = {
    **ROWS,
    "configs/funnels/sales.yaml": """\
funnel: sales
fields: [base, rows]
stages:
  talk: {why: sales_model}
  offer: {why: sales_model, enter: {when: account.turnover > 50 and count(account.rivals) == 1, message: "no"}}
  deal: {why: sales_model, enter: {when: account.turnover > 500, message: "no"}}
""",
}


def taken(scenario):
    return [step for step in scenario["steps"] if not {"advance_to", "expect"} & step.keys()]


@pytest.mark.parametrize("with_the_move", [False, True])
def test_an_account_that_came_later_is_told_of_before_what_it_decides(with_the_move, tmp_path):
    with Desk(tmp_path, GATES) as desk:
        deal = desk.do("deal.create", funnel="sales", fields={"owner": "anna"})["number"]
        desk.do("row.put", account="Acme", collection="rivals", fields={"name": "Bad"})
        desk.advance("1 hour")
        if not with_the_move:
            desk.do("deal.set", deal=deal, fields={"account": "Acme"})
            desk.advance("1 hour")
        desk.do("deal.move", deal=deal, to="offer", fields={"account": "Acme"} if with_the_move else {})
        desk.advance("1 hour")
        desk.do("account.set", account="Acme", fields={"turnover": "700", "name": "Acme & Sons"})
        desk.do("row.remove", account="Acme & Sons", collection="rivals", key="Bad")
        desk.advance("1 hour")
        desk.do("deal.move", deal=deal, to="deal")
        text, scenario = desk.recorded(deal)
    assert "Acme" not in text
    assert taken(scenario) == [
        {"set": {"account": "Account 1"}},
        {"set": {"account.turnover": "100"}},
        {"row": {"collection": "account.rivals", "put": {"name": "Bad"}}},
        {"move": "offer"},
        {"set": {"account.turnover": "700"}},
        {"row": {"collection": "account.rivals", "remove": "Bad"}},
        {"move": "deal"},
    ]


def test_what_happened_to_an_account_is_told_while_it_is_the_deals(tmp_path):
    with Desk(tmp_path, GATES) as desk:
        desk.do("account.create", fields={"name": "Other", "turnover": "30"})
        deal = desk.sale()
        for account in ("Other", "Acme"):
            desk.advance("1 hour")
            desk.do("deal.set", deal=deal, fields={"account": account})
            desk.advance("1 hour")
            desk.do("account.set", account="Acme", fields={"turnover": "600"})
        _, scenario = desk.recorded(deal)
    assert scenario["given"]["account"] == {"name": "Account 1", "turnover": "100"}
    assert taken(scenario) == [
        {"set": {"account": "Account 2"}},
        {"set": {"account.turnover": "30"}},
        {"set": {"account": "Account 1"}},
        {"set": {"account.turnover": "600"}},
    ]


def test_a_refused_move_with_another_account_is_named_and_not_told(tmp_path):
    with Desk(tmp_path, GATES) as desk:
        desk.do("account.create", fields={"name": "Other", "turnover": "30"})
        deal = desk.sale()
        for account in ("Acme", "Other"):
            desk.advance("1 hour")
            assert desk.execute("deal.move", deal=deal, to="offer", fields={"account": account})["refusal"] is not None
        course = desk.query("record", deal=deal)
        _, scenario = desk.recorded(deal)
    assert [each["told"]["en"] for each in course["untold"]] == ["move the deal"]
    assert taken(scenario) == [{"move": "offer"}]


NAMED = "rules: {ask: {trigger: {field: decision_maker}, do: [{set: {contact: =decision_maker}}]}}\n"


def test_a_contact_that_a_rule_named_and_an_account_that_was_merged(tmp_path):
    zone = {"zone": "Asia/Omsk"}
    with Desk(tmp_path, {"configs/rules/named.yaml": NAMED}) as desk:
        desk.do("contact.set", contact="Oleg Svetlov", fields=zone)
        desk.do("account.create", fields={"name": "Acme Ltd", "turnover": "900"})
        deal = desk.sale()
        desk.advance("1 hour")
        desk.do("deal.set", deal=deal, fields={"decision_maker": "Oleg Svetlov"})
        desk.advance("1 hour")
        desk.work("account.merge", keep="Acme Ltd", drop="Acme")
        desk.settle()
        _, scenario = desk.recorded(deal)
    assert taken(scenario) == [
        {"set": {"decision_maker": "Contact 2"}},
        {"set": {"contact": "Contact 2", "contact.zone": "Asia/Omsk"}},
        {"set": {"account.turnover": "900"}},
    ]


def test_what_is_not_shown_of_an_account_that_the_deal_had_is_named_and_not_told(tmp_path):
    with Desk(tmp_path, STAFF) as desk:
        desk.do("account.create", fields={"name": "Other", "turnover": "30"})
        deal = desk.sale()
        desk.advance("1 hour")
        desk.do("deal.set", deal=deal, fields={"account": "Other"})
        desk.sale(owner="inna", contact=None)
        courses = {who: desk.query("record", deal=deal, actor=who) for who in ("anna", "petr")}
    assert {who: (course["given"]["account"], len(course["untold"])) for who, course in courses.items()} == {
        "anna": ("Account 1", 1),
        "petr": ({"name": "Account 1", "turnover": "100"}, 0),
    }
    told = yaml.safe_dump(courses["anna"]["untold"])
    assert "an account or a contact was like that is not shown to you" in told


@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize("handed_over", [False, True])
@pytest.mark.parametrize("by", ["another", "the one who had it", "a rule"])
def test_what_was_done_to_the_account_for_another_deal_is_told_as_nobodys_who_may_not(
    by, handed_over, closed, tmp_path
):
    rule = "rules: {big: {trigger: {field: amount}, where: amount > 100, do: [{set: {account.turnover: 9}}]}}\n"
    with Desk(tmp_path, {**STAFF, "configs/rules/rules.yaml": rule}) as desk:
        deal = desk.sale(owner="anna")
        other, and_another = desk.sale(owner="inna"), desk.sale(owner="anna")
        desk.do("deal.set", deal=deal, fields={"amount": "5"})
        if handed_over:
            desk.do("deal.set", deal=deal, fields={"owner": "olga"})
        if closed:
            desk.do("deal.move", deal=deal, to="lost")
        desk.advance("1 hour")
        if by == "another":
            desk.do("account.set", account="Acme", fields={"turnover": "9"}, actor="inna")
        elif by == "the one who had it":
            desk.do("account.set", account="Acme", fields={"turnover": "9"}, actor="anna")
            desk.do("deal.set", deal=and_another, fields={"amount": "500"}, actor="anna")
        else:
            desk.do("deal.set", deal=other, fields={"amount": "500"}, actor="inna")
        desk.advance("1 hour")
        _, scenario = desk.recorded(deal)
    (step,) = [step["set"] for step in scenario["steps"] if "account.turnover" in step.get("set", {})]
    assert step["account.turnover"] == "9"
    assert [step for step in scenario["steps"] if step.get("expect", {}).get("refused")] == []


MAILED = {
    "voronka.yaml": "workspace: w\nlocale: en\ntimezone: UTC\ncurrency: EUR\n",
    "configs/people/p.yaml": "roles: {head: {label: Head, sees: all}}\npeople: {ann: {name: Ann, role: head}}\n",
    "configs/fields/f.yaml": """\
set: f
fields: {mail: {type: email}, phone: {type: phone}}
collections: {people: {key: mail, fields: {mail: {type: email}, part: {type: text}}}}
""",
    "configs/funnels/s.yaml": """\
funnel: s
fields: [f]
stages:
  a: {}
  b: {enter: {when: "count(people) >= 2", message: Two}}
  c: {enter: {when: "sum(orders, paid) > 0", message: Paid}}
""",
    "configs/imports/orders.yaml": """\
import: orders
rows: {format: csv}
mode: live
into: {collection: orders}
deal: {match: mail, column: Mail}
row: {number: {column: No}, amount: {column: Amount}, paid: {column: Paid}}
""",
}


def test_mails_that_tell_rows_and_deals_apart_still_do_where_others_stand_for_them(tmp_path):
    write_files(tmp_path, MAILED)
    with TestWorkspace(tmp_path, start="2026-03-02 08:00") as desk:
        desk.execute(
            "deal.create", funnel="s", fields={"owner": "ann", "mail": "Ivan@real.ru", "phone": "+74951112233"}
        )
        for name in ("olga", "petr", "vera"):
            desk.execute("row.put", deal=1, collection="people", fields={"mail": f"{name}@real.ru", "part": "buyer"})
        desk.execute("row.remove", deal=1, collection="people", key="petr@real.ru")
        desk.execute("deal.move", deal=1, to="b")
        file = tmp_path / "orders.csv"
        file.write_text("Mail,No,Amount,Paid\nivan@real.ru,A1,100,100\n")
        import_file(desk.client.engine, "orders", file)
        desk.settle()
        desk.execute("deal.move", deal=1, to="c")
        course = desk.query("record", deal=1)
        found = record(course, read_workspace(tmp_path), "what happened")
    assert (found.stages, found.goes, course["untold"]) == (("b", "c"),) * 2 + ([],)
    assert "real.ru" not in found.text
    assert "4951112233" not in found.text
    given, *steps = [yaml.safe_load(found.text)["given"], *yaml.safe_load(found.text)["steps"]]
    assert given["fields"]["mail"] == "somebody@client.example"
    assert {"row": {"collection": "people", "remove": "somebody2@client.example"}} in steps
    (row,) = next(step["import"] for step in steps if "import" in step)["rows"]
    assert row["Mail"] == "somebody@client.example"
