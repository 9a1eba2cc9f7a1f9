"""What no database is asked, what all of them take, and functions that others add."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import cycle, islice, product

import pytest
from sqlalchemy import Engine, literal_column, select

from tests.sql.conftest import BACKENDS
from tests.sql.records import Records
from tests.unit.expressions.deal import CALENDAR, NAMES, NOW, SCOPE, ZONE, good
from tests.unit.expressions.test_agreement import ROWS, VALUES
from voronka.expressions import Env, Expression, Kind, Scope, compile_expression
from voronka.expressions.function import ExpressionFunction, Functions
from voronka.expressions.values import Value
from voronka.sql import Untranslatable, untranslatable
from voronka.sql.bindings import Bindings
from voronka.sql.columns import TypedColumns
from voronka.sql.compiler import compile_sql

ENV = Env(values={}, now=NOW, zone=ZONE, calendar=CALENDAR)
REFUSED = {
    "amount > 1 and changed(amount)": "changed(amount)",
    "previous(amount) > 5": "previous(amount)",
    "sum(components, weight) > 1": "sum(components, weight)",
    "avg(orders, amount) > 1": "avg(orders, amount)",
    "created_at + working_days(2) < now": "created_at + working_days(2)",
    "deadline - working_hours(2) < today": "deadline - working_hours(2)",
    "created_at + lead_time < now": "created_at + lead_time",
    "created_at + days(count_of_sites) < now": "created_at + days(count_of_sites)",
    "now - created_at > lead_time": "lead_time",
    "now - created_at + days(count_of_sites) > days(2)": "days(count_of_sites)",
    "(deadline - today) is missing": "deadline - today",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_has_no_translation_is_named_and_not_compiled(text: str) -> None:
    node = good(text).node
    (refusal, *_) = untranslatable(node)
    assert refusal.text == REFUSED[text]
    assert refusal.reason.render("ru") != refusal.reason.render("en")
    assert refusal.remedy.render("ru") != refusal.remedy.render("en")
    with pytest.raises(Untranslatable):
        compile_sql(node, TypedColumns(names={}), BACKENDS["sqlite"](), ENV, Bindings())


@pytest.mark.parametrize("mean", ["avg(orders, amount)", "avg(orders, paid, open or amount is missing)"])
def test_what_is_to_be_written_for_a_mean_means_the_same(mean: str) -> None:
    (refusal, *_) = untranslatable(good(f"{mean} > 1").node)
    other = str(refusal.remedy).removeprefix("Write ").removesuffix(".")
    rows = [{"amount": 300, "paid": 500, "open": True}, {"paid": 300}, {"amount": 900}, {"open": True}]

    assert list(untranslatable(good(f"{other} > 1").node)) == []
    for some in (rows, rows[1:], rows[3:], []):
        env = replace(ENV, rows={"orders": some})
        assert good(mean).evaluate(env) == good(other).evaluate(env)


@pytest.mark.parametrize("text", ["now - working_days(2) > created_at", "workdays_since(created_at) > 2"])
def test_what_rests_on_the_moment_alone_is_computed_beforehand(text: str) -> None:
    assert list(untranslatable(good(text).node)) == []


NESTED: dict[str, tuple[Callable[[str], str], str]] = {
    "logic": (lambda x: f"(replied and (vip or {x}))", "vip"),
    "branches": (lambda x: f"({x} if vip else 1)", "count_of_sites"),
    "others": (lambda x: f"(1 if vip else {x})", "count_of_sites"),
    "sums": (lambda x: f"({x} + count_of_sites)", "count_of_sites"),
    "brackets": (lambda x: f"(count_of_sites * ({x} + 1))", "count_of_sites"),
    "remainders": (lambda x: f"mod({x}, 7)", "count_of_sites"),
    "extremes": (lambda x: f"least({x}, 7, 8, 9)", "count_of_sites"),
    "rounding": (lambda x: f"round({x} / 2)", "score"),
    "dates": (lambda x: f"({x} + days(1))", "created_at"),
    "months": (lambda x: f"({x} + months(1))", "created_at"),
    "weeks": (lambda x: f"start_of_week({x})", "deadline"),
    "mixed dates": (lambda x: f"(start_of_year({x}) - days(1))", "created_at"),
    "lengths": (lambda x: f"(now - {x} > days(1))", "created_at"),
    "moments": (lambda x: f"({x} - hours(1))", "created_at"),
    "quarters": (lambda x: f"start_of_quarter({x})", "created_at"),
    "days": (lambda x: f"days_since({x})", "deadline"),
    "parts": (lambda x: f"weekday({x})", "deadline"),
    "wholes": (lambda x: f"floor(0.5 * {x})", "score"),
    "others of many": (lambda x: f"coalesce({x}, 5)", "score"),
    "known": (lambda x: f"({x} is missing)", "comment"),
    "ends": (lambda x: f"ends_with({x}, comment)", "comment"),
    "texts": (lambda x: f"lower(trim({x}))", "comment"),
}


def deepest(texts: Iterator[str]) -> Expression | None:
    """Return the last of texts, each deeper than the one before, that a database is asked."""
    found = None
    for text in texts:
        expression = compile_expression(text, SCOPE, expect=None)
        if not isinstance(expression, Expression) or any(untranslatable(expression.node)):
            break
        found = expression
    return found


def nested(text: str, *patterns: str) -> Iterator[str]:
    for pattern in islice(cycle(patterns), 40):
        text = NESTED[pattern][0](text)
        yield text


@pytest.mark.parametrize("pattern", NESTED)
def test_what_is_not_refused_for_its_depth_is_taken_by_every_database(engines: dict[str, Engine], pattern: str) -> None:
    records = Records(VALUES, ROWS)
    found = deepest(nested(NESTED[pattern][1], pattern))
    assert found is not None
    for name, engine in engines.items():
        records.fill(engine, [Env(values={}, now=NOW, zone=ZONE, calendar=CALENDAR, rows=dict.fromkeys(ROWS, ()))])
        records.ask(engine, name, [found], ENV)


def test_so_is_what_mixes_constructs(engines: dict[str, Engine]) -> None:
    records, sqlite = Records(VALUES, ROWS), engines["sqlite"]
    records.fill(sqlite, [Env(values={}, now=NOW, zone=ZONE, calendar=CALENDAR, rows=dict.fromkeys(ROWS, ()))])
    taken = 0
    for first, second in product(NESTED, NESTED):
        found = deepest(nested(NESTED[first][1], first, second))
        if found is not None:
            taken += 1
            records.ask(sqlite, "sqlite", [found], ENV)
    assert taken > len(NESTED)


def added(name: str, sql: str | None) -> ExpressionFunction:
    two = (Kind.NUMBER, Kind.NUMBER)
    return ExpressionFunction(name=name, parameters=two, result=Kind.NUMBER, call=lambda a, b: a / (b + 1), sql=sql)


class Added(Functions):
    """One function with an SQL form and one without."""

    def find(self, name: str) -> ExpressionFunction | None:
        return {"share": added("share", "{0} / ({1} + 1)"), "secret": added("secret", None)}.get(name)


def asked(engines: dict[str, Engine], text: str, scope: Scope, **columns: str) -> list[Value | None]:
    """Return what an expression gives in each database where columns are written out as SQL."""
    expression = compile_expression(text, scope, expect=None)
    assert isinstance(expression, Expression), expression
    found = []
    for name, engine in engines.items():
        known = TypedColumns(names={key: literal_column(value) for key, value in columns.items()})
        with engine.connect() as connection:
            found.append(
                connection.execute(
                    select(compile_sql(expression.node, known, BACKENDS[name](), ENV, Bindings()))
                ).scalar()
            )
    return found


def test_a_function_of_a_plugin_is_asked_in_its_sql_form(engines: dict[str, Engine]) -> None:
    scope = Scope(NAMES, functions=Added())
    double = "CAST(5 AS DOUBLE PRECISION)"
    assert asked(engines, "share(score, 3)", scope, score=double) == [1.25] * len(engines)
    assert asked(engines, "share(score, 3)", scope, score="CAST(NULL AS DOUBLE PRECISION)") == [None] * len(engines)


def test_a_function_of_a_plugin_without_an_sql_form_is_refused() -> None:
    expression = compile_expression("secret(score, 1) > 2", Scope(NAMES, functions=Added()))
    assert isinstance(expression, Expression)
    assert [refusal.text for refusal in untranslatable(expression.node)] == ["secret(score, 1)"]


@pytest.mark.parametrize(("item", "held"), [("price", True), ("delivery", False)])
def test_a_choice_of_several_is_searched(engines: dict[str, Engine], item: str, held: bool) -> None:
    lists = {
        "sqlite": '\'["price","service"]\'',
        "postgresql": 'CAST(\'["price","service"]\' AS jsonb)',
        "duckdb": "['price', 'service']",
    }
    for name, engine in engines.items():
        only = {name: engine}
        assert [bool(one) for one in asked(only, f'"{item}" in topics', SCOPE, topics=lists[name])] == [held]
        assert asked(only, f'"{item}" in topics', SCOPE, topics="NULL") == [None]


@pytest.mark.parametrize("text", ["least(score, 1 / 0)", "mod(count_of_sites, mod(1, 0))", "amount + round(1 / 0)"])
def test_what_is_missing_whatever_the_record_has_a_type_all_the_same(engines: dict[str, Engine], text: str) -> None:
    whole = "CAST(5 AS BIGINT)"
    columns = {"score": "CAST(5 AS DOUBLE PRECISION)", "count_of_sites": whole, "amount": whole}
    assert asked(engines, text, SCOPE, **columns) == [None] * len(engines)
