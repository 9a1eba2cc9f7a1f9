"""Places of templates that may stay blank: of fields that nothing sees filled in before the message leaves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from voronka.config.filled_fields import every_action, filled_fields
from voronka.config.finding import Finding, Severity
from voronka.config.template_names import TemplateName, read_names
from voronka.definition.actions import Action, NotifyAction, SendAction
from voronka.definition.funnels import Funnel
from voronka.definition.templates import Template
from voronka.expressions import Expression
from voronka.messages import Text

if TYPE_CHECKING:
    from voronka.config.build_templates import TemplateFile
    from voronka.definition.imports import Import
    from voronka.definition.rules import Rule

__all__ = ["check_blanks"]


def check_blanks(
    files: Mapping[str, TemplateFile],
    templates: Mapping[str, Template],
    funnels: Mapping[str, Funnel],
    rules: Mapping[str, Rule],
    imports: Mapping[str, Import],
) -> Iterator[Finding]:
    """Yield the places of fields which no gate asks for and nothing sets, in templates that gates and events send.

    A condition that reads a field of the deal says thereby for which deals the message is, and is left alone; what
    stands within “if” or has a default says what stands there instead. `files`: the workspace's templates by path.
    """
    actions = every_action(funnels, rules)
    blank: dict[str, dict[str, str]] = {}
    for funnel in funnels.values():
        empty = funnel.fields - filled_fields(funnel, actions, imports)
        for action, anchor in _unconditional(funnel) if empty else ():
            if isinstance(action, (SendAction, NotifyAction)) and action.template in templates:
                read = frozenset().union(*(text.names for text in templates[action.template].texts.values()))
                for name in (read & empty) - {anchor}:
                    blank.setdefault(action.template, {}).setdefault(name, funnel.name)
    for file in files.values():
        yield from _told(file, blank.get(file.name, {}))


def _unconditional(funnel: Funnel) -> Iterator[tuple[Action, str]]:
    """Yield what gates and timed events do to every deal, each with the field that is known then ("" for none)."""
    for variant in funnel.variants.values():
        for stage in variant.stages.values():
            yield from ((action, "") for gate in (stage.enter, stage.leave) for action in gate.actions)
        for transition in variant.transitions.values():
            if not _reads_fields(transition.when, funnel):
                yield from ((action, "") for action in transition.gate.actions)
        for event in variant.timed.values():
            if not _reads_fields(event.when, funnel):
                anchor = "" if event.anchor.of_row else event.anchor.name
                yield from ((action, anchor) for action in event.actions)


def _reads_fields(condition: Expression | None, funnel: Funnel) -> bool:
    return condition is not None and not condition.reads.names.isdisjoint(funnel.fields)


def _told(file: TemplateFile, blank: Mapping[str, str]) -> Iterator[Finding]:
    told: set[str] = set()
    for source, first_line in file.parts if blank else ():
        for each in read_names(source):
            if isinstance(each, TemplateName) and not each.guarded and each.name in blank.keys() - told:
                told.add(each.name)
                yield Finding(
                    code="V3609",
                    severity=Severity.WARNING,
                    place=file.place(first_line + each.line - 1, each.name),
                    reason=Text(
                        "The field {field} may be empty when the funnel {funnel} sends this: no gate asks for it and"
                        " nothing sets it. Then its place stays blank.",
                        field=each.name,
                        funnel=blank[each.name],
                    ),
                    remedy=Text(
                        "Put {field} under “require” of a gate on the way, or say what stands there instead:"
                        " {example}.",
                        field=each.name,
                        example=f'{{{{ {each.name} | default("—") }}}}',
                    ),
                )
