"""Timed events: every rule of the language as one case."""

import pytest

from tests.unit.process.builders import (
    ACCOUNT,
    OTHER_ACCOUNT,
    Story,
    funnel,
    moscow,
    outcomes,
    simple,
    stage,
    timed,
    variant,
    way,
    when,
    workspace,
)
from voronka.definition.actions import CancelAction, MoveAction, NotifyAction, SetAction, TaskAction
from voronka.definition.funnels import Trigger
from voronka.definition.timed import TimedSource
from voronka.messages import Label
from voronka.process import events as happened
from voronka.process.commands import ApplyRelease, FactsChanged, FailTimer, FireTimer, LogInteraction, SetFields
from voronka.process.state import PartyState

PLAIN = (stage("needs"), stage("proposal"))
TELL = (NotifyAction(to="owner", template="tell"),)
CALL = LogInteraction(values={"kind": "call", "direction": "out", "outcome": "connected"})


def story(*events, at="2026-03-02 10:00", stages=PLAIN, parties=(), **more):
    lived = Story(simple(*stages, timers=events, **more), at=at, parties=parties)
    lived.open()
    return lived


def ended(lived, *, result=None):
    found = [event for event in lived.happened if type(event) is happened.TimerEnded]
    return [
        (event.key.event, event.result, event.reason, event.offset)
        for event in found
        if result is None or event.result == result
    ]


# Anchors and offsets


def test_entered_on_a_friday_evening_before_a_holiday():
    lived = story(
        timed("working", stages="needs", after="2 working days", at="10:00"),
        timed("plain", stages="needs", after="2 days", at="10:00"),
        at="2026-02-20 18:30",
    )
    assert lived.waiting() == {
        "working 2 working days": moscow("2026-02-25 10:00"),
        "plain 2 days": moscow("2026-02-22 10:00"),
    }
    assert lived.advance("2026-02-25 09:59") == ["plain"]
    assert lived.advance("2026-02-25 10:00") == ["working"]


@pytest.mark.parametrize(
    ("offset", "at", "due"),
    [
        ("90 minutes", None, "2026-03-02 11:30"),
        ("26 hours", None, "2026-03-03 12:00"),
        ("2 days", None, "2026-03-04 10:00"),
        ("2 days", "09:00", "2026-03-04 09:00"),
        ("1 week", None, "2026-03-09 10:00"),
        ("1 month", None, "2026-04-02 10:00"),
        ("3 working days", None, "2026-03-05 10:00"),
        ("10 working hours", None, "2026-03-03 11:00"),
    ],
)
def test_an_offset_counts_from_the_entry(offset, at, due):
    assert story(timed("x", stages="needs", after=offset, at=at)).waiting() == {f"x {offset}": moscow(due)}


def test_a_list_of_offsets_arms_each_once():
    lived = story(timed("x", stages="needs", after="1 day, 3 days", do=TELL))
    assert len(lived.waiting()) == 2
    assert lived.advance("2026-03-20 10:00") == ["x", "x"]
    assert lived.deal.timers == {}


def test_before_counts_back_from_a_date_at_nine():
    lived = story(timed("x", stages="needs", before="10 days, 3 days, 1 day", anchor="deadline"))
    assert lived.waiting() == {}
    lived.fields(deadline="2026-03-20")
    assert lived.waiting() == {
        "x 10 days": moscow("2026-03-10 09:00"),
        "x 3 days": moscow("2026-03-17 09:00"),
        "x 1 day": moscow("2026-03-19 09:00"),
    }


def test_a_datetime_field_keeps_its_clock_time():
    lived = story(timed("x", stages="needs", before="2 hours", anchor="meeting_at"))
    lived.fields(meeting_at=moscow("2026-03-05 15:00"))
    assert lived.waiting() == {"x 2 hours": moscow("2026-03-05 13:00")}


