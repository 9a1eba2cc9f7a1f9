"""What a rule did or would have done when it fired, and what came about afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from voronka.messages import Label, Sentence, Text
from voronka.process import events as happened
from voronka.process.codec import encode
from voronka.process.state import Stream, StreamKind
from voronka.runtime.queries.telling import Telling
from voronka.storage import FiringRow, Recorded

__all__ = ["Afterwards", "Thing", "course", "done"]

_DONE = {
    happened.FieldsChanged,
    happened.TaskOpened,
    happened.EffectRequested,
    happened.EffectSkipped,
    happened.ActionRequested,
    happened.CommandQueued,
    happened.InteractionLogged,
    happened.SettingSkipped,
    happened.StageEntered,
}


_NEVER_COMES = frozenset({"effect.skipped", "set.skipped", "rule.failed"})


class Thing(NamedTuple):
    """One thing that a rule did or would have done: its kind, its name within that, also in words, and whether the
    ``same``, an ``other`` of the kind or ``nothing`` came about afterwards."""

    kind: str
    key: str
    told: Sentence
    outcome: str

    @property
    def can_come(self) -> bool:
        """Whether it may yet come about: not what was left out or failed."""
        return self.kind not in _NEVER_COMES


def done(history: Sequence[Recorded], row: FiringRow) -> Iterator[Mapping[str, Any]]:
    """Yield what a firing did, or would have done, each as an event in its encoded form or a move."""
    entry = next((each for each in history if each.seq == row.seq), None)
    if entry is None:
        return
    place = next(
        (n for n, event in enumerate(entry.events) if isinstance(event, happened.RuleFired) and event.n == row.n), None
    )
    if place is None:
        return
    fired = entry.events[place]
    if isinstance(fired, happened.RuleFired) and fired.shadow:
        yield from fired.would
        return
    end = min((link["first"] for link in entry.links if link["first"] > place), default=len(entry.events))
    for event in entry.events[place + 1 : end]:
        if type(event) in _DONE:
            yield encode(event)


class Afterwards:
    """What came about on a deal after a firing and before `until`. `of_party`: the entries of an account or contact."""

    def __init__(
        self,
        history: Iterable[Recorded],
        row: FiringRow,
        *,
        until: int,
        of_party: Callable[[Stream], Iterable[Recorded]],
    ) -> None:
        self._row = row
        self._until = until
        self._of_party = of_party
        self.events = [
            event for entry in history if entry.seq > row.seq and entry.occurred_at < until for event in entry.events
        ]
        """The deal's own events in their order."""

    def compared(self, what: Mapping[str, Any] | None, telling: Telling) -> Iterator[Thing]:  # noqa: C901 - one case an event
        """Yield the things that `what` holds (see `done`); what merely follows from the others is none."""
        if what is None:
            return
        kind = str(what["kind"])
        match what:
            case {"kind": "field.changed", "new": new}:
                for name, value in new.items():
                    changes = [encode(each)["new"].get(name) for each in self.events if _sets(each, name)]
                    yield Thing(kind, name, Text("sets {field}", field=telling.name(name)), _outcome(changes, value))
            case {"kind": "task.opened", "title": title}:
                opened = [event.title for event in self.events if isinstance(event, happened.TaskOpened)]
                label = Label(title)
                yield Thing(kind, label.render("en"), Text("task “{title}”", title=label), _outcome(opened, title))
            case {"kind": "effect.requested", "template": template}:
                sent = [event.template for event in self.events if isinstance(event, happened.EffectRequested)]
                told = Text("message {template}", template=template)
                yield Thing(kind, template, told, "same" if template in sent else "nothing")
            case {"kind": "effect.skipped", "template": template}:
                told = Text("message {template}, left out as it would come too late", template=template)
                yield Thing(kind, template, told, "nothing")
            case {"kind": "move" | "stage.entered"}:
                stage = str(what.get("to", what.get("stage")))
                entered = [event.stage for event in self.events if isinstance(event, happened.StageEntered)]
                yield Thing(
                    "move", stage, Text("move to {stage}", stage=telling.stage(stage)), _outcome(entered, stage)
                )
            case {"kind": "owner.assigned", "user": user}:
                owners = [encode(event)["new"]["owner"] for event in self.events if _sets(event, "owner")]
                told = Text("gives the deal to {user}", user=telling.user(user))
                yield Thing(kind, user, told, _outcome(owners, user))
            case {"kind": "interaction.logged", "values": values}:
                yield self._logged(values, telling)
            case {"kind": "action.requested", "action": action}:
                to = what.get("destination", "")
                asked = [
                    each.destination
                    for each in self.events
                    if isinstance(each, happened.ActionRequested) and each.action == action
                ]
                yield Thing(
                    kind,
                    f"{action}:{to}" if to else action,
                    Text("action {action} to {destination}", action=action, destination=to)
                    if to
                    else Text("action {action}", action=action),
                    _outcome(asked, to),
                )
            case {"kind": "command.queued", "command": {"kind": "deal.create", **command}}:
                funnel = str(command.get("funnel", ""))
                funnels = [
                    each.command.get("funnel", "")
                    for each in self.events
                    if isinstance(each, happened.CommandQueued) and each.command.get("kind") == "deal.create"
                ]
                told = (
                    Text("opens a deal in the funnel {funnel}", funnel=telling.funnel(funnel))
                    if funnel
                    else Text("opens a deal in the funnel that the routing chooses")
                )
                yield Thing("deal.create", funnel, told, _outcome(funnels, funnel))
            case {"kind": "command.queued", "command": {"kind": "party.set", "values": values}, "target": target}:
                yield from self._of_party_set(str(target), what.get("n"), values, telling)
            case {"kind": "set.skipped", "names": names}:
                for name in names:
                    field = telling.name(name)
                    told = (
                        Text("sets {field}, but the deal has no account", field=field)
                        if name.startswith("account.")
                        else Text("sets {field}, but the deal has no contact", field=field)
                    )
                    yield Thing(kind, name, told, "nothing")
            case {"kind": "rule.failed", "reason": reason}:
                yield Thing(
                    kind, reason, Text("fails: {reason}", reason=Label(what.get("reasons") or {"": reason})), "nothing"
                )

    def _logged(self, values: Mapping[str, Any], telling: Telling) -> Thing:
        wanted = {name: values[name] for name in ("kind", "direction") if name in values}
        logged = [
            {name: event.values.get(name) for name in wanted}
            for event in self.events
            if isinstance(event, happened.InteractionLogged) and not event.own
        ]
        key = " ".join(map(str, wanted.values()))
        told = Text("writes an interaction: {values}", values=telling.row("interactions", wanted))
        return Thing("interaction.logged", key, told, _outcome(logged, wanted))

    def _of_party_set(self, target: str, n: object, values: Mapping[str, Any], telling: Telling) -> Iterator[Thing]:
        kind, _, record = target.partition(":")
        own = f"{self._row.deal.hex()}.{self._row.seq}.{n}"
        later = [
            encode(event)["new"]
            for entry in self._of_party(Stream(StreamKind(kind), bytes.fromhex(record)))
            if self._row.at <= entry.recorded_at and entry.occurred_at < self._until and entry.cause.get("key") != own
            for event in entry.events
            if isinstance(event, happened.PartyChanged)
        ]
        for name, value in values.items():
            changes = [new[name] for new in later if name in new]
            told = Text("sets {field}", field=telling.name(f"{kind}.{name}"))
            yield Thing("party.set", f"{kind}.{name}", told, _outcome(changes, value))


def _sets(event: happened.Event, name: str) -> bool:
    return isinstance(event, happened.FieldsChanged) and name in event.new


def _outcome(later: Sequence[Any], wanted: object) -> str:
    if not later:
        return "nothing"
    return "same" if wanted in later else "other"


def course(later: Iterable[happened.Event]) -> set[str]:
    """Return what became of a deal."""
    found = set()
    for event in later:
        match event:
            case happened.InteractionLogged(own=False):
                found.add("contact")
            case happened.StageEntered(outcome=None):
                found.add("moved")
            case happened.StageEntered(outcome=str(outcome)):
                found.add(outcome)
    return found or {"nothing"}
