"""What follows from a change by itself: automatic transitions, variants, chains and their limit."""

from dataclasses import replace
from itertools import pairwise

import pytest

from tests.unit.process.builders import (
    CONTACT,
    DEAL,
    Story,
    funnel,
    item,
    outcomes,
    simple,
    stage,
    timed,
    variant,
    way,
    when,
    workspace,
)
from voronka.definition.actions import MoveAction, OpenDealAction, SetAction, TaskAction
from voronka.definition.funnels import Trigger
from voronka.expressions import Kind
from voronka.messages import Label
from voronka.process import events as happened
from voronka.process.codec import decode_command
from voronka.process.commands import (
    ApplyRelease,
    Chain,
    CompleteTask,
    CreateDeal,
    LogInteraction,
    PutRow,
    SetFields,
    SetParty,
    TickItem,
)
from voronka.process.refusals import CHAIN_LIMIT


def auto(source, target, name, condition, **more):
    return way(source, target, name, trigger=Trigger.AUTO, when=when(condition), **more)


def path(*ways, stages=("needs", "proposal", "contract"), enter=None, **more):
    parts = [stage(name, enter=(enter or {}).get(name)) for name in stages]
    story = Story(simple(*parts, ways=ways, **more))
    story.open()
    return story


def test_an_automatic_transition_moves_when_what_it_reads_changes():
    story = path(auto("needs", "proposal", "rich", "amount > 1000"))
    story.fields(amount=5)
    assert story.deal.stage == "needs"
    story.fields(amount=500_000)
    assert story.deal.stage == "proposal"
    assert story.of(happened.StageEntered)[0].via == "rich"
    assert story.step.links[-1].by == "auto:rich@01234567"


def test_it_is_not_judged_when_something_else_changes():
    story = path(auto("needs", "proposal", "rich", "amount > 1000"))
    story.fields(need="x")
    assert [link.by for link in story.step.links] == ["anna"]


def test_it_is_tried_at_entry_too():
    story = path(auto("proposal", "contract", "rich", "amount > 1000"))
    story.fields(amount=500_000)
    story.move("proposal")
    assert story.deal.stage == "contract"


@pytest.mark.parametrize(
    ("condition", "command"),
    [
        ("any(tco, confirmed)", PutRow(collection="tco", values={"component": "service", "confirmed": True})),
        ("replied", LogInteraction(values={"kind": "letter", "direction": "in"})),
        ('count(interactions, kind == "call") >= 1', LogInteraction(values={"kind": "call"})),
        ("next_step_at is missing", CompleteTask(task="1.1")),
        ("all(tasks, done)", CompleteTask(task="1.1")),
    ],
)
def test_whatever_it_reads_may_trigger_it(condition, command):
    task = TaskAction(title=Label.plain("x"), due="today")
    story = path(auto("needs", "proposal", "go", condition), enter={"needs": {"do": (task,)}})
    assert story.deal.stage == "needs"
    story.do(command)
    assert story.deal.stage == "proposal"


def test_its_set_is_its_own_and_the_gates_see_it():
    story = path(auto("needs", "proposal", "go", "agreed", set={"score": 7}), enter={"proposal": {"require": "score"}})
    story.fields(agreed=True)
    assert (story.deal.stage, story.deal.fields["score"]) == ("proposal", 7)


def test_a_stopped_move_leaves_nothing_of_its_set():
    story = path(auto("needs", "proposal", "go", "agreed", set={"score": 7}), enter={"proposal": {"require": "need"}})
    story.fields(agreed=True)
    assert story.deal.fields == {"agreed": True}
    assert story.deal.stopped["go"].gates == ("proposal.enter.require.need",)
    assert [type(event) for event in story.step.events] == [
        happened.FieldsChanged,
        happened.TransitionStopped,
        happened.EffectRequested,
    ]
    story.fields(need="x")
    assert (story.deal.stage, story.deal.fields["score"]) == ("proposal", 7)


def test_an_automatic_move_that_sets_what_cannot_stand_is_stopped_and_the_change_stands():
    selects = auto("needs", "proposal", "rich", "amount > 1000", set={"seller_role": "solution"})
    base = variant(stage("needs"), stage("proposal"), ways=(selects,))
    lacking = variant(stage("diagnosis"), stage("offer"), case="solution")
    story = Story(workspace(funnel(base, lacking, by="seller_role")))
    story.open()
    step = story.fields(amount=500_000)
    assert (step.refusal, story.deal.stage, story.deal.fields) == (None, "needs", {"amount": 500_000})
    (stopped,) = story.of(happened.TransitionStopped)
    assert stopped.transition == "rich"
    assert story.of(happened.EffectRequested)[0].template == "gate_stopped"


