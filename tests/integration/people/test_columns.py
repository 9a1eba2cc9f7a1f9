"""A column that not everybody sees stays hidden where a message or a timer is about one row, and so does what is
computed from a hidden field."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.integration.people.staffed_workspace import FILES, open_staffed

RIVALS = """\
set: base
collections:
  rivals:
    key: name
    fields: {name: {type: text}, until: {type: date}, bid: {type: money, visible_to: [leader]}, note: {type: text}}
"""
FUNNEL = """\
funnel: sales
owner: director
fields: [base]
stages:
  new:
    why: analytics
    timed:
      near:
        each: rivals
        from: until
        before: 1 day
        when: bid > 5 and note == "x"
        do: [{notify: {to: owner, template: rival}}, {notify: {to: owner.reports_to, template: rival}}]
"""
CONFIGS: Mapping[str, str] = {
    **{name: text for name, text in FILES.items() if not name.startswith("configs/templates")},
    "configs/fields/base.yaml": RIVALS,
    "configs/funnels/sales.yaml": FUNNEL,
    "configs/templates/rival.en.md": "---\nsubject: Rival\n---\n{{ row.name }} bids {{ row.bid }}.\n",
}


@pytest.mark.parametrize("bid", ["8643.21", "3"])
def test_what_is_about_a_row_tells_a_hidden_column_to_those_who_see_it(bid: str, tmp_path: Path) -> None:
    with open_staffed(tmp_path, CONFIGS) as office:
        office.execute("deal.create", funnel="sales", fields={"owner": "sam"})
        row = {"name": "Other", "until": "2026-03-04", "note": "x", "bid": bid}
        office.execute("row.put", deal=1, collection="rivals", fields=row)
        office.advance("2 days")
        told = {
            actor: str([office.query(name, actor=actor, deal=1) for name in ("why", "timers")])
            for actor in ("sam", "lea")
        }
        kept = f"{float(bid) * 100:.0f}"
        assert {actor: f"'bid': {kept}" in text for actor, text in told.items()} == {"sam": False, "lea": True}
        assert "'note': 'x'" in told["sam"]
        messages = [text for text in office.messages().values() if "Other" in text]
        assert sorted("8,643.21" in text for text in messages) == ([] if bid == "3" else [False, True])


def test_who_may_not_set_a_column_removes_no_row_that_holds_a_value_in_it(tmp_path: Path) -> None:
    with open_staffed(tmp_path, CONFIGS) as office:
        office.execute("deal.create", funnel="sales", fields={"owner": "sam"})
        for name, bid in (("Dear", "5"), ("Unknown", None)):
            office.execute("row.put", deal=1, collection="rivals", fields={"name": name, "bid": bid})
        for name, actor, code in (("Unknown", "sam", None), ("Dear", "sam", "not_allowed"), ("Dear", "lea", None)):
            refusal = office.execute("row.remove", actor=actor, deal=1, collection="rivals", key=name)["refusal"]
            assert (refusal and refusal["code"]) == code


COMPUTED: Mapping[str, str] = {
    **FILES,
    "configs/fields/base.yaml": """\
set: base
fields:
  cost: {type: money, visible_to: [leader]}
  double: {type: money, formula: cost * 2}
  more: {type: money, formula: double + 1}
  turnover: {of: accounts, type: money, visible_to: [leader]}
  half: {of: accounts, type: money, formula: turnover / 2}
  twice: {type: money, formula: account.half * 4}
""",
    "configs/funnels/sales.yaml": """\
funnel: sales
owner: director
fields: [base]
stages:
  new: {why: analytics, leave: {when: more > 1, require: [double, more, twice]}}
  offer: {why: analytics}
""",
    "configs/templates/note.en.md": "---\nsubject: Note\n---\nNote\n",
}


def test_why_does_not_tell_a_score_that_rests_on_a_hidden_field(tmp_path: Path) -> None:
    factor = "{field: cost, weight: 1, scale: {0: '< 100', 1: '>= 100'}}"
    cards = f"scorecards: {{fit: {{factors: {{f: {factor}}}, bands: {{hot: 50, cold: 0}}}}}}\n"
    with open_staffed(tmp_path, {**COMPUTED, "configs/rules/cards.yaml": cards}) as office:
        office.execute("deal.create", funnel="sales", fields={"owner": "sam", "cost": "776.55"})
        told = {actor: str(office.query("why", deal=1, actor=actor)) for actor in ("sam", "lea")}
        assert {actor: ("'hot'" in text, "100.0" in text) for actor, text in told.items()} == {
            "sam": (False, False),
            "lea": (True, True),
        }


def test_why_does_not_tell_what_is_computed_from_a_hidden_field(tmp_path: Path) -> None:
    with open_staffed(tmp_path, COMPUTED) as office:
        office.execute("account.create", fields={"name": "Acme", "owner": "sam", "turnover": "4321"})
        office.execute("deal.create", funnel="sales", fields={"owner": "sam", "account": "Acme", "cost": "776.55"})
        assert office.execute("deal.move", deal=1, to="offer")["refusal"] is None
        told = {
            actor: {
                name
                for link in office.query("why", deal=1, actor=actor)[-1]["links"]
                for judgement in link["judgements"]
                for name in judgement["values"]
            }
            for actor in ("sam", "lea")
        }
        assert told == {"sam": set(), "lea": {"double", "more", "twice", "cost"}}


TELLING: Mapping[str, str] = {
    **{name: text for name, text in FILES.items() if not name.startswith("configs/templates")},
    "plugins/erp.py": """\
