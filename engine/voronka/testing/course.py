"""The course of a scenario: each step is a command to the engine, or time that passes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from voronka.calendars import due
from voronka.definition.fields import Subject
from voronka.definition.row_keys import written_key
from voronka.definition.scenarios import (
    Absent,
    Advance,
    AdvanceTo,
    Complete,
    Deed,
    ImportRows,
    Log,
    Move,
    Present,
    PutRow,
    RemoveRow,
    SetValues,
    Step,
    Tick,
    Values,
)
from voronka.definition.vocabulary import BUILT_IN_COLLECTIONS
from voronka.errors import UsageFault
from voronka.messages import Text
from voronka.process.step import Failure
from voronka.runtime.viewer import Unseen
from voronka.simulation.clock import VirtualClock, advance_to
from voronka.testing.absences import tell_absence
from voronka.testing.importing import bring_in
from voronka.testing.observing import Observation
from voronka.testing.parties import SOURCE, Parties
from voronka.testing.placing import EVIDENCE

__all__ = ["Course"]

Request = dict[str, Any]


class Course:
    """Takes the steps of a scenario in their order. `owner` acts where no other is named."""

    def __init__(self, observation: Observation, clock: VirtualClock, parties: Parties, owner: str | None) -> None:
        self._observation = observation
        self._engine = observation.engine
        self._clock = clock
        self._parties = parties
        self._owner = owner

    def take(self, step: Step) -> tuple[Failure, ...]:
        """Take a step other than an expectation; return what refused it.

        Raises `UsageFault` for a step that cannot be taken at all.
        """
        match step:
            case Advance():
                workspace = self._engine.workspace
                moment = due(self._clock.now(), step.duration, calendar=workspace.calendar, zone=workspace.timezone)
                advance_to(self._engine, self._clock, moment)
            case AdvanceTo():
                if step.moment < self._clock.now():
                    raise UsageFault(
                        Text("This moment has passed already."), Text("Give one that comes after the steps before it.")
                    )
                advance_to(self._engine, self._clock, step.moment)
            case Absent() | Present():
                tell_absence(self._engine, step, self._clock.now())
        self._observation.stale()
        refused = bring_in(self._engine, step) if isinstance(step, ImportRows) else []
        for request in self._requests(step):
            refused += self._submit(request)
        return tuple(refused)

    def _submit(self, request: Request) -> tuple[Failure, ...]:
        try:
            answer = self._engine.submit({"source": SOURCE, **request})
        except Unseen as fault:
            if fault.record is None:
                raise
            hidden = Text("Whoever takes the step may not see the record.")
            unblock = Text("Name somebody under “as” who sees it: without it the owner under “given” takes the step.")
            return (Failure(gate=fault.record.kind.value, reason=hidden, unblock=unblock, forbidden=True),)
        self._engine.settle()
        return () if answer.refusal is None else answer.refusal.failures

    def _requests(self, step: Step) -> Iterator[Request]:
        deal = self._observation.deal.id.hex()
        actor = step.actor if isinstance(step, Deed) and step.actor is not None else self._owner
        acting = {} if actor is None else {"actor": actor}
        match step:
            case SetValues():
                yield from self._set(step.values, acting)
            case PutRow():
                owner, name = self._holder(step.collection)
                row = {} if step.of is None else {"key": self._row(step.collection, step.of)}
                fields = self._given(step.values)
                yield {"command": "row.put", **owner, "collection": name, **row, "fields": fields, **acting}
            case RemoveRow():
                owner, name = self._holder(step.collection)
                key = step.key if step.of is None else self._row(step.collection, step.of)
                yield {"command": "row.remove", **owner, "collection": name, "key": key, **acting}
            case Tick():
                for item in step.items:
                    given = {"evidence": EVIDENCE} if step.done else {}
                    yield {
                        "command": "checklist.tick",
                        "deal": deal,
                        "item": item,
                        "done": step.done,
                        **given,
                        **acting,
                    }
            case Log():
                at = {} if step.at is None else {"occurred_at": step.at}
                yield {"command": "interaction.log", "deal": deal, "fields": self._given(step.values), **at, **acting}
            case Complete():
                task = self._observation.open_task(step.title)
                if task is None:
                    raise UsageFault(
                        Text("No task “{title}” is open.", title=step.title),
                        Text("Let time pass until it is opened, or correct the title."),
                    )
                yield {"command": "task.complete", "deal": deal, "task": task, **acting}
            case Move():
                why = {} if step.override is None else {"override": step.override}
                yield {
                    "command": "deal.move",
                    "deal": deal,
                    "to": step.to,
                    "fields": self._given(step.set),
                    **acting,
                    **why,
                }

    def _set(self, values: Values, acting: Mapping[str, str]) -> Iterator[Request]:
        """Yield a command for the deal, and one each for its account and contact."""
        parts: dict[str, dict[str, Any]] = {}
        for name, value in self._given(values).items():
            party, _, field = name.rpartition(".")
            parts.setdefault(party, {})[field] = value
        for party, fields in parts.items():
            kind = party or "deal"
            yield {"command": f"{kind}.set", kind: self._record(kind), "fields": fields, **acting}

    def _holder(self, collection: str) -> tuple[dict[str, str], str]:
        """Return whose a collection is, as a request says it, and its name there."""
        party, _, name = collection.rpartition(".")
        kind = party or "deal"
        return {kind: self._record(kind)}, name

    def _row(self, collection: str, of: Values) -> str:
        """Return what names the row that holds these values; of several that are alike, the oldest."""
        wanted = self._given(of)
        found = {
            key: row
            for key, row in self._observation.rows_by_key(collection).items()
            if all(row.get(name) == value for name, value in wanted.items())
        }
        alike = list(found.values())
        if not alike:
            raise UsageFault(
                Text("“{collection}” has no row that holds this now.", collection=collection),
                Text("Name under `of` what the row holds at this point of the scenario."),
            )
        if any(row != alike[0] for row in alike):
            raise UsageFault(
                Text("Several rows of “{collection}” hold this.", collection=collection),
                Text("Name under `of` more of what the row holds."),
            )
        workspace = self._engine.workspace
        party, _, name = collection.rpartition(".")
        subject = Subject(f"{party or 'deal'}s")
        known = workspace.collections.get(subject, {}).get(name) or BUILT_IN_COLLECTIONS[name]
        return written_key(workspace, known, next(iter(found)))

    def _record(self, kind: str) -> str:
        if kind == "deal":
            return self._observation.deal.id.hex()
        state = self._observation.state()
        found = state.account if kind == "account" else state.contact
        if found is None:
            raise UsageFault(
                Text("The deal has no account.") if kind == "account" else Text("The deal has no contact."),
                Text("Give it one under `given`."),
            )
        return found.hex()

    def _given(self, values: Values) -> dict[str, Any]:
        given = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in self._parties.values(values).items()
        }
        if new := self._parties.new():
            self._engine.write(lambda work: self._engine.perform(work, new))
        return given