@pytest.mark.parametrize(
    "ways", [(), (way("needs", "proposal", "on", set={"agreed": True}),)], ids=["implied", "declared"]
)
def test_a_stopped_move_of_an_action_is_tried_again_with_its_own_set(ways):
    action = MoveAction(to="proposal", set={"score": when("floor(amount / 100)", Kind.INTEGER)})
    parts = (stage("needs"), stage("proposal", enter={"require": "need score"}))
    timer = timed("x", stages="needs", after="1 day", do=(action,))
    story = Story(simple(*parts, ways=ways, timers=(timer,)))
    story.open()
    story.fields(amount=70_000)
    story.advance("2026-03-04 10:00")
    assert (story.deal.stage, "score" in story.deal.fields) == ("needs", False)
    assert [stopped.set for stopped in story.deal.stopped.values()] == [{"score": 7}]
    story.fields(need="x")
    assert (story.deal.stage, story.deal.fields["score"]) == ("proposal", 7)


def test_a_stopped_move_asked_for_again_keeps_the_latest_set_and_tells_the_owner_once():
    action = MoveAction(to="proposal", set={"score": when("floor(amount / 100)", Kind.INTEGER)})
    parts = (stage("needs"), stage("proposal", enter={"require": "need"}))
    timer = timed("x", stages="needs", every="1 day", do=(action,))
    story = Story(simple(*parts, timers=(timer,)))
    story.open()
    for amount, day in ((70_000, 4), (90_000, 5)):
        story.fields(amount=amount)
        story.advance(f"2026-03-0{day} 09:00")
    assert len([event for event in story.happened if type(event) is happened.EffectRequested]) == 1
    story.fields(need="x")
    assert (story.deal.stage, story.deal.fields["score"]) == ("proposal", 9)


def test_the_owner_is_told_again_only_when_something_new_stands_in_the_way():
    requires = {"require": "need score loss_reason"}
    story = path(auto("needs", "proposal", "go", "agreed"), enter={"proposal": requires})
    told = []
    for values in ({"agreed": True}, {"need": "x"}, {"score": 3}, {"score": None}):
        story.fields(**values)
        told.append(len(story.of(happened.EffectRequested)))
        assert len(story.of(happened.TransitionStopped)) == 1
    assert told == [1, 0, 0, 1]


@pytest.mark.parametrize("given", [{}, {"score": 5}])
def test_another_case_of_the_variant_judges_a_stopped_move_by_its_own_gates(given):
    parts = [(stage("needs"), stage("proposal", enter={"condition": text})) for text in ("amount > 1", "score > 1")]
    ways = (auto("needs", "proposal", "go", "agreed"),)
    base, case = variant(*parts[0], ways=ways), variant(*parts[1], ways=ways, case="solution")
    story = Story(workspace(funnel(base, case, by="seller_role")))
    story.open(fields=given)
    story.fields(agreed=True)
    story.fields(seller_role="solution")
    story.fields(score=5)
    assert story.deal.stage == "proposal"


@pytest.mark.parametrize(
    "values",
    [{}, {"loss_reason": when("need", Kind.TEXT)}],
    ids=["without values", "with values that cannot stand"],
)
def test_a_second_move_to_the_same_stage_leaves_what_the_first_is_to_set(values):
    first = timed("x", stages="needs", after="1 day", do=(MoveAction(to="proposal", set={"score": 7}),))
    other = timed("y", stages="needs", after="2 days", do=(MoveAction(to="proposal", set=values),))
    story = Story(simple(stage("needs"), stage("proposal", enter={"require": "amount"}), timers=(first, other)))
    story.open(fields={"need": "none of the reasons"})
    story.advance("2026-03-05 10:00")
    (stopped,) = story.deal.stopped.values()
    assert (story.deal.stage, dict(stopped.set), stopped.lost) == ("needs", {"score": 7}, False)
    story.fields(amount=1)
    assert (story.deal.stage, story.deal.fields["score"]) == ("proposal", 7)


def lost_values(definition):
    """Return a story in which an action's move was to set what its field does not let in."""
    story = Story(definition)
    story.open(fields={"need": "none of the reasons"})
    story.advance("2026-03-04 10:00")
    assert (story.deal.stage, [stopped.lost for stopped in story.deal.stopped.values()]) == ("needs", [True])
    return story