from voronka.api import *

@hookimpl
def voronka_plugin():
    return Plugin(name="erp", version="1", api=1, label=Label.plain("ERP"))

@hookimpl
def voronka_actions():
    given = {"type": "object", "additionalProperties": {"x-expression": "any"}}
    for name in ("erp.put", "erp.say"):
        yield ActionType(name=name, label=Label.plain("Put"), arguments=given, run=refuse)

def refuse(call):
    raise DeliveryError(f"No {dict(call.arguments)}", lasting=True, counts=False)
""",
    "configs/fields/base.yaml": """\
set: base
fields:
  secret: {type: date, visible_to: [leader]}
  cost: {type: money, visible_to: [leader, director]}
  double: {type: money, formula: cost * 2}
""",
    "configs/funnels/sales.yaml": """\
funnel: sales
owner: director
fields: [base]
stages:
  new:
    why: analytics
    enter: {do: [{erp.put: {sum: = double, number: = number}}, {erp.say: {number: = number}}]}
    timed:
      near: {before: 3 days, from: secret, do: [{notify: {to: owner, template: near}}]}
      later: {after: 40 days, do: [{task: {title: Call}}]}
  offer: {why: analytics}
""",
    "configs/templates/near.en.md": "---\nsubject: Near\n---\nDue {{ timed.due }}.\n",
}


UNSAID = "the words of the plugin are not shown to you: it was given fields that are hidden from you"


def test_times_and_arguments_that_come_from_a_hidden_field_are_hidden_with_it(tmp_path: Path) -> None:
    with open_staffed(tmp_path, TELLING) as office:
        office.execute(
            "deal.create", funnel="sales", fields={"owner": "sam", "secret": "2026-03-20", "cost": "8643.21"}
        )
        card, status = office.query("deal.show", actor="sam", deal=1), office.query("status", actor="sam")
        assert [(timer["event"], timer["due"] is None) for timer in card["timers"]] == [
            ("later", False),
            ("near", True),
        ]
        later, due = card["timers"][0]["due"], office.query("deal.show", deal=1)["timers"][0]["due"]
        assert (status["timers"]["waiting"], status["timers"]["next"]) == (2, later)
        asked = [("why", {"deal": 1}), ("timers", {"all": True}), ("timers", {"deal": 1}), ("deal.show", {"deal": 1})]
        told = {
            actor: str([office.query(name, actor=actor, **given) for name, given in asked]) for actor in ("sam", "lea")
        }
        assert [(str(due) in told[actor], "17286.42" in told[actor]) for actor in told] == [(False,) * 2, (True,) * 2]
        office.advance("17 days")
        events = [event for entry in office.query("why", actor="sam", deal=1) for event in entry["events"]]
        assert [event["arguments"] for event in events if event["kind"] == "action.requested"] == [{"number": 1}] * 2
        (fired,) = (event for event in events if event["kind"] == "timer.ended")
        assert (fired["due"], fired["anchor"], fired["result"]) == (None, None, "fired")
        (notice,) = (text for text in office.messages().values() if "Near" in text)
        assert notice.endswith("Due .\n")
        # A plugin may repeat what it was given: its words are for those who see all of it.
        given = {"erp.put": "No {'number': 1, 'sum': '17286.42'}", "erp.say": "No {'number': 1}"}
        for actor, said in (("sam", {**given, "erp.put": UNSAID}), ("lea", given)):
            why = [event for entry in office.query("why", actor=actor, deal=1) for event in entry["events"]]
            assert {each["action"]: each["reason"] for each in why if each["kind"] == "action.failed"} == said
            notices = [each["notice"] for each in why if each.get("template") == "action_failed"]
            assert {each["action"]: each["reason"] for each in notices} == said
            listed = [each for each in office.query("outbox", actor=actor, deal=1) if each["action"]]
            assert {each["action"]: each["reason"] for each in listed} == said
            assert {each["action"]: each["told"]["en"] for each in listed if "en" in each["told"]} == {
                name: words for name, words in said.items() if words == UNSAID
            }
            told = str([office.query(name, actor=actor, deal=1) for name in ("why", "outbox", "deal.show")])
            assert ("No {'number': 1, 'sum'" in told) == (actor == "lea")
        for actor, said in (("sam", UNSAID), ("dan", given["erp.put"])):
            troubles = office.query("plugins", actor=actor)["troubles"]
            assert troubles["action erp.put"].get("en", troubles["action erp.put"].get("")) == said
            assert troubles["action erp.say"] == {"": given["erp.say"]}
        sent = "".join(office.messages().values())
        assert ("17286.42" in sent, given["erp.say"] in sent, UNSAID in sent) == (False, True, True)
