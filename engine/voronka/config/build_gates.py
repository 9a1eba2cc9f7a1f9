"""Gates: what must hold to enter or leave a stage or to take a transition."""

from __future__ import annotations

from voronka.config.build_actions import build_actions
from voronka.config.context import FunnelContext
from voronka.config.names import NameKind, refer
from voronka.config.node import Node
from voronka.config.scalars import label, many, true
from voronka.definition.funnels import Check, ChecklistItem, Gate
from voronka.expressions import Kind
from voronka.expressions.terms import always_known
from voronka.messages import Text

__all__ = ["build_gate", "build_required", "build_roles_of"]


def build_gate(node: Node | None, name: str, funnel: FunnelContext, *, checks: bool = True) -> Gate:
    """Return the gate at `node`; an empty one where nothing is written. `checks` False: its `when` is no check."""
    if node is None:
        return Gate(name=name)
    return Gate(
        name=name,
        require=build_required(node.get("require"), name, funnel),
        checks=_checks(node, name, funnel) if checks else (),
        checklist=_checklist(node.get("checklist")),
        always=true(node.get("always")),
        actions=build_actions(node.get("do"), funnel),
    )


def build_required(node: Node | None, gate: str, funnel: FunnelContext) -> tuple[str, ...]:
    """Return the names under `require` of `gate`: whatever an expression about the deal may name."""
    names = []
    for each in many(node):
        if each.text in funnel.workspace.expressions.broken:
            continue
        if each.text in funnel.scope.collections and each.text not in funnel.scope.names:
            funnel.report.error(
                "V3105",
                each.place,
                Text("“{name}” is a collection; a field stands here.", name=each.text),
                Text("To ask for its rows, write a condition: `when: count({name}) >= 1`.", name=each.text),
            )
            continue
        name = refer(NameKind.FIELD, each, funnel.scope.names, funnel.report)
        if name is not None and name not in names:
            names.append(name)
            funnel.places["require", f"{gate}.{name}"] = each.place
            _warn_if_always_there(each, funnel)
    return tuple(names)


def _warn_if_always_there(node: Node, funnel: FunnelContext) -> None:
    """Warn of a name that always has a value: a yes or no is there when it is no, a count when there are none."""
    name = funnel.scope.names[node.text]
    field = funnel.workspace.deal_fields.get(node.text)
    formula = None if field is None else field.formula
    if not name.present and (formula is None or not always_known(formula.node)):
        return
    condition = node.text if name.type.kind is Kind.BOOL else f"{node.text} …"
    funnel.report.warning(
        "V5113",
        node.place,
        Text("{field} always has a value, so to require it stops nothing.", field=node.text),
        Text("Write what must hold of it, such as `when: {condition}`, or remove it.", condition=condition),
    )


def build_roles_of(node: Node | None, funnel: FunnelContext) -> tuple[str, ...]:
    """Return the roles listed at `node`."""
    found = (refer(NameKind.ROLE, each, funnel.workspace.roles, funnel.report) for each in many(node))
    return tuple(name for name in found if name is not None)


def _checks(node: Node, name: str, funnel: FunnelContext) -> tuple[Check, ...]:
    when, several = node.get("when"), node.get("checks")
    found = [_check(node, f"{name}.when", funnel)] if when is not None else []
    for number, each in enumerate(many(several), start=1):
        found.append(_check(each, f"{name}.checks.{number}", funnel))
    return tuple(check for check in found if check is not None)


def _check(node: Node, name: str, funnel: FunnelContext) -> Check | None:
    when = funnel.workspace.expressions.compile(node.get("when"), funnel.scope)
    override = node.get("override")
    by = build_roles_of(override.get("by"), funnel) if override is not None else ()
    if when is None:
        return None
    funnel.places["check", name] = (node.get("when") or node).place
    message = node.get("message")
    return Check(name=name, when=when, message=label(message, name) if message else None, override_by=by)


def _checklist(node: Node | None) -> dict[str, ChecklistItem]:
    if node is None:
        return {}
    items = {}
    for entry in node.items():
        evidence = entry.value.get("evidence")
        items[entry.key.text] = ChecklistItem(
            name=entry.key.text,
            label=label(entry.value.get("label"), entry.key.text),
            evidence=evidence.text if evidence else None,
            per_visit=true(entry.value.get("per_visit")),
        )
    return items
