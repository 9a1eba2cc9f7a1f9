"""Coverage counts what scenarios have gone through, and names what they have not."""

import pytest

from tests.integration.scenarios.workspace import files, run
from voronka.config import read_workspace
from voronka.testing import Coverage


def coverage(text, rules=""):
    more = {"configs/rules/rules.yaml": rules} if rules else {}
    added = {path: content.encode() for path, content in more.items()}
    found = Coverage(workspace=read_workspace({**files(), **added}).workspace, funnels=frozenset({"sales"}))
    for outcome in run(text, more=more).values():
        assert outcome.fault is None
        found.add(outcome.touched)
    return found


def names(parts, kind):
    return {part.name for part in parts if part.kind == kind}


AT = "at: 2026-03-02 09:00, owner: anna"


def test_what_is_to_be_gone_through_is_what_the_funnel_declares_and_its_path():
    parts = coverage(
        f"scenario: s\ngiven: {{funnel: sales, {AT}}}\nsteps: [{{advance: 1 day}}, {{expect: {{opened: []}}}}]\n"
    ).parts()
    assert names(parts, "stage") == {"talk", "offer", "deal", "won", "lost"}
    assert names(parts, "transition") == {"talk-offer", "offer-deal", "deal-won", "big", "reopen"}
    assert names(parts, "timed") == {"materials", "warn"}
    assert names(parts, "passed") == names(parts, "refused")
    assert names(parts, "refused") == {
        "talk.leave.checklist.asked",
        "offer.enter.require.amount",
        "offer.enter.when",
        "big.require.decision_maker",
        "reopen.by",
    }


def test_where_a_deal_is_placed_counts_and_how_it_came_there_does_not():
    found = coverage(
        f"scenario: s\ngiven: {{funnel: sales, stage: deal, gates: skip, {AT}}}\n"
        "steps: [{advance: 1 day}, {expect: {opened: []}}]\n"
    )
    assert names(found.touched, "stage") == {"deal"}
    assert not names(found.touched, "passed") | names(found.touched, "transition")


def test_a_condition_counts_for_holding_and_for_refusing():
    found = coverage(
        f"""\
scenario: s
given: {{funnel: sales, {AT}, fields: {{amount: 5}}}}
steps:
  - move: {{to: offer, set: {{discount: 20%}}}}
  - expect: {{refused: [offer.enter.when, talk.leave.checklist.asked]}}
"""
    )
    missing = found.missing()
    assert names(found.touched, "refused") == {"offer.enter.when", "talk.leave.checklist.asked"}
    assert "offer.enter.require.amount" not in names(missing, "passed")
    assert "offer.enter.when" in names(missing, "passed")


def test_a_condition_that_was_lifted_has_neither_held_nor_refused():
    found = coverage(
        f"""\
scenario: s
given: {{funnel: sales, {AT}, fields: {{amount: 5, discount: 20%}}, checklist: [asked]}}
steps:
  - move: {{to: offer, as: petr, override: urgent}}
  - expect: {{stage: offer}}
"""
    )
    assert "offer.enter.when" not in names(found.touched, "passed") | names(found.touched, "refused")


def test_a_timed_event_counts_when_it_fires():
    given = f"given: {{funnel: sales, stage: offer, gates: skip, {AT}}}"
    replied = (
        f"scenario: s\n{given}\nsteps: [{{log: {{direction: in}}}}, {{advance: 9 days}}, {{expect: {{opened: []}}}}]\n"
    )
    assert names(coverage(replied).touched, "timed") == {"warn"}


def test_percent_is_over_all_kinds_together():
    found = coverage(
        f"scenario: s\ngiven: {{funnel: sales, {AT}}}\nsteps: [{{advance: 1 day}}, {{expect: {{opened: []}}}}]\n"
    )
    done, whole = found.counts()
    assert (done, whole) == (1, 22)
    assert found.percent() == 100 / 22


RULES = """\
rules:
  large: {trigger: {field: amount}, where: funnel == "sales" and amount > 100, do: [{task: {title: Look}}]}
  silent:
    trigger: {schedule: {days: working, at: "12:00"}}
    where: funnel == "sales" and days_since(last_interaction_at) > 2
    do: [{task: {title: Call}}]
    mode: shadow
  resting: {trigger: {event: task.done}, do: [{task: {title: Rest}}], mode: off}
  elsewhere: {trigger: {stage: service.start}, do: [{task: {title: Visit}}]}
"""


