"""Definitions stand for their expressions wherever a condition or a formula is written."""

from tests.unit.config.corpus import base
from voronka.calendars import TimeSpan, WorkingCalendar
from voronka.config import read_workspace
from voronka.expressions import Env

RULES = b"""
define:
  deals:
    limit: 1000
    large: amount >= limit
    costly: 'coalesce(any(lines_of_cost, heavy), false)'
  lines_of_cost:
    heavy: sum > deal.limit and confirmed
rules:
  big:
    trigger: {field: amount}
    where: large and costly
    do: [{task: {title: Look at it}}]
"""
CALENDAR = WorkingCalendar(name="", week=((TimeSpan(0, 24 * 60),),) * 7)


def rule():
    reading = read_workspace({**base(), "configs/rules/d.yaml": RULES})
    assert reading.findings == ()
    assert reading.workspace is not None
    return reading.workspace.rules["big"]


def env(amount, cost):
    rows = {"lines_of_cost": [{"sum": cost, "confirmed": True}]}
    return Env(values={"amount": amount}, rows=rows, now=0, zone="UTC", calendar=CALENDAR)


def test_a_condition_made_of_definitions_holds_as_if_written_out():
    where = rule().where

    assert where.test(env(amount=100_000, cost=100_001)) is True
    assert where.test(env(amount=99_999, cost=100_001)) is False
    assert where.test(env(amount=100_000, cost=100_000)) is False


def test_what_definitions_read_is_read_by_the_condition():
    assert rule().where.reads.names == {"amount"}
    assert rule().where.reads.collections == {"lines_of_cost"}


def test_an_explanation_shows_the_name_and_what_it_stands_for():
    where, shown = rule().where, env(amount=99_999, cost=100_001)

    assert where.explain(where.leaves(shown)).render("en").splitlines()[:4] == [
        "large and costly: no",
        "  large: no",
        "    amount >= limit: no",
        "      amount: 999.99",
    ]
