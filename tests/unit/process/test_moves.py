"""The order of a move, its gates and what lifts them."""

from dataclasses import replace

import pytest

from tests.unit.process.builders import (
    CONTACT,
    Story,
    funnel,
    item,
    moscow,
    outcomes,
    simple,
    stage,
    variant,
    way,
    when,
    workspace,
)
from voronka.calendars import Duration
from voronka.definition.actions import LogAction, MoveAction, NotifyAction, SendAction, SetAction, TaskAction
from voronka.expressions import Kind
from voronka.messages import Label
from voronka.process import events as happened
from voronka.process.commands import TickItem
from voronka.process.state import PartyState

GATED = simple(
    stage(
        "needs",
        leave={"require": "need", "checklist": {"mapped": item("mapped"), "budget": item("budget", evidence="link")}},
    ),
    stage("proposal", enter={"condition": "amount > 1000", "override": "head"}),
    stage("contract", enter={"require": "agreed", "checks": {"1": "score >= 2", "2": "amount > 10"}}),
    *outcomes(won={"require": "amount"}, lost={"require": "loss_reason"}),
    ways=(
        way("proposal", "needs", "back", require="note"),
        way("contract", "proposal", "again", condition="score > 5", override="manager head"),
    ),
)


def test_all_failures_of_all_gates_are_told_together_in_their_order():
    story = Story(GATED)
    story.open()
    story.move("proposal")
    assert story.gates() == [
        "needs.leave.require.need",
        "needs.leave.checklist.mapped",
        "needs.leave.checklist.budget",
        "proposal.enter.when",
    ]
    assert story.step.refusal.code == "gate"
    assert story.of(happened.TransitionRefused)[0].gates == tuple(story.gates())
    assert story.deal.stage == "needs"
    assert story.deal.seq == 2


def test_a_failed_gate_changes_nothing_of_the_deal():
    story = Story(GATED)
    story.open()
    story.move("proposal", need="a pump", amount=500)
    assert story.deal.fields == {}
    assert [type(event) for event in story.step.events] == [happened.TransitionRefused]


@pytest.mark.parametrize(
    ("gate", "unblock"),
    [("need", "Fill in “need”."), ("mapped", "Tick “mapped”."), ("budget", "give a link")],
)
def test_each_failure_says_how_to_unblock_it(gate, unblock):
    story = Story(GATED)
    story.open()
    story.move("proposal")
    texts = [failure.unblock.render() for failure in story.step.refusal.failures if failure.gate.endswith(gate)]
    assert unblock in texts[0]


def test_a_condition_says_who_may_lift_it():
    story = Story(GATED)
    story.open()
    story.move("proposal")
    assert "head" in story.step.refusal.failures[-1].unblock.render()


@pytest.fixture
def in_proposal():
    story = Story(GATED)
    story.open(fields={"need": "pump", "amount": 200_000})
    story.do(TickItem(item="mapped"))
    story.do(TickItem(item="budget", evidence="https://example.com/b"))
    story.move("proposal")
    assert story.deal.stage == "proposal"
    return story


def test_an_unknown_condition_does_not_pass(in_proposal):
    in_proposal.move("contract", agreed=True)
    assert in_proposal.gates() == ["contract.enter.checks.1"]


def test_false_is_a_value_and_meets_a_requirement(in_proposal):
    in_proposal.move("contract", agreed=False, score=3)
    assert in_proposal.deal.stage == "contract"


@pytest.mark.parametrize(
    ("actor", "override", "passes"),
    [("petr", "the client insists", True), ("anna", "please", False), ("petr", None, False)],
)
def test_an_override_needs_a_role_and_a_reason(actor, override, passes):
    story = Story(GATED)
    story.open(fields={"need": "x", "amount": 1})
    story.do(TickItem(item="mapped"))
    story.do(TickItem(item="budget", evidence="https://example.com"))
    story.move("proposal", actor=actor, override=override)
    assert (story.deal.stage == "proposal") is passes
    if passes:
        lifted = story.of(happened.GateOverridden)[0]
        assert (lifted.gates, lifted.reason) == (("proposal.enter.when",), override)


