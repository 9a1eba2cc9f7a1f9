"""Seven bugs that runtimes of this kind are known to have, to be planted into a service that is then killed.

Each takes the place of something in the process that it is planted into; none is part of the program. Where a bug has a
window, the window is held open for a moment, so that few kills are enough to fall into it.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from voronka.runtime import outbox
from voronka.runtime.couriers import Couriers
from voronka.runtime.engine import Engine
from voronka.runtime.local import LocalClient
from voronka.runtime.outbox import Leased, Parcel
from voronka.storage import Database, Reader, UnitOfWork

__all__ = ["BUGS"]

_WINDOW = 0.05


def _acknowledged_before_the_commit() -> None:
    """What was written is committed a moment after whoever asked has been answered."""
    write = Database.write

    @contextmanager
    def late(self: Database) -> Iterator[UnitOfWork]:
        whole = write(self)
        work = whole.__enter__()
        try:
            yield work
        except BaseException:
            whole.__exit__(*sys.exc_info())
            raise
        # Until then nobody else writes.
        threading.Timer(_WINDOW, whole.__exit__, (None, None, None)).start()

    Database.write = late  # type: ignore[method-assign] # in this process alone
    LocalClient._sight = lambda *_: {"seen": True}  # type: ignore[method-assign] # nobody sees it yet


def _two_transactions() -> None:
    """What a command has done is committed first, the answer under its key in a transaction of its own."""
    write, record = Database.write, UnitOfWork.inbox_record
    put_off: list[tuple[str, Any, int]] = []

    def remember(self: UnitOfWork, source: str, received: Any, *, at: int) -> None:
        put_off.append((source, received, at))

    @contextmanager
    def twice(self: Database) -> Iterator[UnitOfWork]:
        with write(self) as work:
            yield work
        waiting, put_off[:] = put_off[:], []
        if waiting:
            time.sleep(_WINDOW)
            with write(self) as second:
                for source, received, at in waiting:
                    record(second, source, received, at=at)

    UnitOfWork.inbox_record = remember  # type: ignore[method-assign] # in this process alone
    Database.write = twice  # type: ignore[method-assign] # in this process alone


def _timer_marked_before_the_step() -> None:
    """Due timers are marked as done first, then what they ask for is done."""
    fire_due = Engine.fire_due

    def marked(self: Engine, limit: int | None = None) -> int:
        now = self.clock.now()
        with self.database.write() as work:
            found = work.connection.exec_driver_sql(
                f"UPDATE timers SET state = 'fired', ended_at = {now} WHERE state = 'waiting' AND due_at <= {now}"
            )
        if found.rowcount:
            time.sleep(_WINDOW)
            with self.database.write() as work:
                work.connection.exec_driver_sql(
                    f"UPDATE timers SET state = 'waiting', ended_at = NULL WHERE state = 'fired' AND ended_at = {now}"
                )
        return fire_due(self, limit)

    Engine.fire_due = marked  # type: ignore[method-assign] # in this process alone


def _effect_marked_before_it_is_sent() -> None:
    """What is leased counts as sent, unless it is found out that it was not."""
    lease, send = outbox.lease, Couriers.send

    def sent(work: UnitOfWork, *given: Any, **named: Any) -> Leased:
        leased = lease(work, *given, **named)
        for parcel in leased.parcels:
            key = parcel.effect.key
            work.connection.exec_driver_sql(
                "UPDATE outbox SET status = 'sent' WHERE deal = ? AND seq = ? AND n = ?", (key.deal, key.seq, key.n)
            )
        return leased

    def dawdling(self: Couriers, *given: Any) -> None:
        time.sleep(_WINDOW)
        send(self, *given)

    outbox.lease = sent
    Couriers.send = dawdling  # type: ignore[method-assign] # in this process alone


def _new_key_for_each_attempt() -> None:
    """A retry goes out under a key of its own."""
    key = Parcel.key.fget
    assert key is not None
    Parcel.key = property(lambda self: f"{key(self)}.{self.effect.attempts}")  # type: ignore[misc, assignment] # in this process alone


def _no_deduplication() -> None:
    """Keys that came before are not looked for."""
    Reader.inbox_seen = lambda *_: {}  # type: ignore[method-assign] # in this process alone
    UnitOfWork.inbox_record = lambda *_, **__: None  # type: ignore[method-assign] # in this process alone


def _effect_before_the_commit() -> None:
    """Effects are handed over within the transaction that asks for them."""
    write, append, init = Database.write, UnitOfWork.append, Engine.__init__
    engines: list[Engine] = []
    asked: set[bytes] = set()  # the streams whose effects this transaction asked for

    def made(self: Engine, **given: Any) -> None:
        init(self, **given)
        engines.append(self)

    def noted(self: UnitOfWork, entries: Sequence[Any]) -> None:
        append(self, entries)
        for entry in entries:
            if any(event.kind in ("action.requested", "effect.requested") for event in entry.events):
                asked.add(entry.stream.id)

    def hand_over(work: UnitOfWork, engine: Engine) -> None:
        work.connection.exec_driver_sql("DELETE FROM throttles")  # whatever its lane waits for
        leased = outbox.lease(
            work,
            engine.workspace,
            now=engine.clock.now(),
            limit=1000,
            random=engine.random,
            terms=engine.outside.terms,
        )
        for parcel in leased.parcels:
            if parcel.effect.key.deal in asked:
                engine.outside.carry(parcel)
        work.connection.exec_driver_sql("UPDATE outbox SET lease_until = NULL WHERE status = 'pending'")

    @contextmanager
    def eager(self: Database) -> Iterator[UnitOfWork]:
        asked.clear()
        with write(self) as work:
            yield work
            if asked and engines:
                hand_over(work, engines[-1])
                asked.clear()
                time.sleep(_WINDOW)

    Engine.__init__ = made  # type: ignore[method-assign, assignment] # in this process alone
    UnitOfWork.append = noted  # type: ignore[method-assign] # in this process alone
    Database.write = eager  # type: ignore[method-assign] # in this process alone


BUGS: Mapping[str, Callable[[], None]] = {
    "acknowledged before the commit": _acknowledged_before_the_commit,
    "two transactions": _two_transactions,
    "timer marked before the step": _timer_marked_before_the_step,
    "effect marked before it is sent": _effect_marked_before_it_is_sent,
    "new key for each attempt": _new_key_for_each_attempt,
    "no deduplication": _no_deduplication,
    "effect before the commit": _effect_before_the_commit,
}
"""Each bug by its name: what plants it into this process."""
