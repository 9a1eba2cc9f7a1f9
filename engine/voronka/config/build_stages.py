"""Stages: the path of a funnel, its outcomes, and what hangs on a stage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from voronka.config.build_gates import build_gate
from voronka.config.build_timed import build_timed, refuse_nothing, sla_event
from voronka.config.context import FunnelContext
from voronka.config.names import NameKind, refer, twice
from voronka.config.node import Node
from voronka.config.scalars import duration, fraction, label, many, one_of
from voronka.config.variants import OUTCOMES
from voronka.definition.funnels import Gate, Outcome, Stage
from voronka.definition.timed import TimedEvent
from voronka.messages import Label, Text

__all__ = ["build_stage_events", "build_stages", "stage_names"]


def stage_names(node: Node | None) -> tuple[str, ...]:
    """Return the names of the stages written at `node`, and of the outcomes that every funnel has."""
    written = tuple(node.entries) if node is not None else ()
    return (*written, *(name for name in OUTCOMES if name not in written))


def build_stages(node: Node | None, funnel: FunnelContext) -> dict[str, Stage]:
    """Return the stages by name in the order of the path, outcomes last; won and lost are there by themselves."""
    built = {entry.key.text: _stage(entry.key, entry.value, funnel) for entry in (node.items() if node else ())}
    for name in OUTCOMES:
        built.setdefault(name, _bare_outcome(name))
    _check_checklists(node, funnel)
    path = {name: stage for name, stage in built.items() if stage.outcome is None}
    for entry in node.items() if node else ():
        sources = _sources(entry.value.get("from"), built[entry.key.text], built, funnel)
        if sources is not None:
            built[entry.key.text] = replace(built[entry.key.text], sources=sources)
    return path | built


def build_stage_events(node: Node | None, funnel: FunnelContext) -> dict[str, TimedEvent]:
    """Return the timed events written inside the stages, by name, the breaches of their agreed times among them."""
    events: dict[str, TimedEvent] = {}
    written: dict[str, Node] = {}
    for entry in node.items() if node is not None else ():
        stage = entry.key.text
        limit = entry.value.get("sla")
        if limit is not None:
            length = duration(limit, funnel.report)
            if length is not None and length.count == 0:
                refuse_nothing(limit, Text("Write how long a deal may stay, such as 5 working days."), funnel)
            elif length is not None:
                events[f"{stage}.sla"] = sla_event(stage, length)
        timed = entry.value.get("timed")
        for inner in timed.items() if timed is not None else ():
            before = written.setdefault(inner.key.text, inner.key)
            if before is not inner.key:
                twice(inner.key.text, inner.key.place, before.place, funnel.report)
                continue
            event = build_timed(inner.key, inner.value, frozenset({stage}), funnel)
            if event is not None:
                events[event.name] = event
                funnel.places["timed", event.name] = inner.key.place
    return events


def _bare_outcome(name: str) -> Stage:
    return Stage(
        name=name,
        label=Label.plain(name),
        enter=Gate(name=f"{name}.enter"),
        leave=Gate(name=f"{name}.leave"),
        outcome=Outcome(name),
    )


def _stage(key: Node, node: Node, funnel: FunnelContext) -> Stage:
    name = key.text
    funnel.places["stage", name] = key.place
    journey, why = node.get("journey"), node.get("why")
    reason = why.text if why is not None else None
    if reason is None and journey is not None:
        reason = "journey"
    sla = node.get("sla")
    outcome = one_of(Outcome, node.get("outcome"))
    if name in OUTCOMES:
        if outcome is not None and outcome.value != name:
            funnel.report.error(
                "V5413",
                (node.get("outcome") or node).place,
                Text("The stage {stage} always means {outcome}.", stage=name, outcome=name),
                Text("Remove “outcome”, or give the stage another name."),
            )
        outcome = Outcome(name)
    if outcome is not None and sla is not None:
        funnel.report.error(
            "V5414",
            sla.place,
            Text("A deal that has ended in {stage} has no agreed time to leave it.", stage=name),
            Text("Remove “sla”."),
        )
    probability = node.get("probability")
    if outcome is not None and probability is not None:
        funnel.report.error(
            "V5419",
            probability.place,
            Text("A deal that has ended in {stage} is not to be won with any probability.", stage=name),
            Text("Remove “probability”."),
        )
    return Stage(
        name=name,
        label=label(node.get("label"), name),
        enter=build_gate(node.get("enter"), f"{name}.enter", funnel),
        leave=build_gate(node.get("leave"), f"{name}.leave", funnel),
        journey=journey.text if journey is not None else None,
        why=reason,
        probability=fraction(probability, funnel.report),
        sla=duration(sla, funnel.report) if outcome is None else None,
        outcome=outcome,
    )


def _sources(
    written: Node | None, stage: Stage, stages: Mapping[str, Stage], funnel: FunnelContext
) -> frozenset[str] | None:
    """Return the open stages from which an outcome is to be reached; None where nothing is said."""
    if written is None:
        return None
    if stage.outcome is None:
        funnel.report.error(
            "V5423",
            written.place,
            Text("{stage} is no outcome; “from” tells from which stages a deal may end.", stage=stage.name),
            Text("Remove it. A way to an open stage is declared under “transitions”."),
        )
        return None
    if written.text == "*":
        return frozenset(name for name, each in stages.items() if each.outcome is None)
    found = set()
    for each in many(written):
        source = refer(NameKind.STAGE, each, stages, funnel.report)
        if source is not None and stages[source].outcome is not None:
            funnel.report.error(
                "V5423",
                each.place,
                Text("A deal in {source} has ended, so it does not end in {stage}.", source=source, stage=stage.name),
                Text("Name open stages under “from”."),
            )
        elif source is not None:
            found.add(source)
    return frozenset(found) or None


def _check_checklists(node: Node | None, funnel: FunnelContext) -> None:
    """Report a checklist item that stands twice: a tick belongs to the deal, so one would tick the other."""
    items: dict[str, Node] = {}
    for entry in node.items() if node is not None else ():
        for gate in ("enter", "leave"):
            checklist = entry.value.at(gate, "checklist")
            for item in checklist.items() if checklist is not None else ():
                before = items.setdefault(item.key.text, item.key)
                if before is not item.key:
                    twice(item.key.text, item.key.place, before.place, funnel.report)
