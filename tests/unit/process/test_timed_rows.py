"""Timed events for each row of a collection, what is kept beyond a visit, and what a release fires after all."""

import cProfile
import pstats
from dataclasses import replace

import pytest

from tests.unit.process.builders import (
    DEAL,
    PLAIN,
    TELL,
    funnel,
    moscow,
    stage,
    timed,
    timed_story,
    timers_ended,
    variant,
    workspace,
)
from voronka.definition.actions import CancelAction
from voronka.process import events as happened
from voronka.process.commands import ApplyRelease, Chain, MoveDeal, PutRow, RemoveRow
from voronka.process.decide import decide
from voronka.process.step import Moment, Step

LESSON = timed("remind", stages="needs", before="1 day", anchor="starts_at", each="lessons", do=TELL)


def lesson(lived, at, *, key=None, **values):
    """Put a lesson; return its key."""
    values |= {} if at is None else {"starts_at": moscow(at)}
    lived.do(PutRow(collection="lessons", values=values, key=key))
    (put,) = lived.of(happened.RowPut)
    return put.key


def by_row(lived):
    return {timer.key.row: timer.due for timer in lived.deal.timers.values()}


def under(lived, *events, stages=PLAIN, release="f" * 16):
    lived.workspace = workspace(funnel(variant(*stages, timers=events)), release=release)
    return lived.do(ApplyRelease(), actor="release")


# Rows


def test_each_row_has_a_timer_of_its_own():
    lived = timed_story(LESSON)
    first, second = lesson(lived, "2026-03-10 12:00"), lesson(lived, "2026-03-12 12:00")
    assert by_row(lived) == {first: moscow("2026-03-09 12:00"), second: moscow("2026-03-11 12:00")}
    assert lived.advance("2026-03-09 13:00") == ["remind"]
    (sent,) = lived.of(happened.EffectRequested)
    assert (sent.timed["each"], sent.timed["row"]) == ("lessons", first)


def test_a_row_that_changes_moves_its_timer_and_no_other():
    lived = timed_story(LESSON)
    first, second = lesson(lived, "2026-03-10 12:00"), lesson(lived, "2026-03-12 12:00")
    lesson(lived, "2026-03-11 12:00", key=first)
    assert [(event.key.row, event.reason) for event in lived.of(happened.TimerEnded)] == [(first, "anchor")]
    assert by_row(lived) == {first: moscow("2026-03-10 12:00"), second: moscow("2026-03-11 12:00")}


@pytest.mark.parametrize("keep", [False, True], ids=["of the visit", "kept"])
def test_what_a_change_costs_grows_with_the_rows_and_not_faster(keep):
    def calls(rows):
        lived = timed_story(replace(LESSON, keep=keep), stages=PLAIN)
        for _ in range(rows):
            key = lesson(lived, "2026-03-10 12:00")
        if keep:
            lived.do(MoveDeal(to="proposal"))
        before = (lived.workspace, lived.facts, PutRow(collection="lessons", values={"topic": "x"}, key=key))
        moment = Moment(
            now=lived.now, actor="anna", source="test", occurred_at=lived.now, stream=DEAL, chain=Chain("t"), number=1
        )
        found = cProfile.Profile()
        step = found.runcall(decide, *before, moment)
        assert isinstance(step, Step)
        assert len(lived.deal.timers) == rows
        return pstats.Stats(found).total_calls

    small, large = calls(20), calls(80)
    assert large < 5 * small


def test_a_row_that_is_removed_takes_its_timer_along():
    lived = timed_story(LESSON)
    first, second = lesson(lived, "2026-03-10 12:00"), lesson(lived, "2026-03-12 12:00")
    lived.do(RemoveRow(collection="lessons", key=first))
    assert [(event.key.row, event.reason) for event in lived.of(happened.TimerEnded)] == [(first, "row")]
    assert set(by_row(lived)) == {second}


def test_a_row_without_the_moment_waits_for_nothing():
    lived = timed_story(LESSON)
    lesson(lived, None, topic="grammar")
    assert by_row(lived) == {}


