"""What `voronka status` tells of what came to nothing."""

from __future__ import annotations

from tests.integration.cli.running import voronka
from tests.integration.sales_workspace import ENDLESS, open_sales, with_changes
from voronka.simulation.clock import VirtualClock

DAY = 86_400_000_000


def test_a_queued_command_that_was_refused_is_told_with_its_deal_and_its_reason(tmp_path):
    for name, content in with_changes(funnel=ENDLESS).items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    assert voronka("deal", "new", "sales", "-C", tmp_path).code == 0
    told = voronka("status", "-C", tmp_path).out
    assert "Newest commands that came to nothing" in told
    (unmet,) = voronka("status", "--json", "-C", tmp_path).json["unmet"]
    assert unmet["reason"]["en"] in told.replace("\n", " ")


def test_what_a_clock_that_ran_ahead_has_left_is_told_until_it_has_passed(tmp_path):
    with open_sales(tmp_path) as sales:
        sales.execute("deal.create", funnel="sales")
        assert sales.query("status")["ahead"] is None
        start = sales.clock.now()
        sales.clock.advance(3 * DAY)
        sales.execute("deal.create", funnel="sales", fields={"amount": "5"})
        moved = sales.execute("deal.move", deal=2, to="offer")
        sales.clock = sales.client.engine.clock = VirtualClock(start)
        ahead = sales.query("status")["ahead"]
        assert (ahead["deal"], ahead["until"]) == (2, start + 3 * DAY)
        assert ahead["entries"] >= 2
        assert moved["refusal"] is None
        sales.execute("deal.move", deal=2, to="lost")
        with sales.client.engine.read() as reader:
            (deal,) = reader.deals(reader.deals_by_number([2]).values()).values()
        assert deal.closed_at == start + 3 * DAY
        assert sales.verify().damages == ()
        sales.clock.advance(3 * DAY)
        assert sales.query("status")["ahead"] is None


def test_status_says_what_follows_of_a_clock_that_ran_ahead_and_what_to_do(tmp_path):
    with open_sales(tmp_path) as sales:
        sales.clock.move_to(4_102_444_800_000_000)
        sales.execute("deal.create", funnel="sales")
    told = voronka("status", "-C", tmp_path).out
    assert "1 entry lies in the time to come, at" in told
    assert "The newest is one of the deal 1." in told
    assert "Check the clock." in told
    assert voronka("status", "--json", "-C", tmp_path).json["ahead"]["deal"] == 1
