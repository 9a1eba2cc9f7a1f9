"""Writing what is decided: units of work under the definition in force, and the batches of decisions within them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from voronka.definition.workspace import Workspace
from voronka.runtime.clock import Clock
from voronka.runtime.decisions import Batch, Staff
from voronka.runtime.ids import Random, new_id
from voronka.runtime.precedence import Precedence
from voronka.storage import Database, StaleVersion, UnitOfWork

__all__ = ["Writer"]

_ATTEMPTS = 5
_Result = TypeVar("_Result")


class Writer:
    """What everything that writes to a workspace has in common. Safe to use from several threads.

    `workspace`: the definition in force. `precedence`: who writes next. `random` gives random bytes.
    """

    def __init__(
        self, *, database: Database, workspace: Workspace, clock: Clock, random: Random, precedence: Precedence
    ) -> None:
        self.database = database
        self.workspace = workspace
        self.clock = clock
        self.random = random
        self.precedence = precedence
        self._bells: list[threading.Event] = []
        self._known_staff: Staff | None = None

    def bell(self) -> threading.Event:
        """Return an event that is set whenever something was committed that may have made work."""
        bell = threading.Event()
        self._bells.append(bell)
        return bell

    def ring(self) -> None:
        """Wake whoever waits for work."""
        for bell in self._bells:
            bell.set()

    def new_id(self) -> bytes:
        """Return the id of a new record."""
        return new_id(self.clock.now(), self.random)

    def write(self, action: Callable[[UnitOfWork], _Result]) -> _Result:
        """Run `action` in a unit of work, again on fresh facts if another writer came between; return its result."""
        for attempt in range(_ATTEMPTS):
            try:
                with self.database.write() as work:
                    result = action(work)
            except StaleVersion:
                self._known_staff = None
                if attempt == _ATTEMPTS - 1:
                    raise
            except BaseException:
                # People whom the work had added are gone with it.
                self._known_staff = None
                raise
            else:
                return result
        raise AssertionError

    def batch(self, work: UnitOfWork, now: int) -> Batch:
        """Return a batch of decisions at a moment."""
        return Batch(work, self.workspace, self.staff(work), now)

    def staff(self, work: UnitOfWork) -> Staff:
        """Return what is known of people beside the configuration; read once, and again after an entry about them."""
        if self._known_staff is None:
            self._known_staff = Staff.of(work.users(), work.absences())
        return self._known_staff

    def forget_staff(self) -> None:
        """Read anew what is known of people, when it is next asked for."""
        self._known_staff = None
