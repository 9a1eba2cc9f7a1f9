"""A deal that comes into another case of its funnel while it is about to move."""

from dataclasses import replace

import pytest

from tests.unit.process.builders import Story, funnel, stage, timers_ended, variant, way, when, workspace
from tests.unit.process.test_automatic import auto
from tests.unit.process.test_rules import rule, with_rules
from voronka.definition.actions import SetAction
from voronka.definition.funnels import Trigger


@pytest.mark.parametrize(
    ("ways", "gates"),
    [
        ((), ()),
        ((way("needs", "proposal", "go"),), ()),
        ((auto("needs", "proposal", "go", "amount > 5000"),), ()),
        ((auto("needs", "proposal", "go", "amount > 500", require="need"),), ("go.require.need",)),
    ],
    ids=["gone", "a person decides", "another condition", "another gate"],
)
def test_a_way_that_waits_for_its_turn_is_judged_as_the_case_of_then_has_it(ways, gates):
    base = variant(stage("needs"), stage("proposal"), ways=(auto("needs", "proposal", "go", "amount > 500"),))
    case = variant(stage("needs"), stage("proposal"), ways=ways, case="solution")
    values = ({"amount": 100_000}, {"seller_role": "solution"})
    rules = [rule(str(n), "field agreed", do=(SetAction(values=each),)) for n, each in enumerate(values)]
    story = Story(with_rules(workspace(funnel(base, case, by="seller_role")), *rules))
    story.open()
    story.fields(agreed=True)
    assert (story.deal.stage, story.deal.case) == ("needs", "solution")
    assert tuple(gate for stopped in story.deal.stopped.values() for gate in stopped.gates) == gates


@pytest.mark.parametrize("by_action", [False, True])
def test_a_transition_that_changes_the_case_is_judged_by_the_gates_of_that_case(by_action):
    go = way("needs", "proposal", "go", set={"seller_role": "solution"})
    if by_action:
        go = replace(go, trigger=Trigger.AUTO, when=when("agreed"))
    base = variant(stage("needs"), stage("proposal"), ways=(go,))
    case = variant(
        stage("needs", leave={"require": "amount"}),
        stage("proposal", enter={"require": "need"}),
        ways=(way("needs", "proposal", "go", require="score", set={"seller_role": "solution", "tags": ("red",)}),),
        case="solution",
    )
    asked = ["go.require.score", "needs.leave.require.amount", "proposal.enter.require.need"]
    story = Story(workspace(funnel(base, case, by="seller_role")))
    story.open()
    if by_action:
        story.fields(agreed=True)
        assert [list(stopped.gates) for stopped in story.deal.stopped.values()] == [asked]
    else:
        story.move("proposal")
        assert story.gates() == asked
    assert (story.deal.stage, story.deal.case) == ("needs", None)
    given = {"score": 1, "amount": 1, "need": "x"}
    _ = story.fields(**given) if by_action else story.move("proposal", **given)
    assert (story.deal.stage, story.deal.case) == ("proposal", "solution")
    assert story.deal.fields["tags"] == ("red",)


def test_who_may_make_a_transition_is_judged_by_the_case_that_it_selects():
    base = variant(
        stage("needs"), stage("proposal"), ways=(way("needs", "proposal", "go", set={"seller_role": "solution"}),)
    )
    case = variant(
        stage("needs"), stage("proposal"), ways=(way("needs", "proposal", "go", by=("head",)),), case="solution"
    )
    story = Story(workspace(funnel(base, case, by="seller_role")))
    story.open()
    story.move("proposal")
    assert (story.gates(), story.deal.stage) == (["go.by"], "needs")


@pytest.mark.parametrize("place", ["leave", "transition", "enter"])
@pytest.mark.parametrize("asked", [Trigger.MANUAL, Trigger.AUTO, Trigger.AFTER])
def test_what_a_move_does_may_select_a_case_whose_gates_then_judge_what_was_done(place, asked):
    do = (SetAction(values={"seller_role": "solution", "tags": ("red",)}),)
    go = way("needs", "proposal", "go", trigger=asked, do=do if place == "transition" else ())
    if asked is Trigger.AUTO:
        go = replace(go, when=when("agreed"))
    base = variant(
        stage("needs", leave={"do": do} if place == "leave" else None),
        stage("proposal", enter={"do": do} if place == "enter" else None),
        ways=(go,),
    )
    case = variant(
        stage("needs", leave={"require": "amount"}),
        stage("proposal", enter={"require": "need tags"}),
        ways=(way("needs", "proposal", "go", trigger=asked, require="score"),),
        case="solution",
    )
    closed = ["go.require.score", "needs.leave.require.amount", "proposal.enter.require.need"]
    story = Story(workspace(funnel(base, case, by="seller_role")))
    story.open()
    match asked:
        case Trigger.MANUAL:
            story.move("proposal")
            assert story.gates() == closed
        case Trigger.AUTO:
            story.fields(agreed=True)
        case Trigger.AFTER:
            story.advance("2026-06-01 10:00")
            assert timers_ended(story) == [("go", "skipped", "gate", "60 days")]
    if asked is not Trigger.MANUAL:
        assert [list(stopped.gates) for stopped in story.deal.stopped.values()] == [closed]
    assert (story.deal.stage, story.deal.case, story.deal.visit) == ("needs", None, 1)
    assert "tags" not in story.deal.fields
    given = {"score": 1, "amount": 1, "need": "x"}
    _ = story.move("proposal", **given) if asked is Trigger.MANUAL else story.fields(**given)
    assert (story.deal.stage, story.deal.case, story.deal.visit) == ("proposal", "solution", 2)
    assert story.deal.fields["tags"] == ("red",)
