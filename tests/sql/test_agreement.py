"""One meaning: random expressions over records full of gaps give in every database what they give in Python."""

from __future__ import annotations

import os
from dataclasses import replace
from random import Random

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.sql.records import STAGES, Records
from tests.unit.expressions import naive
from tests.unit.expressions.deal import good
from tests.unit.expressions.test_agreement import ROWS, VALUES, environment
from voronka.sql import untranslatable

DEEP = bool(os.environ.get("VORONKA_DEEP"))
TOGETHER = 30
BATCHES = 334 if DEEP else 10
RECORDS = 100 if DEEP else 30


def translatable(tree):
    return not any(untranslatable(good(naive.written(tree)).node))


trees = st.sampled_from("BBBINPMTCDZ").flatmap(naive.tree).filter(translatable)
batches = st.lists(trees, min_size=TOGETHER, max_size=TOGETHER)
seeds = st.integers(0, 2**32).map(Random)
records = Records(VALUES, ROWS)


def alike(found, expected):
    if expected is None or found is None:
        return found is expected
    if isinstance(expected, bool):
        return bool(found) is expected
    return type(found) is type(expected) and found == expected


@settings(
    max_examples=BATCHES,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(batches, seeds)
def test_every_database_gives_what_python_gives(engines, trees, random):
    expressions = [good(naive.written(tree)) for tree in trees]
    first = environment(random)
    kept = {"now": first.now, "zone": first.zone, "previous": None}
    environments = [
        replace(env, **kept, visits={stage: env.visits.get(stage, 0) for stage in STAGES})
        for env in (environment(random) for _ in range(RECORDS))
    ]
    expected = [tuple(expression.evaluate(env) for expression in expressions) for env in environments]
    for name, engine in engines.items():
        records.fill(engine, environments)
        for env, found, wanted in zip(
            environments, records.ask(engine, name, expressions, first), expected, strict=True
        ):
            for expression, one, other in zip(expressions, found, wanted, strict=True):
                assert alike(one, other), (name, expression.text, one, other, env.values, env.rows, env.now, env.zone)


SHARES = ("budget >= amount * 10%", "budget <= amount * 10%", "budget - amount * 10% >= 0", "amount / 3 > budget")


PARTS = ("amount * 10% <= 1000.30", "amount / 10 > 1000.304", "amount * discount == 1000.30", "amount / 3 < 0.07")


def test_every_database_compares_a_part_of_an_amount_exactly(engines):
    expressions = [good(text) for text in PARTS]
    first = environment(Random(1))
    values = [{"amount": coins, "discount": 0.1} for coins in (*range(10_002_98, 10_003_07), 20, 21, 22)]
    environments = [replace(first, values={**first.values, **each}) for each in values]
    expected = [
        [coins <= 10_003_00, coins > 10_003_04, 10_002_95 <= coins < 10_003_05, coins < 21]
        for coins in (each["amount"] for each in values)
    ]
    for name, engine in engines.items():
        records.fill(engine, environments)
        found = [[bool(one) for one in row] for row in records.ask(engine, name, expressions, first)]
        assert found == expected, name


def test_every_database_takes_the_exact_share_of_an_amount_for_enough(engines):
    expressions = [good(text) for text in SHARES]
    first = environment(Random(1))
    values = [{"amount": coins, "budget": (coins + 5) // 10} for coins in range(3, 2_000_000, 20_011)]
    environments = [replace(first, values={**first.values, **each}) for each in values]
    for name, engine in engines.items():
        records.fill(engine, environments)
        for found, each in zip(records.ask(engine, name, expressions, first), values, strict=True):
            assert [bool(one) for one in found] == [True] * 4, (name, each)


OF_AMOUNTS = ("budget / amount == 10%", "(amount - budget) / amount == 90%", "budget / amount >= discount")


def test_every_database_divides_one_amount_by_another_as_coins(engines):
    expressions = [good(text) for text in OF_AMOUNTS]
    first = environment(Random(1))
    values = [{"amount": coins, "budget": coins // 10, "discount": 0.1} for coins in range(10, 20_000_000, 200_110)]
    environments = [replace(first, values={**first.values, **each}) for each in values]
    for expression in expressions:
        assert all(expression.evaluate(env) for env in environments), expression.text
    for name, engine in engines.items():
        records.fill(engine, environments)
        for found, each in zip(records.ask(engine, name, expressions, first), values, strict=True):
            assert [bool(one) for one in found] == [True] * 3, (name, each)
