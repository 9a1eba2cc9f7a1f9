"""What expressions give."""

from __future__ import annotations

import pytest

from tests.unit.expressions.deal import at, env, good, value
from voronka.expressions import Kind, RowsNotLoaded, Type, to_money

MOST = 2**63 - 1


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("amount >= 100000", {"amount": 10_000_000}, True),
        ("amount >= 100000.50", {"amount": 10_000_049}, False),
        ("amount >= 100000.50", {"amount": 10_000_050}, True),
        ("amount > budget", {"amount": 2, "budget": 1}, True),
        ("amount > -1", {"amount": 0}, True),
        ("amount == count_of_sites", {"amount": 300, "count_of_sites": 3}, True),
        ("amount + 0.05", {"amount": 10}, 15),
        ("amount - budget", {"amount": 10, "budget": 25}, -15),
        ("amount + score", {"amount": 1050, "score": 1.5}, 12.0),
        ("amount * 2", {"amount": 1050}, 21.0),
        ("amount * 10%", {"amount": 1000}, 1.0),
        ("amount / budget", {"amount": 300, "budget": 400}, 0.75),
        ("amount / 0", {"amount": 300}, None),
        ("amount + 1", {"amount": MOST}, None),
        ("-amount", {"amount": -(2**63)}, None),
        ("10%", {}, 0.1),
        ("12.5%", {}, 0.125),
        ("discount > 10%", {"discount": 0.1}, False),
        ("10% + 5%", {}, 0.1 + 0.05),
        ("1 - discount", {"discount": 0.25}, 0.75),
        ("1 / 3", {}, 1 / 3),
        ("7 / 2", {}, 3.5),
        ("2 + 3 * 4", {}, 14),
        ("(2 + 3) * 4", {}, 20),
        ("9223372036854775807 + 1", {}, None),
        ("mod(7, 3)", {}, 1),
        ("mod(-7, 3)", {}, 2),
        ("mod(7, 0)", {}, None),
        ("score * score", {"score": 1e200}, None),
        ("score + 1 > 2", {}, None),
        ("'a' < 'б'", {}, True),
        ("'Z' < 'a'", {}, True),
        ("comment == 'say \\'yes\\''", {"comment": "say 'yes'"}, True),
        ("comment == '10% off'", {"comment": "10% off"}, True),
        ("stage == 'needs'", {"stage": "needs"}, True),
        ("stage != 'needs'", {}, None),
        ("stage in ['needs', 'won']", {"stage": "won"}, True),
        ("stage not in ['needs', 'won']", {"stage": "won"}, False),
        ("stage in ['needs', 'won']", {}, None),
        ("amount in [1, 2.50]", {"amount": 250}, True),
        ("count_of_sites in [1, 2.5]", {"count_of_sites": 1}, True),
        ("'price' in topics", {"topics": ("price", "service")}, True),
        ("'price' not in topics", {"topics": ()}, True),
        ("'price' in topics", {}, None),
        ("loss_reason in topics", {"loss_reason": "price", "topics": ("price",)}, True),
        ("owner == 'anna'", {"owner": "anna"}, True),
        ("account is missing", {}, True),
        ("contact.email is not missing", {"contact__email": object()}, True),
        ("account.turnover > 1", {"account__turnover": 101}, True),
        ("coalesce(amount, 0)", {}, 0),
        ("coalesce(amount, 0.5)", {}, 50),
        ("coalesce(amount, budget, 7)", {"budget": 3}, 3),
        ("coalesce(discount, 0) < 5%", {}, True),
        ("coalesce(loss_reason, 'none')", {}, "none"),
        ("amount if vip else 0", {"amount": 5, "vip": True}, 5),
        ("amount if vip else 0", {"amount": 5}, 0),
        ("missing if vip else 1", {"vip": True}, None),
        ("'a' if vip else 'b' if replied else 'c'", {"replied": True}, "b"),
        ("fee", {"amount": 1005}, 101),
        ("fee + 1", {"amount": 1000}, 200),
        ("big and vip", {"amount": 10**9, "vip": True}, True),
        ("vip == true", {"vip": True}, True),
        ("vip != false", {}, None),
        ("replied == vip", {"replied": False, "vip": False}, True),
    ],
)
def test_an_expression_gives_the_value_told(text, values, expected):
    result = value(text, env(**values))
    assert result == expected
    assert type(result) is type(expected)


T, F, U = True, False, None


