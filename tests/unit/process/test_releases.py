"""Waiting timers under another release."""

import json
from dataclasses import replace
from datetime import date

import pytest

from tests.unit.process.builders import (
    CALENDAR,
    CALL,
    PLAIN,
    Story,
    field,
    funnel,
    moscow,
    simple,
    stage,
    timed,
    timed_story,
    timers_ended,
    variant,
    way,
    when,
    workspace,
)
from voronka.definition.actions import MoveAction, TaskAction
from voronka.definition.fields import Subject
from voronka.definition.funnels import Trigger
from voronka.messages import Label
from voronka.process import events as happened
from voronka.process.codec import canonical, decode_deal, decode_event, encode
from voronka.process.commands import ApplyRelease, SetFields
from voronka.process.evolve import evolve
from voronka.process.state import Ended, Progress

# Releases

TASK = (TaskAction(title=Label.plain("x")),)


def under(lived, *events, stages=PLAIN, release="fedcba9876543210"):
    lived.workspace = workspace(funnel(variant(*stages, timers=events)), release=release)
    return lived.do(ApplyRelease(), actor="release")


def test_a_release_leaves_alone_what_it_does_not_change():
    lived = timed_story(timed("x", stages="needs", after="1 day, 5 days"))
    before = lived.deal.timers
    under(lived, timed("x", stages="needs", after="1 day, 5 days", do=TASK))
    assert lived.deal.timers == before
    assert lived.deal.release == "fedcba9876543210"


def test_a_release_moves_a_changed_offset():
    lived = timed_story(timed("x", stages="needs", after="2 days"))
    under(lived, timed("x", stages="needs", after="3 days"))
    assert lived.waiting() == {"x 3 days": moscow("2026-03-05 10:00")}
    assert timers_ended(lived) == [("x", "cancelled", "moved", "2 days")]


@pytest.mark.parametrize(
    ("before", "after", "gone"),
    [
        ("1 day, 5 days, 9 days", "1 day, 5 days", ["9 days"]),
        ("1 day, 5 days", "1 day", ["5 days"]),
        ("1 day, 5 days", "5 days", ["1 day"]),
        ("1 day, 5 days", "2 days", ["1 day", "5 days"]),
        ("1 day, 5 days", "2 days, 5 days", ["1 day"]),
    ],
)
def test_an_offset_that_a_release_takes_from_a_list_is_gone_however_many_are_left(before, after, gone):
    lived = timed_story(timed("x", stages="needs", after=before))
    under(lived, timed("x", stages="needs", after=after))
    assert timers_ended(lived) == [("x", "cancelled", "release", offset) for offset in gone]
    assert set(lived.waiting()) == {f"x {offset}" for offset in after.split(", ")}


def test_a_release_moves_a_changed_time_of_day():
    lived = timed_story(timed("x", stages="needs", after="2 days", at="10:00"))
    under(lived, timed("x", stages="needs", after="2 days", at="12:00"))
    assert lived.waiting() == {"x 2 days": moscow("2026-03-04 12:00")}


def test_a_release_cancels_a_removed_event():
    lived = timed_story(timed("x", stages="needs", after="2 days"))
    under(lived)
    assert lived.waiting() == {}
    assert timers_ended(lived) == [("x", "cancelled", "release", "2 days")]


def test_an_event_taken_out_by_mistake_comes_back_with_the_next_release():
    event = timed("x", stages="needs", after="2 days")
    lived = timed_story(event)
    under(lived)
    under(lived, event, release="aaaa")
    assert set(lived.waiting()) == {"x 2 days"}
    keys = {e.key for e in lived.happened if type(e) is happened.TimerEnded}
    assert keys.isdisjoint(lived.deal.timers)


def test_a_release_never_fires_the_past():
    lived = timed_story()
    lived.now = moscow("2026-03-10 10:00")
    under(lived, timed("x", stages="needs", after="2 days, 30 days"))
    assert lived.waiting() == {"x 30 days": moscow("2026-04-01 10:00")}
    assert timers_ended(lived) == [("x", "skipped", "before release", "2 days")]


def test_a_release_does_not_arm_again_what_has_fired():
    lived = timed_story(timed("x", stages="needs", after="1 day, 5 days"))
    lived.advance("2026-03-04 10:00")
    under(lived, timed("x", stages="needs", after="1 day, 5 days, 9 days"))
    assert set(lived.waiting()) == {"x 5 days", "x 9 days"}