def test_a_timed_event_belongs_to_its_stages():
    lived = story(timed("x", stages="proposal", after="1 day"))
    assert lived.waiting() == {}
    lived.move("proposal")
    assert set(lived.waiting()) == {"x 1 day"}


def test_before_any_contact_the_last_one_is_the_creation():
    lived = story(timed("x", stages="needs", after="3 days", anchor="last_interaction_at"))
    assert lived.waiting() == {"x 3 days": moscow("2026-03-05 10:00")}


def test_an_event_is_an_anchor_each_time_it_happens():
    lived = story(timed("x", stages="needs", after="1 day", anchor="event interaction.logged"))
    assert lived.waiting() == {}
    lived.do(CALL, at="2026-03-02 12:00")
    assert lived.waiting() == {"x 1 day": moscow("2026-03-03 12:00")}
    lived.do(CALL, at="2026-03-02 13:00")
    assert lived.waiting() == {"x 1 day": moscow("2026-03-03 13:00")}


@pytest.mark.parametrize("name", ["stage.entered", "deal.created"])
def test_what_happens_on_entry_is_an_anchor(name):
    assert set(story(timed("x", stages="needs", after="1 day", anchor=f"event {name}")).waiting()) == {"x 1 day"}


def test_the_firing_of_another_timer_is_an_anchor_but_not_its_own():
    lived = story(
        timed("first", stages="needs", after="1 day"),
        timed("second", stages="needs", after="1 hour", anchor="event timer.fired"),
    )
    assert lived.advance("2026-03-10 10:00") == ["first", "second"]


def test_a_refused_move_is_an_anchor():
    lived = story(
        timed("x", stages="needs", after="1 hour", anchor="event transition.refused"),
        stages=(stage("needs", leave={"require": "need"}), stage("proposal")),
    )
    lived.move("proposal")
    assert set(lived.waiting()) == {"x 1 hour"}


# Moving with the anchor


def test_a_changed_anchor_moves_the_timer_in_the_same_step():
    lived = story(timed("x", stages="needs", before="3 days", anchor="deadline"))
    lived.fields(deadline="2026-03-20")
    lived.fields(deadline="2026-03-25")
    assert lived.waiting() == {"x 3 days": moscow("2026-03-22 09:00")}
    assert ended(lived) == [("x", "cancelled", "anchor", "3 days")]


def test_a_cleared_anchor_ends_the_waiting():
    lived = story(timed("x", stages="needs", before="3 days", anchor="deadline"))
    lived.fields(deadline="2026-03-20")
    lived.fields(deadline=None)
    assert lived.waiting() == {}
    lived.fields(deadline="2026-03-20")
    assert set(lived.waiting()) == {"x 3 days"}


def test_a_new_anchor_arms_even_what_has_fired():
    lived = story(timed("x", stages="needs", before="10 days, 1 day", anchor="deadline"))
    lived.fields(deadline="2026-03-20")
    assert lived.advance("2026-03-11 10:00") == ["x"]
    lived.fields(deadline="2026-04-20")
    assert len(lived.waiting()) == 2


def test_the_same_anchor_again_arms_nothing_that_has_ended():
    lived = story(timed("x", stages="needs", before="10 days, 1 day", anchor="deadline"))
    lived.fields(deadline="2026-03-20")
    lived.advance("2026-03-11 10:00")
    lived.fields(deadline=None)
    lived.fields(deadline="2026-03-20")
    assert set(lived.waiting()) == {"x 1 day"}


def test_a_contact_moves_what_counts_from_the_last_one():
    lived = story(timed("x", stages="needs", after="3 days", anchor="last_interaction_at"))
    lived.do(CALL, at="2026-03-04 15:00")
    assert lived.waiting() == {"x 3 days": moscow("2026-03-07 15:00")}


