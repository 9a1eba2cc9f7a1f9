"""Runs in the environment of the peers: reads rules, records and right answers, prints what each peer needed.

A peer gets each rule as its users write it, and each record with None for what is not there. A rule that raises is an
error; one that gives another truth than the right one is a wrong answer.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

SECONDS = 20


def in_cel(rule: Any) -> str:
    match rule:
        case [("and" | "or") as word, *parts]:
            return f" {'&&' if word == 'and' else '||'} ".join(f"({in_cel(part)})" for part in parts)
        case ["missing", name]:
            return f"{in_cel(name)} == null"
        case ["yes", name]:
            return f"{in_cel(name)} == true"
        case ["name", name]:
            return str(name)
        case [operator, left, right]:
            return f"{in_cel(left)} {operator} {in_cel(right)}"
    return json.dumps(rule)


def in_cel_of_doubles(rule: Any) -> str:
    """CEL proper compares numbers of one kind only; the numbers of the records are doubles there."""
    if isinstance(rule, list) and rule and rule[0] not in ("in", "name") and len(rule) == 3:
        rule = [float(each) if type(each) is int else each for each in rule]
    match rule:
        case [("and" | "or") as word, *parts]:
            return f" {'&&' if word == 'and' else '||'} ".join(f"({in_cel_of_doubles(part)})" for part in parts)
        case [("<" | "<=" | ">" | ">=" | "*") as operator, left, right]:
            return f"{in_cel_of_doubles(left)} {operator} {in_cel_of_doubles(right)}"
    return in_cel(rule)


def in_words(rule: Any, nothing: str, yes: str) -> str:
    """The languages that look like Python."""
    match rule:
        case [("and" | "or") as word, *parts]:
            return f" {word} ".join(f"({in_words(part, nothing, yes)})" for part in parts)
        case ["missing", name]:
            return f"{in_words(name, nothing, yes)} == {nothing}"
        case ["yes", name]:
            return f"{in_words(name, nothing, yes)} == {yes}"
        case ["name", name]:
            return str(name)
        case [operator, left, right]:
            return f"{in_words(left, nothing, yes)} {operator} {in_words(right, nothing, yes)}"
    return json.dumps(rule)


def in_json_logic(rule: Any) -> Any:
    match rule:
        case ["missing", name]:
            return {"==": [in_json_logic(name), None]}
        case ["yes", name]:
            return {"==": [in_json_logic(name), True]}
        case ["name", name]:
            return {"var": name}
        case ["in", name, options]:
            return {"in": [in_json_logic(name), options]}
        case [operator, *parts]:
            return {operator: [in_json_logic(part) for part in parts]}
    return rule


def common_expression_language(rules: list[Any]) -> Iterator[Callable[[Any], Any]]:
    import cel

    for rule in rules:
        text = in_cel_of_doubles(rule)
        yield cel.compile(text).execute


def cel_expr_python(rules: list[Any]) -> Iterator[Callable[[Any], Any]]:
    from cel_expr_python import cel

    names = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["fields"]
    environment = cel.NewEnv(variables=dict.fromkeys(names, cel.Type.DYN))
    for rule in rules:
        program = environment.compile(in_cel_of_doubles(rule))

        def run(record: Any, program: Any = program) -> Any:
            result = program.eval(data=record)
            value = result.value()
            if not isinstance(value, bool):
                raise TypeError(value)
            return value

        yield run


def zen_engine(rules: list[Any]) -> Iterator[Callable[[Any], Any]]:
    import zen

    for rule in rules:
        program = zen.compile_expression(in_words(rule, "null", "true"))
        yield program.evaluate


def simpleeval(rules: list[Any]) -> Iterator[Callable[[Any], Any]]:
    from simpleeval import EvalWithCompoundTypes

    for rule in rules:
        text = in_words(rule, "None", "True")
        evaluator = EvalWithCompoundTypes()
        tree = evaluator.parse(text)

        def run(record: Any, evaluator: Any = evaluator, text: str = text, tree: Any = tree) -> Any:
            evaluator.names = record
            return evaluator.eval(text, previously_parsed=tree)

        yield run


def rule_engine(rules: list[Any]) -> Iterator[Callable[[Any], Any]]:
    from rule_engine import Rule

    for rule in rules:
        yield Rule(in_words(rule, "null", "true")).matches


def datalogic_py(rules: list[Any]) -> Iterator[Callable[[Any], Any]]:
    engine = datalogic_engine()

    for rule in rules:
        yield engine.compile(in_json_logic(rule)).evaluate_data


def datalogic_engine() -> Any:
    from datalogic_py import Engine

    return Engine()


def prepared(name: str) -> Callable[[Any], Any]:
    """Return what a peer makes of a record once, for all rules."""
    if name == "datalogic-py":
        from datalogic_py import DataHandle

        return DataHandle
    return lambda record: record


def json_logic_qubit(rules: list[Any]) -> Iterator[Callable[[Any], Any]]:
    from json_logic import jsonLogic

    for rule in rules:
        logic = in_json_logic(rule)
        yield lambda record, logic=logic: jsonLogic(logic, record)


PEERS = {
    "common-expression-language": common_expression_language,
    "cel-expr-python": cel_expr_python,
    "datalogic-py": datalogic_py,
    "zen-engine": zen_engine,
    "simpleeval": simpleeval,
    "rule-engine": rule_engine,
    "json-logic-qubit": json_logic_qubit,
}


def measured(name: str, rules: list[Any], records: list[Any], right: list[list[bool]]) -> dict[str, Any]:
    """Return the processor seconds of one evaluation, and the shares of errors and wrong answers."""
    programs, prepare = list(PEERS[name](rules)), prepared(name)
    errors = wrong = count = 0
    spent, begun = 0.0, perf_counter()
    for record, answers in zip(records, right, strict=True):
        start = process_time()
        found = []
        given = prepare(record)
        for program in programs:
            try:
                found.append(program(given))
            except Exception:  # whatever a peer raises is an error of it
                found.append(None)
                errors += 1
        spent += process_time() - start
        count += len(programs)
        wrong += sum(
            1 for got, answer in zip(found, answers, strict=True) if got is not None and (got is True) is not answer
        )
        if perf_counter() - begun > SECONDS:
            break
    return {"seconds": spent / count, "errors": errors / count, "wrong": wrong / count}


def main() -> None:
    work = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    names = list(work["fields"])
    doubles = {name for name, kind in work["fields"].items() if kind in ("integer", "number")}
    records = [
        {n: float(r[n]) if n in doubles and r.get(n) is not None else r.get(n) for n in names} for r in work["records"]
    ]
    for name in sys.argv[2:]:
        try:
            result = measured(name, work["rules"], records, work["right"])
        except Exception as fault:
            result = {"fault": f"{type(fault).__name__}: {fault}"[:200]}
        print(json.dumps({"peer": name, **result}), flush=True)


main()