def test_the_condition_reads_the_row_before_the_deal():
    event = timed("x", stages="needs", after="1 day", anchor="starts_at", each="lessons", condition="not held", do=TELL)
    lived = timed_story(event)
    held = lesson(lived, "2026-03-03 12:00", held=True)
    missed = lesson(lived, "2026-03-03 12:00", held=False)
    lived.advance("2026-03-05 10:00")
    ends = {each.key.row: each.result for each in lived.happened if type(each) is happened.TimerEnded}
    assert ends == {held: "skipped", missed: "fired"}


def test_rows_that_were_there_are_armed_when_the_stage_is_entered():
    lived = timed_story(
        timed("x", stages="proposal", after="1 day", anchor="starts_at", each="lessons"), at="2026-03-02 10:00"
    )
    key = lesson(lived, "2026-03-10 12:00")
    assert by_row(lived) == {}
    lived.move("proposal")
    assert by_row(lived) == {key: moscow("2026-03-11 12:00")}


def test_each_row_counts_its_own_firings():
    event = timed("x", stages="needs", every="1 day", anchor="starts_at", each="lessons", at_most=2, do=TELL)
    lived = timed_story(event)
    lesson(lived, "2026-03-03 12:00")
    lesson(lived, "2026-03-04 12:00")
    assert lived.advance("2026-03-20 10:00") == ["x"] * 4
    assert by_row(lived) == {}


def test_a_release_brings_rows_a_timer_and_takes_it_again():
    lived = timed_story(timed("x", stages="needs", after="9 days"))
    key = lesson(lived, "2026-03-10 12:00")
    under(lived, LESSON)
    assert by_row(lived) == {key: moscow("2026-03-09 12:00")}
    under(lived, release="e" * 16)
    assert by_row(lived) == {}
    assert timers_ended(lived)[-1] == ("remind", "cancelled", "release", "1 day")


def test_an_action_cancels_the_timers_of_all_rows():
    lived = timed_story(LESSON, timed("stop", stages="needs", after="1 day", do=(CancelAction(event="remind"),)))
    lesson(lived, "2026-03-10 12:00")
    lesson(lived, "2026-03-12 12:00")
    lived.advance("2026-03-04 10:00")
    assert by_row(lived) == {}


# Kept


def test_what_is_kept_outlives_the_visit_and_fires_elsewhere():
    lived = timed_story(timed("x", stages="needs", after="5 days", keep=True, do=TELL))
    lived.move("proposal")
    assert lived.waiting() == {"x 5 days": moscow("2026-03-07 10:00")}
    lived.move("won")
    assert lived.advance("2026-03-10 10:00") == ["x"]
    assert len(lived.of(happened.EffectRequested)) == 1


def test_a_later_visit_arms_anew_what_was_kept():
    lived = timed_story(timed("x", stages="needs", after="5 days", keep=True, do=TELL))
    lived.advance("2026-03-03 10:00")
    lived.move("proposal")
    lived.advance("2026-03-04 10:00")
    lived.move("needs")
    assert lived.waiting() == {"x 5 days": moscow("2026-03-09 10:00")}
    assert timers_ended(lived) == [("x", "cancelled", "again", "5 days")]


def test_a_changed_anchor_moves_what_is_kept():
    lived = timed_story(timed("x", stages="needs", before="1 day", anchor="deadline", keep=True, do=TELL))
    lived.fields(deadline="2026-03-10")
    lived.move("proposal")
    lived.fields(deadline="2026-03-20")
    assert lived.waiting() == {"x 1 day": moscow("2026-03-19 09:00")}
    assert lived.advance("2026-03-30 10:00") == ["x"]


def test_what_had_not_been_waiting_is_not_kept():
    lived = timed_story(timed("x", stages="needs", before="1 day", anchor="deadline", keep=True, do=TELL))
    lived.move("proposal")
    lived.fields(deadline="2026-03-20")
    assert lived.waiting() == {}


def test_a_kept_recurrence_goes_on_and_its_firings_are_counted():
    lived = timed_story(timed("x", stages="needs", every="1 day", keep=True, at_most=3, do=TELL))
    lived.advance("2026-03-03 12:00")
    lived.move("proposal")
    assert lived.advance("2026-03-20 10:00") == ["x", "x"]
    assert lived.waiting() == {}