def test_an_attempt_without_an_answer_moves_nothing():
    lived = story(timed("x", stages="needs", after="3 days", anchor="last_interaction_at"))
    lived.do(LogInteraction(values={"kind": "call", "direction": "out", "outcome": "no_answer"}), at="2026-03-04 15:00")
    assert lived.waiting() == {"x 3 days": moscow("2026-03-05 10:00")}
    assert lived.deal.contacted


def test_an_anchor_of_the_account_moves_when_the_account_says_so():
    account = PartyState(stream=ACCOUNT, seq=1, release="", created_at=0, fields={"contract_until": "2026-04-01"})
    lived = story(timed("x", stages="needs", before="5 days", anchor="account.contract_until"), parties=(account,))
    lived.fields(account=ACCOUNT.id.hex())
    assert lived.waiting() == {"x 5 days": moscow("2026-03-27 09:00")}
    moved = PartyState(stream=ACCOUNT, seq=2, release="", created_at=0, fields={"contract_until": "2026-05-01"})
    lived.facts.parties[ACCOUNT] = moved
    lived.do(FactsChanged(names=("account.contract_until",), old={"account.contract_until": "2026-04-01"}))
    assert lived.waiting() == {"x 5 days": moscow("2026-04-26 09:00")}


def test_another_account_is_asked_for_and_moves_its_anchors():
    account = PartyState(stream=ACCOUNT, seq=1, release="", created_at=0, fields={"contract_until": "2026-04-01"})
    lived = story(timed("x", stages="needs", before="5 days", anchor="account.contract_until"), parties=(account,))
    lived.fields(account=ACCOUNT.id.hex())
    lived.fields(account=OTHER_ACCOUNT.id.hex())
    assert lived.waiting() == {}
    assert OTHER_ACCOUNT in lived.asked[-1].parties


# Due already, leaving, visits


def test_what_is_due_already_is_not_armed_and_told():
    lived = story(timed("x", stages="needs", before="10 days, 1 day", anchor="deadline"))
    lived.fields(deadline="2026-03-05")
    assert lived.waiting() == {"x 1 day": moscow("2026-03-04 09:00")}
    assert ended(lived) == [("x", "skipped", "already due", "10 days")]
    assert lived.of(happened.TimerEnded)[0].armed is False


def test_no_occurrence_is_ever_named_twice():
    lived = story(timed("x", stages="needs", before="10 days", anchor="deadline"))
    for day in ("2026-03-05", "2026-03-06", "2026-03-05", "2026-03-20", "2026-03-05"):
        lived.fields(deadline=day)
    keys = [event.key for event in lived.happened if type(event) is happened.TimerEnded]
    assert len(keys) == len(set(keys)) == 5


def test_leaving_the_stage_cancels():
    lived = story(timed("x", stages="needs", after="1 day"))
    lived.move("proposal")
    assert lived.waiting() == {}
    assert ended(lived) == [("x", "cancelled", "left", "1 day")]


def test_each_visit_arms_anew():
    lived = story(timed("x", stages="needs", after="1 day"))
    lived.advance("2026-03-03 10:00")
    lived.move("proposal")
    lived.move("needs")
    assert set(lived.waiting()) == {"x 1 day"}
    assert {timer.key.visit for timer in lived.deal.timers.values()} == {3}


def test_an_action_cancels_an_event_for_the_visit():
    lived = story(
        timed("x", stages="needs", after="1 day, 5 days"),
        timed("stop", stages="needs", after="2 days", do=(CancelAction(event="x"),)),
    )
    assert lived.advance("2026-03-20 10:00") == ["x", "stop"]
    assert ended(lived, result="cancelled") == [("x", "cancelled", "cancelled", "5 days")]


# Conditions


def test_the_condition_is_judged_when_it_fires_not_when_it_is_armed():
    lived = story(timed("x", stages="needs", after="1 day", condition="need is missing", do=TELL))
    lived.fields(need="known")
    assert lived.advance("2026-03-05 10:00") == []
    assert ended(lived) == [("x", "skipped", "when", "1 day")]
    judged = lived.step.links[-1].judgements[0]
    assert (judged.name, judged.result, judged.values) == ("x.when", False, {"need": "known"})
    assert lived.step.links[-1].by == "timer:x@01234567"


