"""What holds of every process and every sequence of commands.

`Story` checks after each step that replaying its encoded and decoded events by `evolve` alone gives the step's state,
and that deciding again gives the same step.
"""

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.depth import DEEP
from tests.unit.process.builders import (
    Story,
    funnel,
    item,
    moscow,
    outcomes,
    stage,
    timed,
    variant,
    way,
    when,
    workspace,
)
from voronka.definition.actions import (
    CancelAction,
    LogAction,
    MoveAction,
    NotifyAction,
    OpenDealAction,
    SendAction,
    SetAction,
    TaskAction,
)
from voronka.definition.funnels import Trigger
from voronka.definition.timed import TimedSource
from voronka.expressions import Kind
from voronka.messages import Label
from voronka.process import commands as asked
from voronka.process import events as happened

HOUR = 3_600_000_000
CONDITIONS = (
    "amount > 10",
    "score >= 2 and not replied",
    "need is missing",
    "agreed",
    "count(remarks) < 2",
    "changed(score)",
    'visits("s1") < 3',
    "days_in_stage < 4",
    'any(interactions, direction == "in")',
)
STATIC = CONDITIONS[:5]
NAMES = ("s1", "s2", "s3")

conditions = st.sampled_from(CONDITIONS)
maybe = st.none() | conditions
fields = st.fixed_dictionaries(
    {},
    optional={
        "amount": st.none() | st.integers(0, 20),
        "score": st.none() | st.integers(0, 4),
        "need": st.none() | st.sampled_from(["a", "b"]),
        "agreed": st.none() | st.booleans(),
        "seller_role": st.none() | st.sampled_from(["component", "solution"]),
        "deadline": st.none() | st.sampled_from(["2026-03-04", "2026-03-10", "2026-04-01"]),
        "owner": st.sampled_from(["anna", "oleg"]),
    },
)
sets = st.sampled_from([{}, {"score": None}, {"score": when("coalesce(score, 0) + 1", Kind.INTEGER)}, {"score": 2}])
actions = st.lists(
    st.one_of(
        sets.map(lambda values: SetAction(values=values)),
        st.just(TaskAction(title=Label.plain("call"), due="today")),
        st.just(SendAction(channel="email", to="contact", template="t")),
        st.just(NotifyAction(to="head", template="t")),
        st.sampled_from([*NAMES, "lost"]).map(lambda to: MoveAction(to=to, set={})),
        st.just(OpenDealAction(funnel="react", copy=("need",), set={})),
        st.just(LogAction(values={"kind": "letter", "direction": "in"})),
        st.just(CancelAction(event="t0")),
    ),
    max_size=2,
).map(tuple)
gates = st.fixed_dictionaries(
    {},
    optional={
        "require": st.sampled_from(["need", "score", "need amount"]),
        "condition": conditions,
        "override": st.just("head"),
        "do": actions,
        "checklist": st.just({"seen": item("seen", per_visit=True)}),
        "always": st.booleans(),
    },
)
timers = st.builds(
    lambda rhythm, stages, anchor, condition, until, most, do, missed: {
        **rhythm,
        "stages": " ".join(stages),
        "anchor": "deadline" if "before" in rhythm else anchor,
        "condition": condition,
        "until": until if "every" in rhythm else None,
        "at_most": most if "every" in rhythm else None,
        "on_missed": missed,
        "do": do,
    },
    st.sampled_from(
        [
            {"after": "1 day"},
            {"after": "90 minutes, 2 days", "at": "10:00"},
            {"before": "3 days, 1 day"},
            {"every": "1 day"},
            {"every": "5 hours"},
            {"every": "1 month"},
            {"after": "2 working days"},
        ]
    ),
    st.sets(st.sampled_from(NAMES), min_size=1),
    st.sampled_from(["stage", "deadline", "last_interaction_at", "event interaction.logged", "event timer.fired"]),
    maybe,
    maybe,
    st.none() | st.integers(1, 3),
    actions,
    st.none() | st.sampled_from(["0 minutes", "4 hours"]),
)


@st.composite
def variants(draw, case=None, names=NAMES):
    stages = [stage(name, enter=draw(gates), leave=draw(gates)) for name in names]
    pairs = st.tuples(st.sampled_from(names), st.sampled_from([*names, "won", "lost"]))
    ways = []
    for number in range(draw(st.integers(0, 2))):
        source, target = draw(pairs)
        trigger = draw(st.sampled_from(Trigger))
        if source == target:
            continue
        condition = None if trigger is Trigger.MANUAL else when(draw(st.sampled_from(STATIC)))
        ways.append(way(source, target, f"w{number}", trigger=trigger, when=condition, set=draw(sets)))
    events = [timed(f"t{number}", **each) for number, each in enumerate(draw(st.lists(timers, max_size=2)))]
    if draw(st.booleans()):
        events.append(timed(f"{names[0]}.sla", stages=names[0], after="3 days", source=TimedSource.SLA))
    moves = {name: names[0] for name in NAMES if name not in names}
    return variant(
        *stages,
        *outcomes(lost=draw(gates)),
        ways=tuple({(w.source, w.target, w.trigger): w for w in ways}.values()),
        timers=tuple(events),
        case=case,
        moves=draw(st.sampled_from([{}, moves])),
    )


@st.composite
def workspaces(draw, release="a" * 16):
    cases = [draw(variants("component", ("s2", "s3")))] if draw(st.booleans()) else []
    return workspace(funnel(draw(variants()), *cases, by="seller_role"), release=release)


