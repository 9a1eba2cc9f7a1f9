"""Placing a deal where a scenario begins: by the path of imports, so that nothing is done on the way; or opening it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise, takewhile

from voronka.definition.funnels import Outcome, Variant
from voronka.definition.scenarios import Given, PartyName, Values
from voronka.messages import Sentence, Text, listed
from voronka.process.commands import (
    Command,
    CreateDeal,
    Envelope,
    HistoryRow,
    ImportHistory,
    PutRow,
    TickItem,
)
from voronka.process.events import HistoryImported
from voronka.process.history import NO_WAY
from voronka.process.state import Stream, StreamKind
from voronka.runtime.engine import Engine
from voronka.testing.absences import tell_absence
from voronka.testing.parties import SOURCE, Parties

__all__ = ["EVIDENCE", "place", "told_obstacles"]

EVIDENCE = "https://evidence.example/"
"""What is given where a checklist item asks for evidence."""


Keys = tuple[tuple[str, str], ...]
"""Names of the deal in foreign systems: a namespace and a key each."""


def told_obstacles(obstacles: Iterable[str]) -> Sentence:
    """Return what is in the way of a deal, in words: gates by their names."""
    return listed(Text("nothing leads there") if each == NO_WAY else each for each in obstacles)


def place(engine: Engine, given: Given, parties: Parties, keys: Keys = ()) -> tuple[Stream, tuple[str, ...]]:
    """Open the deal of a scenario; return it with the names of what does not hold on its way.

    `keys`: by which rows of imports find it. Its fields, rows and ticks are there before the way begins, and every
    stage of it is entered at the same moment. One that is new is opened as in life; then come its rows and ticks.
    """
    for each in given.absent:
        tell_absence(engine, each, given.at)
    deal = Stream(StreamKind.DEAL, engine.new_id())
    envelopes = [
        Envelope(command=command, stream=stream, actor=SOURCE, source=SOURCE, occurred_at=given.at)
        for stream, command in _commands(engine, given, parties, deal, keys)
    ]
    envelopes = [*parties.new(), *envelopes]
    answers, entries = engine.write(lambda work: engine.perform(work, envelopes))
    faults = [each.gate for answer in answers if answer.refusal is not None for each in answer.refusal.failures]
    imported = [event for entry in entries for event in entry.events if isinstance(event, HistoryImported)]
    if not given.skip_gates:
        faults += [gate for event in imported for gate in event.violations]
    if given.rows or given.checklist or given.new:
        engine.settle()
    return deal, tuple(faults)


def _commands(
    engine: Engine, given: Given, parties: Parties, deal: Stream, keys: Keys
) -> Iterator[tuple[Stream, Command]]:
    account = _party("account", given.account, parties)
    parties.account = account
    contact = _party("contact", given.contact, parties)
    funnel = engine.workspace.funnels[given.funnel]
    values = parties.values(given.fields)
    own = {name: value for name, value in values.items() if "." not in name}
    born = {
        name: value for name, value in own.items() if value is not None and (given.new or name == funnel.variant_by)
    }
    opened = CreateDeal(
        funnel=given.funnel,
        fields=born,
        owner=given.owner,
        account=None if account is None else account.id,
        contact=None if contact is None else contact.id,
        keys=keys,
    )
    yield deal, opened if given.new else ImportHistory(import_id=SOURCE, rows=(), create=opened)
    for collection, rows in given.rows.items():
        party, dot, name = collection.rpartition(".")
        owner = {"": deal, "account": account, "contact": contact}[party]
        for row in rows if owner is not None else ():
            yield owner or deal, PutRow(collection=name if dot else collection, values=parties.values(row))
    for item in given.checklist:
        yield deal, TickItem(item=item, evidence=EVIDENCE)
    if given.new:
        return
    variant = funnel.variant(own.get(funnel.variant_by) if funnel.variant_by else None)
    past = [HistoryRow(key="fields", at=given.at, set=own)]
    past += [HistoryRow(key=stage, at=given.at, stage=stage) for stage in _way(variant, given)]
    yield deal, ImportHistory(import_id=SOURCE, rows=tuple(past))
    for item in given.checklist:
        if item.startswith(f"{given.stage}."):  # one that each visit forgets has been forgotten on entering
            yield deal, TickItem(item=item, evidence=EVIDENCE)


def _way(variant: Variant, given: Given) -> Iterator[str]:
    """Yield the stages that the deal enters after the first one, up to that where it stands."""
    target = given.stage
    if target is None or target == variant.first.name:
        return
    stage = variant.stages.get(target)
    if not given.skip_gates and stage is not None and stage.outcome is not Outcome.LOST:
        ways = {(way.source, way.target) for way in variant.transitions.values()}
        open_stages = takewhile(lambda each: each.name != target and each.outcome is None, variant.stages.values())
        path = [each.name for each in open_stages]
        if not ways.issuperset(pairwise([*path, target])):
            path = _shortest(variant, target) or path
        yield from path[1:]
    yield target


def _shortest(variant: Variant, target: str) -> list[str]:
    """Return the stages on the shortest way to one, the first of it included and the last not; none if none leads."""
    paths = {variant.first.name: [variant.first.name]}
    ahead = [variant.first.name]
    for name in ahead:
        for way in variant.transitions.values():
            if way.source == name and way.target == target:
                return paths[name]
            if way.source == name and way.target not in paths and variant.stages[way.target].outcome is None:
                paths[way.target] = [*paths[name], way.target]
                ahead.append(way.target)
    return []


def _party(kind: str, given: Values | None, parties: Parties) -> Stream | None:
    """Make the deal's account or contact; None if it has none."""
    return None if given is None else parties.make(PartyName(kind, str(given["name"])), given)
