"""Costs of several years at their value today, exact to the smallest coin."""

import pytest

from voronka.expressions import Expression, Kind, Scope, compile_expression
from voronka.expressions.present_value import present_value

# At 10 % a year: 1/1.1 = 0.9090909…, 1/1.21 = 0.8264462…, 1/1.331 = 0.7513148…, 1/1.4641 = 0.6830134…,
# 1/1.61051 = 0.6209213…, together 3.7907867694…
WORKED = {
    "at the purchase": ((1_000_00, 0.1, 0, 0), 1_000_00),
    "one year on": ((1_100_00, 0.1, 1, 1), 1_000_00),
    "five years": ((100_000_00, 0.1, 1, 5), 379_078_68),
    "the purchase and five years": ((100_000_00, 0.1, 0, 5), 479_078_68),
    "only the third year": ((133_100, 0.1, 3, 3), 100_000),
    "without interest": ((500, 0.0, 1, 7), 3500),
    "a half coin goes up": ((25, 1.0, 1, 1), 13),
    "a half coin owed goes down": ((-25, 1.0, 1, 1), -13),
    "less than a half coin": ((24, 0.92, 1, 1), 13),  # 12.5 exactly, though no double holds 1.92
    "nothing beyond the horizon": ((100, 0.1, 7, 5), 0),
    "money that grows worth less slowly": ((100, -0.5, 1, 1), 200),
    "a year before the purchase": ((100, 0.1, -1, 5), None),
    "more years than anybody plans": ((100, 0.1, 0, 101), None),
    "everything lost": ((100, -1.0, 1, 1), None),
    "beyond what money can be": ((2**62, 0.0, 0, 5), None),
}


@pytest.mark.parametrize("case", WORKED)
def test_a_present_value_is_the_sum_of_discounted_years(case):
    given, expected = WORKED[case]
    assert present_value(*given) == expected


REFUSED = [
    "present_value(1)",
    "present_value(1, 10%, 0)",
    'present_value("a", 10%, 0, 1)',
    "present_value(1, 10%, 0, 1.5)",
]


@pytest.mark.parametrize("text", REFUSED)
def test_other_arguments_are_refused_with_the_way_it_is_written(text):
    (problem,) = compile_expression(text, Scope({}), expect=Kind.MONEY)
    assert problem.code == "E1103"
    assert "present_value(amount, rate, first_year, last_year)" in str(problem.remedy)


def test_it_gives_money():
    made = compile_expression("present_value(100, 10%, 0, 0)", Scope({}), expect=None)
    assert isinstance(made, Expression)
    assert made.type.kind is Kind.MONEY
