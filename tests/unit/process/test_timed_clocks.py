"""Timed events by other clocks: zones, windows, quiet hours."""

from dataclasses import replace
from datetime import datetime

import pytest

from tests.unit.process.builders import (
    CONTACT,
    PEOPLE,
    PLAIN,
    TELL,
    Story,
    hours,
    moscow,
    simple,
    timed,
    timed_story,
    timers_ended,
)
from voronka.calendars import instant
from voronka.definition.actions import SendAction, TaskAction
from voronka.messages import Label
from voronka.process import events as happened
from voronka.process.commands import ApplyRelease, FactsChanged, FireTimer, SetFields
from voronka.process.state import PartyState

SEND = (SendAction(channel="email", to="contact", template="offer"),)


def there(text, zone="Asia/Vladivostok"):
    return instant(datetime.fromisoformat(text), zone)


def contact(zone=None):
    fields = {"zone": zone} if zone else {}
    return PartyState(stream=CONTACT, seq=1, release="", created_at=0, fields=fields)


def with_contact(*events, zone="Asia/Vladivostok", at="2026-03-02 10:00", quiet=None):
    definition = replace(simple(*PLAIN, timers=events), quiet_hours=quiet)
    lived = Story(definition, at=at, parties=(contact(zone),))
    lived.open(contact=CONTACT.id)
    return lived


# Zones


def test_the_time_of_day_is_the_contacts():
    lived = with_contact(timed("x", stages="needs", after="1 day", at="10:00", zone="contact"))
    assert lived.waiting() == {"x 1 day": there("2026-03-03 10:00")}


def test_the_date_is_the_one_that_the_contact_has_at_the_anchor():
    lived = with_contact(timed("x", stages="needs", after="1 day", at="10:00", zone="contact"), at="2026-03-02 20:00")
    assert lived.waiting() == {"x 1 day": there("2026-03-04 10:00")}  # there it is the 3rd already


@pytest.mark.parametrize("zone", ["contact", "account", "owner"])
def test_who_has_no_zone_goes_by_the_clocks_of_the_workspace(zone):
    lived = with_contact(timed("x", stages="needs", after="1 day", at="10:00", zone=zone), zone=None)
    assert lived.waiting() == {"x 1 day": moscow("2026-03-03 10:00")}


def test_a_date_field_means_that_date_by_the_clocks_of_the_zone():
    lived = with_contact(timed("x", stages="needs", before="1 day", anchor="deadline", zone="contact"))
    lived.fields(deadline="2026-03-20")
    assert lived.waiting() == {"x 1 day": there("2026-03-19 09:00")}


def test_what_comes_before_a_date_is_late_by_the_clocks_of_the_zone():
    event = timed("x", stages="needs", before="1 day", anchor="deadline", zone="contact", window="09:00-10:00")
    lived = with_contact(event)
    lived.fields(deadline="2026-03-20")
    lived.now = there("2026-03-20 09:00")  # three in the morning in Moscow
    lived.do(FireTimer(timer=next(iter(lived.deal.timers))))
    assert timers_ended(lived) == [("x", "skipped", "too late", "1 day")]


def test_another_zone_of_the_contact_moves_what_waits_and_fires_nothing_again():
    lived = with_contact(timed("x", stages="needs", after="1 day, 5 days", at="10:00", zone="contact", do=TELL))
    lived.advance("2026-03-04 12:00")
    lived.facts = replace(lived.facts, parties={CONTACT: contact("Asia/Omsk")})
    lived.do(FactsChanged(names=("contact.zone",), old={"contact.zone": "Asia/Vladivostok"}))
    assert lived.waiting() == {"x 5 days": there("2026-03-07 10:00", "Asia/Omsk")}
    assert timers_ended(lived) == [("x", "fired", "", "1 day"), ("x", "cancelled", "anchor", "5 days")]


def test_another_owner_moves_what_goes_by_the_owners_clocks():
    people = {**PEOPLE, "oleg": replace(PEOPLE["oleg"], zone="Asia/Omsk", label=Label.plain("Олег"))}
    lived = Story(
        replace(
            simple(*PLAIN, timers=(timed("x", stages="needs", after="2 days", at="10:00", zone="owner"),)),
            people=people,
        )
    )
    lived.open()
    assert lived.waiting() == {"x 2 days": moscow("2026-03-04 10:00")}
    lived.do(SetFields(values={"owner": "oleg"}))
    assert lived.waiting() == {"x 2 days": there("2026-03-04 10:00", "Asia/Omsk")}


# Windows


