"""A database without a name: of the schema at head, and what is written to a scratch of it is taken back."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from voronka.storage import Database, temporary_database
from voronka.storage.tables import metadata


def test_what_was_written_to_a_scratch_is_gone_and_what_was_there_before_stays() -> None:
    with temporary_database() as database:
        with database.write() as work:
            work.set_counter("kept", 1)
        for _ in range(2):
            with database.scratch() as scratch:
                with scratch.write() as work:
                    work.set_counter("kept", 2)
                    work.set_counter("new", 3)
                with scratch.read() as reader:
                    assert (reader.counter("kept"), reader.counter("new")) == (2, 3)
            with database.read() as reader:
                assert (reader.counter("kept"), reader.counter("new")) == (1, None)


def _fail(database: Database) -> None:
    with database.write() as work:
        work.set_counter("before", 2)
        raise RuntimeError("broken")


def test_work_that_fails_is_taken_back_alone() -> None:
    with temporary_database() as database, database.scratch() as scratch:
        with scratch.write() as work:
            work.set_counter("before", 1)
        with pytest.raises(RuntimeError, match="broken"):
            _fail(scratch)
        with scratch.read() as reader:
            assert reader.counter("before") == 1


def test_each_work_and_each_scratch_that_ends_tells_that_something_may_have_changed() -> None:
    with temporary_database() as database:
        seen = [database.changes]
        with database.scratch() as scratch:
            with scratch.write() as work:
                work.set_counter("new", 3)
            seen.append(scratch.changes)
            with scratch.read() as reader:
                reader.counter("new")
            assert scratch.changes == seen[-1]
        seen.append(database.changes)
    assert len(set(seen)) == len(seen)


def test_it_has_every_table_and_no_migration_is_run_for_it() -> None:
    with temporary_database() as database, database.read() as reader:
        names = set(reader.connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars())
    assert names == set(metadata.tables)
    assert "alembic_version" not in names
