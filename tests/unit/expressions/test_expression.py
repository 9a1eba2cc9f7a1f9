"""What an expression tells about itself: reads, leaves, why; and that it can be kept and copied."""

from __future__ import annotations

import copy
import pickle

import pytest

from tests.unit.expressions.deal import SCOPE, at, bad, env, good, name
from voronka.expressions import Kind, Scope, Type, compile_expression, suggest


@pytest.mark.parametrize(
    ("text", "names", "collections", "clock", "previous"),
    [
        ("amount > 5 and stage == 'won'", {"amount", "stage"}, set(), False, set()),
        ("sum(orders, paid, amount > deal.budget) >= amount", {"budget", "amount"}, {"orders"}, False, set()),
        ("account.turnover > 1", {"account.turnover"}, set(), False, set()),
        ("fee > 5", {"amount"}, set(), False, set()),
        ("sum(orders, due) > 5", set(), {"orders"}, False, set()),
        ("contact.email is missing", {"contact.email"}, set(), False, set()),
        ("days_since(created_at) > 5", {"created_at"}, set(), True, set()),
        ("deadline > today or now > created_at", {"deadline", "created_at"}, set(), True, set()),
        ("changed(amount) and previous(budget) > 1", {"amount", "budget"}, set(), False, {"amount", "budget"}),
        ("visits('won') > 1", set(), set(), False, set()),
        ("last_interaction_with(buyer) > created_at", {"buyer", "created_at"}, {"interactions"}, False, set()),
        ("any(people, last_interaction_with(person) < now)", set(), {"people", "interactions"}, True, set()),
        ("1 < 2", set(), set(), False, set()),
    ],
)
def test_an_expression_tells_what_it_reads(text, names, collections, clock, previous):
    reads = good(text).reads
    assert reads.names == names
    assert reads.collections == collections
    assert reads.clock is clock
    assert reads.previous == previous


def test_leaves_are_names_and_whole_aggregates_and_functions_of_the_moment_as_written():
    expression = good("fee > 5 and sum(orders, paid) > 1 and days_since(created_at) > 2 and deadline + days(1) > today")
    environment = env({"orders": [{"paid": 7}]}, amount=1000, created_at=at("2026-02-20 10:00"), deadline="2026-02-28")
    assert expression.leaves(environment) == {
        "amount": 1000,
        "sum(orders, paid)": 7,
        "days_since(created_at)": 5,
        "deadline + days(1)": "2026-03-01",
        "today": "2026-02-25",
    }


def test_a_moment_read_as_a_date_is_a_leaf_of_its_own():
    expression = good("created_at == deadline and created_at < now")
    leaves = expression.leaves(env(created_at=at("2026-02-20 10:00"), deadline="2026-02-20"))
    assert leaves["date(created_at)"] == "2026-02-20"
    assert leaves["created_at"] == at("2026-02-20 10:00")
    assert expression.explain(leaves).result is True


def test_leaves_leave_out_rows_that_were_not_loaded():
    expression = good("vip or count(orders) > 1")
    leaves = expression.leaves(env(vip=True))
    assert leaves == {"vip": True}
    assert expression.explain(leaves).result is True


def test_an_explanation_says_why_in_both_languages():
    expression = good("(amount >= 100000 or vip) and discount not in [10%] and deadline < today and score > 1.5")
    environment = env(amount=12_345_678, discount=0.05, deadline="2026-02-20", score=1234.5)
    explanation = expression.explain(expression.leaves(environment))
    assert explanation.result is True
    assert explanation.render("en").splitlines() == [
        "(amount >= 100000 or vip) and discount not in [10%] and deadline < today and score > 1.5: yes",
        "  amount >= 100000 or vip: yes",
        "    amount >= 100000: yes",
        "      amount: 123,456.78",
        "    vip: missing",
        "  discount not in [10%]: yes",
        "    discount: 5%",
        "  deadline < today: yes",
        "    deadline: 2026-02-20",
        "    today: 2026-02-25",
        "  score > 1.5: yes",
        "    score: 1,234.5",
    ]
    russian = explanation.render("ru")
    assert "amount: 123\u00a0456,78" in russian
    assert "vip: не заполнено" in russian
    assert "discount: 5\u00a0%" in russian


