"""Rules: what triggers them, when they act again, what follows from them, and what they only tell in shadow mode."""

from dataclasses import replace

import pytest

from tests.unit.process.builders import (
    ACCOUNT,
    CALL,
    PLAIN,
    Story,
    funnel,
    moscow,
    outcomes,
    simple,
    stage,
    variant,
    way,
    when,
    workspace,
)
from voronka.calendars import DailySchedule, Duration
from voronka.definition.actions import LogAction, MoveAction, OpenDealAction, SendAction, SetAction, TaskAction
from voronka.definition.funnels import Trigger as Automatic
from voronka.definition.rules import Mode, Rule, Trigger, TriggerKind
from voronka.messages import Label
from voronka.process import events as happened
from voronka.process.commands import Chain, FactsChanged, RunRule
from voronka.process.refusals import CHAIN_LIMIT
from voronka.process.state import PartyState

EVERYWHERE = {"react": frozenset({"needs", "proposal", "contract", "won", "lost"})}
MORNING = Trigger(kind=TriggerKind.SCHEDULE, schedule=DailySchedule(days=None, at=540))


def on(text):
    """Return a trigger: ``event task.done``, ``field amount``, ``stage react.proposal``."""
    kind, name = text.split(" ")
    place, _, inner = name.partition(".")
    if kind == "stage":
        return Trigger(kind=TriggerKind.STAGE, name=inner, funnel=place)
    return Trigger(kind=TriggerKind(kind), name=name)


def task(title):
    return TaskAction(title=Label.plain(title))


def rule(name, trigger, where=None, *, do=None, again_after=None, places=EVERYWHERE, **more):
    return Rule(
        name=name,
        label=Label.plain(name),
        trigger=on(trigger) if isinstance(trigger, str) else trigger,
        where=None if where is None else when(where),
        actions=(task(name),) if do is None else do,
        again_after=None if again_after is None else Duration.parse(again_after),
        places=places,
        **more,
    )


def with_rules(definition, *rules):
    return replace(definition, rules={each.name: each for each in rules})


def lived(*rules, stages=PLAIN, parties=(), opened=True, **more):
    story = Story(with_rules(simple(*stages, **more), *rules), parties=parties)
    if opened:
        story.open()
    return story


def fired(story):
    """Return the rules that acted in the latest step, in their order."""
    return [event.rule for event in story.of(happened.RuleFired)]


def titles(story):
    return [event.title[""] for event in story.of(happened.TaskOpened)]


# What triggers


@pytest.mark.parametrize(
    ("trigger", "does"),
    [
        ("event interaction.logged", lambda story: story.do(CALL)),
        ("event field.changed", lambda story: story.fields(need="x")),
        ("event stage.entered", lambda story: story.move("proposal")),
        ("event stage.left", lambda story: story.move("proposal")),
        ("field amount", lambda story: story.fields(amount=5)),
        ("field owner", lambda story: story.fields(owner="oleg")),
        ("stage react.proposal", lambda story: story.move("proposal")),
    ],
)
def test_a_rule_acts_when_its_trigger_comes_and_not_before(trigger, does):
    story = lived(rule("r", trigger), opened=False)
    story.open()
    at_opening = fired(story)
    does(story)
    assert fired(story) == ["r"]
    assert titles(story) == ["r"]
    assert at_opening == (["r"] if trigger in ("event stage.entered", "field owner") else [])


@pytest.mark.parametrize(
    ("trigger", "does"),
    [
        ("field amount", lambda story: story.fields(need="x")),
        ("field amount", lambda story: story.do(CALL)),
        ("stage react.contract", lambda story: story.move("proposal")),
        ("stage other.proposal", lambda story: story.move("proposal")),
        ("event task.done", lambda story: story.do(CALL)),
    ],
)
def test_a_rule_is_not_touched_by_what_it_does_not_wait_for(trigger, does):
    story = lived(rule("r", trigger))
    does(story)
    assert fired(story) == []


def test_what_a_deal_is_opened_with_counts_as_a_change():
    story = lived(rule("high", "field amount", "amount > 1000"), opened=False)
    story.open(fields={"amount": 900_000})
    assert fired(story) == ["high"]


