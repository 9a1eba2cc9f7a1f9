"""In KPIs aggregates range over all rows that are counted; elsewhere over those of one record."""

from dataclasses import replace

import pytest

from voronka.expressions import Expression, Kind, Name, Scope, Type, compile_expression
from voronka.expressions.ir import Aggregate, walk

NAMES = {
    "amount": Name(Type(Kind.MONEY)),
    "won": Name(Type(Kind.BOOL), present=True),
    "owner": Name(Type(Kind.REFERENCE, reference="user")),
    "created_at": Name(Type(Kind.DATETIME), present=True),
    "paid": Name(Type(Kind.MONEY), formula="sum(orders, amount)"),
}
ROWS = {
    "orders": {"amount": Name(Type(Kind.MONEY)), "status": Name(Type(Kind.TEXT))},
    "interactions": {"kind": Name(Type(Kind.TEXT)), "user": Name(Type(Kind.REFERENCE, reference="user"))},
}
PLAIN = Scope(NAMES, ROWS)
DEALS, INTERACTIONS = replace(PLAIN, counted="deals"), replace(PLAIN, counted="interactions")

GOOD = {
    "count(deals)": (DEALS, Kind.INTEGER),
    "sum(deals, amount, won)": (DEALS, Kind.MONEY),
    "sum(deals, amount) / count(deals, won)": (DEALS, Kind.NUMBER),
    "median(deals, amount)": (DEALS, Kind.NUMBER),
    "percentile(deals, amount, 90, won)": (DEALS, Kind.NUMBER),
    "count_distinct(deals, owner)": (DEALS, Kind.INTEGER),
    "count_distinct(deals, created_at, won)": (DEALS, Kind.INTEGER),
    "avg(deals, paid)": (DEALS, Kind.NUMBER),
    "sum(deals, count(orders, amount > deal.amount))": (DEALS, Kind.INTEGER),
    'count(interactions, kind == "call" and deal.won)': (INTERACTIONS, Kind.INTEGER),
    "count_distinct(interactions, user, deal.paid > 5)": (INTERACTIONS, Kind.INTEGER),
}
BAD = {
    "amount": (DEALS, "E1112"),
    "count(deals) + amount": (DEALS, "E1112"),
    "count(orders)": (DEALS, "E1104"),
    "count(deals)": (INTERACTIONS, "E1104"),
    "first(deals, amount)": (DEALS, "E1103"),
    "max(deals, created_at)": (DEALS, "E1103"),
    "percentile(deals, amount, 100)": (DEALS, "E1103"),
    "percentile(deals, amount, won)": (DEALS, "E1103"),
    "median(deals, won)": (DEALS, "E1103"),
    "count(deals, count_distinct(orders, status) > 1)": (DEALS, "E1111"),
    "count(interactions, count(interactions) > 1)": (INTERACTIONS, "E1006"),
    "median(orders, amount) > 1": (PLAIN, "E1111"),
}


@pytest.mark.parametrize("text", GOOD)
def test_a_measure_is_made_of_aggregates_over_what_is_counted(text):
    scope, kind = GOOD[text]
    found = compile_expression(text, scope, expect=None)
    assert isinstance(found, Expression), found
    assert found.type.kind is kind
    assert scope.counted in {node.collection for node in walk(found.node) if isinstance(node, Aggregate)}


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_number_over_the_rows_is_refused(text):
    scope, code = BAD[text]
    found = compile_expression(text, scope, expect=None)
    assert [problem.code for problem in found] == [code]


def test_a_percentile_keeps_its_rank():
    found = compile_expression("percentile(deals, amount, 90)", DEALS, expect=None)
    assert found.node.rank == 90


def test_a_condition_about_a_row_reads_the_row_and_its_record():
    found = compile_expression('kind == "call" and deal.won', PLAIN, collection="interactions")
    assert isinstance(found, Expression)
