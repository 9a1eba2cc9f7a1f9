from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import IntegrityError

from tests.contract.builders import armed, created, deal_id, drawn, effect, task
from voronka.errors import EnvironmentFault
from voronka.storage import open_database, verify
from voronka.storage.tables import counters

KILLED = """
import os, signal, sys
from tests.contract.builders import armed, created, drawn, effect, task
from voronka.storage import open_database
database = open_database(sys.argv[1])
with database.write() as work:
    work.append([created(n, armed(5_000), task(), effect()) for n in range(1, 51)])
with database.write() as work:
    work.execute(__import__("sqlalchemy").text("PRAGMA cache_spill = 1"))
    work.execute(__import__("sqlalchemy").text("PRAGMA cache_size = 10"))
    work.append([created(n, armed(5_000), task(), effect()) for n in range(51, 3_000)])
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_process_killed_in_the_middle_of_a_transaction_leaves_nothing_of_it(tmp_path: Path) -> None:
    path = tmp_path / "voronka.db"
    root = Path(__file__).parents[3]
    killed = subprocess.run([sys.executable, "-c", KILLED, str(path)], cwd=root, check=False)
    assert killed.returncode == -signal.SIGKILL
    # The transaction was larger than the cache: a good part of it had already reached the WAL.
    assert (tmp_path / "voronka.db-wal").stat().st_size > 1_000_000
    database = open_database(path)
    with database.read() as reader:
        assert len(reader.deals_by_number(range(1, 3_000))) == 50
        assert len(reader.timers()) == 50
    assert verify(drawn(database)).sound
    with database.write() as work:
        work.append([created(51)])
    database.close()


def test_a_full_disk_takes_the_whole_transaction_back_and_recovers(tmp_path: Path) -> None:
    database = open_database(tmp_path / "voronka.db")
    with database.write() as work:
        work.append([created(1, armed(5_000))])
        pages = work.execute(text("PRAGMA page_count")).scalar_one()
        work.execute(text(f"PRAGMA max_page_count = {pages + 20}"))

    def fill() -> None:
        with database.write() as work:
            for start in range(2, 5_000, 100):
                work.append([created(n, armed(5_000), task(), effect()) for n in range(start, start + 100)])

    with pytest.raises(EnvironmentFault) as caught:
        fill()
    assert "disk" in caught.value.reason.render("en")
    assert caught.value.place == str(tmp_path / "voronka.db")
    assert caught.value.exit_code == 5
    assert verify(drawn(database)).sound
    with database.write() as work:
        assert work.deals_by_number(range(1, 200)) == {1: deal_id(1)}
        work.execute(text("PRAGMA max_page_count = 1000000"))
        work.append([created(n) for n in range(2, 500)])
    assert verify(drawn(database)).streams == 499
    database.close()


def test_a_file_that_may_not_grow_is_a_full_disk(tmp_path: Path) -> None:
    program = """
import resource, signal, sys
from tests.contract.builders import armed, created, drawn, effect, task
from voronka.errors import EnvironmentFault
from voronka.storage import open_database, verify
from voronka.storage.tables import counters
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
database = open_database(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, resource.RLIM_INFINITY))
done = 0
try:
    while True:
        with database.write() as work:
            work.append([created(n, armed(5_000), task(), effect()) for n in range(done + 1, done + 101)])
        done += 100
except EnvironmentFault as fault:
    print(fault.exit_code)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
report = verify(drawn(database))
print(report.sound, report.streams == done, done > 0)
with database.write() as work:
    work.append([created(done + 1)])
"""
    root = Path(__file__).parents[3]
    ran = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "voronka.db")],
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    )
    assert ran.stdout.split() == ["5", "True", "True", "True"]


def test_a_locked_database_is_told_with_a_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voronka.storage.dialects.BUSY_TIMEOUT", 1)
    database = open_database(tmp_path / "voronka.db")
    other = sqlite3.connect(tmp_path / "voronka.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(EnvironmentFault) as caught, database.write() as work:
        work.append([created(1)])
    assert "locked" in caught.value.reason.render("en")
    other.execute("ROLLBACK")
    with database.write() as work:
        work.append([created(1)])
    other.close()
    database.close()


def test_an_error_of_the_database_does_not_tell_the_values_it_was_about(tmp_path: Path) -> None:
    database = open_database(tmp_path / "voronka.db")
    with pytest.raises(IntegrityError) as caught, database.write() as work:
        work.connection.execute(insert(counters), [{"name": "Zinaida", "value": 1}] * 2)
    assert "Zinaida" not in str(caught.value)
    database.close()
