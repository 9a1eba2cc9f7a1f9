"""What `changed` and `previous` say of the values before a command, on every path that reads them."""

import pytest

from tests.unit.process.builders import Story, funnel, outcomes, stage, timed, variant, way, when, workspace
from tests.unit.process.test_rules import fired, rule, with_rules
from voronka.definition.actions import SetAction
from voronka.definition.funnels import Trigger

RAISED = "changed(amount) and coalesce(amount > previous(amount), true)"


def story(*rules, condition=None, **more):
    enter = {"condition": condition} if condition else {}
    return Story(
        with_rules(
            workspace(funnel(variant(stage("needs"), stage("proposal", enter=enter), *outcomes(), **more))), *rules
        )
    )


def test_of_a_deal_that_is_created_nothing_has_changed_and_the_previous_value_is_its_own():
    told = story(
        rule("changed", "event deal.created", "changed(amount)"),
        rule("same", "event deal.created", "not changed(amount) and previous(amount) == amount"),
    )

    told.open(fields={"amount": 500})

    assert fired(told) == ["same"]


@pytest.mark.parametrize(
    ("before", "after", "acts"),
    [(None, 500, True), (500, 600, True), (500, 400, False), (500, 500, False), (500, None, True)],
)
def test_a_rule_sees_the_value_before_the_command(before, after, acts):
    told = story(rule("raised", "event field.changed", RAISED))
    told.open(fields={} if before is None else {"amount": before})

    told.fields(amount=after, need=str(after))

    assert fired(told) == (["raised"] if acts else [])


def test_a_gate_sees_values_submitted_with_the_move_as_changed_and_those_set_before_it_as_not():
    told = story(condition="changed(amount)")
    told.open(fields={"amount": 500})

    told.move("proposal")
    assert told.deal.stage == "needs"
    told.move("proposal", amount=500)
    assert told.deal.stage == "needs"
    told.move("proposal", amount=600)
    assert told.deal.stage == "proposal"


def test_what_a_rule_sets_is_changed_for_the_rules_that_follow_in_the_same_command():
    told = story(
        rule("first", "field need", do=(SetAction(values={"amount": 900}),)),
        rule("second", "field amount", "changed(amount) and previous(amount) == 5"),
    )
    told.open(fields={"amount": 500})

    told.fields(need="x")

    assert fired(told) == ["first", "second"]


def test_an_automatic_move_is_judged_by_what_the_command_changed():
    told = story(ways=(way("needs", "proposal", "raised", trigger=Trigger.AUTO, when=when("changed(amount)")),))
    told.open(fields={"amount": 500})
    told.fields(need="x")
    assert told.deal.stage == "needs"

    told.fields(amount=600)
    assert told.deal.stage == "proposal"


def test_a_timer_that_fires_has_changed_nothing():
    told = story(
        timers=(timed("check", stages="needs", after="1 days", condition="changed(amount)"),),
    )
    told.open(fields={"amount": 500})
    told.fields(amount=600)

    assert told.advance("2026-03-04 10:00") == []