def test_an_override_never_lifts_a_requirement():
    story = Story(GATED)
    story.open(fields={"amount": 1})
    story.move("proposal", actor="petr", override="now")
    assert story.gates() == [
        "needs.leave.require.need",
        "needs.leave.checklist.mapped",
        "needs.leave.checklist.budget",
    ]


def test_an_empty_reason_is_no_override(in_proposal):
    in_proposal.move("needs", actor="petr", override="  ")
    assert in_proposal.step.refusal.code == "value"
    assert in_proposal.step.events == ()


def test_an_override_that_nothing_needs_leaves_no_trace(in_proposal):
    in_proposal.move("contract", actor="petr", override="to be safe", agreed=True, score=2)
    assert in_proposal.deal.stage == "contract"
    assert in_proposal.of(happened.GateOverridden) == []


@pytest.mark.parametrize("target", ["needs", "lost"])
def test_leave_does_not_bind_moves_back_or_to_lost(target):
    story = Story(simple(stage("first"), stage("needs"), stage("middle", leave={"require": "need"}), stage("proposal")))
    story.open()
    for name in ("needs", "middle"):
        story.move(name)
    story.move(target, loss_reason="price")
    assert story.deal.stage == target


@pytest.mark.parametrize("target", ["needs", "lost"])
def test_leave_always_binds_every_move(target):
    story = Story(simple(stage("needs"), stage("middle", leave={"require": "need", "always": True})))
    story.open()
    story.move("middle")
    story.move(target)
    assert story.gates() == ["middle.leave.require.need"]


def test_leave_binds_a_move_to_won():
    story = Story(simple(stage("needs", leave={"require": "need"}), stage("proposal")))
    story.open()
    story.move("won")
    assert story.gates() == ["needs.leave.require.need"]


def test_an_enter_gate_of_the_first_stage_does_not_bind_creation():
    story = Story(simple(stage("needs", enter={"require": "need"}), stage("proposal")))
    story.open()
    assert story.deal.stage == "needs"


@pytest.mark.parametrize(
    ("to", "code"),
    [("propsal", "unknown_stage"), ("needs", "already_there"), ("contract", "no_transition")],
)
def test_a_move_that_cannot_be_leaves_no_event(to, code):
    story = Story(GATED)
    story.open()
    step = story.move(to)
    assert (step.refusal.code, step.events) == (code, ())


def test_an_unknown_stage_is_guessed():
    story = Story(GATED)
    story.open()
    assert "proposal" in story.move("propsal").refusal.failures[0].unblock.render()


def test_a_stage_given_by_its_label_is_answered_with_its_name():
    story = Story(simple(stage("needs"), replace(stage("proposal"), label=Label({"ru": "КП", "en": "Offer made"}))))
    story.open()
    failure = story.move("КП").refusal.failures[0]
    assert failure.reason.render() == "“КП” is what people see of the stage proposal, not its name."
    assert failure.unblock.render() == "Write proposal."


def test_by_limits_who_may_move():
    story = Story(simple(stage("needs"), stage("proposal"), ways=(way("needs", "proposal", "up", by=("head",)),)))
    story.open()
    story.move("proposal")
    assert story.gates() == ["up.by"]
    assert story.of(happened.TransitionRefused)
    story.move("proposal", actor="petr")
    assert story.deal.stage == "proposal"


def test_a_transition_sets_its_fields_before_the_gates_and_the_submitted_ones_win():
    ways = (
        way("needs", "proposal", "up", set={"score": 3, "need": "=default", "amount": when("score * 2", Kind.MONEY)}),
    )
    story = Story(simple(stage("needs"), stage("proposal", enter={"require": "score need"}), ways=ways))
    story.open()
    story.move("proposal", need="mine", score=4)
    assert story.deal.fields == {"need": "mine", "score": 4, "amount": 800}


