"""How many steps a second: decide and evolve, beside the state machine libraries that only change a state.

python benchmarks/bench_step.py
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import process_time
from typing import Any

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.unit.process.builders import DEAL, moscow, outcomes, simple, stage, timed, when
from transitions import Machine

from voronka.definition.actions import SetAction
from voronka.definition.rights import rights_of
from voronka.definition.rules import Rule, Trigger, TriggerKind
from voronka.definition.workspace import Workspace
from voronka.expressions import Value
from voronka.messages import Label
from voronka.process.commands import Chain, CreateDeal, MoveDeal, SetFields
from voronka.process.decide import decide
from voronka.process.evolve import evolve_entry
from voronka.process.step import Facts, Moment, Step

SECONDS = 1.5

WORKSPACE = simple(
    stage("needs", leave={"require": "need"}),
    stage("proposal", enter={"checks": {"1": "amount > 1000", "2": "score >= 2 and not replied"}}),
    *outcomes(),
    timers=(
        timed("send", stages="proposal", after="2 days", at="10:00"),
        timed("nudge", stages="proposal", every="3 working days", at_most=4),
    ),
)


RIGHTS = rights_of(WORKSPACE, {}, "anna", 0)
CONDITIONS = (
    "amount > {} and score >= 2",
    "loss_reason is missing and amount * 2 > {}",
    "agreed or amount > {}",
    "score in [1, 2] or coalesce(amount, 0) > {} and not replied",
    "days_in_stage > 5 and amount > {}",
)
"""Of rules that a change concerns; none of them holds."""


NEED = Trigger(kind=TriggerKind.FIELD, name="need")
PROPOSAL = Trigger(kind=TriggerKind.STAGE, funnel="react", name="proposal")
OTHERS = (
    *(Trigger(kind=TriggerKind.FIELD, name=name) for name in ("amount", "score", "loss_reason", "deadline")),
    *(Trigger(kind=TriggerKind.STAGE, funnel="react", name=name) for name in ("won", "lost")),
)


def with_rules(touched: int, others: int, trigger: Trigger = NEED) -> Workspace:
    """Return the workspace with rules: so many that a `trigger` concerns and that do not act, and others."""
    triggers = [trigger] * touched + [OTHERS[number % len(OTHERS)] for number in range(others)]
    return with_conditions([(each, f"amount > {10_000_000 + number}") for number, each in enumerate(triggers)])


def with_conditions(wanted: list[tuple[Trigger, str]]) -> Workspace:
    """Return the workspace with a rule for each of these triggers and conditions."""
    rules = {
        f"rule_{number}": Rule(
            name=f"rule_{number}",
            label=Label.plain(f"rule_{number}"),
            trigger=trigger,
            where=when(text),
            actions=(SetAction(values={"agreed": True}),),
            places={"react": frozenset({"needs", "proposal"})},
        )
        for number, (trigger, text) in enumerate(wanted)
    }
    return replace(WORKSPACE, rules=rules)


def concerned(count: int) -> Workspace:
    """Return the workspace with rules of compound conditions: so many that a changed `need` concerns; none acts."""
    texts = [CONDITIONS[number % len(CONDITIONS)].format(10_000_000 + number) for number in range(count)]
    return with_conditions([(NEED, text) for text in texts])


def moment(now: int) -> Moment:
    """Return a moment at which a manager acts."""
    return Moment(
        now=now,
        actor="anna",
        source="bench",
        occurred_at=now,
        stream=DEAL,
        chain=Chain("bench"),
        rights=RIGHTS,
        number=1,
    )


def per_second(run: Callable[[], object]) -> float:
    """Return the best rate of three rounds, by processor time: others on the machine do not count."""
    best = 0.0
    for _ in range(3):
        count, start = 0, process_time()
        while (spent := process_time() - start) < SECONDS / 3:
            for _ in range(200):
                run()
            count += 200
        best = max(best, count / spent)
    return best


def decided(step: object) -> Step:
    """Return a step that nothing stood in the way of."""
    if not isinstance(step, Step) or step.refusal is not None or not step.events:
        raise SystemExit(f"the benchmark's command did not pass: {step}")
    return step


def main() -> None:
    """Print the table."""
    now = moscow("2026-03-02 10:00")
    fields: dict[str, Value | None] = {"need": "pump", "amount": 500_000, "score": 3}
    opened = decided(decide(WORKSPACE, Facts(), CreateDeal(funnel="react", fields=fields), moment(now)))
    facts = Facts(deal=opened.state)  # type: ignore[arg-type] # a deal
    at = moment(now + 1)
    up, change = MoveDeal(to="proposal"), SetFields(values={"need": "a bigger pump"})
    moved = decided(decide(WORKSPACE, facts, up, at))
    decided(decide(WORKSPACE, facts, change, at))

    many, some = with_rules(0, 1_000), with_rules(3, 97)
    few_to_move, many_to_move = with_rules(3, 7, PROPOSAL), with_rules(3, 997, PROPOSAL)
    for definition in (many, some):
        decided(decide(definition, facts, change, at))
    for definition in (few_to_move, many_to_move):
        decided(decide(definition, facts, up, at))

    concerning = {count: concerned(count) for count in (1, 10, 100)}

    def replay() -> object:
        return evolve_entry(opened.state, moved.events, seq=2, release=WORKSPACE.release)

    class Model:
        state = "needs"

    names = ["needs", "proposal", "won", "lost"]
    ways: list[Any] = [
        {"trigger": "up", "source": "needs", "dest": "proposal", "conditions": ["rich", "scored"]},
        {"trigger": "back", "source": "proposal", "dest": "needs"},
    ]

    class Guarded(Model):
        amount, score, replied = 500_000, 3, False

        def rich(self) -> bool:
            return self.amount > 1000

        def scored(self) -> bool:
            return self.score >= 2 and not self.replied

    shared = Machine(model=None, states=names, transitions=ways, initial="needs", auto_transitions=False)
    model = Guarded()
    shared.add_model(model, initial="needs")
    steps = [model.up, model.back]  # type: ignore[attr-defined] # put there by the machine
    turn = [0]

    def peer_shared() -> object:
        turn[0] ^= 1
        return steps[turn[0] ^ 1]()

    def peer_fresh() -> object:
        deal = Guarded()
        Machine(model=deal, states=names, transitions=ways, initial="needs", auto_transitions=False)
        return deal.up()  # type: ignore[attr-defined] # put there by the machine

    rates = {
        "a move: gate of two conditions, two timers (decide + evolve)": per_second(
            lambda: decide(WORKSPACE, facts, up, at)
        ),
        "the move, 10 rules of which it concerns 3": per_second(lambda: decide(few_to_move, facts, up, at)),
        "the move, 1,000 rules of which it concerns 3": per_second(lambda: decide(many_to_move, facts, up, at)),
        "a field set (decide + evolve)": per_second(lambda: decide(WORKSPACE, facts, change, at)),
        "a field set, 1,000 rules that it does not touch": per_second(lambda: decide(many, facts, change, at)),
        "a field set, 100 rules of which it touches 3": per_second(lambda: decide(some, facts, change, at)),
        **{
            f"a field set, {count} compound rules that it concerns": per_second(
                lambda definition=definition: decide(definition, facts, change, at)  # type: ignore[misc] # bound now
            )
            for count, definition in concerning.items()
        },
        "a move replayed (evolve_entry alone)": per_second(replay),
        "transitions, one shared machine: state and two conditions only": per_second(peer_shared),
        "transitions, a machine for each deal": per_second(peer_fresh),
    }
    peer = rates["transitions, one shared machine: state and two conditions only"]
    table = Table("work", "per second", "of the shared machine")
    for name, rate in rates.items():
        table.add_row(name, f"{rate:,.0f}", f"{rate / peer:.2f}")
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
