"""Gates: what must hold to pass. All that is in the way is told at once, with who could unblock it."""

from __future__ import annotations

from collections.abc import Iterable

from voronka.definition.funnels import Check, ChecklistItem
from voronka.frozen import frozen, maker
from voronka.messages import Sentence, Text, listed
from voronka.process.draft import Draft
from voronka.process.fields import label_of
from voronka.process.plan import GatePlan
from voronka.process.step import Failure, Judgement

__all__ = ["OPEN", "Verdict", "judge_gates"]

_judgement = maker(Judgement)


@frozen(kw_only=False)
class Verdict:
    """What the gates of a move said: what is in the way, what was lifted, and what they read where they failed."""

    failures: tuple[Failure, ...] = ()
    lifted: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()

    @property
    def gates(self) -> tuple[str, ...]:
        """The names of what is in the way."""
        return tuple(failure.gate for failure in self.failures)


OPEN = Verdict()
"""Of gates that nothing is in the way of, and nothing had to be lifted."""


def judge_gates(
    draft: Draft, gates: Iterable[GatePlan], *, roles: frozenset[str] = frozenset(), override: bool = False
) -> Verdict:
    """Judge the draft by gates, in their order. With `override`, the `roles` lift the conditions that they may."""
    failures: list[Failure] = []
    lifted: list[str] = []
    reads: set[str] = set()
    for gate in gates:
        before = len(failures)
        if gate.requires:
            _judge_requirements(draft, gate, failures)
        for check in gate.checks:
            if draft.judge(check.name, check.when) is True:
                continue
            if override and not roles.isdisjoint(check.override_by):
                lifted.append(check.name)
            else:
                failures.append(_failure(draft, check, roles, tried=override))
        if gate.items:
            _judge_items(draft, gate, failures)
        if len(failures) > before:
            reads |= gate.reads
    if not failures and not lifted:
        return OPEN
    return Verdict(tuple(failures), tuple(lifted), tuple(sorted(reads)))


def _judge_requirements(draft: Draft, gate: GatePlan, failures: list[Failure]) -> None:
    for name, place, text in gate.requires:
        value = draft.value(name)
        draft.judged(_judgement(name=place, text=text, result=value is not None, values={name: value}))
        if value is None:
            failures.append(_missing(draft, name, place))


def _judge_items(draft: Draft, gate: GatePlan, failures: list[Failure]) -> None:
    ticks = draft.deal.ticks
    for place, item in gate.items:
        ticked = place in ticks
        draft.judged(_judgement(name=place, text=f"{item.name} is ticked", result=ticked, values={}))
        if not ticked:
            failures.append(_unticked(item, place))


def _missing(draft: Draft, name: str, place: str) -> Failure:
    label = label_of(draft.funnel.fields, name)
    return Failure(
        gate=place, reason=Text("“{field}” is missing.", field=label), unblock=Text("Fill in “{field}”.", field=label)
    )


def _failure(draft: Draft, check: Check, held: frozenset[str], *, tried: bool) -> Failure:
    """Return what is in the way. `tried`: the actor has given a reason to lift it, and may not in the roles `held`."""
    reason: Sentence = check.message or Text("It does not hold that {condition}.", condition=check.when.text)
    if not check.override_by:
        return Failure(gate=check.name, reason=reason, unblock=Text("Nobody may lift this condition: make it hold."))
    roles = draft.workspace.roles
    who = listed(roles[role].label if role in roles else role for role in check.override_by)
    if not tried:
        unblock = Text("Make it hold, or have it lifted with a reason by: {who}.", who=who)
    elif not held:
        unblock = Text("Whoever acts has no role and may not lift it; these may: {who}.", who=who)
    else:
        own = listed(roles[role].label if role in roles else role for role in sorted(held))
        unblock = Text("The role “{role}” may not lift it; these may: {who}.", role=own, who=who)
    return Failure(gate=check.name, reason=reason, unblock=unblock, forbidden=tried)


def _unticked(item: ChecklistItem, place: str) -> Failure:
    match item.evidence:
        case None:
            unblock = Text("Tick “{item}”.", item=item.label)
        case "link":
            unblock = Text("Tick “{item}” and give a link to the evidence.", item=item.label)
        case _:
            unblock = Text("Tick “{item}” and write down the evidence.", item=item.label)
    reason = Text("“{item}” is not ticked.", item=item.label)
    return Failure(gate=place, reason=reason, unblock=unblock, evidence=item.evidence)