@pytest.mark.parametrize("after", ["3 days", "48 hours", "1 day", "30 days"])
def test_a_single_offset_that_has_fired_is_not_armed_by_another_text(after):
    lived = timed_story(timed("x", stages="needs", after="2 days"))
    assert lived.advance("2026-03-04 12:00") == ["x"]
    under(lived, timed("x", stages="needs", after=after))
    assert lived.waiting() == {}
    under(lived, timed("x", stages="needs", after="40 days"), release="aaaa")
    assert lived.waiting() == {}


def test_a_single_offset_that_has_fired_is_armed_by_its_next_anchor_and_beside_another():
    lived = timed_story(timed("x", stages="needs", after="2 days", anchor="meeting_at"))
    lived.fields(meeting_at=moscow("2026-03-02 10:00"))
    assert lived.advance("2026-03-04 12:00") == ["x"]
    under(lived, timed("x", stages="needs", after="3 days", anchor="meeting_at"))
    lived.fields(meeting_at=moscow("2026-03-04 12:00"))
    assert set(lived.waiting()) == {"x 3 days"}
    lived.advance("2026-03-08 12:00")
    under(lived, timed("x", stages="needs", after="3 days, 9 days", anchor="meeting_at"), release="aaaa")
    assert set(lived.waiting()) == {"x 9 days"}


@pytest.mark.parametrize("before", ["2 days, 5 days", "5 days, 2 days"])
@pytest.mark.parametrize(
    ("now", "second"), [("2026-03-05 10:00", ("cancelled", "moved")), ("2026-03-08 10:00", ("fired", ""))]
)
def test_a_single_offset_instead_of_several_waits_whichever_of_them_have_fired(before, now, second):
    lived = timed_story(timed("x", stages="needs", after=before))
    lived.advance(now)
    under(lived, timed("x", stages="needs", after="7 days"))
    assert lived.waiting() == {"x 7 days": moscow("2026-03-09 10:00")}
    assert timers_ended(lived) == [("x", "fired", "", "2 days"), ("x", *second, "5 days")]
    under(lived, timed("x", stages="needs", after="9 days"), release="aaaa")
    assert lived.waiting() == {"x 9 days": moscow("2026-03-11 10:00")}


def test_what_is_left_of_a_list_does_not_fire_again_and_nothing_takes_the_place_of_the_rest():
    lived = timed_story(timed("x", stages="needs", after="2 days, 5 days"))
    lived.advance("2026-03-05 10:00")
    under(lived, timed("x", stages="needs", after="2 days"))
    assert lived.waiting() == {}
    assert timers_ended(lived)[-1] == ("x", "cancelled", "release", "5 days")


def test_a_single_offset_that_was_skipped_is_armed_by_a_later_one():
    lived = timed_story()
    lived.now = moscow("2026-03-10 10:00")
    under(lived, timed("x", stages="needs", after="2 days"))
    under(lived, timed("x", stages="needs", after="30 days"), release="aaaa")
    assert set(lived.waiting()) == {"x 30 days"}


def test_a_recurrence_goes_on_under_a_release():
    lived = timed_story(timed("x", stages="needs", every="1 day", at_most=5))
    lived.advance("2026-03-04 11:00")
    under(lived, timed("x", stages="needs", every="1 day", at_most=3))
    assert lived.advance("2026-03-20 10:00") == ["x"]


def test_a_recurrence_follows_a_changed_time_of_day():
    lived = timed_story(timed("x", stages="needs", every="1 day", at="10:00"))
    assert lived.advance("2026-03-04 12:00") == ["x"] * 2
    under(lived, timed("x", stages="needs", every="1 day", at="15:00"))
    assert lived.waiting() == {"x 1 day": moscow("2026-03-05 15:00")}
    assert timers_ended(lived, result="cancelled") == [("x", "cancelled", "moved", "1 day")]


def test_no_period_of_a_recurrence_fires_twice_whatever_time_of_day_a_release_gives_it():
    lived = timed_story(timed("x", stages="needs", every="1 day", at="10:00"))
    lived.advance("2026-03-04 12:00")
    for at, release, until in (
        ("15:00", "aaaa", "2026-03-05 16:00"),
        ("09:00", "bbbb", "2026-03-06 09:30"),
        ("23:00", "cccc", "2026-03-08 12:00"),
    ):
        under(lived, timed("x", stages="needs", every="1 day", at=at), release=release)
        lived.advance(until)
    fired = [
        (event.key.visit, event.key.event, event.key.row, event.key.occurrence)
        for event in lived.happened
        if isinstance(event, happened.TimerEnded) and event.result == "fired"
    ]
    assert [occurrence for *_, occurrence in fired] == [1, 2, 3, 4, 5]
    assert len(set(fired)) == len(fired)


