"""The schema of an upgraded database is the one that the code declares, and what was in it stays."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from tests.contract.builders import armed, created, deal_id, deal_stream, drawn, effect, ended, entry, go_back
from voronka.process import events as happened
from voronka.storage import Attempt, Database, Delivery, schema, verify
from voronka.storage.tables import metadata


def test_migrations_make_the_tables_that_are_declared(address: str) -> None:
    engine = create_engine(address)
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("CREATE SCHEMA migrated"))
            connection.execute(text("SET LOCAL search_path = migrated"))
        schema.migrate(connection)
        found = compare_metadata(MigrationContext.configure(connection), metadata)
        made = schema.is_at_head(connection)
        connection.rollback()
    engine.dispose()
    assert found == []
    assert made


def test_reasons_kept_before_there_were_languages_stay(database: Database) -> None:
    first = created(1, armed(3_000), effect(1))
    second = entry(deal_stream(1), first.state_after, ended(3_000, result="failed", reason="no price"), at=3_000)
    with drawn(database).write() as work:
        work.append([first, second])
        (taken,) = work.lease_effects(now=1_000, limit=5, until=2_000)
        failed = Attempt(key=taken.key, token=taken.token, result=Delivery.PENDING, reason="busy")
        work.settle_effects([failed], now=1_500)
    with database.write() as work:
        go_back(work)
    database.upgrade()
    with database.read() as reader:
        (timer,), (letter,) = reader.timers(deal=deal_id(1)), reader.effects()
    assert (timer.reason, timer.reasons) == ("no price", {})
    assert (letter.reason, letter.reasons) == ("busy", {})
    assert verify(database).sound


def test_rows_put_before_their_order_was_kept_have_it(database: Database) -> None:
    lines = [happened.RowPut(collection="lines", key=key, values={"quantity": 1}) for key in ("2.1", "10.1", "b", "a")]
    orders = [happened.RowPut(collection="orders", key=key, values={"at": 5}) for key in ("10", "9")]
    entries, state = [created(1)], created(1).state_after
    steps = [*lines, *orders, happened.RowRemoved(collection="lines", key="b"), lines[2], lines[0]]
    for step in steps:
        entries.append(entry(deal_stream(1), state, step, at=2_000))
        state = entries[-1].state_after
    with drawn(database).write() as work:
        work.append(entries)
    with database.write() as work:
        before = {name: list(work.rows(name, [deal_stream(1)])[deal_stream(1)]) for name in ("lines", "orders")}
        go_back(work)
    database.upgrade()
    with database.read() as reader:
        found = {name: list(reader.rows(name, [deal_stream(1)])[deal_stream(1)]) for name in before}
    assert found == before == {"lines": ["2.1", "10.1", "a", "b"], "orders": ["9", "10"]}
    assert verify(database).sound
