"""A deal is recorded as a scenario that holds at once, goes the way of the deal, and has nothing personal in it."""

from itertools import pairwise
from types import MappingProxyType

import pytest
import yaml

from tests.integration.cli.running import voronka
from tests.integration.scenarios.workspace import FILES
from voronka.calendars import parse_datetime
from voronka.config import read_workspace
from voronka.runtime.importing.run import import_file
from voronka.runtime.viewer import Forbidden
from voronka.testing import TestWorkspace, write_files
from voronka.testing.recording import UnrepeatableError, record

IMPORT = """\
import: old
rows: {format: csv}
mode: history
into: {funnel: sales}
key: id
deal: {created_at: {column: opened}, amount: {column: amount}, contact: {column: person}}
stage: {column: stage, at: {column: since}}
"""


class Desk(TestWorkspace):
    """The small workspace with a company and two people, whose names must not be told."""

    def __init__(self, root, more=MappingProxyType({})):
        write_files(root, {**FILES, "configs/imports/old.yaml": IMPORT, **more})
        super().__init__(root, start="2026-03-02 09:30", zone="Europe/Moscow")
        self.do("account.create", fields={"name": "Acme", "turnover": "100"})
        self.do("contact.create", fields={"name": "Maria Petrova", "email": "maria@acme.example", "account": "Acme"})
        self.do("contact.create", fields={"name": "Oleg Svetlov"})

    def do(self, command, **more):
        answer = self.execute(command, **more)
        assert answer["refusal"] is None, answer["refusal"]
        return answer

    def sale(self, **fields):
        known = {"account": "Acme", "contact": "Maria Petrova", "owner": "anna", **fields}
        return self.do("deal.create", funnel="sales", fields=known)["number"]

    def recorded(self, deal):
        reading = read_workspace(self.root)
        found = record(self.query("record", deal=str(deal)), reading, "what happened")
        assert found.goes == found.stages
        return found.text, yaml.safe_load(found.text)


@pytest.fixture
def desk(tmp_path):
    with Desk(tmp_path) as desk:
        yield desk


def keys(scenario):
    return [next(iter(step)) for step in scenario["steps"]]


def expected(scenario, key):
    return [step["expect"][key] for step in scenario["steps"] if key in step.get("expect", {})]


def test_a_deal_that_was_worked_on(desk):
    deal = desk.sale(passport="AB 123456", decision_maker="Oleg Svetlov")
    desk.do("row.put", deal=deal, collection="costs", fields={"what": "energy", "sum": "10.50"})
    desk.do("checklist.tick", deal=deal, item="asked", evidence="https://acme.example/maria")
    refused = desk.execute("deal.move", deal=deal, to="offer", fields={"amount": "7", "discount": "20%"})
    assert refused["refusal"] is not None
    lifted = {"amount": "7", "discount": "20%"}
    desk.do("deal.move", deal=deal, to="offer", fields=lifted, override="Maria is in a hurry", actor="petr")
    desk.advance("3 days")
    note = {"kind": "call", "direction": "out", "outcome": "connected", "note": "Maria is angry"}
    desk.do("interaction.log", deal=deal, fields=note)
    desk.do("row.remove", deal=deal, collection="costs", key="energy")
    desk.do("deal.move", deal=deal, to="lost")
    text, scenario = desk.recorded(deal)
    assert [key for key in keys(scenario) if key not in ("expect", "advance_to")] == [
        *("row", "tick", "move", "move", "log", "row", "move"),
    ]
    assert expected(scenario, "refused") == [["offer.enter.when"]]
    assert expected(scenario, "sent") == [["materials"]]
    for personal in ("Maria", "Oleg", "AB 123", "acme", "Acme", "angry", "hurry"):
        assert personal not in text


def test_a_deal_that_moved_by_itself_when_its_account_changed(desk):
    deal = desk.sale(decision_maker="Oleg Svetlov", amount="5")
    desk.do("checklist.tick", deal=deal, item="asked", evidence="https://x.example")
    desk.do("deal.move", deal=deal, to="offer")
    desk.do("deal.move", deal=deal, to="deal")
    desk.advance("1 day")
    desk.do("account.set", account="Acme", fields={"turnover": "2000000"})
    desk.advance("1 hour")
    _, scenario = desk.recorded(deal)
    assert {"set": {"account.turnover": "2000000"}} in scenario["steps"]
    assert expected(scenario, "opened") == [["service"]]


