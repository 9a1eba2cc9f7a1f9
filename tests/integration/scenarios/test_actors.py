"""Steps of a scenario are taken by whoever is named, with the rights of that person; recordings say who it was."""

import pytest

from tests.integration.scenarios.test_recording import Desk
from tests.integration.scenarios.workspace import FILES, fault, files, run
from voronka.config import read_workspace

MARGIN = {
    "configs/fields/base.yaml": FILES["configs/fields/base.yaml"].replace(
        "  passport:", "  margin: {type: percent, set_by: [head]}\n  passport:"
    ),
    "configs/people/people.yaml": FILES["configs/people/people.yaml"]
    .replace("manager: {label: Manager}", "manager: {label: Manager, sees: own}")
    .replace("people: {anna: {", "people: {olga: {role: manager}, anna: {deputy: olga, "),
}
GIVEN = "scenario: s\ngiven: {funnel: sales, stage: offer, gates: skip, at: 2026-03-02 09:00, owner: anna}\n"

HOLDING = {
    "a field for others is refused to the owner": "[{set: {margin: 5%}}, {expect: {refused: [set.margin]}}]",
    "whom it is for sets it": "[{set: {margin: 5%, as: petr}}, {expect: {refused: [], fields: {margin: 5%}}}]",
    "the operator sets everything": "[{set: {margin: 5%, as: local}}, {expect: {fields: {margin: 5%}}}]",
    "a row": "[{row: {collection: costs, put: {what: pump}, as: petr}}, {expect: {rows: {costs: [{what: pump}]}}}]",
    "a row that goes": "[{row: {collection: costs, put: {what: pump}}},"
    " {row: {collection: costs, remove: pump, as: petr}}, {expect: {rows: {costs: []}}}]",
    "a contact with a person": "[{log: {kind: call, direction: in, as: petr}}, {expect: {fields: {replied: true}}}]",
    "a move with a field for others": "[{move: {to: deal, set: {margin: 5%}}},"
    " {expect: {stage: offer, refused: [set.margin]}},"
    " {move: {to: deal, set: {margin: 5%}, as: petr}}, {expect: {stage: deal}}]",
    "a task": "[{move: {to: talk}}, {set: {amount: 5}}, {tick: asked}, {move: offer},"
    " {complete: {task: Approve, as: petr}}, {expect: {rows: {tasks: [{done: true}]}}}]",
    "while somebody is away their deputy stands in": "[{absent: {user: anna, from: 2026-03-04, to: 2026-03-04}},"
    " {set: {amount: 5, as: olga}}, {expect: {refused: [deal]}}, {advance: 2 days}, {set: {amount: 5, as: olga}},"
    " {present: anna}, {set: {amount: 6, as: olga}}, {expect: {fields: {amount: 5}, refused: [deal]}}]",
    "somebody else's deal": "[{set: {owner: petr}}, {set: {amount: 5}}, {expect: {refused: [deal]}}]",
}


@pytest.mark.parametrize("steps", HOLDING.values(), ids=HOLDING)
def test_a_step_is_taken_by_whom_it_names(steps):
    (outcome,) = run(GIVEN + f"steps: {steps}\n", more=MARGIN).values()
    assert outcome.fault is None, outcome.fault


def test_an_item_is_ticked_by_whom_the_step_names():
    steps = "[{tick: {item: asked, as: petr}}, {move: {to: offer, set: {amount: 5}}}, {expect: {stage: offer}}]"
    assert fault(f"scenario: s\ngiven: {{funnel: sales, at: 2026-03-02 09:00, owner: anna}}\nsteps: {steps}\n") is None


@pytest.mark.parametrize(
    "step", ["set: {amount: 5, as: ptr}", "tick: {item: asked, as: ptr}", "log: {kind: call, as: ptr}"]
)
def test_nobody_unknown_takes_a_step(step):
    text = GIVEN + f"steps: [{{{step}}}, {{expect: {{stage: offer}}}}]\n"
    found = read_workspace(files(it=text), scenarios=True).findings
    assert [(each.code, each.suggestion) for each in found] == [("V3114", "petr")]


@pytest.fixture
def desk(tmp_path):
    with Desk(tmp_path, more=MARGIN) as desk:
        yield desk


@pytest.mark.parametrize(("actor", "name"), [("petr", "petr"), (None, "local")])
def test_a_recording_says_who_set_a_field_that_is_not_the_owners(desk, actor, name):
    deal = desk.sale()
    by = {} if actor is None else {"actor": actor}
    desk.do("deal.set", deal=deal, fields={"margin": "5%"}, **by)
    desk.do("deal.set", deal=deal, fields={"amount": "5"})
    desk.do("checklist.tick", deal=deal, item="asked", evidence="https://x.example", **by)
    desk.do("deal.move", deal=deal, to="offer", fields={"margin": "7%"}, **by)
    _, scenario = desk.recorded(deal)
    assert {"set": {"margin": "5%", "as": name}} in scenario["steps"]
    assert {"set": {"amount": "5"}} in scenario["steps"]
    assert {"move": {"to": "offer", "set": {"margin": "7%"}, "as": name}} in scenario["steps"]


def test_a_recording_goes_on_after_the_deal_went_to_another_owner(desk):
    deal = desk.sale()
    desk.do("deal.set", deal=deal, fields={"owner": "petr"}, actor="anna")
    desk.do("deal.set", deal=deal, fields={"amount": "5"}, actor="petr")
    desk.do("deal.set", deal=deal, fields={"amount": "6"})
    _, scenario = desk.recorded(deal)
    assert [step["set"] for step in scenario["steps"] if "set" in step] == [
        {"owner": "petr"},
        {"amount": "5", "as": "petr"},
        {"amount": "6", "as": "local"},
    ]


RULE = "rules: {{r: {{trigger: {{stage: sales.{stage}}}, {more}do: [{{log: {{kind: note}}}}]}}}}\n"


@pytest.mark.parametrize(
    ("stage", "more", "codes"),
    [
        ("offer", 'where: stage == "deal", ', ["V5701"]),
        ("offer", 'where: stage == "offer", ', []),
        ("won", "", ["V5701"]),
        ("won", "closed: true, ", []),
    ],
)
def test_a_rule_whose_condition_does_not_hold_where_it_is_triggered_is_told(stage, more, codes):
    more_files = {"configs/rules/r.yaml": RULE.format(stage=stage, more=more).encode()}
    assert [each.code for each in read_workspace({**files(), **more_files}).findings] == codes


@pytest.mark.parametrize(
    ("given", "steps", "told"),
    [
        ("anna", "{set: {amount: 5, as: olga}}, {expect: {fields: {amount: 5}}}", None),
        ("{user: anna, to: 2026-03-01}", "{set: {amount: 5, as: olga}}, {expect: {refused: [deal]}}", None),
        ("olga", "{present: anna}, {expect: {stage: offer}}", "anna was not told to be absent"),
    ],
)
def test_who_is_away_when_a_scenario_begins(given, steps, told):
    text = GIVEN.replace("owner: anna", f"owner: anna, absent: [{given}]") + f"steps: [{steps}]\n"
    (outcome,) = run(text, more=MARGIN).values()
    assert outcome.fault is None if told is None else told in outcome.fault.reason.render("en")