def test_a_refused_move_triggers_rules():
    story = lived(rule("r", "event transition.refused"), stages=(stage("needs", leave={"require": "need"}), PLAIN[1]))
    story.move("proposal")
    assert story.step.refusal is not None
    assert fired(story) == ["r"]


def test_a_field_of_the_account_triggers_when_the_deal_is_told_of_it():
    party = PartyState(stream=ACCOUNT, seq=1, release="r", created_at=0, fields={"turnover": 5})
    story = lived(
        rule("rich", "field account.turnover", "coalesce(account.turnover, 0) > 0"), parties=(party,), opened=False
    )
    story.open(account=ACCOUNT.id)
    story.do(FactsChanged(names=("account.turnover",), old={"account.turnover": 1}), actor="account")
    assert fired(story) == ["rich"]


def test_the_condition_decides_and_is_kept_with_the_values_it_read():
    story = lived(rule("r", "field amount", "amount > 1000"))
    story.fields(amount=5)
    assert fired(story) == []
    assert [judgement for link in story.step.links for judgement in link.judgements] == []
    story.fields(amount=500_000)
    link = story.step.links[-1]
    assert link.by == "rule:r@01234567"
    assert [(each.name, each.result, dict(each.values)) for each in link.judgements] == [
        ("r.where", True, {"amount": 500_000})
    ]


def test_an_unknown_condition_does_not_hold():
    story = lived(rule("r", "event interaction.logged", "amount > 1000"))
    story.do(CALL)
    assert fired(story) == []


def test_rows_that_a_condition_reads_are_asked_for():
    called = 'count(tco, confirmed) == 0 and any(interactions, kind == "call")'
    story = lived(rule("r", "event interaction.logged", called))
    story.do(CALL)
    assert fired(story) == ["r"]
    assert len(story.asked) <= 2


def test_rules_act_in_the_order_in_which_they_are_written():
    story = lived(rule("b", "field amount"), rule("a", "event field.changed"), rule("c", "field amount"))
    story.fields(amount=5)
    assert fired(story) == ["b", "a", "c"]


def test_a_rule_sees_closed_deals_only_if_it_says_so():
    story = lived(rule("open", "field amount"), rule("all", "field amount", closed=True))
    story.move("lost")
    story.fields(amount=5)
    assert fired(story) == ["all"]


def test_a_rule_rests_where_it_cannot_hold_and_when_it_is_off():
    story = lived(
        rule("elsewhere", "field amount", places={"react": frozenset({"contract"})}),
        rule("other", "field amount", places={"reach": frozenset({"needs"})}),
        rule("off", "field amount", mode=Mode.OFF),
    )
    story.fields(amount=5)
    assert fired(story) == []


# What follows


def test_a_rule_never_triggers_itself():
    story = lived(rule("r", "field score", do=(SetAction(values={"score": when("coalesce(score, 0) + 1", None)}),)))
    story.fields(score=1)
    assert fired(story) == ["r"]
    assert story.deal.fields["score"] == 2


def test_its_own_move_does_not_trigger_a_rule_either():
    story = lived(rule("r", "event stage.entered", 'stage == "needs"', do=(MoveAction(to="proposal", set={}),)))
    assert (fired(story), story.deal.stage) == (["r"], "proposal")


def test_what_a_rule_does_triggers_others_breadth_first():
    story = lived(
        rule("first", "field amount", do=(SetAction(values={"score": 1}),)),
        rule("second", "field amount", do=(SetAction(values={"need": "x"}),)),
        rule("third", "field score"),
        rule("fourth", "field need"),
    )
    story.fields(amount=5)
    assert fired(story) == ["first", "second", "third", "fourth"]
    assert [link.by for link in story.step.links] == [
        "anna",
        *(f"rule:{name}@01234567" for name in ("first", "second", "third", "fourth")),
    ]


def test_a_rule_sees_what_those_before_it_have_set():
    story = lived(
        rule("first", "field amount", do=(SetAction(values={"score": 1}),)),
        rule("second", "field amount", "score == 1"),
    )
    story.fields(amount=5)
    assert fired(story) == ["first", "second"]