commands = st.one_of(
    fields.map(lambda values: asked.SetFields(values=values)),
    st.tuples(st.sampled_from([*NAMES, "won", "lost", "nowhere"]), fields, st.none() | st.just("because")).map(
        lambda move: asked.MoveDeal(to=move[0], set=move[1], override=move[2])
    ),
    st.sampled_from(["in", "out"]).map(lambda to: asked.LogInteraction(values={"kind": "call", "direction": to})),
    st.sampled_from(["a", "b"]).map(lambda text: asked.PutRow(collection="remarks", values={"text": text})),
    st.builds(
        lambda gate, done: asked.TickItem(item=f"{gate}.checklist.seen", done=done),
        st.sampled_from(["s1.leave", "s2.enter", "s3.leave"]),
        st.booleans(),
    ),
    st.sampled_from(["1.1", "2.1", "2.2", "3.1"]).map(lambda key: asked.CompleteTask(task=key)),
    st.just(asked.FactsChanged(names=("account.turnover",))),
)


def check(story: Story) -> None:
    """Check what holds after every step."""
    deal = story.deal
    assert all(timer.key == key and key.visit == deal.visit for key, timer in deal.timers.items())
    armed = [event.timer.key for event in story.happened if type(event) is happened.TimerArmed]
    ended = [event.key for event in story.happened if type(event) is happened.TimerEnded]
    waited = [event.key for event in story.happened if type(event) is happened.TimerEnded and event.armed]
    assert len(armed) == len(set(armed))
    assert len(ended) == len(set(ended))
    assert set(armed) - set(waited) == set(deal.timers)
    assert set(waited) <= set(armed)
    places = [(timer.key.event, timer.offset) for timer in deal.timers.values()]
    assert len(places) == len(set(places))
    planned = story.workspace.funnels["react"].variant(deal.case).timed
    for key in deal.timers:
        assert deal.stage in planned[key.event].stages
    numbers = [event.n for event in story.step.events if hasattr(event, "n")]
    assert len(numbers) == len(set(numbers))
    starts = [link.first for link in story.step.links]
    assert starts == sorted(starts)
    assert all(first <= len(story.step.events) for first in starts)
    if story.step.refusal:
        assert {type(event) for event in story.step.events} <= {
            happened.TransitionRefused,
            happened.TimerArmed,
            happened.TimerEnded,
        }


def fire(story: Story, hours: int, down: bool) -> None:
    """Let time pass, and fire what is due."""
    start, story.now = story.now, story.now + hours * HOUR
    for _ in range(400):
        due = [timer for timer in story.deal.timers.values() if timer.due <= story.now]
        if not due:
            return
        timer = min(due, key=lambda timer: (timer.due, timer.key))
        story.do(asked.FireTimer(timer=timer.key, down=(start, story.now) if down else None), actor="timer")
        assert timer.key not in story.deal.timers
        check(story)
    raise AssertionError("timers do not come to an end")


@settings(max_examples=1200 if DEEP else 50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_every_history_replays_and_every_timer_ends_once(data):
    story = Story(data.draw(workspaces()))
    story.open(fields=data.draw(fields.map(lambda values: {k: v for k, v in values.items() if k != "owner"})))
    if story.deal is None:
        assert story.step.refusal
        return
    check(story)
    for number in range(data.draw(st.integers(1, 8))):
        match data.draw(st.sampled_from(["command", "command", "time", "release"])):
            case "command":
                story.do(data.draw(commands), actor=data.draw(st.sampled_from(["anna", "petr"])))
            case "time":
                fire(story, data.draw(st.sampled_from([1, 24, 100, 800])), data.draw(st.booleans()))
            case "release":
                before = story.workspace
                story.workspace = data.draw(workspaces(release=f"{number}" * 16))
                if story.do(asked.ApplyRelease(), actor="release").refusal:
                    story.workspace = before
        story.now += HOUR
        check(story)


@settings(max_examples=600 if DEEP else 30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_an_import_replays_and_arms_only_the_future(data):
    story = Story(data.draw(workspaces()))
    hours = sorted(data.draw(st.lists(st.integers(1, 3000), min_size=1, max_size=6)))
    rows = tuple(
        asked.HistoryRow(
            key=str(number),
            at=moscow("2025-11-01 10:00") + hour * HOUR,
            stage=data.draw(st.none() | st.sampled_from([*NAMES, "won", "nowhere"])),
            set=data.draw(fields),
            interaction=data.draw(st.none() | st.just({"kind": "call", "direction": "in"})),
        )
        for number, hour in enumerate(hours)
    )
    create = asked.CreateDeal(funnel="react", import_id="i")
    refused = story.do(asked.ImportHistory(import_id="i", rows=rows, create=create), actor="import:i").refusal
    if refused is not None:  # one row that cannot stand refuses all of them
        wrong = {failure.gate.partition(":")[0] for failure in refused.failures}
        rows = tuple(row for row in rows if row.key not in wrong)
        assume(rows)
        story.do(asked.ImportHistory(import_id="i", rows=rows, create=create), actor="import:i")
    check(story)
    assert all(timer.due > story.now for timer in story.deal.timers.values())
    assert story.of(happened.EffectRequested) == story.of(happened.TaskOpened) == []
    assert story.deal.imports == ("i",)
    assert not story.deal.touched
    visits = [event.at for event in story.of(happened.StageEntered)]
    assert visits == sorted(visits)
