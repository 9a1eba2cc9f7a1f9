from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.contract.builders import CHAIN, account_stream, armed, created, deal_id, deal_stream, entry, party, task
from voronka.errors import EnvironmentFault
from voronka.process.codec import encode
from voronka.process.commands import FactsChanged
from voronka.process.events import CommandQueued, PartyChanged
from voronka.storage import Collision, Database, StaleVersion, UnitOfWork


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


@pytest.mark.parametrize("address", ["postgresql"], indirect=True)
def test_what_a_decision_has_read_stands_until_it_is_committed(database: Database) -> None:
    first = party(account_stream(1), {"turnover": 1})
    with database.write() as work:
        work.append([first])
    changed = entry(account_stream(1), first.state_after, PartyChanged(new={"turnover": 2}, old={"turnover": 1}, at=1))
    decided = dataclasses.replace(created(1), read={account_stream(1): 1})

    def meet() -> None:
        with database.write() as slow:
            slow.parties([account_stream(1)])
            with database.write() as quick:
                quick.append([changed])
            slow.append([decided])

    with pytest.raises(StaleVersion) as caught:
        meet()
    assert (caught.value.stream, caught.value.expected, caught.value.found) == (account_stream(1), 1, 2)


@pytest.mark.parametrize("address", ["postgresql"], indirect=True)
def test_a_worker_passes_over_held_deals_however_many_are_due_before_the_others(database: Database) -> None:
    with database.write() as work:
        work.append([created(n, armed(3_000 + n)) for n in range(1, 21)])
    with database.write() as one, database.write() as other:
        assert [deal for deal, _ in one.claim_due(9_000, 10)] == [deal_id(n) for n in range(1, 11)]
        assert [deal for deal, _ in other.claim_due(9_000, 5)] == [deal_id(n) for n in range(11, 16)]


@pytest.mark.parametrize("address", ["postgresql"], indirect=True)
def test_queued_commands_for_one_record_are_given_to_one_worker_in_their_order(database: Database) -> None:
    told = encode(FactsChanged(names=("account.turnover",)))
    queued = [
        CommandQueued(n=n, target=f"deal:{deal_id(target).hex()}", command=told, chain=CHAIN)
        for n, target in enumerate((1, 2, 1))
    ]
    with database.write() as work:
        work.append([created(1, *queued)])
    with database.write() as one, database.write() as other:
        mine = one.claim_queued(1)
        assert [row.n for row in one.queued(mine)] == [0]
        assert [row.n for row in other.queued(other.claim_queued(10))] == [1]
        assert [row.n for row in one.queued(one.claim_queued(10))] == [0, 2]


@pytest.mark.parametrize("address", ["postgresql"], indirect=True)
def test_two_who_lock_each_other_out_collide_and_one_goes_on(database: Database) -> None:
    firsts = [created(1), created(2)]
    with database.write() as work:
        work.append(firsts)
    ended = []

    def change(order: list[int], met: threading.Barrier) -> None:
        try:
            with database.write() as work:
                work.hold([deal_stream(order[0])])
                met.wait()
                work.hold([deal_stream(order[1])])
        except Collision:
            ended.append("collided")
        else:
            ended.append("committed")

    met = threading.Barrier(2)
    threads = [threading.Thread(target=change, args=[order, met]) for order in ([1, 2], [2, 1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ended) == ["collided", "committed"]


def test_what_is_to_follow_a_commit_is_done_once_and_never_for_what_is_taken_back(database: Database) -> None:
    done: list[str] = []

    def note(what: str) -> Callable[[], None]:
        return lambda: done.append(what)

    def fail(work: UnitOfWork) -> None:
        work.afterwards(note("what is taken back"))
        raise RuntimeError

    with database.write() as work:
        work.afterwards(note("the whole"))
        with pytest.raises(RuntimeError), work.part():
            fail(work)
        with work.part():
            work.afterwards(note("a part"))
        assert done == []
    assert done == ["the whole", "a part"]
    with pytest.raises(RuntimeError), database.write() as work:
        fail(work)
    assert done == ["the whole", "a part"]