def test_a_task_that_was_done(desk):
    deal = desk.sale(amount="5")
    desk.do("checklist.tick", deal=deal, item="asked", evidence="https://x.example")
    desk.do("deal.move", deal=deal, to="offer")
    (task,) = desk.query("deal.show", deal=str(deal))["tasks"]
    desk.do("task.complete", deal=deal, task=task["task"])
    _, scenario = desk.recorded(deal)
    assert {"complete": "Approve"} in scenario["steps"]


WELCOME = """\
rules:
  welcome:
    trigger: {event: deal.created}
    where: funnel == "sales" and discount is missing
    do: [{task: {title: Ask about money}}, {set: {discount: 1%}}]
"""


def test_a_task_that_came_with_the_deal_and_was_done(tmp_path):
    with Desk(tmp_path, {"configs/rules/rules.yaml": WELCOME}) as desk:
        deal = desk.sale(amount="5")
        (task,) = desk.query("deal.show", deal=str(deal))["tasks"]
        desk.advance("1 hour")
        desk.do("task.complete", deal=deal, task=task["task"])
        _, scenario = desk.recorded(deal)
    assert scenario["given"]["new"] is True
    assert scenario["given"]["fields"] == {"amount": "5"}
    assert scenario["steps"][0] == {"expect": {"fields": {"discount": "1%"}, "tasks": ["Ask about money"]}}
    assert {"complete": "Ask about money"} in scenario["steps"]


SETTING = """\
rules:
  large: {trigger: {field: amount}, where: amount > 100, do: [{set: {discount: 5%, account.turnover: 9}}]}
  note: {trigger: {field: amount}, where: amount > 200, do: [{set: {comment: =="x", amount: 200}}]}
"""


def test_what_a_rule_set_is_expected_and_what_a_step_gave_is_not(tmp_path):
    fields = FILES["configs/fields/base.yaml"].replace("fields:\n", "fields:\n  comment: {type: text}\n", 1)
    with Desk(tmp_path, {"configs/rules/rules.yaml": SETTING, "configs/fields/base.yaml": fields}) as desk:
        deal = desk.sale(amount="5")
        for amount in ("7", "150", "300"):
            desk.advance("1 hour")
            desk.do("deal.set", deal=deal, fields={"amount": amount})
        desk.do("deal.set", deal=deal, fields={"comment": "=amount"})
        _, scenario = desk.recorded(deal)
    assert {"set": {"comment": "==amount"}} in scenario["steps"]
    assert expected(scenario, "fields") == [
        {"discount": "5%", "account.turnover": "9"},
        {"amount": "200", "comment": '=="x"'},
    ]


@pytest.mark.parametrize("kind", ["accounts", "contacts"])
def test_whoever_may_not_see_a_field_of_the_account_or_the_contact_records_nothing(tmp_path, kind):
    fields = f"set: hidden\nfields: {{secret: {{of: {kind}, type: text, visible_to: [head]}}}}\n"
    with Desk(tmp_path, {"configs/fields/hidden.yaml": fields}) as desk:
        deal = desk.sale(amount="5")
        with pytest.raises(Forbidden):
            desk.query("record", deal=str(deal), actor="anna")
        (denied,) = desk.query("audit")
        assert (denied["what"], denied["record"]["number"]) == ("record", deal)
        assert desk.query("record", deal=str(deal), actor="petr")["given"]


def test_a_deal_that_was_imported_begins_where_the_import_left_it(desk):
    file = desk.root / "old.csv"
    file.write_text(
        "id,opened,amount,person,stage,since\n7,2026-02-01 10:00,500,Petr Ivanov,offer,2026-02-20 10:00\n", "utf-8"
    )
    desk.work("import", mapping="old", file=str(file), dry_run=False)
    (deal,) = (each["number"] for each in desk.query("deal.list", funnel="sales"))
    desk.advance("2 hours")
    desk.do("deal.move", deal=deal, to="deal")
    text, scenario = desk.recorded(deal)
    assert scenario["given"]["stage"] == "offer"
    assert scenario["given"]["gates"] == "skip"
    assert "Ivanov" not in text


def test_a_deal_to_which_nothing_has_happened(desk):
    _, scenario = desk.recorded(desk.sale())
    assert scenario["steps"] == [{"expect": {"stage": "talk"}}]


def test_a_deal_that_does_not_fit_the_configuration_any_more(desk):
    deal = desk.sale(amount="5")
    desk.do("checklist.tick", deal=deal, item="asked", evidence="https://x.example")
    course = desk.query("record", deal=str(deal))
    funnel = FILES["configs/funnels/sales.yaml"].replace("asked:", "inquired:")
    write_files(desk.root, {"configs/funnels/sales.yaml": funnel})
    with pytest.raises(UnrepeatableError):
        record(course, read_workspace(desk.root), "what happened")


