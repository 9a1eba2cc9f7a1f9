"""A workspace in a folder of its own, run in virtual time through the engine that runs real ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, ClassVar

from voronka.bootstrap import open_workspace
from voronka.calendars import Duration, due, parse_datetime
from voronka.hooks.plugin import Services
from voronka.runtime.inflow import Inflow, Taken
from voronka.runtime.local import LocalClient
from voronka.runtime.state import state_folder
from voronka.runtime.words import Json
from voronka.simulation.clock import VirtualClock, advance_to
from voronka.storage import VerifyReport, verify

__all__ = ["TestWorkspace", "write_files"]


def write_files(root: Path, files: Mapping[str, str]) -> None:
    """Write texts as files below `root`, making folders as needed."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


class TestWorkspace:
    """A workspace opened in this process, with a clock that the test moves and randomness that repeats.

    `root`: its folder (see `write_files`). `start`: where the clock stands at first, as text in `zone`
    ("2026-03-02 09:00"), or UTC microseconds. `plugins`: modules or objects that are plugins of it, beside those it has
    in its folder. `database`: the address of an empty one, used in place of a file in its state folder; the one that
    voronka.yaml names is left alone. `isolated`: the code of plugins runs in processes of its own, as in the service;
    else in this one, where a test can look into it. Commits do not wait for the disk: a test's workspace can be made
    again.
    """

    __test__: ClassVar[bool] = False  # pytest collects no tests from here

    def __init__(
        self,
        root: Path,
        *,
        start: str | int,
        zone: str = "UTC",
        seed: int = 0,
        plugins: Iterable[object] = (),
        database: str | None = None,
        isolated: bool = False,
    ) -> None:
        self.root = root
        self._database = database
        self.zone = zone
        moment = parse_datetime(start, zone) if isinstance(start, str) else start
        self.clock = VirtualClock(moment)
        self._random = Random(seed)  # noqa: S311 - it is meant to repeat
        self._plugins = tuple(plugins)
        self._isolated = isolated
        self.client = self._open()

    def _open(self) -> LocalClient:
        return open_workspace(
            self.root,
            clock=self.clock,
            random=self._random.randbytes,
            state=state_folder(self.root),
            database=self._database,
            durable=False,
            plugins=self._plugins,
            isolated=self._isolated,
        )

    def reopen(self) -> None:
        """Close and open again, as another process would find it."""
        self.client.close()
        self.client = self._open()

    def execute(self, command: str, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - plain JSON
        """Carry out a command given as plain JSON and return its answer as JSON."""
        return self.client.execute({"command": command, **arguments})

    def query(self, name: str, **params: Any) -> Json:  # noqa: ANN401 - plain JSON
        """Return what a query finds, as JSON."""
        return self.client.query(name, params)

    def work(self, name: str, **params: Any) -> Json:  # noqa: ANN401 - plain JSON
        """Do a long piece of work and return its result as JSON."""
        return self.client.work(name, params)

    def advance(self, duration: str) -> int:
        """Let so much time pass ("2 days", "3 working days"); return how much was due on the way and done."""
        workspace = self.client.engine.workspace
        moment = due(self.clock.now(), Duration.parse(duration), calendar=workspace.calendar, zone=workspace.timezone)
        return advance_to(self.client.engine, self.clock, moment)

    def advance_to(self, moment: str | int) -> int:
        """Lead the workspace to a moment, what is due then included; return how much was done."""
        to = parse_datetime(moment, self.zone) if isinstance(moment, str) else moment
        return advance_to(self.client.engine, self.clock, to)

    def settle(self) -> int:
        """Do what is due at this moment: timers, queued commands, messages and actions; return how much that was."""
        return self.client.engine.settle()

    def ask(self, source: str) -> Taken:
        """Ask a source of the workspace, as the service does at its intervals; return what came in."""
        return Inflow(self.client.engine, self.client.plugins).ask(source)

    def services(self, plugin: str) -> Services:
        """Return what a plugin is given of its surroundings here."""
        return self.client.plugins.services(plugin)

    def messages(self) -> dict[str, str]:
        """Return the texts of the messages that have left over the channel `file`, by path, sorted."""
        folder = state_folder(self.root) / "messages"
        return {
            path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
            for path in sorted(folder.rglob("*.txt"))
        }

    def verify(self) -> VerifyReport:
        """Replay every history and compare it with what is stored."""
        return verify(self.client.engine.database)

    def close(self) -> None:
        """Let go of the workspace; its files stay."""
        self.client.close()

    def __enter__(self) -> TestWorkspace:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
