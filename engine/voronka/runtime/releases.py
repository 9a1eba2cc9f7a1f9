"""Releases: a changed and checked configuration comes into force whole, and open deals go over to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from voronka.definition.fields import Subject
from voronka.definition.people import User
from voronka.definition.workspace import Workspace
from voronka.errors import VoronkaError
from voronka.messages import Plural, Text
from voronka.process.commands import ActivateRelease, ApplyRelease, Command, Envelope
from voronka.process.state import Stream, StreamKind
from voronka.runtime.decisions import Batch
from voronka.storage import WORKSPACE, DealFilter, UnitOfWork

__all__ = ["Applied", "ReleaseConflictError", "apply_release", "changed_funnels", "conflicts"]

_CHUNK = 1_000


class ReleaseConflictError(VoronkaError):
    """A configuration takes away what open deals use. `conflicts`: each thing taken, with how many use it."""

    exit_code = 4

    def __init__(self, conflicts: tuple[Text, ...]) -> None:
        super().__init__(
            Text("The new configuration takes away what open deals use: {first}", first=conflicts[0])
            if len(conflicts) == 1
            else Text(
                "The new configuration takes away what open deals use: {first} (and {more} more)",
                first=conflicts[0],
                more=len(conflicts) - 1,
            ),
            Text("Put it back, or first move or close those deals. Until then the old configuration runs on."),
        )
        self.conflicts = conflicts


@dataclass(frozen=True, kw_only=True, slots=True)
class Applied:
    """What came into force: the release, and how many open deals went over to it."""

    release: str
    deals: int


def changed_funnels(old: Workspace | None, new: Workspace) -> frozenset[str]:
    """Return the funnels of `new` that may run otherwise than in `old`: by themselves, their fields or their time."""
    if old is None:
        return frozenset(new.funnels)
    time = (old.timezone, old.calendar) != (new.timezone, new.calendar)
    fields = (old.fields, old.collections) != (new.fields, new.collections)
    return frozenset(name for name, funnel in new.funnels.items() if time or fields or funnel != old.funnels.get(name))


def apply_release(
    work: UnitOfWork,
    old: Workspace | None,
    new: Workspace,
    files: Mapping[str, bytes],
    users: Mapping[str, User],
    *,
    now: int,
    actor: str,
) -> Applied:
    """Put `new` in force and take the open deals of its changed funnels over to it, all in this unit of work.

    Raises `ReleaseConflictError` if a deal would lose its stage, its case or a field with a value.
    """
    if found := conflicts(work, old, new):
        raise ReleaseConflictError(found)
    work.put_release(new.release, files, at=now)
    batch = Batch(work, new, users, now)
    batch.run_each([_envelope(ActivateRelease(), WORKSPACE, actor)])
    batch.append()
    count = 0
    for ids in _open_deals(work, changed_funnels(old, new)):
        batch = Batch(work, new, users, now)
        batch.run_each([_envelope(ApplyRelease(), Stream(StreamKind.DEAL, deal), actor) for deal in ids])
        batch.append()
        count += len(ids)
    return Applied(release=new.release, deals=count)


def _envelope(command: Command, stream: Stream, actor: str) -> Envelope:
    return Envelope(command=command, stream=stream, actor=actor, source="release")


def _open_deals(work: UnitOfWork, funnels: Iterable[str]) -> Iterator[list[bytes]]:
    for funnel in sorted(funnels):
        ids = work.deal_ids(DealFilter(funnel=funnel, open=True))
        for start in range(0, len(ids), _CHUNK):
            yield ids[start : start + _CHUNK]


def conflicts(work: UnitOfWork, old: Workspace | None, new: Workspace) -> tuple[Text, ...]:
    """Return what `new` lacks although open deals use it, each with the number of those deals.

    Without `old` the values of fields are not looked at.
    """
    uses: Counter[tuple[str, str, str]] = Counter()
    for (funnel, case, stage), count in work.open_deals().items():
        if (lost := _lost(new, funnel, case, stage)) is not None:
            uses[(funnel, *lost)] += count
    for name, fields in _lost_fields(old, new):
        for ids in _open_deals(work, [name]):
            for deal in work.deals(ids).values():
                uses.update((name, "field", field) for field in fields.intersection(deal.fields))
    return tuple(_sentence(*use, count) for use, count in sorted(uses.items()))


def _lost(new: Workspace, funnel: str, case: str | None, stage: str) -> tuple[str, str] | None:
    known = new.funnels.get(funnel)
    if known is None:
        return "funnel", funnel
    if case not in known.variants:
        return "case", case or ""
    return None if stage in known.variants[case].stages else ("stage", stage)


def _lost_fields(old: Workspace | None, new: Workspace) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield the funnels whose deals lose fields that they could use, with the names of those."""
    for name, funnel in () if old is None else old.funnels.items():
        known = new.funnels.get(name)
        kept = frozenset() if known is None else known.fields & new.fields[Subject.DEALS].keys()
        if lost := funnel.fields - kept:
            yield name, lost


def _sentence(funnel: str, kind: str, what: str, count: int) -> Text:
    match kind:
        case "funnel":
            return Plural(
                "{n} open deal is in the funnel {name}", "{n} open deals are in the funnel {name}", n=count, name=what
            )
        case "case":
            return Plural(
                "{n} open deal runs the case {name} of the funnel {funnel}",
                "{n} open deals run the case {name} of the funnel {funnel}",
                n=count,
                name=what,
                funnel=funnel,
            )
        case "stage":
            return Plural(
                "{n} open deal stands in the stage {name} of the funnel {funnel}",
                "{n} open deals stand in the stage {name} of the funnel {funnel}",
                n=count,
                name=what,
                funnel=funnel,
            )
    return Plural(
        "{n} open deal of the funnel {funnel} has a value in the field {name}",
        "{n} open deals of the funnel {funnel} have a value in the field {name}",
        n=count,
        name=what,
        funnel=funnel,
    )
