from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.contract.builders import armed, created, deal_id, deal_stream, entry, task
from voronka.errors import EnvironmentFault
from voronka.storage import Database, StaleVersion


@pytest.mark.parametrize("statement", ["UPDATE history SET actor = 'x'", "DELETE FROM history"])
def test_the_history_refuses_changes(database: Database, statement: str) -> None:
    with database.write() as work:
        work.append([created(1)])
    with pytest.raises(DBAPIError, match="append-only"), database.write() as work:
        work.execute(text(statement))


def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises((EnvironmentFault, DBAPIError)), database.read() as reader:
        reader.execute(text("INSERT INTO counters VALUES ('x', 1)"))


def test_a_reader_keeps_its_state_while_another_writes(database: Database) -> None:
    with database.read() as reader:
        assert reader.list_deals() == []
        with database.write() as work:
            work.append([created(1)])
        assert reader.list_deals() == []
    with database.read() as reader:
        assert len(reader.list_deals()) == 1


@pytest.mark.parametrize("address", ["postgresql"], indirect=True)
def test_of_two_writers_at_once_the_later_is_stale(database: Database) -> None:
    first = created(1)
    with database.write() as work:
        work.append([first])
    second = entry(deal_stream(1), first.state_after, task())

    def meet() -> None:
        with database.write() as slow:
            assert slow.deals([deal_id(1)]) == {deal_id(1): first.state_after}
            with database.write() as quick:
                quick.append([second])
            slow.append([second])

    with pytest.raises(StaleVersion) as caught:
        meet()
    assert (caught.value.expected, caught.value.found) == (1, 2)


@pytest.mark.parametrize("address", ["postgresql"], indirect=True)
def test_two_workers_claim_different_deals(database: Database) -> None:
    with database.write() as work:
        work.append([created(1, armed(3_000)), created(2, armed(4_000))])
    with database.write() as one, database.write() as other:
        assert [deal for deal, _ in one.claim_due(9_000, 1)] == [deal_id(1)]
        assert [deal for deal, _ in other.claim_due(9_000, 10)] == [deal_id(2)]
