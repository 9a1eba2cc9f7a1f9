"""All questions that can be asked of the database, within one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Executable, Result

from voronka.definition.people import Absence
from voronka.process.commands import Sealed
from voronka.process.state import WORKSPACE, DealState, Held, PartyState, Stream, StreamKind, VaultRef, WorkspaceState
from voronka.process.step import Child, Row
from voronka.storage import (
    assignments,
    audit,
    awaited,
    children,
    counters,
    deals,
    firings,
    histories,
    holders,
    imports,
    inbox,
    marks,
    outbox,
    ownership,
    parties,
    party_selection,
    references,
    refused_items,
    releases,
    reviews,
    rows,
    schedules,
    timers,
    vault,
)
from voronka.storage.audit import Denied
from voronka.storage.awaited import Awaited
from voronka.storage.deals import DealFilter
from voronka.storage.effects import Delivery, Effect, EffectKey
from voronka.storage.entry import Recorded
from voronka.storage.finding import Finding
from voronka.storage.firings import FiringCounts, FiringRow
from voronka.storage.histories import Ahead
from voronka.storage.holdings import Holding, holdings
from voronka.storage.imports import ImportRun
from voronka.storage.inbox import Queued, Seen, Unmet
from voronka.storage.party_selection import PartySelection
from voronka.storage.record_columns import OwnerValues
from voronka.storage.refused_items import RefusedItem
from voronka.storage.reviews import ReviewRow
from voronka.storage.schedules import ScheduleRow
from voronka.storage.selection import Selection, counted, selected
from voronka.storage.timers import TimerRow
from voronka.storage.visible import visible_ids

__all__ = ["Reader"]


class Reader(Finding):
    """Reads one consistent state of the database. Ids are 16 bytes, times UTC microseconds.

    It remembers where each stream that it has read stands (`heads`), for the unit of work that appends to it.
    """

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.heads: dict[bytes, tuple[int, bytes]] = {}
        self.numbered: dict[int, bytes] = {}

    def execute(self, query: Executable) -> Result[Any]:
        """Run a query of your own over `storage.tables`."""
        return self.connection.execute(query)

    def deals(self, ids: Iterable[bytes]) -> dict[bytes, DealState]:
        """Return the deals that exist, by id."""
        found = {}
        for state, head in deals.load(self.connection, ids):
            found[state.id] = state
            self.heads[state.id] = (state.seq, head)
        return found

    def parties(self, streams: Iterable[Stream]) -> dict[Stream, PartyState]:
        """Return the accounts and contacts that exist, by stream."""
        found = {}
        for state, head in parties.load(self.connection, streams):
            found[state.stream] = state
            self.heads[state.stream.id] = (state.seq, head)
        return found

    def workspace_state(self) -> WorkspaceState | None:
        """Return what the workspace's own stream remembers; None before its first entry."""
        found = parties.workspace(self.connection, WORKSPACE)
        if found is None:
            return None
        state, head = found
        self.heads[WORKSPACE.id] = (state.seq, head)
        return state

    def rows(self, collection: str, owners: Iterable[Stream]) -> dict[Stream, dict[str, Row]]:
        """Return a collection's rows, by owner and key; an owner without rows has an empty mapping."""
        return rows.load(self.connection, collection, owners)

    def holding(
        self, kind: StreamKind, names: Iterable[str], *, closed: bool = False
    ) -> Iterator[Mapping[str, Held | None]]:
        """Yield the fields of the deals, accounts or contacts that hold any of `names`, hidden ones left out.

        `closed`: only of closed deals.
        """
        return holders.records_holding(self.connection, kind, names, closed=closed)

    def holdings(self, kind: StreamKind, owners: frozenset[str] | None = None) -> Iterator[Holding]:
        """Yield what the records of a kind hold that may be seen by who sees what is of `owners`; None: all of them."""
        return holdings(self.connection, kind, owners)

    def rows_holding(
        self, collection: str, names: Iterable[str], *, closed: bool = False
    ) -> Iterator[Mapping[str, Held | None]]:
        """Yield the rows of a declared collection that hold any of `names`; `closed` likewise, of their owners."""
        return holders.rows_holding(self.connection, collection, names, closed=closed)

    def list_deals(
        self, which: DealFilter | None = None, *, limit: int | None = None, after: int = 0
    ) -> list[DealState]:
        """Return deals by number, those with a number above `after`."""
        return deals.listed(self.connection, which or DealFilter(), limit=limit, after=after)

    def deal_ids(self, which: DealFilter | None = None) -> list[bytes]:
        """Return the ids of deals by number."""
        return deals.ids(self.connection, which or DealFilter())

    def stopped_deals(self, which: DealFilter) -> list[bytes]:
        """Return the ids of deals of which an automatic move waits for a gate, by number."""
        return deals.stopped(self.connection, which)

    def deals_by_score(self, which: DealFilter, card: str) -> list[bytes]:
        """Return the ids of deals by the score told last on a card, the highest first."""
        return deals.by_score(self.connection, which, card)

    def numbered_deals(self, which: DealFilter, *, limit: int, after: int = 0) -> list[tuple[int, bytes]]:
        """Return numbers and ids of deals by number, those with a number above `after`."""
        return deals.numbered(self.connection, which, limit=limit, after=after)

    def selected_deals(
        self, selection: Selection, now: int, *, owners: OwnerValues, limit: int, after: int = 0
    ) -> list[tuple[int, bytes]]:
        """Return numbers and ids of a selection's deals at `now` by number, those with a number above `after`.

        `owners`: what its condition reads of the users who own deals.
        """
        return selected(self.connection, selection, now, owners=owners, limit=limit, after=after)

    def count_selected(self, selection: Selection, now: int, *, owners: OwnerValues) -> int:
        """Return how many deals of a selection there are; those on which a rule has acted are not among them."""
        return counted(self.connection, selection, now, owners=owners)

    def selected_parties(
        self, selection: PartySelection, now: int, *, known: OwnerValues, limit: int, after: bytes | None = None
    ) -> list[Stream]:
        """Return the accounts or contacts of a selection at `now`, those with an id above `after`, the oldest first.

        `known`: what its condition reads of the users who own them.
        """
        found = party_selection.selected(self.connection, selection, now, known=known, limit=limit, after=after)
        return [Stream(selection.kind, id_) for id_ in found]

    def count_selected_parties(self, selection: PartySelection, now: int, *, known: OwnerValues) -> int:
        """Return how many accounts or contacts of a selection there are."""
        return party_selection.counted(self.connection, selection, now, known=known)

    def children(self, parent: bytes, funnel: str) -> dict[bytes, Child]:
        """Return by id the deals of a funnel that a deal has opened, and those that wait to be opened for it."""
        return children.children(self.connection, parent, funnel)

    def turns(self, pools: Iterable[str]) -> dict[str, str | None]:
        """Return for each of the pools who got a deal last, None before the first."""
        return assignments.turns(self.connection, pools)

    def loads(self) -> dict[str, int]:
        """Return how many open deals each owner has."""
        return assignments.loads(self.connection)

    def schedules(self) -> dict[str, ScheduleRow]:
        """Return when scheduled rules come next, by rule."""
        return schedules.read(self.connection)

    def newest_reviews(self) -> dict[str, ReviewRow]:
        """Return of each review the one that was made last."""
        return reviews.newest(self.connection)

    def unread_reviews(self) -> dict[str, int]:
        """Return since when reviews wait to be read, in UTC microseconds; without those of which the last is read."""
        return reviews.unread(self.connection)

    def reviews(self, review: str, *, limit: int) -> list[ReviewRow]:
        """Return what was made of a review, the newest first."""
        return reviews.kept(self.connection, review, limit=limit)

    def firings(
        self, rule: str, *, since: int, until: int, limit: int, owners: frozenset[str] | None = None
    ) -> list[FiringRow]:
        """Return the newest firings of a rule from `since` on and before `until`, in order; on deals of `owners`."""
        return firings.read(self.connection, rule, since=since, until=until, limit=limit, owners=owners)

    def firings_between(
        self, rule: str, *, since: int, until: int, owners: frozenset[str] | None = None
    ) -> FiringCounts:
        """Return how many there are of all of these."""
        return firings.count(self.connection, rule, since=since, until=until, owners=owners)

    def firing_counts(self, owners: frozenset[str] | None = None) -> dict[tuple[str, str], tuple[int, int]]:
        """Return how often each rule has fired and when last, by rule and result; on deals of `owners`, or on all."""
        return firings.latest(self.connection, owners)

    def open_deals(self, owners: frozenset[str] | None = None) -> dict[tuple[str, str | None, str], int]:
        """Return how many open deals stand where, by (funnel, variant, stage); those of `owners`, or all."""
        return deals.count_open(self.connection, DealFilter(open=True, owners=owners))

    def outcomes(self, places: Mapping[str, Collection[str]]) -> dict[tuple[str, str | None, str, str | None], int]:
        """Return how many deals stand in these stages, by (funnel, variant, stage, outcome): None while it is open."""
        return deals.count_ended(self.connection, DealFilter(places=places))

    def deals_by_number(self, numbers: Iterable[int]) -> dict[int, bytes]:
        """Return deal ids by number; hidden deals have none. What was found is not asked for again."""
        wanted = list(numbers)
        if missing := [number for number in wanted if number not in self.numbered]:
            self.numbered.update(deals.by_numbers(self.connection, missing))
        return {number: self.numbered[number] for number in wanted if number in self.numbered}

    def numbers(self, ids: Iterable[bytes]) -> dict[bytes, int]:
        """Return the numbers of deals, hidden ones included."""
        return deals.names(self.connection, ids)

    def deals_by_key(self, names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], bytes]:
        """Return deal ids by (namespace, key)."""
        return deals.by_keys(self.connection, names)

    def list_parties(
        self,
        kind: StreamKind,
        *,
        limit: int = 100,
        after: bytes | None = None,
        like: str | None = None,
        owners: frozenset[str] | None = None,
    ) -> list[PartyState]:
        """Return accounts or contacts in the order in which they were made; `like`: those called so in part.

        `owners`: those alone that are seen by who sees what is of these.
        """
        return parties.listed(self.connection, kind, limit=limit, after=after, like=like, owners=owners)

    def visible(self, ids: Iterable[bytes], owners: frozenset[str]) -> set[bytes]:
        """Return those of the ids of records that are there and are seen by who sees what is of `owners`."""
        return visible_ids(self.connection, ids, owners)

    def users(self) -> dict[str, str]:
        """Return the people whom only foreign files name: the name shown, by name."""
        return parties.outside_users(self.connection)

    def absences(self) -> dict[str, tuple[Absence, ...]]:
        """Return the absences told by command, by user."""
        return parties.absences_told(self.connection)

    def owners(self, streams: Iterable[Stream]) -> dict[Stream, frozenset[str]]:
        """Return whose records are: the owners of deals, of accounts and contacts those of their deals, too."""
        return ownership.owners(self.connection, streams)

    def audit(self, *, actor: str | None = None, limit: int = 100, after: int = 0) -> list[Denied]:
        """Return what was refused for want of a right, by number, after one; of an actor or of all."""
        return audit.read(self.connection, actor=actor, limit=limit, after=after)

    def audit_count(self, actors: Collection[str] | None = None) -> int:
        """Return how many refusals the audit holds; those of `actors`, or all."""
        return audit.count(self.connection, actors)

    def imported(self, import_id: str) -> tuple[list[DealState], list[PartyState]]:
        """Return what an import made or wrote to and is not hidden: deals, then accounts and contacts."""
        return deals.imported_by(self.connection, import_id), parties.imported_by(self.connection, import_id)

    def hidden_of(self, import_id: str) -> tuple[list[bytes], list[Stream]]:
        """Return what of an import is hidden: the deals, then the accounts and contacts that nothing else changed."""
        return deals.hidden_of(self.connection, import_id), parties.hidden_of(self.connection, import_id)

    def parties_in_use(self, streams: Iterable[Stream]) -> set[Stream]:
        """Return those accounts and contacts to which anything refers that is not hidden, nor one of them unused."""
        return references.parties_in_use(self.connection, streams)

    def caused(self) -> int:
        """Return how many entries tell of what people and other systems have done; the engine itself only follows."""
        return histories.caused(self.connection)

    def history(self, stream: Stream, *, after: int = 0, limit: int | None = None) -> Iterator[Recorded]:
        """Yield a stream's entries in order, those after entry `after`."""
        return histories.read(self.connection, stream, after=after, limit=limit)

    def timers(
        self,
        *,
        deal: bytes | None = None,
        owners: frozenset[str] | None = None,
        waiting: bool = False,
        limit: int = 1000,
        skip: int = 0,
    ) -> list[TimerRow]:
        """Return timers by due time: of one deal or of all, only those that wait or all, without the first `skip`.

        `owners`: of their deals alone.
        """
        return timers.read(self.connection, deal=deal, owners=owners, waiting=waiting, limit=limit, skip=skip)

    def due_between(self, start: int, end: int) -> int:
        """Return how many waiting timers came due from `start` on and before `end`."""
        return timers.due_between(self.connection, start, end)

    def next_due(self) -> int | None:
        """Return when the next timer is due; None if none waits."""
        return timers.next_due(self.connection)

    def effects(
        self,
        *,
        status: Delivery | None = None,
        deal: bytes | None = None,
        channel: str | None = None,
        since: int | None = None,
        until: int | None = None,
        owners: frozenset[str] | None = None,
        limit: int | None = 100,
        skip: int = 0,
    ) -> list[Effect]:
        """Return effects, the newest first, without the first `skip`; `owners`: of their deals alone.

        `channel`: of one lane, or of an action with all its lanes. `since` and `until`: when it was asked for.
        """
        return outbox.read(
            self.connection,
            status=status,
            deal=deal,
            channel=channel,
            since=since,
            until=until,
            owners=owners,
            limit=limit,
            skip=skip,
        )

    def foremost_effects(
        self, found: Iterable[Effect], unordered: frozenset[str] = frozenset()
    ) -> dict[EffectKey, EffectKey]:
        """Return for each of the effects that wait the one that leaves its lane before all others of its deal.

        None for those of `unordered` channels.
        """
        return outbox.foremost(self.connection, found, unordered)

    def effect_lanes(self) -> dict[str, int]:
        """Return the channels in which something waits, each with the moment before which nothing of it leaves."""
        return outbox.lanes(self.connection)

    def waiting_effects(self) -> dict[tuple[str, str], tuple[int, int]]:
        """Return how many effects wait and how many of them were never tried, by (channel, template)."""
        return outbox.waiting(self.connection)

    def awaited(self, rules: frozenset[str] = frozenset(), unordered: frozenset[str] = frozenset()) -> Awaited:
        """Return what the engine may have to do next, in one question; of scheduled rules `rules` alone.

        `unordered`: channels that keep no order.
        """
        return awaited.read(self.connection, rules, unordered)

    def inbox_seen(self, source: str, keys: Iterable[str]) -> dict[str, Seen]:
        """Return what is remembered under those of the keys that came before."""
        return inbox.seen(self.connection, source, keys)

    def queued_keys(self, limit: int) -> list[str]:
        """Return the keys of commands that other entries queued, in their order."""
        return inbox.queued_keys(self.connection, limit=limit)

    def queued(self, keys: Sequence[str]) -> list[Queued]:
        """Return those commands of these keys that wait, in their order."""
        return inbox.queued(self.connection, keys)

    def queue_length(self) -> int:
        """Return how many commands wait in the queue."""
        return inbox.waiting(self.connection)

    def commands_naming(self, records: Collection[bytes]) -> Counter[bytes]:
        """Return how many queued commands are for each of the records, or name it."""
        return inbox.naming(self.connection, records)

    def queue_unmet(self) -> dict[str, int]:
        """Return how many queued commands came to nothing, by how: ``refused`` or ``failed``."""
        return inbox.unmet(self.connection)

    def queue_concerned(self) -> list[tuple[str, tuple[bytes, bytes]]]:
        """Return of each queued command that waits or came to nothing its status and the ids of its records."""
        return inbox.concerned(self.connection)

    def newest_unmet(self, limit: int, skip: int = 0) -> list[Unmet]:
        """Return the queued commands that came to nothing, the newest first, without the first `skip`."""
        return inbox.newest_unmet(self.connection, limit=limit, skip=skip)

    def refused_items(
        self, source: str | None = None, *, key: str | None = None, limit: int, skip: int = 0
    ) -> list[RefusedItem]:
        """Return the newest refused items, of a source or of all, without the first `skip`."""
        return refused_items.listed(self.connection, source, key=key, limit=limit, skip=skip)

    def refused_counts(self) -> dict[str, int]:
        """Return how many refused items are kept, by source."""
        return refused_items.counts(self.connection)

    def queued_answers(self, keys: Iterable[str]) -> dict[str, Seen]:
        """Return how the queued commands under these keys stand, each with its answer if it has one."""
        return inbox.seen(self.connection, inbox.QUEUE, keys)

    def active_release(self) -> str | None:
        """Return the release that is in force; None before the first."""
        return releases.active(self.connection)

    def releases(self) -> list[str]:
        """Return every release that is kept, the first stored first."""
        return releases.known(self.connection)

    def first_release_at(self) -> int | None:
        """Return when the first release came into force, in UTC microseconds; None before it."""
        return releases.first_at(self.connection)

    def release_files(self, release: str) -> dict[str, bytes] | None:
        """Return a stored release's files by path; None for an unknown one."""
        return releases.files(self.connection, release)

    def release_plugins(self, release: str) -> str:
        """Return as JSON what the plugins of a stored release declared."""
        return releases.plugins(self.connection, release)

    def imports(self) -> list[ImportRun]:
        """Return all imports, the newest first."""
        return imports.read(self.connection)

    def import_run(self, import_id: str) -> ImportRun | None:
        """Return one import; None if there is none of this id."""
        return imports.find(self.connection, import_id)

    def import_rows(self, import_id: str) -> int:
        """Return how many rows of an import are remembered as taken."""
        return inbox.count_import(self.connection, import_id)

    def vault_get(self, refs: Iterable[VaultRef]) -> Mapping[VaultRef, str]:
        """Return personal values that are still kept; an erased one is absent."""
        return vault.get(self.connection, refs)

    def vault_count(self, subjects: Iterable[bytes]) -> int:
        """Return how many personal values are kept about records."""
        return vault.count(self.connection, subjects)

    def vault_seal(self, ref: VaultRef) -> Sealed | None:
        """Return what stands in the history for a personal value that is kept already; None once it is erased."""
        return vault.seal(self.connection, ref)

    def counter(self, name: str) -> int | None:
        """Return a counter's value; None if it was never set."""
        return counters.read(self.connection, name)

    def mark(self, name: str) -> str | None:
        """Return a mark (see `voronka.storage.marks`); None if there is none."""
        return marks.read(self.connection, name)

    def ahead(self, now: int) -> Ahead | None:
        """Return what lies in the time to come, seen from `now`: the clock has been set back since. None if nothing."""
        return histories.ahead(self.connection, now)