SPOILS = timed(
    "x",
    stages="needs",
    after="1 day",
    do=(MoveAction(to="proposal", set={"loss_reason": when("need", Kind.TEXT)}),),
)


def test_a_release_does_not_make_a_move_whose_values_are_lost():
    story = lost_values(simple(stage("needs"), stage("proposal"), timers=(SPOILS,)))
    story.workspace = replace(story.workspace, release="fedc")
    step = story.do(ApplyRelease(), actor="release")
    assert [type(event) for event in step.events] == [happened.ReleaseApplied]
    assert (story.deal.stage, len(story.deal.stopped)) == ("needs", 1)


def test_another_case_does_not_make_a_move_whose_values_are_lost():
    cases = [variant(stage("needs"), stage("proposal"), timers=(SPOILS,), **of) for of in ({}, {"case": "solution"})]
    story = lost_values(workspace(funnel(*cases, by="seller_role")))
    story.fields(seller_role="solution")
    assert (story.deal.stage, story.deal.case, len(story.deal.stopped)) == ("needs", "solution", 1)


def test_a_checklist_tick_tries_a_stopped_move_again():
    needs = stage("needs", leave={"checklist": {"done": item("done")}})
    story = Story(simple(needs, stage("proposal"), ways=(auto("needs", "proposal", "go", "agreed"),)))
    story.open()
    story.fields(agreed=True)
    assert story.deal.stage == "needs"
    story.do(TickItem(item="done"))
    assert story.deal.stage == "proposal"


def test_several_consequences_run_breadth_first():
    story = path(
        auto("proposal", "contract", "on", "score >= 0"),
        enter={"proposal": {"do": (MoveAction(to="needs", set={}),)}},
    )
    story.fields(score=1)
    story.move("proposal")
    assert [event.stage for event in story.of(happened.StageEntered)] == ["proposal", "needs"]


def test_an_endless_chain_is_refused_as_a_whole_and_named():
    story = path(
        auto("needs", "proposal", "there", "agreed"),
        auto("proposal", "needs", "back", "agreed"),
    )
    before = story.deal
    step = story.fields(agreed=True)
    assert step.refusal.code == "chain_too_long"
    assert step.events == ()
    assert story.deal == before
    text = step.refusal.failures[0].reason.render()
    assert "auto:there" in text
    assert "auto:back" in text


def test_fifty_consequences_pass():
    stages = [f"s{number}" for number in range(CHAIN_LIMIT + 1)]
    ways = [auto(a, b, f"to_{b}", "agreed") for a, b in pairwise(stages)]
    story = path(*ways, stages=stages)
    story.fields(agreed=True)
    assert story.deal.stage == stages[-1]


def test_the_fifty_first_is_refused():
    stages = [f"s{number}" for number in range(CHAIN_LIMIT + 2)]
    ways = [auto(a, b, f"to_{b}", "agreed") for a, b in pairwise(stages)]
    story = path(*ways, stages=stages)
    assert story.fields(agreed=True).refusal.code == "chain_too_long"


def test_a_chain_goes_on_over_queued_commands():
    story = path(auto("needs", "proposal", "go", "agreed"))
    step = story.do(SetFields(values={"agreed": True}), chain=Chain("other", CHAIN_LIMIT, ("a", "b")))
    assert step.refusal.code == "chain_too_long"
    assert story.do(SetFields(values={"need": "x"}), chain=Chain("other", CHAIN_LIMIT + 1, ("a",))).refusal


def test_an_endless_chain_in_a_firing_fails_the_timer_and_undoes_the_rest():
    story = path(
        auto("proposal", "contract", "there", "agreed"),
        auto("contract", "proposal", "back", "agreed"),
        timers=(timed("x", stages="needs", after="1 day", do=(MoveAction(to="proposal", set={}),)),),
    )
    story.fields(agreed=True)
    story.advance("2026-03-05 10:00")
    assert story.deal.stage == "needs"
    assert story.deal.timers == {}
    (end,) = story.of(happened.TimerEnded)
    assert end.result == "failed"
    assert "auto:there" in end.reason


def test_another_deal_leaves_as_a_queued_command_with_an_id_of_its_own():
    open_child = OpenDealAction(
        funnel="reengage", copy=("account", "seller_role", "note"), set={"score": when("score + 1", None)}
    )
    story = path(enter={"won": None, "proposal": {"do": (open_child, open_child)}})
    story.fields(seller_role="component", score=4)
    story.move("proposal")
    first, second = story.of(happened.CommandQueued)
    command = decode_command(first.command)
    assert command == CreateDeal(funnel="reengage", fields={"seller_role": "component", "score": 5}, parent=DEAL.id)
    assert first.target != second.target
    assert first.target.startswith("deal:")
    assert (first.chain.origin, first.chain.step) == ("test", 1)


