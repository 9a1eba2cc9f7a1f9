"""What a business case is worth, worked by hand: a rate of 8.243216 % a year is 2 % a quarter exactly (1.02⁴)."""

from decimal import Decimal

import pytest

from voronka.definition.strategy import Assumption, BusinessCase, Line, Quarter, last_day_of, quarter_of, value_of
from voronka.messages import Label

Q1, Q2, Q3, Q4 = (Quarter(2027, number) for number in (1, 2, 3, 4))
LABEL = Label.plain("x")
TWO_PERCENT = "0.08243216"


def assumed(name, value, low, high):
    return Assumption(name=name, label=LABEL, value=Decimal(value), low=Decimal(low), high=Decimal(high))


def line(amounts, *scales):
    return Line(name="x", label=LABEL, amounts={at: Decimal(amount) for at, amount in amounts.items()}, scales=scales)


def case(costs, benefits, *assumptions, rate=TWO_PERCENT):
    return BusinessCase(
        label=LABEL,
        rate=assumed("rate", rate, "0", "1"),
        costs=(costs,),
        benefits=(benefits,),
        assumptions={each.name: each for each in assumptions},
    )


# Nets: −1 020 000; 520 200; 1 061 208. Over 1.02, 1.0404 and 1.061208 they are −1 000 000; 500 000; 1 000 000.
GOLDEN = case(line({Q1: 1_020_000}), line({Q2: "520200", Q3: "1061208"}, "adoption"), assumed("adoption", 1, "0.5", 2))


def rounded(number):
    return number.quantize(Decimal("0.000001"))


def test_the_value_is_that_worked_by_hand():
    value = value_of(GOLDEN)

    assert [rounded(flow.present) for flow in value.flows] == [-1_000_000, 500_000, 1_000_000]
    assert rounded(value.npv) == 500_000
    assert value.payback == value.discounted == Q3


def test_each_assumption_alone_moves_the_value_as_worked_by_hand():
    adoption, rate = value_of(GOLDEN).swings

    # Benefits are worth 1 500 000: half of them 750 000, twice 3 000 000; two thirds of them pay for the costs.
    assert (adoption.assumption.name, rounded(adoption.low), rounded(adoption.high)) == (
        "adoption",
        -250_000,
        2_000_000,
    )
    assert rounded(adoption.breaks_even) == Decimal("0.666667")
    assert rate.assumption.name == "rate"
    assert rounded(rate.low) == 561_408  # without discount: 520 200 + 1 061 208 − 1 020 000
    assert rate.breaks_even is None


def test_a_year_is_discounted_by_the_yearly_rate_exactly():
    value = value_of(case(line({Q1: 0}), line({Q4: 1200, Quarter(2028, 4): 1440}), rate="0.2"))

    assert [flow.present for flow in value.flows if flow.present] == [1000, 1000]


def test_an_assumption_called_like_the_rate_is_not_the_rate():
    amounts = line({Q1: 1_020_000}), line({Q2: "520200", Q3: "1061208"}, "rate")
    called_rate, called_adoption = (
        sorted((swing.low, swing.high, swing.breaks_even or 0) for swing in value_of(each).swings)
        for each in (case(*amounts, assumed("rate", 1, "0.5", 2)), GOLDEN)
    )

    assert called_rate == called_adoption


@pytest.mark.parametrize(
    ("costs", "benefits", "rate", "plain", "discounted"),
    [
        ({Q1: 100}, {Q2: 99}, "0", None, None),
        ({Q1: 100}, {Q2: 100}, "0", Q2, Q2),
        ({Q1: 100}, {Q2: 100}, "0.1", Q2, None),
        ({Q1: 100, Q3: 50}, {Q2: 120, Q4: 30}, "0", Q4, Q4),  # it was back, and was spent again
        ({Q1: 100}, {Q4: 300}, "0.5", Q4, Q4),
    ],
)
def test_payback_is_the_quarter_from_whose_end_on_it_stays_back(costs, benefits, rate, plain, discounted):
    value = value_of(case(line(costs), line(benefits), rate=rate))

    assert (value.payback, value.discounted) == (plain, discounted)


def test_quarters_without_amounts_lie_between_and_count():
    assert [str(each) for each in case(line({Q4: 1}), line({Quarter(2028, 3): 1})).quarters] == [
        "2027-Q4",
        "2028-Q1",
        "2028-Q2",
        "2028-Q3",
    ]


@pytest.mark.parametrize(
    ("text", "last"),
    [("2027-Q1", "2027-03-31"), ("2028-Q4", "2028-12-31"), ("2027-Q5", None), ("2027-q1", None), ("0000-Q1", None)],
)
def test_a_quarter_ends_with_its_last_month(text, last):
    found = quarter_of(text)

    assert (None if found is None else last_day_of(found).isoformat()) == last
