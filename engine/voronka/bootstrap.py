"""The composition root: puts a workspace together out of its files, its database, its channels and its questions.

What opens a database is imported where it is needed: a command that forwards to a running service does not pay for it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from voronka.errors import EnvironmentFault, UsageFault, refused_by_system
from voronka.messages import Sentence, Text
from voronka.runtime import client
from voronka.runtime.address import database_address, workspace_name
from voronka.runtime.client import Client
from voronka.runtime.clock import Clock, SystemClock
from voronka.runtime.ids import Random
from voronka.runtime.lock import WorkspaceLock
from voronka.runtime.remote import RemoteClient
from voronka.runtime.state import DATABASE, IMPORTS, MART, state_folder
from voronka.runtime.words import Json

if TYPE_CHECKING:
    from voronka.config.starting import Template
    from voronka.runtime.local import LocalClient
    from voronka.runtime.service import Service

__all__ = [
    "connect",
    "init_workspace",
    "lay_out",
    "open_workspace",
    "reference_workspace",
    "restore",
    "serve",
    "work",
    "workspace_template",
]

_Opened = Callable[[Callable[[], str]], None]
"""What is called once a workspace is open, with what tells its time zone at any moment."""


def reference_workspace() -> Path:
    """Return the folder of the workspace that comes with Voronka: packaged, or in a checkout the repository's root."""
    here = Path(__file__).resolve().parent
    packaged = here / "reference"
    return packaged if packaged.is_dir() else here.parent.parent


def workspace_template(name: str) -> Template:
    """Return what a new workspace may begin with. Raises `UsageFault` if there is no template of this name."""
    from voronka.config.starting import template_named

    return template_named(name, reference_workspace())


def init_workspace(folder: Path, source: Path | None = None) -> list[str]:
    """Make a workspace in `folder` by copying another, the reference by default; return the files made.

    Raises `UsageFault` and `EnvironmentFault` as `lay_out` does.
    """
    source = source or reference_workspace()
    paths = [source / "voronka.yaml", *(path for path in (source / "configs").rglob("*") if path.is_file())]
    return lay_out(folder, {path.relative_to(source).as_posix(): path for path in paths})


def lay_out(folder: Path, files: Mapping[str, Path]) -> list[str]:
    """Make a workspace in `folder` of copies of `files`, named by their paths in it; return the files made.

    Raises `UsageFault` if there is one already; a folder is left as it was if copying fails half-way.
    """
    if (folder / "voronka.yaml").exists() or (folder / "configs").exists():
        raise UsageFault(
            Text("There is a workspace already."),
            Text("Choose another folder, or work in this one: voronka check"),
            place=str(folder),
        )
    new = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # The last file makes it a workspace: a copy that was broken off is none.
        for name in sorted(files, key=lambda name: (name == "voronka.yaml", name)):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(files[name], folder / name)
    except OSError as error:
        shutil.rmtree(folder if new else folder / "configs", ignore_errors=True)
        raise EnvironmentFault(
            Text("The workspace cannot be made. {reason}", reason=refused_by_system(error)),
            Text("Check the rights to the folder and the room on the disk."),
            place=str(folder),
        ) from error
    return sorted(files)


