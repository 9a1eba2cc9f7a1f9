"""A value that is given holds, or it is refused: none is lost because of the time at which it was told."""

from dataclasses import replace

import pytest

from tests.unit.process.builders import (
    ACCOUNT,
    ACCOUNT_FIELDS,
    DEAL_FIELDS,
    Story,
    funnel,
    moscow,
    outcomes,
    stage,
    variant,
    workspace,
)
from voronka.calendars import Duration
from voronka.definition.actions import SetAction
from voronka.definition.fields import Subject
from voronka.definition.sources import DataClass, DataSource, Merge
from voronka.messages import Label
from voronka.process import events as happened
from voronka.process.commands import Chain, MoveDeal, Origin, SetFields, SetParty
from voronka.process.decide import decide
from voronka.process.provenance import Telling
from voronka.process.state import Observation, PartyState
from voronka.process.step import Facts, Moment

TTL = Duration.parse("90 days")
FIELDS = {
    Subject.DEALS: {**DEAL_FIELDS, "need": replace(DEAL_FIELDS["need"], ttl=TTL)},
    Subject.ACCOUNTS: {
        **ACCOUNT_FIELDS,
        "turnover": replace(ACCOUNT_FIELDS["turnover"], sources=("erp", "talk"), merge=Merge.LATEST),
    },
}
STAGES = (
    stage("needs"),
    stage("proposal", enter={"require": "need"}),
    stage("contract", enter={"do": (SetAction(values={"need": "signed"}),)}),
    *outcomes(),
)
SOURCES = {
    name: DataSource(name=name, label=Label.plain(name), data_class=DataClass.CLIENT) for name in ("erp", "talk")
}
FOLLOWED = replace(workspace(funnel(variant(*STAGES)), fields=FIELDS), data_sources=SOURCES)
ANSWER = Chain("t", 1, ("erp.export",))


def told():
    """Return a deal opened at ten, of which the need was told at 11:05:30.5."""
    story = Story(FOLLOWED)
    story.open()
    story.do(SetFields(values={"need": "a"}), at="2026-03-02 11:05:30.5")
    return story


@pytest.mark.parametrize(
    ("at", "occurred", "chain", "given", "need"),
    [
        ("12:00", "11:05", None, "b", "b"),  # people write times to the minute
        ("12:00", "11:05:30", None, "b", "b"),  # and systems to the second
        ("12:00", "11:04", None, "a", "a"),  # it says what holds
        ("10:30", None, None, "b", "b"),  # the clock was set back
        ("10:30", None, None, None, None),
        ("10:30", "10:20", None, "b", "b"),
        ("10:30", "10:29", ANSWER, "b", "b"),
        ("12:00", "11:04", ANSWER, "b", "a"),  # an answer is as old as it is
    ],
)
def test_a_value_counts_as_told_after_what_was_told_before(at, occurred, chain, given, need):
    story = told()
    occurred = occurred and f"2026-03-02 {occurred}"
    command = SetFields(values={"need": given, "amount": 7})
    assert story.do(command, at=f"2026-03-02 {at}", occurred=occurred, chain=chain).refusal is None
    assert (story.deal.fields.get("need"), story.deal.fields["amount"]) == (need, 7)
    if need == "b":
        assert story.deal.known_at["need"] == moscow("2026-03-02 11:05:30.5")


@pytest.mark.parametrize("occurred", ["11:04", "11:05:29"])
@pytest.mark.parametrize(
    "command", [SetFields(values={"need": "b", "amount": 7}), MoveDeal(to="proposal", set={"need": "b"})]
)
def test_a_value_that_is_older_is_refused_and_told_from_when_on_it_would_hold(command, occurred):
    story = told()
    story.do(command, at="2026-03-02 12:00", occurred=f"2026-03-02 {occurred}")
    assert (story.gates(), story.deal.fields) == (["set.need"], {"need": "a"})
    assert story.step.refusal.failures[0].unblock.render("en").startswith("Give 2026-03-02 11:05 ")


