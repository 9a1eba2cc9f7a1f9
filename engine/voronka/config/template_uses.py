"""Templates where they are sent: they read what the funnel has, what is known there and what their reader may see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from voronka.config.build_templates import TemplateFile
from voronka.config.context import FunnelContext
from voronka.config.finding import Finding, Severity
from voronka.config.names import NameKind, refer
from voronka.config.node import Node
from voronka.config.visibility import and_so, hidden_among, seen_by
from voronka.definition.actions import NotifyAction, SendAction
from voronka.definition.fields import Field
from voronka.definition.funnels import Funnel
from voronka.definition.people import OWNER
from voronka.definition.rules import Rule
from voronka.definition.templates import SAID_OF_TIMED, Template
from voronka.messages import Text

__all__ = ["check_unsent", "template_at"]


def template_at(node: Node | None, to: str, funnel: FunnelContext) -> str:
    """Return the template at `node`, which goes to `to`; what it reads must be there and for its reader to see."""
    workspace, report = funnel.workspace, funnel.report
    name = refer(NameKind.TEMPLATE, node, workspace.templates, report)
    if name is None or node is None:
        return ""
    read = _names(workspace.templates[name])
    elsewhere = {
        each
        for each in read & workspace.deal_fields.keys() - funnel.fields.keys()
        if not report.doubtful(NameKind.FIELD, node.place.file, each, None)
    }
    if elsewhere:
        report.error(
            "V3605",
            node.place,
            Text(
                "The template {template} reads {names}, which this funnel does not have.",
                template=name,
                names=", ".join(sorted(elsewhere)),
            ),
            Text("Name the field set under “fields” of the funnel, or use another template."),
        )
    if not funnel.by_timer and (timed := sorted(read & SAID_OF_TIMED.keys())):
        report.warning(
            "V3607",
            node.place,
            Text(
                "The template {template} says {names}, and no timed event sends it here: the place stays empty.",
                template=name,
                names=", ".join(timed),
            ),
            Text("Send it from a timed event, or take a template of its own for this message."),
        )
    columns = funnel.scope.collections[funnel.each] if funnel.each is not None else {}
    rows = sorted(each for each in read if each.startswith("row.") and each.removeprefix("row.") not in columns)
    if rows:
        report.error(
            "V3608",
            node.place,
            Text(
                "The template {template} says {names}, and here it is not sent for a row that has it.",
                template=name,
                names=", ".join(rows),
            ),
            Text("Send it from a timed event with “each”, or take the names out."),
        )
    whole = {each.replace("row.", f"{funnel.each}.", 1) if each.startswith("row.") else each for each in read}
    hidden = hidden_among(whole, funnel)
    if "timed.due" in read and funnel.counted is not None and funnel.counted not in hidden:
        hidden |= {f"timed.due ({name})": field for name, field in hidden_among([funnel.counted], funnel).items()}
    report.take(_unseen(node, name, to, hidden, funnel))
    return name


def _names(template: Template) -> frozenset[str]:
    return frozenset().union(*(text.names for text in template.texts.values()))


def _unseen(
    node: Node, template: str, to: str, hidden: Mapping[str, Field], funnel: FunnelContext
) -> Iterator[Finding]:
    """Yield a finding of the fields that not everybody sees and the template tells: an error where it is sure that the
    reader does not see one, so that its place always stays empty; a warning where it depends on who that is, or leaves
    the house.
    """
    severities = {name: _severity(name, to, field, funnel) for name, field in hidden.items()}
    severity = Severity.ERROR if Severity.ERROR in severities.values() else Severity.WARNING
    told = {name: field for name, field in hidden.items() if severities[name] is not None}
    if not told:
        return
    (name, field), *others = told.items()
    said = {"template": template, "field": name, "roles": seen_by(field, funnel)}
    reason = (
        Text("The template {template} tells the contact {field}, which only {roles} may see.", **said)
        if to == "contact"
        else Text(
            "The template {template} reads {field}, which only {roles} may see; for {to} its place stays empty.",
            **said,
            to=to,
        )
    )
    yield Finding(
        code="V3606",
        severity=severity,
        place=node.place,
        reason=and_so(reason, dict(others), funnel),
        remedy=Text(
            "Take {field} out of the template, send it to somebody else, or widen “visible_to” of the field.",
            field=", ".join(told),
        ),
    )


def _severity(name: str, to: str, field: Field, funnel: FunnelContext) -> Severity | None:
    """Return how wrong it is to tell somebody a field that not everybody sees; None if it is not."""
    people = funnel.workspace.people
    if to == "contact":
        return None if name.startswith("contact.") else Severity.WARNING  # their own data
    if OWNER in field.visible_to:
        return None  # whoever it goes to may own the deal
    if to in people:
        roles = {people[to].role}
    elif to in funnel.workspace.roles:
        roles = {to}
    else:
        roles = {user.role for user in people.values()}
    if roles and roles.issubset(field.visible_to):
        return None
    if roles and roles.isdisjoint(field.visible_to):
        return Severity.ERROR
    return Severity.WARNING if to == OWNER else None


def check_unsent(
    files: Mapping[str, TemplateFile],
    templates: Mapping[str, Template],
    funnels: Mapping[str, Funnel],
    rules: Mapping[str, Rule],
) -> Iterator[Finding]:
    """Yield templates that speak of a timed event and that nothing sends. `files`: those of the workspace, by path.

    Those that something else sends are told of where that stands.
    """
    sent = {action.template for action in _sendings(funnels, rules)} | {"sla_breached"}
    for file in files.values():
        name = file.name
        if name in sent or name not in templates:
            continue
        for number, line in enumerate(file.lines, start=1):
            read = next((each for each in SAID_OF_TIMED if each in line), None)
            if read is not None and read in _names(templates[name]):
                yield Finding(
                    code="V3607",
                    severity=Severity.WARNING,
                    place=file.place(number, read),
                    reason=Text(
                        "No timed event sends the template {template}, so {name} has nothing to say.",
                        template=name,
                        name=read,
                    ),
                    remedy=Text("Send it from a timed event, or take the name out."),
                )
                break


def _sendings(funnels: Mapping[str, Funnel], rules: Mapping[str, Rule]) -> Iterator[SendAction | NotifyAction]:
    variants = [variant for funnel in funnels.values() for variant in funnel.variants.values()]
    actions = [action for rule in rules.values() for action in rule.actions]
    actions += [action for variant in variants for action in variant.actions]
    yield from (action for action in actions if isinstance(action, (SendAction, NotifyAction)))
