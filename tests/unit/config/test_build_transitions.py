"""Which ways a deal may go: the ordinary ones and those that a funnel declares."""

from tests.unit.config.workspaces import funnel
from voronka.calendars import Duration
from voronka.definition.funnels import Trigger
from voronka.definition.timed import AnchorKind, Rhythm, TimedSource

THREE = """
funnel: f
stages: {one: {journey: problem}, two: {journey: solutions}, three: {journey: supplier}}
"""


def ways(variant, trigger=Trigger.MANUAL):
    return {(each.source, each.target) for each in variant.transitions.values() if each.trigger is trigger}


def base(text):
    return funnel(text).variants[None]


def test_won_and_lost_exist_and_stand_last():
    stages = base(THREE).stages

    assert list(stages) == ["one", "two", "three", "won", "lost"]
    assert [stage.outcome for stage in stages.values()] == [None, None, None, "won", "lost"]


def test_an_outcome_written_among_the_stages_stands_last_too():
    stages = base("funnel: f\nstages: {one: {why: analytics}, frozen: {outcome: lost}, two: {why: analytics}}").stages

    assert list(stages) == ["one", "two", "frozen", "won", "lost"]


def test_by_default_a_deal_goes_on_by_one_back_to_any_and_to_every_outcome():
    outcomes = {(stage, outcome) for stage in ("one", "two", "three") for outcome in ("won", "lost")}

    assert ways(base(THREE)) == outcomes | {
        ("one", "two"),
        ("two", "three"),
        ("two", "one"),
        ("three", "one"),
        ("three", "two"),
    }
    assert not any(each.declared for each in base(THREE).transitions.values())


def test_listed_flow_has_only_the_listed_ways():
    variant = base(
        THREE
        + "flow: listed\ntransitions: {a: {from: one, to: two}, b: {from: two, to: three}, c: {from: three, to: won}}"
    )

    assert ways(variant) == {("one", "two"), ("two", "three"), ("three", "won")}


def test_a_declared_way_by_hand_takes_the_place_of_the_ordinary_one():
    variant = base(THREE + "transitions: {go: {from: one, to: two, require: [amount]}, jump: {from: one, to: three}}")

    found = [each for each in variant.transitions.values() if (each.source, each.target) == ("one", "two")]
    assert [(each.name, each.gate.require) for each in found] == [("go", ("amount",))]
    assert ("one", "three") in ways(variant)


def test_an_automatic_way_stands_beside_the_one_by_hand():
    variant = base(THREE + "transitions: {go: {from: one, to: two, auto: true, when: amount > 5, require: [due]}}")

    assert ("one", "two") in ways(variant)
    go = variant.transitions["go"]
    assert (go.trigger, go.when.text, go.gate.require, go.gate.checks) == (Trigger.AUTO, "amount > 5", ("due",), ())


def test_a_condition_of_a_way_by_hand_is_a_check_of_its_gate():
    go = base(THREE + "transitions: {go: {from: one, to: two, when: amount > 5, message: More}}").transitions["go"]

    assert go.when is None
    assert [(check.name, check.message.render()) for check in go.gate.checks] == [("go.when", "More")]


def test_a_star_means_every_open_stage_but_the_target():
    variant = base(THREE + 'transitions: {restart: {from: "*", to: two, require: [due]}}')

    declared = {each.name: (each.source, each.gate.name) for each in variant.transitions.values() if each.declared}
    assert declared == {"restart.one": ("one", "restart"), "restart.three": ("three", "restart")}


def test_a_list_of_stages_makes_one_way_from_each():
    variant = base(THREE + "transitions: {stop: {from: [one, three], to: lost, require: [due]}}")

    assert {name for name, each in variant.transitions.items() if each.declared} == {"stop.one", "stop.three"}


def test_a_closed_deal_comes_back_only_by_a_declared_way():
    assert not any(source in {"won", "lost"} for source, _ in ways(base(THREE)))
    assert ("lost", "one") in ways(base(THREE + "transitions: {reopen: {from: lost, to: one}}"))


def test_a_way_that_waits_has_a_timed_event():
    variant = base(THREE + "transitions: {expire: {from: [one, two], to: lost, after: 60 days, set: {amount: 1.50}}}")

    event = variant.timed["expire.two"]
    assert event.stages == {"two"}
    assert (event.source, event.rhythm, event.anchor.kind) == (TimedSource.TRANSITION, Rhythm.AFTER, AnchorKind.STAGE)
    assert event.offsets == (Duration.parse("60 days"),)
    assert event.transition == "expire.two"
    assert variant.transitions["expire.two"].trigger is Trigger.AFTER
    assert variant.transitions["expire.two"].set == {"amount": 150}
