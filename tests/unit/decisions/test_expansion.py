"""A decision and its expansion into comparisons give the same, whatever the values."""

from itertools import product

import pytest

from tests.unit.decisions.workspaces import env, workspace_of
from voronka.expressions.ir import Decide, walk
from voronka.expressions.python_code import evaluator

TABLE = """
tables:
  t:
    hit: {hit}
    inputs: [fit, weight, role, vip, due]
    outputs: {{x: {{type: {type}, options: {options}}}}}
    rows:
      - ["< 3", any, any, any, any, {a}]
      - ["2..4, 5", ">= 0.5", "not kit", any, any, {b}]
      - [any, "0..<0.5", "kit, dealer", true, any, {c}]
      - [missing, "not missing", any, any, "< 2026-03-01", {a}]
"""
VALUES = {
    "fit": (None, 1, 2, 3, 5),
    "weight": (None, -1.0, 0.0, 0.25, 0.5),
    "role": (None, "kit", "dealer", "integrator"),
    "vip": (None, True, False),
    "due": (None, "2026-02-28", "2026-03-01"),
}
CASES = [
    ("first", "choice", "[p, q, r]", "pqr"),
    ("priority", "choice", "[r, q, p]", "pqr"),
    ("collect sum", "integer", None, "124"),
    ("collect sum", "number", None, ("0.5", "0.25", "2")),
    ("collect count", "choice", "[p, q, r]", "pqr"),
]


@pytest.mark.parametrize(("hit", "type_", "options", "cells"), CASES)
def test_a_table_and_its_expansion_agree(hit, type_, options, cells):
    a, b, c = cells
    rules = TABLE.format(hit=hit, type=type_, options=options, a=a, b=b, c=c)
    rules = rules.replace(", options: None", "")
    check(rules, "tables.t.x", VALUES)


def test_the_number_of_the_row_and_its_expansion_agree():
    rules = TABLE.format(hit="first", type="choice", options="[p, q]", a="p", b="q", c="p")
    check(rules, "tables.t.row", VALUES)


@pytest.mark.parametrize("output", ["total", "band", "budget", "fit", "weight"])
def test_a_scorecard_and_its_expansion_agree(output):
    rules = """
scorecards:
  s:
    factors:
      budget: {field: budget, weight: 25, scale: {0: unknown, 1: hinted, 2: stated, 3: approved}}
      fit: {field: fit, weight: 15.5, scale: 1..5}
      weight: {field: weight, weight: 2, scale: {0: "< 0", 0.5: "0..<0.5", 1: ">= 0.5"}}
    bands: {hot: 75, warm: 50, cold: 0}
"""
    values = {
        "budget": (None, "unknown", "hinted", "approved"),
        "fit": (None, 1, 4, 5, 9, -3),
        "weight": VALUES["weight"],
    }
    check(rules, f"scores.s.{output}", values)


def check(rules, text, values):
    """Demand that what `text` names and its expansion agree on all combinations of values."""
    act = f"{{r: {{trigger: {{field: city}}, where: {text} is not missing, do: [{{task: {{title: A}}}}]}}}}"
    where = workspace_of(f"{rules}rules: {act}\n").rules["r"].where
    (node,) = (node for node in walk(where.node) if isinstance(node, Decide) and node.text == text)
    expansion = node.decision.expansion(node.operands)

    assert expansion is not None
    assert expansion.type.kind is node.type.kind
    decided, expanded = evaluator(node), evaluator(expansion)
    for combination in product(*values.values()):
        deal = env(**dict(zip(values, combination, strict=True)))
        assert decided(deal) == expanded(deal), deal.values
