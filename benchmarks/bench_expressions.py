"""Expressions beside plain Python lambdas and the rule engines of PyPI: 100 rules over deals with many missing values.

python benchmarks/bench_expressions.py [RECORDS]

The lambdas are what a careful hand would write, None checked. Ours are measured one by one and fused, over records that
stand in their environments; then what these and explanations cost, and compiling a thousand rules. The peers run in an
environment of their own, made under the user's cache folder at the first run; one that cannot be installed is named.
All times are of the processor, the best of several rounds; right is what the lambdas say.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from time import process_time
from typing import Any

from _expression_rules import CHOICES, FIELDS, in_python, in_voronka, records, rules
from _peers import told_by_peers
from rich.console import Console
from rich.table import Table

from voronka.calendars import TimeSpan, WorkingCalendar
from voronka.expressions import Env, Expression, Kind, Name, Scope, Type, compile_expression, fuse
from voronka.frozen import maker

PEERS = (
    "common-expression-language",
    "cel-expr-python",
    "datalogic-py",
    "zen-engine",
    "simpleeval",
    "rule-engine",
    "json-logic-qubit",
)
ROUNDS = 5
OF_PEERS = 300
KINDS = {"number": Kind.NUMBER, "integer": Kind.INTEGER, "choice": Kind.CHOICE, "bool": Kind.BOOL}
CALENDAR = WorkingCalendar(name="", week=((TimeSpan(0, 24 * 60),),) * 7)


def scope() -> Scope:
    return Scope({name: Name(Type(KINDS[kind], tuple(CHOICES.get(name, ())))) for name, kind in FIELDS.items()})


def compiled(texts: list[str]) -> list[Expression]:
    found = [compile_expression(text, of) for of in [scope()] for text in texts]
    faulty = [text for text, each in zip(texts, found, strict=True) if not isinstance(each, Expression)]
    if faulty:
        raise SystemExit(f"not compiled: {faulty[0]}")
    return [each for each in found if isinstance(each, Expression)]


def best(actions: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Return the least processor seconds of each action in several rounds, in which they take turns."""
    times: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(ROUNDS):
        for name, action in actions.items():
            start = process_time()
            action()
            times[name].append(process_time() - start)
    return {name: min(found) for name, found in times.items()}


def ours(all_rules: list[Any], deals: list[dict[str, Any]]) -> tuple[list[list[bool]], dict[str, float]]:
    """Return the right answers, and seconds by what was measured."""
    lambdas = [eval(f"lambda d: {in_python(rule)}") for rule in all_rules]
    expressions = compiled([in_voronka(rule) for rule in all_rules])
    make = maker(Env)

    def env(deal: dict[str, Any]) -> Env:
        return make(values=deal, now=0, zone="UTC", calendar=CALENDAR)

    envs, together = [env(deal) for deal in deals], fuse(expressions)
    for each in expressions:
        each.test(envs[0])  # the code is generated, and stands in place of the method
    tests = [each.test for each in expressions]
    actions: dict[str, Callable[[], list[Any]]] = {
        "lambdas": lambda: [[each(deal) for each in lambdas] for deal in deals],
        "one by one": lambda: [[test(given) for test in tests] for given in envs],
        "fused": lambda: [together(given) for given in envs],
    }
    right, *others = ([[each is True for each in row] for row in action()] for action in actions.values())
    if any(other != right for other in others):
        raise SystemExit("a rule gives another answer than its lambda")
    first, told = expressions[0], envs[0]
    actions |= {
        "fusing": lambda: [fuse(expressions)],
        "putting in": lambda: [env(deal) for deal in deals],
        "explaining": lambda: [first.explain(first.leaves(told)) for _ in range(1_000)],
    }
    return right, best(actions)


def peers(all_rules: list[Any], deals: list[dict[str, Any]], right: list[list[bool]]) -> list[dict[str, Any]]:
    work = {"fields": FIELDS, "rules": all_rules, "records": deals[:OF_PEERS], "right": right[:OF_PEERS]}
    return told_by_peers("_expression_peers.py", PEERS, work)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    all_rules, deals = rules(), records(count)
    right, seconds = ours(all_rules, deals)
    evaluations = len(all_rules) * len(deals)
    limit = seconds["lambdas"] / evaluations
    table = Table("100 rules", "M/s", "time ÷ lambdas", "errors", "wrong answers")
    for name in ("lambdas", "one by one", "fused"):
        each = seconds[name] / evaluations
        table.add_row(name, f"{1e-6 / each:.2f}", f"{each / limit:.2f}", "0", "0")
    for told in peers(all_rules, deals, right):
        if "fault" in told:
            table.add_row(told["peer"], told["fault"], "", "", "")
            continue
        each = told["seconds"]
        table.add_row(
            told["peer"],
            f"{1e-6 / each:.3f}",
            f"{each / limit:.1f}",
            f"{told['errors']:.1%}",
            f"{told['wrong']:.1%}",
        )
    texts = [f"({in_voronka(rule)}) and amount != {n}" for n, rule in enumerate(rules(1_000))]
    compiling = best({"all": lambda: [each._generated() for each in compiled(texts)]})["all"]
    console = Console()
    console.print(table)
    console.print(
        f"1,000 rules compiled, their code generated: {compiling:.2f} s; fusing 100: {seconds['fusing']:.3f} s"
    )
    console.print(f"an environment for a record: {seconds['putting in'] / len(deals) * 1e6:.1f} µs")
    one = seconds["one by one"] / evaluations
    console.print(
        f"a test: {one * 1e9:.0f} ns; an explanation, if one is asked for: {seconds['explaining'] * 1e3:.0f} µs"
    )


if __name__ == "__main__":
    main()