def test_actions_run_in_the_order_leave_transition_enter_each_seeing_earlier_sets():
    def add(text):
        return SetAction(values={"score": when(f"coalesce(score, 0) * 10 + {text}", Kind.INTEGER)})

    ways = (way("needs", "proposal", "up", do=(add("2"),)),)
    story = Story(
        simple(
            stage("needs", leave={"do": (add("1"),)}),
            stage("proposal", enter={"do": (add("3"), add("4"))}),
            ways=ways,
        )
    )
    story.open()
    story.move("proposal")
    assert story.deal.fields["score"] == 1234
    kinds = [type(event) for event in story.step.events]
    assert kinds == [happened.StageLeft, *[happened.FieldsChanged] * 4, happened.StageEntered]


def test_leave_actions_do_not_run_where_its_gate_does_not_bind():
    mark = SetAction(values={"score": 1})
    story = Story(simple(stage("needs"), stage("proposal", leave={"do": (mark,)}), stage("contract")))
    story.open()
    story.move("proposal")
    story.move("needs")
    assert "score" not in story.deal.fields


def test_the_first_stage_does_its_actions_at_creation():
    task = TaskAction(title=Label({"ru": "Позвонить"}), due="today")
    story = Story(simple(stage("needs", enter={"do": (task,)})))
    story.open()
    opened = story.of(happened.TaskOpened)[0]
    assert (opened.assignee, opened.day) == ("anna", "2026-03-02")
    assert opened.due == moscow("2026-03-03 00:00")
    assert story.deal.tasks == {f"1.{opened.n}": opened.due}


def test_a_move_asked_for_by_an_action_comes_after_the_present_one():
    story = Story(
        simple(
            stage("needs"),
            stage(
                "proposal", enter={"do": (MoveAction(to="contract", set={"score": 1}), SetAction(values={"need": "x"}))}
            ),
            stage("contract"),
        )
    )
    story.open()
    story.move("proposal")
    entered = [event.stage for event in story.of(happened.StageEntered)]
    assert entered == ["proposal", "contract"]
    assert story.deal.fields == {"need": "x", "score": 1}
    assert [link.by for link in story.step.links] == ["anna", "action:proposal.enter@01234567"]


def test_messages_go_to_those_who_are_meant():
    actions = (
        SendAction(channel="email", to="contact", template="hello"),
        NotifyAction(to="owner.reports_to", template="hello"),
        NotifyAction(to="manager", template="hello"),
        TaskAction(title=Label.plain("x"), due=Duration.parse("1 working day"), assignee="manager"),
        TaskAction(title=Label.plain("x"), assignee="head"),
        LogAction(values={"kind": "letter", "direction": "out"}),
    )
    contact = PartyState(stream=CONTACT, seq=4, release="", created_at=0, fields={"locale": "en"})
    story = Story(simple(stage("needs"), stage("proposal", enter={"do": actions})), parties=(contact,))
    story.open(contact=CONTACT.id)
    story.move("proposal")
    sent = [(effect.channel, effect.recipient, effect.locale) for effect in story.of(happened.EffectRequested)]
    assert sent == [
        ("email", f"contact:{CONTACT.id.hex()}", "en"),
        ("notice", "user:petr", "ru"),
        ("notice", "user:anna", "ru"),
        ("notice", "user:oleg", "ru"),
    ]
    assert [task.assignee for task in story.of(happened.TaskOpened)] == ["manager", "petr"]
    assert story.step.read == {CONTACT: 4}
    numbers = [event.n for event in story.step.events if hasattr(event, "n")]
    assert numbers == sorted(set(numbers))


def test_a_message_to_nobody_is_requested_and_has_no_recipient():
    story = Story(
        simple(
            stage("needs"), stage("proposal", enter={"do": (SendAction(channel="email", to="contact", template="t"),)})
        )
    )
    story.open()
    story.move("proposal")
    assert story.of(happened.EffectRequested)[0].recipient == ""


def test_a_closed_deal_reopens_only_by_a_declared_transition():
    story = Story(simple(stage("needs"), stage("proposal"), *outcomes(), ways=(way("lost", "needs", "revive"),)))
    story.open()
    story.move("won")
    assert story.deal.closed_at == story.now
    assert story.move("needs").refusal.code == "closed_deal"
    other = Story(story.workspace)
    other.open()
    other.move("lost")
    other.move("needs")
    assert (other.deal.stage, other.deal.outcome, other.deal.closed_at) == ("needs", None, None)
    assert other.of(happened.DealReopened)
    assert other.deal.visits == {"needs": 2, "lost": 1}