def test_a_step_that_cannot_be_taken_again_is_named(desk):
    course = desk.query("record", deal=str(desk.sale()))
    with pytest.raises(UnrepeatableError, match=r"complete: Approve.*cannot be taken again: No task .Approve. is open"):
        record({**course, "steps": [{"complete": "Approve"}]}, read_workspace(desk.root), "what happened")


def test_the_command_writes_a_file_that_the_next_one_runs(tmp_path):
    write_files(tmp_path, FILES)
    assert voronka("-C", tmp_path, "deal", "new", "sales", "amount=5", "owner=anna").code == 0
    file = tmp_path / "configs/scenarios/first.yaml"
    assert voronka("-C", tmp_path, "record", 1, "-o", file).code == 0
    assert file.read_text("utf-8").startswith("# Recorded from deal 1.\n")
    assert voronka("-C", tmp_path, "test", "first").code == 0
    assert voronka("-C", tmp_path, "record", 1, "-o", file).code == 2
    assert voronka("-C", tmp_path, "record", 99).code == 2
    assert voronka("-C", tmp_path, "record", 1).out.startswith("# Recorded")


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("configs/scenarios/из сделки.yaml", 'test "из сделки"'),
        ("second.yaml", "Put it into configs/scenarios"),
        ("nowhere/second.yaml", "There is no folder"),
        ("configs/funnels/second.yaml", "write it to configs/scenarios/second.yaml"),
        ("configs/second.yaml", "write it to configs/scenarios/second.yaml"),
        ("configs/scenarios/second.txt", "write it to configs/scenarios/second.yaml"),
    ],
)
def test_what_to_do_with_the_file_can_be_done_as_it_is_told(tmp_path, file, told):
    with Desk(tmp_path) as desk:
        desk.sale()
    assert told in voronka("-C", tmp_path, "record", 1, "-o", tmp_path / file).err


STAFF = {
    "configs/people/people.yaml": """\
roles: {manager: {label: Manager, sees: own}, head: {label: Head}}
people:
  anna: {name: Anna, role: manager, reports_to: petr, deputy: olga}
  olga: {name: Olga, role: manager}
  inna: {name: Inna, role: manager}
  petr: {name: Petr, role: head}
"""
}


@pytest.mark.parametrize("beforehand", [True, False])
def test_what_a_deputy_did_while_the_owner_was_away(beforehand, tmp_path):
    with Desk(tmp_path, STAFF) as desk:
        for user in ("anna", "inna") if beforehand else ():
            desk.work("people.absent", user=user, to="2026-03-06")
        deal = desk.sale(amount="7")
        desk.do("deal.set", deal=deal, fields={"amount": "8"})
        if not beforehand:
            desk.advance("1 day")
            desk.work("people.absent", user="anna")
        desk.do("row.put", deal=deal, collection="costs", fields={"what": "energy", "sum": "10.50"}, actor="olga")
        desk.do("checklist.tick", deal=deal, item="asked", evidence="https://acme.example/x", actor="olga")
        desk.do("deal.move", deal=deal, to="offer", actor="olga")
        desk.do("task.complete", deal=deal, task=desk.query("tasks", deal=deal)[0]["task"], actor="olga")
        desk.advance("1 day")
        desk.work("people.present", user="anna")
        assert desk.query("deal.list", actor="olga") == []
        desk.do("deal.set", deal=deal, fields={"amount": "9"}, actor="anna")
        _, scenario = desk.recorded(deal)
        away = [{"user": "anna", "to": "2026-03-06"}]
        assert scenario["given"].get("absent", []) == (away if beforehand else [])
        steps = [step for step in scenario["steps"] if not {"expect", "advance_to"} & step.keys()]
        told = [] if beforehand else [{"absent": "anna"}]
        by_deputy = ["row", "tick", "move", "complete"]
        assert [key for step in steps for key in step] == [
            *("set", *(key for step in told for key in step)),
            *(*by_deputy, "present", "set"),
        ]
        assert [step[key]["as"] for step in steps for key in step if key in by_deputy] == ["olga"] * 4
        assert {"present": "anna"} in steps


def test_an_absence_that_lasts_longer_than_it_was_told_is_no_return(tmp_path):
    with Desk(tmp_path, STAFF) as desk:
        deal = desk.sale(amount="7")
        for last in ("2026-03-06", "2026-03-07"):
            desk.advance("1 hour")
            desk.work("people.absent", user="anna", to=last)
        desk.do("deal.set", deal=deal, fields={"amount": "8"}, actor="olga")
        _, scenario = desk.recorded(deal)
    told = [step for step in scenario["steps"] if {"absent", "present"} & step.keys()]
    assert told == [{"absent": {"user": "anna", "to": last}} for last in ("2026-03-06", "2026-03-07")]


