"""Rules that one change concerns are judged together, and give what judging each in its turn gives."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.depth import DEEP
from tests.unit.process.builders import PLAIN, Story, moscow, outcomes, simple, stage, way, when
from voronka.calendars import Duration
from voronka.definition.actions import LogAction, MoveAction, SetAction, TaskAction
from voronka.definition.funnels import Trigger as Automatic
from voronka.definition.rules import Mode, Rule, Trigger, TriggerKind
from voronka.expressions import Kind
from voronka.messages import Label
from voronka.process import events as happened
from voronka.process.changes import changed_names
from voronka.process.commands import CompleteTask, LogInteraction
from voronka.process.plan import plan_of
from voronka.process.rule_index import FEWEST_TOGETHER

CONDITIONS = (
    "amount > 10",
    "score >= 2 and not replied",
    "need is missing",
    "agreed",
    "agreed is missing or score < 3",
    "changed(score)",
    "previous(amount) is missing",
    'visits("proposal") < 2',
    "days_in_stage < 4",
    "next_step_at is missing",
    'stage == "needs" and not contacted',
    'owner.role == "manager" and score > 0',
    'loss_reason in ["price", "timing"] or amount * 2 > 30',
    'account.turnover is missing or need == "a"',
)
STAGES = ("needs", "proposal", "contract", "lost")
PLACES = ({"react": frozenset({*STAGES, "won"})}, {"react": frozenset({"needs"})}, {"react": frozenset({"proposal"})})
ONE_BY_ONE = " and count(remarks) >= 0"
"""Always true; what reads rows is judged in its turn alone."""

triggers = st.sampled_from(
    [
        *[Trigger(kind=TriggerKind.FIELD, name="score")] * 6,
        *[Trigger(kind=TriggerKind.EVENT, name="field.changed")] * 2,
        Trigger(kind=TriggerKind.FIELD, name="amount"),
        Trigger(kind=TriggerKind.STAGE, name="proposal", funnel="react"),
    ]
)
effects = st.sampled_from(
    [
        SetAction(values={"score": 3}),
        SetAction(values={"score": None}),
        SetAction(values={"amount": 5, "agreed": False}),
        SetAction(values={"amount": when("coalesce(amount, 0) * 100 + 1", Kind.MONEY)}),
        SetAction(values={"agreed": True, "need": "a"}),
        SetAction(values={"owner": "petr"}),
        TaskAction(title=Label.plain("call"), due="today"),
        LogAction(values={"kind": "letter", "direction": "in"}),
        LogAction(values={"kind": "call", "direction": "out"}),
        MoveAction(to="proposal", set={}),
        MoveAction(to="lost", set={"loss_reason": "price"}),
    ]
)
rules = st.lists(
    st.tuples(
        st.sampled_from(CONDITIONS),
        triggers,
        st.lists(effects, max_size=2).map(tuple),
        st.sampled_from([Mode.ACTIVE, Mode.ACTIVE, Mode.ACTIVE, Mode.SHADOW]),
        st.booleans(),
        st.none() | st.just(Duration.parse("2 days")),
        st.sampled_from(PLACES),
    ),
    min_size=2 * FEWEST_TOGETHER,
    max_size=4 * FEWEST_TOGETHER,
)
values = st.fixed_dictionaries(
    {"score": st.none() | st.integers(0, 4)},
    optional={
        "amount": st.none() | st.integers(0, 40),
        "need": st.none() | st.sampled_from(["a", "b"]),
        "agreed": st.none() | st.booleans(),
    },
)
steps = st.lists(
    st.one_of(
        values.map(lambda given: lambda story: story.fields(**given)),
        st.sampled_from(["proposal", "contract"]).map(lambda to: lambda story: story.move(to)),
        st.sampled_from(["in", "out"]).map(
            lambda to: lambda story: story.do(LogInteraction(values={"kind": "call", "direction": to}))
        ),
        st.just(lambda story: story.do(CompleteTask(task="1.1"))),
    ),
    max_size=4,
)


def story(made, extra=""):
    """Return the story of a deal under these rules, `extra` added to each condition."""
    named = {
        f"r{number}": Rule(
            name=f"r{number}",
            label=Label.plain(f"r{number}"),
            trigger=trigger,
            where=when(f"({text}){extra}"),
            actions=do,
            mode=mode,
            closed=closed,
            again_after=again_after,
            places=places,
        )
        for number, (text, trigger, do, mode, closed, again_after, places) in enumerate(made)
    }
    ways = (way("needs", "contract", "hurry", trigger=Automatic.AUTO, when=when("amount > 1000")),)
    stages = (stage("needs"), stage("proposal"), stage("contract"), *outcomes())
    return Story(replace(simple(*stages, ways=ways), rules=named))


@settings(max_examples=600 if DEEP else 30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rules, values, steps)
def test_rules_judged_together_do_what_they_do_one_by_one(made, first, then):
    together, apart = story(made), story(made, ONE_BY_ONE)
    told = []
    for each in (together, apart):
        each.open(fields=first)
        for step in then:
            each.now += 86_400_000_000
            if each.deal is not None:
                step(each)
        told.append((each.happened, each.deal, each.step.refusal))
    assert told[0] == told[1]


def deal_with(*wanted):
    """Return the story of a deal with one rule more than are judged one by one, all waiting for `need`."""
    idle = ("amount > 1000", (TaskAction(title=Label.plain("idle")),))
    filling = [idle] * (FEWEST_TOGETHER - len(wanted))
    trigger = Trigger(kind=TriggerKind.FIELD, name="need")
    return story(
        [(text, trigger, do, Mode.ACTIVE, False, None, PLACES[0]) for text, do in (*wanted, *filling)],
    )


def fired(lived):
    return [event.rule for event in lived.of(happened.RuleFired)]


@pytest.mark.parametrize(
    ("does", "condition", "acts"),
    [
        (SetAction(values={"score": 5}), "score == 5", True),
        (SetAction(values={"score": 5}), "score is missing", False),
        (SetAction(values={"score": 5}), "changed(score)", True),
        (SetAction(values={"amount": 5}), "score is missing", True),
        (SetAction(values={"owner": "petr"}), 'owner.role == "head"', True),
        (TaskAction(title=Label.plain("x"), due="today"), "next_step_at is missing", False),
        (LogAction(values={"kind": "call", "direction": "in"}), "replied", True),
    ],
)
def test_a_rule_acts_on_the_deal_as_the_rules_before_it_have_left_it(does, condition, acts):
    lived = deal_with(("need is not missing", (does,)), (condition, ()))
    lived.open()
    lived.fields(need="x")
    assert fired(lived) == (["r0", "r1"] if acts else ["r0"])


def test_what_is_judged_together_needs_neither_rows_nor_parties():
    lived = deal_with(("count(remarks) > 0", ()), ("account.turnover > 5", ()), ("score > 1", ()), ("score > 2", ()))
    lived.open()
    index = plan_of(lived.workspace).funnel("react").rules
    plans = index.by_name["need"]
    found = index.together(plans, "needs", closed=False)
    assert found is None  # too few are left
    more = deal_with(*((f"score > {number}", ()) for number in range(FEWEST_TOGETHER)))
    index = plan_of(more.workspace).funnel("react").rules
    found = index.together(index.by_name["need"], "needs", closed=False)
    assert [plan.name for plan in found.plans] == [f"r{number}" for number in range(FEWEST_TOGETHER)]
    assert index.together(index.by_name["need"], "needs", closed=False) is found
    assert index.together(index.by_name["need"], "needs", closed=True) is None  # none of them sees a closed deal


def test_a_move_may_change_anything_and_a_task_only_what_tells_of_tasks():
    lived = Story(simple(*PLAIN))
    lived.open()
    lived.now = moscow("2026-03-03 10:00")
    lived.fields(need="x", score=1)
    assert changed_names(lived.step.events) == {"need", "score"}
    lived.do(LogInteraction(values={"kind": "call", "direction": "in"}))
    assert changed_names(lived.step.events) == {"interactions", "last_interaction_at", "replied", "contacted"}
    lived.move("proposal")
    assert changed_names(lived.step.events) is None
