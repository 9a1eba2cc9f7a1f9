"""Timed events: firing, recurring, ending."""

import pytest

from tests.unit.process.builders import (
    CALL,
    TELL,
    moscow,
    outcomes,
    stage,
    timed,
    timed_story,
    timers_ended,
    way,
    when,
)
from voronka.definition.actions import CancelAction, MoveAction, SetAction
from voronka.definition.funnels import Trigger
from voronka.definition.timed import TimedSource
from voronka.process import events as happened
from voronka.process.commands import FailTimer, FireTimer
from voronka.process.texts import text_of

# Due already, leaving, visits


def test_what_is_due_already_is_not_armed_and_told():
    lived = timed_story(timed("x", stages="needs", before="10 days, 1 day", anchor="deadline"))
    lived.fields(deadline="2026-03-05")
    assert lived.waiting() == {"x 1 day": moscow("2026-03-04 09:00")}
    assert timers_ended(lived) == [("x", "skipped", "already due", "10 days")]
    assert lived.of(happened.TimerEnded)[0].armed is False


def test_no_occurrence_is_ever_named_twice():
    lived = timed_story(timed("x", stages="needs", before="10 days", anchor="deadline"))
    for day in ("2026-03-05", "2026-03-06", "2026-03-05", "2026-03-20", "2026-03-05"):
        lived.fields(deadline=day)
    keys = [event.key for event in lived.happened if type(event) is happened.TimerEnded]
    assert len(keys) == len(set(keys)) == 5


def test_leaving_the_stage_cancels():
    lived = timed_story(timed("x", stages="needs", after="1 day"))
    lived.move("proposal")
    assert lived.waiting() == {}
    assert timers_ended(lived) == [("x", "cancelled", "left", "1 day")]


def test_each_visit_arms_anew():
    lived = timed_story(timed("x", stages="needs", after="1 day"))
    lived.advance("2026-03-03 10:00")
    lived.move("proposal")
    lived.move("needs")
    assert set(lived.waiting()) == {"x 1 day"}
    assert {timer.key.visit for timer in lived.deal.timers.values()} == {3}


def test_an_action_cancels_an_event_for_the_visit():
    lived = timed_story(
        timed("x", stages="needs", after="1 day, 5 days"),
        timed("stop", stages="needs", after="2 days", do=(CancelAction(event="x"),)),
    )
    assert lived.advance("2026-03-20 10:00") == ["x", "stop"]
    assert timers_ended(lived, result="cancelled") == [("x", "cancelled", "cancelled", "5 days")]


# Conditions


def test_the_condition_is_judged_when_it_fires_not_when_it_is_armed():
    lived = timed_story(timed("x", stages="needs", after="1 day", condition="need is missing", do=TELL))
    lived.fields(need="known")
    assert lived.advance("2026-03-05 10:00") == []
    assert timers_ended(lived) == [("x", "skipped", "when", "1 day")]
    judged = lived.step.links[-1].judgements[0]
    assert (judged.name, judged.result, judged.values) == ("x.when", False, {"need": "known"})
    assert lived.step.links[-1].by == "timer:x@01234567"


@pytest.mark.parametrize("condition", ["need is missing", "need is not missing"])
def test_an_end_that_has_no_reason_in_words_writes_none(condition):
    lived = timed_story(timed("x", stages="needs", after="1 day", condition=condition))
    lived.advance("2026-03-05 10:00")
    (ended,) = [event for event in lived.step.events if isinstance(event, happened.TimerEnded)]
    assert "reasons" not in text_of(ended)


def test_an_unknown_condition_does_not_fire():
    lived = timed_story(timed("x", stages="needs", after="1 day", condition="amount > 5"))
    assert lived.advance("2026-03-05 10:00") == []


def test_timers_due_together_see_what_earlier_ones_did():
    lived = timed_story(
        timed("a", stages="needs", after="1 day", do=(SetAction(values={"need": "set"}),)),
        timed("b", stages="needs", after="1 day", condition="need is missing"),
    )
    assert lived.advance("2026-03-05 10:00") == ["a"]


def test_a_timer_is_never_early_and_fires_once():
    lived = timed_story(timed("x", stages="needs", after="1 day", do=TELL))
    (key,) = lived.deal.timers
    assert lived.do(FireTimer(timer=key)).events == ()
    lived.do(FireTimer(timer=key), at="2026-03-03 10:00")
    assert lived.of(happened.EffectRequested)[0].timed == {
        "name": "x",
        "offset": "1 day",
        "due": moscow("2026-03-03 10:00"),
    }
    assert lived.do(FireTimer(timer=key), at="2026-03-04 10:00").events == ()


# Recurrence


def test_every_first_comes_after_one_period_and_then_again():
    lived = timed_story(timed("x", stages="needs", every="3 working days", do=TELL))
    assert lived.advance("2026-03-04 10:00") == []
    assert lived.advance("2026-03-11 09:59") == ["x"]  # Monday the 9th is a holiday
    assert lived.advance("2026-03-11 10:00") == ["x"]
    assert lived.waiting() == {"x 3 working days": moscow("2026-03-16 10:00")}


