"""The steps of a funnel's path as a case changes it: split by what it inserts, joined over what it removes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from itertools import pairwise

from voronka.config.node import Entry, Node, NodeKind
from voronka.config.scalars import many, true
from voronka.frozen import frozen

__all__ = ["OUTCOMES", "joined", "led", "split", "steps_of"]

OUTCOMES = ("won", "lost")
"""The stages that every funnel has."""


@frozen
class CaseStep:
    """From one stage of the base that the case keeps to the next one kept."""

    before: tuple[str, ...]
    """The stages of the base on this step, both ends included."""
    after: tuple[str, ...]
    """The stages of the case on this step, both ends included."""


def steps_of(base: Node, case: Node, *, listed: bool) -> tuple[CaseStep, ...]:
    """Return the steps that the case changes, given the `stages` of the base and of the case laid over it.

    Where only listed ways exist, the step to won is one of the path; elsewhere it leads from every open stage.
    """
    end = ("won",) if listed else ()
    old, new = (*_path(base), *end), (*_path(case), *end)
    kept = [name for name in new if name in old]
    steps = (CaseStep(before=_between(old, *ends), after=_between(new, *ends)) for ends in pairwise(kept))
    return tuple(step for step in steps if step.before != step.after)


def split(transitions: Node, steps: tuple[CaseStep, ...]) -> Node:
    """Return the base's transitions with those by hand over an inserted stage moved behind the last inserted one."""
    entries = dict(transitions.entries)
    for step in steps:
        first, last, target = step.after[0], step.after[-2], step.after[-1]
        if last == first:
            continue
        for name, (key, way) in entries.items():
            written = way.entries.get("from")
            if written is None or not _by_hand(way) or _text(way.get("to")) != target:
                continue
            moved = _renamed(written.value, first, last)
            entries[name] = Entry(key, replace(way, entries={**way.entries, "from": Entry(written.key, moved)}))
    return replace(transitions, entries=entries)


def joined(base: Node, laid: Node, steps: tuple[CaseStep, ...], case: Node) -> Node:
    """Return the case's transitions with the plain ways that a list of the base needs to lead over each step.

    A step that the base does not list stays closed; `base` and `laid` are the transitions before and after.
    """
    entries = dict(laid.entries)
    by_hand = set(_ways(entry.value for entry in base.items() if _by_hand(entry.value)))
    present = set(_ways(entry.value for entry in laid.items()))
    for step in steps:
        whole = (step.before[0], step.before[-1])
        if not _leads(*whole, by_hand) and not all(_leads(*way, by_hand) for way in pairwise(step.before)):
            continue
        for source, target in pairwise(step.after):
            if not _leads(source, target, present):
                ends = {"from": source, "to": target}
                way = {key: Entry(_scalar(case, key), _scalar(case, value)) for key, value in ends.items()}
                name = f"{source}-{target}"
                entries[name] = Entry(_scalar(case, name), Node(case.place, NodeKind.MAPPING, entries=way))
    return replace(laid, entries=entries)


def led(stages: Node, base: Node, steps: tuple[CaseStep, ...]) -> Node:
    """Return the stages of the case, with outcomes that the base lets be reached `from` some stages only adapted.

    A stage that is gone gives its place to what the case has before the end of its step; so does the last stage of the
    base to what the case inserts behind it. `steps`: those of the path to won.
    """
    entries = dict(stages.entries)
    for name, entry in stages.entries.items():
        written, before = entry.value.entries.get("from"), base.entries.get(name)
        if written is None or before is None or before.value.entries.get("from") is not written:
            continue
        value = written.value
        for step in steps:
            gone = set(step.before[1:-1]) - set(step.after)
            moved = gone | ({step.before[-2]} if step.after[-1] == "won" else set())
            value = _replaced(value, moved, step.after[-2])
        inner = {**entry.value.entries, "from": Entry(written.key, value)}
        entries[name] = Entry(entry.key, replace(entry.value, entries=inner))
    return replace(stages, entries=entries)


def _replaced(written: Node, old: Collection[str], new: str) -> Node:
    if not written.is_sequence:
        return replace(written, text=new) if written.text in old else written
    found: dict[str, Node] = {}
    for each in written.elements:
        renamed = _replaced(each, old, new)
        found.setdefault(renamed.text, renamed)
    return replace(written, elements=tuple(found.values()))


def _path(stages: Node) -> tuple[str, ...]:
    return tuple(
        name for name, entry in stages.entries.items() if name not in OUTCOMES and entry.value.get("outcome") is None
    )


def _between(path: tuple[str, ...], first: str, last: str) -> tuple[str, ...]:
    return path[path.index(first) : path.index(last) + 1]


def _by_hand(transition: Node) -> bool:
    return transition.get("after") is None and not true(transition.get("auto"))


def _ways(transitions: Iterable[Node]) -> Iterator[tuple[str, str]]:
    """Yield source and target of each transition; the source of one from everywhere is ``*``."""
    for each in transitions:
        yield from ((source.text, _text(each.get("to"))) for source in many(each.get("from")))


def _leads(source: str, target: str, ways: Collection[tuple[str, str]]) -> bool:
    return (source, target) in ways or ("*", target) in ways


def _renamed(written: Node, old: str, new: str) -> Node:
    if written.is_sequence:
        return replace(written, elements=tuple(_renamed(each, old, new) for each in written.elements))
    return replace(written, text=new) if written.text == old else written


def _scalar(case: Node, text: str) -> Node:
    return Node(case.place, NodeKind.SCALAR, text)


def _text(node: Node | None) -> str:
    return node.text if node is not None else ""
