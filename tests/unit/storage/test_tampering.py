from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Boolean, Column, Integer, LargeBinary, Table

from tests.contract.builders import deal_id
from tests.unit.storage.filled import fill
from voronka.storage import VerifyReport, open_database, verify
from voronka.storage.derivation import APART, OF_RECORDS, OF_WORKSPACE
from voronka.storage.tables import metadata
from voronka.storage.types import Id, Json, Micros

DERIVED = {derived.table.name: derived for derived in (*OF_RECORDS, *OF_WORKSPACE)}
COLUMNS = [
    (table.name, column.name)
    for table in metadata.tables.values()
    if table.name in DERIVED
    for column in table.columns
    if column.name not in DERIVED[table.name].untold
]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("filled") / "voronka.db"
    fill(path)
    assert _verified(path).damages == ()
    return path


@pytest.fixture
def path(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(original, tmp_path / "voronka.db"))


def test_every_table_is_compared_or_named_as_one_that_follows_from_no_history() -> None:
    assert DERIVED.keys().isdisjoint(APART)
    assert DERIVED.keys() | APART.keys() == metadata.tables.keys()
    for derived in DERIVED.values():
        assert derived.untold.keys() <= set(derived.table.columns.keys())
        assert all(derived.untold.values())
    assert all(APART.values())


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_a_change_of_any_column_is_found_and_named(path: Path, table: str, column: str) -> None:
    _tamper(path, metadata.tables[table], metadata.tables[table].columns[column])
    told = [found.what.render("en") for found in _verified(path).damages]
    assert told
    aside = {"hash": "another entry", "id": "The record is missing"}
    owned = metadata.tables[table].columns[column] is getattr(DERIVED[table], "owner", None)
    named = table if owned or column in metadata.tables[table].primary_key.columns else column
    assert any(aside.get(column, named) in sentence or named in sentence for sentence in told), told


@pytest.mark.parametrize("table", sorted(DERIVED.keys() - {"releases"}))
def test_a_row_that_is_gone_is_found(path: Path, table: str) -> None:
    with _changing(path) as connection:
        assert connection.execute(f'DELETE FROM "{table}"').rowcount
    assert not _verified(path).sound


INVENTED = {
    "a command that nobody queued": (
        (
            "INSERT INTO inbox (source, key, digest, status, at, command, origin, seq, n) "
            "SELECT 'chain', ?1 || '.9.9', '', 'pending', at, command, origin, 9, 9 FROM inbox LIMIT 1"
        ),
        "inbox",
    ),
    "a command for a record that is not there": (
        (
            "INSERT INTO inbox (source, key, digest, status, at, command) "
            "SELECT 'chain', ?1 || 'x', '', 'pending', at, command FROM inbox LIMIT 1"
        ),
        "inbox",
    ),
    "a visit of a deal that is not there": (
        "INSERT INTO visits SELECT x'00', length(?1), stage, via, outcome, entered_at, left_at FROM visits LIMIT 1",
        "visits",
    ),
    "a deal's import": ("INSERT INTO imported SELECT 'crm-2', deal FROM imported WHERE ?1 IS NOT NULL", "imported"),
    "an account without a history": (
        (
            "INSERT INTO accounts SELECT randomblob(16), seq, hash, release, created_at, hidden, touched, import_id, "
            "name_key, fields, merged_into FROM accounts WHERE ?1 IS NOT NULL"
        ),
        "history",
    ),
    "an account under a deal's id": (
        (
            "INSERT INTO accounts SELECT (SELECT id FROM deals LIMIT 1), seq, hash, release, created_at, hidden, "
            "touched, import_id, name_key, fields, merged_into FROM accounts WHERE ?1 IS NOT NULL"
        ),
        "accounts",
    ),
    "a person from nowhere": ("INSERT INTO users VALUES ('eva', ?1, NULL, 1)", "eva of users"),
    "a pool's turn": ("INSERT INTO assignments VALUES ('all', ?1, 1)", "all of assignments"),
}


@pytest.mark.parametrize(("statement", "told"), INVENTED.values(), ids=INVENTED.keys())
def test_a_row_that_no_entry_tells_of_is_found(path: Path, statement: str, told: str) -> None:
    with _changing(path) as connection:
        assert connection.execute(statement, (deal_id(7).hex(),)).rowcount
    assert any(told in found.what.render("en") for found in _verified(path).damages)


