"""Hostile texts by what each tries: all are refused with a code of the language, or answered within its bounds."""

import os
from random import Random
from time import process_time

import pytest

from tests.unit.expressions.deal import CALENDAR, NOW, SCOPE, ZONE, bad, good
from voronka.expressions import Env, Expression, compile_expression

REFUSED = {
    "a dunder": ("__class__", "E1101"),
    "a dunder of a value": ("amount.__class__", "E1101"),
    "a chain of attributes": ("amount" + ".real" * 200, "E1001"),
    "a call of a method": ("comment.format(amount)", "E1102"),
    "an import": ("__import__('os')", "E1102"),
    "a huge power": ("9 ** 9 ** 9", "E1002"),
    "a text product": ("'a' * 1000000000", "E1201"),
    "a list product": ("[1] * 1000000000", "E1006"),
    "a width by percent": ("'%999999999d' % 1", "E1002"),
    "5,000 brackets": ("(" * 2_000 + "1" + ")" * 1_999, "E1001"),
    "more brackets than a text may have": ("(" * 5_000 + "1" + ")" * 5_000, "E1001"),
    "50,000 not": ("not " * 50_000 + "vip", "E1001"),
    "not as often as fits": ("not " * 990 + "vip", "E1001"),
    "a sum of 20,000 terms": ("+".join(["1"] * 20_000), "E1001"),
    "a sum of as many terms as fit": ("+".join(["1"] * 480), "E1001"),
    "a number beyond doubles": ("1e400", "E1003"),
    "a number of 400 digits": ("9" * 400, "E1003"),
    "a fraction of 400 digits": ("0." + "9" * 400, "E1003"),
    "a number beyond 64 bits": ("9223372036854775808", "E1003"),
    "NUL": ("amount > 5\x00", "E1002"),
    "NUL in a name": ("amo\x00unt > 5", "E1002"),
    "a character that turns the direction": ("amount > 5 \u202e and vip", "E1002"),
    "an isolate": ("\u2066amount\u2069 > 5", "E1002"),
    "a character without width": ("amo\u200bunt > 5", "E1002"),
    "a half of a surrogate pair": ("\ud800", "E1002"),
    "a lambda": ("lambda: 1", "E1002"),
    "a comprehension": ("[x for x in orders]", "E1005"),
    "a walrus": ("(x := 5)", "E1002"),
}


@pytest.mark.parametrize(("text", "code"), REFUSED.values(), ids=REFUSED)
def test_a_hostile_text_is_refused_with_a_code(text, code):
    assert bad(text)[0].code == code


@pytest.mark.parametrize(
    ("text", "meant"),
    [("count_оf_sites > 1", "count_of_sites"), ("соunt(orders) > 1", "count"), ("аmount > 5", "amount")],
)
def test_a_name_with_letters_that_only_look_latin_is_told_what_was_meant(text, meant):
    (problem,) = bad(text)

    assert problem.suggestion == meant


def test_a_personal_or_hostile_value_is_only_data():
    nasty = "'); drop table deals; --\u202e\x00" * 1000

    assert good("length(comment) > 5 and not contains(comment, 'x')").test(
        Env(values={"comment": nasty}, now=NOW, zone=ZONE, calendar=CALENDAR)
    )


WORDS = """
    amount budget score vip stage deadline now today topics missing true false and or not in is if else count sum any
    last coalesce days lower contains previous changed visits orders deal __class__ аmount 5 0.5 1e9 10% 99999999999999
    'needs' "x" == != < > <= >= + - * / ** // % ( ) [ ] { } , . : ; = := -> & | ~ ^ @ # $ ? ! « » \\
"""
PIECES = [*WORDS.split(), "\n", "\t", "\x00", "\u202e", "🚚"]


def test_random_texts_raise_nothing_but_problems():
    random = Random(20260302)
    empty = Env(values={}, rows={"orders": (), "components": ()}, now=NOW, zone=ZONE, calendar=CALENDAR)
    worst, worst_text = 0.0, ""
    for _ in range(100_000 if os.environ.get("VORONKA_DEEP") else 3_000):
        pieces = [random.choice(PIECES) for _ in range(random.randint(1, 30))]
        text = random.choice(["", " "]).join(pieces)
        start = process_time()
        outcome = compile_expression(text, SCOPE, expect=None)
        if isinstance(outcome, Expression):
            outcome.evaluate(empty)
        else:
            assert all(0 <= problem.start <= problem.end <= len(text) for problem in outcome)
        if (spent := process_time() - start) > worst:
            worst, worst_text = spent, text
    print(f"the worst of all texts: {worst * 1000:.1f} ms for {worst_text!r}")
