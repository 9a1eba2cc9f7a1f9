"""The steps of a scenario, and what it expects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from voronka.calendars import Duration, TimeError, parse_date
from voronka.config.names import NameKind
from voronka.config.node import Node
from voronka.config.scalars import duration, many
from voronka.config.scenario_names import ScenarioNames, unescaped, written
from voronka.definition import scenarios
from voronka.definition.imports import Import, RowImport
from voronka.definition.scenarios import Expect, Expected, Step, Values
from voronka.definition.vocabulary import BUILT_IN_COLLECTIONS
from voronka.messages import Text

__all__ = ["build_absent", "build_step"]

_LEDGER = BUILT_IN_COLLECTIONS["interactions"].fields


def build_step(node: Node, names: ScenarioNames) -> Step | None:
    """Return the step; None for one that is wrong, which is reported."""
    for entry in node.items():
        build = _BUILDERS.get(entry.key.text)
        if build is not None:
            return build(entry.key, entry.value, names)
    return None


def _advance(key: Node, node: Node, names: ScenarioNames) -> Step:
    return scenarios.Advance(written=written(key), duration=duration(node, names.report) or Duration.parse("1 minute"))


def _advance_to(key: Node, node: Node, names: ScenarioNames) -> Step:
    return scenarios.AdvanceTo(written=written(key), moment=names.moment(node) or 0)


def _set(key: Node, node: Node, names: ScenarioNames) -> Step:
    values = names.values(_without(node, "as"), names.settable)
    return scenarios.SetValues(written=written(key), values=values, actor=names.actor(node))


def _row(key: Node, node: Node, names: ScenarioNames) -> Step | None:
    collection = names.refer(NameKind.COLLECTION, node.get("collection"), names.writable)
    if collection is None:
        return None
    columns, actor = names.writable[collection], names.actor(node)
    holding = node.get("of")
    of = None if holding is None else names.values(holding, columns, kind=NameKind.COLUMN, computed=True)
    gone = node.get("remove")
    if gone is None:
        values = names.values(node.get("put"), columns, kind=NameKind.COLUMN)
        return scenarios.PutRow(written=written(key), collection=collection, values=values, of=of, actor=actor)
    if of is None:
        return scenarios.RemoveRow(written=written(key), collection=collection, key=gone.text, actor=actor)
    if gone.text != "true":
        names.report.error(
            "V2009",
            gone.place,
            Text("The row that goes is named twice: by `of` and by its key {key}.", key=gone.text),
            Text("Write `remove: true`, or leave `of` out."),
        )
    return scenarios.RemoveRow(written=written(key), collection=collection, of=of, actor=actor)


def _tick(key: Node, node: Node, names: ScenarioNames) -> Step:
    items = (names.item(each) for each in many(node.get("item") if node.is_mapping else node))
    found = tuple(item for item in items if item is not None)
    return scenarios.Tick(written=written(key), items=found, done=key.text == "tick", actor=names.actor(node))


def _log(key: Node, node: Node, names: ScenarioNames) -> Step:
    given = names.values(_without(node, "at", "as"), _LEDGER, kind=NameKind.INTERACTION)
    values = {name: value for name, value in given.items() if value is not None}  # a case of a table that has none
    return scenarios.Log(written=written(key), values=values, at=names.moment(node.get("at")), actor=names.actor(node))


def _without(node: Node, *keys: str) -> Node:
    """Return the mapping without the keys that are no names of values."""
    return replace(node, entries={name: each for name, each in node.entries.items() if name not in keys})


def _complete(key: Node, node: Node, names: ScenarioNames) -> Step | None:
    title = names.refer(NameKind.TASK, node.get("task") if node.is_mapping else node, names.titles)
    return None if title is None else scenarios.Complete(written=written(key), title=title, actor=names.actor(node))


def build_absent(node: Node, names: ScenarioNames, key: Node | None = None) -> scenarios.Absent | None:
    """Return who is away at `node`, and when; None if it is nobody who is known. `key`: of the step."""
    user = _person(node, names)
    first, last = (names.date(node.get(each)) for each in ("from", "to"))
    return None if user is None else scenarios.Absent(written=written(key or node), user=user, first=first, last=last)


def _absent(key: Node, node: Node, names: ScenarioNames) -> Step | None:
    return build_absent(node, names, key)


def _present(key: Node, node: Node, names: ScenarioNames) -> Step | None:
    user, first = _person(node, names), names.date(node.get("from"))
    return None if user is None else scenarios.Present(written=written(key), user=user, first=first)


def _person(node: Node, names: ScenarioNames) -> str | None:
    return names.refer(NameKind.USER, node.get("user") if node.is_mapping else node, names.workspace.people)


def _import(key: Node, node: Node, names: ScenarioNames) -> Step | None:
    known: dict[str, Import | RowImport] = {
        name: each for name, each in names.workspace.imports.items() if each.funnel == names.funnel.name
    }
    known.update(names.workspace.row_imports)
    mapping = names.refer(NameKind.IMPORT, node.get("mapping"), known)
    if mapping is None:
        return None
    columns = known[mapping].columns
    rows = tuple(
        {
            entry.key.text: unescaped(entry.value)
            for entry in row.items()
            if names.refer(NameKind.COLUMN, entry.key, columns) is not None
        }
        for row in many(node.get("rows"))
    )
    return scenarios.ImportRows(written=written(key), mapping=mapping, rows=rows)


def _move(key: Node, node: Node, names: ScenarioNames) -> Step | None:
    to = names.refer(NameKind.STAGE, node.get("to") if node.is_mapping else node, names.stages)
    if to is None:
        return None
    reason = node.get("override")
    return scenarios.Move(
        written=written(key),
        to=to,
        set=names.values(node.get("set"), names.settable),
        actor=names.actor(node),
        override=reason.text if reason is not None else None,
    )


def _expect(key: Node, node: Node, names: ScenarioNames) -> Step:
    return Expect(
        written=written(key),
        stage=names.refer(NameKind.STAGE, node.get("stage"), names.stages),
        fields=names.values(node.get("fields"), names.told, computed=True),
        rows=_rows(node.get("rows"), names),
        timers=_timers(node.get("timers"), names),
        sent=_things(node.get("sent"), "template", _message, names),
        notified=_things(node.get("notified"), "template", _message, names),
        tasks=_things(node.get("tasks"), "title", _task, names),
        refused=_things(node.get("refused"), "gate", _refusal, names),
        opened=_things(node.get("opened"), "funnel", _deal, names),
        ended=_endings(node.get("ended"), names),
        places={entry.key.text: written(entry.key) for entry in node.items()},
    )


def _rows(node: Node | None, names: ScenarioNames) -> Mapping[str, tuple[Values, ...]]:
    found = {}
    for entry in node.items() if node is not None else ():
        collection = names.refer(NameKind.COLLECTION, entry.key, names.collections)
        if collection is not None:
            columns = names.collections[collection]
            found[collection] = tuple(
                names.values(each, columns, kind=NameKind.COLUMN, computed=True) for each in many(entry.value)
            )
    return found


def _timers(node: Node | None, names: ScenarioNames) -> Mapping[str, tuple[int, ...]]:
    found = {}
    for entry in node.items() if node is not None else ():
        name = names.refer(NameKind.TIMED, entry.key, names.timed)
        if name is not None:
            moments = (names.moment(each) for each in many(entry.value))
            found[name] = tuple(sorted(moment for moment in moments if moment is not None))
    return found


def _endings(node: Node | None, names: ScenarioNames) -> Mapping[str, tuple[str, ...]]:
    found = {}
    for entry in node.items() if node is not None else ():
        name = names.refer(NameKind.TIMED, entry.key, names.timed)
        if name is not None:
            found[name] = tuple(each.text for each in many(entry.value))
    return found


Attributes = Callable[[str, Node, ScenarioNames], str | tuple[str, ...] | None]


def _things(node: Node | None, main: str, attribute: Attributes, names: ScenarioNames) -> tuple[Expected, ...] | None:
    """Return expected things: a text is the `main` attribute of one. None: nothing is said of them."""
    if node is None:
        return None
    found: list[Expected] = []
    for each in many(node):
        parts = {key: entry.value for key, entry in each.entries.items()} if each.is_mapping else {main: each}
        read = {key: attribute(key, value, names) for key, value in parts.items()}
        found.append({key: value for key, value in read.items() if value is not None})
    return tuple(found)


def _message(key: str, node: Node, names: ScenarioNames) -> str | None:
    match key:
        case "template":
            return names.refer(NameKind.TEMPLATE, node, names.workspace.templates)
        case "channel":
            return names.refer(NameKind.CHANNEL, node, names.workspace.channels)
        case "to":
            return names.refer(NameKind.USER, node, {"contact", *names.workspace.people})
    return None  # which the schema refuses


def _task(key: str, node: Node, names: ScenarioNames) -> str | None:
    match key:
        case "title":
            return names.refer(NameKind.TASK, node, names.titles)
        case "assignee":
            return names.refer(NameKind.USER, node, names.workspace.people)
        case "due":
            return _due(node, names)
    return None


def _due(node: Node, names: ScenarioNames) -> str | None:
    """Return when a task is due: a date as it is written, a moment as its microseconds."""
    try:
        return parse_date(node.text).isoformat()
    except TimeError:
        moment = names.moment(node)
        return None if moment is None else str(moment)


def _refusal(key: str, node: Node, names: ScenarioNames) -> str | tuple[str, ...] | None:
    match key:
        case "unblock":
            return names.names(NameKind.ROLE, node, names.workspace.roles)
        case "gate":
            return names.refer(NameKind.GATE, node, names.gates)
    return None


def _deal(key: str, node: Node, names: ScenarioNames) -> str | None:
    match key:
        case "funnel":
            return names.refer(NameKind.FUNNEL, node, names.workspace.funnels)
        case "stage":
            funnels = names.workspace.funnels.values()
            known = {stage for funnel in funnels for variant in funnel.variants.values() for stage in variant.stages}
            return names.refer(NameKind.STAGE, node, known)
        case "owner":
            return names.refer(NameKind.USER, node, names.workspace.people)
    return None


_BUILDERS: Mapping[str, Callable[[Node, Node, ScenarioNames], Step | None]] = {
    "absent": _absent,
    "advance": _advance,
    "advance_to": _advance_to,
    "complete": _complete,
    "expect": _expect,
    "import": _import,
    "log": _log,
    "move": _move,
    "present": _present,
    "row": _row,
    "set": _set,
    "tick": _tick,
    "untick": _tick,
}