def test_a_row_of_an_import_that_is_older_changes_nothing_but_what_else_it_tells():
    story = told()
    command = SetFields(values={"need": "b", "amount": 7})
    assert story.do(command, at="2026-03-02 12:00", occurred="2026-03-02 11:04", import_id="live-1").refusal is None
    assert story.deal.fields == {"need": "a", "amount": 7}


def test_a_move_takes_its_values_under_a_clock_that_was_set_back():
    story = told()
    assert story.do(MoveDeal(to="proposal", set={"need": "b"}), at="2026-03-02 10:30").refusal is None
    assert (story.deal.stage, story.deal.fields["need"]) == ("proposal", "b")


def test_what_a_stage_sets_holds_also_after_a_move_that_is_told_late():
    story = told()
    story.do(MoveDeal(to="proposal"), at="2026-03-02 12:00", occurred="2026-03-02 11:00")
    story.do(MoveDeal(to="contract"), at="2026-03-02 12:00", occurred="2026-03-02 11:01")
    assert story.deal.fields["need"] == "signed"


def account(*words):
    """Return an account after words at these times, each of a source with a value, all of them taken."""
    party = PartyState(stream=ACCOUNT, seq=1, release="", created_at=0)
    for at, source, value in words:
        now = moscow(f"2026-03-02 {at}")
        moment = Moment(now=now, actor="anna", source="test", occurred_at=now, stream=ACCOUNT, chain=Chain("t"))
        command = SetParty(values={"turnover": value, "contract_until": "2026-09-01"}, origin=Origin(source))
        step = decide(FOLLOWED, Facts(parties={ACCOUNT: party}), command, moment)
        assert step.refusal is None
        party = step.state
    return party


@pytest.mark.parametrize(
    ("words", "turnover"),
    [
        ([("12:00", "erp", 5), ("10:00", "erp", 6)], 6),
        ([("12:00", "erp", 5), ("10:00", "erp", None)], None),
        ([("12:00", "erp", 5), ("10:00", "talk", 6)], 6),
        ([("12:00", "erp", 5), ("10:00", "talk", 6), ("10:01", "erp", 7), ("10:02", "talk", 8)], 8),
        ([("12:00", "erp", 5), ("10:00", "talk", 6), ("10:01", "", None)], None),
    ],
)
def test_the_newest_word_about_an_account_is_the_last_one_whatever_the_clock_said(words, turnover):
    assert account(*words).fields.get("turnover") == turnover


def test_what_else_is_told_keeps_its_own_time():
    story = told()
    story.do(SetFields(values={"need": "b", "score": 1}, origin=Origin("erp")), at="2026-03-02 10:30")
    story.do(SetFields(values={"need": "c", "score": 2}, origin=Origin("erp")), at="2026-03-02 10:31")
    assert [event.at for event in story.of(happened.ValuesObserved)] == [
        moscow("2026-03-02 11:05:30.5") + 1,
        moscow("2026-03-02 10:31"),
    ]


MINUTE = 60_000_000
SAID = [Observation("erp", 20 * MINUTE + 5, "anna", 1), Observation("talk", 30 * MINUTE, "anna", 2)]


@pytest.mark.parametrize(
    ("when", "source", "moment"),
    [
        (Telling(10 * MINUTE), "erp", None),
        (Telling(40 * MINUTE), "erp", 40 * MINUTE),
        (Telling(10 * MINUTE), "other", 10 * MINUTE),
        (Telling(20 * MINUTE, 50 * MINUTE), "erp", None),
        (Telling(20 * MINUTE, 50 * MINUTE, written=True), "erp", 20 * MINUTE + 5),
        (Telling(19 * MINUTE, 50 * MINUTE, written=True), "erp", None),
        (Telling(10 * MINUTE, 10 * MINUTE), "erp", 30 * MINUTE + 1),
        (Telling(10 * MINUTE, 25 * MINUTE), "erp", None),
        (Telling(10 * MINUTE, 25 * MINUTE), "talk", 30 * MINUTE),
        (Telling(25 * MINUTE, 25 * MINUTE), "erp", 30 * MINUTE + 1),
    ],
)
def test_what_a_clock_ahead_has_recorded_makes_nothing_older(when, source, moment):
    assert when.after(SAID, source) == moment
