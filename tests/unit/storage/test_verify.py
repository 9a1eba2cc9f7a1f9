from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import insert

from tests.contract.builders import (
    account_stream,
    armed,
    contact_stream,
    created,
    deal_stream,
    ended,
    entry,
)
from tests.unit.storage.filled import fill
from voronka.storage import WORKSPACE, BrokenRecord, message_ref, open_database, verify
from voronka.storage.chain import link, written
from voronka.storage.tables import history


@pytest.fixture
def path(tmp_path: Path) -> Path:
    fill(tmp_path / "voronka.db")
    return tmp_path / "voronka.db"


DAMAGES = {
    "an event changed": ("UPDATE history SET events = replace(events, 'needs', 'other') WHERE seq = 1", "hash"),
    "an actor changed": ("UPDATE history SET actor = 'oleg' WHERE seq = 2", "hash"),
    "a time changed": ("UPDATE history SET occurred_at = occurred_at + 1 WHERE seq = 2", "hash"),
    "an explanation changed": ("UPDATE history SET links = '[]' WHERE seq = 2", "hash"),
    "an entry gone": ("DELETE FROM history WHERE seq = 2", "missing from the history"),
    "an entry that is no JSON": ("UPDATE history SET events = '[{' WHERE seq = 2", "cannot be read"),
    "the last entry gone": ("DELETE FROM history WHERE seq = 3", "another entry"),
    "the whole history gone": ("DELETE FROM history WHERE seq > 0", "no history"),
    "a field changed": ("UPDATE deals SET fields = '{\"amount\":200}'", "fields"),
    "a value of another type": ("UPDATE deals SET fields = '{\"amount\":100.0}'", "fields"),
    "a stage changed": ("UPDATE deals SET stage = 'needs'", "stage"),
    "the live part changed": ("UPDATE deals SET live = replace(live, '9000', '9001')", "timers"),
    "a live part that is another": ("UPDATE deals SET live = '{}'", "live.timers"),
    "a live part that is no JSON": ("UPDATE deals SET live = '{'", "live"),
    "fields that are no JSON": ("UPDATE deals SET fields = ''", "fields"),
    "a row that is no JSON": ("UPDATE records SET fields = '{'", "tco.service of records"),
    "an interaction that is no JSON": ("UPDATE interactions SET fields = '['", "of interactions"),
    "a visit changed": ("UPDATE visits SET left_at = NULL WHERE visit = 1", "visits"),
    "a visit gone": ("DELETE FROM visits WHERE visit = 2", "visits"),
    "a timer that fired waits": ("UPDATE timers SET state = 'waiting' WHERE state = 'fired'", "1.send.1..0 of timers"),
    "a timer moved": ("UPDATE timers SET due_at = due_at + 1 WHERE state = 'waiting'", "1.later.1..0 of timers"),
    "a timer gone": ("DELETE FROM timers WHERE state = 'waiting'", "1.later.1..0 of timers"),
    "a timer from nowhere": (
        (
            "INSERT INTO timers SELECT deal, 9, event, generation, row, occurrence, state, anchor, due_at, offset, "
            "through, ended_at, reason, planned_at, reasons FROM timers WHERE state = 'fired'"
        ),
        "9.send.1..0 of timers",
    ),
    "a task gone": ("DELETE FROM tasks", "tasks"),
    "a task done": ("UPDATE tasks SET done_at = 1", "tasks"),
    "an interaction changed": ("UPDATE interactions SET fields = '{}'", "interactions"),
    "a row changed": ("UPDATE records SET fields = '{}'", "tco"),
    "a row from nowhere": ("INSERT INTO records SELECT id, 'tco', 'x', 3, '{}' FROM deals WHERE number = 7", "tco"),
    "a message gone": ("DELETE FROM outbox", "1.0 of outbox"),
    "a sent message waits": ("UPDATE outbox SET status = 'pending'", "1.0 of outbox"),
    "a message to another": ("UPDATE outbox SET recipient = 'user:oleg'", "1.0 of outbox"),
    "a message in other words": ("UPDATE outbox SET body = '{}'", "1.0 of outbox"),
    "a timer counted from elsewhere": ("UPDATE timers SET anchor = anchor + 1", "timers"),
    "an own message taken for a contact": ("UPDATE interactions SET own = 0 WHERE own", "interactions"),
    "a queued command changed": ("UPDATE inbox SET command = '{}'", "inbox"),
    "a key gone": ("DELETE FROM keys", "crm.A of keys"),
    "a queued command gone": ("DELETE FROM inbox", "inbox"),
}


