"""What timed events count from, and how they move with it."""

import sys

import pytest

from tests.unit.process.builders import (
    ACCOUNT,
    CALL,
    OTHER_ACCOUNT,
    TELL,
    moscow,
    stage,
    timed,
    timed_story,
    timers_ended,
    way,
)
from voronka.process.commands import FactsChanged, FireTimer, LogInteraction
from voronka.process.events import TimerEnded
from voronka.process.state import PartyState

# Anchors and offsets


def test_entered_on_a_friday_evening_before_a_holiday():
    lived = timed_story(
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
    assert timed_story(timed("x", stages="needs", after=offset, at=at)).waiting() == {f"x {offset}": moscow(due)}


def test_a_list_of_offsets_arms_each_once():
    lived = timed_story(timed("x", stages="needs", after="1 day, 3 days", do=TELL))
    assert len(lived.waiting()) == 2
    assert lived.advance("2026-03-20 10:00") == ["x", "x"]
    assert lived.deal.timers == {}


def test_before_counts_back_from_a_date_at_nine():
    lived = timed_story(timed("x", stages="needs", before="10 days, 3 days, 1 day", anchor="deadline"))
    assert lived.waiting() == {}
    lived.fields(deadline="2026-03-20")
    assert lived.waiting() == {
        "x 10 days": moscow("2026-03-10 09:00"),
        "x 3 days": moscow("2026-03-17 09:00"),
        "x 1 day": moscow("2026-03-19 09:00"),
    }


def test_a_datetime_field_keeps_its_clock_time():
    lived = timed_story(timed("x", stages="needs", before="2 hours", anchor="meeting_at"))
    lived.fields(meeting_at=moscow("2026-03-05 15:00"))
    assert lived.waiting() == {"x 2 hours": moscow("2026-03-05 13:00")}


def test_a_timed_event_belongs_to_its_stages():
    lived = timed_story(timed("x", stages="proposal", after="1 day"))
    assert lived.waiting() == {}
    lived.move("proposal")
    assert set(lived.waiting()) == {"x 1 day"}


def test_before_any_contact_the_last_one_is_the_creation():
    lived = timed_story(timed("x", stages="needs", after="3 days", anchor="last_interaction_at"))
    assert lived.waiting() == {"x 3 days": moscow("2026-03-05 10:00")}


def test_an_event_is_an_anchor_each_time_it_happens():
    lived = timed_story(timed("x", stages="needs", after="1 day", anchor="event interaction.logged"))
    assert lived.waiting() == {}
    lived.do(CALL, at="2026-03-02 12:00")
    assert lived.waiting() == {"x 1 day": moscow("2026-03-03 12:00")}
    lived.do(CALL, at="2026-03-02 13:00")
    assert lived.waiting() == {"x 1 day": moscow("2026-03-03 13:00")}


@pytest.mark.parametrize("name", ["stage.entered", "deal.created"])
def test_what_happens_on_entry_is_an_anchor(name):
    assert set(timed_story(timed("x", stages="needs", after="1 day", anchor=f"event {name}")).waiting()) == {"x 1 day"}


def test_the_reopening_of_a_deal_is_an_anchor_in_the_stage_to_which_it_is_reopened():
    lived = timed_story(
        timed("x", stages="proposal", after="1 day", anchor="event deal.reopened"),
        ways=(way("won", "proposal", "back"),),
    )
    for to, waiting in (("proposal", set()), ("won", set()), ("proposal", {"x 1 day"})):
        lived.move(to)
        assert (lived.gates(), set(lived.waiting())) == ([], waiting)


def test_the_firing_of_another_timer_is_an_anchor_but_not_its_own():
    lived = timed_story(
        timed("first", stages="needs", after="1 day"),
        timed("second", stages="needs", after="1 hour", anchor="event timer.fired"),
    )
    assert lived.advance("2026-03-10 10:00") == ["first", "second"]


def test_a_refused_move_is_an_anchor():
    lived = timed_story(
        timed("x", stages="needs", after="1 hour", anchor="event transition.refused"),
        stages=(stage("needs", leave={"require": "need"}), stage("proposal")),
    )
    lived.move("proposal")
    assert set(lived.waiting()) == {"x 1 hour"}


# Moving with the anchor


def test_a_changed_anchor_moves_the_timer_in_the_same_step():
    lived = timed_story(timed("x", stages="needs", before="3 days", anchor="deadline"))
    lived.fields(deadline="2026-03-20")
    lived.fields(deadline="2026-03-25")
    assert lived.waiting() == {"x 3 days": moscow("2026-03-22 09:00")}
    assert timers_ended(lived) == [("x", "cancelled", "anchor", "3 days")]


def test_a_cleared_anchor_ends_the_waiting():
    lived = timed_story(timed("x", stages="needs", before="3 days", anchor="deadline"))
    lived.fields(deadline="2026-03-20")
    lived.fields(deadline=None)
    assert lived.waiting() == {}
    lived.fields(deadline="2026-03-20")
    assert set(lived.waiting()) == {"x 3 days"}


def test_a_new_anchor_arms_even_what_has_fired():
    lived = timed_story(timed("x", stages="needs", before="10 days, 1 day", anchor="deadline"))
    lived.fields(deadline="2026-03-20")
    assert lived.advance("2026-03-11 10:00") == ["x"]
    lived.fields(deadline="2026-04-20")
    assert len(lived.waiting()) == 2


def test_the_same_anchor_again_arms_nothing_that_has_ended():
    lived = timed_story(timed("x", stages="needs", before="10 days, 1 day", anchor="deadline"))
    lived.fields(deadline="2026-03-20")
    lived.advance("2026-03-11 10:00")
    lived.fields(deadline=None)
    lived.fields(deadline="2026-03-20")
    assert set(lived.waiting()) == {"x 1 day"}


def test_a_contact_moves_what_counts_from_the_last_one():
    lived = timed_story(timed("x", stages="needs", after="3 days", anchor="last_interaction_at"))
    lived.do(CALL, at="2026-03-04 15:00")
    assert lived.waiting() == {"x 3 days": moscow("2026-03-07 15:00")}


def test_an_attempt_without_an_answer_moves_nothing():
    lived = timed_story(timed("x", stages="needs", after="3 days", anchor="last_interaction_at"))
    lived.do(LogInteraction(values={"kind": "call", "direction": "out", "outcome": "no_answer"}), at="2026-03-04 15:00")
    assert lived.waiting() == {"x 3 days": moscow("2026-03-05 10:00")}
    assert lived.deal.contacted


def test_an_anchor_of_the_account_moves_when_the_account_says_so():
    account = PartyState(stream=ACCOUNT, seq=1, release="", created_at=0, fields={"contract_until": "2026-04-01"})
    lived = timed_story(
        timed("x", stages="needs", before="5 days", anchor="account.contract_until"), parties=(account,)
    )
    lived.fields(account=ACCOUNT.id.hex())
    assert lived.waiting() == {"x 5 days": moscow("2026-03-27 09:00")}
    moved = PartyState(stream=ACCOUNT, seq=2, release="", created_at=0, fields={"contract_until": "2026-05-01"})
    lived.facts.parties[ACCOUNT] = moved
    lived.do(FactsChanged(names=("account.contract_until",), old={"account.contract_until": "2026-04-01"}))
    assert lived.waiting() == {"x 5 days": moscow("2026-04-26 09:00")}


def test_another_account_is_asked_for_and_moves_its_anchors():
    account = PartyState(stream=ACCOUNT, seq=1, release="", created_at=0, fields={"contract_until": "2026-04-01"})
    lived = timed_story(
        timed("x", stages="needs", before="5 days", anchor="account.contract_until"), parties=(account,)
    )
    lived.fields(account=ACCOUNT.id.hex())
    lived.fields(account=OTHER_ACCOUNT.id.hex())
    assert lived.waiting() == {}
    assert OTHER_ACCOUNT in lived.asked[-1].parties


@pytest.mark.parametrize("year", ["0001", "0206"])
@pytest.mark.parametrize("period", ["30 minutes", "1 hour", "1 day", "1 week", "1 month", "1 working day"])
def test_a_recurrence_from_a_date_of_another_millennium_costs_no_more_than_others(period, year):
    lived = timed_story(timed("x", stages="needs", every=period, anchor="deadline"))
    lived.fields(deadline="2026-03-01")
    steps = 0

    def count(_frame, event, _what):
        nonlocal steps
        steps += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        lived.fields(deadline=f"{year}-03-01")
        lived.now = max(lived.waiting().values())
        lived.do(FireTimer(timer=next(iter(lived.deal.timers))), actor="timer")
    finally:
        sys.setprofile(before)
    assert steps < (30_000 if "working" not in period else 300_000)  # the holidays of each year are looked up once
    (timer,) = lived.deal.timers.values()
    assert timer.due > lived.now
    assert [e.result for e in lived.happened if isinstance(e, TimerEnded)][-2:] == ["skipped", "fired"]
