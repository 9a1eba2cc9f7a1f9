"""An explanation fits a page: what did not matter goes first, and nothing hidden is shown."""

from dataclasses import replace

import pytest

from tests.unit.expressions.deal import SCOPE, at, env, good


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
