"""What a picture of a funnel shows, in words of one language and without a place for anything yet."""

from __future__ import annotations

from itertools import pairwise

from voronka.definition.funnels import Funnel, Transition, Trigger, Variant
from voronka.definition.timed import Rhythm, TimedEvent, TimedSource
from voronka.frozen import frozen
from voronka.messages import Sentence, Text

__all__ = ["Diagram", "Edge", "Node", "diagram_of"]


@frozen
class Node:
    """One stage. `outcome`: won, lost or None. `details`: a line each, what happens in it by the clock."""

    name: str
    title: str
    outcome: str | None
    details: tuple[str, ...]


@frozen
class Edge:
    """One transition. `automatic` ones start by themselves. A step along the path has no caption unless declared."""

    source: str
    target: str
    caption: str
    automatic: bool


@frozen
class Diagram:
    """A funnel's stages in the order of the path, its transitions, and a note on those too many to draw."""

    title: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    note: str


def diagram_of(funnel: Funnel, variant: Variant, language: str) -> Diagram:
    """Return what to draw of one variant: every declared transition and, of the default ones, the steps forward.

    The default ways back, and to an outcome that does not say from where, lead from everywhere; the note tells
    of them instead of lines.
    """

    def say(sentence: Sentence) -> str:
        return sentence.render(language)

    nodes = tuple(
        Node(
            name=stage.name,
            title=say(stage.label),
            outcome=stage.outcome.value if stage.outcome else None,
            details=tuple(
                say(_told(event, language))
                for event in variant.timed.values()
                if stage.name in event.stages and event.source is not TimedSource.TRANSITION
            ),
        )
        for stage in variant.stages.values()
    )
    path = [stage.name for stage in variant.stages.values() if stage.outcome is None]
    narrow = [
        stage for stage in variant.stages.values() if stage.sources is not None and len(stage.sources) < len(path)
    ]
    to_ends = {(path[-1], "won"), *((source, stage.name) for stage in narrow for source in stage.sources or ())}
    forward = {*pairwise(path), *to_ends}
    edges, hidden = [], False
    for transition in variant.transitions.values():
        if transition.declared or (transition.source, transition.target) in forward:
            edges.append(
                Edge(
                    source=transition.source,
                    target=transition.target,
                    caption=_caption(transition, variant, language) if transition.declared else "",
                    automatic=transition.trigger is not Trigger.MANUAL,
                )
            )
        else:
            hidden = True
    title = say(funnel.label) if variant.case is None else f"{say(funnel.label)} · {variant.case}"
    note = say(Text("Not drawn: the ways back to earlier stages and other ways to an outcome.")) if hidden else ""
    return Diagram(title=title, nodes=nodes, edges=tuple(edges), note=note)


def _caption(transition: Transition, variant: Variant, language: str) -> str:
    timed = next((event for event in variant.timed.values() if event.transition == transition.name), None)
    return f"{transition.name} ({_offsets(timed, language)})" if timed else transition.name


def _told(event: TimedEvent, language: str) -> Text:
    offsets = _offsets(event, language)
    if event.source is TimedSource.SLA:
        return Text("at most {offsets}", offsets=offsets)
    if event.rhythm is Rhythm.EVERY:
        return Text("every {offsets}: {name}", offsets=offsets, name=event.name)
    if event.rhythm is Rhythm.BEFORE:
        return Text("{offsets} before: {name}", offsets=offsets, name=event.name)
    return Text("after {offsets}: {name}", offsets=offsets, name=event.name)


def _offsets(event: TimedEvent, language: str) -> str:
    return ", ".join(offset.sentence().render(language) for offset in event.offsets)
