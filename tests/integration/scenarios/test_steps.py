"""Each step does through the engine what it says, and each expectation sees it."""

import pytest

from tests.integration.scenarios.workspace import fault

OFFER = "scenario: s\ngiven: {funnel: sales, stage: offer, gates: skip, at: 2026-03-02 09:00, owner: anna"

HOLDING = {
    "what is due at the instant happens": OFFER
    + """}
steps:
  - advance: 2 days
  - expect: {sent: [], timers: {materials: 2026-03-04 10:00}}
  - advance_to: 2026-03-04 10:00
  - expect: {sent: [{template: materials, to: contact, channel: email}], timers: {materials: null}}
""",
    "days are local dates, working days the calendar's": """\
scenario: s
given: {funnel: sales, stage: offer, gates: skip, at: 2026-02-20 18:30}
steps:
  - expect: {timers: {materials: 2026-02-22 10:00, warn: [2026-02-24 18:30, 2026-02-25 18:30]}}
""",
    "what counts begins anew after each expectation": OFFER
    + """}
steps:
  - advance: 3 days
  - expect: {sent: [materials], notified: [{template: silent, to: petr}, silent], ended: {warn: [fired, fired]}}
  - advance: 1 day
  - expect: {sent: [], notified: [], ended: {warn: [], materials: []}}
""",
    "nothing is done where a scenario begins": OFFER + "}\nsteps:\n  - expect: {tasks: [], stage: offer}\n",
    "fields, computed ones and those of parties": OFFER
    + """, account: {name: A, turnover: 100}, fields: {amount: 10.50, passport: AB 12}}
steps:
  - expect: {fields: {amount: 10.50, half: 5.25, account.turnover: 100, passport: AB 12, open: true, outcome: null}}
  - set: {amount: null, account.turnover: 200, decision_maker: Maria}
  - expect: {fields: {amount: null, half: null, account.turnover: 200, decision_maker: Maria}}
""",
    "what is null of a contact is not given": OFFER
    + """}
steps:
  - log: {kind: letter, direction: in, outcome: null}
  - advance: 3 days
  - expect: {sent: []}
""",
    "rows of the deal and of its account": OFFER
    + """, rows: {costs: [{what: energy, sum: 5}], account.rivals: [{name: Other}]}}
steps:
  - row: {collection: costs, put: {what: service, confirmed: true}}
  - row: {collection: account.rivals, remove: Other}
  - expect: {rows: {costs: [{what: energy, sum: 5}, {what: service, sum: null, confirmed: true}], account.rivals: []}}
""",
    "a refused move with who may lift it": """\
scenario: s
given: {funnel: sales, at: 2026-03-02 09:00, owner: anna}
steps:
  - move: {to: offer, set: {discount: 20%}}
  - expect:
      stage: talk
      refused: [{gate: offer.enter.when, unblock: [head]}, offer.enter.require.amount, talk.leave.checklist.asked]
  - tick: asked
  - move: {to: offer, set: {discount: 20%, amount: 5}, as: petr, override: urgent}
  - expect: {stage: offer, tasks: [{title: Согласовать, assignee: anna, due: 2026-03-03 09:00}]}
""",
    "the gates of the way hold": """\
scenario: s
given: {funnel: sales, stage: deal, at: 2026-03-02 09:00, fields: {amount: 5}, checklist: [asked]}
steps: [{untick: asked}, {move: lost}, {expect: {stage: lost}}, {move: {to: talk, as: petr}}]
""",
    "a task is completed by its title": """\
scenario: s
given: {funnel: sales, at: 2026-03-02 09:00, owner: anna, fields: {amount: 5}, checklist: [asked]}
steps:
  - move: offer
  - expect: {fields: {next_step_at: 2026-03-03 09:00}}
  - complete: Approve
  - expect: {fields: {next_step_at: null}}
""",
    "an automatic move that a gate stops, and that goes on": """\
scenario: s
given: {funnel: sales, stage: deal, gates: skip, at: 2026-03-02 09:00, owner: anna}
steps:
  - set: {account.turnover: 2000000}
  - expect: {stage: deal, refused: [big.require.decision_maker], notified: [gate_stopped]}
  - set: {decision_maker: Maria}
  - expect: {stage: won, opened: [{funnel: service, stage: start, owner: null}]}
""".replace(", owner: null", ""),
    "rows of a foreign file": """\
scenario: s
given: {funnel: sales, at: 2026-03-02 09:00, owner: anna, checklist: [asked]}
steps:
  - advance: 1 hour
  - import: {mapping: calls, rows: [{number: 7, time: 2026-03-02 09:30, what: offer}]}
  - expect: {stage: talk, refused: [import.calls]}
  - import:
      mapping: calls
      rows: [{number: 7, time: 2026-03-02 09:40, what: call}, {number: 7, time: 2026-03-02 09:50, what: offer, sum: 5}]
  - expect: {stage: offer, fields: {amount: 5, last_interaction_at: 2026-03-02 09:40}, tasks: [Approve]}
""",
    "an answer is seen from when it was": OFFER
    + """}
steps:
  - advance: 1 day
  - log: {kind: call, direction: in, at: 2026-03-02 12:00}
  - expect: {fields: {replied: true, last_interaction_at: 2026-03-02 12:00}}
""",
    "a message without a contact is given up": OFFER
    + ", contact: null}\nsteps: [{advance: 3 days}, {expect: {sent: []}}]\n",
}