ROWS = {
    "configs/catalog/parts.yaml": """\
catalog: parts
items: [pump]
tariff: {inputs: [item], outputs: [price], rows: [[pump, 700]]}
""",
    "configs/fields/rows.yaml": """\
set: rows
collections:
  bits: {of: deals, fields: {what: {type: text}, sum: {type: money}}}
  doubts: {of: accounts, fields: {what: {type: text}}}
""",
    "configs/funnels/sales.yaml": """\
funnel: sales
fields: [base, rows]
stages:
  talk: {why: sales_model}
  offer: {why: sales_model, enter: {when: count(account.rivals) >= 1 and count(account.doubts) == 1, message: "no"}}
  deal: {why: sales_model, enter: {when: count(bits) == 1 and count(participants) == 0, message: "no"}}
""",
}


def test_rows_without_a_key_and_rows_of_the_account(tmp_path):
    with Desk(tmp_path, ROWS) as desk:
        desk.do("row.put", account="Acme", collection="doubts", fields={"what": "early"})
        deal = desk.sale()
        desk.advance("1 hour")
        assert desk.execute("deal.move", deal=deal, to="offer")["refusal"] is not None
        desk.advance("1 hour")
        desk.do("row.put", account="Acme", collection="rivals", fields={"name": "Bad"})
        desk.advance("1 hour")
        desk.do("deal.move", deal=deal, to="offer")
        for what in ("a", "b", "b"):
            desk.do("row.put", deal=deal, collection="bits", fields={"what": what, "sum": "1"})
        first, second, third = (row["key"] for row in desk.query("deal.show", deal=deal)["rows"]["bits"])
        desk.do("row.put", deal=deal, collection="bits", key=first, fields={"sum": "5.50", "what": None})
        for key in (second, third):
            desk.do("row.remove", deal=deal, collection="bits", key=key)
        desk.do("row.put", deal=deal, collection="lines", fields={"item": "pump", "quantity": "2"})
        line = desk.query("why", deal=deal)[-1]["events"][0]["key"]
        desk.do("row.put", deal=deal, collection="lines", key=line, fields={"quantity": "3"})
        desk.do("row.put", deal=deal, collection="participants", fields={"contact": "Oleg Svetlov", "influence": "4"})
        desk.do("row.remove", deal=deal, collection="participants", key="Oleg Svetlov")
        desk.do("deal.move", deal=deal, to="deal")
        _, scenario = desk.recorded(deal)
    assert scenario["given"]["rows"] == {"account.doubts": [{"what": "early"}]}
    assert [step["row"] for step in scenario["steps"] if "row" in step] == [
        {"collection": "account.rivals", "put": {"name": "Bad"}},
        {"collection": "bits", "put": {"what": "a", "sum": "1"}},
        {"collection": "bits", "put": {"what": "b", "sum": "1"}},
        {"collection": "bits", "put": {"what": "b", "sum": "1"}},
        {"collection": "bits", "of": {"what": "a", "sum": "1"}, "put": {"sum": "5.5", "what": None}},
        {"collection": "bits", "of": {"what": "b", "sum": "1"}, "remove": True},
        {"collection": "bits", "of": {"what": "b", "sum": "1"}, "remove": True},
        {"collection": "lines", "put": {"item": "pump", "quantity": "2"}},
        {"collection": "lines", "of": {"item": "pump", "quantity": "2"}, "put": {"quantity": "3"}},
        {"collection": "participants", "put": {"contact": "Contact 2", "influence": "4"}},
        {"collection": "participants", "remove": "Contact 2"},
    ]


def test_an_hour_that_the_clock_shows_twice(tmp_path):
    root = {"voronka.yaml": FILES["voronka.yaml"].replace("Europe/Moscow", "Europe/Berlin")}
    with Desk(tmp_path, root) as desk:
        deal = desk.sale()
        for when in ("2026-10-25 02:30+02:00", "2026-10-25 02:10+01:00"):
            desk.advance_to(parse_datetime(when, "Europe/Berlin"))
            desk.do("interaction.log", deal=deal, fields={"kind": "call", "direction": "out"})
        _, scenario = desk.recorded(deal)
    moments = [step["advance_to"] for step in scenario["steps"] if "advance_to" in step]
    assert moments[-2:] == ["2026-10-25 02:30", "2026-10-25 02:10+01:00"]


