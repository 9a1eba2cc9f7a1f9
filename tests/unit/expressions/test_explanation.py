"""An explanation fits a page: what did not matter goes first, and nothing hidden is shown."""

from dataclasses import replace

import pytest

from tests.unit.expressions.deal import SCOPE, at, env, good
from voronka.expressions import Expression, Kind, Name, Type, compile_expression


def explained(text, environment, hidden=()):
    expression = good(text)
    return expression.explain(expression.leaves(environment), hidden=frozenset(hidden))


LONG = " and ".join(f"(amount > {n} or score > {n})" for n in range(1, 20)) + " and score > 100"


def test_a_long_conjunction_that_failed_shows_only_what_failed():
    shown = explained(LONG, env(amount=10_000, score=5.5)).render("en").splitlines()

    assert shown[0].endswith(": no")
    assert shown[1:] == ["  score > 100: no", "    score: 5.5"]


def test_a_long_conjunction_that_is_unknown_shows_what_is_unknown_or_failed():
    shown = explained(LONG, env(amount=10_000)).render("en").splitlines()

    assert shown[1:] == ["  score > 100: unknown", "    score: missing"]


def test_what_does_not_fit_a_page_is_counted():
    shown = explained(LONG, env(amount=-5, score=0.5)).render("ru").splitlines()

    assert len(shown) == 22
    assert shown[-1] == "… и ещё строк: 77"


def test_of_what_does_not_fit_both_alternatives_are_shown():
    parts = [" and ".join(f"(amount > {n} or score > {n})" for n in range(first, first + 9)) for first in (1, 20)]

    shown = explained(f"{parts[0]} or {parts[1]}", env(amount=-5, score=0.5)).render("en").splitlines()

    assert [line for line in shown if line.startswith("  (")] == [f"  {part}: no" for part in parts]
    assert len(shown) <= 24


@pytest.mark.parametrize(
    ("text", "values", "told"),
    [
        ("now - created_at > '3 days'", {"created_at": at("2026-02-20 23:30")}, "4 days 10 hours 30 minutes"),
        ("created_at - now < '3 days'", {"created_at": at("2026-02-25 09:15")}, "-45 minutes"),
        ("lead_time == days(2)", {"lead_time": "2 days"}, "2 days"),
        ("lead_time == days(2)", {"lead_time": "1 working day"}, "1 working day"),
    ],
)
def test_a_duration_is_told_as_people_read_it(text, values, told):
    explanation = explained(text, env(**values))

    assert explanation.render("en").splitlines()[1].endswith(f": {told}")
    assert "minutes" not in explanation.render("ru").splitlines()[1]


@pytest.mark.parametrize(("zone", "told"), [("Europe/Moscow", "2026-02-20 23:30"), ("", "2026-02-20 20:30 UTC")])
def test_a_moment_is_told_by_the_clock_of_the_workspace(zone, told):
    expression = good("created_at < now", scope=replace(SCOPE, zone=zone))

    shown = expression.explain(expression.leaves(env(created_at=at("2026-02-20 23:30")))).render("en")
    assert f"created_at: {told}" in shown.splitlines()[1]


@pytest.mark.parametrize("text", ["any(orders, amount > 5)", "all(orders, amount > 5)"])
def test_a_condition_on_rows_that_is_not_known_is_unknown(text):
    assert explained(text, env(rows={"orders": [{}]})).render("en") == f"{text}: unknown"


def test_a_short_explanation_shows_every_part():
    shown = explained("amount > 1 and score > 100", env(amount=10_000, score=5.5)).render("en").splitlines()

    assert shown[1:] == ["  amount > 1: yes", "    amount: 100.00", "  score > 100: no", "    score: 5.5"]


def test_long_values_are_cut():
    topics = tuple("abcdefgh")

    assert explained("topics is missing", env(topics=topics)).render("en").endswith("topics: a, b, c, d, e, f, …")
    assert len(explained("comment == 'x'", env(comment="я" * 500)).render("en").splitlines()[1]) < 80


def test_what_reads_a_hidden_name_is_hidden_and_the_rest_is_shown():
    environment = env(amount=10_000, score=5.5, vip=True)
    text = "vip and (amount > 5 or score > 7) and fee > 3 and changed(amount)"

    shown = explained(text, environment, hidden=["amount"]).render("en").splitlines()

    assert shown == [
        f"{text}: hidden",
        "  vip: yes",
        "  amount > 5 or score > 7: hidden",
        "    amount > 5: hidden",
        "    score > 7: no",
        "      score: 5.5",
        "  fee > 3: hidden",
        "  changed(amount): hidden",
    ]


