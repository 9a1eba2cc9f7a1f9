"""Timed events from the file to the message: zones, windows, rows, quiet hours, and how `timers` tells of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from voronka.calendars import instant
from voronka.process.state import Stream, StreamKind
from voronka.testing import TestWorkspace, write_files

FILES = {
    "voronka.yaml": """\
workspace: school
locale: en
timezone: Europe/Moscow
currency: RUB
channels: {email: {via: file}}
quiet_hours: "21:00-09:00"
""",
    "configs/people/team.yaml": "roles: {seller: {label: Seller}}\npeople: {anna: {name: Anna, role: seller}}\n",
    "configs/fields/own.yaml": """\
set: own
collections:
  lessons:
    of: deals
    key: topic
    fields: {topic: {type: text}, starts_at: {type: datetime}, held: {type: bool}, room: {type: text, pii: true}}
""",
    "configs/templates/lesson.en.md": """\
---
subject: "{{ row.topic }}"
---
{{ row.topic }} begins at {{ row.starts_at }} in {{ row.room }}, {{ timed.offset }} from now.
""",
    "configs/templates/thanks.en.md": "---\nsubject: Thank you\n---\nThank you for deal {{ number }}.\n",
    "configs/funnels/course.yaml": """\
funnel: course
fields: [own]
stages:
  learning:
    why: analytics
    timed:
      remind:
        each: lessons
        before: 1 hour
        from: starts_at
        when: not coalesce(held, false)
        do: [{send: {channel: email, to: contact, template: lesson}}]
      thank:
        after: 3 hours
        keep: true
        window: "10:00-18:00"
        zone: contact
        do: [{send: {channel: email, to: contact, template: thanks}}]
""",
}


def moscow(text: str) -> int:
    return instant(datetime.fromisoformat(text), "Europe/Moscow")


@pytest.fixture
def school(tmp_path: Path) -> Iterator[TestWorkspace]:
    write_files(tmp_path, FILES)
    with TestWorkspace(tmp_path, start="2026-03-02 10:00", zone="Europe/Moscow") as workspace:
        workspace.execute(
            "contact.create", fields={"name": "Olga", "email": "olga@client.example", "zone": "Asia/Vladivostok"}
        )
        workspace.execute("deal.create", funnel="course", fields={"contact": "Olga", "owner": "anna"})
        yield workspace


def put_lesson(school: TestWorkspace, topic: str, starts_at: str, **more: str) -> None:
    values = {"topic": topic, "starts_at": starts_at, **more}
    assert school.execute("row.put", deal=1, collection="lessons", fields=values)["refusal"] is None


def test_a_message_tells_the_row_that_it_is_sent_for(school: TestWorkspace) -> None:
    put_lesson(school, "Verbs", "2026-03-03 12:00", room="12b")
    put_lesson(school, "Nouns", "2026-03-04 12:00")
    school.advance_to("2026-03-03 11:30")
    (text,) = (text for text in school.messages().values() if "Verbs" in text)
    assert "Verbs begins at" in text
    assert "12b" in text
    assert "Nouns" not in text


def test_what_is_told_of_a_row_stays_out_of_the_history(school: TestWorkspace) -> None:
    put_lesson(school, "Verbs", "2026-03-03 12:00", room="12b-secret")
    school.advance_to("2026-03-03 11:30")
    with school.client.engine.read() as reader:
        (deal,) = reader.list_deals()
        told = str([entry.events for entry in reader.history(Stream(StreamKind.DEAL, deal.id))])
    assert "Verbs" in told
    assert "12b-secret" not in told
    assert school.verify().damages == ()


def test_a_message_in_quiet_hours_leaves_when_they_end(school: TestWorkspace) -> None:
    put_lesson(school, "Verbs", "2026-03-02 18:30")  # half past one of the next day in Vladivostok
    school.advance_to("2026-03-02 17:00")
    assert [row["state"] for row in school.query("timers", all=True) if row["event"] == "remind"] == ["waiting"]
    school.advance_to("2026-03-02 18:00")
    told = [row for row in school.query("timers", all=True) if row["event"] == "remind"]
    assert [row["state"] for row in told] == ["fired"]
    assert not any("Verbs" in text for text in school.messages().values())  # it would come after the lesson


def test_what_is_kept_waits_for_its_window_and_leaves_after_the_deal_was_won(school: TestWorkspace) -> None:
    school.execute("deal.move", deal=1, to="won")
    (row,) = school.query("timers", deal=1)
    assert (row["planned"], row["due"]) == (moscow("2026-03-02 13:00"), moscow("2026-03-03 03:00"))
    school.advance_to("2026-03-03 03:01")
    assert any("Thank you for deal 1" in text for text in school.messages().values())
    assert school.verify().damages == ()


def test_how_the_timer_of_a_row_ended_is_told_in_words(school: TestWorkspace) -> None:
    put_lesson(school, "Verbs", "2026-03-03 12:00")
    school.execute("row.remove", deal=1, collection="lessons", key="Verbs")
    (row,) = (row for row in school.query("timers", deal=1, all=True) if row["event"] == "remind")
    assert (row["row"], row["state"], row["told"]["en"]) == ("Verbs", "cancelled", "its row was removed")