def test_a_rule_moves_through_the_gates_and_a_stopped_move_is_remembered():
    story = lived(
        rule("on", "field amount", do=(MoveAction(to="proposal", set={}),)),
        stages=(stage("needs", leave={"require": "need"}), PLAIN[1]),
    )
    story.fields(amount=5)
    assert story.deal.stage == "needs"
    assert list(story.deal.stopped) == ["needs-proposal"]
    story.fields(need="x")
    assert story.deal.stage == "proposal"


def test_rules_and_automatic_transitions_follow_from_each_other():
    story = lived(
        rule("score", "field amount", do=(SetAction(values={"score": 9}),)),
        rule("entered", "stage react.proposal"),
        ways=(way("needs", "proposal", "by_score", trigger=Automatic.AUTO, when=when("score > 5")),),
    )
    story.fields(amount=5)
    assert story.deal.stage == "proposal"
    assert titles(story) == ["entered"]


def test_two_rules_that_answer_each_other_are_refused_with_the_chain():
    up = SetAction(values={"score": when("coalesce(score, 0) + 1", None)})
    down = SetAction(values={"amount": when("amount + 1", None)})
    story = lived(rule("ping", "field amount", do=(up,)), rule("pong", "field score", do=(down,)))
    story.fields(amount=5)
    assert story.step.refusal.code == "chain_too_long"
    assert "rule:ping → rule:pong" in story.step.refusal.failures[0].reason.render("en")
    assert story.step.events == ()
    assert "amount" not in story.deal.fields


def test_the_chain_goes_on_with_commands_for_other_records():
    definition = workspace(
        funnel(variant(*PLAIN, *outcomes())), funnel(variant(stage("only"), *outcomes()), name="reengage")
    )
    opens = OpenDealAction(funnel="reengage", copy=(), set={})
    story = Story(with_rules(definition, rule("child", "field amount", do=(opens,))))
    story.open()
    story.fields(amount=5)
    (queued,) = story.of(happened.CommandQueued)
    assert queued.chain.links == ("rule:child", "open_deal:reengage")
    story.do(
        FactsChanged(names=("account.turnover",), old={}),
        actor="account",
        chain=Chain("test", step=CHAIN_LIMIT + 1, links=("rule:child",)),
    )
    assert story.step.refusal.code == "chain_too_long"


def divided(*rules):
    """Return the story of a deal in a funnel whose variant has no place for the stage where it stands."""
    cases = funnel(variant(*PLAIN), variant(stage("survey"), case="component"), by="seller_role")
    story = Story(with_rules(workspace(cases), *rules))
    story.open()
    return story


RELOCATES = (SetAction(values={"score": 1}), SetAction(values={"seller_role": "component"}))


def test_a_rule_that_cannot_be_done_leaves_the_command_alone_and_is_remembered():
    story = divided(rule("r", "field amount", do=RELOCATES))
    story.fields(amount=5)
    assert story.step.refusal is None
    assert story.deal.fields == {"amount": 5}
    (failed,) = story.of(happened.RuleFailed)
    assert "needs" in failed.reason


# Again


def test_without_a_pause_a_rule_acts_at_every_trigger_and_remembers_nothing():
    story = lived(rule("r", "event interaction.logged"))
    for _ in range(2):
        story.do(CALL)
        assert fired(story) == ["r"]
    assert story.deal.rules == {}


def run(story, at, name="r"):
    story.do(RunRule(rule=name), actor="rule:r@01234567", at=at)
    return fired(story)


def test_a_scheduled_rule_acts_when_its_condition_becomes_true_and_again_after_it_was_false():
    story = lived(rule("r", MORNING, "days_since(last_interaction_at) >= 2"))
    assert run(story, "2026-03-03 09:00") == []
    assert run(story, "2026-03-04 09:00") == ["r"]
    assert run(story, "2026-03-05 09:00") == []
    story.do(CALL, at="2026-03-05 12:00")
    assert [event.rule for event in story.of(happened.RuleReset)] == ["r"]
    assert run(story, "2026-03-06 09:00") == []
    assert run(story, "2026-03-07 09:00") == ["r"]