def open_workspace(
    root: Path,
    *,
    clock: Clock | None = None,
    random: Random = os.urandom,
    state: Path | None = None,
    lock: WorkspaceLock | None = None,
    durable: bool = True,
    plugins: Iterable[object] = (),
    patience: float | None = None,
    database: str | Path | None = None,
    follow: bool = True,
    isolated: bool = True,
    renamed: bool = False,
) -> LocalClient:
    """Open the workspace at `root` in this process; its configuration comes into force if it has changed.

    `state`: where the database and the messages lie, by default ``.voronka`` in the workspace. `database`: where that
    lies instead, a path or an address; without it and `state`, what voronka.yaml says. Without a `lock` the caller sees
    to it that nobody else owns a database that is a file. `follow`: False leaves the release in force that is.
    `random` gives random bytes. `durable`: as `open_database` has it. `plugins`: modules that are plugins beside the
    workspace's own and the installed ones. `patience`: seconds in which all of them are loaded, at once; one that takes
    longer is broken for whoever has no more time. `isolated`: the code of plugins that do not come with Voronka runs in
    processes of its own, where it may. `renamed`: a shared database may be that of a workspace of another name.

    Raises `BrokenConfigurationError` if the files make no configuration and none is in force yet, and
    `EnvironmentFault` if the database cannot be opened.
    """
    from voronka.hooks.host import LOADING, Host
    from voronka.mart.marts import Marts
    from voronka.mart.works import mart_works
    from voronka.metrics.answers import answer_funnel, answer_funnel_report
    from voronka.metrics.kpi_questions import kpi_questions, kpi_reports
    from voronka.metrics.mart_answers import mart_answers
    from voronka.metrics.ownership import answer_tco
    from voronka.metrics.reports.answers import answer_with
    from voronka.metrics.reports.coverage import report_coverage
    from voronka.metrics.reports.hints import report_hints
    from voronka.metrics.reviews.answers import REVIEW_QUERIES, REVIEW_WORKS
    from voronka.metrics.strategy.difference import answer_strategy_diff
    from voronka.runtime.configuration import ConfigurationFolder, check_owner, definition_in_force, stored_definition
    from voronka.runtime.engine import Engine
    from voronka.runtime.hints import HINTING
    from voronka.runtime.importing.works import import_works
    from voronka.runtime.leaving import LEAVING
    from voronka.runtime.local import LocalClient
    from voronka.runtime.merging import MERGING
    from voronka.runtime.operations import OPERATIONS
    from voronka.runtime.outside import Plugins
    from voronka.runtime.people import PEOPLE_WORKS
    from voronka.runtime.plugin_process.processes import PluginProcesses
    from voronka.runtime.queries import QUERIES
    from voronka.runtime.queries.plugins import query_of
    from voronka.runtime.release_reading import RELEASE_READING
    from voronka.runtime.secrets import Secrets
    from voronka.runtime.works import WORKS
    from voronka.simulation.recording import answer_record
    from voronka.storage import open_database

    if database is None:
        database = database_address(root, state_folder(root)) if state is None else state / DATABASE
    state = state or state_folder(root)
    clock = clock or SystemClock()
    secrets, troubles = Secrets(root), dict[str, Sentence]()
    processes = PluginProcesses(secrets=secrets, troubles=troubles)
    host = Host.of(
        root,
        plugins,
        seconds=LOADING if patience is None else patience,
        isolate=processes.isolate if isolated else None,
        troubles=troubles,
    )
    if patience is not None:
        host.plugins(within=patience)
    hosted = Plugins(host=host, secrets=secrets, state=state, clock=clock, processes=processes)
    store = open_database(database, durable=durable)
    try:
        folder = ConfigurationFolder(root, host)
        reading = folder.read()
        if not renamed:
            check_owner(store, reading)
        engine = Engine(
            database=store,
            workspace=definition_in_force(store, reading, host),
            clock=clock,
            random=random,
            outside=hosted.open,
            successor=(lambda release: stored_definition(store, release, host)) if store.shared else None,
            troubles=troubles,
        )
        marts = Marts(store, state, clock)
        questions = kpi_questions(marts)
        reports = {
            "report.funnel": answer_funnel_report,
            "report.coverage": report_coverage,
            "report.hints": report_hints,
            "report.tco": answer_tco,
            **mart_answers(marts),
            **kpi_reports(marts),
        }
        opened = LocalClient(
            engine,
            folder,
            queries={
                **QUERIES,
                **REVIEW_QUERIES,
                **reports,
                **questions,
                "funnel": answer_funnel,
                "plugins": query_of(hosted),
                "record": answer_record,
                "report": answer_with({**reports, **questions}),
                "strategy.diff": answer_strategy_diff,
            },
            works={
                **WORKS,
                **HINTING,
                **LEAVING,
                **MERGING,
                **PEOPLE_WORKS,
                **RELEASE_READING,
                **REVIEW_WORKS,
                **OPERATIONS,
                **import_works(state / IMPORTS),
                **mart_works(marts),
            },
            plugins=hosted,
            lock=lock,
            closing=marts.close,
        )
        if follow:
            opened.follow(reading)
    except BaseException:
        store.close()
        raise
    return opened


def connect(root: Path, *, patience: float | None = None, renamed: bool = False) -> Client:
    """Return a client of the workspace at `root`: of its running service, else of this process (`patience` and
    `renamed`: as `open_workspace` has them).

    A database of its own has one owner; one that is shared is opened by every process that wants it.
    Raises `EnvironmentFault` (another command holds the workspace and does not end, the database is away …).
    """
    state = state_folder(root)
    address = database_address(root, state)
    if isinstance(address, str):
        return RemoteClient.of(state) or open_workspace(root, patience=patience, database=address, renamed=renamed)
    return client.connect(root, lambda folder, lock: open_workspace(folder, lock=lock, patience=patience))