def test_no_moment_is_told_at_which_nothing_came_about(tmp_path):
    with Desk(tmp_path) as desk:
        (desk.root / ".voronka" / "messages").write_text("where the channel wants its folder", encoding="utf-8")
        deal = desk.sale(amount="7")
        desk.do("checklist.tick", deal=deal, item="asked", evidence="https://acme.example/x")
        desk.do("deal.move", deal=deal, to="offer")
        desk.advance("3 days")
        desk.do("deal.move", deal=deal, to="lost")
        _, scenario = desk.recorded(deal)
    steps = keys(scenario)
    assert ("advance_to", "advance_to") not in set(pairwise(steps))


def test_colleagues_who_could_not_have_got_the_deal_are_left_out(tmp_path):
    rules = "rules: {give: {trigger: {field: amount}, do: [{assign: {users: [petr]}}]}}\n"
    with Desk(tmp_path, {**STAFF, "configs/rules/give.yaml": rules}) as desk:
        deal = desk.sale()
        desk.work("people.absent", user="inna", to="2026-03-06")
        desk.advance("1 hour")
        desk.do("deal.set", deal=deal, fields={"amount": "8"})
        _, scenario = desk.recorded(deal)
    assert "inna" not in str(scenario)


LIVELY = {
    "voronka.yaml": "workspace: t\ntimezone: UTC\ncurrency: EUR\nlocale: en\n",
    "configs/people/p.yaml": "roles: {m: {label: M}}\npeople: {ann: {name: Ann, role: m}, bob: {name: Bob, role: m}}\n",
    "configs/fields/f.yaml": """\
set: f
fields: {amount: {type: money}}
collections: {parts: {key: nr, fields: {nr: {type: text}, count: {type: integer}}}}
""",
    "configs/funnels/s.yaml": """\
funnel: s
fields: [f]
stages: {a: {why: sales_model}, b: {why: sales_model}, c: {why: sales_model}, d: {why: sales_model}}
transitions: {paid: {from: b, to: c, auto: true, when: "sum(orders, paid) >= amount"}}
""",
    "configs/rules/r.yaml": """\
rules:
  silent:
    trigger: {schedule: {days: mon-sun, at: "09:00"}}
    where: stage == "a" and days_in_stage > 2
    do: [{move: b}]
  given: {trigger: {field: owner}, where: owner == "bob", do: [{move: d}]}
""",
    "configs/imports/orders.yaml": """\
import: orders
rows: {format: csv}
mode: live
into: {collection: orders}
deal: {match: number, column: Deal}
row: {number: {column: No}, amount: {column: Amount}, paid: {column: Paid}}
""",
    "configs/imports/parts.yaml": """\
import: parts
rows: {format: csv}
mode: live
into: {collection: parts}
deal: {match: number, column: Deal}
row: {nr: {column: No}, count: {column: Count}}
""",
}


def test_what_a_rule_a_file_and_a_hand_over_did_is_told_and_what_cannot_be_is_named(tmp_path):
    write_files(tmp_path, LIVELY)
    with TestWorkspace(tmp_path, start="2026-03-02 08:00") as desk:
        desk.execute("deal.create", funnel="s", fields={"owner": "ann", "amount": "100"})
        desk.advance("5 days")
        for name, text in (("parts", "Deal,No,Count\n1,x,3\n"), ("orders", "Deal,No,Amount,Paid\n1,A1,100.5,100.5\n")):
            (tmp_path / f"{name}.csv").write_text(text)
            import_file(desk.client.engine, name, tmp_path / f"{name}.csv")
            desk.settle()
            desk.advance("1 day")
        desk.work("people.leave", user="ann", to="bob")
        desk.settle()
        course = desk.query("record", deal=1)
        found = record(course, read_workspace(tmp_path), "what happened")
        assert (found.stages, found.goes, course["untold"]) == (("b", "c", "d"),) * 2 + ([],)
        steps = [step for step in yaml.safe_load(found.text)["steps"] if not {"advance_to", "expect"} & step.keys()]
        assert steps == [
            {"row": {"collection": "parts", "put": {"nr": "x", "count": "3"}}},
            {"import": {"mapping": "orders", "rows": [{"Deal": "1", "No": "A1", "Amount": "100.5", "Paid": "100.5"}]}},
            {"absent": {"user": "ann", "to": "9999-12-31"}},  # who has left is not only away
            {"set": {"owner": "bob"}},
        ]
    (tmp_path / "configs/imports/orders.yaml").unlink()
    with TestWorkspace(tmp_path, start="2026-03-20 08:00") as desk:
        (left,) = desk.query("record", deal=1)["untold"]
    assert left["told"]["en"] == "write a row that came in from a file"
