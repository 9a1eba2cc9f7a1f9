"""What happened to a deal, retold as a scenario: where it began, and what was done to it.

Nothing personal goes along: what the vault keeps is replaced, and records go by numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from voronka.definition.catalogs import LINES
from voronka.definition.fields import Collection, Field, Subject
from voronka.definition.people import LOCAL_ACTOR
from voronka.definition.rights import Rights, owners_of_deal, rights_of
from voronka.definition.vocabulary import BUILT_IN_COLLECTIONS, BUILT_IN_FIELDS, WRITABLE_COLLECTIONS
from voronka.definition.workspace import Workspace
from voronka.messages import Text
from voronka.process import events as happened
from voronka.process.evolve import evolve_entry
from voronka.process.pricing import BY_TARIFF
from voronka.process.rows import evolve_rows
from voronka.process.state import DealState, State, Stream, StreamKind
from voronka.process.step import Row
from voronka.runtime.queries import Asked, parameters
from voronka.runtime.queries.purposes import purpose
from voronka.runtime.viewer import Forbidden, Viewer, hidden_names
from voronka.runtime.words import Json, words
from voronka.simulation.absences import Absences
from voronka.simulation.retold_imports import order_step
from voronka.simulation.told_entries import (
    OF_ITSELF,
    asked_of,
    follows,
    given_by,
    given_values,
    judged_values,
    kind_of,
    moved_with,
    new_owner,
    told_with,
)
from voronka.simulation.told_parties import (
    UNTOLD_FIELDS,
    Standing,
    named,
    no_rows,
    parties_of,
    row_changes,
    secret,
    standing,
)
from voronka.simulation.told_values import ToldValues, fields_of
from voronka.storage import WORKSPACE, Reader, Recorded

__all__ = ["answer_record"]

_SECOND = 1_000_000
_SECRET = Text("what an account or a contact was like that is not shown to you")
_WORK = (
    happened.TaskOpened,
    happened.EffectRequested,
    happened.ActionRequested,
    happened.CommandQueued,
    happened.RuleFired,
)
"""What opening a deal may bring about beside the deal itself; a scenario without it is shorter."""


@parameters("deal")
def answer_record(asked: Asked) -> Json:
    """Answer with a deal's course (parameter deal): `given`, `steps`, and the `stages` that it went through.

    What a scenario cannot say is left out, and named under `untold`: what it was to do, in words, and the moment.
    `Forbidden` to who may not see all fields of the deal.
    """
    stream = asked.record(StreamKind.DEAL)
    deal = asked.reader.deals([stream.id])[stream.id]
    if hidden_names(asked.reader, asked.workspace, asked.viewer.rights, deal):
        raise Forbidden(
            Text(
                "The deal, its account or its contact has fields that are not shown to you; a scenario would tell them."
            ),
            Text("Ask somebody who sees all of it to record the scenario."),
            record=stream,
        )
    retelling = _Retelling(asked.reader, asked.workspace, stream, asked.viewer)
    return retelling.tell()


class _Retelling:
    def __init__(self, reader: Reader, workspace: Workspace, stream: Stream, viewer: Viewer) -> None:
        self.reader = reader
        self.workspace = workspace
        self.stream = stream
        self.viewer = viewer
        self.say = ToldValues(workspace)
        self.tasks: dict[str, str] = {}
        self.rows: Mapping[str, Mapping[str, Row]] = {}
        self.told: dict[Stream, Standing] = {}
        self.secret: frozenset[Stream] = frozenset()
        self.owner: str | None = None
        self.untold: list[Json] = []
        self.fields: dict[str, Field] = {
            **BUILT_IN_FIELDS[Subject.DEALS],
            **workspace.fields.get(Subject.DEALS, {}),
        }

    def tell(self) -> dict[str, Any]:
        entries = list(self.reader.history(self.stream))
        begun = max(
            number
            for number, entry in enumerate(entries)
            if number == 0 or (entry.source == "import" and kind_of(entry) == "import.history")
        )
        state: State | None = None
        rows: Mapping[str, Mapping[str, Row]] = {name: {} for name in self._collections()}
        for entry in entries[: begun + 1]:
            state = evolve_entry(state, entry.events, seq=entry.seq, release=entry.release)
            for event in entry.events:
                rows = evolve_rows(rows, event, entry.seq)
        if not isinstance(state, DealState):
            raise TypeError(f"the history of a deal makes no deal: {self.stream}")
        start = entries[begun]
        at = start.recorded_at if begun or start.source == "import" else state.entered_at
        new = begun == 0 and start.source != "import" and any(isinstance(each, _WORK) for each in start.events)
        self.rows = rows
        first = self._born(start, state) if new else state
        parties = named(first, entries[begun if new else begun + 1 :])
        self.secret = secret(self.reader, self.workspace, self.viewer, parties, entries)
        given = self._given(first, {} if new else rows, start, at, new=new)
        if new:
            self._remember(start)
        absences = Absences(self.reader, self.workspace, entries[begun:])
        if away := absences.given(at):
            given["absent"] = away
        later = sorted(
            [
                *absences.entries,
                *entries[begun + 1 :],
                *(each for party in parties for each in self._after(party, start)),
            ],
            key=lambda entry: entry.recorded_at,
        )
        return {
            "funnel": state.funnel,
            "given": given,
            "steps": [
                *(step for steps in self._named(start, (), first, state).values() for step in steps),
                *self._steps(state, later, at, absences),
            ],
            "stages": [
                event.stage
                for entry in entries[begun if new else begun + 1 :]
                for event in entry.events
                if isinstance(event, happened.StageEntered)
            ],
            "untold": self.untold,
        }

    def _born(self, start: Recorded, state: DealState) -> DealState:
        """Return the deal that comes to stand so (`state`) at once as it was opened: what that did is done again.

        But whom it was given to by the routing has it from the beginning: whose turn it was cannot be told.
        """
        born = evolve_entry(None, start.events[:1], seq=start.seq, release=start.release)
        if not isinstance(born, DealState):
            raise TypeError(f"the history of a deal makes no deal: {self.stream}")
        return replace(born, owner=born.owner or state.owner)

    def _collections(self) -> list[str]:
        return [*dict.fromkeys([*WRITABLE_COLLECTIONS, *self.workspace.collections.get(Subject.DEALS, {})])]

    def _after(self, party: Stream, start: Recorded) -> Iterator[Recorded]:
        """Yield what happened to an account or a contact after the beginning, but for what this deal itself did."""
        own = f"{self.stream.id.hex()}."
        for entry in self.reader.history(party):
            if entry.recorded_at >= start.recorded_at and not str(entry.cause.get("key", "")).startswith(own):
                yield entry

    # Where it begins

    def _given(
        self, state: DealState, rows: Mapping[str, Mapping[str, Row]], start: Recorded, at: int, *, new: bool
    ) -> dict[str, Any]:
        funnel = self.workspace.funnels.get(state.funnel)
        first = funnel.variant(state.case).first.name if funnel else state.stage
        given: dict[str, Any] = {"funnel": state.funnel}
        if new:
            given["new"] = True
        elif state.stage != first:
            given |= {"stage": state.stage, "gates": "skip"}
        given["at"] = self.say.moment(at)
        if state.owner in self.workspace.people:
            given["owner"] = self.owner = state.owner
        parties = parties_of(state)
        for kind in ("account", "contact"):
            party = parties.get(kind)
            given[kind] = None if party is None else self._party(party, start)
        own = funnel.fields if funnel else frozenset(self.fields)
        fields = {name: value for name, value in state.fields.items() if name in own or name == "buyer_step"}
        if values := self.say.values(fields, self.fields):
            given["fields"] = values
        every = {name: (Subject.DEALS, name, found) for name, found in rows.items()}
        for kind, party in parties.items():
            for name, found in self.told[party].rows.items():
                every[f"{kind}.{name}"] = (Subject(f"{kind}s"), name, found)
        if kept := {
            whole: [self._row(subject, name, row) for row in found.values()]
            for whole, (subject, name, found) in every.items()
            if found
        }:
            given["rows"] = kept
        if state.ticks:
            given["checklist"] = sorted(state.ticks)
        return given

    def _party(self, party: Stream, start: Recorded) -> Any:  # noqa: ANN401 - a name, or a mapping of fields
        """Return what an account or a contact was like when the deal began."""
        self.told[party] = self._standing(party, start)
        name = self.say.name(party.kind.value, party.id.hex())
        values = self.say.values(self.told[party].fields, self._known(party))
        return {"name": name, **values} if values else name

    def _standing(self, party: Stream, entry: Recorded) -> Standing:
        """Return what may be told of an account or a contact as it stood at an entry: nothing of a secret one."""
        if party not in self.secret:
            return standing(self.reader, self.workspace, party, entry.recorded_at)
        self.untold.append({"at": entry.recorded_at, "told": words(_SECRET)})
        return Standing()

    def _known(self, party: Stream) -> dict[str, Field]:
        subject = Subject(f"{party.kind.value}s")
        return {**BUILT_IN_FIELDS[subject], **self.workspace.fields.get(subject, {})}

    def _row(self, subject: Subject, collection: str, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values of a row as somebody gives them: without what the tariff says of a line."""
        values = self.say.values(row, self._collection(subject, collection).fields)
        if subject is Subject.DEALS and collection == LINES and self.workspace.catalogs:
            own = row.get("price") != row.get("list_price")
            values = {
                name: value for name, value in values.items() if name not in BY_TARIFF and (own or name != "price")
            }
        return values

    def _collection(self, subject: Subject, name: str) -> Collection:
        return self.workspace.collections.get(subject, {}).get(name) or BUILT_IN_COLLECTIONS[name]

    # What happened then

    def _steps(
        self,
        state: DealState,
        entries: Sequence[Recorded],
        at: int,
        absences: Absences,
    ) -> Iterator[dict[str, Any]]:
        now = at // _SECOND
        deal = state
        for entry in entries:
            own = entry.stream == self.stream
            after = evolve_entry(deal, entry.events, seq=entry.seq, release=entry.release) if own else deal
            if entry.stream == WORKSPACE:
                steps = list(absences.steps(entry))
            else:
                steps = list(self._of_deal(entry, deal) if own else self._of_party(entry, deal))
            moves_on = own and follows(entry)
            if own and not steps and kind_of(entry) not in OF_ITSELF:
                self.untold.append({"at": entry.recorded_at, "told": words(purpose(kind_of(entry)))})
            if own and isinstance(after, DealState):
                steps = list(told_with(steps, self._named(entry, steps, deal, after)))
                deal = after
            if (steps or moves_on) and entry.recorded_at // _SECOND > now:
                now = entry.recorded_at // _SECOND
                yield {"advance_to": self.say.moment(entry.recorded_at)}
            yield from steps
            if own:
                for event in entry.events:
                    self.rows = evolve_rows(self.rows, event, entry.seq)
                self._remember(entry)

    def _named(
        self, entry: Recorded, steps: Sequence[Mapping[str, Any]], before: DealState, after: DealState
    ) -> dict[str, list[dict[str, Any]]]:
        """Return what there is to tell of an account and of a contact that the deal has got with an entry.

        What none of the `steps` that retell it names is named here.
        """
        found: dict[str, list[dict[str, Any]]] = {}
        was = parties_of(before)
        for kind, party in parties_of(after).items():
            if party == was.get(kind):
                continue
            name: dict[str, Any] = {}
            if kind_of(entry) == "merge.follow" and kind in was:
                self.told[party] = self.told.get(was[kind], Standing())  # the same one, under the scenario's name
            elif not any(kind in given_by(step) for step in steps):
                name = {kind: self.say.name(kind, party.id.hex())}
            found[kind] = list(self._introduced(kind, party, entry, after, name))
        return found

    def _introduced(
        self, kind: str, party: Stream, entry: Recorded, deal: DealState, name: dict[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """Yield the steps that give an account or a contact what it held when the deal got it; it was not the deal's
        own doing, so that nobody is named who may not do it."""
        told, now = self.told.get(party, Standing()), self._standing(party, entry)
        scene, owners, known = replace(entry, actor=LOCAL_ACTOR), owners_of_deal(deal.owner), self._known(party)
        changes = {
            each: now.fields.get(each)
            for each in {**told.fields, **now.fields}
            if told.fields.get(each) != now.fields.get(each)
        }
        values = self.say.values(changes, known)
        rows = list(row_changes(told.rows, now.rows))
        if values or (name and rows):
            by = self._by(scene, owners, [*fields_of(known, values), *fields_of(self.fields, name)])
            yield {"set": name | {f"{kind}.{each}": value for each, value in values.items()} | by}
        held = told.rows or no_rows(self.workspace, party)
        for event in rows:
            yield self._row_step(event, scene, owners, Subject(f"{kind}s"), held)
            held = evolve_rows(held, event, entry.seq)
        self.told[party] = now

    def _remember(self, entry: Recorded) -> None:
        for event in entry.events:
            if isinstance(event, happened.TaskOpened):
                locale = self.workspace.locale
                self.tasks[f"{entry.seq}.{event.n}"] = event.title.get(locale) or next(iter(event.title.values()))

    def _of_deal(self, entry: Recorded, deal: DealState) -> Iterator[dict[str, Any]]:
        asked, owners = asked_of(entry), owners_of_deal(deal.owner)
        match kind_of(entry):
            case "deal.set" | "note.process":
                if values := self.say.values(given_values(asked), self.fields):
                    yield {"set": values | self._by(entry, owners, fields_of(self.fields, values))}
            case "deal.move":
                yield from self._move(entry, asked, deal)
            case "deal.hand_over":
                if values := self.say.values(new_owner(entry), self.fields):
                    yield {"set": values | self._by(entry, owners, fields_of(self.fields, values))}
            case "row.put" | "row.import" | "row.remove" | "checklist.tick" | "interaction.log" | "task.complete":
                for event in asked[:1]:
                    yield from self._single(event, entry, deal)

    def _single(self, event: happened.Event, entry: Recorded, deal: DealState) -> Iterator[dict[str, Any]]:
        owners = owners_of_deal(deal.owner)
        match event:
            case happened.RowPut() | happened.RowRemoved():
                yield self._row_step(event, entry, owners, Subject.DEALS, self.rows)
            case happened.OrderImported():
                if step := order_step(self.reader, self.workspace, self.say, entry, event, deal):
                    yield step
            case _:
                yield from self._small(event, entry, self._by(entry, owners, ()))

    def _by(
        self, entry: Recorded, owners: frozenset[str], fields: Iterable[Field], *, operator: bool = False
    ) -> dict[str, str]:
        """Return who did it, under the key `as` where that is not the owner with whom the scenario begins.

        What the operator did is retold as the owner's if the owner might have done it. `operator`: it came out as
        it did because the operator holds no role.
        """
        by_person = entry.actor in self.workspace.people
        if entry.actor == self.owner or (self.owner is None and not by_person):
            return {}
        if by_person or self.owner is None:
            return {"as": entry.actor}
        rights = self._rights(self.owner, entry)
        may = rights.changes(owners) and all(rights.sets(field, owners) for field in fields)
        return {} if may and not operator else {"as": LOCAL_ACTOR}

    def _rights(self, user: str, entry: Recorded) -> Rights:
        return rights_of(self.workspace, {}, user, entry.recorded_at)

    def _row_step(
        self,
        event: happened.RowPut | happened.RowRemoved,
        entry: Recorded,
        owners: frozenset[str],
        subject: Subject,
        rows: Mapping[str, Mapping[str, Row]],
    ) -> dict[str, Any]:
        """Return the step that changes one of `rows`: where no key names it, what it held does."""
        collection = self._collection(subject, event.collection)
        before = rows.get(collection.name, {}).get(event.key)
        name = collection.name if subject is Subject.DEALS else f"{subject.value[:-1]}.{collection.name}"
        step: dict[str, Any] = {"collection": name}
        if collection.key is None and before is not None:
            step["of"] = self._row(subject, collection.name, before)
        if isinstance(event, happened.RowRemoved):
            step["remove"] = True if "of" in step else self.say.key(collection, event.key)
            return {"row": {**step, **self._by(entry, owners, ())}}
        put = self._row(subject, collection.name, event.values)
        if before is not None:
            was = self._row(subject, collection.name, before)
            put = {
                **{each: value for each, value in put.items() if each == collection.key or was.get(each) != value},
                **{each: None for each in was if each not in put},
            }
        fields = fields_of(collection.fields, put)
        return {"row": {**step, "put": put, **self._by(entry, owners, fields)}}

    def _small(self, event: happened.Event, entry: Recorded, by: dict[str, str]) -> Iterator[dict[str, Any]]:
        match event:
            case happened.ChecklistTicked():
                yield {"tick" if event.done else "untick": {"item": event.item, **by} if by else event.item}
            case happened.InteractionLogged():
                known = BUILT_IN_COLLECTIONS["interactions"].fields
                told = {name: value for name, value in event.values.items() if not known[name].pii}
                at = {} if event.at == entry.recorded_at else {"at": self.say.moment(event.at)}
                yield {"log": {**self.say.values(told, known), **at, **by}}
            case happened.TaskDone() if event.task in self.tasks:
                title = self.tasks[event.task]
                yield {"complete": {"task": title, **by} if by else title}

    def _move(self, entry: Recorded, asked: Sequence[happened.Event], deal: DealState) -> Iterator[dict[str, Any]]:
        step: dict[str, Any] = {}
        for_roles = False
        for event in asked:
            match event:
                case happened.GateOverridden():
                    step["override"] = "…"
                case happened.StageEntered() if "to" not in step:
                    step["to"] = entry.cause.get("to", event.stage)
                    given = moved_with(entry, self.workspace.funnels.get(deal.funnel))
                    step["set"] = self.say.values(given, self.fields)
                case happened.TransitionRefused() if self._of_another(entry, deal):
                    return
                case happened.TransitionRefused():
                    step["to"] = event.target
                    step["set"] = self.say.values(self._drafted(entry, deal), self.fields)
                    for_roles = any(gate.endswith(".by") for gate in event.gates)
        fields = fields_of(self.fields, step.get("set", ()))
        step |= self._by(entry, owners_of_deal(deal.owner), fields, operator=for_roles)
        if "to" in step:
            yield {"move": step if {key for key, value in step.items() if value} - {"to"} else step["to"]}

    def _of_another(self, entry: Recorded, deal: DealState) -> bool:
        """Tell whether a refused move was judged by an account or a contact that came with it: which, nobody knows."""
        read = {name: value for link in entry.links[:1] for name, value in judged_values(link).items()}
        for kind in ("account", "contact"):
            party = parties_of(deal).get(kind)
            known = self._known(Stream(StreamKind(kind), b"") if party is None else party)
            around = (entry.recorded_at - 1, entry.recorded_at)
            held = [] if party is None else [standing(self.reader, self.workspace, party, at).fields for at in around]
            for name, field in known.items():
                value = read.get(f"{kind}.{name}")
                if value is None or field.formula is not None or field.pii or name in UNTOLD_FIELDS:
                    continue
                if all(fields.get(name) != value for fields in held):
                    return True
        return False

    def _drafted(self, entry: Recorded, deal: DealState) -> dict[str, Any]:
        """Return the values that came with a refused move, as far as its conditions have read them."""
        read: dict[str, Any] = {}
        for link in entry.links[:1]:
            read |= judged_values(link)
        given = entry.cause.get("set", read)
        return {
            name: value
            for name, value in read.items()
            if name in given
            and name in self.fields
            and self.fields[name].formula is None
            and name not in ("owner", "account", "contact")
            and value != deal.fields.get(name)
        }

    def _of_party(self, entry: Recorded, deal: DealState) -> Iterator[dict[str, Any]]:
        """Yield what happened to an account or a contact while it was the deal's, but for what is told already."""
        party = entry.stream
        kind = next((name for name, stream in parties_of(deal).items() if stream == party), None)
        if kind is None or party in self.secret or entry.seq <= self.told[party].seq:
            return
        subject, known, owners = Subject(f"{kind}s"), self._known(party), owners_of_deal(deal.owner)
        if entry.actor in self.workspace.people and not self._rights(entry.actor, entry).changes(owners):
            entry = replace(entry, actor=LOCAL_ACTOR)  # for another deal, which the scenario does not have
        for event in entry.events:
            told = self.told[party]
            if isinstance(event, (happened.RowPut, happened.RowRemoved)):
                yield self._row_step(event, entry, owners, subject, told.rows)
                self.told[party] = replace(told, rows=evolve_rows(told.rows, event, entry.seq))
            if isinstance(event, happened.PartyChanged):
                changes = {name: value for name, value in event.new.items() if name not in UNTOLD_FIELDS}
                self.told[party] = replace(told, fields={**told.fields, **changes})
                if values := self.say.values(changes, known):
                    by = self._by(entry, owners, fields_of(known, values))
                    yield {"set": {f"{kind}.{name}": value for name, value in values.items()} | by}
