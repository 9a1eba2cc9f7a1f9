"""Cases of a funnel: partial funnels laid over the base, as trees, so that every value keeps its place."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from voronka.config.case_steps import OUTCOMES, joined, led, split, steps_of
from voronka.config.names import NameKind, refer, twice
from voronka.config.node import Entry, Node, NodeKind
from voronka.config.report import Report
from voronka.config.scalars import many
from voronka.messages import Text

__all__ = ["OUTCOMES", "compose", "lay_over", "merge", "touched"]


def merge(base: Node, patch: Node) -> Node:
    """Return `base` with `patch` laid over it: maps merge by key, scalars and lists replace, null removes."""
    if not (base.is_mapping and patch.is_mapping):
        return patch
    entries = dict(base.entries)
    for name, entry in patch.entries.items():
        before = entries.get(name)
        if entry.value.is_null:
            entries.pop(name, None)
        elif before is None:
            entries[name] = entry
        else:
            entries[name] = Entry(before.key, merge(before.value, entry.value))
    return replace(base, entries=entries)


def compose(first: Node, second: Node) -> Node:
    """Return one change that does what `first` and then `second` do: as `merge`, but a removal stays one."""
    if not (first.is_mapping and second.is_mapping):
        return second
    entries = dict(first.entries)
    for name, entry in second.entries.items():
        before = entries.get(name)
        entries[name] = entry if before is None else Entry(before.key, compose(before.value, entry.value))
    return replace(first, entries=entries)


def lay_over(funnel: Node, case: Node, report: Report) -> Node:
    """Return the funnel as `case` changes it, as one whole funnel without cases of its own.

    A stage that the case removes takes along the transitions and the `in:` entries that the base gives it; what it
    stood between is joined. A stage that the case inserts splits the step of the base there: the base's transition
    by hand, with its name and gate, becomes the last part of the way.
    """
    stages = _stages(funnel, case, report)
    removed = {
        name for name, entry in _part(case, "stages").entries.items() if entry.value.is_null and name not in OUTCOMES
    }
    entries = {key: entry for key, entry in funnel.entries.items() if key != "variants"}
    before = _part(funnel, "stages")
    _put(entries, funnel, "stages", led(stages, before, steps_of(before, stages, listed=True)))
    flow = funnel.get("flow")
    listed = flow is not None and flow.text == "listed"
    steps = steps_of(before, stages, listed=listed)
    base = _part(funnel, "transitions")
    transitions = _overlay(split(base, steps), case, "transitions", removed, _transition, report)
    _put(entries, funnel, "transitions", joined(base, transitions, steps, case) if listed else transitions)
    _put(entries, funnel, "timed", _overlay(_part(funnel, "timed"), case, "timed", removed, _timed, report))
    return replace(funnel, entries=entries)


def touched(whole: Node, case: Node) -> Node:
    """Return a merged funnel with only those parts that `case` merges into: the rest is as sound as the base."""
    entries = dict(whole.entries)
    for key in ("stages", "transitions", "timed"):
        part = entries.get(key)
        if part is None:
            continue
        names = _part(case, key).entries
        kept = {name: entry for name, entry in part.value.entries.items() if name in names}
        if kept:
            entries[key] = Entry(part.key, replace(part.value, entries=kept))
        elif key != "stages":
            del entries[key]
        else:
            first = dict(list(part.value.entries.items())[:1])
            entries[key] = Entry(part.key, replace(part.value, entries=first))
    return replace(whole, entries=entries)


def _put(entries: dict[str, Entry], funnel: Node, key: str, value: Node) -> None:
    name = funnel.key(key)
    if name is not None or value.entries:
        entries[key] = Entry(name or replace(value, kind=NodeKind.SCALAR, text=key, entries={}), value)


def _part(node: Node, key: str) -> Node:
    """Return the mapping under `key`; an empty one where it is absent or no mapping."""
    found = node.get(key)
    return found if found is not None and found.is_mapping else Node(node.place, NodeKind.MAPPING)


def _stages(funnel: Node, case: Node, report: Report) -> Node:
    base = _part(funnel, "stages")
    patch = _part(case, "stages")
    path = dict(base.entries)
    for insertion in many(case.get("insert")):
        path = _inserted(path, insertion, report)
    own = {}
    for name, entry in patch.entries.items():
        if name in OUTCOMES and entry.value.is_null:
            report.error(
                "V5401",
                entry.key.place,
                Text("The outcome {stage} cannot be removed: every funnel has won and lost.", stage=name),
                Text("Remove this line."),
            )
        elif name in OUTCOMES or refer(NameKind.STAGE, entry.key, path, report):
            own[name] = entry
    return merge(replace(base, entries=path), replace(patch, entries=own))


def _inserted(path: dict[str, Entry], insertion: Node, report: Report) -> dict[str, Entry]:
    """Return `path` with the stages of `insertion` put after their anchor."""
    new = {}
    for name, entry in _part(insertion, "stages").entries.items():
        if name in path:
            twice(entry.key.text, entry.key.place, path[name].key.place, report)
        else:
            new[name] = entry
    anchor = insertion.get("after")
    after = refer(NameKind.STAGE, anchor, path, report)
    if after is None:
        return path | new
    if anchor is not None and (after in OUTCOMES or path[after].value.get("outcome") is not None):
        report.error(
            "V5402",
            anchor.place,
            Text("Nothing comes after the outcome {stage}.", stage=after),
            Text("Insert the stages after an open stage."),
        )
        return path | new
    merged: dict[str, Entry] = {}
    for name, entry in path.items():
        merged[name] = entry
        if name == after:
            merged |= new
    return merged


def _overlay(
    base: Node,
    case: Node,
    key: str,
    removed: Collection[str],
    keep: Callable[[Node, Collection[str]], Node | None],
    report: Report,
) -> Node:
    """Return the base's part without what hung on the removed stages, and the case's part laid over it."""
    patch = _part(case, key)
    for entry in patch.entries.values():
        if entry.value.is_null:
            refer(NameKind.TRANSITION if key == "transitions" else NameKind.TIMED, entry.key, base.entries, report)
    kept = {}
    for name, entry in base.entries.items():
        value = entry.value if name in patch.entries else keep(entry.value, removed)
        if value is not None:
            kept[name] = Entry(entry.key, value)
    return merge(replace(base, entries=kept), patch)


def _transition(transition: Node, removed: Collection[str]) -> Node | None:
    target = transition.get("to")
    if target is not None and target.text in removed:
        return None
    return _without(transition, "from", removed)


def _timed(event: Node, removed: Collection[str]) -> Node | None:
    return _without(event, "in", removed)


def _without(node: Node, key: str, removed: Collection[str]) -> Node | None:
    """Return `node` with the removed stages taken out of the list under `key`; None if none is left."""
    entry = node.entries.get(key)
    if entry is None:
        return node
    names = many(entry.value)
    kept = tuple(name for name in names if name.text not in removed)
    if len(kept) == len(names):
        return node
    if not kept:
        return None
    value = replace(entry.value, elements=kept)
    return replace(node, entries=dict(node.entries) | {key: Entry(entry.key, value)})
