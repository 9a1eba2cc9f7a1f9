"""A place to run scenarios: one database, brought back to its beginning for each of them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from random import Random
from types import TracebackType

from voronka.config import Reading
from voronka.definition.workspace import Workspace
from voronka.errors import PluginFault
from voronka.hooks.channels import DeliveryError
from voronka.runtime.engine import Engine
from voronka.runtime.lanes import LaneTerms
from voronka.runtime.outbox import Parcel
from voronka.simulation.clock import VirtualClock
from voronka.storage import Database, temporary_database

__all__ = ["Stand"]


class _Mailbox:
    """A way out over which everything arrives at once."""

    def terms(self, lane: str) -> LaneTerms:
        """Return no terms: as many as there are, as fast as it goes."""
        return LaneTerms()

    def learn(self, known: Callable[[], None] | None = None) -> int:
        """Know all terms."""
        return 0

    def limit(self, lane: str) -> float:
        """Return the seconds that something may take."""
        return 1.0

    def carry(self, parcel: Parcel) -> DeliveryError | None:
        """Take it, unless it cannot be made."""
        fault = parcel.fault.reason if isinstance(parcel.fault, PluginFault) else parcel.fault
        return DeliveryError(fault, lasting=True) if fault else None

    def silent(self, parcel: Parcel) -> DeliveryError:
        """Return what is said of something that took too long."""
        return DeliveryError("it took too long")

    def retire(self) -> None:
        """Hold nothing that is to be let go of."""

    def close(self) -> None:
        """Hold nothing that is to be let go of."""


class Stand:
    """The engine of a release without errors, over a database in memory.

    Making a database takes as long as many scenarios; this one is made once, and what a scenario writes is taken back.
    """

    def __init__(self, reading: Reading) -> None:
        if reading.workspace is None:
            raise ValueError("a configuration with errors does not run")
        self.workspace: Workspace = reading.workspace
        self._open = ExitStack()
        self._database: Database = self._open.enter_context(temporary_database())
        self._scenario = self._open.enter_context(ExitStack())
        self.engine_at(VirtualClock(0)).apply_release(reading)

    def fresh(self, at: int) -> tuple[Engine, VirtualClock]:
        """Return an engine without deals, and its clock, which stands at `at` (UTC microseconds)."""
        self._scenario.close()
        self._scenario.enter_context(self._database.scratch())
        clock = VirtualClock(at)
        return self.engine_at(clock), clock

    def engine_at(self, clock: VirtualClock) -> Engine:
        """Return an engine over the database as it is."""
        return Engine(
            database=self._database,
            workspace=self.workspace,
            clock=clock,
            random=Random(0).randbytes,  # noqa: S311 - it is meant to repeat
            outside=lambda workspace: _Mailbox(),
        )

    def close(self) -> None:
        """Let go of the database."""
        self._open.close()

    def __enter__(self) -> Stand:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
