"""Nothing is told to have happened before what it follows."""

from dataclasses import replace

import pytest

from tests.unit.process.builders import DEAL, Story, item, moscow, outcomes, simple, stage
from voronka.process import commands as asked
from voronka.process import events as happened
from voronka.process.commands import Chain
from voronka.process.decide import decide
from voronka.process.step import Facts, Moment, Need

BASIC = simple(
    stage("needs", leave={"checklist": {"seen": item("seen", evidence="text")}}), stage("proposal"), *outcomes()
)


def opened():
    story = Story(BASIC)
    story.open()
    return story


MINUTE = 60_000_000


@pytest.mark.parametrize("import_id", [None, "events-1"], ids=["told", "row of a live import"])
@pytest.mark.parametrize(
    ("command", "at", "refused"),
    [
        (asked.MoveDeal(to="proposal"), 29, True),
        (asked.MoveDeal(to="proposal"), 30, False),
        (asked.SetFields(values={"amount": 5}), 9, True),
        (asked.SetFields(values={"amount": 5}), 10, False),
        (asked.LogInteraction(values={"kind": "call"}), 9, True),
        (asked.LogInteraction(values={"kind": "call"}), 20, False),
        (asked.TickItem(item="seen", evidence="x"), 9, True),
        (asked.PutRow(collection="remarks", values={"text": "a"}), 9, True),
    ],
)
def test_nothing_happens_before_the_deal_and_no_move_before_its_stage(command, at, refused, import_id):
    state = opened().deal
    facts = Facts(
        deal=replace(state, created_at=10 * MINUTE + 5, entered_at=30 * MINUTE + 5),
        rows={(DEAL, "remarks"): {}, (DEAL, "tco"): {}},
    )
    moment = Moment(
        now=99 * MINUTE,
        actor="anna",
        source="test",
        occurred_at=at * MINUTE,
        stream=DEAL,
        chain=Chain("t"),
        import_id=import_id,
    )
    step = decide(BASIC, facts, command, moment)
    assert isinstance(step, Need) or (step.refusal is not None and step.refusal.code == "too_early") is refused
    if refused:
        assert step.refusal.failures[0].unblock.render("ru").startswith("Укажите 01.01.1970 ")


@pytest.mark.parametrize(
    ("command", "chain"),
    [
        (asked.SetFields(values={"amount": 5}), Chain("t", 1, ("erp.export",))),
        (asked.LogInteraction(values={"kind": "erp"}), Chain("t", 1, ("erp.export",))),
        (asked.RecordDelivery(effect="1.1", sent=True, channel="email", recipient="user:anna"), Chain("t")),
    ],
)
def test_what_came_back_under_a_clock_that_was_set_back_is_taken(command, chain):
    story = opened()
    step = story.do(command, at="2026-03-02 11:00", occurred="2026-03-02 09:00", chain=chain)
    assert step.refusal is None
    assert step.events


def test_a_contact_written_down_later_keeps_its_own_time():
    story = opened()
    story.do(asked.TickItem(item="seen", evidence="x"), at="2026-03-04 09:00")
    story.do(asked.MoveDeal(to="proposal"), at="2026-03-04 09:00")
    story.do(
        asked.LogInteraction(values={"kind": "call", "direction": "in"}),
        at="2026-03-05 10:00",
        occurred="2026-03-03 09:00",
    )
    assert story.of(happened.InteractionLogged)[0].at == moscow("2026-03-03 09:00")
    assert story.deal.replied is False


@pytest.mark.parametrize(
    ("at", "occurred", "counts"),
    [
        ("2026-03-04 12:00", "2026-03-04 09:05", True),
        ("2026-03-04 12:00", "2026-03-04 09:04", False),
        ("2026-03-04 12:00", "2026-03-04 09:05:10", False),
        ("2026-03-04 08:00", None, True),
        ("2026-03-04 08:00", "2026-03-04 07:00", True),
    ],
    ids=[
        "the minute of the entry",
        "the minute before",
        "a second before",
        "a clock set back",
        "earlier by a clock set back",
    ],
)
def test_a_contact_counts_for_the_stage_from_the_minute_of_the_entry_on(at, occurred, counts):
    story = opened()
    story.do(asked.TickItem(item="seen", evidence="x"), at="2026-03-04 09:00")
    story.do(asked.MoveDeal(to="proposal"), at="2026-03-04 09:05:30")
    for direction in ("in", "out"):
        call = asked.LogInteraction(values={"kind": "call", "direction": direction})
        assert story.do(call, at=at, occurred=occurred).refusal is None
    assert (story.deal.replied, story.deal.contacted) == (counts, counts)
