"""Whether a condition can hold at all, judged over all that the types of its names allow."""

import pytest

from voronka.expressions import Expression, Kind, Name, Possibility, Scope, Type, compile_expression

SCOPE = Scope(
    {
        "funnel": Name(Type(Kind.CHOICE, ("react", "reach")), present=True),
        "stage": Name(Type(Kind.CHOICE, ("needs", "offer")), present=True),
        "size": Name(Type(Kind.CHOICE, ("small", "large"))),
        "amount": Name(Type(Kind.MONEY)),
        "rate": Name(Type(Kind.PERCENT)),
        "count_of": Name(Type(Kind.INTEGER)),
        "share_of": Name(Type(Kind.INTEGER), least=0, most=10),
        "due": Name(Type(Kind.DATE)),
        "open": Name(Type(Kind.BOOL), present=True),
        "agreed": Name(Type(Kind.BOOL)),
        "note": Name(Type(Kind.TEXT)),
        "score": Name(Type(Kind.NUMBER)),
        "at": Name(Type(Kind.DATETIME)),
    },
    {"orders": {"paid": Name(Type(Kind.MONEY))}},
)


def node(text):
    found = compile_expression(text, SCOPE)
    assert isinstance(found, Expression), found
    return found.node


@pytest.mark.parametrize(
    ("text", "possible"),
    [
        ("true", True),
        ("false", False),
        ('stage == "needs"', True),
        ('stage == "needs" and stage == "offer"', False),
        ('stage == "needs" or stage == "offer"', True),
        ('stage not in ["needs", "offer"]', False),
        ("stage is missing", False),
        ("rate + 10% != 10%", True),
        ("not (rate + 10% == 10%)", True),
        ("amount + 1000000 != 1000000 and amount > 5", True),
        ("agreed and not agreed", False),
        ("agreed or not agreed", True),
        ('size == "small" and size != "small"', False),
        ('size is missing and size == "small"', False),
        ("amount > 10 and amount < 5", False),
        ("amount > 5 and amount < 10", True),
        ("amount > 5 and amount < 5.01", False),
        ("amount >= 5 and amount <= 5", True),
        ("rate > 10% and rate < 11%", True),
        ("rate > 11% and rate < 10%", False),
        ("count_of > 1 and count_of < 2", False),
        ('due > "2026-01-01" and due < "2026-01-02"', False),
        ('due > "2026-01-01" and due < "2026-01-03"', True),
        # No day lies before the first of the calendar, nor after the last.
        ('due > "2026-01-01" and due < "9999-12-31"', True),
        ('due < "2026-01-01" and due >= "0001-01-01"', True),
        ('due > "9999-12-31" and due is not missing', False),
        ('due < "0001-01-01" and due is not missing', False),
        ('at > "2026-01-01" and at <= "9999-12-27 23:59"', True),
        # Beside a number of so many digits, one more or less is the same number.
        ("score < 100000000000000000.0 and score is not missing", True),
        ("score > 9007199254740992.0 and score < 9007199254740996.0", True),
        ("score > 9007199254740992.0 and score < 9007199254740994.0", False),
        ("amount is missing and amount > 1", False),
        ("not (amount > 1 or amount <= 1)", False),
        ('note == "a" and note == "b"', False),
        ('note == "a" and note != "b"', True),
        ("amount > 10 and amount * 2 < 5", False),
        ("amount > 10 and amount * -2 < 5", True),
        ("amount > 10 and amount * count(orders) < 5", True),
        ("count_of * 2 > 10 and count_of < 6", False),
        ("count_of * 2 > 10 and count_of < 7", True),
        ("10 < 2 * count_of and count_of <= 5", False),
        ("(count_of - 1) * -3 > 10 and count_of > -3", False),
        ("(count_of - 1) * -3 > 10 and count_of > -4", True),
        ("5 - count_of > 2 and count_of > 2", False),
        ("count_of / 4 == 2 and count_of != 8", False),
        ("count_of * 2 == 5", False),
        ("score * 2 > 10 and score < 2", False),
        ("score * 0.1 > 0.3 and score <= 3", True),  # 3 * 0.1 is a little more than 0.3
        ("score + 0.5 > 1 and score < 0.25", False),
        ("score * score > 10 and score < 2", True),
        ("amount + 1 > 10 and amount < 9", False),
        ("amount + 1 > 10 and amount < 9.02", True),
        ("count_of * 0 > 10 and count_of < 2", True),
        ("sum(orders, paid) > 5 and sum(orders, paid) < 3", False),
        ("sum(orders, paid) > 5 and sum(orders, paid, paid > 1) < 3", True),
        ("count(orders) < 0", False),
        ("count_of > 3 and count_of < share_of and share_of < 5", False),
        ("count_of > 3 and count_of < share_of and share_of < 6", True),
        # A record may hold what was given under another bound.
        ("share_of > 10", True),
        ("days_since(at) > 5", True),
        ('(amount > 10 if size == "small" else amount > 20) and amount < 5', True),
    ],
)
def test_a_condition_that_contradicts_itself_is_told_from_one_that_can_hold(text, possible):
    assert Possibility(node(text)).can_hold({}) is possible


