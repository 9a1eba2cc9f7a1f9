"""What has happened to the deal of a scenario, read out of its history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from voronka.definition.fields import Field, Subject
from voronka.definition.workspace import Workspace
from voronka.expressions import Expression, Value
from voronka.messages import Label, Sentence
from voronka.process import events as happened
from voronka.process.actions import NOTICE
from voronka.process.codec import decode_command
from voronka.process.commands import CreateDeal
from voronka.process.environment import rows_key
from voronka.process.state import DealState, Held, Stream, StreamKind, VaultRef
from voronka.process.step import Failure
from voronka.runtime.engine import Engine
from voronka.runtime.evaluation import DealEvaluation
from voronka.runtime.queries.judgements import conditions_of, explained, rendered
from voronka.runtime.queries.veil import Veil
from voronka.storage import Reader, Recorded

__all__ = ["DealCourse", "Observation", "Seen"]

Attributes = Mapping[str, object]


@dataclass(kw_only=True, slots=True)
class Seen:
    """What has come about since the expectation before. `refusals`: those of the steps, with their reasons."""

    entries: list[Recorded] = field(default_factory=list)
    refusals: list[Failure] = field(default_factory=list)


class DealCourse(NamedTuple):
    """What a deal of a `funnel` has gone through, from the `stage` and the `case` on with which that began."""

    funnel: str
    stage: str
    case: str | None
    entries: tuple[Recorded, ...]


class Observation:
    """Follows one deal. `seen`: since the expectation before; `entries`: all since the scenario began.

    `since`: the entry after which the expectation counts. `began_in`, `began_as`: the stage where the deal stood at
    first, and its case. `new`: the scenario begins with the opening of the deal, which is not the beginning before it.
    """

    def __init__(self, engine: Engine, deal: Stream, *, new: bool = False) -> None:
        self.engine = engine
        self.deal = deal
        self.seen = Seen()
        self.entries: list[Recorded] = []
        self._effects: dict[str, happened.EffectRequested] = {}
        self._tasks: dict[str, happened.TaskOpened] = {}
        self._read = 0
        self.since = 0
        self._state: DealState | None = None
        self._first = not new
        self.look()
        course = _course(self.entries, self.state())
        self.began_in, self.began_as = course.stage, course.case

    @property
    def workspace(self) -> Workspace:
        """The definition in force."""
        return self.engine.workspace

    def look(self) -> None:
        """Read what has been written since the last look; what was there at the first is the beginning."""
        with self.engine.read() as reader:
            new = list(reader.history(self.deal, after=self._read))
            self._state = reader.deals([self.deal.id])[self.deal.id]
        for entry in new:
            self._read = entry.seq
            for event in entry.events:
                if isinstance(event, happened.EffectRequested):
                    self._effects[f"{entry.seq}.{event.n}"] = event
                elif isinstance(event, happened.TaskOpened):
                    self._tasks[f"{entry.seq}.{event.n}"] = event
        if self._first:
            self._first, self.since = False, self._read
            return
        self.seen.entries += new
        self.entries += new

    def forget(self) -> None:
        """Begin to count anew."""
        self.seen = Seen()
        self.since = self._read

    def stale(self) -> None:
        """Take note that the deal may have changed since the last look."""
        self._state = None

    def state(self) -> DealState:
        """Return the deal as it stands."""
        if self._state is None:
            with self.engine.read() as reader:
                self._state = reader.deals([self.deal.id])[self.deal.id]
        return self._state

    def _events(self) -> Iterator[tuple[Recorded, happened.Event]]:
        for entry in self.seen.entries:
            for event in entry.events:
                yield entry, event

    def messages(self, *, notices: bool) -> list[Attributes]:
        """Return the messages that have left: notices to our own people, or all others."""
        effects = (
            self._effects[event.effect] for _, event in self._events() if isinstance(event, happened.MessageSent)
        )
        return [
            {
                "template": effect.template,
                "to": "contact" if effect.recipient.startswith("contact:") else effect.recipient.removeprefix("user:"),
                "channel": effect.channel,
            }
            for effect in effects
            if (effect.channel == NOTICE) is notices
        ]

    def tasks(self) -> list[Attributes]:
        """Return the tasks that were opened; a title in all its languages."""
        return [
            {
                "title": frozenset(event.title.values()),
                "assignee": event.assignee,
                "due": event.day or (None if event.due is None else str(event.due)),
            }
            for _, event in self._events()
            if isinstance(event, happened.TaskOpened)
        ]

    def titles(self) -> list[str]:
        """Return the titles of the tasks that were opened, in the language of the workspace."""
        locale = self.workspace.locale
        return [
            event.title.get(locale) or next(iter(event.title.values()))
            for _, event in self._events()
            if isinstance(event, happened.TaskOpened)
        ]

    def open_task(self, title: str) -> str | None:
        """Return the key of the oldest open task of this title, None if there is none."""
        self.look()
        return next((key for key in self.state().tasks if title in self._tasks[key].title.values()), None)

    def refused(self) -> dict[str, Failure | None]:
        """Return what refused, by name, with the reason where somebody was told it."""
        found: dict[str, Failure | None] = {each.gate: each for each in self.seen.refusals}
        for _, event in self._events():
            if isinstance(event, happened.TransitionStopped):
                for gate in event.gates:
                    found.setdefault(gate, None)
        return found

    def because(self, gate: str) -> Sentence | None:
        """Return what decided that a condition refused; None if it is no condition that was judged."""
        for entry in reversed(self.seen.entries):
            for link in entry.links:
                for judgement in link.get("judgements", ()):
                    if judgement["name"] == gate and judgement.get("result") is not True:
                        found = explained(conditions_of(self.workspace), Veil(frozenset()), judgement)
                        told = None if found is None else rendered(found.brief())
                        return None if told is None else Label(told)
        return None

    def course(self) -> DealCourse:
        """Return what has happened to the deal since the scenario began."""
        return DealCourse(self.state().funnel, self.began_in, self.began_as, tuple(self.entries))

    def opened_courses(self) -> Iterator[DealCourse]:
        """Yield what has happened to the deals that this one has opened, that those have opened, and so on."""
        found, left = {self.deal.id}, _opened(self.entries)
        with self.engine.read() as reader:
            while left:
                id_ = left.pop()
                deal = None if id_ in found else reader.deals([id_]).get(id_)
                found.add(id_)
                if deal is not None:
                    entries = list(reader.history(Stream(StreamKind.DEAL, id_)))
                    left += _opened(entries)
                    yield _course(entries, deal)

    def opened(self) -> list[Attributes]:
        """Return the deals that this one has opened."""
        ids = _opened(self.seen.entries)
        with self.engine.read() as reader:
            deals = reader.deals(ids)
        return [
            {"funnel": deals[each].funnel, "stage": deals[each].stage, "owner": deals[each].owner}
            for each in ids
            if each in deals
        ]

    def ended(self, name: str) -> tuple[str, ...]:
        """Return how the occurrences of a timed event ended."""
        return tuple(
            event.result
            for _, event in self._events()
            if isinstance(event, happened.TimerEnded) and event.key.event == name
        )

    def waiting(self, name: str) -> tuple[int, ...]:
        """Return when the occurrences of a timed event are due that wait."""
        return tuple(sorted(timer.due for key, timer in self.state().timers.items() if key.event == name))

    def effect(self, key: str) -> happened.EffectRequested | None:
        """Return the message of this key (``seq.n``), None if there is none."""
        return self._effects.get(key)

    def field(self, name: str) -> Field | None:
        """Return the field of the deal of this name, None for what is no declared one."""
        return self.workspace.fields.get(Subject.DEALS, {}).get(name)

    def leaves(self, expression: Expression) -> Mapping[str, Value | None]:
        """Return what an expression rests on now; a personal value is left out."""
        with self.engine.read() as reader:
            found = DealEvaluation(reader, self.workspace, self.state(), self.engine.clock.now()).leaves(expression)
        return {name: value for name, value in found.items() if not isinstance(value, VaultRef)}

    def rows(self, collection: str) -> list[dict[str, Held | None]]:
        """Return the rows of a collection, personal values looked up."""
        return list(self.rows_by_key(collection).values())

    def rows_by_key(self, collection: str) -> dict[str, dict[str, Held | None]]:
        """Return the rows of a collection likewise, by their keys."""
        key = rows_key(self.state(), collection)
        if key is None:
            return {}
        with self.engine.read() as reader:
            rows = reader.rows(key[1], [key[0]])[key[0]]
            return {key: {name: _plain(reader, value) for name, value in row.items()} for key, row in rows.items()}

    def value(self, name: str) -> Any:  # noqa: ANN401 - a value of any field
        """Return the value that a name has for expressions now, a personal one looked up; None if it is missing."""
        with self.engine.read() as reader:
            deal = DealEvaluation(reader, self.workspace, self.state(), self.engine.clock.now())
            return _plain(reader, deal.value(name))


def _course(entries: Sequence[Recorded], state: DealState) -> DealCourse:
    """Return the course of a deal that stands so after these entries, and did before them if they do not open it."""
    events = [event for entry in entries for event in entry.events]
    stages = (event.stage for event in events if isinstance(event, happened.StageEntered))
    cases = (event.case for event in events if isinstance(event, happened.DealCreated))
    return DealCourse(state.funnel, next(stages, state.stage), next(cases, state.case), tuple(entries))


def _opened(entries: Iterable[Recorded]) -> list[bytes]:
    """Return the deals that were opened with these entries, by their ids."""
    return [
        bytes.fromhex(event.target.partition(":")[2])
        for entry in entries
        for event in entry.events
        if isinstance(event, happened.CommandQueued) and isinstance(decode_command(event.command), CreateDeal)
    ]


def _plain(reader: Reader, value: Any) -> Any:  # noqa: ANN401 - a value of any field
    return reader.vault_get([value]).get(value) if isinstance(value, VaultRef) else value
