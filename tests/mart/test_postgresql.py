"""A mart in PostgreSQL says the same as one in DuckDB; on both, what is read can be written to files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.contract.postgresql import emptied
from tests.mart.lived import FILES, live
from voronka.mart.mart import Mart
from voronka.mart.marts import Marts
from voronka.testing import TestWorkspace, write_files


def _rows(mart: Mart, names: Iterator[str] | list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    prefix = next(iter(mart.schema.tables.values())).schema
    with mart.connect() as connection:
        for name in names:
            full = name if prefix is None else f"{prefix}.{name}"
            rows = connection.exec_driver_sql(f"SELECT * FROM {full}").mappings()
            found[name] = sorted(json.dumps(_plain(dict(row)), sort_keys=True, default=str) for row in rows)
    return found


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Lists of choices are JSON in PostgreSQL; a decimal is written with as many digits as it has."""
    plain: dict[str, Any] = {}
    for name, value in row.items():
        if name in ("f_topics", "topics") and isinstance(value, (str, bytes)):
            plain[name] = json.loads(value)
        else:
            plain[name] = value
    return plain


def test_both_marts_say_the_same_after_a_rebuild_and_after_refreshes(postgresql: str, tmp_path: Path) -> None:
    write_files(tmp_path / "w", FILES)
    database = emptied(postgresql)
    with TestWorkspace(tmp_path / "w", start="2026-03-02 10:00", zone="Europe/Moscow", database=database) as run:
        engine = run.client.engine
        marts = Marts(engine.database, tmp_path, run.clock)
        try:
            for step in live(run):
                kept = marts.fresh(engine.workspace)
                assert marts.status(engine.workspace)[1] == 0, step
            names = [*kept.schema.tables, "deals", "visits", "orders", "rows_lines", "days"]
            refreshed = _rows(kept, names)
            with marts.in_duckdb(engine.workspace) as copy:
                assert _rows(copy, names) == refreshed
            assert _rows(marts.rebuild(engine.workspace), names) == refreshed
            assert all(refreshed[name] for name in ("fact_visit", "fact_row_lines", "fact_timer"))
        finally:
            marts.close()


def test_a_shared_mart_is_exported(postgresql: str, tmp_path: Path) -> None:
    write_files(tmp_path / "w", FILES)
    database = emptied(postgresql)
    with TestWorkspace(tmp_path / "w", start="2026-03-02 10:00", zone="Europe/Moscow", database=database) as run:
        list(live(run))
        written = run.work("mart.export", folder=str(tmp_path / "out"), format="parquet")
        assert written["files"]["deals.parquet"] == 2
