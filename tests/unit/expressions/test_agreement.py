"""Random expressions over rows full of gaps: the compiled code, an independent evaluator and the explanation agree."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import DEEP
from tests.unit.expressions import naive
from tests.unit.expressions.deal import CALENDAR, SCOPE, at, good
from voronka.expressions import Env, Expression, Kind, Possibility, Problem, RowsNotLoaded, compile_expression, fuse
from voronka.expressions.function import ExpressionFunction, Functions
from voronka.expressions.possibility import outcomes

NOON = at("2026-02-20 12:00")
DAY = 86_400_000_000

MONEY = [0, 100, 250, -100, 10_000_000, 10_000_005, 2**63 - 1, -(2**63)]
INTEGERS = [0, 1, 2, -3, 7, 100, 2**63 - 1, -(2**63), 2**53 + 1]
NUMBERS = [0.0, -0.0, 0.5, 1.0, 2.25, -7.125, 0.1, 1.005, 1e308, -1e308, 1e-308]
SHARES = [0.0, 0.1, 0.125, 0.33, 1.0]
TEXTS = ["", "a", "Я", "say 10%", "b", " Ёлка ", "ÀB", "İß"]
FLAGS = [True, False]
MOMENTS = [NOON + minutes * 60_000_000 for minutes in (-30_000, -4321, -1440, -720, -1, 0, 390, 721, 5000)]
DATES = ["2026-02-01", "2026-02-20", "2026-02-24", "2026-03-01"]
VALUES = {
    "vip": FLAGS,
    "replied": FLAGS,
    "count_of_sites": INTEGERS,
    "score": NUMBERS,
    "discount": SHARES,
    "amount": MONEY,
    "budget": MONEY,
    "account.turnover": MONEY,
    "comment": TEXTS,
    "loss_reason": naive.OPTIONS,
    "deadline": DATES,
    "created_at": MOMENTS,
    "last_interaction_at": MOMENTS,
}
ROWS = {
    "orders": {"open": FLAGS, "amount": MONEY, "paid": MONEY, "number": TEXTS, "at": MOMENTS},
    "components": {"confirmed": FLAGS, "units": INTEGERS, "weight": NUMBERS, "share": SHARES},
}


def environment(random: Random) -> Env:
    """Return an environment with gaps everywhere: of values, of entries, of rows."""

    def some(columns):
        gaps = random.choice([0.0, 0.2, 0.5])
        found = {name: None if random.random() < gaps else random.choice(known) for name, known in columns.items()}
        return {name: value for name, value in found.items() if value is not None or random.random() < 0.5}

    return Env(
        values=some(VALUES),
        rows={name: [some(columns) for _ in range(random.choice([0, 1, 2, 3, 5]))] for name, columns in ROWS.items()},
        now=NOON + random.choice([0, 10 * 3_600_000_000, 3 * DAY]),
        zone=random.choice(["UTC", "Europe/Moscow", "Asia/Kolkata"]),
        calendar=CALENDAR,
        previous=random.choice([None, some(VALUES)]),
        visits=random.choice([{}, {"needs": 2}]),
    )


trees = st.sampled_from("BBBINPMTCDZ").flatmap(naive.tree)
seeds = st.integers(0, 2**32).map(Random)


@settings(max_examples=4000 if DEEP else 150, deadline=None)
@given(trees, seeds)
def test_compiled_code_agrees_with_an_independent_evaluator(tree, random):
    expression = good(naive.written(tree))
    for _ in range(12):
        env = environment(random)
        found, expected = expression.evaluate(env), naive.evaluate(tree, env)
        assert found == expected
        assert type(found) is type(expected)


@settings(max_examples=1500 if DEEP else 75, deadline=None)
@given(trees, seeds)
def test_the_explanation_gives_the_same_result_from_the_leaves_alone(tree, random):
    expression = good(naive.written(tree))
    for loaded in (True, False):
        env = environment(random)
        env = env if loaded else replace(env, rows={})
        try:
            expected = expression.evaluate(env)
        except RowsNotLoaded:
            continue
        explanation = expression.explain(expression.leaves(env))
        assert explanation.result == expected
        assert explanation.render("en")
        assert explanation.render("ru")


PRESENT = {name: VALUES[name] for name, declared in SCOPE.names.items() if declared.present and name in VALUES}


@settings(max_examples=3000 if DEEP else 100, deadline=None)
@given(st.lists(naive.tree("B"), min_size=1, max_size=3), seeds)
def test_a_condition_gives_nothing_that_was_not_thought_possible(drawn, random):
    conditions = [good(naive.written(tree)) for tree in drawn]
    nodes = [each.node for each in conditions]
    told = set(product_of(outcomes(nodes)))
    together = Possibility(*nodes)
    possible, certain = together.can_hold({}), together.cannot_fail({})
    for _ in range(12):
        env = environment(random)
        surely = {name: random.choice(known) for name, known in PRESENT.items()}
        env = replace(env, values={**env.values, **surely, "stage": random.choice(["needs", "won"])})
        found = tuple(each.test(env) for each in conditions)
        assert found in told
        assert possible or not all(found)
        assert all(found) or not certain


def product_of(cases):
    for case in cases:
        yield from product(*case)


@settings(max_examples=800 if DEEP else 40, deadline=None)
@given(st.lists(trees, max_size=12), seeds)
def test_fused_expressions_give_what_each_gives_by_itself(drawn, random):
    expressions = [good(naive.written(tree)) for tree in (*drawn, *drawn[:3])]
    together = fuse(expressions)
    for _ in range(8):
        env = environment(random)
        found, expected = together(env), tuple(each.evaluate(env) for each in expressions)
        assert found == expected
        assert [type(each) for each in found] == [type(each) for each in expected]


def test_fused_expressions_ask_for_rows_where_one_of_them_would():
    together = fuse([good("amount > 5 and count(orders) > 1"), good("amount > 9")])

    assert together(replace(EMPTY, values={"amount": 1}, rows={})) == (False, False)
    with pytest.raises(RowsNotLoaded):
        together(replace(EMPTY, values={"amount": 1_000_000}, rows={}))


def test_fused_expressions_call_a_function_only_where_one_of_them_would():
    def odds(score):
        raise AssertionError(score)

    added = ExpressionFunction(name="odds", parameters=(Kind.NUMBER,), result=Kind.NUMBER, call=odds)

    class Added(Functions):
        def find(self, name):
            return added if name == "odds" else None

    scope = replace(SCOPE, functions=Added())
    guarded = [good(f"vip and odds(score) > {bound}", scope=scope) for bound in range(3)]

    assert fuse(guarded)(replace(EMPTY, values={"vip": False, "score": 1.0})) == (False,) * 3


def test_an_expression_too_deep_to_share_is_fused_all_the_same():
    deep = good("not " * 60 + "vip")

    assert fuse([deep, good("vip")])(replace(EMPTY, values={"vip": True})) == (True, True)


WORDS = """
    amount budget score vip stage deadline now today topics missing true and or not in is if else
    == != < > <= >= + - * / % ( ) [ ] , . = && ≥ « » ' : # ** .. аmount é 🚚 10% 0.5 5 'needs' 'price' "x"
    count sum any last coalesce days days_since visits changed previous mod orders open deal
"""
pieces = st.sampled_from(WORDS.split())


@settings(max_examples=4000 if DEEP else 150, deadline=None)
@given(st.lists(pieces, max_size=25).map(" ".join) | st.lists(pieces, max_size=12).map("".join) | st.text(max_size=60))
def test_any_text_is_an_expression_or_has_problems_at_places_within_it(text):
    outcome = compile_expression(text, SCOPE, expect=None)
    if isinstance(outcome, Expression):
        outcome.evaluate(EMPTY)
        outcome.explain(outcome.leaves(EMPTY)).render("ru")
        return
    assert outcome
    for problem in outcome:
        assert isinstance(problem, Problem)
        assert 0 <= problem.start <= problem.end <= len(text)
        assert problem.reason.render("ru")
        assert problem.remedy.render("ru")


EMPTY = Env(values={}, rows={"orders": (), "components": ()}, now=NOON, zone="UTC", calendar=CALENDAR)