def damage(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("DROP TRIGGER history_no_update")
    connection.execute("DROP TRIGGER history_no_delete")
    target = connection.execute("SELECT id FROM deals WHERE number = 7").fetchone()[0]
    column = {"history": "stream", "deals": "id", "records": "owner", "inbox": "origin"}
    verb, *rest = statement.split()
    if verb in ("UPDATE", "DELETE"):
        table = rest[1] if verb == "DELETE" else rest[0]
        glue = " AND " if " WHERE " in statement else " WHERE "
        assert connection.execute(f"{statement}{glue}{column.get(table, 'deal')} = ?", (target,)).rowcount > 0
    else:
        connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(("statement", "told"), DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damage_is_found_and_told_by_the_deals_number(path: Path, statement: str, told: str) -> None:
    damage(path, statement)
    database = open_database(path)
    report = verify(database)
    database.close()
    assert not report.sound
    assert {found.number for found in report.damages if found.stream != WORKSPACE} == {7}
    assert any(told in found.what.render("en") for found in report.damages)


@pytest.mark.parametrize(
    ("statement", "told"),
    {
        "a value changed": ("UPDATE vault SET value = 'Ann' WHERE ref = 'name:1'", "not the one that was written"),
        "a key changed": ("UPDATE vault SET value = '00' WHERE ref = 'key'", "not the one that was written"),
        "a key that is none": ("UPDATE vault SET value = 'zz' WHERE ref = 'key'", "not the one that was written"),
        "a key gone": ("DELETE FROM vault WHERE ref = 'key'", "not the one that was written"),
        "another name to find it by": ("UPDATE vault SET folded = 'ann' WHERE ref = 'name:1'", "cannot be found"),
        "a value of nobody's": ("INSERT INTO vault SELECT subject, 'x:1', 'y', NULL FROM vault LIMIT 1", "No entry"),
    }.values(),
)
def test_a_personal_value_that_the_history_does_not_prove_is_found(path: Path, statement: str, told: str) -> None:
    _change(path, statement)
    database = open_database(path)
    (found,) = verify(database).damages
    database.close()
    assert found.stream == contact_stream(3)
    assert told in found.what.render("en")


def test_what_was_erased_and_what_a_message_said_are_no_damage(path: Path) -> None:
    database = open_database(path)
    with database.write() as work:
        work.vault_put(deal_stream(7).id, message_ref(deal_stream(7).id, "1.0"), "Dear Zoe", random=os.urandom)
    assert verify(database).sound
    with database.write() as work:
        work.erase_subject(contact_stream(3).id)
    assert verify(database).sound
    database.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE releases SET files = 'x'",
        "UPDATE releases SET files = x''",
        "UPDATE releases SET release = replace(release, substr(release, 1, 1), 'f')",
    ],
)
def test_a_release_whose_files_are_not_its_own_is_found_and_not_given_out(path: Path, statement: str) -> None:
    _change(path, statement)
    database = open_database(path)
    assert any("not those that were stored" in found.what.render("en") for found in verify(database).damages)
    with database.read() as reader, pytest.raises(BrokenRecord):
        reader.release_files(reader.active_release() or "")
    database.close()


def _change(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    assert connection.execute(statement).rowcount > 0
    connection.commit()
    connection.close()


def test_a_deal_that_lost_its_row_is_found(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("DELETE FROM deals WHERE number = 8")
    connection.execute("DELETE FROM visits WHERE deal NOT IN (SELECT id FROM deals)")
    connection.commit()
    connection.close()
    database = open_database(path)
    told = [found.what.render("en") for found in verify(database).damages]
    assert told[0] == "The record is missing from its table."
    database.close()


def test_an_account_that_was_changed_by_hand_is_found(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("UPDATE accounts SET fields = '{}'")
    connection.commit()
    connection.close()
    database = open_database(path)
    (found,) = verify(database).damages
    database.close()
    assert (found.stream, found.number) == (account_stream(1), None)


def test_a_release_that_is_not_the_one_activated_is_found(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("UPDATE releases SET active = 0")
    connection.commit()
    connection.close()
    database = open_database(path)
    assert [found.stream for found in verify(database).damages] == [WORKSPACE]
    database.close()


def test_a_history_that_ends_a_timer_twice_is_found(tmp_path: Path) -> None:
    database = open_database(tmp_path / "voronka.db")
    first = created(1, armed(5_000))
    second = entry(deal_stream(1), first.state_after, ended(5_000))
    twice = entry(deal_stream(1), second.state_after, ended(5_000, result="cancelled"))
    with database.write() as work:
        work.append([first, second])
        # `append` refuses it, so the row is written as it would write it, hash and all.
        row = written(twice)
        work.execute(insert(history).values((*row, link(work.heads[deal_stream(1).id][1], row))))
    found = verify(database).damages
    database.close()
    assert (found[0].number, found[0].seq) == (1, 3)
    assert "twice" in found[0].what.render("en")


@pytest.mark.parametrize(
    ("statement", "told"),
    {
        "back": ("UPDATE counters SET value = 6 WHERE name = 'deal'", "before the deal 8"),
        "gone": ("DELETE FROM counters WHERE name = 'deal'", "before the deal 8"),
        "nonsense": ("UPDATE counters SET value = 'x' WHERE name = 'deal'", "before the deal 8"),
        "the clock back": ("UPDATE counters SET value = -60000000 WHERE name = 'recorded_until'", "newest entry"),
    }.values(),
)
def test_a_counter_that_stands_before_what_the_history_holds_is_found(path: Path, statement: str, told: str) -> None:
    _change(path, statement)
    database = open_database(path)
    (found,) = verify(database).damages
    database.close()
    assert told in found.what.render("en")