def test_every_condition_leaves_a_judgement_with_the_values_read(in_proposal):
    in_proposal.move("contract", agreed=True, score=1)
    judged = {judgement.name: judgement for link in in_proposal.step.links for judgement in link.judgements}
    assert judged["contract.enter.checks.1"].result is False
    assert judged["contract.enter.checks.1"].values == {"score": 1}
    assert judged["contract.enter.checks.2"].result is True
    assert judged["contract.enter.require.agreed"].result is True


def test_a_per_visit_tick_is_forgotten_when_the_stage_is_entered_anew():
    story = Story(
        simple(
            stage("needs", leave={"checklist": {"once": item("once"), "each": item("each", per_visit=True)}}),
            stage("proposal"),
        )
    )
    story.open()
    story.do(TickItem(item="once"))
    story.do(TickItem(item="needs.leave.checklist.each"))
    story.move("proposal")
    story.move("needs")
    assert story.deal.ticks == {"needs.leave.checklist.once"}


# Fields of linked records


def _told_to(story):
    return [(event.target, event.command["values"]) for event in story.of(happened.CommandQueued)]


MOOD = (f"contact:{CONTACT.id.hex()}", {"mood": "glad"})
IVAN = PartyState(stream=CONTACT, seq=1, release="", created_at=0, fields={})


def test_what_a_transition_sets_on_the_contact_goes_to_the_contact_not_onto_the_deal():
    story = Story(
        simple(
            stage("needs"),
            stage("proposal"),
            ways=(way("needs", "proposal", "go", set={"contact.mood": "glad", "need": "a pump"}),),
        ),
        parties=(IVAN,),
    )
    story.open(contact=CONTACT.id)
    story.move("proposal")
    assert story.deal.fields == {"need": "a pump"}
    assert _told_to(story) == [MOOD]


def test_what_the_action_move_sets_on_the_contact_goes_to_the_contact_and_wins():
    story = Story(
        simple(
            stage("needs", enter={"do": (MoveAction(to="proposal", set={"contact.mood": "glad"}),)}),
            stage("proposal"),
            ways=(way("needs", "proposal", "go", set={"contact.mood": "sad"}),),
        ),
        parties=(IVAN,),
    )
    story.open(contact=CONTACT.id)
    assert (story.deal.stage, story.deal.fields) == ("proposal", {})
    assert _told_to(story) == [MOOD]


def test_a_gate_that_stops_the_move_keeps_the_contact_as_it_was():
    story = Story(
        simple(
            stage("needs", enter={"do": (MoveAction(to="proposal", set={"contact.mood": "glad"}),)}),
            stage("proposal", enter={"require": "need"}),
        ),
        parties=(IVAN,),
    )
    story.open(contact=CONTACT.id)
    assert (story.deal.stage, _told_to(story)) == ("needs", [])


# Who may


def test_whoever_may_not_move_is_told_nothing_of_the_values():
    story = Story(simple(stage("needs"), stage("proposal"), ways=(way("needs", "proposal", "go", by=("head",)),)))
    story.open()
    story.move("proposal", owner="nobody", nonsense=1)
    assert (story.step.refusal.code, story.gates()) == ("not_allowed", ["go.by"])


def test_who_may_is_judged_by_the_variant_that_the_values_select_too():
    story = Story(
        workspace(
            funnel(
                variant(stage("needs"), stage("proposal")),
                variant(
                    stage("needs"),
                    stage("proposal"),
                    ways=(way("needs", "proposal", "go", by=("head",)),),
                    case="solution",
                ),
                by="seller_role",
            )
        )
    )
    story.open()
    story.move("proposal", seller_role="solution")
    assert story.gates() == ["go.by"]
    story.move("proposal", seller_role="solution", actor="petr")
    assert (story.deal.stage, story.deal.case) == ("proposal", "solution")