@pytest.mark.parametrize(
    ("text", "known", "possible"),
    [
        ('funnel == "react"', {"funnel": "reach"}, False),
        ('funnel == "react"', {"funnel": "react"}, True),
        ("open", {"open": False}, False),
        ('size == "small" and funnel == "react"', {"size": None, "funnel": "react"}, False),
    ],
)
def test_what_is_known_narrows_it(text, known, possible):
    assert Possibility(node(text)).can_hold(known) is possible


def test_two_conditions_can_exclude_each_other():
    large, small, any_size = node("amount > 10"), node("amount <= 10"), node("open")
    assert not Possibility(large).both(Possibility(small)).can_hold({})
    assert Possibility(large).both(Possibility(any_size)).can_hold({})
    assert Possibility().can_hold({})


def test_a_condition_with_more_combinations_than_are_tried_is_taken_for_possible():
    text = " and ".join(f"(amount == {n} or count_of == {n})" for n in range(60))
    assert Possibility(node(text)).can_hold({})


PARTS = [
    "amount > 5",
    "amount >= 5 and amount <= 7",
    "amount < 5",
    "amount <= 5 or amount is missing",
    "amount > 7 or amount < 2",
    "rate > 10%",
    "rate <= 10%",
    "not (rate > 5%)",
    "count_of == 3",
    "count_of != 3",
    "count_of > 3 and count_of < 9",
    'due > "2026-01-01"',
    'due <= "2026-01-01"',
    'size == "small"',
    'size != "small"',
    'size in ["small", "large"]',
    "size is missing",
    "agreed",
    "not agreed",
    "agreed is missing or not agreed",
    'note == "a"',
    'note == "b"',
    "amount * 2 > 5",
    'stage == "needs" and (amount > 9 or agreed)',
]


@pytest.mark.parametrize("first", PARTS)
def test_what_a_quick_look_excludes_can_never_hold_together(first):
    mine = Possibility(node(first))
    for second in PARTS:
        other = Possibility(node(second))
        if mine.excludes(other):
            assert not mine.both(other).can_hold({}), (first, second)
            assert other.excludes(mine)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("amount > 7", "amount < 5"),
        ("rate > 10% and agreed", "rate < 5%"),
        ('due > "2026-02-01"', 'due < "2026-01-01"'),
        ('size == "small" and amount > 1', 'size == "large"'),
        ("agreed", "not agreed"),
    ],
)
def test_a_quick_look_tells_values_that_are_far_apart(first, second):
    assert Possibility(node(first)).excludes(Possibility(node(second)))


@pytest.mark.parametrize(
    ("text", "stages"),
    [
        ('stage == "needs" and amount > 5', {"needs"}),
        ('stage != "needs" or amount > 5 and amount < 4', {"offer"}),
        ('funnel == "react" and stage in ["needs", "offer"]', {"needs", "offer"}),
    ],
)
def test_one_possibility_is_asked_of_many_places(text, stages):
    asked = Possibility(node(text))
    for _ in range(2):
        assert {each for each in ("needs", "offer") if asked.can_hold({"funnel": "react", "stage": each})} == stages
