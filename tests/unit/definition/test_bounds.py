"""What is given to a field lies within its bounds, the bounds themselves included."""

import pytest

from voronka.definition.fields import Bound, Field, FieldType
from voronka.definition.values import ValueFault, check_value, read_value
from voronka.definition.workspace import Currency
from voronka.messages import Label

RUB = Currency(code="RUB", digits=2)
DISCOUNT = Field(
    name="discount",
    type=FieldType.PERCENT,
    label=Label.plain("Discount"),
    least=Bound(value=0.0, text="0%"),
    most=Bound(value=1.0, text="100%"),
)
AMOUNT = Field(name="amount", type=FieldType.MONEY, label=Label.plain("Amount"), least=Bound(value=100, text="1"))
GROWTH = Field(name="growth", type=FieldType.PERCENT, label=Label.plain("Growth"))


def read(field, text):
    return read_value(field, text, currency=RUB, timezone="UTC")


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        (DISCOUNT, "0%", 0.0), (DISCOUNT, "100%", 1.0), (DISCOUNT, "12,5%", 0.125), (DISCOUNT, " ", None),
        (AMOUNT, "1", 100), (AMOUNT, "1 000 000 000", 100_000_000_000), (GROWTH, "500%", 5.0), (GROWTH, "-20%", -0.2),
    ],
)  # fmt: skip
def test_a_value_within_the_bounds_is_taken(field, text, value):
    assert read(field, text) == value
    if value is not None:
        assert check_value(field, value) == value


@pytest.mark.parametrize(
    ("field", "text", "value", "reason", "remedy"),
    [
        (DISCOUNT, "500%", 5.0, "The value is greater than 100%.", "Give a value from 0% to 100%."),
        (DISCOUNT, "-0.01%", -0.0001, "The value is less than 0%.", "Give a value from 0% to 100%."),
        (AMOUNT, "0.99", 99, "The value is less than 1.", "Give 1 or more."),
        (AMOUNT, "-500", -50_000, "The value is less than 1.", "Give 1 or more."),
    ],
)
def test_a_value_out_of_the_bounds_is_refused_however_it_comes(field, text, value, reason, remedy):
    for give in (lambda: read(field, text), lambda: check_value(field, value)):
        with pytest.raises(ValueFault) as caught:
            give()
        assert caught.value.reason.render() == reason
        assert caught.value.remedy.render() == remedy
        assert caught.value.reason.render("ru") != reason