def test_an_unknown_condition_does_not_fire():
    lived = story(timed("x", stages="needs", after="1 day", condition="amount > 5"))
    assert lived.advance("2026-03-05 10:00") == []


def test_timers_due_together_see_what_earlier_ones_did():
    lived = story(
        timed("a", stages="needs", after="1 day", do=(SetAction(values={"need": "set"}),)),
        timed("b", stages="needs", after="1 day", condition="need is missing"),
    )
    assert lived.advance("2026-03-05 10:00") == ["a"]


def test_a_timer_is_never_early_and_fires_once():
    lived = story(timed("x", stages="needs", after="1 day", do=TELL))
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
    lived = story(timed("x", stages="needs", every="3 working days", do=TELL))
    assert lived.advance("2026-03-04 10:00") == []
    assert lived.advance("2026-03-11 09:59") == ["x"]  # Monday the 9th is a holiday
    assert lived.advance("2026-03-11 10:00") == ["x"]
    assert lived.waiting() == {"x 3 working days": moscow("2026-03-16 10:00")}


def test_at_most_counts_firings_of_the_visit():
    lived = story(timed("x", stages="needs", every="1 day", at_most=3, do=TELL))
    assert lived.advance("2026-03-20 10:00") == ["x"] * 3
    assert lived.waiting() == {}


def test_at_most_counts_whatever_moves_the_anchor():
    lived = story(timed("x", stages="needs", every="1 day", anchor="last_interaction_at", at_most=3))
    assert lived.advance("2026-03-04 10:00") == ["x", "x"]
    lived.do(CALL)
    assert lived.advance("2026-03-20 10:00") == ["x"]
    lived.do(CALL)
    assert lived.waiting() == {}


def test_a_skipped_occurrence_does_not_count():
    lived = story(timed("x", stages="needs", every="1 day", at_most=1, condition='need == "now"'))
    assert lived.advance("2026-03-05 10:00") == []
    lived.fields(need="now")
    assert lived.advance("2026-03-09 10:00") == ["x"]


def test_until_ends_the_recurrence_before_the_firing():
    lived = story(timed("x", stages="needs", every="1 day", until="agreed"))
    assert lived.advance("2026-03-04 10:00") == ["x", "x"]
    lived.fields(agreed=True)
    assert lived.advance("2026-03-09 10:00") == []
    assert ended(lived)[-1] == ("x", "skipped", "until", "1 day")
    assert lived.waiting() == {}


def test_months_count_from_the_first_date():
    lived = story(timed("x", stages="needs", every="1 month"), at="2026-01-31 10:00")
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
    lived = story(timed("x", stages="needs", every=period, do=TELL))
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
    lived = story(timed("x", stages="needs", after="1 day", on_missed=policy))
    fired = lived.advance("2026-03-03 15:00", down=DOWN)
    assert (fired == ["x"]) is fires
    if not fires:
        assert ended(lived) == [("x", "skipped", "missed", "1 day")]


def test_lateness_without_an_outage_is_no_miss():
    lived = story(timed("x", stages="needs", after="1 day", on_missed="0 minutes"))
    (key,) = lived.deal.timers
    lived.do(FireTimer(timer=key, down=(0, 5)), at="2026-03-04 10:00")
    assert ended(lived) == [("x", "fired", "", "1 day")]


def test_a_reminder_at_or_after_its_anchor_is_too_late():
    lived = story(timed("x", stages="needs", before="1 hour", anchor="meeting_at"))
    lived.fields(meeting_at=moscow("2026-03-03 12:00"))
    lived.advance("2026-03-03 12:00", down=DOWN)
    assert ended(lived) == [("x", "skipped", "too late", "1 hour")]


