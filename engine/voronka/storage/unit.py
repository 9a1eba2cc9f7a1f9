"""The unit of work: everything that one transaction writes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection

from voronka.expressions import Expression
from voronka.failpoints import failpoint
from voronka.process.commands import Sealed
from voronka.process.state import WORKSPACE, Stream, StreamKind, TimerKey
from voronka.storage import (
    audit,
    counters,
    dirty,
    exclusion,
    imports,
    inbox,
    marks,
    outbox,
    refused_items,
    releases,
    reviews,
    schedules,
    scrubbing,
    selection_indexes,
    standing,
    throttles,
    timers,
    vault,
)
from voronka.storage.audit import Denial
from voronka.storage.chain import GENESIS, link, written
from voronka.storage.dialects import shown
from voronka.storage.effects import Attempt, Effect, EffectKey
from voronka.storage.entry import Entry
from voronka.storage.exclusion import Alone
from voronka.storage.faults import StaleVersion, environment_faults
from voronka.storage.heads import hold
from voronka.storage.inbox import Queued, Received
from voronka.storage.projections import Projection
from voronka.storage.reader import Reader
from voronka.storage.refused_items import RefusedItem
from voronka.storage.reviews import ReviewRow
from voronka.storage.schedules import ScheduleRow
from voronka.storage.standing import Standing
from voronka.storage.throttles import Throttle, ThrottleKey
from voronka.storage.vault import Sealings
from voronka.storage.writing import write

__all__ = ["UnitOfWork"]


class UnitOfWork(Reader):
    """Reads and writes in one transaction, which is committed or rolled back whole (`Database.write`).

    What it has `deny`ed is kept with the commit, also where a `part` of the work was taken back for it. `reached`: what
    is known to be kept of the newest moment at which anything was recorded (`counters.reach`). `shared`: other
    processes may write at the same time.
    """

    def __init__(self, connection: Connection, reached: int | None = None, *, shared: bool = False) -> None:
        super().__init__(connection)
        self.reached = reached
        self._shared = shared
        self._denials: list[Denial] = []
        self._afterwards: list[Callable[[], None]] = []
        self._held: set[Stream] = set()
        self._secret: bytes | None = None

    def deny(self, denials: Iterable[Denial]) -> None:
        """Remember refusals for the audit."""
        self._denials += denials

    def close(self) -> None:
        """Write what is still to be written, before the commit."""
        audit.write(self.connection, self._denials)

    def afterwards(self, action: Callable[[], None]) -> None:
        """Do something once this is committed, as counting what was done; never, if it or the part is taken back."""
        self._afterwards.append(action)

    def committed(self) -> None:
        """Do what was to be done once this is committed."""
        for action in self._afterwards:
            action()

    def stand(self, *, alone: bool = False) -> Standing | None:
        """Return where the workspace stands, which keeps so until the commit; None where no other process moves it.

        `alone`: others do not decide anything meanwhile. To be asked before anything else.
        """
        return standing.read(self.connection, WORKSPACE.id, alone=alone) if self._shared else None

    def attempt(self, what: Alone) -> bool:
        """Do something as the only process until the commit; False if another one does it now."""
        return not self._shared or exclusion.attempt(self.connection, what)

    def take(self, what: Alone) -> None:
        """Do something as the only process until the commit, as soon as no other one does it."""
        if self._shared:
            exclusion.take(self.connection, what)

    def hold(self, streams: Collection[Stream]) -> None:
        """Keep other processes from changing records until the commit: those that came between an attempt before."""
        if self._shared:
            hold(self.connection, streams)

    @contextmanager
    def part(self) -> Iterator[None]:
        """Do a part of the work that, if it raises, is taken back alone."""
        heads, reached, actions = dict(self.heads), self.reached, len(self._afterwards)
        try:
            place = shown(self.connection.engine.url)
            with environment_faults(place), self.connection.begin_nested():
                yield
        except BaseException:
            self.heads, self.reached = heads, reached
            del self._afterwards[actions:]
            self._secret = None
            self.numbered.clear()
            raise

    def settle_indexes(
        self, conditions: Iterable[tuple[StreamKind, Expression]], keys: Iterable[tuple[StreamKind, str]] = ()
    ) -> None:
        """Give the records the indexes by which these conditions select, and fields find them; none for others."""
        selection_indexes.settle(self.connection, conditions, keys)

    def append(self, entries: Sequence[Entry]) -> None:
        """Append entries to their streams, with the snapshots and all that follows from their events.

        Each must follow the last entry of its stream, and each stream it was decided on (`read`) must stand where it
        stood then, entries of this batch included; `StaleVersion` otherwise.
        """
        self._load_heads(entries)
        self._keep(entries)
        heads = self.heads
        projection = Projection()
        for entry in entries:
            stream = entry.stream
            seq, head = heads.get(stream.id, (0, GENESIS))
            if entry.seq != seq + 1:
                raise StaleVersion(stream, expected=entry.seq - 1, found=seq)
            for other, version in entry.read.items():
                found = heads.get(other.id, (0, GENESIS))[0]
                if found != version:
                    raise StaleVersion(other, expected=version, found=found)
            row = written(entry)
            head = link(head, row)
            heads[stream.id] = (entry.seq, head)
            projection.add(entry, row, head)
        failpoint("append.begun")
        write(self.connection, projection)
        failpoint("append.ended")
        if entries:
            newest = max(entry.recorded_at for entry in entries)
            self.reached = counters.reach(self.connection, newest, self.reached)
            self.numbered.clear()  # a deal may have been hidden

    def _load_heads(self, entries: Sequence[Entry]) -> None:
        streams = {entry.stream for entry in entries}
        for entry in entries:
            if entry.read:
                streams.update(entry.read)
        missing = [stream for stream in streams if stream.id not in self.heads]
        if not missing:
            return
        self.deals(stream.id for stream in missing if stream.kind is StreamKind.DEAL)
        self.parties(missing)
        if any(stream.kind is StreamKind.WORKSPACE for stream in missing):
            self.workspace_state()

    def _keep(self, entries: Sequence[Entry]) -> None:
        """Check that what was read and is not written stands where it stood, and let nobody change it until the commit.

        What is written is checked by its own update; on SQLite nobody else writes.
        """
        if not self._shared:
            return
        written = {entry.stream for entry in entries}
        read = {stream for entry in entries for stream in entry.read} - written - self._held
        for stream, found in hold(self.connection, read, to_read=True).items():
            expected = self.heads.get(stream.id, (0, GENESIS))[0]
            if found != expected:
                raise StaleVersion(stream, expected=expected, found=found)
        self._held |= read

    def next_numbers(self, count: int) -> range:
        """Draw numbers for new deals. Other writers wait for theirs until this transaction ends."""
        return counters.advance(self.connection, counters.DEAL, count)

    def return_numbers(self, count: int) -> None:
        """Give back the last `count` numbers that this transaction has drawn: their deals were not opened."""
        counters.give_back(self.connection, counters.DEAL, count)

    def set_counter(self, name: str, value: int) -> None:
        """Set a counter."""
        counters.write(self.connection, name, value)

    def set_mark(self, name: str, value: str | None) -> None:
        """Set a mark (see `voronka.storage.marks`); None takes it away."""
        marks.write(self.connection, name, value)

    def move_counter(self, name: str, value: int, *, least: int, most: int) -> bool:
        """Set a counter that stands between two values; return whether it did."""
        return counters.move(self.connection, name, value, least=least, most=most)

    def claim_due(
        self, now: int, limit_deals: int, *, watermark: int | None = None, without: Collection[bytes] = ()
    ) -> list[tuple[bytes, tuple[TimerKey, ...]]]:
        """Return deals that have due timers, the longest due first, each with its due timers in order.

        `watermark`: a moment before which nothing was due; what came to be due before it waits for the next claim.
        `without`: deals that are passed over.
        """
        claimed = timers.claim(self.connection, now=now, limit=limit_deals, watermark=watermark, without=without)
        failpoint("timers.claimed")
        return claimed

    def claim_queued(self, limit: int, *, without: Collection[str] = (), only: str | None = None) -> list[str]:
        """Return the keys of commands that other entries queued, in their order, none of those `without`.

        On PostgreSQL no other process is given a command for the same record until the commit. `only`: that one alone.
        """
        return inbox.claim(self.connection, limit=limit, without=without, only=only)

    def put_schedule(self, row: ScheduleRow) -> None:
        """Write down when a scheduled rule comes next, or how far it has got."""
        schedules.put(self.connection, row)

    def remove_schedule(self, rule: str) -> None:
        """Forget a rule that is not scheduled any more."""
        schedules.remove(self.connection, rule)

    def put_review(self, row: ReviewRow) -> None:
        """Keep a review that was made."""
        reviews.put(self.connection, row)

    def mark_review(self, review: str, due_at: int, **values: object) -> None:
        """Write down who has read a review (`read_at`, `read_by`) or decided by it (`decided_…`, `decision`)."""
        reviews.mark(self.connection, review, due_at, **values)

    def lease_effects(
        self,
        *,
        now: int,
        limit: int,
        until: int,
        shares: Mapping[str, int] | None = None,
        unordered: frozenset[str] = frozenset(),
    ) -> list[Effect]:
        """Take effects for delivery until `until`, in order within each deal and channel that is not `unordered`.

        `shares`: the channels of which any may be taken, each with how many at most; None: all.
        """
        return outbox.lease(self.connection, now=now, limit=limit, until=until, shares=shares, unordered=unordered)

    def throttles(self, keys: Iterable[ThrottleKey], *, hold: bool) -> dict[ThrottleKey, Throttle]:
        """Return what holds up lanes and addresses; with `hold` nobody else who holds them does before the commit."""
        return throttles.read(self.connection, keys, hold=hold)

    def put_throttles(self, changed: Mapping[ThrottleKey, Throttle], *, now: int) -> None:
        """Write down what holds up lanes and addresses, and forget what says nothing any more."""
        throttles.put(self.connection, changed)
        throttles.sweep(self.connection, now)

    def call_in_effects(self, *, now: int, latest: int, lease_until: int) -> None:
        """Let no effect, pause or rate wait for longer than until `latest`, and no lease last for longer than told."""
        outbox.call_in(self.connection, next_at=latest, lease_until=lease_until)
        throttles.call_in(self.connection, now=now, latest=latest)

    def settle_effects(self, attempts: Iterable[Attempt], *, now: int) -> set[EffectKey]:
        """Write down how attempts ended; return the effects whose lease was not lost meanwhile."""
        return outbox.settle(self.connection, attempts, now=now)

    def retry_effect(self, key: EffectKey, *, now: int) -> bool:
        """Put what was given up, or is unknown, back on its way under its old key; False if it is neither.

        If its deal still waits to be told of that end, it is not told any more.
        """
        return outbox.retry(self.connection, key, now=now) and self._withdrawn(key)

    def resolve_effect(self, key: EffectKey, *, now: int) -> bool:
        """Write down of what is unknown that it left, in the place of what waits to be told; False if it is known."""
        return outbox.resolve(self.connection, key, now=now) and self._withdrawn(key)

    def _withdrawn(self, key: EffectKey) -> bool:
        inbox.withdraw(self.connection, *key)
        return True

    def effects_before(self, moment: int, *, now: int, limit: int) -> list[Effect]:
        """Return effects that wait, were asked for before a moment and that nobody delivers now, the oldest first."""
        return outbox.asked_before(self.connection, moment, now=now, limit=limit)

    def give_up_effects(self, keys: Iterable[EffectKey], *, now: int, reason: str, reasons: Mapping[str, str]) -> None:
        """Make effects that wait dead letters."""
        outbox.give_up(self.connection, keys, now=now, reason=reason, reasons=reasons)

    def clean(self, marks: dirty.Marks) -> None:
        """Take marks away of what the mart knows of by now, unless something has changed since."""
        dirty.clean(self.connection, marks)

    def inbox_record(self, source: str, received: Sequence[Received], *, at: int) -> None:
        """Remember requests that were carried out in this transaction, with their answers."""
        inbox.record(self.connection, source, received, at=at)
        failpoint("inbox.recorded")

    def inbox_forget(self, source: str, keys: Iterable[str]) -> None:
        """Forget the answers to requests that were refused, so that they may come again."""
        inbox.forget(self.connection, source, keys)

    def keep_refused(self, items: Sequence[RefusedItem], *, now: int) -> None:
        """Keep refused items of sources."""
        refused_items.keep(self.connection, items, now=now)

    def forget_refused(self, source: str, keys: Iterable[str]) -> None:
        """Keep items of these keys no longer among the refused ones of a source."""
        refused_items.forget(self.connection, source, keys)

    def enqueue(self, commands: Sequence[Queued]) -> None:
        """Let commands wait in the queue that no entry has put there: they tell how messages and actions ended."""
        inbox.enqueue(self.connection, commands)

    def settle_queued(self, answers: Mapping[str, Mapping[str, Any] | None], *, failed: bool = False) -> None:
        """End queued commands, by key, with their answers."""
        inbox.settle(self.connection, answers, failed=failed)

    def free_import(self, import_id: str, deals: Collection[bytes] | None = None) -> int:
        """Forget the rows of an import, so that they may come again; return how many.

        `deals`: only those rows that went to one of these.
        """
        return inbox.free(self.connection, import_id, deals)

    def put_release(self, release: str, files: Mapping[str, bytes], *, at: int, plugins: str = "{}") -> None:
        """Keep a configuration under its content hash, with what its plugins declare as JSON.

        The event `ReleaseActivated` puts it in force.
        """
        releases.put(self.connection, release, files, at=at, plugins=plugins)

    def save_import(self, import_id: str, *, position: int, counts: Mapping[str, int], file_hash: str) -> None:
        """Write down how far an import has come, with the rows that it has taken."""
        imports.save_progress(self.connection, import_id, position=position, counts=counts, file_hash=file_hash)

    def vault_put(
        self, subject: bytes, ref: str, value: str, *, random: Callable[[int], bytes], match: bool = False
    ) -> Sealed:
        """Keep a personal value under a new reference and return what may stand for it in the history.

        `random(n)` gives n random bytes. `match`: `contacts_by` finds it.
        """
        return vault.put(self.connection, subject, ref, value, random=random, match=match)

    def sealings(self, random: Callable[[int], bytes]) -> Sealings:
        """Return a place for personal values while commands are decided; `random(n)` gives n random bytes."""
        return Sealings(self.connection, random)

    def secret(self, random: Callable[[int], bytes]) -> bytes:
        """Return the workspace's own random key, for hashes of what may be personal; made when first asked for."""
        if self._secret is None:
            self._secret = vault.key(self.connection, WORKSPACE.id, random)
        return self._secret

    def erase_subject(self, subject: bytes) -> int:
        """Delete every personal value kept about a record; the history and its replay stay valid."""
        return vault.erase(self.connection, subject)

    def erase_people(self, subjects: Collection[bytes]) -> tuple[int, int]:
        """Delete the personal values of records and take them out of what repeats them (`scrubbing.erase_people`)."""
        return scrubbing.erase_people(self.connection, subjects)
