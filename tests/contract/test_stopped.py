"""Deals of which a move waits for a gate are found by what they are, without being read one by one."""

from __future__ import annotations

from tests.contract.builders import created, deal_id, deal_stream, entry
from voronka.process.events import TransitionResumed, TransitionStopped
from voronka.storage import Database, DealFilter


def test_stopped_deals_are_those_of_which_a_move_waits_now(database: Database) -> None:
    waits = TransitionStopped(transition="push", gates=("offer.enter",), reads=("owner.name",))
    with database.write() as work:
        work.append([created(3, waits), created(1, waits), created(2)])
        gone = created(4, waits)
        work.append([gone])
        work.append([entry(deal_stream(4), gone.state_after, TransitionResumed(transition="push"))])
    with database.read() as reader:
        assert reader.stopped_deals(DealFilter(live=True)) == [deal_id(1), deal_id(3)]
        assert reader.stopped_deals(DealFilter(outside=frozenset({"react"}))) == []
