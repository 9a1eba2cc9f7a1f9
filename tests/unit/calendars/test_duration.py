"""Durations as written."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voronka.calendars import Duration, DurationError, Unit


@pytest.mark.parametrize(
    ("text", "count", "unit", "canonical"),
    [
        ("90 minutes", 90, Unit.MINUTES, "90 minutes"),
        ("1 minute", 1, Unit.MINUTES, "1 minute"),
        ("1 days", 1, Unit.DAYS, "1 day"),
        ("2 day", 2, Unit.DAYS, "2 days"),
        ("3 working days", 3, Unit.WORKING_DAYS, "3 working days"),
        (" 1  working  hour ", 1, Unit.WORKING_HOURS, "1 working hour"),
        ("2 weeks", 2, Unit.WEEKS, "2 weeks"),
        ("1 month", 1, Unit.MONTHS, "1 month"),
        ("0 minutes", 0, Unit.MINUTES, "0 minutes"),
        ("007 days", 7, Unit.DAYS, "7 days"),
    ],
)
def test_what_is_read(text, count, unit, canonical):
    duration = Duration.parse(text)
    assert duration == Duration(count, unit)
    assert str(duration) == canonical


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2",
        "days",
        "two days",
        "-1 day",
        "1.5 days",
        "2 working weeks",
        "2 working minutes",
        "2 years",
        "2days",
        "2\N{NO-BREAK SPACE}days",
        "２ days",
        "2 days\n",
        "36526 days",
        "999999999 minutes",
        "9" * 40 + " days",
    ],
)
def test_what_is_refused(text):
    with pytest.raises(DurationError) as refusal:
        Duration.parse(text)
    assert refusal.value.reason.render()
    assert refusal.value.remedy.render()


@given(st.sampled_from(Unit), st.integers(0, 1200))
def test_the_canonical_text_reads_back(unit, count):
    assert Duration.parse(str(Duration(count, unit))) == Duration(count, unit)


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text):
    with suppress(DurationError):
        assert Duration.parse(text).count >= 0


def test_a_count_below_zero_is_refused():
    with pytest.raises(DurationError):
        Duration(-1, Unit.DAYS)


def test_only_units_of_dates_take_a_time_of_day():
    assert [unit for unit in Unit if unit.dated] == [Unit.DAYS, Unit.WEEKS, Unit.MONTHS, Unit.WORKING_DAYS]


@pytest.mark.parametrize(
    ("duration", "english"),
    [(Duration(1, Unit.WORKING_DAYS), "1 working day"), (Duration(5, Unit.HOURS), "5 hours")],
)
def test_the_sentence_of_a_duration(duration, english):
    assert duration.sentence().render("en") == english
