"""Rules: whether one acts on a deal now, and what it does, or in shadow mode would do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from voronka.calendars import due, due_again
from voronka.definition.actions import MoveAction
from voronka.expressions import Value
from voronka.frozen import maker
from voronka.messages import words
from voronka.process import events as happened
from voronka.process.actions import perform
from voronka.process.changes import changed_names
from voronka.process.codec import encode
from voronka.process.draft import Consequence, Draft
from voronka.process.events import Event, RuleFailed, RuleFired, RuleReset
from voronka.process.fields import assigned
from voronka.process.moves import judge_move
from voronka.process.refusals import CHAIN_TOO_LONG, Refused
from voronka.process.rule_index import FEWEST_TOGETHER, RuleIndex, RulePlan, RuleTurns
from voronka.process.state import Firing, Held, Stream, StreamKind
from voronka.process.step import Judgement

__all__ = ["differing", "fail", "follow", "judge", "take_turn", "triggered"]

_judgement, _turns = maker(Judgement), maker(RuleTurns)
_NONE: Mapping[RulePlan, Value | None] = {}
_ENDINGS = {"fired": "timer.fired", "skipped": "timer.skipped"}
_CLOCKWORK = (happened.TimerArmed, happened.TimerEnded)


def triggered(
    rules: RuleIndex,
    news: Sequence[Event],
    changed: Iterable[str],
    own: str,
    differs: Callable[[str], bool] = lambda _: True,
) -> list[RulePlan]:
    """Return the rules that news, and names that have `changed`, trigger, in their order; not the one labelled `own`,
    whose doing the news are. `differs`: whether another account or contact has another value under a name.
    """
    found: dict[str, RulePlan] = {}
    names = set(changed)
    for event in news:
        kind = event.kind
        if isinstance(event, happened.TimerEnded):
            kind = _ENDINGS.get(event.result, "")
        elif isinstance(event, happened.StageEntered):
            found.update((plan.name, plan) for plan in rules.by_stage.get(event.stage, ()))
        elif isinstance(event, happened.DealCreated):
            names |= _given(event)
        found.update((plan.name, plan) for plan in rules.by_event.get(kind, ()))
    if rules.by_name:
        for name in names:
            found.update((plan.name, plan) for plan in rules.by_name.get(name, ()))
            for plan in rules.by_link.get(name, ()):
                if plan.name not in found and plan.label != own and differs(plan.rule.trigger.name):
                    found[plan.name] = plan
    return sorted((plan for plan in found.values() if plan.label != own), key=lambda plan: plan.place)


def differing(draft: Draft, news: Sequence[Event]) -> Callable[[str], bool]:
    """Return whether, after the news, a field of the deal's account or contact has another value for the deal, as where
    they have brought another account: ``account.turnover``. What there was not before is no value.
    """
    before: dict[str, Held | None] = {}
    for event in news:
        if isinstance(event, happened.FieldsChanged):
            for link in ("account", "contact"):
                if link in event.new:
                    before.setdefault(link, event.old.get(link))

    def differs(name: str) -> bool:
        link, _, field = name.partition(".")
        was = before.get(link)
        old: Held | None = None
        if isinstance(was, str):
            stream = Stream(StreamKind(link), bytes.fromhex(was))
            old = draft.names.value_of(stream, field)
        return bool(old != draft.value(name))

    return differs


def _given(event: happened.DealCreated) -> set[str]:
    links = {"owner": event.owner, "account": event.account, "contact": event.contact}
    return {*event.fields, *(name for name, value in links.items() if value is not None)}


def follow(draft: Draft, changed: set[str], *, entered: bool) -> None:
    """Take note of scheduled rules that have acted on the deal and whose condition a change has ended."""
    scheduled = draft.funnel.rules.scheduled
    for name, firing in draft.deal.rules.items():
        plan = scheduled.get(name) if firing.holds else None
        if plan is not None and (entered or not plan.reads.isdisjoint(changed)) and not _holds(draft, plan):
            draft.add(RuleReset(rule=name))


def take_turn(draft: Draft, turns: RuleTurns) -> None:
    """Judge the waiting rules in their order up to the first of which something follows; the others go on waiting.

    Their conditions are judged together at first. One is judged again when its turn comes if what has happened since
    then has changed what it reads: each rule acts on the deal as those before it have left it.
    """
    verdicts, stale = turns.verdicts, turns.stale
    if verdicts is None:
        verdicts = _judged_together(draft, turns.plans) if len(turns.plans) >= FEWEST_TOGETHER else _NONE
    elif verdicts:
        changed = changed_names(draft.events[turns.events :])
        verdicts, stale = (_NONE, stale) if changed is None else (verdicts, stale | changed)
    remembered = draft.deal.rules
    for turn, plan in enumerate(turns.plans, 1):
        known = plan in verdicts and stale.isdisjoint(plan.reads)
        holds = verdicts[plan] is True if known else _holds(draft, plan)
        if not holds and plan.name not in remembered:
            continue
        if turn < len(turns.plans):
            draft.queue.appendleft(
                _turns(
                    plans=turns.plans[turn:], verdicts=verdicts, events=len(draft.events), stale=stale, led=turns.led
                )
            )
        draft.act(turns.led, plan.label)
        _follow_up(draft, plan, holds=holds)
        return


def _judged_together(draft: Draft, plans: tuple[RulePlan, ...]) -> Mapping[RulePlan, Value | None]:
    deal = draft.deal
    together = draft.funnel.rules.together(plans, deal.stage, closed=deal.outcome is not None)
    if together is None:
        return _NONE
    return dict(zip(together.plans, together.function(draft.env(together.sample)), strict=True))


def judge(draft: Draft, plan: RulePlan) -> None:
    """Let a rule act if its condition holds and it may act again."""
    draft.act((), plan.label)
    _follow_up(draft, plan, holds=_holds(draft, plan))


def _follow_up(draft: Draft, plan: RulePlan, *, holds: bool) -> None:
    known = draft.deal.rules.get(plan.name)
    if known is not None and known.shadow is not plan.shadow:
        known = None  # what was only told of was not done, and the other way round
    if not holds:
        if known is not None and known.holds:
            draft.add(RuleReset(rule=plan.name))
        return
    if known is not None and not _again(draft, plan, known):
        return
    draft.because(draft.by_itself(plan.label))
    if plan.where is not None:
        env = draft.env(plan.where)
        where = plan.where
        draft.judged(_judgement(name=f"{plan.name}.where", text=where.text, result=True, values=where.leaves(env)))
    if plan.shadow:
        _tell(draft, plan)
    else:
        _act(draft, plan)


def _holds(draft: Draft, plan: RulePlan) -> bool:
    deal = draft.deal
    if deal.stage not in plan.stages or (deal.outcome is not None and not plan.rule.closed):
        return False
    return plan.where is None or plan.where.evaluate(draft.env(plan.where)) is True


def _again(draft: Draft, plan: RulePlan, last: Firing) -> bool:
    """Tell whether a rule may act once more: after `again_after`, or if its condition had ceased to hold.

    A last time that lies further ahead than the pause is long was recorded by a clock that was ahead: it is over. So a
    clock that is set right by a little lets no rule act twice, and any other holds one up for two pauses at most.
    """
    if plan.scheduled and not last.holds:
        return True
    pause = plan.rule.again_after
    if pause is None:
        return not plan.scheduled
    workspace, schedule = draft.workspace, plan.rule.trigger.schedule
    after = partial(due, offset=pause, calendar=workspace.calendar, zone=workspace.timezone)
    again = after(last.at)
    if schedule is not None:
        again = due_again(schedule, last.at, pause, calendar=workspace.calendar, zone=workspace.timezone)
    return draft.now >= again or (last.at > draft.now and last.at > after(draft.now))


def _act(draft: Draft, plan: RulePlan) -> None:
    draft.count(plan.label)
    checkpoint = draft.checkpoint()
    try:
        draft.add(
            RuleFired(n=draft.child(), rule=plan.name, at=draft.now, remembered=_remembers(plan), holds=plan.scheduled)
        )
        perform(draft, plan.actions, plan.label)
    except Refused as fault:
        if fault.refusal.code == CHAIN_TOO_LONG:
            raise
        draft.restore(checkpoint)
        fail(draft, plan, fault)


def fail(draft: Draft, plan: RulePlan, fault: Refused) -> None:
    """Take note that a rule could not do what it is to do."""
    why = fault.refusal.failures[0].reason
    draft.add(
        RuleFailed(
            n=draft.child(),
            rule=plan.name,
            at=draft.now,
            reason=str(why),
            reasons=words(why),
            remembered=_remembers(plan),
            holds=plan.scheduled,
        )
    )


def _remembers(plan: RulePlan) -> bool:
    return plan.scheduled or plan.rule.again_after is not None


def _tell(draft: Draft, plan: RulePlan) -> None:
    """Decide what the rule would do, and take it back."""
    checkpoint = draft.checkpoint()
    waiting = len(draft.queue)
    would: list[Mapping[str, object]]
    try:
        perform(draft, plan.actions, plan.label)
        would = [encode(event) for event in draft.events[checkpoint.events :] if not isinstance(event, _CLOCKWORK)]
        would += [_move(draft, each) for each in list(draft.queue)[waiting:] if isinstance(each, Consequence)]
    except Refused as fault:
        if fault.refusal.code == CHAIN_TOO_LONG:
            raise
        why = fault.refusal.failures[0].reason
        would = [{"kind": RuleFailed.kind, "reason": str(why), "reasons": words(why)}]
    draft.restore(checkpoint)
    draft.add(
        RuleFired(
            n=draft.child(),
            rule=plan.name,
            at=draft.now,
            remembered=_remembers(plan),
            holds=plan.scheduled,
            shadow=True,
            would=tuple(would),
        )
    )


def _move(draft: Draft, consequence: Consequence) -> Mapping[str, object]:
    """Return a move as the rule would make it, with the gates that would stop it."""
    action = consequence.what
    source = draft.stage
    gates: tuple[str, ...] = ()
    if not isinstance(action, MoveAction):
        raise TypeError(f"an action does not queue {action}")
    way = source.ways.get(action.to)
    if way is None:
        gates = () if action.to == source.name else ("transition",)
    else:
        _, verdict = judge_move(draft, source, way, assigned(draft, action.set))
        gates = verdict.gates
    return {"kind": "move", "to": action.to, "gates": list(gates)}