def test_at_most_counts_firings_of_the_visit():
    lived = timed_story(timed("x", stages="needs", every="1 day", at_most=3, do=TELL))
    assert lived.advance("2026-03-20 10:00") == ["x"] * 3
    assert lived.waiting() == {}


def test_at_most_counts_whatever_moves_the_anchor():
    lived = timed_story(timed("x", stages="needs", every="1 day", anchor="last_interaction_at", at_most=3))
    assert lived.advance("2026-03-04 10:00") == ["x", "x"]
    lived.do(CALL)
    assert lived.advance("2026-03-20 10:00") == ["x"]
    lived.do(CALL)
    assert lived.waiting() == {}


def test_a_skipped_occurrence_does_not_count():
    lived = timed_story(timed("x", stages="needs", every="1 day", at_most=1, condition='need == "now"'))
    assert lived.advance("2026-03-05 10:00") == []
    lived.fields(need="now")
    assert lived.advance("2026-03-09 10:00") == ["x"]


def test_until_ends_the_recurrence_before_the_firing():
    lived = timed_story(timed("x", stages="needs", every="1 day", until="agreed"))
    assert lived.advance("2026-03-04 10:00") == ["x", "x"]
    lived.fields(agreed=True)
    assert lived.advance("2026-03-09 10:00") == []
    assert timers_ended(lived)[-1] == ("x", "skipped", "until", "1 day")
    assert lived.waiting() == {}


def test_until_ends_the_recurrence_wherever_its_anchor_moves_later():
    lived = timed_story(
        timed("x", stages="needs", every="1 day", anchor="last_interaction_at", until="score > 5", do=TELL)
    )
    lived.fields(score=9)
    lived.advance("2026-03-04 10:00")
    lived.do(CALL)
    lived.fields(score=1)
    assert lived.advance("2026-03-20 10:00") == []
    assert timers_ended(lived) == [("x", "skipped", "until", "1 day")]
    lived.move("proposal")
    lived.move("needs")  # another visit begins anew
    assert set(lived.waiting()) == {"x 1 day"}


def test_what_an_action_has_cancelled_stays_so_wherever_its_anchor_moves_later():
    lived = timed_story(
        timed("x", stages="needs", after="3 days", anchor="last_interaction_at", do=TELL),
        timed("stop", stages="needs", after="1 day", do=(CancelAction(event="x"),)),
    )
    lived.advance("2026-03-03 10:00")
    lived.do(CALL)
    assert lived.waiting() == {}


def test_months_count_from_the_first_date():
    lived = timed_story(timed("x", stages="needs", every="1 month"), at="2026-01-31 10:00")
    seen = []
    for _ in range(3):
        (due,) = lived.waiting().values()
        seen.append(due)
        lived.now = due
        (key,) = lived.deal.timers
        lived.do(FireTimer(timer=key))
    assert seen == [moscow("2026-02-28 10:00"), moscow("2026-03-31 10:00"), moscow("2026-04-30 10:00")]


@pytest.mark.parametrize("period", ["5 minutes", "1 hour", "1 day", "1 working day"])
def test_after_a_pause_the_recurrence_fires_once_and_one_entry_closes_the_rest(period):
    lived = timed_story(timed("x", stages="needs", every=period, do=TELL))
    first = next(iter(lived.waiting().values()))
    assert lived.advance("2026-03-12 12:07", down=(first, moscow("2026-03-12 12:07"))) == ["x"]
    closed = [event for event in lived.happened if type(event) is happened.TimerEnded and not event.armed]
    (due,) = lived.waiting().values()
    assert len(closed) == 1
    assert closed[0].through is not None
    (key,) = lived.deal.timers
    assert key.occurrence == closed[0].through + 1
    assert lived.now < due


# Downtime

DOWN = (moscow("2026-03-03 09:00"), moscow("2026-03-03 15:00"))


@pytest.mark.parametrize(
    ("policy", "fires"), [(None, True), ("0 minutes", False), ("4 hours", False), ("5 hours", True), ("6 hours", True)]
)
def test_what_came_due_during_an_outage_follows_its_policy(policy, fires):
    lived = timed_story(timed("x", stages="needs", after="1 day", on_missed=policy))
    fired = lived.advance("2026-03-03 15:00", down=DOWN)
    assert (fired == ["x"]) is fires
    if not fires:
        assert timers_ended(lived) == [("x", "skipped", "missed", "1 day")]


def test_lateness_without_an_outage_is_no_miss():
    lived = timed_story(timed("x", stages="needs", after="1 day", on_missed="0 minutes"))
    (key,) = lived.deal.timers
    lived.do(FireTimer(timer=key, down=(0, 5)), at="2026-03-04 10:00")
    assert timers_ended(lived) == [("x", "fired", "", "1 day")]


