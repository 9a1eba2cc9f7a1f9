"""A dry run: an engine on a copy of the database, so that everything is done and nobody waits for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from voronka.hooks.channels import DeliveryError
from voronka.runtime.engine import Engine
from voronka.runtime.lanes import LaneTerms
from voronka.runtime.outbox import Outcome, Parcel

__all__ = ["rehearsal"]


class _Nowhere:
    """The way out of a rehearsal: nothing takes it."""

    def terms(self, lane: str) -> LaneTerms:
        """Return no terms: as many as there are, as fast as it goes."""
        return LaneTerms()

    def learn(self, known: Callable[[], None] | None = None) -> int:
        """Know all terms."""
        return 0

    def limit(self, lane: str) -> float:
        """Return the seconds that something may take."""
        return 0.0

    def carry(self, parcel: Parcel) -> Outcome:
        """Carry nothing."""
        return DeliveryError("a rehearsal sends nothing")

    def silent(self, parcel: Parcel) -> DeliveryError:
        """Return the fault of what was not carried."""
        return DeliveryError("a rehearsal sends nothing")

    def retire(self) -> None:
        """Hold nothing that is to be let go of."""

    def close(self) -> None:
        """Hold nothing that is to be let go of."""


@contextmanager
def rehearsal(engine: Engine) -> Iterator[Engine]:
    """Give an engine with all that `engine` has: what it writes is forgotten.

    Commands of `engine` go before its work.
    """
    # Made within the copy, the key would make every other process wait that needs it, too.
    engine.write(lambda work: work.secret(engine.random))
    with engine.database.scratch() as copy:
        stage = Engine(
            database=copy,
            workspace=engine.workspace,
            clock=engine.clock,
            random=engine.random,
            outside=lambda _: _Nowhere(),
            precedence=engine.precedence,
        )
        yield stage
