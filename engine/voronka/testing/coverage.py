"""How much of a process its scenarios go through: stages, transitions, conditions of gates, timed events, rules.

A stage counts once a deal stands there; a transition once it is made; a condition twice, once for holding and once for
refusing; a timed event once it fires, and so does a rule, in shadow mode too. Of the ordinary transitions only those
along the path count: each to the next stage, and from the last one to won. What a variant changes counts by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import NamedTuple

from voronka.definition.fields import Subject
from voronka.definition.funnels import Funnel, Gate, Outcome, Transition, Variant
from voronka.definition.rules import Mode, Rule
from voronka.definition.timed import TimedEvent, TimedSource
from voronka.definition.vocabulary import BUILT_IN_FIELDS
from voronka.definition.wording.naming import Naming
from voronka.definition.workspace import Workspace
from voronka.documents.passport import told_trigger
from voronka.frozen import frozen
from voronka.messages import LANGUAGES, Label, Sentence, Text
from voronka.process import events as happened
from voronka.process.fields import label_of
from voronka.testing.observing import DealCourse, Observation

__all__ = ["KINDS", "Coverage", "Declared", "Part", "Touched", "parts_of", "touched_by"]

KINDS: Mapping[str, Text] = {
    "stage": Text("Stages"),
    "transition": Text("Transitions"),
    "passed": Text("Conditions that held"),
    "refused": Text("Conditions that refused"),
    "timed": Text("Timed events"),
    "rule": Text("Rules"),
}
"""What is counted, in the order in which it is told."""


class Part(NamedTuple):
    """One thing to go through. `funnel`: empty for a rule, which may be about several.

    `text`: by which the cases of a funnel tell theirs apart: a condition's text; of a timed event the first case that
    has it so, empty for the base.
    """

    kind: str
    funnel: str
    name: str
    text: str = ""


@frozen(kw_only=False)
class Touched:
    """The parts that a run has gone through; they need not be among those that count."""

    parts: frozenset[Part] = frozenset()


@frozen
class Declared:
    """What a part is called by people, and the case of the funnel that brings it in; None for the base."""

    label: Sentence
    case: str | None


@dataclass(kw_only=True, slots=True)
class Coverage:
    """What of a workspace was gone through. `funnels`: only of these, None for all."""

    workspace: Workspace
    funnels: frozenset[str] | None = None
    touched: set[Part] = field(default_factory=set)

    def add(self, touched: Touched) -> None:
        """Take in what another run has gone through."""
        self.touched |= touched.parts

    def parts(self, kind: str | None = None) -> dict[Part, Declared]:
        """Return what is to be gone through, of a kind or of all."""
        chosen = self.workspace.funnels.keys() if self.funnels is None else self.funnels
        of_funnels = (
            item
            for name, funnel in self.workspace.funnels.items()
            if name in chosen
            for item in parts_of(self.workspace, funnel).items()
        )
        of_rules = (
            (Part("rule", "", rule.name), Declared(label=_trigger(rule, self.workspace), case=None))
            for rule in self.workspace.rules.values()
            if rule.mode is not Mode.OFF and not rule.places.keys().isdisjoint(chosen)
        )
        return {part: declared for part, declared in (*of_funnels, *of_rules) if kind in (None, part.kind)}

    def missing(self) -> dict[Part, Declared]:
        """Return what no run has gone through."""
        return {part: declared for part, declared in self.parts().items() if part not in self.touched}

    def counts(self, kind: str | None = None) -> tuple[int, int]:
        """Return how many parts were gone through, and of how many."""
        parts = self.parts(kind)
        return sum(part in self.touched for part in parts), len(parts)

    def percent(self) -> float:
        """Return the share of parts gone through, from 0 to 100; 100 where there is nothing to go through."""
        done, whole = self.counts()
        return 100 * done / whole if whole else 100.0


def parts_of(workspace: Workspace, funnel: Funnel) -> dict[Part, Declared]:
    """Return everything of a funnel that is to be gone through, over all its variants."""
    found: dict[Part, Declared] = {}
    for case, variant in funnel.variants.items():
        for part, label in _parts(workspace, funnel, case, variant):
            found.setdefault(part, Declared(label=label, case=case))
    return found


def _parts(workspace: Workspace, funnel: Funnel, case: str | None, variant: Variant) -> Iterator[tuple[Part, Sentence]]:
    for stage in variant.stages.values():
        yield Part("stage", funnel.name, stage.name), stage.label
    for way in _ways(variant):
        source, target = variant.stages[way.source], variant.stages[way.target]
        label = Text("{source} → {target}", source=source.label, target=target.label)
        yield Part("transition", funnel.name, way.name), label
        if way.by:
            yield from _both(funnel.name, f"{way.name}.by", "", Text("who may move: {way}", way=label))
    for gate in _gates(variant):
        yield from _conditions(workspace, funnel, gate)
    for event in variant.timed.values():
        if event.source is not TimedSource.TRANSITION:
            yield _timed(funnel, case, event.name), _stages(variant, event.stages)


def _timed(funnel: Funnel, case: str | None, name: str) -> Part:
    """Return the part of a timed event as a case has it: each that differs counts, in whatever stages it is."""

    def content(variant: Variant | None) -> TimedEvent | None:
        event = None if variant is None else variant.timed.get(name)
        return None if event is None else replace(event, stages=frozenset())

    own = content(funnel.variants.get(case))
    first = next((each for each, variant in funnel.variants.items() if content(variant) == own), None)
    return Part("timed", funnel.name, name, first or "")


def _stages(variant: Variant, names: Iterable[str]) -> Sentence:
    """Return the labels of stages, one after the other."""
    label: Sentence | None = None
    for name in (name for name in variant.stages if name in frozenset(names)):
        own = variant.stages[name].label
        label = own if label is None else Text("{first}, {rest}", first=label, rest=own)
    return label or Text("no stage")


def _ways(variant: Variant) -> Iterator[Transition]:
    """Yield the transitions that count: the declared ones, and of the others those along the path."""
    path = [name for name, stage in variant.stages.items() if stage.outcome is None]
    won = [name for name, stage in variant.stages.items() if stage.outcome is Outcome.WON][:1]
    along = set(pairwise([*path, *won]))
    for way in variant.transitions.values():
        if way.declared or (way.source, way.target) in along:
            yield way


def _gates(variant: Variant) -> Iterator[Gate]:
    for stage in variant.stages.values():
        yield from (stage.enter, stage.leave)
    for way in variant.transitions.values():
        yield way.gate


def _conditions(workspace: Workspace, funnel: Funnel, gate: Gate) -> Iterator[tuple[Part, Sentence]]:
    fields = {**BUILT_IN_FIELDS[Subject.DEALS], **workspace.fields.get(Subject.DEALS, {})}
    for name in gate.require:
        label = Text("“{field}” is filled in", field=label_of(fields, name))
        yield from _both(funnel.name, f"{gate.name}.require.{name}", f"{name} is not missing", label)
    for check in gate.checks:
        yield from _both(funnel.name, check.name, check.when.text, check.message or Label.plain(check.when.text))
    for name, item in gate.checklist.items():
        label = Text("“{item}” is ticked", item=item.label)
        yield from _both(funnel.name, f"{gate.name}.checklist.{name}", f"{name} is ticked", label)


def _both(funnel: str, name: str, text: str, label: Sentence) -> Iterator[tuple[Part, Sentence]]:
    yield Part("passed", funnel, name, text), label
    yield Part("refused", funnel, name, text), label


def touched_by(observation: Observation) -> Touched:
    """Return what a deal has gone through since its scenario began, and what the deals that it has opened have."""
    observation.look()
    parts: set[Part] = set()
    for course in (observation.course(), *observation.opened_courses()):
        parts |= _touched(observation.workspace, course)
    return Touched(frozenset(parts))


def _touched(workspace: Workspace, course: DealCourse) -> set[Part]:
    funnel, case = course.funnel, course.case
    known = workspace.funnels[funnel]
    parts = {Part("stage", funnel, course.stage)}
    for entry in course.entries:
        for event in entry.events:
            if isinstance(event, happened.CaseChanged):
                case = event.case
            parts.update(_brought_about(known, case, event))
        stopped = {
            gate
            for event in entry.events
            if isinstance(event, (happened.TransitionRefused, happened.TransitionStopped))
            for gate in event.gates
        }
        parts.update(Part("refused", funnel, gate) for gate in stopped if gate.endswith(".by"))
        for link in entry.links:
            for judged in link.get("judgements", ()):
                kind = "passed" if judged.get("result") is True else "refused"
                if kind == "passed" or judged["name"] in stopped:  # one that was lifted has refused nobody
                    parts.add(Part(kind, funnel, judged["name"], judged["text"]))
    return parts


def _brought_about(funnel: Funnel, case: str | None, event: happened.Event) -> Iterator[Part]:
    match event:
        case happened.StageEntered():
            yield Part("stage", funnel.name, event.stage)
            if event.via is not None:
                yield Part("transition", funnel.name, event.via)
                yield Part("passed", funnel.name, f"{event.via}.by")
        case happened.TimerEnded(result="fired"):
            yield _timed(funnel, case, event.key.event)
        case happened.RuleFired():
            yield Part("rule", "", event.rule)


def _trigger(rule: Rule, workspace: Workspace) -> Label:
    return Label({language: told_trigger(rule, Naming(workspace, language)) for language in LANGUAGES})