def test_a_kept_row_follows_its_row():
    event = timed("x", stages="needs", before="1 day", anchor="starts_at", each="lessons", keep=True, do=TELL)
    lived = timed_story(event)
    first, second = lesson(lived, "2026-03-10 12:00"), lesson(lived, "2026-03-12 12:00")
    lived.move("proposal")
    lesson(lived, "2026-03-11 12:00", key=first)
    lived.do(RemoveRow(collection="lessons", key=second))
    assert by_row(lived) == {first: moscow("2026-03-10 12:00")}
    assert timers_ended(lived)[-1] == ("x", "cancelled", "row", "1 day")


@pytest.mark.parametrize(
    ("event", "due"),
    [
        (timed("x", stages="needs", after="5 days", keep=True), "2026-03-07 10:00"),
        (timed("x", stages="needs", after="7 days", keep=True), "2026-03-09 10:00"),
        (timed("x", stages="needs", after="5 days"), None),
    ],
    ids=["unchanged", "moved", "kept no more"],
)
def test_a_release_takes_over_what_is_kept(event, due):
    lived = timed_story(timed("x", stages="needs", after="5 days", keep=True))
    lived.move("proposal")
    under(lived, event)
    assert [*lived.waiting().values()] == ([moscow(due)] if due else [])


def test_another_stage_may_go_and_what_is_kept_stays():
    stages = (*PLAIN, stage("contract"))
    lived = timed_story(timed("x", stages="needs", after="5 days", keep=True), stages=stages)
    lived.move("proposal")
    under(lived, timed("x", stages="needs", after="5 days", keep=True), stages=stages)
    lived.move("contract")
    assert lived.waiting() == {"x 5 days": moscow("2026-03-07 10:00")}


# Back-filling


def test_a_release_fires_nothing_of_the_past_unless_it_says_so():
    for backfill, fired in ((False, []), (True, ["x"])):
        lived = timed_story(timed("y", stages="needs", after="90 days"))
        lived.advance("2026-03-10 10:00")
        under(lived, timed("x", stages="needs", after="2 days, 30 days", backfill=backfill, do=TELL))
        assert lived.advance("2026-03-10 10:01") == fired
        ended = [] if backfill else [("x", "skipped", "before release", "2 days")]
        assert [each for each in timers_ended(lived, result="skipped") if each[0] == "x"] == ended


def test_a_back_filled_recurrence_fires_once_for_what_is_past():
    lived = timed_story(timed("y", stages="needs", after="90 days"))
    lived.advance("2026-03-10 12:00")
    under(lived, timed("x", stages="needs", every="1 day", backfill=True, do=TELL))
    assert lived.advance("2026-03-10 12:01") == ["x"]
    assert lived.waiting()["x 1 day"] == moscow("2026-03-11 10:00")


@pytest.mark.parametrize(("rhythm", "text"), [({"after": "2 days"}, "2 days"), ({"every": "1 day"}, "1 day")])
def test_what_is_back_filled_waits_for_its_window_whatever_is_changed_meanwhile(rhythm, text):
    lived = timed_story(timed("y", stages="needs", after="90 days"))
    lived.advance("2026-03-10 08:00")
    event = {"stages": "needs", "window": "10:00-18:00", "backfill": True, "zone": "contact", "do": TELL} | rhythm
    under(lived, timed("x", **event))
    opening = moscow("2026-03-10 10:00")
    assert lived.waiting()[f"x {text}"] == opening
    lived.fields(amount=5)
    under(lived, timed("x", **event), timed("y", stages="needs", after="80 days"))
    assert lived.waiting()[f"x {text}"] == opening
    under(lived, timed("x", **event | {"window": "12:00-18:00"}))
    assert lived.advance("2026-03-10 11:59") == []
    assert lived.advance("2026-03-10 12:01") == ["x"]


def test_the_entry_of_a_stage_back_fills_nothing():
    lived = timed_story(timed("x", stages="needs", before="10 days", anchor="deadline", backfill=True, do=TELL))
    lived.fields(deadline="2026-03-05")
    assert timers_ended(lived) == [("x", "skipped", "already due", "10 days")]
