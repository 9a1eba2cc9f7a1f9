"""What a process keeps in mind of the database saves it questions, and is never what the database does not hold."""

from __future__ import annotations

from sqlalchemy import event

from tests.contract.builders import created, deal_id, deal_stream, entry
from voronka.process.events import DealHidden, HistoryImported
from voronka.storage import Database

MINUTE = 60_000_000


def asked_of_counters(database: Database, at: int, number: int) -> int:
    """Append a new deal at a moment; return how many statements that cost about counters."""
    heard: list[str] = []

    def hear(*statement: object) -> None:
        heard.append(str(statement[2]))

    event.listen(database._writer, "before_cursor_execute", hear)
    with database.write() as work:
        work.append([created(number, at=at)])
    event.remove(database._writer, "before_cursor_execute", hear)
    return sum("counters" in statement for statement in heard)


def test_the_newest_moment_is_asked_for_once_a_minute(database: Database) -> None:
    assert asked_of_counters(database, 1_000, 1) > 0
    assert asked_of_counters(database, 1_000 + MINUTE, 2) == 0
    # Looked at and written by one statement: between two another process may write a later moment.
    assert asked_of_counters(database, 1_001 + MINUTE, 3) == 1


def test_a_newest_moment_that_was_taken_back_is_written_the_next_time(database: Database) -> None:
    class TakenBackError(Exception):
        pass

    late = 10 * MINUTE
    for whole in (True, False):
        try:
            with database.write() as work:
                try:
                    with work.part():
                        work.append([created(1, at=late)])
                        raise TakenBackError
                except TakenBackError:
                    if whole:
                        raise
        except TakenBackError:
            pass
    assert asked_of_counters(database, late, 1) > 0
    with database.read() as reader:
        ahead = reader.ahead(late - 1)
    assert ahead is not None
    assert ahead.at == late


def test_a_deal_that_was_found_and_then_hidden_is_found_no_more(database: Database) -> None:
    first = created(1, import_id="i1")
    with database.write() as work:
        work.append([first])
        assert work.deals_by_number([1, 2]) == {1: deal_id(1)}
        events = HistoryImported(import_id="i1", rows=1), DealHidden(import_id="i1")
        work.append([entry(deal_stream(1), first.state_after, *events), created(2)])
        assert work.deals_by_number([1, 2]) == {2: deal_id(2)}
