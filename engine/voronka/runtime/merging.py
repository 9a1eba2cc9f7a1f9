"""Merging accounts or contacts that turned out to be one: what hangs on one moves to the one that stays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from voronka.definition.fields import Collection, Field, FieldType, Subject
from voronka.definition.row_keys import written_key
from voronka.definition.vocabulary import BUILT_IN_COLLECTIONS, BUILT_IN_FIELDS, WRITABLE_COLLECTIONS
from voronka.errors import UsageFault, VoronkaError
from voronka.expressions.ledger import LEDGER
from voronka.messages import Plural, Text
from voronka.process.commands import (
    CarryOver,
    CarryRowOver,
    Command,
    Envelope,
    FollowMerge,
    MergeParty,
    Origin,
    RemoveRow,
    SetParty,
)
from voronka.process.state import DealState, Held, PartyState, Stream, StreamKind, VaultRef, same
from voronka.process.step import Row
from voronka.runtime.answers import Answer
from voronka.runtime.client import Progress
from voronka.runtime.commanding import actor_of, digest_of
from voronka.runtime.engine import Engine
from voronka.runtime.local import LocalClient, Work
from voronka.runtime.records import find_record
from voronka.runtime.viewer import check_everybodys, viewer_of
from voronka.runtime.words import Json
from voronka.storage import Received, UnitOfWork

__all__ = ["MERGING"]

_SOURCE = "merge"
_PART = 500
"""Records looked into at once."""
_SUBJECTS = {
    StreamKind.DEAL: Subject.DEALS,
    StreamKind.ACCOUNT: Subject.ACCOUNTS,
    StreamKind.CONTACT: Subject.CONTACTS,
}


class MergeRefusedError(VoronkaError):
    """The records cannot be merged; nothing was changed."""

    exit_code = 4


class _Rehearsed(Exception):  # noqa: N818 - takes back what was only to be tried
    pass


def _work_of(kind: StreamKind) -> Work:
    def merge(client: LocalClient, params: Mapping[str, Any], progress: Progress) -> Json:
        """Merge two records: parameters keep and drop (names or ids), dry_run, actor, key (of idempotency)."""
        if not client.attended:  # a process that was killed may have left what is queued, and nobody else does it
            client.run_queue()
        return _merge(client.engine, kind, params)

    return merge


MERGING: Mapping[str, Work] = {
    "account.merge": _work_of(StreamKind.ACCOUNT),
    "contact.merge": _work_of(StreamKind.CONTACT),
}
"""Merging, by the kind of the records."""


def _merge(engine: Engine, kind: StreamKind, params: Mapping[str, Any]) -> Json:
    actor, key, rehearsal = actor_of(engine.workspace, params), params.get("key"), params.get("dry_run") is True
    request = {"kind": kind.value, "keep": params.get("keep"), "drop": params.get("drop"), "actor": actor}

    def write(work: UnitOfWork) -> Json:
        viewer = viewer_of(work, engine.workspace, actor, engine.clock.now())
        check_everybodys(viewer)
        digest = digest_of(request, work.secret(engine.random))
        if isinstance(key, str) and (seen := work.inbox_seen(_SOURCE, [key]).get(key)) is not None:
            if seen.digest != digest or seen.answer is None:
                raise UsageFault(
                    Text("The key {key} was used for another request.", key=key), Text("Give another key."), place="key"
                )
            return seen.answer["report"]
        keep, drop = (find_record(work, kind, params.get(each), viewer) for each in ("keep", "drop"))
        if keep == drop:
            raise UsageFault(
                Text("Both are one record already."),
                Text("Name two; ids tell those apart that have one name: voronka {kind} list", kind=kind.value),
            )
        _check_nothing_waits(work, drop)
        report: Json = {}
        try:
            with work.part():
                report = _Merge(engine, work, keep, drop, actor).carry_out()
                if rehearsal:
                    raise _Rehearsed
        except _Rehearsed:
            return {**report, "dry_run": True}
        if isinstance(key, str):
            answer = Answer(stream=keep, seq=work.heads[keep.id][0], events=("party.merged",), summary={})
            received = Received(key=key, digest=digest, answer={**answer.to_json(), "report": report})
            work.inbox_record(_SOURCE, [received], at=engine.clock.now())
        return report

    report = engine.write(write, alone=True)
    engine.ring()
    return report


def _check_nothing_waits(work: UnitOfWork, drop: Stream) -> None:
    """Raise `MergeRefusedError` while commands are queued that are for the record that goes, or name it."""
    if waiting := work.commands_naming([drop.id])[drop.id]:
        raise MergeRefusedError(
            Plural(
                "The record that goes is named by {n} command that is still to be carried out.",
                "The record that goes is named by {n} commands that are still to be carried out.",
                n=waiting,
            ),
            Text(
                "Try again in a moment: a service at work carries them out (voronka run). If they still wait then, "
                "voronka status tells which plugin they wait for."
            ),
        )


class _Merge:
    """One merge, within one unit of work."""

    def __init__(self, engine: Engine, work: UnitOfWork, keep: Stream, drop: Stream, actor: str) -> None:
        self._engine = engine
        self._work = work
        self._workspace = engine.workspace
        self._keep = keep
        self._drop = drop
        self._actor = actor
        self._moved: Counter[str] = Counter()
        self._differing: set[str] = set()

    def carry_out(self) -> Json:
        self._apart()
        states = self._work.parties([self._keep, self._drop])
        keep, drop = states[self._keep], states[self._drop]
        taken, differing = self._fields(keep, drop)
        self._own_rows()
        self._references()
        self._do(self._keep, MergeParty(other=self._drop.id, stays=True))
        self._do(self._drop, MergeParty(other=self._keep.id, stays=False))
        return {
            "kept": self._keep.id.hex(),
            "gone": self._drop.id.hex(),
            "taken": sorted(taken),
            "differing": sorted(differing | self._differing),
            **{each: self._moved[each] for each in ("deals", "accounts", "contacts", "rows")},
            "dry_run": False,
        }

    def _apart(self) -> None:
        """Clear the fields in which the record that stays names the other: it would name itself from now on.

        What sources said of it there is taken back, each by itself: another may have said something else.
        """
        gone = self._drop.id.hex()
        fields = [name for name, _ in self._naming_fields(self._keep.kind)]
        observed = self._work.parties([self._keep])[self._keep].observed
        for name in fields:
            for one in observed.get(name, ()):
                if one.value == gone:
                    self._do(self._keep, CarryOver(values={name: None}, origin=Origin(one.source), by=self._actor))
        held = self._work.parties([self._keep])[self._keep].fields
        names = [name for name in fields if held.get(name) == gone]
        if names:
            self._do(self._keep, SetParty(values=dict.fromkeys(names)))

    def _fields(self, keep: PartyState, drop: PartyState) -> tuple[set[str], set[str]]:
        """Give the record that stays what it lacks; return what it took, and where it keeps another value.

        What is taken keeps its time, its author and its evidence. Of a field with sources all that either of them was
        told counts: its own rule says what stands.
        """
        fields = {name: each for name, each in self._declared(_SUBJECTS[keep.stream.kind]).items() if not each.formula}
        own = {keep.stream.id.hex(), drop.stream.id.hex()}
        told = {
            name: [one for one in said if one.value not in own and (fields[name].followed or one.source)]
            for name, said in drop.observed.items()
            if name in fields and (fields[name].sources or keep.fields.get(name) is None)
        }
        sourced = {name for name, said in told.items() if said}
        for name in sorted(sourced):
            for said in sorted(told[name], key=lambda one: one.at):
                origin = Origin(said.source, said.evidence)
                self._do(keep.stream, CarryOver(values={name: said.value}, origin=origin, by=said.by), at=said.at)
        plain = {
            name: value
            for name, value in drop.fields.items()
            if name in fields and name not in sourced and value not in own
        }
        missing = {name: value for name, value in plain.items() if keep.fields.get(name) is None}
        if missing:
            self._do(keep.stream, CarryOver(values=missing))
        after = self._work.parties([keep.stream])[keep.stream]
        taken = {name for name, value in after.fields.items() if keep.fields.get(name) != value}
        return taken, {name for name in plain if name not in taken and self._differs(keep, drop, name)}

    def _differs(self, keep: PartyState, drop: PartyState, name: str) -> bool:
        return not self._same(keep.fields.get(name), drop.fields.get(name))

    def _same(self, *values: Held | None) -> bool:
        known = self._work.vault_get(each for each in values if isinstance(each, VaultRef))
        one, other = (known.get(each) if isinstance(each, VaultRef) else each for each in values)
        return same(one, other)

    def _own_rows(self) -> None:
        """Move the rows of the record that goes; of two under one key, fill what the one that is there lacks."""
        for collection in self._workspace.collections.get(_SUBJECTS[self._keep.kind], {}).values():
            rows = self._work.rows(collection.name, [self._keep, self._drop])
            for key, row in rows[self._drop].items():
                self._move_row(self._keep, collection, key, row, rows[self._keep].get(key) if collection.key else None)
                self._do(self._drop, RemoveRow(collection=collection.name, key=key))

    def _move_row(self, owner: Stream, collection: Collection, key: str, row: Row, there: Row | None) -> None:
        values = {name: value for name, value in row.items() if value is not None and (there or {}).get(name) is None}
        if values:
            carried = CarryRowOver(collection=collection.name, values=values, key=None if there is None else key)
            named = written_key(self._workspace, collection, key)
            row_of = Text("row {row} of “{collection}”", row=named, collection=collection.label)
            self._do(owner, carried, row=row_of)
        self._compare(collection.name, row, there or {})
        self._moved["rows"] += 1

    def _compare(self, collection: str, row: Row, there: Row) -> None:
        """Remember the columns of a row that is given up for one under the same key, where both say something else."""
        for name in row.keys() & there.keys():
            if row[name] is not None and there[name] is not None and not self._same(row[name], there[name]):
                self._differing.add(f"{collection}.{name}")

    def _references(self) -> None:
        """Let all that names the record that goes name the one that stays: fields of records, columns of rows."""
        gone = self._drop.id.hex()
        fields: dict[Stream, set[str]] = {}
        rows: dict[Stream, dict[str, dict[str, set[str]]]] = {}
        for deal in self._work.deals_of(self._drop):
            fields.setdefault(Stream(StreamKind.DEAL, deal), set()).add(self._keep.kind.value)
        for kind in _SUBJECTS:
            names = [name for name, _ in self._naming_fields(kind)]
            for stream, record in self._mentioning(kind) if names else ():
                said = {name for name, words in record.observed.items() if any(one.value == gone for one in words)}
                if naming := {name for name in names if name in said or record.fields.get(name) == gone}:
                    fields.setdefault(stream, set()).update(naming)
        for collection, column in self._naming():
            for id_, key in self._work.rows_naming(collection.name, column, self._drop.id):
                of_stream = rows.setdefault(self._owner(collection, id_), {})
                of_stream.setdefault(collection.name, {}).setdefault(column, set()).add(key)
        for stream in sorted({*fields, *rows} - {self._drop}, key=lambda each: (each.kind.value, each.id)):
            self._follow(stream, fields.get(stream, set()), rows.get(stream, {}))

    def _mentioning(self, kind: StreamKind) -> Iterator[tuple[Stream, DealState | PartyState]]:
        """Yield the records of a kind that may name the one that goes."""
        ids = self._work.mentioning(kind, self._drop.id)
        for start in range(0, len(ids), _PART):
            part = ids[start : start + _PART]
            if kind is StreamKind.DEAL:
                yield from ((Stream(kind, id_), deal) for id_, deal in self._work.deals(part).items())
            else:
                yield from self._work.parties(Stream(kind, id_) for id_ in part).items()

    def _follow(self, stream: Stream, fields: set[str], rows: Mapping[str, Mapping[str, set[str]]]) -> None:
        columns = {name: tuple(sorted(of)) for name, of in sorted(rows.items())}
        for name, of in rows.items():
            self._compare_places(stream, name, of)
        command = FollowMerge(gone=self._drop.id, stays=self._keep.id, fields=tuple(sorted(fields)), rows=columns)
        if not self._do(stream, command):
            return  # an import that was undone took it away
        self._moved[_SUBJECTS[stream.kind].value] += bool(fields)
        self._moved["rows"] += sum(len(set().union(*of.values())) for of in rows.values())

    def _compare_places(self, stream: Stream, collection: str, columns: Mapping[str, set[str]]) -> None:
        """Remember what is given up where both records have a row of this collection, of which only one can stay."""
        key = next((each.key for each, _ in self._naming() if each.name == collection), None)
        if key not in columns:
            return
        known = self._work.rows(collection, [stream])[stream]
        gone, stays = known.get(self._drop.id.hex()), known.get(self._keep.id.hex())
        if gone is not None and stays is not None:
            self._compare(collection, {name: value for name, value in gone.items() if name != key}, stays)

    def _naming_fields(self, kind: StreamKind) -> Iterator[tuple[str, Field]]:
        """Yield the fields of a kind of records that name such records."""
        for name, field in self._declared(_SUBJECTS[kind]).items():
            if field.type is FieldType(self._keep.kind.value) and field.formula is None:
                yield name, field

    def _naming(self) -> Iterator[tuple[Collection, str]]:
        """Yield the columns of collections that name such records."""
        built_in = {name: BUILT_IN_COLLECTIONS[name] for name in sorted({LEDGER, *WRITABLE_COLLECTIONS})}
        for subject in Subject:
            declared = self._workspace.collections.get(subject, {})
            for collection in ({**built_in, **declared} if subject is Subject.DEALS else declared).values():
                for field in collection.fields.values():
                    if field.type is FieldType(self._keep.kind.value):
                        yield collection, field.name

    @staticmethod
    def _owner(collection: Collection, id_: bytes) -> Stream:
        kind = next(kind for kind, subject in _SUBJECTS.items() if subject is collection.of)
        return Stream(kind, id_)

    def _declared(self, subject: Subject) -> dict[str, Field]:
        return {**BUILT_IN_FIELDS[subject], **self._workspace.fields.get(subject, {})}

    def _do(self, stream: Stream, command: Command, *, at: int | None = None, row: Text | None = None) -> bool:
        """Carry a command out and tell whether something happened by it. `row`: which one it is about."""
        envelope = Envelope(command=command, stream=stream, actor=self._actor, source=_SOURCE, occurred_at=at)
        answers, entries = self._engine.perform(self._work, [envelope])
        for answer in answers:
            if answer.refusal is not None:
                failure = answer.refusal.failures[0]
                why = Text("{row}: {reason}", row=row, reason=failure.reason) if row is not None else failure.reason
                raise MergeRefusedError(
                    Text("The records cannot be merged: {reason}", reason=why),
                    failure.unblock or Text("Nothing was changed."),
                )
        return bool(entries)
