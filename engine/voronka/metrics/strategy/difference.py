"""What one version of the strategy says otherwise than another: a document, and the question ``strategy.diff``."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from decimal import Decimal

from voronka.calendars import show_moment
from voronka.definition.comparison import Change, ChangeKind, changes
from voronka.definition.strategy import Goal, Quarter, value_of
from voronka.definition.workspace import Workspace
from voronka.documents.statements import named_by
from voronka.errors import UsageFault
from voronka.messages import LANGUAGES, Label, Plural, Sentence, Text
from voronka.metrics.reports.document import Badge, Cell, Column, Document, Row, Table
from voronka.metrics.reports.wire import to_json
from voronka.metrics.strategy.telling import Amounts, quarter
from voronka.metrics.strategy.versions import PARTS, told_strategy
from voronka.runtime.queries import Asked, parameters
from voronka.runtime.queries.release_notes import activation_of
from voronka.runtime.queries.releases import FormerReleases
from voronka.runtime.words import Json
from voronka.storage.releases import Activation, activations

__all__ = ["answer_strategy_diff", "difference_document"]

_FOLDER = "configs/strategy/"


@parameters("from", "to")
def answer_strategy_diff(asked: Asked) -> Json:
    """Answer with what the strategy of a release (`to`: the one in force) says otherwise than that of another (`from`:
    the newest before it with other files of strategy)."""
    former = FormerReleases(asked)
    later = activation_of(asked.reader, asked.text("to"))
    named = asked.text("from")
    earlier = _other_before(asked, former, later) if named is None else activation_of(asked.reader, named)
    old, new = former.read(earlier.release), former.read(later.release)
    if old.strategy is None and new.strategy is None:
        raise UsageFault(
            Text("Neither release declares a strategy."),
            Text("Write it in a file of configs/strategy; the language reference shows how."),
        )
    return to_json(difference_document(old, new, basis=(_since(earlier, asked), _since(later, asked))))


def _other_before(asked: Asked, former: FormerReleases, later: Activation) -> Activation:
    """Return the newest release before another whose files of strategy differ; if there is none, the first."""
    every = activations(asked.reader.connection)
    before = every[: every.index(later)] or [later]
    own = _files(former, later.release)
    return next((each for each in reversed(before) if _files(former, each.release) != own), before[0])


def _files(former: FormerReleases, release: str) -> dict[str, bytes]:
    return {path: data for path, data in (former.files(release) or {}).items() if path.startswith(_FOLDER)}


def _since(activation: Activation, asked: Asked) -> Sentence:
    zone = asked.workspace.timezone
    moment = Label({language: show_moment(activation.since, zone, language) for language in LANGUAGES})
    return Text("The release {release} came into force {moment}.", release=activation.release[:8], moment=moment)


def difference_document(old: Workspace, new: Workspace, *, basis: tuple[Sentence, ...] = ()) -> Document:
    """Return what a version of the strategy says otherwise than an older one; things are known by their names."""
    found = changes(told_strategy(named_by(old, old, new)), told_strategy(new)).values()
    ordered = {name: [change for change in found if change.part == part] for name, part in PARTS.items()}
    return Document(
        name="strategy",
        title=Text("What has changed in the strategy"),
        of=Text("{before} → {after}", before=old.release[:8], after=new.release[:8]),
        definition=Text(
            "What a version of the strategy says otherwise than an older one; things are known by their ids."
        ),
        badge=Badge(n=len(found), release=new.release),
        basis=basis,
        said=tuple(_said(found, old, new)),
        tables=tuple(_table(name, of) for name, of in ordered.items() if of),
        currency=new.currency.code,
        digits=new.currency.digits,
        timezone=new.timezone,
    )


def _said(found: Collection[Change], old: Workspace, new: Workspace) -> Iterator[Sentence]:
    kinds = [change.kind for change in found]
    if not kinds:
        yield Text("The strategy says the same.")
        return
    yield Text(
        "{added}, {dropped}, {changed}.",
        added=Plural("{n} thing is new", "{n} things are new", n=kinds.count(ChangeKind.ADDED)),
        dropped=Plural("{n} is dropped", "{n} are dropped", n=kinds.count(ChangeKind.DROPPED)),
        changed=Plural("{n} is otherwise", "{n} are otherwise", n=kinds.count(ChangeKind.CHANGED)),
    )
    before, after = _goals(old), _goals(new)
    for name, (goal, at) in after.items():
        if name in before and before[name][1] != at:
            was = before[name][1]
            later = Text("The goal “{goal}” is put off from {before} to {after}.", **_moved(goal, was, at))
            sooner = Text("The goal “{goal}” comes earlier: {after} instead of {before}.", **_moved(goal, was, at))
            yield later if at > was else sooner
    worth = _worth(old), _worth(new)
    if worth[0] is not None and worth[1] is not None and worth[0] != worth[1]:
        yield Text(
            "The net present value was {before} and is {after} now.",
            before=Amounts(old).money(worth[0]),
            after=Amounts(new).money(worth[1]),
        )


def _goals(workspace: Workspace) -> dict[str, tuple[Goal, Quarter]]:
    roadmap = None if workspace.strategy is None else workspace.strategy.roadmap
    return {} if roadmap is None else roadmap.goals


def _moved(goal: Goal, before: Quarter, after: Quarter) -> dict[str, Sentence]:
    return {"goal": goal.label, "before": quarter(before), "after": quarter(after)}


def _worth(workspace: Workspace) -> Decimal | None:
    case = None if workspace.strategy is None else workspace.strategy.case
    return None if case is None else value_of(case).npv


_KINDS = {
    ChangeKind.ADDED: Text("new"),
    ChangeKind.DROPPED: Text("no longer"),
    ChangeKind.CHANGED: Text("otherwise"),
}


def _table(name: str, found: Iterable[Change]) -> Table:
    return Table(
        name=name,
        title=PARTS[name],
        columns=(
            Column(name="what", label=Text("What")),
            Column(name="change", label=Text("Change")),
            Column(name="about", label=Text("About")),
            Column(name="before", label=Text("Before")),
            Column(name="after", label=Text("After")),
        ),
        rows=tuple(Row(cells=cells) for change in found for cells in _cells(change)),
    )


def _cells(change: Change) -> Iterator[tuple[Cell, ...]]:
    kind = _KINDS[change.kind]
    if not change.alterations:
        yield change.title, kind, None, None, None
    for each in change.alterations:
        yield change.title, kind, each.about, each.before, each.after