@pytest.mark.parametrize(
    "statement",
    {
        "a message that waits is taken for sent": "UPDATE outbox SET status = 'sent'",
        "a message that waits is given up": "UPDATE outbox SET status = 'dead'",
        "a message that was sent waits": "UPDATE outbox SET status = 'pending'",
    }.values(),
)
def test_a_message_stands_as_the_history_says(path: Path, statement: str) -> None:
    with _changing(path) as connection:
        connection.execute(statement)
    damages = _verified(path).damages
    assert {found.what.render("en").rpartition(": ")[2] for found in damages} == {"status."}


WRONG = (None, 0, -1, 5, 2**62, 0.5, "", "x", "{", "[" * 100_000, "null", "[1]", '"x"', b"", b"\xff\xfe", b"x" * 16)


@pytest.mark.parametrize("seed", range(40))
def test_values_of_any_type_in_any_column_are_findings_at_worst(path: Path, seed: int) -> None:
    chance = random.Random(seed)
    with _changing(path) as connection:
        for table in chance.choices(list(metadata.tables.values()), k=6):
            column = chance.choice(list(table.columns))
            value, text = chance.choice(WRONG), chance.random() < 0.3
            given = "CAST(? AS TEXT)" if text else "?"
            try:
                connection.execute(f'UPDATE "{table.name}" SET "{column.name}" = {given}', (value,))
            except sqlite3.IntegrityError:
                continue
    report = _verified(path)
    for damage in report.damages:
        for language in ("en", "ru"):
            damage.what.render(language).encode()


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        *[("deals", name, 5) for name in ("account", "contact", "parent", "hash", "fields", "live")],
        *[("history", name, 5) for name in ("stream", "hash")],
        *[("vault", name, 5) for name in ("subject", "value")],
        ("history", "events", b"\xff"),
        ("visits", "stage", b"\xff"),
        ("interactions", "own", 7),
        ("deals", "hidden", "x"),
        ("deals", "number", "x"),
    ],
)
def test_a_value_of_the_wrong_type_is_a_finding(path: Path, table: str, column: str, value: object) -> None:
    with _changing(path) as connection:
        key = ", ".join(metadata.tables[table].primary_key.columns.keys())
        where = f"({key}) IN (SELECT {key} FROM {table} LIMIT 1)"
        connection.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", (value,))
    assert not _verified(path).sound


def _verified(path: Path) -> VerifyReport:
    database = open_database(path)
    try:
        return verify(database)
    finally:
        database.close()


class _changing:  # noqa: N801 - it reads as a verb
    """A connection that changes what nobody may."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)

    def __enter__(self) -> sqlite3.Connection:
        for name in ("history_no_update", "history_no_delete"):
            self._connection.execute(f"DROP TRIGGER {name}")
        return self._connection

    def __exit__(self, *_: object) -> None:
        self._connection.close()


def _tamper(path: Path, table: Table, column: Column[object]) -> None:
    with _changing(path) as connection:
        keys = list(table.primary_key.columns.keys())
        names = ", ".join(f'"{name}"' for name in [*keys, column.name])
        only = " WHERE key LIKE '%.1.5'" if table.name == "inbox" else ""
        row = connection.execute(f'SELECT {names} FROM "{table.name}"{only} LIMIT 1').fetchone()
        assert row is not None, f"nothing stands in {table.name}"
        new = next(value for value in _others(column, row[-1]) if value != row[-1])
        where = " AND ".join(f'"{name}" IS ?' for name in keys)
        changed = f'UPDATE "{table.name}" SET "{column.name}" = ? WHERE {where}'
        assert connection.execute(changed, (new, *row[:-1])).rowcount == 1


def _others(column: Column[object], value: object) -> Iterator[object]:
    if isinstance(column.type, Json):
        yield str(value).replace("1", "2")
        yield '{"x":1}'
    elif isinstance(column.type, Boolean):
        yield 0
        yield 1
    elif isinstance(column.type, (Integer, Micros)):
        yield 1 if value is None else int(str(value)) + 100
    elif isinstance(column.type, (Id, LargeBinary)):
        yield b"y" * 16
    else:
        yield f"{value or ''}x"
