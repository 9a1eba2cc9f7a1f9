"""Runs in the environment of the peers: reads a table, deals and right answers, prints what each peer needed."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from time import process_time
from types import SimpleNamespace
from typing import Any


def zen_engine(names: list[str], cells: list[list[str]]) -> Callable[..., Any]:
    import zen

    def cell(text: str) -> str:
        return text if text[0] in "<>" else json.dumps(text)

    def node(name: str, kind: str, **content: Any) -> dict[str, Any]:
        return {"id": name, "type": kind, "name": name, "position": {"x": 0, "y": 0}, **content}

    rules = [
        {"_id": str(number), **{n: cell(c) for n, c in zip(names, row, strict=True)}, "limit": str(number)}
        for number, row in enumerate(cells)
    ]
    table = {
        "hitPolicy": "first",
        "inputs": [{"id": name, "name": name, "field": name} for name in names],
        "outputs": [{"id": "limit", "name": "limit", "field": "limit"}],
        "rules": rules,
    }
    nodes = [node("in", "inputNode"), node("t", "decisionTableNode", content=table), node("out", "outputNode")]
    edges = [{"id": a + b, "sourceId": a, "targetId": b, "type": "edge"} for a, b in (("in", "t"), ("t", "out"))]
    decision = zen.ZenEngine().create_decision(json.dumps({"nodes": nodes, "edges": edges}))
    return lambda *deal: decision.evaluate(dict(zip(names, deal, strict=True)))["result"].get("limit")


def spiff_workflow(names: list[str], cells: list[list[str]]) -> Callable[..., Any]:
    from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
    from SpiffWorkflow.dmn.engine.DMNEngine import DMNEngine
    from SpiffWorkflow.dmn.specs.model import DecisionTable, Input, InputEntry, Output, OutputEntry, Rule

    table = DecisionTable("t", "t", "UNIQUE")  # it has no other policy of one result; the rows do not overlap
    inputs, output = [Input(n, n, n, n, "") for n in names], Output("limit", "limit", "limit", "")
    for number, row in enumerate(cells):
        rule, result = Rule(str(number)), OutputEntry("limit", output)
        for asked, text in zip(inputs, row, strict=True):
            entry = InputEntry(asked.id, asked)
            entry.lhs = [f"? is not None and ? {text}" if text[0] in "<>" else repr(text)]
            rule.inputEntries.append(entry)
        result.text = str(number)
        rule.outputEntries.append(result)
        table.rules.append(rule)
    engine, workflow = DMNEngine(table), SimpleNamespace(script_engine=PythonScriptEngine())

    def decide(*deal: Any) -> Any:
        task = SimpleNamespace(data=dict(zip(names, deal, strict=True)), workflow=workflow)
        return engine.result(task).get("limit")

    return decide


PEERS = {"zen-engine": (zen_engine, 10_000), "SpiffWorkflow": (spiff_workflow, 500)}


def main() -> None:
    work = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    for name in sys.argv[2:]:
        make, most = PEERS[name]
        try:
            decide, over = make(work["names"], work["cells"]), work["deals"][:most]
            begun = process_time()
            found = [decide(*deal) for deal in over]
            spent = process_time() - begun
            wrong = sum(a != b for a, b in zip(found, work["right"], strict=False))
            told = {"each": spent / len(over), "wrong": wrong}
        except Exception as fault:
            told = {"fault": f"{type(fault).__name__}: {fault}"[:200]}
        print(json.dumps({"peer": name, **told}), flush=True)


main()
