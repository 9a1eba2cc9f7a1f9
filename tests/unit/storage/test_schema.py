from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, create_mock_engine, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable, ExecutableDDLElement

import voronka.storage
from tests.contract.builders import deal_id, go_back
from tests.unit.storage.filled import fill
from voronka.errors import EnvironmentFault, UsageFault
from voronka.storage import Received, open_database, schema
from voronka.storage.tables import metadata

MIGRATIONS = Path(voronka.storage.__file__).parent / "migrations"


def shape(engine: Engine) -> dict[tuple[str, str], str]:
    """Every table, index and trigger as SQLite keeps its definition, white space aside."""
    query = "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"
    with engine.connect() as connection:
        return {(kind, name): " ".join(sql.split()) for kind, name, sql in connection.execute(text(query))}


def columns(sql: str) -> set[str]:
    return {part.strip() for part in sql.replace("(", ",").replace(")", ",").split(",")}


def test_a_migrated_database_is_the_fresh_one(tmp_path: Path) -> None:
    migrated = create_engine(f"sqlite:///{tmp_path / 'migrated.db'}")
    with migrated.begin() as connection:
        schema.migrate(connection)
    open_database(tmp_path / "fresh.db").close()
    fresh = create_engine(f"sqlite:///{tmp_path / 'fresh.db'}")
    one, other = shape(migrated), shape(fresh)
    assert one.keys() == other.keys()
    assert {kind for kind, _ in one} == {"table", "index", "trigger"}
    for name, sql in one.items():
        assert columns(sql) == columns(other[name]), name
        assert sql.endswith("WITHOUT ROWID") is other[name].endswith("WITHOUT ROWID")


def test_the_head_that_the_code_names_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [schema.HEAD]


def test_every_table_and_index_can_be_written_for_postgresql() -> None:
    dialect = postgresql.dialect()
    for table in metadata.sorted_tables:
        ddl = str(CreateTable(table).compile(dialect=dialect))
        assert "BLOB" not in ddl
        for index in table.indexes:
            assert str(CreateIndex(index).compile(dialect=dialect))
    assert "id UUID NOT NULL" in str(CreateTable(metadata.tables["deals"]).compile(dialect=dialect))
    assert "fields JSONB NOT NULL" in str(CreateTable(metadata.tables["deals"]).compile(dialect=dialect))


@pytest.mark.parametrize("url", ["sqlite://", "postgresql+psycopg://"])
def test_an_index_with_a_condition_has_it_on_both_databases(url: str) -> None:
    indexes = [index for table in metadata.sorted_tables for index in table.indexes]
    conditional = {index.name for index in indexes if index.info["where"] is not None}
    statements: list[ExecutableDDLElement] = []
    engine = create_mock_engine(url, lambda statement, *_: statements.append(statement))
    metadata.create_all(engine, checkfirst=False)
    written = [each for each in statements if isinstance(each, CreateIndex)]
    told = {each.element.name for each in written if " WHERE " in str(each.compile(dialect=engine.dialect))}
    assert told == conditional != set()


def test_the_writer_survives_a_power_cut_and_checks_references(tmp_path: Path) -> None:
    database = open_database(tmp_path / "voronka.db")
    with database.write() as work:
        found = {
            name: work.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    database.close()


def test_a_database_of_a_newer_voronka_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "voronka.db"
    database = open_database(path)
    with database.write() as work:
        work.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    with pytest.raises(EnvironmentFault) as caught:
        open_database(path)
    assert "9999" in str(caught.value)


def test_a_killed_upgrade_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "voronka.db"
    database = open_database(path)
    with database.write() as work:
        go_back(work)
    database.close()
    before = shape(create_engine(f"sqlite:///{path}"))

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("alembic.runtime.migration.HeadMaintainer.update_to_step", die)
        with pytest.raises(KeyboardInterrupt):
            open_database(path)
    assert shape(create_engine(f"sqlite:///{path}")) == before
    open_database(path).close()


SECRET = bytes(range(32))
OF_OLD = hashlib.blake2b(b"A", digest_size=16).hexdigest()
OF_NOW = hashlib.blake2b(b"A", digest_size=16, key=SECRET).hexdigest()


@pytest.mark.parametrize(
    ("secret", "row", "refused"),
    [(None, None, False), (None, OF_OLD, True), (SECRET, OF_OLD, True), (SECRET, OF_NOW, False)],
)
def test_a_database_that_would_take_imported_rows_a_second_time_is_refused(
    tmp_path: Path, secret: bytes | None, row: str | None, refused: bool
) -> None:
    path = tmp_path / "voronka.db"
    fill(path)
    database = open_database(path)
    with database.write() as work:
        if secret is not None:
            work.secret(lambda _: secret)
        if row is not None:
            work.inbox_record("import:crm", [Received(key=row, digest="x", import_id="crm-1", deal=deal_id(7))], at=1)
        go_back(work)
    database.close()
    for _ in range(2):
        if refused:
            with pytest.raises(EnvironmentFault, match="crm"):
                open_database(path)
        else:
            open_database(path).close()


@pytest.mark.parametrize(
    ("where", "fault"),
    [
        ("mysql://host/name", UsageFault),
        ("postgresql://", UsageFault),
        ("://", UsageFault),
    ],
)
def test_an_address_of_no_known_database_is_refused(where: str, fault: type[Exception]) -> None:
    with pytest.raises(fault):
        open_database(where)


def test_a_file_that_is_no_database_is_refused_with_a_remedy(tmp_path: Path) -> None:
    path = tmp_path / "voronka.db"
    path.write_bytes(b"hello" * 1_000)
    with pytest.raises(EnvironmentFault) as caught:
        open_database(path)
    assert caught.value.place == str(path)
    assert path.read_bytes() == b"hello" * 1_000


def test_an_empty_file_in_the_place_of_the_database_is_told_as_a_loss(tmp_path: Path) -> None:
    path = tmp_path / "voronka.db"
    path.touch()
    with pytest.raises(EnvironmentFault, match="empty file") as caught:
        open_database(path)
    assert caught.value.place == str(path)
    assert path.stat().st_size == 0


def test_an_absent_database_is_not_made_for_a_reader(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault):
        open_database(tmp_path / "none.db", create=False)
    assert not (tmp_path / "none.db").exists()