def test_what_a_scheduled_rule_has_seen_is_forgotten_when_the_condition_ends_by_the_clock():
    story = lived(rule("r", MORNING, "today != deadline"))
    story.fields(deadline="2026-03-04")
    assert run(story, "2026-03-03 09:00") == ["r"]
    assert run(story, "2026-03-04 09:00") == []
    assert [event.rule for event in story.of(happened.RuleReset)] == ["r"]
    assert run(story, "2026-03-05 09:00") == ["r"]


def test_closing_a_deal_ends_the_condition_of_a_rule_that_sees_open_ones():
    story = lived(rule("r", MORNING, "need is missing"), ways=(way("lost", "needs", "reopen"),))
    assert run(story, "2026-03-03 09:00") == ["r"]
    story.move("lost")
    assert [event.rule for event in story.of(happened.RuleReset)] == ["r"]
    assert run(story, "2026-03-04 09:00") == []
    story.move("needs")
    assert run(story, "2026-03-05 09:00") == ["r"]


def test_a_scheduled_rule_that_leads_into_a_circle_fails_once():
    up = SetAction(values={"score": when("coalesce(score, 0) + 1", None)})
    down = SetAction(values={"amount": when("coalesce(amount, 0) + 1", None)})
    story = lived(
        rule("r", MORNING, do=(up,)), rule("ping", "field amount", do=(up,)), rule("pong", "field score", do=(down,))
    )
    run(story, "2026-03-03 09:00")
    assert [event.rule for event in story.of(happened.RuleFailed)] == ["r"]
    assert "score" not in story.deal.fields
    assert run(story, "2026-03-04 09:00") == []


def test_a_run_of_a_rule_that_is_gone_does_nothing():
    story = lived()
    assert run(story, "2026-03-03 09:00") == []
    assert story.step.events == ()


# Shadow


def test_in_shadow_mode_a_rule_tells_what_it_would_do_and_does_nothing():
    story = lived(
        rule(
            "r",
            "field amount",
            "amount > 1000",
            mode=Mode.SHADOW,
            do=(
                SetAction(values={"score": when("floor(amount / 100)", None)}),
                task("Call"),
                SendAction(channel="email", to="owner", template="hello"),
                LogAction(values={"kind": "note"}),
                MoveAction(to="proposal", set={"need": "x"}),
                MoveAction(to="lost", set={}),
            ),
        ),
        stages=(stage("needs", leave={"require": "agreed"}), PLAIN[1]),
    )
    story.fields(amount=500_000)
    assert [type(event) for event in story.step.events] == [happened.FieldsChanged, happened.RuleFired]
    (told,) = story.of(happened.RuleFired)
    assert told.shadow
    assert [each["kind"] for each in told.would] == [
        "field.changed",
        "task.opened",
        "effect.requested",
        "interaction.logged",
        "move",
        "move",
    ]
    assert told.would[0]["new"]["score"] == 50.0
    assert told.would[4] == {"kind": "move", "to": "proposal", "gates": ["needs.leave.require.agreed"]}
    assert told.would[5] == {"kind": "move", "to": "lost", "gates": []}
    assert story.deal.stage == "needs"
    assert story.deal.tasks == {}
    assert story.step.links[-1].by == "rule:r@01234567"


def test_a_rule_put_to_work_acts_where_it_has_only_told():
    rules = [rule("r", MORNING, "need is missing", mode=mode) for mode in (Mode.SHADOW, Mode.ACTIVE)]
    story = lived(rules[0])
    assert run(story, "2026-03-03 09:00") == ["r"]
    assert run(story, "2026-03-04 09:00") == []
    story.workspace = with_rules(story.workspace, rules[1])
    assert run(story, "2026-03-05 09:00") == ["r"]
    assert titles(story) == ["r"]


def test_in_shadow_mode_a_rule_tells_what_it_could_not_do():
    story = divided(rule("r", "field amount", mode=Mode.SHADOW, do=RELOCATES))
    story.fields(amount=5)
    (told,) = story.of(happened.RuleFired)
    assert [each["kind"] for each in told.would] == ["rule.failed"]


def test_the_moment_of_a_firing_is_kept():
    story = lived(rule("r", MORNING, "need is missing"))
    run(story, "2026-03-03 09:00")
    assert story.deal.rules["r"].at == moscow("2026-03-03 09:00")
    assert story.deal.rules["r"].holds
