"""A service that has nothing to do asks the database next to nothing."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import event

from tests.integration.sales_workspace import open_sales
from voronka.runtime import beat
from voronka.runtime.service import Service

DAY = 86_400_000_000


def test_a_service_with_nothing_due_asks_less_than_once_a_second(tmp_path: Path) -> None:
    with open_sales(tmp_path) as sales:
        sales.execute("deal.create", funnel="sales")
        engine = sales.client.engine
        service = Service(sales.client, None)
        asked: list[str] = []

        def tick() -> None:
            """Do what all threads of a service do between two ticks."""
            sales.clock.advance(beat.INTERVAL)
            service.tick()
            for work, next_moment in (
                (service._decide, engine.next_timer),
                (service._deliver, engine.next_message),
            ):
                assert work() == 0
                next_moment()

        engine.beat()
        tick()
        for database in (engine.database._writer, engine.database._readers):
            event.listen(database, "before_cursor_execute", lambda *heard: asked.append(heard[2]))
        for _ in range(12):
            tick()
        assert len(asked) <= 12 * beat.INTERVAL // 1_000_000, asked
        sales.clock.advance(3 * DAY)
        assert service._decide() > 0