def test_a_rule_counts_when_it_fires_also_in_shadow_mode_and_not_where_it_rests_or_is_about_other_funnels():
    given = f"scenario: s\ngiven: {{funnel: sales, {AT}}}\nsteps:\n"
    small, large = (f"{given}  - set: {{amount: {amount}}}\n  - expect: {{stage: talk}}\n" for amount in (5, 500))
    late = f"{given}  - advance: 4 days\n  - expect: {{stage: talk}}\n"
    declared = coverage(small, RULES)
    assert names(declared.parts(), "rule") == {"large", "silent"}
    assert declared.counts("rule") == (0, 2)
    assert names(coverage(large, RULES).touched, "rule") == {"large"}
    assert names(coverage(late, RULES).touched, "rule") == {"silent"}
    (missing,) = [part for part in coverage(large, RULES).missing().items() if part[0].kind == "rule"]
    assert (missing[0].name, missing[1].label.render("en")) == ("silent", "on working days at 12:00")
    assert missing[1].label.render("ru") == "по рабочим дням в 12:00"


VARIANT = """\
funnel: s
fields: [b]
stages:
  a:
    journey: problem
    timed:
      ping: {after: 2 days, do: [{task: {title: Ping}}]}
      pong: {after: 3 days, do: [{task: {title: Pong}}]}
variants:
  by: kind
  cases:
    x: {stages: {a: {timed: {ping: {after: 9 days}}}}}
    y: {stages: {a: {timed: {ping: {after: 9 days}}}}}
    z: {insert: [{after: a, stages: {b: {journey: solutions}}}]}
"""
FIELD = "set: b\nfields: {kind: {type: choice, options: [x, y, z]}}\n"


@pytest.mark.parametrize(
    ("kind", "fired"),
    [
        ("", {("ping", ""), ("pong", "")}),
        ("fields: {kind: x}, ", {("ping", "x"), ("pong", "")}),
        ("fields: {kind: y}, ", {("ping", "x"), ("pong", "")}),
        ("fields: {kind: z}, ", {("ping", ""), ("pong", "")}),
    ],
)
def test_a_timed_event_that_a_variant_changes_counts_by_itself(kind, fired):
    more = {"configs/funnels/s.yaml": VARIANT, "configs/fields/b.yaml": FIELD}
    text = f"scenario: s\ngiven: {{funnel: s, {kind}{AT}}}\nsteps: [{{advance: 10 days}}, {{expect: {{stage: a}}}}]\n"
    workspace = read_workspace({**files(), **{path: each.encode() for path, each in more.items()}}).workspace
    found = Coverage(workspace=workspace, funnels=frozenset({"s"}))
    (outcome,) = run(text, more=more).values()
    found.add(outcome.touched)

    timed = found.parts("timed")
    assert {(part.name, part.text) for part in timed} == {("ping", ""), ("ping", "x"), ("pong", "")}
    assert {(part.name, part.text) for part in timed if part in found.touched} == fired


BORN = """\
rules:
  greet: {trigger: {event: deal.created}, where: funnel == "sales", do: [{task: {title: Greet}}]}
  hand_over: {trigger: {event: deal.created}, where: funnel == "service", do: [{task: {title: Hand over}}]}
"""


def test_a_rule_on_new_deals_counts_where_the_scenario_opens_one():
    text = f"scenario: s\ngiven: {{funnel: sales, {AT}, NEW}}\nsteps: [{{expect: {{tasks: [Greet]}}}}]\n"
    found = coverage(text.replace("NEW", "new: true"), BORN)
    assert (names(found.touched, "rule"), names(found.touched, "stage")) == ({"greet"}, {"talk"})
    (outcome,) = run(text.replace(", NEW", ""), more={"configs/rules/rules.yaml": BORN}).values()
    assert outcome.fault is not None


def test_what_a_deal_goes_through_counts_that_the_deal_of_the_scenario_has_opened():
    given = f"given: {{funnel: sales, stage: deal, gates: skip, {AT}}}"
    text = f"scenario: s\n{given}\nsteps: [{{move: won}}, {{expect: {{opened: [service]}}}}]\n"
    touched = coverage(text, BORN).touched
    assert names(touched, "rule") == {"hand_over"}
    assert {(part.funnel, part.name) for part in touched if part.kind == "stage"} == {
        ("sales", "deal"),
        ("sales", "won"),
        ("service", "start"),
    }


@pytest.mark.parametrize("also", ["stage: talk", "gates: skip"])
def test_a_deal_that_is_opened_stands_in_its_first_stage(also):
    text = f"scenario: s\ngiven: {{funnel: sales, new: true, {also}, {AT}}}\nsteps: [{{expect: {{stage: talk}}}}]\n"
    (found,) = read_workspace(files(it=text), scenarios=True).findings
    assert found.code == "V2011"