def test_an_explanation_tells_unknown_from_missing():
    expression = good("budget > 5")
    assert expression.explain(expression.leaves(env())).render("ru") == "budget > 5: неизвестно\n  budget: не заполнено"


def test_an_explanation_shows_nothing_personal():
    expression = good("contact.email is not missing")
    explanation = expression.explain(expression.leaves(env(contact__email="p@client.example")))
    assert explanation.render("en") == "contact.email is not missing: yes"


def test_an_explanation_shows_the_formula_of_a_computed_field():
    expression = good("fee > 5")
    assert expression.explain(expression.leaves(env(amount=10_000))).render("en").splitlines() == [
        "fee > 5: yes",
        "  fee: 10.00",
        "    amount * 10%: 10",
        "      amount: 100.00",
    ]


def test_an_explanation_shows_the_part_of_an_amount_as_it_is_written():
    expression = good("amount * 10% > 5")
    assert expression.explain(expression.leaves(env(amount=10_000))).render("en").splitlines() == [
        "amount * 10% > 5: yes",
        "  amount * 10%: 10",
        "    amount: 100.00",
    ]


def test_an_expression_survives_pickling_and_copying():
    expression = good("amount > 5 and count(orders) > 0")
    environment = env({"orders": [{}]}, amount=1000)
    assert expression.evaluate(environment) is True
    for other in (pickle.loads(pickle.dumps(expression)), copy.deepcopy(expression), copy.copy(expression)):
        assert other == expression
        assert other.reads == expression.reads
        assert other.evaluate(environment) is True
        assert other.leaves(environment) == expression.leaves(environment)


def test_expressions_are_equal_by_text_and_type():
    assert good("amount") == good("amount")
    assert hash(good("amount")) == hash(good("amount"))
    assert good("count_of_sites") != good("count_of_sites", Kind.NUMBER)
    assert good("amount > 1") != good("amount > 2")


def test_a_test_of_a_condition_is_true_false_or_unknown():
    assert [good("amount > 5").test(env(amount=amount)) for amount in (600, 100, None)] == [True, False, None]


def test_a_formula_of_a_column_may_read_the_deal():
    scope = Scope(
        names={"rate": name(Kind.NUMBER)},
        collections={"lines": {"price": name(Kind.MONEY), "cost": name(Kind.MONEY, formula="price * deal.rate")}},
    )
    expression = good("sum(lines, cost)", scope=scope)
    assert expression.reads.names == {"rate"}
    assert expression.evaluate(env({"lines": [{"price": 1000}, {"price": 1}]}, rate=0.5)) == 501


def test_the_subject_of_a_scope_may_have_another_name():
    scope = Scope(
        names={"share": name(Kind.PERCENT)}, collections={"rows": {"p": name(Kind.PERCENT)}}, subject="account"
    )
    environment = env({"rows": [{"p": 0.5}]}, share=0.1)
    assert good("any(rows, p > account.share)", scope=scope).evaluate(environment) is True
    assert bad("any(rows, p > deal.share)", scope=scope)[0].code == "E1105"


def test_collections_of_an_account_have_dotted_names():
    scope = Scope(names={}, collections={"account.competitors": {"share": name(Kind.PERCENT)}})
    expression = good("max(account.competitors, share) > 50%", scope=scope)
    assert expression.reads.collections == {"account.competitors"}
    assert expression.evaluate(env({"account.competitors": [{"share": 0.6}]})) is True


def test_a_condition_is_what_is_expected_by_default():
    assert isinstance(compile_expression("amount", SCOPE), tuple)


def test_the_type_of_a_result_is_known():
    assert good("amount + 1").type == Type(Kind.MONEY)
    assert good("amount * 2").type == Type(Kind.NUMBER)
    assert good("count(orders)").type == Type(Kind.INTEGER)
    assert good("last(orders, at)").type == Type(Kind.DATETIME)
    assert good("loss_reason").type.options == ("price", "timing", "no_answer")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("amuont", "amount"),
        ("аmоunt", "amount"),
        ("ыефпу", "stage"),
        ("Stage", "stage"),
        ("loss-reason", "loss_reason"),
        ("zzz", None),
        ("x" * 1000, None),
    ],
)
def test_a_slip_of_the_pen_is_recognised(written, meant):
    assert suggest(written, ["amount", "stage", "loss_reason"]) == meant