def test_a_field_of_the_contact_is_set_by_a_command_of_its_own():
    story = path(enter={"proposal": {"do": (SetAction(values={"contact.status": "client", "need": "x"}),)}})
    story.fields(contact=CONTACT.id.hex())
    story.move("proposal")
    (queued,) = story.of(happened.CommandQueued)
    assert queued.target == f"contact:{CONTACT.id.hex()}"
    assert decode_command(queued.command) == SetParty(values={"status": "client"})
    assert story.deal.fields["need"] == "x"


def test_what_is_set_on_a_contact_that_the_deal_lacks_is_told_as_left_out():
    values = {"contact.status": "client", "contact.zone": "Asia/Omsk", "account.turnover": 5, "need": "x"}
    story = path(enter={"proposal": {"do": (SetAction(values=values),)}})
    story.move("proposal")
    told = [event.names for event in story.of(happened.SettingSkipped)]
    assert told == [("contact.status", "contact.zone"), ("account.turnover",)]
    assert story.deal.fields["need"] == "x"


# Variants


def role_funnel(**more):
    base = variant(stage("needs"), stage("proposal"), timers=(timed("x", stages="needs", after="5 days"),))
    component = variant(stage("proposal"), case="component", **more)
    solution = variant(
        stage("needs"),
        stage("diagnosis"),
        stage("proposal", enter={"require": "score"}),
        case="solution",
        timers=(timed("x", stages="needs", after="2 days"), timed("y", stages="needs", after="1 day")),
    )
    return workspace(funnel(base, component, solution, by="seller_role"))


@pytest.mark.parametrize(
    ("role", "case", "first"),
    [(None, None, "needs"), ("component", "component", "proposal"), ("solution", "solution", "needs")],
)
def test_the_case_at_creation_selects_the_variant(role, case, first):
    story = Story(role_funnel())
    story.open(fields={} if role is None else {"seller_role": role})
    assert (story.deal.case, story.deal.stage) == (case, first)


def test_a_live_deal_changes_its_variant_and_its_timers():
    story = Story(role_funnel())
    story.open()
    story.fields(seller_role="solution")
    assert story.deal.case == "solution"
    assert set(story.waiting()) == {"x 2 days", "y 1 day"}
    story.move("proposal")
    assert story.step.refusal.code == "no_transition"


def test_a_case_without_the_present_stage_is_refused():
    story = Story(role_funnel())
    story.open()
    step = story.fields(seller_role="component")
    assert (step.refusal.code, step.events) == ("case_without_stage", ())
    assert story.deal.fields == {}


def test_a_case_may_say_where_the_deal_goes_and_no_gate_is_asked():
    story = Story(role_funnel(moves={"needs": "proposal"}))
    story.open()
    story.fields(seller_role="component")
    assert (story.deal.case, story.deal.stage) == ("component", "proposal")
    assert story.of(happened.StageEntered)[0].via is None


def test_a_move_that_changes_the_case_is_judged_by_the_new_variant():
    story = Story(role_funnel())
    story.open()
    story.move("diagnosis", seller_role="solution")
    assert (story.deal.case, story.deal.stage) == ("solution", "diagnosis")
    story.move("proposal")
    assert story.gates() == ["proposal.enter.require.score"]


def test_clearing_the_field_goes_back_to_the_base():
    story = Story(role_funnel())
    story.open(fields={"seller_role": "solution"})
    story.fields(seller_role=None)
    assert story.deal.case is None
    assert set(story.waiting()) == {"x 5 days"}


def test_a_transition_may_change_the_case():
    base = variant(
        stage("needs"), stage("proposal"), ways=(way("needs", "proposal", "up", set={"seller_role": "solution"}),)
    )
    case = variant(stage("start"), stage("proposal", enter={"do": (SetAction(values={"need": "x"}),)}), case="solution")
    story = Story(workspace(funnel(base, case, by="seller_role")))
    story.open()
    story.move("proposal")
    assert (story.deal.case, story.deal.stage, story.deal.fields["need"]) == ("solution", "proposal", "x")


def test_an_outcome_of_its_own_name_ends_the_deal():
    story = Story(simple(stage("needs"), *outcomes()))
    story.open()
    story.move("won")
    assert (story.deal.outcome, story.deal.closed_at) == ("won", story.now)