def test_a_failed_firing_ends_the_occurrence_and_the_recurrence_goes_on():
    lived = story(timed("x", stages="needs", every="1 day"))
    (key,) = lived.deal.timers
    lived.do(FailTimer(timer=key, reason="boom"), at="2026-03-03 10:00")
    assert ended(lived) == [("x", "failed", "boom", "1 day")]
    assert lived.waiting() == {"x 1 day": moscow("2026-03-04 10:00")}


# SLA and transitions that wait


def test_a_breach_is_an_event_and_tells_the_owner():
    lived = story(timed("needs.sla", stages="needs", after="5 working days", source=TimedSource.SLA))
    assert lived.advance("2026-03-20 10:00") == ["needs.sla"]
    breach = next(event for event in lived.happened if type(event) is happened.SlaBreached)
    effect = next(event for event in lived.happened if type(event) is happened.EffectRequested)
    assert breach.stage == "needs"
    assert (effect.channel, effect.template, effect.recipient) == ("notice", "sla_breached", "user:anna")


EXPIRE = way("needs", "lost", "expire", trigger=Trigger.AFTER, set={"loss_reason": "no_answer"})
CLOSING = (stage("needs"), stage("proposal"), *outcomes(lost={"require": "loss_reason"}))


def test_a_transition_after_a_while_sets_and_moves():
    lived = story(stages=CLOSING, ways=(EXPIRE,))
    lived.advance("2026-06-01 10:00")
    assert (lived.deal.stage, lived.deal.fields["loss_reason"]) == ("lost", "no_answer")
    assert ended(lived) == [("expire", "fired", "", "60 days")]


def test_its_condition_is_judged_once_when_due():
    expire = way("needs", "lost", "expire", trigger=Trigger.AFTER, when=when("need is missing"))
    lived = story(stages=(stage("needs"),), ways=(expire,))
    lived.fields(need="yes")
    lived.advance("2026-06-01 10:00")
    lived.fields(need=None)
    assert lived.deal.stage == "needs"
    assert ended(lived) == [("expire", "skipped", "when", "60 days")]


def test_a_gate_that_stops_it_is_told_and_tried_again_when_something_it_reads_changes():
    expire = way("needs", "lost", "expire", trigger=Trigger.AFTER)
    lived = story(stages=CLOSING, ways=(expire,))
    lived.advance("2026-06-01 10:00")
    assert ended(lived) == [("expire", "skipped", "gate", "60 days")]
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


def test_a_stopped_move_asked_for_again_tells_the_owner_only_of_other_gates():
    expire = way("needs", "lost", "expire", trigger=Trigger.AFTER, require="need score")
    lived = story(stages=CLOSING, ways=(expire,))
    lived.advance("2026-06-01 10:00")
    lived.fields(need="x")
    lived.fields(need="y")
    notices = [event for event in lived.happened if type(event) is happened.EffectRequested]
    assert len(notices) == 2
    lived.fields(score=1, loss_reason="price")
    assert lived.deal.stage == "lost"


def test_leaving_the_stage_forgets_what_was_stopped():
    expire = way("needs", "lost", "expire", trigger=Trigger.AFTER)
    lived = story(stages=CLOSING, ways=(expire,))
    lived.advance("2026-06-01 10:00")
    lived.move("proposal")
    assert lived.deal.stopped == {}


def test_a_move_in_a_firing_cancels_the_rest_of_the_stage():
    lived = story(
        timed("x", stages="needs", after="1 day", do=(MoveAction(to="proposal", set={}),)),
        timed("y", stages="needs", after="1 day, 2 days"),
    )
    assert lived.advance("2026-03-03 10:00") == ["x"]
    assert lived.deal.stage == "proposal"
    assert lived.waiting() == {}


# Releases

TASK = (TaskAction(title=Label.plain("x")),)