@pytest.mark.parametrize("text", HOLDING.values(), ids=HOLDING)
def test_it_holds(text):
    assert fault(text) is None


LISTED = """\
funnel: listed
fields: [base]
flow: listed
stages:
  talk: {why: sales_model}
  trap: {why: sales_model, enter: {require: [amount]}}
  offer: {why: sales_model}
transitions:
  a: {from: talk, to: trap}
  b: {from: trap, to: lost}
  c: {from: talk, to: offer}
  d: {from: offer, to: won}
"""


@pytest.mark.parametrize(
    ("stage", "reason"),
    [
        ("talk", None),
        ("offer", None),  # past the trap, which nothing leads out of but the loss
        ("won", None),
        ("trap", "The deal cannot stand where the scenario begins: trap.enter.require.amount."),
    ],
)
def test_a_deal_is_placed_by_the_shortest_way_where_stages_do_not_follow_one_another(stage, reason):
    given = f"scenario: s\ngiven: {{funnel: listed, stage: {stage}, at: 2026-03-02 09:00}}\n"
    steps = f"steps: [{{expect: {{stage: {stage}}}}}]\n"
    found = fault(given + steps, more={"configs/funnels/listed.yaml": LISTED})
    assert (None if found is None else str(found.reason)) == reason


AT_TALK = "scenario: s\ngiven: {funnel: sales, at: 2026-03-02 09:00}\n"
WRONG = {
    "the gates of the way do not hold": (
        "scenario: s\ngiven: {funnel: sales, stage: deal, at: 2026-03-02 09:00}\nsteps: [{expect: {stage: deal}}]\n",
        "The deal cannot stand where the scenario begins: talk.leave.checklist.asked, offer.enter.require.amount.",
    ),
    "a refusal that nobody speaks of": (
        AT_TALK + "steps: [{expect: {stage: talk}}, {move: offer}, {advance: 1 day}]\n",
        "The step was refused, and no `expect` after it speaks of that.",
    ),
    "time that runs back": (
        OFFER + "}\nsteps: [{advance_to: 2026-03-01 09:00}, {expect: {stage: offer}}]\n",
        "This moment has passed already.",
    ),
    "a task that is not open": (
        OFFER + "}\nsteps: [{complete: Approve}, {expect: {stage: offer}}]\n",
        "No task “Approve” is open.",
    ),
    "a field of no account": (
        OFFER + ", account: null}\nsteps: [{set: {account.turnover: 1}}, {expect: {stage: offer}}]\n",
        "The deal has no account.",
    ),
}


@pytest.mark.parametrize(("text", "reason"), WRONG.values(), ids=WRONG)
def test_it_is_told_why_it_cannot_be(text, reason):
    found = fault(text)
    assert found.reason.render() == reason
    assert found.remedy.render("ru")


def test_an_expectation_that_is_silent_about_a_refusal_fails():
    found = fault(OFFER + "}\nsteps: [{move: won}, {move: offer}, {expect: {stage: won}}]\n")
    assert [each.name for each in found.differences] == ["refused"]


def test_a_refusal_that_nobody_speaks_of_tells_what_decided_each_condition():
    given = "given: {funnel: sales, at: 2026-03-02 09:00, checklist: [asked]}\n"
    move = "{move: {to: offer, set: {amount: 5, discount: 25%}}}"
    found = fault(f"scenario: s\n{given}steps: [{{expect: {{stage: talk}}}}, {move}, {{advance: 1 day}}]\n")
    gate, why = (each.render() for each in found.because)
    assert gate.startswith("offer.enter.when: A discount above 10% needs the head")
    assert why == "    coalesce(discount, 0%) <= 10%: no\n      coalesce(discount, 0%): 25%\n        discount: 25%"