def test_an_aggregate_over_something_hidden_is_hidden():
    environment = env(rows={"orders": [{"amount": 500}]}, amount=100)

    shown = explained("count(orders, amount > deal.amount) > 0", environment, hidden=["amount"])

    assert "yes" not in shown.render("en")


@pytest.mark.parametrize(
    ("text", "values", "shown"),
    [
        ("score / 3 > 1", {"score": 200.0}, "score / 3: 66.6667"),
        ("score / 3 > 1", {"score": 0.0002}, "score / 3: 0.00006667"),
        ("score / 3 > 1", {"score": 30_000.0}, "score / 3: 10,000"),
        ("amount / 3 > 1", {"amount": 20_000}, "amount: 200.00"),
    ],
)
def test_numbers_have_four_digits_after_the_point_and_money_is_exact(text, values, shown):
    assert shown in explained(text, env(**values)).render("en")


ALIKE = replace(
    SCOPE,
    names={
        **SCOPE.names,
        "account.deadline": Name(Type(Kind.DATE)),
        "account.waiting": Name(Type(Kind.INTEGER), formula="days_since(deadline)", within="account"),
        "account.soon": Name(Type(Kind.BOOL), formula="deadline < today + days(1)", within="account"),
        "account.topped": Name(Type(Kind.INTEGER), formula="count(orders, amount > 5)", within="account"),
    },
    collections={**SCOPE.collections, "account.orders": SCOPE.collections["orders"]},
)
OWN_AND_ITS = env(**{"deadline": "2026-02-20", "account.deadline": "2026-02-24", "amount": 5_000})


def alike(text, **more):
    found = compile_expression(text, ALIKE, **more)
    assert isinstance(found, Expression), found
    return found


def test_parts_written_alike_of_the_deal_and_of_its_account_are_told_by_their_own_values():
    expression = alike("days_since(deadline) > 100 or account.waiting > 100")
    leaves = expression.leaves(OWN_AND_ITS)

    assert leaves == {"deal: days_since(deadline)": 5, "account.waiting: days_since(deadline)": 1}
    assert [line.strip() for line in expression.explain(leaves).render("en").splitlines()] == [
        "days_since(deadline) > 100 or account.waiting > 100: no",
        "days_since(deadline) > 100: no",
        "days_since(deadline): 5",
        "account.waiting > 100: no",
        "account.waiting: 1",
        "days_since(deadline): 1",
    ]


def test_parts_written_alike_that_read_the_same_are_told_once_under_their_text():
    expression = alike("days_since(deadline) > 100 or days_since(deadline) < 2 or big")

    assert expression.leaves(OWN_AND_ITS) == {"days_since(deadline)": 5, "amount": 5_000}


def test_rows_that_were_not_looked_up_are_not_told_by_those_of_another_record():
    expression = alike("count(orders, amount > 5) > 0 or account.topped > 0")
    environment = replace(OWN_AND_ITS, rows={"orders": [{"amount": 900}]})
    leaves = expression.leaves(environment)

    assert leaves == {"deal: count(orders, amount > 5)": 1, "account.topped: count(orders, amount > 5)": None}
    assert expression.explain(leaves).render("en").splitlines()[-1].strip().endswith("missing")


def test_what_an_earlier_history_recorded_under_one_text_is_told_as_it_was_then():
    expression = alike("days_since(deadline) > 100 or account.waiting > 100")

    told = expression.explain({"days_since(deadline)": 7}).render("en").splitlines()

    assert [line.rpartition(": ")[2] for line in told] == ["no", "no", "7", "no", "7", "7"]


@pytest.mark.parametrize("hidden", ["deadline", "account.deadline"])
def test_what_parts_written_alike_read_is_hidden_one_by_one_and_in_an_earlier_history_together(hidden):
    expression = alike("days_since(deadline) > 100 or account.waiting > 100")
    leaves = expression.leaves(OWN_AND_ITS)
    own = "deal: days_since(deadline)" if hidden == "deadline" else "account.waiting: days_since(deadline)"

    assert expression.veiled(frozenset({hidden})) == {own, "days_since(deadline)"}
    told = expression.explain(leaves, hidden=frozenset({hidden})).render("en")
    assert told.count("hidden") >= 2
    assert f": {leaves[own]}\n" not in told + "\n"


def test_a_column_and_a_field_of_one_name_are_told_apart():
    expression = alike("amount < 100 and deal.amount < 100 and big", row="orders")
    leaves = expression.leaves(replace(OWN_AND_ITS, row={"amount": 900}))

    assert leaves == {"row.amount": 900, "deal.amount": 5_000}
    assert expression.reads.columns == {"orders.amount"}
    assert expression.reads.names == {"amount"}