@pytest.mark.parametrize(
    ("window", "entered", "due"),
    [
        ("09:00-20:00", "2026-03-02 10:00", "2026-03-02 12:00"),
        ("09:00-20:00", "2026-03-02 07:00", "2026-03-02 09:00"),
        ("09:00-20:00", "2026-03-02 06:59", "2026-03-02 09:00"),
        ("09:00-20:00", "2026-03-02 18:00", "2026-03-03 09:00"),
        ("09:00-20:00", "2026-03-02 17:59", "2026-03-02 19:59"),
        ("22:00-06:00", "2026-03-02 21:00", "2026-03-02 23:00"),
        ("22:00-06:00", "2026-03-02 04:00", "2026-03-02 22:00"),
    ],
)
def test_a_firing_is_moved_into_the_window(window, entered, due):
    lived = timed_story(timed("x", stages="needs", after="2 hours", window=window), at=entered)
    assert lived.waiting() == {"x 2 hours": moscow(due)}


def test_the_next_period_counts_from_the_firing_as_moved():
    lived = timed_story(
        timed("x", stages="needs", every="5 hours", window="09:00-20:00", do=TELL), at="2026-03-02 10:00"
    )
    ticks = []
    for _ in range(5):
        (timer,) = lived.deal.timers.values()
        ticks.append(timer.due)
        lived.advance_to(timer.due)
    assert ticks == [
        moscow(each)
        for each in (
            "2026-03-02 15:00",
            "2026-03-03 09:00",  # 20:00 is no more in the window
            "2026-03-03 14:00",
            "2026-03-03 19:00",
            "2026-03-04 09:00",
        )
    ]


def test_a_pause_over_the_end_of_the_window_leaves_one_firing_at_its_next_beginning():
    lived = timed_story(
        timed("x", stages="needs", every="1 hour", window="09:00-20:00", do=TELL), at="2026-03-02 10:00"
    )
    lived.advance("2026-03-02 23:30", down=(moscow("2026-03-02 11:00"), moscow("2026-03-02 23:30")))
    assert lived.waiting() == {"x 1 hour": moscow("2026-03-03 09:00")}
    fired = [each for each in timers_ended(lived) if each[1] == "fired"]
    assert len(fired) == 1


def test_a_moved_recurrence_goes_on_where_it_stood_under_another_release():
    event = timed("x", stages="needs", every="5 hours", window="09:00-20:00", do=TELL)
    lived = timed_story(event)
    lived.advance("2026-03-03 10:00")
    waiting = lived.waiting()
    lived.workspace = replace(simple(*PLAIN, timers=(event,)), release="f" * 16)
    lived.do(ApplyRelease())
    assert lived.waiting() == waiting == {"x 5 hours": moscow("2026-03-03 14:00")}
    assert lived.of(happened.TimerEnded) == []


def test_a_message_before_a_date_that_the_window_moves_beyond_it_is_too_late():
    lived = timed_story(
        timed("x", stages="needs", before="2 hours", anchor="meeting_at", window="09:00-20:00", do=TELL)
    )
    lived.fields(meeting_at=moscow("2026-03-05 08:00"))
    assert lived.waiting() == {"x 2 hours": moscow("2026-03-05 09:00")}
    assert lived.advance("2026-03-06 10:00") == []
    assert timers_ended(lived) == [("x", "skipped", "too late", "2 hours")]


# Quiet hours


def test_in_quiet_hours_the_message_waits_and_the_decision_does_not():
    act = (*SEND, TaskAction(title=Label.plain("Call")), *TELL)
    lived = with_contact(timed("x", stages="needs", after="6 hours", do=act), quiet=hours("21:00-09:00"))
    assert lived.advance("2026-03-02 16:00") == ["x"]  # 23:00 in Vladivostok
    sent, told = lived.of(happened.EffectRequested)
    assert sent.not_before == there("2026-03-03 09:00")
    assert told.not_before is None
    assert len(lived.of(happened.TaskOpened)) == 1


def test_a_message_that_quiet_hours_would_delay_beyond_its_anchor_is_left_out():
    act = (*SEND, *TELL)
    event = timed("x", stages="needs", before="2 hours", anchor="meeting_at", do=act)
    lived = with_contact(event, quiet=hours("21:00-09:00"))
    lived.fields(meeting_at=there("2026-03-05 09:00"))
    assert lived.advance("2026-03-06 10:00") == ["x"]
    assert [event.template for event in lived.of(happened.EffectSkipped)] == ["offer"]
    assert [event.template for event in lived.of(happened.EffectRequested)] == ["tell"]


@pytest.mark.parametrize(
    ("rhythm", "before"), [({"before": "2 hours"}, "2026-03-05 12:00"), ({"after": "2 hours"}, None)]
)
def test_a_message_knows_from_when_on_it_would_come_too_late(rhythm, before):
    lived = with_contact(timed("x", stages="needs", anchor="meeting_at", do=(*SEND, *TELL), **rhythm))
    lived.fields(meeting_at=there("2026-03-05 12:00"))
    lived.advance("2026-03-06 10:00")
    asked = [event.before for event in lived.of(happened.EffectRequested)]
    assert asked == [before and there(before)] * 2
