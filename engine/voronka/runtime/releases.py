"""Releases: a changed and checked configuration comes into force whole, and the deals that live go over to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from voronka.config import Reading
from voronka.definition.funnels import Funnel
from voronka.definition.people import User
from voronka.definition.timed import ZoneOf
from voronka.definition.vocabulary import BUILT_IN_FIELDS
from voronka.definition.workspace import Workspace
from voronka.errors import VoronkaError
from voronka.failpoints import failpoint
from voronka.frozen import frozen
from voronka.messages import Plural, Text
from voronka.process.codec import canonical
from voronka.process.commands import ActivateRelease, ApplyRelease, Command, Envelope
from voronka.process.state import Stream, StreamKind
from voronka.process.step import Refusal
from voronka.process.visits import CASE_WITHOUT_STAGE
from voronka.runtime.conflicts import Conflict, conflicts
from voronka.runtime.decisions import Batch, Staff
from voronka.runtime.scheduled_rules import conditions
from voronka.runtime.selecting import kind_of
from voronka.storage import OWNER, WORKSPACE, DealFilter, UnitOfWork

__all__ = ["Applied", "ReleaseConflictError", "apply_release", "changed_funnels"]

_CHUNK = 1_000


class ReleaseConflictError(VoronkaError):
    """A configuration takes away what is in use. `conflicts`: each thing taken, with how many use it; each is told with
    its own remedy, those after the first as `others`.
    """

    exit_code = 4

    def __init__(self, conflicts: tuple[Conflict, ...]) -> None:
        super().__init__(conflicts[0].reason, conflicts[0].way_out)
        self.conflicts = tuple(conflict.told for conflict in conflicts)
        self.others = tuple(_AnotherError(conflict.reason, conflict.way_out) for conflict in conflicts[1:])


class _AnotherError(VoronkaError):
    """One more thing that is taken away."""

    exit_code = ReleaseConflictError.exit_code


@frozen
class Applied:
    """What came into force: the release, and how many deals went over to it."""

    release: str
    deals: int


def changed_funnels(old: Workspace | None, new: Workspace) -> frozenset[str]:
    """Return the funnels of `new` that may run otherwise than in `old`: by themselves, by their time, or by what
    their expressions name."""
    if old is None:
        return frozenset(new.funnels)
    time = (old.timezone, old.calendar) != (new.timezone, new.calendar)
    named = _named(old) != _named(new)
    return frozenset(name for name, funnel in new.funnels.items() if time or named or funnel != old.funnels.get(name))


def _named(workspace: Workspace) -> tuple[object, ...]:
    """Return what expressions name: it may mean something else where their texts stay."""
    return (
        workspace.fields,
        workspace.collections,
        workspace.definitions,
        workspace.tables,
        workspace.scorecards,
        workspace.matrices,
    )


def apply_release(
    work: UnitOfWork,
    old: Workspace | None,
    reading: Reading,
    staff: Staff,
    *,
    now: int,
    actor: str,
) -> Applied:
    """Put what was read in force and take over to it the deals that what has changed may concern, in this unit of work.

    These are the deals that are open or have a timer that waits; of unchanged funnels only those with a stopped move,
    and only where users have changed: gates may ask who the owner is; and those whose events go by the clocks of an
    owner who has another time zone now. Raises `ReleaseConflictError` if something in
    use would be lost, or a deal cannot go over.
    """
    new = reading.workspace
    if new is None:
        raise ValueError("a configuration with errors does not come into force")
    if found := conflicts(work, old, new):
        raise ReleaseConflictError(found)
    work.set_mark(OWNER, new.name)
    work.put_release(new.release, reading.files, at=now, plugins=canonical(reading.plugins))
    work.settle_indexes(conditions(new), _keys(new))
    batch = Batch(work, new, staff, now)
    failpoint("release.kept")
    batch.run_each([_envelope(ActivateRelease(), WORKSPACE, actor)])
    batch.append()
    former_zone = None if old is None or old.timezone == new.timezone else old.timezone
    command = ApplyRelease(former_zone=former_zone)
    count = 0
    refused: Counter[str] = Counter()
    kept: dict[str, Refusal] = {}
    for ids in _concerned(work, old, new):
        batch = Batch(work, new, staff, now)
        answers = batch.run_each([_envelope(command, Stream(StreamKind.DEAL, deal), actor) for deal in ids])
        batch.append()
        count += len(ids)
        for refusal in (answer.refusal for answer in answers if answer.refusal is not None):
            reason = refusal.failures[0].reason.render()
            refused[reason] += 1
            kept.setdefault(reason, refusal)
    if refused:
        raise ReleaseConflictError(tuple(_stays(kept[reason], n) for reason, n in refused.most_common()))
    failpoint("release.applied")
    return Applied(release=new.release, deals=count)


def _keys(workspace: Workspace) -> Iterator[tuple[StreamKind, str]]:
    """Yield the fields by which imports find records, with the kind of these; not those that are kept apart."""
    for mapping in workspace.row_imports.values():
        kind = kind_of(mapping.subject)
        fields = {**BUILT_IN_FIELDS[mapping.subject], **workspace.fields.get(mapping.subject, {})}
        for name in (key.field for key in mapping.match):
            apart = name == "number" if kind is StreamKind.DEAL else kind is StreamKind.ACCOUNT and name == "name"
            if not apart and not fields[name].pii:
                yield kind, name


def _stays(refusal: Refusal, count: int) -> Conflict:
    reason = refusal.failures[0].reason
    return Conflict(
        told=Plural("{n} deal cannot go over: {reason}", "{n} deals cannot go over: {reason}", n=count, reason=reason),
        remedy=Text("move those deals or write under “moves” of the case where they go")
        if refusal.code == CASE_WITHOUT_STAGE
        else Text("close those deals"),
    )


def _envelope(command: Command, stream: Stream, actor: str) -> Envelope:
    return Envelope(command=command, stream=stream, actor=actor, source="release")


def _concerned(work: UnitOfWork, old: Workspace | None, new: Workspace) -> Iterator[list[bytes]]:
    unchanged = frozenset(new.funnels) - changed_funnels(old, new)
    ids = work.deal_ids(DealFilter(live=True, outside=unchanged))
    if old is not None and old.people != new.people:
        every = frozenset(new.funnels)
        ids += work.stopped_deals(DealFilter(live=True, outside=every - unchanged))
        by_owner = frozenset(filter(lambda name: _goes_by_owner(new.funnels[name]), unchanged))
        moved = _with_another_zone(old.people, new.people)
        if by_owner and moved:
            ids += work.deal_ids(DealFilter(live=True, outside=every - by_owner, owners=moved))
        ids = list(dict.fromkeys(ids))
    for start in range(0, len(ids), _CHUNK):
        yield ids[start : start + _CHUNK]


def _goes_by_owner(funnel: Funnel) -> bool:
    events = (event for variant in funnel.variants.values() for event in variant.timed.values())
    return any(event.zone is ZoneOf.OWNER for event in events)


def _with_another_zone(old: Mapping[str, User], new: Mapping[str, User]) -> frozenset[str]:
    before, after = ({name: user.zone for name, user in people.items()} for people in (old, new))
    return frozenset(name for name in {*before, *after} if before.get(name) != after.get(name))
