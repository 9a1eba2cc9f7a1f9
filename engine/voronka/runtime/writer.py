"""Writing what is decided: units of work under the definition in force, and the batches of decisions within them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from voronka.definition.workspace import Workspace
from voronka.process.state import Stream
from voronka.runtime.clock import Clock
from voronka.runtime.decisions import Batch, Staff
from voronka.runtime.ids import Random, new_id
from voronka.runtime.precedence import Precedence
from voronka.storage import Collision, Database, Listener, StaleVersion, Standing, UnitOfWork

__all__ = ["Writer"]

_ATTEMPTS = 5
_Result = TypeVar("_Result")


class Writer:
    """What everything that writes to a workspace has in common. Safe to use from several threads.

    `workspace`: the definition in force. `precedence`: who writes next. `random` gives random bytes. `follow`: goes
    over to the release that another process has put in force.
    """

    def __init__(
        self,
        *,
        database: Database,
        workspace: Workspace,
        clock: Clock,
        random: Random,
        precedence: Precedence,
        follow: Callable[[], None],
    ) -> None:
        self.database = database
        self.workspace = workspace
        self.clock = clock
        self.random = random
        self.precedence = precedence
        self._follow = follow
        self._tell: Callable[[], None] = database.tell
        self._bells: list[threading.Event] = []
        self._known_staff: Staff | None = None
        self._staff_at = 0

    def bell(self) -> threading.Event:
        """Return an event that is set whenever something was committed that may have made work."""
        bell = threading.Event()
        self._bells.append(bell)
        return bell

    def listen(self) -> Listener | None:
        """Hear from now on of what other processes commit, and tell them at once; None if there are none."""
        listener = self.database.listen(self.wake)
        if listener is not None:
            self._tell = listener.tell
        return listener

    def ring(self) -> None:
        """Wake whoever waits for work, in other processes too."""
        self.wake()
        self._tell()

    def wake(self) -> None:
        """Wake whoever waits for work in this process."""
        for bell in self._bells:
            bell.set()

    def new_id(self) -> bytes:
        """Return the id of a new record."""
        return new_id(self.clock.now(), self.random)

    def write(
        self, action: Callable[[UnitOfWork], _Result], *, alone: bool = False, of_any_release: bool = False
    ) -> _Result:
        """Run `action` in a unit of work, again on fresh facts if another writer came between; return its result.

        It decides under the release in force, unless it is `of_any_release`. `alone`: no other process decides anything
        meanwhile.
        """
        met: set[Stream] = set()
        for _ in range(_ATTEMPTS):
            try:
                with self.database.write() as work:
                    if self._stands(work.stand(alone=alone)) or of_any_release:
                        work.hold(met)
                        return action(work)
            except Collision as fault:
                self._known_staff = None
                collision = fault
                if isinstance(fault, StaleVersion):
                    met.add(fault.stream)
            except BaseException:
                # People whom the work had added are gone with it.
                self._known_staff = None
                raise
            else:
                collision = Collision()
                self._follow()
        raise collision

    def _stands(self, standing: Standing | None) -> bool:
        """Tell whether what is known here of the release and of people stands; people are read anew where not."""
        if standing is None:
            return True
        if standing.seq != self._staff_at:
            self._known_staff = None
            self._staff_at = standing.seq
        return standing.release in (None, self.workspace.release)

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
