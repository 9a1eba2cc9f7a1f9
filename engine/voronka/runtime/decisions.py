"""Decisions in batches: records loaded together, what a decision asks for loaded together, all appended together."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from voronka.definition.people import Absences, User
from voronka.definition.rights import ALL_RIGHTS, Rights, rights_of
from voronka.definition.workspace import Workspace
from voronka.errors import EnvironmentFault
from voronka.frozen import frozen, maker
from voronka.messages import Label
from voronka.process.commands import Chain, Command, CreateDeal, CreateParty, Envelope, ImportHistory, MoveDeal
from voronka.process.decide import decide
from voronka.process.events import Event, OwnerAssigned
from voronka.process.rows import evolve_rows
from voronka.process.state import DealState, PartyState, State, Stream, StreamKind, WorkspaceState
from voronka.process.step import ChildrenKey, Facts, Member, Moment, Need, Refusal, Row, RowsKey, Step
from voronka.runtime.answers import Answer, stale
from voronka.runtime.related import Children, members
from voronka.runtime.selecting import owner_values
from voronka.storage import WORKSPACE, Denial, Entry, UnitOfWork

__all__ = ["Batch", "Staff", "opens_deal"]

_facts, _moment, _entry = maker(Facts), maker(Moment), maker(Entry)
_NOWHERE: Mapping[Stream, int] = {}
_NOBODYS: frozenset[str] = frozenset()
_BY_ITSELF = "chain"  # the source of queued commands
# A decision asks for what it reads at most once per kind of thing; more rounds in which nothing is decided mean that
# it never gets enough.
_ROUNDS = 8


@frozen(kw_only=False)
class Staff:
    """What is known of people beside the configuration: `users` from imports only, and `absences` told by command."""

    users: Mapping[str, User]
    absences: Absences

    @classmethod
    def of(cls, labels: Mapping[str, str], absences: Absences) -> Staff:
        """Return the staff with the names shown of those known from imports, as the users that decisions meet."""
        users = {name: User(name=name, label=Label.plain(label), role="") for name, label in labels.items()}
        return cls(users, absences)


class Batch:
    """Decisions of one transaction at one moment. Each sees what those before it have changed.

    `states` holds the records as they stand after the decisions so far, None where there is none.
    """

    def __init__(self, work: UnitOfWork, workspace: Workspace, staff: Staff, now: int) -> None:
        self.work = work
        self.workspace = workspace
        self.now = now
        self.states: dict[Stream, State | None] = {}
        self.entries: list[Entry] = []
        self._parties: dict[Stream, PartyState | None] = {}
        self._rows: dict[RowsKey, Mapping[str, Row]] = {}
        self._loaded: dict[Stream, list[str]] = {}
        self.staff = staff
        self._rights: dict[str, Rights] = {}
        self._numbers: deque[int] = deque()
        self._imported_waits = False
        self._turns: dict[str, str | None] = {}
        self._loads: dict[str, int] | None = None
        self._segments: dict[str, tuple[Member, ...]] = {}
        self._children = Children(work)

    def load(self, streams: Iterable[Stream]) -> None:
        """Load the records that are not here yet, one query a kind."""
        missing = [stream for stream in dict.fromkeys(streams) if stream not in self.states]
        deals = [stream.id for stream in missing if stream.kind is StreamKind.DEAL]
        parties = [stream for stream in missing if stream.kind in (StreamKind.ACCOUNT, StreamKind.CONTACT)]
        if deals:
            found = self.work.deals(deals)
            for deal in deals:
                self.states[Stream(StreamKind.DEAL, deal)] = found.get(deal)
        if parties:
            self._load_parties(parties)
        if WORKSPACE in missing:
            self.states[WORKSPACE] = self.work.workspace_state()

    def run(
        self,
        streams: Iterable[Stream],
        next_of: Callable[[Stream], Envelope | None],
        done: Callable[[Envelope, Step], None],
        failed: Callable[[Envelope, Exception], None],
    ) -> None:
        """Decide for each of the loaded `streams` what `next_of` gives, until it gives None.

        `next_of` is asked again after each decision, and gives the same command again until `done` was told the
        step. A decision that needs more waits until every stream has been asked: then all needs are loaded, one
        query a collection. An error in a decision goes to `failed`, after which `next_of` must give something else.
        """
        waiting = list(streams)
        fruitless = 0
        while fruitless < _ROUNDS:
            fruitless += 1
            again: list[Stream] = []
            parties: set[Stream] = set()
            rows: set[RowsKey] = set()
            pools: set[str] = set()
            segments: set[str] = set()
            children: set[ChildrenKey] = set()
            self._imported_waits = False
            for stream in waiting:
                while (envelope := next_of(stream)) is not None:
                    try:
                        outcome = self._decide(envelope)
                    except EnvironmentFault:
                        raise
                    except Exception as error:
                        fruitless = 0
                        failed(envelope, error)
                        continue
                    if isinstance(outcome, Need):
                        parties |= outcome.parties
                        rows |= outcome.rows
                        pools |= outcome.pools
                        segments |= outcome.segments
                        children |= outcome.children
                        if outcome.loads and self._loads is None:
                            self._loads = self._count_loads()
                        self._imported_waits |= _opens_imported(envelope.command)
                        again.append(stream)
                        break
                    fruitless = 0
                    done(envelope, outcome)
            if not again:
                return
            self._load_parties(party for party in parties if party not in self._parties)
            self._load_rows([key for key in rows if key not in self._rows])
            self._turns |= self.work.turns(pool for pool in pools if pool not in self._turns)
            self._segments |= {name: self._members(name) for name in segments if name not in self._segments}
            self._children.load(children, self.entries)
            waiting = again
        raise RuntimeError(f"a decision asks for more without end: {waiting[0]}")

    def run_each(self, envelopes: Sequence[Envelope]) -> list[Answer]:
        """Decide the commands in their order and return their answers; the first error is raised."""
        answers = []
        for outcome in self.attempt_each(envelopes):
            if isinstance(outcome, Exception):
                raise outcome
            answers.append(outcome)
        return answers

    def attempt_each(self, envelopes: Sequence[Envelope]) -> list[Answer | Exception]:
        """Decide the commands in their order and return for each its answer, or the error that its decision raised.

        Commands of deals and those of other records take turns, so that a deal's decision sees what the account
        commands before it have changed, and none that come after.
        """
        self.load(envelope.stream for envelope in envelopes)
        outcomes: list[Answer | Exception] = []
        start = 0
        while start < len(envelopes):
            end = start + 1
            of_deals = envelopes[start].stream.kind is StreamKind.DEAL
            while end < len(envelopes) and (envelopes[end].stream.kind is StreamKind.DEAL) is of_deals:
                end += 1
            outcomes += self._attempt_segment(envelopes[start:end])
            start = end
        return outcomes

    def _attempt_segment(self, envelopes: Sequence[Envelope]) -> list[Answer | Exception]:
        places: dict[Stream, deque[int]] = {}
        for place, envelope in enumerate(envelopes):
            places.setdefault(envelope.stream, deque()).append(place)
        outcomes: dict[int, Answer | Exception] = {}

        def next_of(stream: Stream) -> Envelope | None:
            return envelopes[places[stream][0]] if places[stream] else None

        def done(envelope: Envelope, step: Step) -> None:
            outcomes[places[envelope.stream].popleft()] = Answer.of(envelope.stream, step)

        def failed(envelope: Envelope, error: Exception) -> None:
            outcomes[places[envelope.stream].popleft()] = error

        self.run(places, next_of, done, failed)
        return [outcomes[place] for place in range(len(envelopes))]

    def append(self) -> None:
        """Write everything that was decided; deal numbers that no deal took go back, so that none is missing."""
        if self._numbers:
            self.work.return_numbers(len(self._numbers))
            self._numbers.clear()
        if self.entries:
            self.work.append(self.entries)
            self.entries = []

    def _decide(self, envelope: Envelope) -> Step | Need:
        stream = envelope.stream
        state = self.states[stream]
        seq = 0 if state is None else state.seq
        if envelope.expected_seq is not None and envelope.expected_seq != seq:
            return Step(events=(), state=state, refusal=stale(envelope.expected_seq, seq))
        rights = self._rights_of(envelope)
        facts = _facts(
            deal=state if isinstance(state, DealState) else None,
            parties=self._parties,
            rows=self._rows,
            users=self.staff.users,
            workspace=state if isinstance(state, WorkspaceState) else None,
            absences=self.staff.absences,
            owners=self._owners(envelope, rights),
            turns=self._turns,
            loads=self._loads,
            segments=self._segments,
            children=self._children.facts,
        )
        outcome = decide(self.workspace, facts, envelope.command, self._moment(envelope, rights))
        if self._imported_waits and isinstance(outcome, Step) and outcome.events and _opens_imported(envelope.command):
            return Need()  # one before it in the file waits, and is to have the lower number
        if isinstance(outcome, Step) and outcome.refusal is not None:
            self._audit(envelope, outcome.refusal)
        if isinstance(outcome, Step) and outcome.events:
            self._accept(envelope, outcome, seq)
        return outcome

    def _rights_of(self, envelope: Envelope) -> Rights:
        """Return the actor's rights; what follows from an entry by itself has all."""
        if envelope.source == _BY_ITSELF:
            return ALL_RIGHTS
        actor = envelope.actor
        rights = self._rights.get(actor)
        if rights is None:
            rights = self._rights[actor] = rights_of(self.workspace, self.staff.absences, actor, self.now)
        return rights

    def _owners(self, envelope: Envelope, rights: Rights) -> frozenset[str]:
        """Return whose an account or a contact is, where the actor's rights ask for it.

        A contact that is made with an account is of those whose the account is, one made in this batch too.
        """
        stream, command = envelope.stream, envelope.command
        if rights.all or stream.kind is StreamKind.DEAL or stream.kind is StreamKind.WORKSPACE:
            return _NOBODYS
        named = command.fields.get("account") if isinstance(command, CreateParty) else None
        if stream.kind is StreamKind.CONTACT and isinstance(named, str):
            stream = Stream(StreamKind.ACCOUNT, bytes.fromhex(named))
        found = self.work.owners([stream])[stream]
        made = self.states.get(stream)
        owner = made.fields.get("owner") if isinstance(made, PartyState) else None
        return (found - _NOBODYS) | {owner} if isinstance(owner, str) else found

    def _audit(self, envelope: Envelope, refusal: Refusal) -> None:
        """Remember a refusal for want of a right."""
        gates = tuple(failure.gate for failure in refusal.failures if failure.forbidden)
        if not gates:
            return
        unseen = refusal.code in ("unknown_deal", "unknown_party")
        denial = Denial(
            at=self.now,
            actor=envelope.actor,
            source=envelope.source,
            what=envelope.command.kind,
            record=envelope.stream,
            code="unseen" if unseen else refusal.code,
            gates=() if unseen else gates,
        )
        self.work.deny([denial])

    def _moment(self, envelope: Envelope, rights: Rights) -> Moment:
        at = envelope.occurred_at
        return _moment(
            now=self.now,
            actor=envelope.actor,
            rights=rights,
            source=envelope.source,
            occurred_at=self.now if at is None else min(at, self.now),
            stream=envelope.stream,
            chain=envelope.chain or Chain(origin=envelope.source),
            number=self._number() if opens_deal(envelope.command) else 0,
            import_id=envelope.import_id,
        )

    def _number(self) -> int:
        if not self._numbers:
            self._numbers.extend(self.work.next_numbers(1))
        return self._numbers[0]

    def reserve_numbers(self, count: int) -> None:
        """Draw `count` deal numbers at once, for commands that open deals."""
        if count:
            self._numbers.extend(self.work.next_numbers(count))

    def _accept(self, envelope: Envelope, step: Step, seq: int) -> None:
        stream, state = envelope.stream, step.state
        if state is None:
            raise RuntimeError(f"a step with events leaves no state: {envelope.command}")
        if isinstance(state, DealState) and seq == 0:
            self._numbers.popleft()
        before = self.states[stream]
        self.states[stream] = state
        if isinstance(state, PartyState):
            self._parties[stream] = state
        self._note_owner(before, state, step.events)
        self._children.note(stream, step.events)
        self.entries.append(
            _entry(
                stream=stream,
                seq=state.seq,
                release=self.workspace.release,
                actor=envelope.actor,
                source=envelope.source,
                cause=_cause(envelope),
                occurred_at=self.now if envelope.occurred_at is None else min(envelope.occurred_at, self.now),
                recorded_at=self.now,
                events=step.events,
                links=step.links,
                state_after=state,
                read=step.read or _NOWHERE,
            )
        )
        if collections := self._loaded.get(stream):
            self._evolve_rows(stream, collections, step.events, state.seq)
        if isinstance(state, WorkspaceState):
            self.staff = Staff.of(state.users, state.absences)
            self._rights.clear()

    def _evolve_rows(self, stream: Stream, collections: Iterable[str], events: Iterable[Event], seq: int) -> None:
        rows: Mapping[str, Mapping[str, Row]] = {
            collection: self._rows[stream, collection] for collection in collections
        }
        for event in events:
            rows = evolve_rows(rows, event, seq)
        for collection in collections:
            self._rows[stream, collection] = rows[collection]

    def _note_owner(self, before: State | None, after: State, events: Iterable[Event]) -> None:
        """Keep turns and loads in step with what was decided in this batch, which is not written yet."""
        for event in events:
            if isinstance(event, OwnerAssigned):
                self._turns[event.pool] = event.user
        if self._loads is not None:
            _shift(self._loads, before, -1)
            _shift(self._loads, after, 1)

    def _count_loads(self) -> dict[str, int]:
        """Return how many open deals everybody has, those decided on in this batch as they stand now."""
        loads = self.work.loads()
        decided = {entry.stream.id for entry in self.entries if entry.stream.kind is StreamKind.DEAL}
        for state in self.work.deals(decided).values():
            _shift(loads, state, -1)
        for deal in decided:
            _shift(loads, self.states[Stream(StreamKind.DEAL, deal)], 1)
        return loads

    def _members(self, segment: str) -> tuple[Member, ...]:
        where = self.workspace.segments[segment].where
        staff = self.staff
        known = owner_values(where, self.workspace, self.now, users=staff.users, absences=staff.absences)
        return members(self.work, self.workspace, segment, self.now, known)

    def _load_parties(self, streams: Iterable[Stream]) -> None:
        wanted = list(streams)
        if not wanted:
            return
        found = self.work.parties(wanted)
        for stream in wanted:
            self._parties[stream] = self.states[stream] = found.get(stream)

    def _load_rows(self, keys: Collection[RowsKey]) -> None:
        owners: dict[str, list[Stream]] = {}
        for stream, collection in keys:
            owners.setdefault(collection, []).append(stream)
        for collection, streams in owners.items():
            found = self.work.rows(collection, streams)
            for stream in streams:
                self._rows[stream, collection] = found[stream]
                self._loaded.setdefault(stream, []).append(collection)
        self._catch_up(keys)

    def _catch_up(self, keys: Iterable[RowsKey]) -> None:
        """Apply to rows just loaded what was decided before in this batch: it is not written yet."""
        loaded: dict[Stream, list[str]] = {}
        for stream, collection in keys:
            loaded.setdefault(stream, []).append(collection)
        for entry in self.entries:
            collections = loaded.get(entry.stream)
            if collections:
                self._evolve_rows(entry.stream, collections, entry.events, entry.seq)


def _shift(loads: dict[str, int], state: State | None, by: int) -> None:
    if isinstance(state, DealState) and state.outcome is None and not state.hidden and state.owner is not None:
        loads[state.owner] = loads.get(state.owner, 0) + by


def opens_deal(command: Command) -> bool:
    """Return whether the command opens a deal, and so needs a number for it."""
    return isinstance(command, CreateDeal) or _opens_imported(command)


def _opens_imported(command: Command) -> bool:
    return isinstance(command, ImportHistory) and command.create is not None


def _cause(envelope: Envelope) -> dict[str, Any]:
    cause: dict[str, Any] = {"command": envelope.command.kind}
    if envelope.key is not None:
        cause["key"] = envelope.key
    if envelope.chain is not None and envelope.chain.links:
        cause["chain"] = list(envelope.chain.links)
    if isinstance(envelope.command, MoveDeal):  # what the move itself sets looks the same in its events
        cause |= {"to": envelope.command.to, "set": sorted(envelope.command.set)}
    return cause