@pytest.mark.parametrize(
    ("period", "until"),
    [
        ("30 minutes", "2026-02-02 10:00"),
        ("2 days", "2026-05-05 10:00"),
        ("1 week", "2026-05-05 10:00"),
        ("1 month", "2026-05-05 10:00"),
        ("3 working days", "2026-05-05 10:00"),
        ("5 working hours", "2026-05-05 10:00"),
    ],
)
def test_a_recurrence_that_the_release_leaves_alone_stays_where_it_is(period, until):
    lived = timed_story(timed("x", stages="needs", every=period, do=TASK), at="2026-01-31 10:10")
    lived.advance(until)
    before = lived.deal.timers
    under(lived, timed("x", stages="needs", every=period))
    assert lived.deal.timers == before


def test_a_recurrence_follows_a_changed_calendar():
    lived = timed_story(timed("x", stages="needs", every="3 working days"))
    assert lived.waiting() == {"x 3 working days": moscow("2026-03-05 10:00")}
    longer = replace(CALENDAR, off=frozenset({date(2026, 3, 4), date(2026, 3, 5)}))
    plan = workspace(funnel(variant(*PLAIN, timers=(timed("x", stages="needs", every="3 working days"),))))
    lived.workspace = replace(plan, calendar=longer, calendars={"ru": longer}, release="fedc")
    lived.do(ApplyRelease(), actor="release")
    assert lived.waiting() == {"x 3 working days": moscow("2026-03-10 10:00")}


def test_a_lowered_limit_ends_the_recurrence_and_a_raised_one_takes_it_up_again():
    lived = timed_story(timed("x", stages="needs", every="1 day", at_most=5))
    assert lived.advance("2026-03-05 10:00") == ["x"] * 3
    under(lived, timed("x", stages="needs", every="1 day", at_most=2))
    assert lived.waiting() == {}
    under(lived, timed("x", stages="needs", every="1 day", at_most=4), release="aaaa")
    assert lived.advance("2026-03-20 10:00") == ["x"]
    lived.now = moscow("2026-03-20 11:00")
    under(lived, timed("x", stages="needs", every="1 day", at_most=5), release="bbbb")
    assert lived.waiting() == {"x 1 day": moscow("2026-03-21 10:00")}


@pytest.mark.parametrize(
    ("before", "after", "skipped"),
    [
        pytest.param({"every": "1 day", "at_most": 3}, {"every": "1 day", "at_most": 5}, [(4, 5)], id="limit"),
        pytest.param({"every": "1 day", "at": "09:00"}, {"every": "1 day", "at": "08:00"}, [], id="hour"),
        pytest.param({"every": "1 day", "at": "09:00"}, {"every": "1 day", "at": "11:00"}, [], id="later hour"),
        pytest.param({"after": "3 days"}, {"every": "1 day"}, [(4, 5)], id="after to every"),
        pytest.param({"after": "3 days"}, {"every": "24 hours"}, [(4, 5)], id="after to hours"),
        pytest.param({"every": "2 days"}, {"every": "1 day"}, [(5, 5)], id="shorter"),
        pytest.param({"every": "24 hours", "at_most": 3}, {"every": "24 hours"}, [(4, 5)], id="hours"),
    ],
)
def test_what_had_fired_is_not_told_as_skipped_under_a_release(before, after, skipped):
    lived = timed_story(timed("x", stages="needs", **before))
    lived.advance("2026-03-07 12:00")
    under(lived, timed("x", stages="needs", **after))
    told = [
        (event.key.occurrence, event.through)
        for event in lived.happened
        if isinstance(event, happened.TimerEnded) and event.result == "skipped"
    ]
    assert told == skipped
    assert len(lived.waiting()) == 1


def test_a_history_of_before_tells_neither_the_last_occurrence_nor_the_event_and_replays_as_it_did():
    key = [1, "x", 1, "", 1]
    ended = {"kind": "timer.ended", "key": key, "result": "fired", "at": 5, "due": 5, "offset": "1 day", "anchor": 1}
    first, second, third = (decode_event({**ended, "armed": False, "version": version}) for version in (1, 2, 3))
    deal = timed_story(timed("y", stages="needs", after="9 days")).deal
    assert evolve(deal, first).progress["x"] == Progress(1, 1, 0, frozenset({"1 day"}))
    assert evolve(deal, second).progress["x"].last == Ended("1 day", 1, 5)
    assert [evolve(deal, event).progress["x"].event for event in (second, third)] == [None, ""]
    timer = {"kind": "timer.armed", "timer": [key, 1, 5, "1 day", 5, 1]}
    armed = [decode_event({**timer, "version": version}) for version in (1, 2)]
    assert [evolve(deal, event).progress["x"].event for event in armed] == [None, ""]
    assert [decode_event(encode(event)) for event in (first, second, *armed)] == [first, second, *armed]


