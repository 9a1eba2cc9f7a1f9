"""Functions of plugins: what they give in Python and in the databases is compared with each other."""

from __future__ import annotations

import pytest

from tests.contract.postgresql import NoServer, fresh
from voronka.api import ExpressionFunction, Kind
from voronka.testing import check_function


def function(call, sql, *parameters, result=Kind.MONEY):
    return ExpressionFunction(name="erp.fee", parameters=parameters, result=result, call=call, sql=sql)


@pytest.mark.parametrize(
    ("agreeing", "samples"),
    [
        (
            function(lambda money: 5 if money < 9 else 2, "CASE WHEN {0} < 9 THEN 5 ELSE 2 END", Kind.MONEY),
            [(-1,), (9,), (None,)],
        ),
        (function(lambda money: abs(money) % 100, "abs({0}) % 100", Kind.MONEY), [(-250,), (0,), (250,)]),
        (function(lambda money, least: money > least, "{0} > {1}", Kind.MONEY, Kind.MONEY, result=Kind.BOOL), [(1, 2)]),
        (function(lambda part: 1, "1", Kind.PERCENT, result=Kind.NUMBER), [(0.1,)]),
        (function(lambda: 5, "5"), [()]),
    ],
)
def test_a_function_that_is_the_same_everywhere_passes(served: str | NoServer, agreeing, samples) -> None:
    address = fresh(served, "voronka_test_calls") if isinstance(served, str) else None
    check_function(agreeing, samples, postgresql=address)


@pytest.mark.parametrize(
    ("differing", "sample", "told"),
    [
        (
            function(lambda money: money * 3 // 100, "{0} * 3 / 100", Kind.MONEY),
            (-50,),
            "-2 in Python and -1 in sqlite",
        ),
        (function(lambda money: money * 3 // 100, "{0} * 3 / 100", Kind.MONEY), (50,), "1 in Python and 2 in duckdb"),
        (function(lambda money: 1, "ifnull(unixepoch(), {0}) * 0 + 1", Kind.MONEY), (1,), "fails in duckdb"),
        (function(lambda money: "x", "{0}", Kind.MONEY), (1,), "returned str"),
    ],
)
def test_a_function_that_differs_is_told_with_its_arguments(differing, sample, told) -> None:
    with pytest.raises(AssertionError, match=told) as failed:
        check_function(differing, [sample])
    assert f"erp.fee({sample[0]}" in str(failed.value)


@pytest.mark.parametrize("sql", [None, "nosuch({0})"])
def test_a_function_without_a_form_that_can_be_used_is_not_compared(sql) -> None:
    with pytest.raises(ValueError, match=r"erp\.fee: "):
        check_function(function(abs, sql, Kind.MONEY), [(1,)])