def under(lived, *events, stages=PLAIN, release="fedcba9876543210"):
    lived.workspace = workspace(funnel(variant(*stages, timers=events)), release=release)
    return lived.do(ApplyRelease(), actor="release")


def test_a_release_leaves_alone_what_it_does_not_change():
    lived = story(timed("x", stages="needs", after="1 day, 5 days"))
    before = lived.deal.timers
    under(lived, timed("x", stages="needs", after="1 day, 5 days", do=TASK))
    assert lived.deal.timers == before
    assert lived.deal.release == "fedcba9876543210"


def test_a_release_moves_a_changed_offset():
    lived = story(timed("x", stages="needs", after="2 days"))
    under(lived, timed("x", stages="needs", after="3 days"))
    assert lived.waiting() == {"x 3 days": moscow("2026-03-05 10:00")}
    assert ended(lived) == [("x", "cancelled", "release", "2 days")]


def test_a_release_moves_a_changed_time_of_day():
    lived = story(timed("x", stages="needs", after="2 days", at="10:00"))
    under(lived, timed("x", stages="needs", after="2 days", at="12:00"))
    assert lived.waiting() == {"x 2 days": moscow("2026-03-04 12:00")}


def test_a_release_cancels_a_removed_event():
    lived = story(timed("x", stages="needs", after="2 days"))
    under(lived)
    assert lived.waiting() == {}
    assert ended(lived) == [("x", "cancelled", "release", "2 days")]


def test_an_event_taken_out_by_mistake_comes_back_with_the_next_release():
    event = timed("x", stages="needs", after="2 days")
    lived = story(event)
    under(lived)
    under(lived, event, release="aaaa")
    assert set(lived.waiting()) == {"x 2 days"}
    keys = {e.key for e in lived.happened if type(e) is happened.TimerEnded}
    assert keys.isdisjoint(lived.deal.timers)


def test_a_release_never_fires_the_past():
    lived = story()
    lived.now = moscow("2026-03-10 10:00")
    under(lived, timed("x", stages="needs", after="2 days, 30 days"))
    assert lived.waiting() == {"x 30 days": moscow("2026-04-01 10:00")}
    assert ended(lived) == [("x", "skipped", "before release", "2 days")]


def test_a_release_does_not_arm_again_what_has_fired():
    lived = story(timed("x", stages="needs", after="1 day, 5 days"))
    lived.advance("2026-03-04 10:00")
    under(lived, timed("x", stages="needs", after="1 day, 5 days, 9 days"))
    assert set(lived.waiting()) == {"x 5 days", "x 9 days"}


def test_a_recurrence_goes_on_under_a_release():
    lived = story(timed("x", stages="needs", every="1 day", at_most=5))
    lived.advance("2026-03-04 11:00")
    under(lived, timed("x", stages="needs", every="1 day", at_most=3))
    assert lived.advance("2026-03-20 10:00") == ["x"]


def test_a_release_without_the_stage_is_refused_unless_the_variant_says_where_to():
    lived = story(timed("x", stages="needs", after="2 days"))
    step = under(lived, stages=(stage("other"),))
    assert (step.refusal.code, step.events) == ("case_without_stage", ())
    lived.workspace = workspace(funnel(variant(stage("other"), moves={"needs": "other"})), release="b" * 16)
    lived.do(ApplyRelease(), actor="release")
    assert lived.deal.stage == "other"
    assert lived.waiting() == {}


def test_applying_a_release_makes_no_automatic_move():
    lived = story()
    lived.fields(agreed=True)
    auto = way("needs", "won", "paid", trigger=Trigger.AUTO, when=when("agreed"))
    lived.workspace = workspace(funnel(variant(stage("needs"), stage("proposal"), ways=(auto,))), release="b" * 16)
    lived.do(ApplyRelease(), actor="release")
    assert lived.deal.stage == "needs"
    lived.do(SetFields(values={"agreed": False}))
    lived.do(SetFields(values={"agreed": True}))
    assert lived.deal.stage == "won"
