"""Places of templates that may stay blank: of fields that nothing sees filled in before the message leaves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from voronka.config.finding import Finding, Severity
from voronka.config.template_names import TemplateName, read_names
from voronka.definition.actions import Action, NotifyAction, SendAction
from voronka.definition.filled_fields import asked_by, asked_on_arrival, asked_on_the_way, done_actions, set_fields
from voronka.definition.funnels import Funnel, Stage, Variant
from voronka.definition.rules import Rule, TriggerKind
from voronka.definition.templates import Template
from voronka.expressions import Expression
from voronka.messages import Text

if TYPE_CHECKING:
    from voronka.config.build_templates import TemplateFile
    from voronka.definition.imports import Import

__all__ = ["check_blanks"]

_Where = tuple[Funnel, Variant, Stage]


def check_blanks(
    files: Mapping[str, TemplateFile],
    templates: Mapping[str, Template],
    funnels: Mapping[str, Funnel],
    rules: Mapping[str, Rule],
    imports: Mapping[str, Import],
) -> Iterator[Finding]:
    """Yield the places of fields which no gate on the way asks for and nothing sets, in templates that gates, timed
    events and rules send.

    A condition that reads a field of the deal says thereby for which deals the message is, and is left alone; what
    stands within “if” or has a default says what stands there instead. `files`: the workspace's templates by path.
    """
    actions = done_actions(funnels, rules)
    blank: dict[str, dict[str, _Where]] = {}
    for funnel in funnels.values():
        empty = funnel.fields - set_fields(funnel, actions, imports)
        for action, variant, stage, known in _unconditional(funnel, rules) if empty else ():
            if isinstance(action, (SendAction, NotifyAction)) and action.template in templates:
                read = frozenset().union(*(text.names for text in templates[action.template].texts.values()))
                for name in (read & empty) - known:
                    blank.setdefault(action.template, {}).setdefault(name, (funnel, variant, stage))
    for file in files.values():
        yield from _told(file, blank.get(file.name, {}))


def _unconditional(
    funnel: Funnel, rules: Mapping[str, Rule]
) -> Iterator[tuple[Action, Variant, Stage, AbstractSet[str]]]:
    """Yield what is done to every deal, each with its variant and stage, and the fields that are known then."""
    for variant in funnel.variants.values():
        arrival = asked_on_arrival(variant)
        for action, stage, known in _of_gates(funnel, variant, arrival):
            yield action, variant, stage, known
        done = [
            (event.actions, event.stages, frozenset() if event.anchor.of_row else frozenset({event.anchor.name}))
            for event in variant.timed.values()
            if not _reads_fields(event.when, funnel)
        ] + [
            (rule.actions, _stages(rule, funnel, variant), _trigger(rule))
            for rule in rules.values()
            if not _reads_fields(rule.where, funnel)
        ]
        for actions, stages, own in done:
            for name in sorted(arrival.keys() & stages):
                yield from ((action, variant, variant.stages[name], arrival[name] | own) for action in actions)


def _of_gates(
    funnel: Funnel, variant: Variant, arrival: Mapping[str, frozenset[str]]
) -> Iterator[tuple[Action, Stage, AbstractSet[str]]]:
    for name, known in arrival.items():
        stage = variant.stages[name]
        yield from ((action, stage, known) for action in stage.enter.actions)
        yield from ((action, stage, known | asked_by(stage.leave)) for action in stage.leave.actions)
    for transition in variant.transitions.values():
        if transition.source in arrival and not _reads_fields(transition.when, funnel):
            known = arrival[transition.source] | asked_on_the_way(variant, transition)
            yield from ((action, variant.stages[transition.source], known) for action in transition.gate.actions)


def _trigger(rule: Rule) -> frozenset[str]:
    return frozenset({rule.trigger.name} if rule.trigger.kind is TriggerKind.FIELD else ())


def _stages(rule: Rule, funnel: Funnel, variant: Variant) -> frozenset[str]:
    """Return the stages of deals on which a rule acts."""
    if rule.trigger.kind is TriggerKind.STAGE:
        return frozenset({rule.trigger.name} if rule.trigger.funnel == funnel.name else ())
    if (rule.trigger.kind, rule.trigger.name) == (TriggerKind.EVENT, "deal.created"):
        return frozenset({variant.first.name})
    return rule.places.get(funnel.name, frozenset())


def _reads_fields(condition: Expression | None, funnel: Funnel) -> bool:
    return condition is not None and not condition.reads.names.isdisjoint(funnel.fields)


def _told(file: TemplateFile, blank: Mapping[str, _Where]) -> Iterator[Finding]:
    told: set[str] = set()
    for source, first_line in file.parts if blank else ():
        for each in read_names(source):
            if isinstance(each, TemplateName) and not each.guarded and each.name in blank.keys() - told:
                told.add(each.name)
                funnel, variant, stage = blank[each.name]
                reason = Text(
                    "The field {field} may be empty when this is sent in the stage {stage} of the funnel {funnel}:"
                    " no gate on the way there asks for it and nothing sets it. Then its place stays blank.",
                    field=each.name,
                    stage=stage.name,
                    funnel=funnel.name,
                )
                yield Finding(
                    code="V3609",
                    severity=Severity.WARNING,
                    place=file.place(first_line + each.line - 1, each.name),
                    reason=reason
                    if variant.case is None
                    else Text("In the case {case}: {reason}", case=variant.case, reason=reason),
                    remedy=Text(
                        "Put {field} under “require” of a gate on the way, or say what stands there instead:"
                        " {example}.",
                        field=each.name,
                        example=f'{{{{ {each.name} | default("—") }}}}',
                    ),
                )
