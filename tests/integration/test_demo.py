"""A made-up time: it repeats for a seed, keeps every promise of the engine, and reads what the definition says."""

from datetime import date
from random import Random

import pytest
from sqlalchemy import func, select

from voronka.bootstrap import init_workspace, open_workspace, reference_workspace
from voronka.calendars import day_start
from voronka.config import read_workspace
from voronka.simulation.clock import VirtualClock
from voronka.simulation.staff import Staff
from voronka.simulation.year import live
from voronka.storage import verify
from voronka.storage.tables import deals as deals_table
from voronka.storage.tables import history, outbox, tasks, timers, visits
from voronka.testing import write_files

WORKSHOP = {
    "voronka.yaml": "workspace: workshop\nlocale: en\ntimezone: Asia/Omsk\ncurrency: EUR\n",
    "configs/fields/order.yaml": """\
set: order
fields:
  piece: {type: choice, options: {chair: Chair, table: Table}}
  wood: {type: text}
  fee: {type: money}
collections:
  drawings: {of: deals, fields: {sheet: {type: integer}, approved: {type: bool}}}
""",
    "configs/funnels/orders.yaml": """\
funnel: orders
fields: [order]
stages:
  talk:
    probability: 60%
    leave: {require: [piece], when: 'piece == "table"', message: Only tables are made now}
    timed: {ask: {every: 2 days, do: [{task: {title: Ask again}}]}}
  drawing:
    probability: 80%
    leave: {when: 'count(drawings, approved) >= 2', message: Two sheets must be approved}
  won: {enter: {require: [fee]}}
transitions:
  silent: {from: talk, to: lost, after: 20 days}
""",
}


def lived(root, *, seed, days=30, deals=30):
    """Live through a time in a workspace; what came of it, as plain values."""
    clock = VirtualClock(day_start(date(2025, 1, 9), "UTC"))
    client = open_workspace(root, clock=clock, random=Random(seed).randbytes, durable=False)
    try:
        found = live(client.engine, clock, seed=seed, days=days, deals=deals)
        with client.engine.read() as reader:
            counts = {
                table.name: reader.execute(select(func.count()).select_from(table)).scalar_one()
                for table in (deals_table, visits, tasks, outbox)
            }
            ended = reader.execute(select(timers.c.state, func.count().label("number")).group_by(timers.c.state)).all()
            last = reader.execute(select(history.c.hash).order_by(history.c.stream, history.c.seq)).scalars().all()
            stages = set(reader.execute(select(visits.c.stage)).scalars())
        return {
            "people": found,
            "counts": counts,
            "timers": {row.state: row.number for row in ended},
            "history": last,
            "stages": stages,
            "damages": verify(client.engine.database).damages,
        }
    finally:
        client.close()


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """The reference workspace, lived through twice with one seed and once with another."""
    found = []
    for name, seed in (("first", 1), ("again", 1), ("other", 2)):
        root = tmp_path_factory.mktemp(name)
        init_workspace(root / "w")
        found.append(lived(root / "w", seed=seed))
    return found


def test_a_seed_gives_the_same_history_to_the_last_byte(reference):
    first, again, other = reference
    assert first == again
    assert first["people"] != other["people"]


def test_everything_that_a_workspace_can_do_happens(reference):
    first = reference[0]
    assert first["damages"] == ()
    assert first["people"].refused > 0
    assert {"fired", "skipped", "cancelled", "waiting"} <= set(first["timers"])
    assert min(first["counts"].values()) > 0
    assert {"won", "lost", "needs", "contacting"} <= first["stages"]


def test_nobody_comes_to_a_campaign_or_to_its_invitations_by_himself():
    staff = Staff(read_workspace(reference_workspace()).workspace)
    assert staff.campaigns == ["events"]
    assert {"events", "event_visit"}.isdisjoint({*staff.first_funnels(), *staff.fed})
    assert "reach" in staff.first_funnels()


def test_sellers_read_an_edited_workspace(tmp_path):
    write_files(tmp_path, WORKSHOP)
    found = lived(tmp_path, seed=1, days=45, deals=20)
    assert found["damages"] == ()
    assert {"drawing", "won", "lost"} <= found["stages"]
    assert found["timers"]["fired"] > 0


def test_sellers_go_by_the_ways_that_lead_on_where_stages_do_not_follow_one_another(tmp_path):
    funnel = """\
funnel: orders
fields: [order]
flow: listed
stages: {talk: {}, trap: {}, offer: {}}
transitions:
  quick: {from: talk, to: offer}
  sign: {from: offer, to: won}
  doubt: {from: offer, to: trap}
  drop: {from: "*", to: lost}
"""
    write_files(tmp_path, {**WORKSHOP, "configs/funnels/orders.yaml": funnel})
    found = lived(tmp_path, seed=1, days=45, deals=20)
    assert {"talk", "offer", "won", "lost"} <= found["stages"]
