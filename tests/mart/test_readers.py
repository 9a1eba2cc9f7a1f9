"""Who reads a mart in PostgreSQL sees one state of it, whatever other processes make of it meanwhile."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select, text

from tests.contract.postgresql import emptied
from tests.mart.lived import FILES
from voronka.mart.mart import Mart
from voronka.mart.marts import Marts
from voronka.testing import TestWorkspace, write_files


def _count(connection: Connection, mart: Mart, name: str) -> int:
    return int(connection.execute(select(func.count()).select_from(mart.schema.tables[name])).scalar_one())


def _waits(run: TestWorkspace) -> bool:
    """Wait until another connection waits for the mart."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'relation'")
    for _ in range(2000):
        with run.client.engine.database.read() as reader:
            if reader.connection.execute(waiting).scalar_one():
                return True
            reader.connection.execute(text("SELECT pg_sleep(0.01)"))
    return False


def _workspace(postgresql: str, tmp_path: Path) -> Any:
    write_files(tmp_path / "w", FILES)
    return TestWorkspace(tmp_path / "w", start="2026-03-02 10:00", zone="Europe/Moscow", database=emptied(postgresql))


def test_a_reader_sees_one_state_while_the_mart_is_refreshed(postgresql: str, tmp_path: Path) -> None:
    with _workspace(postgresql, tmp_path) as run:
        engine = run.client.engine
        run.execute("deal.create", funnel="f", fields={"owner": "anna"})
        mine, other = (Marts(engine.database, tmp_path, run.clock) for _ in range(2))
        try:
            mart = mine.rebuild(engine.workspace)
            with mart.connect() as connection:
                before = _count(connection, mart, "fact_visit")
                run.execute("deal.create", funnel="f", fields={"owner": "anna"})
                other.fresh(engine.workspace)
                assert _count(connection, mart, "fact_visit") == before
                assert _count(connection, mart, "dim_deal") == 1
            with mart.connect() as connection:
                assert _count(connection, mart, "dim_deal") == 2
        finally:
            mine.close()
            other.close()


def test_a_reader_outlives_a_rebuild_and_the_next_sees_all_of_the_new_mart(postgresql: str, tmp_path: Path) -> None:
    with _workspace(postgresql, tmp_path) as run, ThreadPoolExecutor(2) as others:
        engine = run.client.engine
        run.execute("deal.create", funnel="f", fields={"owner": "anna"})
        mine, other = (Marts(engine.database, tmp_path, run.clock) for _ in range(2))

        def counted(mart: Mart) -> list[int]:
            with mart.connect() as connection:
                return [_count(connection, mart, name) for name in ("dim_deal", "fact_visit", "dim_deal")]

        try:
            mart = mine.rebuild(engine.workspace)
            with mart.connect() as connection:
                visits = _count(connection, mart, "fact_visit")
                run.execute("deal.create", funnel="f", fields={"owner": "anna"})
                built = others.submit(other.rebuild, engine.workspace)
                assert _waits(run)
                following = others.submit(counted, mart)  # which waits behind the one who rebuilds
                for name in ("dim_deal", "dim_account", "fact_row_lines", "fact_task"):
                    _count(connection, mart, name)
                assert _count(connection, mart, "fact_visit") == visits
            built.result(60)
            assert following.result(60) == [2, 2 * visits, 2]
        finally:
            mine.close()
            other.close()
