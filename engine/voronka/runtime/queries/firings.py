"""What a rule did or would have done when it fired, and what came about afterwards."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

from voronka.messages import Label, Sentence, Text
from voronka.process import events as happened
from voronka.process.codec import encode
from voronka.process.state import Stream, StreamKind
from voronka.runtime.queries.happenings import Happenings, Place, written
from voronka.runtime.queries.telling import Telling
from voronka.storage import FiringRow, Recorded

__all__ = ["Afterwards", "Doing", "Thing", "doing"]

_COURSE = ("contact", "moved", "won", "lost")

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


_NEVER_COMES = frozenset({"effect.skipped", "set.skipped", "rule.failed", "move.stopped"})


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


class Doing(NamedTuple):
    """A firing in the entry in which it stands.

    `what` it did or would have done, each as an event in its encoded form or a move. `fired`: from where on is after
    it; `followed`: from where on the entry tells what followed by itself; `own`: where its own doing stands.
    """

    what: tuple[Mapping[str, Any], ...]
    fired: Place
    followed: Place
    own: frozenset[Place]


def doing(entry: Recorded | None, row: FiringRow) -> Doing:
    """Return what a firing did. `entry`: that in which it stands, if it is there."""
    place = None if entry is None else _place(entry, row)
    if entry is None or place is None:
        return Doing((), (row.seq + 1, 0), (row.seq + 1, 0), frozenset())
    starts = [link["first"] for link in entry.links]
    fired, followed = (entry.seq, place + 1), (entry.seq, min([*starts[1:], place]))
    event = entry.events[place]
    if isinstance(event, happened.RuleFired) and event.shadow:
        return Doing(event.would, fired, followed, frozenset())
    end = min((start for start in starts if start > place), default=len(entry.events))
    own = [n for n in range(place + 1, end) if type(entry.events[n]) in _DONE]
    own += _moved(entry, place)
    # What was there before the rule acted is not what came of it.
    return Doing(tuple(encode(entry.events[n]) for n in own), fired, fired, frozenset((entry.seq, n) for n in own))


def _place(entry: Recorded, row: FiringRow) -> int | None:
    return next(
        (n for n, event in enumerate(entry.events) if isinstance(event, happened.RuleFired) and event.n == row.n), None
    )


def _moved(entry: Recorded, place: int) -> list[int]:
    """Return where a rule that fired at a place has moved the deal: that comes after what other rules did."""
    links = [(link["by"], link["first"]) for link in entry.links]
    ends = [first for _, first in links[1:]] + [len(entry.events)]
    by = next((each for (each, first), end in zip(links, ends, strict=True) if first <= place < end), None)
    return [
        n
        for (each, first), end in zip(links, ends, strict=True)
        if each == by and first > place and not isinstance(entry.events[first], happened.RuleFired)
        for n in range(first, end)
        if isinstance(entry.events[n], happened.StageEntered)
    ][:1]


class Afterwards:
    """What came about on a deal with or after a firing, which did or would have done `doing`, and before `until`.
    `of_party`: that on an account or contact, whose entries go up by the moment at which they were written; those of
    the deal by their numbers."""

    def __init__(
        self,
        deal: Happenings,
        row: FiringRow,
        doing: Doing,
        *,
        until: int,
        of_party: Callable[[Stream], Happenings],
    ) -> None:
        self._deal = deal
        self._row = row
        self._doing = doing
        self._until = until
        self._of_party = of_party

    @property
    def course(self) -> set[str]:
        """What became of the deal."""
        return {name for name in _COURSE if self._came("course", name)} or {"nothing"}

    def _came(self, kind: Hashable, which: Hashable | None = None, *, besides: bool = False) -> bool:
        """Tell whether something came about after the firing, or, `besides`, in its entry before it, as rules that
        have their turn earlier do it."""
        since = self._doing.followed if besides else self._doing.fired
        return self._deal.came(kind, which, since=since, until=self._until, but=self._doing.own)

    def _outcome(self, kind: Hashable, wanted: Hashable, *, besides: bool = True) -> str:
        if self._came(kind, wanted, besides=besides):
            return "same"
        return "other" if self._came(kind) else "nothing"

    def compared(self, what: Mapping[str, Any] | None, telling: Telling) -> Iterator[Thing]:  # noqa: C901 - one case an event
        """Yield the things that `what` holds (see `Doing`); what merely follows from the others is none."""
        if what is None:
            return
        kind = str(what["kind"])
        match what:
            case {"kind": "field.changed", "new": new}:
                for name, value in new.items():
                    outcome = self._outcome(("set", name), written(value))
                    yield Thing(kind, name, Text("sets {field}", field=telling.name(name)), outcome)
            case {"kind": "task.opened", "title": title}:
                label, outcome = Label(title), self._outcome("task", written(title))
                yield Thing(kind, label.render("en"), Text("task “{title}”", title=label), outcome)
            case {"kind": "effect.requested", "template": template}:
                sent = self._came("message", template, besides=True)
                told = Text("message {template}", template=template)
                yield Thing(kind, template, told, "same" if sent else "nothing")
            case {"kind": "effect.skipped", "template": template}:
                told = Text("message {template}, left out as it would come too late", template=template)
                yield Thing(kind, template, told, "nothing")
            case {"kind": "move", "to": str(stage), "gates": [_, *_] as gates}:
                stopped = ", ".join(map(str, gates))
                told = Text("move to {stage}, stopped by {gates}", stage=telling.stage(stage), gates=stopped)
                yield Thing("move.stopped", f"{stage}: {stopped}", told, "nothing")
            case {"kind": "move" | "stage.entered"}:
                stage = str(what.get("to", what.get("stage")))
                outcome = self._outcome("stage", stage, besides=False)
                yield Thing("move", stage, Text("move to {stage}", stage=telling.stage(stage)), outcome)
            case {"kind": "owner.assigned", "user": user}:
                told = Text("gives the deal to {user}", user=telling.user(user))
                yield Thing(kind, user, told, self._outcome(("set", "owner"), written(user)))
            case {"kind": "interaction.logged", "values": values}:
                yield self._logged(values, telling)
            case {"kind": "action.requested", "action": action}:
                to = what.get("destination", "")
                yield Thing(
                    kind,
                    f"{action}:{to}" if to else action,
                    Text("action {action} to {destination}", action=action, destination=to)
                    if to
                    else Text("action {action}", action=action),
                    self._outcome(("action", action), to),
                )
            case {"kind": "command.queued", "command": {"kind": "deal.create", **command}}:
                funnel = str(command.get("funnel", ""))
                told = (
                    Text("opens a deal in the funnel {funnel}", funnel=telling.funnel(funnel))
                    if funnel
                    else Text("opens a deal in the funnel that the routing chooses")
                )
                yield Thing("deal.create", funnel, told, self._outcome("deal", funnel))
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
        key = " ".join(map(str, wanted.values()))
        told = Text("writes an interaction: {values}", values=telling.row("interactions", wanted))
        return Thing("interaction.logged", key, told, self._outcome("interaction", written(wanted)))

    def _of_party_set(self, target: str, n: object, values: Mapping[str, Any], telling: Telling) -> Iterator[Thing]:
        kind, _, record = target.partition(":")
        # A rule that only tells asks nothing of others: the number that it would have given is that of another's doing.
        own = f"{self._row.deal.hex()}.{self._row.seq}.{n}" if self._doing.own else ""
        party = self._of_party(Stream(StreamKind(kind), bytes.fromhex(record)))
        came = partial(party.came, since=(self._row.at, 0), until=self._until, key=own)
        for name, value in values.items():
            other = "other" if came(("set", name)) else "nothing"
            told = Text("sets {field}", field=telling.name(f"{kind}.{name}"))
            yield Thing("party.set", f"{kind}.{name}", told, "same" if came(("set", name), written(value)) else other)