def restore(root: Path, file: Path, *, replace: bool = False, renamed: bool = False) -> Json:
    """Put a backup in the place of the workspace's database, its effects held; return what it holds, as JSON.

    `renamed`: it may be that of a workspace of another name.
    Raises `UsageFault` if there is a database that is not to be `replace`d, `EnvironmentFault` if a service runs, if
    another command holds the workspace and does not end, or if the file is no backup that this version can open.
    """
    from voronka.runtime.operations.backups import restore as put_in_place

    state = state_folder(root)
    lock = client.own(state)
    if not isinstance(lock, WorkspaceLock):
        lock.close()
        raise EnvironmentFault(
            Text("A service runs on this workspace."),
            Text("End the service first, so that nothing is written to what is replaced, and repeat the command."),
            place=str(root),
        )
    try:
        # It tells of what is replaced; before that, so that none is left whatever happens. It is built anew when asked.
        shutil.rmtree(state / MART, ignore_errors=True)
        return put_in_place(
            file,
            database_address(root, state),
            now=SystemClock().now(),
            replace=replace,
            owner=None if renamed else workspace_name(root),
        )
    finally:
        lock.release()


def serve(root: Path, *, opened: _Opened = lambda timezone: None, probes: tuple[str, int] | None = None) -> int:
    """Run the workspace at `root` as a service until it is told to end; return the exit code.

    `opened` is called once the workspace is open. `probes`: the host and port at which it tells
    whether it is well. A command that owns the workspace is waited for.
    Raises `EnvironmentFault` if a service runs already or that command does not end, and what `open_workspace` raises.
    """
    state = state_folder(root)
    lock = client.own(state)
    if not isinstance(lock, WorkspaceLock):
        lock.close()
        raise EnvironmentFault(
            Text("A service runs on this workspace already."),
            Text("One runs at a time: leave it running and use the other commands beside it, or end it first."),
            place=str(root),
        )
    try:
        service = _service(open_workspace(root, lock=lock), state)
        _probe(service, state, probes)
        opened(lambda: service.engine.workspace.timezone)
        return service.run()
    finally:
        lock.release()


def _service(client: LocalClient, state: Path | None) -> Service:
    """Return a service that makes reviews, too."""
    from voronka.metrics.reviews.making import Reviews
    from voronka.runtime.service import Service

    reviews = Reviews(client)
    return Service(client, state, chores={"reviews": (reviews.run, reviews.next_moment)})


def _probe(service: Service, state: Path, address: tuple[str, int] | None) -> None:
    """Let a service tell at an address whether it is well."""
    if address is not None:
        from voronka.runtime.operations.exposition import Exposition
        from voronka.runtime.operations.probes import Probes
        from voronka.runtime.operations.readiness import Readiness

        readiness = Readiness(service.client, state, service.pulse)
        service.probes = Probes(address, readiness, Exposition(service.engine))


def work(root: Path, *, opened: _Opened = lambda timezone: None, probes: tuple[str, int] | None = None) -> int:
    """Do what is due in the workspace at `root`, beside others that do, until told to end; return the exit code.

    It follows the release in force and never puts one in force. `opened` and `probes`: as `serve` has them. Raises
    `UsageFault` if the workspace does not share its database, and what `open_workspace` raises.
    """
    state = state_folder(root)
    address = database_address(root, state)
    if not isinstance(address, str):
        raise UsageFault(
            Text("This workspace has a database of its own, in which one process works at a time."),
            Text("Start `voronka run`; or, for several processes, name a PostgreSQL database under “database”."),
            place=str(root),
        )
    client = open_workspace(root, database=address, follow=False)
    with client.engine.read() as reader:
        released = reader.active_release() is not None
    if not released:
        client.close()
        raise EnvironmentFault(
            Text("No configuration is in force in the database yet."),
            Text("Start `voronka run` first, or give any command: it puts the files in force."),
            place=str(root),
        )
    service = _service(client, None)
    _probe(service, state, probes)
    opened(lambda: service.engine.workspace.timezone)
    return service.run()