def test_a_snapshot_of_before_tells_no_event():
    deal = timed_story(timed("x", stages="needs", after="9 days")).deal
    before = json.loads(canonical(encode(deal)))
    before["progress"]["x"] = before["progress"]["x"][:6]
    assert decode_deal(before).progress["x"] == deal.progress["x"]._replace(event=None)


# Anchors of another kind


def test_an_event_that_has_not_happened_is_no_anchor_after_a_release():
    lived = timed_story(timed("x", stages="needs", after="3 days"))
    lived.now = moscow("2026-03-03 10:00")
    under(lived, timed("x", stages="needs", after="3 days", anchor="event interaction.logged"))
    assert lived.waiting() == {}
    assert timers_ended(lived) == [("x", "cancelled", "release", "3 days")]
    lived.do(CALL)
    assert lived.waiting() == {"x 3 days": moscow("2026-03-06 10:00")}


def test_one_event_is_no_anchor_for_another():
    lived = timed_story(timed("x", stages="needs", after="3 days", anchor="event interaction.logged"))
    lived.do(CALL)
    under(lived, timed("x", stages="needs", after="3 days", anchor="event checklist.ticked"))
    assert lived.waiting() == {}


def test_an_event_counts_however_late_the_anchor_of_another_kind_was():
    lived = timed_story(timed("x", stages="needs", before="3 days", anchor="deadline"))
    lived.fields(deadline="2026-09-20")
    under(lived, timed("x", stages="needs", after="3 days", anchor="event interaction.logged"))
    assert lived.waiting() == {}
    lived.do(CALL, at="2026-03-03 10:00")
    assert lived.waiting() == {"x 3 days": moscow("2026-03-06 10:00")}


def test_a_release_that_keeps_the_event_keeps_its_anchor():
    lived = timed_story(timed("x", stages="needs", after="3 days", anchor="event interaction.logged"))
    lived.do(CALL)
    under(lived, timed("x", stages="needs", after="5 days", anchor="event interaction.logged"))
    assert lived.waiting() == {"x 5 days": moscow("2026-03-07 10:00")}


def test_an_event_that_has_not_happened_is_no_anchor_in_another_case():
    base = variant(*PLAIN, timers=(timed("x", stages="needs", every="2 days"),))
    other = variant(
        *PLAIN,
        timers=(timed("x", stages="needs", every="2 days", anchor="event interaction.logged"),),
        case="component",
    )
    lived = Story(workspace(funnel(base, other, by="seller_role")))
    lived.open()
    assert len(lived.waiting()) == 1
    lived.fields(seller_role="component")
    assert lived.waiting() == {}
    lived.do(CALL, at="2026-03-03 10:00")
    assert lived.waiting() == {"x 2 days": moscow("2026-03-05 10:00")}


def test_a_release_without_the_stage_is_refused_unless_the_variant_says_where_to():
    lived = timed_story(timed("x", stages="needs", after="2 days"))
    step = under(lived, stages=(stage("other"),))
    assert (step.refusal.code, step.events) == ("case_without_stage", ())
    lived.workspace = workspace(funnel(variant(stage("other"), moves={"needs": "other"})), release="b" * 16)
    lived.do(ApplyRelease(), actor="release")
    assert lived.deal.stage == "other"
    assert lived.waiting() == {}


def test_applying_a_release_makes_no_automatic_move():
    lived = timed_story()
    lived.fields(agreed=True)
    auto = way("needs", "won", "paid", trigger=Trigger.AUTO, when=when("agreed"))
    lived.workspace = workspace(funnel(variant(stage("needs"), stage("proposal"), ways=(auto,))), release="b" * 16)
    lived.do(ApplyRelease(), actor="release")
    assert lived.deal.stage == "needs"
    lived.do(SetFields(values={"agreed": False}))
    lived.do(SetFields(values={"agreed": True}))
    assert lived.deal.stage == "won"


# Stopped moves

GO = way("needs", "proposal", "go", trigger=Trigger.AUTO, when=when("agreed"), set={"score": 7})


def stopped_at(**gate):
    lived = Story(simple(stage("needs"), stage("proposal", enter=gate), ways=(GO,)))
    lived.open()
    lived.fields(agreed=True)
    assert "go" in lived.deal.stopped
    return lived


def go_on(lived, ways=(GO,), **gate):
    definition = variant(stage("needs"), stage("proposal", enter=gate), ways=ways)
    lived.workspace = workspace(funnel(definition), release="fedc")
    return lived.do(ApplyRelease(), actor="release")