@pytest.mark.parametrize("operator", ["==", ">=", "<="])
@pytest.mark.parametrize(
    "text",
    ["budget {} amount * 10%", "amount * discount {} budget", "budget {} amount / 10"],
)
def test_the_exact_share_of_an_amount_is_enough(text, operator):
    asked = good(text.format(operator))
    for coins in range(3, 200_000, 331):  # half a coin and more is a whole one
        values = {"amount": coins, "budget": (coins + 5) // 10, "discount": 0.1}
        assert asked.evaluate(env(**values)) is True, (coins, text)


@pytest.mark.parametrize(
    ("text", "score", "expected"),
    [
        ("score == round(score, 2)", 0.25, True),
        ("score == round(score, 2)", 1.005, False),
        ("score == round(score, 2)", -7.125, False),
        ("score > round(score, 2)", 1.004, True),
        ("round(score, 2) < score", 1.004, True),
        ("round(score, 2) + 1 == score + 1", 1.125, False),
        ("-round(score, 2) == -score", 1.125, False),
        ("score == least(round(score, 2), 5)", 1.125, False),
        ("score == round(score, 3)", 1.125, True),
    ],
)
def test_a_rounded_number_is_no_amount_and_compared_as_it_is(text, score, expected):
    assert good(text).evaluate(env(score=score)) is expected


@pytest.mark.parametrize("text", ["budget >= amount * 10%", "not (budget < amount * 10%)"])
def test_a_coin_less_than_the_share_is_not_enough(text):
    asked = good(text)
    for coins in range(10, 200_000, 331):
        assert asked.evaluate(env(amount=coins, budget=(coins + 5) // 10 - 1)) is False, coins


@pytest.mark.parametrize(
    ("text", "coins", "expected"),
    [
        ("amount * 10% <= 1000.30", 10_003_00, True),
        ("amount * 10% <= 1000.30", 10_003_01, False),
        ("amount * 10% == 1000.305", 10_003_05, True),
        ("10% * amount != 1000.3051", 10_003_05, True),
        ("amount * 10% == 1000.3051", None, None),
        ("1000.30 < amount * 0.1", 10_003_00, False),
        ("amount * (1 - 90%) > 1000.30", 10_003_00, False),
        ("-amount * 10% >= -1000.30", 10_003_00, True),
        ("-amount * 10% >= -1000.30", 10_003_01, False),
        ("amount / 1000000 >= 1.25", 1_249_999_99, False),
        ("amount / 1000000 >= 1.25", 1_250_000_00, True),
        ("amount / 3 * 3 == 0.07", 7, True),
        ("amount * discount <= 1000.30", 10_003_00, True),
        ("amount * discount / 1000 < 1.0003", 10_003_00, False),
    ],
)
def test_a_part_of_an_amount_is_compared_exactly_with_a_number_written_out(text, coins, expected):
    given = {} if coins is None else {"amount": coins}
    assert value(text, env(**given, discount=0.1)) is expected


@pytest.mark.parametrize(("coins", "expected"), [(100030, True), (100031, False)])
def test_a_share_is_found_in_a_list_of_amounts(coins, expected):
    assert value("budget + 0 * score in [1000.30, 5]", env(budget=coins, score=1.5)) is expected


@pytest.mark.parametrize(("left", "right", "both", "either"), [
    (T, T, T, T), (T, F, F, T), (T, U, U, T),
    (F, T, F, T), (F, F, F, F), (F, U, F, U),
    (U, T, U, T), (U, F, F, U), (U, U, U, U),
])  # fmt: skip
def test_logic_is_three_valued(left, right, both, either):
    environment = env(vip=left, replied=right)
    for pattern in ("{}", "({}) == true", "({}) if true else false"):
        assert value(pattern.format("vip and replied"), environment) is both
        assert value(pattern.format("vip or replied"), environment) is either
    assert value("not vip", environment) is (None if left is None else not left)


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("today", {}, "2026-02-25"),
        ("now", {}, at("2026-02-25 10:00")),
        ("days_since(created_at)", {"created_at": at("2026-02-20 23:59")}, 5),
        ("days_since(deadline)", {"deadline": "2026-03-01"}, -4),
        ("workdays_since(created_at)", {"created_at": at("2026-02-20 18:30")}, 2),
        ("workdays_since(deadline)", {"deadline": "2026-02-25"}, 0),
        ("workdays_since(deadline)", {}, None),
        ("deadline + days(2)", {"deadline": "2026-02-20"}, "2026-02-22"),
        ("working_days(2) + deadline", {"deadline": "2026-02-20"}, "2026-02-25"),
        ("deadline - working_days(1)", {"deadline": "2026-02-24"}, "2026-02-20"),
        ("created_at + days(1)", {"created_at": at("2026-02-20 18:30")}, at("2026-02-21 18:30")),
        ("created_at + working_days(2)", {"created_at": at("2026-02-20 18:30")}, at("2026-02-25 18:30")),
        ("created_at + lead_time", {"created_at": 0, "lead_time": "90 minutes"}, 90 * 60 * 10**6),
        ("deadline + lead_time", {"deadline": "2026-01-31", "lead_time": "1 month"}, "2026-02-28"),
        ("deadline + days(count_of_sites)", {"deadline": "2026-02-20", "count_of_sites": 3}, "2026-02-23"),
        ("deadline + days(count_of_sites)", {"deadline": "2026-02-20", "count_of_sites": -3}, None),
        ("deadline + days(count_of_sites)", {"deadline": "2026-02-20"}, None),
        ("deadline < today", {"deadline": "2026-02-24"}, True),
        ("deadline == '2026-02-24'", {"deadline": "2026-02-24"}, True),
        ("created_at <= '2026-02-20'", {"created_at": at("2026-02-20 23:59")}, True),
        ("created_at > '2026-02-20 18:00'", {"created_at": at("2026-02-20 18:30")}, True),
        ("created_at == '2026-02-20T18:30+03:00'", {"created_at": at("2026-02-20 18:30")}, True),
        ("created_at == deadline", {"created_at": at("2026-02-20 00:00"), "deadline": "2026-02-20"}, True),
        ("deadline > created_at", {"created_at": at("2026-02-20 23:00"), "deadline": "2026-02-21"}, True),
        ("created_at in ['2026-02-20', '2026-02-21']", {"created_at": at("2026-02-20 01:00")}, True),
        ("coalesce(deadline, '2026-01-01')", {}, "2026-01-01"),
        ("coalesce(last_interaction_at, '2026-01-01')", {}, at("2026-01-01 00:00")),
        ("coalesce(last_interaction_at, created_at) < now - days(3)", {"created_at": at("2026-02-22 09:59")}, True),
        ("days(2)", {}, "2 days"),
        ("coalesce(lead_time, working_days(1))", {}, "1 working day"),
        ("deadline - today", {"deadline": "2026-03-10"}, "13 days"),
        ("deadline - today", {"deadline": "2026-02-20"}, "-5 days"),
        ("deadline - '2026-01-01'", {"deadline": "2026-01-02"}, "1 day"),
        ("deadline - '0001-01-01'", {"deadline": "2026-01-02"}, None),
        ("deadline - created_at", {"deadline": "2026-02-20", "created_at": at("2026-02-19 23:59")}, "1 day"),
        ("created_at - last_interaction_at", {"created_at": 0, "last_interaction_at": 90_000_001}, "-1 minute"),
        ("now - created_at > '3 days'", {"created_at": at("2026-02-22 09:59")}, True),
        ("now - created_at > '3 days'", {"created_at": at("2026-02-22 10:00")}, False),
        ("now - created_at > '3 days'", {}, None),
        ("created_at + (deadline - '2026-02-22')", {"created_at": 0, "deadline": "2026-02-21"}, -86_400_000_000),
        ("lead_time == hours(24)", {"lead_time": "1 day"}, True),
        ("lead_time < '2 weeks'", {"lead_time": "13 days"}, True),
        ("lead_time > '20 working hours'", {"lead_time": "21 working hours"}, True),
        ("lead_time > '20 working hours'", {"lead_time": "3 working days"}, None),
        ("lead_time + days(1)", {"lead_time": "36 hours"}, "60 hours"),
        ("lead_time - weeks(1)", {"lead_time": "3 days"}, "-4 days"),
        ("lead_time + days(1)", {"lead_time": "1 month"}, None),
        ("lead_time + lead_time", {"lead_time": "60 working hours"}, "120 working hours"),
        ("workdays_between('2026-02-20', deadline)", {"deadline": "2026-02-25"}, 2),
        ("workdays_between(deadline, '2026-02-20')", {"deadline": "2026-02-25"}, -2),
        ("workdays_between(created_at, deadline)", {"created_at": at("2026-02-20 23:59"), "deadline": "2026-02-24"}, 1),
        ("created_at > now", {"created_at": 2**62}, True),
        ("days_since(created_at)", {"created_at": 2**62}, None),
    ],
)  # fmt: skip
def test_dates_and_moments(text, values, expected):
    assert value(text, env(**values)) == expected


def test_the_local_date_of_a_moment_is_that_of_the_environment_s_zone():
    moment = at("2026-02-20 01:00")
    assert value("created_at < '2026-02-20'", env(created_at=moment)) is False
    assert value("created_at < '2026-02-20'", env(created_at=moment, zone="UTC")) is True


ORDERS = (
    {"number": "1", "at": at("2026-01-10 12:00"), "amount": 1000, "paid": 1000, "open": False},
    {"number": "2", "at": at("2026-01-20 12:00"), "amount": 3000, "paid": None, "open": None},
    {"number": "3", "at": at("2026-02-01 12:00"), "amount": None, "paid": 500, "open": True},
)


@pytest.mark.parametrize(
    ("text", "expected", "of_none"),
    [
        ("count(orders)", 3, 0),
        ("count(orders, open)", 1, 0),
        ("count(orders, not open)", 1, 0),
        ("count(orders, amount > 20)", 1, 0),
        ("sum(orders, paid)", 1500, 0),
        ("sum(orders, paid, open)", 500, 0),
        ("sum(orders, due)", 0, 0),
        ("sum(orders, amount * 10%)", 4.0, 0.0),
        ("avg(orders, amount)", 20.0, None),
        ("min(orders, amount)", 1000, None),
        ("max(orders, number)", "3", None),
        ("first(orders, number)", "1", None),
        ("first(orders, number, amount > 10)", "2", None),
        ("last(orders, number)", "3", None),
        ("last(orders, amount)", None, None),
        ("last(orders, amount, not open)", 1000, None),
        ("any(orders, amount > 20)", True, False),
        ("any(orders, amount > 99)", None, False),
        ("any(orders, amount > 99, amount is not missing)", False, False),
        ("all(orders, amount > 5)", None, True),
        ("all(orders, amount > 15)", False, True),
        ("all(orders, amount > 5, amount is not missing)", True, True),
        ("count(orders, amount > deal.amount)", 1, 0),
        ("count(orders, at > '2026-01-15')", 2, 0),
        ("sum(orders, amount) >= amount", True, False),
        ("count(orders, number == '1') + count(orders, number == '2')", 2, 0),
    ],
)
def test_aggregates(text, expected, of_none):
    assert value(text, env({"orders": ORDERS}, amount=2000)) == expected
    assert value(text, env({"orders": ()}, amount=2000)) == of_none


def test_a_sum_beyond_64_bits_is_missing_whatever_the_order_of_the_rows():
    rows = [{"amount": 2**62}, {"amount": 2**62}, {"amount": -(2**62)}]
    assert value("sum(orders, amount)", env({"orders": rows})) == 2**62
    assert value("sum(orders, amount)", env({"orders": rows[:2]})) is None


def test_a_sum_of_numbers_does_not_depend_on_the_order_of_the_rows():
    rows = [{"weight": 1e16}, {"weight": 1.0}, {"weight": -1e16}]
    assert {value("sum(components, weight)", env({"components": order})) for order in (rows, rows[::-1])} == {1.0}
    edge = [{"weight": 1e308}, {"weight": 1e308}, {"weight": -1e308}]
    assert {value("sum(components, weight)", env({"components": order})) for order in (edge, edge[::-1])} == {1e308}
    huge = [{"weight": 1.7e308}] * 2
    assert value("sum(components, weight)", env({"components": huge})) is None
    assert value("avg(components, weight)", env({"components": huge})) is None


def test_rows_that_are_not_loaded_are_asked_for_only_when_they_matter():
    expression = good("vip or count(orders) > 1")
    assert expression.evaluate(env(vip=True)) is True
    with pytest.raises(RowsNotLoaded) as asked:
        expression.evaluate(env(vip=False))
    assert asked.value.collection == "orders"


def test_what_the_command_changes_is_seen():
    environment = env(previous={"amount": 100, "stage": "needs"}, amount=200, stage="needs")
    assert value("changed(amount)", environment) is True
    assert value("changed(stage)", environment) is False
    assert value("previous(amount) < amount", environment) is True
    assert value("changed(budget)", environment) is False
    assert value("changed(contact.email)", environment) is False
    assert value("changed(amount)", env(amount=1)) is False
    assert value("previous(amount)", env(amount=1)) == 1


LEDGER = [
    {"at": at("2026-02-02 10:00"), "contact": "vera", "direction": "out", "outcome": "connected"},
    {"at": at("2026-02-09 10:00"), "contact": "vera", "direction": "out", "outcome": "no_answer"},
    {"at": at("2026-02-10 10:00"), "contact": "oleg", "direction": "in"},
    {"at": at("2026-02-11 10:00"), "contact": "oleg", "direction": "out"},
    {"at": at("2026-02-12 10:00"), "direction": "in"},
]
PEOPLE = [{"person": "vera", "role": "boss"}, {"person": "oleg"}, {"person": "ivan"}, {}]


@pytest.mark.parametrize(
    ("text", "buyer", "expected"),
    [
        ("last_interaction_with(buyer)", "vera", at("2026-02-02 10:00")),
        ("last_interaction_with(buyer)", "oleg", at("2026-02-10 10:00")),
        ("last_interaction_with(buyer)", "ivan", None),
        ("last_interaction_with(buyer)", None, None),
        ("last_interaction_with(buyer) >= now - days(30)", "ivan", None),
        ("days_since(last_interaction_with(buyer)) <= 30", "vera", True),
        ("count(people, last_interaction_with(person) >= now - days(30))", None, 2),
        ("count(people, last_interaction_with(person) is missing)", None, 2),
        ("any(people, role == 'boss' and last_interaction_with(person) >= now - days(20))", None, None),
        ("any(people, last_interaction_with(person) > last_interaction_with(deal.buyer))", "vera", True),
        ("all(interactions, at <= last_interaction_with(contact), contact is not missing)", None, False),
    ],
)
def test_the_last_interaction_with_a_person_is_the_newest_that_reached_them(text, buyer, expected):
    assert value(text, env({"interactions": LEDGER, "people": PEOPLE}, buyer=buyer)) == expected


def test_the_last_interaction_asks_for_the_ledger_only_where_there_is_somebody_to_ask_about():
    assert value("last_interaction_with(buyer)", env()) is None
    with pytest.raises(RowsNotLoaded, match="interactions"):
        value("last_interaction_with(buyer)", env(buyer="vera"))


def test_visits_count_the_stays_in_a_stage():
    assert value("visits('needs')", env(visits={"needs": 2})) == 2
    assert value("visits('won') == 0", env()) is True


@pytest.mark.parametrize(
    ("number", "minor"),
    [
        (1.005, 101),
        (2.675, 268),
        (0.5, 50),
        (0.004999, 0),
        (0.005, 1),
        (-0.005, -1),
        (-1.005, -101),
        (1.0049, 100),
        (3, 300),
        (9e16, 9 * 10**18),
        (1e17, None),
        (10**17, None),
        (float("inf"), None),
        (float("nan"), None),
    ],
)
def test_assigning_to_money_rounds_half_up(number, minor):
    assert to_money(number, 2) == minor


@pytest.mark.parametrize(
    ("text", "wanted", "expected"),
    [
        ("amount * 1.5", Kind.MONEY, 152),
        ("0.125", Kind.MONEY, 13),
        ("count_of_sites", Kind.MONEY, 300),
        ("count_of_sites", Kind.NUMBER, 3.0),
        ("0.1", Kind.PERCENT, 0.1),
        ("discount", Kind.NUMBER, 0.5),
        ("'price'", Type(Kind.CHOICE, ("price", "timing")), "price"),
        ("'price' if vip else 'timing'", Type(Kind.CHOICE, ("price", "timing")), "timing"),
        ("'anna'", Type(Kind.REFERENCE, ("anna",), "user"), "anna"),
        ("owner", Type(Kind.REFERENCE, reference="user"), "petr"),
        ("now", Kind.DATE, "2026-02-25"),
        ("'2026-02-25 10:00'", Kind.DATETIME, at("2026-02-25 10:00")),
        ("'2 day'", Kind.DURATION, "2 days"),
        ("missing", Kind.MONEY, None),
        ("stage", Kind.TEXT, "needs"),
    ],
)
def test_a_result_becomes_what_its_place_asks_for(text, wanted, expected):
    environment = env(amount=101, count_of_sites=3, discount=0.5, owner="petr", stage="needs")
    expression = good(text, wanted)
    assert expression.evaluate(environment) == expected
    assert expression.type.kind is (wanted if isinstance(wanted, Kind) else wanted.kind)
