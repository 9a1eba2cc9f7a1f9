"""What an import writes into a deal: its own times, the timers it arms, and what may be taken back."""

import pytest

from tests.unit.process.builders import (
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
from voronka.definition.funnels import Trigger
from voronka.process import commands as asked
from voronka.process import events as happened

ROWS = (
    asked.HistoryRow(
        key="1", at=moscow("2025-01-10 10:00"), interaction={"kind": "call", "direction": "in"}, user="oleg"
    ),
    asked.HistoryRow(key="2", at=moscow("2025-01-12 10:00"), stage="proposal", set={"amount": 100}),
    asked.HistoryRow(key="3", at=moscow("2025-02-01 10:00"), stage="won"),
)
GATED = simple(
    stage("needs", leave={"require": "need"}),
    stage("proposal", enter={"require": "amount", "condition": "score > 1"}),
    *outcomes(),
    timers=(timed("x", stages="proposal", after="30 days, 900 days"),),
    ways=(way("proposal", "won", "auto", trigger=Trigger.AUTO, when=when("amount > 0")),),
)


def imported(rows, definition=GATED, **more):
    story = Story(definition)
    create = asked.CreateDeal(funnel="react", import_id="i1", keys=(("react", "77"),), **more)
    story.do(asked.ImportHistory(import_id="i1", rows=rows, create=create), actor="import:i1")
    return story


def test_history_takes_its_own_times_and_counts_what_the_gates_would_have_said():
    story = imported(ROWS)
    deal = story.deal
    assert (deal.created_at, deal.stage, deal.closed_at) == (ROWS[0].at, "won", ROWS[2].at)
    (closing,) = story.of(happened.HistoryImported)
    assert closing.rows == 3
    assert closing.violations == {"needs.leave.require.need": 1, "proposal.enter.when": 1}
    assert story.of(happened.TimerArmed) == story.of(happened.EffectRequested) == []
    assert story.of(happened.InteractionLogged)[0].values["user"] == "oleg"


def test_an_open_imported_deal_arms_only_the_future():
    story = imported(ROWS[:2])
    assert story.deal.stage == "proposal"
    assert set(story.waiting()) == {"x 900 days"}
    (skipped,) = story.of(happened.TimerEnded)
    assert (skipped.result, skipped.reason) == ("skipped", "before import")


FIRST = simple(
    stage("needs"),
    stage("proposal"),
    *outcomes(),
    timers=(
        timed("entered", stages="needs", after="40 days"),
        timed("born", stages="needs", after="400 days", anchor="event deal.created"),
    ),
)


@pytest.mark.parametrize(
    ("stage_name", "opened", "since", "waiting"),
    [
        ("needs", "2025-12-01 10:00", "2026-02-20 10:00", {"entered 40 days": "2026-04-01 10:00"}),
        ("needs", "2025-12-01 10:00", "2025-12-01 10:00", {}),
        (None, "2025-12-01 10:00", "2026-02-20 10:00", {}),
    ],
)
def test_a_deal_opened_in_its_first_stage_stands_there_since_the_row_says(stage_name, opened, since, waiting):
    story = Story(FIRST)
    row = asked.HistoryRow(key="1", at=moscow(since), stage=stage_name, set={"amount": 5})
    create = asked.CreateDeal(funnel="react", import_id="i1", keys=(("react", "77"),))
    story.do(asked.ImportHistory(import_id="i1", rows=(row,), create=create), actor="import:i1", occurred=opened)
    came = since if waiting else opened
    assert (story.deal.created_at, story.deal.entered_at) == (moscow(opened), moscow(came))
    due = {name: moscow(at) for name, at in waiting.items()}
    assert story.waiting() == {**due, "born 400 days": moscow("2027-01-05 10:00")}


def talk(key, at):
    return asked.HistoryRow(key=key, at=moscow(at), interaction={"kind": "call", "direction": "out"})


EVENTFUL = simple(
    stage("needs"),
    stage("proposal"),
    *outcomes(),
    timers=(
        timed("born", stages="needs", after="500 days", anchor="event deal.created"),
        timed("entered", stages="needs proposal", after="500 days", anchor="event stage.entered"),
        timed("talked", stages="needs proposal won", after="500 days, 1 day", anchor="event interaction.logged"),
        timed("ticked", stages="needs", after="500 days", anchor="event checklist.ticked"),
    ),
)


def test_an_open_imported_deal_arms_what_counts_from_the_events_of_its_import():
    story = imported((talk("1", "2025-01-10 10:00"), talk("2", "2025-02-01 10:00")), EVENTFUL)
    assert story.waiting() == {
        "born 500 days": moscow("2026-05-25 10:00"),
        "entered 500 days": moscow("2026-05-25 10:00"),
        "talked 500 days": moscow("2026-06-16 10:00"),
    }
    (skipped,) = story.of(happened.TimerEnded)
    assert (skipped.offset, skipped.result, skipped.reason) == ("1 day", "skipped", "before import")


def test_only_what_happened_in_the_last_visit_of_an_import_is_an_anchor():
    rows = (talk("1", "2025-01-10 10:00"), asked.HistoryRow(key="2", at=moscow("2025-02-01 10:00"), stage="proposal"))
    story = imported(rows, EVENTFUL)
    assert story.waiting() == {"entered 500 days": moscow("2026-06-16 10:00")}
    closed = imported((*rows, asked.HistoryRow(key="3", at=moscow("2025-03-01 10:00"), stage="won")), EVENTFUL)
    assert closed.waiting() == {}


def test_an_import_into_a_deal_that_is_there_moves_what_counts_from_its_events():
    story = Story(EVENTFUL)
    story.open()
    story.do(asked.ImportHistory(import_id="i1", rows=(talk("1", "2026-03-01 10:00"),)), actor="import:i1")
    assert story.waiting()["talked 500 days"] == moscow("2027-07-14 10:00")
    story.do(asked.ImportHistory(import_id="i1", rows=(talk("2", "2026-02-01 10:00"),)), actor="import:i1")
    assert story.waiting()["talked 500 days"] == moscow("2027-07-14 10:00")


def test_rows_that_cannot_stand_refuse_the_past_and_each_is_named():
    rows = (
        *ROWS[:2],
        asked.HistoryRow(key="4", at=moscow("2025-01-20 10:00"), stage="nowhere"),
        asked.HistoryRow(key="5", at=moscow("2025-01-21 10:00"), set={"amount": "x"}),
    )
    story = Story(GATED)
    create = asked.CreateDeal(funnel="react", import_id="i1", keys=(("react", "77"),))
    step = story.do(asked.ImportHistory(import_id="i1", rows=rows, create=create), actor="import:i1")
    assert [failure.gate for failure in step.refusal.failures] == ["4:stage", "5:set.amount"]
    assert step.events == ()


def test_a_row_older_than_the_stage_is_refused_but_for_what_was_said():
    story = imported(ROWS[:2])
    old = asked.ImportHistory(import_id="i1", rows=(asked.HistoryRow(key="6", at=5, stage="needs"),))
    assert [failure.gate for failure in story.do(old, actor="import:i1").refusal.failures] == ["6:stage"]
    late = asked.HistoryRow(key="7", at=6, interaction={"kind": "call"})
    story.do(asked.ImportHistory(import_id="i1", rows=(late,)), actor="import:i1")
    assert story.of(happened.InteractionLogged)


def take(story, rows, create=None):
    """Import the rows that can stand, and return the keys of the others."""
    command = asked.ImportHistory(import_id="i1", rows=tuple(rows), create=create)
    step = story.do(command, actor="import:i1")
    refused = {} if step.refusal is None else {failure.gate.split(":")[0] for failure in step.refusal.failures}
    if refused and (rest := [row for row in rows if row.key not in refused]):
        take(story, rest, create)
    return [*refused]


def test_a_row_older_than_the_stage_sets_nothing():
    story = imported(ROWS[:2])
    rows = (
        asked.HistoryRow(key="4", at=moscow("2025-01-11 10:00"), set={"amount": 7}),
        asked.HistoryRow(key="5", at=moscow("2025-01-11 10:00"), set={"amount": 100}, interaction={"kind": "call"}),
        asked.HistoryRow(key="6", at=moscow("2025-01-13 10:00"), set={"amount": 9}),
    )
    assert take(story, rows) == ["4"]
    assert story.deal.fields["amount"] == 9


@pytest.mark.parametrize("together", [1, 2, 3, 6])
def test_what_is_refused_does_not_depend_on_which_rows_come_together(together):
    days = (10, 14, 12, 15, 13, 20)
    stages = ("needs", "proposal", "needs", None, "won", "won")
    rows = [
        asked.HistoryRow(key=str(n), at=moscow(f"2025-01-{day} 10:00"), stage=to, set={"score": day})
        for n, (day, to) in enumerate(zip(days, stages, strict=True))
    ]
    story = Story(GATED)
    create = asked.CreateDeal(funnel="react", import_id="i1", keys=(("react", "77"),))
    left_out = take(story, rows[:together], create)
    for start in range(together, len(rows), together):
        left_out += take(story, rows[start : start + together])
    assert sorted(left_out) == ["2", "4"]
    assert (story.deal.created_at, story.deal.stage, story.deal.fields["score"]) == (rows[0].at, "won", 20)


def test_a_row_that_selects_another_case_brings_its_timers():
    timers = {case: timed(case, stages="needs", after="500 days") for case in ("base", "solution")}
    base = variant(stage("needs"), timers=(timers["base"],))
    case = variant(stage("needs"), case="solution", timers=(timers["solution"],))
    told = asked.HistoryRow(key="2", at=moscow("2025-01-11 10:00"), set={"seller_role": "solution"})
    for rows in ((ROWS[0],), (ROWS[0], told)):
        story = imported(rows, workspace(funnel(base, case, by="seller_role")))
        if len(rows) == 1:
            assert set(story.waiting()) == {"base 500 days"}
            story.do(asked.ImportHistory(import_id="i1", rows=(told,)), actor="import:i1")
        assert set(story.waiting()) == {"solution 500 days"}


LASTING = simple(
    stage("needs"),
    stage("proposal"),
    *outcomes(),
    timers=(
        timed("dated", stages="proposal", before="3 days", anchor="deadline", keep=True),
        timed("entered", stages="proposal", after="500 days", keep=True),
        timed("talked", stages="proposal", after="500 days", anchor="event interaction.logged", keep=True),
        timed("left", stages="proposal", after="900 days"),
    ),
)
PASSING = (
    asked.HistoryRow(key="1", at=moscow("2026-01-10 10:00"), stage="proposal", set={"deadline": "2026-06-20"}),
    talk("2", "2026-01-11 10:00"),
    asked.HistoryRow(key="3", at=moscow("2026-01-12 10:00"), stage="needs"),
    asked.HistoryRow(key="4", at=moscow("2026-01-13 10:00"), set={"deadline": "2026-08-20"}),
    talk("5", "2026-01-14 10:00"),
    asked.HistoryRow(key="6", at=moscow("2026-01-15 10:00"), stage="won"),
)


@pytest.mark.parametrize("together", [1, 2, 3, 4, 5, 6])
def test_what_outlives_its_visit_is_kept_however_many_rows_come_together(together):
    story = Story(LASTING)
    create = asked.CreateDeal(funnel="react", import_id="i1", keys=(("react", "77"),))
    for start in range(0, len(PASSING), together):
        assert take(story, PASSING[start : start + together], create) == []
    assert story.waiting() == {
        "dated 3 days": moscow("2026-08-17 09:00"),
        "entered 500 days": moscow("2027-05-25 10:00"),
        "talked 500 days": moscow("2027-05-29 10:00"),
    }


@pytest.mark.parametrize("to", [None, "won"])
def test_a_row_of_the_past_moves_what_is_kept_of_an_earlier_visit(to):
    story = Story(LASTING)
    story.open(fields={"deadline": "2026-06-20"})
    story.move("proposal")
    story.move("needs")
    assert story.waiting()["dated 3 days"] == moscow("2026-06-17 09:00")
    row = asked.HistoryRow(key="1", at=story.deal.entered_at, stage=to, set={"deadline": "2026-08-20"})
    story.do(asked.ImportHistory(import_id="i1", rows=(row,)), actor="import:i1")
    assert story.waiting()["dated 3 days"] == moscow("2026-08-17 09:00")


def test_an_untouched_imported_deal_can_be_hidden():
    story = imported(ROWS[:2])
    story.do(asked.ApplyRelease(), actor="release")
    story.do(asked.HideDeal(import_id="i1"), actor="import:i1")
    assert story.deal.hidden
    assert story.deal.timers == {}
    assert story.fields(need="x").refusal.code == "hidden_deal"
    assert story.do(asked.ApplyRelease()).events == ()


@pytest.mark.parametrize("import_id", ["i1", "i2"])
def test_a_deal_changed_since_the_import_is_kept(import_id):
    story = imported(ROWS[:1])
    if import_id == "i1":
        story.fields(need="x")
    step = story.do(asked.HideDeal(import_id=import_id))
    assert step.refusal.code == "changed_since_import"
    assert not story.deal.hidden


# Accounts, contacts, the workspace
