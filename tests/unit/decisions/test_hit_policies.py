"""Hit policies as DMN 1.3 has them (8.2.8), with cases of our own."""

import pytest

from tests.unit.decisions.workspaces import env, expression, workspace_of
from voronka.expressions import Kind

DISCOUNTS = """
tables:
  t:
    hit: {hit}
    inputs: [fit, vip]
    outputs: {outputs}
    rows:
      - ["< 3", any, {low}]
      - [">= 2", any, {middle}]
      - [any, true, {high}]
"""
CHOICES = "{grade: {type: choice, options: [gold, silver, bronze]}}"


def table(hit, outputs, low, middle, high):
    return workspace_of(
        DISCOUNTS.replace("{hit}", hit)
        .replace("{outputs}", outputs)
        .replace("{low}", low)
        .replace("{middle}", middle)
        .replace("{high}", high)
    )


NOTHING = {"vip": False}
FIRST = {"fit": 1, "vip": False}
BOTH = {"fit": 2, "vip": False}
ALL = {"fit": 2, "vip": True}
LAST = {"vip": True}


@pytest.mark.parametrize(
    ("hit", "results"),
    [
        # nothing hits, the first row, the first two, all three, the last alone
        ("first", [None, "silver", "silver", "silver", "gold"]),
        ("priority", [None, "silver", "silver", "gold", "gold"]),
        ("rule order", [None, ("silver",), ("silver", "bronze"), ("silver", "bronze", "gold"), ("gold",)]),
        ("output order", [None, ("silver",), ("silver", "bronze"), ("gold", "silver", "bronze"), ("gold",)]),
        ("collect", [None, ("silver",), ("silver", "bronze"), ("silver", "bronze", "gold"), ("gold",)]),
        ("collect count", [0, 1, 2, 3, 1]),
    ],
)
def test_which_of_the_rows_that_hit_give_the_result(hit, results):
    workspace = table(hit, CHOICES, "silver", "bronze", "gold")
    grade = expression(workspace, "tables.t.grade")

    assert [grade.evaluate(env(**values)) for values in (NOTHING, FIRST, BOTH, ALL, LAST)] == results


@pytest.mark.parametrize(
    ("hit", "results"),
    [
        ("collect sum", [0, 5, 8, 15, 7]),
        ("collect min", [None, 5, 3, 3, 7]),
        ("collect max", [None, 5, 5, 7, 7]),
        ("collect count", [0, 1, 2, 3, 1]),
    ],
)
def test_what_the_rows_that_hit_come_to(hit, results):
    points = expression(table(hit, "[points]", "5", "3", "7"), "tables.t.points")

    assert [points.evaluate(env(**values)) for values in (NOTHING, FIRST, BOTH, ALL, LAST)] == results


def test_a_sum_of_percentages_is_a_percentage():
    points = expression(table("collect sum", "[points]", "5%", "10%", "25%"), "tables.t.points")

    assert points.type.kind is Kind.PERCENT
    assert points.evaluate(env(**ALL)) == pytest.approx(0.4)


def test_rows_with_equal_results_are_listed_once():
    points = expression(table("collect", "[points]", "a", "b", "a"), "tables.t.points")

    assert points.evaluate(env(**ALL)) == ("a", "b")


def test_rows_that_agree_may_meet_under_any():
    workspace = workspace_of(
        """
tables:
  t:
    hit: any
    inputs: [fit]
    outputs: [grade]
    rows: [["<= 3", low], ["2..3", low], ["> 3", high]]
"""
    )
    grade = expression(workspace, "tables.t.grade")

    assert [grade.evaluate(env(fit=fit)) for fit in (1, 2, 3, 4, None)] == ["low", "low", "low", "high", None]


def test_unique_is_the_policy_of_a_table_that_names_none():
    workspace = workspace_of("tables: {t: {inputs: [fit], outputs: [grade], rows: [['<= 3', low], ['> 3', high]]}}")

    assert workspace.tables["t"].hit.value == "unique"
    assert expression(workspace, "tables.t.grade").evaluate(env(fit=4)) == "high"


def test_priority_goes_by_the_first_output_then_by_the_second():
    workspace = workspace_of(
        """
tables:
  t:
    hit: priority
    inputs: [fit]
    outputs: {grade: {type: choice, options: [gold, silver]}, who: {type: choice, options: [head, manager]}}
    rows: [[any, silver, head], ["> 1", gold, manager], ["> 2", gold, head]]
"""
    )
    both = [expression(workspace, f"tables.t.{name}") for name in ("grade", "who")]

    assert [[each.evaluate(env(fit=fit)) for each in both] for fit in (1, 2, 3)] == [
        ["silver", "head"],
        ["gold", "manager"],
        ["gold", "head"],
    ]


def test_the_row_that_hit_is_told_by_its_number():
    workspace = table("priority", CHOICES, "silver", "bronze", "gold")
    row = expression(workspace, "tables.t.row")

    assert [row.evaluate(env(**values)) for values in (NOTHING, FIRST, BOTH, ALL)] == [None, 1, 1, 3]
