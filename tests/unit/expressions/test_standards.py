"""Cases of our own on what DMN 1.3 (FEEL) and CEL lay down: where Voronka agrees, and where it differs on purpose."""

import pytest

from tests.unit.expressions.deal import env, good
from voronka.expressions import Kind

T, F, U = "(1 == sites)", "(2 == sites)", "(score > 1)"
SITES = env(count_of_sites=1)


def logic(text):
    return good(text.replace("sites", "count_of_sites")).test(SITES)


@pytest.mark.parametrize(
    ("left", "right", "both", "either"),
    [
        (T, T, True, True),
        (T, F, False, True),
        (T, U, None, True),
        (F, T, False, True),
        (F, F, False, False),
        (F, U, False, None),
        (U, T, None, True),
        (U, F, False, None),
        (U, U, None, None),
    ],
)
def test_and_and_or_are_those_of_three_values_as_in_both(left, right, both, either):
    assert logic(f"{left} and {right}") is both
    assert logic(f"{left} or {right}") is either


@pytest.mark.parametrize(("text", "result"), [(f"not {T}", False), (f"not {F}", True), (f"not {U}", None)])
def test_not_keeps_unknown_as_in_feel(text, result):
    assert logic(text) is result


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("score < 1", None),
        ("score >= 1", None),
        ("score != 1", None),
        ("score in [1, 2]", None),
        ("score not in [1, 2]", None),
        ("loss_reason == 'price'", None),
        ("1 if score > 1 else 2", 2),
        ("2 > 1.5", True),
        ("2 == 2.0", True),
        ("0.5 == 50%", True),
        ("'b' > 'a'", True),
        ("'B' < 'a'", True),
        ("'я' > 'z'", True),
        ("'' < 'a'", True),
        ("true == true", True),
        ("2 in [1, 2, 3]", True),
        ("count_of_sites >= 1 and count_of_sites <= 1", True),
    ],
)
def test_comparisons(text, result):
    assert good(text).evaluate(SITES) == result


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("7 / 2", 3.5),
        ("8 / 2", 4.0),
        ("1 / 0", None),
        ("0 / 0", None),
        ("1.5 / 0", None),
        ("-7 / 2", -3.5),
        ("mod(7, 3)", 1),
        ("mod(-7, 3)", 2),
        ("mod(7, -3)", -2),
        ("mod(-7, -3)", -1),
        ("mod(7, 0)", None),
        ("9223372036854775807 + 1", None),
        ("-9223372036854775807 - 2", None),
        ("9223372036854775807 * 2", None),
        ("1 + score", None),
        ("round(2.5)", 3),
        ("round(-2.5)", -3),
        ("round(2.345, 2)", 2.35),
        ("floor(-1.5)", -2),
        ("ceil(-1.5)", -1),
        ("0.1 + 0.2 == 0.3", False),
        ("abs(-3)", 3),
        ("least(3, 1, 2)", 1),
        ("greatest(3, score)", None),
        ("length('ёж')", 2),
        ("contains('foobar', 'ob')", True),
        ("starts_with('foobar', 'of')", False),
        ("lower('AbЁ')", "abё"),
    ],
)
def test_arithmetic_and_functions(text, result):
    found = good(text).evaluate(SITES)

    assert found == result
    assert type(found) is type(result)


def test_money_is_exact_where_doubles_are_not():
    assert good("amount + 0.20 == 0.30").test(env(amount=10)) is True
    assert good("amount * 3", Kind.MONEY).evaluate(env(amount=10)) == 30


@pytest.mark.parametrize(
    ("text", "environment", "result"),
    [
        ("sum(orders, amount)", [], 0),
        ("count(orders)", [], 0),
        ("min(orders, amount)", [], None),
        ("any(orders, amount > 1)", [], False),
        ("all(orders, amount > 1)", [], True),
        ("any(orders, amount > 1)", [{"amount": 500}, {}], True),
        ("all(orders, amount > 1)", [{"amount": 50}, {}], False),
        ("all(orders, amount > 1)", [{"amount": 500}, {}], None),
        ("sum(orders, amount)", [{"amount": 500}, {}], 500),
    ],
)
def test_rows(text, environment, result):
    assert good(text).evaluate(env(rows={"orders": environment})) == result
