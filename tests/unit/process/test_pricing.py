"""Lines of a deal are priced by the tariff; a price of one's own takes a right and a reason."""

from functools import cache

import pytest

from voronka.config import read_workspace
from voronka.expressions import Env, Kind, compile_expression
from voronka.expressions.scope import Name, Scope
from voronka.expressions.values import Type
from voronka.process.events import RowPut
from voronka.process.pricing import price_line
from voronka.process.refusals import Refused

LESSONS = """
catalog: lessons
unit: lesson
items: {maths: {en: Maths}, physics: {en: Physics}}
axes: {grade: [first, second], mode: [home, remote]}
tariff:
  inputs: [item, grade, mode, quantity]
  outputs: [price]
  rows:
    - [any, first, home, "< 10", 3000]
    - [any, first, home, ">= 10", 2850.50]     # ten lessons at once
    - [any, first, remote, any, 2400]
    - [maths, second, home, any, 2200]
    - [physics, second, home, any, missing]
    - [any, second, remote, any, 1500]
own_price: {by: [head]}
"""
FILES = {
    "voronka.yaml": b"workspace: school\nlocale: en\ntimezone: UTC\ncurrency: RUB\n",
    "configs/people/p.yaml": b"roles: {head: {label: Head}, teacher: {}}\n",
    "configs/funnels/f.yaml": b"funnel: f\nstages: {first: {}}\n",
    "configs/catalog/lessons.yaml": LESSONS.encode(),
    "configs/catalog/books.yaml": (
        b"catalog: books\nitems: [primer]\ntariff: {inputs: [item], outputs: [price], rows: [[primer, 700]]}\n"
    ),
}


@cache
def workspace():
    found = read_workspace(FILES).workspace
    assert found is not None
    return found


def priced(given, before=None, roles=frozenset({"teacher"})):
    after = {name: value for name, value in {**(before or {}), **given}.items() if value is not None}
    event = RowPut(collection="lines", key="1.1", values=after)
    found = price_line(workspace(), event, before, given, roles)
    return None if found is None else dict(found.values)


def line(item="maths", grade="first", mode="home", **more):
    return {"item": item, "grade": grade, "mode": mode, **more}


# The tutoring tariff: the first category costs more than the second, at home more than from afar.
TARIFF = {
    "first category at home": (line(), 300000, 1),
    "first category remote": (line(mode="remote"), 240000, 3),
    "second category at home": (line(grade="second"), 220000, 4),
    "second category remote": (line(grade="second", mode="remote"), 150000, 6),
    "ten at once": (line(quantity=10.0), 285050, 2),
    "another item by the same row": (line(item="physics"), 300000, 1),
}


@pytest.mark.parametrize("case", TARIFF)
def test_a_line_is_priced_by_the_row_that_hits(case):
    given, price, row = TARIFF[case]
    found = priced(given)
    assert (found["price"], found["list_price"]) == (price, price)
    assert found["tariff"].startswith(f"lessons, {row} (")
    assert found["quantity"] == given.get("quantity", 1.0)


def test_an_item_without_axes_needs_none():
    assert priced({"item": "primer", "quantity": 3.0})["price"] == 70000


OWN = line(price=200000, reason="A sister takes lessons, too")
REFUSED = {
    "no item": ({"quantity": 1.0}, "lines.item"),
    "an item that there is not": (line(item="chess"), "lines.item"),
    "no grade": ({"item": "maths", "mode": "home"}, "lines.grade"),
    "a grade that there is not": (line(grade="third"), "lines.grade"),
    "an axis that the catalogue has not": ({"item": "primer", "grade": "first"}, "lines.grade"),
    "not offered": (line(item="physics", grade="second"), "lines.price"),
    "a reason beside the price of the tariff": (line(reason="Ask"), "lines.reason"),
    "a reason beside the price of the tariff, which is given": (line(price=300000, reason="Ask"), "lines.reason"),
    "a quantity of zero": (line(quantity=0.0), "lines.quantity"),
    "a price by hand without a right": (OWN, "lines.price"),
    "what only the tariff tells": (line(list_price=1), "lines.list_price"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_line_is_refused_where(case):
    given, column = REFUSED[case]
    with pytest.raises(Refused) as refused:
        priced(given)
    (failure,) = refused.value.refusal.failures
    assert failure.gate == column
    assert failure.forbidden is (given is OWN)
    assert str(failure.unblock)


@pytest.mark.parametrize("roles", [frozenset({"head"}), None], ids=["by right", "the operator"])
def test_a_price_of_ones_own_stays_beside_that_of_the_tariff(roles):
    found = priced(OWN, roles=roles)
    assert (found["price"], found["list_price"]) == (200000, 300000)
    with pytest.raises(Refused):
        priced(line(price=200000), roles=roles)  # without a reason
    with pytest.raises(Refused):
        priced({**OWN, "price": -1}, roles=roles)


# What becomes of a price of 2,000 given by hand when the line is changed.
CHANGED = {
    "nothing on which the tariff rests": ({"reason": "A friend"}, 200000, "A friend"),
    "the quantity within its row": ({"quantity": 3.0}, 300000, None),
    "the mode": ({"mode": "remote"}, 240000, None),
    "taken back": ({"price": None}, 300000, None),
    "the tariff's own price": ({"price": 300000}, 300000, None),
}


@pytest.mark.parametrize("case", CHANGED)
def test_a_changed_line_is_priced_anew_unless_the_tariff_rests_on_nothing_of_it(case):
    given, price, reason = CHANGED[case]
    before = priced(OWN, roles=None)
    found = priced(given, before, roles=frozenset({"head"}))
    assert (found["price"], found.get("reason")) == (price, reason)


BOOK = {"item": "primer", "quantity": 2.0, "price": 50000, "reason": "Worn"}  # its tariff does not ask for the quantity
OF_OTHERS = {
    "the reason": (OWN, {"reason": "A friend"}),
    "the quantity, on which the tariff does not rest": (BOOK, {"quantity": 200.0}),
}


@pytest.mark.parametrize("case", OF_OTHERS)
def test_a_line_with_a_price_of_its_own_is_changed_by_whoever_may_give_one(case):
    own, given = OF_OTHERS[case]
    before = priced(own, roles=None)
    with pytest.raises(Refused) as refused:
        priced(given, before)
    assert [(each.gate, each.forbidden) for each in refused.value.refusal.failures] == [("lines.price", True)]
    assert priced(given, before, roles=None)["price"] == own["price"]
    assert "reason" not in priced({"price": None}, before)  # back to the price of the tariff: everybody may


def test_a_line_that_stays_as_it_is_brings_no_event():
    before = priced(line())
    assert priced({"price": 300000}, before) is None


def test_the_sum_of_the_lines_is_exact():
    rows = [priced(line(quantity=10.0)), priced({"item": "primer", "quantity": 3.0})]
    columns = {"price": Name(Type(Kind.MONEY)), "quantity": Name(Type(Kind.NUMBER))}
    expression = compile_expression(
        "sum(lines, price * quantity)", Scope({}, {"lines": columns}), expect=Type(Kind.MONEY)
    )
    env = Env(values={}, now=0, zone="UTC", calendar=workspace().calendar, rows={"lines": rows})
    assert expression.evaluate(env) == 10 * 285050 + 3 * 70000
