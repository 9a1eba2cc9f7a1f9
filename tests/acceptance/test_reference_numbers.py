"""Numbers of the reference workspace beside the same ones counted by hand in the history of a made-up season."""

from datetime import date
from random import Random

import pytest
from sqlalchemy import func, select

from voronka.bootstrap import init_workspace, open_workspace
from voronka.calendars import day_start
from voronka.simulation.clock import VirtualClock
from voronka.simulation.year import live
from voronka.storage.tables import deals, interactions, tasks

FIRST = date(2025, 1, 9)


@pytest.fixture(scope="module")
def season(tmp_path_factory):
    root = tmp_path_factory.mktemp("season") / "season"
    init_workspace(root)
    clock = VirtualClock(day_start(FIRST, "Europe/Moscow"))
    client = open_workspace(root, clock=clock, random=Random(1).randbytes, durable=False)
    live(client.engine, clock, seed=1, days=150, deals=100)
    yield client
    client.close()


def number(season, name):
    (row,) = season.query("kpi", {"kpi": name, "grain": "all", "from": FIRST.isoformat()})["rows"]
    return row


def ledger(season, *conditions):
    """Count interactions."""
    asked = select(func.count()).select_from(interactions).where(*conditions)
    with season.engine.read() as reader:
        return reader.execute(asked).scalar_one()


def test_our_calls_are_those_that_our_people_logged(season):
    calls = ledger(
        season, interactions.c.kind == "call", interactions.c.direction == "out", interactions.c.own.is_(False)
    )
    assert calls > 500
    assert number(season, "calls")["value"] == calls


def test_meetings_are_those_that_were_logged(season):
    assert number(season, "meetings")["value"] == ledger(season, interactions.c.kind == "meeting") > 0


def test_a_contract_is_without_a_talk_where_nobody_was_reached(season):
    reached = select(interactions.c.deal).where(
        (interactions.c.direction == "in") | (interactions.c.outcome == "connected")
    )
    won = (deals.c.funnel == "react") & (deals.c.outcome == "won")
    with season.engine.read() as reader:
        all_won = reader.execute(select(func.count()).select_from(deals).where(won)).scalar_one()
        silent = reader.execute(
            select(func.count()).select_from(deals).where(won, deals.c.id.not_in(reached))
        ).scalar_one()
    told = number(season, "sales_without_calls")
    assert all_won > 0
    assert (told["part"], told["whole"]) == (silent, all_won)
    assert silent < all_won


def test_little_is_left_to_do_on_deals_that_are_over(season):
    over = tasks.join(deals, deals.c.id == tasks.c.deal)
    asked = select(func.count()).select_from(over).where(deals.c.outcome.is_not(None))
    with season.engine.read() as reader:
        done, left = (
            reader.execute(asked.where(each)).scalar_one()
            for each in (tasks.c.done_at.is_not(None), tasks.c.done_at.is_(None))
        )
    assert left * 20 < done


def test_each_column_of_each_kpi_is_called_in_both_languages(season):
    called = {}
    for name in season.engine.workspace.kpis:
        called |= season.query("kpi", {"kpi": name, "grain": season.engine.workspace.kpis[name].grains[0].value})[
            "headings"
        ]
    assert {"stage", "cause", "factor", "of_first", "throughput"} <= called.keys()
    bare = {name for name, heading in called.items() if heading.get("ru") in (None, heading.get("en"))}
    assert bare <= {name for name in called if name.startswith(("q", "p"))}  # quantiles are called so everywhere