def test_a_stopped_move_waits_for_the_gates_of_the_release_in_force():
    lived = stopped_at(condition="amount > 1")
    go_on(lived, require="need")
    assert lived.deal.stopped["go"].gates == ("proposal.enter.require.need",)
    lived.fields(amount=500)
    assert lived.deal.stage == "needs"
    lived.fields(need="x")
    assert lived.deal.stage == "proposal"


def test_a_gate_that_reads_something_else_by_now_stops_the_move_without_telling_again():
    lived = stopped_at(condition="amount > 1")
    told = len(lived.of(happened.EffectRequested))
    go_on(lived, condition="score > 7 or need is not missing")
    assert (told, lived.of(happened.EffectRequested)) == (1, [])
    lived.fields(need="x")
    assert lived.deal.stage == "proposal"


def test_a_release_that_opens_the_gate_makes_the_move():
    lived = stopped_at(require="need")
    go_on(lived)
    assert (lived.deal.stage, lived.deal.fields["score"]) == ("proposal", 7)


def test_a_release_that_leaves_the_gate_alone_leaves_no_trace_of_the_move():
    lived = stopped_at(require="need")
    step = go_on(lived, require="need")
    assert [type(event) for event in step.events] == [happened.ReleaseApplied]


def test_a_stopped_move_does_not_set_what_no_longer_fits():
    action = MoveAction(to="proposal", set={"need": "five"})
    parts = (stage("needs"), stage("proposal", enter={"require": "agreed"}))
    lived = Story(simple(*parts, timers=(timed("x", stages="needs", after="1 day", do=(action,)),)))
    lived.open()
    lived.advance("2026-03-04 10:00")
    fields = {**lived.workspace.fields[Subject.DEALS], "need": field("need", "integer")}
    lived.workspace = replace(lived.workspace, fields={**lived.workspace.fields, Subject.DEALS: fields}, release="fedc")
    lived.do(ApplyRelease(), actor="release")
    lived.fields(agreed=True)
    assert (lived.deal.stage, "need" in lived.deal.fields) == ("needs", False)
    assert [each.gates for each in lived.deal.stopped.values()] == [("set.need",)]


# Another time zone of the workspace


def in_kaliningrad(lived, *events):
    former = lived.workspace.timezone
    plan = workspace(funnel(variant(*PLAIN, timers=events)), release="b" * 16)
    lived.workspace = replace(plan, timezone="Europe/Kaliningrad")
    return lived.do(ApplyRelease(former_zone=former), actor="release")


def test_a_date_that_has_fired_does_not_fire_again_in_another_time_zone():
    event = timed("x", stages="needs", after="1 day, 5 days", at="10:00", anchor="deadline")
    lived = timed_story(event)
    lived.fields(deadline="2026-03-03")
    assert lived.advance("2026-03-04 10:30") == ["x"]
    step = in_kaliningrad(lived, event)
    assert lived.waiting() == {"x 5 days": moscow("2026-03-08 11:00")}
    assert {event.anchor for event in step.events if isinstance(event, happened.TimerEnded)} == {
        moscow("2026-03-03 09:00")
    }
    assert lived.deal.progress["x"].anchor == moscow("2026-03-03 10:00")
    assert lived.advance("2026-03-09 10:00") == ["x"]
    lived.fields(deadline="2026-03-10")
    assert set(lived.waiting()) == {"x 1 day", "x 5 days"}


def test_another_date_field_is_another_anchor_in_another_time_zone_too():
    lived = timed_story(timed("x", stages="needs", after="1 day", at="10:00", anchor="deadline"))
    lived.fields(deadline="2026-03-03")
    assert lived.advance("2026-03-04 10:30") == ["x"]
    in_kaliningrad(lived, timed("x", stages="needs", after="1 day", at="10:00", anchor="account.contract_until"))
    assert lived.deal.progress["x"].anchor == moscow("2026-03-03 09:00")


def test_no_period_fires_twice_in_another_time_zone():
    events = [
        timed("x", stages="needs", every="1 day", at="10:00"),
        timed("y", stages="needs", every="1 week", at="10:00", anchor="deadline"),
    ]
    lived = timed_story(*events)
    lived.fields(deadline="2026-02-25")
    assert sorted(lived.advance("2026-03-04 10:30")) == ["x", "x", "y"]
    in_kaliningrad(lived, *events)
    assert lived.waiting() == {"x 1 day": moscow("2026-03-05 11:00"), "y 1 week": moscow("2026-03-11 11:00")}
