"""SQL forms of functions: what no database could take is refused before anybody relies on it."""

from __future__ import annotations

import pytest

from voronka.expressions.function import ExpressionFunction
from voronka.expressions.values import Kind
from voronka.hooks.sql_forms import why_no_sql


def function(sql: str | None, *parameters: Kind) -> ExpressionFunction:
    return ExpressionFunction(name="erp.fee", parameters=parameters, result=Kind.MONEY, call=print, sql=sql)


@pytest.mark.parametrize(
    "sql",
    [None, "{0} * 3 / 100", "{0} % 100 + {1}", "CASE WHEN {1} >= '2026' THEN {0} END", "length({1} || '{{%}}')", "7"],
)
def test_a_form_of_one_value_can_be_used(sql: str | None) -> None:
    assert why_no_sql(function(sql, Kind.MONEY, Kind.DATE)) is None


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("nosuch({0})", "no such function: nosuch"),
        ("{1} + 1", "stands for the first argument"),
        ("{0", "stands for the first argument"),
        ("{}", "stands for the first argument"),
        ("{0.__class__}", "stands for the first argument"),
        ("{0!r}", "stands for the first argument"),
        ("{0:>9}", "stands for the first argument"),
        ("{0} = '{\"a\": 1}'", "stands for the first argument"),
        ("", "syntax error"),
        ("{0} -- so", "incomplete input"),
        ("1; drop table deals", "syntax error"),
        ("{0} > ?", "bindings"),
        ("(select count(*) from vault)", "no such table"),
        ("sum({0})", "misuse of aggregate"),
        ("abs({0}) over ()", "window function"),
        ("a\0b", "null character"),
        ("'\ud800'", "surrogates"),
    ],
)
def test_any_other_is_refused_with_the_reason(sql: str, why: str) -> None:
    assert why in str(why_no_sql(function(sql, Kind.MONEY)))


def test_a_form_without_arguments_can_be_used() -> None:
    assert why_no_sql(function("5")) is None
