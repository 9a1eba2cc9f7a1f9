"""What was surely not meant is told with its place; what may be meant is not."""

import pytest

from tests.unit.expressions.deal import good
from voronka.expressions import Kind, Type


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("amount > 5 and amount < 3", "W1303", "amount > 5 and amount < 3"),
        ("vip or (score > 1.5 and score <= 1.5)", "W1303", "score > 1.5 and score <= 1.5"),
        ("vip or (stage == 'won' and stage == 'lost')", "W1303", "stage == 'won' and stage == 'lost'"),
        ("stage in ['won', 'lost'] and stage not in ['won', 'lost', 'needs']", "W1303", None),
        ("deadline is missing and deadline > '2026-03-01'", "W1303", None),
        ("deadline > '2026-03-01' and deadline < '2026-02-01'", "W1303", None),
        ("big and amount < 100", "W1303", None),
        ("1 > 2", "W1303", "1 > 2"),
        ("loss_reason == 'price' or loss_reason != 'price'", "W1304", None),
        ("amount > 5 or amount < 10", "W1304", None),
        ("amount is missing or amount is not missing", "W1304", None),
        ("stage == 'needs' or stage != 'needs'", "W1304", None),
        ("1 < 2", "W1304", "1 < 2"),
        ("true", "W1304", None),
        ("amount > amount", "W1303", None),
        ("amount > budget and budget > amount", "W1303", None),
        ("amount > budget and budget > account.turnover and account.turnover >= amount", "W1303", None),
        ("days_since(deadline) > 5 and days_since(deadline) < 3", "W1303", None),
        ("count(orders) > 3 and count(orders) < 2", "W1303", None),
        ("vip or count(orders, open) < 0", "W1303", "count(orders, open) < 0"),
        ("length(comment) < 0", "W1303", None),
        ("weekday(today) == 8", "W1303", None),
        ("month(today) >= 1", "W1304", None),
        ("lower(comment) == 'ABC'", "W1303", None),
        ("trim(comment) == ' a'", "W1303", None),
        ("percent_done > 100", "W1303", None),
        ("percent_done >= 0", "W1304", None),
        ("stage in ['needs', 'proposal', 'won', 'lost']", "W1304", None),
        ("coalesce(vip, false) or not coalesce(vip, false)", "W1304", None),
        ("changed(amount) and not changed(amount)", "W1303", None),
        ("any(orders, amount > 5 and amount < 3)", "W1303", "amount > 5 and amount < 3"),
        ("replied is missing", "W1303", None),
        ("coalesce(amount, 0) is not missing", "W1304", None),
        ("visits('needs') < 0", "W1303", None),
        ("1 if count(orders) > 5 else 2 if count(orders) > 7 else 3", "W1306", "2"),
        ("loss_reason != 'price'", "W1305", "loss_reason != 'price'"),
        ("amount > 5 and loss_reason not in ['price', 'timing']", "W1305", "loss_reason not in ['price', 'timing']"),
        ("not (loss_reason == 'price')", "W1305", "not (loss_reason == 'price')"),
        ("owner != 'anna'", "W1305", "owner != 'anna'"),
        ("comment != 'x'", "W1305", None),
        ("amount != 5", "W1305", "amount != 5"),
        ("not (amount > 100000)", "W1305", "not (amount > 100000)"),
        ("vip or not (score <= 1.5)", "W1305", "not (score <= 1.5)"),
        ("deadline != '2026-03-01'", "W1305", None),
        ("not (deadline < '2026-03-01')", "W1305", None),
        ("not contains(comment, 'x')", "W1305", None),
        ("1 if amount > 5 else 2 if amount > 7 else 3", "W1306", "2"),
        ("1 if stage in ['needs', 'proposal'] else 2 if stage in ['won', 'lost'] else 3", "W1306", "3"),
        ("1 if stage == 'needs' or stage != 'needs' else 2", "W1304 W1306", None),
    ],
)
def test_what_was_surely_not_meant_is_told_at_its_place(text, code, place):
    warnings = good(text).warnings

    assert sorted(each.code for each in warnings) == code.split()
    if place is not None:
        assert text[warnings[0].start : warnings[0].end] == place
    for each in warnings:
        assert each.reason.render("ru") != each.reason.render("en")


@pytest.mark.parametrize(
    "text",
    [
        "amount > 5 and amount < 30",
        "amount > 5 and amount < budget",
        "amount > 5 or amount < 3",
        "stage == 'won' or stage == 'lost'",
        "stage != 'won' and stage != 'lost'",
        "loss_reason is not missing and loss_reason != 'price'",
        "loss_reason is missing or loss_reason != 'price'",
        "stage not in ['won', 'lost']",
        "coalesce(loss_reason != 'price', true)",
        "owner is not missing and owner not in ['anna', 'petr']",
        "comment is missing or comment != 'x'",
        "contains(comment, 'x')",
        "amount is missing or amount != 5",
        "amount is not missing and not (amount > 5)",
        "not (amount > budget)",
        "not (amount > 5 or vip)",
        "count(orders, open) > 5 and count(orders) < 3",
        "amount > 5 and previous(amount) < 3",
        "1 if amount > 7 else 2 if amount > 5 else 3",
        "1 if stage == 'needs' else 2 if loss_reason == 'price' else 3",
        "vip and true",
        "days_since(deadline) < 0",
        "days_since(created_at) > 5 and days_since(deadline) < 3",
        "amount >= budget and budget >= amount",
        "count(orders, open) > 5 and count(orders, paid > 5) < 3",
        "lower(comment) == 'abc' or lower(comment) == ''",
        "lower(comment) > 'Ab' and lower(comment) < 'b'",
        "percent_done > 99",
        "only == 'one'",
        "sum(orders, amount) is missing",
        "(amount > 5 and vip) or (amount < 3 and score > 1)",
    ],
)
def test_what_may_be_meant_is_not_doubted(text):
    assert good(text).warnings == ()


def test_a_text_that_would_take_long_to_judge_is_not_doubted_to_its_end():
    inner = "(" * 36 + 'stage == "won"'
    inner += "".join(
        f' and loss_reason == "price" or vip and stage == "lost" or score > {n} and score < {n + 5})' for n in range(36)
    )
    never = "amount > 5 and amount < 3"

    assert [each.code for each in good(f"replied or {never}").warnings] == ["W1303"]
    assert good(f"{inner} or {never}").warnings == ()


@pytest.mark.parametrize(
    "text", ["count_of_sites == 1.5", "abs(score) < 0", "least(amount, 100) > 100", "greatest(budget, 5) < 5"]
)
def test_what_lies_beyond_what_a_function_gives_is_never_true(text):
    assert [each.code for each in good(text).warnings] == ["W1303"]


@pytest.mark.parametrize("text", ["count_of_sites == 2.0", "abs(score) < 0.1", "least(amount, 100) >= 100"])
def test_what_lies_within_it_is_not_doubted(text):
    assert good(text).warnings == ()


def test_a_condition_that_is_missing_is_never_true_but_a_field_may_be_set_to_it():
    assert [each.code for each in good("missing", Kind.BOOL).warnings] == ["W1303"]
    assert good("missing", Type(Kind.BOOL)).warnings == ()