def test_a_reminder_at_or_after_its_anchor_is_too_late():
    lived = timed_story(timed("x", stages="needs", before="1 hour", anchor="meeting_at"))
    lived.fields(meeting_at=moscow("2026-03-03 12:00"))
    lived.advance("2026-03-03 12:00", down=DOWN)
    assert timers_ended(lived) == [("x", "skipped", "too late", "1 hour")]


def test_a_failed_firing_ends_the_occurrence_and_the_recurrence_goes_on():
    lived = timed_story(timed("x", stages="needs", every="1 day"))
    (key,) = lived.deal.timers
    lived.do(FailTimer(timer=key, reason="boom"), at="2026-03-03 10:00")
    assert timers_ended(lived) == [("x", "failed", "boom", "1 day")]
    assert lived.waiting() == {"x 1 day": moscow("2026-03-04 10:00")}


# SLA and transitions that wait


def test_a_breach_is_an_event_and_tells_the_owner():
    lived = timed_story(timed("needs.sla", stages="needs", after="5 working days", source=TimedSource.SLA))
    assert lived.advance("2026-03-20 10:00") == ["needs.sla"]
    breach = next(event for event in lived.happened if type(event) is happened.SlaBreached)
    effect = next(event for event in lived.happened if type(event) is happened.EffectRequested)
    assert breach.stage == "needs"
    assert (effect.channel, effect.template, effect.recipient) == ("notice", "sla_breached", "user:anna")


EXPIRE = way("needs", "lost", "expire", trigger=Trigger.AFTER, set={"loss_reason": "no_answer"})
CLOSING = (stage("needs"), stage("proposal"), *outcomes(lost={"require": "loss_reason"}))


def test_a_transition_after_a_while_sets_and_moves():
    lived = timed_story(stages=CLOSING, ways=(EXPIRE,))
    lived.advance("2026-06-01 10:00")
    assert (lived.deal.stage, lived.deal.fields["loss_reason"]) == ("lost", "no_answer")
    assert timers_ended(lived) == [("expire", "fired", "", "60 days")]


def test_its_condition_is_judged_once_when_due():
    expire = way("needs", "lost", "expire", trigger=Trigger.AFTER, when=when("need is missing"))
    lived = timed_story(stages=(stage("needs"),), ways=(expire,))
    lived.fields(need="yes")
    lived.advance("2026-06-01 10:00")
    lived.fields(need=None)
    assert lived.deal.stage == "needs"
    assert timers_ended(lived) == [("expire", "skipped", "when", "60 days")]


def test_a_gate_that_stops_it_is_told_and_tried_again_when_something_it_reads_changes():
    expire = way("needs", "lost", "expire", trigger=Trigger.AFTER)
    lived = timed_story(stages=CLOSING, ways=(expire,))
    lived.advance("2026-06-01 10:00")
    assert timers_ended(lived) == [("expire", "skipped", "gate", "60 days")]
    assert lived.deal.stopped["expire"].gates == ("lost.enter.require.loss_reason",)
    notices = [event for event in lived.happened if type(event) is happened.EffectRequested]
    assert [(notice.template, notice.notice["gates"]) for notice in notices] == [
        ("gate_stopped", "lost.enter.require.loss_reason")
    ]
    lived.fields(need="something else")
    assert lived.deal.stage == "needs"
    lived.fields(loss_reason="price")
    assert lived.deal.stage == "lost"
    assert lived.deal.stopped == {}
    assert lived.of(happened.TransitionResumed)


def test_a_stopped_move_asked_for_again_does_not_tell_the_owner_of_fewer_gates():
    expire = way("needs", "lost", "expire", trigger=Trigger.AFTER, require="need score")
    lived = timed_story(stages=CLOSING, ways=(expire,))
    lived.advance("2026-06-01 10:00")
    lived.fields(need="x")
    lived.fields(need="y")
    notices = [event for event in lived.happened if type(event) is happened.EffectRequested]
    assert len(notices) == 1
    lived.fields(score=1, loss_reason="price")
    assert lived.deal.stage == "lost"


def test_leaving_the_stage_forgets_what_was_stopped():
    expire = way("needs", "lost", "expire", trigger=Trigger.AFTER)
    lived = timed_story(stages=CLOSING, ways=(expire,))
    lived.advance("2026-06-01 10:00")
    lived.move("proposal")
    assert lived.deal.stopped == {}


def test_a_move_in_a_firing_cancels_the_rest_of_the_stage():
    lived = timed_story(
        timed("x", stages="needs", after="1 day", do=(MoveAction(to="proposal", set={}),)),
        timed("y", stages="needs", after="1 day, 2 days"),
    )
    assert lived.advance("2026-03-03 10:00") == ["x"]
    assert lived.deal.stage == "proposal"
    assert lived.waiting() == {}
