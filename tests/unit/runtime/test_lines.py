"""What a line comes to is what the formulas of a workspace make of it."""

import pytest

from tests.unit.expressions.deal import CALENDAR
from voronka.definition.workspace import Currency
from voronka.expressions import Env, Kind, compile_expression
from voronka.expressions.scope import Name, Scope
from voronka.expressions.values import Type
from voronka.runtime.queries.lines import amount_of

LINES = {"price": Name(Type(Kind.MONEY)), "quantity": Name(Type(Kind.NUMBER))}


@pytest.mark.parametrize(
    ("price", "quantity", "amount"),
    [(300000, 8.0, 2400000), (1, 0.5, 1), (333, 1.5, 500), (100, 1.005, 101), (None, 2.0, None), (500, None, None)],
)
def test_a_line_comes_to_price_by_quantity(price, quantity, amount):
    line = {"price": price, "quantity": quantity}
    scope = Scope(names={}, collections={"lines": LINES}, money_digits=2)
    formula = compile_expression("first(lines, price * quantity)", scope, expect=Type(Kind.MONEY))

    assert formula.evaluate(Env(values={}, rows={"lines": (line,)}, now=0, zone="UTC", calendar=CALENDAR)) == amount
    assert amount_of(line, Currency(code="RUB", digits=2)) == amount


def test_a_line_of_an_older_release_without_a_price_comes_to_nothing():
    assert amount_of({"item": "fan"}, Currency(code="RUB", digits=2)) is None
