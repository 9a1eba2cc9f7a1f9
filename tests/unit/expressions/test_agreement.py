"""Random expressions over rows full of gaps: the compiled code, an independent evaluator and the explanation agree."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.expressions import naive
from tests.unit.expressions.deal import CALENDAR, SCOPE, at, good
from voronka.expressions import Env, Expression, Problem, RowsNotLoaded, compile_expression

NOON = at("2026-02-20 12:00")
DAY = 86_400_000_000

money = st.none() | st.integers(-(10**6), 10**6) | st.sampled_from([0, 10_000_000, 10_000_005, 2**63 - 1, -(2**63)])
integers = st.none() | st.integers(-5, 5) | st.sampled_from([2**63 - 1, -(2**63), 2**53 + 1])
numbers = st.none() | st.floats(-1e6, 1e6) | st.sampled_from([0.0, -0.0, 1e308, -1e308, 1e-308])
shares = st.none() | st.floats(0, 1)
texts = st.none() | st.sampled_from(["", "a", "Я", "say 10%", "b"])
flags = st.none() | st.booleans()
moments = st.none() | st.integers(-30 * 24 * 60, 30 * 24 * 60).map(lambda minute: NOON + minute * 60_000_000)
dates = st.none() | st.sampled_from(["2026-02-01", "2026-02-20", "2026-02-24", "2026-03-01"])
values = st.fixed_dictionaries(
    {
        "vip": flags,
        "replied": flags,
        "count_of_sites": integers,
        "score": numbers,
        "discount": shares,
        "amount": money,
        "budget": money,
        "account.turnover": money,
        "comment": texts,
        "loss_reason": st.none() | st.sampled_from(naive.OPTIONS),
        "deadline": dates,
        "created_at": moments,
        "last_interaction_at": moments,
    }
)
orders = st.fixed_dictionaries({"open": flags, "amount": money, "paid": money, "number": texts, "at": moments})
components = st.fixed_dictionaries({"confirmed": flags, "units": integers, "weight": numbers, "share": shares})


@st.composite
def environments(draw):
    return Env(
        values=draw(values),
        rows={"orders": draw(st.lists(orders, max_size=4)), "components": draw(st.lists(components, max_size=4))},
        now=NOON + draw(st.sampled_from([0, 10 * 3_600_000_000, 3 * DAY])),
        zone=draw(st.sampled_from(["UTC", "Europe/Moscow", "Asia/Kolkata"])),
        calendar=CALENDAR,
        previous=draw(st.none() | values),
        visits=draw(st.sampled_from([{}, {"needs": 2}])),
    )


trees = st.sampled_from("BINPMTCDZ").flatmap(naive.tree)


@settings(max_examples=300, deadline=None)
@given(trees, st.lists(environments(), min_size=1, max_size=4))
def test_compiled_code_agrees_with_an_independent_evaluator(tree, some):
    expression = good(naive.written(tree))
    for env in some:
        found, expected = expression.evaluate(env), naive.evaluate(tree, env)
        assert found == expected
        assert type(found) is type(expected)


@settings(max_examples=150, deadline=None)
@given(trees, environments(), st.booleans())
def test_the_explanation_gives_the_same_result_from_the_leaves_alone(tree, env, loaded):
    expression = good(naive.written(tree))
    if not loaded:
        env = Env(values=env.values, now=env.now, zone=env.zone, calendar=CALENDAR, previous=env.previous)
    try:
        expected = expression.evaluate(env)
    except RowsNotLoaded:
        return
    explanation = expression.explain(expression.leaves(env))
    assert explanation.result == expected
    assert explanation.render("en")
    assert explanation.render("ru")


WORDS = """
    amount budget score vip stage deadline now today topics missing true and or not in is if else
    == != < > <= >= + - * / % ( ) [ ] , . = && ≥ « » ' : # ** .. аmount é 🚚 10% 0.5 5 'needs' 'price' "x"
    count sum any last coalesce days days_since visits changed previous mod orders open deal
"""
pieces = st.sampled_from(WORDS.split())


@settings(max_examples=400, deadline=None)
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
